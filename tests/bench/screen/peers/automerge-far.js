// The other repo, and its writer.

import { splice } from "@automerge/automerge";
import { Repo } from "@automerge/automerge-repo";
import { MessageChannelNetworkAdapter } from "@automerge/automerge-repo-network-messagechannel";
import { obey } from "./far.js";

addEventListener("message", async ({ data: { port, url } }) => {
  const repo = new Repo({ network: [new MessageChannelNetworkAdapter(port)] });
  const handle = await repo.find(url);
  obey(globalThis, {
    length: () => handle.doc().text.length,
    insert: (at, words) => handle.change((doc) => splice(doc, ["text"], at, 0, words)),
  });
  postMessage({ here: true });
}, { once: true });
