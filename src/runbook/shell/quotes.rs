//! The scan within quotes, and of what is expanded: `$name`, `${…}`, `$(…)`, back quotes, arithmetic.

use super::names::name_at;
use super::{Frame, Mode, Scanner};

impl Scanner<'_> {
    pub(super) fn single_quoted(&mut self) {
        let start = self.at + 1;
        let end = self.text[start..].find('\'').map_or(self.bytes.len(), |i| start + i);
        if end == self.bytes.len() {
            // Never closed: whatever follows is not understood.
            self.modes.push(Mode::Subshell);
            self.frames.push(Frame::default());
        }
        let text = self.text;
        self.frame().quoted = true;
        self.push(&text[start..end]);
        self.line += text[start..end].matches('\n').count();
        self.at = end + 1;
    }

    pub(super) fn tick(&mut self) {
        if self.modes.last() == Some(&Mode::Tick) {
            self.end_command();
            self.leave();
            self.at += 1;
        } else {
            self.push("`");
            self.enter(Mode::Tick, 1);
        }
    }

    pub(super) fn quote(&mut self) {
        match self.bytes[self.at] {
            b'"' => {
                self.modes.pop();
                self.at += 1;
            }
            b'\\' if matches!(self.peek(1), b'"' | b'\\' | b'$' | b'`') => {
                self.at += 1;
                self.push_char();
            }
            b'\\' if self.peek(1) == b'\n' => {
                self.at += 2;
                self.line += 1;
            }
            b'$' => self.dollar(),
            b'`' => {
                self.push("`");
                self.enter(Mode::Tick, 1);
            }
            _ => self.push_run(|b| matches!(b, b'"' | b'\\' | b'$' | b'`')),
        }
    }

    pub(super) fn dollar(&mut self) {
        let text = self.text;
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' => {
                let inside = self.text[self.at + 3..].split_once("))").map_or("(", |(inside, _)| inside);
                self.irregular |= inside.len() > 200
                    || !inside.bytes().all(|b| b.is_ascii_alphanumeric() || b" _$+*/%-".contains(&b));
                self.push("$((…))");
                self.modes.push(Mode::Arithmetic);
                self.at += 3;
            }
            b'(' => {
                self.push("$(…)");
                self.enter(Mode::Substitution, 2);
            }
            b'{' => {
                let rest = &text[self.at + 2..];
                let name = name_at(rest.strip_prefix('#').unwrap_or(rest));
                let after = rest.strip_prefix('#').unwrap_or(rest).get(name.len()..).unwrap_or("");
                let defaulted = after.starts_with(":-")
                    || after.starts_with('-')
                    || after.starts_with(":=")
                    || after.starts_with(":+")
                    || after.starts_with('+');
                if !defaulted {
                    self.read_variable(name);
                }
                self.push("${");
                self.push(text.get(self.at + 2..self.at + 2 + name.len()).unwrap_or(""));
                self.at += 2 + name.len();
                self.modes.push(Mode::Parameter);
            }
            b'\'' if self.modes.last() != Some(&Mode::Quote) => {
                self.at += 1;
            }
            _ => {
                let name = name_at(&text[self.at + 1..]);
                self.read_variable(name);
                self.push("$");
                self.push(name);
                self.at += 1 + name.len();
            }
        }
    }

    pub(super) fn parameter(&mut self) {
        match self.bytes[self.at] {
            b'}' => {
                self.push("}");
                self.modes.pop();
                self.at += 1;
            }
            b'\\' if self.at + 1 < self.bytes.len() => {
                self.at += 1;
                self.push_char();
            }
            b'$' => self.dollar(),
            _ => self.push_run(|b| matches!(b, b'}' | b'\\' | b'$')),
        }
    }

    pub(super) fn arithmetic(&mut self) {
        match self.bytes[self.at] {
            b')' if self.peek(1) == b')' => {
                self.modes.pop();
                self.at += 2;
            }
            b'$' => self.dollar(),
            b'\n' => {
                self.line += 1;
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }
}
