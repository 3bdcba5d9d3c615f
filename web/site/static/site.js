// What the pages can do beyond being read: sort tables here, find places (search.js), stay up to date (live.js).
// All figures are in the HTML; without this program every page says the same.
import { follow } from "./live.js";
import { finding } from "./search.js";

const orders = new Map(); // heading of a table → [column, descending], kept when its section is replaced

function value(row, column) {
  const raw = row.cells[column].dataset.v ?? "";
  return raw !== "" && !isNaN(raw) ? Number(raw) : raw;
}

function sort(table, column, descending) {
  orders.set(name(table), [column, descending]);
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => {
    const [x, y] = [value(a, column), value(b, column)];
    const found = typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y), "id");
    return descending ? -found : found;
  });
  body.append(...rows);
  for (const [i, head] of [...table.tHead.rows[0].cells].entries()) {
    head.removeAttribute("aria-sort");
    if (i === column) head.setAttribute("aria-sort", descending ? "descending" : "ascending");
  }
}

function name(table) {
  return table.closest("section")?.getAttribute("aria-labelledby") ?? "";
}

function sortable(table) {
  for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
    if (!table.tBodies[0].rows[0]?.cells[column]?.hasAttribute("data-v")) continue;
    const button = document.createElement("button");
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      sort(table, column, now ? now === "ascending" : column > 0);
    });
  }
  if (orders.has(name(table))) sort(table, ...orders.get(name(table)));
}

function furnish(part) {
  part.querySelectorAll("[data-sortable]").forEach(sortable);
}

finding();
if (document.querySelector("[data-live]")) follow(furnish); // before the tables are furnished: it keeps them as sent
furnish(document);
