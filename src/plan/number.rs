//! Short numbers for people: `3.2` is the second step of the third section that has steps.

use crate::runbook::model::Runbook;
use std::collections::HashMap;

/// One number per step. Sub-steps add a part: `3.2.1`.
#[must_use]
pub fn steps(runbook: &Runbook) -> Vec<String> {
    let mut sections: HashMap<Option<usize>, usize> = HashMap::new();
    let mut counts: HashMap<(Option<usize>, Option<usize>), usize> = HashMap::new();
    let mut out: Vec<String> = Vec::with_capacity(runbook.steps.len());
    for step in &runbook.steps {
        let next = sections.len() + 1;
        let section = *sections.entry(step.section).or_insert(next);
        let count = counts.entry((step.section, step.parent)).or_default();
        *count += 1;
        out.push(match step.parent {
            Some(parent) => format!("{}.{count}", out[parent]),
            None => format!("{section}.{count}"),
        });
    }
    out
}
