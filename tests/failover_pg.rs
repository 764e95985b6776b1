//! The main job on PostgreSQL: a primary with its synchronous standby behind HAProxy, writers, `kill -9` of the primary, and
//! RB-011 from the Markdown file to the post-mortem. The script that does it ends with 0 only when what the scenario
//! promises has held: no acknowledged write lost, or, where commits wait for no standby, losses that the witness finds.
//!
//! Needs what `.ci/install` installs. Without a PostgreSQL server on the machine the tests fail: skipping would be claiming.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

#[path = "support/story.rs"]
mod story;

use story::{began, failover};

#[test]
fn a_killed_primary_is_replaced_and_no_acknowledged_write_is_lost() {
    let story = failover("postgres", "crash", 15160);
    let check = story.check();
    assert!(check["acknowledged"].as_u64().unwrap() > 0, "{check}");
    assert_eq!(check["lost"], 0, "{check}");
    let measured = story.measured();
    assert!(measured["rto_seconds"].as_f64().unwrap() > 0.0, "{measured}");
    assert_eq!((&measured["heartbeats_lost"], &measured["rpo_ms"]), (&0.into(), &0.into()), "{measured}");
    let journal = story.journal("RB-011");
    assert!(journal.contains("\"type\":\"pivot-passed\""));
    assert!(began(&journal, "promote") && began(&journal, "following") && began(&journal, "whole-cluster"));
    let post_mortem = std::fs::read_to_string(story.out.join("postmortem.md")).unwrap();
    assert!(post_mortem.contains("every acknowledged commit is on n2"), "{post_mortem}");
    story.over();
}

#[test]
fn an_old_primary_with_commits_of_its_own_is_rewound() {
    let story = failover("postgres", "diverged", 15170);
    let journal = story.journal("RB-011");
    assert!(began(&journal, "rewind"), "it was not rewound");
    assert!(!began(&journal, "backup"), "both ways were taken");
    assert!(journal.contains("rewind-go"), "nobody was asked");
    // What it held alone was kept before it was removed.
    let kept = std::fs::read_dir(story.out.join("evidence")).unwrap().next().unwrap().unwrap().path();
    let rows = std::fs::read_to_string(kept.join("app.writes.only-on-n1")).unwrap();
    assert!(rows.lines().count() > 0, "nothing in {}", kept.display());
    assert_eq!(story.check()["lost"], 0);
    story.over();
}

#[test]
fn of_two_standbys_the_one_that_received_the_most_is_promoted() {
    let story = failover("postgres", "two", 15180);
    let journal = story.journal("RB-011");
    assert!(journal.contains("\"candidate\":\"n3\""), "n2 was behind");
    assert!(began(&journal, "waited-for"), "whether commits hang was not looked at");
    assert_eq!(story.check()["lost"], 0);
    story.over();
}

#[test]
fn without_synchronous_commits_the_runbook_warns_and_the_witness_finds_what_is_lost() {
    let story = failover("postgres", "asynchronous", 15190);
    let lost = story.check()["lost"].as_u64().unwrap();
    assert!(lost > 0, "nothing was lost: the control shows nothing");
    let journal = story.journal("RB-011");
    let measured = story.measured();
    assert!(measured["heartbeats_lost"].as_u64().unwrap() > 0, "{measured}");
    assert_eq!(measured["heartbeats_lost"], measured["heartbeats_missing_in_table"], "{measured}");
    assert!(measured["rpo_ms"].as_u64().unwrap() > 0, "{measured}");
    assert!(journal.contains("WARNING, commits of app did not wait for a standby"), "no warning");
    assert!(journal.contains(&format!("\"lost\":\"{lost}\"")), "{lost} is not in the journal");
    story.over();
}

#[test]
fn a_no_at_the_gate_leads_back_to_the_old_primary() {
    let story = failover("postgres", "back", 15200);
    let journal = story.journal("RB-011");
    assert!(journal.contains("\"outcome\":\"rolled-back\"") && !journal.contains("\"type\":\"pivot-passed\""));
    assert!(!began(&journal, "promote"));
    assert_eq!(story.check()["lost"], 0);
    story.over();
}

#[test]
fn what_a_failover_manager_promotes_is_waited_for_and_not_promoted_again() {
    let story = failover("postgres", "automatic", 15210);
    let journal = story.journal("RB-011");
    assert!(began(&journal, "wait-for-manager") && !began(&journal, "promote"));
    assert!(began(&journal, "fence-before-start"), "the old primary was started unfenced");
    assert_eq!(story.check()["lost"], 0);
    story.over();
}
