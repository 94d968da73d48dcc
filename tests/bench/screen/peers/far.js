// The worker's end of the other writer: begins and rests as the page says.

import { WORDS, beginWriting, placeOf } from "../writing.mjs";

/// `port` is where the page says it; the answer to "rest" is how many edits there were. `insert(at, words)` goes into a
/// text of `length()`.
export function obey(port, { insert, length }) {
  let end;
  port.addEventListener("message", ({ data }) => {
    if (data === "write") end = beginWriting((n) => insert(placeOf(n, length()), WORDS));
    if (data === "rest") port.postMessage({ edits: end() });
  });
}
