//! Findings and reasons in French. Messages are made in English where the thing is found, by every room; they are
//! translated here, at the edge, by the catalogue `grammar/messages/fr.po`. A further language is a further file.
//!
//! Invariant: what has no translation stays as it is; nothing is lost.

use crate::diagnostic::Diagnostic;
use crate::runbook::tables::Table;
use std::borrow::Cow;
use std::sync::LazyLock;

/// What stands for a value in a message.
const HOLE: &str = "{}";

struct Catalogue {
    /// Messages without a hole.
    whole: Table<String, String>,
    /// The others; those with the most text first.
    cut: Vec<Form>,
}

/// A message with holes, cut at them.
struct Form {
    /// The first and the last byte, where no hole stands: they say of most messages that they are of another form.
    ends: [Option<u8>; 2],
    english: Vec<String>,
    french: Vec<String>,
}

impl Form {
    fn new(english: Vec<String>, french: Vec<String>) -> Self {
        let first = english.first().and_then(|piece| piece.bytes().next());
        let last = english.last().and_then(|piece| piece.bytes().last());
        Self { ends: [first, last], english, french }
    }

    /// Whether a message may be of this form. Never no wrongly.
    fn may_be(&self, text: &str) -> bool {
        let [first, last] = self.ends;
        let bytes = text.as_bytes();
        first.is_none_or(|first| bytes.first() == Some(&first)) && last.is_none_or(|last| bytes.last() == Some(&last))
    }
}

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let mut catalogue = Catalogue { whole: Table::default(), cut: Vec::new() };
    for (english, french) in entries(include_str!("../../grammar/messages/fr.po")) {
        if english.contains(HOLE) {
            let cut = |text: &str| text.split(HOLE).map(str::to_owned).collect::<Vec<_>>();
            catalogue.cut.push(Form::new(cut(&english), cut(&french)));
        } else {
            catalogue.whole.insert(english, french);
        }
    }
    catalogue.cut.sort_by_key(|form| std::cmp::Reverse(form.english.iter().map(String::len).sum::<usize>()));
    catalogue
});

/// The pairs of a catalogue, without its head.
fn entries(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let quoted = |line: &str, key: &str| {
        let inside = line.strip_prefix(key)?.trim().strip_prefix('"')?.strip_suffix('"')?;
        Some(inside.replace("\\\"", "\"").replace("\\\\", "\\"))
    };
    let mut english = None;
    text.lines().filter_map(move |line| {
        if let Some(found) = quoted(line, "msgid") {
            english = Some(found).filter(|e| !e.is_empty());
        }
        quoted(line, "msgstr").and_then(|french| Some((english.take()?, french)))
    })
}

/// A message or a reason in French; as it is when the catalogue does not have it.
#[must_use]
pub fn text(english: &str) -> Cow<'_, str> {
    translated(english).map_or(Cow::Borrowed(english), Cow::Owned)
}

fn translated(english: &str) -> Option<String> {
    if let Some(french) = CATALOGUE.whole.get(english) {
        return Some(french.clone());
    }
    CATALOGUE.cut.iter().filter(|form| form.may_be(english)).find_map(|form| {
        let values = values(english, &form.english)?;
        let mut out = form.french[0].clone();
        for (value, piece) in values.iter().zip(&form.french[1..]) {
            // What is filled in may be a reason itself.
            match CATALOGUE.whole.get(*value) {
                Some(reason) => out.push_str(reason),
                None => out.push_str(value),
            }
            out.push_str(piece);
        }
        Some(out)
    })
}

/// What stands in the holes, if the message is of that form.
fn values<'t>(text: &'t str, pieces: &[String]) -> Option<Vec<&'t str>> {
    // Its end may say that it is of another form.
    let mut rest = text
        .strip_prefix(pieces[0].as_str())
        .filter(|_| pieces.last().is_some_and(|end| text.ends_with(end.as_str())))?;
    let mut values = Vec::with_capacity(pieces.len() - 1);
    for (i, piece) in pieces[1..].iter().enumerate() {
        let last = i + 2 == pieces.len();
        let at = if last {
            rest.len().checked_sub(piece.len()).filter(|_| rest.ends_with(piece.as_str()))?
        } else {
            rest.find(piece.as_str())?
        };
        values.push(&rest[..at]);
        rest = &rest[at + piece.len()..];
    }
    Some(values)
}

/// A finding in French; its code stays.
pub fn diagnostic(diagnostic: &mut Diagnostic) {
    let say = |text: &mut String| {
        if let Some(french) = translated(text) {
            *text = french;
        }
    };
    say(&mut diagnostic.message);
    diagnostic.labels.iter_mut().for_each(|l| say(&mut l.text));
    if let Some(help) = &mut diagnostic.help {
        say(help);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::collections::HashSet;
    use std::path::{Path, PathBuf};

    #[test]
    fn filled_in() {
        for (english, french) in [
            ("declared", "déclaré"),
            ("`foo` is not known only to read", "`foo` n'est pas connu pour seulement lire"),
            ("a shell fence, but introduced as output", "un bloc shell, mais annoncé comme une sortie"),
            ("no language, but it is SQL", "sans langage, mais c'est du SQL"),
            ("`soon` is not a duration, as `timeout` needs", "`soon` n'est pas une durée, comme le veut `timeout`"),
            ("what no one says", "what no one says"),
        ] {
            assert_eq!(text(english), french);
        }
    }

    #[test]
    fn as_many_holes_in_both() {
        for (english, french) in entries(include_str!("../../grammar/messages/fr.po")) {
            assert_eq!(english.matches(HOLE).count(), french.matches(HOLE).count(), "{english}");
            assert!(!french.is_empty() && english != french, "{english}");
        }
    }

    /// Texts of these rooms that no finding and no reason holds.
    const NOT_SAID: &[&str] = &[
        // other vocabularies and prefixes
        " in ",
        "exit code",
        "exit status",
        "code de sortie",
        "code de retour",
        "code retour",
        "statut de sortie",
        "statut de retour",
        "the ",
        "an ",
        "le ",
        "un ",
        "is ",
        "of ",
        "est ",
        "vaut ",
        "{} in {}",
        " where ",
        " drop ",
        "furthest ",
        "each ",
        "where ",
        " except ",
        " rows)",
        " row)",
        "rows in set",
        "-p ",
        "psql> ",
        "sql> ",
        "sqlplus> ",
        "tail -f",
        "runbook run ",
        "runbook rollback ",
        "runbook show ",
        "exit == ",
        "exit ",
        "exit == {}",
        // arguments of `expect`, reasons of this crate for itself
        "not ",
        "units are small",
        "that ends it",
        // said by a run when it fills in a command, not by `check`
        "({}) and ({})",
        "`{}` has no value, and `{}` needs it",
        "`{}` cannot be evaluated: {}",
        "`{}` is {}, and must be true or false",
        "`{}` is {}, and must be a list, or words with blanks between them",
        "a name in it has no value",
        "a value in it, which is secret, does not fit",
        "it gives no value",
        "something else, which is secret",
        "the text {}",
        "the number {}",
        "a {}",
        "a value would end the here-document in which it stands",
        "a second shell reads it there",
        "a database reads it there",
        "its value holds signs that could be read as code, and {}: write `| unquoted` if that is meant",
        "its value holds signs that could be read as code in this place (another language, backquotes, arithmetic, `${…}`, after `\\` or `$`): put it into a variable on a line of its own, or write `| unquoted`",
        // a prompt
        "mariadb ",
        // the marks of tabs, of which this reader takes two braces for one
        "{< tabs",
        "{< /tabs",
        "{< tab ",
        "{% tabs",
        "{% /tabs",
        "{% tab ",
        "{% endtabs",
        // code in backticks is the same in every language
        "`printf -v`",
        "`xargs -I`",
    ];

    /// Every message in the sources has its French. The literals are read from the sources themselves, so that a new
    /// one cannot be forgotten.
    #[test]
    fn every_message_has_its_french() {
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut files: Vec<PathBuf> = ["plan/build.rs", "plan/call.rs", "plan/flow.rs", "plan/expressions.rs"]
            .iter()
            .map(|f| src.join(f))
            .collect();
        for room in ["runbook", "check", "syntax", "plan/render"] {
            sources(&src.join(room), &mut files);
        }
        let known: HashSet<String> = entries(include_str!("../../grammar/messages/fr.po")).map(|(e, _)| e).collect();
        let (mut missing, mut met) = (Vec::new(), HashSet::new());
        for file in files {
            for literal in literals(&std::fs::read_to_string(&file).unwrap()) {
                if !known.contains(&literal) && !NOT_SAID.contains(&literal.as_str()) {
                    missing.push(format!("{}: {literal}", file.display()));
                }
                met.insert(literal);
            }
        }
        assert!(missing.is_empty(), "no French in grammar/messages/fr.po for:\n{}", missing.join("\n"));
        // One word is no message to the reader above.
        let idle: Vec<_> = known.iter().filter(|k| k.contains(' ') && said(k) && !met.contains(*k)).collect();
        assert!(idle.is_empty(), "nobody says this any more: {idle:?}");
    }

    fn sources(dir: &Path, out: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            let tests = path.to_string_lossy().trim_end_matches(".rs").ends_with("tests");
            if path.is_dir() && !tests {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") && !tests {
                out.push(path);
            }
        }
    }

    /// Whether a literal is words for people: a blank and a word in lower case.
    fn said(literal: &str) -> bool {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase());
        literal.contains(' ')
            && !literal.contains('\n')
            && literal.replace(HOLE, " ").split(|c: char| !c.is_ascii_alphabetic()).any(word)
    }

    /// The text literals of a source, its tests and comments left out, `{name}` as `{}`.
    fn literals(source: &str) -> Vec<String> {
        let source = source.split("#[cfg(test)]\nmod tests {").next().unwrap_or("");
        let mut out = Vec::new();
        for line in joined(source) {
            let mut chars = line.char_indices().peekable();
            while let Some((at, c)) = chars.next() {
                match c {
                    '/' if line[at..].starts_with("//") => break,
                    // A character literal, not a lifetime.
                    '\'' => {
                        let rest = &line[at + 1..];
                        let skip = if rest.starts_with('\\') {
                            rest[2..].find('\'').map(|n| n + 3)
                        } else {
                            rest.chars()
                                .next()
                                .filter(|c| rest[c.len_utf8()..].starts_with('\''))
                                .map(|c| c.len_utf8() + 1)
                        };
                        for _ in 0..skip.map_or(0, |n| rest[..n].chars().count()) {
                            chars.next();
                        }
                    }
                    '"' => {
                        let mut text = String::new();
                        while let Some((_, c)) = chars.next() {
                            match c {
                                '"' => break,
                                '\\' => match chars.next() {
                                    Some((_, 'n')) => text.push('\n'),
                                    Some((_, 't')) => text.push('\t'),
                                    Some((_, 'u')) => {
                                        let code: String =
                                            chars.by_ref().map(|(_, c)| c).skip(1).take_while(|c| *c != '}').collect();
                                        text.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
                                    }
                                    Some((_, other)) => text.push(other),
                                    None => {}
                                },
                                c => text.push(c),
                            }
                        }
                        let plain = holes(&text);
                        if said(&plain) {
                            out.push(plain);
                        }
                    }
                    _ => {}
                }
            }
        }
        out
    }

    /// Lines; those in which a literal goes on are one.
    fn joined(source: &str) -> Vec<String> {
        let mut out: Vec<String> = Vec::new();
        let mut open = false;
        for line in source.lines().filter(|l| !l.trim_start().starts_with("//") && !l.contains("reason = \"")) {
            if open {
                if let Some(last) = out.last_mut() {
                    last.truncate(last.trim_end_matches('\\').len());
                    last.push_str(line.trim_start());
                }
            } else {
                out.push(line.to_owned());
            }
            open = line.ends_with('\\') && !line.ends_with("\\\\");
        }
        out
    }

    /// `{name}` and `{0:02X}` as `{}`; `{{` and `}}` as one.
    fn holes(text: &str) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            if tail.starts_with("{{") || tail.starts_with("}}") {
                out.push_str(&tail[..1]);
                rest = &tail[2..];
                continue;
            }
            let name = tail[1..].find('}').filter(|n| {
                tail.starts_with('{') && tail[1..=*n].chars().all(|c| c.is_ascii_alphanumeric() || "_.:?".contains(c))
            });
            match name {
                // In a text that is no format, braces are braces: `{show}`.
                Some(n) if !["show"].contains(&&tail[1..=n]) => {
                    out.push_str(HOLE);
                    rest = &tail[n + 2..];
                }
                _ => {
                    out.push_str(&tail[..1]);
                    rest = &tail[1..];
                }
            }
        }
        out.push_str(rest);
        out
    }
}
