// Two tabs of one person: an edit in one shows in the other with a line and without, and when the
// tab that holds the connection is closed the other takes over.

import { EditorPage } from "./pages/editor.mjs";
import { ListPage } from "./pages/list.mjs";
import { Shell } from "./pages/shell.mjs";
import { Remote } from "./remote.mjs";
import { enter, story } from "./story.mjs";

const TITLE = "两个标签页写的笔记";

story("two tabs share one text, and the second takes over from the first", async ({ relay, open, t }) => {
  const browser = await open();
  const first = browser.page;
  await enter(browser, "何静");
  const one = await new ListPage(first).create(TITLE);
  await one.toEnd();
  await one.type("第一页写。");
  const start = await one.text();

  const second = await browser.context.newPage();
  await enter(browser, "何静", second);
  const two = await new ListPage(second).open(TITLE);
  await two.reads(start);
  await two.toEnd();
  await two.type("第二页接着写。");
  await one.reads(`${start}第二页接着写。`);
  const [here, there] = [new Shell(first), new Shell(second)];
  await here.synced();
  await there.synced();

  await browser.cutNetwork();
  await one.toEnd();
  await one.type("断网以后第一页写。");
  await two.reads(`${start}第二页接着写。断网以后第一页写。`);
  await two.toEnd();
  await two.type("第二页也写。");
  const all = await one.reads(`${start}第二页接着写。断网以后第一页写。第二页也写。`);
  await one.saved();
  await there.says(/待同步$/);

  const { id } = new EditorPage(second);
  await first.close();
  await browser.healNetwork();
  await two.toEnd();
  await two.type("第一页关了。");
  await there.synced({ timeout: 30_000 });
  const remote = await Remote.open(relay, "he-jing", id);
  t.after(() => remote.close());
  await remote.reads(`${all}第一页关了。`);

  // The one that is left hears of others, too.
  remote.insert(0, "别处来的。");
  await two.reads(`别处来的。${all}第一页关了。`);
});
