// What a clerk does with a draft besides writing it: puts its numbers right and takes that back, looks for words, gives
// it another name, and shares a copy with the unit.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { enter, story } from "./story.mjs";

const DRAFT = "题目\n一、甲\n三、乙。后面的话\n（二）丙";
const RIGHT = "题目\n一、甲\n二、乙。后面的话\n（一）丙";

story("numbers are put right in one step that can be undone", async ({ open }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(browser.page).create("编号");
  await editor.paper.focus();
  await browser.page.keyboard.press("Control+a");
  await browser.page.keyboard.insertText(DRAFT);
  await editor.reads(DRAFT);
  await browser.page.getByRole("button", { name: "重新编号" }).click();
  await editor.reads(RIGHT);
  // The button goes with the faults; the focus is in the text.
  assert.ok(await editor.paper.evaluate((paper) => paper.contains(document.activeElement)));
  await editor.undo.click();
  await editor.reads(DRAFT);
  await editor.redo.click();
  await editor.reads(RIGHT);
  // A heading that is run in goes by its own words, and what follows counts beneath it.
  const heading = browser.page.getByRole("tabpanel", { name: "大纲" }).getByRole("listitem").filter({ hasText: "二、乙" });
  assert.match(await heading.innerText(), /^二、乙\s+\d+ 字$/);
  assert.equal(await browser.page.locator(".cm-run-in").innerText(), "后面的话");
  await shell.synced();
});

story("a new report is written beneath its first heading", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  await enter(browser, "何静");
  await page.getByRole("button", { name: "新建文稿" }).first().click();
  const dialog = page.getByRole("dialog", { name: "新建文稿" });
  await dialog.getByRole("textbox", { name: "标题" }).fill("报告");
  await dialog.getByRole("combobox", { name: "文种" }).selectOption({ label: "调研报告" });
  await dialog.getByRole("button", { name: "新建", exact: true }).click();
  const editor = await new EditorPage(page).ready("报告");
  await until(() => editor.paper.evaluate((paper) => paper.contains(document.activeElement)), { what: "the focus in the text" });
  await editor.type("先写这里。");
  await editor.reads((text) => text.startsWith("报告\n一、基本情况\n先写这里。\n二、存在的问题\n"));
});

story("what is looked for is counted, and going on around the end is said", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  await enter(browser, "何静");
  const editor = await new ListPage(page).create("查找");
  await editor.toEnd();
  await editor.type("工一 工二 工三", { delay: 0 });
  await editor.toStart();
  await page.keyboard.press("Control+h");
  const panel = page.locator(".cm-search");
  await panel.getByRole("textbox", { name: "查找" }).fill("工");
  const hits = panel.getByRole("status");
  await until(async () => (await hits.innerText()) === "共 3 处", { what: "the hits being counted" });
  for (const words of ["1 / 3", "2 / 3", "3 / 3", "1 / 3 · 已到末尾，又从头找起"]) {
    await page.keyboard.press("Enter");
    await until(async () => (await hits.innerText()) === words, { what: words });
  }
  await page.keyboard.press("Shift+Enter");
  await until(async () => (await hits.innerText()) === "3 / 3 · 已到开头，又从末尾找起", { what: "going on from the end" });
  // With something to look for, the same keys lead to what it is replaced with.
  await page.keyboard.press("Control+h");
  assert.equal(await page.evaluate(() => document.activeElement.name), "replace");
});

story("a draft gets another name, and a copy of it goes to the unit", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(page).create("初稿");
  await editor.toEnd();
  await editor.type("给大家看的话。");
  const text = await editor.text();

  await page.getByRole("button", { name: "更名" }).click();
  const rename = page.getByRole("dialog", { name: "更名" });
  await rename.getByRole("textbox", { name: "新标题" }).fill("定稿");
  await rename.getByRole("button", { name: "更名" }).click();
  await editor.ready("定稿");
  assert.equal(await editor.text(), text);

  const { id } = editor;
  await page.getByRole("button", { name: "分享" }).click();
  const share = page.getByRole("dialog", { name: "分享《定稿》的副本" });
  await share.getByText("以后改原稿，副本不会跟着变").waitFor();
  await share.getByRole("radio", { name: /本单位/ }).first().check();
  await share.getByRole("button", { name: "分享副本" }).click();
  await page.waitForURL((url) => url.hash.startsWith("#/edit/") && !url.hash.endsWith(id));
  const copy = await new EditorPage(page).ready("定稿");
  await copy.reads(text);
  await shell.synced();

  const colleague = await open();
  const other = await enter(colleague, "杜长河");
  await other.synced();
  await other.go("本单位");
  const shared = await new ListPage(colleague.page).open("定稿");
  await shared.reads(text);
});
