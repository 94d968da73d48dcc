import assert from "node:assert/strict";
import { test } from "node:test";

import { SearchQuery } from "@codemirror/search";
import { EditorSelection, EditorState } from "@codemirror/state";

import { hitsOf, wordsFor, wrapped } from "./hits.js";

const phrase = (text, value) => text.replace("$", value);
const range = EditorSelection.range.bind(EditorSelection);

test("hits are counted, and the one that is selected has its place", () => {
  const state = EditorState.create({ doc: "用工，缺工，招工\n工" });
  const starts = hitsOf(state, new SearchQuery({ search: "工" }));
  assert.deepEqual(starts, [1, 4, 7, 9]);
  assert.equal(wordsFor(phrase, { starts, at: 4, around: 0 }), "2 / 4");
  assert.equal(wordsFor(phrase, { starts, at: 5, around: 0 }), "4 matches");
  assert.equal(wordsFor(phrase, { starts, at: 1, around: 1 }), "1 / 4 · went on from the start");
  assert.equal(wordsFor(phrase, { starts, at: 9, around: -1 }), "4 / 4 · went on from the end");
  assert.equal(wordsFor(phrase, { starts: [], at: 0, around: 0 }), "no match");
  assert.deepEqual(hitsOf(state, new SearchQuery({ search: "(", regexp: true })), []);
});

test("nobody counts without end", () => {
  const state = EditorState.create({ doc: "工".repeat(20_000) });
  const starts = hitsOf(state, new SearchQuery({ search: "工" }));
  assert.equal(starts.length, 10_000);
  assert.equal(wordsFor(phrase, { starts, at: 3, around: 0 }), "4 / 9999+");
});

test("a search that goes on around an end says so", () => {
  assert.equal(wrapped(1, range(4, 5), range(7, 8)), 0);
  assert.equal(wrapped(1, range(7, 8), range(1, 2)), 1);
  assert.equal(wrapped(-1, range(4, 5), range(1, 2)), 0);
  assert.equal(wrapped(-1, range(1, 2), range(7, 8)), -1);
  // The only hit, once more.
  assert.equal(wrapped(1, range(4, 5), range(4, 5)), 1);
  assert.equal(wrapped(-1, range(4, 5), range(4, 5)), -1);
  // From a caret right before a hit.
  assert.equal(wrapped(1, EditorSelection.cursor(4), range(4, 5)), 0);
  assert.equal(wrapped(0, range(7, 8), range(1, 2)), 0);
});
