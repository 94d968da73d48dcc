/**
 * The workers' script: the engine's module, compiled by the page, with nothing of a page around it.
 * The page starts one worker with it, the engine; that starts another one, the reader.
 */

import init, { checkStore, runEngine, runReader } from "./pkg/huigao_engine.js";

import { listen } from "./listen.js";
import { keepModule } from "./reader.js";

const PARTS = {
  engine: runEngine,
  reader: runReader,
  // For the browser tests, and for whoever doubts a browser's database.
  check: async (port) => port.postMessage(await checkStore().then(() => "kept", String)),
};

listen(self, async ({ module, port, part = "engine" }) => {
  keepModule(module);
  await init({ module_or_path: module });
  return PARTS[part](port);
});
