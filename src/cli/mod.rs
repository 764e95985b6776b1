//! The command line: arguments, one file per subcommand, exit codes.
//!
//! Invariant: the only room, with `operator`, that prints; nothing but `main` ends the process.

pub mod args;
mod calls;
mod catalogue;
mod check;
mod drills;
mod edited;
mod exit;
mod explain;
pub mod figures_args;
mod find;
mod inventory;
mod load;
mod new;
mod note;
mod objectives;
mod out;
mod plan;
mod postmortem;
mod reports;
mod resume;
mod rollback;
mod run;
mod sarif;
mod session;
mod stats;
mod time;
mod values;

pub use exit::Exit;

use args::{Cli, Command};
use clap::{CommandFactory, Parser};

/// Reads the arguments, does what they say, and gives the exit code.
#[must_use]
pub fn main() -> Exit {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { Exit::Usage } else { Exit::Done };
            // Whoever closed the pipe has seen enough of a help text; nothing can be done about a closed standard error.
            return match error.print() {
                Err(closed) if closed.kind() != std::io::ErrorKind::BrokenPipe => Exit::Usage,
                _ => code,
            };
        }
    };
    let result = match cli.command {
        Command::Run(args) => run::run(&args),
        Command::Resume(args) => resume::run(&args),
        Command::Rollback(args) => rollback::run(args),
        Command::Check(args) => check::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Note(args) => note::run(args),
        Command::Timeline(args) => reports::timeline(&args),
        Command::Postmortem(args) => postmortem::postmortem(&args),
        Command::DrillReport(args) => postmortem::drill_report(&args),
        Command::Runs(args) => reports::runs(&args),
        Command::Show(args) => reports::show(&args),
        Command::Journal(args) => reports::journal(&args),
        Command::Stats(args) => stats::run(&args),
        Command::Drills(args) => drills::run(&args),
        Command::Objectives(args) => objectives::run(&args),
        Command::Catalogue(args) => catalogue::run(&args),
        Command::New(args) => new::run(args),
        Command::Completions { shell } => completions(shell),
        Command::Man => man(),
    };
    match result {
        Ok(exit) => exit,
        Err(failure) => {
            out::error(&failure);
            failure.exit()
        }
    }
}

fn completions(shell: clap_complete::Shell) -> exit::Result {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "runbook", &mut text);
    out::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}

fn man() -> exit::Result {
    let mut text = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut text)
        .map_err(|e| exit::Failure::system("write the manual page", e))?;
    out::print(&String::from_utf8_lossy(&text))?;
    Ok(Exit::Done)
}
