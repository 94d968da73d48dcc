/**
 * What the crate `indexed-db` 0.4 cannot do with a transaction: ask for strict durability, tell
 * when it has really completed, commit without waiting, and survive an error that it does not
 * know (it panics, on a full disk for one), when it begins or later. So every transaction is begun
 * through this file.
 */

/** The one that was announced last and is not begun yet. */
let expected = null;

/**
 * Announces the transaction that is begun next. Its `outcome` is resolved when it has completed,
 * and rejected with the error that aborted it; `commit` has it take no more requests, and complete
 * even if the page goes before their answers come.
 * @returns {{outcome: Promise<void>, commit: () => void}}
 */
export function expectTransaction() {
  const next = { commit: () => next.transaction?.commit?.() };
  next.outcome = new Promise((resolve, reject) => Object.assign(next, { resolve, reject }));
  expected = next;
  return next;
}

const begin = IDBDatabase.prototype.transaction;

IDBDatabase.prototype.transaction = function (stores, mode, options) {
  const writes = mode === "readwrite";
  const announced = expected;
  expected = null;
  let transaction;
  try {
    transaction = begin.call(this, stores, mode, writes ? { ...options, durability: "strict" } : options);
  } catch (error) {
    // The crate hears of the one error that it knows; what it was, the outcome says.
    announced?.reject(error);
    throw new DOMException(error.message, "InvalidStateError");
  }
  if (announced) announced.transaction = transaction;
  // On the way down to the request, and no further: the crate never learns of the error, and the
  // transaction is aborted, as it is by default.
  transaction.addEventListener("error", (event) => event.stopImmediatePropagation(), true);
  transaction.addEventListener("complete", () => {
    // For the browser tests, which cannot see transactions.
    if (writes) globalThis.__huigaoDurability = transaction.durability;
    announced?.resolve();
  });
  transaction.addEventListener("abort", () => announced?.reject(transaction.error ?? new Error("aborted")));
  return transaction;
};

/** What the crate knows that a request may throw. It panics at all else, and at a transaction that is over. */
const KNOWN = new Set(["DataError", "DataCloneError", "InvalidStateError", "ReadOnlyError"]);

for (const name of ["put", "delete", "get", "getAll", "getAllKeys"]) {
  const ask = IDBObjectStore.prototype[name];
  IDBObjectStore.prototype[name] = function (...what) {
    try {
      return ask.apply(this, what);
    } catch (error) {
      if (KNOWN.has(error.name)) throw error;
      // Its words would be lost: the crate has none for it.
      console.error(`${name}: ${error.name}: ${error.message}`);
      throw new DOMException(error.message, "DataError");
    }
  };
}
