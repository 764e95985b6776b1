//! Every code that a finding can have, here or in another room. `runbook explain` has a page for each.

/// In the order of the alphabet.
pub const ALL: [&str; 46] = [
    "answers-duplicate",
    "answers-key",
    "answers-other-section",
    "answers-shape",
    "answers-unknown-option",
    "answers-unknown-step",
    "answers-unknown-variable",
    "answers-value",
    "answers-yaml",
    "attribute-syntax",
    "attribute-value",
    "bad-expression",
    "bad-regex",
    "dead-link",
    "duplicate-id",
    "duplicate-key",
    "endless-loop",
    "front-matter",
    "indented-heredoc",
    "inputs",
    "jump-to-nowhere",
    "jump-to-rollback",
    "misplaced-attribute",
    "missing-file",
    "missing-owner",
    "missing-target",
    "no-else",
    "no-expected-result",
    "no-rollback",
    "no-rto",
    "no-validation",
    "not-built",
    "not-utf-8",
    "old-primary-in-rollback",
    "relay-log-not-drained",
    "retries-on-a-write",
    "secret-on-command-line",
    "shell-syntax",
    "stale-last-updated",
    "unclosed-fence",
    "undefined-placeholder",
    "unknown-allow",
    "unknown-attribute",
    "unreachable",
    "until-on-a-write",
    "unused-allow",
];

/// The code that was probably meant.
#[must_use]
pub fn closest(written: &str) -> Option<&'static str> {
    ALL.iter()
        .map(|code| (strsim::jaro_winkler(code, written), *code))
        .filter(|(similar, _)| *similar > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, code)| code)
}
