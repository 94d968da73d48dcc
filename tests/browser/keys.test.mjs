// By keys alone: dialogs take the focus and give it back, Tab goes on to the end of every page, and what goes away leaves
// the focus on something.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { empty, found, join } from "./enrolment.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { MergedPage } from "./pages/merged.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { REPORT, enter, noteFall, openReport, story } from "./story.mjs";

/// Presses a button as the keyboard does.
async function press(button) {
  await button.focus();
  await button.press("Enter");
}

/// What has the focus, in words; none, if nothing has it that is on the page.
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    if (!element || element === document.body || !element.checkVisibility()) return undefined;
    return `${element.localName} ${element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 30)}`;
  });
}

/// Waits until something has the focus after `what`, and stays there.
async function held(page, what) {
  const drawn = () => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await until(focused.bind(undefined, page), { what: `the focus after ${what}` });
  await drawn();
  // What an engine has to do may go only now; where it was something takes its place by the next picture but one.
  await until(focused.bind(undefined, page), { what: `the focus staying after ${what}` });
}

/// Opens a dialog by keys, and closes it by Escape.
async function dialogKeepsFocus(page, opener) {
  const name = await opener.innerText();
  await press(opener);
  const dialog = page.getByRole("dialog");
  // Not the one that says that it is coming.
  await dialog.filter({ hasNotText: "正在打开" }).waitFor();
  const inside = () => dialog.evaluate((dialog) => dialog.contains(document.activeElement));
  assert.ok(await inside(), `${name}: the focus is in the dialog`);
  const fields = await dialog.locator("button, input, select, textarea, summary").count();
  for (let n = 0; n < fields + 2; n += 1) {
    await page.keyboard.press("Tab");
    const left = await page.evaluate(() => document.activeElement !== document.body && !document.activeElement.closest("dialog"));
    assert.ok(!left, `${name}: Tab stays in the dialog`);
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  assert.ok(await opener.evaluate((opener) => document.activeElement === opener), `${name}: the focus is back; it is on ${await focused(page)}`);
}

/// Goes through a page by Tab, once around. Each stop is on the screen, and none holds the focus.
async function tabsThrough(page, what, { least = 5 } = {}) {
  await page.locator(".skip-link").first().focus();
  const seen = new Set();
  let last;
  for (let n = 0; n < 400; n += 1) {
    await page.keyboard.press("Tab");
    const stop = await page.evaluate(() => {
      const element = document.activeElement;
      if (!element || element === document.body) return undefined;
      globalThis.stops ??= new Map();
      if (!globalThis.stops.has(element)) globalThis.stops.set(element, globalThis.stops.size);
      const { width, height, left, right, top, bottom } = element.getBoundingClientRect();
      const shown = width > 0 && height > 0 && right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
      return { id: globalThis.stops.get(element), shown, words: `${element.localName}.${element.className} ${element.textContent.trim().slice(0, 20)}` };
    });
    if (!stop || seen.has(stop.id)) {
      assert.notEqual(stop?.id, last ?? -1, `${what}: Tab is stuck at ${stop?.words}`);
      break;
    }
    assert.ok(stop.shown, `${what}: ${stop.words} has the focus and is not on the screen`);
    seen.add(stop.id);
    last = stop.id;
  }
  assert.ok(seen.size >= least, `${what}: only ${seen.size} stops`);
}

story("dialogs take the focus, keep it, and give it back", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const button = (name) => page.getByRole("button", { name, exact: true }).first();
  await shell.synced();
  await dialogKeepsFocus(page, button("新建文稿"));
  await openReport(shell);
  await dialogKeepsFocus(page, button("分享"));
  await dialogKeepsFocus(page, button("更名"));
  await shell.go("设置");
  await dialogKeepsFocus(page, button("登记另一台设备"));

  const office = await open();
  const its = await enter(office, "秦立川");
  await its.synced();
  await new RosterPage(office.page).open(its);
  const row = office.page.locator("tbody tr").nth(2);
  for (const name of ["修改", "邀请", "设备"]) await dialogKeepsFocus(office.page, row.getByRole("button", { name: new RegExp(`^${name}`) }));
  for (const name of ["导入", "新增单位", "新增人员"]) await dialogKeepsFocus(office.page, office.page.getByRole("button", { name, exact: true }));
  await office.page.getByRole("tab", { name: "单位" }).click();
  await dialogKeepsFocus(office.page, office.page.locator("tbody tr").nth(1).getByRole("button"));
});

story("Tab goes through every page and is held nowhere", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  await page.goto(browser.url);
  await page.getByRole("searchbox").waitFor();
  await tabsThrough(page, "who");
  const shell = await enter(browser, "秦立川");
  await shell.synced();
  await tabsThrough(page, "the empty list");
  await shell.go("活动");
  await page.getByRole("link", { name: "全部", exact: true }).click();
  await page.locator(".row").first().waitFor();
  await tabsThrough(page, "the list", { least: 15 });
  await new ListPage(page).open(REPORT);
  await tabsThrough(page, "the editor", { least: 15 });
  await page.keyboard.press("Escape");
  await shell.go("汇总");
  await new MergedPage(page).open(REPORT);
  await tabsThrough(page, "the reading", { least: 15 });
  for (const [entry, least] of [["名册", 30], ["操作记录", 10], ["设置", 10]]) {
    await shell.go(entry);
    await page.getByRole("heading", { level: 1, name: entry }).waitFor();
    await tabsThrough(page, entry, { least });
  }
});

story("what goes away leaves the focus on something: lists and texts", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await shell.synced();
  const button = (name) => page.getByRole("button", { name, exact: true }).first();
  await shell.go("本单位");
  const list = new ListPage(page);
  await list.link(REPORT).waitFor();
  await page.getByRole("checkbox", { name: `选择《${REPORT}》` }).check();
  await press(button("取消选择"));
  await held(page, "taking back a choice");
  await list.filter.fill("没有这样的标题");
  await press(button("清除筛选"));
  await list.link(REPORT).waitFor();
  await held(page, "clearing the filter");

  const editor = await list.create("编号");
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText("题目\n一、甲\n三、乙");
  await editor.reads("题目\n一、甲\n三、乙");
  await press(button("重新编号"));
  await editor.reads("题目\n一、甲\n二、乙");
  await held(page, "renumbering");
  await press(page.getByRole("status", { name: "提示" }).getByRole("button", { name: "关闭" }).first());
  await held(page, "closing a message");

  await noteFall(page, editor.id);
  await page.reload();
  await new EditorPage(page).ready("编号");
  await press(button("再试一次"));
  await page.getByText("先放到一边").waitFor({ state: "detached" });
  await held(page, "taking up a document again");

  const reader = await open();
  const readers = await enter(reader, "郑怀远");
  await readers.synced();
  await readers.go("汇总");
  await new MergedPage(reader.page).open(REPORT);
  const mark = reader.page.getByRole("button", { name: "标为已读" });
  if (await mark.isEnabled()) await mark.click();
  await openReport(shell);
  await editor.toEnd();
  await editor.type("新的话");
  await until(() => mark.isEnabled(), { what: "something new" });
  await press(mark);
  await until(() => mark.isDisabled(), { what: "having been read" });
  await held(reader.page, "marking as read");
});

story("what goes away leaves the focus on something: devices, invitations, people", async ({ open }) => {
  const office = await open();
  const shell = await found(office);
  const { page } = office;
  const dialog = page.getByRole("dialog");
  const roster = await new RosterPage(page).open(shell);
  await roster.addUnit("石岭镇");
  await held(page, "adding a unit");
  await roster.addUnit("写错的镇");
  await roster.addPerson("何静", { unit: "石岭镇" });

  await press(page.getByRole("button", { name: "邀请：何静" }));
  await press(dialog.getByRole("button", { name: "生成邀请码" }));
  await dialog.locator(".invitation-code").waitFor();
  await held(page, "making an invitation");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  await press(page.getByRole("button", { name: "修改：何静" }));
  await dialog.getByText("特许阅览").click();
  await dialog.getByRole("combobox", { name: "添加一处" }).selectOption({ label: "写错的镇" });
  await press(dialog.getByRole("button", { name: "添加", exact: true }));
  await held(page, "adding a grant");
  await press(dialog.getByRole("button", { name: "收回：写错的镇" }));
  await held(page, "taking back a grant");
  await press(dialog.getByRole("button", { name: "保存" }));
  await dialog.waitFor({ state: "detached" });
  await held(page, "saving a person");

  await page.getByRole("tab", { name: "单位" }).click();
  await press(page.getByRole("button", { name: "修改：写错的镇" }));
  await press(dialog.getByRole("button", { name: "删除单位" }));
  await press(dialog.getByRole("button", { name: "确定删除" }));
  await page.getByRole("button", { name: "修改：写错的镇" }).waitFor({ state: "detached" });
  await held(page, "removing a unit");

  await page.getByRole("tab", { name: "邀请" }).click();
  const back = page.getByRole("button", { name: "收回", exact: true });
  await back.first().waitFor();
  await press(back.first());
  await page.getByText("已收回", { exact: true }).first().waitFor();
  await held(page, "taking back an invitation");
  await press(page.getByRole("button", { name: "批量邀请" }));
  await page.locator(".invite-many").getByRole("checkbox").first().check();
  await press(page.getByRole("button", { name: "为 1 人生成邀请码" }));
  await page.locator(".slip").waitFor();
  await held(page, "making slips");
  const clear = page.getByRole("button", { name: "已打印，清除" });
  const question = page.getByRole("alert").filter({ hasText: "还没有打印，确定清除？" });
  await press(clear);
  await until(() => question.evaluate((question) => question === document.activeElement), { what: "the question having the focus" });
  await press(question.getByRole("button", { name: "取消" }));
  await question.waitFor({ state: "detached" });
  assert.ok(await clear.evaluate((clear) => document.activeElement === clear), "the focus is back where the question came from");
  await press(clear);
  await press(question.getByRole("button", { name: "确定清除" }));
  await page.getByRole("button", { name: "批量邀请" }).waitFor();
  await held(page, "leaving the slips");

  await page.getByRole("tab", { name: "人员" }).click();
  const clerk = await open();
  const { link } = await roster.invite("何静");
  const hers = await join(clerk, { link });
  await held(clerk.page, "enrolling");
  await shell.go("设置");
  const device = page.locator(".device").first();
  await press(device.getByRole("button", { name: "改名" }));
  assert.ok(await device.getByRole("textbox").evaluate((field) => document.activeElement === field), "the name's field has the focus");
  await page.keyboard.press("End");
  await page.keyboard.type("二");
  await page.keyboard.press("Enter");
  await page.getByText(/二$/).first().waitFor();
  await held(page, "naming a device");
  await press(device.getByRole("button", { name: "停用", exact: true }));
  await press(device.getByRole("button", { name: "取消" }));
  await held(page, "leaving a device as it is");

  await roster.open(shell);
  await press(page.getByRole("button", { name: "设备：何静" }));
  const other = dialog.locator(".device").first();
  await press(other.getByRole("button", { name: "停用", exact: true }));
  await press(other.getByRole("button", { name: "停用这台设备" }));
  await dialog.getByText("已停用：").waitFor();
  await held(page, "revoking a device");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await held(page, "closing the devices");
  await hers.strip("本机已停用").waitFor();
  await held(clerk.page, "being shut out");
  clerk.expectErrors(/status of 4\d\d/);
}, empty);
