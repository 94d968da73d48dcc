// The editor: a document on paper.
//
// Only the lines near the screen are elements of the page. The whole text is asked of CodeMirror, by
// the way that its own `EditorView.findFromDOM` goes.

import { until } from "../../harness/wait.mjs";

const viewOf = (content) => content.cmTile.root.view;

export class EditorPage {
  constructor(page) {
    this.page = page;
    this.paper = page.getByRole("textbox", { name: /^(正文：|Text: )/ });
    this.status = page.getByLabel("文稿状态");
    this.back = page.getByRole("link", { name: "返回" });
    this.undo = page.getByRole("button", { name: "撤销" });
    this.redo = page.getByRole("button", { name: "重做" });
    this.export = page.getByRole("button", { name: "导出", exact: true });
  }

  /// Waits until the text of that document is on the paper.
  async ready(title) {
    await this.page.getByRole("heading", { level: 1, name: title }).waitFor();
    await this.paper.waitFor();
    return this;
  }

  /// The document's id, from the address.
  get id() {
    return new URL(this.page.url()).hash.replace("#/edit/", "");
  }

  text() {
    return this.paper.evaluate(new Function("content", `return (${viewOf})(content).state.doc.toString()`));
  }

  /// Where the caret is, in UTF-16 code units.
  caret() {
    return this.paper.evaluate(new Function("content", `return (${viewOf})(content).state.selection.main.head`));
  }

  async toEnd() {
    await this.paper.focus();
    await this.page.keyboard.press("Control+End");
  }

  async toStart() {
    await this.paper.focus();
    await this.page.keyboard.press("Control+Home");
  }

  async left(times) {
    for (let n = 0; n < times; n += 1) await this.page.keyboard.press("ArrowLeft");
  }

  /// Types at the caret, key by key.
  async type(text, { delay = 10 } = {}) {
    await this.page.keyboard.type(text, { delay });
  }

  /// Waits until the text is this, or until a check of it holds.
  async reads(wanted, { timeout = 20_000 } = {}) {
    const holds = typeof wanted === "string" ? (text) => text === wanted : wanted;
    let last = "";
    try {
      return await until(async () => holds((last = await this.text())) && last, { timeout, what: "the editor reading as awaited", every: 40 });
    } catch (error) {
      throw new Error(`${error.message}; it reads …${last.slice(-160)}`, { cause: error });
    }
  }

  /// What the line beneath says of saving: the words of the state.
  saving() {
    return this.status.innerText();
  }

  async saved({ timeout = 10_000 } = {}) {
    await until(async () => /已保存在本机/.test(await this.saving()), { timeout, what: "the editor saying 已保存在本机", every: 20 });
  }
}
