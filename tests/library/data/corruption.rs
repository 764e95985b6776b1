//! Recovery from corruption, and the way back from a verdict that was wrong.

use super::{Load, automated, automation, backup, clock, lab, sql, until};
use crate::lab::page;
use std::fs;
use std::time::Duration;

/// A statement without its WHERE and a DELETE, in the middle of an acknowledged write load; RB-002; what is there afterwards.
fn corruption(base: u16, target: &str) {
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    sql(
        &lab,
        "n1",
        "CREATE TABLE app.accounts (id INT PRIMARY KEY, balance INT NOT NULL); INSERT INTO app.accounts VALUES (1, 100), (2, 100), (3, 100);
         CREATE TABLE app.notes (id INT AUTO_INCREMENT PRIMARY KEY, t TEXT)",
    );
    let (status, said) = backup(&lab, "n1", &[]);
    assert_eq!(status, Some(0), "{said}");
    // Behind the backup, and in or before the chosen second.
    sql(
        &lab,
        "n1",
        "UPDATE app.accounts SET balance = balance - 10 WHERE id = 1; INSERT INTO app.notes (t) VALUES ('before')",
    );
    load.goes_on();
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let zeroed = sql(&lab, "n1", "UPDATE app.writes SET writer = 0; SELECT @@last_gtid");
    load.goes_on();
    let deleted = sql(&lab, "n1", "DELETE FROM app.writes WHERE id % 2 = 0; SELECT @@last_gtid");
    let emptied = sql(&lab, "n1", "UPDATE app.accounts SET balance = 0; SELECT @@last_gtid");
    // Beyond them: one that builds on corrupted rows, and two that do not.
    let builds = sql(&lab, "n1", "UPDATE app.accounts SET balance = balance + 5 WHERE id = 2; SELECT @@last_gtid");
    sql(&lab, "n1", "INSERT INTO app.notes (t) VALUES ('beyond'); INSERT INTO app.accounts VALUES (4, 10)");
    load.goes_on();
    let wrong = clock(&lab);

    let vars = [
        format!("corrupting={zeroed} {deleted} {emptied}"),
        format!("stop_at={good}"),
        format!("suspect_since={good}"),
        format!("suspect_until={wrong}"),
        format!("target={target}"),
        format!("automation={}", automation()),
        "invariant_query=SELECT SUM(balance) BETWEEN 290 AND 300 AS ok FROM app.accounts".to_owned(),
        format!("witness_command={}", load.witness()),
    ];
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let ran = lab.lead("incidents/RB-002-data-corruption.md", &page("labs/rb-002.answers.yaml"), &more).exits(0);
    for needed in [&zeroed, &deleted, &emptied] {
        assert!(ran.out.contains(needed), "{needed} is not among the suspects");
    }

    // Writers are back, and everything that was acknowledged before, in between and after is there, with its writer.
    load.goes_on();
    let node = if target == "spare" { "n4" } else { "n1" };
    assert_eq!(sql(&lab, node, "SELECT COUNT(*) FROM app.writes WHERE writer <> id DIV 1000000000"), "0");
    assert_eq!(sql(&lab, node, "SELECT id, balance FROM app.accounts ORDER BY id"), "1 90\n2 100\n3 100\n4 10");
    assert_eq!(sql(&lab, node, "SELECT GROUP_CONCAT(t ORDER BY id) FROM app.notes"), "before,beyond");
    assert_eq!(sql(&lab, node, "SELECT @@read_only"), "0");
    let plan = fs::read_to_string(lab.dir.join("evidence/plan.txt")).unwrap();
    let depends: Vec<&str> = plan.lines().filter(|l| l.contains("DEPENDS")).collect();
    assert!(
        depends.len() == 1 && depends[0].contains(&builds),
        "{builds} builds on a corrupted row, and nothing else: {plan}"
    );
    // The evidence: the corrupted data, and the logs that hold the corruption.
    let (status, said) =
        automated("backup.sh", &["list", "--to", &lab.dir.join("evidence/corrupted").display().to_string()]);
    assert!(status == Some(0) && said.starts_with("good "), "{said}");
    if target == "spare" {
        assert_eq!(sql(&lab, "n1", "SELECT @@read_only, (SELECT MAX(balance) FROM app.accounts)"), "1 10");
    } else {
        assert!(lab.shell("ls n1").contains("data.corrupted-"));
    }
    // No replica goes on with corrupted rows.
    for replica in ["n2", "n3"] {
        assert_eq!(sql(&lab, replica, "SHOW SLAVE STATUS"), "", "{replica} still follows");
    }
    load.goes_on();
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 200 && lost == 0, "{lost} of {acknowledged} lost");
    lab.record();
}

#[test]
fn corrupted_data_come_back_on_the_temporary_server_without_the_corrupting_statements() {
    corruption(24100, "spare");
}

#[test]
fn corrupted_data_come_back_on_the_original_server() {
    corruption(24105, "original");
}

/// When it is noticed that a verdict was wrong.
#[derive(Clone, Copy, PartialEq)]
enum Noticed {
    AtTheGate,
    /// The replicas were detached already.
    Detached,
    /// The original was stopped to get its data back, and nothing was moved yet.
    Stopped,
}

/// The verdict was wrong, and the way back opens the original again, as it was.
fn corruption_that_was_none(base: u16, noticed: Noticed) {
    let lab = lab(base, &[]);
    let mut load = Load::on(&lab, base);
    let (status, said) = backup(&lab, "n1", &[]);
    assert_eq!(status, Some(0), "{said}");
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let suspect = sql(
        &lab,
        "n1",
        "UPDATE app.writes SET at = at WHERE id = 1; DELETE FROM app.writes WHERE id = 1; SELECT @@last_gtid",
    );
    let vars = [
        format!("corrupting={suspect}"),
        format!("stop_at={good}"),
        format!("suspect_since={good}"),
        format!("suspect_until={}", clock(&lab)),
        format!("target={}", if noticed == Noticed::Stopped { "original" } else { "spare" }),
        format!("automation={}", automation()),
        // It stops, and says the first time that it did not.
        format!(
            "stop_command={0}/bin/node stop n1 && if mkdir {0}/once 2> /dev/null; then exit 1; fi",
            lab.dir.display()
        ),
    ];
    let mut answers = fs::read_to_string(page("labs/rb-002.answers.yaml")).unwrap();
    if noticed != Noticed::Stopped {
        answers = answers.replace("go-no-go: yes", "go-no-go: no");
    }
    let answers = lab.house.file("no.yaml", answers).display().to_string();
    let more: Vec<&str> = vars.iter().flat_map(|v| ["--var", v]).chain(["--mode", "simulation"]).collect();
    let ran = lab.lead("incidents/RB-002-data-corruption.md", &answers, &more);
    assert!(!ran.status.success());
    if noticed == Noticed::Stopped {
        assert!(lab.dir.join("once").exists() && !lab.shell("ls n1").contains("data.corrupted-"));
    } else {
        assert_eq!(sql(&lab, "n1", "SELECT @@read_only"), "1", "stopped, and nothing else");
    }
    let before = load.acknowledged();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(load.acknowledged(), before, "applications still write");

    if noticed == Noticed::Detached {
        for replica in ["n2", "n3"] {
            sql(&lab, replica, "STOP SLAVE; RESET SLAVE ALL");
        }
    }
    let run = lab.house.run_dirs()[0].file_name().unwrap().to_string_lossy().into_owned();
    let back = ["rollback", &run, "--yes", "--answers", &answers];
    lab.house.call(back).within(Duration::from_secs(120)).run().exits(6);
    load.goes_on();
    for replica in ["n2", "n3"] {
        if noticed == Noticed::Detached {
            assert_eq!(sql(&lab, replica, "SHOW SLAVE STATUS"), "", "{replica} follows with nobody's decision");
            continue;
        }
        let reached = sql(&lab, "n1", "SELECT @@gtid_binlog_pos");
        assert_eq!(sql(&lab, replica, &format!("SELECT MASTER_GTID_WAIT('{reached}', 30)")), "0", "{replica}");
    }
    assert!(noticed == Noticed::Stopped || !lab.dir.join("n4/data").exists(), "nothing was restored");
    assert!(!lab.dir.join("n1/data.restored").exists(), "the copy stays");
    let (acknowledged, lost) = load.verdict();
    assert!(acknowledged > 50 && lost == 0, "{lost} of {acknowledged} lost");
}

#[test]
fn a_corruption_that_was_none_goes_back_and_loses_nothing() {
    corruption_that_was_none(24160, Noticed::AtTheGate);
}

#[test]
fn a_corruption_that_was_none_goes_back_without_the_replicas_that_were_detached() {
    corruption_that_was_none(24165, Noticed::Detached);
}

#[test]
fn an_original_that_was_stopped_for_a_swap_that_failed_is_started_again() {
    corruption_that_was_none(24180, Noticed::Stopped);
}

#[test]
fn the_plan_of_a_replay_refuses_what_would_lose_something() {
    let lab = lab(24170, &[]);
    let gtid = |statement: &str| sql(&lab, "n1", &format!("{statement}; SELECT @@last_gtid"));
    sql(&lab, "n1", "CREATE TABLE app.k (id INT PRIMARY KEY, v INT); CREATE TABLE app.bare (v INT, w INT)");
    let start = gtid("INSERT INTO app.k VALUES (1, 1), (2, 2), (3, 3)");
    gtid("INSERT INTO app.bare VALUES (1, 1), (2, 2)");
    sql(&lab, "n1", "FLUSH BINARY LOGS");
    let early = gtid("INSERT INTO app.k VALUES (4, 4)");
    let good = clock(&lab);
    until("the next second", Duration::from_secs(5), || clock(&lab) != good);
    let wrong = gtid("UPDATE app.k SET v = 0 WHERE id < 3");
    let bare = gtid("UPDATE app.bare SET w = 9 WHERE v = 1");
    sql(&lab, "n1", "FLUSH BINARY LOGS");
    let by_key = gtid("UPDATE app.k SET v = v + 1 WHERE id = 2");
    let again = gtid("UPDATE app.k SET v = 5 WHERE id = 2");
    let by_row = gtid("UPDATE app.bare SET v = 8 WHERE w = 9");
    let free = gtid("UPDATE app.k SET v = 7 WHERE id = 3");
    lab.shell("mkdir logs && cp n1/data/binlog.0* logs/ && printf 'app\\tk\\t1\\n' > keys");
    let logs = lab.dir.join("logs").display().to_string();
    let (keys, file) = (lab.dir.join("keys").display().to_string(), lab.dir.join("plan.json").display().to_string());
    let plan = |after: &str, stop: &str, out: &str, more: &[&str]| {
        let mut args = vec!["plan", "--logs", &logs, "--after", after, "--stop-at", stop, "--leave-out", out];
        args.extend(["--keys", &keys, "--plan", &file]);
        args.extend_from_slice(more);
        automated("binlog_plan.py", &args)
    };
    let both = format!("{wrong} {bare}");
    let gtids = |part: &str| -> Vec<String> {
        let plan: serde_json::Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        plan[part].as_array().unwrap().iter().map(|one| one["gtid"].as_str().unwrap().to_owned()).collect()
    };
    let (status, said) = plan(&start, &good, &both, &[]);
    assert_eq!(status, Some(0), "{said}");
    assert!(gtids("first").contains(&early), "{said}");
    // What builds on it by key, what builds on that, and what builds on a row without a key; and nothing else.
    assert_eq!(gtids("dependents"), [by_key.clone(), again, by_row], "{said}");
    assert_eq!(gtids("second"), [free], "{said}");
    let (status, said) = plan(&start, &good, &both, &["--dependents", "replay"]);
    assert!(status == Some(0) && gtids("second").contains(&by_key) && said.contains("REPLAYED"), "{said}");
    let (status, said) = plan(&start, &good, &both, &["--beyond", "nothing"]);
    assert!(status == Some(0) && gtids("second").is_empty() && gtids("left_out").len() == 6, "{said}");

    let refused =
        |(status, said): (Option<i32>, String), why: &str| assert!(status == Some(1) && said.contains(why), "{said}");
    refused(plan("0-101-99999", &good, &both, &[]), "which these logs do not hold");
    refused(plan(&start, &good, "0-101-99999", &[]), "not behind the backup");
    refused(plan(&start, &clock(&lab), &both, &[]), "choose an earlier second");
    refused(plan(&start, "yesterday", &both, &[]), "is not a time");
    lab.shell("mv logs/binlog.000002 .");
    refused(plan(&start, &good, &both, &[]), "is missing between");
    lab.shell("mv binlog.000002 logs/ && mv logs/binlog.000001 .");
    refused(plan("0-101-1", &good, &both, &[]), "begin later");
    lab.shell("mv binlog.000001 logs/ && truncate -s -20 logs/binlog.000003");
    refused(plan(&start, &good, &both, &[]), "in the middle of an event");

    // The torn one is cut only while nobody holds it, and a copy is kept.
    let torn = lab.dir.join("logs/binlog.000003").display().to_string();
    let keep = lab.dir.join("kept").display().to_string();
    let held = fs::File::open(&torn).unwrap();
    refused(
        automated("binlog_plan.py", &["torn", "--log", &torn, "--cut", "--keep", &keep]),
        "open: is the server down?",
    );
    drop(held);
    let size = fs::metadata(&torn).unwrap().len();
    let (status, said) = automated("binlog_plan.py", &["torn", "--log", &torn, "--cut", "--keep", &keep]);
    assert!(status == Some(0) && said.contains("torn\ncut"), "{said}");
    assert_eq!(fs::metadata(&keep).unwrap().len(), size);
    // The whole transaction went, not only what was cut off of it.
    let (status, said) = plan(&start, &good, &both, &[]);
    assert!(status == Some(0) && gtids("second").is_empty() && gtids("dependents").len() == 3, "{said}");

    // What was logged as a statement does not say what it changed: somebody has to.
    let emptied = gtid("TRUNCATE app.bare");
    lab.shell("rm -f logs/* && cp n1/data/binlog.0* logs/");
    refused(plan(&start, &good, &emptied, &[]), "which tables it changed");
    refused(plan(&start, &good, &emptied, &["--touched", "bare"]), "is not schema.table");
    let (status, said) = plan(&start, &good, &emptied, &["--touched", "app.bare"]);
    assert!(status == Some(0) && said.contains("left out: `app`.`bare`"), "{said}");
    // A log that holds more than the plan is not what was planned.
    let (status, said) = automated("binlog_plan.py", &["check", "--plan", &file, "--logs", &logs]);
    assert!(status == Some(1) && said.contains(&format!("that were to be left out ({emptied})")), "{said}");
    assert!(!said.contains(" 0 that are in no plan"), "{said}");
}
