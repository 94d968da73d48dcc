// The relay is gone for good as far as this person can tell, and then the power goes: whatever the
// screen said was saved is there afterwards.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { Shell } from "./pages/shell.mjs";
import { WhoPage } from "./pages/who.mjs";
import { enter, offlineReady, story } from "./story.mjs";

const TITLE = "停电那天的读书笔记";
const FIRST = "一、停电以前写的第一段，已经存好。";
const MORE = "停电那一刻还在写的话，写多少算多少。".repeat(40);
const SAMPLES = 3;

story("with the relay dead and the browser killed, what was said to be saved is there", async ({ relay, open }) => {
  const browser = await open();
  const page = browser.page;
  const shell = await enter(browser, "何静");
  await shell.synced();
  await offlineReady(page);
  await relay.kill9();

  for (let time = 0; time < 3; time += 1) {
    await page.reload();
    await shell.ready();
    await shell.says(/^离线·已保存在本机$/);
  }

  const editor = await new ListPage(page).create(TITLE);
  await editor.toEnd();
  await editor.type(FIRST);
  await editor.saved();
  const said = await watchWhatIsSaid(page);
  const typing = editor.type(MORE, { delay: 60 }).catch((error) => error);
  const before = await editor.text();
  await until(() => said.texts.size >= SAMPLES && said.last.length > before.length, { timeout: 30_000, what: "the editor saying while typing that it saved" });
  await browser.sigkill();
  assert.ok((await typing) instanceof Error, "the browser was killed while typing");
  const promised = said.last;
  assert.ok(promised.includes(FIRST));

  await browser.open();
  await browser.page.goto(browser.url);
  await new WhoPage(browser.page).enter("何静");
  const again = await new ListPage(browser.page).open(TITLE);
  const text = await again.text();
  assert.ok(text.startsWith(promised), `saved were ${promised.length} characters, there are ${text.length}: …${text.slice(-60)}`);
  assert.ok((promised.slice(0, promised.indexOf(FIRST) + FIRST.length) + MORE).startsWith(text), "what is there is what was typed");

  // And when the relay is back it gets all of it.
  await relay.restart();
  await new Shell(browser.page).synced({ timeout: 40_000 });
});

/// Reads, frame by frame, what the screen shows: whenever it says that the text is saved, that text
/// is a promise.
async function watchWhatIsSaid(page) {
  const said = { texts: new Set(), last: "" };
  await page.exposeFunction("testSaid", (text) => {
    said.texts.add(text);
    said.last = text;
  });
  await page.evaluate(() => {
    let told = "";
    const look = () => {
      const saved = document.querySelector(".statusline").innerText.includes("已保存在本机");
      const text = document.querySelector(".cm-content").cmTile.root.view.state.doc.toString();
      if (saved && text !== told) testSaid((told = text));
      requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
  return said;
}
