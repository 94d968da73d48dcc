//! What must be on the machine besides Rust. Each part installs what it can, and otherwise says
//! in one sentence what is missing and which command installs it.

pub mod chromium;
pub mod machine;
pub mod node;
pub mod rust_target;
