/**
 * What the search panel says of its hits: how many there are, at which one the selection is, and
 * that the search has gone on around an end of the text.
 */

import { getSearchQuery, searchPanelOpen } from "@codemirror/search";
import { ViewPlugin } from "@codemirror/view";

/** Beyond this they are "more": to count all letters of a long text helps nobody. */
const MOST = 9_999;
/** The text is searched when the hands rest. */
const REST_MS = 150;

/** Where the hits begin, in order; one more than are counted where there are more. */
export function hitsOf(state, query) {
  const starts = [];
  if (!query.valid) return starts;
  const cursor = query.getCursor(state);
  while (starts.length <= MOST) {
    const step = cursor.next();
    if (step.done) break;
    starts.push(step.value.from);
  }
  return starts;
}

/**
 * Around which end a search has gone: 1 from the end to the start, -1 the other way, 0 around none.
 * @param {number} direction 1 forward, -1 backward, 0 if it is not known
 */
export function wrapped(direction, before, after) {
  if (direction > 0 && after.from < before.to && !(before.empty && after.from === before.from)) return 1;
  if (direction < 0 && after.to > before.from) return -1;
  return 0;
}

/**
 * @param {(text: string, ...values: unknown[]) => string} phrase translates
 * @param {{starts: number[], at: number, around: number}} found `at` is where the selection begins
 */
export function wordsFor(phrase, { starts, at, around }) {
  if (!starts.length) return phrase("no match");
  const count = starts.length > MOST ? `${MOST}+` : String(starts.length);
  const place = starts.indexOf(at);
  const words = place < 0 ? phrase("$ matches", count) : `${place + 1} / ${count}`;
  if (!around) return words;
  return `${words} · ${phrase(around > 0 ? "went on from the start" : "went on from the end")}`;
}

export const hits = ViewPlugin.define((view) => {
  let starts = [];
  let counted = null;
  let timer = 0;
  let direction = 0;
  let around = 0;

  const say = () => {
    const panel = view.dom.querySelector(".cm-search");
    if (!panel) return;
    const state = view.state;
    const query = getSearchQuery(state);
    let line = panel.querySelector(".cm-search-hits");
    if (!line) {
      line = document.createElement("span");
      line.className = "cm-search-hits";
      line.setAttribute("role", "status");
      panel.querySelector("[name=prev]").after(line);
    }
    const phrase = (text, ...values) => state.phrase(text, ...values);
    const words = query.search && query.valid ? wordsFor(phrase, { starts, at: state.selection.main.from, around }) : "";
    if (line.textContent !== words) line.textContent = words;
  };
  const count = () => {
    timer = 0;
    counted = getSearchQuery(view.state);
    starts = hitsOf(view.state, counted);
    say();
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(count, REST_MS);
  };
  // CodeMirror does not say which way a search went; whoever asked for it does.
  const asked = (event) => {
    const { key, shiftKey, target, type } = event;
    const name = target.getAttribute?.("name");
    if (type === "click") direction = name === "next" ? 1 : name === "prev" ? -1 : 0;
    else if (key === "F3" || /^g$/i.test(key) || (key === "Enter" && name === "search")) direction = shiftKey ? -1 : 1;
    else direction = 0;
  };
  view.dom.addEventListener("click", asked, true);
  view.dom.addEventListener("keydown", asked, true);

  return {
    update(update) {
      if (!searchPanelOpen(update.state)) {
        counted = null;
        return;
      }
      const query = getSearchQuery(update.state);
      const stale = update.docChanged || !counted?.eq(query);
      for (const tr of update.transactions) {
        const replaced = tr.isUserEvent("input.replace") && !tr.isUserEvent("input.replace.all");
        if (!replaced && !tr.isUserEvent("select.search")) continue;
        around = wrapped(replaced ? 1 : direction, tr.startState.selection.main, tr.newSelection.main);
      }
      if (!update.transactions.some((tr) => tr.isUserEvent("select.search") || tr.isUserEvent("input.replace"))) {
        if (update.selectionSet || stale) around = 0;
      }
      if (stale) soon();
      else if (update.selectionSet) say();
    },
    destroy() {
      clearTimeout(timer);
      view.dom.removeEventListener("click", asked, true);
      view.dom.removeEventListener("keydown", asked, true);
    },
  };
});
