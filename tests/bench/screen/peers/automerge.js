// automerge-codemirror on automerge-repo, synced with another repo in a worker by the adapter that is made for that.

import { history } from "@codemirror/commands";
import { automergeSyncPlugin } from "@automerge/automerge-codemirror";
import { Repo } from "@automerge/automerge-repo";
import { MessageChannelNetworkAdapter } from "@automerge/automerge-repo-network-messagechannel";
import { createEditor } from "./editor.js";
import { heard, startFar, tell } from "./near.js";

let worker;

globalThis.peer = {
  async open(text) {
    worker = startFar("automerge");
    const { port1, port2 } = new MessageChannel();
    const repo = new Repo({ network: [new MessageChannelNetworkAdapter(port1)] });
    const handle = repo.create({ text });
    createEditor(handle.doc().text, [history(), automergeSyncPlugin({ handle, path: ["text"] })]);
    const here = heard(worker, "here");
    worker.postMessage({ port: port2, url: handle.url }, [port2]);
    await here;
  },
  far: (word) => tell(worker, word),
};
