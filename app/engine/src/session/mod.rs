//! The session of one profile in one tab: a pure state machine from events to effects.
//!
//! Owns: the documents in memory, what is saved, what is receipted, the sync with the relay.
//! May not touch: the browser, clocks, randomness, storage, sockets. The driver performs the effects; the same
//! code runs in the browser, in native tests and in the simulator.

mod absorb;
pub mod acts;
mod admission;
pub mod aside;
mod authors;
mod catalogue;
mod commands;
mod document;
pub mod event;
mod exchange;
mod first_words;
mod known;
mod last_words;
mod life;
mod link;
mod load;
mod marks;
mod moves;
pub mod reading;
mod receipts;
mod refused;
mod roster;
mod save;
mod status;
mod stored;
mod stranded;
mod tabs;
mod typed;
pub mod view;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use automerge::ActorId;
use huigao_shared::access::{Access, access};
use huigao_shared::catalogue::Cursor;
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use huigao_shared::roster::Roster;
use huigao_shared::space::Space;
use sha2::{Digest, Sha256};

use huigao_protocol::words::LastWords;

use crate::port::ProfileContents;
use document::Doc;
use event::{Changed, Effect, Event, Millis, Now, Write};
use link::Link;
pub use link::pause_before_retry;
pub use stored::StoredDocument;
use view::SideCopy;

/// Edits wait this long for the next one before they become a change, in milliseconds.
const COMMIT_PAUSE: Millis = 250;
/// And this long at most.
const COMMIT_MOST: Millis = 1_000;

/// Who runs the session.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The member whose profile it is.
    pub member: MemberId,
    /// Random, fresh for each tab: makes actors and chunk keys unique.
    pub session: [u8; 8],
    /// The tab's name towards the relay.
    pub peer_id: String,
    /// The roster as just fetched, for a profile that has none yet.
    pub roster: Option<Roster>,
    /// Told what is done to which document, so that a fall in the middle of it is known of afterwards.
    pub watch: aside::Watch,
    /// What was typed in pages that went before it was saved.
    pub words: Vec<LastWords>,
    /// In the middle of what the app fell for this profile since it was last opened.
    pub fell: Vec<aside::Work>,
}

/// The state machine.
pub struct Session {
    me: MemberId,
    actor: ActorId,
    session: [u8; 8],
    forks: u64,
    peer_id: String,
    roster: Roster,
    docs: BTreeMap<DocumentId, Doc>,
    link: Link,
    /// Documents that wait for their turn to sync.
    queue: VecDeque<DocumentId>,
    /// Documents about which there may be something to say to the relay.
    to_say: BTreeSet<DocumentId>,
    /// Where the catalogue goes on, and the furthest receipt.
    cursor: Option<Cursor>,
    witness: Option<Cursor>,
    /// Renewed whenever the relay starts over, so that a tab which did not hear of it finds out.
    epoch: String,
    has_catalogue: bool,
    /// A whole catalogue has come at some time: what is new from then on is news.
    visited: bool,
    side_copies: BTreeMap<String, SideCopy>,
    /// Documents that have left this device in this life of the tab.
    forgotten: BTreeSet<DocumentId>,
    /// Documents that a page asked for and that are not there to be read: it opens them when they come.
    sought: BTreeSet<DocumentId>,
    /// Changes of the roster that the relay has not carried out.
    acts: BTreeMap<String, acts::Act>,
    /// Those whose answers are due on this connection.
    acts_asked: BTreeSet<String>,
    /// What this device wrote, and this member's word on what others handed over.
    hand: authors::Hand,
    /// Until where pages' typing is saved, and what some could not save.
    typing: last_words::Typing,
    saves: save::Saves,
    watch: aside::Watch,
    /// By the clock that nobody sets: what is due goes by it.
    now: Millis,
    /// By the clock on the wall: what is dated goes by it. 0 before the first event.
    calendar: Millis,
    /// The time in the last name that was made by [`Session::unique`], or was met in another one's.
    stamp: Millis,
    out: Vec<Effect>,
}

impl Session {
    /// Opens a profile from what its database holds.
    #[must_use]
    pub fn open(setup: Setup, contents: ProfileContents) -> (Self, Vec<Effect>) {
        let mut session = Self {
            me: setup.member,
            actor: actor_of(setup.member, setup.session),
            session: setup.session,
            forks: 0,
            peer_id: setup.peer_id,
            roster: setup.roster.unwrap_or_default(),
            docs: BTreeMap::new(),
            link: Link::default(),
            queue: VecDeque::new(),
            to_say: BTreeSet::new(),
            cursor: None,
            witness: None,
            epoch: String::new(),
            has_catalogue: false,
            visited: false,
            side_copies: BTreeMap::new(),
            forgotten: BTreeSet::new(),
            sought: BTreeSet::new(),
            acts: BTreeMap::new(),
            acts_asked: BTreeSet::new(),
            hand: authors::Hand::default(),
            typing: last_words::Typing::of(setup.words),
            saves: save::Saves::default(),
            watch: setup.watch,
            now: 0,
            calendar: 0,
            stamp: 0,
            out: Vec::new(),
        };
        let given = session.roster.version;
        session.restore(contents);
        for work in setup.fell {
            session.fell(work);
        }
        if given > 0 && session.roster.version == given {
            // The relay tells of a roster only to those who do not hold it.
            let bytes = stored::json(&session.roster);
            session.write(vec![Write::PutMeta { key: "roster".into(), bytes }]);
        }
        session.hello();
        let effects = std::mem::take(&mut session.out);
        (session, effects)
    }

    fn restore(&mut self, contents: ProfileContents) {
        let (mut marked, mut known, mut refused, mut kept) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let (mut removed, mut aside) = (Vec::new(), Vec::new());
        for (key, bytes) in contents.meta {
            if bytes.is_empty() {
                // Earlier versions of the app stored nothing under a name that they meant to delete.
                removed.push(Write::DeleteMeta { key });
                continue;
            }
            match key.as_str() {
                "cursor" => self.cursor = serde_json::from_slice(&bytes).ok(),
                "witness" => self.witness = serde_json::from_slice(&bytes).ok(),
                "epoch" => self.epoch = String::from_utf8(bytes).unwrap_or_default(),
                "visited" => self.visited = true,
                "roster" => {
                    if let Ok(roster) = serde_json::from_slice::<Roster>(&bytes)
                        && roster.version >= self.roster.version
                    {
                        self.roster = roster;
                    }
                }
                key if marks::parse(key).is_some() => marked.extend(marks::parse(key)),
                key if refused::parse(key).is_some() => refused.extend(refused::parse(key)),
                key if known::parse(key).is_some() => {
                    known.extend(known::parse(key).zip(serde_json::from_slice(&bytes).ok()));
                }
                key if aside::parse(key, &bytes).is_some() => aside.extend(aside::parse(key, &bytes)),
                key if authors::parse(key, &bytes).is_some() => kept.extend(authors::parse(key, &bytes)),
                key if last_words::parse(key, &bytes).is_some() => {
                    self.typing.restore(last_words::parse(key, &bytes));
                }
                key if acts::parse(key, &bytes).is_some() => {
                    acts::parse(key, &bytes).into_iter().for_each(|act| self.keep_act(act));
                }
                key => {
                    if let Some(copy) = refused::parse_copy(key, &bytes) {
                        self.side_copies.insert(copy.id.clone(), copy);
                    }
                }
            }
        }
        if !removed.is_empty() {
            self.write(removed);
        }
        if let Some(cursor) = self.cursor {
            // Earlier versions of the app stored what a page told without how far the relay had come by it.
            self.note_witness(cursor);
        }
        self.has_catalogue = self.cursor.is_some();
        self.visited |= self.has_catalogue;
        for (document, json) in contents.documents {
            // A record that cannot be read is left as it is: the catalogue tells of the document again.
            if let Ok(stored) = serde_json::from_slice(json.as_bytes()) {
                self.docs.insert(document, Doc::new(stored));
            }
        }
        for kept in kept {
            self.restore_kept(kept);
        }
        for (document, value) in known {
            self.restore_known(document, value);
        }
        for (document, hash) in refused {
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.refused.insert(hash);
                doc.named.insert(hash);
            }
        }
        for (document, why) in aside {
            if let Some(doc) = self.docs.get_mut(&document) {
                doc.aside = Some(why);
            }
        }
        for (document, hash) in marked {
            self.restore_mark(document, hash);
        }
        self.restore_first_words(contents.texts);
    }

    /// Takes one event and appends what is to be done to `effects`.
    pub fn handle(&mut self, now: Now, event: Event, effects: &mut Vec<Effect>) {
        self.now = self.now.max(now.monotonic);
        self.calendar = now.calendar;
        self.begin_last_words();
        match event {
            Event::Command(command) => self.command(command),
            Event::Typed { document, splices, mark } => self.typed(document, &splices, mark),
            Event::Words(words) => self.words(words),
            Event::Leading(leading) => self.lead(leading),
            Event::Connected => self.connected(),
            Event::Disconnected { reason } => self.disconnected(reason),
            Event::ShutOut(why) => self.shut_out(why),
            Event::Frame(frame) => self.frame(&frame),
            Event::Tab(message) => self.tab(&message),
            Event::Persisted { ticket, result } => self.persisted(ticket, result),
            Event::Chunks { document, result } => self.chunks(document, result),
            Event::Online(online) => self.online(online),
            Event::Leaving => {
                self.commit_all();
                self.keep_all_first_words_soon();
            }
            Event::Tick => {}
        }
        self.run_due();
        effects.append(&mut self.out);
    }

    fn run_due(&mut self) {
        self.commit_due();
        self.apply_due();
        self.retry_saves();
        self.life_due();
        self.reconnect_due();
        self.label_due();
        self.leave_due();
        self.strand_due();
        self.settle_due();
        self.open_sought();
        self.say_due();
        self.unload_idle();
        self.remove_marks();
        self.first_words_due();
    }

    /// When the next [`Event::Tick`] is due, by the monotonic clock.
    #[must_use]
    pub fn next_wake(&self) -> Option<Millis> {
        let documents = self.docs.values().flat_map(|doc| {
            [
                self.commit_time(doc),
                self.apply_time(doc),
                self.label_time(doc),
                self.first_words_time(doc),
                doc.stranded_time(),
            ]
        });
        documents.chain([self.saves.retry_at, self.link.retry_at, self.life_time()]).flatten().min()
    }

    /// The member whose profile it is.
    #[must_use]
    pub fn me(&self) -> MemberId {
        self.me
    }

    /// Under which this tab's next changes are written.
    #[must_use]
    pub fn actor(&self) -> &ActorId {
        &self.actor
    }

    /// The roster as last heard; version 0 and empty before the first time.
    #[must_use]
    pub fn roster(&self) -> &Roster {
        &self.roster
    }

    /// What this member may do in a space.
    #[must_use]
    pub fn access(&self, space: &Space) -> Access {
        access(&self.roster, self.me, space)
    }

    fn changed(&mut self, what: Changed) {
        if let Changed::Document(document) = what {
            self.keep_first_words_later(document);
        }
        let effect = Effect::Changed(what);
        if !self.out.contains(&effect) {
            self.out.push(effect);
        }
    }

    /// A name that no other tab or time has. Later ones of this tab are greater, also when the clock was set back.
    fn unique(&mut self) -> String {
        self.saves.counter += 1;
        self.stamp = self.stamp.max(self.calendar);
        format!("{:012x}-{}-{:06x}", self.stamp, hex::encode(self.session), self.saves.counter)
    }

    /// Names made from now on are greater than this one.
    fn make_names_after(&mut self, name: &str) {
        let time = name.split('-').next().and_then(|time| Millis::from_str_radix(time, 16).ok());
        self.stamp = self.stamp.max(time.map_or(0, |time| time.saturating_add(1)));
    }

    /// A new actor for this session: its sequence of changes was taken by someone else.
    fn fork_actor(&mut self) {
        self.forks += 1;
        let digest = Sha256::new().chain_update(self.session).chain_update(self.forks.to_be_bytes()).finalize();
        let mut session = [0; 8];
        session.copy_from_slice(&digest[..8]);
        self.actor = actor_of(self.me, session);
    }

    fn write(&mut self, writes: Vec<Write>) {
        self.saves.add(writes, &mut self.out);
    }
}
