// Pictures of the main pages, on a desk and on a phone, for people to look at. Not a test.
//
//     HUIGAO_BIN=… node screenshots.mjs FOLDER

import fs from "node:fs";
import path from "node:path";
import { Browser } from "../harness/browser.mjs";
import { withRelay } from "../harness/relay.mjs";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { MergedPage } from "./pages/merged.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { WhoPage } from "./pages/who.mjs";
import { REPORT, REPORT_TEXT, enter, openReport } from "./story.mjs";

const SIZES = {
  desktop: { viewport: { width: 1366, height: 768 } },
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
};
/// What comes in between two readings, one sentence for each size of picture.
const NEW_WORDS = {
  desktop: "镇里已同县公交公司商定，自六月起在二十时三十分加开一班夜班车。",
  phone: "县人社局答应五月派两名仲裁员到园区轮值。",
};
const LAST_PARAGRAPH = REPORT_TEXT.length - REPORT_TEXT.lastIndexOf("\n");

const folder = process.argv[2];
if (!folder) throw new Error("name a folder for the pictures");
fs.mkdirSync(folder, { recursive: true });

await withRelay({ demo: true }, async (relay) => {
  for (const [size, context] of Object.entries(SIZES)) {
    const options = { port: relay.port, colorScheme: "light", ...context };
    await taking(size, options, (browser, take) => writing(browser, take, size));
    await taking(size, options, (browser, take) => managing(browser, take));
    await taking(size, options, (browser, take) => reading(browser, take, () => taking(size, { port: relay.port }, (other) => somethingNew(other, NEW_WORDS[size]))));
  }
});

/// Opens a browser for `act`, which gets a function that takes a picture.
async function taking(size, options, act) {
  const browser = await Browser.launch(options);
  const take = (name) => browser.page.screenshot({ path: path.join(folder, `${size}-${name}.png`), animations: "disabled" });
  try {
    await act(browser, take);
  } finally {
    await browser.close();
  }
}

/// The pages of somebody who writes.
async function writing(browser, take, size) {
  const { page } = browser;
  await page.goto(browser.url);
  await new WhoPage(page).person("何静").waitFor();
  await take("who");
  const shell = await enter(browser, "何静");
  await shell.synced();
  await shell.go(/本单位|单位/);
  await page.getByRole("heading", { level: 1, name: "本单位" }).waitFor();
  await new ListPage(page).link(REPORT).waitFor();
  await take("list");
  const editor = await new ListPage(page).open(REPORT);
  await editor.paper.locator(".cm-line").nth(3).click();
  await editor.status.getByText(size === "phone" ? "已保存在本机" : "第 2 级标题").waitFor();
  await take("editor");
  if (!(await page.getByRole("complementary", { name: "文稿侧栏" }).isVisible())) {
    await page.getByRole("button", { name: "侧栏" }).click();
    await take("editor-side");
    await page.getByRole("button", { name: "关闭" }).click();
  }
  await shell.go("设置");
  await page.getByText("已用").waitFor();
  await page.getByText("何静（现在）").waitFor({ timeout: 3_000 }).catch(() => console.warn("the settings do not show who is here"));
  await take("settings");
}

/// The pages of the campaign office.
async function managing(browser, take) {
  const { page } = browser;
  const shell = await enter(browser, "秦立川");
  await shell.synced();
  const roster = await new RosterPage(page).open(shell);
  await take("roster");
  await page.getByRole("button", { name: "修改：何静" }).click();
  await page.getByRole("dialog", { name: "修改人员" }).waitFor();
  await take("roster-person");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "邀请：何静" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "生成邀请码" }).click();
  await page.getByRole("img", { name: "邀请链接的二维码" }).locator("svg").waitFor();
  await take("roster-invitation");
  await page.getByRole("dialog").getByRole("button", { name: "关闭" }).click();
  await page.getByRole("tab", { name: "单位" }).click();
  await take("roster-units");
  await page.getByRole("tab", { name: "邀请" }).click();
  await page.getByRole("button", { name: "收回" }).first().waitFor();
  await take("roster-invitations");
  await page.getByRole("tab", { name: "人员" }).click();
  await page.getByRole("button", { name: "导入" }).click();
  const file = "编号,姓名,英文名,单位,职责\nli-lei,李雷,Li Lei,石岭镇,单位工作人员\n,韩梅梅,,没有这个单位吗,部长\n";
  await page.locator("input[type=file]").setInputFiles({ name: "名单.csv", mimeType: "text/csv", buffer: Buffer.from(file) });
  await page.getByRole("dialog").getByText("有问题").first().waitFor();
  await take("roster-import");
  await page.keyboard.press("Escape");
  await roster.person("何静").waitFor();
  await shell.go(/记录$/);
  await page.getByRole("table").getByRole("row").nth(1).waitFor();
  await take("audit");
}

/// The merged reading of somebody who has read the report before.
async function reading(browser, take, meanwhile) {
  const { page } = browser;
  const shell = await enter(browser, "郑怀远");
  await shell.synced();
  await shell.go(/汇总/);
  const merged = await new MergedPage(page).open(REPORT);
  await merged.close();
  await page.getByRole("heading", { level: 1, name: "我的文稿" }).waitFor();
  await meanwhile();
  await shell.go(/汇总/);
  await page.getByText("自上次").or(page.locator("#tree")).first().waitFor();
  if (page.viewportSize().width < 800) await take("tree");
  await merged.open(REPORT);
  await page.getByRole("button", { name: "下一处" }).click();
  await until(() => merged.marks.first().evaluate((mark) => mark.getBoundingClientRect().top < innerHeight), { what: "the new place on the screen" });
  await take("merged");
}

/// Somebody else writes on in the report.
async function somethingNew(browser, words) {
  const shell = await enter(browser, "罗晓棠");
  const editor = await openReport(shell);
  await editor.toEnd();
  await editor.left(LAST_PARAGRAPH);
  await editor.type(words, { delay: 0 });
  await editor.saved();
  await shell.synced();
}
