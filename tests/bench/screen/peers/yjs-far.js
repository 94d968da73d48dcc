// The other document, and its writer.

import * as Y from "yjs";
import { obey } from "./far.js";

const doc = new Y.Doc();
const text = doc.getText("text");
const near = "near";

addEventListener("message", ({ data }) => {
  if (!data.update) return;
  const first = text.length === 0;
  Y.applyUpdate(doc, data.update, near);
  if (first) postMessage({ here: true });
});
doc.on("update", (update, origin) => origin !== near && postMessage({ update }));

obey(globalThis, { length: () => text.length, insert: (at, words) => text.insert(at, words) });
