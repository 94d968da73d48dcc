// A list of documents, and the dialog that makes a new one.

import { EditorPage } from "./editor.mjs";

export class ListPage {
  constructor(page) {
    this.page = page;
    this.table = page.getByRole("table");
    this.rows = this.table.locator(".row");
    this.filter = page.getByRole("searchbox", { name: "按标题查找" });
  }

  row(title) {
    return this.rows.filter({ hasText: title });
  }

  link(title) {
    return this.table.getByRole("link", { name: title, exact: true });
  }

  async open(title) {
    await this.link(title).click();
    return new EditorPage(this.page).ready(title);
  }

  /// Makes a document of the first kind in the first place: a private reading note.
  async create(title) {
    await this.page.getByRole("button", { name: "新建文稿" }).first().click();
    const dialog = this.page.getByRole("dialog", { name: "新建文稿" });
    await dialog.getByRole("textbox", { name: "标题" }).fill(title);
    await dialog.getByRole("button", { name: "新建", exact: true }).click();
    return new EditorPage(this.page).ready(title);
  }
}
