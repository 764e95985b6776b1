//! Command lines that a page only speaks of, so that none is lost without a word.

use super::inline_commands::is_command;
use super::model::Mention;
use super::programs::is_script;
use super::reader::Reader;
use super::tables::Set;
use super::text::{self, Inline, Text};
use crate::syntax::document::BlockKind;
use memchr::memmem::Finder;
use std::collections::BTreeSet;

/// What says all by itself.
const ALONE: [&str; 2] = ["reboot", "poweroff"];

/// Whether there may be a command line in backticks in a cell. Most hold no more than a name.
fn may_mention(cell: &str) -> bool {
    let coded = cell.split_once('`').and_then(|(_, behind)| behind.rsplit_once('`'));
    coded.is_some_and(|(coded, _)| {
        coded.contains(' ') || coded.contains("./") || ALONE.iter().any(|name| coded.contains(name))
    })
}

/// `./announce.sh`, which nobody writes of a file that is not run.
fn is_called(said: &str) -> bool {
    said.starts_with("./") && is_script(said)
}

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
                // A program's name alone is no command line, but for those that say all by themselves.
                let said = code.text.trim();
                let several = said.contains(' ') || ALONE.contains(&said) || is_called(said);
                if !taken && several && (is_command(said) || self.is_of_own_program(said)) {
                    found.push((code.span, said.to_owned()));
                }
            }
        };
        for (id, block) in self.document.blocks.iter().enumerate() {
            let leaf =
                matches!(block.kind, BlockKind::Paragraph { .. } | BlockKind::Heading { .. } | BlockKind::Table { .. });
            if !leaf || memchr::memchr(b'`', block.span.of(&self.source.text).as_bytes()).is_none() {
                continue;
            }
            if let BlockKind::Table { rows, .. } = &block.kind {
                for cell in rows.iter().flat_map(|row| &row.cells) {
                    if may_mention(cell.of(&self.source.text)) {
                        look(&text::read(&Text::cell(&self.source.text, *cell)));
                    }
                }
            } else if let Some((_, inline)) = self.inline(id) {
                look(inline);
            }
        }
        if found.is_empty() {
            return Vec::new();
        }
        let within = |whole: &str, part: &Finder<'_>| {
            let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
            part.find_iter(whole.as_bytes()).any(|at| {
                let behind = at + part.needle().len();
                ends(whole[..at].chars().next_back()) && ends(whole[behind..].chars().next())
            })
        };
        let lines: Set<&str> = offered().flat_map(|command| command.text.lines()).map(str::trim).collect();
        let written: usize = offered().map(|command| command.text.len()).sum();
        let few = found.len().saturating_mul(written) < LOOKED_AT;
        let inside = |part: Finder<'_>| offered().any(|command| within(&command.text, &part));
        let again = |text: &str| lines.contains(text) || few && inside(Finder::new(text));
        found.retain(|(_, text)| !again(text));
        found.into_iter().map(|(span, text)| Mention { line: self.source.line(span.start), text, span }).collect()
    }
}
