//! Groups of hosts: one after the other, several at a time, and what one's failure means for the others.

use super::sshd::Sshd;
use super::support::journal::{at, events};
use super::{house, page, run};

#[test]
fn each_member_has_its_own_output_and_captures() {
    let server = Sshd::start();
    let house = house(&server);
    // Each can be told by its client's number only: a file counts.
    let dir = house.path().display();
    let text = page(&[
        ("bash {#who on=all capture=n}", &format!("echo x >> {dir}/count; wc -l < {dir}/count; echo beside >&2")),
        ("bash {#use expect=\"n_one == 1 and n_two == 2 and n_three == 3\"}", "true"),
        ("bash {#status on=both expect=\"exit == 3\"}", &format!("echo x >> {dir}/tried; exit 3")),
        (
            "bash {#beside on=both expect=\"stderr == stdout\"}",
            &format!("echo x >> {dir}/beside; wc -l < {dir}/beside | tee /dev/stderr"),
        ),
    ]);
    let ran = run(&house, &text, &[]).exits(0);
    ran.says("one: 1").says("two: 2").says("three: 3").says("two: beside");
    assert_eq!(house.read("tried"), "x\nx\n", "a status that the page judges stops nobody");
}

#[test]
fn one_after_the_other_the_first_failure_leaves_the_rest_alone() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let text = page(&[("bash {#try on=all}", &format!("echo x >> {dir}/tried; [ \"$(wc -l < {dir}/tried)\" != 2 ]"))]);
    let ran = run(&house, &text, &[]).exits(5);
    ran.says("two: exit status 1").says("done on one").says("not tried on three");
    assert_eq!(house.read("tried"), "x\nx\n");
    // Tried again, it is not done again where it is done.
    house.file("answers.yaml", "on_failure: { try: retry }\ncommands: { \"*\": run }\n");
    let run_id = house.run_id();
    house.runbook(["resume", &run_id, "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(house.read("tried"), "x\nx\nx\nx\n");
}

#[test]
fn an_unreachable_host_fails_only_itself() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    let fence = format!("echo x >> {dir}/tried");
    let text = page(&[("bash {#try on=some failures=continue}", fence.as_str())]);
    let ran = run(&house, &text, &[]).exits(5);
    ran.says("gone: nothing was run").says("Connection refused").says("done on one, two");
    assert_eq!(house.read("tried"), "x\nx\n");
    let found = house.events();
    assert_eq!(at(&found, "step-failed", "try")[0]["done_on"], serde_json::json!(["one", "two"]));
    let text = page(&[("bash {#try on=some}", fence.as_str())]);
    run(&house, &text, &["--runs-dir", "other"]).exits(5).says("done on one; not tried on two");
    assert_eq!(house.read("tried"), "x\nx\nx\n");
}

#[test]
fn several_at_a_time_are_at_work_at_the_same_time() {
    let server = Sshd::start();
    let house = house(&server);
    let dir = house.path().display();
    // Each waits until another is there: one after the other they would wait for ever.
    let meet = format!(
        "echo x >> {dir}/NAME\nfor i in {{1..100}}; do [ \"$(wc -l < {dir}/NAME)\" -ge 2 ] && exit 0; sleep 0.05; done; exit 1"
    );
    let (together, alone) = (meet.replace("NAME", "together"), meet.replace("NAME", "alone"));
    let text = page(&[("bash {#a on=both parallel=2}", &together), ("bash {#b on=both}", &alone)]);
    run(&house, &text, &[]).exits(5).says("one: exit status 1");
    let found = events(&house.run_dir());
    assert_eq!(at(&found, "step-succeeded", "a").len(), 1);
    assert_eq!(house.read("alone"), "x\n");
}
