//! What touches the world. The only room that starts processes or opens connections.
//!
//! Each kind of command has its executor, which implements [`crate::driver::ports::Executor`].
//!
//! Invariant: no value marked secret leaves this room, neither in a chunk nor in a file.

pub mod aws;
mod call;
pub mod cloud;
mod databases;
mod group;
pub mod http;
pub mod mask;
pub mod secrets;
pub mod shell;
pub mod sql;
mod ssh;
mod world;

pub use call::Calls;
pub use world::World;

/// Where a connection of an inventory leads, with its password.
///
/// # Errors
/// When there is none, its address cannot be read, or its password is not where it should be.
pub async fn target(inventory: &crate::inventory::Inventory, name: &str) -> Result<sql::Target, String> {
    databases::Databases::target(inventory, name).await
}
