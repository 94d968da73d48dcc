use std::sync::Arc;

use automerge::transaction::Transactable;
use automerge::{Automerge, ROOT};
use bytes::Bytes;
use huigao_shared::authority::{Edit, Step};
use huigao_shared::change;
use huigao_shared::ids::{DeviceId, DocumentId, MemberId};
use huigao_shared::roster::{Member, Role, Roster};
use huigao_shared::space::Space;

use super::write::ActorNumbers;
use super::*;
use crate::hub::{Batch, DocumentCommit, NewChange};

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
        }],
    }
}

#[test]
fn what_was_committed_is_there_after_reopening_and_twice_is_once() {
    let folder = folder("reopen");
    let batch = batch(&["a", &"长".repeat(400)]);
    let mut store = Store::open(&folder).expect("a new store");
    store.commit(&batch, &mut ActorNumbers::default()).expect("a commit");
    store.commit(&batch, &mut ActorNumbers::default()).expect("the same again");
    drop(store);
    let store = Store::open(&folder).expect("the store");
    let metas = store.graph(1).expect("a graph");
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
fn a_flipped_byte_is_found_and_names_the_document() {
    let folder = folder("flip");
    let mut store = Store::open(&folder).expect("a new store");
    store.commit(&batch(&["a", "b"]), &mut ActorNumbers::default()).expect("a commit");
    store.db.execute("UPDATE changes SET body = zeroblob(length(body)) WHERE number = 1", []).expect("an update");
    let report = check(&store).expect("a report");
    assert_eq!(report.faults.len(), 1, "{:?}", report.faults);
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn foreign_newer_and_broken_files_are_refused() {
    let folder = folder("refuse");
    drop(Store::open(&folder).expect("a new store"));
    let path = folder.join(FILE);
    Connection::open(&path).and_then(|db| db.pragma_update(None, "user_version", 99)).expect("a newer version");
    assert!(matches!(Store::open(&folder), Err(StoreError::Newer { found: 99, .. })));
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
fn two_changes_never_share_a_place() {
    let folder = folder("places");
    let mut store = Store::open(&folder).expect("a new store");
    let first = batch(&["a"]);
    store.commit(&first, &mut ActorNumbers::default()).expect("a commit");
    let other = store.commit(&batch(&["b"]), &mut ActorNumbers::default());
    assert!(matches!(other, Err(StoreError::Row { document: 1, row: 0, .. })), "{other:?}");
    assert_eq!(store.bodies(1, &[0], 1).expect("bodies")[0].1, first.documents[0].changes[0].body);
}

#[test]
fn a_data_folder_has_one_relay() {
    let folder = folder("alone");
    let store = Store::open(&folder).expect("a new store");
    let first = store.alone().expect("nobody else");
    let other = Store::existing(&folder).expect("the command line may come beside it");
    assert!(matches!(other.alone(), Err(StoreError::InUse)));
    drop(first);
    assert!(other.alone().is_ok());
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
