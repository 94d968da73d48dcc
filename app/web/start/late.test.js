/** Late parts join the module that opened the app: each file once, however often and by whomever it is asked for. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { joinLate, keepApp, part } from "./late.js";

/** The smallest module: its magic number and version. */
const BYTES = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
const NEEDS = { office: ["/late-shared.wasm", "/late-office.wasm"], reading: ["/late-shared.wasm", "/late-reading.wasm"] };

/** What was told by the function that was named: its data, and whether the part is here. */
const told = [];
const exports = { __indirect_function_table: { get: (callback) => (...words) => told.push([callback, ...words]) } };

test("a part that does not come is told, and comes when it is asked for again", async (t) => {
  globalThis.document = { querySelector: () => ({ dataset: { late: JSON.stringify(NEEDS) } }) };
  const asked = [];
  let down = true;
  t.mock.method(globalThis, "fetch", async (path, options) => {
    asked.push([path, options?.priority]);
    if (down && path !== "/late-shared.wasm") throw new TypeError("no line");
    return new Response(BYTES);
  });
  t.mock.method(console, "warn", () => {});
  const instantiate = t.mock.method(WebAssembly, "instantiate");
  // Node itself has modules, too.
  const joins = () => instantiate.mock.calls.filter((call) => call.arguments[1]?.__wasm_split === exports).length;
  keepApp(Promise.resolve(exports));
  const [office, reading] = [part("office"), part("reading")];

  await office(7, 1);
  assert.deepEqual(told.splice(0), [[7, 1, 0]]);
  assert.equal(joins(), 0, "a part joins whole or not at all");

  down = false;
  asked.length = 0;
  await Promise.all([office(7, 2), reading(7, 3), office(7, 4)]);
  assert.deepEqual(told.splice(0).sort(), [[7, 2, 1], [7, 3, 1], [7, 4, 1]]);
  assert.deepEqual(asked.sort(), [["/late-office.wasm", undefined], ["/late-reading.wasm", undefined]], "what had come stays");
  assert.equal(joins(), 3, "the file that both need joins once");

  asked.length = 0;
  await joinLate();
  await office(7, 5);
  assert.deepEqual(told.splice(0), [[7, 5, 1]]);
  assert.deepEqual([asked.length, joins()], [0, 3], "all is here");
});

test("what comes behind the first screen is of low priority, and nobody hears of it", async (t) => {
  globalThis.document = { querySelector: () => ({ dataset: { late: '{"other": ["/late-other.wasm"]}' } }) };
  let down = true;
  const fetched = t.mock.method(globalThis, "fetch", async () => (down ? new Response("", { status: 404 }) : new Response(BYTES)));
  keepApp(Promise.resolve(exports));
  await joinLate();
  down = false;
  await joinLate();
  assert.deepEqual(
    fetched.mock.calls.map(({ arguments: [path, options] }) => [path, options.priority]),
    [["/late-other.wasm", "low"], ["/late-other.wasm", "low"]],
  );
  assert.deepEqual(told, []);
});
