/**
 * Commands that delete. CodeMirror's own know about the indentation of code, and bring its
 * language package in.
 */

import { findClusterBreak } from "@codemirror/state";

import { wordTarget } from "./words.js";

/** Selects another form of the character before it, and is nothing that a user can see. */
const VARIATION = /^(?:[\ufe00-\ufe0f]|\udb40[\udd00-\uddef])$/;

/** Deletes what is selected, else from the caret to where `target` leads. */
const deletion = (target) => (forward) => ({ state, dispatch }) => {
  if (state.readOnly) return false;
  const { empty, from, to, head } = state.selection.main;
  const end = empty ? target(state.doc, head, forward) : from;
  const changes = empty ? { from: Math.min(head, end), to: Math.max(head, end) } : { from, to };
  if (changes.from === changes.to) return false;
  const event = !empty ? "selection" : forward ? "forward" : "backward";
  dispatch(state.update({ changes, scrollIntoView: true, userEvent: `delete.${event}` }));
  return true;
};

export const deleteCharacter = deletion((doc, head, forward) => {
  const line = doc.lineAt(head);
  const at = head - line.from;
  if (at === (forward ? line.length : 0)) {
    return Math.max(0, Math.min(doc.length, head + (forward ? 1 : -1)));
  }
  let to = findClusterBreak(line.text, at, forward, forward);
  if (!forward && VARIATION.test(line.text.slice(to, at))) {
    to = findClusterBreak(line.text, to, false, false);
  }
  return line.from + to;
});

export const deleteWord = deletion(wordTarget);
