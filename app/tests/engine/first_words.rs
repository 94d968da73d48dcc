//! A page that shows words before its engine has opened the document, and takes keys.

use huigao_protocol::first_words::FirstWords;

use super::*;

/// What a disk keeps of the document.
fn kept(disk: &Disk) -> Option<FirstWords> {
    FirstWords::decode(disk.texts.get(&DOCUMENT)?)
}

/// A disk with the document, and first words of it that are as old as is said.
fn disk_with(text: &str, older: &str) -> Disk {
    let mut disk = Pair::with_text(text).disk;
    let words = FirstWords { text: older.into(), ..kept(&disk).expect("it was kept") };
    disk.texts.insert(DOCUMENT, words.encode());
    disk
}

/// A page with first words in its editor. Its engine has heard nothing yet, and the page nothing of it.
fn cold(disk: Disk, words: FirstWords) -> Pair {
    let mut pair = Pair::open("cold", disk, Vec::new());
    let mut say = Vec::new();
    pair.front.begin_with(DOCUMENT, words, &mut say);
    pair.to_engine.extend(say);
    pair.user(Command::Open(DOCUMENT));
    pair.shown = pair.front.text(DOCUMENT).expect("first words");
    pair
}

fn cold_on(disk: Disk) -> Pair {
    let words = kept(&disk).expect("it was kept");
    cold(disk, words)
}

fn copies(pair: &Pair) -> Vec<(String, String)> {
    pair.front.side_copies().iter().map(|copy| (copy.title.clone(), copy.text.clone())).collect()
}

#[test]
fn what_is_kept_follows_what_is_saved() {
    let mut pair = Pair::with_text("甲");
    assert_eq!(kept(&pair.disk).map(|words| words.text).as_deref(), Some("甲"));
    pair.types(1, "乙");
    pair.settle();
    let words = kept(&pair.disk).expect("it was kept");
    assert_eq!((words.text.as_str(), words.view.title.as_str()), ("甲乙", "题"));
    assert_eq!(words.view.save, SaveState::Saved);
    assert!(words.view.writable);
}

#[test]
fn a_cold_page_takes_keys_and_says_them_once_when_its_engine_has_opened() {
    let mut pair = cold_on(Pair::with_text("甲").disk);
    assert_eq!(pair.shown, "甲");
    assert!(!pair.front.has_started() && !pair.front.has_engine(DOCUMENT));
    let save = |pair: &Pair| pair.front.view(DOCUMENT).map(|view| view.save);
    assert_eq!(save(&pair), Some(SaveState::Saved));
    pair.types(1, "乙");
    assert_eq!(save(&pair), Some(SaveState::Saving));
    pair.types(2, "丙");
    assert!(!pair.to_engine.iter().any(|message| matches!(message, ToEngine::Edit { .. })), "it knows no opening yet");
    pair.settle();
    assert!(pair.front.has_started() && pair.front.has_engine(DOCUMENT));
    assert_eq!((pair.shown.as_str(), pair.engine_text().as_str()), ("甲乙丙", "甲乙丙"));
    assert_eq!(save(&pair), Some(SaveState::Saved));
    assert!(pair.front.last_words().is_empty());
    assert_eq!(pair.next_page().shown, "甲乙丙");
}

#[test]
fn what_came_since_is_worked_in_beneath_the_keys() {
    let mut pair = cold_on(disk_with("一二三四", "一三四"));
    pair.types(3, "五");
    pair.settle();
    assert_eq!((pair.shown.as_str(), pair.engine_text().as_str()), ("一二三四五", "一二三四五"));
}

#[test]
fn it_is_worked_in_without_a_key_too() {
    let mut pair = cold_on(disk_with("一二三", "一"));
    assert_eq!(pair.shown, "一");
    pair.settle();
    assert_eq!(pair.shown, "一二三");
    assert_eq!(pair.front.text(DOCUMENT).as_deref(), Some("一二三"));
}

#[test]
fn nothing_touches_the_words_while_an_input_method_composes() {
    let mut pair = cold_on(disk_with("甲乙丙", "甲丙"));
    pair.user(Command::Composing { document: DOCUMENT, active: true });
    pair.engine_hears();
    pair.page_hears();
    assert_eq!(pair.shown, "甲丙");
    pair.types(2, "丁");
    pair.user(Command::Composing { document: DOCUMENT, active: false });
    assert_eq!(pair.shown, "甲乙丙丁");
    pair.settle();
    assert_eq!((pair.shown.as_str(), pair.engine_text().as_str()), ("甲乙丙丁", "甲乙丙丁"));
}

#[test]
fn what_was_typed_and_taken_back_before_the_engine_came_waits_for_nothing() {
    let mut pair = cold_on(Pair::with_text("甲").disk);
    pair.types(1, "乙");
    pair.user(Command::Edit { document: DOCUMENT, splices: vec![Splice { at: 1, delete: 1, insert: String::new() }] });
    pair.shown = "甲".into();
    pair.settle();
    assert_eq!((pair.shown.as_str(), pair.engine_text().as_str()), ("甲", "甲"));
    assert!(pair.front.last_words().is_empty());
    assert_eq!(pair.front.view(DOCUMENT).map(|view| view.save), Some(SaveState::Saved));
}

#[test]
fn what_was_typed_in_a_document_that_cannot_be_opened_lies_beside_it() {
    let disk = Pair::with_text("甲").disk;
    let words = kept(&disk).expect("it was kept");
    // What is stored of it cannot be read; and it is not there at all.
    let damaged = Disk { chunks: BTreeMap::new(), ..disk };
    for disk in [damaged, Disk::default()] {
        let mut pair = cold(disk, words.clone());
        pair.types(1, "乙");
        pair.settle();
        assert_eq!(pair.front.text(DOCUMENT), None, "it is not to be seen");
        assert_eq!(copies(&pair), [("题".to_owned(), "甲乙".to_owned())]);
        assert!(pair.was_kept("cold"));
        assert!(pair.front.last_words().is_empty());
        // To try again says nothing twice.
        pair.user(Command::Open(DOCUMENT));
        pair.settle();
        assert_eq!(copies(&pair).len(), 1);
    }
}

#[test]
fn of_a_document_whose_beginning_cannot_be_read_the_whole_text_lies_beside_it() {
    let mut pair = Pair::with_text("甲");
    pair.types(1, "乙");
    pair.settle();
    let mut disk = pair.disk;
    let words = kept(&disk).expect("it was kept");
    assert!(disk.chunks.len() > 1 && words.text == "甲乙");
    disk.chunks.values_mut().next().expect("the first").fill(0);
    let mut pair = cold(disk, words);
    pair.types(2, "丙");
    pair.settle();
    assert_eq!(copies(&pair), [("题".to_owned(), "甲乙丙".to_owned())]);
    assert!(pair.front.last_words().is_empty());
}

#[test]
fn without_a_key_nothing_lies_beside_it() {
    let disk = Pair::with_text("甲").disk;
    let words = kept(&disk).expect("it was kept");
    let mut pair = cold(Disk::default(), words);
    pair.settle();
    assert_eq!(pair.front.text(DOCUMENT), None);
    assert!(copies(&pair).is_empty());
}

#[test]
fn what_was_typed_in_a_page_that_went_before_its_engine_had_opened_is_taken_in_once() {
    let mut pair = cold_on(disk_with("一二", "二"));
    pair.types(1, "三");
    pair.types(2, "四");
    let next = pair.next_page();
    assert_eq!((next.shown.as_str(), next.engine_text().as_str()), ("一二三四", "一二三四"));
    assert!(next.was_kept("cold"));
    let again = next.next_page();
    assert_eq!(again.shown, "一二三四");
}

#[test]
fn an_engine_that_falls_before_it_has_opened_is_replaced_with_nothing_lost() {
    let mut pair = cold_on(Pair::with_text("甲").disk);
    pair.types(1, "乙");
    let outputs = pair.falls();
    pair.types(2, "丙");
    pair.put_out(outputs);
    pair.settle();
    assert_eq!((pair.shown.as_str(), pair.engine_text().as_str()), ("甲乙丙", "甲乙丙"));
    assert!(pair.front.last_words().is_empty());
}

#[test]
fn a_document_that_is_closed_before_its_engine_has_opened_it_is_saved_all_the_same() {
    let mut pair = cold_on(Pair::with_text("甲").disk);
    pair.types(1, "乙");
    pair.user(Command::Close(DOCUMENT));
    assert_eq!(pair.front.text(DOCUMENT), None, "nobody shows it");
    assert_eq!(pair.front.last_words().len(), 1);
    pair.settle();
    assert_eq!(pair.engine_text(), "甲乙");
    assert!(pair.front.last_words().is_empty());
}
