//! A page of figures: a few lines, then tables. Drawn for terminals and as a page by itself.

use super::grid::grid;
use super::render::{ReportError, Template, render};
use super::text::{bind, clean};
use super::words::Words;
use crate::runbook::model::Language;
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// A page of figures. Its texts are clean.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Sheet {
    /// What it is.
    pub title: String,
    /// Of what: the window, the directory.
    pub lead: String,
    /// The few that matter.
    pub lines: Vec<Line>,
    /// The rest.
    pub tables: Vec<Table>,
    /// What the reader must know.
    pub notes: Vec<String>,
    /// `en` or `fr`.
    pub language: &'static str,
}

/// A figure with its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Its name.
    pub name: String,
    /// The figure.
    pub value: String,
    /// What it was made of.
    pub note: String,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Table {
    /// What it shows.
    pub title: String,
    /// Columns.
    pub header: Vec<String>,
    /// Rows.
    pub rows: Vec<Vec<String>>,
    /// The first columns, which are not wrapped.
    pub whole: usize,
}

impl Sheet {
    /// An empty page.
    #[must_use]
    pub fn new(title: impl Into<String>, words: &Words) -> Self {
        let language = if words.is_french() { "fr" } else { "en" };
        Self { title: title.into(), language, ..Self::default() }
    }

    /// Adds a figure.
    pub fn line(&mut self, name: &str, value: impl Into<String>, note: impl Into<String>) {
        self.lines.push(Line { name: name.to_owned(), value: value.into(), note: note.into() });
    }

    /// Adds a table, unless it has no row.
    pub fn table(&mut self, title: &str, header: Vec<String>, rows: Vec<Vec<String>>, whole: usize) {
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|row| row.iter().map(|cell| clean(cell)).collect()).collect();
            self.tables.push(Table { title: title.to_owned(), header, rows, whole });
        }
    }

    /// For a terminal of `width` columns.
    #[must_use]
    pub fn terminal(&self, width: u16) -> String {
        let mut text = format!("{}\n", self.title);
        if !self.lead.is_empty() {
            text.push_str(&format!("{}\n", self.lead));
        }
        if !self.lines.is_empty() {
            text.push('\n');
            let widest = |of: fn(&Line) -> &str| self.lines.iter().map(|line| of(line).width()).max().unwrap_or(0);
            let (names, values) = (widest(|line| &line.name), widest(|line| &line.value));
            for line in &self.lines {
                let pad = |text: &str, to: usize| " ".repeat(to.saturating_sub(text.width()) + 2);
                let (name, value) = (&line.name, &line.value);
                let drawn = format!("  {name}{}{value}{}{}", pad(name, names), pad(value, values), line.note);
                text.push_str(&format!("{}\n", drawn.trim_end()));
            }
        }
        for table in &self.tables {
            let drawn = grid(table.header.clone(), table.rows.clone(), table.whole, width);
            let title = if table.title.is_empty() { String::new() } else { format!("{}\n", table.title) };
            text.push_str(&format!("\n{title}{drawn}\n"));
        }
        if !self.notes.is_empty() {
            text.push('\n');
            self.notes.iter().for_each(|note| text.push_str(&format!("{note}\n")));
        }
        if self.language == "fr" { bind(&text) } else { text }
    }

    /// As a page by itself.
    ///
    /// # Errors
    /// When the template cannot be filled in.
    pub fn page(&self, language: Language) -> Result<String, ReportError> {
        render(&Template::SheetHtml, language, self)
    }
}

/// `87.5%`, `87,5 %`.
#[must_use]
pub fn percent(value: f64, words: &Words) -> String {
    let sign = if words.is_french() { "\u{a0}%" } else { "%" };
    let text = format!("{value:.1}");
    format!("{}{sign}", text.strip_suffix(".0").unwrap_or(&text).replace('.', words.get("decimal")))
}

/// Some words as a table's header.
#[must_use]
pub fn header(words: &Words, group: &str, names: &[&str]) -> Vec<String> {
    names.iter().map(|name| words.get(&format!("{group}.{name}")).to_owned()).collect()
}
