import assert from "node:assert/strict";
import { test } from "node:test";

import { roomAround } from "./scrolling.js";

test("lines around the caret's stay in sight, as far as the window has room", () => {
  assert.deepEqual(roomAround(32, 900), { top: 48, bottom: 96 });
  assert.deepEqual(roomAround(32, 180), { top: 36, bottom: 36 });
});
