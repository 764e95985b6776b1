//! A value is data: whatever it holds and wherever in a command it stands, bash hands it on as it is, or nothing runs at all.

#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used)]

use proptest::prelude::*;
use runbook::plan::model::CommandWork;
use runbook::plan::render::{self, Scope};
use runbook::runbook::model::{CommandOptions, Effect, Interpreter, Reading};
use std::collections::BTreeMap;
use std::process::Command;

/// A command that prints the value of `v`, and whether every value can stand there.
const PLACES: &[(&str, bool)] = &[
    ("printf '%s' {{ v }}", true),
    ("printf '%s' \"{{ v }}\"", true),
    ("printf '%s' '{{ v }}'", true),
    ("printf '%s' $'{{ v }}'", true),
    ("x=$(printf '%s_' {{ v }}); printf '%s' \"${x%_}\"", true),
    ("x=\"$(printf '%s_' {{ v }})\"; printf '%s' \"${x%_}\"", true),
    ("x=\"$(printf '%s_' \"{{ v }}\")\"; printf '%s' \"${x%_}\"", true),
    ("x=\"$(printf '%s_' \"$(printf '%s+' '{{ v }}')\")\"; printf '%s' \"${x%+_}\"", true),
    ("(printf '%s' {{ v }}) # it's {{ v }}", true),
    ("x=$((1 << 3)); printf ''\nprintf '%s' {{ v }}", true),
    ("(# it's\nprintf '%s' {{ v }})", true),
    ("cat <<A >/dev/null; printf '%s' {{ v }}\n$x \" ' it\nA", true),
    ("cat <<'A B' >/dev/null\n' \"\nA B\nprintf '%s' {{ v }}", true),
    ("x=$(cat <<EOF\n[{{ v }}]\nEOF\n); x=${x#[}; printf '%s' \"${x%]}\"", true),
    ("x=$(cat <<'EOF'\n[{{ v }}]\nEOF\n); x=${x#[}; printf '%s' \"${x%]}\"", true),
    ("x=$(cat <<EOF\n$(printf '%s_' {{ v }})\nEOF\n); printf '%s' \"${x%_}\"", true),
    ("x=$(cat <<EOF\n$(printf '%s_' '{{ v }}')\nEOF\n); printf '%s' \"${x%_}\"", true),
    ("x=$(cat <<EOF\n$(printf '%s_' \"{{ v }}\")\nEOF\n); printf '%s' \"${x%_}\"", true),
    ("x=$(cat <<EOF\n$(printf '%s_' $'{{ v }}')\nEOF\n); printf '%s' \"${x%_}\"", true),
    ("x=$(cat <<EOF\n{{ v }}_\nEOF\n); printf '%s' \"${x%_}\"", false),
    ("unset y; printf '%s' ${y:-{{ v }}}", false),
    ("unset y; printf '%s' \"${y:-{{ v }}}\"", false),
    ("x=`printf '%s_' {{ v }}`; printf '%s' \"${x%_}\"", false),
    ("x=\"`printf '%s_' {{ v }}`\"; printf '%s' \"${x%_}\"", false),
    ("x=\"`printf '%s_' \"{{ v }}\"`\"; printf '%s' \"${x%_}\"", false),
    ("x=$(cat <<EOF\n`printf '%s_' {{ v }}`\nEOF\n); printf '%s' \"${x%_}\"", false),
    ("x=\"$(case a in a) printf '%s_' {{ v }};; esac)\"; printf '%s' \"${x%_}\"", false),
    ("printf '%s' $<v>", false),
    ("printf '%s' \\{{ v }}", false),
    ("printf '%s' $(( {{ v }} ))", false),
    ("[[ {{ v }} -gt 1 ]] && printf '%s' '{{ v }}'", false),
];

fn work(text: &str) -> CommandWork {
    let placeholders = text.find("<v>").map(|at| ("v".to_owned(), runbook::source::Span::new(at, at + 3)));
    CommandWork {
        text: text.to_owned(),
        placeholders: placeholders.into_iter().collect(),
        reading: Reading::Run,
        why: String::new(),
        effect: Effect::Read,
        effect_why: String::new(),
        interpreter: Interpreter::Shell,
        options: CommandOptions::default(),
        expects: Vec::new(),
        reads: Vec::new(),
        sets: Vec::new(),
        programs: Vec::new(),
        functions: Vec::new(),
        sample: None,
        verify: None,
    }
}

fn rendered(text: &str, value: &str) -> Option<String> {
    let variables = BTreeMap::from([("v".to_owned(), Some(value.to_owned()))]);
    let secrets = BTreeMap::new();
    let rendered = render::command(
        &work(text),
        &Scope { variables: &variables, secrets: &secrets, places: &render::NOWHERE, live: render::Live::NOTHING },
    )
    .ok()?;
    assert!(rendered.missing.is_empty());
    Some(rendered.text)
}

fn bash(script: &str, directory: &std::path::Path) -> String {
    let mut command = Command::new("bash");
    command
        .args(["--noprofile", "--norc", "-c", script])
        .current_dir(directory)
        .env("PATH", std::env::var("PATH").unwrap());
    String::from_utf8_lossy(&command.output().unwrap().stdout).into_owned()
}

fn check(value: &str) {
    let directory = tempfile::tempdir().unwrap();
    for (text, always) in PLACES {
        let Some(script) = rendered(text, value) else {
            assert!(!always || value.contains('\n'), "{text}: {value:?} was refused");
            continue;
        };
        let arithmetic = text.contains("$((") && text.contains("v }} ))") || text.contains("[[");
        let got = bash(&script, directory.path());
        let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{text}: {value:?} ran as code: {script}");
        let escaped = text.contains("\\{{") || text.contains("$<");
        if !arithmetic && !escaped {
            assert_eq!(got, value, "{text}: {script}");
        }
    }
}

#[test]
fn values_that_would_be_code_elsewhere() {
    for value in [
        "a b",
        "*",
        "~",
        "-rf",
        "it's",
        "\"",
        "\\",
        "'; touch pwned; '",
        "\"; touch pwned; \"",
        "x`; touch pwned; `",
        "$(touch pwned)",
        "`touch pwned`",
        "\\'; touch pwned; #",
        "\\x27; touch pwned; #",
        "a[$(touch pwned)]",
        "}; touch pwned; ${x",
        "}\"; touch pwned; \"",
        ") ; touch pwned; (",
        ";touch pwned;",
        "x\nEOF\ntouch pwned",
        "EOF",
        "a\ntouch pwned",
        "# x",
        "&& touch pwned",
        "$'\\x41'",
        "é ü 漢",
        "!!",
        "{a,b}",
        "\t x \t",
        "a\\",
        "a\\\nb",
        "\\\\\n\\\n",
    ] {
        check(value);
    }
}

#[test]
fn another_language_takes_plain_values_only() {
    let python = |value: &str| {
        let variables = BTreeMap::from([("v".to_owned(), Some(value.to_owned()))]);
        let secrets = BTreeMap::new();
        let work = CommandWork { interpreter: Interpreter::Program("python3".into()), ..work("print(\"{{ v }}\")") };
        render::command(
            &work,
            &Scope { variables: &variables, secrets: &secrets, places: &render::NOWHERE, live: render::Live::NOTHING },
        )
    };
    assert!(python("db1.example.com:3306").is_ok());
    assert!(python("\"+exit(1)+\"").is_err());
    assert!(python("a\nb").is_err());
}

/// Each case starts bash thirty times; `CASES=500` looks longer.
fn cases() -> u32 {
    std::env::var("CASES").ok().and_then(|c| c.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn any_value_is_handed_on_as_it_is(value in "[a-zA-Z0-9 '\"\\\\$`(){}\\[\\];&|<>*?!#~=,./\n\téEOF-]{1,24}") {
        check(&value);
    }
}
