/**
 * The engine's worker as the page starts it. The module is compiled once, by the page, and goes to
 * the worker as it is, and from there to the next one; the page names the script, since its file
 * name carries a hash.
 */

/** @type {WebAssembly.Module | undefined} */
let module;

/**
 * What the next worker gets.
 * @param {WebAssembly.Module} compiled
 */
export function keepModule(compiled) {
  module = compiled;
}

/**
 * Starts a worker with the module and one end of a channel; the other end is the page's.
 * @returns {{worker: Worker, port: MessagePort}}
 */
export function startWorker() {
  return start(document.querySelector("script[data-engine]").dataset.engine, "engine");
}

/**
 * Starts a worker.
 * @param {string} script
 * @param {"engine" | "reader"} part what it is to be
 * @returns {{worker: Worker, port: MessagePort}}
 */
export function start(script, part) {
  const worker = new Worker(script, { name: part });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ module, port: port2, part }, [port2]);
  return { worker, port: port1 };
}
