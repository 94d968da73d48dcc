import assert from "node:assert/strict";
import { test } from "node:test";

import { readFiles } from "./brought.js";

const named = (name, bytes, type = "") => Object.assign(new Blob([bytes], { type }), { name });

test("of several files the texts are taken, and for each other there is a reason", async () => {
  const told = [];
  const text = await readFiles(
    [
      named("甲.txt", "第一篇", "text/plain"),
      named("图.png", Uint8Array.of(1), "image/png"),
      named("乙.txt", Uint8Array.of(0xb5, 0xda, 0xb6, 0xfe)),
      named("丙.docx", Uint8Array.of(0x50, 0x4b, 3, 4, 0, 0)),
      named("空.txt", " \r\n"),
      named("大.txt", new Uint8Array(3 * 1024 * 1024).fill(65)),
      { name: "夹", type: "", size: 0, arrayBuffer: async () => { throw new Error("a folder"); } },
    ],
    (reason, name) => told.push([name, reason]),
  );
  assert.equal(text, "第一篇\n第二");
  assert.deepEqual(told, [["图.png", "picture"], ["丙.docx", "file"], ["空.txt", "empty"], ["大.txt", "large"], ["夹", "file"]]);
});
