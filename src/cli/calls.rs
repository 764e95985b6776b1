//! Other runbooks, called from within a run: what their runs are given, and who may call whom.

use super::args::{Drive, RunFormat};
use super::exit::Failure;
use super::out;
use crate::action::Calls;
use crate::engine::event::{Caller, Mode, RunHead};
use crate::journal;
use crate::operator::reporter::OUTPUT_INDENT;
use crate::operator::{Answers, Style};
use crate::plan::model::Plan;
use crate::runbook::model::Language;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What calls from a run need to know of it. They get the options that it got itself; values that were said to it since are
/// not handed on, because the same name may mean something else in another text.
pub fn of(drive: &Drive, runs_dir: &Path, head: &RunHead, answers: BTreeMap<String, PathBuf>, who: &str) -> Calls {
    let mut shared = vec!["--runs-dir".to_owned(), runs_dir.display().to_string()];
    let mut say = |option: &str, value: &str| shared.extend([option.to_owned(), value.to_owned()]);
    say("--operator", who);
    drive.vars.iter().for_each(|var| say("--var", var));
    drive.var_files.iter().for_each(|file| say("--var-file", &file.display().to_string()));
    if drive.yes {
        shared.push("--yes".to_owned());
    }
    let mode = match head.mode {
        Mode::Tabletop => "tabletop",
        Mode::Walkthrough => "walkthrough",
        Mode::Simulation => "simulation",
        Mode::Live => "live",
    };
    let mut begin = vec!["--mode".to_owned(), mode.to_owned()];
    if let Some(environment) = &head.environment {
        begin.extend(["--inventory".to_owned(), environment.inventory.clone()]);
    }
    if let Some(start) = &head.incident_start {
        begin.extend(["--incident-start".to_owned(), start.clone()]);
    }
    Calls {
        program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("runbook")),
        folder: Path::new(&head.path).parent().map(Path::to_owned).unwrap_or_default(),
        runs_dir: runs_dir.to_owned(),
        run: head.run.clone(),
        begin,
        drive: shared,
        answers,
        columns: Style::of_stdout().width.saturating_sub(OUTPUT_INDENT),
        terminal: drive.format == RunFormat::Human && crate::operator::style::interactive(),
    }
}

/// The answers files that an answers file names for calls, by node; read from its own folder. One that is not there is found out
/// now, and not in the middle of an incident.
pub fn answers(answers: Option<&Answers>, plan: &Plan) -> Result<BTreeMap<String, PathBuf>, Failure> {
    let mut found = BTreeMap::new();
    let Some(answers) = answers else { return Ok(found) };
    let folder = Path::new(answers.name()).parent().unwrap_or(Path::new(""));
    for node in &plan.nodes {
        let Some(file) = answers.call(&node.id, &plan.step_of(node).id) else { continue };
        let path = folder.join(file);
        if !path.is_file() {
            let message =
                format!("`{}`: there is no file `{}` to answer what is called", answers.name(), path.display());
            return Err(Failure::usage(
                message,
                "nothing was run; it is looked for from the folder of the answers file",
            ));
        }
        found.insert(node.id.clone(), path);
    }
    Ok(found)
}

/// The place that calls a run that begins. A runbook that is open further up is not begun again: its link back means that this one
/// is to end.
pub fn caller(said: Option<&str>, runs_dir: &Path, path: &Path) -> Result<Option<Caller>, Failure> {
    let Some(said) = said else { return Ok(None) };
    let mut pieces = said.splitn(3, '/');
    let place = (pieces.next(), pieces.next().and_then(|visit| visit.parse().ok()), pieces.next());
    let (Some(run), Some(visit), Some(node)) = place else {
        return Err(Failure::usage(
            format!("`--called-by {said}` names no step"),
            "write `--called-by RUN/VISIT/STEP`",
        ));
    };
    let caller = Caller { run: run.to_owned(), node: node.to_owned(), visit };
    let runs = journal::list(runs_dir)?;
    // `sub/../a.md` and a link to it are `a.md` too.
    let whole = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let begins = whole(path);
    let (mut next, mut seen) = (Some(caller.run.clone()), 0);
    while let Some(entry) = next.and_then(|run| runs.iter().find(|entry| entry.run == run)) {
        let Some(head) = &entry.head else { break };
        if whole(Path::new(&head.path)) == begins {
            return Err(Failure::usage(
                format!("`{}` is open already, as run {}: it leads here", path.display(), head.run),
                "nothing was run; say that this step is done, and end this run to go back there",
            ));
        }
        seen += 1;
        next = head.called_by.as_ref().map(|by| by.run.clone()).filter(|_| seen <= runs.len());
    }
    Ok(Some(caller))
}

/// Says on the screen that a run is a part of another, so that nobody wonders who is asking.
pub fn announce(caller: Option<&Caller>, language: Language) {
    if let Some(caller) = caller {
        out::warn(&match language {
            Language::En => {
                format!("called by run {} (`{}`), which goes on when this one ends\n", caller.run, caller.node)
            }
            Language::Fr => format!(
                "appelée par l'exécution {} (`{}`), qui reprend à la fin de celle-ci\n",
                caller.run, caller.node
            ),
        });
    }
}
