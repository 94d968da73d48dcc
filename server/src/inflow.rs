//! What sockets hold in memory. What puts messages together keeps what is no whole message yet and does not say how much,
//! so it is counted where bytes come in, and a connection that brings too much ends. And it keeps room for the largest
//! message that it ever held, either way, for as long as the socket lives: that is counted by the messages, and where too
//! much is kept, the connection ends after its message. Its client comes back and begins with small buffers.
//!
//! Owns: the sums. May not touch: what the bytes mean.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use huigao_shared::ids::MemberId;

/// How much one person's connections may have under way together, in bytes: some of the largest messages.
const EACH: usize = 48 << 20;
/// And all connections.
const ALL: usize = 256 << 20;
/// How much may come on a socket in all before it is known whose it is: what proves that is a few hundred bytes.
const BEFORE: usize = 8 << 10;

/// A sum over connections.
#[derive(Default)]
struct Sum(AtomicUsize);

impl Sum {
    /// Whether it is no more than `most` with so much more.
    fn add(&self, bytes: usize, most: usize) -> bool {
        self.0.fetch_add(bytes, Ordering::Relaxed) + bytes <= most
    }

    fn take(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Sums over all connections, and over each person's.
#[derive(Default)]
pub struct Ledger {
    all: Arc<Sum>,
    each: Mutex<HashMap<MemberId, Weak<Sum>>>,
}

/// The sums to which a connection's bytes belong.
pub struct Sums {
    all: Arc<Sum>,
    each: Arc<Sum>,
}

impl Ledger {
    /// The sums for one person's connection.
    #[must_use]
    pub fn of(&self, member: MemberId) -> Sums {
        let mut table = self.each.lock().unwrap_or_else(PoisonError::into_inner);
        let each = table.get(&member).and_then(Weak::upgrade).unwrap_or_else(|| {
            table.retain(|_, sum| sum.strong_count() > 0);
            let sum = Arc::<Sum>::default();
            table.insert(member, Arc::downgrade(&sum));
            sum
        });
        Sums { all: self.all.clone(), each }
    }
}

/// What is under way on any line that works, in bytes.
const LITTLE: usize = 64 << 10;

/// A buffer with room for this much is any buffer's: the hub's pieces of a long history fill so much.
const ANY: usize = 512 << 10;
/// How much room one person's buffers may keep together, in bytes: three devices that send the largest message and
/// receive it.
const KEPT_EACH: usize = 96 << 20;
/// And all buffers.
const KEPT_ALL: usize = 256 << 20;

/// One of a connection's two buffers, by the room that it keeps.
pub struct Buffer {
    sums: Sums,
    kept: usize,
}

impl Buffer {
    /// A new one.
    #[must_use]
    pub fn of(sums: Sums) -> Self {
        Self { sums, kept: 0 }
    }

    /// It held a message of so many bytes, and keeps the room. False if too much is kept with that.
    #[must_use]
    pub fn held(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.kept);
        if bytes <= ANY || more == 0 {
            return true;
        }
        self.kept = bytes;
        let (each, all) = (self.sums.each.add(more, KEPT_EACH), self.sums.all.add(more, KEPT_ALL));
        each && all
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        self.sums.each.take(self.kept);
        self.sums.all.take(self.kept);
    }
}

/// One connection's share of what is under way. While it speaks HTTP nothing is counted.
#[derive(Default)]
pub struct Inflow {
    /// It is a socket of which it is not known whose it is.
    is_strange: AtomicBool,
    sums: OnceLock<Sums>,
    bytes: AtomicUsize,
}

impl Inflow {
    /// From now on it is a socket, and not known whose.
    pub fn is_strange(&self) {
        self.is_strange.store(true, Ordering::Relaxed);
    }

    /// It is known whose it is: counts for them from now on.
    pub fn watch(&self, sums: Sums) {
        // A connection becomes a socket once. What came before is in no sum.
        if self.sums.set(sums).is_ok() {
            self.bytes.store(0, Ordering::Relaxed);
        }
    }

    /// So much came. False if that is too much.
    #[must_use]
    pub fn came(&self, bytes: usize) -> bool {
        let sums = self.sums.get();
        if bytes == 0 || sums.is_none() && !self.is_strange.load(Ordering::Relaxed) {
            return true;
        }
        let under_way = self.bytes.fetch_add(bytes, Ordering::Relaxed) + bytes;
        let Some(sums) = sums else { return under_way <= BEFORE };
        let (each, all) = (sums.each.add(bytes, EACH), sums.all.add(bytes, ALL));
        // Over the sum for all it is for those with much under way to go, and not for whoever has just begun.
        each && (all || self.bytes() <= LITTLE)
    }

    /// So much of it is whole, at most.
    pub fn settle(&self, most: usize) {
        let Some(sums) = self.sums.get() else { return };
        let bytes = self.bytes().min(most);
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        sums.each.take(bytes);
        sums.all.take(bytes);
    }

    /// How much is under way.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }
}

impl Drop for Inflow {
    fn drop(&mut self) {
        self.settle(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: MemberId = MemberId::from_bytes([1; 16]);
    const BEN: MemberId = MemberId::from_bytes([2; 16]);

    fn watched(unfinished: &Ledger, member: MemberId) -> Inflow {
        let inflow = Inflow::default();
        inflow.watch(unfinished.of(member));
        inflow
    }

    #[test]
    fn one_persons_connections_have_so_much_under_way_together() {
        let unfinished = Ledger::default();
        // Those that bring too much end.
        let sockets: Vec<Inflow> =
            (0..32).map(|_| watched(&unfinished, ANN)).filter(|socket| socket.came(15 << 20)).collect();
        assert_eq!(sockets.len(), EACH / (15 << 20));
        assert!(watched(&unfinished, BEN).came(15 << 20), "others are not concerned");
        drop(sockets);
        assert!(watched(&unfinished, ANN).came(EACH), "what ended counts no more");
        assert_eq!(unfinished.all.0.load(Ordering::Relaxed), 0);
        let again = unfinished.of(BEN);
        assert_eq!(unfinished.each.lock().expect("a lock").len(), 1, "who is gone is forgotten");
        drop(again);
    }

    #[test]
    fn all_together_have_so_much_and_what_is_whole_does_not_count() {
        let unfinished = Ledger::default();
        let people: Vec<Inflow> =
            (0..=u8::MAX).map(|number| watched(&unfinished, MemberId::from_bytes([number; 16]))).collect();
        let taken = people.iter().filter(|socket| socket.came(16 << 20)).count();
        assert_eq!(taken, ALL / (16 << 20));
        people.iter().for_each(|socket| socket.settle(usize::MAX));
        assert_eq!(unfinished.all.0.load(Ordering::Relaxed), 0);
        let first = people.first().expect("somebody");
        assert!(first.came(100));
        first.settle(40);
        assert_eq!(first.bytes(), 60);
        assert!(Inflow::default().came(usize::MAX), "before it is a socket");
    }

    #[test]
    fn before_it_is_known_whose_a_socket_is_little_may_come_on_it() {
        let unfinished = Ledger::default();
        let (honest, hostile) = (Inflow::default(), Inflow::default());
        assert!(honest.came(1 << 20), "a request's body");
        honest.is_strange();
        hostile.is_strange();
        assert!(honest.came(500) && hostile.came(BEFORE));
        hostile.settle(usize::MAX);
        assert!(!hostile.came(1), "nothing makes room again");
        honest.watch(unfinished.of(ANN));
        assert_eq!((honest.bytes(), unfinished.all.0.load(Ordering::Relaxed)), (0, 0));
        assert!(honest.came(16 << 20));
        drop(honest);
        assert_eq!(unfinished.all.0.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn over_the_sum_for_all_who_has_little_under_way_goes_on() {
        let unfinished = Ledger::default();
        let most = ALL / (16 << 20);
        let people: Vec<Inflow> =
            (0..=u8::MAX).take(most).map(|number| watched(&unfinished, MemberId::from_bytes([number; 16]))).collect();
        assert!(people.iter().all(|socket| socket.came(16 << 20)));
        let newcomer = watched(&unfinished, MemberId::from_bytes([u8::MAX; 16]));
        assert!(newcomer.came(LITTLE), "who has just begun goes on");
        assert!(!newcomer.came(1), "and brings no more than a little");
        assert!(people.iter().all(|socket| !socket.came(1)), "those with much under way go");
    }

    #[test]
    fn the_room_that_buffers_keep_is_bounded_for_each_person_and_for_all() {
        const LARGE: usize = 16 << 20;
        let kept = Ledger::default();
        // Three devices send the largest message and receive it, again and again.
        let mut three: Vec<Buffer> = (0..6).map(|_| Buffer::of(kept.of(ANN))).collect();
        for _ in 0..3 {
            assert!(three.iter_mut().all(|buffer| buffer.held(LARGE)));
        }
        let mut fourth = Buffer::of(kept.of(ANN));
        assert!(fourth.held(ANY), "what any buffer has does not count");
        assert!(!fourth.held(ANY + 1));
        drop(fourth);
        let mut others: Vec<Buffer> =
            (0..32).map(|number| Buffer::of(kept.of(MemberId::from_bytes([100 + number; 16])))).collect();
        let fitting = others.iter_mut().map(|buffer| buffer.held(LARGE)).take_while(|fits| *fits).count();
        assert_eq!(fitting, (KEPT_ALL - KEPT_EACH) / LARGE);
        drop((three, others));
        assert_eq!(kept.all.0.load(Ordering::Relaxed), 0);
        assert!(Buffer::of(kept.of(ANN)).held(LARGE), "who comes back begins anew");
    }
}
