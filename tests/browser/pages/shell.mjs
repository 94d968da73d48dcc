// What every page has: the top bar with the sync state, the navigation, the strips above.

import { until } from "../../harness/wait.mjs";

export class Shell {
  constructor(page) {
    this.page = page;
    this.navigation = page.getByRole("navigation", { name: /^(主导航|Main navigation)$/ });
    this.syncState = page.getByRole("status", { name: /^(同步状态|Sync state)$/ });
    this.heading = page.getByRole("heading", { level: 1 });
  }

  /// Waits until the shell stands: somebody is in.
  async ready() {
    await this.navigation.waitFor();
    return this;
  }

  async go(entry) {
    await this.navigation.getByRole("link", { name: entry }).click();
  }

  sync() {
    return this.syncState.innerText();
  }

  /// Waits until the sync state says this.
  async says(words, { timeout = 20_000 } = {}) {
    let last;
    try {
      await until(async () => words.test((last = await this.sync())), { timeout, what: `the sync state saying ${words}`, every: 30 });
    } catch (error) {
      throw new Error(`${error.message}; it said ${JSON.stringify(last)}`, { cause: error });
    }
  }

  synced(options) {
    return this.says(/^已同步 \d\d:\d\d$/, options);
  }

  /// A strip above the page, by its first words.
  strip(words) {
    return this.page.locator(".notice").filter({ hasText: words });
  }
}
