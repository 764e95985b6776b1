//! Templates: text is escaped by itself for the format it goes into, also in templates that users bring.

use super::text::{code, markdown};
use super::words::Words;
use crate::runbook::model::Language;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior, Value};
use serde::Serialize;

/// Why a report could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The template.
    #[error("{}", explain(.0))]
    Template(minijinja::Error),
}

fn explain(error: &minijinja::Error) -> String {
    let place = match (error.name(), error.line()) {
        (Some(name), Some(line)) => format!("{name} line {line}: "),
        _ => String::new(),
    };
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    format!("the template cannot be used: {place}{detail}; docs name the fields that a template can show")
}

/// Which template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template<'a> {
    /// The post-mortem in Markdown.
    PostMortemMarkdown,
    /// The post-mortem as a page.
    PostMortemHtml,
    /// The timeline as a page.
    TimelineHtml,
    /// The drill report in Markdown.
    DrillMarkdown,
    /// The drill report as a page.
    DrillHtml,
    /// Figures as a page.
    SheetHtml,
    /// A user's text for Markdown.
    OwnMarkdown(&'a str),
    /// A user's text for HTML.
    OwnHtml(&'a str),
}

/// The custom escaping's name.
const MARKDOWN: &str = "markdown";
const BUILT_IN: [(&str, &str); 9] = [
    ("parts.md.j2", include_str!("../../templates/parts.md.j2")),
    ("parts.html.j2", include_str!("../../templates/parts.html.j2")),
    ("drill.md.j2", include_str!("../../templates/drill.md.j2")),
    ("drill.html.j2", include_str!("../../templates/drill.html.j2")),
    ("postmortem.en.md.j2", include_str!("../../templates/postmortem.en.md.j2")),
    ("postmortem.fr.md.j2", include_str!("../../templates/postmortem.fr.md.j2")),
    ("postmortem.html.j2", include_str!("../../templates/postmortem.html.j2")),
    ("timeline.html.j2", include_str!("../../templates/timeline.html.j2")),
    ("sheet.html.j2", include_str!("../../templates/sheet.html.j2")),
];
/// Pages carry their style with them.
const STYLE: &str = include_str!("../../templates/style.css");

/// The text of a template that comes with the program, to begin one's own from.
#[must_use]
pub fn built_in(name: &str) -> Option<&'static str> {
    BUILT_IN.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Names of the templates that come with the program.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// Fills a template in.
///
/// # Errors
/// When a template cannot be read, or names what is not there.
pub fn render(template: &Template<'_>, language: Language, view: &impl Serialize) -> Result<String, ReportError> {
    fill(template, language, view).map_err(ReportError::Template)
}

fn fill(template: &Template<'_>, language: Language, view: &impl Serialize) -> Result<String, minijinja::Error> {
    let mut env = Environment::new();
    env.set_undefined_behavior(UndefinedBehavior::Strict);
    env.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build()?);
    let words = Words::of(language);
    let (name, own, html) = match (template, language) {
        (Template::PostMortemMarkdown, Language::En) => ("postmortem.en.md.j2", None, false),
        (Template::PostMortemMarkdown, Language::Fr) => ("postmortem.fr.md.j2", None, false),
        (Template::PostMortemHtml, _) => ("postmortem.html.j2", None, true),
        (Template::DrillMarkdown, _) => ("drill.md.j2", None, false),
        (Template::DrillHtml, _) => ("drill.html.j2", None, true),
        (Template::TimelineHtml, _) => ("timeline.html.j2", None, true),
        (Template::SheetHtml, _) => ("sheet.html.j2", None, true),
        (Template::OwnMarkdown(text), _) => ("template", Some(*text), false),
        (Template::OwnHtml(text), _) => ("template", Some(*text), true),
    };
    env.set_auto_escape_callback(move |_| if html { AutoEscape::Html } else { AutoEscape::Custom(MARKDOWN.into()) });
    env.set_formatter(write_value);
    env.add_filter(
        "code",
        move |text: &str| {
            if html { Value::from(text) } else { Value::from_safe_string(code(text)) }
        },
    );
    env.add_filter(
        "fence",
        move |text: &str| if html { Value::from(text) } else { Value::from_safe_string(fence(text)) },
    );
    env.add_filter("page", |text: &str| Value::from_safe_string(super::keep::page(text)));
    env.add_function("word", move |key: &str, values: Kwargs| word(words, key, &values));
    env.add_function("blank", move |what: &str| Value::from_safe_string(blank(what, words, html)));
    env.add_function("style", || Value::from_safe_string(STYLE.to_owned()));
    for (known, text) in BUILT_IN {
        env.add_template(known, text)?;
    }
    if let Some(text) = own {
        env.add_template(name, text)?;
    }
    env.get_template(name)?.render(Serde(view))
}

/// A sentence of the program's, with a template's values in it.
fn word(words: &Words, key: &str, values: &Kwargs) -> Result<String, minijinja::Error> {
    let mut named = Vec::new();
    for name in values.args() {
        let value = values.get::<Value>(name)?;
        named.push((name, if value.is_none() { String::new() } else { value.to_string() }));
    }
    let named: Vec<(&str, &str)> = named.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(words.say(key, &named))
}

/// A diff as a fenced block, with a fence that is longer than any in it.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let marks = "`".repeat(longest.max(2) + 1);
    format!("{marks}diff\n{}\n{marks}", text.trim_end())
}

/// A blank that only people can fill in, marked so that it can be searched for.
fn blank(what: &str, words: &Words, html: bool) -> String {
    let key = format!("prompt.{what}");
    let what = Some(words.get(&key)).filter(|text| *text != key).unwrap_or(what);
    let colon = if words.is_french() { " :" } else { ":" };
    let text = format!("[{}{colon} {what}]", words.get("blank"));
    if html { format!("<em class=\"blank\">{}</em>", minijinja::HtmlEscape(&text)) } else { format!("_{text}_") }
}

/// Writes one value, escaped for where it goes.
fn write_value(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), minijinja::Error> {
    let failed = |_| minijinja::Error::new(ErrorKind::WriteFailure, "the report could not be written");
    if value.is_none() {
        return Ok(());
    }
    if !matches!(state.auto_escape(), AutoEscape::Custom(name) if name == MARKDOWN) {
        return minijinja::escape_formatter(out, state, value);
    }
    let inert = value.is_safe() || value.is_number() || matches!(value.kind(), ValueKind::Bool);
    let text = value.to_string();
    out.write_str(&if inert { text } else { markdown(&text) }).map_err(failed)
}
