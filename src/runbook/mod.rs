//! [`Document`](crate::syntax::document::Document) → [`Runbook`](model::Runbook): what the blocks mean. Sections get
//! roles, items become steps, fences are read as commands or not, and every reading says why.
//!
//! Invariant: no IO. The words of a language live in `grammar/vocabulary/*.yaml`, not here.

pub mod model;
pub mod phrases;
mod console;
pub mod effect;
mod fences;
mod leads;
mod metadata;
mod sections;
pub mod programs;
pub mod ids;
pub mod shell;
pub mod text;
pub mod sql;
pub mod vocabulary;
pub mod words;
