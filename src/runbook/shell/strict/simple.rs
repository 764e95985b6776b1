//! Simple commands: what they set, their words, and where their input comes from.

use super::bodies::{Pending, slot_word};
use super::{Asked, Assignment, Input, List, Node, Parser, Strict, Word};

impl Parser {
    pub(super) fn simple(&mut self) -> Strict<List> {
        let (mut assignments, mut words, mut input) = (Vec::new(), Vec::new(), Input::Unsaid);
        let mut expanded = Vec::new();
        let mut redirects = false;
        loop {
            self.blank();
            if self.is_redirection() {
                redirects = true;
                match self.redirection(&mut expanded)? {
                    Input::Unsaid => {}
                    found if input == Input::Unsaid => input = found,
                    _ => return Err("its input is given twice".into()),
                }
                continue;
            }
            match self.peek() {
                '\n' | ';' | '&' | '|' | ')' => break,
                _ if self.ended() => break,
                '(' => {
                    self.at += 1;
                    self.blank();
                    if self.peek() != ')' || words.len() != 1 || !assignments.is_empty() || redirects {
                        return Err("`(` is not understood here".into());
                    }
                    self.at += 1;
                    return self.function(&words[0]);
                }
                _ => {
                    if words.is_empty()
                        && let Some(assignment) = self.assignment()?
                    {
                        assignments.push(assignment);
                    } else if words.is_empty() && (!self.keyword().is_empty() || self.starts("<(")) {
                        // Behind a redirection or an assignment a keyword is none, and nobody means that.
                        let what = if self.keyword().is_empty() { "<(" } else { self.keyword() };
                        return Err(format!("`{what}` is not understood here"));
                    } else {
                        words.push(self.word()?);
                    }
                }
            }
        }
        if words.is_empty() && assignments.is_empty() && !(redirects && self.asked != Asked::Form) {
            return Err("a command is missing".into());
        }
        let mut out = Vec::new();
        if !expanded.is_empty() {
            out.push(Node::Words(expanded));
        }
        out.push(Node::Simple { assignments, words, input });
        Ok(out)
    }

    fn assignment(&mut self) -> Strict<Option<Assignment>> {
        let named = |i: &usize| {
            let c = self.ahead(*i);
            c.is_ascii_alphabetic() || c == '_' || (*i > 0 && c.is_ascii_digit())
        };
        let mut width = (0..80).take_while(named).count();
        if width == 0 || !matches!(self.ahead(width), '=' | '+' | '[') {
            return Ok(None);
        }
        let name: String = self.chars[self.at..self.at + width].iter().collect();
        let mut whole = true;
        if self.ahead(width) == '[' {
            let digits = (1..80).take_while(|i| self.ahead(width + i).is_ascii_digit()).count();
            if digits == 0 || self.ahead(width + digits + 1) != ']' {
                self.not_form()?;
                return Ok(None);
            }
            width += digits + 2;
            whole = false;
        }
        if self.ahead(width) == '+' && self.ahead(width + 1) == '=' {
            width += 1;
            whole = false;
        } else if self.ahead(width) != '=' {
            return Ok(None);
        }
        self.at += width + 1;
        if self.peek() == '(' {
            self.only_bash("=(")?;
            self.at += 1;
            let mut words = Vec::new();
            loop {
                self.lines()?;
                match self.peek() {
                    ')' => break,
                    '[' => return Err("an array with keys".into()),
                    _ if self.ended() => return Err("an array is not closed".into()),
                    _ => words.push(self.word()?),
                }
            }
            self.at += 1;
            return Ok(Some(Assignment { name, value: None, words }));
        }
        let word = if self.ends_word() { Word::default() } else { self.word()? };
        let value = whole.then(|| word.clone());
        Ok(Some(Assignment { name, value, words: vec![word] }))
    }

    pub(super) fn is_redirection(&self) -> bool {
        let mut i = 0;
        while self.ahead(i).is_ascii_digit() {
            i += 1;
        }
        match self.ahead(i) {
            '<' => self.ahead(i + 1) != '(',
            '>' => true,
            '&' => i == 0 && self.ahead(1) == '>',
            _ => false,
        }
    }

    /// Steps over a redirection; fails when it writes.
    pub(super) fn redirection(&mut self, expanded: &mut Vec<Word>) -> Strict<Input> {
        let digits = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        let fed = self.at == digits || self.chars[digits..self.at] == ['0'];
        if self.starts("&>") {
            self.only_bash("&>")?;
            self.at += 1;
        } else if self.starts("<<<") {
            self.only_bash("<<<")?;
            self.at += 3;
            self.blank();
            if self.peek() == '<' {
                return Err("a redirection is not understood".into());
            }
            let mut word = self.word()?;
            word.push('\n');
            return Ok(Input::Text(word));
        } else if self.starts("<<") {
            self.at += 2;
            let tabs = self.peek() == '-';
            self.at += usize::from(tabs);
            self.blank();
            let end = self.word()?;
            let plain = end.literal().filter(|e| !e.is_empty() && !e.contains('\n')).ok_or("a here-document's end")?;
            let slot = self.bodies.len();
            self.bodies.push(Word::default());
            self.pending.push(Pending { end: plain.to_owned(), literal: end.quoted, tabs, slot });
            if fed {
                return Ok(Input::Text(slot_word(slot)));
            }
            self.not_followed("a here-document for a descriptor")?;
            return Ok(Input::Unsaid);
        }
        let out = self.peek() == '>';
        self.at += 1;
        if !out && self.peek() == '>' {
            self.not_followed("opens a file to write")?;
            self.at += 1;
        }
        if self.peek() == '&' {
            self.at += 1;
            let start = self.at;
            while self.peek().is_ascii_digit() || self.peek() == '-' {
                self.at += 1;
            }
            if self.at > start && self.ends_word() {
                return Ok(Input::Unsaid);
            }
            if !out || self.at > start {
                return Err("a redirection is not understood".into());
            }
            self.only_bash(">&")?;
        }
        if out && matches!(self.peek(), '>' | '|') {
            self.at += 1;
        }
        self.blank();
        if self.ends_word() {
            return Err("a redirection is not understood".into());
        }
        let target = self.word()?;
        let literal = target.literal();
        if out {
            if !matches!(literal, Some("/dev/null" | "/dev/stderr" | "/dev/stdout" | "/dev/tty")) {
                self.not_followed("writes into a file")?;
            }
            return Ok(Input::Unsaid);
        }
        let input = if literal == Some("/dev/null") { Input::Nothing } else { Input::File };
        expanded.push(target);
        Ok(if fed { input } else { Input::Unsaid })
    }
}
