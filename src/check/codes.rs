//! Every code that a finding can have, here or in another room, each with its page in `docs/lints`.

use crate::runbook::model::Language;

/// The page of one code. Its second paragraph says in one line what the finding means.
#[derive(Debug, Clone, Copy)]
pub struct Page {
    /// The code.
    pub code: &'static str,
    english: &'static str,
    french: &'static str,
}

macro_rules! pages {
    ($($code:literal,)*) => {
        /// In the order of the alphabet.
        pub static PAGES: &[Page] = &[$(Page {
            code: $code,
            english: include_str!(concat!("../../docs/lints/", $code, ".md")),
            french: include_str!(concat!("../../docs/lints/", $code, ".fr.md")),
        },)*];
    };
}

pages! {
    "ambiguous-reading",
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
    "bad-verify",
    "dead-link",
    "duplicate-id",
    "duplicate-key",
    "endless-loop",
    "front-matter",
    "indented-heredoc",
    "inputs",
    "inventory",
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
    "variables-file",
}

/// How a fence that is read as ambiguous is called where only findings are known.
pub const AMBIGUOUS: &str = "ambiguous-reading";

impl Page {
    /// The whole page, in Markdown.
    #[must_use]
    pub fn text(&self, language: Language) -> &'static str {
        match language {
            Language::En => self.english,
            Language::Fr => self.french,
        }
    }

    /// What it means, in one line.
    #[must_use]
    pub fn summary(&self, language: Language) -> &'static str {
        self.text(language).lines().nth(2).unwrap_or("")
    }
}

/// The page of a code.
#[must_use]
pub fn page(code: &str) -> Option<&'static Page> {
    PAGES.binary_search_by(|p| p.code.cmp(code)).ok().map(|i| &PAGES[i])
}

/// The code that was probably meant.
#[must_use]
pub fn closest(written: &str) -> Option<&'static str> {
    PAGES
        .iter()
        .map(|page| (strsim::jaro_winkler(page.code, written), page.code))
        .filter(|(similar, _)| *similar > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, code)| code)
}
