//! Text → [`Document`](document::Document). The grammar in `grammar/*.pest` says what a line and the mini-languages look
//! like; [`document`] says what comes out. Nothing here knows what a runbook means.
//!
//! Invariant: this is the only room that names `pest` or its `Rule`.

pub mod attributes;
pub mod document;
