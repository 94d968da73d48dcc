//! The rules of official text: counting characters, and the headings that its numbering makes.

pub mod count;
pub mod outline;
