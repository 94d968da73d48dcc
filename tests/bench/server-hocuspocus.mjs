// A peer to measure against: Hocuspocus (Yjs) without persistence, which is an advantage for it.

import { Server } from "@hocuspocus/server";
import { announce, serverOptions } from "./server.mjs";

const { port } = serverOptions("bench/server-hocuspocus.mjs");
const server = new Server({ port, address: "127.0.0.1", quiet: true });
await server.listen();
announce(server.httpServer);
