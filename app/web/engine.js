/**
 * The engine's worker: the same module as the page's, already compiled, with nothing of a page
 * around it.
 */

import init, { runEngine } from "./pkg/huigao_app.js";

import { listen } from "./engine/listen.js";

listen(self, async (module, port) => {
  await init({ module_or_path: module });
  runEngine(port);
});
