/**
 * Whether an input method is composing. One true and one false for each composition, and the
 * false only when the text is in the document.
 */

const AGENT = globalThis.navigator?.userAgent ?? "";
const ANDROID = /Android/.test(AGENT);

/**
 * Whether input methods spell in the text (ni'hao) what is to become a word. On Android they do it
 * on their keyboard, and words of every language are composed there.
 */
export const SPELLED_IN_TEXT = !ANDROID;

/**
 * CodeMirror reads the composed text in a microtask, but on touch systems up to 20 ms later,
 * because keyboards there contradict themselves at the end of a composition.
 */
const FLUSHED_MS = /Android|iPhone|iPad/.test(AGENT) ? 60 : 0;

/**
 * On Android CodeMirror waits for a frame to see what these keys really do, and a change from
 * elsewhere in between would make it forget the key. So each is a small composition there.
 */
const DELAYED_KEY = /^(?:Enter|Backspace|Delete|insertParagraph|insertLineBreak|deleteContent.*)$/;

/**
 * @param {import("@codemirror/view").EditorView} view
 * @param {{started: () => void, ended: (left: boolean) => void}} on `left`: the user went away in
 *   the middle of it
 */
export function watchComposition(view, on) {
  const content = view.contentDOM;
  /** On Android the composition happens in this object, and its events come from there. */
  let context = null;
  let active = false;
  let left = false;
  let timer = 0;

  const start = () => {
    // The next composition before the last was told to be over: one long one. Remote changes
    // must not come in between, right when the input method begins.
    clearTimeout(timer);
    timer = 0;
    left = false;
    if (active) return;
    active = true;
    on.started();
  };
  const end = () => {
    clearTimeout(timer);
    timer = 0;
    if (!active) return;
    active = false;
    // A composition that ended without an event: CodeMirror would wait for it for ever.
    if (view.compositionStarted && !context) content.dispatchEvent(new CompositionEvent("compositionend"));
    const wasLeft = left;
    left = false;
    on.ended(wasLeft);
  };
  const endSoon = () => {
    if (active && !timer) timer = setTimeout(end, FLUSHED_MS);
  };
  const leave = () => {
    left = active;
    endSoon();
  };
  const onKey = (event) => {
    if (ANDROID && DELAYED_KEY.test(event.inputType ?? event.key)) {
      if (!event.isComposing && !view.compositionStarted) {
        start();
        endSoon();
      }
    } else if (event.type === "keydown" && !context && !event.isComposing && event.keyCode !== 229) {
      // An ordinary key: the composition has ended without an event.
      endSoon();
    }
  };

  // In the capture phase, before CodeMirror: it deletes a selection of several lines when it sees
  // the event. On the content alone: the search panel has input methods too.
  content.addEventListener("compositionstart", start, true);
  content.addEventListener("compositionend", endSoon);
  content.addEventListener("blur", leave);
  content.addEventListener("keydown", onKey);
  content.addEventListener("beforeinput", onKey);

  return {
    get active() {
      return active;
    },
    /** CodeMirror takes the context away while the editor is read-only, and puts it back. */
    follow() {
      const found = content.editContext ?? null;
      if (!found || found === context) return;
      context = found;
      context.addEventListener("compositionstart", start);
      context.addEventListener("compositionend", endSoon);
    },
    /** Ends what is going on: nothing comes after. */
    finish() {
      left = active;
      end();
      content.removeEventListener("compositionstart", start, true);
      content.removeEventListener("compositionend", endSoon);
      content.removeEventListener("blur", leave);
      content.removeEventListener("keydown", onKey);
      content.removeEventListener("beforeinput", onKey);
      context?.removeEventListener("compositionstart", start);
      context?.removeEventListener("compositionend", endSoon);
    },
  };
}
