// Text put in as people put it in: from the clipboard, by Ctrl+V.

import { Trace } from "./trace.mjs";

/// So many characters in paragraphs of about two hundred, no two alike.
export function longText(size) {
  let text = "";
  for (let n = 1; text.length < size; n += 1) text += `这是第${n}段，${"一段话写得很长很长，".repeat(20)}\n`;
  return text.slice(0, size);
}

/// Pastes at the end, and waits until it is saved and synced: what page and engine did from the key to saved.
export async function paste(shell, editor, text) {
  const { page } = editor;
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: new URL(page.url()).origin });
  await page.evaluate((text) => navigator.clipboard.writeText(text), text);
  await editor.toEnd();
  const { length } = await editor.text();
  const trace = await Trace.start(page);
  await page.keyboard.press("Control+v");
  await editor.reads((now) => now.length === length + text.length, { timeout: 60_000 });
  await editor.saved({ timeout: 60_000 });
  const tasks = await trace.stop();
  await shell.synced({ timeout: 60_000 });
  return tasks;
}
