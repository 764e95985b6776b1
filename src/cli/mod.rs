//! The command line: arguments, one file per subcommand, exit codes.
//!
//! Invariant: the only room, with `operator`, that prints; nothing but `main` ends the process.

pub mod args;
mod check;
mod edited;
mod exit;
mod find;
mod load;
mod note;
mod out;
mod plan;
mod rollback;
mod resume;
mod run;
mod session;
mod time;
mod values;

pub use exit::Exit;

use args::{Cli, Command};
use clap::Parser;

/// Reads the arguments, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // Nothing can be done about a closed standard error.
            return if error.print().is_ok() { code } else { Exit::Usage };
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(args),
        Command::Resume(args) => resume::run(args),
        Command::Rollback(args) => rollback::run(args),
        Command::Check(args) => check::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Note(args) => note::run(args),
    };
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            out::error(&failure);
            failure.exit()
        }
    }
}
