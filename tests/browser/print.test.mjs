// What is on paper: the whole text and all rows, though the screen holds a part of them.

import assert from "node:assert/strict";
import { ListPage } from "./pages/list.mjs";
import { enter, story } from "./story.mjs";

const PARAGRAPHS = Array.from({ length: 600 }, (_, n) => `第${n + 1}段，讲的是园区用工的情况和打算。`);

/// As the browser does before it lays the page out for the printer, and after.
const say = (page, what) => page.evaluate((what) => void window.dispatchEvent(new Event(what)), what);

story("a long text is printed to its last line, and a list to its last row", async ({ open }) => {
  const browser = await open({ viewport: { width: 1000, height: 500 } });
  const { page } = browser;
  const shell = await enter(browser, "秦立川");
  await shell.synced();
  const editor = await new ListPage(page).create("长稿");
  await editor.toEnd();
  await page.keyboard.insertText(PARAGRAPHS.join("\n"));
  await editor.reads((text) => text.endsWith(PARAGRAPHS.at(-1)));
  const text = await editor.text();

  await page.emulateMedia({ media: "print" });
  await say(page, "beforeprint");
  const lines = page.locator(".print-copy > *");
  assert.equal((await lines.allTextContents()).join("\n"), text);
  assert.ok(await lines.last().isVisible());
  assert.ok(!(await page.locator(".cm-editor").isVisible()));
  await say(page, "afterprint");
  await page.emulateMedia({ media: "screen" });
  assert.equal(await page.locator(".print-copy").count(), 0);

  await editor.back.click();
  await shell.go("活动");
  await page.getByRole("link", { name: "全部", exact: true }).click();
  const list = new ListPage(page);
  const all = Number(await list.table.getAttribute("aria-rowcount")) - 1;
  assert.ok((await list.rows.count()) < all, "the screen has room for all: nothing is tried");
  await page.emulateMedia({ media: "print" });
  await say(page, "beforeprint");
  assert.equal(await list.rows.count(), all);
  assert.ok(await list.rows.last().isVisible());
  await say(page, "afterprint");
});
