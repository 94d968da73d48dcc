// Places and words, and no document.

import { obey } from "./far.js";

let length = 0;

addEventListener("message", ({ data }) => {
  length = data.length ?? length;
}, { once: true });

obey(globalThis, {
  length: () => length,
  insert(from, insert) {
    length += insert.length;
    postMessage({ from, insert });
  },
});
