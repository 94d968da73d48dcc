//! Counties from 300 seeds: every promise holds in each.

use std::thread;

use huigao_tests::sim::{Outcome, run, run_as_one};

const SEEDS: u64 = 300;
const THREADS: u64 = 2;

#[test]
fn every_promise_holds_from_every_seed() {
    let work = |first: u64| {
        let mut sum = Outcome::default();
        for seed in (first..SEEDS).step_by(THREADS as usize) {
            // As one machine, every third: what a queue between page and engine hides shows there.
            let played = if seed % 3 == 2 { run_as_one(seed) } else { run(seed) };
            match played {
                Ok(outcome) => sum += outcome,
                Err(fault) => panic!("seed {seed}: {fault}\nreplay: cargo xtask sim --from {seed} --seeds 1"),
            }
        }
        sum
    };
    let threads: Vec<_> = (0..THREADS).map(|first| thread::spawn(move || work(first))).collect();
    let mut sum = Outcome::default();
    for thread in threads {
        sum += thread.join().expect("no seed fails");
    }
    assert!(sum.committed > 2_000 && sum.refusals > 200 && sum.restores > 100, "too little happened: {sum:?}");
    assert!(sum.readings > 500, "too little was read: {sum:?}");
    assert!(sum.withheld > 20 && sum.set_aside > 0, "nothing of what is rare happened: {sum:?}");
}

/// Each failed once, most with page and engine as one machine, and its cause was found.
const KEPT: [(u64, &str); 26] = [
    (703_288, "what was refused came back after a full disk"),
    (601_490, "a marker stayed of a change that is nowhere any more"),
    (403_293, "a disk held a change more than memory"),
    (20_130, "a tab that did not know a document was not told again that some of its changes were refused"),
    (20_407, "a tab died with a full disk, another one had built on its words, and nothing could ever load them"),
    (100_528, "a tab that opened while the disk was full did not know how far the relay had come"),
    (101_215, "another tab deleted what the last words here built on"),
    (101_468, "another tab could delete, which said that there was room, and nobody tried again"),
    (100_300, "what was refused was stored again behind a deletion, without its name"),
    (104_700, "what was withheld while it waited for what it builds on was not named"),
    (100_676, "a receipt was not worked in when what it did not cover was put aside"),
    (115_896, "a tab that opened meanwhile did not hear that what had been refused was the relay's by now"),
    (19, "a document of which nothing was left went without the names of what had been refused"),
    (130_939, "rights went and came back, and each of two tabs put aside what the other one built on"),
    (131_243, "what the relay sent was dropped between two tries, and the sync not started over"),
    (151_347, "what the relay asked for while a document was set aside was never asked for again"),
    (301_350, "a record that had waited for room went over the one that another tab had stored since"),
    (302_085, "a roster that had waited for room went over the one that another tab had stored since"),
    (105_485, "what a page of the catalogue told was stored without how far the relay had come by it"),
    (402_082, "own words that were withheld while they waited were not named when what they build on came"),
    (700_173, "own words that were withheld while they waited lay in the chunks without a name"),
    (303_516, "words that can never be read, since what they build on is nowhere, kept their document waiting"),
    (1_020_061, "what an engine let go was judged when its page heard of it, by what the relay had then"),
    (700_128, "that words were refused came back from another tab after the relay had sent them"),
    (154, "an engine that led again knew less of the relay than the tab that listened"),
    (2_000_803, "words of a page whose document had come meanwhile were not shown where it was open"),
];

#[test]
fn seeds_that_failed_once_hold() {
    for (seed, cause) in KEPT {
        assert!(run_as_one(seed).is_ok(), "again {cause}? replay: cargo xtask sim --as-one --from {seed} --seeds 1");
        assert!(run(seed).is_ok(), "again {cause}? replay: cargo xtask sim --from {seed} --seeds 1");
    }
}

#[test]
fn a_seed_replays_exactly() {
    assert_eq!(run(7), run(7));
}
