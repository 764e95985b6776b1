//! Variables files: a YAML map of names and plain values.

use crate::diagnostic::{Diagnostic, Invalid};
use crate::inventory::yaml::{self as tree, Tree};
use crate::source::{Source, Span};
use std::collections::BTreeMap;

/// Reads a variables file. Scalars keep their spelling; a name given twice is refused, because the last one winning in
/// silence is how a wrong host gets in.
///
/// # Errors
/// Everything that is wrong with it, with places.
pub fn variables(name: &str, text: &str) -> Result<BTreeMap<String, String>, Invalid> {
    let source = Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut diagnostics = Vec::new();
    let mut wrong = |message: String, span: Option<Span>| {
        let diagnostic = Diagnostic::error("variables-file", message).help("write one `name: value` a line");
        diagnostics.push(match span {
            Some(span) => diagnostic.at(span, ""),
            None => diagnostic,
        });
    };
    let mut out = BTreeMap::new();
    match tree::read(&source) {
        Ok(None) => {}
        Ok(Some(Tree::Map(entries))) => {
            for (key, value) in &entries {
                let place = |t: &Tree| t.at().and_then(|at| tree::locate(&source, at));
                let Tree::Scalar { text: key_text, .. } = key else {
                    wrong("a name is a plain word".to_owned(), place(key));
                    continue;
                };
                let value_text = match value {
                    Tree::Scalar { text, .. } => text.clone(),
                    Tree::Nothing { .. } => String::new(),
                    Tree::List(_) | Tree::Map(_) => {
                        wrong(format!("`{key_text}` is not a plain value"), place(key));
                        continue;
                    }
                };
                if out.insert(key_text.clone(), value_text).is_some() {
                    wrong(format!("`{key_text}` is given twice"), place(key));
                }
            }
        }
        Ok(Some(other)) => wrong(
            "a variables file is a map of names and plain values".to_owned(),
            other.at().and_then(|at| tree::locate(&source, at)),
        ),
        Err((message, span)) => wrong(message, span),
    }
    if diagnostics.is_empty() { Ok(out) } else { Err(Invalid { source, diagnostics }) }
}
