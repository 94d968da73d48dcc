import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Annotation, EditorState } from "@codemirror/state";

import { clean, intake, wholeCharacters } from "./intake.js";

const remote = Annotation.define();
const stateOf = (doc) => EditorState.create({ doc, extensions: intake((tr) => tr.annotation(remote)) });

test("the cases that Rust is held to as well", () => {
  const cases = JSON.parse(readFileSync(new URL("../../../shared/src/text/intake-cases.json", import.meta.url), "utf8"));
  assert.ok(cases.length > 5);
  for (const [from, to] of cases) {
    assert.equal(clean(from), to, JSON.stringify(from));
    // Whatever way it comes in by.
    const { state } = stateOf("").update({ changes: { from: 0, insert: from } });
    assert.equal(state.doc.toString(), to, JSON.stringify(from));
  }
});

test("half characters are replaced, whole ones are kept", () => {
  assert.equal(wholeCharacters("a\ud83d😀\ude00𠮷"), "a\ufffd😀\ufffd𠮷");
});

test("what the user brings in holds no carriage return, and the caret is behind it", () => {
  const start = stateOf("一二").update({ selection: { anchor: 1 } }).state;
  const { state } = start.update({ changes: { from: 1, insert: "甲\r\n乙\r" }, selection: { anchor: 6 } });
  assert.equal(state.doc.toString(), "一甲\n乙\n二");
  assert.equal(state.selection.main.head, 5);
});

test("what others wrote keeps its length", () => {
  const start = stateOf("a\r\nb");
  assert.equal(start.doc.length, 4);
  const { state } = start.update({ changes: { from: 4, insert: "\r\nc" }, annotations: remote.of(true) });
  assert.equal(state.doc.toString(), "a\r\nb\r\nc");
});
