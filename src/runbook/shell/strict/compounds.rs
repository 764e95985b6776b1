//! Commands that hold others: `if`, `for`, `case`, `[[ … ]]`, functions.

use super::{Asked, List, Node, Parser, Strict, Word, is_name};

impl Parser {
    pub(super) fn conditional(&mut self) -> Strict<List> {
        self.at += 2;
        let mut lists = vec![self.block(&["then"])?];
        self.expect("then")?;
        lists.push(self.block(&["elif", "else", "fi"])?);
        loop {
            self.lines()?;
            match self.keyword() {
                "elif" => {
                    self.at += 4;
                    lists.push(self.block(&["then"])?);
                    self.expect("then")?;
                    lists.push(self.block(&["elif", "else", "fi"])?);
                }
                "else" => {
                    self.at += 4;
                    lists.push(self.block(&["fi"])?);
                    break;
                }
                _ => break,
            }
        }
        self.expect("fi")?;
        Ok(vec![Node::Branches(lists)])
    }

    pub(super) fn loop_over(&mut self) -> Strict<List> {
        self.at += 3;
        self.blank();
        let name = self.word()?.literal().filter(|n| is_name(n)).ok_or("a loop without a plain name")?.to_owned();
        self.lines()?;
        let mut words = None;
        if self.keyword() == "in" {
            self.at += 2;
            let mut over = Vec::new();
            loop {
                self.blank();
                match self.peek() {
                    ';' | '\n' => break,
                    _ if self.ended() => return Err("a loop has no end".into()),
                    _ => over.push(self.word()?),
                }
            }
            words = Some(over);
        }
        if self.peek() == ';' {
            self.at += 1;
        }
        self.expect("do")?;
        let body = self.block(&["done"])?;
        self.expect("done")?;
        Ok(vec![Node::For { name, words, body }])
    }

    pub(super) fn case(&mut self) -> Strict<List> {
        self.at += 4;
        self.blank();
        let mut words = vec![self.word()?];
        self.expect("in")?;
        let mut lists = Vec::new();
        loop {
            self.lines()?;
            if self.keyword() == "esac" {
                self.at += 4;
                return Ok(vec![Node::Words(words), Node::Branches(lists)]);
            }
            if self.peek() == '(' {
                self.at += 1;
            }
            loop {
                self.blank();
                words.push(self.word()?);
                self.blank();
                match self.peek() {
                    '|' => self.at += 1,
                    ')' => break,
                    _ => return Err("a `case` is not understood".into()),
                }
            }
            self.at += 1;
            lists.push(self.list(&["esac"])?);
            self.lines()?;
            if self.starts(";;") && self.ahead(2) != '&' {
                self.at += 2;
            } else if self.keyword() != "esac" {
                return Err("a `case` is not understood".into());
            }
        }
    }

    /// `[[ … ]]`.
    pub(super) fn test(&mut self) -> Strict<List> {
        self.only_bash("[[")?;
        self.arithmetic = true;
        self.at += 2;
        if self.asked == Asked::Form {
            return self.plain_test();
        }
        let mut words = Vec::new();
        loop {
            self.blank();
            match self.peek() {
                '\n' if !self.pending.is_empty() => return Err("a here-document before `[[`".into()),
                '&' | '|' | '(' | ')' | '<' | '>' | '\n' => self.at += 1,
                _ if self.ended() => return Err("`[[` is not closed".into()),
                ';' => return Err("`;` within `[[`".into()),
                _ => {
                    let word = self.word()?;
                    let ends = !word.quoted && word.literal() == Some("]]");
                    if ends {
                        return Ok(vec![Node::Words(words)]);
                    }
                    words.push(word);
                }
            }
        }
    }

    /// Tests as nearly everybody writes them, on one line and without parentheses.
    fn plain_test(&mut self) -> Strict<List> {
        loop {
            let mut words = Vec::new();
            loop {
                self.blank();
                if words.last().is_some_and(|w| w == "=~") {
                    self.pattern()?;
                    words.push(String::new());
                    continue;
                }
                if matches!(self.peek(), '&' | '|' | '(' | ')' | '<' | '>' | '\n' | ';') || self.ended() {
                    break;
                }
                let word = self.word()?;
                let bare = word.literal().filter(|_| !word.quoted).unwrap_or("\"").to_owned();
                if bare == "!" && words.is_empty() {
                    continue;
                }
                words.push(bare);
                if words.last().is_some_and(|w| w == "]]") {
                    break;
                }
            }
            let ends = words.pop_if(|w| w == "]]").is_some();
            let operator =
                |w: &str| w.len() > 1 && w.starts_with('-') && w[1..].bytes().all(|b| b.is_ascii_lowercase());
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let tests = match words[..] {
                [one] => !operator(one),
                [unary, _] => operator(unary) && unary.len() == 2,
                [
                    _,
                    "=" | "==" | "!=" | "=~" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef",
                    _,
                ] => true,
                _ => false,
            };
            if !tests {
                return Err(String::new());
            }
            if ends {
                return Ok(vec![Node::Words(Vec::new())]);
            }
            if !self.starts("&&") && !self.starts("||") {
                return Err(String::new());
            }
            self.at += 2;
        }
    }

    /// What stands behind `=~`, without quotes and variables: up to a blank that no parentheses hold.
    fn pattern(&mut self) -> Strict<()> {
        let start = self.at;
        let mut open = 0usize;
        loop {
            match self.peek() {
                ' ' if open == 0 && self.at > start => return Ok(()),
                ' ' | '|' if open > 0 => {}
                '(' => open += 1,
                ')' => open = open.checked_sub(1).ok_or_else(String::new)?,
                // At a word's end it is no variable's.
                '$' if matches!(self.ahead(1), ' ' | ')') => {}
                '[' => {
                    let class = |c: &char| c.is_ascii_alphanumeric() || "_.:/^+-".contains(*c);
                    self.at += 1 + self.chars[self.at + 1..].iter().take_while(|c| class(c)).count();
                    if self.peek() != ']' {
                        return Err(String::new());
                    }
                }
                c if c.is_ascii_alphanumeric() || "_.:/^+-*?".contains(c) => {}
                _ => return Err(String::new()),
            }
            self.at += 1;
        }
    }

    pub(super) fn function(&mut self, name: &Word) -> Strict<List> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let name = name
            .literal()
            .filter(|n| !n.is_empty() && n.chars().all(plain) && !name.quoted)
            .ok_or("a function without a plain name")?
            .to_owned();
        self.lines()?;
        let body = match self.peek() {
            '(' if self.ahead(1) != '(' => {
                self.at += 1;
                self.inside_parentheses()?
            }
            _ if self.keyword() == "{" => {
                self.at += 1;
                let body = self.block(&["}"])?;
                self.expect("}")?;
                body
            }
            _ => return Err(format!("the function `{name}` is not understood")),
        };
        self.blank();
        if self.is_redirection() {
            return Err(format!("the function `{name}` redirects"));
        }
        Ok(vec![Node::Function { name, body }])
    }
}
