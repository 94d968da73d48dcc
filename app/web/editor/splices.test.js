import assert from "node:assert/strict";
import { test } from "node:test";

import { ChangeSet, Text } from "@codemirror/state";

import { fromSplices, toSplices } from "./splices.js";

const textOf = (string) => Text.of(string.split("\n"));

/** What Rust does with splices. */
function applied(string, { from, to, inserted }) {
  return from.reduce((text, start, i) => text.slice(0, start) + inserted[i] + text.slice(to[i]), string);
}

function spliced(string, specs) {
  const before = textOf(string);
  const changes = ChangeSet.of(specs, before.length);
  return toSplices(changes, before, changes.apply(before));
}

/** A small generator, so that a failure can be run again. */
function seeded(seed) {
  return (limit) => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    return Math.floor((seed / 0x7fffffff) * limit);
  };
}

const PIECES = ["", "甲", "乙\n丙", "\n", "abc", "𠮷", "😀一"];

test("later changes count on the earlier ones", () => {
  const splices = spliced("一二三四五", [{ from: 0, insert: "前" }, { from: 2, to: 4, insert: "换" }]);
  assert.deepEqual(splices, { from: [0, 3], to: [0, 5], inserted: ["前", "换"] });
  assert.equal(applied("一二三四五", splices), "前一二换五");
});

test("line breaks are part of what is inserted and deleted", () => {
  const splices = spliced("一\n二", [{ from: 1, to: 2, insert: "\n\n" }]);
  assert.equal(applied("一\n二", splices), "一\n\n二");
});

test("a change of half a character is told as one of the whole", () => {
  // 𠮷 and 𠮶 share their first half.
  const splices = spliced("x𠮷y", [{ from: 2, to: 3, insert: "\udfb6" }]);
  assert.deepEqual(splices, { from: [1], to: [3], inserted: ["𠮶"] });

  const first = spliced("x𠮷y", [{ from: 1, to: 2, insert: "\ud840" }]);
  assert.deepEqual(first, { from: [1], to: [3], inserted: ["\ud840\udfb7"] });
});

test("random changes there and back", () => {
  for (let seed = 1; seed <= 500; seed++) {
    const random = seeded(seed);
    const before = Array.from({ length: random(12) }, () => PIECES[random(PIECES.length)]).join("");
    let expected = before;
    const splices = { from: [], to: [], inserted: [] };
    for (let i = random(8); i > 0; i--) {
      const from = random(expected.length + 1);
      const to = Math.min(expected.length, from + random(4));
      const inserted = PIECES[random(PIECES.length)];
      splices.from.push(from);
      splices.to.push(to);
      splices.inserted.push(inserted);
      expected = expected.slice(0, from) + inserted + expected.slice(to);
    }
    const changes = fromSplices(splices.from, splices.to, splices.inserted, before.length);
    const after = changes.apply(textOf(before));
    assert.equal(after.toString(), expected, `seed ${seed}`);
    const back = toSplices(changes, textOf(before), after);
    assert.equal(applied(before, back), expected, `seed ${seed}`);
    if (wellFormed(before) && wellFormed(expected)) assert.ok(back.inserted.every(wellFormed), `seed ${seed}`);
  }
});

const wellFormed = (string) => !/\p{Surrogate}/u.test(string);

test("a caret at the place of an insertion stays before it", () => {
  const changes = fromSplices([2, 2], [2, 2], ["乙", "甲"], 4);
  assert.equal(changes.apply(textOf("一二三四")).toString(), "一二甲乙三四");
  assert.equal(changes.mapPos(2, -1), 2);
});

test("thousands of splices are no matter", () => {
  const count = 5000;
  const from = Array.from({ length: count }, (_, i) => i * 3);
  const inserted = from.map(() => "字");
  const changes = fromSplices(from, from, inserted, count * 2);
  assert.equal(changes.newLength, count * 3);
});

test("splices in order make what they make one by one", () => {
  const string = "一二三四五六七八九十".repeat(20);
  for (let seed = 1; seed <= 200; seed++) {
    const random = seeded(seed);
    const splices = { from: [], to: [], inserted: [] };
    let expected = string;
    let composed = ChangeSet.empty(string.length);
    for (let at = random(3); at < expected.length; at += 1 + random(20)) {
      const to = Math.min(expected.length, at + random(4));
      const insert = PIECES[random(PIECES.length)];
      splices.from.push(at);
      splices.to.push(to);
      splices.inserted.push(insert);
      composed = composed.compose(ChangeSet.of({ from: at, to, insert: textOf(insert) }, expected.length));
      expected = expected.slice(0, at) + insert + expected.slice(to);
      at += insert.length;
    }
    const changes = fromSplices(splices.from, splices.to, splices.inserted, string.length);
    assert.equal(changes.apply(textOf(string)).toString(), expected, `seed ${seed}`);
    for (let place = 0; place <= string.length; place++) {
      for (const side of [-1, 1]) assert.equal(changes.mapPos(place, side), composed.mapPos(place, side), `seed ${seed}, ${place}`);
    }
  }
});

test("what does not fit is refused", () => {
  assert.throws(() => fromSplices([5], [6], ["x"], 3), RangeError);
  assert.throws(() => fromSplices([1], [], ["x"], 3), RangeError);
  // The second splice fits only without the first.
  assert.throws(() => fromSplices([0, 3], [3, 3], ["", "x"], 3), RangeError);
  assert.ok(fromSplices([], [], [], 3).empty);
});
