/**
 * The service worker: keeps one version of the app on this computer, whole, so that it opens
 * without a network. The build fills in the list and the version.
 *
 * It owns the app's own files and nothing else: what the relay answers is never kept here.
 */

/** Every file of this version: [url, hash], the hash being hex of a SHA-256 of it or its head. */
const PRECACHE = {{precache}};
const VERSION = "{{version}}";

const PREFIX = "huigao-app-";
const CACHE = PREFIX + VERSION;
const HASH = "x-huigao-hash";
const LISTED = new Set(PRECACHE.map(([url]) => url));
/**
 * The page and the engine's script are small, and their headers (what they may run, whom they may
 * ask) count for all that they do, and can change while their text does not.
 */
const GOVERNED = /^\/(engine-[^/]+\.js)?$/;
const RELAY = /^\/(sync|api|healthz|metrics)(\/|$)/;

// The new version waits beside the old one until the user changes over: no skipWaiting here.
self.addEventListener("install", (event) => event.waitUntil(precache()));

self.addEventListener("activate", (event) => {
  // Requests wait for the activation: what has to be fetched is fetched beside it.
  event.waitUntil(takeOver().then(() => void refill()));
});

self.addEventListener("message", (event) => {
  const { type } = event.data || {};
  if (type === "skip-waiting") self.skipWaiting();
  if (type === "refill") {
    const [port] = event.ports || [];
    event.waitUntil(refill().then((whole) => port && port.postMessage({ whole })));
  }
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin || RELAY.test(pathname)) return;
  if (request.mode === "navigate") {
    // Addresses within the app are the app's. One that names a file is the relay's to answer.
    if (/\.[^/]+$/.test(pathname)) return;
    event.respondWith(answer("/", request));
    event.waitUntil(refill());
  } else if (LISTED.has(pathname)) {
    event.respondWith(answer(pathname, request));
  }
});

async function answer(url, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(url)) || fetch(request);
}

/**
 * Gets what this version adds to those already here. Each file that arrives is kept even when
 * others fail: on a line that drops, the next attempt goes on from there.
 */
async function precache() {
  const cache = await caches.open(CACHE);
  const names = await caches.keys();
  const older = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  const results = await Promise.allSettled(
    PRECACHE.map(async ([url, hash]) => {
      if (await find(CACHE, url, hash)) return;
      await cache.put(url, (await reuse(older, url, hash)) || (await download(url, hash)));
    }),
  );
  const failure = results.find(({ status }) => status === "rejected");
  if (failure) throw failure.reason;
}

/** @type {Promise<boolean> | null} */
let refilling = null;

/**
 * Puts back what the browser, or somebody's cleaning, has taken out of the cache; tells whether
 * all is there now. A version that the relay no longer has stays as it is: the next one comes whole.
 */
function refill() {
  refilling ||= precache()
    .then(() => true, () => false)
    .then((whole) => {
      refilling = null;
      return whole;
    });
  return refilling;
}

async function takeOver() {
  for (const name of await caches.keys()) {
    if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function find(name, url, hash) {
  const cache = await caches.open(name);
  const found = await cache.match(url);
  return found && found.headers.get(HASH) === hash ? found : undefined;
}

async function reuse(names, url, hash) {
  if (GOVERNED.test(url)) return undefined;
  for (const name of names) {
    const found = await find(name, url, hash);
    if (found) return found;
  }
  return undefined;
}

/**
 * Downloads a file and makes sure that it is the one that was built: a hotel's or an office's
 * gateway may answer with its own page, and a cache on the way with yesterday's.
 */
async function download(url, hash) {
  // The page has just fetched most of these; the browser's own cache saves the second download.
  for (const cache of [GOVERNED.test(url) ? "no-cache" : "default", "reload"]) {
    const response = await fetch(url, { cache });
    if (!response.ok) continue;
    const body = await response.arrayBuffer();
    if (!(await digest(body)).startsWith(hash)) continue;
    const headers = new Headers(response.headers);
    // The body is unpacked by now.
    headers.delete("content-encoding");
    headers.delete("content-length");
    headers.set(HASH, hash);
    return new Response(body, { headers });
  }
  throw new Error(`${url} is not what this version was built with`);
}

async function digest(body) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
