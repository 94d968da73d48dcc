// The wire itself: what the official client hides of the relay's answers.

import WebSocket from "ws";
import { cbor } from "@automerge/automerge-repo";
import * as Automerge from "@automerge/automerge";
import { until, within } from "../harness/wait.mjs";

/// The HTTP status that answers the upgrade; 101 where it succeeds.
export function upgradeStatus(url, options) {
  const socket = new WebSocket(url, options);
  socket.on("error", () => {});
  const answer = new Promise((resolve, reject) => {
    socket.once("upgrade", () => resolve(101));
    socket.once("unexpected-response", (_, response) => resolve(response.statusCode));
    socket.once("error", reject);
  });
  return within(answer, 10_000, "an answer to the upgrade").finally(() => socket.terminate());
}

/// A peer that has joined, keeps every message it is sent, and sends only what it is told to.
export class RawPeer {
  messages = [];

  static async join(url, peerId) {
    const peer = new RawPeer();
    peer.peerId = peerId;
    peer.socket = new WebSocket(url);
    peer.socket.on("error", () => {});
    peer.socket.on("message", (bytes) => peer.messages.push(cbor.decode(new Uint8Array(bytes))));
    try {
      await until(() => peer.socket.readyState === WebSocket.OPEN, { what: `${peerId} opening its socket` });
      peer.send({ type: "join", peerMetadata: { isEphemeral: true }, supportedProtocolVersions: ["1"] });
      const welcome = await peer.next((message) => message.type === "peer");
      peer.relayId = welcome.senderId;
      peer.welcome = welcome;
    } catch (error) {
      peer.close();
      throw error;
    }
    return peer;
  }

  send(message) {
    const bytes = cbor.encode({ senderId: this.peerId, ...(this.relayId && { targetId: this.relayId }), ...message });
    this.socket.send(bytes);
  }

  /// Asks for a document as a client does that has nothing of it.
  request(documentId, type = "request") {
    const [, data] = Automerge.generateSyncMessage(Automerge.init(), Automerge.initSyncState());
    this.send({ type, documentId, data });
  }

  next(accept) {
    return until(() => this.messages.find(accept), { what: `${this.peerId} receiving a message` });
  }

  about(documentId) {
    return this.messages.filter((message) => message.documentId === documentId);
  }

  close() {
    this.socket.terminate();
  }
}
