//! Facts about the machine, and the C compiler that the relay's SQLite needs.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, ensure};

use crate::sh;

/// The path of a program, if it can be found.
pub fn find(program: &str) -> Option<PathBuf> {
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(&file)).find(|candidate| candidate.is_file())
}

/// Whether Debian packages may be installed without asking anybody: Debian itself (Ubuntu has no
/// `chromium` package) and root.
pub fn may_install_packages() -> bool {
    let debian =
        std::fs::read_to_string("/etc/os-release").is_ok_and(|text| text.lines().any(|line| line == "ID=debian"));
    let root = || sh::output(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    debian && root()
}

/// Whether a Debian package is installed.
pub fn has_package(name: &str) -> bool {
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat=${Status}", name]);
    query.stderr(std::process::Stdio::null());
    sh::output(&mut query).is_ok_and(|status| status == "install ok installed")
}

/// Installs Debian packages.
pub fn install_packages(names: &[&str]) -> Result<()> {
    println!("Installing {} …", names.join(", "));
    sh::run(apt().arg("update"))?;
    sh::run(apt().args(["install", "-y", "--no-install-recommends"]).args(names))
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").arg("-q");
    command
}

/// Makes sure that there is a C compiler.
pub fn ensure_c_compiler() -> Result<()> {
    let named = std::env::var_os("CC").is_some();
    ensure!(
        named || ["cc", "gcc", "clang", "cl"].iter().any(|name| find(name).is_some()),
        "A C compiler is missing: install it with `apt-get install build-essential` \
         (macOS: `xcode-select --install`), or name yours in CC."
    );
    Ok(())
}
