// The browser's database keeps what every store keeps: the suite of app/engine/src/contract.rs, in Chromium.

import assert from "node:assert/strict";
import { story } from "./story.mjs";

const DATABASE = "huigao-contract";

story("the browser's database is a store like the simulator's disk", async ({ open }) => {
  const { page, url } = await open();
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById("boot").hidden);
  const remove = (name) => page.evaluate((name) => new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(request.error);
  }), name);
  await remove(DATABASE);
  // In a worker, where the store is used.
  const check = () => page.evaluate(async () => {
    const { engine, engineWasm } = document.querySelector("script[data-engine]").dataset;
    const module = await WebAssembly.compileStreaming(fetch(engineWasm));
    const { port1, port2 } = new MessageChannel();
    new Worker(engine).postMessage({ module, port: port2, part: "check" }, [port2]);
    return new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
    });
  });
  assert.equal(await check(), "kept");
  await remove(DATABASE);
  // One that the first version of the app has made is brought up to the present one.
  await page.evaluate((name) => new Promise((resolve, reject) => {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => ["meta", "documents", "chunks"].forEach((store) => request.result.createObjectStore(store));
    request.onsuccess = () => resolve(request.result.close());
    request.onerror = () => reject(request.error);
  }), DATABASE);
  assert.equal(await check(), "kept");
  await remove(DATABASE);
});
