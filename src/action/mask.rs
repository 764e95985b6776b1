//! Hides secrets in a stream of bytes, wherever the stream is cut.

use std::borrow::Cow;

/// What stands where a secret was.
pub const MASK: &str = "••••••";

/// A line of a secret of several lines is hidden by itself when it is at least this long.
const LINE: usize = 8;

/// The patterns that a list of secrets stands for: each without its trailing newlines, and the long lines of a secret of
/// several lines (a key is often shown line by line). Longest first; empty ones hide nothing.
#[must_use]
pub fn patterns<S: AsRef<str>>(secrets: &[S]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for secret in secrets {
        let whole = secret.as_ref().trim_end_matches(['\r', '\n']);
        if whole.is_empty() {
            continue;
        }
        found.push(whole.as_bytes().to_vec());
        if whole.contains('\n') {
            found.extend(whole.lines().filter(|line| line.len() >= LINE).map(|line| line.as_bytes().to_vec()));
        }
    }
    found.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    found.dedup();
    found
}

/// Masks one stream. Bytes that may be the beginning of a secret are held back until it is known whether they are, so that
/// any cutting of the same stream gives the same result.
#[derive(Debug)]
pub struct Masker {
    patterns: Vec<Vec<u8>>,
    first: [bool; 256],
    held: Vec<u8>,
    covered: usize,
}

impl Masker {
    /// For `patterns`, as [`patterns`] makes them.
    #[must_use]
    pub fn new(patterns: Vec<Vec<u8>>) -> Self {
        let mut first = [false; 256];
        for byte in patterns.iter().filter_map(|pattern| pattern.first()) {
            first[usize::from(*byte)] = true;
        }
        Self { patterns, first, held: Vec::new(), covered: 0 }
    }

    /// The masked form of what can be decided now.
    #[must_use]
    pub fn push<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, [u8]> {
        if self.patterns.is_empty() {
            return Cow::Borrowed(bytes);
        }
        self.held.extend_from_slice(bytes);
        Cow::Owned(self.run(false))
    }

    /// The rest, at the end of the stream.
    #[must_use]
    pub fn finish(&mut self) -> Vec<u8> {
        self.run(true)
    }

    fn run(&mut self, last: bool) -> Vec<u8> {
        let held = std::mem::take(&mut self.held);
        let mut out = Vec::with_capacity(held.len());
        let mut at = 0;
        while let Some(byte) = held.get(at) {
            if self.first[usize::from(*byte)] {
                match self.longest(&held[at..], last) {
                    Found::Undecided => break,
                    Found::Match(length) => {
                        if self.covered == 0 {
                            out.extend_from_slice(MASK.as_bytes());
                        }
                        self.covered = self.covered.max(length);
                    }
                    Found::Nothing => {}
                }
            }
            if self.covered == 0 {
                out.push(*byte);
            } else {
                self.covered -= 1;
            }
            at += 1;
        }
        self.held = held;
        self.held.drain(..at);
        out
    }

    /// Patterns are sorted by length, longest first: the first that decides, decides.
    fn longest(&self, rest: &[u8], last: bool) -> Found {
        for pattern in &self.patterns {
            if rest.starts_with(pattern) {
                return Found::Match(pattern.len());
            }
            if !last && pattern.starts_with(rest) {
                return Found::Undecided;
            }
        }
        Found::Nothing
    }
}

enum Found {
    Undecided,
    Match(usize),
    Nothing,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn whole(secrets: &[String], text: &[u8]) -> Vec<u8> {
        let mut masker = Masker::new(patterns(secrets));
        let mut out = masker.push(text).into_owned();
        out.extend(masker.finish());
        out
    }

    fn text(secrets: &[&str], text: &str) -> String {
        let secrets: Vec<String> = secrets.iter().map(ToString::to_string).collect();
        String::from_utf8_lossy(&whole(&secrets, text.as_bytes())).into_owned()
    }

    #[test]
    fn hides_what_must_be_hidden() {
        assert_eq!(text(&["hunter2"], "a hunter2 b"), "a •••••• b");
        assert_eq!(text(&["hunter2"], "hunter hunter2hunter2"), "hunter ••••••••••••");
        assert_eq!(text(&["ab", "abc"], "abc ab a"), "•••••• •••••• a");
        assert_eq!(text(&["abcd", "cdef"], "xabcdefx"), "x••••••x", "overlapping secrets leave no rest");
        assert_eq!(text(&["", "\n"], "plain\n"), "plain\n");
        assert_eq!(text(&["s3cret\n"], "s3cret"), "••••••");
        assert_eq!(text(&["first-line\nsecond-line\nx"], "a second-line x"), "a •••••• x");
    }

    proptest! {
        #[test]
        fn any_cutting_gives_the_same(
            secrets in prop::collection::vec("[ab]{1,4}", 0..4),
            stream in "[abc]{0,60}",
            cuts in prop::collection::vec(0usize..60, 0..10),
        ) {
            let expected = whole(&secrets, stream.as_bytes());
            for secret in &secrets {
                prop_assert!(!String::from_utf8_lossy(&expected).contains(secret.as_str()));
            }
            let mut masker = Masker::new(patterns(&secrets));
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(stream.len())).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut out = Vec::new();
            for pair in cuts.windows(2) {
                out.extend_from_slice(&masker.push(&stream.as_bytes()[pair[0]..pair[1]]));
            }
            out.extend(masker.finish());
            prop_assert_eq!(expected, out);
        }
    }
}
