/**
 * HTML as plain text, as far as official text needs it: a paragraph is a line, and so is a row of
 * a table, its cells set apart by tabs. It walks elements that somebody else has parsed.
 */

const BLOCKS = new Set(
  ("ADDRESS ARTICLE ASIDE BLOCKQUOTE CAPTION CENTER DD DIV DL DT FIGCAPTION FIGURE FOOTER FORM H1 H2 H3 H4 H5 H6 HEADER HR LI " +
    "MAIN NAV OL P PRE SECTION TABLE TBODY TD TFOOT TH THEAD TR UL").split(" "),
);
const SKIPPED = new Set("HEAD LINK META NOSCRIPT OBJECT SCRIPT STYLE TEMPLATE TITLE XML".split(" "));
const CELLS = new Set(["TD", "TH"]);
const ELEMENT = 1;
const TEXT = 3;

/** Whether there is a table in it whose rows have several cells: others only hold a page in shape. */
export function hasTable(root) {
  return rowsOf(root).some((row) => cellsOf(row).length > 1);
}

/** @param {Node} root */
export function textOf(root) {
  return linesOf(root).join("\n");
}

function linesOf(root) {
  const out = { lines: [], line: null };
  read(root, out, false);
  end(out);
  return out.lines;
}

function read(node, out, preformatted) {
  for (const child of node.childNodes) {
    if (child.nodeType === TEXT) {
      write(child.nodeValue, out, preformatted);
      continue;
    }
    const name = child.nodeName.toUpperCase();
    if (child.nodeType !== ELEMENT || SKIPPED.has(name)) continue;
    if (name === "BR") {
      out.lines.push(tidy(out.line ?? ""));
      out.line = null;
    } else if (name === "TR" && cellsOf(child).length > 1) {
      end(out);
      out.lines.push(cellsOf(child).map(cellText).join("\t"));
    } else if (BLOCKS.has(name)) {
      end(out);
      const before = out.lines.length;
      read(child, out, preformatted || name === "PRE");
      end(out);
      // An empty paragraph is an empty line.
      if (name === "P" && out.lines.length === before) out.lines.push("");
    } else {
      read(child, out, preformatted);
    }
  }
}

function write(text, out, preformatted) {
  if (preformatted) {
    const [first, ...others] = text.split(/\r\n?|\n/);
    out.line = (out.line ?? "") + first;
    for (const other of others) {
      end(out);
      out.line = other;
    }
    return;
  }
  const shown = collapse(text);
  if (out.line === null && !shown.trim() && !shown.includes("\u00a0")) return;
  out.line = (out.line ?? "") + shown;
}

/**
 * Programs break the lines of their HTML where they like: between Chinese characters that is
 * nothing, elsewhere a space.
 */
function collapse(text) {
  return text
    .replace(/(?<=[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef])[ \t]*[\r\n]+[ \t]*(?=[\u2e80-\u9fff\u3000-\u303f\uff00-\uffef])/g, "")
    .replace(/[ \t\r\n\f]+/g, " ");
}

function end(out) {
  if (out.line !== null) out.lines.push(tidy(out.line));
  out.line = null;
}

/** Indents are of full-width spaces; those of HTML were only to keep things apart. */
const tidy = (line) => line.replace(/\u00a0/g, " ").replace(/ {2,}/g, " ").replace(/^ +| +$/g, "");

const cellText = (cell) =>
  linesOf(cell)
    .filter((line) => line.trim())
    .join(" ")
    .replaceAll("\t", " ");

const cellsOf = (row) => Array.from(row.childNodes).filter((child) => CELLS.has(child.nodeName.toUpperCase()));

function rowsOf(node) {
  return Array.from(node.childNodes).flatMap((child) =>
    child.nodeName.toUpperCase() === "TR" ? [child, ...rowsOf(child)] : child.nodeType === ELEMENT ? rowsOf(child) : [],
  );
}
