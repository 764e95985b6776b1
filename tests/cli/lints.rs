//! Findings from outside: SARIF, pages, French, silence.

use crate::support::House;
use serde_json::Value;
use std::fmt::Write as _;

const LINK: &str = "# Page\n\nWords.\n\nSee [it](gone.md).\n\n## Steps\n\n1. Restore it.\n   ```bash\n   #!/bin/bash\n   restore-all --now\n   ```\n";

const FRENCH: &str = "---\nid: RB-9\nlang: fr\n---\n# Arrêt du service\n\n## Étapes\n\n1. Arrêter le service.\n   ```bash\n   systemctl stop boutique\n   ```\n\n- [ ] Attendre → [la suite](#la-siute)\n\n## La suite\n\n- [ ] Prévenir\n";

#[test]
fn sarif_has_what_code_hosting_sites_need() {
    let house = House::new();
    house.file("d/a b.md", LINK);
    house.file("d/broken.md", "# T\n\n## Steps\n\n1. Look.\n\n```bash\nls\n");
    house.file("d/latin.md", b"# \xE9t\xE9\n");
    let log = house.runbook(["check", "--format", "sarif", "d"]).exits(3).json();
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("sarif-2.1.0.json"));
    let runs = log["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1);
    let driver = &runs[0]["tool"]["driver"];
    assert_eq!(driver["name"], "runbook");
    assert!(driver["version"].is_string());
    let rules = driver["rules"].as_array().unwrap();
    for rule in rules {
        for key in ["shortDescription", "fullDescription", "help"] {
            assert!(rule[key]["text"].as_str().unwrap().len() > 10, "{rule}");
        }
        assert!(rule["help"]["markdown"].is_string());
    }
    let results = runs[0]["results"].as_array().unwrap();
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1, "{result}");
        let uri = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(uri.starts_with("d/") && !uri.contains(' '), "{uri}");
    }
    let of =
        |code: &str| -> &Value { results.iter().find(|r| r["ruleId"] == code).unwrap_or_else(|| panic!("{code}")) };
    let dead = of("dead-link");
    let region = &dead["locations"][0]["physicalLocation"]["region"];
    assert_eq!((dead["level"].as_str(), region["startLine"].as_u64()), (Some("warning"), Some(5)));
    assert_eq!((region["startColumn"].as_u64(), region["endColumn"].as_u64()), (Some(10), Some(17)));
    assert_eq!(dead["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "d/a%20b.md");
    assert_eq!(
        (of("unclosed-fence")["level"].as_str(), of("ambiguous-reading")["level"].as_str()),
        (Some("error"), Some("note"))
    );
    assert_eq!(of("not-utf-8")["level"], "error");
    house.file("good.md", "# Words\n\nOnly words.\n");
    let empty = house.runbook(["check", "--format", "sarif", "good.md"]).exits(0).json();
    assert_eq!(empty["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn pages() {
    let house = House::new();
    house.runbook(["explain"]).exits(0).says("no-rollback").says("relay-log-not-drained");
    house.runbook(["explain", "no-rollback"]).exits(0).says("## To silence it");
    house.runbook(["explain", "no-rollback", "--lang", "fr"]).exits(0).says("## Pour le faire taire");
    house.runbook(["explain", "warning[no-rollback]:"]).exits(0).says("# no-rollback");
    house.runbook(["explain", "no-rolback"]).exits(2).warns("did you mean `no-rollback`?");
    house.runbook(["explain", "xyzzy"]).exits(2).warns("`runbook explain` lists them all");
}

#[test]
fn a_french_page_is_told_about_in_french() {
    let house = House::new();
    house.file("a.md", FRENCH);
    house
        .runbook(["check", "a.md"])
        .exits(3)
        .says("avertissement[no-rollback]: il change quelque chose")
        .says("erreur[missing-target]: `#la-siute` ne mène nulle part")
        .says("aide : vouliez-vous dire `#la-suite` ?")
        .says("à exécuter")
        .says("un bloc shell sous une étape ; écrit (`systemctl stop` n'est pas connu pour seulement lire)")
        .says("`runbook explain missing-target --lang fr` en dit plus");
    let json = house.runbook(["check", "--format", "json", "a.md"]).exits(3).json();
    assert_eq!(json["files"][0]["honesty"]["fences"][0]["why"], "a shell fence under a step");
    // The same words where a run refuses it.
    house.runbook(["run", "a.md", "--yes"]).exits(3).warns("erreur[missing-target]: `#la-siute` ne mène nulle part");
}

#[test]
fn silence_and_folding() {
    let house = House::new();
    house.file("a.md", LINK);
    house.runbook(["check", "a.md"]).exits(0).says("warning[dead-link]").says("`runbook explain dead-link` says more");
    house.file("a.md", LINK.replace("Words.", "<!-- runbook: allow dead-link: comes next week -->"));
    let told = house.runbook(["check", "a.md"]).exits(0);
    assert!(!told.out.contains("dead-link"), "{}", told.out);
    let mut many = "# T\n\n## Steps\n".to_owned();
    for n in 1..8 {
        write!(many, "\n{n}. Stop {n}.\n   ```bash\n   systemctl stop x{n}\n   ```\n").unwrap();
    }
    house.file("many.md", many);
    let told = house.runbook(["check", "many.md"]).exits(0);
    assert_eq!(told.out.matches("note[no-expected-result]: `").count(), 2, "{}", told.out);
    told.says("note[no-expected-result]: 5 more, on line 16, 21, 26, 31, 36");
}

#[test]
fn our_own_runbooks_give_no_warning() {
    let house = House::new();
    let runbooks = concat!(env!("CARGO_MANIFEST_DIR"), "/runbooks");
    let json = house.runbook(["check", "--format", "json", runbooks]).exits(0).json();
    assert_eq!(json["warnings"], 0, "{json:#}");
}

/// A command line that a page only speaks of is in no step. `check` says so: nothing is lost without a word.
#[test]
fn what_is_only_spoken_of_is_said() {
    let house = House::new();
    let page = "# Queue\n\nMost people try `systemctl restart queue`.\n\n## Steps\n\n1. Restart it: `systemctl restart api`\n\n\
                `systemctl restart api` takes a minute.\n\n| What | With |\n|---|---|\n| to empty it | `redis-cli flushall` |\n\n\
                We call it `./announce.sh`, and keep it in `announce.sh`.\n";
    house.file("d/queue.md", page);
    let ran = house.runbook(["check", "d"]).exits(0);
    ran.says("1 steps, 1 run, 3 mentioned").says("3  mentioned  `systemctl restart queue`");
    let found = house.runbook(["check", "--format", "json", "d"]).exits(0).json();
    let honesty = &found["files"][0]["honesty"];
    assert_eq!(honesty["counts"]["mentioned"], 3, "{found}");
    assert_eq!(honesty["mentioned"][1]["line"], 13);
    assert_eq!(honesty["mentioned"][1]["text"], "redis-cli flushall");
    assert_eq!(honesty["mentioned"][2]["text"], "./announce.sh");
    house
        .file("d/file.md", "---\nlang: fr\n---\n# File\n\n## Contexte\n\nLe service lance `systemctl restart file`.\n");
    house
        .runbook(["check", "d/file.md"])
        .exits(0)
        .says("1 citée")
        .says("le texte en parle, aucune étape ne la propose");
}
