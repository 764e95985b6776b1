//! `runbook` runs Markdown runbooks: it reads them, plans them, leads an operator through them, writes down
//! everything that happens, and makes timelines and post-mortems from that record.
//!
//! # The map of the house
//!
//! ```text
//!  RB-001.md ──syntax──▶ Document ──runbook──▶ Runbook ──plan──▶ Plan ─┐
//!  (text)     (pest)     (blocks)   (meaning)   (steps…)  (graph)       │
//!                                                                       ▼
//!               terminal / answers file ◀─ ports ─ driver ◀──▶ engine (pure: Event, RunState, decide, due)
//!               shell                   ◀─ ports ─┘  │
//!                                                    ▼
//!                                         journal (append-only, fsync, hash chain)
//!                                                    │ fold
//!                                                    ▼
//!                               report: timeline, post-mortem ──templates──▶ md / html / json / tables
//! ```
//!
//! Rooms from the ground up; each may use only the rooms above it in this list (`tests/house.rs` enforces it):
//!
//! | room | what it holds |
//! |---|---|
//! | [`source`] | spans and line tables |
//! | [`diagnostic`] | messages that point at the text, and how they are drawn |
//! | [`position`] | GTIDs and LSNs, and which comes after which |
//! | [`syntax`] | the pest grammar and the block builder: text → `Document`; attributes, durations, blanks, placeholders |
//! | [`runbook`] | `Document` → `Runbook`: roles, steps, commands and their reading, decisions; the vocabularies |
//! | [`inventory`] | what a runbook's names lead to: hosts, groups, connections, AWS; secrets by reference |
//! | [`check`] | lints and the honesty report |
//! | [`plan`] | `Runbook` → `Plan`: the executable graph and its views; rendering of `{{ … }}` |
//! | [`engine`] | the pure state machine |
//! | [`journal`] | the durable record of a run |
//! | [`driver`] | the loop and its ports |
//! | [`action`] | what touches the world: shell sessions |
//! | [`monitor`] | what watches beside a run: outages, RTO, RPO |
//! | [`operator`] | the terminal and the answers file |
//! | [`report`] | timelines and post-mortems |
//! | [`cli`] | arguments, subcommands, exit codes |
#![deny(missing_docs)]

pub mod action;
pub mod check;
pub mod cli;
pub mod diagnostic;
pub mod driver;
pub mod engine;
pub mod inventory;
pub mod journal;
pub mod monitor;
pub mod operator;
pub mod plan;
pub mod position;
pub mod report;
pub mod runbook;
pub mod source;
pub mod syntax;
