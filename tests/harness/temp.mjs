// Temporary folders, and child processes, that are gone when the test process is.

import fs from "node:fs";
import os from "node:os";
import path from "node:path";

const folders = new Set();
const children = new Set();

export function temporaryFolder(name) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `huigao-${name}-`));
  folders.add(folder);
  return folder;
}

export function removeFolder(folder) {
  if (!folders.has(folder)) return;
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
  folders.delete(folder);
}

/// Sees to it that `child` does not outlive this process, whatever makes this process end.
export function killAtExit(child) {
  children.add(child);
  child.once("exit", () => children.delete(child));
}

function cleanUp() {
  for (const child of children) child.kill("SIGKILL");
  for (const folder of [...folders]) {
    try {
      removeFolder(folder);
    } catch {
      // A process that is still dying may be writing; the system's own clean-up has the rest.
    }
  }
}

process.once("exit", cleanUp);
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => process.exit(1));
}
