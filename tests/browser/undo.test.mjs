// Undo takes back what this person did, and nothing that others did.

import { Remote } from "./remote.mjs";
import { REPORT_TEXT, enter, openReport, story } from "./story.mjs";

const OTHERS = "（办公室已核）";

story("undo after a remote edit takes back one's own words only", async ({ relay, open, t }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const editor = await openReport(shell);
  const remote = await Remote.open(relay, "luo-xiaotang", editor.id);
  t.after(() => remote.close());
  const keys = browser.page.keyboard;
  await editor.toEnd();
  await editor.type("我写的第一句。");
  await editor.reads(`${REPORT_TEXT}我写的第一句。`);
  await shell.synced();
  await remote.reads(`${REPORT_TEXT}我写的第一句。`);

  // Amid the very words that will be taken back, and far from them.
  remote.insert(REPORT_TEXT.length + 3, OTHERS);
  remote.insert(0, OTHERS);
  await editor.reads(`${OTHERS}${REPORT_TEXT}我写的${OTHERS}第一句。`);
  await editor.undo.click();
  const without = `${OTHERS}${REPORT_TEXT}${OTHERS}`;
  await editor.reads(without);
  await keys.press("Control+z");
  await keys.press("Control+z");
  await editor.reads(without);
  await remote.reads(without);
  await editor.redo.click();
  await editor.reads(`${OTHERS}${REPORT_TEXT}我写的${OTHERS}第一句。`);
  await shell.synced();
  await remote.reads(await editor.text());
});
