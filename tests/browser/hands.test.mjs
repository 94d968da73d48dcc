// A phone in one hand, and a desk without a mouse.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { Shell } from "./pages/shell.mjs";
import { WhoPage } from "./pages/who.mjs";
import { REPORT, REPORT_TEXT, story } from "./story.mjs";

const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

story("on a phone: in, list, open, write, back, by touch and without scrolling sideways", async ({ open }) => {
  const browser = await open(PHONE);
  const { page } = browser;
  await page.goto(browser.url);
  const who = new WhoPage(page);
  await who.heading.waitFor();
  await fits(page, "who");
  await who.person("何静").tap();
  const shell = await new Shell(page).ready();
  await fits(page, "the first list");
  await shell.navigation.getByRole("link", { name: "单位" }).tap();
  const list = new ListPage(page);
  await list.link(REPORT).waitFor();
  await fits(page, "the unit's list");
  await list.link(REPORT).tap();
  const editor = await new EditorPage(page).ready(REPORT);
  await editor.reads(REPORT_TEXT);
  await fits(page, "the editor");
  await page.locator(".cm-line").first().tap();
  await page.keyboard.press("End");
  await editor.type("（讨论稿）");
  await editor.reads(REPORT_TEXT.replace("\n", "（讨论稿）\n"));
  await fits(page, "the editor while writing");
  await editor.saved();
  await editor.back.tap();
  await list.link(REPORT).waitFor();
  await fits(page, "the list again");
  for (const [entry, heading] of [["汇总", "汇总"], ["活动", "活动"], ["设置", "设置"]]) {
    await shell.navigation.getByRole("link", { name: entry }).tap();
    await page.getByRole("heading", { level: 1, name: heading }).waitFor();
    await fits(page, entry);
  }
}, { timeout: 60_000 });

async function fits(page, where) {
  const widths = () => page.evaluate(() => [document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]);
  const [wide, body, room] = await widths();
  assert.ok(wide <= 390 && body <= 390 && room <= 390, `${where}: ${wide} and ${body} px wide in ${room} px`);
}

story("with the keyboard alone: who, list, open, write, side panel, back", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  await page.goto(browser.url);
  await new WhoPage(page).person("何静").waitFor();
  await tabTo(page, "何静");
  await page.keyboard.press("Enter");
  const shell = await new Shell(page).ready();
  await until(() => page.evaluate(() => document.activeElement.tagName === "H1"), { what: "the heading having the focus" });

  // The navigation comes before the heading.
  await tabTo(page, "本单位", { back: true });
  await page.keyboard.press("Enter");
  const list = new ListPage(page);
  await list.link(REPORT).waitFor();
  await tabTo(page, "按标题查找");
  await page.keyboard.press("ArrowDown");
  await until(async () => (await focused(page)).row, { what: "a row having the focus" });
  for (let step = 0; step < 10 && (await focused(page)).name !== REPORT; step += 1) await page.keyboard.press("ArrowDown");
  assert.equal((await focused(page)).name, REPORT);
  await page.keyboard.press("Enter");

  const editor = await new EditorPage(page).ready(REPORT);
  await tabTo(page, `正文：${REPORT}`);
  await page.keyboard.press("Control+End");
  await editor.type("键盘写的。");
  await editor.reads(`${REPORT_TEXT}键盘写的。`);

  // Out of the text again, to the side panel's tabs and through them by arrows.
  await leaveText(page);
  await tabTo(page, "大纲");
  await page.keyboard.press("ArrowRight");
  assert.match((await focused(page)).name, /^作者/);
  await page.getByRole("tabpanel", { name: /^作者/ }).getByText("何静（我）").waitFor();
  await page.keyboard.press("ArrowRight");
  assert.equal((await focused(page)).name, "同步");
  await page.getByRole("tabpanel", { name: "同步" }).getByText("全部文稿").waitFor();

  await tabTo(page, "返回", { back: true });
  await page.keyboard.press("Enter");
  await list.link(REPORT).waitFor();
  await shell.synced();
}, { timeout: 60_000 });

/// What has the focus: the words by which it is known.
function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement;
    const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.innerText ?? element.innerText ?? "";
    const outline = getComputedStyle(element);
    return { name: label.trim().split("\n")[0], row: element.classList.contains("row-link"), outline: `${outline.outlineStyle} ${outline.boxShadow}` };
  });
}

/// Presses Tab until the focus is on what has that name; everything on the way can be seen to have it.
async function tabTo(page, name, { back = false } = {}) {
  const path = [];
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press(back ? "Shift+Tab" : "Tab");
    const now = await focused(page);
    if (now.name === name) return;
    path.push(now.name);
  }
  throw new Error(`no way to ${name} by Tab: ${path.join(" → ")}`);
}

/// Escape, then Tab, leaves a text in which Tab could be a character.
async function leaveText(page) {
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".cm-editor") === null), true, "Tab leads out of the text");
}
