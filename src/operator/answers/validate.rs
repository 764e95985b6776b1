//! Comparing an answers file with the plan it is for, before anything runs.

use super::{Answers, nearest, option, plain, tree};
use crate::diagnostic::Diagnostic;
use crate::plan::model::{Plan, Work};
use std::collections::{BTreeMap, BTreeSet};

/// What a plan can ask about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Ids of steps and nodes.
    pub ids: BTreeSet<String>,
    /// Names of variables.
    pub names: BTreeSet<String>,
    /// Labels of decisions' options, by node id and by step id.
    pub options: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// Everything that `plan` can ask about.
    #[must_use]
    pub fn of(plan: &Plan) -> Self {
        let mut known = Self::default();
        known.names.extend(plan.inputs().iter().map(|input| input.name.clone()));
        for step in &plan.steps {
            known.ids.insert(step.id.clone());
        }
        for node in &plan.nodes {
            known.ids.insert(node.id.clone());
            match &node.work {
                Work::Command(command) => {
                    known.names.extend(command.placeholders.iter().map(|(name, _)| name.clone()));
                    known.names.extend(command.reads.iter().cloned());
                }
                Work::Input(input) => {
                    known.names.insert(input.name.clone());
                }
                Work::Decision { options } => {
                    let labels: Vec<String> = options.iter().map(|o| o.label.clone()).collect();
                    let step = plan.step_of(node).id.clone();
                    known.options.entry(step).or_insert_with(|| labels.clone());
                    known.options.insert(node.id.clone(), labels);
                }
                _ => {}
            }
        }
        known
    }
}

impl Answers {
    /// What in this file can never answer anything: ids that are not in the plan and options that a decision does not
    /// have are errors (wrong usage); a variable that the plan does not name is a warning, because a template may.
    #[must_use]
    pub fn validate(&self, known: &Known) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (section, entries) in &self.sections {
            for (key, entry) in entries {
                let inputs = *section == "inputs";
                let fits = key == "*"
                    || known.ids.contains(key)
                    || (*section == "gates" && key == "rollback")
                    || (inputs && known.names.iter().any(|n| plain(n) == plain(key)));
                if !fits {
                    let what = if inputs { "variable" } else { "step" };
                    let message = format!("`{section}.{key}`: the runbook has no such {what}");
                    let names = known.names.iter().filter(|_| inputs);
                    let near = nearest(key, names.chain(&known.ids).map(String::as_str));
                    let help = near.map_or_else(
                        || "`runbook plan` lists the ids".to_owned(),
                        |near| format!("did you mean `{near}`?"),
                    );
                    let raw = if inputs {
                        Diagnostic::warning("answers-unknown-variable", message)
                    } else {
                        Diagnostic::error("answers-unknown-step", message)
                    };
                    found.push(self.placed(raw, entry.at).help(help));
                } else if *section == "decisions"
                    && let Some(labels) = known.options.get(key)
                {
                    for (value, at) in &entry.values {
                        if let Err(why) = option(labels, value) {
                            let message = format!("`{value}` is not an option of `{key}`");
                            found
                                .push(self.placed(Diagnostic::error("answers-unknown-option", message), *at).help(why));
                        }
                    }
                }
            }
        }
        found
    }

    fn placed(&self, diagnostic: Diagnostic, at: usize) -> Diagnostic {
        match tree::locate(&self.source, at) {
            Some(span) => diagnostic.at(span, ""),
            None => diagnostic,
        }
    }
}
