// The app in a real browser, beside peers in the same browser: the first load, a cold start without a line, keys, a paste,
// branches, saving, memory.
//
// Prints one line of JSON at the end.

import { Browser } from "../harness/browser.mjs";
import { withRelay } from "../harness/relay.mjs";
import { until } from "../harness/wait.mjs";
import { ListPage } from "../browser/pages/list.mjs";
import { enter, offlineReady } from "../browser/story.mjs";
import { measureBranches } from "./screen/branches.mjs";
import { measureColdStarts } from "./screen/cold-start.mjs";
import { measureFirstLoad } from "./screen/first-load.mjs";
import { CASES } from "./screen/keys.mjs";
import { measureMemory } from "./screen/memory.mjs";
import { longText, paste } from "./screen/paste.mjs";
import { PeerPages } from "./screen/peers.mjs";
import { measureSaving } from "./screen/saving.mjs";
import { measureCase } from "./screen/typing.mjs";

const WRITER = "周敏";
const KEY = "zhou-min";
const NOTE = "边读边走边改：2024年读书笔记";

const began = Date.now();

await withRelay({ demo: true }, async (relay) => {
  const firstLoad = await step("first load", () => measureFirstLoad(relay, WRITER));
  const memory = await step("memory", () => measureMemory(relay));
  const writer = await measureWriter(relay);
  console.log(JSON.stringify({ firstLoad, memory, ...writer }));
});

async function measureWriter(relay) {
  const peers = await PeerPages.serve();
  const browser = await Browser.launch({ port: relay.port });
  try {
    const shell = await enter(browser, WRITER);
    await shell.synced();
    await offlineReady(browser.page);
    const list = new ListPage(browser.page);
    await until(async () => /已同步/.test(await list.row(NOTE).innerText()), { what: "the note arriving" });
    const all = { browser, relay, shell, peers, key: KEY };

    const notes = { 20_000: NOTE };
    const pastes = {};
    for (const { size } of CASES) {
      if (notes[size]) continue;
      notes[size] = `长文 ${size}`;
      const editor = await list.create(notes[size]);
      pastes[size] = await step(`paste of ${size}`, () => paste(shell, editor, longText(size)));
      await shell.go("我的文稿");
    }
    const keys = {};
    for (const one of CASES) keys[one.name] = await step(`keys ${one.name}`, () => measureCase(all, notes[one.size], one));
    const branches = await step("branches", () => measureBranches(all));

    const editor = await list.open(NOTE);
    await editor.toEnd();
    const savedHere = await step("saving", () => measureSaving(browser.page, editor));
    await shell.synced();
    const { id } = editor;
    await browser.shut();
    await relay.stop();
    const coldStart = await step("cold starts", () => measureColdStarts(browser, WRITER, id));
    return { keys, pastes, branches, savedHere, coldStart };
  } finally {
    await browser.close();
    peers.close();
  }
}

/// Says what was measured, and how far the run has come.
async function step(what, measure) {
  const found = await measure();
  console.error(`${Math.round((Date.now() - began) / 1000)} s: ${what}: ${JSON.stringify(found)}`);
  return found;
}
