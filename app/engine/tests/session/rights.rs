//! What becomes of words when the right to them goes.

use huigao_engine::session::event::{Command, Effect, Event, Splice};
use huigao_shared::authority::{Edit, Step};
use huigao_shared::catalogue::{Cursor, Entry};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Grant, Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{CataloguePage, Message, PeerMetadata};

use super::{Tab, document};

pub(super) fn space() -> Space {
    Space::Unit("u-1".parse().expect("a key"))
}

/// A roster in which the member works in the unit, may only read what is the unit's, or neither.
pub(super) fn roster(version: u64, works_there: bool, reads: bool) -> Message<'static> {
    let me = MemberId::from_key("me");
    let unit = works_there.then(|| "u-1".parse().expect("a key"));
    let members = vec![Member { unit, since: version, ..Member::new(me, "me", "我") }];
    let grants = if reads { vec![Grant { member: me, space: space() }] } else { Vec::new() };
    let roster = Roster { version, members, grants, ..Roster::default() };
    Message::Roster { json: serde_json::to_vec(&roster).expect("plain").into() }
}

/// A tab with a document of the unit open.
pub(super) fn writing(document: DocumentId) -> Tab {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    tab.frame(&roster(2, true, false));
    let (kind, title, text) = ("note".into(), "题".into(), "底稿".into());
    tab.command(Command::Create { document, kind, space: space(), title, text });
    tab.command(Command::Open(document));
    tab
}

fn says(tab: &mut Tab, document: DocumentId, words: &str) {
    let splices = vec![Splice { at: 0, delete: 0, insert: words.into() }];
    tab.command(Command::Edit { document, splices });
}

fn put_aside(tab: &Tab) -> Vec<String> {
    tab.session.side_copies().into_iter().map(|copy| copy.text).collect()
}

#[test]
fn words_that_an_input_method_held_while_the_document_was_lost_are_put_aside() {
    let document = document(1);
    let mut tab = writing(document);
    tab.command(Command::Composing { document, active: true });
    tab.frame(&roster(3, false, false));
    assert!(tab.session.holds(document));
    says(&mut tab, document, "说到一半");
    tab.command(Command::Composing { document, active: false });
    assert!(!tab.session.holds(document));
    assert_eq!(put_aside(&tab), ["说到一半底稿"]);
}

#[test]
fn they_are_put_aside_too_when_the_page_goes_meanwhile() {
    let document = document(1);
    let mut tab = writing(document);
    tab.command(Command::Composing { document, active: true });
    tab.frame(&roster(3, false, false));
    says(&mut tab, document, "说到一半");
    tab.handle(Event::Leaving);
    assert_eq!(put_aside(&tab), ["说到一半底稿"]);
}

#[test]
fn words_that_come_after_the_right_to_write_went_are_put_aside_and_not_in_the_document() {
    let document = document(1);
    let mut tab = writing(document);
    let made = tab.made();
    let cursor = Cursor { seq: 2, tag: 2 };
    tab.frame(&Message::Receipt { document, heads: vec![made], cursor });
    tab.frame(&roster(3, false, true));
    assert_eq!(tab.session.document(document).map(|view| view.writable), Some(false));
    says(&mut tab, document, "迟到的话");
    assert_eq!(tab.session.text(document).as_deref(), Some("迟到的话底稿"));
    tab.pass(1_000);
    assert_eq!(put_aside(&tab), ["迟到的话底稿"]);
    assert_eq!(tab.session.text(document).as_deref(), Some("底稿"));
}

/// The line comes back when the right to the unit has gone; the relay vouches for a receipt, or for none.
fn come_back_without_rights(tab: &mut Tab, witness: Option<Cursor>) {
    tab.pass(2_000);
    tab.handle(Event::Connected);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
    tab.frame(&Message::Peer { sender: "relay".into(), target: "tab".into(), metadata });
    tab.frame(&roster(3, false, false));
    let page =
        CataloguePage { reset: true, witness, cursor: Cursor { seq: 5, tag: 5 }, complete: true, entries: vec![] };
    tab.frame(&Message::CataloguePage(page));
}

#[test]
fn of_a_document_that_was_lost_while_offline_only_what_the_relay_lacks_is_put_aside() {
    let document = document(1);
    let receipted = Cursor { seq: 2, tag: 2 };
    let offline = |words: &str| {
        let mut tab = writing(document);
        let heads = vec![tab.made()];
        tab.frame(&Message::Receipt { document, heads, cursor: receipted });
        tab.handle(Event::Disconnected { reason: "cut".into() });
        if !words.is_empty() {
            says(&mut tab, document, words);
        }
        tab
    };
    let mut tab = offline("");
    come_back_without_rights(&mut tab, Some(receipted));
    assert!(!tab.session.holds(document));
    assert_eq!(put_aside(&tab), Vec::<String>::new());

    let mut tab = offline("断网时写的");
    come_back_without_rights(&mut tab, Some(receipted));
    assert_eq!(put_aside(&tab), ["断网时写的底稿"]);

    // A relay that may have been put back may have lost it all.
    for witness in [None, Some(Cursor { seq: 1, tag: 1 })] {
        let mut tab = offline("");
        come_back_without_rights(&mut tab, witness);
        assert_eq!(put_aside(&tab), ["底稿"]);
    }
}

#[test]
fn a_document_that_was_not_there_is_opened_when_it_comes() {
    let (wanted, left) = (document(7), document(8));
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    for document in [wanted, left] {
        tab.command(Command::Open(document));
    }
    tab.command(Command::Close(left));
    tab.effects.clear();
    let entry = |document| Entry { document, space: Tab::space(), heads: vec![], label: None, label_heads: vec![] };
    let (entries, cursor) = (vec![entry(wanted), entry(left)], Cursor { seq: 2, tag: 2 });
    tab.frame(&Message::CataloguePage(CataloguePage { reset: false, witness: None, entries, cursor, complete: true }));
    assert!(tab.effects.contains(&Effect::LoadChunks(wanted)));
    tab.handle(Event::Chunks { document: wanted, result: Ok(Vec::new()) });
    let answers = |asked: DocumentId| {
        let is_it = |effect: &&Effect| matches!(effect, Effect::Opened { document, .. } if *document == asked);
        tab.effects.iter().filter(is_it).count()
    };
    assert_eq!((answers(wanted), answers(left)), (1, 0));
}

#[test]
fn who_is_taken_off_the_roster_has_their_words_put_aside_like_one_who_left() {
    let document = document(1);
    let mut tab = writing(document);
    let before = tab.session.roster().members[0].clone();
    let steps = [Step { from: 2, mark: String::new(), edits: vec![Edit::Remove { before: Box::new(before) }] }];
    tab.frame(&Message::RosterSteps { json: serde_json::to_vec(&steps).expect("plain").into() });
    assert!(tab.session.roster().members.is_empty() && !tab.session.holds(document));
    assert_eq!(put_aside(&tab), ["底稿"]);
}

#[test]
fn a_part_of_the_roster_follows_no_steps_and_gives_way_to_the_whole() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let me = Member::new(MemberId::from_key("me"), "me", "我");
    let part = Roster { version: 2, members: vec![me.clone()], partial: true, ..Roster::default() };
    let whole =
        Roster { members: vec![me, Member::new(MemberId::from_key("a"), "a", "安")], partial: false, ..part.clone() };
    let message = |roster: &Roster| Message::Roster { json: serde_json::to_vec(roster).expect("plain").into() };
    tab.frame(&message(&part));
    let new = Edit::member(None, Member::new(MemberId::from_key("b"), "b", "薄"));
    let steps = [Step { from: 2, mark: String::new(), edits: vec![new] }];
    tab.frame(&Message::RosterSteps { json: serde_json::to_vec(&steps).expect("plain").into() });
    assert_eq!(tab.session.roster(), &part);
    // Of the same version, both ways.
    tab.frame(&message(&whole));
    assert_eq!(tab.session.roster(), &whole);
    tab.frame(&message(&part));
    assert_eq!(tab.session.roster(), &part);
}
