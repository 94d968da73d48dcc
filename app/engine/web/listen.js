/**
 * A worker's side of the start and of the end. All that it tells whoever started it, the page or the
 * engine, goes through the port, behind what was said before: only what goes wrong before the port is
 * here reaches them as the worker's `error`.
 */

/**
 * Waits for the first message, and begins with what it brings. From then on `{fell}` is told when the
 * module has fallen or did not start.
 * @param {DedicatedWorkerGlobalScope} scope
 * @param {(message: {module: WebAssembly.Module, port: MessagePort}) => Promise<void>} begin
 */
export function listen(scope, begin) {
  /** @type {MessagePort | undefined} */
  let port;

  const fell = (reason) => port.postMessage({ fell: String(reason) });

  scope.addEventListener(
    "message",
    ({ data }) => {
      ({ port } = data);
      begin(data).catch((error) => {
        console.error(error);
        fell(error);
      });
    },
    { once: true },
  );

  // A worker that cannot take the module says nothing by itself.
  scope.addEventListener("messageerror", () => {
    throw new Error("the module cannot be passed to a worker");
  });

  // Whatever else goes wrong harms nobody but itself, as in the page.
  const judge = (event, reason) => {
    if (!port) return;
    // The page would hear it a second time, and perhaps before what was said first.
    event.preventDefault();
    console.error(reason);
    if (reason instanceof WebAssembly.RuntimeError) fell(reason);
  };
  scope.addEventListener("error", (event) => judge(event, event.error));
  scope.addEventListener("unhandledrejection", (event) => judge(event, event.reason));
}
