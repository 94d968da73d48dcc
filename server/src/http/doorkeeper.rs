//! How often one may knock, and try. An office has one address: what turns out to be a device that is known here, or a
//! code that is good, is given back to the address, so that what is counted there is strangers.

use std::net::IpAddr;
use std::time::Instant;

use huigao_shared::ids::DeviceId;

use crate::office::limits::{Bucket, Limits, Millis, Rate, network};

/// Requests of one address. All of a county may come back through one address at once; what is under way is counted
/// until it is known who it is.
const REQUESTS: Rate = Rate { burst: 4_000.0, per_second: 20.0 };
/// Requests and sockets of one device that are not counted for its address: coming back takes one.
const DEVICE: Rate = Rate { burst: 60.0, per_second: 2.0 };
/// Codes tried from one address: somebody who mistypes, not somebody who guesses. Good ones are given back, and until
/// then a meeting room that enrols all at once is counted.
const CODES: Rate = Rate { burst: 20.0, per_second: 0.1 };
/// Codes tried from everywhere. Ten a second for a year are 3 × 10⁸ of 10¹² codes.
const ALL_CODES: Rate = Rate { burst: 200.0, per_second: 10.0 };

/// Counts.
pub struct Doorkeeper {
    start: Instant,
    requests: Limits<[u8; 8]>,
    devices: Limits<DeviceId>,
    codes: Limits<[u8; 8]>,
    all_codes: Bucket,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            requests: Limits::new(REQUESTS),
            devices: Limits::new(DEVICE),
            codes: Limits::new(CODES),
            all_codes: Bucket::full(ALL_CODES, 0),
        }
    }
}

impl Doorkeeper {
    fn now(&self) -> Millis {
        u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// Whether an address may make one more request.
    pub fn may_ask(&mut self, address: IpAddr) -> bool {
        let now = self.now();
        self.requests.take(network(address), 1.0, now)
    }

    /// Whether one may come for a socket: a device that is known by what it has itself, whatever strangers do at its
    /// address; beyond that, and whoever is none, by the address.
    pub fn may_come(&mut self, address: IpAddr, known: Option<DeviceId>) -> bool {
        let now = self.now();
        known.is_some_and(|device| self.devices.take(device, 1.0, now))
            || self.requests.take(network(address), 1.0, now)
    }

    /// It was a device that is known here: its request is not counted for its address, unless it asks very often. A
    /// device is never turned away for itself, since others may ask in its name before it has signed in.
    pub fn is_known(&mut self, address: IpAddr, device: DeviceId) {
        let now = self.now();
        if self.devices.take(device, 1.0, now) {
            self.requests.give(network(address), 1.0);
        }
    }

    /// Whether an address may try one more code.
    pub fn may_try_code(&mut self, address: IpAddr) -> bool {
        let now = self.now();
        self.codes.take(network(address), 1.0, now) && self.all_codes.take(ALL_CODES, 1.0, now)
    }

    /// The code was good: whoever has one does not guess.
    pub fn was_good(&mut self, address: IpAddr) {
        self.codes.give(network(address), 1.0);
        self.all_codes.give(ALL_CODES, 1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    #[test]
    fn two_thousand_known_devices_come_back_through_one_address_and_a_stranger_does_not_knock_for_long() {
        let mut door = Doorkeeper::default();
        for number in 0..2_000u16 {
            let [high, low] = number.to_be_bytes();
            let device = DeviceId::from_bytes([high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
            assert!(door.may_come(OFFICE, Some(device)), "{number}");
            // What it asks with a session of before, which is not known any more, and then with a new one.
            assert!(door.may_ask(OFFICE), "{number}");
            for _ in 0..3 {
                assert!(door.may_ask(OFFICE), "{number}");
                door.is_known(OFFICE, device);
            }
        }
        let strangers = (0..10_000).filter(|_| door.may_ask(OFFICE)).count();
        assert!(strangers < 3_000, "{strangers}");
        assert!((0..1_000).filter(|_| door.may_come(OFFICE, None)).count() < 100, "nor by another way");
        let device = DeviceId::from_bytes([9; 16]);
        assert!(door.may_come(OFFICE, Some(device)), "a device is not kept out by strangers");
        // Nor one device, nor whoever says that it is that device.
        let mut door = Doorkeeper::default();
        let device = DeviceId::from_bytes([1; 16]);
        let ask = |door: &mut Doorkeeper| {
            door.may_ask(OFFICE) && {
                door.is_known(OFFICE, device);
                true
            }
        };
        assert!((0..10_000).filter(|_| ask(&mut door)).count() < 5_000);
    }

    #[test]
    fn good_codes_are_given_back_and_bad_ones_are_not() {
        let mut door = Doorkeeper::default();
        for person in 0..500 {
            assert!(door.may_try_code(OFFICE), "{person}");
            door.was_good(OFFICE);
        }
        assert!((0..100).filter(|_| door.may_try_code(OFFICE)).count() <= 21);
    }
}
