#!/usr/bin/env node
// The reference automerge-repo server behind the relay's command line. `HUIGAO_BIN` may name this
// file: a test that fails against it too has its fault in the test. It knows of access only what
// the interop tests ask (a token's home space, private or the campaign's) and is no measure for speed.

import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { decodeSyncMessage, encodeSyncMessage } from "@automerge/automerge";
import { Repo, cbor, decodeHeads } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: "string" },
    port: { type: "string", default: "0" },
    demo: { type: "boolean" },
    member: { type: "string" },
    name: { type: "string" },
  },
});
const [verb, ...rest] = positionals;

/// A small JSON file that several runs of this program read and write.
function record(name) {
  const file = path.join(options.data, name);
  return {
    read: () => (fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {}),
    write: (value) => fs.writeFileSync(file, JSON.stringify(value)),
  };
}

fs.mkdirSync(options.data, { recursive: true });
const tokens = record("tokens.json");
const homes = record("homes.json");

if (verb === "serve") serve();
else if (verb === "token" && rest[0] === "list") {
  for (const [token, { name }] of Object.entries(tokens.read())) console.log(`${token}\t${name ?? ""}`);
} else if (verb === "token" && rest[0] === "revoke") {
  const { [rest[1]]: _, ...others } = tokens.read();
  tokens.write(others);
} else if (verb === "token") {
  const token = randomBytes(16).toString("hex");
  const home = options.member === undefined ? "campaign" : `member/${options.member}/private`;
  tokens.write({ ...tokens.read(), [token]: { home, name: options.name } });
  console.log(token);
} else {
  console.error(`no such command: ${verb}`);
  process.exit(2);
}

function serve() {
  const homeOf = homes.read();
  const homeOfPeer = new Map();

  const mayRead = (peer, document) => {
    const space = homeOf[document];
    return space === undefined || space === "campaign" || space === homeOfPeer.get(peer);
  };
  const mayWrite = (peer, document) => homeOf[document] === undefined || homeOf[document] === homeOfPeer.get(peer);

  // Requests for documents that nobody has brought yet, to put again when somebody does.
  const waiting = new Map();

  class Door extends WebSocketServerAdapter {
    receiveMessage(bytes, socket) {
      const message = cbor.decode(bytes);
      const { type, senderId, documentId } = message;
      if (type === "join") homeOfPeer.set(senderId, socket.home);
      if (type !== "request" && type !== "sync") return super.receiveMessage(bytes, socket);

      const { heads, changes } = decodeSyncMessage(message.data);
      if (homeOf[documentId] === undefined && heads.length === 0) {
        waiting.set(documentId, [...(waiting.get(documentId) ?? []), [bytes, socket]]);
        return this.send({ type: "doc-unavailable", senderId: this.peerId, targetId: senderId, documentId });
      }
      if (homeOf[documentId] === undefined) {
        homeOf[documentId] = socket.home;
        homes.write(homeOf);
      }
      if (changes.length > 0 && mayRead(senderId, documentId) && !mayWrite(senderId, documentId)) {
        this.emit("message", { ...message, data: withoutChanges(message, documentId) });
      } else {
        super.receiveMessage(bytes, socket);
      }
      for (const [asked, asker] of waiting.get(documentId) ?? []) super.receiveMessage(asked, asker);
      waiting.delete(documentId);
    }
  }

  /// A reader's message as if the reader stood where the server stands, so that the server goes on
  /// sending and asks for nothing.
  function withoutChanges(message, documentId) {
    const heads = decodeHeads(repo.handles[documentId].heads());
    return encodeSyncMessage({ ...decodeSyncMessage(message.data), heads, need: [], changes: [] });
  }

  const server = http.createServer((_, response) => response.end());
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (request, socket, head) => {
    const token = new URL(request.url, "http://relay").searchParams.get("token");
    const known = token === null ? undefined : tokens.read()[token];
    if (!known) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.home = known.home;
      sockets.emit("connection", opened, request);
    });
  });

  const repo = new Repo({
    network: [new Door(sockets)],
    storage: new NodeFSStorageAdapter(path.join(options.data, "documents")),
    shareConfig: { announce: async () => false, access: async (peer, document) => document === undefined || mayRead(peer, document) },
    peerId: "stand-in",
  });

  server.listen(Number(options.port), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
  process.once("SIGTERM", async () => {
    server.close();
    for (const socket of sockets.clients) socket.close(1001);
    const ready = Object.values(repo.handles).filter((handle) => handle.isReady());
    await repo.flush(ready.map((handle) => handle.documentId));
    process.exit(0);
  });
}
