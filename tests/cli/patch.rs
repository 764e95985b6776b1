//! The change to the runbook that a post-mortem proposes: it applies, it is what the run did, and no secret gets into it.

use crate::support::House;
use crate::support::pty::Pty;

const PAGE: &str = "# T

## Procedure

1. Leave a mark. (1 s max)
   ```bash {#mark}
   sleep 1.5
   touch wrong
   ```

2. Log in.
   ```bash {#login}
   echo password=abc > login
   ```
";

/// Replaces each hunk's old lines by its new ones. The old lines must be there, once.
fn applied(text: &str, diff: &str) -> String {
    let mut out = text.to_owned();
    for hunk in diff.split("\n@@").skip(1) {
        let (mut old, mut new) = (String::new(), String::new());
        for line in hunk.lines().skip(1) {
            let (mark, rest) = line.split_at(1);
            if mark != "+" {
                old += &format!("{rest}\n");
            }
            if mark != "-" {
                new += &format!("{rest}\n");
            }
        }
        assert_eq!(out.matches(&old).count(), 1, "{old}\nis not in\n{out}");
        out = out.replace(&old, &new);
    }
    out
}

#[test]
fn the_proposed_change_applies_and_holds_no_secret() {
    let house = House::new();
    house.file("a.md", PAGE);
    // Both commands are edited: the first mends a name, the second brings a password along.
    let editor = [("EDITOR", "sed -i -e s/wrong/right/ -e s/abc/hunter2/")];
    let mut pty = Pty::start_with(house.path(), &["run", "a.md"], &editor);
    for number in ["1.1", "1.2"] {
        pty.expect("›");
        pty.line("e");
        // What was changed by hand needs more than a yes.
        pty.expect(&format!("type {number}"));
        pty.expect("›");
        pty.line(number);
    }
    assert_eq!(pty.wait(), 0, "{}", pty.seen());
    assert!(house.exists("right") && !house.exists("wrong"));

    house.runbook(["postmortem", "latest", "-o", "pm.md"]).exits(0);
    let report = house.read("pm.md");
    let diff = report.split("```diff\n").nth(1).unwrap_or_else(|| panic!("no change is proposed\n{report}"));
    let diff = diff.split("\n```").next().unwrap();
    let mended = applied(PAGE, diff);
    // One and a half seconds, rounded up to a time that people write.
    assert!(mended.contains("touch right") && mended.contains("(5 s max)"), "{mended}");
    assert_eq!(mended.lines().count(), PAGE.lines().count());
    assert!(mended.contains("echo password=abc"), "left to people\n{mended}");
    assert!(!diff.contains("hunter2"), "{diff}");
    let page = house.runbook(["postmortem", "latest", "--format", "html"]).exits(0).out;
    let proposed = page.split("<pre>").nth(1).unwrap().split("</pre>").next().unwrap();
    assert!(proposed.contains("touch right") && !proposed.contains("hunter2"), "{proposed}");
    // What is proposed is a runbook that does it by itself.
    house.file("a.md", &mended);
    std::fs::remove_file(house.path().join("right")).unwrap();
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert!(house.exists("right"));
    let again = house.runbook(["postmortem", "latest"]).exits(0).out;
    assert!(!again.contains("```diff"), "nothing is left to propose\n{again}");
}
