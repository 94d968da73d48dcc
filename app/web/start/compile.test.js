/** The module is compiled whatever type it came with. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { compile } from "./compile.js";

/** The smallest module: its magic number and version. */
const BYTES = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

test("a module is compiled while it comes, and after it has come if its type was changed", async (t) => {
  const streaming = t.mock.method(WebAssembly, "compileStreaming");
  for (const [headers, streamed] of [
    [{ "content-type": "application/wasm" }, 1],
    [{ "content-type": "application/octet-stream" }, 0],
    [{}, 0],
  ]) {
    streaming.mock.resetCalls();
    const module = await compile(new Response(BYTES, { headers }));
    assert.ok(module instanceof WebAssembly.Module);
    assert.equal(streaming.mock.callCount(), streamed, JSON.stringify(headers));
  }
});
