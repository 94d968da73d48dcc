/** Starting the engine's worker, with a worker that only takes down what it gets. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepModule, startWorker } from "./engine.js";

test("the worker gets the module that the page has compiled, and the other end of the page's port", async () => {
  const made = [];
  globalThis.Worker = class {
    constructor(...what) {
      this.asked = what;
      made.push(this);
    }
    postMessage(...what) {
      this.got = what;
    }
  };
  const script = { dataset: { engine: "/engine-1.js" } };
  globalThis.document = { querySelector: (selector) => (selector === "script[data-engine]" ? script : null) };

  const module = {};
  keepModule(Promise.resolve(module));
  const { worker, port } = startWorker();
  assert.equal(worker.got, undefined, "before the module is there");
  await null;
  assert.deepEqual(made, [worker]);
  assert.equal(worker.asked[0], "/engine-1.js");
  const [message, transferred] = worker.got;
  assert.equal(message.module, module);
  assert.deepEqual(transferred, [message.port]);

  const heard = new Promise((resolve) => port.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  port.start();
  message.port.postMessage("a word");
  assert.equal(await heard, "a word");
  port.close();
});

test("a module that does not come is told as a worker tells its fall", async () => {
  globalThis.Worker = class {
    postMessage() {
      assert.fail("there is no module");
    }
  };
  keepModule(Promise.reject(new Error("no line")));
  const { port } = startWorker();
  const heard = new Promise((resolve) => port.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  port.start();
  assert.deepEqual(await heard, { fell: "Error: no line" });
  port.close();
});
