//! Comparing an answers file with the plan it is for, before anything runs.

use super::{Answers, Entry, nearest, option, plain};
use crate::diagnostic::Diagnostic;
use crate::inventory::yaml as tree;
use crate::plan::model::{Plan, Work};
use crate::runbook::model::Interpreter;
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
    /// Sections of an answers file that an id's questions look into, without those that fit every step.
    pub sections: BTreeMap<String, BTreeSet<&'static str>>,
}

/// The section that a node's own question looks into.
const fn section(work: &Work) -> &'static str {
    match work {
        Work::Command(_) => "commands",
        Work::Manual | Work::Check { .. } => "checks",
        Work::Input(_) | Work::Jump { .. } => "inputs",
        Work::Decision { .. } => "decisions",
        Work::Gate { .. } => "gates",
    }
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
            for id in [&node.id, &plan.step_of(node).id] {
                known.sections.entry(id.clone()).or_default().insert(section(&node.work));
            }
            match &node.work {
                Work::Command(command) => {
                    if command.interpreter == Interpreter::Runbook {
                        for id in [&node.id, &plan.step_of(node).id] {
                            known.sections.entry(id.clone()).or_default().insert("calls");
                        }
                    }
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
    /// have are errors (wrong usage). A variable that the plan does not name is a warning, because a template may; so is
    /// an answer under a section in which nothing is asked.
    #[must_use]
    pub fn validate(&self, known: &Known) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (section, entries) in &self.sections {
            for (key, entry) in entries.iter().filter(|(key, _)| *key != "*") {
                let variable = *section == "inputs" && known.names.iter().any(|name| plain(name) == plain(key));
                let back = *section == "gates" && key == "rollback";
                if variable || back {
                    continue;
                }
                if known.ids.contains(key) {
                    self.known_id(known, section, key, entry, &mut found);
                } else {
                    found.push(self.unknown_id(known, section, key, entry));
                }
            }
        }
        found
    }

    fn unknown_id(&self, known: &Known, section: &str, key: &str, entry: &Entry) -> Diagnostic {
        let inputs = section == "inputs";
        let what = if inputs { "variable" } else { "step" };
        let message = format!("`{section}.{key}`: the runbook has no such {what}");
        let names = known.names.iter().filter(|_| inputs);
        let help = nearest(key, names.chain(&known.ids).map(String::as_str))
            .map_or_else(|| "`runbook plan` lists the ids".to_owned(), |near| format!("did you mean `{near}`?"));
        let diagnostic = if inputs {
            Diagnostic::warning("answers-unknown-variable", message)
        } else {
            Diagnostic::error("answers-unknown-step", message)
        };
        self.placed(diagnostic, entry.at).help(help)
    }

    fn known_id(&self, known: &Known, section: &str, key: &str, entry: &Entry, found: &mut Vec<Diagnostic>) {
        // Any step may ask for a value, fail, or be unknown.
        let own = matches!(section, "decisions" | "gates" | "checks" | "commands" | "calls");
        if let Some(asked) = known.sections.get(key).filter(|asked| own && !asked.contains(section)) {
            let listed: Vec<String> = asked.iter().map(|s| format!("`{s}`")).collect();
            let message = format!("`{section}.{key}`: nothing is asked there");
            let help = format!("its questions look under {}", listed.join(", "));
            found.push(self.placed(Diagnostic::warning("answers-other-section", message), entry.at).help(help));
        } else if section == "decisions"
            && let Some(labels) = known.options.get(key)
        {
            for (value, at) in &entry.values {
                if let Err(why) = option(labels, value) {
                    let message = format!("`{value}` is not an option of `{key}`");
                    found.push(self.placed(Diagnostic::error("answers-unknown-option", message), *at).help(why));
                }
            }
        }
    }

    fn placed(&self, diagnostic: Diagnostic, at: usize) -> Diagnostic {
        match tree::locate(&self.source, at) {
            Some(span) => diagnostic.at(span, ""),
            None => diagnostic,
        }
    }
}
