//! A YAML text as a tree of scalars that keep their spelling and know their place.
//!
//! A first pass learns the shape, a second one reads every scalar as it is spelt (`1.10` stays `1.10`). Places are found
//! when a message needs one: a third pass fails on purpose at that scalar, and the parser's own error says where.

use crate::source::{Source, Span};
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// A node of the text. `at` counts scalars in the order of the text.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    /// A plain or quoted scalar.
    Scalar {
        /// As it is spelt, without quotes.
        text: String,
        /// Its number.
        at: usize,
    },
    /// A key without a value, `null`, `~`.
    Nothing {
        /// Its number.
        at: usize,
    },
    /// A list.
    List(Vec<Tree>),
    /// A map, in the order of the text, keys given twice included.
    Map(Vec<(Tree, Tree)>),
}

impl Tree {
    /// The first scalar in it, for messages.
    #[must_use]
    pub fn at(&self) -> Option<usize> {
        match self {
            Self::Scalar { at, .. } | Self::Nothing { at } => Some(*at),
            Self::List(items) => items.first().and_then(Self::at),
            Self::Map(entries) => entries.first().and_then(|(key, _)| key.at()),
        }
    }
}

/// Reads `source`; `None` for a text without content.
///
/// # Errors
/// The parser's message and its place.
pub fn read(source: &Source) -> Result<Option<Tree>, (String, Option<Span>)> {
    if source.text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#') || l.trim() == "---") {
        return Ok(None);
    }
    let shape: Tree = Shape
        .deserialize(serde_yaml::Deserializer::from_str(&source.text))
        .map_err(|e| (said(&e), place(source, e.location())))?;
    if matches!(shape, Tree::Nothing { .. }) {
        return Ok(None);
    }
    let mut count = Count { next: 0, stop: None };
    Spelling { shape: &shape, count: &mut count }
        .deserialize(serde_yaml::Deserializer::from_str(&source.text))
        .map(Some)
        .map_err(|e| (said(&e), place(source, e.location())))
}

/// Where scalar number `at` stands.
#[must_use]
pub fn locate(source: &Source, at: usize) -> Option<Span> {
    let shape: Tree = Shape.deserialize(serde_yaml::Deserializer::from_str(&source.text)).ok()?;
    let mut count = Count { next: 0, stop: Some(at) };
    let stopped = Spelling { shape: &shape, count: &mut count }
        .deserialize(serde_yaml::Deserializer::from_str(&source.text))
        .err()?;
    place(source, stopped.location())
}

/// The parser's message without its own place.
fn said(error: &serde_yaml::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    text[..end].to_owned()
}

/// The word that stands at the parser's place.
fn place(source: &Source, location: Option<serde_yaml::Location>) -> Option<Span> {
    let location = location?;
    let line = source.map.line_span(location.line());
    let text = line.of(&source.text).trim_end();
    let skipped: usize = text.chars().take(location.column().saturating_sub(1)).map(char::len_utf8).sum();
    let rest = text.get(skipped..).unwrap_or("");
    let word = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
        _ => rest.find([':', ',', ' ', ']', '}']).unwrap_or(rest.len()),
    };
    Some(Span::new(line.start + skipped, line.start + skipped + word.max(usize::from(!rest.is_empty()))))
}

struct Shape;

impl<'de> DeserializeSeed<'de> for Shape {
    type Value = Tree;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Tree, D::Error> {
        input.deserialize_any(self)
    }
}

const fn scalar() -> Tree {
    Tree::Scalar { text: String::new(), at: 0 }
}

impl<'de> Visitor<'de> for Shape {
    type Value = Tree;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or a map")
    }
    fn visit_bool<E>(self, _: bool) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_i64<E>(self, _: i64) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_u64<E>(self, _: u64) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_i128<E>(self, _: i128) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_u128<E>(self, _: u128) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_f64<E>(self, _: f64) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_str<E>(self, _: &str) -> Result<Tree, E> {
        Ok(scalar())
    }
    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Nothing { at: 0 })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Shape)? {
            items.push(item);
        }
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key_seed(Shape)? {
            entries.push((key, map.next_value_seed(Shape)?));
        }
        Ok(Tree::Map(entries))
    }
}

struct Count {
    next: usize,
    stop: Option<usize>,
}

struct Spelling<'a> {
    shape: &'a Tree,
    count: &'a mut Count,
}

impl<'de> DeserializeSeed<'de> for Spelling<'_> {
    type Value = Tree;
    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<Tree, D::Error> {
        match self.shape {
            Tree::Scalar { .. } | Tree::Nothing { .. } => input.deserialize_str(self),
            Tree::List(_) => input.deserialize_seq(self),
            Tree::Map(_) => input.deserialize_map(self),
        }
    }
}

impl<'de> Visitor<'de> for Spelling<'_> {
    type Value = Tree;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the same text twice")
    }
    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Tree, E> {
        let at = self.count.next;
        self.count.next += 1;
        if self.count.stop == Some(at) {
            return Err(E::custom("here"));
        }
        Ok(match self.shape {
            Tree::Nothing { .. } => Tree::Nothing { at },
            _ => Tree::Scalar { text: text.to_owned(), at },
        })
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Tree, A::Error> {
        let Tree::List(shapes) = self.shape else { return Err(A::Error::custom("not a list")) };
        let mut items = Vec::new();
        for shape in shapes {
            if let Some(item) = seq.next_element_seed(Spelling { shape, count: self.count })? {
                items.push(item);
            }
        }
        // The parser wants to see the end of the list.
        seq.next_element::<serde::de::IgnoredAny>()?;
        Ok(Tree::List(items))
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tree, A::Error> {
        let Tree::Map(shapes) = self.shape else { return Err(A::Error::custom("not a map")) };
        let mut entries = Vec::new();
        for (key, value) in shapes {
            if let Some(key) = map.next_key_seed(Spelling { shape: key, count: self.count })? {
                entries.push((key, map.next_value_seed(Spelling { shape: value, count: self.count })?));
            }
        }
        map.next_key::<serde::de::IgnoredAny>()?;
        Ok(Tree::Map(entries))
    }
}
