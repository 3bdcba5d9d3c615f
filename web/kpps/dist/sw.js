/* Keeps the app itself on the phone, so that it opens without a signal. Data never passes through here. */
const VERSION = "6858ff416f2c39ef";
const FILES = JSON.parse('["/app.webmanifest","/assets/eye.worker-DQAftS97.js","/assets/index-CRip2C7b.js","/assets/index-DwKG-ujS.css","/assets/practice-Dw1L57H0.js","/assets/prepare-B8NY7Ol9.js","/assets/receipt-DYRuKLvY.js","/icon-180.png","/icon-192.png","/icon-512.png","/icon.svg","/","/practice.json"]');

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(VERSION).then((cache) => cache.addAll(FILES)));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name !== VERSION);
  const cleared = caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name))));
  event.waitUntil(cleared.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || !FILES.includes(pathname)) return;
  event.respondWith(caches.match(pathname).then((kept) => kept ?? fetch(event.request)));
});

/* The page asks to be renewed only when nothing is being typed or photographed. */
self.addEventListener("message", (event) => {
  if (event.data === "renew") self.skipWaiting();
});

/* Where the browser has it, a new signal wakes the app's own sender in an open page; the queue itself lives there. */
self.addEventListener("sync", (event) => {
  event.waitUntil(self.clients.matchAll().then((pages) => pages.forEach((page) => page.postMessage("send"))));
});
