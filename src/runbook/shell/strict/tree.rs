//! What a strict reading gives: a script as lists of commands and the words that they are made of.

use super::VALUE;

pub(in crate::runbook) type List = Vec<Node>;

/// A piece of a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runbook) enum Part {
    /// As it is.
    Text(String),
    /// A variable's value.
    Variable { name: String, quoted: bool },
    /// A value only known when it runs; `many`: possibly several words in spite of quotes.
    Value { quoted: bool, many: bool },
    /// What becomes file names or several words.
    Wild,
}

/// A word and the commands that run to make it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::runbook) struct Word {
    pub parts: Vec<Part>,
    pub inner: Vec<List>,
    /// Some of it is quoted.
    pub quoted: bool,
}

/// Where a command's input comes from, as far as it says so itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::runbook) enum Input {
    #[default]
    Unsaid,
    Nothing,
    File,
    Text(Word),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runbook) struct Assignment {
    pub name: String,
    /// `None` for arrays and `+=`.
    pub value: Option<Word>,
    /// All words of the value.
    pub words: Vec<Word>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::runbook) enum Node {
    Simple {
        assignments: Vec<Assignment>,
        words: Vec<Word>,
        input: Input,
    },
    /// Lists of which each may run or not, or elsewhere: what they set is not sure to be set after them.
    Branches(Vec<List>),
    Group(List),
    For {
        name: String,
        words: Option<Vec<Word>>,
        body: List,
    },
    /// Words that are only expanded: redirections, `[[ … ]]`, the patterns of a `case`.
    Words(Vec<Word>),
    Function {
        name: String,
        body: List,
    },
}

/// A whole script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::runbook) struct Proper {
    pub list: List,
    /// Names that stand in arithmetic.
    pub counted: Vec<String>,
}

impl Word {
    pub(super) fn push(&mut self, c: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(c);
        } else {
            self.parts.push(Part::Text(c.into()));
        }
    }

    /// Quoted text; the places for values in it are none of it.
    pub(super) fn push_quoted(&mut self, text: &str) {
        for (i, piece) in text.split(VALUE).enumerate() {
            if i > 0 {
                self.parts.push(Part::Value { quoted: true, many: false });
            }
            self.push_str(piece);
        }
    }

    pub(super) fn push_str(&mut self, text: &str) {
        if let Some(Part::Text(last)) = self.parts.last_mut() {
            last.push_str(text);
        } else {
            self.parts.push(Part::Text(text.into()));
        }
    }

    /// Its text when nothing in it is expanded.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [Part::Text(text)] => Some(text),
            _ => None,
        }
    }
}
