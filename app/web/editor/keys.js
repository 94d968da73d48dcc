/**
 * Keys. The lists are written out, because CodeMirror's own ones bring its language package in.
 * Tab is not among them: it moves the focus on, as everywhere else on a page.
 */

import {
  cursorCharLeft, cursorCharRight, cursorDocEnd, cursorDocStart, cursorLineBoundaryBackward,
  cursorLineBoundaryForward, cursorLineDown, cursorLineUp, cursorPageDown, cursorPageUp,
  deleteLineBoundaryBackward, deleteLineBoundaryForward, insertNewline, redo, selectAll, selectCharLeft, selectCharRight,
  selectDocEnd, selectDocStart, selectLineBoundaryBackward, selectLineBoundaryForward,
  selectLineDown, selectLineUp, selectPageDown, selectPageUp, undo,
} from "@codemirror/commands";
import { closeSearchPanel, findNext, findPrevious, openSearchPanel } from "@codemirror/search";

import { deleteCharacter, deleteWord } from "./deletion.js";
import { openReplace } from "./find.js";
import { byWord } from "./words.js";

const anywhere = { scope: "editor search-panel", preventDefault: true };

/** In every editor, also where nothing can be written: there the arrows just scroll. */
export const readingKeys = [
  { key: "Mod-f", run: openSearchPanel, ...anywhere },
  { key: "Mod-h", mac: "Mod-Alt-f", run: openReplace, ...anywhere },
  { key: "F3", run: findNext, shift: findPrevious, ...anywhere },
  { key: "Mod-g", run: findNext, shift: findPrevious, ...anywhere },
  { key: "Escape", run: closeSearchPanel, scope: "editor search-panel" },
  { key: "Mod-a", run: selectAll },
];

const always = { preventDefault: true };

/** Where the user may write. */
export const writingKeys = [
  { key: "ArrowLeft", run: cursorCharLeft, shift: selectCharLeft, ...always },
  { key: "ArrowRight", run: cursorCharRight, shift: selectCharRight, ...always },
  { key: "ArrowUp", run: cursorLineUp, shift: selectLineUp, ...always },
  { key: "ArrowDown", run: cursorLineDown, shift: selectLineDown, ...always },
  { key: "Mod-ArrowLeft", mac: "Alt-ArrowLeft", run: byWord(false, false), shift: byWord(false, true), ...always },
  { key: "Mod-ArrowRight", mac: "Alt-ArrowRight", run: byWord(true, false), shift: byWord(true, true), ...always },
  { key: "PageUp", run: cursorPageUp, shift: selectPageUp },
  { key: "PageDown", run: cursorPageDown, shift: selectPageDown },
  { key: "Home", run: cursorLineBoundaryBackward, shift: selectLineBoundaryBackward, ...always },
  { key: "End", run: cursorLineBoundaryForward, shift: selectLineBoundaryForward, ...always },
  { key: "Mod-Home", run: cursorDocStart, shift: selectDocStart },
  { key: "Mod-End", run: cursorDocEnd, shift: selectDocEnd },
  { mac: "Cmd-ArrowLeft", run: cursorLineBoundaryBackward, shift: selectLineBoundaryBackward, ...always },
  { mac: "Cmd-ArrowRight", run: cursorLineBoundaryForward, shift: selectLineBoundaryForward, ...always },
  { mac: "Cmd-ArrowUp", run: cursorDocStart, shift: selectDocStart },
  { mac: "Cmd-ArrowDown", run: cursorDocEnd, shift: selectDocEnd },
  { key: "Enter", run: insertNewline, shift: insertNewline },
  { key: "Backspace", run: deleteCharacter(false), shift: deleteCharacter(false), ...always },
  { key: "Delete", run: deleteCharacter(true), ...always },
  { key: "Mod-Backspace", mac: "Alt-Backspace", run: deleteWord(false), ...always },
  { key: "Mod-Delete", mac: "Alt-Delete", run: deleteWord(true), ...always },
  { mac: "Cmd-Backspace", run: deleteLineBoundaryBackward, ...always },
  { mac: "Cmd-Delete", run: deleteLineBoundaryForward, ...always },
  { key: "Mod-z", run: undo, ...always },
  { key: "Mod-y", run: redo, ...always },
  { key: "Mod-Shift-z", run: redo, ...always },
];
