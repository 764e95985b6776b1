//! A running command's output: its first lines as they come, then only the last ones, escaped.

use super::super::style::Style;
use super::super::text::{Line, Tone, chunks, prose, visible};
use super::super::words::{Words, fill};
use super::INDENT;
use std::collections::VecDeque;

/// Lines shown as they come.
const LIVE: usize = 12;
/// Lines kept for the end.
const LAST: usize = 5;
/// A line without an end is cut here.
const LONGEST: usize = 8 << 10;

/// One command's output.
#[derive(Debug, Default)]
pub(super) struct Stream {
    partial: Vec<u8>,
    shown: usize,
    /// Lines that came after the shown ones.
    hidden: usize,
    last: VecDeque<String>,
}

impl Stream {
    /// Takes a piece; gives the lines to show now.
    pub(super) fn take(&mut self, mut bytes: &[u8], style: &Style) -> Vec<Line> {
        let mut out = Vec::new();
        while let Some(end) = bytes.iter().position(|b| *b == b'\n') {
            self.keep(&bytes[..end]);
            bytes = &bytes[end + 1..];
            self.line(&mut out, style);
        }
        self.keep(bytes);
        out
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.partial.len());
        self.partial.extend_from_slice(&bytes[..bytes.len().min(room)]);
    }

    fn line(&mut self, out: &mut Vec<Line>, style: &Style) {
        let bytes = std::mem::take(&mut self.partial);
        let text = String::from_utf8_lossy(&bytes);
        let text = text.trim_end_matches('\r');
        // A progress bar that rewrites its line: its last state.
        let text = visible(text.rsplit_once('\r').map_or(text, |(_, last)| last));
        if self.shown < LIVE {
            self.shown += 1;
            gutter(out, &text, style);
        } else {
            self.hidden += 1;
        }
        if self.last.len() == LAST {
            self.last.pop_front();
        }
        self.last.push_back(text);
    }

    /// What it says now, when that is not on the screen.
    pub(super) fn latest(&self) -> String {
        if !self.partial.is_empty() {
            let text = String::from_utf8_lossy(&self.partial);
            return visible(text.rsplit(['\r', '\n']).find(|part| !part.trim().is_empty()).unwrap_or_default());
        }
        if self.hidden == 0 {
            return String::new();
        }
        self.last.back().cloned().unwrap_or_default()
    }

    /// The end: what was folded, and the last lines.
    pub(super) fn end(mut self, file: &str, words: &Words, style: &Style) -> (Vec<Line>, Vec<String>) {
        let mut out = Vec::new();
        if !self.partial.is_empty() {
            self.line(&mut out, style);
        }
        if self.hidden > 0 {
            let kept = self.hidden.min(self.last.len());
            let more = self.hidden - kept;
            if more > 0 {
                prose(&mut out, INDENT, Tone::Dim, &fill(words.folded, &[&more.to_string()]), style);
            }
            for text in self.last.iter().skip(self.last.len() - kept) {
                gutter(&mut out, text, style);
            }
            if !file.is_empty() && more > 0 {
                prose(&mut out, INDENT, Tone::Dim, &fill(words.output_is, &[file]), style);
            }
        }
        (out, self.last.into())
    }
}

fn gutter(out: &mut Vec<Line>, text: &str, style: &Style) {
    let marks = style.symbols();
    let room = style.width.saturating_sub(INDENT + 2);
    for (i, piece) in chunks(text, room).iter().enumerate() {
        let mark = if i == 0 { marks.bar } else { marks.more };
        out.push(Line::new().to(INDENT).with(Tone::Dim, mark).with(Tone::Dim, &format!(" {piece}")));
    }
}
