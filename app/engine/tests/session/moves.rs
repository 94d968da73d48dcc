//! A document that is put into another place.

use huigao_engine::session::event::{Command, StoreError, Write};
use huigao_shared::catalogue::Cursor;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, Refusal};

use super::rights::{roster, writing};
use super::{START, Tab, document};

fn between_two() -> Space {
    Space::pair(MemberId::from_key("me"), MemberId::from_key("colleague"))
}

fn moved_to(tab: &Tab, document: DocumentId) -> Option<DocumentId> {
    let row = tab.session.rows().into_iter().find(|row| row.document == document);
    let listed = row.and_then(|row| row.moved_to);
    let open = tab.session.document(document).and_then(|view| view.moved_to).map(|moved| moved.document);
    assert_eq!(listed, open, "the list and the open document say the same");
    listed
}

/// The documents that pieces of history were stored for, in order.
fn stored(transactions: &[Vec<Write>]) -> Vec<DocumentId> {
    let document = |write: &Write| match write {
        Write::PutChunk { document, .. } => Some(*document),
        _ => None,
    };
    transactions.iter().flatten().filter_map(document).collect()
}

#[test]
fn the_old_one_is_put_away_only_once_the_new_one_is_saved() {
    let mut tab = Tab::open();
    let (old, new) = (document(1), document(2));
    tab.create(old, "正文");
    tab.transactions();
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    tab.stored(&Err(StoreError::Full));
    assert_eq!(tab.session.text(new).as_deref(), Some("正文"));
    assert_eq!(moved_to(&tab, old), None, "the new one is on no disk yet");
    tab.command(Command::Retry);
    assert_eq!(stored(&tab.transactions()), [new, old]);
    assert_eq!(moved_to(&tab, old), Some(new));
    assert_eq!(tab.session.text(old).as_deref(), Some("正文"));
}

#[test]
fn both_say_of_each_other_by_whom_and_when_and_the_move_can_be_taken_back() {
    let mut tab = Tab::open();
    let (old, new) = (document(1), document(2));
    tab.create(old, "正文");
    tab.types(old, 2, "，刚写的");
    let me = Some(MemberId::from_key("me"));
    tab.transactions();
    let at = START + 1_000;
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    tab.transactions();
    let view = tab.session.document(new).expect("it is open");
    assert_eq!((view.title.as_str(), view.kind.as_str(), view.space), ("题", "note", between_two()));
    assert_eq!(view.origin.map(|origin| (origin.document, origin.by, origin.at)), Some((old, me, at)));
    assert_eq!(tab.session.text(new).as_deref(), Some("正文，刚写的"));
    let moved = tab.session.document(old).and_then(|view| view.moved_to);
    assert_eq!(moved.map(|moved| (moved.document, moved.by, moved.at)), Some((new, me, at)));
    tab.command(Command::TakeBackMove(old));
    assert_eq!(moved_to(&tab, old), None);
    assert_eq!(tab.session.text(new).as_deref(), Some("正文，刚写的"));
}

#[test]
fn who_may_not_write_at_the_old_place_makes_a_copy_and_no_more() {
    let (old, new) = (document(1), document(2));
    let mut tab = writing(old);
    let (heads, cursor) = (vec![tab.made()], Cursor { seq: 2, tag: 2 });
    tab.frame(&Message::Receipt { document: old, heads, cursor });
    tab.frame(&roster(3, false, true));
    tab.transactions();
    tab.command(Command::Move { source: old, copy: new, space: Tab::space() });
    assert_eq!(stored(&tab.transactions()), [new]);
    assert_eq!(tab.session.text(new).as_deref(), Some("底稿"));
    assert_eq!(moved_to(&tab, old), None);
}

#[test]
fn what_is_written_in_the_old_one_since_brings_it_back_into_lists_until_it_is_put_away_again() {
    let mut stored = Vec::new();
    let mut tab = Tab::open();
    let (old, new) = (document(1), document(2));
    tab.create(old, "正文");
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    stored.extend(tab.transactions());
    let state = |tab: &Tab| {
        let listed = tab.session.rows().into_iter().find(|row| row.document == old).and_then(|row| row.moved_to);
        let view = tab.session.document(old).expect("it is open");
        (listed, view.moved_to.map(|moved| moved.document), view.put_away)
    };
    assert_eq!(state(&tab), (Some(new), Some(new), true));
    tab.types(old, 2, "，后来写的");
    assert_eq!(state(&tab), (None, Some(new), false), "nobody looks for words in what is put away");
    tab.command(Command::PutAwayAgain(old));
    assert_eq!(state(&tab), (Some(new), Some(new), true));
    assert_eq!(tab.session.text(old).as_deref(), Some("正文，后来写的"));
    // The relay takes what says so.
    stored.extend(tab.transactions());
    let mut graph = ChangeGraph::default();
    for write in stored.iter().flatten() {
        if let Write::PutChunk { document, bytes, .. } = write
            && *document == old
        {
            for chunk in split_chunks(bytes).expect("changes") {
                graph.insert(&check(chunk).expect("a change")).expect("it is taken");
            }
        }
    }
}

#[test]
fn where_the_new_one_is_refused_the_old_one_stays() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let (old, new) = (document(1), document(2));
    tab.create(old, "正文");
    tab.transactions();
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    tab.transactions();
    assert_eq!(moved_to(&tab, old), Some(new));
    tab.frame(&Message::Refused { document: new, hashes: Vec::new(), why: Refusal::NoWriteAccess });
    assert_eq!(moved_to(&tab, old), None);
    let copies: Vec<String> = tab.session.side_copies().into_iter().map(|copy| copy.text).collect();
    assert_eq!(copies, ["正文"]);

    // And where it is refused before there was room for it.
    let (old, new) = (document(3), document(4));
    tab.create(old, "正文");
    tab.transactions();
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    tab.stored(&Err(StoreError::Full));
    tab.frame(&Message::Refused { document: new, hashes: Vec::new(), why: Refusal::NoWriteAccess });
    tab.command(Command::Retry);
    tab.transactions();
    assert_eq!(moved_to(&tab, old), None);
}

#[test]
fn what_comes_while_the_new_one_waits_for_room_is_not_put_away() {
    let mut tab = Tab::open();
    let (old, new) = (document(1), document(2));
    tab.create(old, "正文");
    tab.transactions();
    tab.command(Command::Move { source: old, copy: new, space: between_two() });
    tab.stored(&Err(StoreError::Full));
    tab.types(old, 2, "，后来的话");
    tab.command(Command::Retry);
    tab.transactions();
    assert_eq!(tab.session.text(new).as_deref(), Some("正文"));
    assert_eq!(moved_to(&tab, old), None, "its last words are in no other document");
}
