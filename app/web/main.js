/**
 * Starts the app: checks what it cannot do without, loads the WebAssembly module for the screens
 * and the engine, and registers the service worker.
 */

import init, { checkStore } from "./pkg/huigao_app.js";

import { keepModule } from "./platform/engine.js";
import { compile } from "./start/compile.js";
import { keepFocus } from "./start/focus.js";
import { failed, opened } from "./start/screen.js";
import { changeOver, isWhole, watchUpdates } from "./start/update.js";

/** Whether the app runs, and a reload could cost what was typed last. */
let running = false;

window.huigaoUpdate = changeOver;
// For the browser tests, and for whoever doubts a browser's database.
window.huigaoCheckStore = checkStore;
window.huigaoWhole = isWhole;
window.huigaoEngineFell = engineFell;

// A version that does not run must not stand in the way of one that may.
window.addEventListener("huigao:update", () => {
  if (!running) changeOver();
});

// After a trap in the page's module what is typed reaches the engine no more: nobody should go on writing.
window.addEventListener("error", ({ error }) => stopped(error));
window.addEventListener("unhandledrejection", ({ reason }) => stopped(reason));

// A file that is dropped beside the text would take the page's place.
for (const kind of ["dragover", "drop"]) {
  window.addEventListener(kind, (event) => {
    const { dataTransfer, target } = event;
    if (!dataTransfer?.types.includes("Files") || target.closest?.('input, [contenteditable="true"]')) return;
    event.preventDefault();
    dataTransfer.dropEffect = "none";
  });
}

// Only then: the app listens by now for news of an update, and the worker's downloads do not
// compete with its own.
start().then(watchUpdates);

async function start() {
  if (typeof WebAssembly !== "object") return failed("browser");
  if (!hasStorage()) return failed("storage");
  let response;
  try {
    response = await download();
  } catch (error) {
    return failed("download", error);
  }
  try {
    running = true;
    const module = await compile(response);
    // Before the screens: they start the engine.
    keepModule(module);
    await init({ module_or_path: module });
    opened();
    keepFocus();
  } catch (error) {
    running = false;
    failed("start", error);
  }
}

/** The page names the module, since its file name carries a hash. */
async function download() {
  const { wasm } = document.querySelector("script[data-wasm]").dataset;
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`${wasm}: ${response.status}`);
  return response;
}

/** Reading the property is enough to fail where the user blocks storage. */
function hasStorage() {
  try {
    return Boolean(window.indexedDB);
  } catch {
    return false;
  }
}

/** The engine ran in its worker; without it nothing is saved any more. */
function engineFell(why, isMarked) {
  if (!running) return;
  running = false;
  if (isMarked && mayStartAgain()) return location.reload();
  failed("stopped", why);
}

function stopped(error) {
  if (!running || !(error instanceof WebAssembly.RuntimeError)) return;
  running = false;
  failed("stopped", error);
}

/** By itself only a few times in a row: else a page that falls at once would never stand still. */
function mayStartAgain() {
  const KEY = "huigao.falls";
  try {
    const recent = JSON.parse(sessionStorage.getItem(KEY) ?? "[]").filter((at) => Math.abs(Date.now() - at) < 60_000);
    sessionStorage.setItem(KEY, JSON.stringify([...recent, Date.now()]));
    return recent.length < 3;
  } catch {
    return false;
  }
}
