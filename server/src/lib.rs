//! The relay: one axum binary, `huigao`, that serves the app and syncs documents.
//!
//! `hub` decides on documents, `office` on people, `store` keeps, `driver` moves bytes and time between them, `http` is the door.

pub mod assets;
pub mod audit_file;
pub mod cli;
pub mod demo;
pub mod driver;
pub mod http;
pub mod hub;
pub mod inflow;
pub mod listener;
pub mod metrics;
pub mod office;
pub mod private;
pub mod roster_file;
pub mod store;
pub mod tls;
