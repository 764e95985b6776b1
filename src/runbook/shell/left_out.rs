//! `...` and `…` in a command: the author leaves something out, and what is meant must be put there. So must what stands in
//! brackets, as usage lines have them.

use super::Simple;
use super::strict::KEYWORDS;
use crate::runbook::phrases::WordSet;
use crate::runbook::programs::{PROGRAMS, base};
use crate::runbook::vocabulary::{List, VOCABULARY};
use crate::runbook::words::Words;

/// How a word leaves something out.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dots {
    /// It does not.
    #[default]
    None,
    /// Dots somewhere in it, or as a part of a path: `./...` and `a...b` mean something to some programs.
    Part,
    /// It is nothing else: `...`, `--flag=...`.
    Whole,
}

/// Whether a text has any such dots.
pub(super) fn anywhere(text: &str) -> bool {
    // `…` begins with this byte.
    memchr::memchr2_iter(b'.', 0xe2, text.as_bytes())
        .any(|at| text.as_bytes()[at..].starts_with(b"...") || text.as_bytes()[at..].starts_with("…".as_bytes()))
}

/// What a word leaves out.
pub(super) fn of(word: &str, quoted: bool) -> Dots {
    // Most words have no dot: `…` begins with this byte.
    if memchr::memchr2(b'.', 0xe2, word.as_bytes()).is_none() {
        return Dots::None;
    }
    let is_dots = |part: &str| part == "…" || part.len() >= 3 && part.bytes().all(|b| b == b'.');
    if is_dots(word) || word.split_once('=').is_some_and(|(name, value)| !name.is_empty() && is_dots(value)) {
        return Dots::Whole;
    }
    if !quoted {
        // What is put in for `$(…)` has dots too.
        return if word.contains("...") || word.matches('…').count() > word.matches("(…)").count() {
            Dots::Part
        } else {
            Dots::None
        };
    }
    // `"$DIR/..."` is a path; `"wait..."` and `'s/.../x/'` are what they are.
    let path = (word.starts_with(['/', '~', '$', '.']) || word.contains("://")) && !word.contains(' ');
    if path && word.split('/').any(is_dots) { Dots::Part } else { Dots::None }
}

/// Whether a command cannot run before somebody fills in what its words leave out.
pub(super) fn is_open(command: &Simple, dots: Dots) -> bool {
    let says = || command.words.first().is_some_and(|word| matches!(base(word), "echo" | "printf"));
    match dots {
        Dots::None => false,
        // "echo Wait ..." only says so.
        _ if says() => command.writes,
        Dots::Whole => true,
        Dots::Part => !command.words.iter().any(|word| PROGRAMS.dotted.contains(base(word))),
    }
}

/// `[--force]`, `[--wait`, `[ --force`, `--zone[=a]`, `[CONFIRM=yes]`, `[NAME]`: somebody may give it or not, and the brackets
/// are no part of it. `before` are the command's words before it.
pub(super) fn is_optional(word: &str, before: &[String]) -> bool {
    let is_name = |name: &str| {
        let begins = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        begins && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    if let Some(flag) = word.strip_prefix("--") {
        let value = || flag.split_once("[=").is_some_and(|(name, value)| !name.contains('=') && value.ends_with(']'));
        return before.last().is_some_and(|last| last == "[") || value();
    }
    let Some(inner) = word.strip_prefix('[') else { return false };
    let flag =
        inner.strip_prefix('-').is_some_and(|rest| rest.starts_with(|c: char| c == '-' || c.is_ascii_alphabetic()));
    let given = || {
        let inner = inner.strip_suffix(']')?;
        // As a pattern it would be one letter of them, and "[INFO] done" is said.
        let of = |list: &WordSet| before.first().is_none_or(|name| list.contains(base(name)));
        let capitals = || inner.bytes().all(|b| b.is_ascii_uppercase() || matches!(b, b'_' | b'-'));
        let letters =
            || before.first().is_none_or(|name| matches!(base(name), "tr" | "echo" | "printf")) || !capitals();
        let patterns = of(&PROGRAMS.patterns) && letters();
        let parts = || inner.split('-').all(|part| part.len() > 1 && is_name(part));
        let argument = || inner.len() > 2 && parts() && !patterns && !of(&PROGRAMS.speaks);
        (inner.split_once('=').is_some_and(|(name, _)| is_name(name)) || argument()).then_some(())
    };
    flag || given().is_some()
}

/// Whether a word begins a remark behind a command: `// on the old primary`, `→ done`, `if stuck`. `then if` begins another command.
pub(super) fn remarks(word: &str, before: &[String]) -> bool {
    let slashes = || word.len() > 1 && word.bytes().all(|b| b == b'/');
    let marks = || slashes() || matches!(word, "→" | "⇒" | "➜" | "⟶");
    let name = || before.iter().find(|word| !KEYWORDS.contains(&word.as_str())).map(|name| base(name));
    // What is printed or searched for may be any word.
    let takes_words = |name: &str| PROGRAMS.speaks.contains(name) || PROGRAMS.patterns.contains(name);
    let list = VOCABULARY.list(List::RemarkWords);
    let says = || {
        list.may_begin_with(word)
            && word.bytes().all(|b| b.is_ascii_lowercase())
            && list.whole(&Words::first(word, 2)).is_some()
    };
    marks() && name().is_some_and(|name| !matches!(name, "echo" | "printf"))
        || says() && name().is_some_and(|name| !takes_words(name))
}

/// Whether what stands right before a `>` makes an arrow of it: `=>`, `-->`.
pub(super) fn begins_arrow(word: &str) -> bool {
    !word.is_empty() && (word.bytes().all(|b| b == b'=') || word.bytes().all(|b| b == b'-'))
}

#[cfg(test)]
mod tests {
    use super::super::{leaves_out, scan};

    #[test]
    fn remarks_that_a_shell_takes_for_arguments() {
        for yes in [
            "apt remove a b /// not ok",
            "ls /opt // the folder",
            "systemctl stop nginx => inactive",
            "systemctl stop nginx -> inactive",
            "systemctl stop nginx ==> inactive",
            "systemctl stop nginx → inactive",
            "systemctl stop nginx (takes a minute)",
            "systemctl stop app -- only if stuck",
            "kubectl delete pod web-0   if stuck",
        ] {
            assert!(scan(yes).remarked, "{yes}");
        }
        for no in [
            "cat - > f",
            "tar c . | ssh db2 tar x -f - >log",
            "echo 'a -> b => c' // d",
            "awk '{ print $1 \" -> \" $2 }' f",
            "find . \\( -name a -o -name b \\) -delete",
            "(cd /srv && ls)",
            "if (ls); then (id); fi",
            "stop() { (id); }",
            "stop () { id; }",
            "[[ $a && ( $b || $c ) ]]",
            "a=(1 2)",
            "case $a in (b) id ;; esac",
            "diff <(ls a) <(ls b)",
            "! (id)",
            "bazel build //srv/...",
            "ls $(id) && (id)",
            "if a; then if b; then c; fi; fi",
            "for h in a b; do if ping $h; then id; fi; done",
            "grep -c if f",
            "logger only a test",
        ] {
            assert!(!scan(no).remarked, "{no}");
        }
    }

    #[test]
    fn what_may_be_given_or_not() {
        for yes in [
            "make prod restore [CONFIRM=yes]",
            "ourctl stop [--force]",
            "ourctl stop [--after 5m] db1",
            "ourctl stop [ --force ]",
            "ourctl move --zone[=a] db1",
            "ourctl restart [NAME]",
            "ourctl restart [host_name]",
            "kubectl delete pod [pod-name]",
            "rm -rf [DIR]",
        ] {
            assert!(scan(yes).optional, "{yes}");
        }
        for no in [
            "[ -f x ] && cat x",
            "[[ $a == [a-z]=* ]]",
            "ls [a-c]*",
            "grep '[-x]' f",
            "tr [a-z] [A-Z]",
            "x=([a]=b)",
            "tr [abc] [DEF]",
            "echo [INFO] done",
            "ls [12]",
            "case $x in [YES]*) ls ;; esac",
            "if [ -f x ]; then ls; fi",
        ] {
            assert!(!scan(no).optional, "{no}");
        }
    }

    #[test]
    fn templates_and_arguments() {
        for yes in [
            "kubectl delete pod ...",
            "docker run -d ... registry/app:1",
            "ourctl stop --force …",
            "rm -rf /srv/.../cache",
            "rm -rf \"$DIR/...\"",
            "curl https://.../health",
            "curl 'https://.../health'",
            "kubectl delete pod db-7f9...x2",
            "ourctl --token=... stop",
            "TOKEN=...",
            "export TOKEN=\"...\"",
            "for host in ...; do uptime; done",
            "cat > app.yaml <<EOF\nspec:\n  ...\nEOF",
            "systemctl status x > .../log",
            "echo ... >> /etc/hosts",
            "ls $(find ...)",
            "git commit -m \"...\"",
            "sudo rm -rf ./...",
        ] {
            assert!(leaves_out(yes), "{yes}");
        }
        for no in [
            "cd ../..",
            "go test ./...",
            "sudo -u ci go vet ./...",
            "bazel build //srv/...",
            "git diff main...feature",
            "git log origin/main...",
            "echo Wait ...",
            "echo 'please wait...'",
            "logger \"stopping the replica ...\"",
            "sed 's/.../x/' f",
            "grep 'a...b' f",
            "rm \"$(ls)\" `date`",
            "systemctl stop app # and so on ...",
            "echo {1..3} \"${x..}\"",
        ] {
            assert!(!leaves_out(no), "{no}");
        }
    }
}
