// The official automerge-repo client as the tests use it: a repo of its own, in memory, on one
// WebSocket to the relay. Nothing of its protocol is replaced.

import { isDeepStrictEqual } from "node:util";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter } from "@automerge/automerge-repo-network-websocket";
import { until } from "../harness/wait.mjs";

/// Shorter than the adapter's own 5 s, so that a test of reconnecting takes no longer than it must.
const RETRY = 400;

let counter = 0;

export class Client {
  #adapter;
  #closed = false;

  /// What the handshake met while the relay was away. The stock adapter throws everything but a
  /// refused connection out of an event listener, which would end the test process.
  handshakeErrors = [];

  constructor(url, { name = "client", peerId } = {}) {
    this.#adapter = new WebSocketClientAdapter(url, RETRY);
    this.#adapter.onError = (event) => this.handshakeErrors.push(event.error);
    counter += 1;
    this.peerId = peerId ?? `${name}-${process.pid}-${counter}`;
    this.repo = new Repo({ network: [this.#adapter], peerId: this.peerId });
  }

  /// Resolves once the relay has answered the handshake.
  static async connect(url, options) {
    const client = new Client(url, options);
    try {
      await client.online();
    } catch (error) {
      client.close();
      throw error;
    }
    return client;
  }

  get connected() {
    return this.repo.peers.length > 0;
  }

  async online() {
    try {
      await until(() => this.connected, { what: `the handshake of ${this.peerId}`, timeout: 15_000 });
    } catch (error) {
      const met = this.handshakeErrors.map((problem) => problem.message).join("; ");
      throw new Error(`${error.message}; it met: ${met || "no error"}`);
    }
  }

  async offline() {
    await until(() => !this.connected, { what: `${this.peerId} noticing that the relay is away` });
  }

  /// Goes offline by itself, as when the cable is pulled on this side.
  disconnect() {
    this.#adapter.disconnect();
  }

  /// Back from `disconnect`. (`repo.networkSubsystem.reconnect` would forget the peer's metadata.)
  reconnect() {
    this.#adapter.connect(this.peerId, this.#adapter.peerMetadata);
  }

  create(value) {
    return this.repo.create(value);
  }

  /// The handle, once the document is here; it fails like `Repo.find` where it is unavailable.
  find(url, { timeout = 15_000 } = {}) {
    return this.repo.find(url, { signal: AbortSignal.timeout(timeout) });
  }

  /// The handle of a document that another client has only just made: the relay may say that it
  /// has none yet, and brings it as soon as it does.
  async findSoon(url, { timeout = 15_000 } = {}) {
    const handle = await this.repo.find(url, { allowableStates: ["ready", "unavailable"], signal: AbortSignal.timeout(timeout) });
    await until(() => handle.isReady(), { what: `${this.peerId} receiving ${url}`, timeout });
    return handle;
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    // A retry that is already due would open another socket after `disconnect`.
    this.#adapter.connect = () => {};
    const socket = this.#adapter.socket;
    if (!socket) return;
    // `disconnect` removes its listener, and closing during the handshake is an error to `ws`.
    socket.addEventListener("error", () => {});
    this.#adapter.disconnect();
  }
}

/// Runs `body` with `open(url, options)`, which connects a client. Every client is closed at the
/// end, before its relay goes.
export async function withClients(body) {
  const clients = [];
  const open = async (url, options) => {
    const client = await Client.connect(url, options);
    clients.push(client);
    return client;
  };
  try {
    await body(open);
  } finally {
    for (const client of clients) client.close();
  }
}

/// Whether all handles stand at the same heads and show the same content. (Keys may come in any
/// order: the client's objects keep the order in which patches arrived.)
export function converged([first, ...others]) {
  const heads = (handle) => [...handle.heads()].sort().join();
  return others.every((handle) => heads(handle) === heads(first) && isDeepStrictEqual(handle.doc(), first.doc()));
}
