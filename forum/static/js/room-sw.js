// Lets the page of a room be opened again without network: its last copy and its files, and nothing else of the site. The
// network comes first. The copy goes when somebody signs out or leaves with their pass (drafts.js), when the server shows
// the room to this browser no more, and after half a day.
const PREFIX = "forum-room-", CACHE = PREFIX + new URL(self.location).searchParams.get("v"), HOURS = 12;
const isRoom = ({ pathname }) => /^\/gatherings\/[0-9]+\/room$/.test(pathname);
const isFile = ({ pathname }) => pathname.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

const fromNetwork = async (request, path) => {
  const answer = await fetch(request), cache = await caches.open(CACHE);
  if (answer.ok && !answer.redirected) await cache.put(path, answer.clone());
  else if (answer.status < 500) await cache.delete(path);
  return answer;
};
const kept = async (path) => {
  const copy = await (await caches.open(CACHE)).match(path);
  return copy && Date.now() - new Date(copy.headers.get("Date")) < HOURS * 3600000 ? copy : null;
};
const room = async (request, path) => {
  let answer = null;
  try { answer = await fromNetwork(request, path); } catch { /* no network */ }
  if (answer && (answer.status < 500 || request.mode !== "navigate")) return answer;
  return (request.mode === "navigate" && await kept(path)) || answer || Response.error();
};
const file = async (request) => (await (await caches.open(CACHE)).match(request.url)) || fromNetwork(request, request.url);

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (isRoom(url)) event.respondWith(room(request, url.pathname));
  else if (isFile(url)) event.respondWith(file(request)); // an address has a hash of what is in it
});
self.addEventListener("message", (event) => event.waitUntil((async () => {
  const { page, files } = event.data, cache = await caches.open(CACHE);
  for (const name of files) if (!await cache.match(name)) await cache.add(name).catch(() => {});
  const url = new URL(page, self.location);
  if (isRoom(url) && !await cache.match(url.pathname)) await fromNetwork(new Request(url, { credentials: "same-origin" }), url.pathname).catch(() => {});
})()));
