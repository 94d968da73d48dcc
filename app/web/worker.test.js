/** public/sw.js, filled in as the build does it, in a browser made of maps. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const SOURCE = readFileSync(new URL("../../public/sw.js", import.meta.url), "utf8");
const ORIGIN = "https://huigao.test";

const hashOf = (content) => createHash("sha256").update(content).digest("hex").slice(0, 16);

/** The cache storage that outlives the workers, and the relay with the files it serves. */
function browser(files) {
  const stores = new Map();
  const it = { files, fetched: [], stores };
  it.caches = {
    keys: async () => [...stores.keys()],
    delete: async (name) => stores.delete(name),
    async open(name) {
      if (!stores.has(name)) stores.set(name, new Map());
      const store = stores.get(name);
      return {
        match: async (url) => store.get(url)?.clone(),
        put: async (url, response) => void store.set(url, response),
      };
    },
  };
  it.fetch = async (request, { cache } = {}) => {
    const url = request.url ? new URL(request.url).pathname : request;
    it.fetched.push(cache ? `${url} ${cache}` : url);
    const content = it.files[url];
    if (content === undefined) return new Response("not found", { status: 404 });
    const headers = { "content-type": "text/plain", "content-encoding": "br", "content-security-policy": "x" };
    return new Response(typeof content === "function" ? content(cache) : content, { headers });
  };
  return it;
}

/** A worker for the files as they are, or as `built` says. */
function worker(it, version, built = it.files) {
  const listed = Object.entries(built).map(([url, content]) => [url, hashOf(content)]);
  const filled = SOURCE.replace("{{precache}}", JSON.stringify(listed)).replace("{{version}}", version);
  const handlers = {};
  const self = {
    location: new URL(ORIGIN),
    skipped: 0,
    claimed: 0,
    addEventListener: (name, handler) => (handlers[name] = handler),
    skipWaiting: () => self.skipped++,
    clients: { claim: async () => void self.claimed++ },
  };
  const { caches, fetch } = it;
  vm.runInNewContext(filled, { self, caches, fetch, crypto, Headers, Response, URL, Uint8Array });
  const wait = (name, event = {}) => {
    let done;
    handlers[name]({ ...event, waitUntil: (promise) => (done = promise) });
    return done;
  };
  let beside = Promise.resolve();
  return {
    self,
    install: () => wait("install"),
    activate: () => wait("activate"),
    message: (data) => handlers.message({ data }),
    /** What the worker says to be asked whether all is there. */
    async whole() {
      let said;
      await wait("message", { data: { type: "refill" }, ports: [{ postMessage: (words) => (said = words) }] });
      return said.whole;
    },
    /** Resolves when what a request has caused beside its answer is done. */
    rest: () => beside,
    /** The answer to a request, or null where the worker keeps out. */
    async ask(path, mode = "no-cors", method = "GET") {
      let answer = null;
      const request = { url: new URL(path, ORIGIN).href, mode, method };
      const respondWith = (promise) => (answer = promise);
      handlers.fetch({ request, respondWith, waitUntil: (promise) => (beside = promise) });
      return answer && (await answer).text();
    },
  };
}

const FIRST = { "/": "page 1", "/app-1.js": "script 1", "/app.wasm": "module", "/icons/icon.svg": "icon" };
const SECOND = { "/": "page 2", "/app-2.js": "script 2", "/app.wasm": "module", "/icons/icon.svg": "icon" };

test("the first version is fetched whole and answers without a network", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  assert.deepEqual(it.fetched.sort(), ["/ no-cache", "/app-1.js default", "/app.wasm default", "/icons/icon.svg default"]);
  assert.equal(one.self.skipped, 0);
  await one.activate();
  assert.equal(one.self.claimed, 1);

  it.files = {};
  assert.equal(await one.ask("/", "navigate"), "page 1");
  assert.equal(await one.ask("/doc/123?tab=history", "navigate"), "page 1");
  assert.equal(await one.ask("/app.wasm"), "module");
});

test("headers are kept, but for those that are no longer true", async () => {
  const it = browser(FIRST);
  await worker(it, "one").install();
  const { headers } = it.stores.get("huigao-app-one").get("/");
  assert.equal(headers.get("content-type"), "text/plain");
  assert.equal(headers.get("content-security-policy"), "x");
  assert.equal(headers.get("content-encoding"), null);
});

test("the engine's script comes anew with each version: it goes by the headers that came with it", async () => {
  const it = browser({ ...FIRST, "/engine-1.js": "engine" });
  await worker(it, "one").install();
  it.fetched = [];
  await worker(it, "two").install();
  assert.deepEqual(it.fetched.sort(), ["/ no-cache", "/engine-1.js no-cache"]);
});

test("what is the relay's is left alone", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  for (const path of ["/sync", "/api/roster", "/healthz", "/metrics"]) {
    assert.equal(await one.ask(path), null, path);
    assert.equal(await one.ask(path, "navigate"), null, path);
  }
  assert.equal(await one.ask("/synchrony", "navigate"), "page 1");
  assert.equal(await one.ask("/unknown.js"), null);
  assert.equal(await one.ask("/report.docx", "navigate"), null);
  assert.equal(await one.ask("https://elsewhere.test/app.wasm"), null);
  assert.equal(await one.ask("/app.wasm", "cors", "POST"), null);
});

test("an update downloads what changed, and the old version lives until it is activated", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  it.files = SECOND;
  it.fetched = [];
  const two = worker(it, "two");
  await two.install();
  assert.deepEqual(it.fetched.sort(), ["/ no-cache", "/app-2.js default"]);

  it.files = {};
  assert.equal(await one.ask("/", "navigate"), "page 1");
  assert.equal(await one.ask("/app-1.js"), "script 1");
  two.message({ type: "something else" });
  two.message(null);
  assert.equal(two.self.skipped, 0);
  two.message({ type: "skip-waiting" });
  assert.equal(two.self.skipped, 1);
  it.stores.set("huigao-other", new Map());
  await two.activate();
  assert.deepEqual([...it.stores.keys()], ["huigao-app-two", "huigao-other"]);
  assert.equal(await two.ask("/app.wasm"), "module");
});

test("a line that drops: the next attempt goes on from there", async () => {
  const it = browser({ ...FIRST, "/app.wasm": undefined });
  await assert.rejects(worker(it, "one", FIRST).install(), /\/app\.wasm/);
  it.files = FIRST;
  it.fetched = [];
  await worker(it, "one").install();
  assert.deepEqual(it.fetched, ["/app.wasm default"]);
});

test("a stale cache is passed by, and a foreign page is not kept", async () => {
  const stale = { ...FIRST, "/app.wasm": (cache) => (cache === "reload" ? "module" : "old module") };
  const it = browser(stale);
  const one = worker(it, "one", FIRST);
  await one.install();
  assert.equal(await one.ask("/app.wasm"), "module");

  const gateway = browser({ ...FIRST, "/": () => "please log in" });
  await assert.rejects(worker(gateway, "one", FIRST).install(), /not what this version was built with/);
});

test("a cache that the browser has cleared is no dead end", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  it.stores.clear();
  assert.equal(await one.ask("/", "navigate"), "page 1");
  assert.ok(it.fetched.includes("/"));
});

test("a cache that the browser has cleared is filled again at the next navigation", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  await one.activate();
  assert.equal(await one.whole(), true);
  it.stores.clear();
  await one.ask("/", "navigate");
  await one.rest();
  it.files = {};
  assert.equal(await one.ask("/", "navigate"), "page 1");
  assert.equal(await one.ask("/app.wasm"), "module");
});

test("who asks is told whether all is there, after what is missing has been fetched", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  it.stores.get("huigao-app-one").delete("/app.wasm");
  it.files = {};
  assert.equal(await one.whole(), false);
  it.files = FIRST;
  it.fetched = [];
  assert.equal(await one.whole(), true);
  assert.deepEqual(it.fetched, ["/app.wasm default"]);
  // Nothing is fetched for asking.
  it.files = {};
  assert.equal(await one.whole(), true);
});

test("an activation does not wait for what is missing", async () => {
  const it = browser(FIRST);
  const one = worker(it, "one");
  await one.install();
  it.stores.get("huigao-app-one").delete("/app.wasm");
  it.files = { "/app.wasm": undefined };
  await one.activate();
  assert.equal(one.self.claimed, 1);
});
