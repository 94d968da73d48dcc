//! What each connection sees of the roster: everybody, or as few as its person needs.

mod hubs;

use std::sync::Arc;

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ROOT};
use hubs::{Relay, document, member};
use huigao_server::hub::{Config, ConnectionId, Event, Proof, Record, Snapshot};
use huigao_shared::authority::{Edit, Step};
use huigao_shared::ids::{UnitId, actor_of};
use huigao_shared::roster::{Grant, Member, Role, Roster, Unit, UnitKind};
use huigao_shared::space::Space;
use huigao_shared::wire::{Message, PeerMetadata, sync};

fn town() -> UnitId {
    "town".parse().expect("a key")
}

fn county() -> Roster {
    let person = |key: &str, unit: Option<UnitId>, roles: &[Role]| Member {
        unit,
        roles: roles.to_vec(),
        ..Member::new(member(key), key, key)
    };
    let unit = Unit { id: town(), kind: UnitKind::Township, name: "石岭镇".into(), name_en: String::new() };
    Roster {
        version: 1,
        units: vec![unit],
        members: vec![
            person("office", Some(town()), &[Role::CampaignOffice]),
            person("clerk", Some(town()), &[]),
            person("other", Some(town()), &[]),
            person("judge", None, &[Role::Evaluator]),
        ],
        grants: vec![Grant { member: member("judge"), space: Space::Unit(town()) }],
        ..Roster::default()
    }
}

fn relay() -> Relay {
    Relay::among(Config::default(), county(), Snapshot::default())
}

/// The whole rosters, or parts, that a connection was told.
fn rosters(relay: &Relay, connection: ConnectionId) -> Vec<Roster> {
    let roster = |message: Message<'_>| match message {
        Message::Roster { json } => serde_json::from_slice(&json).ok(),
        _ => None,
    };
    let sent = relay.sent.iter().filter(|(to, _)| *to == connection);
    sent.filter_map(|(_, frame)| Message::decode(frame).ok().and_then(roster)).collect()
}

/// How often a connection was told what led on.
fn steps(relay: &Relay, connection: ConnectionId) -> usize {
    let is_steps = |frame: &[u8]| matches!(Message::decode(frame), Ok(Message::RosterSteps { .. }));
    relay.sent.iter().filter(|(to, frame)| *to == connection && is_steps(frame)).count()
}

fn names(roster: &Roster) -> Vec<&str> {
    roster.members.iter().map(|member| member.name.as_str()).collect()
}

/// The names in what a connection was told last.
fn told(relay: &Relay, connection: ConnectionId) -> Vec<String> {
    rosters(relay, connection).last().map(names).unwrap_or_default().into_iter().map(str::to_owned).collect()
}

/// Writes as a person, over a line of their own, in a document of the unit, on what others wrote before.
fn write(relay: &mut Relay, connection: ConnectionId, key: &str, history: &mut AutoCommit) {
    let peer = format!("tab-{connection}");
    relay.join(connection, key, &peer);
    relay.frame(connection, &Message::Create { document: document(1), space: Space::Unit(town()) });
    write_on(relay, connection, key, history);
}

fn write_on(relay: &mut Relay, connection: ConnectionId, key: &str, history: &mut AutoCommit) {
    history.set_actor(actor_of(member(key), [1; 8]));
    history.put(ROOT, "title", key).expect("a plain value");
    history.commit();
    let change = history.get_last_local_change().expect("a change").raw_bytes().to_vec();
    relay.sync(
        connection,
        &format!("tab-{connection}"),
        document(1),
        sync::advance(&history.get_heads(), vec![change], false),
    );
    relay.pass(40);
}

fn edit(relay: &mut Relay, key: &str, change: impl FnOnce(&mut Member)) {
    let roster = relay.hub.roster();
    let before = roster.member(member(key)).expect("a person").clone();
    let mut after = before.clone();
    change(&mut after);
    let edits = vec![Edit::member(Some(before), after)];
    let next = Arc::new(roster.with(&edits));
    let step = Step { from: roster.version, mark: roster.mark.clone(), edits };
    relay.handle(Event::Roster { roster: next, step });
}

#[test]
fn an_evaluator_gets_whom_they_deal_with_whatever_they_hold_and_whatever_their_program_is() {
    let mut relay = relay();
    // It holds this very version, whole, from before.
    relay.join(1, "judge", "tab-1");
    relay.connect(2, "judge", Proof::Demonstration);
    let metadata = PeerMetadata { storage_id: None, is_ephemeral: false, huigao: None };
    relay.frame(2, &Message::Join { sender: "theirs".into(), versions: vec!["1".into()], metadata });
    relay.frame(2, &Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() });
    assert_eq!(told(&relay, 1), ["office", "judge"]);
    let seen = rosters(&relay, 1).pop().expect("a roster");
    assert!(seen.partial && seen.version == 1 && seen.units.len() == 1 && seen.grants.len() == 1);
    // A program that does not speak our messages has no use for it.
    assert_eq!(rosters(&relay, 2), Vec::<Roster>::new());
    // Whoever is enrolled sees all, and is told nothing that they hold.
    relay.join(3, "clerk", "tab-3");
    assert_eq!(rosters(&relay, 3), Vec::<Roster>::new());
    relay.frame(3, &Message::Catalogue { since: None, witness: None, roster: 0, mark: "".into() });
    assert_eq!(rosters(&relay, 3), [county()]);
}

#[test]
fn who_writes_in_what_an_evaluator_reads_is_known_by_name_from_then_on() {
    let mut relay = relay();
    let mut history = AutoCommit::new();
    write(&mut relay, 1, "clerk", &mut history);
    relay.join(2, "judge", "tab-2");
    assert_eq!(told(&relay, 2), ["office", "clerk", "judge"]);
    relay.sent.clear();
    write(&mut relay, 3, "other", &mut history);
    relay.pass(1_000);
    assert_eq!(told(&relay, 2), ["office", "clerk", "other", "judge"]);
    // What they write further changes nothing.
    relay.sent.clear();
    write_on(&mut relay, 3, "other", &mut history);
    relay.pass(1_000);
    assert_eq!(rosters(&relay, 2), Vec::<Roster>::new());
}

#[test]
fn who_wrote_before_the_relay_started_is_read_from_its_store_once() {
    let mut before = relay();
    write(&mut before, 1, "clerk", &mut AutoCommit::new());
    let stored = before.stored;
    let heads = stored.values().map(|change| change.meta.hash).collect();
    let space = Arc::new(Space::Unit(town()));
    let record = Record { row: 1, space, seq: 1, heads, label: None, label_heads: Vec::new() };
    let records = vec![(document(1), record)];
    let mut relay = Relay::among(Config::default(), county(), Snapshot { records, ..Snapshot::default() });
    relay.stored = stored;
    for connection in 1..=3 {
        relay.join(connection, "judge", &format!("tab-{connection}"));
        relay.pass(1_000);
        assert_eq!(told(&relay, connection), ["office", "clerk", "judge"]);
    }
    assert_eq!(relay.asked_for_writers, 1);
}

#[test]
fn a_burst_of_changes_costs_an_evaluator_little_and_what_concerns_others_nothing() {
    let mut relay = relay();
    relay.join(1, "judge", "tab-1");
    relay.join(2, "clerk", "tab-2");
    relay.sent.clear();
    for number in 0..20 {
        edit(&mut relay, "other", |person| person.name = format!("人{number}"));
    }
    relay.pass(1_000);
    assert_eq!((rosters(&relay, 1).len(), steps(&relay, 1)), (0, 0));
    assert_eq!((rosters(&relay, 2).len(), steps(&relay, 2)), (0, 20));
    for number in 0..20 {
        edit(&mut relay, "office", |person| person.name = format!("人{number}"));
    }
    relay.pass(1_000);
    let told = rosters(&relay, 1);
    assert!((1..=2).contains(&told.len()) && steps(&relay, 1) == 0, "{} rosters", told.len());
    assert_eq!(told.last().map(names), Some(vec!["人19", "judge"]));
}

#[test]
fn who_is_enrolled_meanwhile_gets_everybody_and_who_is_no_more_a_part() {
    let mut relay = relay();
    relay.join(1, "judge", "tab-1");
    relay.sent.clear();
    edit(&mut relay, "judge", |person| person.unit = Some(town()));
    let whole = relay.hub.roster();
    assert_eq!(rosters(&relay, 1), [whole.as_ref().clone()]);
    edit(&mut relay, "other", |person| person.name = "某人".into());
    assert_eq!((rosters(&relay, 1).len(), steps(&relay, 1)), (1, 1));
    // One that was away holds the part that it was told at first: steps would not lead on from it.
    relay.join(2, "judge", "tab-2");
    assert_eq!(rosters(&relay, 2), [relay.hub.roster().as_ref().clone()]);
    assert_eq!(steps(&relay, 2), 0);
    // At once: it is their own rights that changed.
    relay.sent.clear();
    edit(&mut relay, "judge", |person| person.unit = None);
    for connection in [1, 2] {
        assert_eq!(told(&relay, connection), ["office", "judge"]);
        assert_eq!(steps(&relay, connection), 0);
    }
}

#[test]
fn who_is_taken_off_the_roster_hears_so_and_is_in_nobodys_any_more() {
    let mut relay = relay();
    relay.join(1, "office", "tab-1");
    relay.join(2, "other", "tab-2");
    relay.join(3, "judge", "tab-3");
    relay.sent.clear();
    let roster = relay.hub.roster();
    let before = Box::new(roster.member(member("other")).expect("a person").clone());
    let edits = vec![Edit::Remove { before }];
    let next = Arc::new(roster.with(&edits));
    let step = Step { from: roster.version, mark: roster.mark.clone(), edits };
    relay.handle(Event::Roster { roster: next.clone(), step: step.clone() });
    assert_eq!((relay.closed.as_slice(), relay.reasons.as_slice()), ([2].as_slice(), ["not on the roster"].as_slice()));
    assert_eq!((steps(&relay, 1), roster.after(&step)), (1, Some(next.as_ref().clone())));
    assert_eq!((steps(&relay, 3), rosters(&relay, 3).len()), (0, 0));
    // Nor does anybody come in who was on the way.
    relay.connect(4, "other", Proof::Demonstration);
    assert_eq!(relay.reasons, ["not on the roster"; 2]);
}
