//! Programs that nobody but a page's own team knows: its shell fences run them, so a sentence that names one with its words speaks of a
//! command.

use super::inline_commands::may_be_command;
use super::phrases::WordSet;
use super::programs::PROGRAMS;
use super::reader::Reader;
use crate::syntax::document::BlockKind;

/// So many fences are looked through.
const FENCES: usize = 400;

impl Reader<'_> {
    /// Whether a code span begins with a program that a shell fence of the page runs: `facility up -d`.
    pub fn is_of_own_program(&self, code: &str) -> bool {
        let first = code.split_whitespace().next().unwrap_or_default();
        may_be_command(code) && self.own_programs.get_or_init(|| self.find_own_programs()).contains(first)
    }

    fn find_own_programs(&self) -> WordSet {
        let blocks = self.document.blocks.iter().enumerate();
        let shell = blocks.filter(|(_, block)| {
            let BlockKind::Fence { language, .. } = &block.kind else { return false };
            let label = language.of(&self.source.text);
            PROGRAMS.is_shell(label) || label == "shell"
        });
        let scripts = shell.take(FENCES).filter_map(|(id, _)| self.leaves.fence(id)).map(|text| text.script().clone());
        let mut own = WordSet::default();
        for script in scripts.filter(|script| script.complete) {
            let names = script.commands.iter().filter_map(|command| command.words.first());
            let unknown = |name: &&String| name.len() > 2 && !PROGRAMS.is_program(name) && !PROGRAMS.is_builtin(name);
            own.extend(names.filter(unknown).cloned());
        }
        own
    }
}
