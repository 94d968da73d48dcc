//! The hall: sockets that have not proved yet who they are. Each device that is known has places of its own, so that
//! strangers at the same address do not take them; strangers have few, for each network and in all.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use huigao_shared::ids::DeviceId;

use crate::office::limits::network;

/// How many a device may have here from one network: the last one may not be known to be gone. From another network
/// somebody else may use its name, which is no secret.
const EACH_DEVICE: usize = 4;
/// How many a network may have here in the names of devices: half of a county behind one address, twice.
const EACH_NETWORK_KNOWN: usize = 2_560;
/// How many strangers a network may have here, and all networks together.
const EACH_NETWORK: usize = 32;
const STRANGERS: usize = 512;
/// How many there are at most: a county of two thousand comes back at once, and some of it twice.
const ALL: usize = 4_096;

/// Who wants to come in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Guest {
    /// Says that it is this device, which there is.
    Known(DeviceId, IpAddr),
    /// Says that it is a device that there is not.
    Stranger(IpAddr),
}

/// Who is in it. Clones are the same one.
#[derive(Clone, Default)]
pub struct Hall {
    counts: Arc<Mutex<Counts>>,
}

#[derive(Default)]
struct Counts {
    devices: HashMap<(DeviceId, [u8; 8]), usize>,
    known: HashMap<[u8; 8], usize>,
    networks: HashMap<[u8; 8], usize>,
    strangers: usize,
    all: usize,
}

/// A place in the hall; free again when it is dropped.
pub(super) struct Seat {
    hall: Hall,
    guest: Guest,
}

impl Hall {
    /// A place, if there is one.
    pub(super) fn enter(&self, guest: Guest) -> Option<Seat> {
        let mut counts = self.counts();
        if counts.all >= ALL {
            return None;
        }
        let has_room = match guest {
            Guest::Known(device, address) => {
                let network = network(address);
                let has_room = one_more(&mut counts.known, network, EACH_NETWORK_KNOWN);
                let has_place = has_room && one_more(&mut counts.devices, (device, network), EACH_DEVICE);
                if has_room && !has_place {
                    one_less(&mut counts.known, &network);
                }
                has_place
            }
            Guest::Stranger(address) => {
                counts.strangers < STRANGERS && one_more(&mut counts.networks, network(address), EACH_NETWORK)
            }
        };
        if !has_room {
            return None;
        }
        counts.all += 1;
        counts.strangers += usize::from(matches!(guest, Guest::Stranger(_)));
        Some(Seat { hall: self.clone(), guest })
    }

    fn counts(&self) -> MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut counts = self.hall.counts();
        counts.all -= 1;
        match self.guest {
            Guest::Known(device, address) => {
                let network = network(address);
                one_less(&mut counts.known, &network);
                one_less(&mut counts.devices, &(device, network));
            }
            Guest::Stranger(address) => {
                counts.strangers -= 1;
                one_less(&mut counts.networks, &network(address));
            }
        }
    }
}

fn one_more<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: K, most: usize) -> bool {
    let count = counts.entry(key).or_default();
    let has_room = *count < most;
    *count += usize::from(has_room);
    has_room
}

fn one_less<K: Eq + Hash>(counts: &mut HashMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 9, 0, 1));

    fn device(number: u16) -> DeviceId {
        let [high, low] = number.to_be_bytes();
        DeviceId::from_bytes([high, low, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    #[test]
    fn a_county_comes_back_at_once_whatever_strangers_do_at_its_address() {
        let hall = Hall::default();
        let strangers: Vec<Seat> = (0..10_000).filter_map(|_| hall.enter(Guest::Stranger(OFFICE))).collect();
        assert_eq!(strangers.len(), EACH_NETWORK);
        let county: Vec<Seat> =
            (0..2_000).filter_map(|number| hall.enter(Guest::Known(device(number), OFFICE))).collect();
        assert_eq!(county.len(), 2_000);
        let elsewhere =
            (0..=u16::MAX).filter_map(|n| hall.enter(Guest::Stranger(IpAddr::from([10, 1, (n >> 8) as u8, n as u8]))));
        assert_eq!(elsewhere.collect::<Vec<Seat>>().len(), STRANGERS - EACH_NETWORK);
        drop((strangers, county));
        let counts = hall.counts();
        assert_eq!((counts.all, counts.strangers), (0, 0));
        assert!(counts.devices.is_empty() && counts.networks.is_empty());
    }

    #[test]
    fn nobody_fills_the_hall_in_the_name_of_one_device_or_of_many() {
        let hall = Hall::default();
        let one: Vec<Seat> = (0..100).filter_map(|_| hall.enter(Guest::Known(device(1), OFFICE))).collect();
        assert_eq!(one.len(), EACH_DEVICE);
        assert!(hall.enter(Guest::Known(device(2), OFFICE)).is_some());
        assert!(hall.enter(Guest::Known(device(1), HOME)).is_some(), "nor does whoever uses its name elsewhere");
        drop(one);
        let many: Vec<Seat> =
            (0..4 * 4_096).filter_map(|number| hall.enter(Guest::Known(device(number / 2), OFFICE))).collect();
        assert_eq!(many.len(), EACH_NETWORK_KNOWN);
        let more: Vec<Seat> =
            (0..4 * 4_096).filter_map(|number| hall.enter(Guest::Known(device(number / 2), HOME))).collect();
        assert_eq!(many.len() + more.len(), ALL);
    }
}
