// The form to report a difference works without this. With it, what is typed survives a lost connection or a closed
// tab on this device, and one report is not sent twice by two taps.
"use strict";

const form = document.querySelector("form.report");
const kept = form ? `laporan/${form.dataset.keep}` : null;
const FIELDS = ["field", "value", "note"];

function remember() {
  try {
    sessionStorage.setItem(kept, JSON.stringify(Object.fromEntries(FIELDS.map((name) => [name, form[name].value]))));
  } catch {
    // A browser that keeps nothing keeps nothing; the server's answer still has what was typed.
  }
}

function recall() {
  try {
    const typed = JSON.parse(sessionStorage.getItem(kept) ?? "{}");
    if (form.field.value && typed.field !== form.field.value) return; // another figure than last time
    for (const name of FIELDS) form[name].value ||= typed[name] ?? "";
  } catch {
    // What was kept is no form of ours.
  }
}

if (form) {
  recall();
  form.addEventListener("input", remember);
  form.addEventListener("submit", () => {
    remember();
    setTimeout(() => (form.querySelector("button").disabled = true)); // after the browser has taken the form
  });
  addEventListener("pageshow", () => (form.querySelector("button").disabled = false));
  document.getElementById("keliru")?.scrollIntoView({ block: "center" });
}

const sent = document.querySelector("[data-sent]");
if (sent) {
  try {
    sessionStorage.removeItem(`laporan/${sent.dataset.sent}`);
  } catch {
    // Nothing was kept.
  }
}
