//! A fence that is never closed: everything after it may be commands.

use super::Subject;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::document::BlockKind;

/// Finds them.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for block in &subject.document.blocks {
        if !matches!(block.kind, BlockKind::Fence { closed: false, .. }) {
            continue;
        }
        let first = block.span.of(&subject.source.text).lines().next().map_or(3, str::len);
        let at = Span::new(block.span.start, block.span.start + first);
        let fence: String =
            block.span.of(&subject.source.text).chars().take_while(|c| *c == '`' || *c == '~').collect();
        let diagnostic =
            Diagnostic::error("unclosed-fence", "this fence is never closed: what follows it would be commands")
                .at(at, "opened here");
        found.push(diagnostic.help(format!("end it with a line that holds only `{fence}`")));
    }
}
