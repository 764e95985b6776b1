//! Short numbers for people: `3.2` is the second step of the third section that has steps.

use crate::runbook::model::Runbook;
use crate::runbook::tables::Table;

/// Parts that a number has at most. Each level would make the next ones longer, and nobody reads them.
const PARTS: usize = 12;

/// One number per step. Sub-steps add a part: `3.2.1`. Far down, the parts in between give way: `3.2.1.….4`.
#[must_use]
pub fn steps(runbook: &Runbook) -> Vec<String> {
    let mut sections: Table<Option<usize>, usize> = Table::default();
    let mut counts: Table<(Option<usize>, Option<usize>), usize> = Table::default();
    let mut out: Vec<String> = Vec::with_capacity(runbook.steps.len());
    for step in &runbook.steps {
        let next = sections.len() + 1;
        let section = *sections.entry(step.section).or_insert(next);
        let count = counts.entry((step.section, step.parent)).or_default();
        *count += 1;
        out.push(match step.parent {
            Some(parent) => match out[parent].match_indices('.').nth(PARTS - 2) {
                Some((at, _)) => format!("{}.….{count}", out[parent][..at].trim_end_matches(".…")),
                None => format!("{}.{count}", out[parent]),
            },
            None => format!("{section}.{count}"),
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use crate::source::Source;

    #[test]
    fn numbers_stay_short_however_deep_their_steps_are() {
        let text = format!("# T\n\n## Procedure\n\n{}x\n", "1. ".repeat(40));
        let source = Source::new("x.md", text);
        let runbook = crate::runbook::read(&source, &crate::syntax::parse(&source.text));
        let numbers = super::steps(&runbook);
        assert_eq!(numbers[2], "1.1.1.1");
        assert!(numbers.len() > 20 && numbers.iter().all(|n| n.len() < 40), "{numbers:?}");
    }
}
