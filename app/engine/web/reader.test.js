/** Starting the reader's worker, with a worker that only takes down what it gets. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { keepModule, startReader } from "./reader.js";

test("the reader is a worker of the engine's own script, and gets the module that the engine has got", () => {
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
