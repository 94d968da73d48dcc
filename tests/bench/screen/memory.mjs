// What the app keeps in memory once everything has been opened and read.

import fs from "node:fs";
import { Browser } from "../../harness/browser.mjs";
import { renderers } from "../../harness/browser-process.mjs";
import { ListPage } from "../../browser/pages/list.mjs";
import { until } from "../../harness/wait.mjs";
import { enter } from "../../browser/story.mjs";
import { paste } from "./paste.mjs";

const READER = "罗晓棠";
const DOCUMENTS = 34;
const TEXTS = new URL("../../../server/demo/texts/", import.meta.url);
/// Of the notes that only their authors read: she gets notes of her own with these texts instead.
const NOTES = ["reading-notes.txt", "fang-yuan-self-study.txt", "opinion-lin-on-shiling.txt", "opinion-wu-evaluation.txt"];

/// As many documents as the demonstration has, each opened in the editor and read in the merged reading.
export async function measureMemory(relay) {
  const browser = await Browser.launch({ port: relay.port });
  try {
    const { page } = browser;
    const shell = await enter(browser, READER);
    await shell.synced();
    for (const name of NOTES) {
      await shell.go("我的文稿");
      const editor = await new ListPage(page).create(name);
      await paste(shell, editor, fs.readFileSync(new URL(name, TEXTS), "utf8"));
    }
    await shell.go("汇总");
    const links = page.locator("#tree a[href^='#/merged/']");
    const ids = await until(async () => {
      const found = await links.evaluateAll((found) => found.map((link) => link.getAttribute("href").replace("#/merged/", "")));
      return found.length === DOCUMENTS && found;
    }, { what: `the tree having ${DOCUMENTS} documents` });
    const go = (address) => page.evaluate((address) => { location.hash = address; }, address);
    for (const id of ids) {
      await go(`#/edit/${id}`);
      await page.locator(".cm-content").waitFor();
      await go(`#/merged/${id}`);
      await page.getByRole("article").locator(".m-text").first().waitFor();
    }
    await go("#/mine");
    await shell.synced();
    return Math.max(...renderers(browser.profile).map(privateMemory));
  } finally {
    await browser.close();
  }
}

/// What belongs to this process alone, in KB: script, WebAssembly and all else, of the page and its workers.
function privateMemory(pid) {
  const found = fs.readFileSync(`/proc/${pid}/smaps_rollup`, "utf8").matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB$/gm);
  return [...found].reduce((sum, [, size]) => sum + Number(size), 0);
}
