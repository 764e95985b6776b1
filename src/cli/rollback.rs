//! `runbook rollback`: the way back, on purpose.

use super::args::RollbackArgs;
use super::exit::Result;
use super::{find, resume, session};
use crate::engine::decide::Input;
use crate::engine::event::Actor;
use crate::journal::{self, Which};

/// Does it.
pub fn run(args: RollbackArgs) -> Result {
    let runs_dir = find::runs_dir(&args.drive.runs)?;
    let entry = journal::resolve(&runs_dir, Some(&args.run), Which::Any)?;
    let answers = session::answers(&args.drive)?;
    let by = Actor::Operator(session::operator(&args.drive, answers.as_ref()));
    resume::take_up(&args.drive, &entry.directory, args.edited, &[Input::Rollback { reason: args.reason, by }])
}
