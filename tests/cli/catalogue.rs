//! The table of a runbook library: from pages and recorded runs, and never older than either without saying so.

use crate::support::House;

const PAGE: &str = "---
id: RB-1
not-exercised: Nothing real | at all
---
# First

## Decision

**If it burns:**
- [ ] Water → [Validation](#validation)
- [ ] Sand → [Validation](#validation)

## Validation

1. Look.
   ```bash {#look effect=read}
   echo looked
   ```
";
const ANSWERS: &str = "operator: t\ndecisions: { \"*\": WAY }\nchecks: { \"*\": yes }\ncommands: { \"*\": run }\n";
const README: &str = "# Library\n\nBefore.\n\n<!-- runbook:catalogue -->\nold\n<!-- /runbook:catalogue -->\n\nAfter.\n";

fn library() -> House {
    let house = House::new();
    house.file("lib/a.md", PAGE);
    house.file("lib/a.fr.md", PAGE.replace("First", "Premier"));
    house.file("lib/maintenance/b.md", "---\nid: RB-M1\n---\n# Second\n\n## Procedure\n\n1. Look at it\n");
    house.file("lib/README.md", README);
    house
}

fn lead(house: &House, way: &str) {
    house.file("answers.yaml", ANSWERS.replace("WAY", way));
    house.runbook(["run", "lib/a.md", "--yes", "--answers", "answers.yaml"]).exits(0);
}

#[test]
fn a_recorded_run_stands_in_the_table_until_the_page_changes() {
    let house = library();
    house.runbook(["catalogue", "lib"]).exits(0).says("[RB-1](a.md) First ([fr](a.fr.md)) | never");
    lead(&house, "Water");
    house.runbook(["catalogue", "lib", "--record", "runs", "--write", "lib/README.md"]).exits(0);
    let readme = house.read("lib/README.md");
    assert!(readme.starts_with("# Library\n\nBefore.\n") && readme.ends_with("\n\nAfter.\n"), "{readme}");
    assert!(!readme.contains("old") && readme.contains("live: completed"), "{readme}");
    assert!(readme.contains("| 1 of 2 | Nothing real \\| at all |"), "{readme}");
    assert!(
        readme.contains("### maintenance/") && readme.contains("[RB-M1](maintenance/b.md) Second | never"),
        "{readme}"
    );
    house.runbook(["catalogue", "lib", "--check", "lib/README.md"]).exits(0);

    // Prose is no change; a command is one, and both the table and the check say so.
    house.file("lib/a.md", PAGE.replace("\n## Validation", "\nNobody reads this.\n\n## Validation"));
    house.runbook(["catalogue", "lib", "--check", "lib/README.md"]).exits(0);
    house.file("lib/a.md", PAGE.replace("echo looked", "echo looked twice"));
    house.runbook(["catalogue", "lib", "--check", "lib/README.md"]).exits(1).warns("--write lib/README.md");
    house.runbook(["catalogue", "lib", "--write", "lib/README.md"]).exits(0);
    let readme = house.read("lib/README.md");
    assert!(readme.contains("(the page has changed since) ") && readme.contains("| 0 of 2 |"), "{readme}");
    // The old run is no record of the new page.
    house.runbook(["catalogue", "lib", "--record", "runs"]).exits(0).warns("no page has the plan that it followed");
}

#[test]
fn ways_that_nobody_took_are_listed() {
    let house = library();
    lead(&house, "Water");
    house.runbook(["catalogue", "lib", "--record", "runs"]).exits(0);
    house
        .runbook(["catalogue", "lib", "--untaken"])
        .exits(1)
        .says("a.md: decision.if-it-burns: Sand")
        .never_says("Water");
    lead(&house, "Sand");
    house.runbook(["catalogue", "lib", "--record", "runs"]).exits(0).says("2 of 2");
    house.runbook(["catalogue", "lib", "--untaken"]).exits(0);
}

#[test]
fn what_cannot_be_read_is_told() {
    let house = library();
    house.runbook(["catalogue", "gone"]).exits(2).warns("no directory `gone`");
    house.runbook(["catalogue", "lib", "--check", "lib/a.md"]).exits(2).warns("has no place for the table");
    house.file("lib/records.jsonl", "{}\n");
    house.runbook(["catalogue", "lib"]).exits(2).warns("records.jsonl:1");
    house.file("lib/records.jsonl", "");
    house.file("lib/broken.md", "# B\n\n## Procedure\n\n1. Go\n   ```bash {efect=read}\n   true\n   ```\n");
    house
        .runbook(["catalogue", "lib"])
        .exits(2)
        .warns("`broken.md` cannot be run")
        .warns("runbook check lib/broken.md");
}

#[test]
fn a_page_in_two_languages_is_one_runbook() {
    let house = House::new();
    let page = |title: &str| {
        format!("---\nid: RB-1\ntested-every: 1 month\n---\n# {title}\n\n## Procedure\n\n1. Look at it\n")
    };
    house.file("runbooks/RB-1-first.md", page("First"));
    house.file("runbooks/RB-1-first.fr.md", page("Premier"));
    house.runbook(["plan", "RB-1"]).exits(0).says("RB-1-first.md").never_says("RB-1-first.fr.md");
    house.runbook(["plan", "rb-1.fr"]).exits(0).says("RB-1-first.fr.md");
    house.runbook(["plan", "RB-1-first"]).exits(0).says("RB-1-first.md");
    let due = house.runbook(["drills", "--format", "json"]).exits(0).out;
    assert_eq!(due.matches("\"RB-1\"").count(), 1, "{due}");
    // An id that only the front matter says.
    let drill = page("A drill").replace("RB-1", "\"DRILL-X\"   # of the catalogue");
    house.file("runbooks/drills/chaos.md", drill.clone());
    house.file("runbooks/drills/chaos.fr.md", drill);
    house.runbook(["plan", "drill-x"]).exits(0).says("chaos.md");
    house.runbook(["plan", "DRILL-X.fr"]).exits(0).says("chaos.fr.md");
    house.runbook(["plan", "DRILL-Y"]).exits(2).warns("did you mean `DRILL-X`?");
    // Two pages that are no translation of one another stay a question.
    house.file("runbooks/RB-1-second.md", page("Second"));
    house.runbook(["plan", "RB-1"]).exits(2).warns("may be any of");
}
