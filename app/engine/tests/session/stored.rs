//! What stays on the device, and what does not.

use automerge::ChangeHash;
use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Effect, Event, Write};
use huigao_engine::session::view::SyncState;
use huigao_shared::catalogue::{Cursor, Entry};
use huigao_shared::wire::Message;

use super::{Tab, document};

#[test]
fn what_an_earlier_version_meant_to_delete_is_deleted_and_does_not_come_back() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(9);
    tab.create(document, "字");
    let made = tab.made();
    let mut stored = tab.transactions();
    tab.frame(&Message::Receipt { document, heads: vec![made], cursor: Cursor { seq: 2, tag: 2 } });
    stored.extend(tab.transactions());
    let mark = format!("pending/{document}/{made}");
    assert!(stored.iter().flatten().any(|write| *write == Write::DeleteMeta { key: mark.clone() }));

    let documents = stored.into_iter().flatten().filter_map(|write| match write {
        Write::PutDocument { document, json } => Some((document, json)),
        _ => None,
    });
    let meta = vec![(mark.clone(), Vec::new()), ("cursor".to_owned(), Vec::new())];
    let mut tab =
        Tab::open_with(ProfileContents { meta, documents: documents.collect(), ..ProfileContents::default() });
    assert_eq!(tab.session.status().sync, SyncState::OfflineSaved);
    let deleted: Vec<Write> = tab.transactions().into_iter().flatten().collect();
    assert!(deleted.contains(&Write::DeleteMeta { key: mark }));
    assert!(deleted.contains(&Write::DeleteMeta { key: "cursor".to_owned() }));
}

#[test]
fn what_a_page_tells_is_never_remembered_without_how_far_the_relay_had_come() {
    let mut tab = Tab::open();
    let entry = Entry {
        document: document(9),
        space: Tab::space(),
        heads: vec![ChangeHash([3; 32])],
        label: None,
        label_heads: vec![],
    };
    tab.connect(vec![entry]);
    let stored = tab.transactions();
    let is = |write: &Write, name: &str| matches!(write, Write::PutMeta { key, .. } if key.starts_with(name));
    let told: Vec<_> = stored.iter().filter(|writes| writes.iter().any(|write| is(write, "relay/"))).collect();
    assert!(!told.is_empty());
    assert!(told.iter().all(|writes| writes.iter().any(|write| is(write, "witness"))));

    // And what an earlier version stored counts by where its catalogue went on.
    let named = |key: &str, seq| (key.to_owned(), serde_json::to_vec(&Cursor { seq, tag: 1 }).expect("plain"));
    let meta = vec![named("cursor", 34), named("witness", 11)];
    let mut tab = Tab::open_with(ProfileContents { meta, ..ProfileContents::default() });
    tab.connect_again();
    let asked = tab.effects.iter().find_map(|effect| match effect {
        Effect::Send(frame) => match Message::decode(frame) {
            Ok(Message::Catalogue { witness, .. }) => witness,
            _ => None,
        },
        _ => None,
    });
    assert_eq!(asked.map(|cursor| cursor.seq), Some(34));
}

#[test]
fn what_a_relay_that_was_put_back_had_said_is_let_go_before_anything_of_it_is_stored_anew() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(9);
    tab.create(document, "字");
    let heads = vec![tab.made()];
    tab.frame(&Message::Receipt { document, heads: heads.clone(), cursor: Cursor { seq: 20, tag: 1 } });
    tab.transactions();
    // The next page is of a relay that knows none of that.
    tab.handle(Event::Disconnected { reason: "cut".into() });
    let entry = Entry { document, space: Tab::space(), heads, label: None, label_heads: vec![] };
    tab.connect(vec![entry]);
    let stored: Vec<Write> = tab.transactions().into_iter().flatten().collect();
    let at = |is: fn(&Write) -> bool| stored.iter().position(is);
    let let_go = at(|write| matches!(write, Write::DeleteMeta { key } if key == "cursor"));
    let anew = at(|write| matches!(write, Write::PutMeta { key, .. } if key.starts_with("relay/") || key == "witness"));
    assert!(let_go.is_some() && let_go < anew, "{let_go:?} {anew:?}");
}
