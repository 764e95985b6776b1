//! The command line, from outside: every promise of its contract, and everything that can be wrong with what comes in.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod calls;
mod catalogue;
mod drills;
mod exits;
mod files;
mod history;
mod index;
mod journals;
mod lints;
mod loops;
mod objectives;
mod parts;
mod patch;
mod reports;
mod secrets;
mod stats;
mod stats_sql;
mod yes;

/// Two commands, the first leaves a trace.
pub const PLAIN: &str = "\
---
id: T-1
---
# Plain

## Procedure

1. Leave a trace.
   ```bash {#trace}
   echo trace >> trace
   ```
2. Look.
   ```bash {#look effect=read}
   echo looked
   ```
";
