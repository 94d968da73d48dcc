/**
 * What the crate `indexed-db` 0.4 cannot do when it opens a database: survive an error that it
 * does not know (it panics, on a full disk for one), let go when a newer version of the app wants
 * to change the database, and give up when another tab does not let go of it.
 */

/** Other tabs let go as soon as they are told. One that hangs, or is of long ago, does not. */
const BLOCKED_MS = 4_000;

/** Rejects the promise that was given out for the next opening. */
let refuse = null;

/**
 * Rejected if the opening that comes next fails, with the error; never resolved.
 * @returns {Promise<never>}
 */
export function expectOpening() {
  return new Promise((_resolve, reject) => {
    refuse = reject;
  });
}

const open = IDBFactory.prototype.open;

IDBFactory.prototype.open = function (...names) {
  const refused = refuse;
  refuse = null;
  const request = begin(this, names, refused);
  let givenUp = false;
  request.addEventListener("blocked", () => {
    setTimeout(() => {
      if (!refused || request.readyState === "done") return;
      givenUp = true;
      refused(new DOMException("another tab holds the database", "BlockedError"));
    }, BLOCKED_MS);
  });
  // Nobody waits for it any more, and it must not stand in the way of others.
  request.addEventListener("upgradeneeded", (event) => {
    if (!givenUp) return;
    event.stopImmediatePropagation();
    request.transaction.abort();
  });
  request.addEventListener("error", (event) => {
    // Before the crate's own listener, which comes later: it never learns of the error.
    event.stopImmediatePropagation();
    event.preventDefault();
    refused?.(request.error);
  });
  request.addEventListener("success", (event) => {
    const database = request.result;
    if (givenUp) {
      event.stopImmediatePropagation();
      database.close();
      return;
    }
    database.addEventListener("versionchange", () => database.close());
  });
  return request;
};

/** Where storage is forbidden, opening throws what the crate does not know. */
function begin(factory, names, refused) {
  try {
    return open.apply(factory, names);
  } catch (error) {
    refused?.(error);
    throw new DOMException(error.message, "NotAllowedError");
  }
}
