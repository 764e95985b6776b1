//! The bodies of here-documents, which stand on the lines below their commands: read there, and put where they belong.

use super::{Input, List, Node, Parser, Part, Strict, Word};

pub(super) struct Pending {
    pub(super) end: String,
    pub(super) literal: bool,
    pub(super) tabs: bool,
    pub(super) slot: usize,
}

/// Stands for a here-document's body until it is read.
pub(super) fn slot_word(slot: usize) -> Word {
    Word { parts: vec![Part::Variable { name: format!("<{slot}"), quoted: true }], ..Word::default() }
}

impl Parser {
    pub(super) fn body(&mut self, pending: &Pending) -> Strict<()> {
        let mut body = String::new();
        loop {
            if self.ended() {
                return Err("a here-document has no end".into());
            }
            let mut line = String::new();
            while !self.ended() && self.peek() != '\n' {
                line.push(self.peek());
                self.at += 1;
            }
            let last = self.ended();
            self.at += 1;
            let line = if pending.tabs { line.trim_start_matches('\t') } else { &line };
            if line == pending.end {
                // The newline after the end word ends the command list's line as well: it was taken already.
                self.at = self.at.min(self.chars.len());
                break;
            }
            if last || (!pending.literal && line.ends_with('\\')) {
                return Err("where a here-document ends is not clear".into());
            }
            body.push_str(line);
            body.push('\n');
        }
        let word = if pending.literal {
            self.quoted_text(&body);
            let mut word = Word { quoted: true, ..Word::default() };
            word.push_quoted(&body);
            word
        } else {
            let mut inside = Parser::new(&body, self.asked, self.depth + 1);
            let mut word = Word { quoted: true, ..Word::default() };
            inside.quoted(&mut word, None)?;
            self.take_from(inside);
            word
        };
        self.bodies[pending.slot] = word;
        Ok(())
    }

    /// Puts the here-documents' bodies where they are read.
    pub(super) fn place_bodies(&self, list: List) -> Strict<List> {
        list.into_iter().map(|node| self.place_body(node)).collect()
    }

    fn place_body(&self, node: Node) -> Strict<Node> {
        let body = |word: Word| match word.parts.as_slice() {
            [Part::Variable { name, .. }] if name.starts_with('<') => {
                name[1..].parse().ok().and_then(|slot: usize| self.bodies.get(slot)).cloned().unwrap_or(word)
            }
            _ => word,
        };
        Ok(match node {
            Node::Simple { assignments, words, input: Input::Text(word) } => {
                Node::Simple { assignments, words, input: Input::Text(body(word)) }
            }
            Node::Words(words) => Node::Words(words.into_iter().map(body).collect()),
            Node::Branches(lists) => {
                Node::Branches(lists.into_iter().map(|l| self.place_bodies(l)).collect::<Strict<_>>()?)
            }
            Node::Group(list) => Node::Group(self.place_bodies(list)?),
            Node::For { name, words, body } => Node::For { name, words, body: self.place_bodies(body)? },
            Node::Function { name, body } => Node::Function { name, body: self.place_bodies(body)? },
            other @ Node::Simple { .. } => other,
        })
    }
}
