//! What one fence leaves for the next: variables, functions, options, the directory.
//!
//! All of it is kept as bash code that makes it again. On disk it is a bash script that a person can `source` to go on by
//! hand; the comment before each part tells us what it is and how long.

use super::declare::is_name;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

const HEAD: &str = "# runbook session, version 1. `source` this file in bash to go on by hand.\n";
const LOST: &str = "# not kept, because it holds a secret: ";

/// What a part is. The order is that of making them again: options that change how code is read come before code, those
/// that change how it runs come last.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    /// An option of `shopt`.
    Shopt(String),
    /// A variable, or an inherited one that is unset.
    Variable(String),
    /// A function.
    Function(String),
    /// The file mode mask.
    Umask,
    /// An option of `set -o`, or the one of `shopt` that makes aliases work.
    Option(String),
}

impl Key {
    fn words(&self) -> (&'static str, &str) {
        match self {
            Self::Shopt(name) => ("shopt", name),
            Self::Variable(name) => ("variable", name),
            Self::Function(name) => ("function", name),
            Self::Umask => ("umask", "-"),
            Self::Option(name) => ("option", name),
        }
    }

    fn read(kind: &str, name: &str) -> Option<Self> {
        let name = name.to_owned();
        Some(match kind {
            "shopt" => Self::Shopt(name),
            "variable" => Self::Variable(name),
            "function" => Self::Function(name),
            "umask" => Self::Umask,
            "option" => Self::Option(name),
            _ => return None,
        })
    }
}

/// A part of the state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// Bash code, without the last newline.
    pub(super) code: Vec<u8>,
    /// For a variable: its value without quotes, or `None` when it is unset.
    pub(super) plain: Option<Vec<u8>>,
}

/// The state of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// Where the next fence starts.
    pub(super) directory: PathBuf,
    /// The rest.
    pub(super) parts: BTreeMap<Key, Part>,
    /// Names of what was not kept on disk.
    pub(super) lost: BTreeSet<String>,
}

impl State {
    /// An empty one.
    pub(super) fn new(directory: PathBuf) -> Self {
        Self { directory, parts: BTreeMap::new(), lost: BTreeSet::new() }
    }

    /// Names of the variables that are set.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|(key, part)| match key {
            Key::Variable(name) if part.plain.is_some() => Some(name.as_str()),
            _ => None,
        })
    }

    /// The file's bytes: without any part in which one of `secrets` can be found, and with the names of those parts.
    pub(super) fn write(&self, secrets: &[Vec<u8>]) -> Vec<u8> {
        let secrets: Vec<Sought> = secrets.iter().map(|secret| Sought::new(secret)).collect();
        let mut lost = self.lost.clone();
        let mut body = Vec::new();
        for (key, part) in &self.parts {
            let (kind, name) = key.words();
            if secrets.iter().any(|secret| secret.is_in(part)) {
                lost.insert(name.to_owned());
                continue;
            }
            lost.remove(name);
            body.extend_from_slice(format!("#: {kind} {name} {}\n", part.code.len()).as_bytes());
            body.extend_from_slice(&part.code);
            body.push(b'\n');
        }
        let directory = self.directory.as_os_str().as_bytes();
        let mut out = HEAD.as_bytes().to_vec();
        // A name is a word of the runbook's text; one that is itself a secret would be a strange runbook, but stays out.
        for name in lost.iter().filter(|name| !secrets.iter().any(|secret| secret.is_in_text(name.as_bytes()))) {
            out.extend_from_slice(format!("{LOST}{name}\n").as_bytes());
        }
        if !secrets.iter().any(|secret| secret.is_in_text(directory)) {
            let code = [b"cd -- ", quote(directory).as_slice()].concat();
            out.extend_from_slice(format!("#: directory - {}\n", code.len()).as_bytes());
            out.extend_from_slice(&code);
            out.push(b'\n');
        }
        out.extend_from_slice(&body);
        out
    }

    /// Reads what [`Self::write`] wrote.
    pub(super) fn read(bytes: &[u8], start: &Path) -> io::Result<Self> {
        let broken = |why: &str| io::Error::new(io::ErrorKind::InvalidData, why.to_owned());
        let mut rest = bytes
            .strip_prefix(HEAD.as_bytes())
            .ok_or_else(|| broken("it was written by another version of runbook"))?;
        let mut state = Self::new(start.to_owned());
        while !rest.is_empty() {
            let (line, after) = cut_line(rest);
            let line = std::str::from_utf8(line).map_err(|_| broken("a head line is not text"))?;
            rest = after;
            if let Some(name) = line.strip_prefix(LOST) {
                state.lost.insert(name.to_owned());
                continue;
            }
            let words: Vec<&str> = line.strip_prefix("#: ").unwrap_or_default().split(' ').collect();
            let [kind, name, length] = words[..] else { return Err(broken("a head line is missing")) };
            let length: usize = length.parse().map_err(|_| broken("a length is not a number"))?;
            if rest.get(length) != Some(&b'\n') {
                return Err(broken("a part has another length than its head line says"));
            }
            let code = rest[..length].to_vec();
            rest = &rest[length + 1..];
            if kind == "directory" {
                let quoted = code.strip_prefix(b"cd -- ").ok_or_else(|| broken("the directory cannot be read"))?;
                state.directory = PathBuf::from(OsString::from_vec(super::declare::plain(quoted)));
                continue;
            }
            let key = Key::read(kind, name).ok_or_else(|| broken("a part is of an unknown kind"))?;
            let plain = matches!(key, Key::Variable(_)).then(|| value_in(&code)).flatten();
            state.parts.insert(key, Part { code, plain });
        }
        Ok(state)
    }
}

/// The value in the code of a variable; `None` for one that is unset.
fn value_in(code: &[u8]) -> Option<Vec<u8>> {
    let declared = code.windows(9).position(|window| window == b"declare -")?;
    let found = super::declare::declarations(&code[declared..]);
    Some(super::declare::plain(found.first()?.value.unwrap_or_default()))
}

fn cut_line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n').unwrap_or(text.len());
    (&text[..end], text.get(end + 1..).unwrap_or_default())
}

/// `text` as one shell word.
pub(super) fn quote(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 2);
    out.push(b'\'');
    for byte in text {
        match byte {
            b'\'' => out.extend_from_slice(b"'\\''"),
            0 => {}
            _ => out.push(*byte),
        }
    }
    out.push(b'\'');
    out
}

/// A variable's code: `unset` first when the environment brings one of that name, whose attributes would stay.
pub(super) fn variable(name: &str, flags: &str, value: Option<&[u8]>, inherited: bool) -> Vec<u8> {
    debug_assert!(is_name(name));
    // Readonly is not carried over: the same fence run again would fail on its own assignment.
    let flags: String = flags.chars().filter(|flag| *flag != 'r').collect();
    let flags = if flags.is_empty() { "-" } else { &flags };
    let mut code = if inherited { format!("unset -v {name}; ").into_bytes() } else { Vec::new() };
    code.extend_from_slice(format!("declare -{flags} {name}").as_bytes());
    if let Some(value) = value {
        code.push(b'=');
        code.extend_from_slice(value);
    }
    code
}

/// A secret, and what is left of it when quoting is taken away: code may hold it quoted in any way.
struct Sought<'a> {
    secret: &'a [u8],
    bare: Vec<u8>,
}

impl<'a> Sought<'a> {
    fn new(secret: &'a [u8]) -> Self {
        Self { secret, bare: bare(secret) }
    }

    fn is_in(&self, part: &Part) -> bool {
        part.plain.as_deref().is_some_and(|plain| contains(plain, self.secret)) || self.is_in_text(&part.code)
    }

    fn is_in_text(&self, text: &[u8]) -> bool {
        contains(text, self.secret) || (!self.bare.is_empty() && contains(&bare(text), &self.bare))
    }
}

fn bare(text: &[u8]) -> Vec<u8> {
    text.iter().copied().filter(|byte| !matches!(byte, b'\'' | b'"' | b'\\')).collect()
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    let Some(first) = wanted.first() else { return false };
    text.len() >= wanted.len()
        && text[..=text.len() - wanted.len()]
            .iter()
            .enumerate()
            .any(|(at, byte)| byte == first && text[at..].starts_with(wanted))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample() -> State {
        let mut state = State::new(PathBuf::from("/a b/it's"));
        let mut set = |name: &str, value: &[u8], plain: &[u8]| {
            let part = Part { code: variable(name, "x", Some(value), true), plain: Some(plain.to_vec()) };
            state.parts.insert(Key::Variable(name.to_owned()), part);
        };
        set("A", b"\"1\"", b"1");
        set("TOKEN", b"\"pre s3\\$cret\"", b"pre s3$cret");
        let code = b"f () \n{ \n    echo 's3$'cret\n}".to_vec();
        state.parts.insert(Key::Function("f".into()), Part { code, plain: None });
        state.parts.insert(Key::Variable("GONE".into()), Part { code: b"unset -v GONE".to_vec(), plain: None });
        state
    }

    #[test]
    fn reads_what_it_writes() {
        let state = sample();
        assert_eq!(State::read(&state.write(&[]), Path::new("/")).unwrap(), state);
    }

    #[test]
    fn leaves_out_what_holds_a_secret_and_says_so() {
        let bytes = sample().write(&[b"s3$cret".to_vec()]);
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(!text.contains("cret\n}") && !text.contains("s3"), "{text}");
        let read = State::read(&bytes, Path::new("/")).unwrap();
        assert_eq!(read.lost.iter().map(String::as_str).collect::<Vec<_>>(), ["TOKEN", "f"]);
        assert_eq!(read.names().collect::<Vec<_>>(), ["A"]);
    }

    #[test]
    fn refuses_what_it_did_not_write() {
        for text in ["", "export A=1\n", &format!("{HEAD}export A=1\n"), &format!("{HEAD}#: variable A 99\nx\n")] {
            assert!(State::read(text.as_bytes(), Path::new("/")).is_err(), "{text}");
        }
    }
}
