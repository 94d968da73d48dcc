/**
 * The whole text on paper. CodeMirror has only the lines near the screen in the page, and the
 * printer gets what is in the page: so while it prints, the text stands there whole, in the
 * classes and elements of the merged reading, and the style sheet hides the editor beside it.
 */

import { titleLine } from "./kinds.js";

/** The headings' elements, as in the merged reading; all else is a paragraph. */
const ELEMENTS = { title: "h2", h1: "h3", h2: "h4", h3: "h5", h4: "h6" };

/**
 * All lines of a document: the kind, the text, and what follows a run-in heading in its own line.
 * @param {import("@codemirror/state").Text} doc
 * @param {(text: string, isTitleLine: boolean) => string} lineKind
 */
export function printedLines(doc, lineKind) {
  const title = titleLine(doc, lineKind);
  const lines = [];
  let number = 0;
  for (const text of doc.iterLines()) {
    number++;
    const [kind, end] = lineKind(text, number === title).split(" ");
    const at = end === undefined ? text.length : Number(end);
    lines.push({ kind, text: text.slice(0, at), runIn: text.slice(at) });
  }
  return lines;
}

/**
 * Puts the text beside the editor whenever the page is printed.
 * @param {import("@codemirror/view").EditorView} view
 * @param {(text: string, isTitleLine: boolean) => string} lineKind
 * @returns {() => void} ends it
 */
export function printWhole(view, lineKind) {
  const page = view.dom.ownerDocument;
  const target = page.defaultView;
  let copy = null;
  const remove = () => {
    copy?.remove();
    copy = null;
  };
  const put = () => {
    // A browser may announce a second printing before the first has ended.
    remove();
    copy = page.createElement("div");
    copy.className = "print-copy";
    copy.append(...printedLines(view.state.doc, lineKind).map((line) => element(page, line)));
    view.dom.before(copy);
  };
  target.addEventListener("beforeprint", put);
  target.addEventListener("afterprint", remove);
  return () => {
    target.removeEventListener("beforeprint", put);
    target.removeEventListener("afterprint", remove);
    remove();
  };
}

function element(page, { kind, text, runIn }) {
  // A heading with its paragraph in one line is a paragraph that begins with it.
  const made = page.createElement(runIn ? "p" : (ELEMENTS[kind] ?? "p"));
  made.className = `k-${kind}`;
  made.append(text);
  if (runIn) {
    const rest = page.createElement("span");
    rest.className = "k-run-in";
    rest.append(runIn);
    made.append(rest);
  }
  return made;
}
