// What axe-core says of a page: names, roles, order of headings, landmarks, contrast.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";

const AXE = fs.readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"];

/// Looks at pages and keeps what is wrong, so that one run tells all of it.
export class Findings {
  #found = new Map();
  #looks = 0;

  /// Looks at a page as it stands. `where` is for whoever reads the findings.
  async look(page, where) {
    this.#looks += 1;
    // Not a script of the page: what the page may load does not concern it.
    if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(AXE);
    const violations = await page.evaluate(async (values) => {
      const { violations } = await globalThis.axe.run(document, { runOnly: { type: "tag", values }, resultTypes: ["violations"] });
      return violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ target, html, any, all, none }) => ({ target: target.join(" "), html, why: [...any, ...all, ...none].map(({ message }) => message).join("; ") })) }));
    }, RULES);
    for (const { id, help, nodes } of violations) {
      for (const { target, html, why } of nodes) {
        const key = `${id} (${help}) at ${target}: ${why}\n    ${html.slice(0, 200)}`;
        this.#found.set(key, [...(this.#found.get(key) ?? []), where]);
      }
    }
  }

  none(least) {
    assert.ok(this.#looks >= least, `only ${this.#looks} pages were looked at`);
    const lines = [...this.#found].map(([what, where]) => `${what}\n    on: ${where.join(", ")}`);
    assert.equal(lines.length, 0, `${lines.length} findings on ${this.#looks} pages:\n${lines.join("\n")}`);
  }
}
