// Keys in the app while somebody else writes into the same note, and then in its peers.

import { ListPage } from "../../browser/pages/list.mjs";
import { Far } from "./far.mjs";
import { measureKeys, watch } from "./keys.mjs";
import { PEERS } from "./peers.mjs";
import { WORDS } from "./writing.mjs";

/// Opens the note, types, goes back to the list; and then, with the text that there was, in each peer.
export async function measureCase({ browser, relay, shell, peers, key }, note, one) {
  const { page } = browser;
  const editor = await new ListPage(page).open(note);
  await watch(page);
  const text = await editor.text();
  const alone = one.slower === 1 && one.place === "end" ? await measureKeys(page, one) : undefined;
  await shell.synced({ timeout: 60_000 });
  const far = await Far.open(relay, key, editor.id);
  const ours = await measureKeys(page, one, () => far.begin());
  far.close();
  const written = text.length + ours.edits * WORDS.length + ours.typed + (alone?.typed ?? 0);
  await editor.reads((now) => now.length === written, { timeout: 60_000 });
  await shell.synced({ timeout: 60_000 });
  await shell.go("我的文稿");
  const found = { characters: text.length, ...(alone && { alone }), ours };
  for (const peer of PEERS) found[peer] = await peers.measure(browser, peer, text, one);
  await page.bringToFront();
  return found;
}
