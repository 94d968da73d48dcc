// The relay under test as a process: started, stopped, killed and started again on one port and
// one data folder. `HUIGAO_BIN` names the program.

import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { killAtExit, removeFolder, temporaryFolder } from "./temp.mjs";
import { within } from "./wait.mjs";

const START = 20_000;
const STOP = 10_000;
const COMMAND = 15_000;
const KEPT_LOG = 64 * 1024;

const run = promisify(execFile);

function program() {
  const path = process.env.HUIGAO_BIN;
  if (!path) throw new Error("HUIGAO_BIN is not set: it names the relay's program (target/debug/huigao)");
  return path;
}

export class Relay {
  #child;
  #exit;
  #log = "";
  #port = 0;
  #demo;
  #ownsData;

  /// `demo` loads the demo county. Without `data` the folder is a temporary one that `close` removes.
  static async start({ demo = false, data } = {}) {
    const relay = new Relay({ demo, data });
    try {
      await relay.#serve();
    } catch (error) {
      await relay.close();
      throw error;
    }
    return relay;
  }

  constructor({ demo, data }) {
    this.#demo = demo;
    this.#ownsData = data === undefined;
    this.data = data ?? temporaryFolder("relay");
  }

  get port() {
    return this.#port;
  }

  get pid() {
    return this.#child?.pid;
  }

  get running() {
    return this.#child !== undefined;
  }

  /// `http://127.0.0.1:PORT`
  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  /// Where an automerge-repo client connects. `port` is that of a proxy in front.
  wsUrl(token, { port = this.#port } = {}) {
    const query = token === undefined ? "" : `?token=${encodeURIComponent(token)}`;
    return `ws://127.0.0.1:${port}/sync${query}`;
  }

  /// What the relay has written to stderr, over all its runs.
  get log() {
    return this.#log;
  }

  /// A bearer token: of the member with that key, else of the campaign office.
  async token(member, { name } = {}) {
    const options = [];
    if (member !== undefined) options.push("--member", member);
    if (name !== undefined) options.push("--name", name);
    const token = (await this.command("token", ...options)).trim();
    if (!/^\S+$/.test(token)) throw this.#failure(`\`huigao token\` printed no single token: ${JSON.stringify(token)}`);
    return token;
  }

  /// Runs another command of the program on this relay's data and returns its output. `token list`
  /// is two words: `relay.command("token list")`.
  async command(verb, ...options) {
    const words = [...verb.split(" "), "--data", this.data, ...options];
    try {
      const { stdout } = await run(program(), words, { timeout: COMMAND, killSignal: "SIGKILL" });
      return stdout;
    } catch (error) {
      throw this.#failure(`\`huigao ${words.join(" ")}\`: ${error.message}`);
    }
  }

  /// Asks it to end and waits for that. It must end by itself, with success.
  async stop() {
    if (!this.#child) return;
    const asked = performance.now();
    this.#child.kill("SIGTERM");
    let end;
    try {
      end = await within(this.#exit, STOP, "the relay's graceful stop");
    } catch (error) {
      await this.kill9();
      throw this.#failure(error.message);
    }
    if (end.code !== 0) {
      const how = end.signal ?? `code ${end.code}`;
      throw this.#failure(`the relay ended with ${how}, ${Math.round(performance.now() - asked)} ms after SIGTERM`);
    }
  }

  /// As when the machine loses the process: no last words.
  async kill9() {
    if (!this.#child) return;
    this.#child.kill("SIGKILL");
    await within(this.#exit, STOP, "the end of a killed relay");
  }

  /// Starts it again on the same port and data; a relay that runs is stopped first.
  async restart() {
    await this.stop();
    await this.#serve();
  }

  /// Ends it and removes its temporary data.
  async close() {
    try {
      await this.stop();
    } finally {
      if (this.#ownsData) removeFolder(this.data);
    }
  }

  async #serve() {
    const demo = this.#demo ? ["--demo"] : [];
    const words = ["serve", "--data", this.data, "--port", String(this.#port), ...demo];
    const child = spawn(program(), words, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    killAtExit(child);

    child.stderr.setEncoding("utf8").on("data", (text) => {
      this.#log = (this.#log + text).slice(-KEPT_LOG);
    });
    this.#exit = new Promise((resolve) => {
      const ended = (end) => {
        this.#child = undefined;
        resolve(end);
      };
      child.once("error", (error) => ended({ error }));
      child.once("close", (code, signal) => ended({ code, signal }));
    });

    let said = "";
    const listening = new Promise((resolve) => {
      child.stdout.setEncoding("utf8").on("data", (text) => {
        said = (said + text).slice(0, 4096);
        const line = /^listening on http:\/\/127\.0\.0\.1:(\d+)$/m.exec(said);
        if (line) resolve(Number(line[1]));
      });
    });
    const ended = this.#exit.then((end) => {
      throw new Error(end.error?.message ?? `it ended with ${end.signal ?? `code ${end.code}`}`);
    });
    ended.catch(() => {});
    try {
      this.#port = await within(Promise.race([listening, ended]), START, "its line `listening on …`");
    } catch (error) {
      await this.kill9();
      throw this.#failure(`the relay did not start: ${error.message}; stdout: ${JSON.stringify(said)}`);
    }
  }

  #failure(message) {
    return new Error(`${message}\n${this.report()}`);
  }

  /// The end of its log, to put under a failure.
  report() {
    const lines = this.#log.trimEnd().split("\n").slice(-60);
    return `--- stderr of the relay (${this.data}) ---\n${lines.join("\n") || "(nothing)"}\n---`;
  }
}

/// Runs `body` with a relay of its own. A failure carries the relay's log; the relay and its data
/// are gone afterwards, whatever happened.
export async function withRelay(options, body) {
  const relay = await Relay.start(options);
  try {
    await body(relay);
  } catch (error) {
    error.stack = `${error.stack}\n${relay.report()}`;
    await relay.close().catch(() => {});
    throw error;
  }
  await relay.close();
}
