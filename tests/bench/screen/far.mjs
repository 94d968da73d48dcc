// Somebody else at a machine of their own. On this one there are two cores for everything, so their changes are made
// before, and nothing is left to do for them but to send.

import * as Automerge from "@automerge/automerge";
import { RawPeer } from "../../interop/raw.mjs";
import { Remote } from "../../browser/remote.mjs";
import { WORDS, beginWriting, placeOf } from "./writing.mjs";

const EDITS = 150;

export class Far {
  /// As that member (the key of the roster), in the document as the relay has it now.
  static async open(relay, member, document) {
    const remote = await Remote.open(relay, member, document);
    let doc = Automerge.clone(remote.handle.doc());
    remote.close();
    const messages = Array.from({ length: EDITS }, (_, n) => {
      doc = Automerge.change(doc, (doc) => Automerge.splice(doc, ["text"], placeOf(n, doc.text.length), 0, WORDS));
      const changes = [Automerge.getLastLocalChange(doc)];
      return Automerge.encodeSyncMessage({ heads: Automerge.getHeads(doc), need: [], have: [], changes });
    });
    const peer = await RawPeer.join(relay.wsUrl(await relay.token(member)), `far-${document}`);
    return new Far(peer, document, messages);
  }

  constructor(peer, documentId, messages) {
    this.peer = peer;
    this.documentId = documentId;
    this.messages = messages;
  }

  /// Writes until the function that it returns is called.
  begin() {
    return beginWriting((n) => {
      if (n >= this.messages.length) throw new Error(`more than ${EDITS} edits of others are asked for`);
      this.peer.send({ type: "sync", documentId: this.documentId, data: this.messages[n] });
    });
  }

  close() {
    this.peer.close();
  }
}
