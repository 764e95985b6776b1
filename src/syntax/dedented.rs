//! Fences of list items whose lines stand left of the item: people paste code without indenting it.

use super::document::Slice;
use super::leaves::OpenFence;
use super::lines::{after_ending, columns, line_end};
use crate::source::Span;

/// Where the line begins that ends the fence, looked for from `from` on, and whether blank lines stand before it. `None` when
/// something comes first that belongs to the page and not to the code: then the fence was never closed, or nobody can tell.
///
/// The search stops at every line that could open a fence, so that no line is looked at for two of them.
pub(super) fn end(fence: &OpenFence, bytes: &[u8], from: usize, floor: usize) -> Option<(usize, bool)> {
    let (mut start, mut blank) = (from, false);
    while start < bytes.len() {
        let end = line_end(bytes, start, bytes.len());
        let gap = bytes[start..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let line = &bytes[start + gap..end];
        if line.is_empty() {
            blank = true;
        } else {
            let column = columns(&bytes[start..start + gap], 0);
            if line.starts_with(b"```") || line.starts_with(b"~~~") {
                let here = column >= floor && column < fence.column + super::blocks::CODE && fence.is_end(line);
                return here.then_some((start, blank));
            }
            if column < floor || is_of_the_page(line) {
                return None;
            }
        }
        start = after_ending(bytes, end);
    }
    None
}

/// Whether a line looks like an item, a quote, a heading, a rule or a bold label. One `#` is a comment in most code.
fn is_of_the_page(line: &[u8]) -> bool {
    let blank = |at: usize| line.get(at).is_none_or(|b| matches!(b, b' ' | b'\t'));
    let run = line.iter().take_while(|b| **b == line[0]).count();
    match line[0] {
        b'-' | b'*' | b'+' | b'_' if run > 2 && line[run..].iter().all(|b| matches!(b, b' ' | b'\t')) => true,
        b'-' | b'+' => blank(1),
        b'*' => blank(1) || run == 2,
        b'>' => true,
        b'#' => (2..=6).contains(&run) && blank(run),
        b'0'..=b'9' => {
            let digits = line.iter().take_while(|b| b.is_ascii_digit()).count();
            matches!(line.get(digits), Some(b'.' | b')')) && blank(digits + 1)
        }
        b'[' => matches!(line.get(1), Some(b' ' | b'x' | b'X')) && line.get(2) == Some(&b']') && blank(3),
        b'=' => run == 3 && line[3..].trim_ascii_start().starts_with(b"\""),
        b'!' | b'?' => run == 3,
        // `☐`, `☑`, `✅`, `⬜`.
        _ => [&b"\xe2\x98\x90"[..], b"\xe2\x98\x91", b"\xe2\x9c\x85", b"\xe2\xac\x9c"]
            .iter()
            .any(|b| line.starts_with(b)),
    }
}

/// A line as it stands in the page, or in the body that begins at column `floor`.
pub(super) fn as_it_is(bytes: &[u8], line: Span, floor: usize) -> Slice {
    let (mut at, mut column) = (line.start, 0);
    while at < line.end && column < floor && matches!(bytes[at], b' ' | b'\t') {
        column = columns(&bytes[at..=at], column);
        at += 1;
    }
    Slice { span: Span::new(at, line.end), pad: u8::try_from(column.saturating_sub(floor)).unwrap_or(0) }
}

/// Gives lines back the indentation that they have lost.
pub(super) fn as_they_are(bytes: &[u8], content: &mut [Slice], floor: usize) {
    for slice in content {
        let gap = bytes[..slice.span.start].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        *slice = as_it_is(bytes, Span::new(slice.span.start - gap, slice.span.end), floor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_page() {
        for line in [
            "- text",
            "*",
            "+ text",
            "**Note**",
            "> text",
            "## Next",
            "12) text",
            "1.",
            "[ ] text",
            "[x]",
            "---",
            "- - -",
            "☐ text",
            "=== \"Linux\"",
            "!!! note",
        ] {
            assert!(is_of_the_page(line.as_bytes()), "{line}");
        }
        for line in [
            "pg_dump app",
            "# a comment",
            "-v",
            "*.sql",
            "--",
            "[ -f x ] && y",
            "1.5",
            "10.0.0.1 db1",
            "$ ls",
            "!ls",
            "==",
            "| grep x",
            "<name>",
            "é",
        ] {
            assert!(!is_of_the_page(line.as_bytes()), "{line}");
        }
    }
}
