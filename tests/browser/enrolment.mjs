// A relay without a campaign, and how people come in.

import { Relay } from "../harness/relay.mjs";
import { Shell } from "./pages/shell.mjs";

/// For `story`: a relay that nobody has used yet.
export const empty = { start: () => Relay.start() };

/// Founds the campaign in this browser; its first person is in afterwards.
export async function found(browser, { campaign = "清河县学习实践活动", person = "秦立川" } = {}) {
  const { page } = browser;
  await page.goto(browser.url);
  await page.getByRole("textbox", { name: "活动名称" }).fill(campaign);
  await page.getByRole("textbox", { name: "您的姓名" }).fill(person);
  await page.getByRole("button", { name: "建立活动" }).click();
  const shell = await new Shell(page).ready();
  await shell.synced();
  return shell;
}

/// Enrols this browser by a code, typed as it was read out, or by the link.
export async function join(browser, { code, link }, { name, device = "办公室台式机" } = {}) {
  const { page } = browser;
  if (link) {
    await page.goto(`${browser.url}${link.slice(link.indexOf("/#"))}`);
  } else {
    await page.goto(browser.url);
    await page.getByRole("textbox", { name: "邀请码" }).fill(code);
    await page.getByRole("button", { name: "下一步" }).click();
  }
  if (name) await page.locator(".join-who").filter({ hasText: name }).waitFor();
  await page.getByRole("textbox", { name: "给本机起个名字" }).fill(device);
  await page.getByRole("button", { name: "登记本机" }).click();
  const shell = await new Shell(page).ready();
  await shell.synced();
  return shell;
}
