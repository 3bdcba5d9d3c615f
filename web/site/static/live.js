// Staying up to date: the stream says which areas changed; a page that shows one of them reads itself again and takes
// over the parts that differ. Without the stream it asks now and then; without a line it says so. No second renderer.

const { root, contest, watch } = document.body.dataset;
const POLL = 30_000; // milliseconds between two looks where there is no stream
const SLOWEST = 300_000;
const SPREAD = 2_000; // readers do not all come in the same instant
const SAY = 30_000; // between two spoken summaries
const HOUR = 3_600_000;
const PAUSED = "jeda"; // in sessionStorage: the choice of this tab

const mine = new Set((watch ?? "").split(" ").filter(Boolean));
const pick = (page) => page.querySelector("[data-live]");

let furnish = () => {};
let sent = []; // the parts as they came, before anything was sorted or opened
let cursor = Number(document.body.dataset.cursor ?? 0);
let paused = false;
let waiting = false; // something changed while paused or hidden
let state = "asking";
let spoken = 0;
let wait = POLL;
let due = 0;

// --- What is shown ---------------------------------------------------------------------------------------------

function store(value) {
  try {
    if (value === undefined) return sessionStorage.getItem(PAUSED) === "1";
    sessionStorage.setItem(PAUSED, value ? "1" : "0");
  } catch {
    // Storage may be shut off; the choice then lasts as long as the page.
  }
  return false;
}

const WORDS = {
  live: ["on", "Langsung", "angka baru muncul sendiri"],
  asking: ["", "Berkala", "diperiksa tiap setengah menit"],
  offline: ["off", "Tanpa sambungan", "yang tampak adalah angka terakhir"],
  paused: ["", "Dijeda", "angka tidak berubah sampai dilanjutkan"],
};

function tell() {
  const place = document.querySelector(".langsung");
  if (!place) return;
  const [name, word, what] = WORDS[paused ? "paused" : state];
  const shown = place.firstElementChild ?? place.appendChild(document.createElement("span"));
  const mark = document.createElement("b");
  mark.className = name;
  mark.textContent = word;
  shown.replaceChildren(mark, ` – ${paused && waiting ? "ada angka baru" : what} `);
  if (!place.querySelector("button")) {
    const button = place.appendChild(document.createElement("button"));
    button.type = "button";
    button.addEventListener("click", toggle);
  }
  place.querySelector("button").textContent = paused ? "Lanjutkan pembaruan" : "Jeda pembaruan";
}

function age() {
  const at = Date.parse(document.querySelector(".updated time")?.dateTime ?? "");
  const place = document.querySelector(".usia");
  if (!place || isNaN(at)) return;
  const hours = Math.floor((Date.now() - at) / HOUR);
  place.className = hours > 0 ? "usia old" : "usia";
  place.textContent = hours < 1 ? "" : hours < 48 ? `(${hours} jam lalu)` : `(${Math.floor(hours / 24)} hari lalu)`;
}

function say() {
  const lead = document.querySelector(".lead");
  if (!lead || Date.now() - spoken < SAY) return;
  spoken = Date.now();
  document.getElementById("kabar").textContent = `Diperbarui: ${lead.firstChild.textContent}${lead.childNodes[1].textContent}`;
}

// --- Taking over what is new -----------------------------------------------------------------------------------

function remembered(part) {
  return {
    open: [...part.querySelectorAll("details")].map((one) => one.open),
    chosen: [...part.querySelectorAll("input:checked")].map((one) => one.id),
    focus: part.contains(document.activeElement) ? address(document.activeElement, part) : null,
  };
}

function address(element, part) {
  const href = element.getAttribute("href");
  const head = element.closest("th");
  let selector = element.tagName;
  if (element.id) selector = `#${CSS.escape(element.id)}`;
  else if (href) selector = `a[href="${CSS.escape(href)}"]`;
  else if (head) selector = `th:nth-child(${head.cellIndex + 1}) button`;
  return [selector, [...part.querySelectorAll(selector)].indexOf(element)];
}

function restore(part, { open, chosen, focus }) {
  [...part.querySelectorAll("details")].forEach((one, i) => (one.open = open[i] ?? one.open));
  chosen.forEach((id) => part.querySelector(`#${CSS.escape(id)}`)?.click());
  if (focus) part.querySelectorAll(focus[0])[focus[1]]?.focus({ preventScroll: true });
}

function take(fresh) {
  const [here, there] = [pick(document), pick(fresh)];
  if (!here || !there) return location.reload();
  const parts = [...there.children];
  const anchor = [...here.querySelectorAll("h1, h2")].find((one) => one.getBoundingClientRect().top >= 0);
  const before = anchor?.getBoundingClientRect().top;
  const now = parts.map((part) => part.outerHTML);
  const same = here.children.length === parts.length;
  if (same) {
    parts.forEach((part, i) => {
      if (now[i] === sent[i]) return;
      const old = here.children[i];
      const kept = remembered(old);
      old.replaceWith(part);
      furnish(part);
      restore(part, kept);
    });
  } else {
    const kept = remembered(here);
    here.replaceChildren(...parts);
    furnish(here);
    restore(here, kept);
  }
  sent = now;
  const found = anchor && (anchor.isConnected ? anchor : anchor.id && document.getElementById(anchor.id));
  if (found && before < innerHeight) scrollBy(0, found.getBoundingClientRect().top - before);
  document.title = fresh.title;
  document.dispatchEvent(new CustomEvent("suara:fresh"));
}

async function refresh() {
  const answer = await fetch(location.pathname, { cache: "no-cache" });
  if (!answer.ok) throw new Error(String(answer.status));
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const number = Number(fresh.body.dataset.cursor ?? 0);
  waiting = false;
  if (pick(fresh)?.outerHTML && (number !== cursor || fresh.body.dataset.at !== document.body.dataset.at)) {
    cursor = number;
    document.body.dataset.at = fresh.body.dataset.at;
    take(fresh);
    say();
  }
  tell();
  age();
}

function soon() {
  waiting = true;
  if (paused || document.visibilityState !== "visible") return tell();
  clearTimeout(due);
  due = setTimeout(() => refresh().catch(() => lost()), Math.random() * SPREAD);
}

// --- The stream, and asking where there is none ------------------------------------------------------------------

let stream = null;
let silent = 0;

function lost() {
  state = navigator.onLine === false || !stream ? "offline" : state;
  tell();
}

function listen() {
  if (!mine.size || !("EventSource" in window)) return ask();
  stream = new EventSource(`${root}stream/${contest}/cuts`);
  stream.addEventListener("open", () => {
    state = "live";
    wait = POLL;
    clearTimeout(silent);
    tell();
    soon(); // whatever changed while nobody listened
  });
  stream.addEventListener("cut", (event) => {
    const cut = JSON.parse(event.data);
    if (cut.all || [...(cut.areas ?? []), ...(cut.tps ?? [])].some((kode) => mine.has(kode))) soon();
  });
  stream.addEventListener("reset", soon);
  stream.addEventListener("error", () => {
    const given = stream.readyState === EventSource.CLOSED; // refused: the browser does not come back by itself
    state = navigator.onLine === false ? "offline" : "asking";
    tell();
    if (!given) return;
    stream = null;
    ask();
  });
}

function ask() {
  clearTimeout(silent);
  silent = setTimeout(async () => {
    if (!paused && document.visibilityState === "visible") {
      try {
        await refresh();
        state = "asking";
        wait = POLL;
      } catch {
        state = "offline";
        wait = Math.min(2 * wait, SLOWEST);
      }
      tell();
    }
    age();
    if (mine.size && state === "asking" && !stream) return listen(); // it may be back
    ask();
  }, wait);
}

function toggle() {
  paused = !paused;
  store(paused);
  tell();
  if (!paused) refresh().catch(() => lost());
}

export function follow(furnishing) {
  furnish = furnishing;
  sent = [...pick(document).children].map((part) => part.outerHTML);
  paused = store() ?? false;
  addEventListener("online", () => refresh().then(() => (state = stream ? "live" : "asking")).then(tell, () => {}));
  addEventListener("offline", () => {
    state = "offline";
    tell();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible" && waiting && !paused) soon();
  });
  if (document.querySelector(".updated")) listen();
  tell();
  age();
  setInterval(age, 60_000);
}
