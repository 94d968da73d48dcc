// Writing Chinese with an input method while others write in the same text.

import assert from "node:assert/strict";
import { stays, until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { Remote } from "./remote.mjs";
import { REPORT, REPORT_TEXT, enter, openReport, story } from "./story.mjs";

const REMOTE = "（活动办公室补一句）";

const composing = (editor) => editor.paper.evaluate((content) => content.cmTile.root.view.composing);

story("an input method composes in peace while remote edits arrive, and they show afterwards", async ({ relay, open, t }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const editor = await openReport(shell);
  const remote = await Remote.open(relay, "luo-xiaotang", editor.id);
  t.after(() => remote.close());
  await editor.toEnd();
  const keys = await browser.context.newCDPSession(browser.page);
  const compose = (text) => keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });

  await compose("c");
  await compose("ch");
  await compose("chuang");
  assert.equal(await composing(editor), true);
  remote.insert(0, REMOTE);
  // Ample time for it to arrive; it must not come under the hands of the writer.
  await stays(async () => (await editor.text()) === `${REPORT_TEXT}chuang`, { duration: 1_500, what: "the text under the input method" });
  await compose("chuang'xin");
  await stays(async () => (await editor.text()) === `${REPORT_TEXT}chuang'xin`, { what: "the text under the input method" });
  await keys.send("Input.insertText", { text: "创新" });
  const text = `${REMOTE}${REPORT_TEXT}创新`;
  await editor.reads(text);
  assert.equal(await editor.caret(), text.length);
  await shell.synced();
  await remote.reads(text);
});

story("who leaves in the middle of spelling a word leaves no letters in the text", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const editor = await openReport(shell);
  await editor.toEnd();
  const keys = await browser.context.newCDPSession(page);
  for (const text of ["c", "chuang", "chuang'xin"]) {
    await keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }
  await shell.go("我的文稿");
  await shell.go("本单位");
  await new ListPage(page).open(REPORT);
  assert.equal(await editor.text(), REPORT_TEXT);
  await shell.synced();
});

story("undo after a composition that was left brings back no letters, and takes back what was written before", async ({ relay, open, t }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  const editor = await openReport(shell);
  const remote = await Remote.open(relay, "luo-xiaotang", editor.id);
  t.after(() => remote.close());
  await editor.toEnd();
  const written = `${REPORT_TEXT}我写的一句。`;
  await editor.type("我写的一句。");
  await editor.reads(written);
  const keys = await browser.context.newCDPSession(page);
  for (const text of ["c", "chuang"]) {
    await keys.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
  }
  // Longer over the word than the history takes for one go.
  await stays(async () => (await editor.text()) === `${written}chuang`, { what: "the text under the input method" });
  await editor.paper.evaluate((content) => content.blur());
  await editor.reads(written);
  await shell.synced();
  await remote.reads(written);

  await editor.paper.focus();
  const all = async (key, text) => {
    let letters = false;
    await until(
      async () => {
        await page.keyboard.press(key);
        const now = await editor.text();
        letters ||= now.includes("chuang");
        return now === text;
      },
      { what: `the text after ${key}` },
    );
    assert.equal(letters, false, key);
  };
  await all("Control+z", REPORT_TEXT);
  await shell.synced();
  await remote.reads(REPORT_TEXT);
  await all("Control+y", written);
  await shell.synced();
  await remote.reads(written);
});

story("a remote edit does not move the caret", async ({ relay, open, t }) => {
  const browser = await open();
  const editor = await openReport(await enter(browser, "何静"));
  const remote = await Remote.open(relay, "luo-xiaotang", editor.id);
  t.after(() => remote.close());
  await editor.toEnd();
  await editor.left(7);
  const at = REPORT_TEXT.length - 7;
  assert.equal(await editor.caret(), at);

  // Before it: the caret stays with its words. Behind it and right at it: the caret stays where it is.
  remote.insert(0, REMOTE);
  await editor.reads(REMOTE + REPORT_TEXT);
  assert.equal(await editor.caret(), at + REMOTE.length);
  remote.insert(remote.text().length, REMOTE);
  await editor.reads(REMOTE + REPORT_TEXT + REMOTE);
  assert.equal(await editor.caret(), at + REMOTE.length);
  await editor.type("此处");
  const cut = at + REMOTE.length;
  const before = REMOTE + REPORT_TEXT + REMOTE;
  await editor.reads(`${before.slice(0, cut)}此处${before.slice(cut)}`);
});
