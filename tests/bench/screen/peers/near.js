// The page's end of the other writer.

/// Starts the worker of a peer.
export const startFar = (peer) => new Worker(`/${peer}-far.js`);

/// Resolves with the worker's next message that has this.
export function heard(worker, name) {
  return new Promise((resolve) => {
    const listen = ({ data }) => {
      if (data?.[name] === undefined) return;
      worker.removeEventListener("message", listen);
      resolve(data[name]);
    };
    worker.addEventListener("message", listen);
  });
}

/// Says "write" or "rest"; at rest, how many edits there were.
export function tell(worker, word) {
  const edits = word === "rest" ? heard(worker, "edits") : undefined;
  worker.postMessage(word);
  return edits;
}
