// Two devices that wrote apart from each other for long, and the line between them again.
//
// The engine runs in a worker, and what it does there no page can see: its tasks are read off a trace of Chromium's, all
// of them from the line's return until the other branch is on the screen. Greeting, checking and saving are among them.

import { Remote } from "../../browser/remote.mjs";
import { ListPage } from "../../browser/pages/list.mjs";
import { until } from "../../harness/wait.mjs";
import { longText, paste } from "./paste.mjs";
import { Trace } from "./trace.mjs";

const SIZE = 30_000;
const EDITS = 3_000;
/// So many edits in one go, then a breath.
const BATCH = 50;
/// The other device makes a change of so many edits: typing is committed once a second.
const CHANGE = 5;

export async function measureBranches({ browser, relay, shell, key }) {
  const { page } = browser;
  const editor = await new ListPage(page).create("两处离线修改");
  await paste(shell, editor, longText(SIZE));
  const there = await Remote.open(relay, key, editor.id);
  const witness = await Remote.open(relay, key, editor.id);
  try {
    await browser.cutNetwork();
    await Promise.all([editHere(editor), editThere(there)]);
    await editor.saved({ timeout: 60_000 });
    await until(() => witness.text() === there.text(), { timeout: 60_000, what: "the relay having the other branch" });
    const [here, other] = [(await editor.text()).length, there.text().length];

    const trace = await Trace.start(page);
    const start = performance.now();
    await browser.healNetwork();
    await editor.reads((text) => text.length > Math.max(here, other), { timeout: 60_000 });
    const shown = performance.now() - start;
    const tasks = await trace.stop();
    await until(async () => there.text() === (await editor.text()), { timeout: 60_000, what: "both having one text", every: 40 });
    return { ...tasks, shown: Math.round(shown), same: Math.round(performance.now() - start) };
  } finally {
    there.close();
    witness.close();
    await browser.healNetwork();
    await shell.go("我的文稿");
  }
}

/// Where the nth edit is, and what it does: most insert, some delete.
const edit = (n, length) => (n % 4 === 3 ? { at: (n * 7919) % (length - 2), gone: 2, words: "" } : { at: (n * 7919) % length, gone: 0, words: "改了。" });

/// Through CodeMirror as typing goes, many more in a second than hands can do.
async function editHere(editor) {
  for (let first = 0; first < EDITS; first += BATCH) {
    await editor.paper.evaluate((content, { first, count, edit }) => {
      const view = content.cmTile.root.view;
      const make = new Function(`return ${edit}`)();
      for (let n = first; n < first + count; n += 1) {
        const { at, gone, words } = make(n, view.state.doc.length);
        view.dispatch({ changes: { from: at, to: at + gone, insert: words }, userEvent: "input.type" });
      }
    }, { first, count: BATCH, edit: edit.toString() });
  }
}

async function editThere(remote) {
  for (let first = 0; first < EDITS; first += CHANGE) {
    remote.change((text, splice) => {
      for (let n = first; n < first + CHANGE; n += 1) {
        // From the other end, so that the branches do not make the same edits.
        const { at, gone, words } = edit(EDITS - n, text().length);
        splice(at, gone, words);
      }
    });
    if (first % BATCH === 0) await new Promise((resolve) => setImmediate(resolve));
  }
}
