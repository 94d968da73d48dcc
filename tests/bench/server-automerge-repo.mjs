// A peer to measure against: the reference automerge-repo sync server, with its file storage.

import http from "node:http";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";
import { temporaryFolder } from "../harness/temp.mjs";
import { announce, serverOptions } from "./server.mjs";

const { port, data } = serverOptions("bench/server-automerge-repo.mjs");
const server = http.createServer((_, response) => response.end());
new Repo({
  network: [new WebSocketServerAdapter(new WebSocketServer({ server }))],
  storage: new NodeFSStorageAdapter(data ?? temporaryFolder("automerge-repo")),
  sharePolicy: async () => false,
  peerId: "automerge-repo-server",
});
server.listen(port, "127.0.0.1", () => announce(server));
