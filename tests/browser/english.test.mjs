// The other language, everywhere: on no main page is a Chinese word left but names of documents,
// their text, and each language's own name.

import assert from "node:assert/strict";
import fs from "node:fs";
import { until } from "../harness/wait.mjs";
import { Shell } from "./pages/shell.mjs";
import { REPORT, story } from "./story.mjs";

const county = JSON.parse(fs.readFileSync(new URL("../../server/demo/county.json", import.meta.url), "utf8"));
const CONTENT = [...county.documents.map(({ title }) => title), "语言", "中文"].sort((a, b) => b.length - a.length);

story("in English no page has a Chinese word but the documents' own", async ({ open }) => {
  const browser = await open({ viewport: { width: 1400, height: 900 } });
  const { page } = browser;
  await page.goto(browser.url);
  await page.getByRole("button", { name: "English" }).click();
  const he = page.getByRole("button", { name: /^He Jing/ });
  await he.waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.lang), "en");
  await isEnglish(page, "who");
  await he.click();
  const shell = await new Shell(page).ready();
  await until(async () => /^Synced/.test(await shell.sync()), { what: "being synced" });
  await isEnglish(page, "the empty list");

  await page.getByRole("button", { name: "New document" }).first().click();
  await page.getByRole("dialog").waitFor();
  await isEnglish(page, "the dialog for a new document");
  await page.keyboard.press("Escape");
  for (const entry of ["My unit", "Campaign", "Settings", "Merged"]) {
    await shell.go(entry);
    await until(async () => (await page.getByRole("heading", { level: 1 }).innerText()).includes(entry.split(" ")[0]) || entry === "Campaign", { what: entry });
    await isEnglish(page, entry);
  }
  await page.locator("#tree").getByRole("link", { name: REPORT }).click();
  await page.getByRole("article").waitFor();
  await isEnglish(page, "the merged reading of a document");
  await page.getByRole("tab", { name: /^(New|Changes)/ }).click();
  await isEnglish(page, "the new places");
  await page.getByRole("link", { name: "Edit" }).click();
  await page.getByRole("textbox", { name: REPORT }).waitFor();
  for (const tab of await page.getByRole("tab").all()) {
    await tab.click();
    await isEnglish(page, `the editor's panel ${await tab.innerText()}`);
  }
  await page.getByRole("textbox", { name: REPORT }).focus();
  await page.keyboard.press("Control+f");
  await page.locator(".cm-search").waitFor();
  await isEnglish(page, "the search panel");
});

/// Every word and every label that is on the page, but what is inside documents.
async function isEnglish(page, where) {
  const found = await page.evaluate(() => {
    const inside = ".cm-content, .m-doc .m-text, .outline, .change-text";
    const words = [document.title];
    for (const element of document.querySelectorAll("body *")) {
      if (element.closest(inside) || !element.checkVisibility() && !element.matches("option")) continue;
      for (const name of ["aria-label", "title", "placeholder", "alt"]) words.push(element.getAttribute(name) ?? "");
      for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) words.push(node.textContent);
    }
    return words.filter((word) => /\p{Script=Han}|[，。；：（）、《》]/u.test(word));
  });
  const left = found.filter((word) => /\p{Script=Han}|[，。；：（）、《》]/u.test(CONTENT.reduce((text, content) => text.replaceAll(content, ""), word)));
  assert.deepEqual([...new Set(left)], [], `Chinese words on ${where}`);
}
