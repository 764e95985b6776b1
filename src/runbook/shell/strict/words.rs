//! The words of a script: quotes, expansions, and the commands that run to make them.

use super::{Parser, Part, Strict, VALUE, Word, is_name};

impl Parser {
    /// One word, with all that makes it up.
    pub(super) fn word(&mut self) -> Strict<Word> {
        let mut word = Word::default();
        let start = self.at;
        loop {
            if self.starts("<(") {
                self.only_bash("<(")?;
                if self.at > start {
                    self.not_form()?;
                }
                self.at += 2;
                let list = self.inside_parentheses()?;
                word.inner.push(list);
                word.parts.push(Part::Value { quoted: true, many: false });
                continue;
            }
            if self.ends_word() {
                break;
            }
            self.take_run(&mut word, |c| {
                c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ':' | ',' | '=')
            });
            match self.peek() {
                _ if self.ends_word() => {}
                '\\' if self.ahead(1) == '\n' => {
                    self.not_form()?;
                    self.at += 2;
                }
                '\\' => {
                    let c = self.ahead(1);
                    if self.at + 1 >= self.chars.len() {
                        return Err("a backslash at the end".into());
                    }
                    word.quoted = true;
                    // `\$\(` makes text of what looks like code.
                    self.code_as_text |= matches!(c, '$' | '`');
                    Self::plain(&mut word, c, true)?;
                    self.at += 2;
                }
                '\'' => {
                    let length =
                        self.chars[self.at + 1..].iter().position(|c| *c == '\'').ok_or("a quote is not closed")?;
                    let text: String = self.chars[self.at + 1..self.at + 1 + length].iter().collect();
                    self.no_pending(&text)?;
                    self.quoted_text(&text);
                    word.quoted = true;
                    word.push_quoted(&text);
                    self.at += length + 2;
                }
                '"' => {
                    self.at += 1;
                    word.quoted = true;
                    word.push_str("");
                    self.quoted(&mut word, Some('"'))?;
                }
                '$' => self.dollar(&mut word, false)?,
                '`' => self.tick(&mut word, false)?,
                '[' if self.at == start && matches!(self.ahead(1), ' ' | '\t') => {
                    word.push('[');
                    self.at += 1;
                }
                '{' if self.ahead(1) == '}' => {
                    word.push_str("{}");
                    self.at += 2;
                }
                '*' | '?' | '[' | '{' => {
                    word.parts.push(Part::Wild);
                    self.at += 1;
                }
                c => {
                    Self::plain(&mut word, c, true)?;
                    self.at += 1;
                }
            }
        }
        if self.at == start {
            return Err("a word is missing".into());
        }
        Ok(word)
    }

    /// Takes characters that mean nothing but themselves.
    fn take_run(&mut self, word: &mut Word, means_itself: fn(char) -> bool) {
        let run = self.chars.iter().skip(self.at).take_while(|c| means_itself(**c)).count();
        if run == 0 {
            return;
        }
        let run = &self.chars[self.at..self.at + run];
        self.at += run.len();
        if let Some(Part::Text(text)) = word.parts.last_mut() {
            text.extend(run);
        } else {
            word.parts.push(Part::Text(run.iter().collect()));
        }
    }

    fn plain(word: &mut Word, c: char, bare: bool) -> Strict<()> {
        match c {
            VALUE => word.parts.push(Part::Value { quoted: true, many: false }),
            _ if c.is_control() && (bare || !matches!(c, '\n' | '\t')) => {
                return Err("a control character".into());
            }
            _ => word.push(c),
        }
        Ok(())
    }

    fn no_pending(&self, text: &str) -> Strict<()> {
        if text.contains('\n') && !self.pending.is_empty() {
            return Err("where a here-document begins is not clear".into());
        }
        Ok(())
    }

    /// What stands in double quotes or, without an end, in a here-document.
    pub(super) fn quoted(&mut self, word: &mut Word, end: Option<char>) -> Strict<()> {
        loop {
            self.take_run(word, |c| {
                c.is_ascii_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '/' | ':' | ',' | '=')
            });
            let c = self.peek();
            match c {
                _ if self.ended() => {
                    return if end.is_none() { Ok(()) } else { Err("a quote is not closed".into()) };
                }
                _ if Some(c) == end => {
                    self.at += 1;
                    return Ok(());
                }
                '\\' => {
                    let next = self.ahead(1);
                    if next == '\n' {
                        self.no_pending("\n")?;
                    } else {
                        let escapes = matches!(next, '$' | '`' | '\\') || Some(next) == end;
                        self.code_as_text |= matches!(next, '$' | '`');
                        if !escapes {
                            word.push('\\');
                        }
                        if self.at + 1 < self.chars.len() {
                            Self::plain(word, next, false)?;
                        }
                    }
                    self.at += 2;
                }
                '$' => self.dollar(word, true)?,
                '`' => self.tick(word, true)?,
                _ => {
                    if c == '\n' && end.is_some() {
                        self.no_pending("\n")?;
                    }
                    Self::plain(word, c, false)?;
                    self.at += 1;
                }
            }
        }
    }

    fn tick(&mut self, word: &mut Word, quoted: bool) -> Strict<()> {
        let length = self.chars[self.at + 1..].iter().position(|c| *c == '`').ok_or("a backquote is not closed")?;
        let text: String = self.chars[self.at + 1..self.at + 1 + length].iter().collect();
        if text.contains('\\') || (quoted && text.contains('"')) {
            return Err("backquotes with quoting within".into());
        }
        self.no_pending(&text)?;
        let mut inside = Parser::new(&text, self.asked, self.depth + 1);
        let list = inside.list(&[])?;
        if !inside.ended() || !inside.pending.is_empty() {
            return Err("what stands in backquotes is not understood".into());
        }
        let list = inside.place_bodies(list)?;
        self.take_from(inside);
        word.inner.push(list);
        word.parts.push(Part::Value { quoted, many: false });
        self.at += length + 2;
        Ok(())
    }

    fn dollar(&mut self, word: &mut Word, quoted: bool) -> Strict<()> {
        let next = self.ahead(1);
        let value = |quoted: bool, many: bool| Part::Value { quoted, many };
        match next {
            '(' if self.ahead(2) == '(' => {
                self.at += 3;
                self.arithmetic(word)?;
                word.parts.push(value(true, false));
            }
            '(' => {
                self.at += 2;
                let list = self.inside_parentheses()?;
                word.inner.push(list);
                word.parts.push(value(quoted, false));
            }
            '{' => self.parameter(word, quoted)?,
            '\'' if !quoted => {
                self.only_bash("$'")?;
                self.at += 2;
                word.quoted = true;
                loop {
                    match (self.peek(), self.ahead(1)) {
                        ('\'', _) => break,
                        ('\\', 'n') => word.push('\n'),
                        ('\\', 't') => word.push('\t'),
                        ('\\', c @ ('\\' | '\'' | '"')) => word.push(c),
                        ('\\' | '$' | '`' | '\n' | VALUE, _) => return Err("`$'` with more than text".into()),
                        _ if self.ended() => return Err("a quote is not closed".into()),
                        (c, _) => {
                            Self::plain(word, c, false)?;
                            self.at += 1;
                            continue;
                        }
                    }
                    self.at += 2;
                }
                self.at += 1;
            }
            '"' if !quoted => return Err("`$\"` is not understood".into()),
            '\\' | '[' | VALUE => return Err("`$` is not understood here".into()),
            '@' | '*' => {
                word.parts.push(value(quoted, true));
                self.at += 2;
            }
            '?' | '#' | '$' | '!' | '-' => {
                word.parts.push(value(true, false));
                self.at += 2;
            }
            c if c.is_ascii_digit() => {
                word.parts.push(value(quoted, false));
                self.at += 2;
            }
            c if c.is_ascii_alphabetic() || c == '_' => {
                self.at += 1;
                let name = self.name();
                word.parts.push(Part::Variable { name, quoted });
            }
            _ => {
                word.push('$');
                self.at += 1;
            }
        }
        Ok(())
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while self.peek().is_ascii_alphanumeric() || self.peek() == '_' {
            name.push(self.peek());
            self.at += 1;
        }
        name
    }

    /// `${…}`.
    fn parameter(&mut self, word: &mut Word, quoted: bool) -> Strict<()> {
        self.at += 2;
        let counts = self.peek() == '#' && self.ahead(1) != '}';
        self.at += usize::from(counts);
        let mut many = matches!(self.peek(), '@' | '*');
        let mut plain = false;
        let mut name = String::new();
        if many || matches!(self.peek(), '#' | '?') {
            self.at += 1;
        } else {
            name = self.name();
            plain = is_name(&name);
            if name.is_empty() {
                return Err("`${` is not understood".into());
            }
        }
        if self.peek() == '[' {
            let length = self.chars[self.at..].iter().take(20).position(|c| *c == ']').ok_or("`${…[`")?;
            let key: String = self.chars[self.at + 1..self.at + length].iter().collect();
            if key == "@" || key == "*" {
                many = true;
            } else if key.is_empty() || !key.bytes().all(|b| b.is_ascii_digit()) {
                return Err("an array's key is not a number".into());
            }
            plain = false;
            self.at += length + 1;
        }
        if self.peek() == '}' {
            self.at += 1;
            word.parts.push(match (counts, plain) {
                (true, _) => Part::Value { quoted: true, many: false },
                (false, true) => Part::Variable { name, quoted },
                (false, false) => Part::Value { quoted, many },
            });
            return Ok(());
        }
        if counts {
            return Err("`${#` is not understood".into());
        }
        match (self.peek(), self.ahead(1)) {
            (':', '-' | '+' | '?') => self.at += 2,
            (':', _) => {
                let length = self.chars[self.at..].iter().take(20).position(|c| *c == '}').ok_or("`${…:`")?;
                if !self.chars[self.at..self.at + length].iter().all(|c| c.is_ascii_digit() || ": -".contains(*c)) {
                    return Err("a piece of a variable".into());
                }
                self.at += length;
            }
            ('-' | '+' | '?' | '#' | '%' | '/' | '^' | ',', _) => self.at += 1,
            _ => return Err("`${` is not understood".into()),
        }
        let mut inside = Word::default();
        loop {
            match self.peek() {
                '}' => break,
                _ if self.ended() => return Err("`${` is not closed".into()),
                '\'' | '"' if quoted => return Err("quotes within `${` within quotes".into()),
                '"' => {
                    self.at += 1;
                    self.quoted(&mut inside, Some('"'))?;
                }
                '\'' | '\\' | '{' | '\n' | '<' | '>' | '(' | ')' => return Err("`${` is not understood".into()),
                '$' => self.dollar(&mut inside, quoted)?,
                '`' => self.tick(&mut inside, quoted)?,
                c => {
                    Self::plain(&mut inside, c, true)?;
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        word.inner.extend(inside.inner);
        word.parts.push(Part::Value { quoted, many });
        Ok(())
    }

    /// What stands before `))`.
    pub(super) fn arithmetic(&mut self, word: &mut Word) -> Strict<()> {
        self.arithmetic = true;
        let mut open = 0usize;
        let mut inside = Word::default();
        loop {
            match self.peek() {
                ')' if open == 0 => {
                    if self.ahead(1) != ')' {
                        return Err("arithmetic is not understood".into());
                    }
                    self.at += 2;
                    word.inner.extend(inside.inner);
                    return Ok(());
                }
                ')' => {
                    open -= 1;
                    self.at += 1;
                }
                '(' => {
                    open += 1;
                    self.at += 1;
                }
                '$' => self.dollar(&mut inside, true)?,
                c if c.is_ascii_alphabetic() || c == '_' => {
                    let name = self.name();
                    self.counted.push(name);
                }
                c if c.is_ascii_digit() || (!self.ended() && " +-*/%<>=!&|^~?:,".contains(c)) => self.at += 1,
                _ => return Err("arithmetic is not understood".into()),
            }
        }
    }
}
