// The floor: an editor and transactions, and nothing that merges.

import { history } from "@codemirror/commands";
import { Transaction } from "@codemirror/state";
import { createEditor } from "./editor.js";
import { startFar, tell } from "./near.js";

let worker;

globalThis.peer = {
  open(text) {
    const view = createEditor(text, [history()]);
    worker = startFar("codemirror");
    worker.postMessage({ length: text.length });
    worker.addEventListener("message", ({ data: { from, insert } }) => {
      if (insert === undefined) return;
      view.dispatch({ changes: { from, insert }, annotations: [Transaction.remote.of(true), Transaction.addToHistory.of(false)] });
    });
  },
  far: (word) => tell(worker, word),
};
