//! Which fences cannot change the session: plain calls of programs, as most fences are.
//!
//! Such a fence is not asked what it left, which is half of a trivial fence's cost. The reading is far narrower than the
//! shell's grammar, on purpose: what it does not know is taken for a change.

use super::find::is_builtin;

/// Builtins that change nothing, whatever their arguments.
const HARMLESS: &[&str] = &[":", "echo", "false", "kill", "pwd", "true", "type"];

/// Whether `text` consists of plain calls of programs that are not in `functions`.
pub(super) fn cannot_change(text: &str, is_function: impl Fn(&str) -> bool) -> bool {
    let mut reader = Reader { rest: text, word: String::new(), quoted: false, command: true };
    reader.run(&is_function).is_some()
}

struct Reader<'a> {
    rest: &'a str,
    word: String,
    /// Something in the present word is not plain text.
    quoted: bool,
    /// The next word is a command's name.
    command: bool,
}

impl Reader<'_> {
    /// `None` as soon as something is not known to be harmless.
    fn run(&mut self, is_function: &impl Fn(&str) -> bool) -> Option<()> {
        while let Some(next) = self.take() {
            match next {
                '\'' => {
                    let end = self.rest.find('\'')?;
                    self.rest = &self.rest[end + 1..];
                    self.quoted = true;
                }
                '"' => self.double()?,
                '$' => self.dollar()?,
                '\\' if self.rest.starts_with('\n') => _ = self.take(),
                '\\' => {
                    self.take()?;
                    self.quoted = true;
                }
                '#' if self.word.is_empty() && !self.quoted => {
                    self.rest = &self.rest[self.rest.find('\n').unwrap_or(self.rest.len())..];
                }
                '<' | '>' => self.redirection(next)?,
                '&' if self.rest.starts_with('>') => {
                    self.take();
                    self.end_word(is_function)?;
                    self.redirection('>')?;
                }
                ';' | '\n' | '|' | '&' => {
                    self.end_word(is_function)?;
                    self.command = true;
                }
                ' ' | '\t' => self.end_word(is_function)?,
                '`' | '(' | ')' | '{' | '}' => return None,
                next if next.is_control() => return None,
                next => self.word.push(next),
            }
        }
        self.end_word(is_function)
    }

    fn take(&mut self) -> Option<char> {
        let next = self.rest.chars().next()?;
        self.rest = &self.rest[next.len_utf8()..];
        Some(next)
    }

    fn double(&mut self) -> Option<()> {
        self.quoted = true;
        loop {
            match self.take()? {
                '"' => return Some(()),
                '\\' => _ = self.take()?,
                '`' => return None,
                '$' => self.dollar()?,
                _ => {}
            }
        }
    }

    /// `$NAME` and `${NAME}` only read.
    fn dollar(&mut self) -> Option<()> {
        self.quoted = true;
        if let Some(inner) = self.rest.strip_prefix('{') {
            let end = inner.find('}')?;
            let name = &inner[..end];
            self.rest = &inner[end + 1..];
            return (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')).then_some(());
        }
        (!self.rest.starts_with(['(', '[', '\''])).then_some(())
    }

    /// Only after the command's name, which could not be told from the file's otherwise; and no here-document.
    fn redirection(&mut self, sign: char) -> Option<()> {
        if self.command || (sign == '<' && self.rest.starts_with('<')) {
            return None;
        }
        self.rest = self.rest.strip_prefix(['>', '&', '|']).unwrap_or(self.rest);
        Some(())
    }

    fn end_word(&mut self, is_function: &impl Fn(&str) -> bool) -> Option<()> {
        let word = std::mem::take(&mut self.word);
        let quoted = std::mem::take(&mut self.quoted);
        if !self.command || (word.is_empty() && !quoted) {
            return Some(());
        }
        self.command = false;
        let plain = !quoted && word.chars().all(|c| c.is_ascii_alphanumeric() || "_./+-".contains(c));
        let known = !is_builtin(&word) || HARMLESS.contains(&word.as_str());
        (plain && known && !is_function(&word)).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::cannot_change;

    #[test]
    fn plain_calls_change_nothing() {
        for text in [
            "true",
            "",
            "# only a comment: cd /\n",
            "systemctl restart mariadb",
            "mysql -h \"$HOST\" -e 'STOP SLAVE; RESET SLAVE ALL' | grep -v x >/tmp/out 2>&1",
            "ping -c1 10.0.0.1 && echo up || echo down",
            "./bin/tool \\\n  --flag=\"${NAME}\" it\\'s &>/dev/null &\n\nkubectl get pods; sleep 1",
            "echo \"a ; cd / \\$(x)\" '`cd`'",
        ] {
            assert!(cannot_change(text, |_| false), "{text}");
        }
    }

    #[test]
    fn anything_else_may() {
        for text in [
            "cd /tmp",
            "true; cd /tmp",
            "true &&cd /tmp",
            "X=1",
            "X=1 true",
            "export X",
            "\"cd\" /",
            "\\cd /",
            "c\\\nd /",
            "$CD /",
            "2>/dev/null cd /",
            ">x cd /",
            "true\n>x cd /",
            "echo $(true)",
            "echo ${X:=1}",
            "echo $((X++))",
            "echo $[X++]",
            "echo \"${X=1}\"",
            "echo \"$((X=1))\"",
            "cat <<E\nE",
            "read X",
            "if true; then true; fi",
            "{ cd /; }",
            "f() { :; }",
            "! cd /",
            "time cd /",
            "printf -v X 1",
            "[ 1 = 1 ]",
            ". ./file",
            "source file",
            "eval cd /",
            "exec true",
            "trap 'x' EXIT",
            "set -x",
            "echo 'open",
            "echo \"open",
            "echo `cd /`",
            "exit 3",
            "wait -p X",
            "true\rcd /",
        ] {
            assert!(!cannot_change(text, |_| false), "{text}");
        }
        assert!(!cannot_change("deploy now", |name| name == "deploy"));
    }
}
