// The peers: CodeMirror by itself and two libraries that bind it to a CRDT, each in a page of its own, with our paper's
// style sheet and our text, beside another replica in a worker that writes what our other writer writes.

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { measureKeys, watch } from "./keys.mjs";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const WEB = path.join(ROOT, "app/web");
const FOLDER = path.join(ROOT, "tests/bench/screen/peers");
const STYLES = path.join(ROOT, "public/styles");

export const PEERS = ["codemirror", "automerge", "yjs"];

/// The app's own CodeMirror for all, by the folder it lies in.
const SHARED = ["@codemirror/commands", "@codemirror/state", "@codemirror/view"];

/// The peers' pages as one server on the loopback.
export class PeerPages {
  static async serve() {
    const files = await bundled();
    const server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      const [type, body] = files.get(pathname) ?? pageOf(pathname.slice(1));
      response.writeHead(body === undefined ? 404 : 200, { "content-type": type });
      response.end(body);
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new PeerPages(server);
  }

  constructor(server) {
    this.server = server;
    // Another site than the app's, so that Chromium gives it a process of its own.
    this.url = `http://localhost:${server.address().port}`;
  }

  /// The same keys in the same text, while the other replica writes.
  async measure(browser, peer, text, one) {
    const page = await browser.context.newPage();
    try {
      await page.goto(`${this.url}/${peer}`);
      await page.evaluate((text) => globalThis.peer.open(text), text);
      await watch(page);
      return await measureKeys(page, one, async () => {
        await page.evaluate(() => globalThis.peer.far("write"));
        return () => page.evaluate(() => globalThis.peer.far("rest"));
      });
    } finally {
      await page.close();
    }
  }

  close() {
    this.server.close();
    this.server.closeAllConnections();
  }
}

async function bundled() {
  const require = createRequire(path.join(WEB, "package.json"));
  const scripts = await require("esbuild").build({
    absWorkingDir: FOLDER,
    entryPoints: PEERS.flatMap((peer) => [`${peer}.js`, `${peer}-far.js`]),
    alias: Object.fromEntries(SHARED.map((name) => [name, path.join(WEB, "node_modules", name)])),
    bundle: true,
    minify: true,
    format: "iife",
    outdir: "out",
    write: false,
    // Automerge's WebAssembly within the script, where nothing else can be imported.
    conditions: ["webpack"],
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  const styles = fs.readdirSync(STYLES).sort().map((name) => fs.readFileSync(path.join(STYLES, name), "utf8"));
  const files = scripts.outputFiles.map((file) => [`/${path.basename(file.path)}`, ["text/javascript", file.contents]]);
  return new Map([...files, ["/styles.css", ["text/css", styles.join("\n")]]]);
}

/// The paper on its desk, with all lines justified as body text is in the app.
function pageOf(peer) {
  if (!PEERS.includes(peer)) return ["text/plain", undefined];
  const page = `<!doctype html><html lang="zh-CN"><meta charset="utf-8"><link rel="icon" href="data:,"><link rel="stylesheet" href="/styles.css">
    <style>.desk { height: 100vh; box-sizing: border-box } .cm-line { text-align: justify }</style>
    <div class="desk"><div class="paper"></div></div><script src="/${peer}.js"></script>`;
  return ["text/html; charset=utf-8", page];
}
