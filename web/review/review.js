// The workbench without a mouse: pages follow the number in focus, sums turn right as one types.
(() => {
  const show = (page) => {
    document.querySelectorAll(".paper [data-page]").forEach((el) => {
      const here = el.dataset.page === String(page);
      if (el.tagName === "IMG") el.hidden = !here;
      else el.setAttribute("aria-pressed", here);
    });
  };
  const tabs = document.querySelector(".tabs");
  if (tabs) {
    tabs.hidden = false;
    show(tabs.dataset.first);
  }
  const zoom = () => {
    const on = document.querySelector(".paper").classList.toggle("zoom");
    document.querySelector("[data-zoom]").setAttribute("aria-pressed", on);
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".tabs button");
    if (!button) return;
    if (button.dataset.page) show(button.dataset.page);
    else zoom();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[data-page]")) show(event.target.dataset.page);
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey && /^[1-9]$/.test(event.key)) { show(event.key); event.preventDefault(); return; }
    if (event.target.matches("select") || event.ctrlKey || event.metaKey) return;
    if (event.key.toLowerCase() === "z" && document.querySelector("[data-zoom]")) { zoom(); event.preventDefault(); }
    if (event.key === "?") document.getElementById("help")?.showModal();
  });
  document.querySelectorAll("[data-block]").forEach((section) => {
    const inputs = [...section.querySelectorAll("input[data-was]")];
    const place = section.querySelector("[data-sums]");
    const button = section.querySelector("[data-says]");
    if (!inputs.length) return;
    const value = (name) => Number(section.querySelector(`input[name="${name}"]`)?.value || NaN);
    const row = ([words, terms]) => {
      const parts = terms.map(([name, sign]) => sign * value(name));
      const rest = parts.reduce((a, b) => a + b, 0);
      const line = document.createElement("div");
      line.className = `sum ${rest === 0 ? "right" : "wrong"}`;
      const label = document.createElement("span");
      label.textContent = words;
      const verdict = document.createElement("b");
      verdict.textContent = Number.isNaN(rest) ? "–" : rest === 0 ? "✓ cocok" : `selisih ${rest}`;
      line.append(label, verdict);
      return line;
    };
    const update = () => {
      place.replaceChildren(...JSON.parse(place.dataset.sums).map(row));
      const changed = inputs.filter((i) => i.value !== i.dataset.was);
      const said = changed.map((i) => `${document.getElementById(`l-${i.name}`).textContent} dari ${i.dataset.was || "–"} menjadi ${i.value || "–"}`);
      const what = changed.length > 2 ? `${changed.length} angka berubah` : said.join("; ");
      if (button) button.textContent = `Usulkan${changed.length ? `: ${what}` : " angka yang sama"} — menunggu orang kedua`;
    };
    section.addEventListener("input", update);
    update();
  });
})();
