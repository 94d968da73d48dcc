/**
 * What the crate `indexed-db` 0.4 cannot do when it opens a database: survive an error that it
 * does not know (it panics, on a full disk for one), and let go when a newer version of the app
 * wants to change the database.
 */

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
  request.addEventListener("error", (event) => {
    // Before the crate's own listener, which comes later: it never learns of the error.
    event.stopImmediatePropagation();
    event.preventDefault();
    refused?.(request.error);
  });
  request.addEventListener("success", () => {
    const database = request.result;
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
