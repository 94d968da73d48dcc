//! What the app and the relay must agree on.
//!
//! Owns: ids, spaces and access, the roster's shape, the wire, the change graph, labels,
//! and the rules of official text (counting, headings). May not touch: IO, clocks, randomness,
//! the browser, or any framework. Everything here is a function of its arguments.

pub mod access;
pub mod audit;
pub mod authority;
pub mod authorship;
pub mod catalogue;
pub mod change;
pub mod columns;
pub mod document;
pub mod graph;
pub mod ids;
pub mod operations;
pub mod roster;
mod runs;
pub mod shape;
pub mod space;
pub mod template;
pub mod text;
pub mod wire;
