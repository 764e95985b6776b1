//! Whether blocks and operators stand where the shell expects them: a first look, taken while the scan passes by.
//!
//! What it finds regular, a parser of the shell's own grammar reads (a property test says so); what it does not, such a
//! parser is asked about.

use super::Scanner;

/// What a keyword has opened, up to the last of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Block {
    If,
    Then,
    Else,
    Loop,
    Do,
    Case,
    /// Behind a pattern of a `case`.
    Arm,
    Brace,
    /// `(…)`, `$(…)`, an array.
    Parenthesis,
}

impl Scanner<'_> {
    /// A keyword between a block's first and its last.
    pub(super) fn part(&mut self, word: &str) {
        let (before, after) = match word {
            "then" => (Block::If, Block::Then),
            "do" => (Block::Loop, Block::Do),
            "else" => (Block::Then, Block::Else),
            _ => (Block::Then, Block::If),
        };
        self.irregular |= std::mem::replace(&mut self.awaiting, true);
        self.turn(before, after);
    }

    /// The innermost block goes on to its next part.
    pub(super) fn turn(&mut self, before: Block, after: Block) {
        match self.blocks.last_mut() {
            Some(last) if *last == before => *last = after,
            _ => self.irregular = true,
        }
    }

    /// A block's last keyword; only another may follow it at once.
    pub(super) fn ends(&mut self, word: &str, next: Option<&String>) {
        match word {
            "fi" if self.blocks.last() == Some(&Block::Else) => self.closes(Block::Else),
            "fi" => self.closes(Block::Then),
            "done" => self.closes(Block::Do),
            "esac" if self.blocks.last() == Some(&Block::Arm) => self.closes(Block::Arm),
            "esac" => self.closes(Block::Case),
            _ => self.closes(Block::Brace),
        }
        self.irregular |= std::mem::take(&mut self.awaiting) || next.is_some();
    }

    pub(super) fn closes(&mut self, block: Block) {
        if self.blocks.last() == Some(&block) {
            self.blocks.pop();
        } else {
            self.irregular = true;
        }
    }

    /// Before an operator, and before the end, there must be a command.
    pub(super) fn joint(&mut self, at: usize) {
        let before = self.text[..at].trim_end_matches([' ', '\t']);
        let before = before.strip_suffix("\\\n").map_or(before, |b| b.trim_end_matches([' ', '\t']));
        let ends = at == self.bytes.len() || self.bytes[at] == b')';
        self.irregular |= self.awaiting;
        self.irregular |= match before.as_bytes().last() {
            Some(b'|') => true,
            Some(b'&') => !ends || before.ends_with("&&"),
            None | Some(b'\n' | b';' | b'(') => !ends,
            _ => false,
        };
    }
}
