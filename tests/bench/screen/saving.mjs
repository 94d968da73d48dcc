// From the last key of a burst to the words that say it is saved here.

import { until } from "../../harness/wait.mjs";
import { spread } from "./figures.mjs";

const BURSTS = 20;

export async function measureSaving(page, editor) {
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
  return spread(await page.evaluate(() => globalThis.savings));
}
