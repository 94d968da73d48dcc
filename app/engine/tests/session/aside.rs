//! Documents that are set aside: in every tab, with their last good text, and what becomes of them when they must go.

use automerge::ChangeHash;
use huigao_engine::port::ProfileContents;
use huigao_engine::session::StoredDocument;
use huigao_engine::session::event::{Command, Effect, Event, OpenError, Write};
use huigao_engine::session::view::{DocumentSync, SyncState};
use huigao_shared::catalogue::{Cursor, Entry};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::wire::{CataloguePage, Message, PeerMetadata, sync};

use super::others::{opened, reading, send, unfounded};
use super::rights::space;
use super::{Tab, document};

/// What one tab says to the others, they hear.
fn pass_on(from: &mut Tab, to: &mut Tab) {
    from.told().into_iter().for_each(|message| to.handle(Event::Tab(message)));
    from.effects.retain(|effect| !matches!(effect, Effect::Broadcast(_)));
}

fn is_aside(tab: &Tab, document: DocumentId) -> bool {
    tab.session.rows().iter().any(|row| row.document == document && row.sync == DocumentSync::Aside)
}

/// What a tab writes of documents that are set aside: of each whether it is, or is not any more.
fn notes(tab: &mut Tab) -> Vec<bool> {
    let note = |write: Write| match write {
        Write::PutMeta { key, .. } if key.starts_with("aside/") => Some(true),
        Write::DeleteMeta { key } if key.starts_with("aside/") => Some(false),
        _ => None,
    };
    tab.transactions().into_iter().flatten().filter_map(note).collect()
}

#[test]
fn a_document_is_set_aside_in_every_tab_and_taken_up_in_every_tab() {
    let (mut tab, document, mut other) = opened("好的文字");
    let mut second = Tab::open();
    pass_on(&mut tab, &mut second);
    second.command(Command::Open(document));
    second.handle(Event::Chunks { document, result: Ok(Vec::new()) });
    assert!(second.session.document(document).is_some_and(|view| view.writable));
    second.transactions();

    let (hash, bad) = unfounded(&mut other);
    send(&mut tab, document, &[hash], vec![bad]);
    pass_on(&mut tab, &mut second);
    for tab in [&mut tab, &mut second] {
        let view = tab.session.document(document).expect("it is open");
        assert_eq!((view.writable, view.aside), (false, Some(Some(MemberId::from_key("other")))));
        assert_eq!(tab.session.text(document).as_deref(), Some("好的文字"));
        assert_eq!(notes(tab), [true]);
    }

    tab.effects.clear();
    second.command(Command::TakeUpAgain(document));
    pass_on(&mut second, &mut tab);
    for tab in [&mut tab, &mut second] {
        assert!(tab.session.document(document).is_some_and(|view| view.writable && view.aside.is_none()));
        assert_eq!(notes(tab), [false]);
    }
    // What the relay sent meanwhile was dropped, and it is told so.
    let starts_over = |effect: &Effect| match effect {
        Effect::Send(frame) => match Message::decode(frame) {
            Ok(Message::Sync(sent)) => sync::decode(&sent.data).is_ok_and(|message| sync::starts_over(&message)),
            _ => false,
        },
        _ => false,
    };
    assert!(tab.effects.iter().any(starts_over));
}

#[test]
fn a_tab_that_opens_hears_what_is_set_aside() {
    let (mut tab, document, mut other) = opened("好的文字");
    let (hash, bad) = unfounded(&mut other);
    send(&mut tab, document, &[hash], vec![bad]);
    tab.effects.clear();
    let record = serde_json::to_string(&StoredDocument::new(Tab::space())).expect("plain");
    let documents = vec![(document, record)];
    let mut late = Tab::open_with(ProfileContents { documents, ..ProfileContents::default() });
    assert!(!is_aside(&late, document));
    pass_on(&mut late, &mut tab);
    pass_on(&mut tab, &mut late);
    assert!(is_aside(&late, document));
}

#[test]
fn what_is_being_read_when_another_tab_falls_at_it_again_is_not_read() {
    let (mut tab, document) = stored(true, None);
    tab.command(Command::Open(document));
    assert!(tab.effects.contains(&Effect::LoadChunks(document)));
    tab.handle(Event::Tab(told_aside(document)));
    tab.handle(Event::Chunks { document, result: Ok(vec![("1".to_owned(), vec![1])]) });
    assert!(tab.effects.contains(&Effect::Opened { document, result: Err(OpenError::Damaged(String::new())) }));
    assert_eq!(tab.session.text(document), None);
}

#[test]
fn a_document_that_is_set_aside_keeps_its_reading_marks_until_it_is_taken_up() {
    let (mut tab, document, mut other) = opened("好的文字");
    tab.command(Command::MarkRead(document));
    other.splices(0, 0, "新来的");
    other.tell(&mut tab, document);
    let before = reading(&mut tab, document);
    assert_eq!(before.new_places, 1);
    let (hash, bad) = unfounded(&mut other);
    send(&mut tab, document, &[hash], vec![bad]);
    tab.transactions();
    // Who wrote what is not looked up where the app may fall at it.
    let plain = reading(&mut tab, document);
    assert_eq!((plain.new_places, plain.authors), (0, vec![(None, 7)]));
    tab.command(Command::MarkRead(document));
    let records = tab.transactions().into_iter().flatten().filter(|write| matches!(write, Write::PutDocument { .. }));
    assert_eq!(records.count(), 0);
    assert!(tab.session.rows().iter().any(|row| row.document == document && row.unread));
    tab.command(Command::TakeUpAgain(document));
    assert_eq!(reading(&mut tab, document), before);
    tab.command(Command::MarkRead(document));
    assert_eq!(reading(&mut tab, document).new_places, 0);
}

#[test]
fn what_the_relay_has_lost_of_a_document_that_is_set_aside_is_still_pending() {
    let (mut tab, document, mut other) = opened("底稿");
    let first = tab.made();
    tab.types(document, 0, "后来写的");
    let heads = vec![tab.made()];
    tab.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 2, tag: 2 } });
    let (hash, bad) = unfounded(&mut other);
    send(&mut tab, document, &[hash], vec![bad]);
    assert!(is_aside(&tab, document) && matches!(tab.session.status().sync, SyncState::Synced(_)));
    // The relay is put back to before what was written later.
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.connect(vec![Entry { document, space: Tab::space(), heads: vec![first], label: None, label_heads: vec![] }]);
    assert_eq!(tab.session.status().sync, SyncState::Pending(1));
}

/// A message of another tab: the app has fallen twice at reading the document.
fn told_aside(document: DocumentId) -> Vec<u8> {
    [&[10u8][..], document.as_bytes(), br#"{"falls":2}"#].concat()
}

/// A message of another tab about a document that it wrote, as it tells a tab of its own kind.
fn told_changes(document: DocumentId, changes: &[u8]) -> Vec<u8> {
    let record = StoredDocument { heads: vec![ChangeHash([1; 32])], ..StoredDocument::new(Tab::space()) };
    let record = serde_json::to_vec(&record).expect("plain");
    let length = u32::try_from(record.len()).expect("a short record").to_be_bytes();
    [&[1u8][..], document.as_bytes(), &[0; 32], &length, &record, changes].concat()
}

/// A tab whose device holds a document, which may be read or not, with or without a change that was never receipted.
fn stored(is_mine: bool, pending: Option<ChangeHash>) -> (Tab, DocumentId) {
    let document = document(1);
    let space = if is_mine { Tab::space() } else { space() };
    let record = StoredDocument { heads: vec![ChangeHash([1; 32])], ..StoredDocument::new(space) };
    let meta = pending.into_iter().map(|hash| (format!("pending/{document}/{hash}"), vec![1])).collect();
    let documents = vec![(document, serde_json::to_string(&record).expect("plain"))];
    (Tab::open_with(ProfileContents { meta, documents, ..ProfileContents::default() }), document)
}

/// Connects to a relay that has what it receipted, and names nothing.
fn connect(tab: &mut Tab) {
    tab.handle(Event::Leading(true));
    tab.handle(Event::Connected);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
    tab.frame(&Message::Peer { sender: "relay".into(), target: "tab".into(), metadata });
    let (witness, cursor) = (Some(Cursor { seq: 1, tag: 1 }), Cursor { seq: 1, tag: 1 });
    let page = CataloguePage { reset: true, witness, entries: Vec::new(), cursor, complete: true };
    tab.frame(&Message::CataloguePage(page));
}

#[test]
fn an_unreadable_document_leaves_and_words_in_it_are_left_where_they_are() {
    let (mut tab, document) = stored(false, None);
    tab.handle(Event::Tab(told_aside(document)));
    connect(&mut tab);
    assert!(!tab.session.holds(document));
    assert!(tab.transactions().into_iter().flatten().any(|write| write == Write::DeleteDocument { document }));

    let with_words = || {
        let (mut tab, document) = stored(false, Some(ChangeHash([2; 32])));
        tab.handle(Event::Tab(told_aside(document)));
        connect(&mut tab);
        assert!(tab.session.holds(document) && !tab.effects.contains(&Effect::LoadChunks(document)));
        assert!(tab.transactions().into_iter().flatten().all(|write| write != Write::DeleteDocument { document }));
        tab
    };
    // Another tab had it in memory, and has put its words aside and deleted it.
    let mut tab = with_words();
    tab.handle(Event::Tab([&[7u8][..], document.as_bytes()].concat()));
    assert!(!tab.session.holds(document));
    // It is worked on again: then it is read, its words are put aside, and it leaves.
    let mut tab = with_words();
    tab.handle(Event::Tab([&[11u8][..], document.as_bytes()].concat()));
    assert!(tab.effects.contains(&Effect::LoadChunks(document)));
    tab.handle(Event::Chunks { document, result: Ok(Vec::new()) });
    assert!(!tab.session.holds(document));
}

#[test]
fn what_other_tabs_tell_does_not_pile_up_for_a_document_that_is_not_read() {
    let waiting = |tab: &Tab| tab.session.diagnostics().iter().any(|line| !line.contains(" tabs 0 "));
    let chunks = |tab: &mut Tab| -> Vec<Vec<u8>> {
        let chunk = |write: Write| match write {
            Write::PutChunk { bytes, .. } => Some(bytes),
            _ => None,
        };
        tab.transactions().into_iter().flatten().filter_map(chunk).collect()
    };
    let (mut tab, document) = stored(true, None);
    tab.handle(Event::Tab(told_changes(document, b"before")));
    assert!(waiting(&tab));
    tab.handle(Event::Tab(told_aside(document)));
    for _ in 0..3 {
        tab.handle(Event::Tab(told_changes(document, b"after")));
    }
    assert!(!waiting(&tab));
    assert_eq!(chunks(&mut tab), [&b"before"[..], b"after", b"after", b"after"]);

    // One that can be read is read once much has come.
    let (mut tab, document) = stored(true, None);
    let mut told = 0;
    while !tab.effects.contains(&Effect::LoadChunks(document)) {
        tab.handle(Event::Tab(told_changes(document, &[0xff; 16 << 10])));
        told += 1;
        assert!(told <= 16, "it waits for ever");
    }
    tab.handle(Event::Chunks { document, result: Ok(Vec::new()) });
    assert!(!waiting(&tab));
}
