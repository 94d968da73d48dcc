/**
 * The engine's worker as the page starts it. The module is compiled once, by the page, and goes to
 * the worker as it is; the page names the script, since its file name carries a hash.
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
  const { engine } = document.querySelector("script[data-engine]").dataset;
  const worker = new Worker(engine, { name: "engine" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ module, port: port2 }, [port2]);
  return { worker, port: port1 };
}
