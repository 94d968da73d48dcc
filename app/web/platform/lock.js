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
