//! A look into shell scripts: which simple commands they hold, which variables they read and set, where they may be cut.
//!
//! Not a shell: one pass from left to right with an explicit stack, which never fails. What it cannot follow (an
//! unclosed quote, an unknown keyword) makes the script less understood, hence less trusted, never more.

mod ends;
mod left_out;
mod names;
mod operators;
mod order;
mod quotes;
pub(in crate::runbook) mod strict;

/// A value that is put into a text, wherever an effect is proven; and whether bash reads one.
pub use strict::{VALUE, is_read};

pub use names::placeholder;

use super::tables::Set;
use crate::source::lines;
use left_out::Dots;
use names::expansions;
use order::Block;
use std::borrow::Cow;

/// What a script was found to hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that was found or not")]
pub struct Script {
    /// Every simple command, those in `$( )` and in functions included, in textual order of their ends.
    pub commands: Vec<Simple>,
    /// Variables read before they are set, without those every shell has.
    pub reads: Vec<String>,
    /// Variables set.
    pub sets: Vec<String>,
    /// Functions defined.
    pub functions: Vec<String>,
    /// Comments that stand alone at the top level: 0-based line and text without `#`.
    pub comments: Vec<(usize, String)>,
    /// Comments behind a command on its line, without `#`.
    pub remarks: Vec<String>,
    /// Whether it does something for each of several, by `for` or `while read`.
    pub loops: bool,
    /// Whether every quote, parenthesis and block is closed.
    pub complete: bool,
    /// Every block and every operator was found where the shell expects it. When not, the shell may still read it: this is
    /// a first look.
    pub regular: bool,
    /// A here-document's end that is indented, which the shell does not take for its end: 0-based line and word.
    pub indented_end: Option<(usize, String)>,
    /// `...` or `…` stands where an argument, or a part of a path, is to be put.
    pub left_out: bool,
    /// `[--force]`, `[CONFIRM=yes]`: what a usage line says may be given, and no shell takes away the brackets of.
    pub optional: bool,
    /// `stop db1 // on the old primary`, `stop db1 => done`, `stop db1 (takes a minute)`: a remark that a shell takes for part of the
    /// command.
    pub remarked: bool,
}

/// One simple command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something the author may or may not have written")]
pub struct Simple {
    /// Its words, quotes removed, expansions as written.
    pub words: Vec<String>,
    /// The 0-based line it ends on.
    pub line: usize,
    /// Fed by a pipe.
    pub piped: bool,
    /// Whether its input is redirected.
    pub redirected_input: bool,
    /// Its here-document or here-string.
    pub input: Option<String>,
    /// Whether its output goes into a file.
    pub writes: bool,
    /// Within a function's body: whoever calls it decides what its input is.
    pub in_function: bool,
}

/// Room for most words, so that few grow.
const WORD: usize = 24;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Top,
    Substitution,
    Subshell,
    Array,
    Tick,
    Quote,
    Parameter,
    Arithmetic,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Redirect {
    In,
    Out,
    HereString,
    HereDocument { tabs: bool },
}

#[derive(Debug, Default)]
struct Frame {
    current: Simple,
    word: Option<String>,
    quoted: bool,
    redirect: Option<Redirect>,
    heredoc: Option<usize>,
    /// What its words leave out.
    left_out: Dots,
}

/// A here-document whose body starts after the current line: its end word and the command it feeds.
#[derive(Debug)]
struct Pending {
    end: String,
    literal: bool,
    tabs: bool,
    command: usize,
}

#[expect(clippy::struct_excessive_bools, reason = "each is a thing seen on the way")]
struct Scanner<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    line: usize,
    line_start: bool,
    depth: usize,
    /// There are dots for something left out: most texts have none, and their words are not looked at.
    dotted: bool,
    /// How many commands there were when each open block began.
    begun: Vec<usize>,
    /// Something stands where this scan does not expect it.
    irregular: bool,
    /// What is open, innermost last.
    blocks: Vec<Block>,
    /// A keyword was read after which a command must come.
    awaiting: bool,
    /// A function's name was read, and its body is still to come.
    function_named: bool,
    /// The depth outside the function whose body this is.
    function: Option<usize>,
    unended: bool,
    modes: Vec<Mode>,
    frames: Vec<Frame>,
    pending: Vec<Pending>,
    bodies: Vec<String>,
    seen_reads: Set<String>,
    seen_sets: Set<String>,
    owners: Vec<Option<usize>>,
    out: Script,
}

/// A script without the lines that only hold a comment, and what these comments say. Nobody runs them.
#[must_use]
pub fn uncommented(text: &str) -> (String, Vec<String>) {
    let script = scan(text);
    if script.comments.is_empty() {
        return (text.to_owned(), Vec::new());
    }
    let silent = |line: usize| script.comments.binary_search_by_key(&line, |(at, _)| *at).is_ok();
    // Its first line may say what runs it.
    let kept = |line: usize, written: &str| line == 0 && written.starts_with("#!") || !silent(line);
    let lines = text.split('\n').enumerate().filter(|(line, text)| kept(*line, text)).map(|(_, text)| text);
    let kept = lines.collect::<Vec<_>>().join("\n");
    let said = script.comments.into_iter().map(|(_, comment)| comment).filter(|said| !said.starts_with('!'));
    (kept.trim_matches('\n').to_owned(), said.collect())
}

/// Looks through a script.
#[must_use]
pub fn scan(text: &str) -> Script {
    let mut scanner = Scanner {
        text,
        bytes: text.as_bytes(),
        at: 0,
        line: 0,
        line_start: true,
        depth: 0,
        dotted: left_out::anywhere(text),
        begun: Vec::new(),
        irregular: false,
        blocks: Vec::new(),
        awaiting: false,
        function_named: false,
        function: None,
        unended: false,
        modes: vec![Mode::Top],
        frames: vec![Frame::default()],
        pending: Vec::new(),
        bodies: Vec::new(),
        seen_reads: Set::default(),
        seen_sets: Set::default(),
        owners: Vec::new(),
        out: Script::default(),
    };
    scanner.run();
    scanner.finish()
}

/// Whether every quote, parenthesis and block of a text is closed.
#[must_use]
pub fn is_complete(text: &str) -> bool {
    // Most lines have none.
    let opens =
        |b: u8| matches!(b, b'!'..=b'$' | b'&'..=b')' | b';'..=b'<' | b'>' | b'[' | b'\\' | b'`' | b'{'..=b'}' | b'\n');
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    !text.bytes().fold(false, |any, b| any | opens(b)) && !strict::KEYWORDS.contains(&first) || scan(text).complete
}

/// Whether a text leaves something out that is to be put there: `kubectl delete pod ...`.
#[must_use]
pub fn leaves_out(text: &str) -> bool {
    left_out::anywhere(text) && scan(text).left_out
}

/// Whether a remark stands behind a command that a shell takes for part of it.
#[must_use]
pub fn is_remarked(text: &str) -> bool {
    scan(text).remarked
}

/// Whether a text says what may be given or not: `make restore [CONFIRM=yes]`.
#[must_use]
pub fn has_optional(text: &str) -> bool {
    text.contains('[') && scan(text).optional
}

impl Scanner<'_> {
    fn run(&mut self) {
        while self.at < self.bytes.len() {
            match self.modes.last() {
                Some(Mode::Quote) => self.quote(),
                Some(Mode::Parameter) => self.parameter(),
                Some(Mode::Arithmetic) => self.arithmetic(),
                _ => self.command(),
            }
        }
    }

    fn finish(mut self) -> Script {
        let open = self.modes.len() > 1;
        while !self.frames.is_empty() {
            self.end_command();
            self.frames.pop();
        }
        self.joint(self.bytes.len());
        self.out.complete = !(open || self.unended || self.depth > 0) && self.pending.is_empty();
        self.out.regular = self.out.complete
            && !(self.irregular || self.function_named || self.out.indented_end.is_some())
            && self.blocks.is_empty()
            && !self.text.contains(['\r', '\0']);
        for (command, owner) in self.out.commands.iter_mut().zip(&self.owners) {
            if let Some(body) = owner.and_then(|i| self.bodies.get_mut(i)) {
                command.input = Some(std::mem::take(body));
            }
        }
        self.out
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn frame(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::default());
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn push(&mut self, piece: &str) {
        self.frame().word.get_or_insert_with(|| String::with_capacity(WORD)).push_str(piece);
    }

    /// Pushes the character at `at` and steps over it.
    fn push_char(&mut self) {
        let len = self.text[self.at..].chars().next().map_or(1, char::len_utf8);
        let text = self.text;
        self.push(&text[self.at..self.at + len]);
        if self.bytes[self.at] == b'\n' {
            self.line += 1;
        }
        self.at += len;
    }

    /// Pushes everything up to the next byte that `ends` names, which is not the one at `at`.
    fn push_run(&mut self, ends: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().skip(1).position(|b| *b == b'\n' || ends(*b)).map_or(rest.len(), |n| n + 1);
        // A run ends before an ASCII byte, hence at a character's border.
        let (text, at) = (self.text, self.at);
        self.line += usize::from(self.bytes[at] == b'\n');
        self.at += length;
        self.push(&text[at..at + length]);
    }

    fn command(&mut self) {
        let c = self.bytes[self.at];
        if !matches!(c, b' ' | b'\t' | b'\r' | b'#') {
            self.line_start &= c == b'\n';
        }
        match c {
            b'\\' if self.peek(1) == b'\n' => {
                self.at += 2;
                self.line += 1;
            }
            b'\\' if self.at + 1 < self.bytes.len() => {
                self.at += 1;
                self.push_char();
            }
            b'\'' => self.single_quoted(),
            b'"' => {
                self.frame().quoted = true;
                self.push("");
                self.modes.push(Mode::Quote);
                self.at += 1;
            }
            b'`' => self.tick(),
            b'$' => self.dollar(),
            b'#' if self.frame().word.is_none() => self.comment(),
            b'\n' => self.newline(),
            b';' | b'&' | b'|' => self.operator(c),
            b'(' => self.open_paren(),
            b')' => self.close_paren(),
            b'<' | b'>' => self.redirect(c),
            b' ' | b'\t' | b'\r' => {
                self.end_word();
                while matches!(self.peek(0), b' ' | b'\t' | b'\r') {
                    self.at += 1;
                }
            }
            _ => self.push_run(|b| {
                matches!(
                    b,
                    b'\\'
                        | b'\''
                        | b'"'
                        | b'`'
                        | b'$'
                        | b'#'
                        | b';'
                        | b'&'
                        | b'|'
                        | b'('
                        | b')'
                        | b'<'
                        | b'>'
                        | b' '
                        | b'\t'
                        | b'\r'
                )
            }),
        }
    }

    fn comment(&mut self) {
        let end = self.text[self.at..].find('\n').map_or(self.bytes.len(), |i| self.at + i);
        let text = || self.text[self.at..end].trim_start_matches('#').trim().to_owned();
        if !self.line_start {
            self.out.remarks.push(text());
        } else if self.modes.len() == 1 && self.depth == 0 {
            self.out.comments.push((self.line, text()));
        }
        self.at = end;
    }

    fn newline(&mut self) {
        self.end_command();
        self.at += 1;
        self.line += 1;
        self.line_start = true;
        for pending in std::mem::take(&mut self.pending) {
            self.here_document(&pending);
        }
    }

    /// Reads a here-document's body. An indented end word ends it here, and is remembered as the mistake it is.
    fn here_document(&mut self, pending: &Pending) {
        let start = self.at;
        let mut end = self.bytes.len();
        let mut found = false;
        while self.at < self.bytes.len() {
            let stop = self.text[self.at..].find('\n').map_or(self.bytes.len(), |i| self.at + i);
            let line = self.text[self.at..stop].trim_end_matches('\r');
            if line.trim() == pending.end {
                let exact = if pending.tabs { line.trim_start_matches('\t') } else { line };
                if exact != pending.end && self.out.indented_end.is_none() {
                    self.out.indented_end = Some((self.line, pending.end.clone()));
                }
                end = self.at;
                found = true;
                self.at = (stop + 1).min(self.bytes.len());
                self.line += 1;
                break;
            }
            self.at = (stop + 1).min(self.bytes.len());
            self.line += 1;
        }
        self.unended |= !found;
        let body = &self.text[start..end.max(start)];
        self.out.left_out |= self.dotted && lines(body).any(|line| matches!(line.trim(), "..." | "…"));
        if !pending.literal {
            for name in expansions(body) {
                self.read_variable(name);
            }
        }
        if let Some(slot) = self.bodies.get_mut(pending.command) {
            body.clone_into(slot);
        }
    }
}

/// `{{ … }}` as a word of the same length: to the shell it will be one, whatever stands in it.
#[must_use]
pub fn without_mustaches(text: &str) -> Cow<'_, str> {
    if memchr::memchr(b'{', text.as_bytes()).is_none() || !text.contains("{{") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((inside, behind)) = after.split_once("}}") else { break };
        out.push_str(before);
        out.extend(std::iter::repeat_n('_', inside.len() + 4));
        rest = behind;
    }
    out.push_str(rest);
    out.into()
}

#[cfg(test)]
mod tests;
