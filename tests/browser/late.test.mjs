// What comes behind the first screen: nobody waits for it to read and to type, and where it does not come the page says
// so and goes on.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { MergedPage } from "./pages/merged.mjs";
import { RosterPage } from "./pages/roster.mjs";
import { REPORT, enter, openReport, story } from "./story.mjs";

const LATE = "**/late-*.wasm";
const MISSING = "这一部分还没有下载下来";
/// Else the service worker's own downloads would bring what the page's line does not.
const alone = { serviceWorkers: "block" };

const focused = (page) => page.evaluate(() => document.activeElement?.localName);

story("on a line where late parts do not come one types, and pages say so until they come", async ({ open }) => {
  const browser = await open(alone);
  const { context, page } = browser;
  await context.route(LATE, (route) => route.abort());
  const shell = await enter(browser, "何静");
  const editor = await new ListPage(page).create("办公页面没有来");
  await editor.toEnd();
  await editor.type("照样能写。");
  await editor.saved();

  // A page has its name and the focus, and another try that fails says so again.
  await shell.go("名册");
  await shell.heading.filter({ hasText: "名册" }).waitFor();
  const missing = page.getByRole("main").getByText(MISSING);
  await missing.waitFor();
  await until(async () => (await focused(page)) === "h1", { what: "the focus on the page's name" });
  assert.match(await page.title(), /^名册/);
  const again = page.getByRole("main").getByRole("button", { name: "重试" });
  const failed = page.waitForEvent("requestfailed", (request) => request.url().includes("/late-"));
  await again.click();
  await failed;
  await missing.waitFor();

  // Other pages are as they were.
  await shell.go("我的文稿");
  await new ListPage(page).link("办公页面没有来").waitFor();

  // A dialog says so too, and lets one go.
  await openReport(shell);
  const share = page.getByRole("button", { name: "分享", exact: true });
  await share.click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(MISSING).waitFor();
  await dialog.getByRole("button", { name: "取消" }).click();
  await dialog.waitFor({ state: "detached" });
  await share.click();
  await dialog.getByText(MISSING).waitFor();

  await context.unroute(LATE);
  await dialog.getByRole("button", { name: "重试" }).click();
  await page.getByRole("dialog", { name: `分享《${REPORT}》的副本` }).waitFor();
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await new RosterPage(page).open(shell);
  await new RosterPage(page).person("何静").waitFor();
});

story("a late part that the relay no longer has comes with the page that is loaded anew", async ({ open }) => {
  const browser = await open(alone);
  const { context, page } = browser;
  await context.route(LATE, (route) => route.fulfill({ status: 404, body: "not found" }));
  const shell = await enter(browser, "何静");
  await shell.go("汇总");
  await page.getByRole("main").getByText(MISSING).waitFor();
  await context.unroute(LATE);
  await page.getByRole("main").getByRole("button", { name: "刷新页面" }).click();
  await new MergedPage(page).open(REPORT);
  browser.expectNoErrors({ allow: /status of 404|net::ERR_/ });
});

story("late parts come by themselves, so that they are here when the line is gone", async ({ open }) => {
  const browser = await open(alone);
  const { page } = browser;
  const here = [];
  page.on("requestfinished", (request) => {
    if (request.url().includes("/late-")) here.push(new URL(request.url()).pathname);
  });
  const shell = await enter(browser, "何静");
  const named = await page.evaluate(() => Object.values(JSON.parse(document.querySelector("script[data-late]").dataset.late)).flat());
  const files = [...new Set(named)].sort();
  assert.ok(files.length > 1);
  await until(async () => here.length >= files.length, { what: "the late files coming by themselves" });
  assert.deepEqual(here.sort(), files);
  await shell.synced();
  await browser.cutNetwork();
  await new RosterPage(page).open(shell);
  await new RosterPage(page).person("何静").waitFor();
  await shell.go("汇总");
  await new MergedPage(page).tree.waitFor();
});
