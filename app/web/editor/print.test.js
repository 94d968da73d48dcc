import assert from "node:assert/strict";
import { test } from "node:test";

import { Text } from "@codemirror/state";

import { printWhole, printedLines } from "./print.js";

/** As Rust answers: by the number at the line's head. */
function lineKind(text, isTitleLine) {
  if (!text.trim()) return "empty";
  if (/^[一二三]、/.test(text)) {
    const end = text.indexOf("。") + 1;
    return end && end < text.length ? `h1 ${end}` : "h1";
  }
  return isTitleLine ? "title" : "body";
}

/** As much of a page as printing touches. */
function page() {
  const window = new EventTarget();
  const shown = [];
  const createElement = (name) => {
    const made = { name, className: "", children: [], append: (...more) => made.children.push(...more) };
    made.remove = () => shown.splice(shown.indexOf(made), 1);
    made.text = () => made.children.map((child) => (typeof child === "string" ? child : child.text())).join("");
    return made;
  };
  const document = { defaultView: window, createElement };
  const viewOf = (doc) => ({ state: { doc }, dom: { ownerDocument: document, before: (made) => shown.push(made) } });
  return { window, shown, viewOf, say: (what) => window.dispatchEvent(new Event(what)) };
}

test("every line is printed, by its kind", () => {
  const doc = Text.of(["", "题目", "一、甲。乙", "二、丙", "正文", ""]);
  const lines = printedLines(doc, lineKind);
  assert.deepEqual(lines.map(({ kind }) => kind), ["empty", "title", "h1", "h1", "body", "empty"]);
  assert.deepEqual(lines[2], { kind: "h1", text: "一、甲。", runIn: "乙" });
  assert.equal(lines.map(({ text, runIn }) => text + runIn).join("\n"), doc.toString());
});

test("a long text stands whole in the page while it prints, and is gone afterwards", () => {
  const it = page();
  const doc = Text.of(Array.from({ length: 3000 }, (_, n) => `第${n}段`));
  const end = printWhole(it.viewOf(doc), lineKind);
  it.say("beforeprint");
  it.say("beforeprint");
  assert.equal(it.shown.length, 1);
  const [copy] = it.shown;
  assert.equal(copy.className, "print-copy");
  assert.equal(copy.children.map((line) => line.text()).join("\n"), doc.toString());
  assert.deepEqual([copy.children[0].name, copy.children[0].className], ["h2", "k-title"]);
  it.say("afterprint");
  assert.deepEqual(it.shown, []);
  it.say("beforeprint");
  end();
  assert.deepEqual(it.shown, []);
  it.say("beforeprint");
  assert.deepEqual(it.shown, []);
});
