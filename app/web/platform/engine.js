/**
 * The engine's worker as the page starts it. Its module is compiled once, by the page, and goes to
 * every worker as it is; the page names the script, since its file name carries a hash.
 */

/** @type {Promise<WebAssembly.Module>} */
let compiled;

/**
 * What the next worker gets, as soon as it is there.
 * @param {Promise<WebAssembly.Module>} module
 */
export function keepModule(module) {
  compiled = module;
}

/**
 * Starts a worker that gets the module and one end of a channel; the other end is the page's. What
 * is said to the worker before it has the module waits.
 * @returns {{worker: Worker, port: MessagePort}}
 */
export function startWorker() {
  const { engine } = document.querySelector("script[data-engine]").dataset;
  const worker = new Worker(engine, { name: "engine" });
  const { port1, port2 } = new MessageChannel();
  compiled.then(
    (module) => worker.postMessage({ module, port: port2 }, [port2]),
    // As the worker tells it when it cannot begin.
    (error) => port2.postMessage({ fell: String(error) }),
  );
  return { worker, port: port1 };
}
