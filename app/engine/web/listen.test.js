/** The engine's worker as the page hears it: its start, and how it falls. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { listen } from "./listen.js";

/** A worker without a browser around it, and what its page hears by the port. */
function worker(t, begin = async () => {}) {
  const logged = t.mock.method(console, "error", () => {});
  const scope = new EventTarget();
  const heard = [];
  const port = { postMessage: (what) => heard.push(what) };
  const say = (kind, fields) => {
    const event = Object.assign(new Event(kind, { cancelable: true }), fields);
    scope.dispatchEvent(event);
    return event;
  };
  listen(scope, begin);
  return { heard, port, logged, say, start: () => say("message", { data: { module: "the module", port, part: "engine" } }) };
}

const trap = () => new WebAssembly.RuntimeError("unreachable");

test("it begins once, with the module, the port and the part that it was sent", (t) => {
  const begun = [];
  const { start, port } = worker(t, async ({ module, port, part }) => void begun.push([module, port, part]));
  start();
  start();
  assert.deepEqual(begun, [["the module", port, "engine"]]);
});

test("a start that fails is told, with why", async (t) => {
  const { start, heard } = worker(t, () => Promise.reject(new Error("no memory")));
  start();
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(heard, [{ fell: "Error: no memory" }]);
});

test("a trap is told by the port alone, wherever it comes from", (t) => {
  for (const [kind, field] of [["error", "error"], ["unhandledrejection", "reason"]]) {
    const { start, say, heard, logged } = worker(t);
    start();
    const event = say(kind, { [field]: trap() });
    assert.deepEqual(heard, [{ fell: "RuntimeError: unreachable" }], kind);
    assert.ok(event.defaultPrevented, kind);
    assert.equal(logged.mock.callCount(), 1, kind);
    logged.mock.restore();
  }
});

test("what is no trap is logged, and the engine goes on", (t) => {
  const { start, say, heard, logged } = worker(t);
  start();
  say("error", { error: new TypeError("x") });
  say("unhandledrejection", { reason: "y" });
  assert.deepEqual(heard, []);
  assert.equal(logged.mock.callCount(), 2);
});

test("without a port the browser tells the page", (t) => {
  const { say, heard } = worker(t);
  assert.equal(say("error", { error: trap() }).defaultPrevented, false);
  assert.deepEqual(heard, []);
});
