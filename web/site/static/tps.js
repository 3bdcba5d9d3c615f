// The scan beside the numbers: pages, zoom, the boxes of the number one looks at, and a crop beside each. All figures,
// photos and links are in the HTML; without this file the photos scroll from page to page.
"use strict";

const SVG = "http://www.w3.org/2000/svg";
const STEP = 1.5; // of one press of + or −
const CLOSEST = 12; // times as large as the whole page
const RIM = 3; // mm around a number in its crop
const CONTEXT = 4; // how much wider than a number the view is that shows it

const forms = new Map(); // address → promise of {frame, fields}
const state = { page: null, view: null, field: null, open: new Set() }; // outlives a refresh of the figures

function element(name, attributes = {}, of = SVG) {
  const made = of ? document.createElementNS(of, name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function formOf(figure) {
  const address = figure.dataset.form;
  if (!forms.has(address)) forms.set(address, fetch(address).then((answer) => answer.json()));
  return forms.get(address);
}

function photo(source, frame) {
  const [x0, y0, x1, y1] = frame;
  return element("image", {
    href: source, x: x0, y: y0, width: x1 - x0, height: y1 - y0, preserveAspectRatio: "none",
  });
}

// --- The stage: one page, whole or near ----------------------------------------------------------------------------

class Stage {
  constructor(desk) {
    this.desk = desk;
    this.paper = desk.querySelector(".paper");
    this.figures = new Map([...this.paper.querySelectorAll("figure")].map((one) => [pageOf(one), one]));
    this.tabs = [...this.paper.querySelectorAll(".tabs a")];
    this.build();
    this.tabs.forEach((tab) => tab.addEventListener("click", (event) => this.tapped(event, tab)));
  }

  build() {
    this.box = element("div", { class: "stage" }, null);
    this.svg = element("svg", { tabindex: 0, role: "application", "aria-roledescription": "foto" });
    this.marks = element("g");
    const bar = element("div", { class: "zoom", role: "group", "aria-label": "Perbesar foto" }, null);
    for (const [text, label, act] of [
      ["+", "Perbesar", () => this.zoom(STEP)],
      ["−", "Perkecil", () => this.zoom(1 / STEP)],
      ["Utuh", "Halaman utuh", () => this.whole()],
    ]) {
      const button = element("button", { type: "button", "aria-label": label }, null);
      button.textContent = text;
      button.addEventListener("click", act);
      bar.append(button);
    }
    this.box.append(this.svg, bar);
    const hint = element("p", { class: "hint" }, null);
    hint.textContent = "Geser dengan jari, tetikus, atau tombol panah; + dan − memperbesar. ";
    const english = element("span", { class: "en", lang: "en" }, null);
    english.textContent = "Drag, or use the arrow keys; + and − zoom.";
    hint.append(english);
    this.paper.querySelector(".sheets").before(this.box);
    this.paper.append(hint);
    this.paper.classList.add("live-view");
    const sheets = this.paper.querySelector(".sheets");
    for (const name of ["tabindex", "role", "aria-label"]) sheets.removeAttribute(name);
    this.listen();
  }

  tapped(event, tab) {
    event.preventDefault();
    this.show(Number(tab.hash.slice("#hal-".length)));
  }

  async show(page, keep = false) {
    const figure = this.figures.get(page);
    if (!figure) return;
    state.page = page;
    for (const [number, one] of this.figures) one.classList.toggle("open", number === page);
    for (const tab of this.tabs) {
      if (tab.hash === `#hal-${page}`) tab.setAttribute("aria-current", "true");
      else tab.removeAttribute("aria-current");
    }
    const source = figure.querySelector("img")?.src;
    this.box.hidden = !source;
    if (!source) return;
    const form = await formOf(figure);
    if (state.page !== page) return; // another was asked for meanwhile
    if (this.source !== source) {
      this.source = source;
      this.svg.replaceChildren(photo(source, form.frame), this.marks);
      this.svg.setAttribute("aria-label", `Foto halaman ${page}. Panah menggeser, + dan − memperbesar, 0 utuh.`);
    }
    this.frame = form.frame;
    if (keep && state.view) this.look(state.view);
    else this.whole();
  }

  // The view is [x, y, width, height] in mm of the paper.
  look(view) {
    const [x0, y0, x1, y1] = this.frame;
    const width = Math.min(x1 - x0, Math.max((x1 - x0) / CLOSEST, view[2]));
    const height = (width * (y1 - y0)) / (x1 - x0);
    const x = Math.min(x1 - width, Math.max(x0, view[0] + (view[2] - width) / 2));
    const y = Math.min(y1 - height, Math.max(y0, view[1] + (view[3] - height) / 2));
    state.view = [x, y, width, height];
    this.svg.setAttribute("viewBox", state.view.map((one) => one.toFixed(2)).join(" "));
    this.box.classList.toggle("near", width < x1 - x0);
  }

  whole() {
    const [x0, y0, x1, y1] = this.frame;
    this.look([x0, y0, x1 - x0, y1 - y0]);
  }

  zoom(times, at = null) {
    const [x, y, width, height] = state.view;
    const [cx, cy] = at ?? [x + width / 2, y + height / 2];
    this.look([cx - (cx - x) / times, cy - (cy - y) / times, width / times, height / times]);
  }

  move(dx, dy) {
    const [x, y, width, height] = state.view;
    this.look([x + dx, y + dy, width, height]);
  }

  /** A point of the screen in mm. */
  mm(event) {
    const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.svg.getScreenCTM().inverse());
    return [point.x, point.y];
  }

  outline(rect) {
    this.marks.replaceChildren();
    if (!rect) return;
    const [x0, y0, x1, y1] = rect;
    for (const name of ["under", "over"]) {
      this.marks.append(element("rect", { class: name, x: x0 - 2, y: y0 - 2, width: x1 - x0 + 4, height: y1 - y0 + 4 }));
    }
  }

  near([x0, y0, x1, y1]) {
    const width = (x1 - x0) * CONTEXT;
    const height = (width * (this.frame[3] - this.frame[1])) / (this.frame[2] - this.frame[0]);
    this.look([(x0 + x1 - width) / 2, (y0 + y1 - height) / 2, width, height]);
  }

  listen() {
    const held = new Map(); // pointers on the photo → where they are, mm
    this.svg.addEventListener("pointerdown", (event) => {
      if (!this.box.classList.contains("near") && event.pointerType !== "mouse" && held.size === 0) {
        held.set(event.pointerId, this.mm(event));
        return; // one finger on a whole page scrolls the document
      }
      this.svg.setPointerCapture(event.pointerId);
      held.set(event.pointerId, this.mm(event));
    });
    this.svg.addEventListener("pointermove", (event) => this.dragged(event, held));
    for (const name of ["pointerup", "pointercancel", "lostpointercapture"]) {
      this.svg.addEventListener(name, (event) => held.delete(event.pointerId));
    }
    this.svg.addEventListener("dblclick", (event) => this.zoom(2, this.mm(event)));
    this.svg.addEventListener("wheel", (event) => this.wheeled(event), { passive: false });
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
  }

  dragged(event, held) {
    if (!held.has(event.pointerId)) return;
    const [was, now] = [held.get(event.pointerId), this.mm(event)];
    if (held.size === 2) {
      const [[, other]] = [...held].filter(([id]) => id !== event.pointerId);
      const apart = (one) => Math.hypot(one[0] - other[0], one[1] - other[1]);
      this.zoom(apart(now) / Math.max(1, apart(was)), other);
      held.set(event.pointerId, this.mm(event));
    } else if (this.box.classList.contains("near")) {
      this.move(was[0] - now[0], was[1] - now[1]); // the photo stays under the finger: its mm do not change
    }
  }

  wheeled(event) {
    // A plain wheel scrolls the document, unless one is working on the photo; pinching on a pad sends Ctrl with it.
    if (!event.ctrlKey && document.activeElement !== this.svg) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY / 300), this.mm(event));
  }

  pressed(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = state.view[2] / 8;
    const acts = {
      ArrowLeft: () => this.move(-step, 0),
      ArrowRight: () => this.move(step, 0),
      ArrowUp: () => this.move(0, -step),
      ArrowDown: () => this.move(0, step),
      "+": () => this.zoom(STEP),
      "=": () => this.zoom(STEP),
      "-": () => this.zoom(1 / STEP),
      0: () => this.whole(),
      PageDown: () => this.show(state.page + 1),
      PageUp: () => this.show(state.page - 1),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }
}

function pageOf(figure) {
  return Number(figure.id.slice("hal-".length));
}

// --- The numbers ---------------------------------------------------------------------------------------------------

class Numbers {
  constructor(desk, stage) {
    this.stage = stage;
    this.blocks = [...desk.querySelectorAll(".block")];
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting || (entry.target.matches("details") && !entry.target.open)) continue;
        seen.unobserve(entry.target);
        this.fill(entry.target);
      }
    }, { rootMargin: "400px" });
    for (const block of this.blocks) {
      if (state.open.has(block.id)) block.open = true;
      seen.observe(block);
      if (block.matches("details")) block.addEventListener("toggle", () => this.toggled(block));
    }
  }

  toggled(block) {
    if (!block.open) return state.open.delete(block.id);
    state.open.add(block.id);
    this.fill(block);
    const page = Number(block.dataset.pages.split(" ")[0]);
    if (state.page !== page) this.stage.show(page);
  }

  /** Crops, outlines and links of a block's rows; once. */
  async fill(block) {
    if (block.dataset.filled) return;
    block.dataset.filled = "yes";
    const link = block.querySelector("a.tell")?.getAttribute("href");
    for (const page of block.dataset.pages.split(" ").map(Number)) {
      const figure = this.stage.figures.get(page);
      const form = await formOf(figure);
      for (const row of block.querySelectorAll("tr[data-f]")) {
        const rect = form.fields[row.dataset.f];
        if (rect) this.dress(row, { page, rect, frame: form.frame, source: figure.querySelector("img")?.src, link });
      }
    }
  }

  dress(row, at) {
    const head = row.cells[0];
    const called = head.firstChild.textContent.trim();
    if (at.source) {
      const button = element("button", { type: "button", class: "crop", "aria-label": `${called}: perbesar di foto` }, null);
      const [x0, y0, x1, y1] = at.rect;
      const box = [x0 - RIM, y0 - RIM, x1 - x0 + 2 * RIM, y1 - y0 + 2 * RIM];
      const svg = element("svg", { viewBox: box.join(" "), "aria-hidden": "true", focusable: "false" });
      svg.append(photo(at.source, at.frame));
      button.append(svg);
      button.addEventListener("click", () => this.enlarge(row, at));
      button.addEventListener("focus", () => this.point(row, at));
      const words = element("div", {}, null);
      words.append(...head.childNodes);
      const cell = element("div", { class: "beside-crop" }, null);
      cell.append(button, words);
      head.append(cell);
      row.addEventListener("pointerenter", (event) => event.pointerType === "mouse" && this.point(row, at));
      if (state.field === row.dataset.f) this.point(row, at);
    }
    if (at.link) {
      const tell = element("a", { class: "tell", href: `${at.link}&field=${row.dataset.f}` }, null);
      tell.textContent = "Laporkan";
      tell.setAttribute("aria-label", `Laporkan perbedaan: ${called}`);
      (head.querySelector(".beside-crop > div") ?? head).append(" ", tell);
    }
  }

  async point(row, at) {
    state.field = row.dataset.f;
    document.querySelector("tr.at")?.classList.remove("at");
    row.classList.add("at");
    if (state.page !== at.page) await this.stage.show(at.page);
    if (state.field === row.dataset.f) this.stage.outline(at.rect);
  }

  async enlarge(row, at) {
    await this.point(row, at);
    this.stage.near(at.rect);
    if (matchMedia("(max-width: 60rem)").matches) this.stage.box.scrollIntoView({ block: "center" });
  }
}

// --- Beginning, and again after every refresh ----------------------------------------------------------------------

function begin() {
  const desk = document.querySelector(".desk");
  if (!desk || desk.dataset.begun) return;
  desk.dataset.begun = "yes";
  const stage = new Stage(desk);
  const shown = [...stage.figures].find(([, figure]) => figure.querySelector("img"))?.[0];
  const asked = /^#hal-(\d+)$/.exec(location.hash)?.[1];
  stage.show(state.page ?? (asked ? Number(asked) : shown ?? 1), state.page !== null);
  new Numbers(desk, stage);
}

begin();
new MutationObserver(begin).observe(document.getElementById("isi"), { childList: true });
