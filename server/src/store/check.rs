//! `huigao check`: every stored change against its hash, its document's graph, and its record.

use huigao_shared::change::{Budget, check_within};
use huigao_shared::graph::ChangeGraph;
use huigao_shared::ids::DocumentId;

use super::{Store, StoreError};
use crate::hub::Row;

/// What a check found.
#[derive(Debug, Default)]
pub struct Report {
    /// Documents read.
    pub documents: usize,
    /// Changes that are as they should be.
    pub changes: usize,
    /// Entries of the audit log whose chain holds, and the chain's last hash.
    pub audit: (u64, String),
    /// What is not, a sentence each. A document named here is quarantined: it is not served, and kept as it is.
    pub faults: Vec<String>,
}

/// Reads everything.
///
/// # Errors
/// If the table of documents itself cannot be read.
pub fn check(store: &Store) -> Result<Report, StoreError> {
    let (records, unreadable) = store.records()?;
    let mut report = Report { documents: records.len(), ..Report::default() };
    if unreadable > 0 {
        report.faults.push(format!("{unreadable} document records cannot be read"));
    }
    for (id, record) in records {
        match check_document(store, id, record.row) {
            Ok((changes, heads)) if heads == record.heads => report.changes += changes,
            Ok((changes, _)) => {
                report.changes += changes;
                report.faults.push(format!("{id}: its record names other heads than its changes give"));
            }
            Err(fault) => report.faults.push(format!("{id}: {fault}")),
        }
    }
    let chain = store.check_audit()?;
    report.audit = (chain.entries, chain.head);
    report.faults.extend(chain.faults);
    Ok(report)
}

fn check_document(store: &Store, _id: DocumentId, row: Row) -> Result<(usize, Vec<automerge::ChangeHash>), String> {
    let metas = store.graph(row).map_err(|error| error.to_string())?;
    let mut graph = ChangeGraph::default();
    for (number, meta) in (0u32..).zip(&metas) {
        let (_, body) = store
            .body(row, number)
            .map_err(|error| error.to_string())?
            .ok_or(format!("change {number} has no body"))?;
        let found =
            check_within(&body, &mut Budget::MESSAGE.clone()).map_err(|error| format!("change {number}: {error}"))?;
        if found.hash != meta.hash || found.actor != meta.actor || found.seq != meta.seq {
            return Err(format!("change {number}: its bytes are of another change"));
        }
        graph.insert(&found).map_err(|error| format!("change {number}: {error}"))?;
    }
    store.authors(row).map_err(|error| error.to_string())?;
    Ok((metas.len(), graph.heads().to_vec()))
}
