// The workbench without a mouse: pages follow the number in focus, sums turn right as one types.
(() => {
  const paper = document.querySelector(".paper");
  const tabs = document.querySelector(".tabs");
  let shown = null;
  const show = (page) => {
    shown = String(page);
    const beside = paper.classList.contains("pair") ? tabs.dataset.totals : shown;
    paper.querySelectorAll("[data-page]").forEach((el) => {
      const here = el.dataset.page === shown;
      if (el.tagName === "IMG") el.hidden = !(here || el.dataset.page === beside);
      else el.setAttribute("aria-pressed", here);
    });
  };
  const turn = (name, button) => {
    const on = paper.classList.toggle(name);
    paper.querySelector(button).setAttribute("aria-pressed", on);
    if (shown !== null) show(shown);
  };
  if (tabs) {
    tabs.hidden = false;
    show(tabs.dataset.first);
    tabs.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.page) show(button.dataset.page);
      else if ("zoom" in button.dataset) turn("zoom", "[data-zoom]");
      else turn("pair", "[data-pair]");
    });
  }
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[data-page]")) show(event.target.dataset.page);
  });

  // What is linked to is opened, also where it lies folded.
  const unfold = () => {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    if (!target) return;
    target.closest("details")?.setAttribute("open", "");
    target.querySelector(":scope > details")?.setAttribute("open", "");
    target.querySelectorAll("input[data-page]").forEach((input, i) => i === 0 && show(input.dataset.page));
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  const typing = (el) => el.matches("select, textarea, input:not([type=checkbox])");
  const next = (input) => {
    const all = [...input.form.querySelectorAll("input[data-was], select, button.primary")];
    const following = all[all.indexOf(input) + 1];
    following?.focus();
    following?.select?.();
  };
  const reason = (digit) => {
    const here = document.activeElement.closest("[data-block]") ?? document.querySelector("[data-block] > form select")?.closest("[data-block]");
    const select = here?.querySelector("select[name=reason]");
    if (!select?.options[digit]) return false;
    select.selectedIndex = digit;
    select.focus();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.metaKey) return;
    if (event.altKey) {
      if (paper && /^[1-9]$/.test(key)) { show(key); event.preventDefault(); }
      return;
    }
    if (key === "Enter" && target.matches("input[data-was]")) { next(target); event.preventDefault(); return; }
    const wanted = key.toLowerCase();
    const number = target.matches("input[data-was]");
    if (typing(target) && !number) return;
    if (wanted === "z" && paper?.querySelector("[data-zoom]")) { turn("zoom", "[data-zoom]"); event.preventDefault(); }
    else if (wanted === "d" && paper?.querySelector("[data-pair]")) { turn("pair", "[data-pair]"); event.preventDefault(); }
    else if (key === "?") { document.getElementById("help")?.showModal(); event.preventDefault(); }
    else if (!number && /^[1-5]$/.test(key) && reason(Number(key))) event.preventDefault();
  });

  const figure = (input) => {
    const text = (input?.value ?? "").replaceAll(".", "").trim();
    return text === "" ? NaN : Number(text);
  };
  const plain = (n) => n.toLocaleString("id-ID");
  const line = (words, rest) => {
    const row = document.createElement("div");
    row.className = `sum ${rest === 0 ? "right" : "wrong"}`;
    const label = document.createElement("span");
    label.textContent = words;
    const verdict = document.createElement("b");
    verdict.textContent = Number.isNaN(rest) ? "–" : rest === 0 ? "✓ cocok" : `selisih ${plain(rest)}`;
    row.append(label, verdict);
    return row;
  };
  document.querySelectorAll("[data-block]").forEach((section) => {
    const inputs = [...section.querySelectorAll("input[data-was]")];
    const place = section.querySelector("[data-sums]");
    const button = section.querySelector("[data-says]");
    if (!inputs.length) return;
    const by = new Map(inputs.map((input) => [input.name, input]));
    const sums = JSON.parse(place.dataset.sums);
    const update = () => {
      place.replaceChildren(...sums.map(([words, terms]) => line(words, terms.reduce((sum, [name, sign]) => sum + sign * figure(by.get(name)), 0))));
      inputs.filter((i) => i.dataset.columns).forEach((i) => i.closest("tr").classList.toggle("off", i.value !== "" && figure(i) !== Number(i.dataset.columns)));
      if (!button) return;
      const changed = inputs.filter((i) => i.value !== i.dataset.was);
      const said = changed.map((i) => `${document.getElementById(`l-${i.name}`).textContent} dari ${i.dataset.was || "–"} menjadi ${i.value || "–"}`);
      const what = changed.length > 2 ? `${changed.length} angka berubah` : said.join("; ");
      button.textContent = `Usulkan${changed.length ? `: ${what}` : " angka yang sama"} — menunggu orang kedua`;
    };
    section.addEventListener("input", update);
    update();
  });
})();
