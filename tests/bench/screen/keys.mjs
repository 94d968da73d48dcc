// Keys, from each to the end of the frame that shows it, and what a page did longest in one go. The app and its peers are
// measured by this very code.

import { pause } from "../../harness/wait.mjs";
import { spread } from "./figures.mjs";

const KEYS = 120;
const KEY_EVERY = 80;
/// A page that cannot follow is not waited for longer than this.
const LONGEST = 20_000;

/// What is measured: how long the text is, where the caret is, and how many times slower the page's thread is made.
export const CASES = [
  { name: "20k", size: 20_000, place: "end", slower: 1 },
  { name: "100k", size: 100_000, place: "start", slower: 1 },
  { name: "100k-slow", size: 100_000, place: "start", slower: 4 },
  { name: "200k", size: 200_000, place: "start", slower: 1 },
];

/// Has a page note the time of each key and each task over 50 ms from here on.
export function watch(page) {
  return page.evaluate(() => {
    if (globalThis.keyTimes) return;
    globalThis.keyTimes = [];
    document.addEventListener("keydown", ({ key, timeStamp }) => {
      // The caret's way to its place is not measured.
      if (key.length > 1) return;
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => globalThis.keyTimes.push(performance.now() - timeStamp);
        port2.postMessage(0);
      });
    }, { capture: true });
    globalThis.longTasks = [];
    globalThis.taskObserver = new PerformanceObserver((list) => globalThis.noteTasks(list.getEntries()));
    globalThis.noteTasks = (entries) => entries.forEach(({ duration }) => globalThis.longTasks.push(duration));
    globalThis.taskObserver.observe({ type: "longtask" });
  });
}

/// The longest task since this was asked last, in milliseconds; 0 if none took over 50.
export function longestTask(page) {
  return page.evaluate(() => {
    globalThis.noteTasks(globalThis.taskObserver.takeRecords());
    return Math.round(Math.max(0, ...globalThis.longTasks.splice(0)));
  });
}

/// Types at that place of the text. `meanwhile` begins what others do and returns how to end it.
export async function measureKeys(page, { place, slower = 1 }, meanwhile = () => () => {}) {
  await page.getByRole("textbox").and(page.locator(".cm-content")).focus();
  await page.keyboard.press(place === "start" ? "Control+Home" : "Control+End");
  return slowed(page, slower, async () => {
    const end = await meanwhile();
    await longestTask(page);
    await page.evaluate(() => globalThis.keyTimes.splice(0));
    const start = performance.now();
    let typed = 0;
    for (; typed < KEYS && performance.now() - start < LONGEST; typed += 1) {
      await page.keyboard.press("a");
      await pause(KEY_EVERY);
    }
    const times = await page.evaluate(() => globalThis.keyTimes.splice(0));
    const edits = await end();
    return { ...spread(times), typed, edits, task: await longestTask(page) };
  });
}

/// The page's own thread so many times slower. Workers keep their speed: Chromium slows none down.
async function slowed(page, rate, body) {
  if (rate === 1) return body();
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate });
  try {
    return await body();
  } finally {
    await session.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    await session.detach();
  }
}
