//! The rules of official text: counting characters, the headings that its numbering makes, and what of it is seen.

pub mod count;
pub mod outline;
pub mod renumber;
pub mod seen;
