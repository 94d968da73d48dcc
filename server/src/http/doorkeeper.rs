//! How often one may knock, and try.

use std::net::IpAddr;
use std::time::Instant;

use crate::office::limits::{Bucket, Limits, Millis, Rate, network};

/// Requests of one address. A township comes back from an outage through one address, all at once.
const REQUESTS: Rate = Rate { burst: 600.0, per_second: 20.0 };
/// Codes tried from one address: somebody who mistypes, not somebody who guesses.
const CODES: Rate = Rate { burst: 20.0, per_second: 0.1 };
/// Codes tried from everywhere. Ten a second for a year are 3 × 10⁸ of 10¹² codes.
const ALL_CODES: Rate = Rate { burst: 200.0, per_second: 10.0 };

/// Counts.
pub struct Doorkeeper {
    start: Instant,
    requests: Limits<[u8; 8]>,
    codes: Limits<[u8; 8]>,
    all_codes: Bucket,
}

impl Default for Doorkeeper {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            requests: Limits::new(REQUESTS),
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

    /// Whether an address may try one more code.
    pub fn may_try_code(&mut self, address: IpAddr) -> bool {
        let now = self.now();
        self.codes.take(network(address), 1.0, now) && self.all_codes.take(ALL_CODES, 1.0, now)
    }
}
