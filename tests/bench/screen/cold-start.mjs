// A new browser process without a line.

import { until } from "../../harness/wait.mjs";
import { spread } from "./figures.mjs";

const STARTS = 5;

/// From the address to a note that can be typed in. The relay is gone already.
export async function measureColdStarts(browser, writer, note) {
  const times = [];
  for (let n = 0; n < STARTS; n += 1) times.push(await coldStart(browser, writer, note));
  return spread(times);
}

/// The page itself picks the person as soon as the name stands there, and the note.
async function coldStart(browser, writer, note) {
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
  }, [writer, note]);
  await page.goto(browser.url);
  const time = await until(() => page.evaluate(() => globalThis.editable), { what: "the note being editable" });
  await browser.shut();
  return time;
}
