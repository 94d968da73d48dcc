//! Tabs of one profile: what one knows that the database does not hold, and what one deletes of what others wrote.

use automerge::{AutoCommit, ChangeHash, ReadDoc};
use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Command, Effect, Event, Splice, StoreError, Write};
use huigao_engine::session::{Session, Setup};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{CataloguePage, Message, Refusal};

use super::{START, Tab, document, setup};

/// Another tab of the profile.
fn sibling(contents: ProfileContents) -> Tab {
    let (session, effects) = Session::open(Setup { session: [2; 8], peer_id: "other".into(), ..setup() }, contents);
    Tab { session, now: START, skew: 0, effects }
}

/// What one tab tells, the other hears.
fn tell(from: &mut Tab, to: &mut Tab) {
    let told = from.told();
    from.effects.retain(|effect| !matches!(effect, Effect::Broadcast(_)));
    told.into_iter().for_each(|message| to.handle(Event::Tab(message)));
}

fn roster(version: u64, works_there: bool) -> Message<'static> {
    let unit = works_there.then(|| "u-1".parse().expect("a key"));
    let me = Member { unit, since: version, ..Member::new(MemberId::from_key("me"), "me", "我") };
    let roster = Roster { version, members: vec![me], ..Roster::default() };
    Message::Roster { json: serde_json::to_vec(&roster).expect("plain").into() }
}

fn create(tab: &mut Tab, document: DocumentId) {
    let space = Space::Unit("u-1".parse().expect("a key"));
    let (kind, title, text) = ("note".into(), "题".into(), "底稿".into());
    tab.command(Command::Create { document, kind, space, title, text });
    tab.command(Command::Open(document));
}

/// The text that would be read from what transactions left of a document.
fn text_of(transactions: &[Vec<Write>], of: DocumentId) -> Option<String> {
    let mut pieces = Vec::new();
    for write in transactions.iter().flatten() {
        match write {
            Write::PutChunk { document, bytes, .. } if *document == of => pieces.push(bytes.clone()),
            Write::DeleteDocument { document } if *document == of => pieces.clear(),
            _ => {}
        }
    }
    let mut doc = AutoCommit::new();
    doc.load_incremental(&pieces.concat()).ok()?;
    let (_, text) = doc.get(automerge::ROOT, "text").ok()??;
    doc.text(text).ok()
}

#[test]
fn a_tab_that_opens_is_told_how_far_the_relay_had_come() {
    let mut leader = Tab::open();
    leader.connect(Vec::new());
    let document = document(1);
    leader.create(document, "话");
    let heads = vec![leader.made()];
    // There is no room for what the relay says of it.
    leader.stored(&Err(StoreError::Full));
    leader.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 9, tag: 3 } });
    leader.effects.clear();

    let mut other = sibling(ProfileContents::default());
    tell(&mut other, &mut leader);
    tell(&mut leader, &mut other);
    drop(leader);
    other.handle(Event::Leading(true));
    other.effects.clear();
    other.connect_again();
    assert_eq!(asked(&other), [Some(Cursor { seq: 9, tag: 3 })]);
}

/// The furthest that the relay was asked for, each time.
fn asked(tab: &Tab) -> Vec<Option<Cursor>> {
    let witness = |effect: &Effect| match effect {
        Effect::Send(frame) => match Message::decode(frame) {
            Ok(Message::Catalogue { witness, .. }) => Some(witness),
            _ => None,
        },
        _ => None,
    };
    tab.effects.iter().filter_map(witness).collect()
}

#[test]
fn who_leads_at_once_is_told_by_tabs_that_only_listen_and_asks_again() {
    let mut listener = sibling(ProfileContents::default());
    let page = CataloguePage {
        reset: false,
        witness: None,
        entries: Vec::new(),
        cursor: Cursor { seq: 9, tag: 3 },
        complete: false,
    };
    // As the tab with the connection passed it on, which has fallen since.
    let passed_on = [&[2u8, 0][..], &Message::CataloguePage(page).encode()].concat();
    listener.handle(Event::Tab(passed_on));
    listener.effects.clear();

    let mut leader = Tab::open();
    leader.connect_again();
    let hello = leader.told();
    leader.effects.clear();
    hello.into_iter().for_each(|message| listener.handle(Event::Tab(message)));
    tell(&mut listener, &mut leader);
    assert_eq!(asked(&leader), [Some(Cursor { seq: 9, tag: 3 })]);
    // What is known already is not asked again.
    leader.effects.clear();
    listener.handle(Event::Tab(vec![4]));
    tell(&mut listener, &mut leader);
    assert!(asked(&leader).is_empty());
}

#[test]
fn words_that_come_when_another_tab_has_deleted_the_document_are_saved_with_what_they_build_on() {
    let document = document(2);
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    tab.frame(&roster(2, true));
    create(&mut tab, document);
    let heads = vec![tab.made()];
    tab.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 2, tag: 2 } });
    let mut stored = tab.transactions();
    tab.command(Command::Composing { document, active: true });
    tab.frame(&roster(3, false));
    tab.handle(Event::Disconnected { reason: "cut".into() });
    stored.extend(tab.transactions());
    stored.push(vec![Write::DeleteDocument { document }]);
    tab.handle(Event::Tab([&[7], document.as_bytes().as_slice()].concat()));
    let splices = vec![Splice { at: 0, delete: 0, insert: "最后的话".into() }];
    tab.command(Command::Edit { document, splices });
    tab.command(Command::Composing { document, active: false });
    tab.pass(1_000);
    stored.extend(tab.transactions());
    assert_eq!(text_of(&stored, document).as_deref(), Some("最后的话底稿"));
}

#[test]
fn words_that_were_saved_just_before_it_was_deleted_are_saved_again() {
    let document = document(2);
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    tab.frame(&roster(2, true));
    create(&mut tab, document);
    let heads = vec![tab.made()];
    tab.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 2, tag: 2 } });
    let mut stored = tab.transactions();
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.types(document, 0, "刚存的话");
    tab.frame(&roster(3, false));
    stored.extend(tab.transactions());
    stored.push(vec![Write::DeleteDocument { document }]);
    tab.handle(Event::Tab([&[7], document.as_bytes().as_slice()].concat()));
    stored.extend(tab.transactions());
    assert_eq!(text_of(&stored, document).as_deref(), Some("刚存的话底稿"));
}

#[test]
fn a_deletion_that_waited_for_room_takes_no_words_of_other_tabs_with_it() {
    let document = document(3);
    let (mut tab, mut other) = (Tab::open(), sibling(ProfileContents::default()));
    tab.connect(Vec::new());
    for tab in [&mut tab, &mut other] {
        tab.frame(&roster(2, true));
    }
    create(&mut tab, document);
    let heads = vec![tab.made()];
    tell(&mut tab, &mut other);
    other.command(Command::Open(document));
    tab.stored(&Err(StoreError::Full));
    tab.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 2, tag: 2 } });
    // It goes, for which there is no room, and comes again; the other tab writes on.
    tab.frame(&roster(3, false));
    assert!(!tab.session.holds(document));
    tab.frame(&roster(4, true));
    tab.effects.clear();
    // Who leads stores what others told. Who only listens does not.
    tab.handle(Event::Leading(false));
    other.handle(Event::Chunks { document, result: Ok(Vec::new()) });
    other.types(document, 0, "另一页写的");
    assert_eq!(other.session.text(document).as_deref(), Some("另一页写的底稿"));
    let mut stored = other.transactions();
    // All that it tells, as an answer to a tab that asks.
    other.handle(Event::Tab(vec![4]));
    tell(&mut other, &mut tab);
    let mut sizes = Vec::new();
    for _ in 0..3 {
        tab.command(Command::Retry);
        let persisted = |effect: &Effect| match effect {
            Effect::Persist { writes, .. } => {
                Some(writes.iter().filter(|w| matches!(w, Write::PutChunk { .. })).count())
            }
            _ => None,
        };
        sizes.extend(tab.effects.iter().find_map(persisted));
        tab.stored(&Err(StoreError::Full));
    }
    assert!(sizes.windows(2).all(|two| two.first() == two.last()), "trying again makes it no larger: {sizes:?}");
    tab.command(Command::Retry);
    let last = tab.transactions();
    let deletes = |write: &Write| matches!(write, Write::DeleteDocument { .. });
    assert!(last.iter().flatten().any(deletes));
    stored.extend(last);
    assert_eq!(text_of(&stored, document).as_deref(), Some("另一页写的底稿"));
}

#[test]
fn that_another_tab_could_delete_says_that_there_is_room() {
    let (gone, mine) = (document(4), document(5));
    let mut tab = Tab::open();
    tab.create(mine, "没有地方存");
    tab.stored(&Err(StoreError::Full));
    tab.effects.clear();
    tab.command(Command::Open(gone));
    tab.frame(&roster(2, true));
    create(&mut tab, gone);
    tab.handle(Event::Tab([&[7], gone.as_bytes().as_slice()].concat()));
    let stored = tab.transactions();
    assert_eq!(text_of(&stored, mine).as_deref(), Some("没有地方存"));
}

/// Those changes of which a tab tells the others that they were refused.
fn told_refused(tab: &Tab) -> Vec<ChangeHash> {
    let refused = |message: &[u8]| {
        let (length, rest) = message.strip_prefix(&[2])?.split_first()?;
        match Message::decode(rest.get(usize::from(*length)..)?).ok()? {
            Message::Refused { hashes, .. } => Some(hashes),
            _ => None,
        }
    };
    tab.told().iter().filter_map(|message| refused(message)).flatten().collect()
}

#[test]
fn what_another_tab_said_was_refused_is_not_told_back() {
    let document = document(6);
    let (mut leader, mut other) = (Tab::open(), sibling(ProfileContents::default()));
    leader.connect(Vec::new());
    leader.create(document, "底稿");
    let first = leader.made();
    leader.frame(&Message::Receipt { document, heads: vec![first], cursor: Cursor { seq: 2, tag: 2 } });
    leader.types(document, 0, "退回的");
    let refused = leader.made();
    tell(&mut leader, &mut other);
    other.command(Command::Open(document));
    other.handle(Event::Chunks { document, result: Ok(Vec::new()) });
    other.effects.clear();
    // Of what was written on top only this tab knows.
    other.types(document, 0, "接着写的");
    let on_top = other.made();
    other.effects.clear();
    leader.frame(&Message::Refused { document, hashes: vec![refused], why: Refusal::NoWriteAccess });
    assert_eq!(told_refused(&leader), [refused]);
    tell(&mut leader, &mut other);
    assert_eq!(other.session.text(document).as_deref(), Some("底稿"));
    assert_eq!(told_refused(&other), [on_top], "the relay may have sent the other since");
}
