/**
 * Highlights that the app asks for: search results of the merged reading, a heading number used
 * twice, the passage an opinion is about. They move with the text until the next call.
 */

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

const setMarks = StateEffect.define({ map: (set, changes) => set.map(changes) });

/**
 * @param {{from: number, to: number, class: string}[]} ranges
 * @param {number} length of the document that they are about
 */
export function marksEffect(ranges, length) {
  const marks = [];
  for (const range of Array.from(ranges)) {
    const from = Math.max(0, range.from);
    const to = Math.min(length, range.to);
    if (from < to) marks.push(Decoration.mark({ class: range.class }).range(from, to));
  }
  return setMarks.of(Decoration.set(marks, true));
}

export const marks = StateField.define({
  create: () => Decoration.none,
  update(set, tr) {
    for (const effect of tr.effects) if (effect.is(setMarks)) return effect.value;
    return set.map(tr.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});
