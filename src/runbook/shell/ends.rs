//! The scan where a word or a command ends: keywords, assignments, and which variables are read and set.

use super::left_out::{self, Dots};
use super::names::{assigned, is_standard, name_at, takes_value};
use super::order::Block;
use super::strict::KEYWORDS;
use super::{Pending, Redirect, Scanner};

impl Scanner<'_> {
    pub(super) fn end_word(&mut self) {
        let frame = self.frame();
        let Some(word) = frame.word.take() else { return };
        let quoted = std::mem::take(&mut frame.quoted);
        let optional = !quoted && left_out::is_optional(&word, &frame.current.words);
        // Quoted it is no keyword, and this scan takes it for one.
        self.irregular |= quoted && KEYWORDS.contains(&word.as_str());
        self.out.optional |= optional;
        self.out.remarked |= !quoted && left_out::remarks(&word, &self.frame().current.words);
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

    pub(super) fn end_command(&mut self) {
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
        if command.words.is_empty() && command.piped && self.awaiting {
            // "a |", and what it is piped to on the next line.
            self.frame().current.piped = true;
        }
        // A pattern is one word.
        let pattern = self.blocks.last() == Some(&Block::Case) && command.words.first().is_some_and(|w| w != "esac");
        self.irregular |= pattern && command.words.len() > 1;
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
    pub(super) fn keywords(&mut self, words: &[String], fed: bool) -> usize {
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
                    self.irregular |= words.get(i + 2).is_none_or(|w| w != "in") || words.len() > i + 4;
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

    pub(super) fn read_variable(&mut self, name: &str) {
        if name.is_empty() || self.seen_sets.contains(name) || is_standard(name) {
            return;
        }
        if !self.seen_reads.contains(name) {
            self.seen_reads.insert(name.to_owned());
            self.out.reads.push(name.to_owned());
        }
    }

    fn set_variable(&mut self, name: &str) {
        if !name.is_empty() && self.seen_sets.insert(name.to_owned()) {
            self.out.sets.push(name.to_owned());
        }
    }
}
