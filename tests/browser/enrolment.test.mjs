// How devices come in and are cut off: by code and by link, once, and within seconds.

import assert from "node:assert/strict";
import { empty, found, join } from "./enrolment.mjs";
import { ListPage } from "./pages/list.mjs";
import { RosterPage, takeInvitation } from "./pages/roster.mjs";
import { story } from "./story.mjs";

story("a campaign is founded, and a second device comes in by code and a third by link", async ({ open }) => {
  const office = await open();
  const shell = await found(office);
  const roster = await new RosterPage(office.page).open(shell);
  await roster.addUnit("石岭镇");
  await roster.addPerson("何静", { unit: "石岭镇", roles: ["本单位经办人"] });
  const byCode = await roster.invite("何静");

  const desk = await open();
  const hers = await join(desk, { code: byCode.code }, { name: "何静", device: "镇政府台式机" });
  const editor = await new ListPage(desk.page).create("第一篇笔记");
  await editor.type("登记以后写的话。");
  const text = await editor.text();
  await hers.synced();

  // She adds her own telephone herself.
  await hers.go("设置");
  await desk.page.getByText("镇政府台式机").waitFor();
  await desk.page.getByRole("button", { name: "登记另一台设备" }).click();
  const byLink = await takeInvitation(desk.page);
  const phone = await open();
  await join(phone, byLink, { name: "何静", device: "手机" });
  const there = await new ListPage(phone.page).open("第一篇笔记");
  await there.reads(text);
  await hers.go("我的文稿");
  await hers.go("设置");
  await desk.page.getByText("手机", { exact: true }).waitFor();

  // Without a line, and after a reload, it opens as it was.
  await phone.page.waitForFunction(() => navigator.serviceWorker?.controller || navigator.serviceWorker.ready.then(() => true));
  await phone.cutNetwork();
  await phone.page.reload();
  await there.reads(text);
}, empty);

story("an invitation that was used, has been taken back, or has ended, says so", async ({ relay, open }) => {
  const office = await open();
  const shell = await found(office);
  const roster = await new RosterPage(office.page).open(shell);
  await roster.addPerson("梁波");
  const [first, second] = [await roster.invite("梁波"), await roster.invite("梁波")];
  await join(await open(), { code: first.code });

  await office.page.getByRole("tab", { name: "邀请" }).click();
  const invitations = office.page.getByRole("tabpanel").getByRole("row").filter({ hasText: "梁波" });
  await invitations.filter({ hasText: "已登记" }).waitFor();
  await invitations.getByRole("button", { name: "收回" }).click();
  await invitations.filter({ hasText: "已收回" }).waitFor();

  const stranger = await open();
  const says = async (code, words) => {
    await stranger.page.goto(`${stranger.url}/`);
    await stranger.page.getByRole("textbox", { name: "邀请码" }).fill(code);
    await stranger.page.getByRole("button", { name: "下一步" }).click();
    await stranger.page.getByRole("alert").filter({ hasText: words }).waitFor();
  };
  await says(first.code, "已经用过");
  await says(second.code, "已被收回");
  const yesterday = Math.floor(Date.now() / 1_000) - 24 * 3_600;
  const made = await relay.command("invite", "--hours", "1", "--at", String(yesterday));
  await says(made.match(/invitation: ([\d ]+)/)[1], "已过期");
  await says("1234 5678 9012", "没有这个邀请码");
  await says("1234 5678", "十二位数字");
  // The browser itself writes of every refused request.
  stranger.expectErrors(/status of 4\d\d/);
}, empty);

story("a device that is revoked while somebody types keeps the words, says why, and offers the way out", async ({ open }) => {
  const office = await open();
  const shell = await found(office);
  const roster = await new RosterPage(office.page).open(shell);
  await roster.addUnit("石岭镇");
  await roster.addPerson("何静", { unit: "石岭镇" });
  const desk = await open();
  const hers = await join(desk, await roster.invite("何静"), { device: "丢失的电脑" });
  const editor = await new ListPage(desk.page).create("没写完的报告");
  await editor.type("这些话还没有交。");
  await hers.synced();
  const typing = (async () => {
    for (let n = 0; n < 40; n += 1) await editor.type(`第${n}句。`, { delay: 10 });
  })();

  const phone = await open();
  await roster.open(shell);
  const other = await roster.invite("何静");
  const second = await join(phone, other, { device: "新电脑" });
  await second.go("设置");
  const row = phone.page.getByRole("listitem").filter({ hasText: "丢失的电脑" });
  await row.getByRole("button", { name: "停用", exact: true }).click();
  const before = Date.now();
  await row.getByRole("button", { name: "停用这台设备" }).click();
  await hers.strip("本机已停用").waitFor({ timeout: 5_000 });
  assert.ok(Date.now() - before < 5_000, "within five seconds");
  await typing;
  const text = await editor.text();
  assert.ok(text.endsWith("第39句。"), text);
  await hers.strip("本机已停用").getByRole("button", { name: /导出/ }).waitFor();
  // After a reload as well: the words are here, and so is the reason.
  await desk.page.reload();
  await editor.reads(text);
  await hers.strip("本机已停用").waitFor();
  desk.expectErrors(/status of 4\d\d/);

  await roster.open(shell);
  await shell.go("操作记录");
  await office.page.getByRole("row").filter({ hasText: "停用设备" }).filter({ hasText: "何静" }).waitFor();
}, empty);
