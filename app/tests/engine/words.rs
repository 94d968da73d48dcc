//! What becomes of words when a page or an engine goes before they are saved.

use super::*;

#[test]
fn what_the_engine_had_not_heard_is_taken_in_by_the_next_page() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    let next = pair.next_page();
    assert_eq!(next.shown, "甲乙");
    assert_eq!(next.engine_text(), "甲乙");
    assert!(next.was_kept("first"), "else it would be taken in again");
}

#[test]
fn what_was_saved_without_the_page_hearing_of_it_is_taken_in_once() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    pair.engine_hears();
    pair.engine(Input::Page(ToEngine::Leaving));
    pair.written();
    // One more word, which nobody heard.
    pair.types(2, "丙");
    let next = pair.next_page();
    assert_eq!(next.shown, "甲乙丙");
    assert!(next.was_kept("first"));
    let again = next.next_page();
    assert_eq!(again.shown, "甲乙丙");
}

#[test]
fn last_words_given_twice_are_taken_in_once() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    let words = pair.front.last_words();
    let mut first = Pair::open("second", pair.disk.clone(), words.clone());
    first.settle();
    let mut second = Pair::open("third", first.disk.clone(), words);
    second.user(Command::Open(DOCUMENT));
    second.settle();
    assert_eq!(second.shown, "甲乙");
    assert!(second.was_kept("first"));
}

#[test]
fn last_words_of_a_document_that_is_gone_lie_beside_it() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    let words = pair.front.last_words();
    let mut next = Pair::open("second", Disk::default(), words);
    next.settle();
    let copies = next.front.side_copies();
    assert_eq!(copies.iter().map(|copy| copy.text.as_str()).collect::<Vec<_>>(), ["甲乙"]);
    assert_eq!(copies[0].title, "题");
    assert!(copies[0].at > 1_600_000_000_000, "dated by the clock");
    assert!(next.was_kept("first"));
}

#[test]
fn what_is_saved_is_not_put_down() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    assert_eq!(pair.front.last_words().len(), 1);
    pair.settle();
    assert!(pair.front.last_words().is_empty());
}

#[test]
fn another_engine_has_all_that_was_typed_before_and_between() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    pair.engine_hears();
    // It falls, with the word in memory and not saved.
    let outputs = pair.falls();
    assert!(!pair.front.has_engine(DOCUMENT));
    pair.types(2, "丙");
    assert!(!pair.to_engine.iter().any(|message| matches!(message, ToEngine::Edit { .. })), "it knows no opening yet");
    pair.put_out(outputs);
    pair.settle();
    assert!(pair.front.has_engine(DOCUMENT));
    assert_eq!(pair.shown, "甲乙丙");
    assert_eq!(pair.engine_text(), "甲乙丙");
    assert!(pair.front.last_words().is_empty());
}

#[test]
fn words_outlive_two_falls_in_a_row() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    for _ in 0..2 {
        // Each opens the document and falls before it has saved anything.
        let outputs = pair.falls();
        pair.put_out(outputs);
        pair.engine_hears();
        pair.page_hears();
        assert_eq!(pair.shown, "甲乙");
        assert_eq!(pair.front.last_words().len(), 1, "it is not saved");
    }
    pair.settle();
    assert!(pair.front.last_words().is_empty());
    assert_eq!(pair.engine_text(), "甲乙");
}

#[test]
fn what_was_typed_in_a_document_that_is_closed_stays_among_the_last_words_until_it_is_saved() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    pair.user(Command::Close(DOCUMENT));
    assert_eq!(pair.front.last_words().len(), 1);
    assert_eq!(pair.front.text(DOCUMENT), None, "nobody shows it");
    pair.settle();
    assert!(pair.front.last_words().is_empty());
    // And it opens as it was left.
    pair.user(Command::Open(DOCUMENT));
    pair.settle();
    assert_eq!(pair.front.text(DOCUMENT).as_deref(), Some("甲乙"));
}

#[test]
fn what_was_typed_without_an_engine_in_a_document_that_is_closed_is_saved_by_the_next_one() {
    let mut pair = Pair::with_text("甲");
    let outputs = pair.falls();
    pair.types(1, "乙");
    pair.user(Command::Close(DOCUMENT));
    pair.put_out(outputs);
    pair.settle();
    assert!(pair.front.last_words().is_empty());
    pair.user(Command::Open(DOCUMENT));
    pair.settle();
    assert_eq!(pair.front.text(DOCUMENT).as_deref(), Some("甲乙"));
}

#[test]
fn what_was_closed_before_the_engine_fell_is_taken_in_once() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    pair.user(Command::Close(DOCUMENT));
    let outputs = pair.falls();
    pair.put_out(outputs);
    pair.settle();
    assert!(pair.front.last_words().is_empty());
    pair.user(Command::Open(DOCUMENT));
    pair.settle();
    assert_eq!(pair.front.text(DOCUMENT).as_deref(), Some("甲乙"));
    assert_eq!(pair.engine_text(), "甲乙");
}

#[test]
fn words_that_come_when_their_document_has_left_lie_beside_it() {
    let mut pair = Pair::with_text("甲");
    let edit = |typed, opening| ToEngine::Edit {
        document: DocumentId::from_bytes([9; 16]),
        opening,
        said: Said { number: 1, heard: 0 },
        typed,
        delta: Delta::of(&[Splice { at: 0, delete: 0, insert: "迟到的话".into() }]),
    };
    pair.engine(Input::Page(edit(5, 3)));
    pair.settle();
    assert_eq!(pair.front.side_copies().iter().map(|copy| copy.text.as_str()).collect::<Vec<_>>(), ["迟到的话"]);
    assert!(pair.was_kept("first"));
}
