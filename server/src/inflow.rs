//! What has come on sockets and is no whole message yet: what puts messages together keeps it and does not say how
//! much, so it is counted where bytes come in, and a connection that brings too much ends.
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

/// All that is under way, by whom.
#[derive(Default)]
pub struct Unfinished {
    all: Arc<Sum>,
    each: Mutex<HashMap<MemberId, Weak<Sum>>>,
}

/// The sums to which a connection's bytes belong.
pub struct Sums {
    all: Arc<Sum>,
    each: Arc<Sum>,
}

impl Unfinished {
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

/// One connection's share. While it speaks HTTP nothing is counted.
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

    fn watched(unfinished: &Unfinished, member: MemberId) -> Inflow {
        let inflow = Inflow::default();
        inflow.watch(unfinished.of(member));
        inflow
    }

    #[test]
    fn one_persons_connections_have_so_much_under_way_together() {
        let unfinished = Unfinished::default();
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
        let unfinished = Unfinished::default();
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
        let unfinished = Unfinished::default();
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
}
