//! A command's words against the shape of a program that is known to read.

use super::naming;
use crate::runbook::programs::Shape;
use crate::runbook::shell::strict::Strict;

/// One word a command is given.
#[derive(Debug, Clone)]
pub(super) struct Argument {
    /// All it can be; `None` when that is only known when it runs.
    pub texts: Option<Vec<String>>,
    /// What it begins with in any case.
    pub prefix: String,
    /// Sure to be one word.
    pub one: bool,
    /// Made to be several words.
    pub split: bool,
}

impl Argument {
    pub fn of(texts: Vec<String>) -> Self {
        let prefix = match texts.as_slice() {
            [only] => only.clone(),
            // One of them is a flag: then all of them may be.
            all if all.iter().any(|t| t.starts_with('-')) => "-".into(),
            _ => String::new(),
        };
        Self { texts: Some(texts), prefix, one: true, split: false }
    }

    /// The one text it is.
    pub fn text(&self) -> Option<&str> {
        match self.texts.as_deref() {
            Some([only]) => Some(only),
            _ => None,
        }
    }

    /// Something unknown takes the place of `mark`.
    pub fn fill(&mut self, mark: &str) {
        let holds = self.texts.as_ref().is_none_or(|t| t.iter().any(|t| t.contains(mark)));
        if holds {
            let end = self.prefix.find(mark).unwrap_or(self.prefix.len());
            self.prefix.truncate(end);
            self.texts = None;
            self.one &= !self.prefix.is_empty();
        }
    }
}

/// A flag and its value.
#[derive(Debug, Clone)]
pub(super) struct Value {
    pub flag: String,
    pub texts: Option<Vec<String>>,
}

/// A command's words, sorted.
#[derive(Debug, Default)]
pub(super) struct Given<'a> {
    pub flags: Vec<String>,
    pub values: Vec<Value>,
    pub operands: Vec<&'a Argument>,
}

impl Given<'_> {
    pub fn texts(&self) -> Vec<Option<&str>> {
        self.operands.iter().map(|o| o.text()).collect()
    }

    fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|f| f == flag) || self.values.iter().any(|v| v.flag == flag)
    }
}

struct Reader<'a, 's> {
    name: &'s str,
    shape: &'s Shape,
    given: &'a [Argument],
    at: usize,
    found: Given<'a>,
}

impl Reader<'_, '_> {
    /// Names the sub-command when it is that which is not known.
    fn unknown(&self, flag: &str) -> String {
        let words = subcommand(self.shape, self.given);
        let known = self.shape.first.iter().any(|f| f.trim_end_matches('.') == words.join(" "));
        match words.join(" ") {
            none if none.is_empty() => format!("`{} {flag}` is not known only to read", self.name),
            said if known => format!("`{} {said} {flag}` is not known only to read", self.name),
            said => format!("`{} {said}` is not known only to read", self.name),
        }
    }

    /// In front of the sub-command, where a letter may mean something else than behind it.
    fn leads(&self, flag: &str) -> bool {
        self.shape.lead.has(flag)
            && !self.shape.first.iter().any(|first| begins_with(self.shape, first, &self.found.operands))
    }

    fn value(&mut self, flag: String, own: Option<Vec<String>>, next: bool) -> Strict<()> {
        let texts = if next {
            let value = self.given.get(self.at).ok_or_else(|| format!("`{} {flag}` lacks its value", self.name))?;
            self.at += 1;
            value.texts.clone()
        } else {
            own
        };
        if let Some(allowed) = self.shape.only.get(&flag)
            && !texts.as_ref().is_some_and(|t| t.iter().all(|t| allowed.contains(t)))
        {
            return Err(self.unknown(&flag));
        }
        self.found.values.push(Value { flag, texts });
        Ok(())
    }

    fn long(&mut self, argument: &Argument) -> Strict<()> {
        let text = argument.text();
        if let Some((flag, value)) = argument.prefix.split_once('=') {
            if !self.shape.values.has(flag) && !self.leads(flag) {
                return Err(self.unknown(flag));
            }
            return self.value(flag.to_owned(), text.map(|_| vec![value.to_owned()]), false);
        }
        match text {
            Some(flag) if self.leads(flag) => self.value(flag.to_owned(), None, true)?,
            Some(flag) if self.shape.flags.has(flag) => self.found.flags.push(flag.to_owned()),
            Some(flag) if self.shape.values.has(flag) => self.value(flag.to_owned(), None, true)?,
            _ => return Err(self.unknown(&argument.prefix)),
        }
        Ok(())
    }

    fn short(&mut self, argument: &Argument) -> Strict<()> {
        let known = argument.text().is_some();
        let shape = self.shape;
        for (i, letter) in argument.prefix[1..].char_indices() {
            let flag = format!("-{letter}");
            let rest = &argument.prefix[1 + i + letter.len_utf8()..];
            if letter.is_ascii_digit() && i == 0 && shape.flags.has("-#") {
                if !known || !rest.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(self.unknown(&argument.prefix));
                }
                return Ok(());
            }
            if shape.attached.letter(letter) {
                return self.value(flag, known.then(|| vec![rest.to_owned()]), false);
            }
            if shape.values.letter(letter) && shape.values.has(&flag) || self.leads(&flag) {
                let next = rest.is_empty() && known;
                return self.value(flag, known.then(|| vec![rest.to_owned()]), next);
            }
            if !shape.flags.letter(letter) || letter == '#' {
                return Err(self.unknown(&flag));
            }
            self.found.flags.push(flag);
        }
        if known { Ok(()) } else { Err(self.unknown(&argument.prefix)) }
    }

    fn dashed(&mut self, argument: &Argument) -> Strict<()> {
        match argument.text() {
            Some(flag) if self.shape.flags.has(flag) => self.found.flags.push(flag.to_owned()),
            Some(flag) if self.shape.values.has(flag) => self.value(flag.to_owned(), None, true)?,
            _ => return Err(self.unknown(&argument.prefix)),
        }
        Ok(())
    }

    fn read(&mut self, stop: bool) -> Strict<()> {
        let given = self.given;
        let mut ended = false;
        while let Some(argument) = given.get(self.at) {
            let prefix = argument.prefix.as_str();
            let flag = !ended && prefix.starts_with('-') && (prefix.len() > 1 || argument.text().is_none());
            if !flag && stop {
                return self.loose(argument);
            }
            self.at += 1;
            if !flag {
                self.loose(argument)?;
                self.found.operands.push(argument);
            } else if argument.text() == Some("--") {
                ended = true;
                if stop {
                    return Ok(());
                }
            } else if self.shape.dash {
                self.dashed(argument)?;
            } else if prefix.starts_with("--") {
                self.long(argument)?;
            } else {
                self.short(argument)?;
            }
        }
        Ok(())
    }

    /// A word that may turn out to be flags.
    fn loose(&self, argument: &Argument) -> Strict<()> {
        if argument.texts.is_none() && argument.prefix.is_empty() && !argument.one {
            return Err(format!("`{}` is given what may be flags: quote it", self.name));
        }
        Ok(())
    }
}

/// Fails where a word is made to be several: they may be flags.
pub(super) fn unsplit(name: &str, given: &[Argument]) -> Strict<()> {
    if given.iter().any(|a| a.split) {
        return Err(format!("`{name}` is given what may be flags: write them out"));
    }
    Ok(())
}

/// The flags before the first word that is none, and the rest.
pub(super) fn until_operand<'a>(
    name: &str,
    shape: Option<&Shape>,
    given: &'a [Argument],
) -> Strict<(Vec<Value>, &'a [Argument])> {
    let shape = shape.ok_or_else(|| format!("`{name}` is not looked through"))?;
    unsplit(name, given)?;
    let mut reader = Reader { name, shape, given, at: 0, found: Given::default() };
    reader.read(true)?;
    let rest = given.get(reader.at..).unwrap_or(&[]);
    Ok((reader.found.values, rest))
}

/// Sorts a command's words, if all of them fit.
pub(super) fn fits<'a>(name: &str, shape: &Shape, given: &'a [Argument]) -> Strict<Given<'a>> {
    unsplit(name, given)?;
    let mut reader = Reader { name, shape, given, at: 0, found: Given::default() };
    reader.read(false)?;
    let found = reader.found;
    if !shape.require.is_empty() && !shape.require.iter().any(|f| found.has(f)) {
        return Err(format!("`{name}` without `{}`", shape.require[0]));
    }
    if let Some(most) = shape.operands
        && (found.operands.len() > most || !found.operands.iter().all(|o| o.one))
    {
        return Err(format!("`{name}` is given more than it reads"));
    }
    for operand in &found.operands {
        let begins = shape.begins.is_none_or(|c| operand.prefix.starts_with(c));
        let never = shape.never.is_some_and(|c| operand.texts.as_ref().is_none_or(|t| t.iter().any(|t| t.contains(c))));
        if !begins || never {
            return Err(format!("`{name}` is given what it may not only read"));
        }
    }
    let each = |o: &&Argument| o.text().is_some_and(|t| shape.each.contains(t));
    if !shape.each.is_empty()
        && (found.operands.is_empty() && shape.operands.is_none() || !found.operands.iter().all(each))
    {
        return Err(format!("`{name}` does not only read"));
    }
    let bare = found.operands.is_empty() && shape.bare.iter().any(|f| found.has(f));
    if !shape.first.is_empty() && !bare && !shape.first.iter().any(|f| begins_with(shape, f, &found.operands)) {
        let named = std::iter::once(name).chain(subcommand(shape, given)).collect::<Vec<_>>().join(" ");
        return Err(format!("`{named}` is not known only to read"));
    }
    Ok(found)
}

fn subcommand<'a>(shape: &Shape, given: &'a [Argument]) -> Vec<&'a str> {
    let words: Vec<&str> = given.iter().map(|a| a.text().unwrap_or("")).collect();
    naming::subcommand(shape, &words)
}

fn begins_with(shape: &Shape, first: &str, operands: &[&Argument]) -> bool {
    let (first, whole) = first.strip_suffix('.').map_or((first, false), |f| (f, true));
    let wanted: Vec<&str> = first.split(' ').collect();
    if operands.len() < wanted.len() || (whole && operands.len() > wanted.len()) {
        return false;
    }
    wanted.iter().zip(operands).all(|(wanted, operand)| {
        *wanted == "*" && operand.one
            || operand.text().is_some_and(|t| t == *wanted || shape.fold && t.eq_ignore_ascii_case(wanted))
    })
}
