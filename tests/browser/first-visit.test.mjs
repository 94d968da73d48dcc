// One visit is enough to start without a line, and a write is as durable as the screen says.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { WhoPage } from "./pages/who.mjs";
import { REPORT, REPORT_TEXT, enter, offlineReady, story } from "./story.mjs";

story("after one visit the app starts offline and opens a note in full", async ({ relay, open }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  await shell.go("本单位");
  // Documents come by themselves; none is opened on this visit.
  const list = new ListPage(browser.page);
  await until(async () => /已同步/.test(await list.row(REPORT).innerText()), { what: "the report arriving on this device" });
  await offlineReady(browser.page);
  await relay.stop();

  const page = await browser.context.newPage();
  await browser.page.close();
  await page.goto(browser.url);
  const again = await new WhoPage(page).enter("何静");
  await again.says(/^离线·已保存在本机$/);
  await again.go("本单位");
  const editor = await new ListPage(page).open(REPORT);
  assert.equal(await editor.text(), REPORT_TEXT);
});

story("a write is strictly durable before it is called saved", async ({ open }) => {
  const browser = await open();
  await enter(browser, "何静");
  const editor = await new ListPage(browser.page).create("落盘核对");
  // The engine writes, in its worker.
  const [engine] = browser.page.workers();
  await engine.evaluate(() => delete globalThis.__huigaoDurability);
  await editor.toEnd();
  await editor.type("写一句");
  await editor.saved();
  assert.equal(await engine.evaluate(() => globalThis.__huigaoDurability), "strict");
});
