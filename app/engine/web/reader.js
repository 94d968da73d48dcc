/**
 * The reader's worker as the engine's worker starts it: the same script and the same module, which
 * the engine has got from the page.
 */

/** @type {WebAssembly.Module | undefined} */
let compiled;

/**
 * What the reader gets.
 * @param {WebAssembly.Module} module
 */
export function keepModule(module) {
  compiled = module;
}

/**
 * Starts a worker with the module and one end of a channel; the other end is the engine's.
 * @returns {{worker: Worker, port: MessagePort}}
 */
export function startReader() {
  const worker = new Worker(self.location.href, { name: "reader" });
  const { port1, port2 } = new MessageChannel();
  worker.postMessage({ module: compiled, port: port2, part: "reader" }, [port2]);
  return { worker, port: port1 };
}
