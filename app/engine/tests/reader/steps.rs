//! A reader that is fed step by step says what one says that is given all at once.

use automerge::transaction::Transactable;
use automerge::{AutoCommit, ChangeHash, ObjId, ReadDoc};
use huigao_engine::reader::Reader;
use huigao_engine::reader::job::{Job, Said, What, Whose};
use huigao_shared::authorship::AuthorRows;
use huigao_shared::document;
use huigao_shared::ids::{DocumentId, MemberId, actor_of};
use proptest::prelude::*;

/// Whose copies there are: one person has two devices.
const PEOPLE: [&str; 4] = ["a", "a", "b", "c"];
const WORDS: [&str; 5] = ["一", "调研报告\n", "在互不知情时都改了这一处", "字句", ""];

/// One person's copy, and what was cut out of it last.
struct Writer {
    doc: AutoCommit,
    cut: String,
}

/// What a writer does.
#[derive(Clone, Debug)]
struct Edit {
    who: usize,
    at: usize,
    delete: usize,
    /// Which of the words; past the last, what was cut out before.
    words: usize,
    /// What comes after it.
    then: Then,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Nothing,
    /// The engine hears of it.
    Told,
    /// The writer hears what the engine has.
    Hears,
}

fn edit() -> impl Strategy<Value = Edit> {
    let then = prop_oneof![3 => Just(Then::Nothing), 2 => Just(Then::Told), 1 => Just(Then::Hears)];
    (0..PEOPLE.len(), 0..200usize, 0..14usize, 0..=WORDS.len(), then).prop_map(|(who, at, delete, words, then)| Edit {
        who,
        at,
        delete,
        words,
        then,
    })
}

fn write(writer: &mut Writer, text: &ObjId, edit: &Edit) {
    let length = writer.doc.length(text);
    let at = edit.at % (length + 1);
    let delete = edit.delete.min(length - at);
    let before = writer.doc.text(text).expect("a text");
    let insert = WORDS.get(edit.words).map_or_else(|| writer.cut.clone(), |words| (*words).to_owned());
    writer.doc.splice_text(text, at, delete.cast_signed(), &insert).expect("room");
    writer.doc.commit();
    if delete > 0 {
        // All of it is in the first plane: a character is a unit.
        writer.cut = before.chars().skip(at).take(delete).collect();
    }
}

fn job(number: u64, from: &[ChangeHash], engine: &mut AutoCommit, read: &[ChangeHash]) -> (Job, Vec<u8>) {
    let whose =
        Whose { me: MemberId::from_key("b"), read: read.to_vec(), authors: AuthorRows::default(), typed: Vec::new() };
    let bytes = match from {
        [] => engine.save_nocompress(),
        from => engine.get_changes(from).iter().flat_map(|change| change.raw_bytes().to_vec()).collect(),
    };
    let (document, what) = (DocumentId::from_bytes([1; 16]), What::Merged(Box::new(whose)));
    (Job { number, document, from: from.to_vec(), heads: engine.get_heads(), what }, bytes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn step_by_step_is_as_at_once(edits in prop::collection::vec(edit(), 1..70)) {
        let actor = |place: usize| actor_of(MemberId::from_key(PEOPLE[place]), [place as u8; 8]);
        let mut first = AutoCommit::new().with_actor(actor(0));
        let text = document::init(&mut first, "note", "题").expect("an empty document");
        first.splice_text(&text, 0, 0, "一、开头的一段话，后来的人都看得到。\n").expect("room");
        first.commit();
        let mut engine = first.fork();
        let mut writers: Vec<Writer> = (0..PEOPLE.len())
            .map(|place| Writer { doc: first.fork().with_actor(actor(place)), cut: String::new() })
            .collect();
        // The first goes on in its own sequence.
        writers[0].doc = first;
        let (mut reader, mut known, mut read) = (Reader::default(), Vec::new(), Vec::new());
        for (number, edit) in (0..).zip(&edits) {
            let writer = &mut writers[edit.who];
            write(writer, &text, edit);
            match edit.then {
                Then::Nothing => continue,
                Then::Told => drop(engine.merge(&mut writer.doc).expect("one document")),
                Then::Hears => drop(writer.doc.merge(&mut engine).expect("one document")),
            }
            let (by_and_by, bytes) = job(number, &known, &mut engine, &read);
            let Said::Done { answer, .. } = reader.run(by_and_by, bytes) else { panic!("the reader lacks something") };
            let (at_once, bytes) = job(number, &[], &mut engine, &read);
            let Said::Done { answer: expected, .. } = Reader::default().run(at_once, bytes) else { panic!("the whole") };
            prop_assert_eq!(answer, expected);
            known = engine.get_heads();
            if read.is_empty() || edit.at % 5 == 0 {
                read.clone_from(&known);
            }
        }
    }
}
