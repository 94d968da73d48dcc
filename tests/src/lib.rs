//! Harness, simulation, relay and load tests over the whole of Huigao.

pub mod load;
pub mod process;
pub mod sim;
