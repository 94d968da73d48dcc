//! The rules of official text: what may enter it, counting characters, the headings that its numbering makes, and what
//! of it is seen.

pub mod count;
pub mod intake;
pub mod lines;
pub mod outline;
pub mod renumber;
pub mod seen;
