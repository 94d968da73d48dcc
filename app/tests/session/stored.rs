//! What stays on the device, and what does not.

use huigao_app::port::ProfileContents;
use huigao_app::session::event::Write;
use huigao_app::session::view::SyncState;
use huigao_shared::catalogue::Cursor;
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
    let mut tab = Tab::open_with(ProfileContents { meta, documents: documents.collect() });
    assert_eq!(tab.session.status().sync, SyncState::OfflineSaved);
    let deleted: Vec<Write> = tab.transactions().into_iter().flatten().collect();
    assert!(deleted.contains(&Write::DeleteMeta { key: mark }));
    assert!(deleted.contains(&Write::DeleteMeta { key: "cursor".to_owned() }));
}
