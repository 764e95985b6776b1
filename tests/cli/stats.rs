//! Figures over many runs.

use crate::PLAIN;
use crate::history::Past;
use crate::support::House;
use runbook::engine::event::{Mode, Outcome};
use serde_json::{Value, json};
use std::fs;

pub fn stats(house: &House, more: &[&str]) -> Value {
    let mut args = vec!["stats", "--format", "json"];
    args.extend(more);
    house.runbook(args).exits(0).json()
}

/// Three incidents, three drills, a tabletop, over two months.
pub fn year() -> House {
    let house = House::new();
    let runs = house.runs();
    Past::incident("2026-03-01-a", "RB-001", "2026-03-01T00:00:00Z")
        .step(10, "promote", 20, 10)
        .measured(200, "writes", Some(120_000))
        .ends(240, Outcome::Completed)
        .write(&runs);
    Past::incident("2026-03-11-b", "RB-001", "2026-03-11T00:00:00Z")
        .with(|head| {
            head.incident_start = Some("2026-03-10T23:58:00Z".into());
            head.severity = Some("P1 - HIGH".into());
        })
        .step(10, "promote", 40, 20)
        .said(500, "RTO measured", "8 min")
        .ends(480, Outcome::Completed)
        .write(&runs);
    Past::incident("2026-04-30-c", "RB-002", "2026-04-30T00:00:00Z").ends(60, Outcome::Failed).write(&runs);
    Past::incident("2026-04-30-d", "RB-002", "2026-04-30T12:00:00Z")
        .with(|head| head.severity = Some("P3".into()))
        .ends(60, Outcome::Completed)
        .write(&runs);
    Past::drill("2026-04-01-e", "RB-001", "2026-04-01T00:00:00Z", Mode::Simulation)
        .against(false)
        .step(0, "promote", 0, 100)
        .measured(90, "writes", Some(60_000))
        .measured(95, "reads", Some(90_000))
        .ends(100, Outcome::Completed)
        .write(&runs);
    Past::drill("2026-04-02-f", "RB-001", "2026-04-02T00:00:00Z", Mode::Walkthrough)
        .ends(9, Outcome::Failed)
        .write(&runs);
    Past::drill("2026-04-03-g", "RB-001", "2026-04-03T00:00:00Z", Mode::Simulation).write(&runs);
    Past::drill("2026-04-04-h", "RB-001", "2026-04-04T00:00:00Z", Mode::Tabletop)
        .said(5, "RTO measured", "1 min")
        .ends(9, Outcome::Completed)
        .write(&runs);
    house
}

#[test]
fn the_four_figures_are_computed_from_the_runs() {
    let house = year();
    let all = stats(&house, &[]);
    let total = &all["total"];
    assert_eq!(total["runs"], 8);
    assert_eq!((&total["tabletops"], &total["minor_incidents"], &total["others"]), (&json!(1), &json!(1), &json!(0)));
    let incidents = &total["incidents"];
    assert_eq!((&incidents["count"], &incidents["unresolved"]), (&json!(3), &json!(1)));
    // From March 1, 00:00, by March 10, 23:58, to April 30, 00:00: 60 days for two gaps.
    assert_eq!(incidents["mtbf_hours"], 720.0);
    // 4 minutes, and 10 from the declared beginning.
    assert_eq!(incidents["mttr"], json!({"mean_minutes": 7.0, "best_minutes": 4.0, "worst_minutes": 10.0}));
    let rto = &incidents["rto"];
    assert_eq!(*rto, json!({"measured": 1, "said": 1, "unknown": 1, "judged": 2, "met": 1, "rate": 50.0}));
    let tests = &total["tests"];
    assert_eq!((&tests["count"], &tests["open"], &tests["succeeded"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!(tests["success_rate"], 50.0);
    // The walkthrough recovers from nothing; the drill that did not end is unknown.
    assert_eq!(tests["rto"], json!({"measured": 1, "said": 0, "unknown": 1, "judged": 1, "met": 1, "rate": 100.0}));
    let months = all["months"].as_array().unwrap();
    let names: Vec<&str> = months.iter().map(|month| month["month"].as_str().unwrap()).collect();
    assert_eq!(names, ["2026-04", "2026-03"], "newest first");
    // As the query has it: 30 days by the number of incidents.
    assert_eq!(
        (&months[0]["incidents"]["mtbf_hours"], &months[1]["incidents"]["mtbf_hours"]),
        (&json!(720.0), &json!(360.0))
    );
    assert_eq!(months[0]["incidents"]["mttr"], Value::Null);
    let ids: Vec<&str> = all["runbooks"].as_array().unwrap().iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["RB-001", "RB-002"]);
    assert_eq!(
        all["runbooks"][1]["incidents"]["rto"]["rate"],
        Value::Null,
        "what is unknown is neither kept nor missed"
    );
}

#[test]
fn windows_and_runbooks_choose_runs() {
    let house = year();
    assert_eq!(stats(&house, &["--since", "2026-04-01"])["total"]["runs"], 6);
    assert_eq!(stats(&house, &["--until", "2026-04-01"])["total"]["runs"], 3, "a day is a whole day");
    assert_eq!(stats(&house, &["--until", "2026-04-01T00:00:00Z"])["total"]["runs"], 2);
    assert_eq!(stats(&house, &["--since", "2026-03-05", "--until", "2026-03-31"])["months"][0]["complete"], false);
    assert_eq!(stats(&house, &["--since", "2026-03-01", "--until", "2026-03-31"])["months"][0]["complete"], true);
    assert_eq!(stats(&house, &["--runbook", "rb-002"])["total"]["runs"], 2);
    house.runbook(["stats", "--runbook", "RB-003"]).exits(2).warns("did you mean `RB-00");
    house.runbook(["stats", "--since", "2026-04-01", "--until", "2026-03-01"]).exits(2).warns("before `--since`");
    house.runbook(["stats", "--since", "whenever"]).exits(2).warns("not a time");
}

#[test]
fn slow_steps_are_ranked_by_their_median() {
    let house = House::new();
    for (at, seconds) in [1, 2, 3, 4, 5, 6, 7, 8, 9, 100].into_iter().enumerate() {
        Past::incident(&format!("2026-03-{:02}-a", at + 1), "RB-001", &format!("2026-03-{:02}T00:00:00Z", at + 1))
            .step(0, "often", 0, seconds)
            .step(200, "slow", 30, 10)
            .ends(300, Outcome::Completed)
            .write(&house.runs());
    }
    Past::drill("2026-03-20-t", "RB-001", "2026-03-20T00:00:00Z", Mode::Tabletop)
        .step(0, "slow", 9000, 0)
        .write(&house.runs());
    let slow = stats(&house, &[]);
    let slow = slow["slowest_steps"].as_array().unwrap();
    assert_eq!(slow.len(), 2);
    assert_eq!(
        (&slow[0]["step"], &slow[0]["median_ms"], &slow[0]["runs"]),
        (&json!("slow"), &json!(40_000), &json!(10))
    );
    assert_eq!(slow[0]["people_percent"], 75.0);
    assert_eq!((&slow[1]["median_ms"], &slow[1]["p90_ms"]), (&json!(5_500), &json!(9_000)));
    assert_eq!(stats(&house, &["--top", "1"])["slowest_steps"].as_array().unwrap().len(), 1);
}

pub const FORK: &str = "\
---
id: RB-009
severity: P0
category: incident
---
# Fork

## Decision

**If it moves:**
- [ ] Salute it → [Salute](#salute)
- [ ] Paint it → [Paint](#paint)

## Salute

1. Salute.
   ```bash {#salute}
   true
   ```

## Paint

1. Paint.
   ```bash {#brush}
   true
   ```
";

#[test]
fn branches_that_nobody_took_are_found_in_the_stored_text() {
    let house = House::new();
    house.file("RB-009.md", FORK);
    let plan = house.runbook(["plan", "RB-009.md", "--format", "json"]).exits(0).json();
    let steps = plan["steps"].as_array().unwrap();
    let fork = steps.iter().find(|step| step["kind"] == "decision").unwrap();
    let (node, labels) = (fork["id"].as_str().unwrap(), fork["branches"].as_array().unwrap());
    house.file(
        "answers.yaml",
        format!("decisions: {{ {node}: 1 }}\ncommands: {{ '*': run }}\nchecks: {{ '*': yes }}\n"),
    );
    house.runbook(["run", "RB-009.md", "--yes", "--answers", "answers.yaml"]).exits(0);
    fs::remove_file(house.path().join("RB-009.md")).unwrap();
    let all = stats(&house, &[]);
    assert_eq!(all["branches"], 2, "{all}");
    let never = all["branches_never_taken"].as_array().unwrap();
    assert_eq!(never.len(), 1, "{all}");
    assert_eq!((&never[0]["label"], &never[0]["rehearsed"]), (&labels[1]["label"], &json!(0)));
    // A rehearsal is told, and does not count.
    let label = labels[1]["label"].as_str().unwrap();
    Past::drill("2026-01-01-t", "RB-009", "2026-01-01T00:00:00Z", Mode::Tabletop)
        .chose(5, node, label)
        .write(&house.runs());
    assert_eq!(stats(&house, &[])["branches_never_taken"][0]["rehearsed"], 1);
    Past::drill("2026-01-02-s", "RB-009", "2026-01-02T00:00:00Z", Mode::Simulation)
        .chose(5, node, label)
        .write(&house.runs());
    assert_eq!(stats(&house, &[])["branches_never_taken"].as_array().unwrap().len(), 0);
    house.runbook(["stats"]).exits(0).never_says("cannot be read");
    for entry in fs::read_dir(house.runs()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_dir()) {
        for file in
            fs::read_dir(entry).unwrap().map(|e| e.unwrap().path()).filter(|p| p.extension().is_some_and(|e| e == "md"))
        {
            fs::remove_file(file).unwrap();
        }
    }
    assert_eq!(stats(&house, &[])["unplanned"], json!(["RB-009"]), "what is not known is said");
}

#[test]
fn no_run_is_no_error() {
    let house = House::new();
    house.runbook(["stats"]).exits(0).says("no runs yet");
    assert!(!house.runs().exists(), "looking made a directory");
    assert_eq!(stats(&house, &[])["total"]["incidents"]["mtbf_hours"], Value::Null);
    for format in ["html", "prometheus"] {
        house.runbook(["stats", "--format", format]).exits(0);
    }
    fs::create_dir_all(house.runs()).unwrap();
    house.runbook(["stats", "--lang", "fr"]).exits(0);
    fs::create_dir_all(house.runs().join("2026-01-01-x")).unwrap();
    fs::write(house.runs().join("2026-01-01-x/journal.jsonl"), "").unwrap();
    assert_eq!(stats(&house, &[])["empty"], 1);
}

#[test]
fn a_real_run_counts() {
    let house = House::new();
    house.file("a.md", PLAIN.replace("id: T-1", "id: T-1\nseverity: P0\ncategory: incident"));
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    let all = stats(&house, &[]);
    assert_eq!(
        (&all["total"]["incidents"]["count"], &all["total"]["incidents"]["rto"]["unknown"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(all["slowest_steps"].as_array().unwrap().len(), 2);
    assert!(all["slowest_steps"][0]["title"].is_string());
    assert_eq!(all["months"][0]["complete"], false, "this month is not over");
}

/// The text format, line by line: HELP and TYPE once before a metric's samples, values that are numbers, no sample twice.
#[test]
fn prometheus_can_read_it() {
    let house = year();
    Past::incident("2026-05-01-q", "RB \"quoted\\\n", "2026-05-01T00:00:00Z")
        .ends(60, Outcome::Completed)
        .write(&house.runs());
    let text = house.runbook(["stats", "--format", "prometheus"]).exits(0).out;
    assert!(text.ends_with('\n'));
    let sample = regex::Regex::new(
        r#"^([a-z_][a-z0-9_]*)(\{([a-z_]+="([^"\\\n]|\\["\\n])*",?)+\})? (-?[0-9.]+(e[+-]?[0-9]+)?)$"#,
    )
    .unwrap();
    let (mut declared, mut seen) = (Vec::new(), std::collections::HashSet::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let name = rest.split(' ').next().unwrap().to_owned();
            assert!(!declared.contains(&name), "{name} twice");
            declared.push(name);
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            assert_eq!(rest, format!("{} gauge", declared.last().unwrap()));
        } else {
            let parts = sample.captures(line).unwrap_or_else(|| panic!("no sample: {line}"));
            assert_eq!(&parts[1], declared.last().unwrap(), "{line}");
            parts[5].parse::<f64>().unwrap();
            assert!(seen.insert(line.rsplit_once(' ').unwrap().0.to_owned()), "twice: {line}");
        }
    }
    for want in [
        "runbook_runs{runbook=\"RB-001\",kind=\"incident\"} 2\n",
        "runbook_mttr_seconds{runbook=\"RB-001\",stat=\"mean\"} 420\n",
        "runbook_rto_runs{runbook=\"RB-001\",kind=\"incident\",source=\"said\"} 1\n",
        "runbook_rto_met_ratio{runbook=\"RB-001\",kind=\"incident\"} 0.5\n",
        "runbook_test_success_ratio{runbook=\"RB-001\"} 0.5\n",
        "runbook_step_duration_seconds{runbook=\"RB-001\",step=\"promote\",quantile=\"0.5\"} 60\n",
        "runbook=\"RB \\\"quoted\\\\\\n\"",
    ] {
        assert!(text.contains(want), "{want} is not in\n{text}");
    }
    assert!(!text.contains("rto_met_ratio{runbook=\"RB-002\""), "what is unknown has no sample");
}

#[test]
fn the_page_stands_alone_and_shows_text_as_text() {
    let house = year();
    Past::incident("2026-05-02-q", "RB-<b>", "2026-05-01T00:00:00Z")
        .with(|head| head.title = "<script>alert(1)</script>".into())
        .ends(60, Outcome::Completed)
        .write(&house.runs());
    let page = house.runbook(["stats", "--format", "html"]).exits(0).out;
    assert!(page.starts_with("<!doctype html>") && page.contains("<style>") && page.trim_end().ends_with("</html>"));
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"));
    for outside in ["http://", "https://", "src=", "<link", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
    house
        .runbook(["stats", "--format", "html", "--lang", "fr"])
        .exits(0)
        .says("lang=\"fr\"")
        .says("Étapes les plus lentes");
    house
        .runbook(["stats", "--lang", "fr"])
        .exits(0)
        .says("Indicateurs de reprise")
        .says("mesuré 1, déclaré 1, inconnu 2")
        .says("50\u{a0}%");
    house
        .runbook(["stats"])
        .exits(0)
        .says("measured 1, said 1, unknown 2")
        .says("best 1 min, worst 10 min")
        .says("50% (1/2)");
}

#[test]
fn a_number_without_a_unit_is_no_time() {
    let house = House::new();
    let said = |run: &str, label: &str, value: &str| {
        Past::incident(run, "RB-001", "2026-03-01T00:00:00Z")
            .said(9, label, value)
            .ends(99, Outcome::Completed)
            .write(&house.runs());
    };
    said("2026-03-01-a", "RTO measured", "4");
    said("2026-03-01-b", "RTO measured", "fine");
    said("2026-03-01-c", "RTO target", "4 min");
    said("2026-03-01-d", "Forgot", "4 min");
    said("2026-03-01-e", "RTO Mesuré", "4 min");
    let run = Past::incident("2026-03-01-f", "RB-001", "2026-03-01T00:00:00Z");
    run.measured(5, "reads", Some(10))
        .measured(6, "writes", None)
        .said(9, "RTO", "1 h")
        .ends(99, Outcome::Completed)
        .write(&house.runs());
    let rto = stats(&house, &[])["total"]["incidents"]["rto"].clone();
    assert_eq!(
        (&rto["measured"], &rto["said"], &rto["unknown"], &rto["met"]),
        (&json!(0), &json!(2), &json!(4), &json!(1))
    );
}
