//! Silencing in place: `<!-- runbook: allow CODE[, CODE] reason… -->` in the text, `allow: [CODE, …]` in the front matter.
//!
//! Invariant: an error stops a run and is never silenced; what silences nothing is told.

use super::Subject;
use super::codes;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::document::{BlockId, BlockKind};
use std::collections::HashMap;

/// One code that is allowed, where that is written, and how far it counts.
struct Allow<'a> {
    code: &'a str,
    at: Span,
    /// `None`: the whole file.
    scope: Option<Span>,
    used: bool,
    refused: bool,
}

/// Takes away what is allowed, and tells of what is allowed in vain.
pub(super) fn apply(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut allows = in_front_matter(subject);
    in_comments(subject, &mut allows);
    if allows.is_empty() {
        return;
    }
    let mut by_code: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, allow) in allows.iter().enumerate() {
        by_code.entry(allow.code).or_default().push(index);
    }
    found.retain(|diagnostic| {
        let at = diagnostic.labels.first().map(|l| l.span.start);
        let mut silenced = false;
        for index in by_code.get(diagnostic.code).into_iter().flatten() {
            let allow = &mut allows[*index];
            let reaches = allow.scope.is_none_or(|s| at.is_some_and(|at| s.start <= at && at < s.end.max(s.start + 1)));
            if reaches && diagnostic.severity == Severity::Error {
                allow.refused = true;
            } else if reaches {
                allow.used = true;
                silenced = true;
            }
        }
        !silenced
    });
    for allow in allows.iter().filter(|a| !a.used) {
        found.push(in_vain(allow));
    }
}

fn in_vain(allow: &Allow<'_>) -> Diagnostic {
    let code = allow.code;
    if codes::page(code).is_none() {
        let diagnostic =
            Diagnostic::warning("unknown-allow", format!("no finding is called `{code}`")).at(allow.at, "");
        return diagnostic.help(match codes::closest(code) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`runbook explain` lists them all".to_owned(),
        });
    }
    if allow.refused {
        return Diagnostic::note("unused-allow", format!("`{code}` is an error here, and an error cannot be silenced"))
            .at(allow.at, "")
            .help("mend what it points at");
    }
    Diagnostic::note("unused-allow", format!("`{code}` is allowed here, and nothing of that kind is found"))
        .at(allow.at, "")
        .help("take it away, or put it on the line before the finding")
}

fn in_front_matter<'a>(subject: &Subject<'a>) -> Vec<Allow<'a>> {
    let (Some(span), true) = (subject.document.front_matter, subject.runbook.metadata.other.contains_key("allow"))
    else {
        return Vec::new();
    };
    let text = span.of(&subject.source.text);
    let mut allows = Vec::new();
    let mut inside = false;
    let mut at = span.start;
    for line in text.split_inclusive('\n') {
        let top = line.strip_prefix("allow:");
        inside = top.is_some() || (inside && line.starts_with([' ', '\t', '-', '\n', '\r', '#', ']']));
        if inside {
            let skip = if top.is_some() { "allow:".len() } else { 0 };
            let body = line[skip..].split('#').next().unwrap_or("");
            for (start, code) in words(body) {
                let start = at + skip + start;
                allows.push(Allow {
                    code,
                    at: Span::new(start, start + code.len()),
                    scope: None,
                    used: false,
                    refused: false,
                });
            }
        }
        at += line.len();
    }
    allows
}

/// The names in a text, with their places: letters, digits and inner dashes.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let letter = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
        let start = at + text[at..].find(|c: char| c.is_alphanumeric())?;
        let end = text[start..].find(|c| !letter(c)).map_or(text.len(), |n| start + n);
        at = end;
        Some((start, &text[start..end]))
    })
}

fn in_comments<'a>(subject: &Subject<'a>, allows: &mut Vec<Allow<'a>>) {
    const OPEN: &str = "<!--";
    let text: &'a str = &subject.source.text;
    if memchr::memmem::find(text.as_bytes(), b"runbook:").is_none() {
        return;
    }
    let places = Places::of(subject);
    let opening = memchr::memmem::Finder::new(OPEN);
    let mut from = 0;
    while let Some(start) = opening.find(&text.as_bytes()[from..]).map(|n| from + n) {
        let inside = start + OPEN.len();
        from = inside;
        // `<!-->` and `<!--->` are whole comments.
        if text[inside..].starts_with('>') || text[inside..].starts_with("->") {
            continue;
        }
        let Some(end) = text[inside..].find("-->").map(|n| inside + n) else { return };
        from = end;
        let body = &text[inside..end];
        let Some(rest) = body.trim_start().strip_prefix("runbook:").map(str::trim_start) else { continue };
        let Some(rest) = rest.strip_prefix("allow").filter(|r| r.starts_with(char::is_whitespace)) else { continue };
        let Some(scope) = scope(subject, &places, Span::new(start, end + 3)) else { continue };
        let begin = end - rest.len();
        for (offset, code) in codes_of(rest) {
            let at = begin + offset;
            allows.push(Allow {
                code,
                at: Span::new(at, at + code.len()),
                scope: scope.within,
                used: false,
                refused: false,
            });
        }
    }
}

/// The codes at the front: `a, b` and `a,b`; what follows the last one is the reason.
fn codes_of(rest: &str) -> Vec<(usize, &str)> {
    let mut codes = Vec::new();
    let mut at = 0;
    loop {
        let start = at + (rest[at..].len() - rest[at..].trim_start().len());
        let end =
            rest[start..].find(|c: char| c.is_whitespace() || c == ',' || c == ':').map_or(rest.len(), |n| start + n);
        if end > start {
            codes.push((start, &rest[start..end]));
        }
        let more = rest[end..].trim_start();
        if !more.starts_with(',') {
            return codes;
        }
        at = rest.len() - more.len() + 1;
    }
}

/// How far a comment counts.
struct Scope {
    within: Option<Span>,
}

/// `None` for a comment that is only shown, in code.
fn scope(subject: &Subject<'_>, places: &Places, comment: Span) -> Option<Scope> {
    let blocks = &subject.document.blocks;
    let title = places.title;
    let id = blocks.partition_point(|b| b.span.start <= comment.start).checked_sub(1)?;
    // A block that ended before the comment holds it not: one of those around it does.
    let mut holder = Some(id);
    while let Some(h) = holder.filter(|h| blocks[*h].span.end < comment.end) {
        holder = blocks[h].parent;
    }
    let holder = holder?;
    match &blocks[holder].kind {
        BlockKind::Fence { .. } | BlockKind::IndentedCode { .. } => None,
        BlockKind::Html { .. } => {
            let before_title = title.is_none_or(|t| holder < t);
            let below_title = holder <= places.head && blocks[holder].parent.is_none();
            if before_title || below_title {
                return Some(Scope { within: None });
            }
            let end = blocks[holder].end;
            let next = (end < blocks.len() && blocks[end].parent == blocks[holder].parent).then_some(end);
            let around = blocks[holder].parent.map(|p| blocks[p].span);
            let within = next.map(|n| places.block(subject, n)).or(around).unwrap_or(comment);
            Some(Scope { within: Some(within) })
        }
        BlockKind::Paragraph { .. } | BlockKind::Heading { .. } => {
            let before = Span::new(blocks[holder].span.start, comment.start).of(&subject.source.text);
            let in_code = before.bytes().filter(|b| *b == b'`').count() % 2 == 1;
            // Attributes of an item's first paragraph speak of the item.
            let item =
                blocks[holder].parent.filter(|p| p + 1 == holder && matches!(blocks[*p].kind, BlockKind::Item { .. }));
            (!in_code).then(|| Scope { within: Some(places.block(subject, item.unwrap_or(holder))) })
        }
        _ => Some(Scope { within: Some(blocks[holder].span) }),
    }
}

/// What is known of the headings, found in one pass.
struct Places {
    /// The first heading.
    title: Option<BlockId>,
    /// The last of the comments right below it.
    head: BlockId,
    /// Headings in order, and where their sections end.
    ends: Vec<(BlockId, usize)>,
}

impl Places {
    fn of(subject: &Subject<'_>) -> Self {
        let blocks = &subject.document.blocks;
        let mut ends = Vec::new();
        let mut open: Vec<(u8, usize)> = Vec::new();
        for (id, block) in blocks.iter().enumerate() {
            let BlockKind::Heading { level, .. } = block.kind else { continue };
            while let Some((_, index)) = open.pop_if(|(above, _)| *above >= level) {
                let (_, end): &mut (BlockId, usize) = &mut ends[index];
                *end = block.span.start;
            }
            open.push((level, ends.len()));
            ends.push((id, subject.source.text.len()));
        }
        let title = ends.first().map(|(id, _)| *id);
        let below =
            |t: BlockId| blocks[t + 1..].iter().take_while(|b| matches!(b.kind, BlockKind::Html { .. })).count();
        Self { title, head: title.map_or(0, |t| t + below(t)), ends }
    }

    /// A block; of a heading its whole section.
    fn block(&self, subject: &Subject<'_>, id: BlockId) -> Span {
        let span = subject.document.blocks[id].span;
        match self.ends.binary_search_by_key(&id, |(id, _)| *id) {
            Ok(index) => Span::new(span.start, self.ends[index].1),
            Err(_) => span,
        }
    }
}
