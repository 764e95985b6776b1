//! What people wrote into a post-mortem, carried over when it is made again.
//!
//! A section between `<!-- runbook:keep NAME -->` and `<!-- /runbook:keep -->`, each on a line of its own, belongs to
//! people. Everything else belongs to the program; the last line holds its digest, so that writing outside the
//! sections is noticed and never lost.

use crate::journal::record::sha256_hex;
use std::collections::BTreeMap;

/// What people wrote, by section.
pub type Kept = BTreeMap<String, String>;

const CLOSE: &str = "<!-- /runbook:keep -->";

/// Why a file cannot be made again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeepError {
    /// Not ours.
    #[error("it was not written by this program, or its last line was removed")]
    Foreign,
    /// Of another run.
    #[error("it belongs to run {0}")]
    OtherRun(String),
    /// Written into.
    #[error("it was changed outside its `runbook:keep` sections, where changes would be lost")]
    Changed,
    /// Markers do not pair.
    #[error("the `runbook:keep` markers do not pair up at line {0}")]
    Markers(usize),
}

fn opened(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix("<!-- runbook:keep ")?.strip_suffix("-->")?.trim();
    (!name.is_empty()).then_some(name)
}

/// The sections, and the text outside them.
fn split(text: &str) -> Result<(Kept, String), KeepError> {
    let (mut kept, mut outside) = (Kept::new(), String::new());
    let mut open: Option<(String, String, usize)> = None;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let closes = line.trim() == CLOSE;
        match (&mut open, opened(line)) {
            (None, Some(name)) => open = Some((name.to_owned(), String::new(), index + 1)),
            (Some(_), Some(_)) => return Err(KeepError::Markers(index + 1)),
            (None, None) if closes => return Err(KeepError::Markers(index + 1)),
            (Some(_), None) if closes => {
                if let Some((name, body, at)) = open.take()
                    && kept.insert(name, body).is_some()
                {
                    return Err(KeepError::Markers(at));
                }
            }
            (Some((_, body, _)), None) => body.push_str(line),
            (None, None) => outside.push_str(line),
        }
    }
    match open {
        Some((.., at)) => Err(KeepError::Markers(at)),
        None => Ok((kept, outside)),
    }
}

/// What people wrote into a file of ours.
///
/// # Errors
/// When its markers do not pair up.
pub fn sections(text: &str) -> Result<Kept, KeepError> {
    split(text).map(|(kept, _)| kept)
}

fn digest(outside: &str) -> String {
    let lines: Vec<&str> = outside.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    sha256_hex(lines.join("\n").as_bytes())[..16].to_owned()
}

/// The text with the line that makes it ours.
#[must_use]
pub fn sealed(text: &str, run: &str) -> String {
    let outside = split(text).map_or_else(|_| text.to_owned(), |(_, outside)| outside);
    let run: String = run.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
    format!("{}\n\n<!-- runbook:report {run} {} -->\n", text.trim_end(), digest(&outside))
}

/// The run and the digest that a file's last line names.
fn seal(text: &str) -> Option<(&str, &str, &str)> {
    let (text, last) = text.trim_end().rsplit_once('\n')?;
    let (run, digest) = last.strip_prefix("<!-- runbook:report ")?.strip_suffix(" -->")?.split_once(' ')?;
    Some((text, run, digest))
}

/// The new text with what people wrote into the old one. With `force`, also into a file that was changed elsewhere or
/// belongs to another run's name; markers that do not pair up are nobody's to guess.
///
/// # Errors
/// When the old text is not ours to replace.
pub fn carried(new: &str, old: &str, run: &str, force: bool) -> Result<String, KeepError> {
    let (body, of, known) = match seal(old) {
        Some(found) => found,
        None if force => return Ok(new.to_owned()),
        None => return Err(KeepError::Foreign),
    };
    if of != run {
        return if force { Ok(new.to_owned()) } else { Err(KeepError::OtherRun(of.to_owned())) };
    }
    let (kept, outside) = match split(body) {
        Ok(found) => found,
        Err(_) if force => return Ok(new.to_owned()),
        Err(error) => return Err(error),
    };
    if digest(&outside) != known && !force {
        return Err(KeepError::Changed);
    }
    Ok(fill(new, kept))
}

/// Puts the kept sections into their places. One that has no place any more goes to the end: nothing is dropped.
fn fill(new: &str, mut kept: Kept) -> String {
    let mut out = String::with_capacity(new.len());
    let mut replaced: Option<(String, String)> = None;
    for line in new.split_inclusive('\n') {
        if let Some((old, fresh)) = &mut replaced {
            if line.trim() == CLOSE {
                out.push_str(&with_new_rows(old, fresh));
                replaced = None;
            } else {
                fresh.push_str(line);
                continue;
            }
        }
        let seal = line.starts_with("<!-- runbook:report ");
        if seal && !kept.is_empty() {
            for (name, body) in std::mem::take(&mut kept) {
                out.push_str(&format!("<!-- runbook:keep {name} -->\n{body}{CLOSE}\n\n"));
            }
        }
        out.push_str(line);
        if let Some(body) = opened(line).and_then(|name| kept.remove(name)) {
            replaced = Some((body, String::new()));
        }
    }
    out
}

/// Rows of a table that came since, known by their records, after the rows that people have filled in.
fn with_new_rows(old: &str, fresh: &str) -> String {
    let reference = |line: &str| {
        let at = line.rfind("[#")?;
        line[at..].split_once(']').map(|(reference, _)| format!("{reference}]"))
    };
    let row = |line: &&str| line.trim_start().starts_with('|');
    let news: Vec<&str> = fresh
        .split_inclusive('\n')
        .filter(row)
        .filter(|line| reference(line).is_some_and(|reference| !old.contains(&reference)))
        .collect();
    let last = old.split_inclusive('\n').enumerate().filter(|(_, line)| row(line)).map(|(at, _)| at).last();
    let Some(last) = last.filter(|_| !news.is_empty()) else { return old.to_owned() };
    let mut lines: Vec<&str> = old.split_inclusive('\n').collect();
    lines.splice(last + 1..=last, news);
    lines.concat()
}

/// What people wrote, for a page: their Markdown, without raw HTML, images, or links other than to the web and by mail.
#[must_use]
pub fn page(markdown: &str) -> String {
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
    let safe = |url: &str| ["https://", "http://", "mailto:", "#"].iter().any(|start| url.starts_with(start));
    let mut dropped = Vec::new();
    let parser = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let events = parser.filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { ref dest_url, .. }) => {
            let keep = safe(dest_url);
            dropped.push(!keep);
            keep.then_some(event)
        }
        Event::End(TagEnd::Link) => (!dropped.pop().unwrap_or(false)).then_some(event),
        event => Some(event),
    });
    let mut html = String::new();
    pulldown_cmark::html::push_html(&mut html, events);
    html
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const NEW: &str = "# A\n\n<!-- runbook:keep cause -->\n_[to fill in]_\n<!-- /runbook:keep -->\n\nfact 2\n";

    #[test]
    fn what_people_wrote_is_carried_over() {
        let old = sealed(&NEW.replace("fact 2", "fact 1"), "r-1").replace("_[to fill in]_", "Memory ran out.");
        let new = carried(&sealed(NEW, "r-1"), &old, "r-1", false).unwrap();
        assert!(new.contains("Memory ran out.") && new.contains("fact 2") && !new.contains("to fill in"), "{new}");
        assert_eq!(carried(&new, &new, "r-1", false).unwrap(), new, "twice is once");
    }

    #[test]
    fn what_would_be_lost_is_refused() {
        let old = sealed(NEW, "r-1");
        let refused = |old: &str, run| carried(&old_new(), old, run, false).unwrap_err();
        assert_eq!(refused("mine", "r-1"), KeepError::Foreign);
        assert_eq!(refused(&old, "r-2"), KeepError::OtherRun("r-1".into()));
        assert_eq!(refused(&old.replace("fact 2", "fact 2, as I see it"), "r-1"), KeepError::Changed);
        assert_eq!(refused(&old.replacen(CLOSE, "", 1), "r-1"), KeepError::Markers(3));
        let forced = carried(&old_new(), &old.replace("fact 2", "x").replace("_[to fill in]_", "kept"), "r-1", true);
        assert!(forced.unwrap().contains("kept"), "also by force");
    }

    fn old_new() -> String {
        sealed(NEW, "r-1")
    }

    #[test]
    fn a_section_without_a_place_is_not_lost() {
        let old = sealed(&NEW.replace("keep cause", "keep gone"), "r-1").replace("_[to fill in]_", "Mine.");
        let new = carried(&sealed(NEW, "r-1"), &old, "r-1", false).unwrap();
        assert!(new.contains("<!-- runbook:keep gone -->\nMine.\n"), "{new}");
        assert!(seal(&new).is_some());
    }

    #[test]
    fn new_actions_join_those_that_people_filled_in() {
        let table = |rows: &str| format!("<!-- runbook:keep actions -->\n| A | S |\n|---|---|\n{rows}{CLOSE}\n");
        let old = sealed(&table("| x [#3] | done |\n"), "r");
        let new = sealed(&table("| x [#3] | ? |\n| y [#9] | ? |\n"), "r");
        let made = carried(&new, &old, "r", false).unwrap();
        assert!(made.contains("| x [#3] | done |\n| y [#9] | ? |\n"), "{made}");
    }

    #[test]
    fn pages_take_no_markup_of_ours() {
        let html = page("**a** <script>x</script> [l](javascript:x) [w](https://x.org) ![i](https://x.org/i.png)");
        assert!(html.contains("<strong>a</strong>") && !html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(!html.contains("javascript") && html.contains("href=\"https://x.org\""), "{html}");
    }
}
