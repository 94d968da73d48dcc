//! Renumbering headings, as edits of the text.

use huigao_shared::text::renumber::{Rewrite, renumber as rewrites};

use huigao_protocol::command::Splice;

/// The edits that put all numbers of a text in order, last one first, so that none moves another.
pub fn renumber(text: &str) -> Vec<Splice> {
    let splice = |Rewrite { at, delete, insert }| Splice { at, delete, insert };
    rewrites(text).into_iter().map(splice).collect()
}
