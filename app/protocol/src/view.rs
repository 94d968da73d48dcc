//! What pages show: plain values, computed from the session, with no logic left to do.

use huigao_shared::authorship::Verdict;
use huigao_shared::ids::{DocumentId, MemberId};
use huigao_shared::space::Space;
use huigao_shared::text::outline::LineKind;
use huigao_shared::wire::Refusal;

use serde::{Deserialize, Serialize};

use crate::command::{Millis, ShutOut};

/// The state of the whole profile, as the top bar says it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub enum SyncState {
    /// 离线·已保存在本机 — no relay, nothing waits.
    OfflineSaved,
    /// 离线 with N places waiting to sync (N 处待同步).
    OfflinePending(usize),
    /// N 处待同步 — connected or not, N documents have changes that the relay has not receipted.
    Pending(usize),
    /// 同步中.
    Syncing,
    /// 已同步 HH:MM — every local change is receipted. The time of the last receipt or check.
    Synced(Millis),
    /// The relay will not have this device: everything stays here, and can be exported.
    ShutOut(ShutOut),
    /// 同步失败·重试 — the relay refused or cannot store; the text says what.
    Failed(String),
}

/// Whether the last local change is safe on this device.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SaveState {
    /// 已保存在本机: a durable transaction holds every change.
    Saved,
    /// 正在保存.
    Saving,
    /// 本机空间已满: editing pauses, the text stays in memory, export it.
    Full,
    /// 保存失败: the storage failed otherwise; retried.
    Failed,
}

/// The top bar.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Status {
    /// How far the profile is with the relay.
    pub sync: SyncState,
    /// How far it is with the device.
    pub save: SaveState,
    /// Whether this tab holds the connection (else another one does).
    pub leading: bool,
    /// Whether the first catalogue has come at least once.
    pub has_catalogue: bool,
    /// A document in which something came in this member's name by another's hand, and waits for the member's word.
    pub to_settle: Option<DocumentId>,
}

impl Status {
    /// Before the engine has said anything.
    #[must_use]
    pub fn unknown() -> Self {
        Self {
            sync: SyncState::OfflineSaved,
            save: SaveState::Saved,
            leading: false,
            has_catalogue: false,
            to_settle: None,
        }
    }
}

/// One document's own state.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub enum DocumentSync {
    /// Not on this device yet; it comes when there is a line.
    Remote,
    /// Local changes wait.
    Pending,
    /// All local changes are receipted.
    Synced,
    /// Some changes were refused; a side copy holds them.
    Refused,
    /// It cannot be worked on, and is only read.
    Aside,
}

/// Another document that one names as where it came from or has gone to.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
pub struct Related {
    /// Which.
    pub document: DocumentId,
    /// Who wrote that, if the actor is one of ours.
    pub by: Option<MemberId>,
    /// When, by the author's clock.
    pub at: Millis,
}

/// A row of a document list.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Row {
    /// Which document.
    pub document: DocumentId,
    /// Where it lives.
    pub space: Space,
    /// A key of the template.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Characters with punctuation (the count that counts).
    pub characters: u32,
    /// Characters without.
    pub characters_bare: u32,
    /// When it was last changed, if known.
    pub changed_at: Option<Millis>,
    /// The author's clock said what cannot be: it is when this device heard of it.
    pub date_uncertain: bool,
    /// By whom.
    pub changed_by: Option<MemberId>,
    /// Whether the figures are of an older state than the document's.
    pub stale: bool,
    /// Its state.
    pub sync: DocumentSync,
    /// Whether it has changed since this reader last read it.
    pub unread: bool,
    /// The document that stands for it in another place.
    pub moved_to: Option<DocumentId>,
}

/// An open document.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct DocumentView {
    /// Which document.
    pub document: DocumentId,
    /// Where it lives.
    pub space: Space,
    /// A key of the template.
    pub kind: String,
    /// Its title.
    pub title: String,
    /// Whether this member may type.
    pub writable: bool,
    /// Its state.
    pub sync: DocumentSync,
    /// Whether its last change is safe here.
    pub save: SaveState,
    /// Whose change stands in the way, if it was set aside; none within if that is not known.
    #[serde(with = "crate::nested")]
    pub aside: Option<Option<MemberId>>,
    /// Whose program put something in the place of the text, which goes on standing.
    #[serde(with = "crate::nested")]
    pub overlaid: Option<Option<MemberId>>,
    /// The document that it was made from.
    pub origin: Option<Related>,
    /// The document that stands for it in another place.
    pub moved_to: Option<Related>,
    /// It is put away for that: nobody has written in it since.
    pub put_away: bool,
}

/// A stretch of text by one author, made at one time, all new or all read.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct Authored {
    /// Where it starts, in UTF-16 code units.
    pub start: usize,
    /// The text; never across a line break (line breaks belong to no stretch), unless it is gone.
    pub text: String,
    /// Who wrote it; none for actors that are not of this roster's making.
    pub author: Option<MemberId>,
    /// When, by the author's clock.
    pub at: Millis,
    /// Whether it came after this reader last read the document.
    pub is_new: bool,
    /// What its author says of it, if it came by another's hand.
    pub handed: Option<Verdict>,
    /// Whether it touches what another person wrote without knowing of it, and may make no sense with that.
    pub touches: bool,
    /// It stood here when this reader last read the document, and the author, another person, has deleted it.
    pub removed: bool,
}

/// What came in one person's name by another's hand.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct HandedOver {
    /// In whose name.
    pub author: MemberId,
    /// By whose hand.
    pub via: MemberId,
    /// What the author says.
    pub verdict: Verdict,
}

/// A line of the merged version.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct MergedLine {
    /// Where it starts, in UTF-16 code units.
    pub start: usize,
    /// What the line is.
    pub kind: LineKind,
    /// Its stretches; none if empty.
    pub parts: Vec<Authored>,
}

/// A document as the leading group reads it.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug, Default)]
pub struct Merged {
    /// Its lines.
    pub lines: Vec<MergedLine>,
    /// Authors, with how many characters each wrote of what stands, most first.
    pub authors: Vec<(Option<MemberId>, usize)>,
    /// What came by another's hand, and how many characters of it stand: it may also have deleted some.
    pub handed: Vec<(HandedOver, usize)>,
    /// How many separate new places there are: runs of new stretches, and of what is gone.
    pub new_places: usize,
    /// This reader has never read it: all of it is new, and no place by itself.
    pub is_unread: bool,
    /// Whether it can be told what is new.
    pub is_known: bool,
    /// How many places there are where people wrote without knowing of each other.
    pub touching: usize,
    /// It is the text alone: who wrote it was not looked up, since that is not possible here.
    pub is_plain: bool,
}

/// Text that the relay refused, kept beside.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
pub struct SideCopy {
    /// Names it: the same text of the same document is one copy, whichever tab put it aside.
    pub id: String,
    /// The document that refused it.
    pub document: DocumentId,
    /// Its title then.
    pub title: String,
    /// The whole text with the refused changes.
    pub text: String,
    /// Why.
    pub why: Refusal,
    /// When.
    pub at: Millis,
}
