use std::sync::Arc;

use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT};
use bytes::Bytes;
use huigao_shared::audit::Deed;
use huigao_shared::authority::{Edit, Step};
use huigao_shared::change;
use huigao_shared::ids::{DeviceId, DocumentId, MemberId, actor_of};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;

use super::write::ActorNumbers;
use super::*;
use crate::hub::{Batch, DocumentCommit, Identity, NewChange};

mod people;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("huigao-store-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn batch(values: &[&str]) -> Batch {
    let mut doc = Automerge::new();
    let mut changes = Vec::new();
    for (index, value) in (0u32..).zip(values) {
        let mut tx = doc.transaction();
        tx.put(ROOT, "t", *value).expect("room for a value");
        tx.commit();
        let body = doc.get_last_local_change().expect("a change").raw_bytes().to_vec();
        let meta = change::check(&body).expect("a good change");
        let deps = index.checked_sub(1).into_iter().collect();
        changes.push(NewChange { index, deps, meta, body: Bytes::from(body) });
    }
    Batch {
        documents: vec![DocumentCommit {
            row: 1,
            document: DocumentId::from_bytes([1; 16]),
            space: Arc::new(Space::Group),
            seq: 1,
            heads: doc.get_heads(),
            label: None,
            changes,
            authors: huigao_shared::authorship::AuthorRows::default(),
            published: None,
        }],
    }
}

/// A text that does not compress to nothing.
fn random_text(length: u32) -> String {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        char::from_u32(0x4e00 + (state >> 16) % 0x5000).unwrap_or('字')
    };
    (0..length).map(|_| next()).collect()
}

#[test]
fn what_was_committed_is_there_after_reopening_and_twice_is_once() {
    let folder = folder("reopen");
    let batch = batch(&["a", &"长".repeat(400)]);
    let mut store = Store::open(&folder).expect("a new store");
    store.commit(&batch, &mut ActorNumbers::default(), 1).expect("a commit");
    store.commit(&batch, &mut ActorNumbers::default(), 1).expect("the same again");
    drop(store);
    let store = Store::open(&folder).expect("the store");
    let metas: Vec<_> = store.changes(1).expect("its changes").into_iter().map(|change| change.meta).collect();
    let expected: Vec<_> = batch.documents[0].changes.iter().map(|change| change.meta.clone()).collect();
    assert_eq!(metas, expected);
    let bodies = store.bodies(1, &[0, 1], 1 << 20).expect("bodies");
    assert_eq!(bodies[1].1, batch.documents[0].changes[1].body);
    assert_eq!(store.bodies(1, &[0, 1], 1).expect("at least one").len(), 1);
    let report = check(&store).expect("a report");
    assert_eq!((report.changes, report.faults), (2, Vec::new()));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn whatever_a_damaged_body_looks_like_it_is_damage_and_no_change_out_of_service() {
    let folder = folder("rotten");
    let mut store = Store::open(&folder).expect("a new store");
    store.commit(&batch(&["a", "b"]), &mut ActorNumbers::default(), 1).expect("a commit");
    let body = store.body(1, 1).expect("a read").expect("a body").1;
    for at in 0..body.len() {
        let mut rotten = body.clone();
        rotten[at] ^= 1;
        store.db.execute("UPDATE changes SET body = ?1 WHERE number = 1", [rotten]).expect("an update");
        assert!(store.graph(1).is_err(), "byte {at}");
        assert!(store.bodies(1, &[1], 1).is_err(), "byte {at}");
    }
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_log_without_its_database_is_no_county_that_starts_anew() {
    let folder = folder("log-alone");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join(format!("{FILE}-wal")), [7; 4_096]).expect("a file");
    assert!(matches!(Store::open(&folder), Err(StoreError::MainMissing(_))));
    assert!(folder.join(format!("{FILE}-wal")).exists());
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_flipped_byte_is_found_and_names_the_document() {
    let folder = folder("flip");
    let mut store = Store::open(&folder).expect("a new store");
    store.commit(&batch(&["a", "b"]), &mut ActorNumbers::default(), 1).expect("a commit");
    store.db.execute("UPDATE changes SET body = zeroblob(length(body)) WHERE number = 1", []).expect("an update");
    let report = check(&store).expect("a report");
    assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_damaged_body_is_never_handed_out_and_stays_as_it_is() {
    let folder = folder("damaged");
    let mut store = Store::open(&folder).expect("a new store");
    let values = ["a".to_owned(), "b".to_owned(), random_text(400), "d".to_owned()];
    let batch = batch(&values.each_ref().map(String::as_str));
    store.commit(&batch, &mut ActorNumbers::default(), 1).expect("a commit");
    let body = |index: u32| batch.documents[0].changes[index as usize].body.clone();
    let set = |store: &Store, number: u32, body: &[u8]| {
        let table = if body.len() > 256 { "bodies" } else { "changes" };
        let changed = store.db.execute(&format!("UPDATE {table} SET body = ?2 WHERE number = ?1"), (number, body));
        assert_eq!(changed.expect("an update"), 1);
    };
    assert!(body(2).len() > 256, "it lies aside");
    for number in [1, 2] {
        for place in [5, 9, body(number).len() - 1] {
            let mut bytes = body(number).to_vec();
            bytes[place] ^= 0x10;
            set(&store, number, &bytes);
            let before: Vec<u32> = (0..number).collect();
            let bodies = store.bodies(1, &[0, 1, 2, 3], 1 << 20).expect("what comes before it");
            assert_eq!(bodies.iter().map(|(index, _)| *index).collect::<Vec<_>>(), before);
            let read = store.bodies(1, &[number, 3], 1 << 20);
            assert!(matches!(read, Err(StoreError::Row { document: 1, .. })), "{read:?}");
            let (_, kept) = store.body(1, number).expect("a look").expect("a body");
            assert_eq!(kept, bytes, "it is left as it is");
            set(&store, number, &body(number));
        }
    }
    // A sound one, but not the one that was stored.
    set(&store, 1, &body(3));
    assert!(store.bodies(1, &[1], 1 << 20).is_err());
    store.db.execute("DELETE FROM bodies", []).expect("a deletion");
    assert!(store.bodies(1, &[2], 1 << 20).is_err());
    assert_eq!(store.bodies(1, &[3], 1 << 20).expect("another").len(), 1);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn foreign_newer_and_broken_files_are_refused() {
    let folder = folder("refuse");
    drop(Store::open(&folder).expect("a new store"));
    let path = folder.join(FILE);
    let set = |version: i64| Connection::open(&path).and_then(|db| db.pragma_update(None, "user_version", version));
    set(99).expect("a newer version");
    assert!(matches!(Store::open(&folder), Err(StoreError::Newer { found: 99, .. })));
    assert!(matches!(Store::existing(&folder), Err(StoreError::Newer { found: 99, .. })));
    assert!(matches!(Store::as_it_is(&folder), Err(StoreError::Newer { found: 99, .. })));
    // The command line does not migrate; an older one can be copied before the relay does.
    set(1).expect("an older version");
    assert!(matches!(Store::existing(&folder), Err(StoreError::Older { found: 1, .. })));
    assert!(matches!(Store::as_it_is(&folder), Ok((_, Some(StoreError::Older { found: 1, .. })))));
    std::fs::write(&path, b"not a database, whatever it says, and long enough to be looked at").expect("a file");
    let _ = std::fs::remove_file(folder.join("huigao.sqlite-wal"));
    assert!(matches!(Store::open(&folder), Err(StoreError::Damaged(_))));
    std::fs::remove_file(&path).expect("a file");
    Connection::open(&path).and_then(|db| db.execute("CREATE TABLE t (a)", [])).expect("a foreign database");
    assert!(matches!(Store::open(&folder), Err(StoreError::Foreign(_))));
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn tokens_end_when_they_are_revoked_or_over() {
    let folder = folder("tokens");
    let mut store = Store::open(&folder).expect("a new store");
    let member = MemberId::from_key("a");
    let new = NewToken { member, home: Space::Private(member), name: "笔记本".into(), now: 100, expires: 200 };
    let secret = store.add_token(&new).expect("a token");
    assert!(store.identify(&secret, 150).expect("a look-up").is_some_and(|identity| identity.member == member));
    assert!(store.identify(&secret, 200).expect("a look-up").is_none());
    let id = store.tokens().expect("a list")[0].id.clone();
    assert!(store.revoke_token(&id, 120).expect("a revocation"));
    assert!(store.identify(&secret, 150).expect("a look-up").is_none());
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn a_first_delivery_is_in_the_log_once_for_each_device_and_token() {
    let folder = folder("deliveries");
    let mut store = Store::open(&folder).expect("a new store");
    let console = Author::console(1);
    let member = Some(MemberId::from_key("office"));
    let device = Author { member, device: Some(DeviceId::from_bytes([1; 16])), ..console.clone() };
    let token = Author { member, token: Some("reports".to_owned()), ..console };
    let space = Arc::new(Space::Unit("town".parse().expect("a key")));
    let documents = [1, 2].map(|byte| (DocumentId::from_bytes([byte; 16]), space.clone()));
    for author in [&device, &token, &device, &token] {
        store.deliver(author, &documents).expect("room for it");
    }
    let entries = store.audit(None, |_| true).expect("the log");
    let of = |token: Option<&str>| entries.iter().filter(|placed| placed.entry.token.as_deref() == token).count();
    assert_eq!((entries.len(), of(None), of(Some("reports"))), (4, 2, 2));
    assert!(store.check_audit().expect("the log").faults.is_empty());
}

#[test]
fn what_is_published_is_in_the_log_once_though_its_commit_comes_twice() {
    let folder = folder("published");
    let mut store = Store::open(&folder).expect("a new store");
    let office = MemberId::from_key("office");
    let published = |values: &[&str]| {
        let mut batch = batch(values);
        batch.documents[0].published = Some(Identity::demonstration(office));
        batch
    };
    let (mut first, mut second) = (published(&["x"]), published(&["a", "b"]));
    first.documents[0].changes = vec![second.documents[0].changes.remove(0)];
    // A colleague wrote it.
    let author = MemberId::from_key("colleague");
    first.documents[0].changes[0].meta.actor = actor_of(author, [1; 8]);
    for _ in 0..2 {
        store.commit(&first, &mut ActorNumbers::default(), 7).expect("a commit");
    }
    // Another change that was taken before the first was on disk.
    store.commit(&second, &mut ActorNumbers::default(), 8).expect("a commit");
    let entries = store.audit(None, |_| true).expect("the log");
    let noted: Vec<_> = entries.iter().map(|placed| (placed.at, placed.entry.by, &placed.entry.deed)).collect();
    let document = first.documents[0].document;
    assert_eq!(noted, [(7, Some(office), &Deed::Published { document, author: Some(author) })]);
    assert!(store.check_audit().expect("the log").faults.is_empty());
    // What does not get onto the disk is not noted either.
    let mut broken = published(&["c"]);
    (broken.documents[0].row, broken.documents[0].document) = (2, DocumentId::from_bytes([2; 16]));
    broken.documents.extend(batch(&["d"]).documents);
    store.commit(&broken, &mut ActorNumbers::default(), 9).expect_err("another change is there");
    assert_eq!(store.audit(None, |_| true).expect("the log").len(), 1);
}

#[test]
fn two_changes_never_share_a_place() {
    let folder = folder("places");
    let mut store = Store::open(&folder).expect("a new store");
    let first = batch(&["a"]);
    store.commit(&first, &mut ActorNumbers::default(), 1).expect("a commit");
    let other = store.commit(&batch(&["b"]), &mut ActorNumbers::default(), 1);
    assert!(matches!(other, Err(StoreError::Row { document: 1, row: 0, .. })), "{other:?}");
    assert_eq!(store.bodies(1, &[0], 1).expect("bodies")[0].1, first.documents[0].changes[0].body);
}

#[test]
fn a_data_folder_has_one_relay() {
    let folder = folder("alone");
    let mut store = Store::open(&folder).expect("a new store");
    store.begin_run().expect("a run");
    let version = |store: &Store| -> i64 {
        store.db.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a version")
    };
    let known = version(&store);
    // Another one finds the lock before it looks at the database, let alone changes it.
    store.db.pragma_update(None, "user_version", 1).expect("a version that would be migrated");
    assert!(matches!(Store::open(&folder), Err(StoreError::InUse)));
    assert_eq!(version(&store), 1);
    store.db.pragma_update(None, "user_version", known).expect("the version");
    let other = Store::existing(&folder).expect("the command line may come beside it");
    store.finish();
    drop(other);
    assert!(Store::open(&folder).is_ok());
    let _ = std::fs::remove_dir_all(&folder);
}

/// Copies some of a store's files into a new folder, as they are.
fn copied(from: &Path, name: &str, endings: &[&str]) -> PathBuf {
    let to = folder(name);
    std::fs::create_dir_all(&to).expect("a folder");
    for ending in endings {
        let file = format!("{FILE}{ending}");
        std::fs::copy(from.join(&file), to.join(&file)).expect("a copy");
    }
    to
}

#[test]
fn a_database_without_its_log_is_refused_and_nothing_else_is() {
    let original = folder("log");
    let mut store = Store::open(&original).expect("a new store");
    store.begin_run().expect("a run");
    store.commit(&batch(&["a"]), &mut ActorNumbers::default(), 1).expect("a commit");
    let opens = |name: &str, endings: &[&str]| {
        let folder = copied(&original, name, endings);
        let opened = Store::open(&folder).map(|store| store.records().expect("records").0.len());
        let looked = Store::existing(&folder).map(drop);
        let again = Store::open(&folder).map(|store| store.records().expect("records").0.len());
        (opened, looked, again)
    };
    // As it is after `kill -9`, with and without what was in the log.
    assert!(matches!(opens("log-both", &["", "-wal"]), (Ok(1), Ok(()), Ok(1))));
    let alone = opens("log-alone", &[""]);
    assert!(
        matches!(
            alone,
            (Err(StoreError::LogMissing(_)), Err(StoreError::LogMissing(_)), Err(StoreError::LogMissing(_)))
        ),
        "{alone:?}"
    );
    // The way out is a copy that is made on purpose; so are backups of a relay that runs.
    let lost = copied(&original, "log-lost", &[""]);
    let (without, fault) = Store::as_it_is(&lost).expect("something to copy");
    assert!(matches!(fault, Some(StoreError::LogMissing(_))), "{fault:?}");
    for (name, source, documents) in [("log-backup-lost", &without, 0), ("log-backup", &store, 1)] {
        let folder = folder(name);
        std::fs::create_dir_all(&folder).expect("a folder");
        source.backup(&folder.join(FILE)).expect("a backup");
        let opened = Store::open(&folder).expect("a store");
        assert_eq!(opened.records().expect("records").0.len(), documents, "{name}");
    }
    // Another program that merges the log, as SQLite's own does, leaves a whole database.
    let merged = copied(&original, "log-merged", &["", "-wal"]);
    let changed =
        Connection::open(merged.join(FILE)).and_then(|db| db.execute("UPDATE runs SET first_seq = first_seq", []));
    assert_eq!(changed.expect("a change"), 1);
    assert!(!merged.join(format!("{FILE}-wal")).exists());
    assert!(Store::open(&merged).is_ok());
    // After a stop there is one file, and it is whole.
    let reader = store.reader().expect("a reader");
    reader.records().expect("records");
    drop(reader);
    store.finish();
    assert!(!original.join(format!("{FILE}-wal")).exists());
    assert!(matches!(opens("log-stopped", &[""]), (Ok(1), Ok(()), Ok(1))));
}

#[test]
fn a_long_log_is_merged_and_what_follows_is_still_missed() {
    let original = folder("long-log");
    let mut store = Store::open(&original).expect("a new store");
    store.begin_run().expect("a run");
    store.set_meta("big", &"x".repeat(3 << 20)).expect("room");
    assert!(log::length(&store.path) > 3 << 20);
    store.merge_at = 1 << 20;
    store.commit(&batch(&["a"]), &mut ActorNumbers::default(), 1).expect("a commit");
    assert!(log::length(&store.path) < 1 << 20, "{}", log::length(&store.path));
    let alone = copied(&original, "long-log-alone", &[""]);
    assert!(matches!(Store::open(&alone), Err(StoreError::LogMissing(_))));
    // A relay that dies between the steps has its log beside it, and nothing is missing.
    store.set_meta("log", "apart").expect("a value");
    let died = copied(&original, "long-log-died", &["", "-wal"]);
    drop(Store::existing(&died).expect("a look by the command line"));
    let mut store = Store::open(&died).expect("the store");
    assert_eq!(store.records().expect("records").0.len(), 1);
    store.begin_run().expect("a run");
    store.finish();
    assert!(Store::open(&died).is_ok());
}

#[cfg(unix)]
#[test]
fn what_was_open_to_others_is_closed_to_them() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder("private");
    std::fs::create_dir_all(&folder).expect("a folder");
    let set = |path: &Path, mode| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
    set(&folder, 0o755).expect("a change");
    let modes = || {
        let entries = std::fs::read_dir(&folder).expect("a folder").map(|entry| entry.expect("an entry").path());
        let paths: Vec<PathBuf> = entries.chain([folder.clone()]).collect();
        let mode = |path: &PathBuf| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o077;
        paths.iter().map(|path| (path.clone(), mode(path))).collect::<Vec<_>>()
    };
    for round in ["new", "that was there"] {
        let mut store = Store::open(&folder).expect("a store");
        store.begin_run().expect("a run");
        assert!(modes().len() >= 4, "the database, its log, the lock and the folder");
        for (path, others) in modes() {
            assert_eq!(others, 0, "{round}: {}", path.display());
        }
        drop(store);
        for (path, _) in modes() {
            set(&path, if path == folder { 0o755 } else { 0o644 }).expect("a change");
        }
    }
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn whoever_ceases_to_manage_leaves_no_invitation_behind() {
    let folder = folder("invitations");
    let mut store = Store::open(&folder).expect("a new store");
    let [mut office, other] = ["office", "other"].map(|key| Member::new(MemberId::from_key(key), key, key));
    office.roles = vec![Role::CampaignOffice];
    let by = Author { member: Some(office.id), ..Author::console(1) };
    for (number, author) in [(1, &by), (2, &Author { member: Some(other.id), ..by.clone() })] {
        let new = NewInvitation { id: number.to_string(), digest: [number; 32], member: other.id, expires: 1_000 };
        store.invite(author, std::slice::from_ref(&new)).expect("an invitation");
    }
    let after = Member { left: true, ..office.clone() };
    let edits = vec![Edit::member(Some(office), after)];
    let step = Step { from: 1, mark: String::new(), edits };
    store.advance_roster(&by, &Roster::default(), &step).expect("a step");
    let open =
        |number: u8| store.invitation(&[number; 32]).expect("a look").is_some_and(|found| found.revoked.is_none());
    assert_eq!([open(1), open(2)], [false, true]);
}

#[test]
fn whom_documents_name_is_found_among_those_asked_for() {
    use std::collections::BTreeSet;

    use huigao_shared::authorship::{AuthorRows, Binding};
    use huigao_shared::ids::actor_of;

    let folder = folder("named");
    let mut store = Store::open(&folder).expect("a new store");
    let [author, owner, bound, nobody] = ["author", "owner", "bound", "nobody"].map(MemberId::from_key);
    let mut batch = batch(&["a"]);
    let commit = &mut batch.documents[0];
    commit.space = Arc::new(Space::Opinions(Box::new(Space::Private(owner)), author));
    commit.changes[0].meta.actor = actor_of(author, [7; 8]);
    let actor = actor_of(nobody, [1; 8]);
    commit.authors = AuthorRows { bound: vec![Binding { actor, member: bound }], handed: Vec::new() };
    store.commit(&batch, &mut ActorNumbers::default(), 0).expect("a commit");
    let named = store.named(&BTreeSet::from([author, owner, bound, nobody])).expect("an answer");
    assert_eq!(named, BTreeSet::from([author, owner, bound]));
    assert_eq!(store.named(&BTreeSet::from([nobody])).expect("an answer"), BTreeSet::new());
    assert_eq!(store.writers(&[1]).expect("an answer"), BTreeSet::from([author, bound]));
    assert!(store.writers(&[2]).expect("an answer").is_empty());
    let _ = std::fs::remove_dir_all(&folder);
}
