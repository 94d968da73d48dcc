// The harness's own promises: that what it says is cut is cut, and what it says is killed is dead.

import { test } from "node:test";
import assert from "node:assert/strict";
import { Browser } from "./browser.mjs";
import { Echo } from "./echo.mjs";
import { stays, until } from "./wait.mjs";

const BOUND = { timeout: 90_000 };

function scenario(title, body) {
  test(title, BOUND, async () => {
    const echo = await Echo.start();
    let browser;
    try {
      browser = await Browser.launch({ port: echo.port, viewport: { width: 900, height: 700 } });
      await browser.page.goto(browser.url);
      // A registration under way would fail with the line, and be an error of the page.
      await browser.page.evaluate(() => navigator.serviceWorker.ready.then(() => {}));
      await body(browser, echo);
    } finally {
      await browser?.close();
      echo.close();
    }
  });
}

const counts = (page) => page.evaluate(() => ({ page: echo.count, worker: worker.count, closes: echo.closes }));

async function flows(page) {
  const before = await counts(page);
  await until(async () => (await counts(page)).page > before.page, { what: "echoes in the page" });
  await until(async () => (await counts(page)).worker > before.worker, { what: "echoes in the worker" });
}

/// Lets what is already on its way arrive, then sees that nothing more does.
async function standsStill(page, echo) {
  let settled = -1;
  await until(() => echo.received === settled || void (settled = echo.received), { what: "the last messages arriving", every: 200 });
  const { page: inPage, worker: inWorker } = await counts(page);
  await stays(
    async () => {
      const now = await counts(page);
      return echo.received === settled && now.page === inPage && now.worker === inWorker;
    },
    { what: "no traffic over the cut line" },
  );
}

const tries = (page) =>
  page.evaluate(async () => {
    const request = await fetch(`/uncached-${Math.random()}`).then(() => "answered", () => "failed");
    const socket = await new Promise((resolve) => {
      const probe = new WebSocket(`ws://${location.host}/echo`);
      probe.onopen = () => (probe.close(), resolve("open"));
      probe.onerror = () => resolve("failed");
    });
    return { request, socket, onLine: navigator.onLine };
  });

scenario("the browser speaks Chinese, has its viewport and knows the relay by its proxy", async (browser, echo) => {
  await flows(browser.page);
  const seen = await browser.page.evaluate(() => ({ language: navigator.language, width: innerWidth, secure: isSecureContext }));
  assert.deepEqual(seen, { language: "zh-CN", width: 900, secure: true });
  const socket = echo.requests.find(({ path }) => path === "/echo");
  assert.equal(socket.host, `127.0.0.1:${browser.proxy.port}`);
  assert.equal(socket.origin, browser.url);
  browser.expectNoErrors();
});

scenario("a cut network closes open sockets, refuses new ones, and heals", async (browser, echo) => {
  await flows(browser.page);
  await browser.cutNetwork();
  await until(async () => (await counts(browser.page)).closes > 0, { what: "the close of the open socket" });
  assert.deepEqual(await tries(browser.page), { request: "failed", socket: "failed", onLine: false });
  await standsStill(browser.page, echo);
  await browser.healNetwork();
  await flows(browser.page);
  assert.deepEqual(await tries(browser.page), { request: "answered", socket: "open", onLine: true });
  browser.expectNoErrors();
});

scenario("a cut beyond the building leaves navigator.onLine true", async (browser, echo) => {
  await flows(browser.page);
  await browser.cutNetwork({ noticed: false });
  await until(async () => (await counts(browser.page)).closes > 0, { what: "the close of the open socket" });
  assert.deepEqual(await tries(browser.page), { request: "failed", socket: "failed", onLine: true });
  await standsStill(browser.page, echo);
  await browser.healNetwork();
  await flows(browser.page);
});

scenario("setOffline alone lets open sockets stand still and closes none", async (browser, echo) => {
  await flows(browser.page);
  await browser.context.setOffline(true);
  await standsStill(browser.page, echo);
  assert.equal((await counts(browser.page)).closes, 0);
  await browser.context.setOffline(false);
  await flows(browser.page);
  assert.equal((await counts(browser.page)).closes, 0);
});

scenario("a stalled line closes nothing and loses nothing", async (browser, echo) => {
  await flows(browser.page);
  browser.proxy.stall();
  await standsStill(browser.page, echo);
  await browser.proxy.heal();
  await flows(browser.page);
  assert.equal((await counts(browser.page)).closes, 0);
});

scenario("offline, the service worker serves the page and reaches no network", async (browser) => {
  await until(() => browser.page.evaluate(() => navigator.serviceWorker.controller !== null), { what: "the service worker taking over" });
  await browser.cutNetwork();
  await browser.page.reload();
  assert.equal(await browser.page.title(), "echo");
  assert.equal((await tries(browser.page)).request, "failed");
});

scenario("a killed browser is dead, and its profile opens again with what was stored", async (browser) => {
  const { pid } = browser;
  assert.ok(pid > 1);
  await browser.page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("notes", 1);
        opening.onupgradeneeded = () => opening.result.createObjectStore("notes");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const saving = opening.result.transaction("notes", "readwrite", { durability: "strict" });
          saving.objectStore("notes").put("断电前写下的话", 1);
          saving.oncomplete = resolve;
          saving.onabort = () => reject(saving.error);
        };
      }),
  );
  await browser.sigkill();
  assert.equal(browser.pid, undefined);
  const reaped = () => {
    try {
      return process.kill(pid, 0) && false;
    } catch (error) {
      return error.code === "ESRCH";
    }
  };
  await until(reaped, { what: `process ${pid} being gone` });

  const page = await browser.open();
  await page.goto(browser.url);
  const kept = await page.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("notes", 1);
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const reading = opening.result.transaction("notes").objectStore("notes").get(1);
          reading.onsuccess = () => resolve(reading.result);
          reading.onerror = () => reject(reading.error);
        };
      }),
  );
  assert.equal(kept, "断电前写下的话");
  assert.notEqual(browser.pid, pid);
});

scenario("errors of the page are collected, and shown once", async (browser) => {
  await browser.page.evaluate(() => {
    console.error("控制台里的错误");
    setTimeout(() => {
      throw new Error("没有接住的错误");
    });
  });
  await until(() => browser.errors.length >= 2, { what: "both errors" });
  assert.deepEqual(new Set(browser.errors.map(({ kind }) => kind)), new Set(["console", "page"]));
  assert.throws(() => browser.expectNoErrors(), /控制台里的错误[^]*没有接住的错误|没有接住的错误[^]*控制台里的错误/);
  browser.expectNoErrors();
});
