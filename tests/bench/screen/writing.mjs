// Somebody else who writes: the same words at the same places and times for every system. It runs in Node and in workers.

const EVERY = 200;
const WORDS = "远方又写一句。";
/// A prime, so that the places are all over the text.
const STRIDE = 7919;

/// Inserts by `insert(at, words)` into a text of `length()` until the function that it returns is called; that one says
/// how many edits there were.
export function beginWriting({ insert, length }) {
  let edits = 0;
  const timer = setInterval(() => {
    insert((edits * STRIDE) % length(), WORDS);
    edits += 1;
  }, EVERY);
  return () => {
    clearInterval(timer);
    return edits;
  };
}
