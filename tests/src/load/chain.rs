//! Edits made in advance, so that making them does not count: one actor, each change on top of the one before.

use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use automerge::{Automerge, ChangeHash, ObjType, ROOT, ReadDoc};
use huigao_shared::ids::actor_of;

use super::member;

const SENTENCE: &str = "开展课题调研，紧紧围绕主题，深入基层。";
/// How many characters one change of the first text brings.
const PIECE: usize = 100;

/// One change.
pub(super) struct Edit {
    pub hash: ChangeHash,
    pub body: Vec<u8>,
}

/// One document's changes: its first text, then single characters.
pub(super) struct Chain {
    changes: Vec<Edit>,
    /// How many of them make the first text.
    base: usize,
}

impl Chain {
    /// `characters` of text in pieces, then `edits` insertions of one character.
    pub fn build(actor: u64, characters: usize, edits: usize) -> Result<Self> {
        let mut doc = Automerge::new();
        // As the app's own: of the member over whose connections they go.
        doc.set_actor(actor_of(member(), actor.to_be_bytes()));
        let mut changes = Vec::new();
        let mut tx = doc.transaction();
        let text = tx.put_object(ROOT, "text", ObjType::Text)?;
        let hash = tx.commit().0.context("an empty change")?;
        changes.push(edit(&doc, hash)?);
        let piece: String = SENTENCE.chars().cycle().take(PIECE).collect();
        for at in 0..characters / PIECE {
            changes.push(insert(&mut doc, &text, at * PIECE, &piece)?);
        }
        let base = changes.len();
        for number in 0..edits {
            changes.push(insert(&mut doc, &text, number * 7 % (characters + 1), "字")?);
        }
        Ok(Self { changes, base })
    }

    /// The first text.
    pub fn base(&self) -> &[Edit] {
        &self.changes[..self.base]
    }

    /// What follows it.
    pub fn edits(&self) -> &[Edit] {
        &self.changes[self.base..]
    }

    /// Everything.
    pub fn all(&self) -> &[Edit] {
        &self.changes
    }

    /// The head once the first text is there.
    pub fn base_head(&self) -> ChangeHash {
        self.changes[self.base - 1].hash
    }

    /// The head at the end.
    pub fn last_head(&self) -> ChangeHash {
        self.changes[self.changes.len() - 1].hash
    }
}

fn insert(doc: &mut Automerge, text: &automerge::ObjId, at: usize, what: &str) -> Result<Edit> {
    let mut tx = doc.transaction();
    tx.splice_text(text, at, 0, what)?;
    let hash = tx.commit().0.context("an empty change")?;
    edit(doc, hash)
}

fn edit(doc: &Automerge, hash: ChangeHash) -> Result<Edit> {
    let change = doc.get_change_by_hash(&hash).context("the change is gone")?;
    Ok(Edit { hash, body: change.raw_bytes().to_vec() })
}
