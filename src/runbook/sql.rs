//! What SQL text does: split into statements, each known by its first words.

use super::effect::Judged;
use super::model::Effect;
use super::programs::PROGRAMS;

/// The statements of a text, comments and quoted text blanked out, in lower case with single spaces.
#[must_use]
pub fn statements(text: &str) -> Vec<String> {
    let mut out = Vec::new();
    let mut current = String::new();
    let bytes = text.as_bytes();
    let mut i = 0;
    let mut line_start = true;
    while i < bytes.len() {
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
            _ => {
                let len = rest.chars().next().map_or(1, char::len_utf8);
                current.push_str(&rest[..len].to_lowercase());
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
    let text = text.trim_start();
    if text.starts_with('\\') {
        return text.as_bytes().get(1).is_some_and(u8::is_ascii_alphabetic);
    }
    let first = text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    let lower = first.to_ascii_lowercase();
    let upper = first.len() > 2 && first.bytes().all(|b| b.is_ascii_uppercase());
    let known = PROGRAMS.sql_read.contains(&lower) || PROGRAMS.sql_write.contains(&lower);
    let more = text.split_whitespace().nth(1).is_some();
    // Lower-case words such as `set` or `show` are also English and shell.
    known && more && (upper || text.trim_end().ends_with(';') || lower == "select")
}

/// The strongest effect of the statements of a text.
#[must_use]
pub fn effect(text: &str) -> Judged {
    let mut worst: Judged = (Effect::Read, "every statement only reads".into());
    for statement in statements(text) {
        let (effect, why) = of_statement(&statement);
        if effect > worst.0 {
            worst = (effect, why);
        }
    }
    worst
}

fn of_statement(statement: &str) -> Judged {
    let first = statement.split([' ', '(']).next().unwrap_or("");
    let shown = || statement.split(' ').take(3).collect::<Vec<_>>().join(" ").to_uppercase();
    if first.starts_with('\\') {
        let session = super::programs::listed(&PROGRAMS.sql_session, first);
        return if session {
            (Effect::Read, format!("`{first}` only looks"))
        } else {
            (Effect::Write, format!("`{first}` may change something"))
        };
    }
    let destroys = PROGRAMS
        .sql_destructive
        .iter()
        .any(|d| statement.strip_prefix(d.as_str()).is_some_and(|r| r.is_empty() || r.starts_with(' ')))
        || (first == "delete" && !statement.contains(" where "))
        || (first == "alter" && statement.contains(" drop "));
    if destroys {
        return (Effect::Destructive, format!("`{}` destroys", shown()));
    }
    let reads = PROGRAMS.sql_read.contains(first)
        || (first == "with" && !["insert ", "update ", "delete "].iter().any(|w| statement.contains(w)));
    let analyzed = matches!(first, "explain" | "desc" | "describe")
        && statement.contains("analyze")
        && !statement.contains("select");
    if !reads
        || analyzed
        || PROGRAMS.sql_not_read.iter().any(|w| statement.contains(w.as_str()))
        || (first == "select" && statement.contains(" into "))
    {
        return (Effect::Write, format!("`{}` changes something", shown()));
    }
    match calls(statement).find(|name| !PROGRAMS.sql_functions.contains(*name)) {
        Some(name) => (Effect::Write, format!("`{name}()` is not known only to read")),
        None => (Effect::Read, format!("`{}` only reads", first.to_uppercase())),
    }
}

/// Names that stand before a parenthesis.
fn calls(statement: &str) -> impl Iterator<Item = &str> {
    statement.match_indices('(').filter_map(|(i, _)| {
        let before = statement[..i].trim_end();
        let start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |n| n + before[n..].chars().next().map_or(1, char::len_utf8));
        let name = &before[start..];
        (!name.is_empty()).then_some(name)
    })
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
