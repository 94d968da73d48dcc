// Where one comes in, and where a new document goes: a link holds until a person is picked, and the page that one is on
// says for whom one writes.

import assert from "node:assert/strict";
import { ListPage } from "./pages/list.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { WhoPage } from "./pages/who.mjs";
import { REPORT, enter, openReport, story } from "./story.mjs";

story("a link that is opened in a fresh browser leads to its document once a person is picked", async ({ open }) => {
  const first = await open();
  const { id } = await openReport(await enter(first, "何静"));
  const fresh = await open();
  await fresh.page.goto(`${fresh.url}/#/edit/${id}`);
  await new WhoPage(fresh.page).enter("杜长河");
  await new EditorPage(fresh.page).ready(REPORT);
  assert.equal(new URL(fresh.page.url()).hash, `#/edit/${id}`);
});

story("a new document on the unit's page is for the unit, and the dialog says so", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const dialog = page.getByRole("dialog", { name: "新建文稿" });
  const chosen = () => dialog.getByRole("radio", { checked: true }).evaluate((radio) => radio.closest("label").querySelector(".choice-name").textContent);
  await page.getByRole("button", { name: "新建文稿" }).first().click();
  assert.equal(await chosen(), "仅自己");
  await page.keyboard.press("Escape");
  await shell.go("本单位");
  await page.getByRole("heading", { level: 1, name: "本单位" }).waitFor();
  await page.getByRole("button", { name: "新建文稿" }).first().click();
  await dialog.getByText("已预选").waitFor();
  assert.equal(await chosen(), "本单位");
  await page.keyboard.press("Escape");
  // What nothing is required of does not claim to count towards anything.
  await shell.go("我的文稿");
  const editor = await new ListPage(page).create("读书");
  await editor.status.getByText("计入要求").waitFor();
  await editor.back.click();
  await openReport(shell);
  await editor.status.getByText("（含标点）").waitFor();
  assert.equal(await editor.status.getByText("计入要求").count(), 0);
});
