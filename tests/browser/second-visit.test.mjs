// On a later visit nothing has been written, so nothing may be said to wait: opening what oneself
// once wrote, and taking all of it away as a file, leave the state at 已同步.

import assert from "node:assert/strict";
import { stays, until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { REPORT, REPORT_TEXT, enter, openReport, story } from "./story.mjs";

const WAITS = /待同步/;

story("reading one's own document on a second visit leaves nothing waiting", async ({ open }) => {
  const browser = await open();
  const first = await enter(browser, "何静");
  await first.go("本单位");
  const list = new ListPage(browser.page);
  await until(async () => /已同步/.test(await list.row(REPORT).innerText()), { what: "the report arriving on this device" });
  await first.synced();
  await browser.shut();

  await browser.open();
  const shell = await enter(browser, "何静");
  await shell.synced();
  const editor = await openReport(shell);
  assert.equal(await editor.text(), REPORT_TEXT);
  await stays(async () => !WAITS.test(await shell.sync()), { duration: 1_500, what: "nothing waiting after reading" });
});

story("exporting everything on a second visit leaves nothing waiting", async ({ open }) => {
  const browser = await open({ acceptDownloads: true });
  const first = await enter(browser, "何静");
  const editor = await new ListPage(browser.page).create("第一天的笔记");
  await editor.toEnd();
  await editor.type("写完就关机。");
  await editor.saved();
  await first.synced();
  // At once: what the relay confirmed last must not be needed to have been written down.
  await browser.shut();

  await browser.open();
  const shell = await enter(browser, "何静");
  await shell.synced();
  await shell.go("设置");
  const download = browser.page.waitForEvent("download");
  await browser.page.getByRole("button", { name: "导出全部文稿" }).click();
  await download;
  await stays(async () => !WAITS.test(await shell.sync()), { duration: 3_000, what: "nothing waiting after the export" });
  await shell.synced();
});
