//! The simulator's disk keeps what every store keeps: else its runs would say nothing about the browser's.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use huigao_engine::contract;
use huigao_tests::sim::DiskStore;

#[test]
fn the_simulators_disk_is_a_store_like_the_browsers() {
    let store = DiskStore::default();
    // It answers at once, so it is asked once.
    let outcome = pin!(contract::check(&store)).poll(&mut Context::from_waker(Waker::noop()));
    assert_eq!(outcome, Poll::Ready(Ok(())));
}
