//! `huigao check`

use std::path::Path;

use anyhow::{Result, bail};

use crate::store::{Store, check};

pub(super) fn run(data: &Path) -> Result<()> {
    let report = check(&Store::existing(data)?)?;
    println!("{} documents, {} changes verified", report.documents, report.changes);
    println!("{} entries of the audit log follow from each other; the last hash is {}", report.audit.0, report.audit.1);
    for fault in &report.faults {
        println!("quarantined: {fault}");
    }
    if report.faults.is_empty() {
        println!("all is well");
        return Ok(());
    }
    bail!(
        "{} faults: what is named above is kept but not served; make a backup, then restore it from an older one",
        report.faults.len()
    )
}
