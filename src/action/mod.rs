//! What touches the world. The only room that starts processes or opens connections.
//!
//! Each kind of command has its executor, which implements [`crate::driver::ports::Executor`].
//!
//! Invariant: no value marked secret leaves this room, neither in a chunk nor in a file.

pub mod aws;
pub mod cloud;
mod databases;
mod group;
mod http;
pub mod mask;
pub mod secrets;
pub mod shell;
pub mod sql;
mod ssh;
mod world;

pub use world::World;
