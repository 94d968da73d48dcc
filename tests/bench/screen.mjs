// The app in a real browser: the first load, a cold start without a line, keys and saving.
//
// Prints one line of JSON at the end.

import { Browser } from "../harness/browser.mjs";
import { withRelay } from "../harness/relay.mjs";
import { until } from "../harness/wait.mjs";
import { Remote } from "../browser/remote.mjs";
import { ListPage } from "../browser/pages/list.mjs";
import { WhoPage } from "../browser/pages/who.mjs";
import { enter, offlineReady } from "../browser/story.mjs";

const WRITER = "周敏";
const KEY = "zhou-min";
const NOTE = "边读边走边改：2024年读书笔记";
const COLD_STARTS = 5;
const KEYS = 200;
const KEY_EVERY = 90;
const REMOTE_EVERY = 200;
const BURSTS = 20;
const LONG = [100_000, 200_000];

await withRelay({ demo: true }, async (relay) => {
  const firstLoad = await measureFirstLoad(relay);
  const figures = await measureWriter(relay);
  console.log(JSON.stringify({ ...firstLoad, ...figures }));
});

/// The bodies, as they come over the wire, of everything that is kept for work without a line, and the worker's own.
async function measureFirstLoad(relay) {
  const browser = await Browser.launch({ port: relay.port });
  try {
    const { page } = browser;
    await page.goto(browser.url);
    await new WhoPage(page).person(WRITER).waitFor();
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
    return { offlineBytes: sizes.reduce((sum, size) => sum + size, 0) };
  } finally {
    await browser.close();
  }
}

async function measureWriter(relay) {
  const browser = await Browser.launch({ port: relay.port });
  try {
    const shell = await enter(browser, WRITER);
    await shell.synced();
    const list = new ListPage(browser.page);
    await until(async () => /已同步/.test(await list.row(NOTE).innerText()), { what: "the note arriving" });
    const editor = await list.open(NOTE);
    const { id } = editor;
    const characters = (await editor.text()).length;
    await offlineReady(browser.page);

    const keys = await measureKeys(browser, relay, editor, id);
    const long = {};
    for (const size of LONG) long[size] = await measureLong(browser, relay, shell, size);
    await shell.go("我的文稿");
    await (await list.open(NOTE)).toEnd();
    const saved = await measureSaving(browser, editor);
    await shell.synced();
    await browser.shut();
    await relay.stop();
    const cold = [];
    for (let n = 0; n < COLD_STARTS; n += 1) cold.push(await coldStart(browser, id));
    return { characters, keyAlone: spread(keys.alone), keyToPaint: spread(keys.together), long, savedHere: spread(saved), coldStart: spread(cold) };
  } finally {
    await browser.close();
  }
}

/// The same in a note of so many characters, with the caret at its start; and what the page did longest in one go,
/// while the text was put in and while keys were typed.
async function measureLong(browser, relay, shell, size) {
  const { page } = browser;
  await shell.go("我的文稿");
  const editor = await new ListPage(page).create(`长文 ${size}`);
  await page.evaluate(() => {
    globalThis.longTasks = [];
    new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => globalThis.longTasks.push(duration))).observe({ type: "longtask" });
  });
  const longest = () => page.evaluate(() => Math.round(Math.max(0, ...globalThis.longTasks.splice(0))));
  const paragraph = `${"一段话写得很长很长，".repeat(20)}\n`;
  await editor.toEnd();
  await page.keyboard.insertText(paragraph.repeat(Math.ceil(size / paragraph.length)).slice(0, size));
  await editor.reads((text) => text.length >= size, { timeout: 60_000 });
  await editor.saved({ timeout: 60_000 });
  await shell.synced({ timeout: 60_000 });
  const paste = await longest();
  const keys = await measureKeys(browser, relay, editor, editor.id, { fromStart: true });
  return { keyAlone: spread(keys.alone), keyToPaint: spread(keys.together), pasteTask: paste, keyTask: await longest() };
}

/// From each key to the end of the frame that shows it, in milliseconds; at first alone, then while somebody else
/// writes into the same note.
async function measureKeys(browser, relay, editor, id, { fromStart = false } = {}) {
  const { page } = browser;
  await page.evaluate(() => {
    if (globalThis.keyTimes) return;
    globalThis.keyTimes = [];
    document.addEventListener("keydown", ({ timeStamp }) => {
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => globalThis.keyTimes.push(performance.now() - timeStamp);
        port2.postMessage(0);
      });
    }, { capture: true });
  });
  const type = async () => {
    await (fromStart ? editor.toStart() : editor.toEnd());
    await page.evaluate(() => globalThis.keyTimes.splice(0));
    await page.keyboard.type("a".repeat(KEYS), { delay: KEY_EVERY });
    return page.evaluate(() => globalThis.keyTimes);
  };
  const alone = await type();
  const remote = await Remote.open(relay, KEY, id);
  let edits = 0;
  const writing = setInterval(() => {
    remote.insert((edits * 7919) % remote.text().length, "远方又写一句。");
    edits += 1;
  }, REMOTE_EVERY);
  const start = Date.now();
  const together = await type();
  clearInterval(writing);
  console.error(`${edits} edits of others in ${((Date.now() - start) / 1000).toFixed(1)} s`);
  remote.close();
  return { alone, together };
}

/// From the last key of a burst to the words that say it is saved here.
async function measureSaving(browser, editor) {
  const { page } = browser;
  await page.evaluate(() => {
    globalThis.savings = [];
    let last = 0;
    document.addEventListener("keydown", (event) => { last = event.timeStamp; }, { capture: true });
    const line = document.querySelector(".statusline");
    new MutationObserver(() => {
      if (last && /已保存在本机/.test(line.textContent)) {
        globalThis.savings.push(performance.now() - last);
        last = 0;
      }
    }).observe(line, { childList: true, subtree: true, characterData: true });
  });
  for (let n = 0; n < BURSTS; n += 1) {
    await editor.type("写一句", { delay: 60 });
    await page.keyboard.press("x");
    await until(async () => (await page.evaluate(() => globalThis.savings.length)) > n, { what: "being saved", every: 20 });
  }
  return page.evaluate(() => globalThis.savings);
}

/// A new browser process without a line: from the address to a note that can be typed in. The page itself picks the
/// person as soon as the name stands there, and the note.
async function coldStart(browser, id) {
  const page = await browser.open();
  await page.addInitScript(([writer, note]) => {
    const look = () => {
      const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.includes(writer));
      if (button && !globalThis.picked) {
        globalThis.picked = true;
        button.click();
      }
      // Whoever has just come in stands before the list.
      const edit = `#/edit/${note}`;
      if (document.querySelector("nav") && location.hash !== edit) location.hash = edit;
      const content = document.querySelector(".cm-content[contenteditable=true]");
      if (content?.textContent && globalThis.editable === undefined) {
        requestAnimationFrame(() => (globalThis.editable ??= performance.now()));
      }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true });
  }, [WRITER, id]);
  await page.goto(browser.url);
  const time = await until(() => page.evaluate(() => globalThis.editable), { what: "the note being editable" });
  await browser.shut();
  return time;
}

function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => Math.round(10 * sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]) / 10;
  return { p50: at(0.5), p95: at(0.95), most: at(1), n: sorted.length };
}
