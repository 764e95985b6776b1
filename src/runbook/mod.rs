//! [`Document`](crate::syntax::document::Document) → [`Runbook`](model::Runbook): what the blocks mean. Sections get
//! roles, items become steps, fences are read as commands or not, and every reading says why.
//!
//! Invariant: no IO. The words of a language live in `grammar/vocabulary/*.yaml`, not here.

mod arrows;
mod blanks;
mod carriers;
mod cases;
mod commands;
mod conditional_items;
mod console;
mod decisions;
mod doubts;
mod each;
pub mod effect;
mod expectations;
mod fences;
mod finish;
mod folds;
mod headed_ways;
mod headings;
pub mod ids;
mod inline_commands;
mod items;
mod labels;
mod leads;
mod leaves;
mod lists;
mod mentions;
mod metadata;
pub mod model;
mod numbered;
mod options;
mod own_programs;
mod parts;
pub mod phrases;
mod places;
pub mod programs;
mod prose;
mod reader;
mod rows;
mod says;
mod sections;
mod sentences;
pub mod shell;
pub mod sql;
pub mod tables;
mod tabs;
pub mod terminal;
pub mod text;
mod typed_lists;
mod unfenced;
mod verdicts;
pub mod vocabulary;
mod ways;
pub mod words;

pub use reader::read;

/// Reads the words of the languages and the names of programs ahead of the first page, while other work is done.
pub fn warm_up() {
    std::thread::spawn(|| std::sync::LazyLock::force(&programs::PROGRAMS));
    std::thread::spawn(|| std::sync::LazyLock::force(&vocabulary::VOCABULARY));
}
