// y-codemirror.next, and updates to and from another document in a worker as every provider passes them.

import { yCollab } from "y-codemirror.next";
import * as Y from "yjs";
import { createEditor } from "./editor.js";
import { heard, startFar, tell } from "./near.js";

let worker;

globalThis.peer = {
  async open(text) {
    const doc = new Y.Doc();
    doc.getText("text").insert(0, text);
    // It brings an undo manager in place of CodeMirror's history.
    createEditor(text, [yCollab(doc.getText("text"), null)]);
    worker = startFar("yjs");
    worker.addEventListener("message", ({ data }) => data.update && Y.applyUpdate(doc, data.update, worker));
    const here = heard(worker, "here");
    worker.postMessage({ update: Y.encodeStateAsUpdate(doc) });
    await here;
    doc.on("update", (update, origin) => origin !== worker && worker.postMessage({ update }));
  },
  far: (word) => tell(worker, word),
};
