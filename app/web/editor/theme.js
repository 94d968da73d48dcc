/**
 * How the editor is laid out. Faces, sizes and colours are the style sheets'.
 */

import { EditorView } from "@codemirror/view";
import { StyleModule } from "style-mod";

/**
 * CodeMirror brings its rules in a <style> element, which a content security policy without
 * 'unsafe-inline' blocks; adopted style sheets are not inline. Their rules come after those of
 * the page's sheets, so the generated class is taken out of the count of specificity: the page
 * keeps the last word.
 */
export function adoptStyles() {
  if (!("adoptedStyleSheets" in document)) return;
  const adopted = new Set();
  StyleModule.mount = (root, modules) => {
    const fresh = [modules].flat().filter((module) => !adopted.has(module));
    if (!fresh.length) return;
    const rules = fresh.map((module) => {
      adopted.add(module);
      return module.getRules();
    });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules.join("\n").replace(/\.ͼ\w+/g, ":where($&)"));
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  };
}

export const layout = EditorView.baseTheme({
  // "Select all matches" makes many selections, and there is only ever one here.
  ".cm-search [name=select]": { display: "none" },
  ".cm-peers": { pointerEvents: "none" },
  ".cm-peer": { width: 0 },
  ".cm-peer > .cm-peer-caret": { display: "block", height: "100%", width: 0 },
});
