//! The loop: input → `decide` → append and sync → `apply` → reporters → `due` → effects, whose completion is the next input.
//! Everything that touches the world comes in through the [`ports`].
//!
//! Invariant: the only room that reads the clock. A journal error stops the run; a reporter's error only warns.

pub mod clock;
pub mod core;
pub mod execute;
pub mod ports;
pub mod run;
pub mod signals;
