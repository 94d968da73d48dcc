// Words that came by another's hand: their author is asked, or the author's device knows; readers see what came of it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs from "node:fs";
import { change, clone, splice } from "@automerge/automerge";
import { MergedPage } from "./pages/merged.mjs";
import { Remote } from "./remote.mjs";
import { REPORT, REPORT_TEXT, enter, openReport, story } from "./story.mjs";

const FORGED = "何静认为以上情况全部属实。";
const OWN = "何静补记：班车的事已经谈妥。";

/// An actor that names a member of the demo county.
function actorOf(key, session = "00112233aabbccdd") {
  return createHash("sha256").update(`huigao member ${key}`).digest("hex").slice(0, 32) + session;
}

const documentOf = (page) => page.evaluate(() => location.hash.split("/").at(-1));
const section = (page) => page.getByRole("region", { name: "他人代交" });

story("what somebody writes in her name she is asked about, and disowns", async ({ relay, open, t }) => {
  const hers = await open();
  const he = await enter(hers, "何静");
  const editor = await openReport(he);
  await editor.reads(REPORT_TEXT);
  const forger = await Remote.open(relay, "luo-xiaotang", await documentOf(hers.page));
  t.after(() => forger.close());
  const asHer = (doc) => clone(doc, { actor: actorOf("he-jing") });
  forger.handle.update((doc) => change(asHer(doc), (draft) => splice(draft, ["text"], 0, 0, FORGED)));
  assert.equal(forger.text(), FORGED + REPORT_TEXT);
  await editor.reads(FORGED + REPORT_TEXT);

  const strip = he.strip("有人以你的名义交来内容");
  await strip.getByText(`《${REPORT}》`).waitFor();
  await strip.getByRole("link", { name: "去确认" }).click();
  await section(hers.page).getByText(/以你的名义，由 .+ 交来；现存 13 字/).waitFor();
  await section(hers.page).getByText("待本人确认").waitFor();
  await section(hers.page).getByRole("button", { name: "不是我写的" }).click();
  await section(hers.page).getByText("本人否认").waitFor();
  await strip.waitFor({ state: "detached" });

  const head = await open({ viewport: { width: 1400, height: 900 } });
  const zheng = await enter(head, "郑怀远");
  await zheng.go("汇总");
  const merged = await new MergedPage(head.page).open(REPORT);
  await merged.paper.locator(".is-disowned").getByText(FORGED).waitFor();
  await section(head.page).getByText(/以 何静 的名义，由 .+ 交来/).waitFor();
  await section(head.page).getByText("本人否认").waitFor();
  assert.equal(await section(head.page).getByRole("button").count(), 0, "only she has a say");
});

story("her own words, brought back by somebody else after a restore, her device confirms by itself", async ({ relay, open, t }) => {
  const hers = await open();
  const he = await enter(hers, "何静");
  const editor = await openReport(he);
  await editor.reads(REPORT_TEXT);
  const document = await documentOf(hers.page);
  const colleague = await Remote.open(relay, "luo-xiaotang", document);
  t.after(() => colleague.close());
  await relay.stop();
  const copy = `${relay.data}.copy`;
  fs.cpSync(relay.data, copy, { recursive: true });
  await relay.restart();
  await he.synced({ timeout: 40_000 });
  await editor.toEnd();
  await editor.type(OWN);
  await editor.saved();
  await he.synced();
  await colleague.reads(REPORT_TEXT + OWN);
  await hers.cutNetwork();

  await relay.stop();
  fs.rmSync(relay.data, { recursive: true });
  fs.renameSync(copy, relay.data);
  await relay.restart();
  const reader = await open({ viewport: { width: 1400, height: 900 } });
  const zheng = await enter(reader, "郑怀远");
  await zheng.go("汇总");
  const merged = await new MergedPage(reader.page).open(REPORT);
  await merged.paper.getByText(OWN).waitFor({ timeout: 40_000 });
  await section(reader.page).getByText("待本人确认").waitFor();

  await hers.healNetwork();
  await section(reader.page).getByText("本人已确认").waitFor({ timeout: 40_000 });
  assert.equal(await merged.paper.locator(".is-handed").count(), 0);
  assert.equal(await he.strip("有人以你的名义交来内容").count(), 0);
});
