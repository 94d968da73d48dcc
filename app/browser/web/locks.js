/**
 * A Web Lock, held until it is given up: `web-sys` has the interface among its unstable ones.
 */

/**
 * Calls `granted` once the lock is held: never before this function has returned. A browser that
 * has no locks, or refuses them, grants at once: two tabs that both talk to the relay do no harm.
 * @param {string} name
 * @param {() => void} granted
 * @returns {() => void} gives the lock up, or withdraws the request
 */
export function requestLock(name, granted) {
  const locks = globalThis.navigator.locks;
  let wanted = true;
  const grant = () => {
    if (wanted) granted();
  };
  if (!locks) {
    queueMicrotask(grant);
    return () => {
      wanted = false;
    };
  }

  let release;
  const held = new Promise((resolve) => {
    release = resolve;
  });
  const withdrawal = new AbortController();
  const asked = locks.request(name, { signal: withdrawal.signal }, () => {
    grant();
    return held;
  });
  asked.catch(grant);
  return () => {
    wanted = false;
    withdrawal.abort();
    release();
  };
}

/**
 * Holds a lock until it is given up, or this page or worker goes.
 * @param {string} name
 * @returns {() => void} gives it up
 */
export function holdLock(name) {
  return requestLock(name, () => {});
}

/**
 * Takes a lock if nobody has it.
 * @param {string} name
 * @returns {Promise<(() => void) | undefined>} gives it up; nothing if somebody has it
 */
export function claimLock(name) {
  const { locks } = globalThis.navigator;
  if (!locks) return Promise.resolve(() => {});
  return new Promise((resolve) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        if (!lock) return resolve();
        return new Promise((release) => resolve(release));
      })
      .catch(() => resolve());
  });
}

/**
 * The names of all locks that are held in this browser.
 * @returns {Promise<string[]>}
 */
export async function heldLocks() {
  const state = await globalThis.navigator.locks?.query();
  return state?.held.map(({ name }) => name) ?? [];
}
