//! The operations of a document by their numbers: which there are, and what each is. No document is built for it.
//!
//! Automerge applies a change on trust: it panics at an operation that names another which does not exist, or is of
//! another kind than it must be. So each name is looked up here first. Of a change are kept a few runs: what stands
//! under one number is an element of this list, a value under that key, or nothing that may be named.

use automerge::ActorId;
use hashbrown::HashMap;

use crate::shape::{Deed, Key, Named, Shape};

/// Why a change cannot be applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Its numbers do not follow those of what it builds on.
    #[error("its operations are numbered out of order")]
    Numbers,
    /// It does not build on the change of its actor before it.
    #[error("it does not build on its author's change before it")]
    Sequence,
    /// It names an operation, object, element or actor that does not exist in what it builds on.
    #[error("it names an operation that does not exist")]
    Missing,
    /// It names one that is of another kind, or elsewhere.
    #[error("it names an operation that is of another kind")]
    Kind,
    /// It names an author where it may not.
    #[error("it names an author in a later change than the first")]
    Author,
    /// It builds on nothing, where there is something: it would make the document's objects anew.
    #[error("it begins a document that has begun")]
    Root,
}

/// How far the numbers of one document go: its text was written and deleted a hundred times over by then. Automerge's own
/// end at 2³², and whoever used them up would have closed the document for everybody.
const MAX_OF_DOCUMENT: u32 = 1 << 27;
/// Object 0 is the root.
const ROOT: u32 = 0;
/// What an interned key or object takes besides its text, near enough.
const ENTRY_BYTES: usize = 48;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Id {
    actor: u32,
    counter: u32,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Slot {
    Property(Box<str>),
    Element(Id),
}

/// What the operations of one run are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What {
    /// Elements of a sequence.
    Element,
    /// Values at a place: a key of a map, or an element that is set anew.
    At(u32),
    /// Nothing that another may name.
    Nothing,
}

#[derive(Clone, Copy)]
struct Run {
    first: u32,
    object: u32,
    what: u32,
}

const ELEMENT: u32 = u32::MAX;
const NOTHING: u32 = u32::MAX - 1;

impl Run {
    fn what(self) -> What {
        match self.what {
            ELEMENT => What::Element,
            NOTHING => What::Nothing,
            slot => What::At(slot),
        }
    }
}

#[derive(Clone, Copy)]
struct Span {
    /// Where its runs start; they end where the next change's start.
    runs: u32,
    /// The number after its last operation.
    end: u32,
}

/// The operations of all changes of a graph, which are numbered as the graph numbers them.
#[derive(Default)]
pub(crate) struct Operations {
    spans: Vec<Span>,
    runs: Vec<Run>,
    actors: HashMap<ActorId, u32>,
    /// The changes of each actor, in sequence.
    of_actor: Vec<Vec<u32>>,
    is_sequence: Vec<bool>,
    objects: HashMap<Id, u32>,
    slots: HashMap<Slot, u32>,
    /// The number after the last operation of any.
    end: u32,
    /// What actors and keys take, in bytes: how long they are, their maker chooses.
    name_bytes: usize,
}

/// Which changes another builds on.
pub(crate) struct Beneath<'g> {
    /// Those of the graph on which it does not, ascending.
    pub others: &'g [u32],
    /// The direct ones.
    pub deps: &'g [u32],
}

impl Beneath<'_> {
    fn has(&self, change: u32) -> bool {
        self.others.binary_search(&change).is_err()
    }
}

impl Operations {
    /// How many changes of an actor there are.
    pub(crate) fn sequence(&self, actor: &ActorId) -> u64 {
        self.actors.get(actor).map_or(0, |actor| self.of_actor[*actor as usize].len() as u64)
    }

    /// Memory held, in bytes, near enough to bound it.
    pub(crate) fn bytes(&self) -> usize {
        self.spans.capacity() * size_of::<Span>()
            + self.runs.capacity() * size_of::<Run>()
            + self.of_actor.iter().map(|changes| changes.capacity() * 4 + 24).sum::<usize>()
            + (self.objects.capacity() + self.slots.capacity()) * ENTRY_BYTES
            + self.is_sequence.capacity()
            + self.name_bytes
    }

    /// Takes in a change if all that it names exists in what it builds on and is what it must be. Else nothing changes.
    pub(crate) fn admit(&mut self, shape: &Shape, actor: &ActorId, beneath: &Beneath<'_>) -> Result<(), Fault> {
        let end = beneath.deps.iter().map(|dep| self.spans[*dep as usize].end).max().unwrap_or(1);
        // An author numbers on from the last operation in sight, which is one of these. One without operations holds
        // no number, so that Automerge takes it from what the change builds on.
        let last = if shape.length == 0 { end } else { self.end.max(1) };
        if shape.start < end || shape.start > last || shape.end() > MAX_OF_DOCUMENT {
            return Err(Fault::Numbers);
        }
        let own = self.actors.get(actor).copied();
        let before = own.and_then(|own| self.of_actor[own as usize].last().copied());
        if before.is_some_and(|before| !beneath.has(before)) {
            return Err(Fault::Sequence);
        }
        if shape.names_author && before.is_some() {
            return Err(Fault::Author);
        }
        let known = |actor: &ActorId| self.actors.get(actor).copied().ok_or(Fault::Missing);
        let others: Vec<u32> = shape.others.iter().map(known).collect::<Result<_, _>>()?;
        let own = own.unwrap_or(self.of_actor.len() as u32);
        let mut entry = Entry {
            start: shape.start,
            runs: self.runs.len(),
            objects: Vec::new(),
            slots: Vec::new(),
            own,
            others,
            at: shape.start,
            all: self,
        };
        if let Err(fault) = entry.runs(shape, beneath) {
            let Entry { runs, objects, slots, .. } = entry;
            self.take_back(runs, &objects, &slots);
            return Err(fault);
        }
        let Entry { runs, slots, .. } = entry;
        self.name_bytes += slots.iter().map(Slot::bytes).sum::<usize>();
        if own as usize == self.of_actor.len() {
            self.of_actor.push(Vec::new());
            self.actors.insert(actor.clone(), own);
            self.name_bytes += ENTRY_BYTES + actor.to_bytes().len();
        }
        self.of_actor[own as usize].push(self.spans.len() as u32);
        self.spans.push(Span { runs: runs as u32, end: shape.end() });
        self.end = self.end.max(shape.end());
        Ok(())
    }

    /// Gives the next change its number without any operations.
    pub(crate) fn pass_over(&mut self) {
        self.spans.push(Span { runs: self.runs.len() as u32, end: 0 });
    }

    fn take_back(&mut self, runs: usize, objects: &[Id], slots: &[Slot]) {
        self.runs.truncate(runs);
        self.is_sequence.truncate(self.is_sequence.len() - objects.len());
        for object in objects {
            self.objects.remove(object);
        }
        for slot in slots {
            self.slots.remove(slot);
        }
    }

    fn is_sequence(&self, object: u32) -> bool {
        // Object 1 is the first that was made.
        object.checked_sub(1).is_some_and(|place| self.is_sequence[place as usize])
    }
}

impl Slot {
    fn bytes(&self) -> usize {
        match self {
            Self::Property(text) => text.len(),
            Self::Element(_) => 0,
        }
    }
}

/// A change on its way in.
struct Entry<'o> {
    start: u32,
    /// Where its runs start among all.
    runs: usize,
    /// What it has added so far.
    objects: Vec<Id>,
    slots: Vec<Slot>,
    own: u32,
    others: Vec<u32>,
    /// The number of the operation that is looked at.
    at: u32,
    all: &'o mut Operations,
}

impl Entry<'_> {
    fn runs(&mut self, shape: &Shape, beneath: &Beneath<'_>) -> Result<(), Fault> {
        for run in &shape.runs {
            self.at = run.first;
            let object = self.object(run.object, beneath)?;
            let what = self.place(run, object, beneath)?;
            match run.replaces {
                Some((from, to)) => {
                    for named in shape.predecessors.get(from as usize..to as usize).unwrap_or_default() {
                        self.predecessor(*named, object, what, beneath)?;
                    }
                }
                None => {
                    let first = run.key.element().ok_or(Fault::Kind)?;
                    self.elements(first, run.length, object, beneath)?;
                }
            }
            if matches!(run.deed, Deed::MakeMap | Deed::MakeSequence) {
                let id = Id { actor: self.own, counter: run.first };
                self.all.is_sequence.push(run.deed == Deed::MakeSequence);
                self.all.objects.insert(id, self.all.is_sequence.len() as u32);
                self.objects.push(id);
            }
            let what = match (run.deed, what) {
                (Deed::Delete | Deed::Increment, _) | (_, What::Nothing) => NOTHING,
                (_, What::Element) => ELEMENT,
                (_, What::At(slot)) => slot,
            };
            let object = if what == NOTHING { ROOT } else { object };
            let is_more = |last: &Run| last.object == object && last.what == what;
            if self.all.runs.get(self.runs..).and_then(<[Run]>::last).is_none_or(|last| !is_more(last)) {
                self.all.runs.push(Run { first: run.first, object, what });
            }
        }
        Ok(())
    }

    fn id(&self, named: Named) -> Result<Id, Fault> {
        let actor = match named.actor.checked_sub(1) {
            None => self.own,
            Some(place) => *self.others.get(place as usize).ok_or(Fault::Missing)?,
        };
        Ok(Id { actor, counter: named.counter })
    }

    fn object(&self, named: Option<Named>, beneath: &Beneath<'_>) -> Result<u32, Fault> {
        let Some(named) = named else { return Ok(ROOT) };
        self.find(named, beneath)?;
        self.all.objects.get(&self.id(named)?).copied().ok_or(Fault::Kind)
    }

    /// What the operations of a run are, by where they act.
    fn place(&mut self, run: &crate::shape::Run, object: u32, beneath: &Beneath<'_>) -> Result<What, Fault> {
        if matches!(run.key, Key::Property(_)) == self.all.is_sequence(object) {
            return Err(Fault::Kind);
        }
        let slot = match &run.key {
            Key::Property(text) => Slot::Property(text.clone()),
            Key::Head => return Ok(What::Element),
            Key::Element(named) if run.insert => {
                self.elements(*named, 1, object, beneath)?;
                return Ok(What::Element);
            }
            Key::Element(named) => {
                self.elements(*named, 1, object, beneath)?;
                if run.replaces.is_none() {
                    return Ok(What::Nothing);
                }
                Slot::Element(self.id(*named)?)
            }
        };
        let next = self.all.slots.len() as u32;
        let slot = *self.all.slots.entry(slot).or_insert_with_key(|slot| {
            self.slots.push(slot.clone());
            next
        });
        Ok(What::At(slot))
    }

    /// Whether so many elements of the object have these numbers.
    fn elements(&self, first: Named, length: u32, object: u32, beneath: &Beneath<'_>) -> Result<(), Fault> {
        let (mut counter, end) = (first.counter, first.counter.checked_add(length).ok_or(Fault::Missing)?);
        while counter < end {
            let (run, next) = self.find(Named { counter, ..first }, beneath)?;
            if run.object != object || run.what() != What::Element {
                return Err(Fault::Kind);
            }
            counter = next;
        }
        Ok(())
    }

    /// Whether the operation is a value at that place.
    fn predecessor(&self, named: Named, object: u32, place: What, beneath: &Beneath<'_>) -> Result<(), Fault> {
        let (run, _) = self.find(named, beneath)?;
        let is_there = match (run.what(), place) {
            (What::At(slot), What::At(here)) => slot == here,
            (What::Element, What::At(here)) => {
                self.all.slots.get(&Slot::Element(self.id(named)?)).is_some_and(|slot| *slot == here)
            }
            (What::Nothing, _) | (_, What::Element | What::Nothing) => false,
        };
        if is_there && run.object == object { Ok(()) } else { Err(Fault::Kind) }
    }

    /// The run in which an operation lies, and the number after that run.
    fn find(&self, named: Named, beneath: &Beneath<'_>) -> Result<(Run, u32), Fault> {
        let id = self.id(named)?;
        let all = &self.all;
        let (runs, end) = if id.actor == self.own && id.counter >= self.start {
            if id.counter >= self.at {
                return Err(Fault::Missing);
            }
            (all.runs.get(self.runs..).unwrap_or_default(), self.at)
        } else {
            let changes = all.of_actor.get(id.actor as usize).ok_or(Fault::Missing)?;
            let place = changes.partition_point(|change| all.spans[*change as usize].end <= id.counter);
            let change = *changes.get(place).ok_or(Fault::Missing)?;
            if !beneath.has(change) {
                return Err(Fault::Missing);
            }
            let span = all.spans[change as usize];
            let to = all.spans.get(change as usize + 1).map_or(self.runs, |next| next.runs as usize);
            (all.runs.get(span.runs as usize..to).unwrap_or_default(), span.end)
        };
        let place = runs.partition_point(|run| run.first <= id.counter);
        let run = *place.checked_sub(1).and_then(|place| runs.get(place)).ok_or(Fault::Missing)?;
        Ok((run, runs.get(place).map_or(end, |next| next.first)))
    }
}
