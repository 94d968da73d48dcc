/**
 * What may enter the text by the user's hand: line breaks are "\n", there are no half characters,
 * and none that nobody can see or type. Text that comes from others stays as it is, since its
 * offsets are the shared document's.
 *
 * Rust has the same rule for what is typed elsewhere (`shared/src/text/intake.rs`), and both are
 * held to the same cases.
 */

import { EditorSelection, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** What ends a line somewhere: Word's soft break is a vertical tab. */
const BREAKS = /\r\n?|[\v\f\u0085\u2028\u2029]/g;
/** Control characters but tab and line feed, and byte order marks. */
const UNSEEN = /[^\P{Cc}\t\n]|\ufeff/gu;
const UNCLEAN = /[^\P{Cc}\t\n]|[\u2028\u2029\ufeff]/u;

/** @param {string} text */
export const clean = (text) => text.replace(BREAKS, "\n").replace(UNSEEN, "");

/** @param {string} text */
export const wholeCharacters = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/**
 * @param {(tr: import("@codemirror/state").Transaction) => boolean} isRemote
 */
export const intake = (isRemote) => [
  // CodeMirror would otherwise take "\r" and "\r\n" for line breaks of length 1, and all offsets
  // behind one that another client wrote would be wrong.
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => wholeCharacters(clean(text))),
  // The clipboard is the main way in; replacing by "\r" in the search panel is another.
  EditorState.transactionFilter.of((tr) => {
    if (!tr.docChanged || isRemote(tr) || tr.isUserEvent("undo") || tr.isUserEvent("redo")) return tr;
    return cleaned(tr) ?? tr;
  }),
];

/** The transaction without what may not enter, or null when it has none of that. */
function cleaned(tr) {
  let found = false;
  const specs = [];
  tr.changes.iterChanges((from, to, _fromB, _toB, text) => {
    const insert = text.toString();
    found ||= UNCLEAN.test(insert);
    specs.push({ from, to, insert: clean(insert) });
  });
  if (!found) return null;
  const changes = tr.startState.changes(specs);
  const caret = changes.mapPos(tr.startState.selection.main.to, 1);
  return { changes, selection: EditorSelection.cursor(caret), scrollIntoView: true, userEvent: "input" };
}

/** Copying or cutting with nothing selected takes a whole line in a code editor; not here. */
export const selectedOnly = EditorView.domEventHandlers({
  copy: nothingSelected,
  cut: nothingSelected,
});

function nothingSelected(event, view) {
  if (!view.state.selection.main.empty) return false;
  event.preventDefault();
  return true;
}
