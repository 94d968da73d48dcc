// A new browser process without a line, at the address of a note that was open when it went.

import { until } from "../../harness/wait.mjs";
import { spread } from "./figures.mjs";

const STARTS = 5;

/// From the address to words, to a note that can be typed in, and to an engine that has it. The relay is gone already.
export async function measureColdStarts(browser, writer, note) {
  const all = [];
  for (let n = 0; n < STARTS; n += 1) all.push(await coldStart(browser, writer, note));
  const of = (what) => spread(all.map(what));
  return {
    typing: of(({ typing }) => typing),
    shell: of(({ shell }) => shell),
    // Words and shell may stand in the same frame; each is told when it is drawn.
    wordsAfterShell: of(({ words, shell }) => Math.max(0, words - shell)),
    engine: of(({ engine }) => engine),
  };
}

/// The page itself picks the person as soon as the name stands there.
async function coldStart(browser, writer, note) {
  const page = await browser.open();
  await page.addInitScript((writer) => {
    globalThis.found = {};
    const look = () => {
      const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent.includes(writer));
      if (button && !globalThis.picked) {
        globalThis.picked = true;
        button.click();
      }
      const content = document.querySelector(".cm-content[contenteditable=true]");
      if (content?.textContent && globalThis.found.typing === undefined) {
        requestAnimationFrame(() => (globalThis.found.typing ??= performance.now()));
      }
      const chip = document.querySelector('[aria-label="同步状态"]');
      if (content && chip && !chip.textContent.includes("正在打开")) globalThis.found.engine ??= performance.now();
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true, attributes: true, characterData: true });
  }, writer);
  await page.goto(`${browser.url}/#/edit/${note}`);
  const found = await until(
    () =>
      page.evaluate(() => {
        for (const name of ["shell", "words"]) found[name] = performance.getEntriesByName(`huigao:${name}`)[0]?.startTime;
        return Object.keys(found).length === 4 && Object.values(found).every(Boolean) && found;
      }),
    { what: "the note, and its engine" },
  );
  await browser.shut();
  return found;
}
