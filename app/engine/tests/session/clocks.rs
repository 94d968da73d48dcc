//! What the device's two clocks are for.

use automerge::ChangeHash;
use huigao_engine::port::ProfileContents;
use huigao_engine::session::event::{Command, Effect, Event, Splice, Write};
use huigao_shared::catalogue::{Entry, Label};

use super::{START, Tab, document, grant};

#[test]
fn a_clock_that_is_set_back_stops_nothing() {
    let mut tab = Tab::open();
    tab.connect(Vec::new());
    let document = document(7);
    tab.create(document, "");
    tab.stored(&Ok(()));
    tab.skew = -3_600_000;
    tab.types(document, 0, "照常");
    assert!(tab.transactions().iter().flatten().any(|write| matches!(write, Write::PutChunk { .. })));
    tab.handle(Event::Disconnected { reason: "cut".into() });
    tab.skew = -9_000_000_000;
    tab.effects.clear();
    tab.pass(2_000);
    assert!(tab.effects.contains(&Effect::Connect));
    // What is made in order stays in order.
    for number in 0..3 {
        tab.skew -= 60_000;
        tab.command(Command::Act(vec![grant(number)]));
    }
    let edits: Vec<_> = tab.session.acts().into_iter().flat_map(|act| act.edits).collect();
    assert_eq!(edits, [grant(0), grant(1), grant(2)]);
}

#[test]
fn what_was_typed_is_a_change_when_the_page_goes() {
    let mut tab = Tab::open();
    let document = document(8);
    tab.create(document, "");
    tab.stored(&Ok(()));
    let splices = vec![Splice { at: 0, delete: 0, insert: "最后一句".into() }];
    tab.command(Command::Edit { document, splices });
    tab.skew = -86_400_000;
    tab.handle(Event::Leaving);
    assert!(tab.transactions().iter().flatten().any(|write| matches!(write, Write::PutChunk { .. })));
}

#[test]
fn a_document_of_the_year_2099_takes_its_place_by_when_it_was_met() {
    let entry = |number, changed_at| Entry {
        document: document(number),
        space: Tab::space(),
        heads: vec![ChangeHash([number; 32])],
        label: Some(Label { title: "题".into(), changed_at, ..Label::default() }),
        label_heads: vec![ChangeHash([number; 32])],
    };
    let dated = |tab: &Tab, number| {
        let row = tab.session.rows().into_iter().find(|row| row.document == document(number)).expect("a row");
        (row.changed_at, row.date_uncertain)
    };
    let mut tab = Tab::open();
    tab.connect(vec![entry(1, 4_080_000_000_000), entry(2, START - 5)]);
    let met = tab.now;
    assert_eq!(dated(&tab, 1), (Some(met), true));
    assert_eq!(dated(&tab, 2), (Some(START - 5), false));
    let documents = tab.transactions().into_iter().flatten().filter_map(|write| match write {
        Write::PutDocument { document, json } => Some((document, json)),
        _ => None,
    });
    let contents = ProfileContents { documents: documents.collect(), ..ProfileContents::default() };
    // Also on another day, and once the clock that was wrong all along is set right.
    let mut tab = Tab::open_with(contents);
    tab.pass(86_400_000 * 3);
    assert_eq!(dated(&tab, 1), (Some(met), true));
    tab.skew = 4_080_000_000_000 - tab.now;
    tab.pass(1);
    assert_eq!(dated(&tab, 1), (Some(4_080_000_000_000), false));
}
