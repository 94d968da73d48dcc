// Where a document is: put from the wrong place into the right one, and published for evaluators. Sheets of slips that
// outlive the page that made them.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { empty, found } from "./enrolment.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { enter, openReport, REPORT, story } from "./story.mjs";

const TITLE = "放错地方的笔记";
const WORDS = "写在私人处的话。";

/// The document that opens in the place of the one with this id.
async function another(page, id, title) {
  await page.waitForURL((url) => url.hash.startsWith("#/edit/") && !url.hash.endsWith(id));
  return new EditorPage(page).ready(title);
}

story("a note in the wrong place is moved without a line, seen by colleagues, and taken back", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await shell.synced();
  const editor = await new ListPage(page).create(TITLE);
  await editor.toEnd();
  await editor.type(WORDS);
  await editor.saved();
  const { id } = editor;
  await browser.cutNetwork();
  await page.getByRole("button", { name: "移到…" }).click();
  const dialog = page.getByRole("dialog", { name: `移动《${TITLE}》` });
  await dialog.getByText("原稿（仅自己）收起，仍可找回").waitFor();
  await dialog.getByRole("radio", { name: /本单位/ }).first().check();
  await dialog.getByRole("button", { name: "移到这里" }).click();
  const moved = await another(page, id, TITLE);
  await moved.reads((text) => text.endsWith(WORDS));
  await page.getByRole("tab", { name: "同步" }).click();
  const sync = page.getByRole("tabpanel", { name: "同步" });
  await sync.getByRole("link", { name: `《${TITLE}》（仅自己）` }).waitFor();
  await sync.getByText(/^何静，/).waitFor();

  // The old one has left the list, and is found among those that were put away.
  await shell.go("我的文稿");
  const list = new ListPage(page);
  const away = page.getByRole("button", { name: "收起的 1 篇" });
  await away.waitFor();
  assert.equal(await list.link(TITLE).count(), 0);
  await browser.healNetwork();
  await shell.synced();
  const colleague = await open();
  const other = await enter(colleague, "杜长河");
  await other.synced();
  await other.go("本单位");
  await (await new ListPage(colleague.page).open(TITLE)).reads((text) => text.endsWith(WORDS));

  await away.click();
  await list.table.getByRole("link", { name: "已移至本单位" }).waitFor();
  const old = await list.open(TITLE);
  assert.equal(old.id, id);
  const notice = shell.strip("这篇文稿已收起");
  await notice.getByText(`移到了“本单位”：《${TITLE}》`).waitFor();
  await notice.getByRole("button", { name: "撤销移动" }).click();
  await notice.waitFor({ state: "detached" });
  await shell.go("我的文稿");
  await list.link(TITLE).waitFor();
  await away.waitFor({ state: "detached" });
  await shell.synced();
});

story("the office publishes a text for evaluation, evaluators read it, and the log says so", async ({ open }) => {
  const office = await open();
  const { page } = office;
  const shell = await enter(office, "秦立川");
  const { id } = await openReport(shell);
  await page.getByRole("button", { name: "公布供测评" }).click();
  const dialog = page.getByRole("dialog", { name: "公布供测评" });
  for (const words of [REPORT, "调研报告", "参加活动的人和评议代表"]) await dialog.getByText(words).first().waitFor();
  await dialog.getByRole("button", { name: "公布", exact: true }).click();
  await another(page, id, REPORT);
  await shell.synced();

  const evaluator = await open();
  const hers = await enter(evaluator, "吴桂兰");
  await hers.synced();
  await hers.go("活动");
  const read = await new ListPage(evaluator.page).open(REPORT);
  await read.reads((text) => text.startsWith(REPORT));
  assert.equal(await read.paper.getAttribute("contenteditable"), "false");
  // What is not hers to do is not offered.
  assert.equal(await evaluator.page.getByRole("button", { name: "公布供测评" }).count(), 0);
  await evaluator.page.goto(`${evaluator.url}/#/audit`);
  await evaluator.page.getByText("操作记录不归您看").waitFor();
  assert.equal(await evaluator.page.getByRole("button", { name: "导出 CSV" }).count(), 0);

  await shell.go("操作记录");
  const entry = page.getByRole("row").filter({ hasText: "公布供测评" });
  await entry.filter({ hasText: REPORT }).waitFor();
  assert.equal(await entry.filter({ hasText: "秦立川" }).count(), 1);
});

story("slips that were not printed are kept while other pages are shown, until they are put away", async ({ open }) => {
  const office = await open();
  const { page } = office;
  const shell = await found(office);
  const roster = await new RosterPage(page).open(shell);
  await roster.addPerson("何静", { unit: "活动办公室" });
  await page.getByRole("tab", { name: "邀请" }).click();
  await page.getByRole("button", { name: "批量邀请" }).click();
  await page.getByRole("checkbox", { name: /何静/ }).check();
  await page.getByRole("button", { name: "为 1 人生成邀请码" }).click();
  const code = await page.locator(".slip-code").textContent();
  const strip = shell.strip("有 1 张邀请单尚未打印");
  assert.equal(await strip.count(), 0);
  const asks = () => page.evaluate(() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true })));
  assert.ok(await asks());

  await shell.go("我的文稿");
  await strip.getByRole("button", { name: "去看看" }).click();
  assert.equal(await page.locator(".slip-code").textContent(), code);
  assert.match(code, /^\d{4} /);
  await strip.waitFor({ state: "detached" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await until(async () => !(await asks()), { timeout: 5_000, what: "the page being left without a question" });
  await page.getByRole("button", { name: "已打印，收起" }).click();
  await page.getByRole("button", { name: "批量邀请" }).waitFor();
  await shell.go("我的文稿");
  assert.equal(await shell.strip("邀请单").count(), 0);
}, empty);
