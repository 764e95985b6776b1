//! What SQL text does: split into statements, each known by its first words.

mod query;

use super::effect::Judged;
use super::model::Effect;
use super::programs::PROGRAMS;

/// Bytes that are nothing but themselves in a statement.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = 0_u8;
    while byte < 128 {
        plain[byte as usize] = !matches!(byte, b'-' | b'#' | b'/' | b'\'' | b'"' | b';' | b'\\' | b'\n');
        byte += 1;
    }
    plain
};

/// The statements of a text, comments and quoted text blanked out, in lower case with single spaces.
#[must_use]
pub fn statements(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    let mut line_start = true;
    while i < bytes.len() {
        let plain = bytes[i..].iter().take_while(|b| PLAIN[usize::from(**b)]).count();
        if plain > 0 {
            let from = current.len();
            current.push_str(&text[i..i + plain]);
            current[from..].make_ascii_lowercase();
            i += plain;
            line_start = false;
            continue;
        }
        let rest = &text[i..];
        let c = bytes[i];
        let skipped = if rest.starts_with("--") || c == b'#' {
            rest.find('\n')
        } else if rest.starts_with("/*") && !rest.starts_with("/*!") {
            rest.find("*/").map(|n| n + 2)
        } else {
            Some(0)
        };
        let Some(skipped) = skipped else { break };
        if skipped > 0 {
            current.push(' ');
            i += skipped;
            continue;
        }
        match c {
            b'\'' | b'"' => {
                current.push_str("''");
                i += quoted(bytes, i, c);
                continue;
            }
            b';' => end(&mut current, &mut out),
            b'\\' if matches!(bytes.get(i + 1), Some(b'G' | b'g')) => {
                end(&mut current, &mut out);
                i += 1;
            }
            b'\n' if line_start || current.trim_start().starts_with('\\') => end(&mut current, &mut out),
            _ if c.is_ascii() => {
                current.push(char::from(c.to_ascii_lowercase()));
                i += 1;
                line_start = false;
                continue;
            }
            _ => {
                let len = rest.chars().next().map_or(1, char::len_utf8);
                current.extend(rest[..len].chars().flat_map(char::to_lowercase));
                i += len;
                line_start = false;
                continue;
            }
        }
        line_start = c == b'\n';
        i += 1;
        current.push(' ');
    }
    end(&mut current, &mut out);
    out
}

/// Whether dots stand in a statement, or are all of a text in quotes: the author leaves something out.
#[must_use]
pub fn leaves_out(text: &str) -> bool {
    // Most texts have no dots, and their statements are not looked at.
    let dotted = memchr::memmem::find(text.as_bytes(), b"...").is_some() || !text.is_ascii() && text.contains('…');
    dotted
        && (statements(text).iter().any(|statement| statement.contains("...") || statement.contains('…'))
            || ["'...'", "'…'", "\"...\"", "\"…\""].iter().any(|whole| text.contains(whole)))
}

/// The length of a quoted text, its quotes included.
fn quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut i = start + 1;
    while i < bytes.len() {
        match bytes[i] {
            b'\\' => i += 2,
            b if b == quote => return i + 1 - start,
            _ => i += 1,
        }
    }
    bytes.len() - start
}

fn end(current: &mut String, out: &mut Vec<String>) {
    let words: Vec<&str> = current.split_whitespace().collect();
    if !words.is_empty() {
        out.push(words.join(" "));
    }
    current.clear();
}

/// Whether a text begins like a statement, with more than its first word or a semicolon.
#[must_use]
pub fn looks_like(text: &str) -> bool {
    let text = text.trim();
    if text.starts_with('\\') {
        return text.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
    }
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    if first.is_empty() || !text[first.len()..].contains(char::is_whitespace) {
        return false;
    }
    let upper = first.len() > 2 && first.bytes().all(|b| b.is_ascii_uppercase());
    // Lower-case words such as `set` or `show` are also English and shell.
    if !(upper || text.ends_with(';') || first.eq_ignore_ascii_case("select")) {
        return false;
    }
    let lower = first.to_ascii_lowercase();
    PROGRAMS.sql_read.contains(&lower) || PROGRAMS.sql_write.contains(&lower)
}

/// Whose rules a text is read by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// MySQL and MariaDB, in their own client.
    MySql,
    /// PostgreSQL, in `psql`.
    Postgres,
    /// Not known: only what all of them read alike is proven.
    Any,
}

/// The strongest effect of the statements of a text.
#[must_use]
pub fn effect(text: &str) -> Judged {
    if let Some(why) = destroys(text) {
        return (Effect::Destructive, why);
    }
    match reads(text, Dialect::Any) {
        Ok(()) => (Effect::Read, "every statement only reads".into()),
        Err(why) => (Effect::Write, why),
    }
}

/// Which statement of a text destroys, as far as that can be seen.
pub(super) fn destroys(text: &str) -> Option<String> {
    statements(text).iter().find_map(|statement| {
        let first = statement.split([' ', '(']).next().unwrap_or("");
        let listed = PROGRAMS
            .sql_destructive
            .iter()
            .any(|d| statement.strip_prefix(d.as_str()).is_some_and(|r| r.is_empty() || r.starts_with(' ')));
        let destroys = listed
            || (first == "delete" && !statement.contains(" where "))
            || (first == "alter" && statement.contains(" drop "));
        destroys.then(|| format!("`{}` destroys", shown(statement.split(' '))))
    })
}

fn shown<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.take(3).collect::<Vec<_>>().join(" ").to_uppercase()
}

/// A piece of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// A word or a number without quotes, in lower case.
    Word(String),
    /// What stands in quotes.
    Quoted,
    Sign(char),
}

/// Why a text is not proven to read, or nothing. Where the dialects disagree about where a text, a comment or a statement
/// ends, nothing is proven.
pub(super) fn reads(text: &str, dialect: Dialect) -> Result<(), String> {
    let mut lexer = Lexer { chars: text.chars().collect(), at: 0, dialect, statement: Vec::new(), begins: 0 };
    lexer.run()
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
    dialect: Dialect,
    statement: Vec<Token>,
    /// Where the statement begins.
    begins: usize,
}

impl Lexer {
    fn peek(&self, n: usize) -> char {
        self.chars.get(self.at + n).copied().unwrap_or('\0')
    }

    fn run(&mut self) -> Result<(), String> {
        while self.at < self.chars.len() {
            let c = self.peek(0);
            match c {
                ' ' | '\t' | '\n' => self.at += 1,
                '-' if self.peek(1) == '-' => self.comment(2)?,
                '#' if self.dialect == Dialect::MySql => self.comment(1)?,
                '/' if self.peek(1) == '*' => self.block()?,
                '\'' | '"' => self.text(c)?,
                '`' => self.backquoted()?,
                ';' => {
                    self.end()?;
                    self.at += 1;
                    self.begins = self.at;
                }
                '\\' => self.meta()?,
                ':' if self.peek(1) == ':' => {
                    self.statement.push(Token::Sign(':'));
                    self.at += 2;
                }
                '[' | ']' if self.dialect != Dialect::Postgres => return Err("`[` is read in two ways".into()),
                '(' | ')' | ',' | '.' | '=' | '<' | '>' | '+' | '-' | '*' | '/' | '%' | '!' | '|' | '&' | '~' | '^'
                | '@' | '[' | ']' => {
                    self.statement.push(Token::Sign(c));
                    self.at += 1;
                }
                _ if c.is_alphanumeric() || c == '_' => self.word()?,
                _ => return Err(format!("what `{}` means in SQL is not clear", c.escape_default())),
            }
        }
        self.end()
    }

    fn comment(&mut self, width: usize) -> Result<(), String> {
        // `1--1` subtracts in MySQL and ends the line elsewhere.
        if width == 2 && !matches!(self.peek(2), ' ' | '\t' | '\n' | '\0') {
            return Err("`--` is a comment only to some databases".into());
        }
        while self.at < self.chars.len() && self.peek(0) != '\n' {
            if self.peek(0).is_control() && self.peek(0) != '\t' {
                return Err("a control character".into());
            }
            self.at += 1;
        }
        Ok(())
    }

    fn block(&mut self) -> Result<(), String> {
        let rest: String = self.chars[self.at + 2..].iter().collect();
        let inside = rest.split_once("*/").ok_or("a comment is not closed")?.0;
        // `/*! … */` and `/*M! … */` run; PostgreSQL nests comments; clients look for quotes and ends in them.
        let plain = |c: char| c.is_alphanumeric() || " \t\n_.,:=()<>-".contains(c);
        if inside.starts_with(['!', '+', 'M', 'm']) || !inside.chars().all(plain) {
            return Err("a comment that may run, or ends elsewhere for some databases".into());
        }
        self.at += inside.chars().count() + 4;
        Ok(())
    }

    fn text(&mut self, quote: char) -> Result<(), String> {
        if matches!(self.statement.last(), Some(Token::Word(w)) if w == "q" || w == "nq")
            && self.at > 0
            && self.chars[self.at - 1].is_alphanumeric()
        {
            return Err("a quoted text with marks of its own".into());
        }
        self.at += 1;
        loop {
            match self.peek(0) {
                _ if self.at >= self.chars.len() => return Err("a quote is not closed".into()),
                '\\' => return Err("a backslash in a text is read differently by each database".into()),
                crate::runbook::shell::strict::VALUE => return Err("a value is put into the SQL".into()),
                c if c == quote => break,
                _ => self.at += 1,
            }
        }
        self.at += 1;
        self.statement.push(Token::Quoted);
        Ok(())
    }

    fn backquoted(&mut self) -> Result<(), String> {
        let length = self.chars[self.at + 1..].iter().position(|c| *c == '`').ok_or("a quote is not closed")?;
        let inside = &self.chars[self.at + 1..self.at + 1 + length];
        if inside.is_empty() || !inside.iter().all(|c| c.is_alphanumeric() || *c == '_' || *c == '.') {
            return Err("a name with more than letters".into());
        }
        self.at += length + 2;
        self.statement.push(Token::Quoted);
        Ok(())
    }

    fn word(&mut self) -> Result<(), String> {
        let mut word = String::new();
        while self.peek(0).is_alphanumeric() || self.peek(0) == '_' {
            word.extend(self.peek(0).to_lowercase());
            self.at += 1;
        }
        if matches!(self.peek(0), '$' | '#') {
            return Err("a name that databases read differently".into());
        }
        self.statement.push(Token::Word(word));
        Ok(())
    }

    /// `\G`, `\g` and what `psql` does by itself.
    fn meta(&mut self) -> Result<(), String> {
        let line: String = self.chars[self.at..].iter().take_while(|c| **c != '\n').collect();
        let command = line.split([' ', '\t', ';']).next().unwrap_or("");
        if !self.statement.is_empty() {
            let ends = command == "\\G"
                || (command == "\\g" || command == "\\gx") && line.trim_end_matches([' ', ';']) == command;
            if !ends {
                return Err(format!("`{command}` may change something"));
            }
            self.end()?;
            self.at += command.len();
            self.begins = self.at;
            return Ok(());
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || " \t_.*+-?,".contains(c);
        if self.dialect == Dialect::MySql || !PROGRAMS.sql_session.hold(command) || !line[1..].chars().all(plain) {
            return Err(format!("`{command}` may change something"));
        }
        self.at += line.chars().count();
        self.begins = self.at;
        Ok(())
    }

    fn end(&mut self) -> Result<(), String> {
        let statement = std::mem::take(&mut self.statement);
        if statement.is_empty() {
            return Ok(());
        }
        only_reads(&statement, self.dialect)?;
        if !is_query(&statement) {
            return Ok(());
        }
        let text: String = self.chars[self.begins..self.at].iter().collect();
        query::only_reads(&text, self.dialect)
    }
}

/// Whether a statement is a query, which a parser can read. `SHOW` and the like are each database's own.
fn is_query(tokens: &[Token]) -> bool {
    let begins = |t: &Token| match t {
        Token::Word(w) => matches!(w.as_str(), "select" | "with" | "values"),
        Token::Sign(c) => *c == '(',
        Token::Quoted => false,
    };
    tokens.first().is_some_and(begins)
}

/// One statement.
fn only_reads(tokens: &[Token], dialect: Dialect) -> Result<(), String> {
    let word = |i: usize| match tokens.get(i) {
        Some(Token::Word(w)) => w.as_str(),
        _ => "",
    };
    let words: Vec<&str> = (0..tokens.len()).map(word).collect();
    let writes = || {
        let said = shown(words.iter().copied().filter(|w| !w.is_empty()));
        format!("`{said}` is not known only to read")
    };
    let proven = match word(0) {
        "select" | "with" | "values" | "table" => return query(tokens),
        "" if tokens[0] == Token::Sign('(') => return query(tokens),
        "explain" | "desc" | "describe" => return explained(tokens),
        "show" => return called(tokens),
        "use" => dialect != Dialect::Postgres && tokens.len() == 2,
        "help" => tokens.len() == 2,
        "checksum" => word(1) == "table" && words[2..].iter().all(|w| !PROGRAMS.sql_never.contains(w)),
        "begin" => matches!(words[1..], [] | ["work" | "transaction"]),
        "commit" | "rollback" | "end" => matches!(words[1..], [] | ["work" | "transaction"]),
        "start" => matches!(words[1..], ["transaction"] | ["transaction", "read", "only"]),
        "set" => {
            let rest =
                words[1..].strip_prefix(&["session"]).or(words[1..].strip_prefix(&["local"])).unwrap_or(&words[1..]);
            matches!(rest.first(), Some(&("statement_timeout" | "lock_timeout" | "max_statement_time")))
                && rest.len() == 3
                || matches!(words[1..], ["names", name] if !name.is_empty())
        }
        _ => false,
    };
    if proven { Ok(()) } else { Err(writes()) }
}

/// A query: no word in it writes, and it calls nothing but what is known to read.
fn query(tokens: &[Token]) -> Result<(), String> {
    let never = tokens.iter().find_map(|token| match token {
        Token::Word(w) if PROGRAMS.sql_never.contains(w) => Some(w),
        _ => None,
    });
    if let Some(word) = never {
        return Err(format!("a query with `{}`", word.to_uppercase()));
    }
    called(tokens)
}

/// What stands before a parenthesis is called.
fn called(tokens: &[Token]) -> Result<(), String> {
    for (i, token) in tokens.iter().enumerate() {
        if *token != Token::Sign('(') || i == 0 {
            continue;
        }
        match &tokens[i - 1] {
            Token::Quoted => return Err("a quoted name is called".into()),
            Token::Word(name) => {
                let qualified = i >= 3 && tokens[i - 2] == Token::Sign('.');
                let system = qualified && tokens[i - 3] == Token::Word("pg_catalog".into());
                if !PROGRAMS.sql_functions.contains(name) || (qualified && !system) {
                    return Err(format!("`{name}()` is not known only to read"));
                }
            }
            Token::Sign(_) => {}
        }
    }
    Ok(())
}

/// `EXPLAIN` may run what it explains.
fn explained(tokens: &[Token]) -> Result<(), String> {
    const VERBS: [&str; 4] = ["select", "with", "values", "table"];
    let verb = tokens.iter().position(|t| matches!(t, Token::Word(w) if VERBS.contains(&w.as_str())));
    let options = &tokens[1..verb.unwrap_or(tokens.len())];
    let option = |t: &Token| match t {
        Token::Word(w) => [
            "analyze",
            "verbose",
            "extended",
            "partitions",
            "format",
            "json",
            "traditional",
            "tree",
            "costs",
            "buffers",
            "timing",
            "settings",
            "wal",
            "summary",
            "on",
            "off",
            "true",
            "false",
            "text",
            "xml",
            "yaml",
        ]
        .contains(&w.as_str()),
        Token::Sign(c) => "()=,".contains(*c),
        Token::Quoted => false,
    };
    match verb {
        Some(at) if options.iter().all(option) => query(&tokens[at..]),
        // The columns of a table.
        None if options.len() <= 4
            && options.iter().all(|t| match t {
                Token::Word(w) => !PROGRAMS.sql_never.contains(w) && w != "analyze",
                Token::Quoted => true,
                Token::Sign(c) => *c == '.',
            }) =>
        {
            Ok(())
        }
        _ => Err("explains more than a query".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn effects() {
        use Effect::{Destructive, Read, Write};
        for (text, want) in [
            ("SELECT COUNT(*) FROM accounts WHERE balance < 0;", Read),
            ("SHOW SLAVE STATUS\\G", Read),
            ("-- list\nSHOW TABLES;\n\n-- more\nSELECT 'DROP TABLE x';", Read),
            ("\\set FETCH_COUNT 1\nselect ctid,* from users;", Read),
            ("SELECT pg_terminate_backend(1)", Write),
            ("SELECT * INTO OUTFILE '/tmp/x' FROM t", Write),
            ("SELECT * FROM t FOR UPDATE", Write),
            ("STOP SLAVE; SHOW SLAVE STATUS;", Write),
            ("DELETE FROM t WHERE id = 1", Write),
            ("DELETE FROM t", Destructive),
            ("DROP INDEX x", Destructive),
            ("RESET MASTER", Destructive),
            ("SET GLOBAL read_only = 0", Write),
            ("WITH x AS (SELECT 1) SELECT * FROM x", Read),
            ("EXPLAIN ANALYZE UPDATE t SET a = 1", Write),
            ("", Read),
            ("SELECT @@read_only", Read),
            ("SELECT pg_is_in_recovery()", Read),
            ("SHOW ALL SLAVES STATUS\\G\nSHOW MASTER STATUS;", Read),
            ("SELECT sleep(1), count(*) FROM t WHERE a IN (SELECT 1)", Read),
            ("EXPLAIN ANALYZE SELECT * FROM t WHERE id = 1", Read),
            ("DESCRIBE t", Read),
            ("CHECKSUM TABLE a, b", Read),
            ("BEGIN; SELECT 1; COMMIT", Read),
            ("USE app; SELECT 'it''s', \"a\", `b` FROM c -- the replica's", Read),
            ("SELECT a::text FROM pg_catalog.pg_class", Read),
            ("/* lag */ SELECT now() - pg_last_xact_replay_timestamp()", Read),
            ("EXPLAIN ANALYZE DELETE FROM t WHERE x IN (SELECT 1)", Write),
            ("EXPLAIN (ANALYZE) UPDATE t SET a = 1", Write),
            ("EXPLAIN ANALYZE WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x", Write),
            ("/*! STOP SLAVE */", Write),
            ("/*!50000 STOP SLAVE */; SELECT 1", Write),
            ("/*M! STOP SLAVE */", Write),
            ("SELECT 1 /*! INTO OUTFILE 'x' */", Write),
            ("/* /* */ SELECT 1; STOP SLAVE; -- */", Write),
            ("SELECT 1 # 2; STOP SLAVE", Write),
            ("SELECT 1--1; STOP SLAVE", Write),
            ("SELECT '\\'; STOP SLAVE; --'", Write),
            ("SELECT \"\\\"; STOP SLAVE; -- \"", Write),
            ("SELECT $$'$$; STOP SLAVE; SELECT '", Write),
            ("SELECT q'['; STOP SLAVE; --]'", Write),
            ("SELECT `; STOP SLAVE; `", Write),
            ("SELECT 'a", Write),
            ("SELECT * INTO DUMPFILE '/tmp/x' FROM t", Write),
            ("SELECT a INTO b FROM t", Write),
            ("TABLE t INTO OUTFILE 'x'", Write),
            ("SELECT * FROM t LOCK IN SHARE MODE", Write),
            ("SELECT * FROM t FOR NO KEY UPDATE", Write),
            ("SELECT pg_promote()", Write),
            ("SELECT pg_switch_wal()", Write),
            ("SELECT nextval('s')", Write),
            ("SELECT setval('s', 1)", Write),
            ("SELECT lo_import('x')", Write),
            ("SELECT * FROM dblink('x', 'y') AS t", Write),
            ("SELECT GET_LOCK('x', 1)", Write),
            ("SELECT \"pg_promote\"()", Write),
            ("SELECT `f`()", Write),
            ("SELECT app.count(1)", Write),
            ("SELECT pg_promote\n  -- x\n ()", Write),
            ("SELECT @a := 1", Write),
            ("SELECT :x", Write),
            ("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x", Write),
            ("SELECT 1 INSERT INTO t VALUES (1)", Write),
            ("CALL p()", Write),
            ("DO sleep(1)", Write),
            ("HANDLER t OPEN", Write),
            ("BEGIN NOT ATOMIC STOP SLAVE; END", Write),
            ("COMMIT PREPARED 'x'", Write),
            ("ANALYZE DELETE FROM t WHERE a = 1", Write),
            ("PREPARE a FROM 'DROP TABLE x'", Write),
            ("SELECT 1 \\g f", Write),
            ("\\! touch x", Write),
            ("\\o f", Write),
            ("\\copy t to f", Write),
            ("SELECT 1 delimiter x", Write),
            ("SELECT \u{a0}1", Write),
            ("SELECT '\u{E000}'", Write),
        ] {
            assert_eq!(effect(text).0, want, "{text}: {:?}", effect(text));
        }
    }

    #[test]
    fn what_looks_like_sql() {
        for yes in ["SELECT 1", "select count(*) from x;", "SHOW STATUS LIKE 'x'", "\\dt+", "STOP SLAVE;"] {
            assert!(looks_like(yes), "{yes}");
        }
        for no in ["set up the host", "show", "SELECT", "update the page", "systemctl stop x"] {
            assert!(!looks_like(no), "{no}");
        }
    }
}
