/**
 * The carets of others, with their names. They are drawn on a layer above the text and not as
 * widgets within it: an element beside the user's own caret would disturb input methods.
 */

import { EditorSelection, StateEffect, StateField } from "@codemirror/state";
import { RectangleMarker, layer } from "@codemirror/view";

/**
 * `color` is one of the style sheet's author slots ("author-3") or a CSS colour.
 * @typedef {{name: string, color: string, offset: number}} Peer
 */

const moved = (peers, changes) =>
  peers.map((peer) => ({ ...peer, offset: changes.mapPos(peer.offset, -1) }));

const setPeers = StateEffect.define({ map: moved });

const field = StateField.define({
  create: () => [],
  update(peers, tr) {
    for (const effect of tr.effects) if (effect.is(setPeers)) return effect.value;
    return tr.docChanged ? moved(peers, tr.changes) : peers;
  },
});

/**
 * @param {Peer[]} list
 * @param {number} length of the document that the offsets are about
 */
export function peersEffect(list, length) {
  const within = (offset) => Math.max(0, Math.min(length, offset));
  return setPeers.of(Array.from(list, ({ name, color, offset }) => ({ name, color, offset: within(offset) })));
}

export const peers = [
  field,
  layer({
    above: true,
    class: "cm-peers",
    update: (update) => update.docChanged || update.startState.field(field) !== update.state.field(field),
    markers: (view) => view.state.field(field).flatMap((peer) => marker(view, peer)),
  }),
];

function marker(view, peer) {
  // Nothing for a position that is not drawn.
  const caret = EditorSelection.cursor(peer.offset);
  return RectangleMarker.forRange(view, "", caret).map((at) => new Marker(peer, at, view.scrollDOM.clientWidth));
}

class Marker {
  constructor({ name, color }, { left, top, height }, width) {
    this.name = name;
    this.color = color;
    this.place = { left: `${left}px`, top: `${top}px`, height: `${height}px` };
    // A name at the right edge opens to the left, or it would be cut off.
    this.right = left > width * 0.75;
  }

  eq(other) {
    const { left, top, height } = this.place;
    const place = other.place;
    return other.name === this.name && other.color === this.color && other.right === this.right &&
      place.left === left && place.top === top && place.height === height;
  }

  draw() {
    const caret = document.createElement("div");
    caret.className = "cm-peer-caret";
    if (/^author-\d+$/.test(this.color)) caret.classList.add(this.color);
    else caret.style.setProperty("--a", this.color);
    caret.classList.toggle("is-right", this.right);
    const name = caret.appendChild(document.createElement("span"));
    name.className = "cm-peer-name";
    name.textContent = this.name;
    const peer = document.createElement("div");
    peer.className = "cm-peer";
    peer.append(caret);
    Object.assign(peer.style, this.place);
    return peer;
  }
}
