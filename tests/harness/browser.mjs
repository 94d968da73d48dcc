// A browser for the tests: Chromium with a profile of its own, behind a line of its own.
//
// Cutting the network, as measured in Chromium 156 with WebSocket echoes on 127.0.0.1:
// - `context.setOffline(true)` (and the CDP call `Network.emulateNetworkConditions` behind it) makes
//   `navigator.onLine` false and fails requests and *new* sockets, in pages, workers and the service
//   worker. A socket that is open stays open and merely stands still, as on a dead line: what was sent
//   meanwhile arrives later, and no `close` event comes, not even when the other end resets it.
// - So open sockets close only if the other end goes *before* that: by stopping the relay, or by the
//   `Proxy`, which in turn does not touch `navigator.onLine`.
// `cutNetwork` does both in that order. The page's address is the proxy's: 127.0.0.1:PROXYPORT is its
// Host and Origin.

import { chromium } from "playwright-core";
import { browserPid, killBrowser } from "./browser-process.mjs";
import { Proxy } from "./proxy.mjs";
import { removeFolder, temporaryFolder } from "./temp.mjs";
import { within } from "./wait.mjs";

const PROGRAM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const LAUNCH = 30_000;
const CLOSE = 10_000;
const ACTION = 15_000;

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/// What Chromium itself writes to the console when the line is down. It says nothing of the app.
export const LINE_DOWN = /net::ERR_|WebSocket connection to .* failed|WebSocket is closed before/;

export class Browser {
  /// What went wrong in any page so far, as `{kind: "console" | "page", text, url}`.
  errors = [];
  #options;

  /// `port` is the relay's: the browser reaches it through a proxy of its own, at `url`. Playwright
  /// switches the throttling of hidden tabs off; `throttleHidden` leaves it as users have it.
  static async launch({ port, viewport = { width: 1280, height: 800 }, throttleHidden = false, ...context } = {}) {
    const browser = new Browser({ viewport, throttleHidden, context });
    try {
      if (port !== undefined) browser.proxy = await Proxy.start(port);
      await browser.open();
    } catch (error) {
      await browser.close();
      throw error;
    }
    return browser;
  }

  constructor(options) {
    this.#options = options;
    this.profile = temporaryFolder("browser");
  }

  /// The relay as this browser knows it.
  get url() {
    return this.proxy?.url;
  }

  /// The browser's own process.
  get pid() {
    return browserPid(this.profile);
  }

  get page() {
    return this.context.pages()[0];
  }

  /// Starts Chromium on the profile: the first time, and again after `sigkill` or `shut`.
  async open() {
    if (this.context) throw new Error("the browser is open already");
    const { viewport, throttleHidden, context } = this.#options;
    const ignoreDefaultArgs = throttleHidden
      ? ["--disable-background-timer-throttling", "--disable-backgrounding-occluded-windows", "--disable-renderer-backgrounding"]
      : [];
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: PROGRAM,
      args: ARGUMENTS,
      ignoreDefaultArgs,
      viewport,
      locale: "zh-CN",
      timeout: LAUNCH,
      ...context,
    });
    this.context.setDefaultTimeout(ACTION);
    this.context.on("console", (message) => {
      if (message.type() === "error") this.errors.push({ kind: "console", text: message.text(), url: message.location().url });
    });
    this.context.on("weberror", (error) => {
      this.errors.push({ kind: "page", text: error.error().stack || String(error.error()), url: error.page()?.url() });
    });
    if (!this.page) await this.context.newPage();
    return this.page;
  }

  /// Kills Chromium as a power cut does. The profile stays for `open`.
  async sigkill() {
    const closed = new Promise((resolve) => this.context.once("close", resolve));
    await killBrowser(this.profile);
    await within(closed, CLOSE, "Playwright noticing that the browser is gone");
    this.context = undefined;
  }

  /// Closes Chromium in order. The profile stays for `open`.
  async shut() {
    const context = this.context;
    this.context = undefined;
    try {
      if (context) await within(context.close(), CLOSE, "the browser closing");
    } catch (error) {
      if (this.pid !== undefined) await killBrowser(this.profile);
      throw error;
    }
  }

  /// Ends everything and removes the profile.
  async close() {
    try {
      await this.shut();
    } finally {
      this.proxy?.close();
      removeFolder(this.profile);
    }
  }

  /// The line is gone: open sockets close, new ones fail, and the browser knows it. With
  /// `noticed: false` the fault lies beyond the building: `navigator.onLine` stays true.
  async cutNetwork({ noticed = true } = {}) {
    await cutNetwork(this.context, this.proxy, { noticed });
  }

  async healNetwork() {
    await this.proxy?.heal();
    await this.context.setOffline(false);
  }

  /// Forgets errors of the console that match: a story has caused them on purpose.
  expectErrors(words) {
    this.errors = this.errors.filter(({ kind, text }) => kind === "page" || !words.test(text));
  }

  /// Fails if anything went wrong in a page so far, but for what `allow` matches, and forgets it.
  expectNoErrors({ allow = LINE_DOWN } = {}) {
    const wrong = this.errors.splice(0).filter(({ kind, text }) => kind === "page" || !allow.test(text));
    if (wrong.length === 0) return;
    const lines = wrong.map(({ kind, text, url }) => `${kind} error at ${url}: ${text}`);
    throw new Error(`the page reported ${wrong.length} errors:\n${lines.join("\n")}`);
  }
}

/// Stops all traffic of a context. Without a proxy its open sockets stand still instead of closing.
export async function cutNetwork(context, proxy, { noticed = true } = {}) {
  if (!noticed && !proxy) throw new Error("only a proxy cuts the line without the browser's notice");
  await proxy?.hangUp();
  if (noticed) await context.setOffline(true);
}
