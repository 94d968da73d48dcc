// A desktop at 200 % and at 400 %, and English on a phone: nothing is cut, and there is a line of text to read.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { Shell } from "./pages/shell.mjs";
import { REPORT, enter, openReport, story } from "./story.mjs";

/// 1366 × 768 at these magnifications.
const ZOOMS = { "200 %": { width: 683, height: 384 }, "400 %": { width: 341, height: 192 } };

for (const [zoom, viewport] of Object.entries(ZOOMS)) {
  story(`at ${zoom} buttons are whole and a line of text can be read`, async ({ open }) => {
    const browser = await open();
    const { page } = browser;
    const shell = await enter(browser, "何静");
    const editor = await openReport(shell);
    await page.setViewportSize(viewport);
    assert.deepEqual(await cut(page, ".tools .btn, .topbar a, .nav a"), []);
    const line = editor.paper.locator(".cm-line").nth(3);
    await line.scrollIntoViewIfNeeded();
    const seen = await line.evaluate((line) => {
      const { left, top, bottom } = line.getBoundingClientRect();
      const y = Math.max(top, 0) + 10;
      return { hit: document.elementFromPoint(left + 60, y)?.closest(".cm-line") === line, above: Math.min(bottom, innerHeight) - Math.max(top, 0) };
    });
    assert.ok(seen.hit && seen.above >= 20, JSON.stringify(seen));
    // Writing keeps the caret in sight.
    await editor.toEnd();
    await editor.type("放大了写。");
    await until(() => page.evaluate(() => {
      const { top, bottom } = getSelection().getRangeAt(0).getBoundingClientRect();
      return top >= 0 && bottom <= innerHeight;
    }), { what: "the caret in sight" });
  });
}

story("at 200 % the roster's cells stand under their headings", async ({ open }) => {
  const browser = await open({ viewport: ZOOMS["200 %"] });
  const { page } = browser;
  const shell = await enter(browser, "秦立川");
  await shell.synced();
  await new RosterPage(page).open(shell);
  const off = await page.getByRole("tabpanel").getByRole("table").evaluate((table) => {
    const heads = [...table.tHead.rows[0].cells].map((cell) => cell.getBoundingClientRect().left);
    return [...table.tBodies[0].rows].filter((row) => [...row.cells].some((cell, at) => Math.abs(cell.getBoundingClientRect().left - heads[at]) > 1)).length;
  });
  assert.equal(off, 0);
});

story("English on a phone: the navigation's words and the buttons are whole", async ({ open }) => {
  const browser = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  const { page } = browser;
  await page.goto(browser.url);
  await page.getByRole("button", { name: "English" }).tap();
  await page.getByRole("button", { name: /^Qin Lichuan/ }).first().tap();
  const shell = await new Shell(page).ready();
  await until(async () => /^Synced/.test(await shell.sync()), { what: "being synced" });
  assert.deepEqual(await cut(page, ".nav a, .nav a > *, .topbar a, .page-head .btn"), []);
  const words = await page.locator(".nav a").evaluateAll((links) => links.map((link) => link.getBoundingClientRect()).map(({ left, right, top }) => [left, right, top]));
  for (const [at, [, right, top]] of words.entries()) {
    const next = words[at + 1];
    assert.ok(!next || next[2] !== top || next[0] >= right - 0.5, `entry ${at + 1} runs into the next`);
  }
  await shell.go("Campaign");
  await page.getByRole("link", { name: "All", exact: true }).tap();
  // Lists draw what is on the screen.
  await page.getByPlaceholder("Find by title").fill(REPORT);
  await page.getByRole("link", { name: REPORT }).tap();
  await new EditorPage(page).ready(REPORT);
  assert.deepEqual(await cut(page, ".tools .btn"), []);
});

/// What is wider than its place, or sticks out of the window sideways.
function cut(page, selector) {
  return page.evaluate((selector) => {
    const wide = (element) => {
      const { left, right } = element.getBoundingClientRect();
      const clipped = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).textOverflow !== "ellipsis";
      return element.checkVisibility() && element.clientWidth > 0 && (left < -1 || right > innerWidth + 1 || clipped);
    };
    return [...document.querySelectorAll(selector)].filter((element) => !element.closest(".vh") && !element.classList.contains("vh") && wide(element)).map((element) => element.textContent.trim());
  }, selector);
}
