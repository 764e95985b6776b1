//! The main job, on real servers: three MariaDB servers behind HAProxy, writers, `kill -9` of the primary, and RB-001 from the
//! Markdown file to the post-mortem. The script that does it is the one behind `make demo`; it ends with 0 only when no
//! acknowledged write was lost, the new primary takes writes, and the journal verifies.
//!
//! Needs what `.ci/install` installs. Without a MariaDB server on the machine the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "support/story.rs"]
mod story;

use story::{began, failover};

#[test]
fn a_killed_primary_is_replaced_and_no_acknowledged_write_is_lost() {
    let story = failover("mariadb", "crash", 23160);
    let check = story.check();
    assert!(check["acknowledged"].as_u64().unwrap() > 0, "{check}");
    assert_eq!(check["lost"], 0, "{check}");
    let measured = story.measured();
    assert!(measured["rto_seconds"].as_f64().unwrap() > 0.0, "{measured}");
    assert_eq!((&measured["heartbeats_lost"], &measured["rpo_ms"]), (&0.into(), &0.into()), "{measured}");
    let post_mortem = std::fs::read_to_string(story.out.join("postmortem.md")).unwrap();
    // Every time in the post-mortem's timeline is a time of the journal.
    let journal = story.journal("RB-001");
    let times: Vec<String> = journal
        .lines()
        .map(|l| serde_json::from_str::<serde_json::Value>(l).unwrap()["at"].as_str().unwrap()[11..19].to_owned())
        .collect();
    let timed = |l: &&str| {
        let time = l.get(2..11).unwrap_or_default().as_bytes();
        l.starts_with("| ")
            && time.len() == 9
            && time[2] == b':'
            && time[5] == b':'
            && time[8] == b' '
            && l.contains("[#")
    };
    let rows: Vec<&str> = post_mortem.lines().filter(timed).collect();
    assert!(rows.len() > 20, "{} rows\n{post_mortem}", rows.len());
    for row in rows {
        let time = row[2..10].to_owned();
        let declared = row.contains("Incident began");
        assert!(declared || times.contains(&time), "{row}");
    }
    assert!(journal.contains("\"type\":\"pivot-passed\""));
    assert!(post_mortem.contains("to fill in"), "what only people know is left to them");
    story.over();
}

#[test]
fn an_old_primary_with_writes_of_its_own_is_rebuilt() {
    let story = failover("mariadb", "diverged", 23170);
    let journal = story.journal("RB-001");
    assert!(began(&journal, "backup"), "the rebuild was not taken");
    assert!(!began(&journal, "rejoin-in-place"), "both ways were taken");
    assert_eq!(story.check()["lost"], 0);
    story.over();
}
