//! What holds for any document: spans fit, the tree is a tree, and no line is lost.

use runbook::source::Span;
use runbook::syntax::attributes::Attributes;
use runbook::syntax::document::{BlockKind, Document, Slice};
use runbook::syntax::{attributes, blank, duration, inline, placeholder, prompt, slug};

pub fn fits(text: &str, span: Span) -> bool {
    text.get(span.start..span.end).is_some()
}

pub fn attributes_fit(text: &str, found: &Attributes) -> bool {
    let ids = found.id.iter().map(|(_, s)| *s);
    let list = found.list.iter().flat_map(|a| std::iter::once(a.span).chain(a.value_span));
    let errors = found.errors.iter().map(|(s, _)| *s);
    ids.chain(list).chain(errors).all(|s| fits(text, s))
}

fn content_fits(text: &str, block: Span, content: &[Slice]) -> bool {
    content
        .iter()
        .all(|s| fits(text, s.span) && s.pad < 4 && block.contains(s.span) && !s.span.of(text).contains(['\n', '\r']))
}

pub fn check(text: &str, document: &Document) {
    if let Some(front) = document.front_matter {
        assert!(fits(text, front));
    }
    for (id, block) in document.blocks.iter().enumerate() {
        assert!(fits(text, block.span), "span of {block:?}");
        assert!(block.end > id && block.end <= document.blocks.len(), "end of {id} {block:?}");
        if let Some(parent) = block.parent {
            assert!(parent < id);
            let above = &document.blocks[parent];
            assert!(above.end >= block.end, "{id} leaves its parent");
            assert!(above.span.contains(block.span), "{:?} of {:?} is not inside {above:?}", block.span, block.kind);
            let in_list = matches!(above.kind, BlockKind::List { .. });
            assert_eq!(in_list, matches!(block.kind, BlockKind::Item { .. }), "lists hold items and nothing else");
        }
        match &block.kind {
            BlockKind::Heading { content, attributes, .. } => {
                assert!(content_fits(text, block.span, content) && attributes_fit(text, attributes));
            }
            BlockKind::Fence { info, language, attributes, content, .. } => {
                assert!(fits(text, *info) && info.contains(*language) && attributes_fit(text, attributes));
                assert!(content_fits(text, block.span, content));
            }
            BlockKind::Item { attributes, .. } => assert!(attributes_fit(text, attributes)),
            BlockKind::Paragraph { content } | BlockKind::IndentedCode { content } | BlockKind::Html { content } => {
                assert!(content_fits(text, block.span, content), "{block:?}");
            }
            BlockKind::Table { header, rows } => {
                assert!(header.iter().all(|s| fits(text, *s)));
                assert!(rows.iter().all(|r| r.cells.len() == header.len() && r.cells.iter().all(|s| fits(text, *s))));
            }
            BlockKind::LinkDefinition { label, destination } => {
                assert!(block.span.contains(*label) && block.span.contains(*destination));
            }
            BlockKind::Admonition { kind } => assert!(block.span.contains(*kind)),
            BlockKind::List { .. } | BlockKind::Quote | BlockKind::Rule => {}
        }
    }
    assert!(document.meant.iter().all(|code| fits(text, *code)));
    assert!(document.meant.windows(2).all(|two| two[0].end < two[1].start), "apart, and in order");
    let walked: usize = document.children(None).map(|id| document.blocks[id].end - id).sum();
    assert_eq!(walked, document.blocks.len(), "top-level subtrees cover everything");
}

/// Every line that is not blank is in some block or in the front matter.
pub fn nothing_is_lost(text: &str, document: &Document) {
    let tops: Vec<Span> = document.children(None).map(|id| document.blocks[id].span).collect();
    let start = document.front_matter.map_or(0, |f| f.end);
    let mut at = 0;
    for line in text.split_inclusive(['\n', '\r']) {
        let first = at + (line.len() - line.trim_start_matches([' ', '\t']).len());
        at += line.len();
        // A quote's own empty lines at its end are no content.
        if line.trim_matches([' ', '\t', '\n', '\r', '>']).is_empty()
            || at <= start
            || line.starts_with("---")
            || line.starts_with("...")
        {
            continue;
        }
        assert!(tops.iter().any(|s| s.start <= first && first < s.end), "{line:?} is in no block");
    }
}

pub fn mini_languages(text: &str) {
    for found in duration::find(text) {
        assert!(fits(text, found.span));
    }
    let _ = (duration::parse(text), slug::anchor(text), slug::id(text), inline::plain(text));
    assert!(duration::offset(text).is_none_or(|o| fits(text, o.span)));
    for found in blank::blanks(text) {
        assert!(fits(text, found.span) && found.label.is_none_or(|s| fits(text, s)));
        assert!(found.objective.is_none_or(|s| fits(text, s)) && found.unit_after.is_none_or(|s| fits(text, s)));
    }
    if let Some(found) = blank::choice(text) {
        assert!(found.options.len() > 1 && fits(text, found.span));
        assert!(found.options.iter().all(|o| fits(text, o.text) && o.then.is_none_or(|s| fits(text, s))));
    }
    for setting in [placeholder::Setting::Command, placeholder::Setting::Sql, placeholder::Setting::Prose] {
        for found in placeholder::find(text, setting) {
            assert!(fits(text, found.span) && found.expression.is_none_or(|s| fits(text, s)));
        }
    }
    if let Some(found) = prompt::prompt(text) {
        assert!(text.get(found.len..).is_some());
    }
    let found = inline::scan_span(text, Span::new(0, text.len()));
    assert!(found.code.iter().chain(&found.strong).all(|m| fits(text, m.span) && m.span.contains(m.content)));
    assert!(found.links.iter().all(|l| fits(text, l.span) && l.span.contains(l.text)));
    assert!(attributes_fit(text, &attributes::parse(text, 0)));
}
