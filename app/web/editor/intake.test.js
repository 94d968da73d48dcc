import assert from "node:assert/strict";
import { test } from "node:test";

import { Annotation, EditorState } from "@codemirror/state";

import { intake, plainBreaks, wholeCharacters } from "./intake.js";

const remote = Annotation.define();
const stateOf = (doc) => EditorState.create({ doc, extensions: intake((tr) => tr.annotation(remote)) });

test("all line breaks become one", () => {
  assert.equal(plainBreaks("一\r\n二\r三\n四\r\r\n"), "一\n二\n三\n四\n\n");
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
