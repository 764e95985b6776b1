//! A blank in a command that nothing declares, captures or asks for by name.

use super::Subject;
use super::facts::graded;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{PlaceholderUse, Reading};
use crate::runbook::tables::Set;

/// So many names are listed in one finding.
const LISTED: usize = 6;
/// And so many are compared with the known ones.
const COMPARED: usize = 200;

/// One finding per misspelt name; one for all the others together: they are asked for, but only when they are reached.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let runbook = subject.runbook;
    let mut known: Set<&str> = runbook.metadata.inputs.iter().map(|i| i.name.as_str()).collect();
    known.extend(runbook.loops.iter().filter_map(|each| each.over.as_ref()).map(|(variable, _)| variable.as_str()));
    let mut places: Set<&str> = Set::default();
    for step in &runbook.steps {
        known.extend(step.blanks.iter().map(|b| b.name.as_str()));
        for command in step.commands.iter().chain(&step.undo) {
            known.extend(command.options.captures.iter().map(|c| c.name.as_str()));
            known.extend(command.sets.iter().map(String::as_str));
            places.extend(command.options.connection.as_deref());
            places.extend(command.options.on.as_deref());
        }
    }
    let mut seen = Set::default();
    let mut open: Vec<&PlaceholderUse> = Vec::new();
    for step in &runbook.steps {
        let commands =
            step.commands.iter().chain(&step.undo).filter(|c| !matches!(c.reading, Reading::Show | Reading::Manual));
        for place in commands.flat_map(|c| &c.placeholders) {
            // An expression names its variable first: `{{ host | upper }}`.
            let name = place.name.as_str();
            let plain = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            // A place says what it is: `{{ standby.host }}`.
            let fact = places.contains(name) && place.written.contains(&format!("{name}."));
            if !plain || fact || known.contains(name) || !seen.insert(name) {
                continue;
            }
            match Some(&known).filter(|_| seen.len() <= COMPARED).and_then(|known| closest(known, name)) {
                Some(meant) => found.push(
                    Diagnostic::warning("undefined-placeholder", format!("nothing gives `{}` a value", place.written))
                        .at(place.source, "")
                        .help(format!("did you mean `{meant}`?")),
                ),
                None => open.push(place),
            }
        }
    }
    let Some(first) = open.first() else { return };
    let mut names: Vec<String> = open.iter().take(LISTED).map(|p| format!("`{}`", p.written)).collect();
    if open.len() > LISTED {
        names.push("…".to_owned());
    }
    let names = names.join(", ");
    let message = format!("nothing gives these a value before they are reached: {names}");
    let declared = !runbook.metadata.inputs.is_empty();
    let diagnostic = if declared {
        graded(runbook, "undefined-placeholder", message)
    } else {
        Diagnostic::note("undefined-placeholder", message)
    };
    found.push(
        diagnostic
            .at(first.source, "")
            .help("declare them under `inputs:` with a `prompt`, so that whoever is asked knows what is meant"),
    );
}

fn closest<'a>(known: &Set<&'a str>, name: &str) -> Option<&'a str> {
    known
        .iter()
        // Many names times many names would not be linear: only those of about the same length are compared.
        .filter(|k| k.len().abs_diff(name.len()) <= 2 && k.len() > 3 && k.as_bytes()[0] == name.as_bytes()[0])
        .map(|k| (strsim::damerau_levenshtein(k, name), *k))
        .filter(|(distance, _)| *distance <= 2)
        .min()
        .map(|(_, k)| k)
}
