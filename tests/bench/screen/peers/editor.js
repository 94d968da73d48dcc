// CodeMirror on the paper as every peer has it: what app/web/editor.js has, without what is the app's own.

import { standardKeymap } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

export function createEditor(text, extensions) {
  return new EditorView({
    parent: document.querySelector(".paper"),
    state: EditorState.create({
      doc: text,
      extensions: [EditorState.lineSeparator.of("\n"), keymap.of(standardKeymap), EditorView.lineWrapping, extensions],
    }),
  });
}
