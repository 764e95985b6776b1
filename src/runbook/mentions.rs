//! Command lines that a page only speaks of, so that none is lost without a word.

use super::inline_commands::is_command;
use super::model::Mention;
use super::reader::Reader;
use super::tables::Set;
use super::text::{self, Inline, Text};
use crate::syntax::document::BlockKind;
use std::collections::BTreeSet;

/// So many bytes are looked through for commands within others; of a page with more, whole lines.
const LOOKED_AT: usize = 4 << 20;

impl Reader<'_> {
    /// Command lines in backticks that no step runs, leads back with or asks about. Those that a step has elsewhere are not counted:
    /// the text only names them again.
    pub fn mentions(&self) -> Vec<Mention> {
        let offered = || self.steps.iter().flat_map(|step| step.commands.iter().chain(&step.undo));
        let spans: BTreeSet<usize> = offered().map(|command| command.span.start).collect();
        let mut found = Vec::new();
        let mut look = |inline: &Inline| {
            for code in &inline.codes {
                // A prompt stands before what is offered.
                let taken = spans.range(code.span.start..=code.span.end).next().is_some();
                if !taken && (is_command(&code.text) || self.is_of_own_program(&code.text)) {
                    found.push((code.span, code.text.trim().to_owned()));
                }
            }
        };
        for (id, block) in self.document.blocks.iter().enumerate() {
            let leaf =
                matches!(block.kind, BlockKind::Paragraph { .. } | BlockKind::Heading { .. } | BlockKind::Table { .. });
            if !leaf || !block.span.of(&self.source.text).contains('`') {
                continue;
            }
            if let BlockKind::Table { rows, .. } = &block.kind {
                for cell in rows.iter().flat_map(|row| &row.cells) {
                    if cell.of(&self.source.text).contains('`') {
                        look(&text::read(&Text::cell(&self.source.text, *cell)));
                    }
                }
            } else if let Some((_, inline)) = self.inline(id) {
                look(inline);
            }
        }
        // A program's name alone is no command line, but for those that say all by themselves.
        found.retain(|(_, text)| text.contains(' ') || matches!(text.as_str(), "reboot" | "poweroff"));
        let within = |whole: &str, part: &str| {
            let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            whole
                .match_indices(part)
                .any(|(at, _)| ends(whole[..at].chars().next_back()) && ends(whole[at + part.len()..].chars().next()))
        };
        let lines: Set<&str> = offered().flat_map(|command| command.text.lines()).map(str::trim).collect();
        let written: usize = offered().map(|command| command.text.len()).sum();
        let few = found.len().saturating_mul(written) < LOOKED_AT;
        let again = |text: &str| lines.contains(text) || few && offered().any(|command| within(&command.text, text));
        found.retain(|(_, text)| !again(text));
        found.into_iter().map(|(span, text)| Mention { line: self.source.line(span.start), text, span }).collect()
    }
}
