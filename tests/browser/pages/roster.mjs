// The roster, the dialogs that change it, and invitations.

export class RosterPage {
  constructor(page) {
    this.page = page;
    this.people = page.getByRole("tabpanel").getByRole("table");
  }

  async open(shell) {
    await shell.go("名册");
    await this.page.getByRole("heading", { level: 1, name: "名册" }).waitFor();
    return this;
  }

  person(name) {
    return this.people.getByRole("row").filter({ hasText: name });
  }

  async addUnit(name, kind = "乡镇") {
    await this.page.getByRole("button", { name: "新增单位" }).click();
    const dialog = this.page.getByRole("dialog", { name: "新增单位" });
    await dialog.getByRole("textbox", { name: "单位名称" }).fill(name);
    await dialog.getByRole("combobox", { name: "类别" }).selectOption({ label: kind });
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  async addPerson(name, { unit, roles = [] } = {}) {
    await this.page.getByRole("button", { name: "新增人员" }).click();
    const dialog = this.page.getByRole("dialog", { name: "新增人员" });
    await dialog.getByRole("textbox", { name: "姓名", exact: true }).fill(name);
    if (unit) await dialog.getByRole("combobox", { name: "单位" }).selectOption({ label: unit });
    for (const role of roles) await dialog.getByRole("checkbox", { name: role, exact: true }).check();
    await dialog.getByRole("button", { name: "保存" }).click();
    await this.person(name).waitFor();
  }

  /// Changes a person in the dialog by what `change` does there.
  async edit(name, change) {
    await this.page.getByRole("button", { name: `修改：${name}` }).click();
    const dialog = this.page.getByRole("dialog", { name: "修改人员" });
    await change(dialog);
    await dialog.getByRole("button", { name: "保存" }).click();
    await dialog.waitFor({ state: "detached" });
  }

  /// Invites somebody; the code and the link.
  async invite(name) {
    await this.page.getByRole("button", { name: `邀请：${name}` }).click();
    return takeInvitation(this.page);
  }
}

/// What the open invitation dialog makes.
export async function takeInvitation(page) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "生成邀请码" }).click();
  const code = await dialog.locator(".invitation-code").innerText();
  const link = await dialog.locator(".invitation-link").innerText();
  await dialog.getByRole("img", { name: "邀请链接的二维码" }).locator("svg").waitFor();
  await dialog.getByRole("button", { name: "关闭" }).click();
  await dialog.waitFor({ state: "detached" });
  return { code, link };
}
