// A document at which the app fell is set aside; all others go on. And what others deleted is news.

import assert from "node:assert/strict";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { REPORT, enter, noteFall, openReport, story } from "./story.mjs";

story("after a fall in the middle of a document that one is only read, and the others are written", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await openReport(shell);
  const editor = await new EditorPage(page).ready(REPORT);
  const { id } = editor;
  const text = await editor.text();
  // As the panic hook writes it down: for this profile, and for another one of this browser. And as no hook does.
  const others = `huigao.fell/${"0".repeat(32)}/${id}`;
  await noteFall(page, id);
  await page.evaluate((others) => {
    const mark = JSON.stringify({ at: Date.now(), work: { document: others.split("/").pop(), reading: false } });
    localStorage.setItem(others, mark);
    localStorage.setItem("huigao.fell", mark);
  }, others);
  await page.reload();
  await editor.ready(REPORT);
  await page.getByRole("alert").filter({ hasText: "先放到一边" }).waitFor();
  assert.equal(await editor.paper.getAttribute("contenteditable"), "false");
  await editor.reads(text);
  const left = () => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("huigao.fell")));
  assert.deepEqual(await left(), [others]);

  await shell.go("我的文稿");
  await new ListPage(page).create("照常写的笔记");
  const other = await new EditorPage(page).ready("照常写的笔记");
  await other.type("照常");
  await other.reads((now) => now.includes("照常"));
  await shell.synced();

  // It is told once; whoever wants to tries again.
  await page.goto(`${browser.url}/#/edit/${id}`);
  await editor.ready(REPORT);
  await page.getByRole("button", { name: "再试一次" }).click();
  await page.getByRole("alert").filter({ hasText: "先放到一边" }).waitFor({ state: "detached" });
  assert.equal(await editor.paper.getAttribute("contenteditable"), "true");
});

story("what another person deleted stands in the reading as it was, and is stepped to", async ({ open }) => {
  const [writer, reader] = [await open(), await open()];
  const writers = await enter(writer, "何静");
  const readers = await enter(reader, "郑怀远");
  await readers.synced();
  await readers.go("汇总");
  const { page } = reader;
  await page.getByRole("link", { name: new RegExp(REPORT) }).first().click();
  await page.getByRole("button", { name: "标为已读" }).waitFor();
  const mark = page.getByRole("button", { name: "标为已读" });
  if (await mark.isEnabled()) await mark.click();
  await page.getByText("0 处新修改").first().waitFor();

  await openReport(writers);
  const editor = await new EditorPage(writer.page).ready(REPORT);
  await editor.toEnd();
  await writer.page.keyboard.type("这一句马上删去。", { delay: 5 });
  await writers.synced();
  await page.getByText("1 处新修改").first().waitFor();
  await mark.click();
  await page.getByText("0 处新修改").first().waitFor();
  for (let n = 0; n < 8; n += 1) await writer.page.keyboard.press("Backspace");
  await writers.synced();

  await editor.reads((now) => !now.includes("这一句马上删去"));
  const gone = page.locator("del").filter({ hasText: "这一句马上删去。" });
  await gone.waitFor();
  await page.getByText("1 处新修改").first().waitFor();
  await page.getByRole("button", { name: "下一处" }).click();
  await mark.click();
  await gone.waitFor({ state: "detached" });
});
