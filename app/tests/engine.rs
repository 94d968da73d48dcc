//! Page and engine by themselves: what each is told, and what becomes of words when either goes.
#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks at the outputs it is about")]

use std::collections::{BTreeMap, VecDeque};

use huigao_app::front::{Front, Heard, Notice, Word};
use huigao_engine::host::{Host, Input, Output};
use huigao_engine::port::ProfileContents;
use huigao_engine::session::Setup;
use huigao_engine::session::event::{Command, Effect, Event, Now, Splice, Ticket, Write};
use huigao_protocol::delta::Delta;
use huigao_protocol::message::{Answer, Ask, FromEngine, Message, OfText, ToEngine};
use huigao_protocol::strand::Said;
use huigao_protocol::view::{SaveState, SyncState};
use huigao_protocol::words::LastWords;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::{Member, Roster};
use huigao_shared::space::Space;

#[path = "engine/first_words.rs"]
mod first_words;
#[path = "engine/words.rs"]
mod words;

const DOCUMENT: DocumentId = DocumentId::from_bytes([7; 16]);

#[derive(Default, Clone)]
struct Disk {
    documents: BTreeMap<DocumentId, String>,
    chunks: BTreeMap<(DocumentId, String), Vec<u8>>,
    meta: BTreeMap<String, Vec<u8>>,
    texts: BTreeMap<DocumentId, String>,
}

impl Disk {
    fn apply(&mut self, writes: &[Write]) {
        for write in writes.iter().cloned() {
            match write {
                Write::PutChunk { document, key, bytes } => drop(self.chunks.insert((document, key), bytes)),
                Write::DeleteChunk { document, key } => drop(self.chunks.remove(&(document, key))),
                Write::PutDocument { document, json } => drop(self.documents.insert(document, json)),
                Write::DeleteDocument { document } => {
                    self.documents.remove(&document);
                    self.chunks.retain(|(other, _), _| *other != document);
                    self.texts.remove(&document);
                }
                Write::PutText { document, json } => drop(self.texts.insert(document, json)),
                Write::DeleteText { document } => drop(self.texts.remove(&document)),
                Write::PutMeta { key, bytes } => drop(self.meta.insert(key, bytes)),
                Write::DeleteMeta { key } => drop(self.meta.remove(&key)),
            }
        }
    }

    fn contents(&self) -> ProfileContents {
        ProfileContents {
            documents: self.documents.clone().into_iter().collect(),
            meta: self.meta.clone().into_iter().collect(),
            texts: self.texts.keys().copied().collect(),
        }
    }
}

/// A page and its engine. What they say arrives when the test wants it to; what is written is on the disk when the test
/// wants it to be.
struct Pair {
    host: Host,
    front: Front,
    disk: Disk,
    now: i64,
    to_engine: VecDeque<ToEngine>,
    to_page: VecDeque<FromEngine>,
    writing: VecDeque<(Ticket, Vec<Write>)>,
    shown: String,
    words: Vec<Word>,
}

fn host(page: &str, disk: &Disk, words: Vec<LastWords>) -> (Host, Vec<Output>) {
    let me = MemberId::from_key("me");
    let roster = Some(Roster { version: 1, members: vec![Member::new(me, "me", "我")], ..Roster::default() });
    let session = if disk.documents.is_empty() { [1; 8] } else { [2; 8] };
    let setup = Setup { member: me, session, peer_id: "tab".into(), roster, watch: |_| {}, words, fell: Vec::new() };
    Host::open(page.to_owned(), setup, disk.contents(), Now { monotonic: 0, calendar: 1_700_000_000_000 })
}

impl Pair {
    fn open(page: &str, disk: Disk, words: Vec<LastWords>) -> Self {
        let (host, outputs) = host(page, &disk, words);
        let mut pair = Self {
            host,
            front: Front::new(page.to_owned()),
            disk,
            now: 0,
            to_engine: VecDeque::new(),
            to_page: VecDeque::new(),
            writing: VecDeque::new(),
            shown: String::new(),
            words: Vec::new(),
        };
        pair.put_out(outputs);
        pair
    }

    /// With one document, open, its text as given, and saved.
    fn with_text(text: &str) -> Self {
        let mut pair = Self::open("first", Disk::default(), Vec::new());
        let space = Space::Private(MemberId::from_key("me"));
        pair.user(Command::Create {
            document: DOCUMENT,
            kind: "note".into(),
            space,
            title: "题".into(),
            text: text.into(),
        });
        pair.user(Command::Open(DOCUMENT));
        pair.settle();
        pair
    }

    fn put_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Say(message) => self.to_page.push_back(message),
                Output::Do(Effect::Persist { ticket, writes }) => self.writing.push_back((ticket, writes)),
                Output::Do(Effect::KeepText { document, json }) => {
                    self.disk.apply(&[Write::PutText { document, json }]);
                }
                Output::Do(Effect::LoadChunks(document)) => {
                    let of_it = self.disk.chunks.iter().filter(|((other, _), _)| *other == document);
                    let chunks = of_it.map(|((_, key), bytes)| (key.clone(), bytes.clone())).collect();
                    self.engine(Input::World(Event::Chunks { document, result: Ok(chunks) }));
                }
                _ => {}
            }
        }
    }

    fn engine(&mut self, input: Input) {
        let mut outputs = Vec::new();
        let now = Now { monotonic: self.now, calendar: 1_700_000_000_000 + self.now };
        self.host.handle(now, input, &mut outputs);
        self.put_out(outputs);
    }

    fn user(&mut self, command: Command) {
        let mut say = Vec::new();
        let notices = self.front.command(command, &mut say);
        self.to_engine.extend(say);
        notices.into_iter().for_each(|notice| self.notice(notice));
    }

    fn types(&mut self, at: usize, insert: &str) {
        let splice = Splice { at, delete: 0, insert: insert.into() };
        self.shown.insert_str(self.shown.char_indices().nth(at).map_or(self.shown.len(), |(place, _)| place), insert);
        self.user(Command::Edit { document: DOCUMENT, splices: vec![splice] });
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Opened { anew: true, result: Ok(()), .. } => {
                self.shown = self.front.text(DOCUMENT).expect("it is open")
            }
            Notice::Text { splices, .. } => {
                let mut units: Vec<u16> = self.shown.encode_utf16().collect();
                for splice in splices {
                    units.splice(splice.at..splice.at + splice.delete, splice.insert.encode_utf16());
                }
                self.shown = String::from_utf16_lossy(&units);
            }
            _ => {}
        }
    }

    /// What the page has said reaches the engine.
    fn engine_hears(&mut self) {
        while let Some(message) = self.to_engine.pop_front() {
            let message = ToEngine::decode(&message.encode()).expect("a message");
            self.engine(Input::Page(message));
        }
    }

    fn page_hears(&mut self) {
        while let Some(message) = self.to_page.pop_front() {
            let mut say = Vec::new();
            let heard = self.front.hear(FromEngine::decode(&message.encode()).expect("a message"), &mut say);
            for heard in heard {
                match heard {
                    Heard::Page(notice) => self.notice(notice),
                    Heard::Driver(word) => self.words.push(word),
                }
            }
            self.to_engine.extend(say);
        }
    }

    /// What is being written reaches the disk; the engine hears of it.
    fn written(&mut self) {
        while let Some((ticket, writes)) = self.writing.pop_front() {
            self.disk.apply(&writes);
            self.engine(Input::World(Event::Persisted { ticket, result: Ok(()) }));
        }
    }

    /// All that was said and begun arrives.
    fn settle(&mut self) {
        for _ in 0..8 {
            self.now += 1_000;
            self.engine_hears();
            self.engine(Input::World(Event::Tick));
            self.written();
            self.page_hears();
        }
        assert!(self.to_engine.is_empty() && self.to_page.is_empty() && self.writing.is_empty());
    }

    fn engine_text(&self) -> String {
        self.host.session().text(DOCUMENT).expect("it is in memory")
    }

    /// The engine falls, with what it was writing, and another one begins: what that wants done first.
    fn falls(&mut self) -> Vec<Output> {
        let mut say = Vec::new();
        let words = self.front.begin_anew(&mut say);
        let (host, outputs) = host(self.front.page(), &self.disk, words);
        (self.host, self.to_engine) = (host, say.into());
        self.to_page.clear();
        self.writing.clear();
        outputs
    }

    /// Another page opens the profile, with what this one put down.
    fn next_page(mut self) -> Self {
        let words = self.front.last_words();
        let mut next = Self::open("second", self.disk.clone(), words);
        next.user(Command::Open(DOCUMENT));
        next.settle();
        next
    }

    fn was_kept(&self, page: &str) -> bool {
        self.words.iter().any(|word| matches!(word, Word::Kept { page: of, .. } if of == page))
    }
}

#[test]
fn nothing_is_called_saved_or_synced_from_the_key_on_until_it_is() {
    let mut pair = Pair::with_text("甲");
    let said = |pair: &Pair| {
        let view = pair.front.view(DOCUMENT).expect("it is open");
        (view.save, pair.front.status().expect("it has started").save)
    };
    assert_eq!(said(&pair), (SaveState::Saved, SaveState::Saved));
    pair.types(1, "乙");
    // Before the engine hears of it.
    assert_eq!(said(&pair), (SaveState::Saving, SaveState::Saving));
    assert_eq!(pair.front.status().expect("it has started").sync, SyncState::OfflinePending(1));
    pair.engine_hears();
    pair.page_hears();
    pair.engine(Input::Page(ToEngine::Leaving));
    pair.page_hears();
    assert_eq!(said(&pair), (SaveState::Saving, SaveState::Saving), "it is being written");
    pair.types(2, "丙");
    pair.written();
    pair.page_hears();
    assert_eq!(said(&pair), (SaveState::Saving, SaveState::Saving), "of the last key nobody has heard");
    pair.settle();
    assert_eq!(said(&pair), (SaveState::Saved, SaveState::Saved));
}

#[test]
fn nothing_touches_a_text_while_an_input_method_composes() {
    let mut pair = Pair::with_text("甲");
    let other = Delta::of(&[Splice { at: 1, delete: 0, insert: "外".into() }]);
    pair.user(Command::Composing { document: DOCUMENT, active: true });
    // As if the engine had not heard of it yet.
    let said = Said { number: 1, heard: 0 };
    let edit = OfText::Edit { opening: 1, said, delta: other };
    pair.to_page.push_back(FromEngine::Text { document: DOCUMENT, said: edit });
    pair.page_hears();
    assert_eq!(pair.shown, "甲");
    pair.types(0, "你");
    pair.user(Command::Composing { document: DOCUMENT, active: false });
    assert_eq!(pair.shown, "你甲外");
    assert_eq!(pair.front.text(DOCUMENT).as_deref(), Some("你甲外"));
}

#[test]
fn lists_are_told_by_what_has_changed() {
    let mut pair = Pair::with_text("甲");
    let second = DocumentId::from_bytes([8; 16]);
    let space = Space::Private(MemberId::from_key("me"));
    pair.user(Command::Create {
        document: second,
        kind: "note".into(),
        space,
        title: "二".into(),
        text: String::new(),
    });
    pair.engine_hears();
    pair.now += 1_000;
    pair.engine(Input::World(Event::Tick));
    let told: Vec<usize> = pair
        .to_page
        .iter()
        .filter_map(|message| match message {
            FromEngine::Rows { changed, .. } => Some(changed.len()),
            _ => None,
        })
        .collect();
    assert_eq!(told, [1], "only the new one");
    pair.page_hears();
    assert_eq!(pair.front.rows().len(), 2);
}

#[test]
fn who_asks_whether_all_is_saved_hears_it_when_it_is() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    let (ticket, ask) = pair.front.ask(Ask::Saved);
    pair.to_engine.push_back(ask);
    pair.engine_hears();
    pair.page_hears();
    let answered = |pair: &Pair| pair.words.contains(&Word::Answer { ticket, answer: Answer::Saved(true) });
    assert!(!answered(&pair), "it is being written");
    pair.written();
    pair.page_hears();
    assert!(answered(&pair));
}
