//! [`Document`](crate::syntax::document::Document) → [`Runbook`](model::Runbook): what the blocks mean. Sections get
//! roles, items become steps, fences are read as commands or not, and every reading says why.
//!
//! Invariant: no IO. The words of a language live in `grammar/vocabulary/*.yaml`, not here.

pub mod model;
pub mod phrases;
mod carriers;
mod commands;
mod console;
mod decisions;
pub mod effect;
mod fences;
mod finish;
mod leads;
mod metadata;
mod options;
mod prose;
mod reader;
mod sections;
pub mod programs;
pub mod ids;
mod inline_commands;
mod items;
pub mod shell;
pub mod text;
pub mod sql;
pub mod vocabulary;
pub mod words;

pub use reader::read;
