//! `huigao check`

use std::path::Path;

use anyhow::{Result, bail};

use crate::store::{Store, check, deep};

pub(super) fn run(data: &Path, is_deep: bool) -> Result<()> {
    let store = Store::existing(data)?;
    let mut report = check(&store)?;
    if is_deep {
        // Automerge says where it panics; what is printed here says it better.
        std::panic::set_hook(Box::new(|_| {}));
        report.faults.extend(deep(&store)?);
        let _ = std::panic::take_hook();
    }
    println!("{} documents, {} changes verified", report.documents, report.changes);
    println!("{} entries of the audit log follow from each other; the last hash is {}", report.audit.0, report.audit.1);
    for note in &report.notes {
        println!("note: {note}");
    }
    for fault in &report.faults {
        println!("quarantined: {fault}");
    }
    if report.faults.is_empty() {
        println!("all is well");
        return Ok(());
    }
    bail!(
        "{} faults: what is named above is kept but not served; make a backup. A damaged or missing body is brought again by a device that holds the document and whose user may write in it, as soon as it is opened there; all else is restored from an older backup",
        report.faults.len()
    )
}
