import assert from "node:assert/strict";
import { test } from "node:test";

import { EditorState } from "@codemirror/state";

import { createReporter } from "./reporter.js";

/** A user at a document, and what Rust hears. */
function user(doc, holdComposition, spells = true) {
  const it = { heard: [], refused: 0, composing: false, state: EditorState.create({ doc }) };
  it.reporter = createReporter(
    {
      holdComposition,
      onChange: (...splices) => it.heard.push(splices),
      onSelection: (...range) => it.heard.push(range),
    },
    { composing: () => it.composing, refused: () => it.refused++, spells },
  );
  it.replaces = (from, to, insert) => {
    const tr = it.state.update({ changes: { from, to, insert }, selection: { anchor: from + insert.length } });
    it.state = tr.state;
    it.reporter.changed(tr);
    it.reporter.selected(it.state);
  };
  return it;
}

test("each change is told at once, then the selection", () => {
  const it = user("一", false);
  it.composing = true;
  it.replaces(1, 1, "n");
  it.replaces(1, 2, "你");
  assert.deepEqual(it.heard, [[[1], [1], ["n"]], [2, 2], [[1], [2], ["你"]]]);
});

test("of a composition the outcome alone is told", () => {
  const it = user("一", true);
  it.composing = true;
  it.replaces(1, 1, "n");
  it.replaces(1, 2, "ni'hao");
  assert.equal(it.reporter.toldState(it.state).doc.toString(), "一");
  it.replaces(1, 7, "你好");
  assert.deepEqual(it.heard, []);
  it.composing = false;
  it.reporter.flush();
  it.reporter.selected(it.state);
  assert.deepEqual(it.heard, [[[1], [1], ["你好"]], [3, 3]]);
  assert.equal(it.reporter.untold, undefined);
});

test("a composition given up is not told", () => {
  const it = user("一", true);
  it.composing = true;
  it.replaces(1, 1, "ni");
  it.replaces(1, 3, "");
  it.reporter.flush();
  assert.deepEqual(it.heard, []);
});

test("a composition may be told in parts", () => {
  const it = user("", true);
  it.composing = true;
  it.replaces(0, 0, "ni");
  it.reporter.flush();
  it.replaces(0, 2, "你");
  it.reporter.flush();
  assert.deepEqual(it.heard, [[[0], [0], ["ni"]], [[0], [2], ["你"]]]);
});

test("who leaves in the middle of spelling a word leaves no letters behind", () => {
  const it = user("一二", true);
  it.composing = true;
  it.replaces(1, 2, "n");
  it.replaces(1, 2, "ni'hao");
  it.reporter.flushWords();
  const back = it.reporter.giveUp();
  assert.equal(back.apply(it.state.doc).toString(), "一二");
  it.reporter.flush();
  assert.deepEqual(it.heard, []);
  assert.equal(it.reporter.giveUp(), null);
});

test("words, capitals and what a keyboard on the screen composes are no spelling", () => {
  for (const [typed, spells] of [["你好", true], ["GDP", true], ["hello", false]]) {
    const it = user("", true, spells);
    it.composing = true;
    it.replaces(0, 0, typed);
    assert.equal(it.reporter.giveUp(), null);
    it.reporter.flushWords();
    assert.deepEqual(it.heard, [[[0], [0], [typed]]]);
  }
});

test("a change that Rust refuses is reported back", () => {
  const it = user("", false);
  const reporter = createReporter(
    { onChange() { throw new Error("no"); }, onSelection() {} },
    { composing: () => false, refused: () => it.refused++ },
  );
  const tr = it.state.update({ changes: { from: 0, insert: "x" } });
  assert.throws(() => reporter.changed(tr), /no/);
  assert.equal(it.refused, 1);
});
