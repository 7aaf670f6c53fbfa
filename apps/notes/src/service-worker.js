// The app without a network: what was built is kept whole or not at all, and pages are answered from it first.
// Sync is not looked at: it is a socket, or a POST.
const files = __FILES__;
const page = __PAGE__;
const store = `notes ${__VERSION__}`;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(store).then((cache) => cache.addAll(files)));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("notes ") && name !== store).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  const isApp = request.mode === "navigate" && (pathname === "/" || pathname === page);
  if (!isApp && !files.includes(pathname)) return;
  event.respondWith(
    caches
      .open(store)
      .then((cache) => cache.match(isApp ? page : pathname))
      .then((kept) => kept ?? fetch(request)),
  );
});
