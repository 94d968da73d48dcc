//! How many operations a change claims to have, read from its columns before anything walks through them.
//!
//! Columns are run-length encoded: a few bytes may stand for 2⁴⁰ operations, on which a parser would work for hours.
//! The layout is that of Automerge's binary format: <https://automerge.org/automerge-binary-format-spec/>.

/// The most operations, and the most predecessors in all, of one change. A paste of 300,000 characters has as many.
pub const MAX_OPERATIONS: u64 = 2_000_000;
/// The most columns; Automerge writes about fifteen.
const MAX_COLUMNS: u64 = 64;
/// The most other actors that a change names: whoever deletes a document's text names everybody who wrote in it.
const MAX_ACTORS: u64 = 65_536;
/// The longest actor, in bytes. Ours have 24, other programs' mostly 16; a relay keeps them in memory.
pub const MAX_ACTOR: u64 = 64;
/// How many heads a document may have: so many people write at once in one document nowhere, and every client names
/// them all.
pub const MAX_HEADS: usize = 1_024;
/// The most dependencies a change may name. An honest one names the heads that its author saw: all that a document may
/// have, and the author's own that have not been sent.
pub const MAX_DEPENDENCIES: u64 = 2 * MAX_HEADS as u64;

const GROUP: u64 = 0;
const ACTOR: u64 = 1;
const INTEGER: u64 = 2;
const DELTA: u64 = 3;
const BOOLEAN: u64 = 4;
const STRING: u64 = 5;
const VALUE_LENGTHS: u64 = 6;
/// Marks a column as compressed, which within a change none may be.
const DEFLATED: u64 = 8;

/// How many operations a change's inflated body claims to have: the entries of its longest column. None if they, or
/// anything else that costs memory by its number, are too many, or if the body is laid out otherwise.
#[must_use]
pub fn operations(body: &[u8]) -> Option<u64> {
    let mut read = Reader(body);
    let dependencies = read.unsigned().filter(|count| *count <= MAX_DEPENDENCIES)?;
    read.skip(dependencies * 32)?;
    read.actor()?;
    // The sequence number, the first operation's number, the time.
    read.unsigned()?;
    read.unsigned()?;
    read.signed()?;
    read.skip_prefixed()?;
    let actors = read.unsigned().filter(|count| *count <= MAX_ACTORS)?;
    for _ in 0..actors {
        read.actor()?;
    }
    let count = read.unsigned().filter(|count| *count <= MAX_COLUMNS)?;
    let mut columns: Vec<(u64, u64)> = Vec::new();
    for _ in 0..count {
        let column = (read.unsigned()?, read.unsigned()?);
        if column.0 & DEFLATED != 0 || columns.last().is_some_and(|last| last.0 >= column.0) {
            return None;
        }
        columns.push(column);
    }
    let mut most = 0;
    for (kind, length) in columns {
        most = most.max(entries(read.take(length)?, kind & 7)?);
    }
    Some(most)
}

/// How many entries a column of this type has, or, where entries are themselves counts, their sum, if that is more.
fn entries(column: &[u8], kind: u64) -> Option<u64> {
    let mut read = Reader(column);
    let (mut entries, mut sum) = (0u64, 0u64);
    while !read.0.is_empty() {
        if kind == BOOLEAN {
            entries = entries.checked_add(read.unsigned()?)?;
        } else if matches!(kind, GROUP | ACTOR | INTEGER | DELTA | STRING | VALUE_LENGTHS) {
            match read.signed()? {
                0 => entries = entries.checked_add(read.unsigned()?)?,
                run @ 1.. => {
                    let run = run.cast_unsigned();
                    entries = entries.checked_add(run)?;
                    sum = sum.saturating_add(read.value(kind)?.saturating_mul(run));
                }
                literals => {
                    for _ in 0..literals.unsigned_abs() {
                        entries += 1;
                        sum = sum.saturating_add(read.value(kind)?);
                    }
                }
            }
        } else {
            // Values as they are: as long as the column, and no longer.
            return Some(0);
        }
        if entries > MAX_OPERATIONS || kind == GROUP && sum > MAX_OPERATIONS {
            return None;
        }
    }
    Some(if kind == GROUP { entries.max(sum) } else { entries })
}

/// Reads numbers and lengths from the front of some bytes.
pub(crate) struct Reader<'b>(pub(crate) &'b [u8]);

impl<'b> Reader<'b> {
    pub(crate) fn take(&mut self, length: u64) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn skip(&mut self, length: u64) -> Option<()> {
        self.take(length).map(drop)
    }

    fn actor(&mut self) -> Option<()> {
        let length = self.unsigned().filter(|length| (1..=MAX_ACTOR).contains(length))?;
        self.skip(length)
    }

    pub(crate) fn skip_prefixed(&mut self) -> Option<()> {
        let length = self.unsigned()?;
        self.skip(length)
    }

    /// One entry; its number where it is one.
    fn value(&mut self, kind: u64) -> Option<u64> {
        match kind {
            STRING => self.skip_prefixed().map(|()| 0),
            DELTA => self.signed().map(|_| 0),
            _ => self.unsigned(),
        }
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (byte, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*byte)
    }

    pub(crate) fn unsigned(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for index in 0..10 {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f).checked_shl(7 * index)?;
            if byte & 0x80 == 0 {
                // Only the shortest form: a change written anew must come to the same bytes.
                let is_shortest = index == 0 || byte != 0;
                return (is_shortest && (index < 9 || byte == 1)).then_some(value);
            }
        }
        None
    }

    pub(crate) fn signed(&mut self) -> Option<i64> {
        let (mut value, mut before) = (0i64, 0);
        for index in 0..10 {
            let byte = self.byte()?;
            let shift = 7 * index;
            value |= i64::from(byte & 0x7f).checked_shl(shift)?;
            if byte & 0x80 == 0 {
                if byte & 0x40 != 0 && shift < 57 {
                    value |= -1i64 << (shift + 7);
                }
                let is_spare = index > 0 && (byte == 0 && before & 0x40 == 0 || byte == 0x7f && before & 0x40 != 0);
                return (!is_spare && (index < 9 || matches!(byte, 0 | 0x7f))).then_some(value);
            }
            before = byte;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automerge::transaction::Transactable;
    use automerge::{Automerge, ObjType, ROOT, ScalarValue};

    fn body_of(change: &automerge::Change) -> Vec<u8> {
        let raw = change.raw_bytes();
        let length = raw.iter().skip(9).take_while(|byte| **byte & 0x80 != 0).count() + 1;
        raw[9 + length..].to_vec()
    }

    #[test]
    fn what_automerge_writes_is_bounded() {
        let mut doc = Automerge::new();
        let mut tx = doc.transaction();
        let text = tx.put_object(ROOT, "text", ObjType::Text).expect("a text");
        tx.splice_text(&text, 0, 0, &"学习😀abc\n".repeat(3_000)).expect("room");
        tx.commit();
        let mut tx = doc.transaction();
        tx.splice_text(&text, 5, 900, "改").expect("room");
        let list = tx.put_object(ROOT, "list", ObjType::List).expect("a list");
        for n in 0..50 {
            tx.insert(&list, n, ScalarValue::counter(n as i64)).expect("room");
        }
        tx.increment(&list, 3, -7).expect("a counter");
        tx.put(ROOT, "float", 1.5).expect("room");
        tx.commit();
        for change in doc.get_changes(&[]) {
            let claimed = operations(&body_of(&change)).expect("an honest change");
            assert!((change.len() as u64..=change.len() as u64 + 1_000).contains(&claimed), "{claimed}");
        }
        assert!(!doc.get_changes(&[]).is_empty());
    }

    /// A change with one column: no dependencies, a one-byte actor, and `column` under `spec`.
    fn with_column(spec: u8, column: &[u8]) -> Vec<u8> {
        let head = [0, 1, 7, 1, 1, 0, 0, 0, 1, spec];
        [&head[..], &[u8::try_from(column.len()).expect("short")], column].concat()
    }

    #[test]
    fn a_few_bytes_that_stand_for_too_much_are_refused() {
        // 2⁴⁰ in either kind of number.
        let huge = [0x80, 0x80, 0x80, 0x80, 0x80, 0x20];
        for (spec, column) in [
            // Actions: a run, nulls; inserts; predecessors: many, and one operation with many.
            (0x42, [&huge[..], &[1]].concat()),
            (0x42, [&[0][..], &huge].concat()),
            (0x34, huge.to_vec()),
            (0x70, [&huge[..], &[0]].concat()),
            (0x70, [&[1][..], &huge].concat()),
        ] {
            assert_eq!(operations(&with_column(spec, &column)), None, "{spec:x} {column:?}");
        }
        assert_eq!(operations(&with_column(0x42, &[3, 1])), Some(3));
        assert_eq!(operations(&with_column(0x4a, &[3, 1])), None, "a compressed column");
        assert_eq!(operations(&with_column(0x42, &[0x80])), None, "cut off");
    }

    #[test]
    fn what_costs_memory_by_its_number_is_counted_first() {
        let leb = |mut value: u64| {
            let mut bytes = Vec::new();
            while value >= 0x80 {
                bytes.push(value as u8 | 0x80);
                value >>= 7;
            }
            bytes.push(value as u8);
            bytes
        };
        // Dependencies, the actor, other actors, and columns: that many of each, with nothing in them.
        let body = |dependencies: u64, actor: u64, actors: u64, columns: u64| {
            let mut body = [leb(dependencies), vec![0; dependencies as usize * 32]].concat();
            body.extend([leb(actor), vec![7; actor as usize], vec![1, 1, 0, 0], leb(actors)].concat());
            body.extend([1, 7].repeat(actors as usize));
            body.extend(leb(columns));
            (0..columns).for_each(|column| body.extend([leb(column << 4 | 2), vec![0]].concat()));
            body
        };
        assert_eq!(operations(&body(2, 24, 3, 15)), Some(0));
        for (dependencies, actor, actors, columns) in
            [(2_049, 24, 0, 0), (0, 65, 0, 0), (0, 0, 0, 0), (0, 24, 65_537, 0), (0, 24, 0, 65)]
        {
            let body = body(dependencies, actor, actors, columns);
            assert_eq!(operations(&body), None, "{dependencies} {actor} {actors} {columns}");
        }
        let twice = [&[0, 1, 7, 1, 1, 0, 0, 0, 2, 0x22, 0, 0x22, 0][..]].concat();
        assert_eq!(operations(&twice), None, "one column twice");
    }
}
