// The worker's end of the other writer: begins and rests as the page says.

import { beginWriting } from "../writing.mjs";

/// `port` is where the page says it; the answer to "rest" is how many edits there were.
export function obey(port, writer) {
  let end;
  port.addEventListener("message", ({ data }) => {
    if (data === "write") end = beginWriting(writer);
    if (data === "rest") port.postMessage({ edits: end() });
  });
}
