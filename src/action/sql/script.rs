//! A text of several statements, split as the server reads it.

use super::bind::Dialect;
use super::error::ScriptError;
use super::{Family, value::Value};

/// Begins the mark of a parameter: `\u{E001}0\u{E002}` stands for the first value.
pub const MARK_OPEN: char = '\u{E001}';
/// Ends it.
pub const MARK_CLOSE: char = '\u{E002}';

/// Text, or the place of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Text.
    Text(String),
    /// A value, by its number from 0.
    Parameter(usize),
}

/// Statements with the values for their marks. `Debug` does not show the values.
#[derive(Clone)]
pub struct Script {
    pub(super) text: Vec<Piece>,
    pub(super) values: Vec<Value>,
}

impl std::fmt::Debug for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Script").field("text", &self.text).field("values", &self.values.len()).finish()
    }
}

impl Script {
    /// From text with numbered marks.
    ///
    /// # Errors
    /// When a mark has no value.
    pub fn new(text: &str, values: Vec<Value>) -> Result<Self, ScriptError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(at) = rest.find(MARK_OPEN) {
            let after = &rest[at + MARK_OPEN.len_utf8()..];
            let mark = after.split_once(MARK_CLOSE).and_then(|(n, tail)| Some((n.parse::<usize>().ok()?, tail)));
            let Some((index, tail)) = mark else {
                let (text, tail) = rest.split_at(at + MARK_OPEN.len_utf8());
                pieces.push(Piece::Text(text.to_owned()));
                rest = tail;
                continue;
            };
            pieces.push(Piece::Text(rest[..at].to_owned()));
            pieces.push(Piece::Parameter(index));
            rest = tail;
        }
        pieces.push(Piece::Text(rest.to_owned()));
        Self::of_pieces(pieces, values)
    }

    /// From pieces.
    ///
    /// # Errors
    /// When a place has no value.
    pub fn of_pieces(text: Vec<Piece>, values: Vec<Value>) -> Result<Self, ScriptError> {
        for piece in &text {
            if let Piece::Parameter(index) = piece {
                values.get(*index).ok_or(ScriptError::NoValue { index: *index })?;
            }
        }
        Ok(Self { text, values })
    }

    /// The statements, as `dialect` reads quotes.
    ///
    /// # Errors
    /// When a quote or comment has no end, or a line is a command of a terminal client.
    pub fn split(&self, dialect: Dialect) -> Result<Vec<Statement>, ScriptError> {
        let mut units = Vec::new();
        for piece in &self.text {
            match piece {
                Piece::Text(text) => units.extend(text.chars().map(Unit::Char)),
                Piece::Parameter(index) => units.push(Unit::Mark(*index)),
            }
        }
        Lexer { units, at: 0, line: 1, dialect, delimiter: vec![';'] }.statements()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Char(char),
    Mark(usize),
}

/// A stretch of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Segment {
    /// Outside quotes.
    Code(String),
    /// A value's place outside quotes.
    Mark(usize),
    /// A quoted stretch with its quotes: prefix, quote, inside.
    Quoted { quote: char, inside: Vec<Piece> },
    /// A dollar quote, an `E'…'` or the like: text that takes no marks.
    Opaque { what: &'static str, inside: Vec<Piece> },
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub(super) segments: Vec<Segment>,
    /// The line it begins on, from 1.
    pub line: usize,
    /// Ended with `\G`.
    pub vertical: bool,
}

struct Lexer {
    units: Vec<Unit>,
    at: usize,
    line: usize,
    dialect: Dialect,
    delimiter: Vec<char>,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        match self.units.get(self.at + ahead) {
            Some(Unit::Char(c)) => Some(*c),
            _ => None,
        }
    }

    fn looking_at(&self, text: &[char]) -> bool {
        !text.is_empty() && text.iter().enumerate().all(|(ahead, c)| self.peek(ahead) == Some(*c))
    }

    fn next(&mut self) -> Option<Unit> {
        let unit = self.units.get(self.at).copied();
        if unit == Some(Unit::Char('\n')) {
            self.line += 1;
        }
        self.at += 1;
        unit
    }

    fn skip(&mut self, many: usize) {
        for _ in 0..many {
            self.next();
        }
    }

    fn mysql(&self) -> bool {
        self.dialect.family == Family::MySql
    }

    fn statements(mut self) -> Result<Vec<Statement>, ScriptError> {
        let mut done = Vec::new();
        let mut now = Builder::default();
        while self.at < self.units.len() {
            if now.is_blank() {
                self.client_command()?;
            }
            if self.looking_at(&self.delimiter.clone()) {
                self.skip(self.delimiter.len());
                now.finish(false, &mut done);
            } else if let Some((long, vertical)) = self.terminator() {
                self.skip(long);
                now.finish(vertical, &mut done);
            } else {
                self.stretch(&mut now)?;
            }
        }
        now.finish(false, &mut done);
        Ok(done)
    }

    /// `\G`, `\g`, `\gx` at the end of a statement.
    fn terminator(&self) -> Option<(usize, bool)> {
        if self.peek(0) != Some('\\') {
            return None;
        }
        match (self.peek(1), self.peek(2), self.mysql()) {
            (Some('g'), Some('x'), false) => Some((3, true)),
            (Some('G'), ..) => Some((2, true)),
            (Some('g'), after, _) if !after.is_some_and(char::is_alphanumeric) => Some((2, false)),
            _ => None,
        }
    }

    /// At the beginning of a statement: `DELIMITER x` is obeyed, other client commands are refused.
    fn client_command(&mut self) -> Result<(), ScriptError> {
        let start: String = (0..10).map_while(|ahead| self.peek(ahead)).collect();
        let delimiter = self.mysql() && start.to_ascii_uppercase().starts_with("DELIMITER ");
        if delimiter {
            self.skip(10);
            let mut wanted = Vec::new();
            while let Some(c) = self.peek(0).filter(|c| *c != '\n') {
                self.next();
                wanted.push(c);
            }
            let wanted: String = wanted.into_iter().collect();
            self.delimiter = wanted.trim().chars().collect();
            if self.delimiter.is_empty() {
                self.delimiter = vec![';'];
            }
        } else if start.starts_with('\\') && self.terminator().is_none() {
            let word = (0..20).map_while(|ahead| self.peek(ahead)).take_while(|c| !c.is_whitespace()).collect();
            return Err(ScriptError::ClientCommand { word, line: self.line });
        }
        Ok(())
    }

    /// A quote, a comment, a mark or one character.
    fn stretch(&mut self, now: &mut Builder) -> Result<(), ScriptError> {
        let line = self.line;
        let Some(Unit::Char(c)) = self.units.get(self.at).copied() else {
            if let Some(Unit::Mark(index)) = self.next() {
                now.push(Segment::Mark(index), line);
            }
            return Ok(());
        };
        let second = self.peek(1);
        match c {
            '-' if second == Some('-') && (!self.mysql() || self.peek(2).is_none_or(|c| c <= ' ')) => {
                self.line_comment(now);
            }
            '#' if self.mysql() => self.line_comment(now),
            '/' if second == Some('*') => return self.block_comment(now, line),
            '\'' | '"' => {
                let escaped = c == '\'' && !self.mysql() && now.ends_with_prefix();
                let backslash =
                    escaped || (self.dialect.backslash && (c == '\'' || self.mysql() && !self.dialect.ansi));
                self.next();
                let inside = self.quoted(c, backslash, line)?;
                now.push(
                    if escaped {
                        Segment::Opaque { what: "a quote with a prefix", inside: wrap('\'', inside) }
                    } else {
                        Segment::Quoted { quote: c, inside }
                    },
                    line,
                );
            }
            '`' if self.mysql() => {
                self.next();
                let inside = self.quoted('`', false, line)?;
                now.push(Segment::Quoted { quote: '`', inside }, line);
            }
            '$' if !self.mysql() && !now.ends_in_word() => {
                if let Some(tag) = self.dollar_tag() {
                    return self.dollar_quoted(&tag, now, line);
                }
                self.next();
                now.push_char(c, line);
            }
            _ => {
                self.next();
                now.push_char(c, line);
            }
        }
        Ok(())
    }

    fn line_comment(&mut self, now: &mut Builder) {
        while self.at < self.units.len() && self.peek(0) != Some('\n') {
            self.next();
        }
        now.space();
    }

    /// PostgreSQL's nest; MySQL's `/*! … */` and `/*+ … */` are kept, they mean something.
    fn block_comment(&mut self, now: &mut Builder, line: usize) -> Result<(), ScriptError> {
        let mut kept = Vec::new();
        let mut depth = 0_usize;
        loop {
            if self.looking_at(&['/', '*']) && (depth == 0 || !self.mysql()) {
                depth += 1;
                self.skip(2);
                push_chars(&mut kept, "/*");
            } else if self.looking_at(&['*', '/']) {
                depth -= 1;
                self.skip(2);
                push_chars(&mut kept, "*/");
                if depth == 0 {
                    break;
                }
            } else {
                push_unit(&mut kept, self.next().ok_or(ScriptError::Open { what: "comment", line })?);
            }
        }
        let text = match kept.first() {
            Some(Piece::Text(text)) => text.as_str(),
            _ => "",
        };
        if self.mysql() && ["/*!", "/*M!", "/*+"].iter().any(|open| text.starts_with(open)) {
            now.push(Segment::Opaque { what: "a comment that is executed", inside: kept }, line);
        } else {
            now.space();
        }
        Ok(())
    }

    /// What stands up to the closing quote, as it is written.
    fn quoted(&mut self, quote: char, backslash: bool, line: usize) -> Result<Vec<Piece>, ScriptError> {
        let mut inside = Vec::new();
        loop {
            let unit = self.next().ok_or(ScriptError::Open { what: "quote", line })?;
            if unit == Unit::Char(quote) {
                if self.peek(0) != Some(quote) {
                    return Ok(inside);
                }
                push_unit(&mut inside, unit);
                self.next();
                push_unit(&mut inside, unit);
            } else if unit == Unit::Char('\\') && backslash {
                push_unit(&mut inside, unit);
                if let Some(Unit::Char(_)) = self.units.get(self.at) {
                    push_unit(&mut inside, self.next().ok_or(ScriptError::Open { what: "quote", line })?);
                }
            } else {
                push_unit(&mut inside, unit);
            }
        }
    }

    /// `$tag$`
    fn dollar_tag(&self) -> Option<Vec<char>> {
        let mut tag = vec!['$'];
        loop {
            let c = self.peek(tag.len())?;
            let first = tag.len() == 1;
            tag.push(c);
            if c == '$' {
                return Some(tag);
            }
            if !(c == '_' || c.is_alphabetic() || (!first && c.is_alphanumeric())) {
                return None;
            }
        }
    }

    fn dollar_quoted(&mut self, tag: &[char], now: &mut Builder, line: usize) -> Result<(), ScriptError> {
        self.skip(tag.len());
        let tag_text: String = tag.iter().collect();
        let mut inside = Vec::new();
        push_chars(&mut inside, &tag_text);
        while !self.looking_at(tag) {
            push_unit(&mut inside, self.next().ok_or(ScriptError::Open { what: "dollar quote", line })?);
        }
        self.skip(tag.len());
        push_chars(&mut inside, &tag_text);
        now.push(Segment::Opaque { what: "a dollar quote", inside }, line);
        Ok(())
    }
}

fn push_unit(pieces: &mut Vec<Piece>, unit: Unit) {
    match (unit, pieces.last_mut()) {
        (Unit::Char(c), Some(Piece::Text(text))) => text.push(c),
        (Unit::Char(c), _) => pieces.push(Piece::Text(c.to_string())),
        (Unit::Mark(index), _) => pieces.push(Piece::Parameter(index)),
    }
}

fn push_chars(pieces: &mut Vec<Piece>, text: &str) {
    text.chars().for_each(|c| push_unit(pieces, Unit::Char(c)));
}

fn wrap(quote: char, inside: Vec<Piece>) -> Vec<Piece> {
    let mut pieces = Vec::new();
    push_unit(&mut pieces, Unit::Char(quote));
    for piece in inside {
        match piece {
            Piece::Text(text) => push_chars(&mut pieces, &text),
            Piece::Parameter(index) => push_unit(&mut pieces, Unit::Mark(index)),
        }
    }
    push_unit(&mut pieces, Unit::Char(quote));
    pieces
}

#[derive(Default)]
struct Builder {
    segments: Vec<Segment>,
    line: usize,
}

impl Builder {
    /// Nothing but white space yet.
    fn is_blank(&self) -> bool {
        self.segments.is_empty()
    }

    fn push_char(&mut self, c: char, line: usize) {
        match self.segments.last_mut() {
            Some(Segment::Code(code)) => code.push(c),
            None if c.is_whitespace() => {}
            _ => self.push(Segment::Code(c.to_string()), line),
        }
    }

    fn space(&mut self) {
        let line = self.line;
        self.push_char(' ', line);
    }

    fn push(&mut self, segment: Segment, line: usize) {
        if self.segments.is_empty() {
            self.line = line;
        }
        self.segments.push(segment);
    }

    fn ends_in_word(&self) -> bool {
        matches!(self.segments.last(), Some(Segment::Code(code))
            if code.chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$'))
    }

    /// `E`, `U&`, `B`, `X`, `N` right before a quote.
    fn ends_with_prefix(&self) -> bool {
        let Some(Segment::Code(code)) = self.segments.last() else { return false };
        let word = code.rsplit(|c: char| c.is_whitespace() || "(),=<>|+-*/".contains(c)).next().unwrap_or("");
        ["e", "u&", "b", "x", "n"].iter().any(|prefix| word.eq_ignore_ascii_case(prefix))
    }

    fn finish(&mut self, vertical: bool, done: &mut Vec<Statement>) {
        let segments = std::mem::take(&mut self.segments);
        if !segments.is_empty() {
            done.push(Statement { segments, line: self.line, vertical });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(family: Family, text: &str) -> Vec<String> {
        let values: Vec<Value> = ["plain_name", "it's", "a b"].map(|v| Value::Text(v.to_owned())).into();
        let dialect = Dialect::of(family);
        let script = Script::new(text, values.clone()).unwrap_or_else(|e| panic!("{e}"));
        let statements = script.split(dialect).unwrap_or_else(|e| panic!("{text}: {e}"));
        statements.iter().map(|s| s.render(&values, dialect).map_or_else(|e| e.to_string(), |r| r.text)).collect()
    }

    #[test]
    fn splits_as_the_servers_do() {
        let mysql = |text| split(Family::MySql, text);
        assert_eq!(
            mysql("SELECT 1;;\n -- a;b\n# c;\nSELECT ';', \"\\\";\", `;` ;"),
            ["SELECT 1", "SELECT ';', \"\\\";\", `;` "]
        );
        assert_eq!(mysql("SHOW SLAVE STATUS\\G SELECT 1--1"), ["SHOW SLAVE STATUS", "SELECT 1--1"]);
        assert_eq!(mysql("delimiter //\nA; B//\ndelimiter ;\nC;D"), ["A; B", "C", "D"]);
        assert_eq!(
            mysql("/* no */ SELECT /*+ hint; */ 1 /*! STRAIGHT_JOIN */"),
            ["SELECT /*+ hint; */ 1 /*! STRAIGHT_JOIN */"]
        );
        let postgres = |text| split(Family::Postgres, text);
        assert_eq!(
            postgres("SELECT '\\'; SELECT E'\\';'; SELECT $a$;$$;$a$, a$b"),
            ["SELECT '\\'", "SELECT E'\\';'", "SELECT $a$;$$;$a$, a$b"]
        );
        assert_eq!(postgres("/* /* ; */ ; */ SELECT 1"), ["SELECT 1"]);
        for open in ["SELECT 'a", "SELECT /* a", "SELECT $$ a", "SELECT \"a"] {
            let script = Script::new(open, vec![]).unwrap_or_else(|e| panic!("{e}"));
            assert!(
                matches!(script.split(Dialect::of(Family::Postgres)), Err(ScriptError::Open { line: 1, .. })),
                "{open}"
            );
        }
        let client = Script::new("\nSELECT 1;\n\\c other", vec![]).unwrap_or_else(|e| panic!("{e}"));
        assert!(matches!(client.split(Dialect::of(Family::Postgres)), Err(ScriptError::ClientCommand { line: 3, .. })));
    }

    #[test]
    fn values_stand_where_they_may() {
        let (a, b, c) = ("\u{E001}0\u{E002}", "\u{E001}1\u{E002}", "\u{E001}2\u{E002}");
        let no = |text: &str| {
            assert!(split(Family::MySql, text)[0].contains("value "), "{text}: {:?}", split(Family::MySql, text));
        };
        assert_eq!(
            split(Family::MySql, &format!("SELECT {a}, '{b} x' FROM {a}.t_{a}")),
            ["SELECT ?, ? FROM plain_name.t_plain_name"]
        );
        assert_eq!(split(Family::Postgres, &format!("SELECT {b} WHERE x = {c}")), ["SELECT $1 WHERE x = $2"]);
        assert_eq!(split(Family::MySql, &format!("SET x = {b}")), ["SET x = 'it''s'"]);
        assert_eq!(
            split(Family::MySql, &format!("CREATE USER '{a}'@'%' IDENTIFIED BY {b}")),
            ["CREATE USER 'plain_name'@'%' IDENTIFIED BY 'it''s'"]
        );
        assert_eq!(split(Family::MySql, &format!("SELECT 1 -- {b}")), ["SELECT 1  "]);
        assert_eq!(split(Family::MySql, &format!("DROP TABLE `{c}`")), ["DROP TABLE `a b`"]);
        no(&format!("DROP TABLE {b}"));
        no(&format!("SELECT {b}.x"));
        no(&format!("SELECT x{b}"));
        no(&format!("SELECT {b}()"));
        no(&format!("SELECT 1 /*! {b} */"));
        let postgres = split(Family::Postgres, &format!("ALTER ROLE {b} PASSWORD 'x'; DO $$ {a} $$; SELECT E'{a}'"));
        assert!(postgres.iter().all(|text| text.contains("value ")), "{postgres:?}");
    }
}
