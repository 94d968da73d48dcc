/** Reading first words, over an IndexedDB made of events. */

import assert from "node:assert/strict";
import { test } from "node:test";

class Request extends EventTarget {
  readyState = "pending";
  error = null;
  answer(result) {
    this.result = result;
    this.dispatchEvent(new Event("success"));
  }
}

/** A database with these stores, and what was asked of it. */
class Database extends EventTarget {
  closed = 0;
  requests = [];
  transactions = [];
  constructor(stores) {
    super();
    this.objectStoreNames = { contains: (name) => stores.includes(name) };
  }
  transaction(stores) {
    const transaction = Object.assign(new EventTarget(), {
      stores,
      error: null,
      objectStore: (name) => ({
        get: (key) => {
          const request = Object.assign(new Request(), { name, key });
          this.requests.push(request);
          return request;
        },
      }),
    });
    this.transactions.push(transaction);
    return transaction;
  }
  close() {
    this.closed += 1;
  }
}

let asked;
let opening;
globalThis.IDBFactory = class {
  open(...names) {
    asked = names;
    return (opening = Object.assign(new Request(), { transaction: { aborted: 0, abort() { this.aborted += 1; } } }));
  }
};
globalThis.indexedDB = new IDBFactory();
const { keptText } = await import("./texts.js");

const moment = () => new Promise((done) => setImmediate(done));

/** Reads from a database with these stores, which answers as told. */
async function reading(stores, answers) {
  const found = keptText("huigao-x", "d");
  const database = new Database(stores);
  opening.answer(database);
  await moment();
  for (const request of database.requests) request.answer(answers[request.name]);
  return { database, found: await found };
}

test("what is kept is read from the database as it is, which is let go", async () => {
  const { database, found } = await reading(["documents", "texts"], { texts: "words", documents: "{}" });
  // No version is asked for, so none is changed.
  assert.deepEqual(asked, ["huigao-x"]);
  assert.equal(found, "words");
  assert.deepEqual(database.requests.map(({ key }) => key), ["d", "d"]);
  assert.equal(database.closed, 1);
});

test("of a document without a record nothing is shown", async () => {
  const { database, found } = await reading(["documents", "texts"], { texts: "words" });
  assert.equal(found, undefined);
  assert.equal(database.closed, 1);
});

test("a database of an older version is let go as it is", async () => {
  const { database, found } = await reading(["documents"], {});
  assert.equal(found, undefined);
  assert.deepEqual(database.transactions, []);
  assert.equal(database.closed, 1);
});

test("a database that is not there is not made", async () => {
  const found = keptText("huigao-y", "d");
  opening.dispatchEvent(new Event("upgradeneeded"));
  assert.equal(opening.transaction.aborted, 1);
  opening.error = new DOMException("aborted", "AbortError");
  opening.dispatchEvent(new Event("error", { cancelable: true }));
  assert.equal(await found, undefined);
});

test("a database that is to be changed is let go, whatever was asked of it", async () => {
  const found = keptText("huigao-x", "d");
  const database = new Database(["documents", "texts"]);
  opening.answer(database);
  await moment();
  database.dispatchEvent(new Event("versionchange"));
  assert.equal(database.closed, 1);
  for (const transaction of database.transactions) transaction.dispatchEvent(new Event("abort"));
  assert.equal(await found, undefined);
});
