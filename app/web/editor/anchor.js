/**
 * Changes from others must not move what the user is reading: the first visible line stays where
 * it is on the screen. CodeMirror holds a line too, but only with the focus or its own scroller,
 * it lets text be pushed in right before that line, and it sticks to the end of the document.
 */

/** Heights of lines that were never drawn are guesses, so the first correction may be off. */
const ROUNDS = 4;

/**
 * Runs `apply`, which changes the document by `changes`, and then puts the scroll position right.
 *
 * @param {import("@codemirror/view").EditorView} view
 * @param {import("@codemirror/state").ChangeSet} changes
 * @param {() => void} apply
 */
export function keepInPlace(view, changes, apply) {
  const anchor = pickAnchor(view, changes);
  apply();
  if (!anchor) return;
  const at = movedTo(view.state.doc, changes, anchor);
  for (let round = 0; round < ROUNDS; round++) {
    // Measuring runs CodeMirror's own corrections first; ours is what is then left to do.
    view.requestMeasure();
    const moved = topOf(view, at) - anchor.top;
    if (Math.abs(moved) < 0.5) return;
    const scroller = scrollerOf(view.scrollDOM);
    const before = scroller.scrollTop;
    scroller.scrollTop = before + moved;
    if (scroller.scrollTop === before) return;
  }
}

/** A position to hold on to, and where on the screen it is; null when nothing is to be held. */
function pickAnchor(view, changes) {
  // Has CodeMirror finish what it was about to scroll: to a caret that the user moved, say.
  view.lineBlockAtHeight(0);
  const box = view.contentDOM.getBoundingClientRect();
  const visible = visibleSpan(scrollerOf(view.scrollDOM));
  if (!box.height || box.bottom <= visible.top || box.top >= visible.bottom) return null;

  const hold = (at, lineStart) => ({ at, lineStart, top: topOf(view, at) });
  const edge = Math.max(visible.top, box.top);
  const block = view.lineBlockAtHeight(edge + 1 - view.documentTop);
  if (view.documentTop + block.top >= edge - 1) return hold(block.from, true);

  // The upper edge cuts this line. When the change is above the edge, the next line is a better
  // hold than a row of this one, because rows break anew.
  const row = view.posAtCoords({ x: box.left + box.width / 2, y: edge + 4 }, false);
  if (!changesBefore(changes, row)) return hold(row, false);
  const next = block.to + 1;
  const nextShows = next <= view.state.doc.length && view.documentTop + block.bottom < visible.bottom;
  if (nextShows) return hold(next, true);
  return changesBefore(changes, block.from) ? hold(block.from, true) : hold(row, false);
}

/** Where the anchor is after the changes. */
function movedTo(doc, changes, { at, lineStart }) {
  const behind = changes.mapPos(at, 1);
  if (!lineStart) return behind;
  // What is inserted at a line's start either pushes the line down, or is typed into it. The
  // document's own start is never pushed: a text that arrives in an empty editor is shown from
  // its beginning.
  const pushed = at > 0 && doc.lineAt(behind).from === behind;
  return pushed ? behind : doc.lineAt(changes.mapPos(at, -1)).from;
}

function changesBefore(changes, position) {
  let found = false;
  changes.iterChangedRanges((from) => {
    found ||= from < position;
  });
  return found;
}

/** Where a position is on the screen: exactly when it is drawn, else as CodeMirror guesses. */
function topOf(view, at) {
  const drawn = view.coordsAtPos(at, 1);
  return drawn ? drawn.top : view.documentTop + view.lineBlockAt(at).top;
}

function visibleSpan(scroller) {
  if (scroller === document.scrollingElement) return { top: 0, bottom: window.innerHeight };
  const { top, bottom } = scroller.getBoundingClientRect();
  return { top: Math.max(0, top), bottom: Math.min(window.innerHeight, bottom) };
}

/** The element that scrolls the editor: its own, or one around it as the desk is around the paper. */
function scrollerOf(innermost) {
  for (let element = innermost; element; element = element.parentElement) {
    const { overflowY } = getComputedStyle(element);
    const scrolls = overflowY === "auto" || overflowY === "scroll";
    if (scrolls && element.scrollHeight > element.clientHeight) return element;
  }
  return document.scrollingElement;
}
