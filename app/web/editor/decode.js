/**
 * A text file's bytes as text, in the encodings that offices have: UTF-8, GB18030 (and with it
 * GBK and GB 2312), UTF-16. What is no text is not turned into one.
 */

const MARKS = [
  ["utf-8", [0xef, 0xbb, 0xbf]],
  ["utf-16le", [0xff, 0xfe]],
  ["utf-16be", [0xfe, 0xff]],
];

/** Controls that text files have: white space, and the end mark of DOS. */
const NO_TEXT = /[^\P{Cc}\t\n\v\f\r\u0085\u001a]/u;
const UNASSIGNED = /\p{Cn}/u;

/**
 * @param {Uint8Array} bytes
 * @returns {string | null} null if these are not the bytes of a text
 */
export function decodeText(bytes) {
  const marked = MARKS.find(([, mark]) => mark.every((byte, at) => bytes[at] === byte));
  const encodings = marked ? [marked[0]] : bytes.includes(0) ? wide(bytes) : ["utf-8", "gb18030"];
  for (const encoding of encodings) {
    const text = decode(bytes, encoding);
    if (text === null || NO_TEXT.test(text)) continue;
    // Nearly any two bytes are some character of UTF-16: without its mark, it must be a known one.
    if (!marked && encoding.startsWith("utf-16") && UNASSIGNED.test(text)) continue;
    return text;
  }
  return null;
}

/** A zero is half of a space, a digit or a line break: first in one order of bytes, second in the other. */
function wide(bytes) {
  let even = 0;
  let odd = 0;
  bytes.forEach((byte, at) => {
    if (byte) return;
    if (at % 2) odd++;
    else even++;
  });
  return odd >= even ? ["utf-16le", "utf-16be"] : ["utf-16be", "utf-16le"];
}

function decode(bytes, encoding) {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
