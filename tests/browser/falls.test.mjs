// Whatever an engine was doing when it fell: another one takes its place, and the document that it fell at is set aside.

import assert from "node:assert/strict";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { enter, story } from "./story.mjs";

const workerOf = (page) => page.workers().find((worker) => worker.url().includes("engine"));

/// Says at its next sign of life that it begins this work, and falls: as a panic in the middle of it does.
const FALL_AT = (work) => {
  const say = MessagePort.prototype.postMessage;
  MessagePort.prototype.postMessage = function (...what) {
    MessagePort.prototype.postMessage = say;
    say.call(this, JSON.stringify({ Working: work }));
    setTimeout(() => {
      throw new WebAssembly.RuntimeError("unreachable");
    });
    return say.apply(this, what);
  };
};

const KINDS = [
  ["reading it from this computer", { reading: true }],
  ["taking in somebody's change", { reading: false, by: "0".repeat(32), change: "1".repeat(64) }],
  ["taking in what several wrote", { reading: false }],
];

for (const [kind, work] of KINDS) {
  story(`an engine that falls while ${kind} is replaced, and that document is set aside`, async ({ open }) => {
    const browser = await open();
    const { page } = browser;
    const shell = await enter(browser, "何静");
    const editor = await new ListPage(page).create("出错时开着的笔记");
    await editor.toEnd();
    await editor.type("先写一句。");
    await editor.saved();
    const text = await editor.text();
    const { id } = editor;
    const fallen = workerOf(page);
    await fallen.evaluate(FALL_AT, { document: id, ...work });
    await page.getByText("程序刚才出过错，已经重新启动").waitFor();
    assert.notEqual(workerOf(page), fallen);
    const aside = page.getByRole("alert").filter({ hasText: "先放到一边" });
    await aside.waitFor();
    assert.equal(await editor.paper.getAttribute("contenteditable"), "false");
    assert.equal(await editor.text(), text);

    await shell.go("我的文稿");
    const other = await new ListPage(page).create("照常写的笔记");
    await other.toEnd();
    await other.type("照常写。");
    await other.saved();

    await page.goto(`${browser.url}/#/edit/${id}`);
    await new EditorPage(page).ready("出错时开着的笔记");
    await page.getByRole("button", { name: "再试一次" }).click();
    await aside.waitFor({ state: "detached" });
    await editor.toEnd();
    await editor.type("又能写了。");
    await editor.saved();
    await editor.reads(`${text}又能写了。`);
    browser.expectErrors(/unreachable/);
  });
}
