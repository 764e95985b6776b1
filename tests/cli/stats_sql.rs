//! Ten thousand runs of every sort, counted by the program and by SQL over the same journals.

use crate::history::Past;
use crate::stats::stats;
use crate::support::House;
use runbook::engine::event::{Mode, Outcome};
use serde_json::Value;
use std::path::Path;
use std::process::Command;

const RUNS: u64 = 10_000;

/// Numbers that look drawn and are the same every time (splitmix64).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn past(number: u64, dice: &mut Dice) -> Past {
    let (month, day) = (dice.roll(12) + 1, dice.roll(28) + 1);
    let began = format!("2025-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", dice.roll(24), dice.roll(60), dice.roll(60));
    let run = format!("2025-{month:02}-{day:02}-{number:05x}");
    let mut past = Past::incident(&run, &format!("RB-{:03}", dice.roll(7)), &began).with(|head| {
        head.mode = [Mode::Live, Mode::Live, Mode::Live, Mode::Simulation, Mode::Walkthrough, Mode::Tabletop]
            [usize::try_from(dice.roll(6)).unwrap()];
        head.category = [Some("incident"), Some("incident"), Some("drill"), Some("maintenance"), None]
            [usize::try_from(dice.roll(5)).unwrap()]
        .map(str::to_owned);
        head.severity = [Some("P0"), Some("P1"), Some("P2"), Some("P3"), None][usize::try_from(dice.roll(5)).unwrap()]
            .map(str::to_owned);
        head.rto_s = [Some(300), Some(900), None][usize::try_from(dice.roll(3)).unwrap()];
        let early = jiff::SignedDuration::from_secs(i64::try_from(dice.roll(3600)).unwrap());
        if dice.roll(3) == 0 {
            head.incident_start = Some((began.parse::<jiff::Timestamp>().unwrap() - early).to_string());
        }
    });
    if dice.roll(4) == 0 {
        past = past.against(dice.roll(2) == 0);
    }
    let mut at = 0;
    for step in 0..dice.roll(4) {
        let (read, ran) = (dice.roll(60), dice.roll(120));
        past = past.step(at, &format!("step-{step}"), read, ran);
        at += read + ran;
    }
    for monitor in 0..dice.roll(3) {
        let found = (dice.roll(8) > 0).then(|| dice.roll(1_200_000));
        past = past.measured(at, &format!("monitor-{monitor}"), found);
    }
    if dice.roll(3) == 0 {
        past = past.said(at, "RTO measured", &format!("{} min", dice.roll(30)));
    }
    if dice.roll(5) == 0 {
        past = past.said(at, "RTO objective", "1 min").said(
            at,
            "Success",
            ["yes", "no"][usize::try_from(dice.roll(2)).unwrap()],
        );
    }
    match dice.roll(6) {
        0 => past,
        1 => past.ends(at + 1, Outcome::Failed),
        2 => past.ends(at + 1, Outcome::Aborted),
        _ => past.ends(at + dice.roll(600), Outcome::Completed),
    }
}

/// Both are rounded to two places, each by a language of its own.
fn equal(path: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(_), Value::Object(theirs)) => {
            theirs.iter().for_each(|(key, theirs)| equal(&format!("{path}.{key}"), &ours[key], theirs));
        }
        (Value::Number(_), Value::Number(_)) => {
            let (ours, theirs) = (ours.as_f64().unwrap(), theirs.as_f64().unwrap());
            let error = if path.contains("mtbf") {
                0.11
            } else if ours.fract() == 0.0 {
                0.006
            } else {
                0.011
            };
            assert!((ours - theirs).abs() < error, "{path}: {ours}, by SQL {theirs}");
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

#[test]
fn figures_equal_those_of_an_independent_computation_in_sql() {
    let house = House::new();
    let mut dice = Dice(20_261_121);
    (0..RUNS).for_each(|number| drop(past(number, &mut dice).write(&house.runs())));
    let ours = stats(&house, &[]);
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let script = root.join("tests/lab/stats_sql.py");
    let ran = Command::new(root.join("tests/lab/python")).arg(script).arg(house.runs()).output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let theirs: Value = serde_json::from_slice(&ran.stdout).unwrap();

    assert_eq!(ours["total"]["runs"], RUNS);
    // Every kind of run, of recovery time and of end is among them.
    let total = &ours["total"];
    for figure in [
        &total["tabletops"],
        &total["minor_incidents"],
        &total["others"],
        &total["incidents"]["unresolved"],
        &total["incidents"]["rto"]["measured"],
        &total["incidents"]["rto"]["said"],
        &total["incidents"]["rto"]["unknown"],
        &total["tests"]["open"],
        &total["tests"]["succeeded"],
    ] {
        assert!(figure.as_u64().unwrap() > 100, "{total:#}");
    }
    equal("total", total, &theirs["total"]);
    for (list, name) in [("months", "month"), ("runbooks", "id")] {
        let ours = ours[list].as_array().unwrap();
        assert_eq!(ours.len(), theirs[list].as_object().unwrap().len());
        for ours in ours {
            let name = ours[name].as_str().unwrap();
            equal(name, ours, &theirs[list][name]);
        }
    }
}
