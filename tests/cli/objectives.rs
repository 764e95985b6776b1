//! What an objective costs, and what keeps it.

use crate::support::House;
use serde_json::{Value, json};

fn ask(house: &House, more: &[&str]) -> Value {
    let mut args = vec!["objectives", "--format", "json"];
    args.extend(more);
    house.runbook(args).exits(0).json()
}

#[test]
fn costs_are_those_of_the_calculator() {
    let house = House::new();
    let business = ["--revenue-per-hour", "10000", "--transactions-per-minute", "50", "--transaction-value", "80"];
    let answer = ask(&house, &business);
    let totals: Vec<f64> =
        answer["rto_costs"].as_array().unwrap().iter().map(|c| c["total_cost"].as_f64().unwrap()).collect();
    assert_eq!(totals, [7_500.0, 15_000.0, 60_000.0, 360_000.0]);
    assert_eq!(
        (&answer["rto_costs"][1]["direct_cost"], &answer["rto_costs"][1]["indirect_cost"]),
        (&json!(10_000.0), &json!(5_000.0))
    );
    let five = &answer["rpo_costs"][2];
    assert_eq!((&five["lost_transactions"], &five["data_loss_cost"]), (&json!(250.0), &json!(20_000.0)));
    assert_eq!((&five["reconstitution_cost"], &five["total_cost"]), (&json!(2_500.0), &json!(22_500.0)));
    let mut all = business.to_vec();
    all.extend(["--rto", "1h", "--rpo", "0s"]);
    let one = ask(&house, &all);
    assert_eq!((one["rto_costs"].as_array().unwrap().len(), &one["rpo_costs"][0]["total_cost"]), (1, &json!(0.0)));
    assert_eq!(ask(&house, &[])["rto_costs"], json!([]), "without revenue nothing is made up");
}

#[test]
fn the_recommendation_keeps_to_objectives_and_budget() {
    let house = House::new();
    let name = |answer: &Value, key: &str| answer[key].as_str().map(|name| name.split(' ').next().unwrap().to_owned());
    // As the calculator: the fastest that can be paid.
    assert_eq!(name(&ask(&house, &["--budget", "100000"]), "recommended").unwrap(), "Semi-synchronous");
    assert_eq!(name(&ask(&house, &["--budget", "150000"]), "recommended").unwrap(), "Galera");
    assert_eq!(name(&ask(&house, &["--budget", "14999"]), "recommended"), None);
    // With objectives, the cheapest that keeps them.
    let answer = ask(&house, &["--budget", "100000", "--rto", "1h", "--rpo", "1h"]);
    assert_eq!(name(&answer, "recommended").unwrap(), "Asynchronous");
    let answer = ask(&house, &["--budget", "100000", "--rto", "5m", "--rpo", "0s"]);
    assert_eq!((name(&answer, "recommended"), name(&answer, "beyond_budget").unwrap()), (None, "Galera".into()));
    let answer = ask(&house, &["--rto", "1s"]);
    assert_eq!((&answer["recommended"], &answer["beyond_budget"]), (&Value::Null, &Value::Null));
    let answer = ask(&house, &["--application", "e-commerce"]);
    assert_eq!((&answer["rto_seconds"], &answer["rpo_seconds"]), (&json!(900), &json!(300)));
    house.runbook(["objectives", "--application", "ecommerce"]).exits(2).warns("did you mean `e-commerce`?");
    house.runbook(["objectives", "--rto", "1s", "--budget", "9"]).exits(0).says("at any price");
    house
        .runbook(["objectives", "--rto", "5m", "--rpo", "0s", "--budget", "9"])
        .exits(0)
        .says("The cheapest that does: Galera");
}

#[test]
fn severity_classes_have_response_times() {
    let house = House::new();
    let answer = ask(&house, &[]);
    let classes: Vec<(&str, u64)> = answer["severities"]
        .as_array()
        .unwrap()
        .iter()
        .map(|class| (class["class"].as_str().unwrap(), class["response_seconds"].as_u64().unwrap()))
        .collect();
    assert_eq!(classes, [("P0", 900), ("P1", 3600), ("P2", 14_400), ("P3", 86_400)]);
    house.runbook(["objectives"]).exits(0).says("P0 Critical").says("at once, within 15 minutes");
    let french = house
        .runbook(["objectives", "--lang", "fr", "--budget", "100000", "--rto", "4h", "--revenue-per-hour", "10000"])
        .exits(0);
    french
        .says("P0 Critique")
        .says("100\u{202f}000\u{a0}€")
        .says("60\u{202f}000\u{a0}€")
        .says("Élevée")
        .says("La moins chère");
}

#[test]
fn a_runbook_says_its_own_and_options_win() {
    let house = House::new();
    let head = "---\nid: RB-1\nrto: 5m\nrpo: 1m\nbusiness: { revenue-per-hour: 12000, transactions_per_minute: 10, value-per-transaction: 5.5 }\n---\n# T\n";
    house.file("runbooks/RB-1.md", head);
    let answer = ask(&house, &["RB-1"]);
    assert_eq!((&answer["rto_seconds"], &answer["rto_costs"][0]["total_cost"]), (&json!(300), &json!(1_500.0)));
    assert_eq!(answer["rpo_costs"][0]["total_cost"], 155.0);
    let answer = ask(&house, &["RB-1", "--rto", "1h", "--revenue-per-hour", "1_000"]);
    assert_eq!((&answer["rto_seconds"], &answer["rto_costs"][0]["direct_cost"]), (&json!(3600), &json!(1_000.0)));
    house.runbook(["objectives", "RB-2"]).exits(2).warns("did you mean `RB-1`?");
    house.file("runbooks/RB-3.md", "---\nid: RB-3\nbusiness: { revenue-per-hour: a lot }\n---\n# T\n");
    house.runbook(["objectives", "RB-3"]).exits(2).warns("revenue-per-hour").warns("not an amount");
}

#[test]
fn the_figures_are_data() {
    let house = House::new();
    let ours = house.runbook(["objectives", "--print-data"]).exits(0).out;
    house.file(
        "ours.yaml",
        ours.replace("annual_cost: 80000", "annual_cost: 8")
            .replace("reputation_multiplier: 1.5", "reputation_multiplier: 3"),
    );
    let answer = ask(&house, &["--data", "ours.yaml", "--budget", "10", "--revenue-per-hour", "100", "--rto", "1h"]);
    assert_eq!(answer["recommended"], "Semi-synchronous replication, automatic failover");
    assert_eq!(answer["rto_costs"][0]["total_cost"], 300.0);
    for (from, to) in [
        ("rto: 2m", "rto: soon"),
        ("annual_cost: 80000", "annual_cost: -1"),
        ("currency:", "money:"),
        ("multiplier: 1.5", "multiplier: 0.5"),
    ] {
        house.file("bad.yaml", ours.replace(from, to));
        house.runbook(["objectives", "--data", "bad.yaml"]).exits(2).warns("bad.yaml").warns("--print-data");
    }
    house.runbook(["objectives", "--data", "gone.yaml"]).exits(2).warns("gone.yaml");
    for wrong in ["-5", "NaN", "inf", "much"] {
        house.runbook(["objectives", &format!("--budget={wrong}")]).exits(2).warns("amount");
    }
    house.runbook(["objectives", "--rto", "soon"]).exits(2).warns("not a duration");
}
