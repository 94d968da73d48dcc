//! Every decoder that takes bytes from outside: none may panic, hang, or take much memory. The driver in
//! `tests/tests/fuzz.rs` damages good input by a seed; `tests/fuzz/` gives the same functions to cargo-fuzz.

use std::collections::BTreeSet;

use automerge::sync::SyncDoc;
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjType, ROOT};
use huigao_server::roster_file;
use huigao_shared::audit::Placed;
use huigao_shared::authority::{Edit, Step, decide};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::proof::TurnedAway;
use huigao_shared::wire::{Message, PeerMetadata, SyncFrame, sync};
use huigao_shared::{change, columns};

/// A decoder and good input for it.
pub struct Target {
    /// Its name, as cargo-fuzz calls it.
    pub name: &'static str,
    /// Decodes and goes on with what came out.
    pub run: fn(&[u8]),
    /// What it takes.
    pub good: fn() -> Vec<Vec<u8>>,
}

/// All of them.
pub const TARGETS: [Target; 5] = [
    Target { name: "frame", run: frame, good: good_frames },
    Target { name: "sync_message", run: sync_message, good: good_sync_messages },
    Target { name: "change", run: change, good: good_changes },
    Target { name: "act", run: act, good: good_acts },
    Target { name: "table", run: table, good: good_tables },
];

/// A frame of the wire.
pub fn frame(bytes: &[u8]) {
    if let Ok(message) = Message::decode(bytes) {
        let again = message.encode();
        assert_eq!(Message::decode(&again).ok().as_ref(), Some(&message), "what is read is written the same");
    }
}

/// The sync message within a frame, and the changes within that.
pub fn sync_message(bytes: &[u8]) {
    if let Ok(message) = sync::decode(bytes)
        && let Ok(chunks) = sync::chunks(&message)
    {
        let mut budget = change::Budget::MESSAGE;
        for chunk in chunks.into_iter().take(64) {
            let _ = change::check_within(chunk, &mut budget);
        }
    }
}

/// A change chunk.
pub fn change(bytes: &[u8]) {
    let _ = columns::operations(bytes);
    let _ = change::split_chunks(bytes);
    let _ = change::check(bytes);
}

/// JSON of acts, steps and the audit log.
pub fn act(bytes: &[u8]) {
    let roster = roster();
    if let Ok(edits) = serde_json::from_slice::<Vec<Edit>>(bytes) {
        let _ = decide(&roster, MemberId::from_key("office"), &edits, &BTreeSet::new());
        let _ = roster.with(&edits);
    }
    if let Ok(steps) = serde_json::from_slice::<Vec<Step>>(bytes) {
        let _ = steps.iter().try_fold(roster, |roster, step| roster.after(step));
    }
    let _ = serde_json::from_slice::<Placed>(bytes);
}

/// A file of people.
pub fn table(bytes: &[u8]) {
    if let Ok(rows) = roster_file::read(bytes) {
        let _ = roster_file::preview(&roster(), &rows, &[], || [7; 16]);
    }
}

fn roster() -> Roster {
    let office = Member {
        roles: vec![huigao_shared::roster::Role::CampaignOffice],
        ..Member::new(MemberId::from_key("office"), "office", "秦立川")
    };
    Roster { version: 1, members: vec![office], ..Roster::default() }
}

fn document() -> AutoCommit {
    let mut doc = AutoCommit::new();
    if let Ok(text) = doc.put_object(ROOT, "text", ObjType::Text) {
        let _ = doc.splice_text(&text, 0, 0, "一、学习调研\n（一）动员");
        doc.commit();
        let _ = doc.splice_text(&text, 3, 2, &"落实".repeat(200));
        doc.commit();
    }
    doc
}

fn good_changes() -> Vec<Vec<u8>> {
    let mut changes = document().get_changes(&[]);
    changes.iter_mut().flat_map(|change| [change.raw_bytes().to_vec(), change.bytes().into_owned()]).collect()
}

fn good_sync_messages() -> Vec<Vec<u8>> {
    let mut doc = document();
    let first = doc.sync().generate_sync_message(&mut automerge::sync::State::new()).map(|message| message.encode());
    let changes = good_changes();
    first.into_iter().chain([sync::advance(&doc.get_heads(), changes, false), sync::reset(&[], vec![], true)]).collect()
}

fn good_frames() -> Vec<Vec<u8>> {
    let document = DocumentId::from_bytes([3; 16]);
    let cursor = Cursor { seq: 7, tag: 9 };
    let data = good_sync_messages().pop().unwrap_or_default();
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: true, huigao: Some(1) };
    [
        Message::Join { sender: "a".into(), versions: vec!["1".into()], metadata },
        Message::Sync(SyncFrame { sender: "a".into(), target: "b".into(), document, data: data.into() }),
        Message::Create { document, space: Space::Group },
        Message::Catalogue { since: Some(cursor), witness: None, roster: 2, mark: "m".into() },
        Message::Act { id: "1".into(), json: b"[]".to_vec().into() },
        Message::Challenge { nonce: "00".into() },
        Message::Proof { sender: "a".into(), signature: vec![7; 64].into() },
        Message::TurnedAway { why: TurnedAway::Revoked },
    ]
    .iter()
    .map(Message::encode)
    .collect()
}

fn good_acts() -> Vec<Vec<u8>> {
    let edits = vec![Edit::member(None, Member::new(MemberId::from_key("a"), "a", "安"))];
    let step = Step { from: 1, mark: String::new(), edits: edits.clone() };
    [serde_json::to_vec(&edits), serde_json::to_vec(&vec![step])].into_iter().flatten().collect()
}

fn good_tables() -> Vec<Vec<u8>> {
    let rows = roster_file::rows(&roster());
    [roster_file::to_csv(&rows), roster_file::to_xlsx(&rows)].into_iter().flatten().collect()
}
