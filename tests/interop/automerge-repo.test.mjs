// Any automerge-repo client, given a token, works with the relay: checked with the official one.

import { test } from "node:test";
import assert from "node:assert/strict";
import { splice } from "@automerge/automerge";
import { generateAutomergeUrl, parseAutomergeUrl } from "@automerge/automerge-repo";
import { withRelay } from "../harness/relay.mjs";
import { stays, until } from "../harness/wait.mjs";
import { Client, converged, withClients } from "./client.mjs";
import { RawPeer, upgradeStatus } from "./raw.mjs";

const BOUND = { timeout: 90_000 };
const OWNER = "zhou-min";
const STRANGER = "fang-yuan";

/// A test with a relay of the demo county and clients of its own.
function scenario(title, body) {
  test(title, BOUND, () => withRelay({ demo: true }, (relay) => withClients((open) => body(relay, open))));
}

const insert = (handle, at, text) => handle.change((doc) => splice(doc, ["text"], at, 0, text));
const append = (handle, text) => insert(handle, handle.doc().text.length, text);
const reads = (handle, text) => until(() => handle.doc().text === text, { what: `a client reading ${JSON.stringify(text.slice(0, 40))}` });
const agree = (...handles) => until(() => converged(handles), { what: `${handles.length} clients agreeing`, timeout: 30_000 });

scenario("a second client finds and reads what the first created", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const author = await open(url, { name: "author" });
  const content = { title: "清河县整改落实方案", text: "一、总体要求\n（一）围绕主题。", items: [{ state: "open", due: 3 }], bytes: new Uint8Array([0, 255]) };
  const written = author.create(content);

  const reader = await open(url, { name: "reader" });
  const read = await reader.findSoon(written.url);
  await agree(written, read);
  assert.deepEqual(JSON.parse(JSON.stringify(read.doc())), JSON.parse(JSON.stringify(content)));

  // A client that comes later finds it at once, with the author gone.
  author.close();
  const late = await open(url, { name: "late" });
  assert.equal((await late.find(written.url)).doc().text, content.text);
});

scenario("concurrent edits of three clients converge and none is lost", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const clients = [await open(url, { name: "a" }), await open(url, { name: "b" }), await open(url, { name: "c" })];
  const first = clients[0].create({ text: "初稿。", counts: {}, list: [] });
  const handles = [first, await clients[1].findSoon(first.url), await clients[2].findSoon(first.url)];

  // No client waits for another: within a round all edit the same place before anything travels,
  // and rounds overlap with what is still on its way.
  const rounds = 25;
  for (let round = 0; round < rounds; round += 1) {
    handles.forEach((handle, who) => {
      handle.change((doc) => {
        splice(doc, ["text"], 0, 0, `〔${who}-${round}〕`);
        doc.counts[`${who}-${round}`] = round;
        doc.list.push(`${who}-${round}`);
      });
    });
    if (round % 5 === 4) await until(() => handles[1].doc().counts[`0-${round}`] !== undefined, { what: "an edit arriving" });
  }
  await agree(...handles);

  const { text, counts, list } = first.doc();
  assert.equal(list.length, 3 * rounds);
  assert.equal(Object.keys(counts).length, 3 * rounds);
  for (const mark of list) assert.ok(text.includes(`〔${mark}〕`), `the text has lost ${mark}`);
  assert.ok(text.endsWith("初稿。"));
});

scenario("a client that was offline brings its edits and gets the others'", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const traveller = await open(url, { name: "traveller" });
  const stayer = await open(url, { name: "stayer" });
  const away = traveller.create({ text: "甲乙" });
  const home = await stayer.findSoon(away.url);
  await agree(away, home);

  traveller.disconnect();
  await traveller.offline();
  for (const character of "途中所记") append(away, character);
  for (const character of "家中所写") insert(home, 0, character);
  // Made offline and known to nobody else yet.
  const note = traveller.create({ text: "离线新建的笔记" });
  await stays(() => !home.doc().text.includes("记"), { what: "nothing arriving from a client that is offline", duration: 400 });

  traveller.reconnect();
  await traveller.online();
  await agree(away, home);
  assert.equal(home.doc().text, "写所中家甲乙途中所记");
  await reads(await stayer.findSoon(note.url), "离线新建的笔记");
});

for (const [how, end] of [["a graceful restart", "stop"], ["kill -9", "kill9"]]) {
  scenario(`clients live through ${how} of the relay`, async (relay, open) => {
    const url = relay.wsUrl(await relay.token());
    const ada = await open(url, { name: "ada" });
    const bo = await open(url, { name: "bo" });
    const handles = [ada.create({ text: "起" })];
    handles.push(await bo.findSoon(handles[0].url));
    append(handles[0], "承");
    await agree(...handles);

    await relay[end]();
    await ada.offline();
    await bo.offline();
    append(handles[0], "转");
    insert(handles[1], 0, "合");
    const late = bo.create({ text: "停机时新建" });

    await relay.restart();
    await ada.online();
    await bo.online();
    await agree(...handles);
    assert.equal(handles[0].doc().text, "合起承转");

    const fresh = await open(url, { name: "fresh" });
    await reads(await fresh.findSoon(handles[0].url), "合起承转");
    await reads(await fresh.findSoon(late.url), "停机时新建");
    const seen = await ada.findSoon(late.url);
    append(seen, "，仍可续写");
    await reads(late, "停机时新建，仍可续写");
  });
}

scenario("what was written stands after a restart with every client gone", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const author = await open(url, { name: "author" });
  const witness = await open(url, { name: "witness" });
  const documents = Array.from({ length: 12 }, (_, index) => author.create({ text: `第${index}篇：` }));
  for (const handle of documents) for (const character of "逐字写下的内容") append(handle, character);
  for (const handle of documents) await reads(await witness.findSoon(handle.url), handle.doc().text);
  author.close();
  witness.close();

  await relay.restart();
  const fresh = await open(url, { name: "fresh" });
  for (const handle of documents) await reads(await fresh.find(handle.url), handle.doc().text);
});

scenario("ephemeral messages reach the other clients of the document, in order and once", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const speaker = await open(url, { name: "speaker" });
  const listener = await open(url, { name: "listener" });
  const said = speaker.create({ text: "光标" });
  const heard = await listener.findSoon(said.url);
  await agree(said, heard);

  const inbox = [];
  const echo = [];
  heard.on("ephemeral-message", ({ senderId, message }) => inbox.push({ senderId, message }));
  said.on("ephemeral-message", ({ message }) => echo.push(message));
  const messages = Array.from({ length: 8 }, (_, index) => ({ cursor: index, name: "周敏", selection: [index, index + 2] }));
  for (const message of messages) said.broadcast(message);
  await until(() => inbox.length >= messages.length, { what: "every ephemeral message arriving" });
  heard.broadcast("收到");
  await until(() => echo.length >= 1, { what: "the answer arriving" });

  assert.deepEqual(inbox, messages.map((message) => ({ senderId: speaker.peerId, message })));
  assert.deepEqual(echo, ["收到"]);
  assert.equal(heard.heads().join(), said.heads().join(), "an ephemeral message is no change");
});

scenario("a private document is unavailable to others exactly like one that does not exist", async (relay, open) => {
  const owner = await open(relay.wsUrl(await relay.token(OWNER)), { name: "owner" });
  const secret = owner.create({ text: "只给自己看的话" });
  const ownDevice = await open(relay.wsUrl(await relay.token(OWNER)), { name: "own-device" });
  await reads(await ownDevice.findSoon(secret.url), "只给自己看的话");
  const missing = generateAutomergeUrl();

  for (const [who, member] of [["another member", STRANGER], ["the campaign office", undefined]]) {
    const url = relay.wsUrl(await relay.token(member));

    const client = await open(url, { name: "stranger" });
    const reason = async (address) => {
      const error = await client.find(address).then(() => assert.fail(`${who} reads ${address}`), (problem) => problem);
      return error.message.replace(address, "URL");
    };
    const [ofSecret, ofMissing] = [await reason(secret.url), await reason(missing)];
    assert.match(ofSecret, /unavailable/);
    assert.equal(ofSecret, ofMissing);

    // And on the wire: the same messages, whichever way one asks. The last request is a fence:
    // when it is answered, so is everything before it.
    for (const type of ["request", "sync"]) {
      const peer = await RawPeer.join(url, `raw-${type}-${member ?? "office"}`);
      try {
        const answers = [];
        for (const address of [secret.url, missing]) {
          const { documentId } = parseAutomergeUrl(address);
          const fence = parseAutomergeUrl(generateAutomergeUrl()).documentId;
          peer.request(documentId, type);
          peer.request(fence);
          await peer.next((message) => message.documentId === fence && message.type === "doc-unavailable");
          answers.push(peer.about(documentId).map(({ documentId: _, ...message }) => message));
        }
        assert.deepEqual(answers[0], answers[1], `${who} can tell the two apart by a ${type}`);
        if (type === "request") assert.deepEqual(answers[0].map((message) => message.type), ["doc-unavailable"]);
      } finally {
        peer.close();
      }
    }
  }
});

scenario("knowing the id of another's document lets nobody write, listen or speak there", async (relay, open) => {
  const owner = await open(relay.wsUrl(await relay.token(OWNER)), { name: "owner" });
  const secret = owner.create({ text: "原文" });
  const ownDevice = await open(relay.wsUrl(await relay.token(OWNER)), { name: "own-device" });
  const copy = await ownDevice.findSoon(secret.url);
  await agree(secret, copy);
  const { documentId } = parseAutomergeUrl(secret.url);

  // Even with the owner's own bytes, say from a stick.
  const intruder = await open(relay.wsUrl(await relay.token(STRANGER)), { name: "intruder" });
  const forged = intruder.repo.import(await owner.repo.export(secret.url), { docId: documentId });
  forged.doneLoading();
  append(forged, "——伪造");
  const overheard = [];
  const intruded = [];
  forged.on("ephemeral-message", ({ message }) => overheard.push(message));
  secret.on("ephemeral-message", ({ message }) => intruded.push(message));
  forged.broadcast("外人的话");

  append(secret, "，续写");
  secret.broadcast("自家的话");
  await reads(copy, "原文，续写");
  await stays(() => secret.doc().text === "原文，续写" && forged.doc().text === "原文——伪造", { what: "the two copies staying apart" });
  assert.deepEqual(overheard, []);
  assert.deepEqual(intruded, []);
  const later = await open(relay.wsUrl(await relay.token(OWNER)), { name: "later" });
  await reads(await later.find(secret.url), "原文，续写");
});

scenario("a reader gets what is written and cannot write", async (relay, open) => {
  const office = await open(relay.wsUrl(await relay.token()), { name: "office" });
  const notice = office.create({ text: "通知" });
  const reader = await open(relay.wsUrl(await relay.token(STRANGER)), { name: "reader" });
  const seen = await reader.findSoon(notice.url);
  await reads(seen, "通知");
  append(notice, "：周五开会");
  await reads(seen, "通知：周五开会");

  append(seen, "（不去）");
  await stays(() => notice.doc().text === "通知：周五开会", { what: "the reader's words staying with the reader" });
  append(notice, "。");
  await until(() => seen.doc().text.includes("。"), { what: "the reader still receiving" });
  const fresh = await open(relay.wsUrl(await relay.token()), { name: "fresh" });
  await reads(await fresh.find(notice.url), "通知：周五开会。");
});

scenario("a large document loads in a fresh client: one change of 30,000 characters, and 3,000 small ones", async (relay, open) => {
  const url = relay.wsUrl(await relay.token());
  const author = await open(url, { name: "author" });
  const bulk = "贯彻落实工作要求，".repeat(3_334).slice(0, 30_000);
  const report = author.create({ text: "" });
  append(report, bulk);
  for (let index = 0; index < 3_000; index += 1) insert(report, (index * 37) % report.doc().text.length, "改");
  assert.equal(report.doc().text.length, 33_000);

  const witness = await open(url, { name: "witness" });
  const seen = await witness.findSoon(report.url, { timeout: 60_000 });
  await agree(report, seen);
  author.close();
  witness.close();

  const fresh = await open(url, { name: "fresh" });
  const loaded = await fresh.find(report.url, { timeout: 60_000 });
  await reads(loaded, report.doc().text);
  assert.deepEqual([...loaded.heads()].sort(), [...report.heads()].sort());

  await relay.restart();
  const afterwards = await open(url, { name: "afterwards" });
  await reads(await afterwards.find(report.url, { timeout: 60_000 }), report.doc().text);
});

scenario("no token or a wrong one: 401 on the upgrade", async (relay, open) => {
  const good = await relay.token();
  assert.equal(await upgradeStatus(relay.wsUrl()), 401);
  assert.equal(await upgradeStatus(relay.wsUrl("")), 401);
  assert.equal(await upgradeStatus(relay.wsUrl("no-such-token")), 401);
  assert.equal(await upgradeStatus(relay.wsUrl(`${good}x`)), 401);
  assert.equal(await upgradeStatus(relay.wsUrl(good)), 101);

  const refused = new Client(relay.wsUrl("no-such-token"), { name: "refused" });
  try {
    await until(() => refused.handshakeErrors.length >= 2, { what: "the client being refused, and again" });
    assert.match(refused.handshakeErrors[0].message, /401/);
    assert.equal(refused.connected, false);
  } finally {
    refused.close();
  }
  await open(relay.wsUrl(good), { name: "welcome" });
});
