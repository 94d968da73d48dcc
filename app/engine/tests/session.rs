//! The session by itself: what a tab does with refusals, a full disk and a first visit.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at the effects it is about")]
use automerge::ChangeHash;
use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Command, Effect, Event, Now, Splice, StoreError, Write};
use huigao_engine::session::view::{SaveState, SyncState};
use huigao_engine::session::{Session, Setup};
use huigao_shared::authority::{Edit, Outcome};
use huigao_shared::authorship::{AuthorRows, Handover, Verdict};
use huigao_shared::catalogue::{Cursor, Entry, Label};
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::roster::{Grant, Member, Roster};
use huigao_shared::space::Space;
use huigao_shared::wire::{CataloguePage, Message, PeerMetadata, Refusal};

#[path = "session/aside.rs"]
mod aside;
#[path = "session/clocks.rs"]
mod clocks;
#[path = "session/first_words.rs"]
mod first_words;
#[path = "session/line.rs"]
mod line;
#[path = "session/moves.rs"]
mod moves;
#[path = "session/others.rs"]
mod others;
#[path = "session/rights.rs"]
mod rights;
#[path = "session/siblings.rs"]
mod siblings;
#[path = "session/stored.rs"]
mod stored;
#[path = "session/stranded.rs"]
mod stranded;

const START: i64 = 1_700_000_000_000;

/// A tab whose effects are looked at and whose transactions end as the test says.
struct Tab {
    session: Session,
    now: i64,
    /// How far the clock on the wall is off.
    skew: i64,
    effects: Vec<Effect>,
}

impl Tab {
    fn open() -> Self {
        Self::open_with(ProfileContents::default())
    }

    fn open_with(contents: ProfileContents) -> Self {
        let (session, effects) = Session::open(setup(), contents);
        Self { session, now: START, skew: 0, effects }
    }

    fn space() -> Space {
        Space::Private(MemberId::from_key("me"))
    }

    fn handle(&mut self, event: Event) {
        let now = Now { monotonic: self.now - START, calendar: self.now + self.skew };
        self.session.handle(now, event, &mut self.effects);
    }

    fn command(&mut self, command: Command) {
        self.handle(Event::Command(command));
    }

    fn frame(&mut self, message: &Message<'_>) {
        self.handle(Event::Frame(message.encode()));
    }

    /// Lets so much time pass, in milliseconds.
    fn pass(&mut self, time: i64) {
        self.now += time;
        self.handle(Event::Tick);
    }

    /// Ends every transaction that was begun.
    fn stored(&mut self, result: &Result<(), StoreError>) {
        loop {
            let tickets: Vec<u64> = std::mem::take(&mut self.effects)
                .into_iter()
                .filter_map(|effect| match effect {
                    Effect::Persist { ticket, .. } => Some(ticket),
                    _ => None,
                })
                .collect();
            if tickets.is_empty() {
                return;
            }
            for ticket in tickets {
                self.handle(Event::Persisted { ticket, result: result.clone() });
            }
        }
    }

    /// Ends every transaction that was begun, and those that follow; what was in each.
    fn transactions(&mut self) -> Vec<Vec<Write>> {
        let mut all = Vec::new();
        while let Some(at) = self.effects.iter().position(|effect| matches!(effect, Effect::Persist { .. })) {
            let Effect::Persist { ticket, writes } = self.effects.remove(at) else { break };
            all.push(writes);
            self.handle(Event::Persisted { ticket, result: Ok(()) });
        }
        all
    }

    /// Connects, and the catalogue comes.
    fn connect(&mut self, entries: Vec<Entry>) {
        self.meet(entries, true);
    }

    /// Connects again, and nothing is new.
    fn connect_again(&mut self) {
        self.meet(Vec::new(), false);
    }

    fn meet(&mut self, entries: Vec<Entry>, reset: bool) {
        self.handle(Event::Leading(true));
        self.handle(Event::Connected);
        let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: Some(1) };
        self.frame(&Message::Peer { sender: "relay".into(), target: "tab".into(), metadata });
        let cursor = Cursor { seq: 1, tag: 1 };
        self.frame(&Message::CataloguePage(CataloguePage { reset, witness: None, entries, cursor, complete: true }));
    }

    fn create(&mut self, document: DocumentId, text: &str) {
        self.command(Command::Create {
            document,
            kind: "note".into(),
            space: Self::space(),
            title: "题".into(),
            text: text.into(),
        });
        self.command(Command::Open(document));
    }

    fn types(&mut self, document: DocumentId, at: usize, text: &str) {
        let splices = vec![Splice { at, delete: 0, insert: text.into() }];
        self.command(Command::Edit { document, splices });
        self.pass(1_000);
    }

    /// What was told to the other tabs.
    fn told(&self) -> Vec<Vec<u8>> {
        let told = |effect: &Effect| match effect {
            Effect::Broadcast(message) => Some(message.clone()),
            _ => None,
        };
        self.effects.iter().filter_map(told).collect()
    }

    /// The change made last, as the other tabs are told of it.
    fn made(&self) -> ChangeHash {
        let told = self.effects.iter().rev().find_map(|effect| match effect {
            Effect::Broadcast(message) if message.first() == Some(&1) => message.get(17..49),
            _ => None,
        });
        ChangeHash(told.expect("a change was told").try_into().expect("32 bytes"))
    }
}

fn setup() -> Setup {
    let me = MemberId::from_key("me");
    let member = Member::new(me, "me", "我");
    let roster = Some(Roster { version: 1, members: vec![member], ..Roster::default() });
    Setup {
        member: me,
        session: [1; 8],
        peer_id: "tab".into(),
        roster,
        watch: |_| {},
        words: Vec::new(),
        fell: Vec::new(),
    }
}

/// What a tab says of handed-over changes with these effects.
fn words(effects: &[Effect]) -> usize {
    let is_word = |frame: &Vec<u8>| matches!(Message::decode(frame), Ok(Message::Attest { .. }));
    effects.iter().filter(|effect| matches!(effect, Effect::Send(frame) if is_word(frame))).count()
}

/// Somebody brought the relay one change in this member's name.
fn handed(verdict: Verdict) -> AuthorRows {
    let me = MemberId::from_key("me");
    let (actor, hash, via) = (actor_of(me, [9; 8]), ChangeHash([9; 32]), MemberId::from_key("colleague"));
    AuthorRows { handed: vec![Handover { actor, from: 1, to: 1, hash, author: me, via, verdict }], bound: Vec::new() }
}

fn document(number: u8) -> DocumentId {
    DocumentId::from_bytes([number; 16])
}

#[test]
fn a_second_refusal_keeps_the_words_of_the_first() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(1);
    tab.create(document, "底稿");
    let first = tab.made();
    let (heads, cursor) = (vec![first], Cursor { seq: 2, tag: 2 });
    tab.frame(&Message::Receipt { document, heads, cursor });
    for words in ["第一次", "第二次"] {
        tab.types(document, 0, words);
        let refused = tab.made();
        tab.frame(&Message::Refused { document, hashes: vec![refused], why: Refusal::DuplicateSequence });
        assert_eq!(tab.session.text(document).as_deref(), Some("底稿"));
    }
    let mut texts: Vec<String> = tab.session.side_copies().into_iter().map(|copy| copy.text).collect();
    texts.sort();
    assert_eq!(texts, ["第一次底稿", "第二次底稿"]);
}

#[test]
fn without_room_nothing_is_given_up_and_the_retry_stores_it_all() {
    let mut tab = Tab::open();
    let document = document(2);
    tab.create(document, "");
    tab.stored(&Err(StoreError::Full));
    assert_eq!(tab.session.status().save, SaveState::Full);
    assert!(tab.session.document(document).is_some_and(|view| !view.writable));
    // What was on its way from the keyboard is kept all the same.
    tab.types(document, 0, "没有丢");
    assert_eq!(tab.session.text(document).as_deref(), Some("没有丢"));
    tab.command(Command::Retry);
    let stored: usize = tab
        .effects
        .iter()
        .map(|effect| match effect {
            Effect::Persist { writes, .. } => writes.len(),
            _ => 0,
        })
        .sum();
    assert!(stored >= 4, "two changes with their records are written again, not {stored} writes");
    tab.stored(&Ok(()));
    assert_eq!(tab.session.status().save, SaveState::Saved);
}

#[test]
fn a_receipt_and_nothing_else_makes_it_synced() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(3);
    tab.create(document, "字");
    assert!(!matches!(tab.session.status().sync, SyncState::Synced(_)));
    let heads = vec![tab.made()];
    tab.frame(&Message::Receipt { document, heads, cursor: Cursor { seq: 2, tag: 2 } });
    assert!(matches!(tab.session.status().sync, SyncState::Synced(_)));
}

#[test]
fn on_the_first_visit_nothing_is_news_and_later_everything_is() {
    let entry = |number, seq: u8| Entry {
        document: document(number),
        space: Tab::space(),
        heads: vec![ChangeHash([seq; 32])],
        label: Some(Label { title: "题".into(), ..Label::default() }),
        label_heads: vec![ChangeHash([seq; 32])],
    };
    let unread = |tab: &Tab| {
        let mut rows: Vec<_> = tab.session.rows().into_iter().map(|row| (row.document, row.unread)).collect();
        rows.sort();
        rows
    };
    let mut tab = Tab::open();
    tab.connect(vec![entry(4, 1), entry(5, 1)]);
    assert_eq!(unread(&tab), [(document(4), false), (document(5), false)]);
    let (entries, cursor) = (vec![entry(5, 2), entry(6, 1)], Cursor { seq: 2, tag: 2 });
    tab.frame(&Message::CataloguePage(CataloguePage { reset: false, witness: None, entries, cursor, complete: true }));
    assert_eq!(unread(&tab), [(document(4), false), (document(5), true), (document(6), true)]);
}

#[test]
fn a_word_on_what_was_handed_over_is_said_until_the_relay_says_it_too() {
    let (mut tab, mut other) = (Tab::open(), Tab::open());
    let document = document(5);
    let entry =
        || Entry { document, space: Tab::space(), heads: vec![ChangeHash([9; 32])], label: None, label_heads: vec![] };
    let authors = |reset, rows: &AuthorRows| {
        let json = serde_json::to_vec(rows).expect("plain rows");
        Message::Authors { document, reset, json: json.into() }.encode()
    };
    tab.connect(vec![entry()]);
    tab.handle(Event::Frame(authors(true, &handed(Verdict::Open))));
    let told = tab.told();
    told.into_iter().for_each(|message| other.handle(Event::Tab(message)));
    // Said while there is no line.
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.effects.clear();
    tab.command(Command::Attest { document, via: MemberId::from_key("colleague"), genuine: true });
    assert_eq!(words(&tab.effects), 0);
    let told = tab.told();
    // The relay reminds of it, which does not say that it has heard.
    for _ in 0..2 {
        tab.effects.clear();
        tab.connect_again();
        assert_eq!(words(&tab.effects), 1);
        tab.handle(Event::Frame(authors(false, &AuthorRows::default())));
        tab.handle(Event::Disconnected { reason: "cut".into() });
    }
    // Another tab that takes over says it too.
    told.into_iter().for_each(|message| other.handle(Event::Tab(message)));
    other.connect_again();
    assert_eq!(words(&other.effects), 1);
    other.handle(Event::Frame(authors(false, &handed(Verdict::Confirmed))));
    other.handle(Event::Disconnected { reason: "cut".into() });
    other.effects.clear();
    other.connect_again();
    assert_eq!(words(&other.effects), 0);
}

/// The acts that a tab hands to the relay with these effects.
fn acts(effects: &[Effect]) -> Vec<String> {
    let sent = effects.iter().filter_map(|effect| match effect {
        Effect::Send(frame) => Some(frame),
        _ => None,
    });
    let name = |frame: &Vec<u8>| match Message::decode(frame) {
        Ok(Message::Act { id, .. }) => Some(id.into_owned()),
        _ => None,
    };
    sent.filter_map(name).collect()
}

fn grant(number: u8) -> Edit {
    let space = Space::Unit(format!("u-{number}").parse().expect("a key"));
    Edit::Grant { grant: Grant { member: MemberId::from_key("me"), space }, given: true }
}

#[test]
fn an_act_that_is_taken_back_in_one_tab_is_sent_by_none() {
    let (mut tab, mut leader) = (Tab::open(), Tab::open());
    tab.command(Command::Act(vec![grant(1)]));
    let act = tab.session.acts().first().expect("it waits").clone();
    tab.told().into_iter().for_each(|message| leader.handle(Event::Tab(message)));
    assert_eq!(leader.session.acts().len(), 1);
    tab.effects.clear();
    tab.command(Command::DropAct(act.id));
    tab.told().into_iter().for_each(|message| leader.handle(Event::Tab(message)));
    leader.effects.clear();
    leader.connect(Vec::new());
    assert_eq!(acts(&leader.effects), Vec::<String>::new());
}

#[test]
fn many_acts_go_a_few_at_a_time_in_order_and_once() {
    let mut tab = Tab::open();
    for number in 0..40 {
        tab.command(Command::Act(vec![grant(number)]));
    }
    let all: Vec<String> = tab.session.acts().into_iter().map(|act| act.id).collect();
    tab.effects.clear();
    tab.connect(Vec::new());
    assert_eq!(acts(&tab.effects), all[..16]);
    assert!(tab.session.acts()[15].sent && !tab.session.acts()[16].sent);
    // The line drops when some are answered: those are not said again, the others are.
    let json = serde_json::to_vec(&Outcome::Done { version: 2 }).expect("plain");
    for id in &all[..10] {
        tab.frame(&Message::Answer { id: id.as_str().into(), json: json.as_slice().into() });
    }
    assert_eq!(acts(&tab.effects), all[..26]);
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.effects.clear();
    tab.connect_again();
    assert_eq!(acts(&tab.effects), all[10..26]);
}

#[test]
fn what_is_receipted_is_never_remembered_without_what_that_rests_on() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let witness = |bytes: &[u8]| serde_json::from_slice::<Cursor>(bytes).map(|cursor| cursor.seq).ok();
    // The second is an old one, repeated of a document at rest: the furthest stays.
    for (number, seq) in [(1, 9), (2, 4)] {
        tab.create(document(number), "话");
        let heads = vec![tab.made()];
        tab.stored(&Ok(()));
        tab.frame(&Message::Receipt { document: document(number), heads, cursor: Cursor { seq, tag: 1 } });
        let stored: Vec<Vec<Write>> = tab.transactions();
        let known = |write: &&Write| matches!(write, Write::PutMeta { key, .. } if key.starts_with("relay/"));
        assert!(stored.iter().flatten().any(|write| known(&write)));
        for writes in stored.iter().filter(|writes| writes.iter().any(|write| known(&write))) {
            let with = writes.iter().find_map(|write| match write {
                Write::PutMeta { key, bytes } if key == "witness" => witness(bytes),
                _ => None,
            });
            assert_eq!(with, Some(9));
        }
    }
}

#[test]
fn a_title_of_nothing_that_is_seen_is_no_title() {
    let mut tab = Tab::open();
    let document = document(7);
    tab.create(document, "");
    for (title, expected) in [("\u{200b}\u{3000}", "题"), ("\u{202e} 定稿\u{feff}", "定稿")] {
        tab.command(Command::Rename { document, title: title.into() });
        let titles: Vec<String> = tab.session.rows().into_iter().map(|row| row.title).collect();
        assert_eq!(titles, [expected], "{title:?}");
    }
}
