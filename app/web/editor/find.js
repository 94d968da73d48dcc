/**
 * The search panel, as CodeMirror brings it, and what it lacks.
 */

import { openSearchPanel, search } from "@codemirror/search";
import { ViewPlugin } from "@codemirror/view";

import { hits } from "./hits.js";

/** Opens the panel for replacing: the focus goes to the field that is still to be filled in. */
export function openReplace(view) {
  openSearchPanel(view);
  const field = (name) => view.dom.querySelector(`.cm-search [name=${name}]`);
  // Where nothing can be written there is nothing to replace.
  const next = field("search").value ? (field("replace") ?? field("search")) : field("search");
  next.focus();
  next.select();
  return true;
}

export const find = [
  search({ top: true }),
  hits,
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
