/**
 * The class of each line by its kind of heading. Rust parses; this asks, for the lines on the
 * screen only, and remembers the answers.
 */

import { Decoration, ViewPlugin } from "@codemirror/view";

/** Answers are forgotten all at once beyond this: paragraphs are long, and asking is cheap. */
const REMEMBERED = 2000;

/**
 * @param {(text: string, isTitleLine: boolean) => string} lineKind the kind; for a run-in heading a
 *   space and the offset in the line where the heading ends
 */
export function lineKinds(lineKind) {
  const kindOf = remembered(lineKind);
  return ViewPlugin.define(
    (view) => ({
      lines: decorate(view, kindOf),
      update(update) {
        if (update.docChanged || update.viewportChanged) this.lines = decorate(update.view, kindOf);
      },
    }),
    { decorations: (plugin) => plugin.lines },
  );
}

function decorate(view, kindOf) {
  const { doc } = view.state;
  const title = titleLine(doc, kindOf);
  const lines = [];
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to; ) {
      const line = doc.lineAt(at);
      const [kind, end] = kindOf(line.text, line.number === title).split(" ");
      // A range may begin within a line; the decoration belongs to the line's start.
      lines.push(decoration(kind).range(line.from));
      if (end) lines.push(runIn.range(line.from + Number(end), line.to));
      at = line.to + 1;
    }
  }
  return Decoration.set(lines, true);
}

/** The number of the first line with something on it; 0 when there is none. */
export function titleLine(doc, kindOf) {
  for (let number = 1; number <= doc.lines; number++) {
    if (kindOf(doc.line(number).text, false) !== "empty") return number;
  }
  return 0;
}

function remembered(lineKind) {
  const known = new Map();
  return (text, isTitleLine) => {
    const key = (isTitleLine ? "T" : "-") + text;
    let kind = known.get(key);
    if (kind === undefined) {
      kind = lineKind(text, isTitleLine);
      if (known.size >= REMEMBERED) known.clear();
      known.set(key, kind);
    }
    return kind;
  };
}

/** What follows a heading in its own line. */
const runIn = Decoration.mark({ class: "cm-run-in" });

const decorations = new Map();

/** One object per kind, so that CodeMirror sees at once that a line has not changed. */
function decoration(kind) {
  let found = decorations.get(kind);
  if (!found) {
    found = Decoration.line({ class: `cm-kind-${kind}` });
    decorations.set(kind, found);
  }
  return found;
}
