import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeText } from "./decode.js";

const TEXT = "关于用工的报告\r\n一、缺工 12 人";
/** The first words of it in GB18030. */
const GB = Uint8Array.of(0xb9, 0xd8, 0xd3, 0xda, 0xd3, 0xc3, 0xb9, 0xa4, 0x0d, 0x0a, 0x31);

const little = (text) => new Uint8Array(Uint16Array.from(text, (c) => c.charCodeAt(0)).buffer);
const big = (text) => little(text).map((_, at, bytes) => bytes[at ^ 1]);
const marked = (mark, bytes) => Uint8Array.from([...mark, ...bytes]);

test("text files of every office encoding are read", () => {
  const utf8 = new TextEncoder().encode(TEXT);
  assert.equal(decodeText(utf8), TEXT);
  assert.equal(decodeText(marked([0xef, 0xbb, 0xbf], utf8)), TEXT);
  assert.equal(decodeText(GB), "关于用工\r\n1");
  assert.equal(decodeText(marked([0xff, 0xfe], little(TEXT))), TEXT);
  assert.equal(decodeText(marked([0xfe, 0xff], big(TEXT))), TEXT);
  assert.equal(decodeText(little(TEXT)), TEXT);
  assert.equal(decodeText(big(TEXT)), TEXT);
  assert.equal(decodeText(new Uint8Array()), "");
});

test("what is no text stays what it is", () => {
  const docx = Uint8Array.of(0x50, 0x4b, 3, 4, 0x14, 0, 6, 0, 8, 0, 0, 0, 0x21, 0, 0xdf, 0xa4);
  const doc = Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, 0, 0, 0, 0);
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d);
  const random = Uint8Array.from({ length: 4096 }, (_, at) => (Math.imul(at + 7, 2654435761) >>> 13) & 0xff);
  for (const bytes of [docx, doc, png, random, Uint8Array.of(0xff, 0xfe, 0x00, 0xd8)]) assert.equal(decodeText(bytes), null);
});
