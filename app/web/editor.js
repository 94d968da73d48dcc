/**
 * The editor, for the Rust side: one function, a handle, and plain values in between. What the
 * user does goes out by callbacks; what others did comes in by `applyRemote`.
 *
 * This file owns the wiring. It knows no documents, no storage and no network.
 */

import { history, isolateHistory, redo, undo } from "@codemirror/commands";
import { openSearchPanel } from "@codemirror/search";
import { Annotation, Compartment, EditorSelection, EditorState, Transaction } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";

import { keepInPlace } from "./editor/anchor.js";
import { brought } from "./editor/brought.js";
import { SPELLED_IN_TEXT, watchComposition } from "./editor/composition.js";
import { find } from "./editor/find.js";
import { intake, selectedOnly } from "./editor/intake.js";
import { readingKeys, writingKeys } from "./editor/keys.js";
import { lineKinds } from "./editor/kinds.js";
import { marks, marksEffect } from "./editor/marks.js";
import { peers, peersEffect } from "./editor/peers.js";
import { printWhole } from "./editor/print.js";
import { createReporter } from "./editor/reporter.js";
import { room } from "./editor/scrolling.js";
import { fromSplices } from "./editor/splices.js";
import { adoptStyles, layout } from "./editor/theme.js";
import { doubleClick } from "./editor/words.js";

/** Room above the line that is jumped to, so that it does not stick to the edge. */
const JUMP_MARGIN = 32;

const remote = Annotation.define();

adoptStyles();

/**
 * Offsets everywhere are UTF-16 code units. Splices are applied in order, each to what the former
 * ones left.
 *
 * @typedef {object} Options
 * @property {string} text
 * @property {boolean} readOnly
 * @property {string} label for those who do not see the editor
 * @property {Record<string, string>} phrases the search panel's words
 * @property {(text: string, isTitleLine: boolean) => string} lineKind called while the screen is
 *   drawn: it must not call the handle
 * @property {(from: number[], to: number[], inserted: string[]) => void} onChange
 * @property {(anchor: number, head: number) => void} onSelection
 * @property {(active: boolean) => void} onComposition
 * @property {(reason: import("./editor/brought.js").Reason, name: string) => void} onRefused what was
 *   pasted or dropped was not taken; the name is the file's, if it was one
 * @property {boolean} [holdComposition] tell the outcome of a composition, not each of its steps
 */

/**
 * @param {HTMLElement} parent
 * @param {Options} options
 */
export function createEditor(parent, options) {
  const access = new Compartment();
  /** Effects that are not to touch the text while an input method composes, by what they set. */
  const postponed = new Map();
  const reporter = createReporter(options, {
    composing: () => composition.active,
    spells: SPELLED_IN_TEXT,
    // From here on the text on the screen would be a fiction.
    refused: () => queueMicrotask(() => handle.setReadOnly(true)),
  });
  let destroyed = false;

  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        access.of(accessOf(options.readOnly)),
        intake((tr) => tr.annotation(remote)),
        brought((reason, name) => options.onRefused(reason, name)),
        selectedOnly,
        history(),
        find,
        // CodeMirror would only log what a callback throws; the page must hear of it.
        EditorView.exceptionSink.of((error) => setTimeout(() => { throw error; })),
        EditorState.phrases.of(options.phrases ?? {}),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          role: "textbox",
          "aria-multiline": "true",
          "aria-label": options.label,
          spellcheck: "false",
        }),
        lineKinds(options.lineKind),
        marks,
        peers,
        doubleClick,
        room,
        layout,
      ],
    }),
    dispatchTransactions(transactions, view) {
      if (destroyed) return;
      view.update(transactions);
      let byUser = false;
      for (const tr of transactions) {
        for (const [what, effect] of postponed) postponed.set(what, effect.map(tr.changes));
        if (tr.annotation(remote)) continue;
        byUser = true;
        if (tr.docChanged) reporter.changed(tr);
      }
      if (byUser) reporter.selected(view.state);
    },
  });

  const composition = watchComposition(view, {
    started: () => options.onComposition(true),
    ended(left) {
      try {
        const back = left && reporter.giveUp();
        // In the history as the composition is: an undo takes back both, or neither. As a part of it, however long the
        // user sat over the word.
        if (back) view.dispatch({ changes: back, annotations: remote.of(true), userEvent: "input.type.compose" });
        reporter.flush();
        reporter.selected(view.state);
      } finally {
        const effects = [...postponed.values()];
        postponed.clear();
        if (effects.length) view.dispatch({ effects, annotations: remote.of(true) });
        composition.follow();
        options.onComposition(false);
      }
    },
  });
  composition.follow();
  const endPrinting = printWhole(view, options.lineKind);

  /** Sets something that is not the user's doing; later, if an input method composes. */
  const set = (what, effect) => {
    if (destroyed) return;
    const mapped = reporter.untold ? effect.map(reporter.untold) : effect;
    if (composition.active) postponed.set(what, mapped);
    else view.dispatch({ effects: mapped, annotations: remote.of(true) });
    composition.follow();
  };
  const toldState = () => reporter.toldState(view.state);

  const handle = {
    /** @returns {string} the text as it was told */
    text: () => toldState().doc.toString(),

    /** @returns {[number, number]} anchor and head, in the text as it was told */
    selection() {
      const { anchor, head } = toldState().selection.main;
      return [anchor, head];
    },

    /** Whether an input method is composing, and `applyRemote` would throw. */
    composing: () => composition.active,

    /** Tells at once what a composition holds back, but no spelling: when the page is about to go. */
    flush: () => reporter.flushWords(),

    /**
     * Applies what others did. No callback is called.
     * @param {ArrayLike<number>} from
     * @param {ArrayLike<number>} to
     * @param {ArrayLike<string>} inserted
     */
    applyRemote(from, to, inserted) {
      if (destroyed) return;
      if (composition.active) throw new Error("an input method is composing");
      const changes = fromSplices(from, to, inserted, view.state.doc.length);
      if (changes.empty) return;
      const annotations = [remote.of(true), Transaction.remote.of(true), Transaction.addToHistory.of(false)];
      keepInPlace(view, changes, () => view.dispatch({ changes, annotations }));
    },

    /**
     * Makes an edit that the user asked for and did not type: it is told as typing is, and undone as one step.
     * @param {ArrayLike<number>} from
     * @param {ArrayLike<number>} to
     * @param {ArrayLike<string>} inserted
     */
    edit(from, to, inserted) {
      if (destroyed) return;
      if (composition.active) throw new Error("an input method is composing");
      const changes = fromSplices(from, to, inserted, view.state.doc.length);
      if (!changes.empty) view.dispatch({ changes, annotations: isolateHistory.of("full"), userEvent: "input.command" });
    },

    /** @param {boolean} readOnly */
    setReadOnly: (readOnly) => set("access", access.reconfigure(accessOf(readOnly))),

    /** @param {import("./editor/peers.js").Peer[]} list */
    setPeers: (list) => set("peers", peersEffect(list, toldState().doc.length)),

    /** @param {{from: number, to: number, class: string}[]} ranges */
    mark: (ranges) => set("marks", marksEffect(ranges, toldState().doc.length)),

    /** Puts the caret there, near the top of what is visible. @param {number} offset */
    jump(offset) {
      if (destroyed) return;
      view.focus();
      const within = Math.max(0, Math.min(toldState().doc.length, offset));
      const at = reporter.untold ? reporter.untold.mapPos(within) : within;
      view.dispatch({
        selection: EditorSelection.cursor(at),
        effects: EditorView.scrollIntoView(at, { y: "start", yMargin: JUMP_MARGIN }),
        userEvent: "select",
      });
    },

    focus: () => view.focus(),
    undo: () => undo(view),
    redo: () => redo(view),
    openSearch: () => openSearchPanel(view),

    destroy() {
      if (destroyed) return;
      composition.finish();
      destroyed = true;
      endPrinting();
      view.destroy();
    },
  };
  return handle;
}

/** Where nothing can be written there is no caret; the page's own keys scroll, and Tab gets in. */
function accessOf(readOnly) {
  if (!readOnly) return keymap.of([...readingKeys, ...writingKeys]);
  return [
    keymap.of(readingKeys),
    EditorState.readOnly.of(true),
    EditorView.editable.of(false),
    EditorView.contentAttributes.of({ tabindex: "0" }),
  ];
}
