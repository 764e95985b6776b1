//! Runbook files that are not what they should be: the right exit code, a place, and nothing begun.

use crate::PLAIN;
use crate::support::House;
use serde_json::json;
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// Runs `text` and is refused.
#[track_caller]
fn refused(text: impl AsRef<[u8]>, code: i32, words: &[&str]) {
    let house = House::new();
    house.file("a.md", text);
    let mut ran = house.runbook(["run", "a.md", "--yes"]).exits(code);
    for word in words {
        ran = ran.warns(word);
    }
    house.has_no_run();
    assert!(!house.exists("trace"), "something ran");
}

#[test]
fn a_file_that_is_not_utf_8_is_refused_with_the_place() {
    let mut bytes = b"# Title\n\n## Procedure\n\n1. Caf".to_vec();
    bytes.extend(b"\xe9 au lait\n   ```bash\n   echo trace >> trace\n   ```\n");
    refused(&bytes, 3, &["a.md", "utf-8", "line 5, column 7"]);
    let house = House::new();
    house.file("a.md", &bytes);
    house.runbook(["check", "a.md"]).exits(3).says("line 5, column 7").says("a.md");
    house.runbook(["plan", "a.md"]).exits(3).warns("line 5, column 7");
}

/// How else would one see what the missing page is needed for?
#[test]
fn a_page_that_calls_one_which_is_not_there_is_shown_and_refused() {
    let page =
        "# Title\n\n## Procedure\n\n1. Follow [it](gone.md)\n\n```bash\n# what it leaves\necho trace >> trace\n```\n";
    refused(page.as_bytes(), 3, &["missing-file", "gone.md"]);
    let house = House::new();
    house.file("a.md", page);
    house.runbook(["plan", "a.md"]).exits(3).says("Follow it").warns("missing-file");
    let plan = house.runbook(["plan", "a.md", "--format", "json"]).exits(3).json();
    let command = &plan["steps"][0]["commands"][0];
    assert_eq!(
        (command["text"].as_str(), &command["comments"]),
        (Some("echo trace >> trace"), &json!(["what it leaves"]))
    );
}

#[test]
fn a_byte_order_mark_changes_nothing() {
    let house = House::new();
    house.file("a.md", format!("\u{feff}{PLAIN}"));
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert_eq!(house.read("trace"), "trace\n");
    assert_eq!(house.events()[0]["runbook"], "T-1", "the front matter was not read");
}

#[test]
fn windows_line_endings_change_nothing() {
    let house = House::new();
    house.file("a.md", PLAIN.replace('\n', "\r\n"));
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    assert_eq!(house.read("trace"), "trace\n", "a carriage return reached the shell");
    assert_eq!(house.events()[0]["runbook"], "T-1");
}

#[test]
fn an_unclosed_fence_is_an_error_at_its_line() {
    let text = "# T\n\n## Procedure\n\n1. Leave a trace.\n   ```bash\n   echo trace >> trace\n\n2. And more.\n";
    refused(text, 3, &["a.md:6:", "fence"]);
}

#[test]
fn ten_megabytes_are_read_in_bounded_time() {
    let mut text = PLAIN.to_owned();
    let paragraph = "Words that nobody needs, and `code`, and [links](#procedure), and <marks>, one after another.\n\n";
    text.push_str("\n## References\n\n");
    while text.len() < 10 << 20 {
        text.push_str(paragraph);
    }
    let house = House::new();
    house.file("a.md", text);
    house.call(["run", "a.md", "--yes"]).within(Duration::from_secs(100)).run().exits(0);
    assert_eq!(house.read("trace"), "trace\n");
}

#[test]
fn ten_megabytes_in_one_line_are_read_in_bounded_time() {
    for piece in ["x", "*", "[", "`", "<a", "{{ ", "# ", "> ", "| "] {
        let house = House::new();
        house.file("a.md", format!("{PLAIN}\n## References\n\n{}\n", piece.repeat((1 << 20) / piece.len())));
        house.call(["check", "-q", "a.md"]).within(Duration::from_secs(60)).run().does_not_panic();
    }
}

#[test]
fn a_directory_is_not_a_runbook() {
    let house = House::new();
    house.file("d/a.md", PLAIN);
    house.runbook(["run", "d", "--yes"]).exits(2).warns("`d` is a directory");
    house.has_no_run();
}

#[test]
fn a_missing_file_is_wrong_usage() {
    let house = House::new();
    house.runbook(["run", "gone.md", "--yes"]).exits(2).warns("gone.md");
    house.runbook(["check", "gone.md"]).exits(2).warns("gone.md");
    house.runbook(["plan", "gone.md"]).exits(2).warns("gone.md");
    house.has_no_run();
}

#[test]
fn a_file_that_may_not_be_read_is_wrong_usage() {
    let house = House::new();
    let path = house.file("a.md", PLAIN);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    house.runbook(["run", "a.md", "--yes"]).exits(2).warns("a.md");
    house.has_no_run();
}

#[test]
fn an_id_is_looked_up_and_a_wrong_one_gets_a_suggestion() {
    let house = House::new();
    house.file("runbooks/deep/RB-001-master-failover.md", PLAIN);
    house.runbook(["run", "RB-001", "--dry-run"]).exits(0);
    house.runbook(["plan", "rb-001"]).exits(0);
    let house = House::new();
    house.file("runbooks/deep/RB-001-master-failover.md", PLAIN);
    house.runbook(["run", "RB-01", "--yes"]).exits(2).warns("no runbook `RB-01`").warns("did you mean `RB-001`?");
    house.has_no_run();
}

#[test]
fn an_id_that_fits_two_files_is_not_guessed() {
    let house = House::new();
    house.file("runbooks/RB-001-a.md", PLAIN);
    house.file("runbooks/RB-001-b.md", PLAIN);
    house.runbook(["run", "RB-001", "--yes"]).exits(2).warns("RB-001-a.md").warns("RB-001-b.md");
    house.has_no_run();
}

#[test]
fn an_empty_file_has_nothing_to_run() {
    for text in ["", "\n\n", "# A title alone\n", "---\nid: X\n---\n"] {
        refused(text, 2, &["no step to run"]);
    }
}

#[test]
fn a_jump_finds_a_heading_by_its_words_and_by_the_id_that_it_was_given() {
    for link in ["the-last-part", "end"] {
        let house = House::new();
        let page = "# T\n\n## Steps\n\n1. Go on → [there](#LINK)\n2. Never.\n   ```bash\n   touch never\n   ```\n\n\
                    ## The last part {#end}\n\nSteps:\n\n- [ ] Do it.\n   ```bash\n   touch done\n   ```\n";
        house.file("a.md", page.replace("LINK", link));
        house.runbook(["run", "a.md", "--yes"]).exits(0);
        assert!(house.exists("done") && !house.exists("never"), "{link}");
    }
}

#[test]
fn a_jump_to_nowhere_is_an_error_at_its_place() {
    let text = "# T\n\n## Procedure\n\n1. Leave a trace.\n   ```bash\n   echo trace >> trace\n   ```\n\n\
        ## Decision\n\n**If it is bad:**\n- [ ] Go on → [Nowhere](#nowhere)\n- [ ] Stay → [Procedure](#procedure)\n";
    refused(text, 3, &["a.md:13:", "nowhere"]);
}

#[test]
fn a_loop_without_a_way_out_is_an_error() {
    let text = "# T\n\n## First\n\n1. Go on with [Second](#second).\n\n## Second\n\n1. Go back to [First](#first).\n";
    let house = House::new();
    house.file("a.md", text);
    let ran = house.call(["run", "a.md", "--yes"]).within(Duration::from_secs(20)).run().does_not_panic();
    if ran.status.code() == Some(3) {
        house.has_no_run();
    } else {
        // Not read as jumps: then it must not go round either, and end or wait.
        assert!(matches!(ran.status.code(), Some(0 | 5)), "{:?}\n{}{}", ran.status, ran.out, ran.err);
    }
}

#[test]
fn two_steps_of_one_id_are_an_error_that_names_both_places() {
    let text = "# T\n\n## Procedure\n\n1. One.\n   ```bash {#same}\n   echo trace >> trace\n   ```\n\
        2. Two.\n   ```bash {#same}\n   echo trace >> trace\n   ```\n";
    refused(text, 3, &["same", "a.md:10:"]);
}

#[test]
fn an_attribute_that_nobody_knows_is_an_error_at_its_column() {
    let text = "# T\n\n## Procedure\n\n1. One.\n   ```bash {#one efect=read}\n   echo trace >> trace\n   ```\n";
    refused(text, 3, &["a.md:6:", "efect", "did you mean `effect`"]);
}

#[test]
fn an_expression_that_does_not_parse_is_an_error_at_its_place() {
    let text = "# T\n\n## Procedure\n\n1. One.\n   ```bash {#one when=\"a ==\"}\n   echo trace >> trace\n   ```\n";
    refused(text, 3, &["a.md:6:"]);
}

#[test]
fn every_error_of_a_file_is_told_at_once() {
    let mut text = "# T\n\n## Procedure\n\n".to_owned();
    for n in 1..=3 {
        writeln!(text, "{n}. One.\n   ```bash {{#s{n} efect=read}}\n   true\n   ```").unwrap();
    }
    refused(text, 3, &["a.md:6:", "a.md:10:", "a.md:14:", "3 errors; nothing was run"]);
}

#[test]
fn the_runbook_is_never_written_to() {
    let house = House::new();
    let text = format!("{PLAIN}3. [x] Ticked in the template.\n");
    house.file("a.md", &text);
    house.file("answers.yaml", "checks: { '*': yes }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(house.read("a.md"), text);
}
