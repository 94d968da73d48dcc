// A story: a relay with the demo county of its own, and browsers in fresh profiles, gone afterwards.

import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Browser } from "../harness/browser.mjs";
import { Relay } from "../harness/relay.mjs";
import { within } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { WhoPage } from "./pages/who.mjs";

export const REPORT = "关于产业园区用工情况的调研报告";
export const REPORT_TEXT = fs.readFileSync(new URL("../../server/demo/texts/shiling-park-labour.txt", import.meta.url), "utf8").trimEnd();

const BOUND = 90_000;

/// `body` gets the relay and `open`, which starts a browser behind a line of its own. In the end
/// every page must be without errors.
export function story(title, body, { timeout = BOUND, start = () => Relay.start({ demo: true }) } = {}) {
  test(title, { timeout }, async (t) => {
    const browsers = [];
    let relay;
    try {
      relay = await start();
      const open = async (options) => {
        const browser = await Browser.launch({ port: relay.port, ...options });
        browsers.push(browser);
        return browser;
      };
      await body({ relay, open, t });
      for (const browser of browsers) browser.expectNoErrors();
    } catch (error) {
      error.message = `${error.message}\n${await witness(browsers, title)}\n${relay?.report() ?? ""}`;
      throw error;
    } finally {
      for (const browser of browsers) await browser.close().catch(() => {});
      await relay?.close().catch(() => {});
    }
  });
}

/// What was on the screens when it failed: errors, and pictures in `HUIGAO_SHOTS` if that is set.
async function witness(browsers, title) {
  const lines = [];
  for (const [index, browser] of browsers.entries()) {
    for (const { kind, text } of browser.errors) lines.push(`browser ${index + 1}: ${kind} error: ${text}`);
    for (const [tab, page] of (browser.context?.pages() ?? []).entries()) {
      lines.push(`browser ${index + 1}, tab ${tab + 1}: ${page.url()}`);
      if (!process.env.HUIGAO_SHOTS) continue;
      const file = path.join(process.env.HUIGAO_SHOTS, `${title.replaceAll(/\W+/g, "-").slice(0, 40)}-${index + 1}-${tab + 1}.png`);
      await page.screenshot({ path: file, timeout: 5_000 }).then(() => lines.push(file), () => {});
    }
  }
  return lines.join("\n");
}

/// Opens the app in a page (the browser's first one) and enters as somebody.
export async function enter(browser, name, page = browser.page) {
  await page.goto(browser.url);
  return new WhoPage(page).enter(name);
}

/// Goes to the report, once the catalogue is here: its unit has it on the unit's list, the campaign office on the
/// list of all.
export async function openReport(shell) {
  const list = new ListPage(shell.page);
  await shell.synced();
  await shell.go("本单位");
  const here = await list.link(REPORT).waitFor({ timeout: 3_000 }).then(() => true, () => false);
  if (!here) {
    await shell.go("活动");
    await shell.page.getByRole("link", { name: "全部", exact: true }).click();
  }
  return list.open(REPORT);
}

/// Waits until the app's files are kept by the service worker: from then on it starts offline.
export function offlineReady(page) {
  const ready = page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    const activated = () => active.state === "activated";
    if (!activated()) await new Promise((done) => active.addEventListener("statechange", () => activated() && done()));
  });
  ready.catch(() => {});
  return within(ready, 20_000, "the service worker being ready");
}

/** Notes, as the panic hook does, that the app fell in the middle of a document: for each profile of this browser. */
export async function noteFall(page, document) {
  await page.evaluate(async (document) => {
    const mark = JSON.stringify({ at: Date.now(), work: { document, reading: false } });
    for (const { name } of await indexedDB.databases()) {
      const profile = /^huigao-([0-9a-f]{32})$/.exec(name)?.[1];
      if (profile) localStorage.setItem(`huigao.fell/${profile}/${document}`, mark);
    }
  }, document);
}
