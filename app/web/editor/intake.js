/**
 * What may enter the text by the user's hand: line breaks are "\n", and no half characters.
 * Text that comes from others stays as it is, since its offsets are the shared document's.
 */

import { EditorSelection, EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

/** @param {string} text */
export const plainBreaks = (text) => text.replace(/\r\n?/g, "\n");

/** @param {string} text */
export const wholeCharacters = (text) => text.replace(/\p{Surrogate}/gu, "\ufffd");

/**
 * @param {(tr: import("@codemirror/state").Transaction) => boolean} isRemote
 */
export const intake = (isRemote) => [
  // CodeMirror would otherwise take "\r" and "\r\n" for line breaks of length 1, and all offsets
  // behind one that another client wrote would be wrong.
  EditorState.lineSeparator.of("\n"),
  EditorView.clipboardInputFilter.of((text) => wholeCharacters(plainBreaks(text))),
  // The clipboard is the main way in; replacing by "\r" in the search panel is another.
  EditorState.transactionFilter.of((tr) => {
    if (!tr.docChanged || isRemote(tr) || tr.isUserEvent("undo") || tr.isUserEvent("redo")) return tr;
    return cleaned(tr) ?? tr;
  }),
];

/** The transaction without "\r", or null when it has none. */
function cleaned(tr) {
  let found = false;
  const specs = [];
  tr.changes.iterChanges((from, to, _fromB, _toB, text) => {
    const insert = text.toString();
    found ||= insert.includes("\r");
    specs.push({ from, to, insert: plainBreaks(insert) });
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
