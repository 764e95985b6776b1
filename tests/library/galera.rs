//! Galera, Redis, and what is cut or killed on purpose.

use crate::lab::{Lab, page};
use crate::support::Ran;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Four writers through the applications' address, who write down what they are told: the witness of the library.
struct Load {
    process: Child,
    options: String,
}

impl Load {
    fn begin(lab: &Lab, port: u16) -> Self {
        let (dir, ledger) = (lab.dir.display(), lab.house.path().join("ledger"));
        let options =
            format!("--options {dir}/secrets/app.cnf --address 127.0.0.1:{port} --ledger {}", ledger.display());
        let line =
            format!("exec tests/lab/python runbooks/labs/write-load.py run {options} --seconds 150 --pause 0.002");
        let mut command = Command::new("bash");
        let process = command.args(["-c", &line]).current_dir(ROOT).stdin(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while std::fs::read_to_string(&ledger).unwrap_or_default().lines().count() < 400 {
            assert!(begun.elapsed() < Duration::from_secs(60), "the writers do not write");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { process, options }
    }

    /// As a runbook asks the witness. It ends with 0 also when writes are lost: that is what it says, and no failure of its own.
    fn witness(&self) -> String {
        let check = format!("tests/lab/python runbooks/labs/write-load.py check {}", self.options);
        format!("witness_command=cd {ROOT} && {check} || [ $? -eq 1 ]")
    }

    /// The writers stop, and what they were told is compared with what is there.
    fn check(mut self) -> serde_json::Value {
        std::thread::sleep(Duration::from_secs(1));
        nix::sys::signal::kill(pid(&self.process), nix::sys::signal::Signal::SIGTERM).unwrap();
        self.process.wait().unwrap();
        let line = format!("exec tests/lab/python runbooks/labs/write-load.py check {}", self.options);
        let said = Command::new("bash").args(["-c", &line]).current_dir(ROOT).output().unwrap();
        serde_json::from_slice(&said.stdout).unwrap_or_else(|e| panic!("{e}: {said:?}"))
    }
}

fn pid(process: &Child) -> nix::unistd::Pid {
    nix::unistd::Pid::from_raw(i32::try_from(process.id()).unwrap())
}

impl Drop for Load {
    fn drop(&mut self) {
        if self.process.try_wait().unwrap().is_none() {
            self.process.kill().unwrap();
            self.process.wait().unwrap();
        }
    }
}

fn galera(port: u16) -> Lab {
    Lab::up("galera", &[("port_base", port.to_string())])
}

/// What one server says, asked by the client program on its own socket.
fn ask(lab: &Lab, node: &str, query: &str) -> String {
    lab.shell(&format!("mariadb --defaults-file=secrets/dba.cnf --socket={node}/mariadb.sock -BN -e \"{query}\""))
}

fn kill(lab: &Lab, nodes: &str) {
    lab.shell(&format!("for name in {nodes}; do bin/node kill $name & done; wait"));
    for node in nodes.split(' ') {
        lab.shell(&format!("! bin/node alive {node}"));
    }
}

fn rb006(lab: &Lab, more: &[&str]) -> Ran {
    lab.lead("incidents/RB-006-datacenter-loss.md", &page("labs/rb-006.answers.yaml"), more)
}

/// The whole cluster agrees, and every server has the same rows, the marker of the runbook among them.
fn is_whole(lab: &Lab) {
    let rows = "SET SESSION wsrep_sync_wait = 1; SELECT COUNT(*), SUM(id) FROM app.writes; SELECT COUNT(*) FROM app.runbook_marker";
    let first = ask(lab, "n1", rows);
    assert!(first.ends_with("\n1"), "{first}");
    for node in ["n1", "n2", "n3", "n4"] {
        let status =
            ask(lab, node, "SHOW STATUS WHERE Variable_name IN ('wsrep_cluster_size', 'wsrep_cluster_status')");
        assert!(status.contains("size\t5") && status.contains("status\tPrimary"), "{node}: {status}");
        assert_eq!(ask(lab, node, rows), first, "{node}");
    }
}

/// A run of this lab has executed this command.
fn did(lab: &Lab, command: &str) -> bool {
    let started = format!("\"type\":\"step-started\",\"node\":\"{command}\"");
    // A run that is about to begin has none yet.
    let journal = |run: &std::path::PathBuf| std::fs::read_to_string(run.join("journal.jsonl")).unwrap_or_default();
    lab.house.run_dirs().iter().any(|run| journal(run).contains(&started))
}

/// A value that a step of this lab's run has captured.
fn captured(lab: &Lab, name: &str) -> String {
    let journals =
        lab.house.run_dirs().into_iter().map(|run| std::fs::read_to_string(run.join("journal.jsonl")).unwrap());
    let records: Vec<serde_json::Value> =
        journals.flat_map(|j| j.lines().map(|l| serde_json::from_str(l).unwrap()).collect::<Vec<_>>()).collect();
    let said = records.iter().find_map(|record| find(record, name));
    said.unwrap_or_else(|| panic!("no step has captured `{name}`"))
}

/// `{"captures": {NAME: VALUE}}`, somewhere in a record.
fn find(record: &serde_json::Value, name: &str) -> Option<String> {
    let own = record.get("captures").and_then(|captures| captures.get(name));
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    own.map(text).or_else(|| record.as_object()?.values().find_map(|inner| find(inner, name)))
}

/// How far the killed servers had come, whichever was ahead.
fn last_of_lost(lab: &Lab) -> u64 {
    let said = lab.shell("for name in n1 n2; do bin/node position $name & done; wait");
    let of = |line: &str| line.rsplit(':').next().unwrap().parse::<u64>().unwrap_or_else(|_| panic!("{said}"));
    said.lines().map(of).max().unwrap()
}

fn kept_everything(check: &serde_json::Value) {
    kept_but(0, check);
}

/// At most so many writes are lost that somebody was told of.
fn kept_but(most: u64, check: &serde_json::Value) {
    assert!(check["acknowledged"].as_u64().unwrap() > 1000, "{check}");
    assert!(check["failed_attempts"].as_u64().unwrap() > 0, "nothing was lost, so nothing was shown: {check}");
    assert!(check["lost"].as_u64().unwrap() <= most, "{check}");
    let outage = check["outage_seconds"].as_f64().expect("writes are back");
    assert!(outage < 60.0, "{check}");
}

#[test]
fn a_lost_site_leaves_a_majority_with_the_arbitrator_and_nothing_is_bootstrapped() {
    let lab = galera(24300);
    let load = Load::begin(&lab, 24300);
    kill(&lab, "n1 n2");
    rb006(&lab, &["--mode", "simulation", "--var", &load.witness()]).exits(0);
    assert!(!did(&lab, "bootstrap") && !did(&lab, "fence"), "there was a majority");
    kept_everything(&load.check());
    is_whole(&lab);
    lab.record();
}

#[test]
fn a_site_lost_with_the_arbitrator_needs_a_bootstrap_and_a_record_that_moves() {
    let root = Path::new(ROOT);
    let stand_in = Lab::up(
        "aws-stand-in",
        &[
            ("aws_port", "24339".into()),
            ("python", root.join("target/lab-python/bin/python").display().to_string()),
            ("stand_in", root.join("tests/lab/aws_stand_in.py").display().to_string()),
        ],
    );
    let zone = stand_in.shell("sed -n 's/^hosted_zone: \"\\(.*\\)\"$/\\1/p' vars.yaml");
    let lab = galera(24300 + 20);
    let inventory = lab.dir.join("inventory.yaml");
    let places = std::fs::read_to_string(&inventory).unwrap();
    let aws = "aws: { region: eu-west-1, endpoint: 'http://127.0.0.1:24339' }\n";
    std::fs::write(&inventory, places + aws).unwrap();

    let load = Load::begin(&lab, 24320);
    kill(&lab, "n1 n2 arbitrator");
    let lost_at = last_of_lost(&lab);
    let mut args = vec!["run".to_owned(), page("incidents/RB-006-datacenter-loss.md"), "--yes".into()];
    args.extend(["--inventory".into(), inventory.display().to_string()]);
    args.extend(["--var-file".into(), lab.dir.join("vars.yaml").display().to_string()]);
    args.extend(["--answers".into(), page("labs/rb-006.answers.yaml")]);
    for given in [
        "address_by=haproxy route53",
        &format!("hosted_zone={zone}"),
        "record_name=db.example.test.",
        "record_value=site-b.example.test",
        &load.witness(),
    ] {
        args.extend(["--var".into(), given.to_owned()]);
    }
    let call = lab.house.call(&args).env("AWS_ACCESS_KEY_ID", "stand-in").env("AWS_SECRET_ACCESS_KEY", "stand-in");
    call.env("AWS_EC2_METADATA_DISABLED", "true").run().exits(0);
    assert!(did(&lab, "fence") && did(&lab, "bootstrap") && did(&lab, "move-record"));
    // What the lost site delivered to itself in its last moment may have reached nobody else: mostly there is nothing of it.
    let committed = captured(&lab, "committed");
    // The server says it as a decimal: "428.0".
    let committed = committed.split('.').next().and_then(|whole| whole.parse().ok());
    let ahead = lost_at.saturating_sub(committed.expect("a position"));
    assert_eq!(did(&lab, "rebuild"), ahead > 0, "{ahead} transactions ahead");
    kept_but(ahead, &load.check());
    is_whole(&lab);
    let record = stand_in.shell(&format!(
        ". ./env; {ROOT}/target/lab-python/bin/python -c '\
         import boto3, os\n\
         dns = boto3.client(\"route53\", endpoint_url=os.environ[\"AWS_ENDPOINT_URL\"])\n\
         sets = dns.list_resource_record_sets(HostedZoneId=\"{zone}\")[\"ResourceRecordSets\"]\n\
         print([s[\"ResourceRecords\"][0][\"Value\"] for s in sets if s[\"Name\"] == \"db.example.test.\"])'"
    ));
    assert_eq!(record, "['site-b.example.test']");
    lab.record();
}

#[test]
fn a_site_that_went_on_alone_before_it_was_lost_comes_back_with_a_full_copy() {
    let lab = galera(24340);
    let load = Load::begin(&lab, 24340);
    // What a cut line does: site A and the arbitrator are a majority without site B, and go on.
    let of_b = lab.shell("cat n3/pid n4/pid | paste -sd ' ' -");
    lab.shell(&format!("kill -STOP {of_b}"));
    let complete = |size: &str| ask(&lab, "n1", "SHOW STATUS LIKE 'wsrep_cluster_size'").ends_with(size);
    let stopped = Instant::now();
    while !complete("\t3") {
        assert!(stopped.elapsed() < Duration::from_secs(60), "site A does not go on alone");
        std::thread::sleep(Duration::from_millis(200));
    }
    std::thread::sleep(Duration::from_secs(1));
    kill(&lab, "n1 n2 arbitrator");
    lab.shell(&format!("kill -CONT {of_b}"));

    rb006(&lab, &["--mode", "simulation", "--var", &load.witness()]).exits(0).says("objective 0: MISSED");
    assert!(did(&lab, "bootstrap") && did(&lab, "rebuild"));
    let check = load.check();
    assert!(check["lost"].as_u64().unwrap() > 0, "site A has taken no write alone: nothing was shown: {check}");
    // Galera alone would have called them equal.
    is_whole(&lab);
    for kept in ["n1/data.aside/ibdata1", "n2/data.aside/ibdata1"] {
        assert!(lab.dir.join(kept).exists(), "{kept}: evidence of lost writes");
    }
    lab.record();
}

fn redis(port: u16) -> Lab {
    Lab::up("redis", &[("port_base", port.to_string())])
}

fn rb009(lab: &Lab) -> Ran {
    // A sample that no environment variable could hold.
    let sample = "sample_query=SELECT CONCAT('product:', id) AS cache_key, CONCAT(JSON_OBJECT('id', id, 'price', price), REPEAT(' ', 700)) \
                  AS value FROM shop.products ORDER BY RAND() LIMIT 200";
    let more = ["--mode", "simulation", "--var", sample];
    lab.lead("incidents/RB-009-cache-corruption.md", &page("labs/rb-009.answers.yaml"), &more)
}

/// Every product in this cache is as the database has it, and there is none besides: looked at without the runbook's help.
fn is_as_the_database(lab: &Lab, cache: &str) {
    let truth = lab.shell("bin/sql \"SELECT CONCAT('product:', id, '=', JSON_OBJECT('id', id, 'price', price)) FROM shop.products\" | sort");
    let held = lab.shell(&format!(
        "bin/cache {cache} --scan --pattern 'product:*' > held.keys; \
         paste -d = held.keys <(sed 's/^/GET /' held.keys | bin/cache {cache}) | sort"
    ));
    assert_eq!(truth.lines().count(), 5000);
    assert!(truth == held, "{cache} holds other products than the database");
}

#[test]
fn a_corrupted_cache_whose_replica_copied_the_damage_is_emptied_and_filled_again() {
    let lab = redis(24360);
    // Nothing is wrong yet: the runbook must not touch a sound cache.
    rb009(&lab).exits(1).says("compare-primary");
    assert!(!did(&lab, "stop-writer") && !did(&lab, "empty"));

    // A third is of another type, a third is an empty text, and what is left is right: both are wrong, and neither is missing.
    let damage = "for _, k in ipairs(redis.call('KEYS', 'product:*')) do local turn = tonumber(string.sub(k, 9)) % 3 \
                  if turn == 0 then redis.call('DEL', k) redis.call('RPUSH', k, 'x') elseif turn == 1 then redis.call('SET', k, '') end end";
    lab.shell("bin/cache c1 SET session:1 keep; bin/cache c1 SET product:999999 leftover");
    lab.shell(&format!("bin/cache c1 -e EVAL \"{damage}\" 0"));
    assert_ne!(lab.shell("bin/probe && echo right || echo wrong"), "right");
    rb009(&lab).exits(0);
    assert!(did(&lab, "empty") && !did(&lab, "switch"));
    is_as_the_database(&lab, "address");
    is_as_the_database(&lab, "c2");
    assert_eq!(lab.shell("bin/cache address GET session:1"), "keep", "what cannot be made again must stay");
    lab.record();
}

#[test]
fn a_replica_that_was_cut_off_before_the_damage_takes_over() {
    let lab = redis(24364);
    lab.shell("bin/cache c2 CONFIG SET masterauth wrong; bin/cache c1 CLIENT KILL TYPE replica");
    // What the replica has missed and the database has not: the backfill must bring it.
    lab.shell("bin/sql 'UPDATE shop.products SET price = price + 1 WHERE id = 1'; bin/corrupt");
    rb009(&lab).exits(0);
    assert!(did(&lab, "switch") && !did(&lab, "empty"));
    for cache in ["address", "c1", "c2"] {
        is_as_the_database(&lab, cache);
    }
    assert!(lab.shell("bin/cache c1 INFO replication").contains("role:slave"));
    assert!(lab.shell("bin/cache c2 INFO replication").contains("role:master"));
    assert_ne!(lab.shell("ls evidence"), "", "the damage is kept for whoever looks for its cause");
    lab.record();
}

#[test]
fn a_chaos_day_undoes_its_faults_by_itself_even_when_the_engine_is_killed() {
    let network = Lab::up("network-namespaces", &[("prefix", "rbchaos".into())]);
    let network_lab = network.dir.display().to_string();
    let small = [("address_by", "checks".into()), ("disk_mb", "300".into()), ("network_lab", network_lab)];
    let lab = Lab::up("galera", &[&[("port_base", "24370".to_owned())], &small[..]].concat());
    let load = Load::begin(&lab, 24370);

    let file = |name: &str| lab.dir.join(name).display().to_string();
    let mut args =
        vec!["run".to_owned(), page("drills/chaos-day.md"), "--yes".into(), "--mode".into(), "simulation".into()];
    args.extend(["--inventory".into(), file("inventory.yaml"), "--var-file".into(), file("chaos.yaml")]);
    args.extend(["--answers".into(), page("labs/chaos-day.answers.yaml")]);
    // This seed draws each of the three, on n1, which takes the writes.
    for given in ["seed=41", "rounds=3", "fault_seconds=11", "pause_min=1", "pause_max=2", &load.witness()] {
        args.extend(["--var".into(), given.to_owned()]);
    }
    let running = lab.house.call(&args).start();
    crate::support::eventually("a fault stands", || {
        std::thread::sleep(Duration::from_millis(50));
        !lab.house.run_dirs().is_empty() && did(&lab, "writes-go-on")
    });
    running.kill();
    let log = || std::fs::read_to_string(lab.dir.join("faults/log")).unwrap();
    assert!(log().ends_with("injected cut n1\n"), "{}", log());
    let cable = || lab.shell("ip -n rbchaos-hub -br link show n1").split_whitespace().nth(1).unwrap().to_owned();
    assert_eq!(cable(), "DOWN");
    // Nobody is there any more who could undo it.
    let killed = Instant::now();
    while cable() != "UP" || lab.shell("bin/fault over && timeout 5 bin/whole || true") != "nothing is armed\nwhole" {
        assert!(killed.elapsed() < Duration::from_secs(60), "nothing has undone it: {}", log());
        std::thread::sleep(Duration::from_millis(200));
    }
    assert!(log().ends_with("undone cut n1 by guardian\n"), "{}", log());

    let answers = page("labs/chaos-day.answers.yaml");
    lab.house.call(["resume", &lab.house.run_id(), "--yes", "--answers", &answers]).run().exits(0);
    let did: Vec<String> = log().lines().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect();
    let of = |fault: &str| [format!("injected {fault} n1"), format!("undone {fault} n1 by guardian")];
    assert_eq!(did, ["cut", "fill", "kill"].map(of).concat());
    let journal = std::fs::read_to_string(lab.house.run_dir().join("journal.jsonl")).unwrap();
    for draw in 1..=3 {
        assert!(journal.contains(&format!("drawn at random: seed 41, draw {draw}")), "{journal}");
    }
    let check = load.check();
    assert!(check["acknowledged"].as_u64().unwrap() > 1000, "{check}");
    assert!(check["failed_attempts"].as_u64().unwrap() > 0, "nobody has noticed anything: {check}");
    assert_eq!(check["lost"], 0, "{check}");
    is_whole(&lab);
    lab.record();
}
