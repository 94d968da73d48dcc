//! The promises, checked after every step and at the end.

use automerge::ChangeHash;
use huigao_engine::host::{Input, Output};
use huigao_engine::session::event::{Command, Effect, Event as SessionEvent, Now, Ticket, Write};
use huigao_engine::session::view::SyncState;
use huigao_shared::access::{Access, access};
use huigao_shared::authorship::{Authorship, Verdict};
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::roster::Roster;
use huigao_shared::wire::Message;

use super::disk::Disk;
use super::tab::Tab;
use super::world::{Fault, START, World};

impl World {
    pub(super) fn check(&mut self) -> Result<(), Fault> {
        if let Some(wrong) = &self.wrong {
            return self.fault(wrong.as_str());
        }
        while let Some((number, index)) = self.touched.pop_first() {
            let Some(tab) = self.profiles[number].tabs[index].as_ref() else { continue };
            // While something is on its way, page and engine differ; while an input method composes, it waits.
            let at_rest = tab.on_the_way == 0;
            let rests = |id: &DocumentId| at_rest && tab.composing != Some(*id) && tab.front.has_engine(*id);
            for (document, editor) in tab.editors.iter().filter(|(id, _)| rests(id)) {
                let text = tab.session().text(*document).unwrap_or_default();
                let shown = String::from_utf16_lossy(editor);
                if shown != text {
                    return self.fault(format!(
                        "profile {number}: the editor of {document} shows another text: {shown:?} for {text:?}"
                    ));
                }
            }
            if tab.leading
                && tab.connection.is_some()
                && matches!(tab.session().status().sync, SyncState::Synced(_))
                && self.relay.is_up()
                // What the other tab wrote is known here once its message has come.
                && let Some((document, hash)) = self.model.missing(
                    number,
                    |life, at| life == tab.life || at + 50 < self.now,
                    // What may not be read any more has left, or is about to.
                    |d, h| self.relay.disk.has(d, h) || self.has_left(tab, d),
                )
            {
                let row = tab.session().rows().into_iter().find(|row| row.document == document);
                return self
                    .fault(format!("profile {number} shows synced, but {hash} of {document} is not durable: {row:?}"));
            }
        }
        Ok(())
    }

    pub(super) fn check_end(&self) -> Result<(), Fault> {
        for (number, profile) in self.profiles.iter().enumerate() {
            let Some(tab) = profile.tabs.iter().flatten().find(|tab| tab.leading) else {
                return self.fault(format!("profile {number} has no tab"));
            };
            if let Some(ticket) = tab.readings.waits_in_vain() {
                return self.fault(format!("the page of profile {number} waits in vain for the answer to {ticket}"));
            }
            let status = tab.session().status();
            // A forged program that does not believe what the relay says of its rights need not end.
            if !profile.hostile && !matches!(status.sync, SyncState::Synced(_)) {
                return self.fault(format!(
                    "profile {number} did not come to rest: {status:?}\n{}",
                    tab.session().diagnostics().join("\n")
                ));
            }
            let (held, mut seen) = (tab.session().roster(), self.relay.disk.seen_by(profile.member));
            if seen.partial {
                // A part is told again when it has changed, not with each version.
                (seen.version, seen.mark) = (held.version, held.mark.clone());
            }
            if !profile.hostile && *held != seen {
                return self.fault(format!("profile {number} holds another roster than the relay"));
            }
            if let Some(act) = tab.session().acts().into_iter().find(|act| act.refused.is_none()) {
                return self.fault(format!("profile {number}: the act {} was never answered", act.id));
            }
            // What a forged program's tab that heard of no right waits to send lies on its disk, and is shown as pending.
            let waits = profile.hostile && !matches!(status.sync, SyncState::Synced(_));
            if !waits
                && let Some((document, hash)) =
                    self.model.missing(number, |_, _| true, |d, h| self.relay.disk.has(d, h))
            {
                let space = self.documents.iter().find(|(other, _)| *other == document).map(|(_, space)| space);
                let access = space.map(|space| access(&self.relay.disk.roster, profile.member, space));
                return self.fault(format!(
                    "profile {number}, {access:?}: the saved change {hash} of {document} is lost\n{}",
                    tab.session().diagnostics().join("\n")
                ));
            }
        }
        self.check_withheld()?;
        self.check_convergence()
    }

    /// Whose words were taken out of service has them beside the document.
    fn check_withheld(&self) -> Result<(), Fault> {
        for (document, hash) in self.relay.disk.withheld() {
            let Some(number) = self.model.saved_by(document, hash) else { continue };
            let profile = &self.profiles[number];
            if profile.hostile || self.moved.contains(&profile.member) {
                continue;
            }
            let mut disk = profile.disk.clone();
            for tab in profile.tabs.iter().flatten() {
                tab.transactions.iter().for_each(|(_, writes)| disk.apply(writes));
            }
            if !disk.has_side_copy(*document) {
                return self.fault(format!("profile {number}: {hash} of {document} was withheld and is kept nowhere"));
            }
        }
        Ok(())
    }

    /// Every profile that may read a document holds what the relay holds, on its disk, and shows that text.
    ///
    /// A reader may hold more: words that the relay passed on and then lost, with their author's device gone before
    /// it had saved them. Nobody was promised those, nobody may bring them back, and nothing is dropped.
    fn check_convergence(&self) -> Result<(), Fault> {
        for (document, space) in &self.documents {
            // Nobody here writes in another's name.
            let mut handed = self.relay.disk.authors(document).into_iter().flat_map(Authorship::handed);
            if let Some(disowned) = handed.find(|handover| handover.verdict == Verdict::Disowned) {
                return self.fault(format!("{document}: its author disowned what is genuine: {disowned:?}"));
            }
            let (at_relay, roster) = (self.relay.disk.in_service(document), self.relay.disk.roster.clone());
            let mut first: Option<(usize, u64, u32)> = None;
            for (number, profile) in self.profiles.iter().enumerate() {
                let access = access(&roster, profile.member, space);
                let Some(tab) = profile.tabs.iter().flatten().find(|tab| tab.leading) else { continue };
                let Some(row) = tab.session().rows().into_iter().find(|row| row.document == *document) else {
                    if access >= Access::Read && !at_relay.is_empty() {
                        return self.fault(format!("profile {number} does not list {document}"));
                    }
                    let mut disk = profile.disk.clone();
                    tab.transactions.iter().for_each(|(_, writes)| disk.apply(writes));
                    let held = !disk.chunks(*document).is_empty() || disk.texts().contains(document);
                    if access == Access::None && profile.fresh && !profile.hostile && held {
                        return self.fault(format!("profile {number} may not read {document} and still holds it"));
                    }
                    continue;
                };
                if access < Access::Read || at_relay.is_empty() {
                    continue;
                }
                let mut disk = profile.disk.clone();
                for (_, writes) in &tab.transactions {
                    disk.apply(writes);
                }
                let Some(text) = reopened(profile.member, &roster, &mut disk, *document) else {
                    return self.fault(format!("profile {number}: what is stored of {document} does not open"));
                };
                // What was withheld stays in the chunks, in everybody's.
                let taken_in = disk.hashes_read(*document);
                let held =
                    if self.relay.disk.is_withheld_in(document) { taken_in.clone() } else { disk.hashes(*document) };
                if !profile.hostile
                    && let Some(hash) = held
                        .iter()
                        .find(|hash| self.model.is_refused(document, hash) && !self.has_moved(document, hash))
                {
                    return self.fault(format!("the refused change {hash} of {document} reached profile {number}"));
                }
                let lacks: Vec<_> = at_relay.difference(&held).collect();
                // What lies in the chunks and is named as put aside is in nobody's text.
                let more: Vec<_> = held
                    .difference(&at_relay)
                    .filter(|hash| taken_in.contains(hash) && !self.model.is_refused(document, hash))
                    .collect();
                if !lacks.is_empty() || !more.is_empty() && access == Access::Write {
                    return self.fault(format!(
                        "profile {number}, {document}: stored lacks {lacks:?}, has besides {more:?}\n{}",
                        tab.session().diagnostics().join("\n")
                    ));
                }
                // Words that the relay lost in a restore, and their author put aside on losing the right to bring them back.
                let others = held.difference(&at_relay).any(|hash| self.has_moved(document, hash));
                if !more.is_empty() || others {
                    continue;
                }
                // A figure that says that it is behind waits for a writer to come by.
                let characters = if row.stale {
                    first.map_or(row.characters, |(_, _, characters)| characters)
                } else {
                    row.characters
                };
                let found = (number, fingerprint(&text), characters);
                let first = *first.get_or_insert(found);
                if (first.1, first.2) != (found.1, found.2) {
                    return self.fault(format!(
                        "profiles {} and {} hold different texts of {document}: {first:?} {found:?}",
                        first.0, found.0
                    ));
                }
            }
        }
        Ok(())
    }

    /// Whether the author of a change has gained or lost rights: what such a one put aside may have been
    /// accepted before, with the word of it on its way.
    fn has_moved(&self, document: &DocumentId, hash: &ChangeHash) -> bool {
        let author = self.model.author(document, hash).map(|profile| self.profiles[profile].member);
        author.is_some_and(|author| self.moved.contains(&author))
    }

    fn has_left(&self, tab: &Tab, document: &DocumentId) -> bool {
        let space = self.documents.iter().find(|(id, _)| id == document).map(|(_, space)| space);
        space.is_some_and(|space| tab.session().access(space) == Access::None)
    }

    /// Checks what a frame from a tab has done: changes enter only where who sent them may write.
    pub(super) fn check_entry(&mut self, profile: usize, frame: &[u8], taken: u64) {
        let Ok(Message::Sync(sync) | Message::Request(sync)) = Message::decode(frame) else { return };
        let Some((_, space)) = self.documents.iter().find(|(document, _)| *document == sync.document) else { return };
        let member = self.profiles[profile].member;
        if taken > 0 && access(&self.relay.roster_in_force(), member, space) < Access::Write {
            self.wrong.get_or_insert(format!("profile {profile} wrote in {space} without the right"));
        }
    }
}

/// The text of a document in a fresh tab that has nothing but the disk. What it corrects there as it reads is written:
/// names of what was refused, once it is known that the relay has it.
fn reopened(member: MemberId, roster: &Roster, disk: &mut Disk, document: DocumentId) -> Option<String> {
    let at = Now { monotonic: 0, calendar: START };
    let (mut tab, mut outputs) = Tab::open(member, 0, [0; 8], (roster.clone(), true), disk, at, Vec::new());
    tab.host.handle(at, Input::World(SessionEvent::Command(Command::Open(document))), &mut outputs);
    let chunks = SessionEvent::Chunks { document, result: Ok(disk.chunks(document)) };
    tab.host.handle(at, Input::World(chunks), &mut outputs);
    while let Some((ticket, writes)) = outputs.iter().rev().find_map(begun) {
        disk.apply(&writes);
        outputs.clear();
        let persisted = SessionEvent::Persisted { ticket, result: Ok(()) };
        tab.host.handle(at, Input::World(persisted), &mut outputs);
    }
    tab.session().text(document)
}

/// The transaction that an engine begins: one at a time.
fn begun(output: &Output) -> Option<(Ticket, Vec<Write>)> {
    let Output::Do(Effect::Persist { ticket, writes }) = output else { return None };
    Some((*ticket, writes.clone()))
}

fn fingerprint(text: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
