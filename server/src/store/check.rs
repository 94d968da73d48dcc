//! `huigao check`: every stored change against its hash, its document's graph, and its record.

use huigao_shared::graph::ChangeGraph;

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
    /// What is worth knowing and harms nothing, a sentence each.
    pub notes: Vec<String>,
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
        match check_document(store, record.row) {
            Ok(graph) => {
                let withheld = graph.withheld().count();
                report.changes += graph.len() - withheld;
                if withheld > 0 {
                    report.notes.push(format!("{id}: {withheld} changes are out of service"));
                } else if graph.heads() != record.heads {
                    report.faults.push(format!("{id}: its record names other heads than its changes give"));
                }
            }
            Err(fault) => report.faults.push(format!("{id}: {fault}")),
        }
    }
    let chain = store.check_audit()?;
    report.audit = (chain.entries, chain.head);
    report.faults.extend(chain.faults);
    Ok(report)
}

fn check_document(store: &Store, row: Row) -> Result<ChangeGraph, String> {
    store.authors(row).map_err(|error| error.to_string())?;
    store.graph(row).map_err(|error| error.to_string())
}
