//! What becomes of words when the right to them goes.

use huigao_app::session::event::{Command, Event, Splice};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Grant, Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::Message;

use super::{Tab, document};

fn space() -> Space {
    Space::Unit("u-1".parse().expect("a key"))
}

/// A roster in which the member works in the unit, may only read what is the unit's, or neither.
fn roster(version: u64, works_there: bool, reads: bool) -> Message<'static> {
    let me = MemberId::from_key("me");
    let unit = works_there.then(|| "u-1".parse().expect("a key"));
    let members = vec![Member { unit, since: version, ..Member::new(me, "me", "我") }];
    let grants = if reads { vec![Grant { member: me, space: space() }] } else { Vec::new() };
    let roster = Roster { version, members, grants, ..Roster::default() };
    Message::Roster { json: serde_json::to_vec(&roster).expect("plain").into() }
}

/// A tab with a document of the unit open.
fn writing(document: DocumentId) -> Tab {
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
