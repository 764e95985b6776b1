//! A strict reading of a part of the shell's language, for proving what a script does: whatever is not in that part is an
//! error that says so, never a guess. What runs in the end is bash; text for another shell is read as `portable`, which
//! leaves out what shells understand differently.

mod bodies;
mod compounds;
mod simple;
mod tree;
mod words;

pub(in crate::runbook) use tree::{Assignment, Input, List, Node, Part, Proper, Word};

use super::names::name_at;
use bodies::Pending;

/// Stands in a text for a value that is put there before it runs: one word, never code.
pub const VALUE: char = '\u{E000}';

/// How deep blocks and substitutions may stand in each other.
const DEPTH: usize = 24;

pub(in crate::runbook) type Strict<T> = Result<T, String>;

/// Reads a script, or says what in it is not followed.
pub(in crate::runbook) fn read(text: &str, portable: bool) -> Strict<Proper> {
    let asked = if portable { Asked::Portable } else { Asked::Bash };
    let mut parser = Parser::new(text, asked, 0);
    let list = parser.list(&[])?;
    if parser.at < parser.chars.len() {
        return Err(format!("`{}` is not understood here", parser.chars[parser.at]));
    }
    if !parser.pending.is_empty() {
        return Err("a here-document has no end".into());
    }
    if parser.arithmetic && parser.code_as_text {
        return Err("arithmetic can run what stands in a quoted text".into());
    }
    parser.place_bodies(list).map(|list| Proper { list, counted: parser.counted })
}

/// Whether bash certainly reads a script to its end; what the script does is not looked at. No says nothing: only a part of
/// bash's language is known here.
#[must_use]
pub fn is_read(text: &str) -> bool {
    let mut parser = Parser::new(text, Asked::Form, 0);
    parser.list(&[]).is_ok() && parser.ended() && parser.pending.is_empty()
}

/// What a reading is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// What bash would do.
    Bash,
    /// What any shell would do.
    Portable,
    /// Only whether bash can read it.
    Form,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    asked: Asked,
    depth: usize,
    pending: Vec<Pending>,
    bodies: Vec<Word>,
    arithmetic: bool,
    code_as_text: bool,
    counted: Vec<String>,
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name_at(text).len() == text.len()
}

/// What the shell itself reads at the start of a command.
pub(super) const KEYWORDS: [&str; 22] = [
    "!", "time", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "for", "in", "case", "esac",
    "select", "function", "coproc", "{", "}", "[[", "]]",
];

impl Parser {
    fn new(text: &str, asked: Asked, depth: usize) -> Self {
        Self {
            chars: text.chars().collect(),
            at: 0,
            asked,
            depth,
            pending: Vec::new(),
            bodies: Vec::new(),
            arithmetic: false,
            code_as_text: false,
            counted: Vec::new(),
        }
    }

    fn peek(&self) -> char {
        self.ahead(0)
    }

    fn ahead(&self, n: usize) -> char {
        self.chars.get(self.at + n).copied().unwrap_or('\0')
    }

    fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.ahead(i) == c)
    }

    fn ended(&self) -> bool {
        self.at >= self.chars.len()
    }

    fn only_bash(&self, what: &str) -> Strict<()> {
        if self.asked == Asked::Portable { Err(format!("shells read `{what}` differently")) } else { Ok(()) }
    }

    /// For what bash can read, and what is not to be followed.
    fn not_followed(&self, why: &str) -> Strict<()> {
        if self.asked == Asked::Form { Ok(()) } else { Err(why.into()) }
    }

    /// For what can be followed, and bash may read otherwise than we do. Nobody is told why.
    fn not_form(&self) -> Strict<()> {
        if self.asked == Asked::Form { Err(String::new()) } else { Ok(()) }
    }

    /// Steps over blanks, continued lines and a comment.
    fn blank(&mut self) {
        loop {
            match self.peek() {
                ' ' | '\t' => self.at += 1,
                '\\' if self.ahead(1) == '\n' => self.at += 2,
                '#' if self.begins_word() => {
                    while !self.ended() && self.peek() != '\n' {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    fn begins_word(&self) -> bool {
        self.at == 0 || matches!(self.chars[self.at - 1], ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
    }

    fn lines(&mut self) -> Strict<()> {
        loop {
            self.blank();
            if self.peek() != '\n' {
                return Ok(());
            }
            self.at += 1;
            for pending in std::mem::take(&mut self.pending) {
                self.body(&pending)?;
            }
        }
    }

    fn take_from(&mut self, inside: Parser) {
        self.arithmetic |= inside.arithmetic;
        self.code_as_text |= inside.code_as_text;
        self.counted.extend(inside.counted);
    }

    fn quoted_text(&mut self, text: &str) {
        self.code_as_text |= text.contains("$(") || text.contains('`');
    }

    /// The word of the shell's own that stands bare at this place; empty when there is none.
    fn keyword(&self) -> &'static str {
        let mut letters = [0; 9];
        let mut length = 0;
        while length < letters.len()
            && let c @ ('a'..='z' | '{' | '}' | '!' | '[' | ']') = self.ahead(length)
        {
            // All of these are ASCII.
            letters[length] = c as u8;
            length += 1;
        }
        let ends = self.at + length >= self.chars.len()
            || matches!(self.ahead(length), ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>');
        if length == 0 || !ends {
            return "";
        }
        KEYWORDS.iter().find(|k| k.as_bytes() == &letters[..length]).copied().unwrap_or("")
    }

    fn expect(&mut self, keyword: &str) -> Strict<()> {
        self.lines()?;
        if self.keyword() != keyword {
            return Err(format!("`{keyword}` is missing"));
        }
        self.at += keyword.len();
        Ok(())
    }

    fn list(&mut self, stop: &[&str]) -> Strict<List> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err("blocks stand too deep in each other".into());
        }
        let mut out = List::new();
        let mut depends = false;
        loop {
            self.lines()?;
            if self.ended() || self.peek() == ')' || self.starts(";;") || stop.contains(&self.keyword()) {
                if depends {
                    return Err("a command is missing".into());
                }
                break;
            }
            let nodes = self.pipeline()?;
            if depends {
                out.push(Node::Branches(vec![nodes]));
            } else {
                out.extend(nodes);
            }
            self.blank();
            depends = self.starts("&&") || self.starts("||");
            match self.peek() {
                _ if depends => self.at += 2,
                ';' if self.ahead(1) == ';' => break,
                ';' => self.at += 1,
                '\n' | ')' => {}
                '&' => {
                    self.not_followed("runs something in the background")?;
                    self.at += 1;
                }
                _ if self.ended() => {}
                c => return Err(format!("`{c}` is not understood here")),
            }
        }
        self.depth -= 1;
        Ok(out)
    }

    /// A list that a block is made of, with a command in it at least.
    fn block(&mut self, stop: &[&str]) -> Strict<List> {
        let list = self.list(stop)?;
        if list.is_empty() { Err("a command is missing".into()) } else { Ok(list) }
    }

    fn pipeline(&mut self) -> Strict<List> {
        let mut stages = Vec::new();
        loop {
            loop {
                self.blank();
                match self.keyword() {
                    _ if !stages.is_empty() => break,
                    "!" => self.at += 1,
                    "time" => {
                        self.at += 4;
                        self.blank();
                        if self.starts("-p ") {
                            self.at += 2;
                        }
                    }
                    _ => break,
                }
            }
            stages.push(self.command()?);
            self.blank();
            if self.peek() != '|' || self.ahead(1) == '|' {
                break;
            }
            self.at += 1;
            if self.peek() == '&' {
                self.only_bash("|&")?;
                self.at += 1;
            }
            self.lines()?;
        }
        Ok(if stages.len() == 1 { stages.remove(0) } else { vec![Node::Branches(stages)] })
    }

    fn command(&mut self) -> Strict<List> {
        let keyword = self.keyword();
        let mut out = match keyword {
            "if" => self.conditional()?,
            "while" | "until" => {
                self.at += 5;
                let condition = self.block(&["do"])?;
                self.expect("do")?;
                let body = self.block(&["done"])?;
                self.expect("done")?;
                let mut both = condition;
                both.extend(body);
                vec![Node::Branches(vec![both])]
            }
            "for" => self.loop_over()?,
            "case" => self.case()?,
            "{" => {
                self.at += 1;
                let body = self.block(&["}"])?;
                self.expect("}")?;
                vec![Node::Group(body)]
            }
            "[[" => self.test()?,
            "function" => {
                self.only_bash("function")?;
                self.at += 8;
                self.blank();
                let name = self.word()?;
                self.blank();
                if self.starts("()") {
                    self.at += 2;
                }
                return self.function(&name);
            }
            "!" | "time" | "select" | "coproc" | "then" | "do" | "done" | "fi" | "elif" | "else" | "esac" | "in"
            | "}" | "]]" => {
                return Err(format!("`{keyword}` is not understood here"));
            }
            _ if self.starts("((") => {
                self.only_bash("((")?;
                self.at += 2;
                let mut word = Word::default();
                self.arithmetic(&mut word)?;
                vec![Node::Words(vec![word])]
            }
            _ if self.peek() == '(' => {
                self.at += 1;
                let body = self.inside_parentheses()?;
                vec![Node::Branches(vec![body])]
            }
            _ => return self.simple(),
        };
        // What is redirected for the whole block.
        let mut words = Vec::new();
        loop {
            self.blank();
            if !self.is_redirection() {
                break;
            }
            if let Input::Text(word) = self.redirection(&mut words)? {
                words.push(word);
            }
        }
        if !words.is_empty() {
            out.push(Node::Words(words));
        }
        Ok(out)
    }

    fn inside_parentheses(&mut self) -> Strict<List> {
        if !self.pending.is_empty() {
            return Err("a here-document begins before a parenthesis".into());
        }
        let body = self.block(&[])?;
        if self.peek() != ')' || !self.pending.is_empty() {
            return Err("a parenthesis is not closed".into());
        }
        self.at += 1;
        self.place_bodies(body)
    }

    fn ends_word(&self) -> bool {
        self.ended() || matches!(self.peek(), ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
    }
}
