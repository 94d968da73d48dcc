//! What is kept of a document for the next cold open, and when.

use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Command, Effect, Event, Splice, StoreError, Write};
use huigao_protocol::delta::Delta;
use huigao_protocol::first_words::FirstWords;
use huigao_protocol::words::LastWords;
use huigao_shared::ids::DocumentId;
use huigao_shared::wire::{Message, PeerMetadata};

use super::rights::{roster, writing};
use super::{Tab, document};

/// The texts that were kept since this was asked last.
fn kept(tab: &mut Tab) -> Vec<String> {
    let (kept, others): (Vec<_>, Vec<_>) =
        std::mem::take(&mut tab.effects).into_iter().partition(|effect| matches!(effect, Effect::KeepText { .. }));
    tab.effects = others;
    let text = |effect: Effect| match effect {
        Effect::KeepText { json, .. } => FirstWords::decode(&json).map(|words| words.text),
        _ => None,
    };
    kept.into_iter().filter_map(text).collect()
}

/// A tab with a document that was saved and kept.
fn settled(document: DocumentId) -> Tab {
    let mut tab = Tab::open();
    tab.create(document, "甲");
    tab.transactions();
    tab.pass(1_000);
    assert_eq!(kept(&mut tab), ["甲"]);
    tab
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_document_is_kept_as_it_was_saved_and_no_sooner() {
    let document = document(1);
    let mut tab = settled(document);
    tab.types(document, 1, "乙");
    tab.pass(5_000);
    assert_eq!(kept(&mut tab), NOTHING, "it is being written");
    tab.transactions();
    tab.pass(500);
    assert_eq!(kept(&mut tab), NOTHING, "more may follow");
    tab.pass(500);
    assert_eq!(kept(&mut tab), ["甲乙"]);
    tab.pass(60_000);
    assert_eq!(kept(&mut tab), NOTHING, "nothing is new");
}

#[test]
fn it_is_kept_at_once_when_it_is_closed_or_the_page_goes() {
    let document = document(1);
    for goes in [Event::Command(Command::Close(document)), Event::Leaving] {
        let mut tab = settled(document);
        tab.types(document, 1, "乙");
        tab.handle(goes);
        assert_eq!(kept(&mut tab), NOTHING, "it is being written");
        tab.transactions();
        assert_eq!(kept(&mut tab), ["甲乙"]);
    }
}

#[test]
fn without_room_nothing_is_kept_and_nothing_fails_for_it() {
    let document = document(1);
    let mut tab = settled(document);
    tab.types(document, 1, "乙");
    tab.stored(&Err(StoreError::Full));
    tab.pass(5_000);
    assert_eq!(kept(&mut tab), NOTHING);
    tab.command(Command::Retry);
    tab.transactions();
    tab.pass(1_000);
    assert_eq!(kept(&mut tab), ["甲乙"]);
}

#[test]
fn what_nobody_has_read_here_is_not_kept() {
    let mut tab = Tab::open();
    let (kind, title, text) = ("note".into(), "题".into(), "字".into());
    tab.command(Command::Create { document: document(1), kind, space: Tab::space(), title, text });
    tab.transactions();
    tab.pass(10_000);
    assert_eq!(kept(&mut tab), NOTHING);
}

#[test]
fn what_may_not_be_read_any_more_is_deleted_before_it_has_left() {
    let document = document(1);
    let mut tab = writing(document);
    tab.transactions();
    tab.pass(1_000);
    assert_eq!(kept(&mut tab), ["底稿"]);
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.handle(Event::Leading(true));
    tab.handle(Event::Connected);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
    tab.frame(&Message::Peer { sender: "relay".into(), target: "tab".into(), metadata });
    tab.frame(&roster(3, false, false));
    assert!(tab.session.holds(document), "the relay may be an older copy, until the whole catalogue has come");
    assert!(tab.transactions().into_iter().flatten().any(|write| write == Write::DeleteText { document }));
    tab.pass(10_000);
    assert_eq!(kept(&mut tab), NOTHING);
}

#[test]
fn what_was_left_behind_of_a_document_that_is_gone_is_deleted() {
    let document = document(1);
    let mut tab = Tab::open_with(ProfileContents { texts: vec![document], ..ProfileContents::default() });
    assert_eq!(tab.transactions().first(), Some(&vec![Write::DeleteText { document }]));
}

#[test]
fn words_of_a_page_whose_document_has_come_meanwhile_are_shown_where_it_is_open() {
    let document = document(1);
    let mut tab = settled(document);
    let edits = vec![(1, Delta::of(&[Splice { at: 0, delete: 0, insert: "早写的".into() }]))];
    let words = LastWords { page: "page".into(), document, title: "题".into(), base: "甲".into(), edits };
    tab.effects.clear();
    tab.handle(Event::Words(words));
    assert_eq!(tab.session.text(document).as_deref(), Some("早写的甲"));
    let splices = vec![Splice { at: 0, delete: 0, insert: "早写的".into() }];
    assert!(tab.effects.contains(&Effect::Editor { document, splices }));
}
