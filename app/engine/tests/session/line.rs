//! A line that looks open and carries nothing.

use huigao_engine::session::event::{Effect, Event};
use huigao_engine::session::pause_before_retry;
use huigao_engine::session::view::SyncState;
use huigao_shared::wire::Message;

use super::{START, Tab};

fn asks_for_life(tab: &Tab) -> bool {
    tab.effects.contains(&Effect::Send(Message::Alive.encode()))
}

#[test]
fn a_line_that_fell_silent_is_given_up_and_opened_again() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    assert!(asks_for_life(&tab));
    tab.pass(3_000);
    tab.frame(&Message::Alive);
    // The screen says when the relay was last heard.
    assert_eq!(tab.session.status().sync, SyncState::Synced(tab.now));
    tab.effects.clear();
    tab.pass(19_000);
    assert!(!asks_for_life(&tab));
    tab.pass(1_000);
    assert!(asks_for_life(&tab));
    tab.frame(&Message::Alive);
    tab.effects.clear();
    assert_eq!(tab.session.next_wake(), Some(tab.now - START + 20_000));
    tab.pass(20_000);
    tab.pass(14_000);
    assert!(!tab.effects.contains(&Effect::Disconnect));
    tab.pass(1_000);
    assert!(tab.effects.contains(&Effect::Disconnect));
    assert_eq!(tab.session.status().sync, SyncState::OfflineSaved);
    tab.pass(2_000);
    assert!(tab.effects.contains(&Effect::Connect));
    // On a slow line what is on its way may take longer: the next one has more time.
    tab.connect_again();
    tab.pass(20_000);
    tab.effects.clear();
    tab.pass(29_000);
    assert!(!tab.effects.contains(&Effect::Disconnect));
    tab.pass(1_000);
    assert!(tab.effects.contains(&Effect::Disconnect));
}

#[test]
fn a_relay_that_does_not_know_the_question_is_left_alone() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    tab.effects.clear();
    for _ in 0..20 {
        tab.pass(15_000);
    }
    assert!(matches!(tab.session.status().sync, SyncState::Synced(_)));
    assert!(!tab.effects.contains(&Effect::Disconnect));
}

#[test]
fn however_long_the_relay_was_away_the_next_try_comes_within_eight_seconds() {
    let mut tab = Tab::open();
    tab.handle(Event::Leading(true));
    for failures in 0..50 {
        tab.handle(Event::Disconnected { reason: "refused".to_owned() });
        tab.effects.clear();
        tab.pass(8_000);
        assert!(tab.effects.contains(&Effect::Connect), "{failures}");
    }
}

#[test]
fn tabs_that_lost_the_line_together_do_not_come_back_in_one_moment() {
    let pauses = |failures: u32| (0..=u8::MAX).map(move |n| pause_before_retry(failures, [0, 0, 0, 0, 0, 0, 0, n]));
    for failures in [0, 1, 5, u32::MAX] {
        let (first, last) = (pauses(failures).min().unwrap_or_default(), pauses(failures).max().unwrap_or_default());
        assert!(first >= 1_000 && last >= first + first / 5, "{first} to {last}");
    }
    assert!(pauses(1).min() > pauses(0).max(), "and who failed waits longer");
}

#[test]
fn a_handshake_that_hangs_is_given_up() {
    let mut tab = Tab::open();
    tab.handle(Event::Leading(true));
    assert!(tab.effects.contains(&Effect::Connect));
    tab.effects.clear();
    tab.pass(45_000);
    assert!(tab.effects.contains(&Effect::Disconnect));
    tab.pass(2_000);
    assert!(tab.effects.contains(&Effect::Connect));
    // The socket opens, and what is said on it is swallowed.
    tab.handle(Event::Connected);
    tab.effects.clear();
    tab.pass(15_000);
    assert!(tab.effects.contains(&Effect::Disconnect));
    tab.pass(5_000);
    assert!(tab.effects.contains(&Effect::Connect));
}
