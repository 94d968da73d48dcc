// The load through the official JS automerge-repo client: for any automerge-repo server, and for
// ours with a token in the address.

import { splice } from "@automerge/automerge";
import { Repo, decodeHeads } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { until } from "../harness/wait.mjs";
import { loadOptions } from "./options.mjs";
import { FIRST_TEXT, run } from "./run.mjs";

const LONG = 60_000;
const load = loadOptions("bench/load-automerge.mjs");

class Replica {
  seen = () => {};

  constructor(handle, writer) {
    this.handle = handle;
    this.writer = String(writer);
    handle.on("change", ({ patches, doc }) => {
      const writers = new Set(patches.filter(({ path }) => path[0] === "last").map(({ path }) => path[1]));
      writers.delete(this.writer);
      for (const other of writers) {
        if (doc.last[other] !== undefined) this.seen(Number(other), doc.last[other]);
      }
    });
  }

  edit(at, number) {
    this.handle.change((doc) => {
      splice(doc, ["text"], at, 0, "字");
      doc.last[this.writer] = number;
    });
  }

  heads() {
    return [...this.handle.heads()].sort().join();
  }
}

/// Resolves when the server's own heads for a document are those here: it has answered the upload.
function uploaded(repo, handle) {
  const synchronizer = repo.synchronizer.docSynchronizers[handle.documentId];
  const here = decodeHeads(handle.heads()).join();
  return new Promise((resolve) => {
    synchronizer.on("sync-state", ({ syncState }) => {
      if (syncState.theirHeads?.join() === here) resolve();
    });
  });
}

async function open() {
  const repos = Array.from(
    { length: load.sockets },
    (_, index) => new Repo({ network: [new WebSocketClientAdapter(load.url)], peerId: `load-${process.pid}-${index}` }),
  );
  const connected = () => repos.every((repo) => repo.peers.length > 0);
  await until(connected, { what: "every socket's handshake", timeout: LONG });

  const owners = Array.from({ length: load.documents }, (_, index) => {
    const repo = repos[index % load.sockets];
    const handle = repo.create({ text: FIRST_TEXT, last: {} });
    return { handle, uploaded: uploaded(repo, handle) };
  });
  let missing = owners.length;
  for (const owner of owners) owner.uploaded.then(() => (missing -= 1));
  await until(() => missing === 0, { what: "every new document at the server", timeout: LONG });

  const start = performance.now();
  const rows = [];
  for (const [index, { handle }] of owners.entries()) {
    const row = [new Replica(handle, 0)];
    for (let client = 1; client < load.clients; client += 1) {
      const repo = repos[(index + client) % load.sockets];
      row.push(new Replica(await repo.find(handle.url, { signal: AbortSignal.timeout(LONG) }), client));
    }
    rows.push(row);
  }
  return { rows, openMs: performance.now() - start };
}

await run(load, { open, same: ([first, ...others]) => others.every((replica) => replica.heads() === first.heads()) });
