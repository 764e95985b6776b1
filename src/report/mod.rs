//! Timelines and post-mortems, made from records alone; figures over many runs, drills that are due, what objectives cost.
//!
//! Invariant: no file system, no terminal, no clock. What the journal does not know is said to be unknown, or left as a
//! blank that can be searched for; nothing is made up. Text from runbooks, people and hosts is made inert on its way out.

pub mod actions;
pub mod band;
pub mod breakdown;
pub mod calendar;
pub mod called;
pub mod catalogue;
pub mod claims;
pub mod drill;
pub mod drills;
pub mod elsewhere;
pub mod entry;
pub mod facts;
mod grid;
pub mod impact;
pub mod interval;
pub mod keep;
pub mod notices;
pub mod objective;
pub mod objectives;
pub mod patch;
pub mod postmortem;
pub mod render;
pub mod runs;
pub mod sentence;
pub mod sheet;
pub mod show;
pub mod stats;
pub mod steps;
pub mod summary;
pub mod text;
pub mod timeline;
pub mod words;

pub use called::Called;
pub use drill::{DrillOptions, drill_report};
pub use elsewhere::Elsewhere;
pub use facts::{Facts, Roles, roles};
pub use patch::Stored;
pub use postmortem::{Format, Options, PostMortem, postmortem};
pub use render::ReportError;
pub use show::{ShowOptions, Shown};
pub use timeline::{Row, TimelineOptions};

#[cfg(test)]
mod tests;
