//! The small languages that programs are given as an argument: `sed`, `awk`, and what `curl` fetches.

use super::arguments::Given;
use crate::runbook::shell::strict::Strict;

/// What is fetched, and how it is written out.
pub(super) fn curl(found: &Given<'_>) -> Strict<()> {
    for value in &found.values {
        let texts = value.texts.as_ref();
        let fine = match value.flag.as_str() {
            "-w" | "--write-out" => {
                texts.is_some_and(|t| t.iter().all(|t| !t.contains("%output") && !t.starts_with('@')))
            }
            "-H" | "--header" => texts.is_none_or(|t| !t.iter().any(|t| t.to_ascii_lowercase().contains("method"))),
            _ => true,
        };
        if !fine {
            return Err(format!("`curl {}` may write", value.flag));
        }
    }
    if found.operands.is_empty() {
        return Err("`curl` without an address".into());
    }
    for operand in &found.operands {
        // Other schemes send what stands in the address to any port.
        let texts = operand.texts.clone().unwrap_or_else(|| vec![operand.prefix.clone()]);
        for text in texts {
            let lower = text.to_ascii_lowercase();
            let web = lower.starts_with("http://") || lower.starts_with("https://") || lower.starts_with("file:///");
            let plain = !lower.contains("://") && !lower.contains(['{', '[']) && {
                let host = lower.split(['/', ':']).next().unwrap_or("");
                ![
                    "ftp", "dict", "ldap", "imap", "smtp", "pop3", "gopher", "telnet", "tftp", "mqtt", "smb", "scp",
                    "sftp", "rtsp", "rtmp",
                ]
                .iter()
                .any(|s| host.starts_with(s))
            };
            if !web && !plain {
                return Err("`curl` speaks something else than HTTP".into());
            }
        }
    }
    Ok(())
}

/// A `sed` script of addresses, `s`, `y`, `p`, `d`, `q` and their like.
pub(super) fn sed(script: &str) -> Strict<()> {
    let chars: Vec<char> = script.chars().collect();
    let mut at = 0;
    let peek = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let not = || -> String { "a `sed` script that may write".into() };
    while at < chars.len() {
        let c = peek(at);
        match c {
            ' ' | '\t' | '\n' | ';' | '{' | '}' | '!' | ',' | '~' | '+' | '$' => at += 1,
            _ if c.is_ascii_digit() => at += 1,
            '/' => at = delimited(&chars, at + 1, '/').ok_or_else(not)?,
            'p' | 'd' | 'n' | 'N' | 'g' | 'G' | 'h' | 'H' | 'x' | 'D' | 'P' | '=' | 'q' | 'Q' | 'I' => at += 1,
            's' | 'y' => {
                let mark = peek(at + 1);
                if mark.is_alphanumeric() || matches!(mark, '\\' | '\n' | '\0' | ' ' | ';' | '[' | ']') {
                    return Err(not());
                }
                at = delimited(&chars, at + 2, mark).ok_or_else(not)?;
                at = delimited(&chars, at, mark).ok_or_else(not)?;
                while c == 's' && (matches!(peek(at), 'g' | 'p' | 'i' | 'I' | 'm' | 'M') || peek(at).is_ascii_digit()) {
                    at += 1;
                }
                if at < chars.len() && !matches!(peek(at), ' ' | '\t' | ';' | '\n' | '}') {
                    return Err(not());
                }
            }
            _ => return Err(not()),
        }
    }
    Ok(())
}

/// Behind the next `mark` that is not escaped. A mark within brackets is read in two ways, hence in none.
fn delimited(chars: &[char], mut at: usize, mark: char) -> Option<usize> {
    let mut bracket = None;
    while let Some(c) = chars.get(at) {
        match c {
            '\\' => at += 1,
            '\n' => return None,
            _ if *c == mark => return if bracket.is_some() { None } else { Some(at + 1) },
            '[' if bracket.is_none() => bracket = Some(at),
            // `[:alpha:]`
            '[' if matches!(chars.get(at + 1), Some(':' | '.' | '=')) => {
                let kind = chars[at + 1];
                let rest = chars.get(at + 2..)?;
                let length = rest.windows(2).position(|w| w == [kind, ']'])?;
                if rest[..length].contains(&mark) {
                    return None;
                }
                at += length + 3;
            }
            // The first character within is a member, even `]`.
            ']' if bracket.is_some_and(|b| at > b + 1 && !(at == b + 2 && chars[b + 1] == '^')) => bracket = None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// Whether what stands before a `/` makes it the beginning of a pattern.
#[derive(Clone, Copy, PartialEq)]
enum Before {
    Operator,
    Operand,
    Unclear,
}

/// An `awk` program that prints to its output only.
pub(super) fn awk(program: &str) -> Strict<()> {
    let chars: Vec<char> = program.chars().collect();
    let peek = |at: usize| chars.get(at).copied().unwrap_or('\0');
    let not = |what: &str| -> Strict<()> { Err(format!("an `awk` program with `{what}`")) };
    let (mut at, mut before) = (0, Before::Operator);
    let mut prints = false;
    // Open parentheses; whether each is the condition of an `if` or a loop, behind which a statement stands.
    let mut open: Vec<bool> = Vec::new();
    let mut condition = false;
    while at < chars.len() {
        let c = peek(at);
        match c {
            ' ' | '\t' => at += 1,
            '#' => return not("#"),
            '\\' | '@' | '`' => return not(&c.to_string()),
            '"' => {
                at += 1;
                while peek(at) != '"' {
                    if at >= chars.len() || peek(at) == '\n' {
                        return not("\"");
                    }
                    at += if peek(at) == '\\' { 2 } else { 1 };
                }
                at += 1;
                before = Before::Operand;
            }
            '/' if before == Before::Unclear => return not("/"),
            '/' if before == Before::Operator => {
                at = delimited(&chars, at + 1, '/').ok_or("an `awk` pattern is not closed")?;
                before = Before::Operand;
            }
            '|' if peek(at + 1) == '|' => {
                at += 2;
                before = Before::Operator;
            }
            '|' => return not("|"),
            '>' if prints => return not(">"),
            '+' | '-' if peek(at + 1) == c => {
                at += 2;
                before = Before::Unclear;
            }
            _ if c.is_ascii_alphabetic() || c == '_' => {
                let start = at;
                while peek(at).is_ascii_alphanumeric() || peek(at) == '_' {
                    at += 1;
                }
                let word: String = chars[start..at].iter().collect();
                condition = matches!(word.as_str(), "if" | "while" | "for" | "switch");
                before = Before::Operand;
                match word.as_str() {
                    "system" | "getline" | "nextfile" => return not(&word),
                    "print" | "printf" => {
                        prints = true;
                        before = Before::Operator;
                    }
                    "return" | "in" | "case" | "do" | "else" | "delete" | "exit" => before = Before::Operator,
                    _ => {}
                }
            }
            _ => {
                if matches!(c, ';' | '}') {
                    prints = false;
                }
                if c == '(' {
                    open.push(std::mem::take(&mut condition));
                }
                before = match c {
                    ')' if open.pop() == Some(true) => Before::Operator,
                    ')' | ']' | '.' => Before::Operand,
                    '$' => Before::Unclear,
                    _ if c.is_ascii_digit() => Before::Operand,
                    _ => Before::Operator,
                };
                at += 1;
            }
        }
    }
    Ok(())
}
