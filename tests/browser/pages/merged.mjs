// The merged reading: the tree of units, the paper with authors, the new places.

export class MergedPage {
  constructor(page) {
    this.page = page;
    this.tree = page.locator("#tree");
    this.paper = page.getByRole("article");
    this.stepper = page.getByRole("group", { name: "新修改" });
    this.side = page.getByRole("complementary", { name: "汇总侧栏" });
    this.marks = this.paper.locator("mark");
  }

  /// Opens a document from the tree.
  async open(title) {
    await this.tree.getByRole("link", { name: title }).click();
    await this.page.getByRole("heading", { level: 1, name: `汇总 · ${title}` }).waitFor();
    await this.paper.locator(".m-text").first().waitFor();
    return this;
  }

  /// The names of the authors, as the side panel lists them.
  authors() {
    return this.side.getByRole("tabpanel", { name: /^作者/ }).getByRole("listitem").locator(".author-name").allInnerTexts();
  }

  async close() {
    await this.page.getByRole("navigation", { name: "主导航" }).getByRole("link", { name: /^(我的)?文稿/ }).click();
  }
}
