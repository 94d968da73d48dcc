// The same load through Yjs and Hocuspocus's provider, for servers that speak its protocol.

import { HocuspocusProvider, HocuspocusProviderWebsocket } from "@hocuspocus/provider";
import WebSocket from "ws";
import * as Y from "yjs";
import { until } from "../harness/wait.mjs";
import { loadOptions } from "./options.mjs";
import { FIRST_TEXT, run } from "./run.mjs";

const LONG = 60_000;
const load = loadOptions("bench/load-yjs.mjs");

class Replica {
  seen = () => {};
  #doc = new Y.Doc();

  constructor(socket, name, writer) {
    this.writer = String(writer);
    this.provider = new HocuspocusProvider({ websocketProvider: socket, name, document: this.#doc });
    // Several documents share a socket, so none attaches by itself.
    this.provider.attach();
    this.text = this.#doc.getText("text");
    this.last = this.#doc.getMap("last");
    this.last.observe(({ keysChanged }) => {
      for (const other of keysChanged) {
        if (other !== this.writer) this.seen(Number(other), this.last.get(other));
      }
    });
  }

  edit(at, number) {
    this.#doc.transact(() => {
      this.text.insert(at, "字");
      this.last.set(this.writer, number);
    });
  }

  content() {
    const last = Object.entries(this.last.toJSON()).sort(([a], [b]) => (a < b ? -1 : 1));
    return JSON.stringify([this.text.toString(), last]);
  }
}

async function open() {
  const sockets = Array.from({ length: load.sockets }, () => new HocuspocusProviderWebsocket({ url: load.url, WebSocketPolyfill: WebSocket }));
  const start = performance.now();
  const rows = Array.from({ length: load.documents }, (_, document) =>
    Array.from(
      { length: load.clients },
      (_, client) => new Replica(sockets[(document + client) % load.sockets], `load-${process.pid}-${document}`, client),
    ),
  );
  const all = rows.flat();
  await until(() => all.every(({ provider }) => provider.isSynced), { what: "every document's first sync", timeout: LONG });
  const openMs = performance.now() - start;

  for (const [owner] of rows) owner.text.insert(0, FIRST_TEXT);
  await until(() => all.every(({ text }) => text.length === FIRST_TEXT.length), { what: "the first text everywhere", timeout: LONG });
  return { rows, openMs };
}

await run(load, { open, same: ([first, ...others]) => others.every((replica) => replica.content() === first.content()) });
