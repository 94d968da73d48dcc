// The reader in its worker: who wrote what is worked out beside the engine. Should it hang, writing, saving and syncing
// go on, the page says so, and asking again helps.

import assert from "node:assert/strict";
import { ListPage } from "./pages/list.mjs";
import { MergedPage } from "./pages/merged.mjs";
import { enter, openReport, story } from "./story.mjs";

const TITLE = "有人读时写的笔记";
const FAILED = "没能整理出谁写了什么";

/// The engine's worker: the first that was started.
const engineOf = (page) => page.workers().find((worker) => worker.url().includes("engine"));

/// The next worker that the engine starts says nothing, until it is ended; those after it are real ones.
const HANG = () => {
  const Real = globalThis.Worker;
  globalThis.Worker = class extends EventTarget {
    postMessage() {}
    terminate() {
      globalThis.Worker = Real;
    }
  };
};

story("while a reader hangs what is typed is saved and synced, and asking again helps", async ({ open }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const { page } = browser;
  const editor = await new ListPage(page).create(TITLE);
  await editor.toEnd();
  await editor.type("先写一句。");
  await editor.saved();
  await engineOf(page).evaluate(HANG);
  await page.getByRole("tab", { name: /^作者/ }).click();
  const authors = page.getByRole("tabpanel", { name: /^作者/ });

  // Nobody answers; the engine hears every key all the same.
  await editor.toEnd();
  await editor.type("写在读不出来的时候。");
  await editor.saved();
  await shell.synced();
  const start = await editor.text();

  await authors.getByText(FAILED).waitFor({ timeout: 40_000 });
  assert.equal(await page.getByText("程序刚才出过错").count(), 0, "the engine has not fallen");
  await authors.getByRole("button", { name: "重试" }).click();
  await authors.getByText("何静（我）").waitFor();
  await authors.getByText(FAILED).waitFor({ state: "detached" });
  await editor.reads(start);
});

story("the merged reading says that it failed, keeps its page, and comes when it is asked again", async ({ open }) => {
  const browser = await open();
  const shell = await enter(browser, "何静");
  const { page } = browser;
  const { id } = await openReport(shell);
  await engineOf(page).evaluate(HANG);
  await page.evaluate((id) => void (location.hash = `#/merged/${id}`), id);
  await page.getByText(FAILED).waitFor({ timeout: 40_000 });
  await page.getByRole("button", { name: "重试" }).click();
  const merged = new MergedPage(page);
  await merged.paper.locator(".m-text").first().waitFor();
  await page.getByText(FAILED).waitFor({ state: "detached" });
});
