// The engine in its worker: should it fall or hang, another one takes its place under the writer's hands; and what was
// typed last when a page goes is there when it is opened again.

import assert from "node:assert/strict";
import { ListPage } from "./pages/list.mjs";
import { enter, story } from "./story.mjs";

const TITLE = "引擎出错时写的笔记";

/// A new note, with a first sentence that is saved.
async function begin(open) {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(browser.page).create(TITLE);
  await editor.toEnd();
  await editor.type("先写一句。");
  await editor.saved();
  return { browser, page: browser.page, shell, editor };
}

/// The present worker.
const workerOf = (page) => page.workers().find((worker) => worker.url().includes("engine"));

const FALL = () => {
  setTimeout(() => {
    throw new WebAssembly.RuntimeError("unreachable");
  });
};

story("an engine that falls is replaced while somebody writes", async ({ open }) => {
  const { browser, page, shell, editor } = await begin(open);
  const start = await editor.text();
  const fallen = workerOf(page);
  await editor.type("正在写");
  await fallen.evaluate(FALL);
  await editor.type("的这一句。");
  await page.getByText("程序刚才出过错，已经重新启动").waitFor();
  assert.notEqual(workerOf(page), fallen);
  await editor.reads(`${start}正在写的这一句。`);
  await editor.toEnd();
  await editor.type("接着写。");
  await editor.saved();
  await shell.synced();
  const all = await editor.text();
  await page.reload();
  await editor.ready(TITLE);
  await editor.reads(all);
  browser.expectErrors(/unreachable/);
});

story("an engine that hangs is replaced", async ({ open }) => {
  const { page, editor } = await begin(open);
  const start = await editor.text();
  // It never answers.
  void workerOf(page)
    .evaluate(() => {
      for (;;) if (globalThis.never) return;
    })
    .catch(() => {});
  await editor.type("写在停住的时候。");
  await page.getByText("程序刚才出过错，已经重新启动").waitFor({ timeout: 40_000 });
  await editor.reads(`${start}写在停住的时候。`);
  await editor.saved();
});

story("what was typed as the page went is there when it is opened again", async ({ open }) => {
  const { browser, page, editor } = await begin(open);
  const start = await editor.text();
  // The engine has no time for it.
  void workerOf(page)
    .evaluate(() => {
      const until = performance.now() + 60_000;
      while (performance.now() < until) if (globalThis.never) return;
    })
    .catch(() => {});
  await editor.type("来不及保存的话。");
  await page.reload();
  await editor.ready(TITLE);
  await editor.reads(`${start}来不及保存的话。`);
  await editor.saved();
  // Once: another page takes in nothing more.
  const second = await browser.context.newPage();
  await enter(browser, "何静", second);
  const again = await new ListPage(second).open(TITLE);
  await again.reads(`${start}来不及保存的话。`);
  const left = await second.evaluate(() => Object.keys(localStorage).filter((name) => name.startsWith("huigao.words")));
  assert.deepEqual(left, []);
});
