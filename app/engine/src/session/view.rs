//! What pages show: plain values, computed from the session, with no logic left to do.

pub use huigao_protocol::view::*;
