/**
 * Keeps the focus on the page. Where what had it goes away, is hidden or is switched off, a browser lets it fall to
 * the page's beginning: whoever works by keys starts over, and whoever listens hears nothing. Here what stands in its
 * place takes it, never something that acts: a key that is pressed once more must not do what nobody meant.
 */

/** So many places are gone through backwards: a dialog or a message may have stood over what was left for it. */
const REMEMBERED = 8;
const ACTS = "a, button, input, select, textarea, summary, label";

/**
 * What had the focus, the last one last, each with the way up from it: its parents, and its place in each.
 * @type {{element: Element, way: {parent: Element, place: number}[]}[]}
 */
let had = [];
/** Who has it in whose stead: what was only busy gets it back. */
let lent;
let waits = false;

export function keepFocus() {
  document.addEventListener("focusin", ({ target }) => remember(target));
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (relatedTarget) return;
    if (stands(target)) requestAnimationFrame(() => forget(target));
    else settleSoon();
  });
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true, attributeFilter: ["disabled", "hidden"] });
}

function remember(element) {
  if (element !== lent?.to) lent = undefined;
  const way = [];
  for (let at = element; at.parentElement && at !== document.body; at = at.parentElement) {
    way.push({ parent: at.parentElement, place: [...at.parentElement.children].indexOf(at) });
  }
  had = [...had, { element, way }].slice(-REMEMBERED);
}

/** Whoever clicks beside everything has left it on purpose. */
function forget(element) {
  if (document.hasFocus() && isNowhere() && !waits && stands(element)) had = [];
}

/** @param {MutationRecord[]} changes */
function look(changes) {
  const last = had[had.length - 1]?.element;
  // With each letter that is typed the page changes: nothing is measured for that.
  const whole = last === document.activeElement && changes.every(({ type }) => type === "childList");
  if (!last || waits || (whole && !lent)) return;
  if (lent && document.activeElement === lent.to && stands(lent.element)) return lent.element.focus({ preventScroll: true });
  if (!stands(last)) settleSoon();
}

/** By the next picture but one the app has put the focus where it wants it. */
function settleSoon() {
  if (waits) return;
  waits = true;
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      waits = false;
      if (isNowhere()) settle();
    }),
  );
}

function settle() {
  const lost = had[had.length - 1];
  if (!lost) return;
  const to = had.reduceRight((found, { element, way }) => found ?? (stands(element) ? element : nearest(way)), undefined) ?? document.querySelector("main");
  if (!to) return;
  lent = lost.element.isConnected && lost.element !== to ? { element: lost.element, to } : undefined;
  if (to.tabIndex < 0 && !to.hasAttribute("tabindex")) {
    to.tabIndex = -1;
    to.addEventListener("blur", () => to.removeAttribute("tabindex"), { once: true });
  }
  to.focus({ preventScroll: true });
}

/** What stands where the lost element stood, or around it. */
function nearest(way) {
  const main = document.querySelector("main");
  for (const { parent, place } of way) {
    if (!parent.isConnected || parent.contains(main)) continue;
    const there = parent.children[Math.min(place, parent.children.length - 1)];
    const found = [there, parent].find((element) => element && isShown(element) && !element.matches(ACTS));
    if (found) return found;
  }
  return undefined;
}

function isNowhere() {
  return !document.activeElement || document.activeElement === document.body;
}

function stands(element) {
  return element.isConnected && !element.matches(":disabled") && isShown(element);
}

function isShown(element) {
  const { width, height } = element.getBoundingClientRect();
  return width > 0 && height > 0 && getComputedStyle(element).visibility === "visible";
}
