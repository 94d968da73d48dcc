// Every page and every dialog, looked at by axe: as a clerk, as a reader and as the office; in Chinese on a desk, and in
// English on a telephone in the dark.

import { Findings } from "./axe.mjs";
import { empty, found, join } from "./enrolment.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { Shell } from "./pages/shell.mjs";
import { REPORT, noteFall, story } from "./story.mjs";
import { wordsOf } from "./words.mjs";

const SIZES = {
  "in Chinese on a desk": { tag: "zh-CN", context: { viewport: { width: 1366, height: 768 }, colorScheme: "light" } },
  "in English on a telephone": {
    tag: "en",
    context: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, colorScheme: "dark" },
  },
};
/// Levels that are left out, come back, and stand in the middle of a line.
const DEEP = "深层标题\n（二）跳了一级\n1.第三级\n（1）第四级\n（1）重复\n一、第一级\n（一）第二级。后面的话\n正文";
/// An id that no document has.
const NOBODYS = "6gMHXjsZ5cxdn4qSbgGYYY8CnKK";
const PEOPLE = { clerk: ["何静", "He Jing"], office: ["秦立川", "Qin Lichuan"], reader: ["郑怀远", "Zheng Huaiyuan"] };

for (const [where, { tag, context }] of Object.entries(SIZES)) {
  story(`${where} axe finds nothing on any page`, async ({ open }) => {
    const [say, findings] = [wordsOf(tag), new Findings()];
    const [clerk, office, reader] = await Promise.all([visit(open, context, tag, say), visit(open, context, tag, say), visit(open, context, tag, say)]);
    for (const visitor of [clerk, office, reader]) visitor.look = (what) => findings.look(visitor.page, `${what} ${where}`);
    await Promise.all([writing(clerk), managing(office)]);
    await reading(reader, clerk);
    findings.none(35);
  });
}

/// A browser in that language, on the page where one says who one is.
async function visit(open, context, tag, say) {
  const browser = await open(context);
  const { page } = browser;
  await page.goto(browser.url);
  if (tag === "en") await page.getByRole("button", { name: "English" }).click();
  const visitor = {
    browser,
    page,
    say,
    shell: new Shell(page),
    dialog: page.getByRole("dialog"),
    button: (key, values) => page.getByRole("button", { name: say(key, values), exact: true }),
    go: (hash) => page.locator(`.nav a[href="#/${hash}"]`).click(),
    async enter([zh, en]) {
      await page.getByRole("button", { name: new RegExp(`^${tag === "en" ? en : zh}`) }).first().click();
      await visitor.shell.ready();
      await visitor.shell.says(new RegExp(`^${say("sync.synced")}\\d`));
    },
    async escape() {
      await page.keyboard.press("Escape");
      await visitor.dialog.waitFor({ state: "detached" });
    },
    /// Each tab of a row of tabs. The panel may have to be opened first.
    async tabs(key, name) {
      const list = page.getByRole("tablist", { name: say(key) });
      const opener = page.locator(".tools").getByRole("button", { name: say("side.title"), exact: true });
      if (!(await list.isVisible())) await opener.click();
      for (const tab of await list.getByRole("tab").all()) {
        await tab.click();
        await visitor.look(`${name}: ${await tab.innerText()}`);
      }
      const close = page.locator(".side-close");
      if (await close.isVisible()) await close.click();
    },
  };
  return visitor;
}

/// The pages of somebody who writes.
async function writing({ browser, page, say, shell, dialog, button, go, enter, escape, tabs, look }) {
  await page.getByRole("searchbox").waitFor();
  await look("who");
  await enter(PEOPLE.clerk);
  await look("the empty list");

  await button("create.title").first().click();
  await look("the dialog for a new document");
  // A kind of which it is left open with whom.
  for (const kind of await dialog.locator("#create-kind option").evaluateAll((options) => options.map(({ value }) => value))) {
    await dialog.locator("#create-kind").selectOption(kind);
    await dialog.getByRole("radio").last().check();
    if (await dialog.locator("#space-within").isVisible()) break;
  }
  await dialog.locator("#title-field").fill("题");
  await dialog.locator("[type=submit]").click();
  await dialog.getByRole("alert").waitFor();
  await look("the dialog for a new document, with an error");
  await escape();

  await go("unit");
  await new ListPage(page).link(REPORT).waitFor();
  await look("the unit's list");
  const pick = page.locator(".row .c-pick").first();
  if (await pick.isVisible()) {
    await pick.click();
    await look("a list with a row picked");
  }
  await page.locator("#q").fill("没有这样的标题");
  await button("filter.clear").waitFor();
  await look("a list without hits");
  await button("filter.clear").click();

  await button("create.title").first().click();
  await dialog.locator("#title-field").fill("深层标题");
  await dialog.locator("[type=submit]").click();
  const editor = new EditorPage(page);
  await editor.ready("深层标题");
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(DEEP);
  await editor.reads(DEEP);
  await shell.says(new RegExp(`^${say("sync.synced")}\\d`));
  await look("the editor");
  await tabs("side.label", "the editor's panel");
  await button("editor.share").click();
  await look("the dialog for sharing");
  await escape();
  await button("rename.title").click();
  await dialog.locator("#title-field").fill("");
  await dialog.locator("[type=submit]").click();
  await look("the dialog for another title, with an error");
  await escape();
  await editor.paper.focus();
  await page.keyboard.press("Control+h");
  await page.locator(".cm-search [name=search]").fill("级");
  await look("the search panel");

  const { id } = editor;
  await noteFall(page, id);
  await page.reload();
  await editor.ready("深层标题");
  await page.getByText(say("aside.title")).waitFor();
  await look("a document that was put aside");
  await button("aside.again").click();
  await page.goto(`${browser.url}/#/edit/${NOBODYS}`);
  await page.getByText(say("editor.unknown")).waitFor();
  await look("a document that there is not");

  await go("settings");
  await page.getByText(say("diagnostics.reachable")).waitFor();
  await look("the settings");
}

/// The pages of the campaign office.
async function managing({ page, say, dialog, button, go, enter, escape, look }) {
  await enter(PEOPLE.office);
  const tab = (key) => page.getByRole("tab", { name: say(key), exact: true }).click();
  await go("roster");
  const first = page.locator("tbody tr").first();
  await first.waitFor();
  await look("the roster");
  await first.getByRole("button").nth(0).click();
  for (const details of await dialog.locator("summary").all()) await details.click();
  await dialog.locator("#p-name").fill("");
  await dialog.locator("[type=submit]").click();
  await look("the dialog for a person, with an error");
  await escape();
  await first.getByRole("button").nth(2).click();
  await dialog.waitFor();
  await look("the dialog for devices");
  await escape();
  await first.getByRole("button").nth(1).click();
  await look("the dialog for an invitation");
  await dialog.locator("[type=submit]").click();
  await dialog.locator(".invitation-qr svg").waitFor();
  await look("an invitation");
  await escape();
  await button("roster.import").click();
  const file = "编号,姓名,英文名,单位,职责\nli-lei,李雷,Li Lei,石岭镇,单位工作人员\n,韩梅梅,,没有这个单位吗,部长\n";
  await dialog.locator("input[type=file]").setInputFiles({ name: "名单.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await dialog.getByRole("table").waitFor();
  await look("the dialog for a file of people");
  await escape();

  await tab("roster.units");
  await look("the units");
  await page.getByRole("tabpanel").getByRole("button").last().click();
  await look("the dialog for a unit");
  await escape();
  await tab("roster.invitations");
  await page.locator("tbody tr").first().waitFor();
  await look("the invitations");
  await button("slips.many").click();
  await page.locator(".invite-many").getByRole("checkbox").first().check();
  await look("the form for many invitations");
  await page.locator(".invite-many > .btn--primary").click();
  await page.locator(".slip").waitFor();
  await look("the slips");
  await go("audit");
  await page.locator("tbody tr").first().waitFor();
  await look("the log of acts");
  await go("campaign");
  await page.locator('.page-head a[href="#/all"]').click();
  await page.locator(".row").first().waitFor();
  await look("the list of all");
}

/// The merged reading, while somebody writes on.
async function reading({ page, button, go, enter, tabs, look }, clerk) {
  await enter(PEOPLE.reader);
  await go("merged");
  const leaf = page.locator("#tree").getByRole("link", { name: "深层标题" });
  if (!(await page.locator("#tree").isVisible())) await button("merged.units").click();
  await look("the tree");
  await leaf.click();
  await page.getByRole("article").waitFor();
  await look("a reading of deep headings");
  if (await button("merged.mark_read").isEnabled()) await button("merged.mark_read").click();

  await clerk.go("unit");
  const editor = await new ListPage(clerk.page).open("深层标题");
  await editor.toEnd();
  await editor.type("刚写的话", { delay: 0 });
  await page.locator("mark").first().waitFor();
  await button("merged.next").click();
  await look("a reading with a new place");
  await tabs("merged.side", "the reading's panel");
}

story("axe finds nothing where devices come in, and where words were refused", async ({ open }) => {
  const findings = new Findings();
  const office = await open({ viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true });
  await office.page.goto(office.url);
  await office.page.locator("#found-c").waitFor();
  await findings.look(office.page, "the first visit");
  await office.page.locator("[type=submit]").click();
  await findings.look(office.page, "the first visit, with an error");
  const shell = await found(office);
  await findings.look(office.page, "the office's empty list");
  const roster = await new RosterPage(office.page).open(shell);
  await roster.addUnit("石岭镇");
  await roster.addUnit("沙溪镇");
  await roster.addPerson("何静", { unit: "石岭镇" });
  const { link } = await roster.invite("何静");

  const clerk = await open();
  const { page } = clerk;
  await page.goto(clerk.url);
  await page.getByRole("textbox", { name: "邀请码" }).fill("1");
  await page.getByRole("button", { name: "下一步" }).click();
  await page.getByRole("alert").waitFor();
  await findings.look(page, "the page for a code, with an error");
  await page.goto(`${clerk.url}${link.slice(link.indexOf("/#"))}`);
  await page.locator("#join-name").waitFor();
  await findings.look(page, "whom an invitation is for");
  const hers = await join(clerk, { link });
  await hers.go("设置");
  await page.locator(".device").getByRole("button", { name: "改名" }).click();
  await page.locator(".device").getByRole("button", { name: "停用", exact: true }).click();
  await findings.look(page, "her devices");

  await hers.go("本单位");
  await page.getByRole("button", { name: "新建文稿" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "标题" }).fill("镇里的记录");
  await dialog.getByRole("button", { name: "新建", exact: true }).click();
  const editor = await new EditorPage(page).ready("镇里的记录");
  await editor.type("已经交的话。");
  await hers.synced();
  await clerk.cutNetwork();
  await editor.type("断网时写的话。");
  await hers.says(/待同步/);
  await findings.look(page, "the editor without a line");
  await roster.edit("何静", (form) => form.getByRole("combobox", { name: "单位" }).selectOption({ label: "沙溪镇" }));
  await roster.person("何静").filter({ hasText: "沙溪镇" }).waitFor();
  await clerk.healNetwork();
  await hers.strip("修改被退回").getByRole("button", { name: "查看" }).click();
  await dialog.getByRole("button", { name: "丢弃副本" }).click();
  await findings.look(page, "words that were refused");
  await page.keyboard.press("Escape");

  await roster.edit("何静", (form) => form.getByRole("checkbox", { name: "已退出活动" }).check());
  await hers.strip("已退出活动").waitFor();
  await findings.look(page, "a device that was shut out");
  clerk.expectErrors(/status of 4\d\d/);
  findings.none(9);
}, empty);
