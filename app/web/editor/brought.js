/**
 * What is pasted or dropped and is not plain text: tables keep their rows, text files are read,
 * and for what cannot be taken there is a reason. Plain text is CodeMirror's to take.
 */

import { EditorView } from "@codemirror/view";

import { decodeText } from "./decode.js";
import { hasTable, textOf } from "./html.js";
import { clean, wholeCharacters } from "./intake.js";

/** Larger than any document that can be worked with. */
const LARGEST = 2 * 1024 * 1024;
/** How often it is looked whether an input method is done. */
const PAUSE_MS = 100;

/**
 * Why something was not taken: a picture; a file that is no text, or an empty or too large one;
 * nothing in it that is text.
 * @typedef {"picture" | "file" | "empty" | "large" | "nothing"} Reason
 */

/** @param {(reason: Reason, name: string) => void} refused */
export const brought = (refused) =>
  EditorView.domEventHandlers({
    paste(event, view) {
      if (view.state.readOnly || !event.clipboardData) return false;
      return bring(view, event.clipboardData, refused);
    },
    drop(event, view) {
      const data = event.dataTransfer;
      if (!data) return false;
      // The browser would leave the page and show the file.
      if (view.state.readOnly) return data.files.length > 0;
      const at = view.posAtCoords({ x: event.clientX, y: event.clientY }, false);
      return bring(view, data, refused, at);
    },
  });

/** False where the text is CodeMirror's to take. */
function bring(view, data, refused, at) {
  const html = data.getData("text/html");
  const files = Array.from(data.files);
  // With a file some systems hand its path over, too.
  const words = data.getData("text/plain") || data.getData("text/uri-list");
  const plain = files.length && /^file:/.test(words) ? "" : words;
  const page = html && (!plain || /<table/i.test(html)) ? parse(html) : null;
  if (plain && !(page && hasTable(page))) return false;
  if (at !== undefined) view.dispatch({ selection: { anchor: at }, userEvent: "select.drop" });
  view.focus();
  const text = page ? textOf(page) : "";
  if (text.trim()) insert(view, text);
  else if (files.length) readFiles(files, refused).then((read) => read && insertSoon(view, read));
  else refused("nothing", "");
  return true;
}

/** Nothing that is parsed so is run or loaded. */
const parse = (html) => new DOMParser().parseFromString(html, "text/html").body;

/**
 * The text of files; of those that have none the reason is told.
 * @param {File[]} files
 * @param {(reason: Reason, name: string) => void} refused
 */
export async function readFiles(files, refused) {
  const texts = [];
  for (const file of files) {
    const { reason, text } = await readFile(file);
    if (reason) refused(reason, file.name);
    else texts.push(text);
  }
  return texts.join("\n");
}

async function readFile(file) {
  if (file.type.startsWith("image/")) return { reason: "picture" };
  if (file.size > LARGEST) return { reason: "large" };
  try {
    const text = decodeText(new Uint8Array(await file.arrayBuffer()));
    if (text === null) return { reason: "file" };
    return text.trim() ? { text } : { reason: "empty" };
  } catch {
    // A folder, or a file that is gone meanwhile.
    return { reason: "file" };
  }
}

/** An input method must not be disturbed. */
async function insertSoon(view, text) {
  while (view.composing) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  insert(view, text);
}

function insert(view, text) {
  // It may be gone by now, or no longer be this person's to write in.
  if (!view.dom.isConnected || view.state.readOnly) return;
  const change = view.state.replaceSelection(wholeCharacters(clean(text)));
  view.dispatch(change, { userEvent: "input.paste", scrollIntoView: true });
}
