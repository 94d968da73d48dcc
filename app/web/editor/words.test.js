import assert from "node:assert/strict";
import { test } from "node:test";

import { wordAround, wordEnd } from "./words.js";

// Which words there are is the dictionary's affair; that they do not run on is ours.
test("a word ends at punctuation and at a change of script", () => {
  const text = "学习实践，GB 9704";
  assert.deepEqual(wordAround(text, 4, 1), [4, 5]);
  assert.equal(wordAround(text, 4, -1)[1], 4);
  assert.deepEqual(wordAround(text, 6, 1), [5, 7]);
  assert.deepEqual(wordAround(text, text.length, 1), [8, 12]);
  assert.deepEqual(wordAround("", 0, 1), [0, 0]);
});

test("going by words passes the whole text, both ways, and never half a character", () => {
  const text = "　　产业园区用工𠮷情况 abc，😀。";
  for (const forward of [true, false]) {
    let at = forward ? 0 : text.length;
    const end = forward ? text.length : 0;
    for (let steps = 0; at !== end; steps++) {
      assert.ok(steps < text.length);
      const next = wordEnd(text, at, forward);
      assert.ok(forward ? next > at : next < at);
      assert.ok(!/\p{Surrogate}/u.test(text.slice(0, next)));
      at = next;
    }
  }
});

test("spaces are passed together with the word behind them", () => {
  assert.equal(wordEnd("ab  cd", 2, true), 6);
  assert.equal(wordEnd("ab  cd", 4, false), 0);
  assert.equal(wordEnd("ab  ", 2, true), 4);
});
