/**
 * The reader's worker as the engine's worker starts it: the same script and the same module, which
 * the engine has got from the page.
 */

import { start } from "./engine.js";

/**
 * Starts a worker with the module and one end of a channel; the other end is the engine's.
 * @returns {{worker: Worker, port: MessagePort}}
 */
export function startReader() {
  return start(self.location.href, "reader");
}
