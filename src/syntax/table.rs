//! The cells of a pipe table's row.

use super::document::Row;
use crate::source::Span;

/// The trimmed cells of a row, probably `columns`. A pipe after a backslash does not divide; the outer pipes are optional.
pub(super) fn cells(text: &str, line: Span, columns: usize) -> Vec<Span> {
    let row = line.of(text);
    let body = row.trim();
    let start = line.start + (row.len() - row.trim_start().len());
    let end = start + body.len();
    let bytes = text.as_bytes();
    let mut cells = Vec::with_capacity(columns);
    let mut from = if body.starts_with('|') { start + 1 } else { start };
    let mut at = from;
    while at < end {
        match bytes[at] {
            b'\\' => at += 1,
            b'|' => {
                cells.push(trimmed(text, from, at));
                from = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if from < end {
        cells.push(trimmed(text, from, end));
    }
    cells
}

/// A body row with exactly `columns` cells: missing ones are empty, those too many are not the table's.
pub(super) fn row(text: &str, line: Span, columns: usize) -> Row {
    let mut found = cells(text, line, columns);
    let end = line.start + line.of(text).trim_end().len();
    found.resize(columns, Span::new(end, end));
    Row { span: line, cells: found }
}

fn trimmed(text: &str, start: usize, end: usize) -> Span {
    let cell = &text[start..end];
    let from = start + (cell.len() - cell.trim_start().len());
    Span::new(from, from + cell.trim().len())
}
