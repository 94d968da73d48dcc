/**
 * CodeMirror states all changes of a transaction against the document before it. Automerge takes
 * one splice after the other, each against what the former left. This file turns one into the
 * other and back, and knows nothing of views.
 */

import { ChangeSet, Text } from "@codemirror/state";

/**
 * Splices to be applied in order. Offsets are UTF-16 code units.
 * @typedef {{from: number[], to: number[], inserted: string[]}} Splices
 */

/**
 * The splices that make `after` out of `before`.
 *
 * A splice never cuts a surrogate pair in two, neither the old text's nor the new one's: half a
 * character would reach Rust as U+FFFD. CodeMirror compares texts unit by unit, so replacing one
 * rare character by its neighbour does come as a change of the second half alone.
 *
 * @param {ChangeSet} changes
 * @param {Text} before
 * @param {Text} after
 * @returns {Splices}
 */
export function toSplices(changes, before, after) {
  /** @type {Splices} */
  const splices = { from: [], to: [], inserted: [] };
  changes.iterChanges((fromA, toA, fromB, toB) => {
    // What lies just outside of a change is the same in both texts, so both sides widen alike.
    if (cutsPair(before, fromA) || cutsPair(after, fromB)) {
      fromA--;
      fromB--;
    }
    if (cutsPair(before, toA) || cutsPair(after, toB)) {
      toA++;
      toB++;
    }
    splices.from.push(fromB);
    splices.to.push(fromB + (toA - fromA));
    splices.inserted.push(after.sliceString(fromB, toB, "\n"));
  });
  return splices;
}

/**
 * The same changes as one change set over a document of `length`. Throws a RangeError for a
 * splice that does not fit.
 *
 * @param {ArrayLike<number>} from
 * @param {ArrayLike<number>} to
 * @param {ArrayLike<string>} inserted
 * @param {number} length
 * @returns {ChangeSet}
 */
export function fromSplices(from, to, inserted, length) {
  if (to.length !== from.length || inserted.length !== from.length) {
    throw new RangeError("from, to and inserted differ in length");
  }
  /** Composing halves keeps a batch of thousands cheap. */
  const compose = (first, end, base) => {
    if (end - first === 1) {
      const insert = Text.of(inserted[first].split("\n"));
      return ChangeSet.of({ from: from[first], to: to[first], insert }, base);
    }
    const middle = (first + end) >> 1;
    const left = compose(first, middle, base);
    return left.compose(compose(middle, end, left.newLength));
  };
  if (!from.length) return ChangeSet.empty(length);
  return inOrder(from, to, inserted, length) ?? compose(0, from.length, length);
}

/** Splices that go through the text from its start, as most do, are one change set without composing; else null. */
function inOrder(from, to, inserted, length) {
  const changes = [];
  let moved = 0;
  let end = -1;
  for (let i = 0; i < from.length; i++) {
    // One that touches the former splice may be about what that one put in.
    if (from[i] <= end) return null;
    changes.push({ from: from[i] - moved, to: to[i] - moved, insert: Text.of(inserted[i].split("\n")) });
    moved += inserted[i].length - (to[i] - from[i]);
    end = from[i] + inserted[i].length;
  }
  return ChangeSet.of(changes, length);
}

/** Whether an offset lies between the halves of a surrogate pair. */
function cutsPair(text, offset) {
  if (offset <= 0 || offset >= text.length) return false;
  const units = text.sliceString(offset - 1, offset + 1);
  return (units.charCodeAt(0) & 0xfc00) === 0xd800 && (units.charCodeAt(1) & 0xfc00) === 0xdc00;
}
