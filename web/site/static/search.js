// Finding a place by name or a TPS by its code: a combobox as the ARIA Authoring Practices describe it.
// Names come in small files by the first letters of a word, so that a page loads none of them until someone types.

const { root, contest } = document.body.dataset;
const SHOWN = 12;
const files = new Map(); // name → promise of its entries

const plain = (text) =>
  text.normalize("NFKD").replace(/[^\x20-\x7e]/g, "").toLowerCase().replace(/[^a-z0-9]+/g, " ").trim();
const codeOf = (text) => text.replace(/[^0-9A-Za-z]/g, "").toUpperCase();
const isCode = (text) => /^\d/.test(text.trim()) && codeOf(text).length >= 2;

function load(name) {
  if (!files.has(name)) {
    const found = fetch(`${root}cari/${name}.json`).then((answer) => (answer.ok ? answer.json() : []));
    found.catch(() => files.delete(name)); // asked again when the line is back
    files.set(name, found);
  }
  return files.get(name);
}

async function places(words) {
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a), "");
  const found = [...(await load("atas"))];
  if (longest.length < 3) return found;
  const shard = await load(longest.slice(0, 3));
  found.push(...(shard.places ?? shard));
  if (shard.more && longest.length >= shard.more) found.push(...(await load(longest.slice(0, shard.more))));
  return found;
}

async function suggest(text) {
  const words = plain(text).split(" ").filter(Boolean);
  if (!words.length || isCode(text)) return [];
  const scored = [];
  for (const [nama, kode, where] of await places(words)) {
    const own = plain(nama).split(" ");
    const all = [...own, ...plain(where).split(" ")];
    if (!own.some((word) => word.startsWith(words[0])) && !words.some((one) => own.some((word) => word.startsWith(one)))) continue;
    if (!words.every((one) => all.some((word) => word.startsWith(one)))) continue;
    scored.push([own.join(" ") === words.join(" ") ? 0 : own[0].startsWith(words[0]) ? 1 : 2, kode.length, nama, kode, where]);
  }
  scored.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2].localeCompare(b[2], "id"));
  return scored.slice(0, SHOWN).map(([, , nama, kode, where]) => ({ nama, kode, where }));
}

async function pageOf(kode) {
  const pages = [`${contest}/${kode}.html`, `${contest}/tps/${kode.slice(0, -3) || "0"}/${kode}.html`];
  if (kode.length > 10) pages.reverse();
  for (const page of pages) if ((await fetch(root + page, { method: "HEAD" })).ok) return root + page;
  const above = `${contest}/${kode.slice(0, -3)}.html`; // a TPS without a page: its kelurahan says so
  return kode.length > 10 && (await fetch(root + above, { method: "HEAD" })).ok ? root + above : null;
}

async function go(text, say) {
  try {
    const kode = isCode(text) ? codeOf(text) : (await suggest(text))[0]?.kode;
    const page = kode && (await pageOf(kode));
    if (page) location.assign(page);
    else say(`Tidak ada tempat atau kode “${text.trim()}”. Periksa ejaan atau angkanya.`, "Nothing has this name or code.");
  } catch {
    say("Tidak ada sambungan. Coba lagi.", "No connection. Try again.");
  }
}

class Combo {
  constructor(input, list, status) {
    Object.assign(this, { input, list, status, at: -1, found: [], asked: 0 });
    for (const [name, set] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id]]) {
      input.setAttribute(name, set);
    }
    input.addEventListener("focus", () => load("atas").catch(() => {}), { once: true });
    input.addEventListener("input", () => this.ask());
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
    list.addEventListener("mousedown", (event) => {
      event.preventDefault();
      const option = event.target.closest("li");
      if (option) this.choose([...list.children].indexOf(option));
    });
  }

  async ask() {
    this.input.setCustomValidity("");
    const mine = ++this.asked;
    try {
      const found = await suggest(this.input.value);
      if (mine === this.asked) this.show(found);
    } catch {
      if (mine === this.asked) this.close();
    }
  }

  show(found) {
    this.found = found;
    this.list.replaceChildren(
      ...found.map(({ nama, where }, i) => {
        const option = document.createElement("li");
        Object.assign(option, { id: `usul-${i}`, role: "option" });
        option.setAttribute("aria-selected", "false");
        const small = document.createElement("span");
        small.textContent = where;
        option.append(nama, small);
        return option;
      }),
    );
    this.point(-1);
    this.list.hidden = !found.length;
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    if (this.input.value.trim().length > 2 && !isCode(this.input.value)) {
      this.status.textContent = found.length ? `${found.length} tempat ditemukan` : "Tidak ada tempat dengan nama itu";
    }
  }

  point(at) {
    this.at = at;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    if (at < 0) return this.input.removeAttribute("aria-activedescendant");
    this.input.setAttribute("aria-activedescendant", `usul-${at}`);
    this.list.children[at].scrollIntoView({ block: "nearest" });
  }

  key(event) {
    const last = this.found.length - 1;
    if (event.key === "Escape") return this.close();
    if (this.list.hidden) return;
    if (event.key === "ArrowDown") this.point(this.at >= last ? 0 : this.at + 1);
    else if (event.key === "ArrowUp") this.point(this.at <= 0 ? last : this.at - 1);
    else if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else return;
    event.preventDefault();
  }

  choose(at) {
    const { kode, nama } = this.found[at];
    this.input.value = nama;
    this.close();
    go(kode, (text) => this.say(text));
  }

  close() {
    this.asked++;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.point(-1);
  }

  say(text, english) {
    this.input.setCustomValidity(`${text} ${english}`);
    this.input.reportValidity();
  }
}

export function finding() {
  const form = document.querySelector(".search");
  if (!form) return;
  const combo = new Combo(form.elements.kode, document.getElementById("usul"), document.getElementById("kabar"));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    combo.close();
    go(combo.input.value, (text, english) => combo.say(text, english));
  });
  const place = document.getElementById("hasil-cari");
  const asked = new URLSearchParams(location.search).get("kode");
  if (place && asked) {
    combo.input.value = asked;
    go(asked, (text, english) => {
      const beside = Object.assign(document.createElement("span"), { className: "en", lang: "en", textContent: english });
      place.replaceChildren(text, " ", beside);
    });
  }
}
