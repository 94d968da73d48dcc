// A cold start without a line: the document in the address is there to be read and written before the engine is, and
// when that comes the text has what was typed, once.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { Shell } from "./pages/shell.mjs";
import { WhoPage } from "./pages/who.mjs";
import { enter, offlineReady, story } from "./story.mjs";

const TITLE = "开机就写的长文";
const LONG = "这一段话写在关机以前，已经存好了。\n".repeat(1_500);
const EARLY = "开机就接着写的话。";

/// The engine's worker gets nothing to do before `startEngine` is called.
const HOLD = () => {
  const released = new Promise((release) => {
    window.startEngine = release;
  });
  window.Worker = class extends window.Worker {
    postMessage(...what) {
      released.then(() => super.postMessage(...what));
    }
  };
};

/// A new note on a device that is ready for days without a line, the caret at its end.
async function begin(open) {
  const browser = await open();
  const shell = await enter(browser, "何静");
  await shell.synced();
  await offlineReady(browser.page);
  const first = await new ListPage(browser.page).create(TITLE);
  await first.toEnd();
  return { browser, first };
}

story("words are there to be read and written before the engine is", async ({ relay, open }) => {
  const { browser, first } = await begin(open);
  await browser.page.keyboard.insertText(LONG);
  await first.saved({ timeout: 30_000 });
  const { id } = first;
  const text = await first.text();
  await until(async () => (await keptText(browser.page, id)) === text, { what: "the text being kept for the next start" });
  await relay.kill9();
  await browser.sigkill();

  const page = await browser.open();
  await page.addInitScript(HOLD);
  await page.goto(`${browser.url}/#/edit/${id}`);
  const again = await new WhoPage(page).enter("何静");
  const editor = await new EditorPage(page).ready(TITLE);
  assert.equal(await editor.text(), text);
  assert.match(await again.sync(), /^正在打开/);
  assert.ok(await page.getByRole("button", { name: "分享" }).isDisabled(), "only an engine can do that");
  const marks = await page.evaluate(() => performance.getEntriesByType("mark").map(({ name }) => name));
  assert.ok(marks.includes("huigao:shell") && marks.includes("huigao:words"), marks.join());
  await editor.toEnd();
  await editor.type(EARLY);
  assert.equal(await editor.text(), `${text}${EARLY}`);
  assert.match(await editor.saving(), /正在保存/);

  await page.evaluate(() => window.startEngine());
  await again.says(/^离线·\d+ 处待同步$/);
  await editor.saved();
  assert.equal(await editor.text(), `${text}${EARLY}`);
  // The editor has gone on: what was typed before the engine came can be taken back, and is typed again.
  await editor.undo.click();
  await editor.reads((now) => now.length < text.length + EARLY.length);
  await editor.redo.click();
  await editor.reads((now) => now.length > text.length);
  await editor.toEnd();
  await editor.type("完。");
  const all = await editor.text();
  await editor.saved();

  // The next start has all of it, and a list says that it is being opened, not that it is empty.
  await page.reload();
  await editor.ready(TITLE);
  await again.go("我的文稿");
  await page.locator('main > [role="status"]', { hasText: "正在打开" }).waitFor();
  assert.equal(await page.getByText("还没有文稿").count(), 0);
  await page.evaluate(() => window.startEngine());
  await (await new ListPage(page).open(TITLE)).reads(all);
  const left = () => page.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("huigao.words")));
  await until(async () => (await left()).length === 0, { what: "no last words being left" });
});

story("what was typed before the engine came outlives the page", async ({ relay, open }) => {
  const { browser, first } = await begin(open);
  await first.type("先写一句。");
  await first.saved();
  const { id } = first;
  const text = await first.text();
  await until(async () => (await keptText(browser.page, id)) === text, { what: "the text being kept for the next start" });
  await relay.kill9();

  const { page } = browser;
  await page.addInitScript(HOLD);
  await page.reload();
  await first.ready(TITLE);
  await first.toEnd();
  await first.type(EARLY);
  // Its engine never came.
  await page.reload();
  await first.ready(TITLE);
  await page.evaluate(() => window.startEngine());
  await first.reads(`${text}${EARLY}`);
  await first.saved();
  await new Shell(page).says(/^离线·\d+ 处待同步$/);
});

/// What is kept of a document beside its history.
function keptText(page, id) {
  return page.evaluate(async (id) => {
    const done = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    for (const { name } of await indexedDB.databases()) {
      if (!/^huigao-[0-9a-f]{32}$/.test(name)) continue;
      const database = await done(indexedDB.open(name));
      const json = await done(database.transaction("texts").objectStore("texts").get(id));
      database.close();
      if (json) return JSON.parse(json).text;
    }
    return undefined;
  }, id);
}
