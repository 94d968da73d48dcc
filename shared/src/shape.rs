//! What a change does to which objects, without what it says: so much of it that its references can be checked.
//!
//! Operations that follow one another are kept as one run: text that is typed or pasted, and text that is deleted.

use automerge::ActorId;

use crate::columns::Reader;
use crate::runs::{Flags, Kind, Runs};

/// The largest number that an operation may have. Automerge counts with 32 bits.
pub const MAX_COUNTER: u64 = 1 << 31;
/// How many runs a change may fall into. Whoever deletes a text makes as many as there are pieces in it that were
/// typed at one time.
pub const MAX_RUNS: usize = 65_536;
/// The furthest that a change's time may be from 1970, in seconds. Automerge keeps times as differences, which must not
/// overflow.
const MAX_TIME: u64 = 1 << 53;
/// How many elements that are no text a change may insert into sequences. They cost its maker nothing: millions of them fit
/// into a hundred bytes.
const MAX_WORDLESS: u32 = 16_384;

/// An operation as a change names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Named {
    /// The operation's number.
    pub counter: u32,
    /// Whose it is: 0 for the change's own author, else a place in [`Shape::others`] and one.
    pub actor: u32,
}

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// Sets a value.
    Put,
    /// Makes a map.
    MakeMap,
    /// Makes a list or a text.
    MakeSequence,
    /// Removes its predecessors.
    Delete,
    /// Adds to a counter.
    Increment,
}

/// Where in its object an operation acts.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Key {
    /// Under a key of a map.
    Property(Box<str>),
    /// At the start of a sequence.
    Head,
    /// At, or after, an element of a sequence.
    Element(Named),
}

/// Operations that follow one another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Run {
    /// The number of the first.
    pub first: u32,
    /// How many. More than one are insertions, each after the one before or where the first one is, or deletions of
    /// elements that follow one another in number.
    pub length: u32,
    /// What they do.
    pub deed: Deed,
    /// Whether they insert elements.
    pub insert: bool,
    /// In which object; none for the root.
    pub object: Option<Named>,
    /// Where the first of them acts.
    pub key: Key,
    /// What they take the place of: where in [`Shape::predecessors`] it stands. None if each takes the place of just
    /// the element it acts at.
    pub replaces: Option<(u32, u32)>,
}

/// What a change does.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Shape {
    /// The number of its first operation.
    pub start: u32,
    /// How many it has.
    pub length: u32,
    /// Whom it names besides its author, sorted.
    pub others: Vec<ActorId>,
    /// Its operations.
    pub runs: Vec<Run>,
    /// What they take the place of, where that is not just the element they act at.
    pub predecessors: Vec<Named>,
    /// Whether it names an author in Automerge's own way.
    pub names_author: bool,
}

impl Shape {
    /// Reads a change's inflated body. None if it is not laid out as Automerge would write it, or does what no
    /// client of a document does.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        Self::read_with(body, |_, _| {})
    }

    /// The same, telling of each operation its number, and the text that it carries if it carries one.
    #[must_use]
    pub fn read_with<'b>(body: &'b [u8], each: impl FnMut(u32, Option<&'b str>)) -> Option<Self> {
        let mut read = Reader(body);
        let dependencies = read.unsigned()?;
        let (hashes, _) = read.take(dependencies.checked_mul(32)?)?.as_chunks::<32>();
        if !hashes.is_sorted_by(|a, b| a < b) {
            return None;
        }
        let author = actor(&mut read)?;
        read.unsigned()?;
        let start = read.unsigned().filter(|start| (1..MAX_COUNTER).contains(start))?;
        read.signed().filter(|time| time.unsigned_abs() < MAX_TIME)?;
        let message = read.unsigned()?;
        std::str::from_utf8(read.take(message)?).ok()?;
        let count = read.unsigned()?;
        let mut others: Vec<&[u8]> = Vec::new();
        for _ in 0..count {
            others.push(actor(&mut read)?);
        }
        if !others.is_sorted_by(|a, b| a < b) || others.contains(&author) {
            return None;
        }
        let columns = Columns::read(&mut read)?;
        let mut shape = Self {
            start: u32::try_from(start).ok()?,
            others: others.iter().map(|bytes| ActorId::from(*bytes)).collect(),
            ..Self::default()
        };
        // Where the author stands among the others: twice the place, so that it lies between two of them.
        let own = 2 * others.partition_point(|other| *other < author);
        columns.operations(&mut shape, own, each)?;
        Some(shape)
    }

    /// The number after its last operation.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.start.saturating_add(self.length)
    }

    /// Memory besides the value itself, in bytes, near enough to bound it.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.runs.capacity() * size_of::<Run>()
            + self.predecessors.capacity() * size_of::<Named>()
            + self.others.len() * 64
    }

    /// Takes one operation in, with the run before it if it goes on there.
    fn push(&mut self, next: Operation<'_>, used: &mut [bool]) -> Option<()> {
        let Operation { deed, insert, object, key, predecessors } = next;
        let number = self.start.checked_add(self.length)?;
        for named in object.iter().chain(key.element().as_ref()).chain(predecessors) {
            if named.actor > 0 {
                *used.get_mut(named.actor as usize - 1)? = true;
            }
        }
        self.length += 1;
        let replaces_its_element =
            !insert && key.element().is_some_and(|element| predecessors == [element]) && deed == Deed::Delete;
        if let Some(run) = self.runs.last_mut().filter(|run| run.deed == deed && run.object == object) {
            let before = Named { actor: 0, counter: number - 1 };
            let typed = run.insert && insert && deed == Deed::Put && (key == Key::Element(before) || key == run.key);
            let along = match (run.key.element(), key.element()) {
                (Some(first), Some(here)) => {
                    first.actor == here.actor && first.counter.checked_add(run.length) == Some(here.counter)
                }
                (None | Some(_), None | Some(_)) => false,
            };
            if typed || replaces_its_element && run.replaces.is_none() && along {
                run.length += 1;
                return Some(());
            }
        }
        if self.runs.len() >= MAX_RUNS {
            return None;
        }
        let replaces = if replaces_its_element {
            None
        } else {
            let from = u32::try_from(self.predecessors.len()).ok()?;
            self.predecessors.extend_from_slice(predecessors);
            Some((from, u32::try_from(self.predecessors.len()).ok()?))
        };
        self.runs.push(Run { first: number, length: 1, deed, insert, object, key, replaces });
        Some(())
    }
}

impl Key {
    /// The element it names.
    #[must_use]
    pub fn element(&self) -> Option<Named> {
        match self {
            Self::Element(named) => Some(*named),
            Self::Property(_) | Self::Head => None,
        }
    }
}

struct Operation<'p> {
    deed: Deed,
    insert: bool,
    object: Option<Named>,
    key: Key,
    predecessors: &'p [Named],
}

/// The columns that Automerge writes, by their numbers, in its order.
const COLUMNS: [u64; 14] = [0x01, 0x02, 0x11, 0x13, 0x15, 0x34, 0x42, 0x56, 0x57, 0x70, 0x71, 0x73, 0x94, 0xa5];

struct Columns<'b> {
    bytes: [&'b [u8]; COLUMNS.len()],
    footer: &'b [u8],
}

impl<'b> Columns<'b> {
    fn read(read: &mut Reader<'b>) -> Option<Self> {
        let count = read.unsigned()?;
        let (mut lengths, mut place) = ([0; COLUMNS.len()], 0);
        for _ in 0..count {
            let (number, length) = (read.unsigned()?, read.unsigned()?);
            place += COLUMNS.iter().skip(place).position(|known| *known == number)?;
            *lengths.get_mut(place)? = length;
            place += 1;
        }
        let mut bytes: [&[u8]; COLUMNS.len()] = [&[]; COLUMNS.len()];
        for (column, length) in bytes.iter_mut().zip(lengths) {
            *column = read.take(length)?;
        }
        Some(Self { bytes, footer: read.0 })
    }

    fn operations(self, shape: &mut Shape, own: usize, mut each: impl FnMut(u32, Option<&'b str>)) -> Option<()> {
        let [
            obj_actor,
            obj_counter,
            key_actor,
            key_counter,
            key_text,
            insert,
            action,
            meta,
            raw,
            pred,
            pred_actor,
            pred_counter,
            expand,
            mark,
        ] = self.bytes;
        if !expand.is_empty() || !mark.is_empty() {
            // Marks: what a document of them loads as depends on where they stand, and drafts are plain text.
            return None;
        }
        shape.names_author = !self.footer.is_empty();
        let mut used = vec![false; shape.others.len()];
        let numbers = |bytes| Runs::new(bytes, Kind::Number);
        let (mut object, mut key) =
            ((numbers(obj_actor), numbers(obj_counter)), (numbers(key_actor), Runs::new(key_counter, Kind::Delta)));
        let (mut property, mut inserts, mut actions) =
            (Runs::new(key_text, Kind::Text), Flags::new(insert), numbers(action));
        let (mut values, mut raw) = (numbers(meta), Reader(raw));
        let (mut counts, mut before) = (numbers(pred), (numbers(pred_actor), Runs::new(pred_counter, Kind::Delta)));
        let (mut predecessors, mut wordless) = (Vec::new(), 0);
        while !actions.is_done() {
            let deed = actions.number()??;
            let insert = inserts.next()?;
            let (value, text) = ValueKind::read(values.number()??, &mut raw)?;
            each(shape.start.checked_add(shape.length)?, text);
            let named = match (object.0.number()?, object.1.number()?) {
                (None, None) => None,
                (Some(actor), Some(counter)) => Some(named(actor, counter)?),
                (None, Some(_)) | (Some(_), None) => return None,
            };
            let key = match (property.text()?, key.0.number()?, key.1.number()?) {
                (Some(text), None, None) => Key::Property(text.into()),
                (None, None, Some(0)) => Key::Head,
                (None, Some(actor), Some(counter)) => Key::Element(self::named(actor, counter)?),
                (_, _, _) => return None,
            };
            predecessors.clear();
            for _ in 0..counts.number()?? {
                predecessors.push(self::named(before.0.number()??, before.1.number()??)?);
            }
            let rank = |named: &Named| (named.counter, (named.actor as usize * 2).checked_sub(1).unwrap_or(own));
            if !predecessors.is_sorted_by(|a, b| rank(a) < rank(b)) {
                return None;
            }
            let deed = Deed::of(deed, value)?;
            wordless += u32::from(insert && text.is_none());
            if wordless > MAX_WORDLESS {
                return None;
            }
            let replaces = matches!(deed, Deed::Delete | Deed::Increment);
            let fits = match (&key, insert) {
                (Key::Property(_), insert) => !insert,
                (Key::Head, insert) => insert,
                (Key::Element(_), _) => true,
            };
            if !fits || insert && (replaces || !predecessors.is_empty()) || replaces && predecessors.is_empty() {
                return None;
            }
            shape.push(Operation { deed, insert, object: named, key, predecessors: &predecessors }, &mut used)?;
        }
        let is_whole = [&object.0, &object.1, &key.0, &key.1, &property, &values, &counts, &before.0, &before.1]
            .iter()
            .all(|column| column.is_whole());
        let is_bounded = u64::from(shape.start) + u64::from(shape.length) < MAX_COUNTER;
        let is_read = inserts.is_done() && actions.is_whole() && raw.0.is_empty();
        (is_whole && is_read && is_bounded && used.iter().all(|used| *used)).then_some(())
    }
}

fn actor<'b>(read: &mut Reader<'b>) -> Option<&'b [u8]> {
    let length = read.unsigned()?;
    read.take(length)
}

fn named(actor: u64, counter: u64) -> Option<Named> {
    let counter = u32::try_from(counter).ok().filter(|counter| *counter > 0 && u64::from(*counter) < MAX_COUNTER)?;
    Some(Named { actor: u32::try_from(actor).ok()?, counter })
}

/// What kind of value an operation carries.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ValueKind {
    Null,
    Integer,
    Other,
}

impl ValueKind {
    /// The kind, and the text if it is one.
    fn read<'b>(meta: u64, raw: &mut Reader<'b>) -> Option<(Self, Option<&'b str>)> {
        let bytes = raw.take(meta >> 4)?;
        let mut number = Reader(bytes);
        let fits = match meta & 15 {
            0..=2 => bytes.is_empty(),
            3 => number.unsigned().is_some() && number.0.is_empty(),
            4 | 8 | 9 => number.signed().is_some() && number.0.is_empty(),
            5 => bytes.len() == 8,
            6 => return std::str::from_utf8(bytes).ok().map(|text| (Self::Other, Some(text))),
            7 => true,
            // Kinds that no version writes.
            _ => false,
        };
        let kind = match meta & 15 {
            0 => Self::Null,
            4 => Self::Integer,
            _ => Self::Other,
        };
        fits.then_some((kind, None))
    }
}

impl Deed {
    fn of(action: u64, value: ValueKind) -> Option<Self> {
        let deed = match action {
            1 => return Some(Self::Put),
            5 => return (value == ValueKind::Integer).then_some(Self::Increment),
            0 => Self::MakeMap,
            2 | 4 => Self::MakeSequence,
            3 => Self::Delete,
            // Tables, of which Automerge makes no object, and what no version writes.
            _ => return None,
        };
        (value == ValueKind::Null).then_some(deed)
    }
}
