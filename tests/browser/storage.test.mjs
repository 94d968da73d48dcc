// What the browser keeps is cleared in part, damaged, or held by another tab.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { Shell } from "./pages/shell.mjs";
import { WhoPage } from "./pages/who.mjs";
import { enter, offlineReady, story } from "./story.mjs";

const kept = (page) => page.evaluate(async () => {
  let files = 0;
  for (const name of await caches.keys()) files += (await (await caches.open(name)).keys()).length;
  return files;
});

story("a cache that was cleared is filled again by the next visit, and the app opens offline", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await offlineReady(page);
  await shell.go("设置");
  const offline = page.locator("dt", { hasText: "离线使用" }).locator("xpath=following-sibling::dd[1]");
  await until(async () => (await offline.innerText()) === "可用", { what: "being told that offline use is available" });
  const all = await kept(page);
  assert.ok(all > 5);

  await page.evaluate(async () => {
    for (const name of await caches.keys()) await caches.delete(name);
  });
  await page.reload();
  await new Shell(page).ready();
  await until(async () => (await kept(page)) === all, { what: "the cache being filled again", timeout: 20_000 });
  await browser.cutNetwork();
  await page.reload();
  await new Shell(page).ready();
});

story("an entry of the list of people that cannot be read still leads to its person's documents", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const shell = await enter(browser, "何静");
  await shell.synced();
  await page.evaluate(() => new Promise((done, failed) => {
    const opening = indexedDB.open("huigao-profiles");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction("profiles", "readwrite");
      const store = transaction.objectStore("profiles");
      store.getAllKeys().onsuccess = ({ target }) => target.result.forEach((key) => store.put("{damaged", key));
      transaction.oncomplete = () => done(database.close());
      transaction.onabort = () => failed(transaction.error);
    };
  }));
  const fresh = await browser.context.newPage();
  await fresh.goto(browser.url);
  const here = fresh.getByRole("region", { name: "在本浏览器用过的人" });
  await here.getByRole("button", { name: /^何静/ }).click();
  await new Shell(fresh).ready();
});

story("a database that another tab does not let go of is told of, with what to do", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  const holder = await browser.context.newPage();
  // A page that is no page of the app: the browser asks for its icon.
  await holder.route("**/favicon.ico", (route) => route.fulfill({ status: 204 }));
  await holder.goto(`${browser.url}/icons/icon.svg`);
  await holder.evaluate(() => new Promise((done, failed) => {
    const opening = indexedDB.open("huigao-profiles", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("profiles");
    opening.onsuccess = () => done(void (window.held = opening.result));
    opening.onerror = () => failed(opening.error);
  }));
  await page.goto(browser.url);
  await new WhoPage(page).heading.waitFor();
  await page.getByText("请关掉本站的其他标签页和窗口").first().waitFor({ timeout: 20_000 });
  await holder.close();
  await page.reload();
  await new WhoPage(page).enter("何静");
});
