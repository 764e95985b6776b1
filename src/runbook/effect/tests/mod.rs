//! What is proven, and what must never be.

mod destroyers;
mod reads;
mod writes;

use super::*;
use destroyers::{DESTROYS, HARMLESS};
use proptest::prelude::*;
use reads::READS;
use writes::WRITES;

fn effect(text: &str) -> Effect {
    of_text(text).0
}

#[test]
fn proven_reads() {
    let wrong: Vec<String> =
        READS.iter().filter(|t| effect(t) != Effect::Read).map(|t| format!("{t:?}: {:?}", of_text(t))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn commands_within_commands_are_looked_into_so_far_only() {
    for one in ["docker exec a ", "ssh a ", "kubectl exec a -- ", "docker exec -i a "] {
        let text = format!("{}ls", one.repeat(20_000));
        assert_eq!(effect(&text), Effect::Write, "{one}");
        assert_eq!(crate::runbook::terminal::attended(&shell::scan(&text)), None, "{one}");
    }
}

/// Found by fuzzing: an argument of a database client that begins with a letter of two bytes.
#[test]
fn arguments_of_database_clients_may_be_anything() {
    for text in ["mysql ée", "psql …c x", "mysql -e", "mysql é"] {
        effect(text);
    }
}

#[test]
fn never_proven() {
    let wrong: Vec<&&str> = WRITES.iter().filter(|t| effect(t) == Effect::Read).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn destroyers() {
    let wrong: Vec<&&str> = DESTROYS.iter().filter(|t| effect(t) != Effect::Destructive).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_speaks_of_destroying() {
    let wrong: Vec<String> = HARMLESS
        .iter()
        .filter(|t| effect(t) == Effect::Destructive)
        .map(|t| format!("{t:?}: {:?}", of_text(t)))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn reasons_name_the_sub_command() {
    for (text, reason) in [
        ("kubectl scale deploy/x --replicas=0", "`kubectl scale` is not known only to read"),
        ("kubectl -n prod scale deploy/x --replicas 0", "`kubectl scale` is not known only to read"),
        ("kubectl rollout restart deploy/x", "`kubectl rollout restart` is not known only to read"),
        ("kubectl get pods --raw", "`kubectl get --raw` is not known only to read"),
        ("gcloud run services update x --region=y", "`gcloud run services update` is not known only to read"),
        ("docker compose --env-file .env up -d", "`docker compose up` is not known only to read"),
        ("git diff-tree -r --root HEAD", "`git diff-tree` is not known only to read"),
        ("consul lock -rf x", "`consul lock` is not known only to read"),
        ("docker compose -f x.yml up -d", "`docker compose up` is not known only to read"),
        ("docker exec db psql -U x -f y", "`psql -f` is not known only to read"),
        ("docker exec -d db ls", "`docker exec -d` is not known only to read"),
        ("redis-cli", "`redis-cli` is not known only to read"),
        ("sort -o f f", "`sort -o` is not known only to read"),
        ("gcloud compute instances delete db1", "`gcloud compute instances delete` destroys"),
        ("kubectl -n prod delete pod x", "`kubectl delete` destroys"),
        ("docker-compose -f x.yml down -v", "`docker-compose down -v` destroys"),
        ("git push origin --force", "`git push --force` destroys"),
        ("rm x -rf", "`rm -rf` destroys"),
        ("docker exec db redis-cli -h x flushall", "`redis-cli flushall` destroys"),
    ] {
        assert_eq!(of_text(text).1, reason, "{text}");
    }
}

/// The effects of a runbook's commands, in order.
fn of_runbook(text: &str) -> Vec<Effect> {
    let source = crate::source::Source::new("x.md", text);
    let runbook = crate::runbook::read(&source, &crate::syntax::parse(&source.text));
    runbook.steps.iter().flat_map(|s| &s.commands).map(|c| c.effect).collect()
}

#[test]
fn what_one_fence_defines_is_not_proven_in_another() {
    use Effect::{Read, Write};
    let page = |one: &str, two: &str| {
        format!("# X\n\n## Steps\n\n1. One\n\n   ```bash\n   {one}\n   ```\n\n2. Two\n\n   ```bash{two}\n   ```\n")
    };
    assert_eq!(of_runbook(&page("uptime", "\n   ls -l")), [Read, Read]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", "\n   ls -l")), [Write, Write]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", "\n   df -h")), [Write, Read]);
    assert_eq!(of_runbook(&page("ls() { touch x; }", " {fresh}\n   ls -l")), [Write, Read]);
    assert_eq!(of_runbook(&page("shopt -s expand_aliases", "\n   ls -l")), [Write, Write]);
    assert_eq!(of_runbook(&page("echo <host>", "\n   ssh <host> 'ls <dir>'")), [Read, Write]);
}

#[test]
fn the_reason_is_a_short_phrase() {
    for text in WRITES {
        let (_, why) = of_text(text);
        assert!(!why.is_empty() && why.len() < 120 && !why.contains('\n'), "{text:?}: {why}");
    }
}

/// What makes a script write wherever it is added on a line of its own, or behind a command.
const MORE: &[&str] = &[
    "; rm -rf x",
    " > f",
    " >> f",
    " | sh",
    " $(rm x)",
    " && touch f",
    " || touch f",
    " & touch f",
    "\ntouch f",
    " `touch f`",
    " | tee f",
];

fn one_line() -> impl Iterator<Item = &'static str> {
    READS.iter().copied().filter(|t| !t.contains("EOF") && !t.contains('#'))
}

#[test]
fn nothing_that_writes_hides_behind_a_read() {
    for text in one_line() {
        for more in MORE {
            // `X=1 $(…)` and `done $(…)` are no scripts; neither is proven.
            let both = format!("{text}{more}");
            assert_ne!(effect(&both), Effect::Read, "{both}");
        }
    }
}

/// Found by chance: a backslash at the end of quoted text.
#[test]
fn a_text_that_ends_in_the_middle_of_a_word_is_read() {
    for text in ["''\"\\", "a\\", "$'", "x=$(", "\"$", "<<", "ls <"] {
        assert_ne!(of_text(text).0, Effect::Read, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reads_in_any_frame_stay_guarded(
        a in prop::sample::select(one_line().collect::<Vec<_>>()),
        b in prop::sample::select(one_line().collect::<Vec<_>>()),
        writes in prop::sample::select(vec!["touch f", "rm x", "echo > f", "$X", "eval ls", "ls &"]),
        frame in 0usize..11,
    ) {
        let with = |inside: &str| match frame {
            0 => format!("{a}; {inside}"),
            1 => format!("{a} | {{ {inside}; }}"),
            2 => format!("if {a}; then\n{inside}\nelse {b}; fi"),
            3 => format!("( {a}\n{inside}\n)"),
            4 => format!("for i in 1 2; do {a}\n{inside}\ndone"),
            5 => format!("echo \"$({a}\n{inside}\n)\""),
            6 => format!("g() {{ {a}\n{inside}\n}}\n{b}"),
            7 => format!("case x in x) {inside}\n;; esac\n{a}"),
            8 => format!("cat <<E\n$({inside}\n)\nE\n{a}"),
            9 => format!("while {inside}\ndo {a}\ndone"),
            _ => format!("X=$({inside}\n)\n{a}"),
        };
        prop_assert_ne!(effect(&with(writes)), Effect::Read);
    }

    /// A proof survives no bracket, quote or operator too many, and never panics.
    #[test]
    fn anything_may_be_read(text in "[ -~\n]{0,60}") {
        let (_, why) = of_text(&text);
        prop_assert!(!why.is_empty());
    }

    /// Made of the words that matter to a shell.
    #[test]
    fn only_listed_programs_are_proven(pieces in prop::collection::vec(prop::sample::select(vec![
        "ls", "touch f", ";", "\n", "&&", "|", "$(", ")", "`", "\"", "'", "{ ", "; }", "if ", "then ", "fi", "<<E\n", "\nE\n", "#", "\\", "((", "))", "[[ ", " ]]", "case x in ", "esac", ";;", "x)", "$", "${", "}", "do ", "done", "for i in a; ", " ",
    ]), 0..12)) {
        let text = pieces.concat();
        if effect(&text) == Effect::Read && text.contains("touch f") {
            // Then it was text: bash must not run it.
            let dir = tempfile::tempdir().map_err(|e| TestCaseError::fail(e.to_string()))?;
            let ran = std::process::Command::new("bash").args(["--norc", "-c", &text]).current_dir(dir.path()).output();
            prop_assert!(ran.is_ok());
            prop_assert!(!dir.path().join("f").exists(), "{text:?}");
        }
    }
}
