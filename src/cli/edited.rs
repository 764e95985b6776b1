//! A runbook that was edited since its run began: show what changed, and ask.

use super::args::EditedArg;
use super::exit::Failure;
use super::run::stored_name;
use super::{load, out};
use crate::engine::state::RunState;
use crate::journal::{self, Damage, JournalError};
use crate::plan::digest::sha256;
use crate::plan::model::Plan;
use crate::source::Source;
use similar::TextDiff;
use std::io::Write as _;
use std::path::Path;

/// The plan to go on with.
pub struct Followed {
    /// The plan.
    pub plan: Plan,
    /// Digest of its text.
    pub source: String,
    /// It is another text than the run followed before.
    pub edited: bool,
}

/// Chooses between the stored text and the present one; `None` when nobody is there to say.
pub fn follow(directory: &Path, state: &RunState, choice: Option<EditedArg>) -> Result<Option<Followed>, Failure> {
    let Some(head) = &state.head else {
        return Err(Failure::usage("nothing was recorded of this run", "start it again"));
    };
    // What it links to lies beside the original, not beside the copy.
    let stored = Source { name: head.path.clone(), ..stored(directory, &head.source)? };
    let current = load::source(Path::new(&head.path)).ok().filter(|c| c.text != stored.text);
    let Some(current) = current else {
        return stored_plan(stored, head.source.clone(), &head.plan, choice);
    };
    let chosen = match choice {
        Some(choice) => Some(choice),
        None => ask(&stored, &current, &head.path)?,
    };
    match chosen {
        None => Ok(None),
        Some(EditedArg::Stored) => stored_plan(stored, head.source.clone(), &head.plan, choice),
        Some(EditedArg::Current) => {
            let digest = sha256(current.text.as_bytes());
            let bytes = current.text.to_string().into_bytes();
            let (_, _, plan) = load::planned(load::understand(current))?;
            fits(&plan, state)?;
            journal::put_file(directory, &stored_name(&digest), &bytes)?;
            Ok(Some(Followed { plan, source: digest, edited: true }))
        }
    }
}

/// The text that the run followed so far, from beside its journal. Anything else there is damage, as in the journal itself.
fn stored(directory: &Path, digest: &str) -> Result<Source, Failure> {
    let file = stored_name(digest);
    let path = directory.join(&file);
    let broken = |why: String| JournalError::Broken {
        path: directory.join(journal::JOURNAL),
        seq: 1,
        line: 1,
        what: Damage::Blob { file: file.clone(), why },
    };
    if !path.exists() {
        return Err(broken("is missing".to_owned()).into());
    }
    let source = load::source(&path)?;
    if sha256(source.text.as_bytes()) != digest {
        return Err(broken("is not the text the run began with".to_owned()).into());
    }
    Ok(source)
}

fn stored_plan(
    stored: Source,
    source: String,
    digest: &str,
    choice: Option<EditedArg>,
) -> Result<Option<Followed>, Failure> {
    let (_, _, plan) = load::planned(load::understand(stored))?;
    if plan.digest != digest && choice.is_none() {
        return Err(Failure::usage(
            "this version of runbook reads the stored text as another plan than the run began with",
            "go on with the version that began it, or look at `runbook plan` and accept it with `--edited stored`",
        ));
    }
    let edited = plan.digest != digest;
    Ok(Some(Followed { plan, source, edited }))
}

/// The step the run is at must still be there.
fn fits(plan: &Plan, state: &RunState) -> Result<(), Failure> {
    match &state.cursor {
        Some(id) if plan.node(id).is_none() => Err(Failure::usage(
            format!("the edited runbook no longer has the step the run is at, `{id}`"),
            "go on with the stored text: `--edited stored`",
        )),
        _ => Ok(()),
    }
}

fn ask(stored: &Source, current: &Source, path: &str) -> Result<Option<EditedArg>, Failure> {
    let diff = TextDiff::from_lines(stored.text.as_ref(), current.text.as_ref());
    let text = diff.unified_diff().context_radius(2).header("as the run began", path).to_string();
    out::warn(&format!("the runbook was edited since this run began:\n\n{}\n", crate::operator::sanitised(&text)));
    if !crate::operator::style::interactive() {
        out::warn("nobody is here to say which text to follow: pass `--edited stored` or `--edited current`\n");
        return Ok(None);
    }
    loop {
        out::warn("follow the [s]tored text, the [c]urrent one, or [q]uit? ");
        if std::io::stderr().flush().is_err() {}
        let mut line = String::new();
        let read = std::io::stdin().read_line(&mut line).map_err(|e| Failure::system("read the answer", e))?;
        match line.trim().to_lowercase().as_str() {
            _ if read == 0 => return Ok(None),
            "s" | "stored" => return Ok(Some(EditedArg::Stored)),
            "c" | "current" => return Ok(Some(EditedArg::Current)),
            "q" | "quit" => return Ok(None),
            _ => {}
        }
    }
}
