//! The scan at the shell's operators: what joins commands, parentheses, redirections.

use super::left_out;
use super::names::{assigned, placeholder};
use super::order::Block;
use super::strict::KEYWORDS;
use super::{Frame, Mode, Redirect, Scanner};

impl Scanner<'_> {
    pub(super) fn operator(&mut self, c: u8) {
        if self.frame().current.words.first().is_some_and(|w| w == "[[") {
            self.push_char();
            return;
        }
        if c == b'&' && self.peek(1) == b'>' {
            self.irregular |= self.peek(2) == b'|';
            self.end_word();
            self.at += 1;
            return;
        }
        self.end_command();
        if c == b';' && self.peek(1) == b';' {
            self.irregular |= self.awaiting;
            self.turn(Block::Arm, Block::Case);
        } else {
            self.joint(self.at);
        }
        let double = self.peek(1) == c;
        self.awaiting |= c == b'|' || c == b'&' && double;
        self.irregular |= c == b'|' && self.peek(1) == b'&';
        self.frame().current.piped = c == b'|' && !double;
        self.at += if double || (c == b'|' && self.peek(1) == b'&') { 2 } else { 1 };
    }

    pub(super) fn open_paren(&mut self) {
        let empty = self.frame().current.words.is_empty();
        let word = self.frame().word.clone();
        match word {
            Some(name) if self.peek(1) == b')' && empty => {
                self.frame().word = None;
                self.out.functions.push(name);
                self.function_named = true;
                self.at += 2;
            }
            Some(word) if word.ends_with('=') => {
                self.irregular |= assigned(&word).is_none();
                self.enter(Mode::Array, 1);
            }
            None if self.peek(1) == b'(' && empty => {
                self.irregular = true;
                self.modes.push(Mode::Arithmetic);
                self.at += 2;
            }
            // `(pattern)`
            None if empty && self.blocks.last() == Some(&Block::Case) => {
                self.irregular = true;
                self.at += 1;
            }
            None => {
                self.irregular |= !empty;
                let first = self.frame().current.words.first();
                let expected = first.is_none_or(|word| word == "[[" || KEYWORDS.contains(&word.as_str()));
                self.out.remarked |= !expected && self.peek(1) != b')';
                self.awaiting = true;
                self.enter(Mode::Subshell, 1);
            }
            Some(_) => {
                self.irregular = true;
                self.push_char();
            }
        }
    }

    pub(super) fn enter(&mut self, mode: Mode, width: usize) {
        if mode == Mode::Tick {
            // What stands in it is read again by rules of its own.
            self.irregular = true;
        } else {
            self.blocks.push(Block::Parenthesis);
        }
        self.modes.push(mode);
        self.frames.push(Frame::default());
        self.at += width;
    }

    pub(super) fn close_paren(&mut self) {
        self.at += 1;
        match self.modes.last() {
            Some(Mode::Top | Mode::Tick) | None => {
                // `case x in a)` on one line.
                let words = std::mem::take(&mut self.frame().current.words);
                self.irregular |= words.is_empty() && self.frame().word.is_none();
                // A pattern is one word, behind `case x in` or on a line of its own.
                let begun = words.iter().position(|w| w == "case");
                let inside = self.blocks.last() == Some(&Block::Case);
                let before = begun.map_or(usize::from(!inside) * words.len(), |case| case + 3);
                self.irregular |= words.len() + usize::from(self.frame().word.is_some()) > before + 1;
                if begun.is_some() {
                    self.keywords(&words, false);
                }
                self.turn(Block::Case, Block::Arm);
                // The pattern of a `case`, or a parenthesis too many.
                self.frame().word = None;
                self.frame().current.words.clear();
                self.frame().current.piped = false;
            }
            Some(Mode::Array) => {
                self.closes(Block::Parenthesis);
                self.end_word();
                self.leave();
            }
            _ => {
                self.end_command();
                self.joint(self.at - 1);
                self.closes(Block::Parenthesis);
                self.awaiting = false;
                // `<()` holds nothing that could run.
                self.irregular |= self.text[..self.at - 1].trim_end_matches([' ', '\t']).ends_with('(');
                if self.modes.last() == Some(&Mode::Subshell) {
                    let next = self.text[self.at..].trim_start_matches([' ', '\t']).bytes().next();
                    self.irregular |= next.is_some_and(|b| !b"\n;&|)>".contains(&b));
                }
                self.leave();
            }
        }
    }

    pub(super) fn leave(&mut self) {
        if self.frames.len() > 1 {
            self.frames.pop();
            self.modes.pop();
        }
    }

    pub(super) fn redirect(&mut self, c: u8) {
        if c == b'<'
            && let Some(len) = placeholder(&self.text[self.at..])
        {
            let text = self.text;
            self.push(&text[self.at..self.at + len]);
            self.at += len;
            return;
        }
        if self.frame().current.words.first().is_some_and(|w| w == "[[") {
            self.push_char();
            return;
        }
        let frame = self.frame();
        let arrow = !frame.quoted && frame.word.as_ref().is_some_and(|word| left_out::begins_arrow(word));
        self.out.remarked |= arrow && matches!(self.peek(1), b' ' | b'\t');
        // A number right before it is a file descriptor, not a word.
        if self.frame().word.as_ref().is_some_and(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit())) {
            self.frame().word = None;
        }
        self.end_word();
        self.irregular |= self.frame().redirect.is_some()
            || self.frame().current.words.last().is_none_or(|w| KEYWORDS.contains(&w.as_str()));
        let (kind, width) = match (c, self.peek(1), self.peek(2)) {
            (b'<', b'<', b'<') => (Some(Redirect::HereString), 3),
            (b'<', b'<', b'-') => (Some(Redirect::HereDocument { tabs: true }), 3),
            (b'<', b'<', _) => (Some(Redirect::HereDocument { tabs: false }), 2),
            (_, b'(', _) => {
                self.irregular |= self.frame().current.words.is_empty();
                self.push("$(…)");
                self.enter(Mode::Substitution, 2);
                return;
            }
            (b'>', b'>' | b'|', _) => (Some(Redirect::Out), 2),
            (_, b'&', _) => (None, 2),
            (b'<', _, _) => (Some(Redirect::In), 1),
            _ => (Some(Redirect::Out), 1),
        };
        self.at += width;
        if kind.is_none() {
            // `2>&1`, `>&-`: the descriptor is not a word.
            self.irregular |= !(self.peek(0).is_ascii_digit() || self.peek(0) == b'-');
            while self.peek(0).is_ascii_digit() || self.peek(0) == b'-' {
                self.at += 1;
            }
        }
        self.frame().redirect = kind;
    }
}
