/** Starting the engine's worker and the reader's, with workers that only take down what they get. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepModule, startWorker } from "./engine.js";
import { startReader } from "./reader.js";

/** The workers that are made from now on. */
function watched() {
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
  return made;
}

test("the reader is a worker of the engine's own script, and gets the module that the engine has got", () => {
  const made = watched();
  globalThis.self = { location: { href: "https://huigao.test/engine-1.js" } };
  const module = {};
  keepModule(module);
  const { worker, port } = startReader();
  assert.deepEqual(made, [worker]);
  assert.equal(worker.asked[0], "https://huigao.test/engine-1.js");
  const [message, transferred] = worker.got;
  assert.equal(message.module, module);
  assert.equal(message.part, "reader");
  assert.deepEqual(transferred, [message.port]);
  port.close();
  message.port.close();
});

test("the worker gets the page's module, and the other end of the page's port", async () => {
  const made = watched();
  const script = { dataset: { engine: "/engine-1.js" } };
  globalThis.document = { querySelector: (selector) => (selector === "script[data-engine]" ? script : null) };

  const module = {};
  keepModule(module);
  const { worker, port } = startWorker();
  assert.deepEqual(made, [worker]);
  assert.equal(worker.asked[0], "/engine-1.js");
  const [message, transferred] = worker.got;
  assert.equal(message.module, module);
  assert.equal(message.part, "engine");
  assert.deepEqual(transferred, [message.port]);

  const heard = new Promise((resolve) => port.addEventListener("message", ({ data }) => resolve(data), { once: true }));
  port.start();
  message.port.postMessage("a word");
  assert.equal(await heard, "a word");
  port.close();
});
