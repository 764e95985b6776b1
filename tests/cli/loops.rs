//! "On each node" in a sentence: a person says for which, and when all are done.

use crate::support::{House, journal};

/// A loop over nodes that are named, then what the whole cluster needs once.
const PAGE: &str = "# Restart\n\n## Steps\n\n1. For each node in the cluster, restart it:\n\n   ```bash\n   echo \"restart <node>\" >> log\n   ```\n\n\
                    2. Look at the cluster\n\n   ```bash\n   echo all >> log\n   ```\n";

const ANSWERS: &str =
    "inputs: { node: [n1, n2, n3] }\ndecisions: { steps.for-each-node-in-the: [again, again, done] }\n";

fn log(house: &House) -> String {
    std::fs::read_to_string(house.path().join("log")).unwrap_or_default()
}

#[test]
fn each_is_asked_for_and_done_once() {
    let house = House::new();
    house.file("a.md", PAGE);
    house.file("answers.yaml", ANSWERS);
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(log(&house), "restart n1\nrestart n2\nrestart n3\nall\n");
    let events = house.events();
    let decided = journal::of(&events, "decided");
    assert_eq!(decided.len(), 3, "{decided:?}");
}

#[test]
fn yes_does_not_say_that_all_are_done() {
    let house = House::new();
    house.file("a.md", PAGE);
    house.runbook(["run", "a.md", "--yes", "--var", "node=n1"]).exits(5).says("in `decisions`");
    assert_eq!(log(&house), "restart n1\n");
    // Nor does "*": it would go round and round.
    house.file("all.yaml", "inputs: { '*': n2 }\ndecisions: { '*': 1 }\ncommands: { '*': run }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "all.yaml"]).exits(5).says("in `decisions`");
    assert_eq!(log(&house), "restart n1\nrestart n2\n");
}

#[test]
fn a_run_is_taken_up_in_the_middle_of_its_rounds() {
    let house = House::new();
    house.file("a.md", PAGE);
    house.file("answers.yaml", ANSWERS.replace("[again, again, done]", "[again]"));
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(5);
    assert_eq!(log(&house), "restart n1\nrestart n2\n");
    house.file("more.yaml", ANSWERS.replace("[n1, n2, n3]", "[n3]").replace("[again, again, done]", "[again, done]"));
    house.runbook(["resume", "--yes", "--answers", "more.yaml"]).exits(0);
    assert_eq!(log(&house), "restart n1\nrestart n2\nrestart n3\nall\n");
}

#[test]
fn what_names_no_node_is_not_run_on_yes() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Steps\n\n1. On each node, run:\n\n   ```bash\n   touch made\n   ```\n");
    house.runbook(["run", "a.md", "--yes"]).exits(5);
    assert!(!house.exists("made"), "it ran here, once");
    house.runbook(["check", "a.md"]).exits(0).says("to be done for each").says("for each ");
    let plan = house.runbook(["plan", "a.md", "--format", "json"]).exits(0).json();
    assert_eq!(plan["loops"][0]["said"], "On each node, run");
    assert_eq!(plan["loops"][0]["line"], 5);
}

#[test]
fn a_rehearsal_walks_through_it_once() {
    let house = House::new();
    house.file("a.md", PAGE);
    house.runbook(["run", "a.md", "--dry-run", "--yes"]).exits(0).says("restart <node>").says("Done for each");
    assert_eq!(log(&house), "");
}

#[test]
fn in_french() {
    let house = House::new();
    house.file("a.md", "# T\n\n## Étapes\n\n1. Sur chaque nœud, exécuter la commande suivante :\n\n   ```bash\n   touch fait\n   ```\n");
    house.runbook(["check", "a.md"]).exits(0).says("à faire pour chacun").says("pour chacun ");
    house.file("answers.yaml", "commands: { '*': run }\ndecisions: { '*': 2 }\n");
    house.runbook(["run", "a.md", "--yes", "--answers", "answers.yaml"]).exits(5);
    assert!(!house.exists("fait"), "it ran on the word of `*`");
}

#[test]
fn the_author_names_them() {
    let house = House::new();
    let page = "# T\n\n## Steps\n\n1. Restart it. <!-- runbook: for=\"node in nodes\" -->\n   ```bash {effect=write}\n   \
                echo \"restart {{ node }} $node\" >> log\n   ```\n   1. Look at it\n      ```bash\n      echo \"look at {{ node }}\" >> log\n      ```\n\n\
                2. All of it.\n   ```bash {effect=write}\n   echo all >> log\n   ```\n";
    house.file("a.md", page);
    house.runbook(["check", "a.md"]).exits(0).says("gone through for each value");
    house
        .runbook(["run", "a.md", "--yes", "--var", "nodes=n1 n2"])
        .exits(0)
        .says("Next: n2")
        .never_says("did you mean");
    assert_eq!(log(&house), "restart n1 n1\nlook at n1\nrestart n2 n2\nlook at n2\nall\n");
    // A mistake in it is found at the desk.
    house.file("a.md", page.replace("node in nodes", "node in nodes |"));
    house.runbook(["check", "a.md"]).exits(3).says("in its `for`");
    // Without the list nothing runs, and what is missing is named.
    std::fs::remove_file(house.path().join("log")).unwrap();
    house.file("a.md", page);
    house.runbook(["run", "a.md", "--yes"]).exits(5).says("no answer for `nodes`");
    house.runbook(["run", "a.md", "--dry-run", "--yes"]).exits(0).says("{{ nodes }}  (nodes)");
    assert_eq!(log(&house), "");
}

#[test]
fn a_list_goes_on_where_the_run_was_cut() {
    let house = House::new();
    let page = |fails: &str| {
        format!(
            "# T\n\n## Steps\n\n1. Restart it.\n   ```bash {{#restart for=\"node in nodes\" effect=write}}\n   \
             echo {{{{ node }}}} >> log\n   {fails}\n   ```\n"
        )
    };
    house.file("a.md", page("[ {{ node }} != n2 ] || [ -e repaired ]"));
    house.runbook(["run", "a.md", "--yes", "--var", "nodes=n1 n2 n3"]).exits(5);
    assert_eq!(log(&house), "n1\nn2\n");
    house.file("repaired", "");
    house.file("answers.yaml", "on_failure: { restart: retry }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(0);
    assert_eq!(log(&house), "n1\nn2\nn2\nn3\n");
}

/// What looks like a loop of its own, or like a name of a node, and is none; and what is done on the way back.
#[test]
fn what_only_looks_like_it_is_not_run_on_yes_either() {
    for text in [
        "for f in a b; do touch made; done",
        "# 1. One\n   touch made\n   # 2. Two\n   touch made",
        "touch made; kubectl get nodes",
        "touch made # <vault-server>",
    ] {
        let house = House::new();
        house.file(
            "a.md",
            format!("# T\n\n## Steps\n\n1. Do it.\n\n   On each node, run:\n\n   ```bash\n   {text}\n   ```\n"),
        );
        house.runbook(["run", "a.md", "--yes", "--var", "vault_server=v"]).exits(5);
        assert!(!house.exists("made"), "it ran here, once: {text}");
    }
    let house = House::new();
    let page = "# T\n\n## Steps\n\n1. Do it.\n   ```bash\n   touch done\n   ```\n   **Rollback**: on each node, run `rm done`\n";
    house.file("a.md", page);
    house.runbook(["run", "a.md", "--yes"]).exits(0);
    let run = house.run_id();
    house.runbook(["rollback", &run, "--yes"]).exits(5);
    assert!(house.exists("done"), "the way back ran here, once");
    // What reaches them by itself does.
    for text in
        ["for n in a b; do curl -s file:///nowhere/$n || touch made; done", "for node in a b; do touch made; done"]
    {
        let house = House::new();
        house.file("a.md", format!("# T\n\n## Steps\n\n1. On each node, run:\n\n   ```bash\n   {text}\n   ```\n"));
        house.runbook(["run", "a.md", "--yes"]).exits(0);
        assert!(house.exists("made"), "{text}");
    }
}

#[test]
fn a_heading_names_them_for_all_below_it() {
    let house = House::new();
    let page = "# T\n\n## Steps\n\n### Restart {for=\"node in nodes\"}\n\n1. Stop\n   ```bash\n   echo \"stop {{ node }}\" >> log\n   ```\n\
                2. Start\n   ```bash\n   echo \"start {{ node }}\" >> log\n   ```\n";
    house.file("a.md", page);
    house.runbook(["run", "a.md", "--yes", "--var", "nodes=n1 n2"]).exits(0);
    assert_eq!(log(&house), "stop n1\nstart n1\nstop n2\nstart n2\n");
    let ways = "# T\n\n## Choose {for=\"node in nodes\"}\n\n### Option A\n\n1. Stop\n   ```bash\n   true\n   ```\n\n### Option B\n\n\
                1. Wait\n   ```bash\n   true\n   ```\n";
    house.file("b.md", ways);
    house.runbook(["check", "b.md"]).exits(3).says("`for` stands on a decision");
}

/// Each replica points to a primary of its own, and is to point to the new one.
const REPOINT: &str = "# Repoint\n\n## Steps\n\n1. Repoint it. <!-- runbook: for=\"replica in replicas\" -->\n   \
    ```bash {#repoint effect=write capture.old=\"/was (.*)/\"}\n   echo \"was $(cat {{ replica }})\"; echo new > {{ replica }}\n   ```\n   \
    **Rollback**:\n   ```bash {effect=write}\n   echo {{ old }} > {{ replica }}; echo {{ replica }} >> log\n   ```\n\
    2. Look at it.\n   ```bash {#look effect=write}\n   false\n   ```\n";

fn repointed(house: &House) -> [String; 3] {
    ["r1", "r2", "r3"].map(|name| std::fs::read_to_string(house.path().join(name)).unwrap().trim().to_owned())
}

fn three_replicas() -> House {
    let house = House::new();
    house.file("a.md", REPOINT);
    for (replica, old) in [("r1", "a"), ("r2", "b"), ("r3", "c")] {
        house.file(replica, old);
    }
    house
}

/// With what each of them was, and not with what the last one was.
#[test]
fn what_was_done_for_each_is_undone_for_each() {
    let house = three_replicas();
    house.file("answers.yaml", "on_failure: { look: rollback }\n");
    let run = ["run", "a.md", "--yes", "--answers", "answers.yaml", "--var", "replicas=r1 r2 r3"];
    house.runbook(run).exits(6).says("Repoint it. (r3)").says("(r1)").never_says("written for one");
    assert_eq!(repointed(&house), ["a", "b", "c"]);
    assert_eq!(log(&house), "r3\nr2\nr1\n");
    let events = house.events();
    let rounds = &journal::of(&events, "rollback-started")[0]["rounds"];
    assert_eq!(rounds[0]["values"], serde_json::json!({ "old": "c", "replica": "r3" }));
    let reached: Vec<String> = journal::of(&events, "step-reached").iter().map(|e| e["title"].to_string()).collect();
    assert!(reached.last().unwrap().contains("(r1)"), "{reached:?}");
}

/// A way back that was left half-way goes on with those that are still to be undone.
#[test]
fn the_way_back_of_a_loop_goes_on_where_it_was_cut() {
    let house = three_replicas();
    let broken = REPOINT.replace("echo {{ old }} >", "[ {{ replica }} != r2 ] || [ -e repaired ]; echo {{ old }} >");
    house.file("a.md", broken);
    house.file("answers.yaml", "on_failure: { look: rollback }\n");
    let run = ["run", "a.md", "--yes", "--answers", "answers.yaml", "--var", "replicas=r1 r2 r3"];
    // An undo that failed is no pause like another.
    house.runbook(run).exits(7);
    assert_eq!(repointed(&house), ["new", "new", "c"]);
    house.file("repaired", "");
    house.file("answers.yaml", "on_failure: { repoint/undo: retry }\n");
    house.runbook(["resume", "--yes", "--answers", "answers.yaml"]).exits(6);
    assert_eq!(repointed(&house), ["a", "b", "c"]);
    assert_eq!(log(&house), "r3\nr2\nr1\n");
}

/// Only the fence goes round: what stands before and behind it is no round.
#[test]
fn a_fence_that_goes_round_is_undone_as_often_as_it_went() {
    let house = House::new();
    let fence =
        |attributes: &str, text: &str| format!("   ```bash {{effect=write{attributes}}}\n   {text} >> log\n   ```\n");
    let page = format!(
        "# T\n\n## Steps\n\n1. Stop {{{{ what }}}}.\n{}{}{}   **Rollback**:\n{}\n2. Look.\n   ```bash {{#look effect=write}}\n   false\n   ```\n",
        fence("", "echo before"),
        fence(" for=\"node in nodes\"", "echo stop {{ node }}"),
        fence("", "echo after"),
        fence("", "echo start {{ node }}"),
    );
    house.file("a.md", page);
    house.file("answers.yaml", "on_failure: { look: rollback }\n");
    let run = ["run", "a.md", "--yes", "--answers", "answers.yaml", "--var", "nodes=n1 n2", "--var", "what=all"];
    house.runbook(run).exits(6).says("Stop all. (n2)").never_says("{{");
    assert_eq!(log(&house), "before\nstop n1\nstop n2\nafter\nstart n2\nstart n1\n");
    // The timeline says of each whom it was for.
    let rows = house.runbook(["timeline", "latest", "--format", "json"]).exits(0).json();
    let of = |command: &str| {
        let row =
            rows.as_array().unwrap().iter().find(|row| row["command"].as_str().is_some_and(|c| c.contains(command)));
        row.unwrap()["event"].as_str().unwrap().to_owned()
    };
    assert!(of("start n2").contains("(n2)") && of("start n1").contains("(n1)"), "{rows:#}");
}
