// The disk is full: writing pauses in plain words, nothing vanishes from the screen, the text can be
// taken away as a file, and when there is room again it is saved.

import assert from "node:assert/strict";
import fs from "node:fs";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { Remote } from "./remote.mjs";
import { enter, offlineReady, story } from "./story.mjs";

/// Less than the text below needs, more than the app writes by itself.
const ROOM = 100_000;
const TITLE = "磁盘写满的那天";
// Random, so that no compression helps.
const BULK = Array.from({ length: 120_000 }, () => String.fromCharCode(0x4e00 + Math.floor(Math.random() * 20_000))).join("");

story("a full disk pauses writing, keeps the text on the screen and lets it be exported", async ({ relay, open, t }) => {
  const browser = await open({ acceptDownloads: true });
  await prepare(browser);


  // Chromium remembers for half a minute how much room a page has: only a fresh start asks anew.
  const { usage } = await quota(browser).then((ask) => ask("getUsageAndQuota"));
  await browser.shut();
  await browser.open();
  const set = await quota(browser);
  await set("overrideQuotaForOrigin", { quotaSize: Math.ceil(usage) + ROOM });
  const { page, shell, editor } = await reopen(browser);
  const before = await editor.text();
  await page.keyboard.insertText(BULK);
  const strip = shell.strip("本机空间已满");
  await strip.waitFor({ timeout: 20_000 });
  assert.equal(await strip.getAttribute("role"), "alert");
  await shell.says(/^本机空间已满$/);
  assert.match(await editor.saving(), /本机空间已满/);
  assert.equal(await editor.text(), before + BULK);

  // Writing pauses.
  await editor.paper.focus();
  await page.keyboard.insertText("不该进来的字");
  assert.equal(await editor.text(), before + BULK);

  // What is on the screen can be taken away: this document, and all of them.
  assert.match(await downloaded(page, () => editor.export.click()), new RegExp(BULK.slice(-50)));
  assert.match(await downloaded(page, () => strip.getByRole("button", { name: "导出全部文稿" }).click()), new RegExp(BULK.slice(-50)));

  await set("overrideQuotaForOrigin");
  await strip.waitFor({ state: "detached", timeout: 40_000 });
  await editor.saved();
  await until(async () => !/只读/.test(await page.locator(".tools-head").innerText()), { what: "writing being open again" });
  await editor.toEnd();
  await editor.type("又能写了。");
  await editor.saved();
  const remote = await Remote.open(relay, "he-jing", editor.id);
  t.after(() => remote.close());
  await remote.reads(`${before}${BULK}又能写了。`, { timeout: 40_000 });

  await page.reload();
  await editor.ready(TITLE);
  // At first it may be as it was a moment before.
  await editor.reads(`${before}${BULK}又能写了。`);
});

/// A first visit with a document, all of it saved and synced.
async function prepare(browser) {
  const shell = await enter(browser, "何静");
  await offlineReady(browser.page);
  const editor = await new ListPage(browser.page).create(TITLE);
  await editor.toEnd();
  await editor.type("先写一句。");
  await editor.saved();
  await shell.synced();
}

async function reopen(browser) {
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(page).open(TITLE);
  await shell.synced();
  await editor.toEnd();
  return { page, shell, editor };
}

/// Calls of the browser's storage domain about the app's origin.
async function quota(browser) {
  const control = await browser.context.newCDPSession(browser.page);
  return (call, options) => control.send(`Storage.${call}`, { origin: browser.url, ...options });
}

async function downloaded(page, act) {
  const [download] = await Promise.all([page.waitForEvent("download"), act()]);
  return fs.readFileSync(await download.path(), "utf8");
}
