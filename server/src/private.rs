//! Files and folders that are nobody else's on this machine.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Result;
use std::path::Path;

/// Makes a folder, unless it is there, that only its owner may look into, and keeps it so.
///
/// # Errors
/// If it cannot be made.
pub fn make_folder(path: &Path) -> Result<()> {
    let mut make = DirBuilder::new();
    make.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut make, 0o700);
    make.create(path)?;
    keep(path);
    Ok(())
}

/// Makes an empty file, unless it is there, that only its owner may read from its first byte on.
///
/// # Errors
/// If it cannot be made.
pub fn make_file(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Takes everybody else's rights from a file or folder that is there. Somebody else's folder stays as it is: the log
/// says so.
pub fn keep(path: &Path) {
    #[cfg(unix)]
    if let Err(error) = take_rights(path) {
        tracing::warn!(path = %path.display(), %error, "others on this machine may be able to read this");
    }
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(unix)]
fn take_rights(path: &Path) -> Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;
    /// Of a folder like `/tmp`, which is everybody's on purpose.
    const STICKY: u32 = 0o1000;
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mode = metadata.permissions().mode();
    if mode & 0o077 == 0 || mode & STICKY != 0 {
        return Ok(());
    }
    std::fs::set_permissions(path, Permissions::from_mode(mode & 0o700))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn others_rights_are_taken_from_what_was_there_before() {
        let folder = std::env::temp_dir().join(format!("huigao-private-{}", std::process::id()));
        let file = folder.join("a");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(&file, "words").expect("a file");
        let mode = |path: &Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
        for (path, before, after) in [(&folder, 0o755, 0o700), (&file, 0o644, 0o600), (&file, 0o400, 0o400)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(before)).expect("a change");
            keep(path);
            assert_eq!(mode(path), after, "{}", path.display());
        }
        keep(&folder.join("nothing"));
        let _ = std::fs::remove_dir_all(&folder);
    }
}
