// A line that can be cut: a loopback forwarder between one browser (or client) and the relay.
//
// The peer at its far end sees `Host: 127.0.0.1:PROXYPORT`, and a browser sends that as `Origin`
// too: the relay must take its own address from the request, not from its configuration.

import net from "node:net";
import { once } from "node:events";
import { until } from "./wait.mjs";

export class Proxy {
  #target;
  #server;
  #port = 0;
  #pairs = new Set();
  #stalled = false;

  /// Forwards to `target`, a port on 127.0.0.1.
  static async start(target) {
    const proxy = new Proxy(target);
    await proxy.#listen();
    return proxy;
  }

  constructor(target) {
    this.#target = target;
  }

  get port() {
    return this.#port;
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /// How many connections there are.
  get connections() {
    return this.#pairs.size;
  }

  /// Resets every connection and refuses new ones.
  cut() {
    this.#refuse();
    for (const pair of this.#pairs) pair.destroy();
  }

  /// As `cut`, but resolves only when the near end has closed its connections: it has noticed. What
  /// is open after `patience` ms is reset.
  async hangUp({ patience = 2_000 } = {}) {
    this.#refuse();
    await Promise.all([...this.#pairs].map((pair) => pair.hangUp(patience)));
  }

  /// Lets nothing through and tells nobody: connections stay open, new ones open and stay silent.
  /// What either end sends meanwhile arrives after `heal`.
  stall() {
    this.#stalled = true;
    for (const pair of this.#pairs) pair.hold();
  }

  /// Ends `cut` and `stall`, on the same port.
  async heal() {
    this.#stalled = false;
    for (const pair of this.#pairs) pair.flow();
    if (!this.#server) await this.#listen();
  }

  /// As `cut`, for good.
  close() {
    this.cut();
  }

  #refuse() {
    this.#server?.close();
    this.#server = undefined;
  }

  async #listen() {
    // Some outgoing connection may have been given the port in the meantime; it passes.
    await until(() => this.#tryListen(), { timeout: 10_000, what: `the proxy listening on port ${this.#port}`, every: 100 });
  }

  async #tryListen() {
    const server = net.createServer({ allowHalfOpen: true }, (near) => this.#accept(near));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = server.address().port;
    this.#server = server;
    return true;
  }

  #accept(near) {
    const far = net.connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true });
    const pair = new Pair(near, far, () => this.#pairs.delete(pair));
    this.#pairs.add(pair);
    if (this.#stalled) pair.hold();
    else pair.flow();
  }
}

/// One connection and its continuation.
class Pair {
  #sockets;

  constructor(near, far, gone) {
    this.#sockets = [near, far];
    for (const [from, to] of [[near, far], [far, near]]) {
      from.setNoDelay(true);
      from.on("error", () => this.destroy());
      from.on("close", () => {
        // A half that ended in order has flushed its end to the other; one that broke takes it along.
        if (!from.readableEnded && !this.hungUp) this.destroy();
        if (this.#sockets.every((socket) => socket.destroyed)) gone();
      });
      from.on("end", () => to.end());
      from.on("data", (bytes) => {
        if (!to.destroyed && !to.write(bytes)) from.pause();
      });
      to.on("drain", () => {
        if (!this.held) from.resume();
      });
    }
  }

  hold() {
    this.held = true;
    for (const socket of this.#sockets) socket.pause();
  }

  flow() {
    this.held = false;
    for (const socket of this.#sockets) socket.resume();
  }

  async hangUp(patience) {
    const [near, far] = this.#sockets;
    this.hungUp = true;
    if (!far.destroyed) far.resetAndDestroy();
    if (near.destroyed) return;
    near.end();
    near.resume();
    const timer = setTimeout(() => near.resetAndDestroy(), patience);
    await new Promise((resolve) => near.once("close", resolve));
    clearTimeout(timer);
  }

  destroy() {
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy();
  }
}
