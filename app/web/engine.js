/**
 * The workers' script: the same module as the page's, already compiled, with nothing of a page
 * around it. The page starts one worker with it, the engine; that starts another one, the reader.
 */

import init, { runEngine, runReader } from "./pkg/huigao_app.js";

import { listen } from "./engine/listen.js";
import { keepModule } from "./platform/engine.js";

listen(self, async (module, port, part) => {
  keepModule(module);
  await init({ module_or_path: module });
  if (part === "reader") runReader(port);
  else runEngine(port);
});
