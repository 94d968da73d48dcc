// Who reads and writes what, and what happens when that changes while the pages are open.

import assert from "node:assert/strict";
import { empty, found, join } from "./enrolment.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { Shell } from "./pages/shell.mjs";
import { story } from "./story.mjs";

/// A campaign with a township, its clerk, and a supervisor, each on a device of their own.
async function county(open) {
  const office = await open();
  const shell = await found(office);
  const roster = await new RosterPage(office.page).open(shell);
  await roster.addUnit("石岭镇");
  await roster.addUnit("沙溪镇");
  await roster.addPerson("何静", { unit: "石岭镇" });
  await roster.addPerson("冯启明", { roles: ["督导"] });
  const [clerk, supervisor] = [await open(), await open()];
  const hers = await join(clerk, await roster.invite("何静"));
  const his = await join(supervisor, await roster.invite("冯启明"));
  return { office, shell, roster, clerk, hers, supervisor, his };
}

/// Lets somebody read a unit.
function grant(roster, name, unit) {
  return roster.edit(name, async (dialog) => {
    await dialog.getByText("特许阅览").click();
    await dialog.getByRole("combobox", { name: "添加一处" }).selectOption({ label: unit });
    await dialog.getByRole("button", { name: "添加", exact: true }).click();
  });
}

function takeBack(roster, name, unit) {
  return roster.edit(name, async (dialog) => {
    await dialog.getByText("特许阅览").click();
    await dialog.getByRole("button", { name: `收回：${unit}` }).click();
  });
}

/// Makes a document for the whole unit.
async function forUnit(page, title, text) {
  await page.getByRole("button", { name: "新建文稿" }).first().click();
  const dialog = page.getByRole("dialog", { name: "新建文稿" });
  await dialog.getByRole("textbox", { name: "标题" }).fill(title);
  await dialog.getByRole("combobox").first().selectOption({ label: "会议记录" });
  await dialog.getByRole("radio", { name: /本单位/ }).first().check();
  await dialog.getByRole("button", { name: "新建", exact: true }).click();
  const editor = await new EditorPage(page).ready(title);
  await editor.type(text);
  return editor;
}

story("a supervisor reads by a grant and cannot type; nobody sees another's private list", async ({ open }) => {
  const { roster, clerk, hers, supervisor, his } = await county(open);
  await new ListPage(clerk.page).create("只给自己看的笔记");
  await hers.go("我的文稿");
  await forUnit(clerk.page, "镇里的记录", "大家一起写。");
  await hers.synced();

  const list = new ListPage(supervisor.page);
  await his.go("活动");
  await his.synced();
  assert.equal(await list.link("镇里的记录").count(), 0);
  await grant(roster, "冯启明", "石岭镇");
  await his.go("汇总");
  await supervisor.page.getByRole("link", { name: /镇里的记录/ }).click();
  await supervisor.page.getByText("大家一起写。").waitFor();
  const id = (await clerk.page.evaluate(() => location.hash)).split("/").at(-1);
  await supervisor.page.goto(`${supervisor.url}/#/edit/${id}`);
  const paper = await new EditorPage(supervisor.page).ready("镇里的记录");
  assert.equal(await paper.paper.getAttribute("contenteditable"), "false");
  assert.equal(await supervisor.page.getByText("只给自己看的笔记").count(), 0);

  // Taken back, it goes from the page and from the device.
  await takeBack(roster, "冯启明", "石岭镇");
  await supervisor.page.getByText("没有这篇文稿").waitFor();
  // Its outline has gone with it.
  await supervisor.page.getByRole("complementary", { name: "文稿侧栏" }).getByText("镇里的记录").waitFor({ state: "detached" });

  // From the reading it goes as well.
  await grant(roster, "冯启明", "石岭镇");
  await his.go("汇总");
  await supervisor.page.locator("#tree").getByRole("link", { name: /镇里的记录/ }).click();
  await supervisor.page.getByText("大家一起写。").first().waitFor();
  await takeBack(roster, "冯启明", "石岭镇");
  await supervisor.page.getByText("没有这篇文稿").waitFor();
  assert.equal(await supervisor.page.getByText("大家一起写。").count(), 0);
}, empty);

story("somebody who is moved to another unit loses its documents and keeps the words that were not sent", async ({ open }) => {
  const { roster, clerk, hers, office } = await county(open);
  await forUnit(clerk.page, "镇里的记录", "已经交的话。");
  await hers.synced();
  await clerk.cutNetwork();
  await new EditorPage(clerk.page).type("断网时写的话。");
  await hers.says(/待同步/);
  await roster.edit("何静", (dialog) => dialog.getByRole("combobox", { name: "单位" }).selectOption({ label: "沙溪镇" }));
  await roster.person("何静").filter({ hasText: "沙溪镇" }).waitFor();
  await clerk.healNetwork();
  await hers.strip("修改被退回").waitFor();
  await clerk.page.getByText("没有这篇文稿").waitFor();
  await hers.strip("修改被退回").getByRole("button", { name: "查看" }).click();
  await clerk.page.getByRole("dialog").getByText("断网时写的话。").waitFor();
  assert.equal(office.errors.length, 0);
}, empty);

story("changes of the roster that are made without a line wait, and say so if they were overtaken", async ({ open }) => {
  const { office, roster, shell } = await county(open);
  const second = await open();
  await roster.addPerson("罗晓棠", { unit: "活动办公室", roles: ["活动办公室"] });
  const hers = await join(second, await roster.invite("罗晓棠"));
  const other = await new RosterPage(second.page).open(hers);
  await second.cutNetwork();
  await other.edit("何静", (dialog) => dialog.getByRole("textbox", { name: "姓名", exact: true }).fill("何静静"));
  await second.page.getByText("待服务器办理").waitFor();
  await roster.edit("何静", (dialog) => dialog.getByRole("textbox", { name: "分管工作" }).fill("党建"));
  await roster.person("何静").filter({ hasText: "党建" }).waitFor();
  await second.healNetwork();
  await second.page.getByRole("alert").filter({ hasText: "在您之前已有人改过" }).waitFor();
  await second.page.getByText("这期间别人改了：何静：分管改为 党建").waitFor();
  // Wherever its maker is, it is told of; made once more, it leaves what others changed.
  await hers.go("我的文稿");
  await second.page.getByText("有 1 项名册改动没有办成").waitFor();
  await second.page.getByRole("link", { name: "去看看" }).click();
  await second.page.getByRole("button", { name: "按现在的情况再改" }).click();
  await roster.person("何静静").filter({ hasText: "党建" }).waitFor();
  await second.page.getByText("名册改动").waitFor({ state: "detached" });
  await shell.synced();
  assert.equal(office.errors.length, 0);
}, empty);

story("a file of people is looked at first, and its bad rows are named", async ({ open }) => {
  const office = await open();
  const shell = await found(office);
  const roster = await new RosterPage(office.page).open(shell);
  await office.page.getByRole("button", { name: "导入" }).click();
  const dialog = office.page.getByRole("dialog", { name: "导入" });
  const csv = "姓名,单位,职责\n何静,石岭镇,经办人\n,石岭镇,\n某人,石岭镇,皇帝\n杜长河,石岭镇,\n";
  await dialog.getByLabel("选择文件").setInputFiles({ name: "名单.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  await dialog.getByText("新增 2 人，修改 0 人，不变 0 人，有问题 2 行。").waitFor();
  await dialog.getByRole("row").filter({ hasText: "没有姓名" }).filter({ hasText: "3" }).waitFor();
  await dialog.getByRole("row").filter({ hasText: "没有“皇帝”这个职责" }).waitFor();
  await dialog.getByText("将新增单位：石岭镇").waitFor();
  await dialog.getByRole("button", { name: "只导入没有问题的" }).click();
  await roster.person("何静").filter({ hasText: "石岭镇" }).waitFor();
  await roster.person("杜长河").waitFor();
  assert.equal(await roster.person("某人").count(), 0);
  const download = office.page.waitForEvent("download");
  await office.page.getByRole("button", { name: "导出 XLSX" }).click();
  assert.match((await download).suggestedFilename(), /^名册_清河县学习实践活动_\d{4}-\d\d-\d\d\.xlsx$/);
}, empty);

story("two people share one browser, side by side, each with their own documents", async ({ open }) => {
  const { roster, clerk, hers, office } = await county(open);
  await roster.addPerson("杜长河", { unit: "石岭镇" });
  await new ListPage(clerk.page).create("何静的笔记");
  await hers.synced();
  const { code } = await roster.invite("杜长河");
  const beside = await clerk.context.newPage();
  await beside.goto(clerk.url);
  await beside.getByRole("textbox", { name: "邀请码" }).fill(code);
  await beside.getByRole("button", { name: "下一步" }).click();
  await beside.getByRole("button", { name: "登记本机" }).click();
  const his = await new Shell(beside).ready();
  await his.synced();
  assert.equal(await beside.getByText("何静的笔记").count(), 0);
  await new ListPage(beside).create("杜长河的笔记");
  await his.synced();
  await clerk.page.reload();
  await hers.go("我的文稿");
  await new ListPage(clerk.page).link("何静的笔记").waitFor();
  assert.equal(await clerk.page.getByText("杜长河的笔记").count(), 0);
  assert.equal(office.errors.length, 0);
}, empty);
