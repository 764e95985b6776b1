//! Timelines and post-mortems, made from records alone; figures over many runs, drills that are due, what objectives cost.
//!
//! Invariant: no file system, no terminal, no clock. What the journal does not know is said to be unknown, or left as a
//! blank that can be searched for; nothing is made up. Text from runbooks, people and hosts is made inert on its way out.

pub mod calendar;
pub mod drills;
pub mod facts;
mod grid;
pub mod interval;
pub mod notices;
pub mod objective;
pub mod objectives;
pub mod postmortem;
pub mod render;
pub mod runs;
pub mod sentence;
pub mod sheet;
pub mod show;
pub mod stats;
pub mod summary;
pub mod text;
pub mod timeline;
pub mod words;

pub use facts::{Facts, Roles, roles};
pub use postmortem::{Format, Options, PostMortem, postmortem};
pub use render::ReportError;
pub use show::{ShowOptions, Shown};
pub use timeline::{Row, TimelineOptions};

#[cfg(test)]
mod tests;
