/**
 * The engine's worker: its module, compiled by the page, with nothing of a page around it.
 */

import init, { checkStore, runEngine } from "./pkg/huigao_engine.js";

import { listen } from "./listen.js";

listen(self, async ({ module, port, checks = false }) => {
  await init({ module_or_path: module });
  if (!checks) return runEngine(port);
  // For the browser tests, and for whoever doubts a browser's database.
  port.postMessage(await checkStore().then(() => "kept", String));
});
