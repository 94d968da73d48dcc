/**
 * Words in Chinese. CodeMirror takes everything between two punctuation marks for one word; the
 * browser has a dictionary, and everybody is used to a double click that selects 情况.
 */

import { EditorSelection } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** Enough for the dictionary to find its way, and paragraphs can be long. */
const CONTEXT = 80;

let segmenter;

/** The pieces of a text: words, punctuation marks, runs of space. */
function segments(text) {
  if (!Intl.Segmenter) return Array.from(text);
  segmenter ??= new Intl.Segmenter("zh", { granularity: "word" });
  return Array.from(segmenter.segment(text), (piece) => piece.segment);
}

/**
 * The piece of `text` around an offset; at a border, the one that `side` points to.
 * @param {string} text
 * @param {number} offset
 * @param {number} side
 * @returns {[number, number]}
 */
export function wordAround(text, offset, side) {
  let from = 0;
  for (const piece of segments(text)) {
    const to = from + piece.length;
    if (offset < to || (offset === to && (side < 0 || to === text.length))) return [from, to];
    from = to;
  }
  return [offset, offset];
}

/**
 * Where Ctrl and an arrow lead: past spaces, to the far end of the next piece.
 * @param {string} text
 * @param {number} offset
 * @param {boolean} forward
 */
export function wordEnd(text, offset, forward) {
  let at = offset;
  const onward = () => (forward ? text.slice(at) : text.slice(0, at));
  const spaces = (forward ? /^\s+/ : /\s+$/).exec(onward());
  if (spaces) at += forward ? spaces[0].length : -spaces[0].length;
  if (!onward()) return at;
  const [from, to] = wordAround(text, at, forward ? 1 : -1);
  return forward ? to : from;
}

/** A position's surroundings: the text, and the offset at which it begins. */
function around(doc, position) {
  const line = doc.lineAt(position);
  let from = Math.max(line.from, position - CONTEXT);
  // Not from the middle of a surrogate pair.
  if (from > line.from && (doc.sliceString(from, from + 1).charCodeAt(0) & 0xfc00) === 0xdc00) from--;
  return { line, from, text: doc.sliceString(from, Math.min(line.to, position + CONTEXT)) };
}

/** Where a word ends in a document; from a line's end, the next line. */
export function wordTarget(doc, head, forward) {
  const { line, from, text } = around(doc, head);
  if (head === (forward ? line.to : line.from)) {
    return Math.max(0, Math.min(doc.length, head + (forward ? 1 : -1)));
  }
  return from + wordEnd(text, head - from, forward);
}

/** A command that moves the caret by a word, or extends the selection. */
export const byWord = (forward, extend) => ({ state, dispatch }) => {
  const { anchor, head } = state.selection.main;
  const to = wordTarget(state.doc, head, forward);
  dispatch(state.update({
    selection: extend ? EditorSelection.range(anchor, to) : EditorSelection.cursor(to),
    scrollIntoView: true,
    userEvent: "select",
  }));
  return true;
};

function wordAt(view, { clientX, clientY }) {
  const { pos, assoc } = view.posAndSideAtCoords({ x: clientX, y: clientY }, false);
  const { from, text } = around(view.state.doc, pos);
  const [start, end] = wordAround(text, pos - from, assoc);
  return { from: from + start, to: from + end };
}

/** A double click selects a word, and dragging on selects word by word. */
export const doubleClick = EditorView.mouseSelectionStyle.of((view, event) => {
  if (event.button !== 0 || event.detail !== 2) return null;
  let first = wordAt(view, event);
  return {
    get(current, extend) {
      const last = wordAt(view, current);
      const base = extend ? view.state.selection.main : first;
      const range = last.from < base.from
        ? EditorSelection.range(base.to, last.from)
        : EditorSelection.range(base.from, Math.max(base.to, last.to));
      return EditorSelection.create([range]);
    },
    update(update) {
      if (!update.docChanged) return;
      first = { from: update.changes.mapPos(first.from), to: update.changes.mapPos(first.to) };
    },
  };
});
