//! Harness, simulation, relay and load tests over the whole of Huigao.

pub mod broken;
pub mod device;
pub mod fuzz;
pub mod load;
pub mod process;
pub mod sim;
