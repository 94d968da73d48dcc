// What assistive technology needs to find its way: every link has a name, headings skip no level, nothing lies outside
// of the landmarks, and cells are cells.

import assert from "node:assert/strict";
import { enter, openReport, story } from "./story.mjs";

story("links have names, headings follow each other, and the page is all in landmarks", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await shell.synced();
  await shell.go("本单位");
  await page.locator(".row").first().waitFor();
  assert.equal(await page.locator("label[role], .row > :not([role=cell])").count(), 0);
  await sound(page, "the list");
  await openReport(shell);
  await sound(page, "the editor");
  await page.getByRole("tab", { name: /^作者/ }).click();
  await sound(page, "the editor's authors");
  await shell.go("设置");
  await sound(page, "the settings");
});

async function sound(page, where) {
  const found = await page.evaluate(() => {
    const seen = (element) => element.checkVisibility();
    const links = [...document.querySelectorAll("a[href]")].filter(seen);
    const nameless = links.filter((link) => !(link.textContent.trim() || link.getAttribute("aria-label") || link.title));
    const levels = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].filter(seen).map(({ tagName }) => Number(tagName[1]));
    const leaps = levels.filter((level, at) => at && level > levels[at - 1] + 1);
    const inside = "main, nav, header, footer, aside, section[aria-label], dialog, .skip-link, [role=status], [role=alert]";
    const outside = [...document.querySelectorAll("body *")].filter((element) => {
      const words = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
      return words && seen(element) && !element.closest(inside) && !["SCRIPT", "STYLE", "NOSCRIPT"].includes(element.tagName);
    });
    return { nameless: nameless.length, leaps, outside: outside.map((element) => element.textContent.trim()) };
  });
  assert.deepEqual(found, { nameless: 0, leaps: [], outside: [] }, where);
}
