//! Cursors that prove themselves: a relay put back to an older copy is found out.

use huigao_shared::catalogue::Cursor;
use sha2::{Digest, Sha256};

/// One start of the relay. Sequence numbers from `first_seq` on belong to it, until the next run.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The first number of this run.
    pub first_seq: u64,
    /// Random, drawn at the start and stored before anything else.
    pub secret: [u8; 16],
}

/// All runs, ascending.
#[derive(Clone, Debug, Default)]
pub struct Runs(pub Vec<Run>);

impl Runs {
    /// The cursor of a sequence number: its tag is derived from the secret of its run, so numbers
    /// that a restored copy hands out again have other tags.
    #[must_use]
    pub fn cursor(&self, seq: u64) -> Cursor {
        let run = self.0.iter().rev().find(|run| run.first_seq <= seq);
        let digest = Sha256::new()
            .chain_update(run.map_or([0; 16], |run| run.secret))
            .chain_update(seq.to_be_bytes())
            .finalize();
        let mut tag = [0; 8];
        tag.copy_from_slice(&digest[..8]);
        Cursor { seq, tag: u64::from_be_bytes(tag) }
    }

    /// Whether this relay, with this history, gave out the cursor.
    #[must_use]
    pub fn knows(&self, cursor: Cursor, last: u64) -> bool {
        cursor.seq <= last && self.cursor(cursor.seq) == cursor
    }

    /// The number that the present run starts from. It is the run's own, and no commit takes it: a copy of the
    /// store made before the run's first commit starts its next run one further, so that no number which a commit
    /// took in the lost future is known to it.
    pub(super) fn start(&self) -> u64 {
        self.0.last().map_or(0, |run| run.first_seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_restored_copy_does_not_know_cursors_of_the_lost_future() {
        let first = Run { first_seq: 1, secret: [1; 16] };
        let before = Runs(vec![first]);
        let (kept, lost) = (before.cursor(5), before.cursor(9));
        let restored = Runs(vec![first, Run { first_seq: 6, secret: [2; 16] }]);
        assert!(restored.knows(kept, 20));
        assert!(!restored.knows(lost, 20), "the same number was handed out again");
        assert!(!restored.knows(restored.cursor(30), 20), "not handed out yet");
    }

    #[test]
    fn nor_if_the_copy_was_made_before_the_first_commit() {
        let first = Run { first_seq: 1, secret: [1; 16] };
        let before = Runs(vec![first]);
        let lost = before.cursor(before.start() + 1);
        let restored = Runs(vec![first, Run { first_seq: 2, secret: [2; 16] }]);
        assert!(!restored.knows(lost, 20));
        assert!(restored.knows(before.cursor(before.start()), 20), "nothing had been told by then");
    }
}
