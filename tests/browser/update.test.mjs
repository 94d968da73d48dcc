// A newer version comes while an old tab is open.

import assert from "node:assert/strict";
import fs from "node:fs";
import { Relay } from "../harness/relay.mjs";
import { removeFolder } from "../harness/temp.mjs";
import { until } from "../harness/wait.mjs";
import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { copyApp, makeNewer, serving } from "./served.mjs";
import { enter, offlineReady, story } from "./story.mjs";

const TITLE = "更新前后的笔记";
const version = (page) => page.evaluate(() => document.querySelector('meta[name="test-version"]')?.content);

story("an old tab keeps working beside a new version and changes over when told", async ({ relay, open, t }) => {
  const folder = await copyApp(relay.url);
  const own = await serveFolder(folder);
  t.after(async () => {
    await own.close();
    removeFolder(folder);
  });
  const browser = await open({ port: own.port });
  const page = browser.page;
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(page).create(TITLE);
  await editor.toEnd();
  await editor.type("旧版写的。");
  await offlineReady(page);
  await shell.synced();
  const bar = shell.strip("新版本已就绪");
  assert.equal(await bar.count(), 0);

  makeNewer(folder, "newer");
  // The app looks by itself when the line comes back.
  await browser.cutNetwork();
  await browser.healNetwork();
  await bar.waitFor({ timeout: 20_000 });

  assert.equal(await version(page), undefined);
  await editor.toEnd();
  await editor.type("旧版接着写。");
  await editor.saved();
  await shell.synced();
  await editor.type("点更新前一刻写的。");
  const text = await editor.text();
  await bar.getByRole("button", { name: "立即更新" }).click();
  await until(async () => (await version(page)) === "newer", { timeout: 20_000, what: "the new version" });
  await new EditorPage(page).ready(TITLE);
  assert.equal(await editor.text(), text);
  assert.equal(await bar.count(), 0);
  await shell.synced();
});

story("a missing file is missing, and never the page", async ({ relay, open }) => {
  const browser = await open();
  await enter(browser, "何静");
  await offlineReady(browser.page);
  for (const missing of ["/app-0123456789abcdef.js", "/styles-0123456789abcdef.css", "/nothing.wasm", "/nowhere", "/templates/none.json"]) {
    const { status, type } = await browser.page.evaluate(async (url) => {
      const response = await fetch(url);
      return { status: response.status, type: response.headers.get("content-type") };
    }, missing);
    assert.equal(status, 404, `${missing} through the worker`);
    assert.doesNotMatch(type ?? "", /html/);
    assert.equal((await fetch(relay.url + missing)).status, 404, missing);
  }
  browser.expectNoErrors({ allow: /status of 404/ });
});

/// A relay of the demo county that serves the app from a folder.
async function serveFolder(folder) {
  const program = process.env.HUIGAO_BIN;
  const script = serving(folder);
  process.env.HUIGAO_BIN = script;
  try {
    return await Relay.start({ demo: true });
  } finally {
    process.env.HUIGAO_BIN = program;
    fs.rmSync(script);
  }
}
