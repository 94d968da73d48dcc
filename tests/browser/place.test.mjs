// Where a document is: put from the wrong place into the right one, and published for evaluators. Sheets of slips that
// outlive the page that made them.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { empty, found, join } from "./enrolment.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { enter, openReport, REPORT, story } from "./story.mjs";

const TITLE = "放错地方的笔记";
const WORDS = "写在私人处的话。";
const OTHER = "留在原处的笔记";

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
  await (await new ListPage(page).create(OTHER)).saved();
  await shell.go("我的文稿");
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

  // The switch went with the last one that was put away. Of the next one the list shows the others.
  await list.open(TITLE);
  await page.getByRole("button", { name: "移到…" }).click();
  await dialog.getByRole("radio", { name: /本单位/ }).first().check();
  await dialog.getByRole("button", { name: "移到这里" }).click();
  await another(page, id, TITLE);
  await shell.go("我的文稿");
  await away.waitFor();
  assert.equal(await away.getAttribute("aria-pressed"), "false");
  await list.link(OTHER).waitFor();
  assert.equal(await list.link(TITLE).count(), 0);
  await shell.synced();
});

story("what may not be put somewhere any more is not said to be there, and the dialog stays", async ({ open }) => {
  const office = await open();
  const roster = await new RosterPage(office.page).open(await found(office));
  await roster.addUnit("石岭镇");
  await roster.addUnit("沙溪镇");
  await roster.addPerson("何静", { unit: "石岭镇" });
  const clerk = await open();
  const { page } = clerk;
  const hers = await join(clerk, await roster.invite("何静"));
  const editor = await new ListPage(page).create(TITLE);
  await editor.saved();
  await hers.synced();
  const { id } = editor;
  await page.getByRole("button", { name: "移到…" }).click();
  const dialog = page.getByRole("dialog", { name: `移动《${TITLE}》` });
  await dialog.getByRole("radio", { name: /本单位/ }).first().check();
  await roster.edit("何静", (person) => person.getByRole("combobox", { name: "单位" }).selectOption({ label: "沙溪镇" }));
  await page.getByText("沙溪镇").first().waitFor({ state: "attached" });
  await dialog.getByRole("button", { name: "移到这里" }).click();
  await dialog.getByRole("alert").filter({ hasText: "没有移动" }).waitFor();
  assert.ok(page.url().endsWith(id));
  // Elsewhere it can still go.
  assert.ok(await dialog.getByRole("button", { name: "移到这里" }).isEnabled());
}, empty);

story("those without a device can be picked at once to be taken off the roster, and each is asked about", async ({ open }) => {
  const office = await open();
  const { page } = office;
  const roster = await new RosterPage(page).open(await found(office));
  await roster.addPerson("何静", { unit: "活动办公室" });
  await roster.addPerson("杜长河", { unit: "活动办公室" });
  await join(await open(), await roster.invite("何静"));
  await page.getByRole("button", { name: "移出人员……" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("checkbox", { name: /何静.*已登记设备/ }).waitFor();
  await dialog.getByRole("button", { name: "全选未登记设备的（1 人）" }).click();
  assert.ok(await dialog.getByRole("checkbox", { name: /杜长河/ }).isChecked());
  assert.ok(!(await dialog.getByRole("checkbox", { name: /何静/ }).isChecked()));
  const submit = dialog.getByRole("button", { name: "把 1 人移出名册" });
  const question = dialog.getByRole("alert").filter({ hasText: "不能恢复" });
  await submit.click();
  await until(() => question.evaluate((question) => question === document.activeElement), { what: "the question having the focus" });
  await question.getByText("杜长河").waitFor();
  // Whoever picks others is asked again.
  await dialog.getByRole("button", { name: "取消选择" }).click();
  await question.waitFor({ state: "detached" });
  await dialog.getByRole("checkbox", { name: /杜长河/ }).check();
  assert.equal(await question.count(), 0);
  await submit.click();
  await question.getByRole("button", { name: "确定移出名册" }).click();
  await dialog.waitFor({ state: "detached" });
  await roster.person("杜长河").waitFor({ state: "detached" });
}, empty);

story("the office publishes a text for evaluation, evaluators read it, and the log says so", async ({ open }) => {
  const office = await open();
  const { page } = office;
  const shell = await enter(office, "秦立川");
  const { id } = await openReport(shell);
  await page.getByRole("button", { name: "公布供评议" }).click();
  const dialog = page.getByRole("dialog", { name: "公布供评议" });
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
  assert.equal(await evaluator.page.getByRole("button", { name: "公布供评议" }).count(), 0);
  await evaluator.page.goto(`${evaluator.url}/#/audit`);
  await evaluator.page.getByText("您无权查看操作记录。").waitFor();
  assert.equal(await evaluator.page.getByRole("button", { name: "导出 CSV" }).count(), 0);

  await shell.go("操作记录");
  const entry = page.getByRole("row").filter({ hasText: "公布供评议" });
  await entry.filter({ hasText: REPORT }).waitFor();
  assert.equal(await entry.filter({ hasText: "秦立川" }).count(), 1);
});

story("slips that were not printed are kept while other pages are shown, until they are cleared", async ({ open }) => {
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
  const strip = shell.strip("有 1 张小条尚未打印");
  assert.equal(await strip.count(), 0);
  const asks = () => page.evaluate(() => !window.dispatchEvent(new Event("beforeunload", { cancelable: true })));
  assert.ok(await asks());

  await shell.go("我的文稿");
  await strip.getByRole("button", { name: "去看看" }).click();
  assert.equal(await page.locator(".slip-code").textContent(), code);
  assert.match(code, /^\d{4} /);
  await strip.waitFor({ state: "detached" });
  // One press does not destroy what is on no paper.
  await page.getByRole("button", { name: "已打印，清除" }).click();
  const question = page.getByRole("alert").filter({ hasText: "还没有打印，确定清除？" });
  await question.getByRole("button", { name: "取消" }).click();
  assert.equal(await page.locator(".slip-code").textContent(), code);
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  await page.evaluate(() => window.dispatchEvent(new Event("afterprint")));
  await until(async () => !(await asks()), { timeout: 5_000, what: "the page being left without a question" });
  await page.getByRole("button", { name: "已打印，清除" }).click();
  await page.getByRole("button", { name: "批量邀请" }).waitFor();
  await shell.go("我的文稿");
  assert.equal(await shell.strip("小条").count(), 0);
}, empty);
