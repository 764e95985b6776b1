//! A strict reading of a part of the shell's language, for proving what a script does: whatever is not in that part is an
//! error that says so, never a guess. What runs in the end is bash; text for another shell is read as `portable`, which
//! leaves out what shells understand differently.

mod words;

use super::names::name_at;

/// Stands in a text for a value that is put there before it runs: one word, never code.
pub const VALUE: char = '\u{E000}';

/// How deep blocks and substitutions may stand in each other.
const DEPTH: usize = 24;

pub(in crate::runbook) type Strict<T> = Result<T, String>;
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

struct Pending {
    end: String,
    literal: bool,
    tabs: bool,
    slot: usize,
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

/// Stands for a here-document's body until it is read.
fn slot_word(slot: usize) -> Word {
    Word { parts: vec![Part::Variable { name: format!("<{slot}"), quoted: true }], ..Word::default() }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && name_at(text).len() == text.len()
}

/// What the shell itself reads at the start of a command.
pub(super) const KEYWORDS: [&str; 22] = [
    "!", "time", "if", "then", "elif", "else", "fi", "while", "until", "do", "done", "for", "in", "case", "esac",
    "select", "function", "coproc", "{", "}", "[[", "]]",
];

impl Word {
    fn push(&mut self, c: char) {
        if let Some(Part::Text(text)) = self.parts.last_mut() {
            text.push(c);
        } else {
            self.parts.push(Part::Text(c.into()));
        }
    }

    /// Quoted text; the places for values in it are none of it.
    fn push_quoted(&mut self, text: &str) {
        for (i, piece) in text.split(VALUE).enumerate() {
            if i > 0 {
                self.parts.push(Part::Value { quoted: true, many: false });
            }
            self.push_str(piece);
        }
    }

    fn push_str(&mut self, text: &str) {
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

    fn body(&mut self, pending: &Pending) -> Strict<()> {
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

    fn conditional(&mut self) -> Strict<List> {
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

    fn loop_over(&mut self) -> Strict<List> {
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

    fn case(&mut self) -> Strict<List> {
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
    fn test(&mut self) -> Strict<List> {
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
                [_, "=" | "==" | "!=" | "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" | "-nt" | "-ot" | "-ef", _] => {
                    true
                }
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

    fn function(&mut self, name: &Word) -> Strict<List> {
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

    fn simple(&mut self) -> Strict<List> {
        let (mut assignments, mut words, mut input) = (Vec::new(), Vec::new(), Input::Unsaid);
        let mut expanded = Vec::new();
        let mut redirects = false;
        loop {
            self.blank();
            if self.is_redirection() {
                redirects = true;
                match self.redirection(&mut expanded)? {
                    Input::Unsaid => {}
                    found if input == Input::Unsaid => input = found,
                    _ => return Err("its input is given twice".into()),
                }
                continue;
            }
            match self.peek() {
                '\n' | ';' | '&' | '|' | ')' => break,
                _ if self.ended() => break,
                '(' => {
                    self.at += 1;
                    self.blank();
                    if self.peek() != ')' || words.len() != 1 || !assignments.is_empty() || redirects {
                        return Err("`(` is not understood here".into());
                    }
                    self.at += 1;
                    return self.function(&words[0]);
                }
                _ => {
                    if words.is_empty()
                        && let Some(assignment) = self.assignment()?
                    {
                        assignments.push(assignment);
                    } else if words.is_empty() && (!self.keyword().is_empty() || self.starts("<(")) {
                        // Behind a redirection or an assignment a keyword is none, and nobody means that.
                        let what = if self.keyword().is_empty() { "<(" } else { self.keyword() };
                        return Err(format!("`{what}` is not understood here"));
                    } else {
                        words.push(self.word()?);
                    }
                }
            }
        }
        if words.is_empty() && assignments.is_empty() && !(redirects && self.asked != Asked::Form) {
            return Err("a command is missing".into());
        }
        let mut out = Vec::new();
        if !expanded.is_empty() {
            out.push(Node::Words(expanded));
        }
        out.push(Node::Simple { assignments, words, input });
        Ok(out)
    }

    fn assignment(&mut self) -> Strict<Option<Assignment>> {
        let named = |i: &usize| {
            let c = self.ahead(*i);
            c.is_ascii_alphabetic() || c == '_' || (*i > 0 && c.is_ascii_digit())
        };
        let mut width = (0..80).take_while(named).count();
        if width == 0 || !matches!(self.ahead(width), '=' | '+' | '[') {
            return Ok(None);
        }
        let name: String = self.chars[self.at..self.at + width].iter().collect();
        let mut whole = true;
        if self.ahead(width) == '[' {
            let digits = (1..80).take_while(|i| self.ahead(width + i).is_ascii_digit()).count();
            if digits == 0 || self.ahead(width + digits + 1) != ']' {
                self.not_form()?;
                return Ok(None);
            }
            width += digits + 2;
            whole = false;
        }
        if self.ahead(width) == '+' && self.ahead(width + 1) == '=' {
            width += 1;
            whole = false;
        } else if self.ahead(width) != '=' {
            return Ok(None);
        }
        self.at += width + 1;
        if self.peek() == '(' {
            self.only_bash("=(")?;
            self.at += 1;
            let mut words = Vec::new();
            loop {
                self.lines()?;
                match self.peek() {
                    ')' => break,
                    '[' => return Err("an array with keys".into()),
                    _ if self.ended() => return Err("an array is not closed".into()),
                    _ => words.push(self.word()?),
                }
            }
            self.at += 1;
            return Ok(Some(Assignment { name, value: None, words }));
        }
        let word = if self.ends_word() { Word::default() } else { self.word()? };
        let value = whole.then(|| word.clone());
        Ok(Some(Assignment { name, value, words: vec![word] }))
    }

    fn ends_word(&self) -> bool {
        self.ended() || matches!(self.peek(), ' ' | '\t' | '\n' | ';' | '&' | '|' | '(' | ')' | '<' | '>')
    }

    fn is_redirection(&self) -> bool {
        let mut i = 0;
        while self.ahead(i).is_ascii_digit() {
            i += 1;
        }
        match self.ahead(i) {
            '<' => self.ahead(i + 1) != '(',
            '>' => true,
            '&' => i == 0 && self.ahead(1) == '>',
            _ => false,
        }
    }

    /// Steps over a redirection; fails when it writes.
    fn redirection(&mut self, expanded: &mut Vec<Word>) -> Strict<Input> {
        let digits = self.at;
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        let fed = self.at == digits || self.chars[digits..self.at] == ['0'];
        if self.starts("&>") {
            self.only_bash("&>")?;
            self.at += 1;
        } else if self.starts("<<<") {
            self.only_bash("<<<")?;
            self.at += 3;
            self.blank();
            if self.peek() == '<' {
                return Err("a redirection is not understood".into());
            }
            let mut word = self.word()?;
            word.push('\n');
            return Ok(Input::Text(word));
        } else if self.starts("<<") {
            self.at += 2;
            let tabs = self.peek() == '-';
            self.at += usize::from(tabs);
            self.blank();
            let end = self.word()?;
            let plain = end.literal().filter(|e| !e.is_empty() && !e.contains('\n')).ok_or("a here-document's end")?;
            let slot = self.bodies.len();
            self.bodies.push(Word::default());
            self.pending.push(Pending { end: plain.to_owned(), literal: end.quoted, tabs, slot });
            if fed {
                return Ok(Input::Text(slot_word(slot)));
            }
            self.not_followed("a here-document for a descriptor")?;
            return Ok(Input::Unsaid);
        }
        let out = self.peek() == '>';
        self.at += 1;
        if !out && self.peek() == '>' {
            self.not_followed("opens a file to write")?;
            self.at += 1;
        }
        if self.peek() == '&' {
            self.at += 1;
            let start = self.at;
            while self.peek().is_ascii_digit() || self.peek() == '-' {
                self.at += 1;
            }
            if self.at > start && self.ends_word() {
                return Ok(Input::Unsaid);
            }
            if !out || self.at > start {
                return Err("a redirection is not understood".into());
            }
            self.only_bash(">&")?;
        }
        if out && matches!(self.peek(), '>' | '|') {
            self.at += 1;
        }
        self.blank();
        if self.ends_word() {
            return Err("a redirection is not understood".into());
        }
        let target = self.word()?;
        let literal = target.literal();
        if out {
            if !matches!(literal, Some("/dev/null" | "/dev/stderr" | "/dev/stdout" | "/dev/tty")) {
                self.not_followed("writes into a file")?;
            }
            return Ok(Input::Unsaid);
        }
        let input = if literal == Some("/dev/null") { Input::Nothing } else { Input::File };
        expanded.push(target);
        Ok(if fed { input } else { Input::Unsaid })
    }

    /// Puts the here-documents' bodies where they are read.
    fn place_bodies(&self, list: List) -> Strict<List> {
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
