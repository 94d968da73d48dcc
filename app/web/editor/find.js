/**
 * The search panel, as CodeMirror brings it, and what it lacks.
 */

import { search } from "@codemirror/search";
import { ViewPlugin } from "@codemirror/view";

export const find = [
  search({ top: true }),
  // The panel reads its fields on "keyup", and a word picked from an input method's list with
  // the mouse comes without one.
  ViewPlugin.define((view) => {
    const commit = (event) => {
      const field = event.target;
      if (event.isComposing || !field.matches?.(".cm-search input")) return;
      field.dispatchEvent(new Event("change"));
    };
    view.dom.addEventListener("input", commit);
    view.dom.addEventListener("compositionend", commit);
    return {
      destroy() {
        view.dom.removeEventListener("input", commit);
        view.dom.removeEventListener("compositionend", commit);
      },
    };
  }),
];
