//! What others write, good and bad: what a reader sees of it, and what is done with what cannot be applied.

use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change, ChangeHash, ObjId, ROOT, ReadDoc};
use huigao_engine::port::ProfileContents;
use huigao_engine::reader::job::{ReadJob, Said};
use huigao_engine::reader::{Reader, plain};
use huigao_engine::session::Session;
use huigao_engine::session::aside::Work;
use huigao_engine::session::event::{Command, Effect, OpenError, Write};
use huigao_engine::session::reading::{NOBODY, Reading};
use huigao_engine::session::view::{DocumentSync, Merged};
use huigao_protocol::message::Answer;
use huigao_shared::change::split_chunks;
use huigao_shared::document::text_object;
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::wire::{Message, Refusal, SyncFrame, sync};

use super::{Tab, document, setup};

/// Another person's copy of a document.
pub(super) struct Other {
    pub(super) doc: AutoCommit,
    text: ObjId,
    told: Vec<ChangeHash>,
}

fn actor(name: &str) -> ActorId {
    actor_of(MemberId::from_key(name), [9; 8])
}

impl Other {
    /// A copy of what the tab has said to its database.
    fn of(tab: &mut Tab, name: &str) -> Self {
        let mut doc = AutoCommit::new();
        for write in tab.transactions().into_iter().flatten() {
            if let Write::PutChunk { bytes, .. } = write {
                for chunk in split_chunks(&bytes).expect("chunks") {
                    doc.apply_changes([Change::try_from(chunk).expect("a change")]).expect("it applies");
                }
            }
        }
        let text = text_object(&doc).expect("a text");
        let told = doc.get_heads();
        Self { doc: doc.with_actor(actor(name)), text, told }
    }

    pub(super) fn splices(&mut self, at: usize, delete: isize, insert: &str) {
        self.doc.splice_text(&self.text, at, delete, insert).expect("room");
        self.doc.commit();
    }

    /// What is new comes to the tab from the relay.
    pub(super) fn tell(&mut self, tab: &mut Tab, document: DocumentId) {
        let mut changes = self.doc.get_changes(&self.told);
        self.told = self.doc.get_heads();
        send(tab, document, &self.told, changes.iter_mut().map(|change| change.raw_bytes().to_vec()).collect());
    }
}

pub(super) fn send(tab: &mut Tab, document: DocumentId, heads: &[ChangeHash], changes: Vec<Vec<u8>>) {
    let mut heads = heads.to_vec();
    heads.sort_unstable();
    let data = sync::advance(&heads, changes, false);
    tab.frame(&Message::Sync(SyncFrame { sender: "relay".into(), target: "tab".into(), document, data: data.into() }));
    tab.pass(5_000);
}

/// What a reader that has nothing yet makes of a document.
pub(super) fn reading(tab: &mut Tab, document: DocumentId) -> Merged {
    let ReadJob { job, bytes, .. } = match tab.session.reading(document, 1, NOBODY).expect("it is open") {
        Reading::Job(job) => *job,
        Reading::Plain(text) => return plain(&text),
    };
    let Said::Done { answer, .. } = Reader::default().run(job, bytes) else { panic!("it can be read") };
    match serde_json::from_str(&answer) {
        Ok(Answer::Merged(Some(merged))) => *merged,
        other => panic!("{other:?}"),
    }
}

/// What is gone, by whom it went.
fn gone(merged: &Merged) -> Vec<(String, Option<MemberId>)> {
    let parts = merged.lines.iter().flat_map(|line| &line.parts);
    parts.filter(|part| part.removed).map(|part| (part.text.clone(), part.author)).collect()
}

fn is_unread(tab: &Tab, document: DocumentId) -> bool {
    tab.session.rows().iter().any(|row| row.document == document && row.unread)
}

/// A change whose one insertion is made after an element that is not there.
pub(super) fn unfounded(other: &mut Other) -> (ChangeHash, Vec<u8>) {
    other.splices(1, 0, "坏");
    let change = other.doc.get_last_local_change().expect("a change");
    let mut expanded = change.decode();
    let missing = automerge::legacy::OpId::new(9_999, change.actor_id());
    expanded.operations[0].key = automerge::legacy::Key::Seq(automerge::legacy::ElementId::Id(missing));
    let bad = Change::from(expanded);
    (bad.hash(), bad.raw_bytes().to_vec())
}

pub(super) fn opened(text: &str) -> (Tab, DocumentId, Other) {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(1);
    tab.create(document, text);
    let other = Other::of(&mut tab, "other");
    (tab, document, other)
}

#[test]
fn what_another_person_deleted_is_shown_where_it_stood_and_counted() {
    let (mut tab, document, mut other) = opened("一、甲\n要删去的一段。\n二、乙");
    tab.command(Command::MarkRead(document));
    other.splices(4, 8, "");
    other.tell(&mut tab, document);
    let merged = reading(&mut tab, document);
    assert_eq!(gone(&merged), [("要删去的一段。\n".to_owned(), Some(MemberId::from_key("other")))]);
    assert_eq!((merged.new_places, merged.lines.len()), (1, 2));
    assert!(is_unread(&tab, document));
    // In the place of something else it is one place.
    other.splices(2, 1, "丙");
    other.tell(&mut tab, document);
    let merged = reading(&mut tab, document);
    assert_eq!(merged.new_places, 1, "{:?}", merged.lines);
    tab.command(Command::MarkRead(document));
    assert!(!is_unread(&tab, document));
    assert_eq!((reading(&mut tab, document).new_places, gone(&reading(&mut tab, document))), (0, Vec::new()));
}

#[test]
fn what_was_deleted_and_put_back_is_no_news_and_still_its_authors() {
    let (mut tab, document, mut other) = opened("我写的一整段话在这里。");
    tab.command(Command::MarkRead(document));
    let before = reading(&mut tab, document);
    other.splices(0, 11, "");
    other.splices(0, 0, "我写的一整段话在这里。");
    other.tell(&mut tab, document);
    let merged = reading(&mut tab, document);
    assert_eq!((merged.new_places, &merged.authors), (0, &before.authors));
    assert_eq!(gone(&merged), []);
}

#[test]
fn two_who_did_not_know_of_each_other_are_marked_where_their_words_meet() {
    let (mut tab, document, mut other) = opened("缺三百人左右。\n另一行");
    // The same figure, by both.
    other.splices(1, 2, "二百九十");
    tab.command(Command::Edit {
        document,
        splices: vec![huigao_engine::session::event::Splice { at: 1, delete: 2, insert: "二百八十".into() }],
    });
    tab.pass(1_000);
    other.tell(&mut tab, document);
    assert_eq!(reading(&mut tab, document).touching, 1, "{:?}", tab.session.text(document));
    // One line each is nobody's trouble.
    let (mut tab, document, mut other) = opened("甲\n乙\n丙");
    other.splices(1, 0, "一");
    tab.types(document, 5, "三");
    other.tell(&mut tab, document);
    assert_eq!(reading(&mut tab, document).touching, 0);
}

#[test]
fn a_change_that_cannot_be_applied_sets_its_document_aside_and_nothing_else() {
    let (mut tab, document, mut other) = opened("好的文字");
    let (hash, bad) = unfounded(&mut other);
    send(&mut tab, document, &[hash], vec![bad]);
    let view = tab.session.document(document).expect("it is open");
    assert_eq!((view.writable, view.sync), (false, DocumentSync::Aside));
    assert_eq!(view.aside, Some(Some(MemberId::from_key("other"))));
    assert_eq!(tab.session.text(document).as_deref(), Some("好的文字"));
    let second = super::document(2);
    tab.create(second, "别的文稿");
    tab.types(second, 0, "照常");
    assert_eq!(tab.session.text(second).as_deref(), Some("照常别的文稿"));
    assert!(tab.session.document(second).is_some_and(|view| view.writable));
    // The office took it out of service.
    tab.frame(&Message::Refused { document, hashes: vec![hash], why: Refusal::Withheld });
    assert!(tab.session.document(document).is_some_and(|view| view.writable && view.aside.is_none()));
    assert_eq!(tab.session.side_copies(), []);
}

#[test]
fn what_the_office_put_back_into_service_comes_again() {
    let (mut tab, document, mut other) = opened("正文");
    other.splices(2, 0, "添");
    let change = other.doc.get_last_local_change().expect("a change");
    other.tell(&mut tab, document);
    assert_eq!(tab.session.text(document).as_deref(), Some("正文添"));
    tab.frame(&Message::Refused { document, hashes: vec![change.hash()], why: Refusal::Withheld });
    assert_eq!(tab.session.text(document).as_deref(), Some("正文"));
    let named = |write: &Write| matches!(write, Write::PutMeta { key, .. } if key.starts_with("refused/"));
    assert_eq!(tab.transactions().iter().flatten().filter(|write| named(write)).count(), 1);
    send(&mut tab, document, &[change.hash()], vec![change.raw_bytes().to_vec()]);
    assert_eq!(tab.session.text(document).as_deref(), Some("正文添"));
    // Nor is it left out when the document is read from this device again.
    let forgotten = |write: &Write| matches!(write, Write::DeleteMeta { key } if key.starts_with("refused/"));
    assert_eq!(tab.transactions().iter().flatten().filter(|write| forgotten(write)).count(), 1);
}

#[test]
fn where_what_was_read_last_is_not_here_it_is_said_that_news_cannot_be_told() {
    let (mut tab, document, mut other) = opened("底稿");
    other.splices(2, 0, "后来收回的话");
    other.tell(&mut tab, document);
    assert_eq!((reading(&mut tab, document).is_known, reading(&mut tab, document).new_places), (true, 1));
    tab.command(Command::MarkRead(document));
    assert!(reading(&mut tab, document).is_known);
    let hashes = other.told.clone();
    tab.frame(&Message::Refused { document, hashes, why: Refusal::Withheld });
    assert_eq!(tab.session.text(document).as_deref(), Some("底稿"));
    assert_eq!((reading(&mut tab, document).is_known, reading(&mut tab, document).new_places), (false, 0));
    // From the next reading on it can be told again.
    tab.command(Command::MarkRead(document));
    assert!(reading(&mut tab, document).is_known);
}

#[test]
fn after_a_change_that_automerge_refuses_the_sync_is_started_over() {
    let (mut tab, document, mut other) = opened("底稿");
    // Two changes of one person's program with one number.
    let mut twin = Other { doc: other.doc.clone(), text: other.text.clone(), told: Vec::new() };
    other.splices(2, 0, "甲写");
    other.tell(&mut tab, document);
    twin.splices(2, 0, "另写");
    other.splices(0, 0, "好");
    let last = |other: &mut Other| other.doc.get_last_local_change().expect("a change");
    let (refused, good) = (last(&mut twin), last(&mut other));
    tab.effects.clear();
    let changes = vec![refused.raw_bytes().to_vec(), good.raw_bytes().to_vec()];
    send(&mut tab, document, &[refused.hash(), good.hash()], changes);
    // It keeps out nothing else.
    assert_eq!(tab.session.text(document).as_deref(), Some("好底稿甲写"));
    let said = tab.effects.iter().rev().find_map(|effect| match effect {
        Effect::Send(frame) => match Message::decode(frame) {
            Ok(Message::Sync(sent)) => sync::decode(&sent.data).ok(),
            _ => None,
        },
        _ => None,
    });
    let said = said.expect("the tab goes on");
    // From what is receipted on, which here is nothing; and what was refused is not asked for.
    assert!(said.have.first().is_some_and(|have| have.last_sync.is_empty()) && said.need.is_empty(), "{said:?}");
    other.told = other.doc.get_heads();
    other.splices(0, 0, "更");
    other.tell(&mut tab, document);
    assert_eq!(tab.session.text(document).as_deref(), Some("更好底稿甲写"));
}

#[test]
fn nothing_takes_the_place_of_a_text() {
    let (mut tab, document, mut other) = opened("正文");
    other.doc.put(ROOT, "text", 5).expect("a value");
    other.doc.commit();
    other.tell(&mut tab, document);
    let view = tab.session.document(document).expect("it is open");
    assert_eq!((view.writable, view.overlaid), (true, Some(Some(MemberId::from_key("other")))));
    tab.effects.clear();
    other.splices(2, 0, "还在");
    other.tell(&mut tab, document);
    tab.types(document, 0, "我的");
    assert_eq!(tab.session.text(document).as_deref(), Some("我的正文还在"));
    let shown = tab.effects.iter().any(|effect| matches!(effect, Effect::Editor { .. }));
    assert!(shown, "the editor hears of what others write in it");
    assert_eq!(other.doc.text(&other.text).ok().as_deref(), Some("正文还在"));
    assert_eq!(reading(&mut tab, document).authors.iter().map(|(_, count)| count).sum::<usize>(), 6);
}

#[test]
fn where_the_app_fell_is_set_aside_at_the_next_start() {
    let (mut tab, document, _) = opened("好的文字");
    tab.stored(&Ok(()));
    let stored = tab.session.rows().remove(0);
    let mut contents = ProfileContents::default();
    let record = serde_json::to_string(&huigao_engine::session::StoredDocument::new(stored.space)).expect("plain");
    contents.documents.push((document, record));
    let fall = |reading| vec![Work { document, reading, by: None, change: None }];
    let (session, _) = Session::open(super::Setup { fell: fall(false), ..setup() }, contents.clone());
    assert_eq!(session.rows()[0].sync, DocumentSync::Aside);
    // Twice while it was read from this device: it is not read any more.
    let (mut session, effects) = Session::open(super::Setup { fell: fall(true), ..setup() }, contents.clone());
    for effect in &effects {
        if let Effect::Persist { writes, .. } = effect {
            for write in writes {
                if let Write::PutMeta { key, bytes } = write {
                    contents.meta.push((key.clone(), bytes.clone()));
                }
            }
        }
    }
    let mut read = Vec::new();
    session.handle(super::Now { monotonic: 0, calendar: 1 }, super::Event::Command(Command::Open(document)), &mut read);
    assert!(read.contains(&Effect::LoadChunks(document)));
    let (mut session, _) = Session::open(super::Setup { fell: fall(true), ..setup() }, contents);
    let mut read = Vec::new();
    session.handle(super::Now { monotonic: 0, calendar: 1 }, super::Event::Command(Command::Open(document)), &mut read);
    assert!(read.contains(&Effect::Opened { document, result: Err(OpenError::Damaged(String::new())) }));
}
