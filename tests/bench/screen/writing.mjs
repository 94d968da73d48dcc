// Somebody else who writes: the same words at the same places and times for every system. It runs in Node and in workers.

export const WORDS = "远方又写一句。";
const EVERY = 200;
/// A prime, so that the places are all over the text.
const STRIDE = 7919;

/// Where the nth edit is.
export const placeOf = (n, length) => (n * STRIDE) % length;

/// Calls `write(n)` for each edit until the function that it returns is called; that one says how many there were.
export function beginWriting(write) {
  let edits = 0;
  const timer = setInterval(() => {
    write(edits);
    edits += 1;
  }, EVERY);
  return () => {
    clearInterval(timer);
    return edits;
  };
}
