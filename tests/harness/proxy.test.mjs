import { test } from "node:test";
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import { Proxy } from "./proxy.mjs";
import { until } from "./wait.mjs";

const BOUND = { timeout: 30_000 };

/// An echo server and a proxy in front of it.
async function line(body) {
  const echo = net.createServer((socket) => socket.on("error", () => {}).pipe(socket));
  echo.listen(0, "127.0.0.1");
  await once(echo, "listening");
  const proxy = await Proxy.start(echo.address().port);
  try {
    await body(proxy);
  } finally {
    proxy.close();
    echo.close();
  }
}

async function dial(port) {
  const socket = net.connect({ port, host: "127.0.0.1" });
  socket.received = [];
  socket.on("data", (bytes) => socket.received.push(bytes));
  socket.on("error", (error) => (socket.problem = error.code));
  await until(() => !socket.connecting || socket.problem, { what: "a connection or a refusal" });
  return socket;
}

const digest = (bytes) => createHash("sha256").update(bytes).digest("hex");

test("every byte passes, held up by a stall or not", BOUND, () =>
  line(async (proxy) => {
    const sent = randomBytes(24 * 1024 * 1024);
    const socket = await dial(proxy.port);
    socket.end(sent);
    await until(() => socket.received.length > 4, { what: "the first bytes coming back" });
    proxy.stall();
    await until(() => {
      const before = socket.received.length;
      return new Promise((resolve) => setTimeout(() => resolve(socket.received.length === before), 150));
    }, { what: "the stalled line standing still" });
    assert.ok(Buffer.concat(socket.received).length < sent.length, "the stall came too late to show anything");
    await proxy.heal();
    await once(socket, "close");
    assert.equal(digest(Buffer.concat(socket.received)), digest(sent));
    await until(() => proxy.connections === 0, { what: "the proxy forgetting a line that ended" });
  }));

test("a cut resets what is open, refuses what comes, and heals on the same port", BOUND, () =>
  line(async (proxy) => {
    const { port } = proxy;
    const open = await dial(port);
    open.write("先");
    await until(() => open.received.length > 0, { what: "an echo" });
    proxy.cut();
    await until(() => open.problem, { what: "the reset" });
    assert.equal(open.problem, "ECONNRESET");
    assert.equal((await dial(port)).problem, "ECONNREFUSED");

    await proxy.heal();
    assert.equal(proxy.port, port);
    const again = await dial(port);
    again.write("后");
    await until(() => again.received.length > 0, { what: "an echo after healing" });
    again.destroy();
    await until(() => proxy.connections === 0, { what: "the proxy forgetting a line that broke" });
  }));

test("where nobody listens behind the proxy, a connection is reset", BOUND, async () => {
  const gone = net.createServer().listen(0, "127.0.0.1");
  await once(gone, "listening");
  const { port } = gone.address();
  gone.close();
  await once(gone, "close");
  const proxy = await Proxy.start(port);
  const socket = await dial(proxy.port);
  await until(() => socket.problem, { what: "the reset" });
  proxy.close();
});
