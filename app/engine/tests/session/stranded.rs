//! Words that wait for what they build on: what becomes of them when that comes, and when nobody has it any more.

use automerge::ChangeHash;
use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Chunk, Command, Event, Write};
use huigao_engine::session::view::SyncState;
use huigao_engine::session::{Session, Setup};
use huigao_shared::catalogue::Entry;
use huigao_shared::change::{check, split_chunks};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, Refusal};

use super::others::send;
use super::rights::{roster, space};
use super::{START, Tab, document, setup};

/// What a tab that died left of a document in the database: all but the change that the others build on.
struct Left {
    document: DocumentId,
    contents: ProfileContents,
    chunks: Vec<Chunk>,
    /// What is missing, and as the tab told it.
    first: (ChangeHash, Vec<u8>),
    told: Vec<u8>,
    last: ChangeHash,
}

fn chunks_of(transactions: Vec<Vec<Write>>) -> Vec<Vec<u8>> {
    let bytes = |write| match write {
        Write::PutChunk { bytes, .. } => Some(bytes),
        _ => None,
    };
    transactions.into_iter().flatten().filter_map(bytes).collect()
}

fn left() -> Left {
    left_in(Tab::space())
}

fn left_in(space: Space) -> Left {
    let me = Member { unit: Some("u-1".parse().expect("a key")), ..Member::new(MemberId::from_key("me"), "me", "我") };
    let roster = Some(Roster { version: 1, members: vec![me], ..Roster::default() });
    let setup = Setup { session: [2; 8], peer_id: "other".into(), roster, ..setup() };
    let (session, effects) = Session::open(setup, ProfileContents::default());
    let mut tab = Tab { session, now: START, skew: 0, effects };
    let document = document(1);
    let (kind, title, text) = ("note".into(), "题".into(), "底稿".into());
    tab.command(Command::Create { document, kind, space, title, text });
    tab.command(Command::Open(document));
    let told = tab.told().into_iter().find(|message| message.first() == Some(&1)).expect("a change was told");
    let first: Vec<Vec<u8>> = chunks_of(tab.transactions());
    tab.types(document, 2, "后来的话");
    let (mut contents, mut chunks) = (ProfileContents::default(), Vec::new());
    for write in tab.transactions().into_iter().flatten() {
        match write {
            Write::PutChunk { key, bytes, .. } => chunks.push((key, bytes)),
            Write::PutDocument { document, json } => contents.documents = vec![(document, json)],
            Write::PutMeta { key, bytes } => contents.meta.push((key, bytes)),
            Write::DeleteChunk { .. }
            | Write::DeleteDocument { .. }
            | Write::PutText { .. }
            | Write::DeleteText { .. }
            | Write::DeleteMeta { .. } => {}
        }
    }
    let bytes = first.concat();
    let hash = |bytes: &[u8]| {
        let last = split_chunks(bytes).expect("changes").pop().expect("one");
        check(last).expect("a change").hash
    };
    let (first, last) = ((hash(&bytes), bytes), hash(&chunks[0].1));
    Left { document, contents, chunks, first, told, last }
}

impl Left {
    fn open(&self, entries: Vec<Entry>) -> Tab {
        let mut tab = Tab::open_with(self.contents.clone());
        tab.connect(entries);
        tab.handle(Event::Chunks { document: self.document, result: Ok(self.chunks.clone()) });
        tab
    }
}

fn is_synced(tab: &Tab) -> bool {
    matches!(tab.session.status().sync, SyncState::Synced(_))
}

fn texts(tab: &Tab) -> Vec<String> {
    tab.session.side_copies().into_iter().map(|copy| copy.text).collect()
}

fn is_named(write: &Write) -> bool {
    matches!(write, Write::PutMeta { key, .. } if key.starts_with("refused/"))
}

#[test]
fn what_was_refused_while_it_waited_is_put_aside_when_what_it_builds_on_comes() {
    let mut left = left();
    // Another device of this member wrote it: here is no mark of it.
    left.contents.meta.clear();
    let (document, (hash, bytes)) = (left.document, left.first.clone());
    let mut tab = left.open(vec![Entry {
        document,
        space: Tab::space(),
        heads: vec![hash],
        label: None,
        label_heads: Vec::new(),
    }]);
    tab.frame(&Message::Refused { document, hashes: vec![left.last], why: Refusal::Withheld });
    assert!(!tab.transactions().iter().flatten().any(is_named), "nothing is named without the words in hand");
    send(&mut tab, document, &[hash], vec![bytes]);
    tab.command(Command::Open(document));
    assert_eq!(tab.session.text(document).as_deref(), Some("底稿"));
    assert_eq!(texts(&tab), ["底稿后来的话"]);
    // Nor is it taken in when the document is read from this device again.
    assert_eq!(tab.transactions().iter().flatten().filter(|write| is_named(write)).count(), 1);
}

#[test]
fn words_that_can_never_be_read_are_put_beside_their_document_and_it_waits_for_nothing() {
    let left = left();
    let mut tab = left.open(Vec::new());
    tab.pass(9_000);
    assert!(!is_synced(&tab) && texts(&tab).is_empty(), "another tab may still have what they build on");
    tab.transactions();
    tab.pass(2_000);
    assert!(is_synced(&tab), "{:?}", tab.session.status());
    assert_eq!(texts(&tab), ["后来的话"]);
    let written = tab.transactions();
    let one = written.iter().find(|writes| writes.iter().any(is_named)).expect("they are named as left out");
    let is_copy = |write: &Write| matches!(write, Write::PutMeta { key, .. } if key.starts_with("side/"));
    let is_mark = |write: &Write| matches!(write, Write::DeleteMeta { key } if key.starts_with("pending/"));
    assert!(one.iter().any(is_copy) && one.iter().any(is_mark), "with their copy and without their mark");
    // What they build on may come all the same: they lie beside it by now.
    tab.handle(Event::Tab(left.told));
    tab.command(Command::Open(left.document));
    assert_eq!(tab.session.text(left.document).as_deref(), Some("底稿"));
}

#[test]
fn words_that_lie_beside_their_document_already_are_not_put_there_twice() {
    let mut left = left();
    let copy = format!(
        r#"{{"document":"{}","title":"题","text":"底稿后来的话","why":"no-write-access","at":1}}"#,
        left.document
    );
    left.contents.meta.push(("side/0011223344556677".into(), copy.into_bytes()));
    let mut tab = left.open(Vec::new());
    tab.pass(11_000);
    tab.pass(11_000);
    assert!(is_synced(&tab), "{:?}", tab.session.status());
    assert_eq!(texts(&tab), ["底稿后来的话"]);
}

#[test]
fn words_whose_ground_another_tab_tells_are_part_of_their_document() {
    let left = left();
    let mut tab = left.open(Vec::new());
    tab.pass(5_000);
    tab.handle(Event::Tab(left.told));
    tab.pass(20_000);
    tab.command(Command::Open(left.document));
    assert_eq!(tab.session.text(left.document).as_deref(), Some("底稿后来的话"));
    assert_eq!(texts(&tab), Vec::<String>::new());
}

#[test]
fn words_that_can_never_be_read_are_put_beside_a_document_that_may_only_be_read_any_more() {
    let left = left_in(space());
    let mut tab = Tab::open_with(left.contents.clone());
    tab.frame(&roster(2, false, true));
    tab.connect(Vec::new());
    tab.handle(Event::Chunks { document: left.document, result: Ok(left.chunks.clone()) });
    tab.pass(11_000);
    tab.pass(1_000);
    assert_eq!(texts(&tab), ["后来的话"]);
    assert!(is_synced(&tab), "{:?}", tab.session.status());
}

#[test]
fn words_that_can_never_be_read_are_put_aside_before_their_document_leaves() {
    let left = left_in(space());
    let mut tab = Tab::open_with(left.contents.clone());
    tab.frame(&roster(2, false, false));
    tab.connect(Vec::new());
    tab.handle(Event::Chunks { document: left.document, result: Ok(left.chunks.clone()) });
    let written = |tab: &mut Tab| tab.transactions().into_iter().flatten().collect::<Vec<_>>();
    let is_deletion = |write: &Write| matches!(write, Write::DeleteDocument { .. });
    assert!(!written(&mut tab).iter().any(is_deletion), "it waits for them");
    tab.pass(11_000);
    tab.pass(1_000);
    assert_eq!(texts(&tab), ["后来的话"]);
    let written = written(&mut tab);
    let copy = written.iter().position(|write| matches!(write, Write::PutMeta { key, .. } if key.starts_with("side/")));
    assert!(copy.is_some() && copy < written.iter().position(is_deletion), "{written:?}");
}
