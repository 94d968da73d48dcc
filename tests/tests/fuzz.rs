//! Decoders against damaged input, by seeds: the same every time. More rounds: `FUZZ_ROUNDS=1000000`.

use huigao_tests::fuzz::TARGETS;

const ROUNDS: u64 = 40_000;

#[test]
fn damaged_input_is_refused_and_nothing_worse() {
    let rounds = std::env::var("FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    for target in TARGETS {
        let good = (target.good)();
        assert!(!good.is_empty(), "{} has nothing to damage", target.name);
        for seed in 0..rounds {
            let mut rng = fastrand::Rng::with_seed(seed);
            let mut bytes = good[rng.usize(..good.len())].clone();
            for _ in 0..rng.u8(1..6) {
                damage(&mut rng, &mut bytes);
            }
            (target.run)(&bytes);
        }
        good.iter().for_each(|bytes| (target.run)(bytes));
    }
}

fn damage(rng: &mut fastrand::Rng, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return bytes.push(rng.u8(..));
    }
    let at = rng.usize(..bytes.len());
    match rng.u8(..6) {
        0 => bytes[at] = rng.u8(..),
        1 => bytes[at] ^= 1 << rng.u8(..8),
        2 => bytes.truncate(at),
        3 => bytes.insert(at, rng.u8(..)),
        // Lengths and counts that are far too large.
        4 => bytes[at] = 0xff,
        _ => {
            let piece = bytes[at..bytes.len().min(at + 16)].to_vec();
            bytes.extend(piece);
        }
    }
}
