/**
 * Room around the line that the caret is in: what comes next is seen, too.
 */

import { EditorView } from "@codemirror/view";

/** Lines that stay in sight below and above the caret's. */
const LINES = { bottom: 3, top: 1.5 };
/** In a short window (a zoomed desk, a keyboard on the screen) no more than this of its height. */
const SHARE = 0.2;

/** @param {number} lineHeight @param {number} windowHeight */
export function roomAround(lineHeight, windowHeight) {
  const room = (lines) => Math.round(Math.min(lines * lineHeight, SHARE * windowHeight));
  return { top: room(LINES.top), bottom: room(LINES.bottom) };
}

/** Views in which a button of the mouse is down: there, room at the edge would scroll under the pointer. */
const held = new WeakSet();

export const room = [
  EditorView.domEventHandlers({
    mousedown(_event, view) {
      held.add(view);
      window.addEventListener("mouseup", () => held.delete(view), { once: true, capture: true });
      return false;
    },
  }),
  EditorView.scrollMargins.of((view) => (held.has(view) ? null : roomAround(view.defaultLineHeight, window.innerHeight))),
];
