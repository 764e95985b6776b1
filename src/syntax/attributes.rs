//! The attribute syntax: `{#id .class key=value key.sub="quoted" flag}` on fences, headings and items.

use crate::source::Span;

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
