//! The rules of official text: what may enter it, counting characters, and the headings that its numbering makes.

pub mod count;
pub mod intake;
pub mod outline;
