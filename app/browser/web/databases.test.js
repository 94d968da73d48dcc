/** The shims around IndexedDB, over an IndexedDB made of events. */

import assert from "node:assert/strict";
import { mock, test } from "node:test";

class Request extends EventTarget {
  readyState = "pending";
  error = null;
  result = Object.assign(new EventTarget(), { closed: 0, close() { this.closed++; } });
  transaction = { aborted: 0, abort() { this.aborted++; } };
  say(what, done = true) {
    if (done) this.readyState = "done";
    this.dispatchEvent(new Event(what, { cancelable: true }));
  }
}

let request;
let begun = () => new EventTarget();
globalThis.IDBFactory = class {
  open() {
    return (request = new Request());
  }
};
globalThis.IDBDatabase = class {
  transaction(...asked) {
    return begun(...asked);
  }
};
let answer = () => "a request";
globalThis.IDBObjectStore = class {
  put(...what) { return answer(...what); }
  delete(...what) { return answer(...what); }
  get(...what) { return answer(...what); }
  getAll(...what) { return answer(...what); }
  getAllKeys(...what) { return answer(...what); }
};
const { expectOpening } = await import("./openings.js");
const { expectTransaction } = await import("./transactions.js");

/** An opening, and what the crate, whose listeners come later, hears of it. */
function opening() {
  const refused = expectOpening();
  refused.catch(() => {});
  const opened = new IDBFactory().open("huigao-x", 2);
  const heard = [];
  for (const what of ["upgradeneeded", "success", "error"]) opened.addEventListener(what, () => heard.push(what));
  return { refused, heard };
}

test("an opening that another tab blocks is given up, and nothing comes of it later", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { refused, heard } = opening();
    request.say("blocked", false);
    mock.timers.tick(5_000);
    await assert.rejects(refused, { name: "BlockedError" });
    request.say("upgradeneeded");
    assert.equal(request.transaction.aborted, 1);
    request.say("success");
    assert.equal(request.result.closed, 1);
    assert.deepEqual(heard, []);
  } finally {
    mock.timers.reset();
  }
});

test("an opening that is blocked for a moment goes on", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const { heard } = opening();
    request.say("blocked", false);
    mock.timers.tick(1_000);
    request.say("upgradeneeded");
    mock.timers.tick(10_000);
    request.say("success");
    assert.deepEqual(heard, ["upgradeneeded", "success"]);
    assert.equal(request.result.closed, 0);
  } finally {
    mock.timers.reset();
  }
});

test("whatever a transaction throws as it begins, the crate hears of an error that it knows", async () => {
  for (const name of ["UnknownError", "NotFoundError", "InvalidStateError"]) {
    begun = () => {
      throw new DOMException("why", name);
    };
    const { outcome } = expectTransaction();
    assert.throws(() => new IDBDatabase().transaction(["meta"], "readwrite"), { name: "InvalidStateError" });
    await assert.rejects(outcome, { name, message: "why" });
  }
});

test("a transaction that completes resolves its outcome", async () => {
  const transaction = new EventTarget();
  begun = (_stores, _mode, options) => Object.assign(transaction, options);
  const { outcome } = expectTransaction();
  new IDBDatabase().transaction(["meta"], "readwrite");
  assert.equal(transaction.durability, "strict");
  transaction.dispatchEvent(new Event("complete"));
  await outcome;
});

test("whatever a request throws, the crate hears of an error that it knows", (t) => {
  const said = t.mock.method(console, "error", () => {});
  const store = new IDBObjectStore();
  assert.equal(store.get("key"), "a request");
  for (const [thrown, heard] of [["TransactionInactiveError", "DataError"], ["UnknownError", "DataError"], ["DataCloneError", "DataCloneError"]]) {
    answer = () => {
      throw new DOMException("why", thrown);
    };
    for (const name of ["put", "delete", "get", "getAll", "getAllKeys"]) assert.throws(() => store[name]("key"), { name: heard, message: "why" });
  }
  assert.equal(said.mock.callCount(), 10);
});
