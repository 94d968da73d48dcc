// What clerks paste and drop: control characters, tables, text files of other programs, and what is no text at all.

import assert from "node:assert/strict";
import { until } from "../harness/wait.mjs";
import { ListPage } from "./pages/list.mjs";
import { enter, story } from "./story.mjs";

/// Brings something into the paper as the clipboard or the mouse does. `files` are names with bytes.
function bring(editor, kind, { data = {}, files = [] }) {
  return editor.paper.evaluate(
    (paper, { kind, data, files }) => {
      const transfer = new DataTransfer();
      for (const [type, text] of Object.entries(data)) transfer.setData(type, text);
      for (const { name, type, bytes } of files) transfer.items.add(new File([Uint8Array.from(bytes)], name, { type }));
      const { left, top } = paper.getBoundingClientRect();
      const common = { bubbles: true, cancelable: true };
      paper.dispatchEvent(
        kind === "paste"
          ? new ClipboardEvent("paste", { ...common, clipboardData: transfer })
          : new DragEvent("drop", { ...common, dataTransfer: transfer, clientX: left + 4, clientY: top + 4 }),
      );
    },
    { kind, data, files },
  );
}

story("what is pasted and dropped comes in as text, and what cannot is told", async ({ open }) => {
  const browser = await open();
  const { page } = browser;
  await enter(browser, "何静");
  const editor = await new ListPage(page).create("收件");
  await editor.toEnd();
  const before = await editor.text();

  await bring(editor, "paste", { data: { "text/plain": "软回车\u000b下一行\u2028再一行\u0007" } });
  await editor.reads(`${before}软回车\n下一行\n再一行`);
  await editor.undo.click();
  await editor.reads(before);

  await editor.toEnd();
  const html = "<p>附表</p><table><tr><td><p>企业</p></td><td><p>缺</p><p>工</p></td></tr><tr><td>甲厂</td><td>12</td></tr></table>";
  await bring(editor, "paste", { data: { "text/html": html, "text/plain": "附表\n企业\n缺\n工\n甲厂\n12" } });
  await editor.reads(`${before}附表\n企业\t缺 工\n甲厂\t12`);
  await editor.undo.click();
  await editor.reads(before);

  await editor.toEnd();
  await bring(editor, "paste", { data: { "text/html": "<p>只有网页</p><p>格式</p>" } });
  await editor.reads(`${before}只有网页\n格式`);
  await editor.undo.click();
  await editor.reads(before);

  // 关于 in GB18030.
  await bring(editor, "drop", { files: [{ name: "旧稿.txt", type: "text/plain", bytes: [0xb9, 0xd8, 0xd3, 0xda] }] });
  await editor.reads((text) => text.includes("关于") && !text.includes("\ufffd"));
  await editor.undo.click();
  await editor.reads(before);

  const toasts = page.getByRole("status", { name: "提示" });
  await bring(editor, "drop", { files: [{ name: "报告.docx", type: "", bytes: [0x50, 0x4b, 3, 4, 0, 0] }] });
  await toasts.getByText("“报告.docx”不是纯文本文件").waitFor();
  await bring(editor, "paste", { files: [{ name: "image.png", type: "image/png", bytes: [0x89, 0x50] }] });
  await toasts.getByText("图片放不进正文").waitFor();
  assert.equal(await editor.text(), before);
  await until(async () => (await toasts.getByRole("button", { name: "关闭" }).count()) === 2, { what: "both being told" });
});
