/** Starting the engine's worker, with a worker that only takes down what it gets. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepModule, startWorker } from "./engine.js";

test("the worker gets the page's module, and the other end of the page's port", async () => {
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
  keepModule(module);
  const { worker, port } = startWorker();
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
