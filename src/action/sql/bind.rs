//! A statement with its values: bound where the server can, quoted where it cannot, refused where neither is safe.

use super::error::ScriptError;
use super::script::{Piece, Segment, Statement};
use super::{Family, value::Value};

/// How a server reads quotes now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dialect {
    /// The language.
    pub family: Family,
    /// A backslash escapes in an ordinary quote.
    pub backslash: bool,
    /// MariaDB and MySQL: `"x"` is a name.
    pub ansi: bool,
}

impl Dialect {
    /// As servers are set up by default.
    #[must_use]
    pub fn of(family: Family) -> Self {
        Self { family, backslash: family == Family::MySql, ansi: false }
    }

    /// `value` as a literal that this server reads back as the same value.
    #[must_use]
    pub fn literal(self, value: &Value) -> String {
        let mysql = self.family == Family::MySql;
        match value {
            Value::Null => "NULL".to_owned(),
            Value::Bool(yes) if mysql => u8::from(*yes).to_string(),
            Value::Bool(yes) => if *yes { "TRUE" } else { "FALSE" }.to_owned(),
            Value::Int(n) if *n < 0 => format!(" {n}"),
            Value::Int(n) => n.to_string(),
            Value::UInt(n) => n.to_string(),
            Value::Float(n) if n.is_finite() => format!(" {n:?}"),
            Value::Bytes(_) => {
                let shown = value.to_string();
                let hex = shown.get(2..).unwrap_or_default();
                if mysql { format!(" X'{hex}'") } else { format!(" decode('{hex}', 'hex')") }
            }
            other => self.text(&other.to_string()),
        }
    }

    fn text(self, text: &str) -> String {
        let doubled = text.replace('\'', "''");
        match self.family {
            Family::MySql if self.backslash => format!("'{}'", doubled.replace('\\', "\\\\").replace('\0', "\\0")),
            Family::MySql => format!("'{doubled}'"),
            // Means the same whatever standard_conforming_strings says.
            Family::Postgres if text.contains('\\') => format!(" E'{}'", doubled.replace('\\', "\\\\")),
            Family::Postgres => format!("'{doubled}'"),
        }
    }

    fn unquoted(self, text: &str, quote: char) -> String {
        let mut out = String::new();
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if c == quote {
                chars.next_if_eq(&quote);
                out.push(c);
            } else if c == '\\' && self.backslash {
                match chars.next() {
                    Some('n') => out.push('\n'),
                    Some('t') => out.push('\t'),
                    Some('r') => out.push('\r'),
                    Some('b') => out.push('\u{8}'),
                    Some('0') if self.family == Family::MySql => out.push('\0'),
                    Some('Z') if self.family == Family::MySql => out.push('\u{1a}'),
                    // For LIKE, MariaDB and MySQL leave the backslash before these.
                    Some(wild @ ('%' | '_')) if self.family == Family::MySql => out.extend(['\\', wild]),
                    Some(other) => out.push(other),
                    None => {}
                }
            } else {
                out.push(c);
            }
        }
        out
    }
}

/// A statement, ready to be sent. `Debug` does not show it: quoted values may be secrets.
#[derive(Clone, PartialEq)]
pub struct Rendered {
    /// The text, with `?` or `$1` where values are bound.
    pub text: String,
    /// The bound values, in the order of their places.
    pub bound: Vec<Value>,
    /// Its first word, in capitals.
    pub verb: String,
    /// Whether the text has quoted a backslash.
    pub backslash: bool,
    /// Ended with `\G`.
    pub vertical: bool,
}

impl std::fmt::Debug for Rendered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rendered").field("verb", &self.verb).field("bound", &self.bound.len()).finish_non_exhaustive()
    }
}

impl Statement {
    /// With its values.
    ///
    /// # Errors
    /// When a value stands where it can neither be bound nor quoted.
    pub fn render(&self, values: &[Value], dialect: Dialect) -> Result<Rendered, ScriptError> {
        let mut out =
            Writer { dialect, values, text: String::new(), bound: Vec::new(), words: Vec::new(), bindable: false };
        let mut backslash = false;
        for (at, segment) in self.segments.iter().enumerate() {
            match segment {
                Segment::Code(code) => out.code(code),
                Segment::Mark(index) => out.mark(*index, glued(self.segments.get(at + 1)))?,
                Segment::Quoted { quote, inside } => {
                    backslash |= inside.iter().any(|p| matches!(p, Piece::Text(t) if t.contains('\\')));
                    out.quoted(*quote, inside)?;
                }
                Segment::Opaque { what, inside } => out.opaque(what, inside)?,
            }
        }
        let verb = out.words.first().cloned().unwrap_or_default();
        if verb == "COPY" && out.words.iter().any(|word| word == "STDIN" || word == "STDOUT") {
            return Err(ScriptError::Copy);
        }
        Ok(Rendered { text: out.text, bound: out.bound, verb, backslash, vertical: self.vertical })
    }
}

fn glued(next: Option<&Segment>) -> bool {
    match next {
        Some(Segment::Code(code)) => code.chars().next().is_some_and(|c| part_of_name(c) || c == '.' || c == '('),
        Some(Segment::Mark(_)) => true,
        Some(Segment::Quoted { quote, .. }) => *quote != '\'',
        _ => false,
    }
}

fn part_of_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$' || c == '@'
}

const NAME_AFTER: [&str; 24] = [
    "FROM",
    "JOIN",
    "INTO",
    "UPDATE",
    "TABLE",
    "TABLES",
    "DATABASE",
    "SCHEMA",
    "USE",
    "INDEX",
    "VIEW",
    "COLUMN",
    "SEQUENCE",
    "TRUNCATE",
    "DESCRIBE",
    "DESC",
    "GLOBAL",
    "SESSION",
    "SET",
    "RESET",
    "PROCEDURE",
    "FUNCTION",
    "BY",
    "AS",
];
const NAME_AFTER_IN_POSTGRES: [&str; 9] =
    ["ROLE", "USER", "PUBLICATION", "SUBSCRIPTION", "TABLESPACE", "EXTENSION", "TO", "OWNER", "SHOW"];
const BINDABLE: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "WITH", "VALUES", "REPLACE", "MERGE"];

struct Writer<'a> {
    dialect: Dialect,
    values: &'a [Value],
    text: String,
    bound: Vec<Value>,
    /// Words of the code so far, in capitals; an operator or a parenthesis empties nothing but ends a word.
    words: Vec<String>,
    bindable: bool,
}

impl Writer<'_> {
    fn value(&self, index: usize) -> Result<&Value, ScriptError> {
        let value = self.values.get(index).ok_or(ScriptError::NoValue { index })?;
        let nul = matches!(value, Value::Text(text) if text.contains('\0'));
        if nul && self.dialect.family == Family::Postgres { Err(ScriptError::Nul { index }) } else { Ok(value) }
    }

    fn code(&mut self, code: &str) {
        self.text.push_str(code);
        for word in code.split(|c: char| !part_of_name(c)).filter(|word| !word.is_empty()) {
            self.words.push(word.to_uppercase());
        }
        if let Some(verb) = self.words.first() {
            // A bound value has no place in what makes or changes an object.
            self.bindable = BINDABLE.contains(&verb.as_str())
                && (verb != "SELECT" || !self.words.iter().any(|w| w == "OUTFILE" || w == "DUMPFILE"));
        }
    }

    fn opaque(&mut self, place: &'static str, inside: &[Piece]) -> Result<(), ScriptError> {
        for piece in inside {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Parameter(index) => return Err(ScriptError::Place { index: *index, place }),
            }
        }
        Ok(())
    }

    /// The word right before, when nothing but white space lies between.
    fn word_before(&self) -> Option<&str> {
        let open = self.text.trim_end();
        open.ends_with(part_of_name).then(|| self.words.last().map(String::as_str)).flatten()
    }

    fn stands_for_a_name(&self) -> bool {
        let Some(word) = self.word_before() else { return false };
        let postgres = self.dialect.family == Family::Postgres;
        let two_before = self.words.len().checked_sub(2).and_then(|at| self.words.get(at)).map(String::as_str);
        match word {
            "FROM" => two_before != Some("DISTINCT"),
            "EXISTS" => two_before == Some("IF"),
            // `SET x TO value`
            "TO" => postgres && self.words.first().is_none_or(|verb| verb != "SET" && verb != "ALTER"),
            // `IDENTIFIED BY 'x'`
            "BY" => two_before != Some("IDENTIFIED"),
            // `IDENTIFIED WITH plugin AS 'hash'`
            "AS" => self.bindable,
            _ => NAME_AFTER.contains(&word) || (postgres && NAME_AFTER_IN_POSTGRES.contains(&word)),
        }
    }

    fn mark(&mut self, index: usize, glued_after: bool) -> Result<(), ScriptError> {
        let value = self.value(index)?.clone();
        let glued_before = self.text.ends_with(|c| part_of_name(c) || c == '.' || c == '`' || c == '"');
        if glued_before || glued_after || self.stands_for_a_name() {
            // A user or host of MariaDB is a name that may be quoted as text: 'app'@'10.%'.
            let text = value.to_string();
            if !plain_name(&text, glued_before) {
                return Err(ScriptError::NotAName { index });
            }
            self.text.push_str(&text);
            self.words.push(text.to_uppercase());
            return Ok(());
        }
        self.place(value);
        Ok(())
    }

    /// Binds or quotes.
    fn place(&mut self, value: Value) {
        let number =
            matches!(&value, Value::Text(t) if !t.is_empty() && t.len() < 19 && t.bytes().all(|b| b.is_ascii_digit()));
        if number && self.wants_a_number() {
            self.text.push_str(&value.to_string());
        } else if self.bindable {
            self.bound.push(value);
            match self.dialect.family {
                Family::MySql => self.text.push('?'),
                Family::Postgres => self.text.push_str(&format!("${}", self.bound.len())),
            }
        } else {
            self.text.push_str(&self.dialect.literal(&value));
        }
        self.words.push(String::new());
    }

    /// `LIMIT 5`, `MASTER_PORT = 3306`, `KILL 7`, `SET GLOBAL read_only = 1`: digits there are a number.
    fn wants_a_number(&self) -> bool {
        let Some(word) = self.words.last() else { return false };
        if self.word_before().is_some() {
            return ["LIMIT", "OFFSET", "KILL", "CONNECTION", "QUERY"].contains(&word.as_str());
        }
        let option = ["_PORT", "_POS", "_RETRY", "_DELAY", "_PERIOD", "_SSL"].iter().any(|end| word.ends_with(end));
        let equals = self.text.trim_end().ends_with('=');
        equals && !self.bindable && (option || self.words.first().is_some_and(|verb| verb == "SET"))
    }

    fn quoted(&mut self, quote: char, inside: &[Piece]) -> Result<(), ScriptError> {
        let is_name = quote == '`' || (quote == '"' && (self.dialect.ansi || self.dialect.family == Family::Postgres));
        let has_mark = inside.iter().any(|piece| matches!(piece, Piece::Parameter(_)));
        if has_mark && !is_name {
            let mut whole = String::new();
            for piece in inside {
                match piece {
                    Piece::Text(text) => whole.push_str(&self.dialect.unquoted(text, quote)),
                    Piece::Parameter(index) => whole.push_str(&self.value(*index)?.to_string()),
                }
            }
            // It was quoted: text, also when it is all digits.
            if self.bindable {
                self.place(Value::Text(whole));
            } else {
                self.text.push_str(&self.dialect.text(&whole));
                self.words.push(String::new());
            }
            return Ok(());
        }
        self.text.push(quote);
        for piece in inside {
            match piece {
                Piece::Text(text) => self.text.push_str(text),
                Piece::Parameter(index) => {
                    let text = self.value(*index)?.to_string();
                    if text.is_empty() || text.chars().any(|c| c == quote || c == '\\' || c.is_control()) {
                        return Err(ScriptError::NotAName { index: *index });
                    }
                    self.text.push_str(&text);
                }
            }
        }
        self.text.push(quote);
        self.words.push(String::new());
        Ok(())
    }
}

fn plain_name(text: &str, continues: bool) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '$')
        && (continues || !text.starts_with(|c: char| c.is_ascii_digit() || c == '$'))
}
