// Two offices write in the same paragraph with the line cut; it heals; the head of the leading
// group reads who wrote what.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { MergedPage } from "./pages/merged.mjs";
import { REPORT, REPORT_TEXT, enter, openReport, story } from "./story.mjs";

const SHILING = "何静补记：夜班车的事，镇里已同县公交公司谈过两次。";
const OFFICE = "罗晓棠补记：请写明夜班车的班次和票价。";
const WITHIN = "（请核实）";
const STEPS = 4;

story("two offices write in one paragraph offline, and the head reads both", async ({ open }) => {
  const [shiling, office] = [await open(), await open()];
  const [he, luo] = [await enter(shiling, "何静"), await enter(office, "罗晓棠")];
  const [ours, theirs] = [await openReport(he), await openReport(luo)];
  await ours.reads(REPORT_TEXT);
  await theirs.reads(REPORT_TEXT);

  await shiling.cutNetwork();
  await office.cutNetwork();
  await he.says(/^离线·已保存在本机$/);
  await luo.says(/^离线·已保存在本机$/);

  // Both at the very end of the last paragraph, and one of them also amid its words.
  await ours.toEnd();
  await theirs.toEnd();
  await Promise.all([ours.type(SHILING), theirs.type(OFFICE)]);
  await theirs.left(OFFICE.length + STEPS);
  await theirs.type(WITHIN);
  await Promise.all([ours.saved(), theirs.saved()]);
  await he.says(/^离线·\d+ 处待同步$/);
  assert.equal(await ours.text(), REPORT_TEXT + SHILING);

  await shiling.healNetwork();
  await office.healNetwork();
  const cut = REPORT_TEXT.length - STEPS;
  const paragraph = REPORT_TEXT.slice(0, cut) + WITHIN + REPORT_TEXT.slice(cut);
  const orders = [paragraph + SHILING + OFFICE, paragraph + OFFICE + SHILING];
  const text = await ours.reads((text) => orders.includes(text));
  await theirs.reads(text);
  await he.synced();
  await luo.synced();

  const head = await open({ viewport: { width: 1400, height: 900 } });
  const zheng = await enter(head, "郑怀远");
  await zheng.go("汇总");
  const merged = await new MergedPage(head.page).open(REPORT);
  await merged.paper.getByText(SHILING).waitFor();
  assert.equal((await merged.paper.locator(".m-text").allInnerTexts()).join("\n").replace(/新修改：/g, ""), text);
  const authors = await until(async () => ((await merged.authors()).length > 1 ? merged.authors() : undefined), { what: "the authors" });
  assert.ok(authors.includes("何静") && authors.includes("罗晓棠"), `the authors are ${authors}`);
  await assertWrittenBy(merged, SHILING, "何静");
  await assertWrittenBy(merged, OFFICE, "罗晓棠");
  await assertWrittenBy(merged, WITHIN, "罗晓棠");

  // The first reading ends by leaving; only what comes later is new.
  await merged.close();
  await head.page.getByRole("heading", { level: 1, name: "我的文稿" }).waitFor();
  const later = "又记：首班夜班车定在六月。";
  await ours.toEnd();
  await ours.type(later);
  await he.synced();
  await zheng.go("汇总");
  await merged.open(REPORT);
  const marked = async () => (await merged.marks.allTextContents()).join("").replace("新修改：", "");
  await until(async () => (await marked()) === later, { what: "the one new place" });
  await until(async () => /1 处新修改/.test(await merged.stepper.innerText()), { what: "the count of new places" });
});

async function assertWrittenBy(merged, words, name) {
  const piece = merged.paper.locator("[title]").filter({ hasText: words }).last();
  const title = await piece.getAttribute("title");
  assert.ok(title.startsWith(name), `${words} is by ${title}`);
}
