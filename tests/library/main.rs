//! The runbook library, run for real: each module sets a lab up by its own runbook, breaks something in it, leads the
//! incident's or maintenance's runbook to its end without a terminal, and looks at the servers with its own eyes.
//!
//! Needs what `.ci/install` installs. Without the servers on the machine the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod lab;
mod pages;

mod aws;
mod data;
mod galera;
mod topology;
