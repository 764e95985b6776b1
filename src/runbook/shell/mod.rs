//! A look into shell scripts: which simple commands they hold, which variables they read and set, where they may be cut.
//!
//! Not a shell: one pass from left to right with an explicit stack, which never fails. What it cannot follow (an
//! unclosed quote, an unknown keyword) makes the script less understood, hence less trusted, never more.

mod left_out;
mod names;
mod order;
pub(in crate::runbook) mod strict;

/// A value that is put into a text, wherever an effect is proven; and whether bash reads one.
pub use strict::{VALUE, is_read};

pub use names::placeholder;

use super::tables::Set;
use crate::source::lines;
use left_out::Dots;
use names::{assigned, expansions, is_standard, name_at, takes_value};
use order::Block;
use std::borrow::Cow;
use strict::KEYWORDS;

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

/// Whether a text leaves something out that is to be put there: `kubectl delete pod ...`.
#[must_use]
pub fn leaves_out(text: &str) -> bool {
    left_out::anywhere(text) && scan(text).left_out
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

    fn single_quoted(&mut self) {
        let start = self.at + 1;
        let end = self.text[start..].find('\'').map_or(self.bytes.len(), |i| start + i);
        if end == self.bytes.len() {
            // Never closed: whatever follows is not understood.
            self.modes.push(Mode::Subshell);
            self.frames.push(Frame::default());
        }
        let text = self.text;
        self.frame().quoted = true;
        self.push(&text[start..end]);
        self.line += text[start..end].matches('\n').count();
        self.at = end + 1;
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

    fn operator(&mut self, c: u8) {
        if self.frame().current.words.first().is_some_and(|w| w == "[[") {
            self.push_char();
            return;
        }
        if c == b'&' && self.peek(1) == b'>' {
            self.irregular |= self.peek(2) == b'|';
            self.end_word();
            self.at += 1;
            return;
        }
        self.end_command();
        if c == b';' && self.peek(1) == b';' {
            self.irregular |= self.awaiting;
            self.turn(Block::Arm, Block::Case);
        } else {
            self.joint(self.at);
        }
        let double = self.peek(1) == c;
        self.awaiting |= c == b'|' || c == b'&' && double;
        self.irregular |= c == b'|' && self.peek(1) == b'&';
        self.frame().current.piped = c == b'|' && !double;
        self.at += if double || (c == b'|' && self.peek(1) == b'&') { 2 } else { 1 };
    }

    fn open_paren(&mut self) {
        let empty = self.frame().current.words.is_empty();
        let word = self.frame().word.clone();
        match word {
            Some(name) if self.peek(1) == b')' && empty => {
                self.frame().word = None;
                self.out.functions.push(name);
                self.function_named = true;
                self.at += 2;
            }
            Some(word) if word.ends_with('=') => {
                self.irregular |= assigned(&word).is_none();
                self.enter(Mode::Array, 1);
            }
            None if self.peek(1) == b'(' && empty => {
                self.irregular = true;
                self.modes.push(Mode::Arithmetic);
                self.at += 2;
            }
            // `(pattern)`
            None if empty && self.blocks.last() == Some(&Block::Case) => {
                self.irregular = true;
                self.at += 1;
            }
            None => {
                self.irregular |= !empty;
                self.awaiting = true;
                self.enter(Mode::Subshell, 1);
            }
            Some(_) => {
                self.irregular = true;
                self.push_char();
            }
        }
    }

    fn enter(&mut self, mode: Mode, width: usize) {
        if mode == Mode::Tick {
            // What stands in it is read again by rules of its own.
            self.irregular = true;
        } else {
            self.blocks.push(Block::Parenthesis);
        }
        self.modes.push(mode);
        self.frames.push(Frame::default());
        self.at += width;
    }

    fn close_paren(&mut self) {
        self.at += 1;
        match self.modes.last() {
            Some(Mode::Top | Mode::Tick) | None => {
                // `case x in a)` on one line.
                let words = std::mem::take(&mut self.frame().current.words);
                self.irregular |= words.is_empty() && self.frame().word.is_none();
                if words.iter().any(|w| w == "case") {
                    self.keywords(&words, false);
                }
                self.turn(Block::Case, Block::Arm);
                // The pattern of a `case`, or a parenthesis too many.
                self.frame().word = None;
                self.frame().current.words.clear();
                self.frame().current.piped = false;
            }
            Some(Mode::Array) => {
                self.closes(Block::Parenthesis);
                self.end_word();
                self.leave();
            }
            _ => {
                self.end_command();
                self.joint(self.at - 1);
                self.closes(Block::Parenthesis);
                self.awaiting = false;
                // `<()` holds nothing that could run.
                self.irregular |= self.text[..self.at - 1].trim_end_matches([' ', '\t']).ends_with('(');
                if self.modes.last() == Some(&Mode::Subshell) {
                    let next = self.text[self.at..].trim_start_matches([' ', '\t']).bytes().next();
                    self.irregular |= next.is_some_and(|b| !b"\n;&|)>".contains(&b));
                }
                self.leave();
            }
        }
    }

    fn leave(&mut self) {
        if self.frames.len() > 1 {
            self.frames.pop();
            self.modes.pop();
        }
    }

    fn tick(&mut self) {
        if self.modes.last() == Some(&Mode::Tick) {
            self.end_command();
            self.leave();
            self.at += 1;
        } else {
            self.push("`");
            self.enter(Mode::Tick, 1);
        }
    }

    fn quote(&mut self) {
        match self.bytes[self.at] {
            b'"' => {
                self.modes.pop();
                self.at += 1;
            }
            b'\\' if matches!(self.peek(1), b'"' | b'\\' | b'$' | b'`') => {
                self.at += 1;
                self.push_char();
            }
            b'\\' if self.peek(1) == b'\n' => {
                self.at += 2;
                self.line += 1;
            }
            b'$' => self.dollar(),
            b'`' => {
                self.push("`");
                self.enter(Mode::Tick, 1);
            }
            _ => self.push_run(|b| matches!(b, b'"' | b'\\' | b'$' | b'`')),
        }
    }

    fn dollar(&mut self) {
        match self.peek(1) {
            b'(' if self.peek(2) == b'(' => {
                let inside = self.text[self.at + 3..].split_once("))").map_or("(", |(inside, _)| inside);
                self.irregular |= inside.len() > 200
                    || !inside.bytes().all(|b| b.is_ascii_alphanumeric() || b" _$+*/%-".contains(&b));
                self.push("$((…))");
                self.modes.push(Mode::Arithmetic);
                self.at += 3;
            }
            b'(' => {
                self.push("$(…)");
                self.enter(Mode::Substitution, 2);
            }
            b'{' => {
                let rest = &self.text[self.at + 2..];
                let name = name_at(rest.strip_prefix('#').unwrap_or(rest));
                let after = rest.strip_prefix('#').unwrap_or(rest).get(name.len()..).unwrap_or("");
                let defaulted = after.starts_with(":-")
                    || after.starts_with('-')
                    || after.starts_with(":=")
                    || after.starts_with(":+")
                    || after.starts_with('+');
                if !defaulted {
                    let name = name.to_owned();
                    self.read_variable(&name);
                }
                self.push("${");
                let name_len = name.len();
                let text = self.text;
                let name_start = self.at + 2;
                self.push(text.get(name_start..name_start + name_len).unwrap_or(""));
                self.at += 2 + name_len;
                self.modes.push(Mode::Parameter);
            }
            b'\'' if self.modes.last() != Some(&Mode::Quote) => {
                self.at += 1;
            }
            _ => {
                let name = name_at(&self.text[self.at + 1..]).to_owned();
                self.read_variable(&name);
                self.push("$");
                self.push(&name);
                self.at += 1 + name.len();
            }
        }
    }

    fn parameter(&mut self) {
        match self.bytes[self.at] {
            b'}' => {
                self.push("}");
                self.modes.pop();
                self.at += 1;
            }
            b'\\' if self.at + 1 < self.bytes.len() => {
                self.at += 1;
                self.push_char();
            }
            b'$' => self.dollar(),
            _ => self.push_run(|b| matches!(b, b'}' | b'\\' | b'$')),
        }
    }

    fn arithmetic(&mut self) {
        match self.bytes[self.at] {
            b')' if self.peek(1) == b')' => {
                self.modes.pop();
                self.at += 2;
            }
            b'$' => self.dollar(),
            b'\n' => {
                self.line += 1;
                self.at += 1;
            }
            _ => self.at += 1,
        }
    }

    fn redirect(&mut self, c: u8) {
        if c == b'<'
            && let Some(len) = placeholder(&self.text[self.at..])
        {
            let text = self.text;
            self.push(&text[self.at..self.at + len]);
            self.at += len;
            return;
        }
        if self.frame().current.words.first().is_some_and(|w| w == "[[") {
            self.push_char();
            return;
        }
        // A number right before it is a file descriptor, not a word.
        if self.frame().word.as_ref().is_some_and(|w| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit())) {
            self.frame().word = None;
        }
        self.end_word();
        self.irregular |= self.frame().redirect.is_some()
            || self.frame().current.words.last().is_none_or(|w| KEYWORDS.contains(&w.as_str()));
        let (kind, width) = match (c, self.peek(1), self.peek(2)) {
            (b'<', b'<', b'<') => (Some(Redirect::HereString), 3),
            (b'<', b'<', b'-') => (Some(Redirect::HereDocument { tabs: true }), 3),
            (b'<', b'<', _) => (Some(Redirect::HereDocument { tabs: false }), 2),
            (_, b'(', _) => {
                self.irregular |= self.frame().current.words.is_empty();
                self.push("$(…)");
                self.enter(Mode::Substitution, 2);
                return;
            }
            (b'>', b'>' | b'|', _) => (Some(Redirect::Out), 2),
            (_, b'&', _) => (None, 2),
            (b'<', _, _) => (Some(Redirect::In), 1),
            _ => (Some(Redirect::Out), 1),
        };
        self.at += width;
        if kind.is_none() {
            // `2>&1`, `>&-`: the descriptor is not a word.
            self.irregular |= !(self.peek(0).is_ascii_digit() || self.peek(0) == b'-');
            while self.peek(0).is_ascii_digit() || self.peek(0) == b'-' {
                self.at += 1;
            }
        }
        self.frame().redirect = kind;
    }

    fn end_word(&mut self) {
        let frame = self.frame();
        let Some(word) = frame.word.take() else { return };
        let quoted = std::mem::take(&mut frame.quoted);
        // Quoted it is no keyword, and this scan takes it for one.
        self.irregular |= quoted && KEYWORDS.contains(&word.as_str());
        let dots = if self.dotted { left_out::of(&word, quoted) } else { Dots::None };
        let frame = self.frame();
        frame.left_out = frame.left_out.max(dots);
        match frame.redirect.take() {
            None => frame.current.words.push(word),
            Some(Redirect::In) => frame.current.redirected_input = true,
            Some(Redirect::Out) => {
                frame.current.writes |=
                    word != "/dev/null" && word != "/dev/stderr" && word != "/dev/stdout" && word != "/dev/tty";
            }
            Some(Redirect::HereString) => frame.current.input = Some(word),
            Some(Redirect::HereDocument { tabs }) => {
                let command = self.bodies.len();
                self.bodies.push(String::new());
                self.frame().heredoc = Some(command);
                self.pending.push(Pending { end: word, literal: quoted, tabs, command });
            }
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        let line = self.line;
        let frame = self.frame();
        // A redirection without its target.
        let dangling = frame.redirect.take().is_some();
        let mut command = std::mem::take(&mut frame.current);
        let heredoc = frame.heredoc.take();
        let dots = std::mem::take(&mut frame.left_out);
        self.out.left_out |= dots != Dots::None && left_out::is_open(&command, dots);
        command.line = line;
        let inverted = command.piped && command.words.first().is_some_and(|w| w == "!" || w == "time");
        self.irregular |= dangling || inverted;
        let fed = command.redirected_input || command.input.is_some() || heredoc.is_some();
        let rest = self.keywords(&command.words, fed);
        command.words.drain(..rest);
        if let [first, inner @ .., last] = &command.words[..]
            && first == "[["
        {
            self.irregular |= last != "]]" || inner.iter().any(|w| w.contains("]]") || w.contains("[["));
        }
        self.awaiting &= command.words.is_empty();
        // A function's body, or the next pattern of a `case`, must come first.
        self.irregular |=
            !command.words.is_empty() && (self.function_named || self.blocks.last() == Some(&Block::Case));
        command.in_function = self.function.is_some();
        // `start|restart)`: alternatives of a pattern, no commands.
        if command.words.is_empty() || self.blocks.last() == Some(&Block::Case) {
            return;
        }
        self.assignments(&mut command.words);
        if !command.words.is_empty() {
            self.out.commands.push(command);
            self.owners.push(heredoc);
        }
    }

    /// Steps over the keywords at a command's start; returns where its own words begin.
    /// `fed`: the command's input is redirected, and when it ends a block that holds for the whole block.
    fn keywords(&mut self, words: &[String], fed: bool) -> usize {
        let mut i = 0;
        while let Some(word) = words.get(i) {
            match word.as_str() {
                "then" | "do" | "else" | "elif" => self.part(word),
                "!" | "time" => self.awaiting = true,
                "{" => {
                    if std::mem::take(&mut self.function_named) && self.function.is_none() {
                        self.function = Some(self.depth);
                    }
                    self.deeper();
                    self.blocks.push(Block::Brace);
                    self.awaiting = true;
                }
                "if" | "while" | "until" => {
                    self.out.loops |= word == "while" && words.iter().any(|w| w == "read");
                    self.deeper();
                    self.blocks.push(if word == "if" { Block::If } else { Block::Loop });
                    self.awaiting = true;
                }
                "fi" | "done" | "esac" | "}" => {
                    self.ends(word, words.get(i + 1));
                    let begun = self.begun.pop().unwrap_or(self.out.commands.len());
                    if fed && self.depth > 0 {
                        for inside in &mut self.out.commands[begun..] {
                            inside.redirected_input = true;
                        }
                    }
                    self.depth = self.depth.saturating_sub(1);
                    self.function = self.function.filter(|outside| *outside < self.depth);
                }
                "case" => {
                    self.deeper();
                    self.blocks.push(Block::Case);
                    self.awaiting = false;
                    self.irregular |= words.get(i + 2).is_none_or(|w| w != "in");
                    return words.len();
                }
                "for" | "select" => {
                    self.out.loops = true;
                    self.deeper();
                    self.blocks.push(Block::Loop);
                    self.awaiting = false;
                    self.irregular |= words.get(i + 2).is_some_and(|w| w != "in");
                    if let Some(name) = words.get(i + 1) {
                        self.set_variable(name);
                    }
                    return words.len();
                }
                "function" => {
                    self.out.functions.extend(words.get(i + 1).cloned());
                    self.function_named = true;
                    i += 1;
                }
                _ => break,
            }
            i += 1;
        }
        i.min(words.len())
    }

    fn deeper(&mut self) {
        self.depth += 1;
        self.begun.push(self.out.commands.len());
    }

    /// Takes the assignments off a command's words and remembers what it sets.
    fn assignments(&mut self, words: &mut Vec<String>) {
        let count = words.iter().take_while(|w| assigned(w).is_some()).count();
        if count == words.len() {
            for word in std::mem::take(words) {
                if let Some(name) = assigned(&word) {
                    self.set_variable(name);
                }
            }
            return;
        }
        words.drain(..count);
        let names: Vec<String> = match words[0].as_str() {
            "export" | "declare" | "typeset" | "readonly" | "local" | "read" | "mapfile" | "readarray" => words[1..]
                .iter()
                .enumerate()
                .filter(|(i, _)| !takes_value(&words[0], &words[*i]))
                .map(|(_, w)| w)
                .filter(|w| !w.starts_with('-'))
                .map(|w| assigned(w).unwrap_or(w).to_owned())
                .filter(|w| !w.is_empty() && name_at(w).len() == w.len())
                .collect(),
            "printf" if words.get(1).is_some_and(|w| w == "-v") => words.get(2).cloned().into_iter().collect(),
            "getopts" => words.get(2).cloned().into_iter().collect(),
            _ => return,
        };
        for name in &names {
            self.set_variable(name);
        }
    }

    fn read_variable(&mut self, name: &str) {
        if name.is_empty() || self.seen_sets.contains(name) || is_standard(name) {
            return;
        }
        if self.seen_reads.insert(name.to_owned()) {
            self.out.reads.push(name.to_owned());
        }
    }

    fn set_variable(&mut self, name: &str) {
        if !name.is_empty() && self.seen_sets.insert(name.to_owned()) {
            self.out.sets.push(name.to_owned());
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
