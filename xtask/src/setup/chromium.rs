//! The browser that the browser tests drive, and a Chinese font for it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::setup::machine;
use crate::sh;

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FONTS: &str = "fonts-noto-cjk";

/// The path of Chromium: the one that `CHROMIUM` names, or the first that is installed, which
/// Debian's package manager is asked to see to where that needs nobody's leave.
pub fn ensure() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        let path = PathBuf::from(named);
        ensure!(path.is_file(), "CHROMIUM names {}, and no program is there: correct or unset it.", path.display());
        return Ok(path);
    }
    if machine::may_install_packages() {
        let mut missing = Vec::new();
        if find().is_none() {
            missing.push("chromium");
        }
        if !machine::has_package(FONTS) {
            missing.push(FONTS);
        }
        if !missing.is_empty() {
            machine::install_packages(&missing)?;
        }
    } else if !has_chinese_font() {
        println!(
            "A Chinese font is missing, so screenshots will show boxes: install one with \
             `apt-get install {FONTS}`."
        );
    }
    find().context(
        "Chromium is missing: install it with `apt-get install chromium` (Ubuntu: `snap install \
         chromium`), or name another build of it in CHROMIUM.",
    )
}

fn find() -> Option<PathBuf> {
    NAMES.iter().find_map(|name| machine::find(name))
}

/// Whether fontconfig knows a font for Chinese. Systems without fontconfig bring one.
fn has_chinese_font() -> bool {
    machine::find("fc-list")
        .is_none_or(|list| sh::output(Command::new(list).arg(":lang=zh")).is_ok_and(|fonts| !fonts.is_empty()))
}
