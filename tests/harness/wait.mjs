// Waiting for a state instead of for a while. Nothing in the tests sleeps and hopes.

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// Polls `predicate` until what it returns is truthy, and returns that. Throws after `timeout` ms,
/// naming `what` was awaited and, if the predicate threw last, why.
export async function until(predicate, { timeout = 10_000, what = "a condition", every = 10 } = {}) {
  const end = performance.now() + timeout;
  for (;;) {
    let problem;
    try {
      const value = await within(predicate(), Math.max(end - performance.now(), every), what);
      if (value) return value;
    } catch (error) {
      problem = error;
    }
    if (performance.now() >= end) {
      throw new Error(`${what}: not within ${timeout} ms${problem ? ` (${problem.message})` : ""}`, { cause: problem });
    }
    await pause(every);
  }
}

/// Watches that `predicate` stays truthy for `duration` ms: for what must *not* happen, where no
/// event can be awaited. Throws as soon as it is falsy.
export async function stays(predicate, { duration = 800, what = "a condition", every = 20 } = {}) {
  const start = performance.now();
  while (performance.now() - start < duration) {
    if (!(await predicate())) throw new Error(`${what}: no longer after ${Math.round(performance.now() - start)} ms`);
    await pause(every);
  }
}

/// The outcome of `promise`, or an error after `timeout` ms.
export async function within(promise, timeout, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what}: not within ${Math.round(timeout)} ms`)), timeout);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
