// Picking a person.

import { Shell } from "./shell.mjs";

export class WhoPage {
  constructor(page) {
    this.page = page;
    this.heading = page.getByRole("heading", { level: 1, name: /^(请选择您是谁|Who are you\?)/ });
    this.find = page.getByRole("searchbox", { name: "按姓名或单位查找" });
  }

  person(name) {
    return this.page.getByRole("button", { name: new RegExp(`^${name}(\\s|$)`) }).first();
  }

  /// Enters as this person; resolves when their list is there.
  async enter(name) {
    await this.person(name).click();
    return new Shell(this.page).ready();
  }
}
