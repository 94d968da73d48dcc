// Somebody else, far away: the official automerge-repo client, at the relay with a member's token.

import { splice } from "@automerge/automerge";
import { Client } from "../interop/client.mjs";
import { until } from "../harness/wait.mjs";

export class Remote {
  /// Opens a document as that member (the key of the roster).
  static async open(relay, member, document) {
    const client = await Client.connect(relay.wsUrl(await relay.token(member)), { name: member });
    try {
      return new Remote(client, await client.findSoon(`automerge:${document}`));
    } catch (error) {
      client.close();
      throw error;
    }
  }

  constructor(client, handle) {
    this.client = client;
    this.handle = handle;
  }

  text() {
    return this.handle.doc().text;
  }

  insert(at, text) {
    this.change((_, splice) => splice(at, 0, text));
  }

  /// Several edits as one change: `edit` gets what reads the text, and what edits it.
  change(edit) {
    this.handle.change((doc) => edit(() => doc.text, (at, gone, words) => splice(doc, ["text"], at, gone, words)));
  }

  reads(text, { timeout = 20_000 } = {}) {
    return until(() => this.text() === text, { timeout, what: "the relay having the text" });
  }

  close() {
    this.client.close();
  }
}
