// What the pages can do beyond being read: sort tables, find a code, stay up to date. All figures are in the HTML.
"use strict";

const REFRESH = 10_000; // milliseconds between two looks
const OLD = 3_600_000; // from this age on a page says how old it is
const { root, contest } = document.body.dataset;

// --- Sorting ---------------------------------------------------------------------------------------------------

let order = null; // [column, descending], kept over refreshes

function value(row, column) {
  const raw = row.cells[column].dataset.v ?? "";
  return raw !== "" && !isNaN(raw) ? Number(raw) : raw;
}

function sort(table, column, descending) {
  order = [column, descending];
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
  if (order) sort(table, ...order);
}

// --- Finding ---------------------------------------------------------------------------------------------------

async function find(kode) {
  const pages = [`${contest}/${kode}.html`, `${contest}/tps/${kode.slice(0, -3) || "0"}/${kode}.html`];
  for (const page of pages) {
    const answer = await fetch(root + page, { method: "HEAD" });
    if (answer.ok) return root + page;
  }
  const above = `${contest}/${kode.slice(0, -3)}.html`;
  return kode.length > 3 && (await fetch(root + above, { method: "HEAD" })).ok ? root + above : null;
}

async function search(kode, say) {
  kode = kode.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
  try {
    const page = kode && (await find(kode));
    if (page) location.assign(page);
    else say(`Tidak ada halaman untuk kode ${kode}. Periksa angkanya. / No page for this code.`);
  } catch {
    say("Tidak ada sambungan. Coba lagi. / No connection. Try again.");
  }
}

// --- Staying up to date ----------------------------------------------------------------------------------------

let known = Number(document.body.dataset.cursor);

function age() {
  const at = document.querySelector(".updated time");
  const shown = document.getElementById("usia");
  if (!at || !shown) return;
  const hours = Math.floor((Date.now() - Date.parse(at.dateTime)) / OLD);
  shown.className = hours > 0 ? "old" : "";
  shown.textContent = hours < 1 ? "" : hours < 48 ? `(${hours} jam lalu)` : `(${Math.floor(hours / 24)} hari lalu)`;
}

function replace(fresh) {
  const [here, there] = [document, fresh].map((page) => page.querySelector("[data-live]"));
  const focus = here.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  here.replaceWith(there);
  there.querySelectorAll("[data-sortable]").forEach(sortable);
  if (focus) there.querySelector(`a[href="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
}

async function refresh() {
  const answer = await fetch(document.body.dataset.json, { cache: "no-cache" });
  const { cursor } = await answer.json();
  if (cursor === known) return;
  const page = await fetch(location.pathname, { cache: "no-cache" });
  const fresh = new DOMParser().parseFromString(await page.text(), "text/html");
  known = Number(fresh.body.dataset.cursor);
  const before = document.querySelector(".lead")?.firstElementChild.textContent;
  replace(fresh);
  const lead = document.querySelector(".lead");
  if (lead && lead.firstElementChild.textContent !== before) {
    document.getElementById("kabar").textContent = `Diperbarui: ${lead.firstElementChild.textContent} TPS dihitung`;
  }
}

async function look() {
  if (document.visibilityState === "visible") {
    try {
      await refresh();
    } catch {
      // No connection: what is shown stays, and says its time.
    }
  }
  age();
  setTimeout(look, REFRESH);
}

// --- Beginning -------------------------------------------------------------------------------------------------

document.querySelectorAll("[data-sortable]").forEach(sortable);
document.querySelector(".search")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.kode;
  search(field.value, (text) => {
    field.setCustomValidity(text);
    field.reportValidity();
    field.addEventListener("input", () => field.setCustomValidity(""), { once: true });
  });
});
const place = document.getElementById("hasil-cari");
const asked = new URLSearchParams(location.search).get("kode");
if (place && asked) search(asked, (text) => (place.textContent = text));
age();
if (document.body.dataset.json) setTimeout(look, REFRESH);
