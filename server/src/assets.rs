//! The built app: from inside the binary, or from a folder while developing.

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

#[cfg(feature = "embed")]
#[derive(rust_embed::Embed)]
#[folder = "$HUIGAO_DIST"]
struct Embedded;

/// Where files come from.
#[derive(Clone, Debug)]
pub enum Assets {
    /// From the binary (feature `embed`; without it there are none).
    Embedded,
    /// From a folder.
    Folder(PathBuf),
}

impl Assets {
    /// The file at a path without a leading slash; none if there is none.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            #[cfg(feature = "embed")]
            Self::Embedded => Embedded::get(path).map(|file| file.data),
            #[cfg(not(feature = "embed"))]
            Self::Embedded => None,
            Self::Folder(folder) => {
                let relative = Path::new(path);
                // Nothing outside the folder, by whatever spelling.
                let plain = relative.components().all(|part| matches!(part, Component::Normal(_)));
                plain.then(|| std::fs::read(folder.join(relative)).ok()).flatten().map(Cow::Owned)
            }
        }
    }
}
