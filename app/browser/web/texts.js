/**
 * First words, as a page reads them at a cold start: past the engine, which has not started yet. A
 * database that is not there is not made by this, one of an older version stays as it is, and nobody
 * who wants to change it has to wait.
 */

import { expectOpening } from "./openings.js";

const TEXTS = "texts";
const DOCUMENTS = "documents";

/**
 * What is kept of a document in the database of that name; nothing if that cannot be had at once.
 * @param {string} name
 * @param {string} document
 * @returns {Promise<string | undefined>}
 */
export function keptText(name, document) {
  return new Promise((resolve) => {
    const nothing = () => resolve(undefined);
    expectOpening().catch(nothing);
    let request;
    try {
      request = globalThis.indexedDB.open(name);
    } catch {
      return nothing();
    }
    // There is none: the browser forgets it again.
    request.addEventListener("upgradeneeded", () => request.transaction.abort());
    request.addEventListener("success", () => read(request.result, document).then(resolve, nothing));
  });
}

/** Reads it and lets the database go. */
async function read(database, document) {
  try {
    if (!database.objectStoreNames.contains(TEXTS)) return undefined;
    const transaction = database.transaction([TEXTS, DOCUMENTS]);
    const [text, record] = await Promise.all(
      [TEXTS, DOCUMENTS].map((store) => answer(transaction, transaction.objectStore(store).get(document))),
    );
    // A version of the app that knows no first words may have deleted a document without them.
    return record === undefined ? undefined : text;
  } finally {
    database.close();
  }
}

/** Of a request that fails its transaction tells, see `transactions.js`. */
function answer(transaction, request) {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve(request.result));
    transaction.addEventListener("abort", () => reject(transaction.error));
  });
}
