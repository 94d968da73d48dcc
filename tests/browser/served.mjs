// The app as the relay serves it, copied into a folder, and a newer version made of the copy.

import crypto from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { temporaryFolder } from "../harness/temp.mjs";

const LIST = /const PRECACHE = (\[.*?\]);\n/s;
const VERSION = /const VERSION = "([^"]+)"/;

/// Downloads every file that the service worker names, and the worker.
export async function copyApp(url) {
  const folder = temporaryFolder("app");
  const get = async (from) => {
    const response = await fetch(url + from);
    if (!response.ok) throw new Error(`${from}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const worker = (await get("/sw.js")).toString();
  write(folder, "/sw.js", worker);
  for (const [name] of JSON.parse(LIST.exec(worker)[1])) write(folder, name, await get(name));
  return folder;
}

/// Makes the copy a newer version: its page says so in `<meta name="test-version">`.
export function makeNewer(folder, name) {
  const page = fs.readFileSync(file(folder, "/"), "utf8").replace("<head>", `<head><meta name="test-version" content="${name}">`);
  write(folder, "/", page);
  const hash = crypto.createHash("sha256").update(page).digest("hex");
  const worker = fs.readFileSync(file(folder, "/sw.js"), "utf8");
  const list = JSON.parse(LIST.exec(worker)[1]).map(([url, old]) => [url, url === "/" ? hash.slice(0, old.length) : old]);
  const newer = worker.replace(LIST, () => `const PRECACHE = ${JSON.stringify(list)};\n`).replace(VERSION, `const VERSION = "$1-${name}"`);
  if (newer === worker) throw new Error("the worker names no version");
  write(folder, "/sw.js", newer);
}

/// A program that serves the app from that folder and is otherwise the relay's own.
export function serving(folder) {
  const script = path.join(folder, "..", `${path.basename(folder)}.sh`);
  const real = process.env.HUIGAO_BIN;
  fs.writeFileSync(script, `#!/bin/sh\nverb=$1\nshift\ntest "$verb" = serve && set -- --assets '${folder}' "$@"\nexec '${real}' "$verb" "$@"\n`, { mode: 0o755 });
  return script;
}

function file(folder, url) {
  return path.join(folder, url === "/" ? "index.html" : url);
}

function write(folder, url, content) {
  const target = file(folder, url);
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, content);
}
