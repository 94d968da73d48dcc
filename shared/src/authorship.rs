//! Whose words came by whose hand: what the relay knows of a document's authors beyond what actors say of themselves.
//!
//! Our actors name their member. A change of one author that first comes over the connection of another writer (who
//! brings it back after a restore, or makes it up) is taken and marked as handed over, until its author confirms or
//! disowns it: to refuse it would lose words, to hide it would allow forgery.

use std::collections::BTreeMap;

use automerge::{ActorId, ChangeHash};
use serde::{Deserialize, Serialize};

use crate::ids::{MemberId, member_of};

/// How many bindings and handovers a document may have. A handover is a run of changes of one session: sixty people
/// who wrote in a document every day for six months come to about 10,000.
pub const MAX_ROWS: usize = 16_384;

/// What an author says of changes that came by another's hand.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing yet.
    #[default]
    Open,
    /// They are the author's.
    Confirmed,
    /// They are not.
    Disowned,
}

/// Consecutive changes of one actor that first came by the same other hand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Handover {
    /// Under which they were written.
    #[serde(with = "actor")]
    pub actor: ActorId,
    /// The number of the first in the actor's sequence.
    pub from: u64,
    /// The number of the last.
    pub to: u64,
    /// The hash of the last.
    #[serde(with = "hash")]
    pub hash: ChangeHash,
    /// In whose name.
    pub author: MemberId,
    /// Over whose connection.
    pub via: MemberId,
    /// What the author says.
    #[serde(default)]
    pub verdict: Verdict,
}

/// An author's word on changes that came by another's hand: a whole [`Handover`], or its beginning.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attestation {
    /// Whose changes.
    #[serde(with = "actor")]
    pub actor: ActorId,
    /// The number of the first, as in the handover.
    pub from: u64,
    /// The number of the last that this is about.
    pub to: u64,
    /// The hash of that, as the author knows it.
    #[serde(with = "hash")]
    pub hash: ChangeHash,
    /// They are the author's.
    pub genuine: bool,
}

/// Who brought a change, and whom its actor names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hands {
    /// Over whose connection it came.
    pub carrier: MemberId,
    /// The member of the roster whom the actor names, if it is one of ours.
    pub named: Option<MemberId>,
}

/// All that is known of a document's authors.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Authorship {
    bound: BTreeMap<ActorId, MemberId>,
    handed: BTreeMap<(ActorId, u64), Handover>,
}

/// Rows that are new or have changed: what is stored, and what goes over the wire.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct AuthorRows {
    /// Actors that name nobody, and the members over whose connections they first came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bound: Vec<Binding>,
    /// What was handed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub handed: Vec<Handover>,
}

/// An actor of another program, bound to the member over whose connection it first came.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Binding {
    /// The actor.
    #[serde(with = "actor")]
    pub actor: ActorId,
    /// The member.
    pub member: MemberId,
}

impl AuthorRows {
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bound.is_empty() && self.handed.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.bound.len() + self.handed.len()
    }
}

impl Authorship {
    /// Takes rows in; those that are here already under their keys are replaced.
    pub fn merge(&mut self, rows: AuthorRows) {
        self.bound.extend(rows.bound.into_iter().map(|binding| (binding.actor, binding.member)));
        self.handed.extend(rows.handed.into_iter().map(|handover| ((handover.actor.clone(), handover.from), handover)));
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> AuthorRows {
        let bound = |(actor, member): (&ActorId, &MemberId)| Binding { actor: actor.clone(), member: *member };
        AuthorRows { bound: self.bound.iter().map(bound).collect(), handed: self.handed.values().cloned().collect() }
    }

    /// Whether nothing is known beyond what actors say of themselves.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.bound.is_empty() && self.handed.is_empty()
    }

    /// Memory held, in bytes, near enough to bound it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bound.len() * 96 + self.handed.len() * 256
    }

    /// In whose name an actor writes: as it is bound, else as it says.
    #[must_use]
    pub fn author(&self, actor: &ActorId) -> Option<MemberId> {
        self.bound.get(actor).copied().or_else(|| member_of(actor))
    }

    /// The handover that a change belongs to, by its number in its actor's sequence.
    #[must_use]
    pub fn handover(&self, actor: &ActorId, seq: u64) -> Option<&Handover> {
        let (_, before) = self.handed.range(..=(actor.clone(), seq)).next_back()?;
        (before.actor == *actor && before.to >= seq).then_some(before)
    }

    /// What was handed over, in no particular order.
    pub fn handed(&self) -> impl Iterator<Item = &Handover> {
        self.handed.values()
    }

    /// Whether `author` has yet to say something.
    #[must_use]
    pub fn awaits(&self, author: MemberId) -> bool {
        self.handed.values().any(|handover| handover.author == author && handover.verdict == Verdict::Open)
    }

    /// Whether what would have to be noted of a change still fits.
    #[must_use]
    pub fn has_room(&self, hands: Hands) -> bool {
        hands.named == Some(hands.carrier) || self.bound.len() + self.handed.len() < MAX_ROWS
    }

    /// Notes by whose hand a new change came; adds to `changed` what is new by that.
    pub fn note(&mut self, actor: &ActorId, seq: u64, hash: ChangeHash, hands: Hands, changed: &mut AuthorRows) {
        let carrier = hands.carrier;
        let author = match self.bound.get(actor).copied().or(hands.named) {
            Some(author) => author,
            None => {
                self.bound.insert(actor.clone(), carrier);
                changed.bound.push(Binding { actor: actor.clone(), member: carrier });
                carrier
            }
        };
        if author == carrier {
            return;
        }
        let before = self.handed.range_mut(..(actor.clone(), seq)).next_back().map(|(_, before)| before);
        let goes_on = before.filter(|before| {
            before.actor == *actor && before.to + 1 == seq && before.via == carrier && before.verdict == Verdict::Open
        });
        let handover = match goes_on {
            Some(before) => {
                (before.to, before.hash) = (seq, hash);
                before.clone()
            }
            None => {
                let verdict = Verdict::Open;
                let new = Handover { actor: actor.clone(), from: seq, to: seq, hash, author, via: carrier, verdict };
                self.handed.insert((actor.clone(), seq), new.clone());
                new
            }
        };
        match changed.handed.last_mut().filter(|last| last.actor == handover.actor && last.from == handover.from) {
            Some(last) => *last = handover,
            None => changed.handed.push(handover),
        }
    }

    /// Takes an author's word. None: it is about nothing that came in this author's name, or about other changes.
    pub fn attest(&mut self, author: MemberId, word: &Attestation) -> Option<AuthorRows> {
        let whole = self.handover(&word.actor, word.from)?.clone();
        let fits = whole.author == author && word.from == whole.from && (word.from..=whole.to).contains(&word.to);
        // Something may have joined the run that the author has not seen.
        if !fits || word.to == whole.to && word.hash != whole.hash {
            return None;
        }
        let verdict = if word.genuine { Verdict::Confirmed } else { Verdict::Disowned };
        let mut rows = AuthorRows::default();
        rows.handed.push(Handover { from: word.from, to: word.to, hash: word.hash, verdict, ..whole.clone() });
        if word.to < whole.to {
            rows.handed.push(Handover { from: word.to + 1, ..whole });
        }
        self.merge(rows.clone());
        Some(rows)
    }
}

mod actor {
    //! Actors as hexadecimal strings.

    use automerge::ActorId;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(actor: &ActorId, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&actor.to_hex_string())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ActorId, D::Error> {
        let text = String::deserialize(deserializer)?;
        ActorId::try_from(text.as_str()).map_err(serde::de::Error::custom)
    }
}

mod hash {
    //! Hashes as hexadecimal strings.

    use automerge::ChangeHash;
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(hash: &ChangeHash, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(hash)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ChangeHash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::actor_of;

    const A: MemberId = MemberId::from_bytes([1; 16]);
    const B: MemberId = MemberId::from_bytes([2; 16]);
    const C: MemberId = MemberId::from_bytes([3; 16]);

    fn hash(n: u64) -> ChangeHash {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&n.to_be_bytes());
        ChangeHash(bytes)
    }

    fn note(authors: &mut Authorship, actor: &ActorId, seqs: std::ops::RangeInclusive<u64>, carrier: MemberId) {
        let named = member_of(actor).filter(|member| [A, B, C].contains(member));
        let mut rows = AuthorRows::default();
        for seq in seqs {
            authors.note(actor, seq, hash(seq), Hands { carrier, named }, &mut rows);
        }
        let mut again = authors.clone();
        again.merge(rows);
        assert_eq!(again, *authors, "the rows say what changed");
    }

    #[test]
    fn ones_own_hand_leaves_no_trace_and_anothers_does() {
        let (mut authors, actor) = (Authorship::default(), actor_of(A, [7; 8]));
        note(&mut authors, &actor, 1..=3, A);
        assert!(authors.is_empty());
        note(&mut authors, &actor, 4..=6, B);
        note(&mut authors, &actor, 7..=7, A);
        note(&mut authors, &actor, 8..=9, C);
        let runs: Vec<_> = authors.handed().map(|h| (h.from, h.to, h.via)).collect();
        assert_eq!(runs, [(4, 6, B), (8, 9, C)]);
        assert_eq!(authors.handover(&actor, 3), None);
        assert_eq!(authors.handover(&actor, 5).map(|h| h.hash), Some(hash(6)));
        assert_eq!(authors.handover(&actor, 7), None);
        assert!(authors.awaits(A) && !authors.awaits(B));
    }

    #[test]
    fn an_actor_that_names_nobody_belongs_to_who_first_brought_it() {
        let (mut authors, actor) = (Authorship::default(), ActorId::from([9u8; 16].as_slice()));
        note(&mut authors, &actor, 1..=2, B);
        assert_eq!(authors.author(&actor), Some(B));
        assert_eq!(authors.handed().count(), 0);
        note(&mut authors, &actor, 3..=3, C);
        assert_eq!(authors.handover(&actor, 3).map(|h| (h.author, h.via)), Some((B, C)));
        // One that has our form and names nobody of the roster is no more trusted.
        let stranger = actor_of(MemberId::from_bytes([8; 16]), [0; 8]);
        note(&mut authors, &stranger, 1..=1, C);
        assert_eq!(authors.author(&stranger), Some(C));
    }

    #[test]
    fn an_author_confirms_what_was_written_and_disowns_the_rest() {
        let (mut authors, actor) = (Authorship::default(), actor_of(A, [7; 8]));
        note(&mut authors, &actor, 1..=9, B);
        let word = |from, to, genuine| Attestation { actor: actor.clone(), from, to, hash: hash(to), genuine };
        assert_eq!(authors.attest(B, &word(1, 9, true)), None, "only the author may");
        let other = Attestation { hash: hash(5), ..word(1, 9, true) };
        assert_eq!(authors.attest(A, &other), None, "the author knows another change");
        assert_eq!(authors.attest(A, &word(3, 10, true)), None);
        assert!(authors.attest(A, &word(1, 6, true)).is_some());
        assert!(authors.attest(A, &word(7, 9, false)).is_some());
        let verdict = |seq| authors.handover(&actor, seq).map(|h| h.verdict);
        assert_eq!(
            [verdict(1), verdict(6), verdict(7)],
            [Some(Verdict::Confirmed), Some(Verdict::Confirmed), Some(Verdict::Disowned)]
        );
        assert!(!authors.awaits(A));
        // What comes later by the same hand is a matter of its own.
        note(&mut authors, &actor, 10..=10, B);
        assert!(authors.awaits(A));
        assert!(authors.attest(A, &word(7, 9, true)).is_some(), "a word may be taken back");
    }
}
