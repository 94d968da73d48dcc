//! How often one may knock: token buckets in tables that cannot grow.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;

/// Milliseconds on the door's clock; only differences matter.
pub type Millis = u64;

/// How many buckets a table has at most.
const BUCKETS: usize = 8_192;

/// How much may be done.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// So much at once.
    pub burst: f64,
    /// And so much more every second.
    pub per_second: f64,
}

/// One bucket: what is left, as of when.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    left: f64,
    at: Millis,
}

impl Bucket {
    /// A full one.
    #[must_use]
    pub fn full(rate: Rate, now: Millis) -> Self {
        Self { left: rate.burst, at: now }
    }

    fn refill(&mut self, rate: Rate, now: Millis) {
        let seconds = now.saturating_sub(self.at) as f64 / 1_000.0;
        self.left = (self.left + seconds * rate.per_second).min(rate.burst);
        self.at = now;
    }

    /// Takes so much if it is there.
    pub fn take(&mut self, rate: Rate, amount: f64, now: Millis) -> bool {
        self.refill(rate, now);
        let enough = self.left >= amount;
        if enough {
            self.left -= amount;
        }
        enough
    }

    /// Gives back what was taken for something that needs no limit, as it turned out.
    pub fn give(&mut self, rate: Rate, amount: f64) {
        self.left = (self.left + amount).min(rate.burst);
    }

    /// Takes so much, on credit if need be. Returns for how many milliseconds to wait until it would have been there.
    pub fn wait(&mut self, rate: Rate, amount: f64, now: Millis) -> Millis {
        self.refill(rate, now);
        self.left -= amount;
        if self.left >= 0.0 { 0 } else { (-self.left / rate.per_second * 1_000.0) as Millis }
    }
}

/// Buckets by key. When the table is full, those that are full again make room, and then all of them: a flood of
/// strangers costs memory for none of them.
pub struct Limits<K> {
    rate: Rate,
    buckets: HashMap<K, Bucket>,
}

impl<K: Eq + Hash> Limits<K> {
    /// A table of one rate for each key.
    #[must_use]
    pub fn new(rate: Rate) -> Self {
        Self { rate, buckets: HashMap::new() }
    }

    /// Whether the key may do so much now; if so, it is done.
    pub fn take(&mut self, key: K, amount: f64, now: Millis) -> bool {
        let rate = self.rate;
        self.bucket(key, now).take(rate, amount, now)
    }

    /// Gives back what the key had taken.
    pub fn give(&mut self, key: K, amount: f64) {
        let rate = self.rate;
        if let Some(bucket) = self.buckets.get_mut(&key) {
            bucket.give(rate, amount);
        }
    }

    /// What the key has done is taken off, on credit if need be. Returns for how many milliseconds it is to wait.
    pub fn wait(&mut self, key: K, amount: f64, now: Millis) -> Millis {
        let rate = self.rate;
        self.bucket(key, now).wait(rate, amount, now)
    }

    fn bucket(&mut self, key: K, now: Millis) -> &mut Bucket {
        let rate = self.rate;
        if self.buckets.len() >= BUCKETS && !self.buckets.contains_key(&key) {
            self.buckets.retain(|_, bucket| {
                bucket.refill(rate, now);
                bucket.left < rate.burst
            });
            if self.buckets.len() >= BUCKETS {
                self.buckets.clear();
            }
        }
        self.buckets.entry(key).or_insert_with(|| Bucket::full(rate, now))
    }
}

/// An address as it is counted: IPv6 by its network of 64 bits, which one customer has whole.
#[must_use]
pub fn network(address: IpAddr) -> [u8; 8] {
    let bytes = match address.to_canonical() {
        IpAddr::V4(address) => address.to_ipv6_mapped().octets()[8..].to_vec(),
        IpAddr::V6(address) => address.octets()[..8].to_vec(),
    };
    bytes.try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 3.0, per_second: 1.0 };

    #[test]
    fn a_burst_is_let_through_and_then_one_a_second() {
        let mut limits = Limits::new(RATE);
        let through = (0..10).filter(|_| limits.take("a", 1.0, 0)).count();
        assert_eq!(through, 3);
        assert!(limits.take("b", 1.0, 0), "others are not concerned");
        assert!(!limits.take("a", 1.0, 900));
        assert!(limits.take("a", 1.0, 1_900));
    }

    #[test]
    fn a_million_strangers_do_not_grow_the_table() {
        let mut limits = Limits::new(RATE);
        for stranger in 0..1_000_000u32 {
            limits.take(stranger, 1.0, 0);
        }
        assert!(limits.buckets.len() <= BUCKETS);
    }

    #[test]
    fn what_is_given_back_may_be_taken_again_and_is_no_more_than_a_burst() {
        let mut limits = Limits::new(RATE);
        for _ in 0..3 {
            assert!(limits.take("a", 1.0, 0));
        }
        limits.give("a", 1.0);
        assert!(limits.take("a", 1.0, 0) && !limits.take("a", 1.0, 0));
        limits.give("a", 100.0);
        assert_eq!((0..10).filter(|_| limits.take("a", 1.0, 0)).count(), 3);
        limits.give("nobody", 1.0);
        assert_eq!(limits.buckets.len(), 1);
    }

    #[test]
    fn waiting_takes_on_credit() {
        let mut bucket = Bucket::full(RATE, 0);
        assert_eq!(bucket.wait(RATE, 3.0, 0), 0);
        assert_eq!(bucket.wait(RATE, 2.0, 0), 2_000);
        assert_eq!(bucket.wait(RATE, 0.0, 2_000), 0);
    }

    #[test]
    fn an_ipv6_network_is_one_client() {
        let network = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(network("2001:db8::1"), network("2001:db8::2"));
        assert_ne!(network("10.0.0.1"), network("10.0.0.2"));
        assert_eq!(network("::ffff:10.0.0.1"), network("10.0.0.1"));
    }
}
