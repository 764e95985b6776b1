//! The attribute syntax: `{#id .class key=value key.sub="quoted" flag}` on fences, headings and items.

use crate::source::Span;
use pest::Parser;
use pest::iterators::Pair;

/// What the grammar generates, kept out of the crate's interface.
mod grammar {
    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/attributes.pest"]
    pub struct AttributeGrammar;
}
use grammar::{AttributeGrammar, Rule};

/// Words that are attributes without a value. Only these make a trailing `{word}` an attribute list.
pub const FLAGS: [&str; 11] =
    ["gate", "pivot", "optional", "idempotent", "secret", "fresh", "manual", "show", "run", "attended", "skip-check"];

/// One `key`, `key=value` or `key.sub=value`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    /// The key up to its first dot.
    pub key: String,
    /// What follows the first dot (`lag` in `capture.lag`).
    pub sub: Option<String>,
    /// The value, unquoted and unescaped; `None` for a bare flag.
    pub value: Option<String>,
    /// The whole attribute in the source.
    pub span: Span,
    /// The value in the source, quotes excluded.
    pub value_span: Option<Span>,
}

/// The attributes of one fence, heading or item.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attributes {
    /// `#id`.
    pub id: Option<(String, Span)>,
    /// The rest, in order.
    pub list: Vec<Attribute>,
    /// What could not be read, with what would have been right: reported by `runbook/`, never dropped.
    pub errors: Vec<(Span, String)>,
}

impl Attributes {
    /// Whether there are none at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.id.is_none() && self.list.is_empty() && self.errors.is_empty()
    }

    /// The first attribute with this key and no sub-key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Attribute> {
        self.list.iter().find(|a| a.key == key && a.sub.is_none())
    }

    /// Its value, if it has one.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(|a| a.value.as_deref())
    }

    /// Whether the key is there, with or without a value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }
}

impl Attributes {
    /// Adds another place's attributes to these. What both say is reported and the first one counts.
    pub(super) fn merge(&mut self, other: Self) {
        if let Some((id, span)) = other.id {
            self.set_id(id, span);
        }
        for attribute in other.list {
            self.add(attribute);
        }
        self.errors.extend(other.errors);
    }

    fn set_id(&mut self, id: String, span: Span) {
        match &self.id {
            Some((first, _)) => self.errors.push((span, format!("a second id `#{id}`: `#{first}` is already given"))),
            None => self.id = Some((id, span)),
        }
    }

    fn add(&mut self, attribute: Attribute) {
        let same = |a: &Attribute| a.key == attribute.key && a.sub == attribute.sub && a.key != "class";
        if self.list.iter().any(same) {
            let name = attribute.sub.as_ref().map_or(attribute.key.clone(), |sub| format!("{}.{sub}", attribute.key));
            self.errors.push((attribute.span, format!("`{name}` is given twice: the first one counts")));
        } else {
            self.list.push(attribute);
        }
    }
}

/// Reads an attribute list, with or without its braces. `at` is where `text` stands in the source.
///
/// It always gives an answer: what cannot be read is in [`Attributes::errors`].
#[must_use]
pub fn parse(text: &str, at: usize) -> Attributes {
    read(text, at).attributes
}

/// A list and whether it is one: closed by a brace with nothing after it.
struct Reading {
    attributes: Attributes,
    closed: bool,
}

fn read(text: &str, at: usize) -> Reading {
    match plain(text, at) {
        Some(attributes) => Reading { attributes, closed: true },
        None => by_grammar(text, at),
    }
}

/// What the grammar says of a list without a mistake in ASCII: ids, flags and values, without escapes. `None` says nothing.
fn plain(text: &str, at: usize) -> Option<Attributes> {
    let bytes = text.as_bytes();
    let mut out = Attributes::default();
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let mut i = 1;
    loop {
        i += bytes[i..].iter().take_while(|b| **b == b' ').count();
        let start = i;
        match *bytes.get(i)? {
            b'}' => return (i + 1 == bytes.len()).then_some(out),
            b'#' => {
                i = name(bytes, i + 1, b"-.:")?;
                out.set_id(text[start + 1..i].to_owned(), Span::new(at + start, at + i));
            }
            _ => {
                i = name(bytes, i, b"-.")?;
                let (key, sub) = match text[start..i].split_once('.') {
                    Some((key, sub)) => (key.to_owned(), Some(sub.to_owned())),
                    None => (text[start..i].to_owned(), None),
                };
                let place = if bytes.get(i) == Some(&b'=') { Some(value(bytes, i + 1)?) } else { None };
                i = place.map_or(i, |(_, behind)| behind);
                let value = place.map(|(value, _)| value.of(text).to_owned());
                let value_span = place.map(|(value, _)| Span::new(at + value.start, at + value.end));
                out.add(Attribute { key, sub, value, span: Span::new(at + start, at + i), value_span });
            }
        }
        if !matches!(bytes.get(i)?, b' ' | b'}') {
            return None;
        }
    }
}

/// Where the name ends that begins there, whose words one of `joints` joins.
fn name(bytes: &[u8], from: usize, joints: &[u8]) -> Option<usize> {
    let mut end = from;
    loop {
        let word = bytes[end..].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        end += word;
        match bytes.get(end) {
            _ if word == 0 => return None,
            Some(joint) if joints.contains(joint) => end += 1,
            _ => return Some(end),
        }
    }
}

/// The value that begins there, and where it ends with its quotes.
fn value(bytes: &[u8], from: usize) -> Option<(Span, usize)> {
    if let Some(quote @ (b'"' | b'\'')) = bytes.get(from) {
        let end = memchr::memchr2(*quote, b'\\', &bytes[from + 1..])? + from + 1;
        return (bytes[end] == *quote).then(|| (Span::new(from + 1, end), end + 1));
    }
    let end = from + bytes[from..].iter().take_while(|b| matches!(b, b'!'..=b'z')).count();
    (end > from).then(|| (Span::new(from, end), end))
}

fn by_grammar(text: &str, at: usize) -> Reading {
    let mut out = Reading { attributes: Attributes::default(), closed: false };
    let whole = Span::new(at, at + text.len());
    let Ok(pairs) = AttributeGrammar::parse(Rule::attributes, text) else {
        out.attributes.errors.push((whole, format!("cannot read the attributes `{text}`")));
        return out;
    };
    for pair in pairs.flat_map(Pair::into_inner) {
        let span = span_of(&pair, at);
        match pair.as_rule() {
            Rule::id => out.attributes.set_id(pair.as_str()[1..].to_owned(), span),
            Rule::class => {
                let value_span = Some(Span::new(span.start + 1, span.end));
                let value = Some(pair.as_str()[1..].to_owned());
                out.attributes.list.push(Attribute { key: "class".to_owned(), sub: None, value, span, value_span });
            }
            Rule::pair => entry(pair, at, &mut out.attributes),
            Rule::close => out.closed = true,
            Rule::trailing => {
                let message = format!("`{}` stands after the closing `}}`", pair.as_str());
                out.attributes.errors.push((span, message));
                out.closed = false;
            }
            Rule::junk => {
                let message = format!(
                    "cannot read `{}`: write `#id`, `key=value`, `key=\"some words\"` or a flag",
                    pair.as_str()
                );
                out.attributes.errors.push((span, message));
            }
            _ => {}
        }
    }
    if !out.closed && text.trim_start().starts_with('{') && out.attributes.errors.is_empty() {
        out.attributes.errors.push((whole, "the attributes have no closing `}`".to_owned()));
    }
    out
}

fn span_of(pair: &Pair<'_, Rule>, at: usize) -> Span {
    Span::new(at + pair.as_span().start(), at + pair.as_span().end())
}

/// One `key`, `key=value` or `key.sub=value`.
fn entry(pair: Pair<'_, Rule>, at: usize, into: &mut Attributes) {
    let span = span_of(&pair, at);
    let mut found = Attribute { key: String::new(), sub: None, value: None, span, value_span: None };
    for part in pair.into_inner() {
        let place = span_of(&part, at);
        match part.as_rule() {
            Rule::key => match part.as_str().split_once('.') {
                Some((key, sub)) => (found.key, found.sub) = (key.to_owned(), Some(sub.to_owned())),
                None => part.as_str().clone_into(&mut found.key),
            },
            Rule::double | Rule::single => {
                let quote = if part.as_rule() == Rule::double { '"' } else { '\'' };
                found.value_span = Some(Span::new(place.start + 1, place.end - 1));
                found.value = Some(unescape(&part.as_str()[1..part.as_str().len() - 1], quote));
            }
            Rule::bare => {
                found.value_span = Some(place);
                found.value = Some(part.as_str().to_owned());
            }
            Rule::unclosed => {
                let quote = &part.as_str()[..1];
                let message =
                    format!("the value of `{}` opens with {quote} and has no {quote} that ends it", found.key);
                into.errors.push((place, message));
                // The value is not to be trusted, so the key does not count as given.
                return;
            }
            _ => {
                let message = format!("`{}=` has no value: write `{}=value`", found.key, found.key);
                into.errors.push((span, message));
                return;
            }
        }
    }
    into.add(found);
}

fn unescape(text: &str, quote: char) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.peek() {
            Some(next) if c == '\\' && (*next == quote || *next == '\\') => {
                out.push(*next);
                chars.next();
            }
            _ => out.push(c),
        }
    }
    out
}

/// More braces than this on one line are not looked at: a bound on the work, far above what people write.
const CANDIDATES: usize = 16;

/// The attribute list that ends `line`, which stands at `at`: where it begins within the line, and what it says.
///
/// A `{` counts only after a blank or at the start, and only before `#id`, `.class`, `key=` or a flag of [`FLAGS`], so
/// that `{{ name }}` and `{name}` stay text.
pub(super) fn trailing(line: &str, at: usize) -> Option<(usize, Attributes)> {
    let text = line.trim_end();
    if !text.ends_with('}') {
        return None;
    }
    let mut broken = None;
    for (open, _) in text.match_indices('{').filter(|(i, _)| opens(text, *i)).take(CANDIDATES) {
        let reading = read(&text[open..], at + open);
        if reading.closed && reading.attributes.errors.is_empty() {
            return Some((open, reading.attributes));
        }
        broken.get_or_insert((open, reading));
    }
    // Broken lists are still lists: the author meant one, and is told what is wrong with it.
    broken
        .filter(|(_, r)| r.closed || !r.attributes.list.is_empty() || r.attributes.id.is_some() || unclosed(r))
        .map(|(open, reading)| (open, reading.attributes))
}

fn unclosed(reading: &Reading) -> bool {
    reading.attributes.errors.iter().any(|(_, message)| message.contains("that ends it"))
}

/// Whether the `{` at `i` can open an attribute list.
fn opens(text: &str, i: usize) -> bool {
    let before = text[..i].chars().next_back();
    if before.is_some_and(|c| !c.is_whitespace()) {
        return false;
    }
    let inside = text[i + 1..].trim_start();
    if let Some(rest) = inside.strip_prefix(['#', '.']) {
        return rest.starts_with(|c: char| c.is_alphabetic() || c == '_');
    }
    let end = inside.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.'))).unwrap_or(inside.len());
    let (word, rest) = inside.split_at(end);
    if word.is_empty() {
        return false;
    }
    rest.starts_with('=') || (FLAGS.contains(&word) && (rest.starts_with('}') || rest.starts_with(char::is_whitespace)))
}

/// The `{…}` of an info string: everything from the first brace that a list can follow.
pub(super) fn of_info(info: &str, at: usize) -> Option<(usize, Attributes)> {
    let open = info.find('{')?;
    let inside = info[open + 1..].trim_start();
    let list =
        inside.starts_with(|c: char| c.is_alphabetic() || matches!(c, '#' | '.' | '_' | '}')) || inside.is_empty();
    list.then(|| (open, parse(&info[open..], at + open)))
}

/// What follows `runbook:` in the comment `<!-- runbook: … -->`, and where it stands in `comment`.
pub(super) fn of_comment(comment: &str) -> Option<(usize, &str)> {
    let inside = comment.strip_prefix("<!--")?.strip_suffix("-->")?;
    let rest = inside.trim_start().strip_prefix("runbook:")?;
    // `allow CODE` speaks to `check`, not of the block: taken out of the text, and no attribute.
    let allows = rest.trim_start().strip_prefix("allow").is_some_and(|r| r.starts_with(char::is_whitespace));
    Some((comment.len() - 3 - rest.len(), if allows { "" } else { rest }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Id, then each entry as `key.sub=value`, then each error behind a `!`.
    fn picture(found: &Attributes) -> Vec<String> {
        let id = found.id.iter().map(|(id, _)| format!("#{id}"));
        let list = found.list.iter().map(|a| {
            let sub = a.sub.as_ref().map(|s| format!(".{s}")).unwrap_or_default();
            a.key.clone() + &sub + &a.value.as_ref().map(|v| format!("={v}")).unwrap_or_default()
        });
        id.chain(list).chain(found.errors.iter().map(|(_, e)| format!("!{e}"))).collect()
    }

    #[test]
    fn lists() {
        let cases: &[(&str, &[&str])] = &[
            ("{#promote effect=write pivot}", &["#promote", "effect=write", "pivot"]),
            ("timeout=60s every=2s", &["timeout=60s", "every=2s"]),
            (r#"{capture.lag="/Master: (\d+)/"}"#, &[r"capture.lag=/Master: (\d+)/"]),
            (r#"{a="x \"y\" \\ \n" b='it\'s "so"'}"#, &[r#"a=x "y" \ \n"#, r#"b=it's "so""#]),
            ("{requires=\"candidate.role == 'replica'\"}", &["requires=candidate.role == 'replica'"]),
            ("{to={{ host }}:3306 x}", &["to={{ host }}:3306", "x"]),
            ("{.bash #id}", &["#id", "class=bash"]),
            ("{}", &[]),
            ("{a=\"\"}", &["a="]),
            ("{a=\"b c}", &["!the value of `a` opens with \" and has no \" that ends it"]),
            ("{a= b}", &["b", "!`a=` has no value: write `a=value`"]),
            ("{a=1 a=2}", &["a=1", "!`a` is given twice: the first one counts"]),
            ("{#a #b}", &["#a", "!a second id `#b`: `#a` is already given"]),
            ("{a=1", &["a=1", "!the attributes have no closing `}`"]),
            ("{a=1} x", &["a=1", "!`x` stands after the closing `}`"]),
            ("{a,b}", &["!cannot read `a,b`: write `#id`, `key=value`, `key=\"some words\"` or a flag"]),
        ];
        for (text, expected) in cases {
            assert_eq!(picture(&parse(text, 0)), *expected, "{text}");
        }
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 5000, ..Default::default() })]
        #[test]
        fn a_plain_list_is_what_the_grammar_says(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "{", "}", "#", ".", "-", "_", ":", "a", "b1", "é", "=", "=", "\"", "'", "\\", " ", " ", "\t", "\u{a0}", "/", "{{", "}}", "|",
                "a=", "b=\"x y\"", "#id",
            ][..]), 0..12),
        ) {
            for text in [pieces.concat(), format!("{{{}}}", pieces.concat())] {
                if let Some(plain) = plain(&text, 7) {
                    let Reading { attributes, closed } = by_grammar(&text, 7);
                    proptest::prop_assert_eq!((plain, true), (attributes, closed), "{}", text);
                }
            }
        }
    }

    #[test]
    fn at_the_end_of_a_line() {
        let cases = [
            ("Promote {#a}", Some(8)),
            ("Promote {gate}", Some(8)),
            ("Use {b} {gate pivot}", Some(8)),
            ("{gate}", Some(0)),
            ("Promote {a=\"x}", Some(8)),
            ("Promote {{ name }}", None),
            ("Promote {name}", None),
            ("rate{job=\"x\"}", None),
            ("Promote {#a} now", None),
            ("Promote {a b}", None),
        ];
        for (line, open) in cases {
            assert_eq!(trailing(line, 0).map(|(at, _)| at), open, "{line}");
        }
    }

    #[test]
    fn spans_are_absolute() {
        let text = "x {#a key=\"v w\"}";
        let found = parse(&text[2..], 2);
        assert_eq!(found.id.as_ref().map(|(_, s)| s.of(text)), Some("#a"));
        assert_eq!(found.list[0].span.of(text), "key=\"v w\"");
        assert_eq!(found.list[0].value_span.map(|s| s.of(text)), Some("v w"));
    }
}
