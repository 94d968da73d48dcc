/**
 * Starts the app: checks what it cannot do without, loads the WebAssembly module of the screens and
 * behind it the engine's, and registers the service worker.
 */

import init from "./pkg/huigao_app.js";

import { keepModule } from "./platform/engine.js";
import { load } from "./start/compile.js";
import { keepFocus } from "./start/focus.js";
import { joinLate, keepApp } from "./start/late.js";
import { failed, opened } from "./start/screen.js";
import { changeOver, isWhole, watchUpdates } from "./start/update.js";

/** Whether the app runs, and a reload could cost what was typed last. */
let running = false;

window.huigaoUpdate = changeOver;
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
  const { wasm, engineWasm } = document.querySelector("script[data-wasm]").dataset;
  const screens = load(wasm);
  // On a slow line the screens come first; what lies on this computer comes at once.
  const engine = navigator.serviceWorker?.controller ? load(engineWasm) : screens.then(() => load(engineWasm));
  // Before the screens: they start the engine, and show while it comes.
  keepModule(engine);
  let module;
  try {
    module = await screens;
  } catch (error) {
    return failed(broken(error), error);
  }
  try {
    running = true;
    engine.catch((error) => stop(broken(error), error));
    const app = init({ module_or_path: module });
    // Before it runs: it may open with a page that is late.
    keepApp(app);
    await app;
    opened();
    keepFocus();
    // Behind the engine, without which nothing is saved.
    engine.then(joinLate, () => {});
  } catch (error) {
    running = false;
    failed("start", error);
  }
}

/** What is said of a module that is not there: it came and is no use, or it did not come. */
function broken(error) {
  return error instanceof WebAssembly.CompileError ? "start" : "download";
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
  if (running && isMarked && mayStartAgain()) return location.reload();
  stop("stopped", why);
}

function stopped(error) {
  if (error instanceof WebAssembly.RuntimeError) stop("stopped", error);
}

/** Says what is wrong, once: whatever else fails then follows from it. */
function stop(what, error) {
  if (!running) return;
  running = false;
  failed(what, error);
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
