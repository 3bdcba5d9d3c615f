/** Starts the app: the phone's storage, the service worker, the screens. */
import { render } from "preact";
import { App } from "./app";
import type { Sheet } from "./model/sheet";
import { Phone } from "./store/phone";
import { PhoneContext } from "./ui";
import { http } from "./wire/http";

const practising = new URLSearchParams(location.search).has("latihan");

async function practice(): Promise<Phone> {
  const { ACCOUNT, pretend } = await import("./practice");
  const load = async () => (await (await fetch("/practice.json")).json()) as Sheet;
  const phone = new Phone("suara-latihan", pretend(load), true);
  await phone.boot();
  if (!phone.view.officer) await phone.enrol(ACCOUNT, "");
  return phone;
}

async function start(): Promise<void> {
  document.documentElement.classList.toggle("practising", practising);
  const phone = practising ? await practice() : new Phone("suara-kpps", http);
  const root = document.getElementById("app");
  if (root) {
    root.replaceChildren();
    render(
      <PhoneContext.Provider value={phone}>
        <App />
      </PhoneContext.Provider>,
      root,
    );
  }
  if (!practising) await phone.boot();
}

/** A new version waits until the app is opened at its first screen: nothing may change under a thumb. */
function install(): void {
  if (!("serviceWorker" in navigator) || import.meta.env.DEV) return;
  const workers = navigator.serviceWorker;
  if (workers.controller) workers.addEventListener("controllerchange", () => location.reload());
  void workers
    .register("/sw.js")
    .then((found) => {
      if (location.hash.length < 3) found.waiting?.postMessage("renew");
    })
    .catch(() => {});
}

void start();
install();
