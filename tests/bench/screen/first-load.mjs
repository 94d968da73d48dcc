// What is fetched before the app works without a line.

import { Browser } from "../../harness/browser.mjs";
import { WhoPage } from "../../browser/pages/who.mjs";
import { offlineReady } from "../../browser/story.mjs";

/// The bodies, as they come over the wire: of what one can read and type with, and of everything that is kept for work
/// without a line, with the worker's own.
export async function measureFirstLoad(relay, writer) {
  const browser = await Browser.launch({ port: relay.port });
  try {
    const { page } = browser;
    await page.goto(browser.url);
    await new WhoPage(page).person(writer).waitFor();
    await offlineReady(page);
    const kept = await page.evaluate(async () => {
      const urls = [new URL("/sw.js", location.href).href];
      for (const name of await caches.keys()) for (const { url } of await (await caches.open(name)).keys()) urls.push(url);
      // Past the worker, which would answer from what it keeps.
      for (const registration of await navigator.serviceWorker.getRegistrations()) await registration.unregister();
      return urls;
    });
    await page.goto("about:blank");
    await page.goto(`${browser.url}/healthz`);
    const sizes = await page.evaluate(async (urls) => {
      for (const url of urls) await (await fetch(url, { cache: "no-store" })).arrayBuffer();
      return urls.map((url) => performance.getEntriesByName(url).at(-1).encodedBodySize);
    }, kept);
    const sum = (is) => kept.reduce((sum, url, at) => sum + (is(new URL(url).pathname) ? sizes[at] : 0), 0);
    return { first: sum((path) => /^\/($|app-|styles-)/.test(path)), all: sum(() => true) };
  } finally {
    await browser.close();
  }
}
