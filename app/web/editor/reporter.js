/**
 * Tells Rust what the user did: changes as splices, and the selection.
 *
 * With `holdComposition` it tells the outcome of a composition and not its steps (n, ni, ni'h …),
 * which would all stay in the document's history. Until then offsets, selection and text are
 * those of the text that has been told; this file knows the way from there to the screen.
 */

import { toSplices } from "./splices.js";

/**
 * What input methods spell before a word is chosen: pinyin, and the signs of Taiwan. It is no text
 * yet. Capitals are meant as they are.
 */
const SPELLING = /^[a-z'’ \u3100-\u312f]+$/;

/** Dictation composes whole sentences; they are not held back for longer than this. */
const HELD_MS = 5000;

/**
 * @param {{
 *   onChange: (from: number[], to: number[], inserted: string[]) => void,
 *   onSelection: (anchor: number, head: number) => void,
 *   holdComposition?: boolean,
 * }} options
 * @param {{composing: () => boolean, refused: () => void, spells?: boolean}} around `refused` is
 *   called when Rust threw: what was typed did not arrive; `spells` if input methods spell in the text
 */
export function createReporter(options, around) {
  /**
   * What was typed in this composition and is not told yet.
   * @type {null | {changes: import("@codemirror/state").ChangeSet, before: EditorState, after: Text}}
   */
  let held = null;
  let timer = 0;
  let told = [-1, -1];

  const tell = (changes, before, after) => {
    const { from, to, inserted } = toSplices(changes, before, after);
    if (!from.length) return;
    try {
      options.onChange(from, to, inserted);
    } catch (error) {
      around.refused();
      throw error;
    }
  };
  const spelled = () => {
    if (!held || !around.spells) return false;
    let typed = "";
    held.changes.iterChanges((_fromA, _toA, _fromB, _toB, text) => {
      typed += text.toString();
    });
    return SPELLING.test(typed);
  };
  const flush = () => {
    clearTimeout(timer);
    if (!held) return;
    const { changes, before, after } = held;
    held = null;
    tell(changes, before.doc, after);
  };
  /** Spelling waits on: it would stay in the history, and in the text if the user went away now. */
  const flushWords = () => {
    if (spelled()) timer = setTimeout(flushWords, HELD_MS);
    else flush();
  };
  const selection = ({ selection: { main } }) => [main.anchor, main.head];

  return {
    /** Tells what was held back. */
    flush,

    /** The same, but not what is only spelled yet. */
    flushWords() {
      if (!spelled()) flush();
    },

    /** Forgets what is only spelled yet; what takes it off the screen, if there is any. */
    giveUp() {
      if (!spelled()) return null;
      clearTimeout(timer);
      const { changes, before } = held;
      held = null;
      return changes.invert(before.doc);
    },

    /** @param {import("@codemirror/state").Transaction} tr one that the user made */
    changed({ changes, startState, newDoc }) {
      if (!options.holdComposition || !around.composing()) {
        tell(changes, startState.doc, newDoc);
      } else if (held) {
        held = { changes: held.changes.compose(changes), before: held.before, after: newDoc };
      } else {
        held = { changes, before: startState, after: newDoc };
        timer = setTimeout(flushWords, HELD_MS);
      }
    },

    /** @param {EditorState} state */
    selected(state) {
      const now = selection(state);
      if (held || (now[0] === told[0] && now[1] === told[1])) return;
      told = now;
      options.onSelection(now[0], now[1]);
    },

    /** The state whose text has been told. @param {EditorState} state what is on the screen */
    toldState: (state) => (held ? held.before : state),

    /** What leads from the text that has been told to the one on the screen, if they differ. */
    get untold() {
      return held?.changes;
    },
  };
}

/**
 * @typedef {import("@codemirror/state").EditorState} EditorState
 * @typedef {import("@codemirror/state").Text} Text
 */
