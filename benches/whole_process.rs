//! Whole-process measurements, side by side on the same machine in the same minute: ratios, not absolute claims.
//!
//! `cargo bench --bench whole_process` builds the release binary and prints a table. With `-- --check` it fails when a
//! promise of the README is broken. `just` is compared when it is on PATH.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const BIN: &str = env!("CARGO_BIN_EXE_runbook");

/// One thing to time.
struct Case<'a> {
    name: &'a str,
    run: Box<dyn Fn() -> Command + 'a>,
}

fn quiet(command: &mut Command) -> Duration {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let began = Instant::now();
    let status = command.status().expect("it starts");
    let took = began.elapsed();
    assert!(status.success(), "{command:?} ended with {status}");
    took
}

/// Medians of `rounds` rounds in which every case runs once, so that a slow minute hits all of them.
fn medians(cases: &[Case<'_>], rounds: usize) -> Vec<Duration> {
    let mut times = vec![Vec::new(); cases.len()];
    for _ in 0..rounds {
        for (case, times) in cases.iter().zip(&mut times) {
            times.push(quiet(&mut (case.run)()));
        }
    }
    times
        .into_iter()
        .map(|mut t| {
            t.sort();
            t[t.len() / 2]
        })
        .collect()
}

fn on_path(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|p| std::env::split_paths(&p).any(|d| d.join(program).is_file()))
}

fn runbook_of(steps: usize) -> String {
    let mut text = String::from("# Trivial\n\n## Procedure\n\n");
    for i in 1..=steps {
        writeln!(text, "{i}. Step {i}\n   ```bash\n   true\n   ```").unwrap();
    }
    text
}

fn run(file: &Path, runs: &Path) -> Command {
    let mut command = Command::new(BIN);
    command.arg("run").arg(file).arg("--yes").arg("--runs-dir").arg(runs);
    command
}

fn show(label: &str, time: Duration, base: Duration) {
    println!("{label:<44} {:>9.1} ms   {:>5.2}×", time.as_secs_f64() * 1e3, time.as_secs_f64() / base.as_secs_f64());
}

fn main() {
    let check = std::env::args().any(|a| a == "--check");
    let dir = tempfile::tempdir().unwrap();
    let mut broken = Vec::new();
    overhead(dir.path(), &mut broken);
    start_up(&mut broken);
    long_plan(dir.path(), &mut broken);
    tree(dir.path(), &mut broken);
    pages(dir.path(), &mut broken);
    for promise in &broken {
        println!("BROKEN: {promise}");
    }
    assert!(!check || broken.is_empty(), "a promise is broken");
}

/// 100 trivial steps with every sync, against the same work without any.
fn overhead(dir: &Path, broken: &mut Vec<String>) {
    let file = dir.join("trivial.md");
    std::fs::write(&file, runbook_of(100)).unwrap();
    let justfile = dir.join("justfile");
    let lines = |line: &str| format!("    @{line}\n").repeat(100);
    std::fs::write(&justfile, format!("bash:\n{}sh:\n{}", lines("bash -c true"), lines("true"))).unwrap();
    let runs = dir.join("runs");
    let mut cases = vec![
        Case {
            name: "bash: for … do bash -c true",
            run: Box::new(|| {
                let mut c = Command::new("bash");
                c.args(["-c", "for ((i = 0; i < 100; i++)); do bash -c true; done"]);
                c
            }),
        },
        Case { name: "runbook run --yes, 2 syncs a step", run: Box::new(|| run(&file, &runs)) },
    ];
    if on_path("just") {
        for (name, recipe) in
            [("just: 100 lines of bash -c true, no sync", "bash"), ("just: 100 lines of true in sh, no sync", "sh")]
        {
            let justfile = &justfile;
            cases.push(Case {
                name,
                run: Box::new(move || {
                    let mut c = Command::new("just");
                    c.arg("--justfile").arg(justfile).arg(recipe);
                    c
                }),
            });
        }
    }
    let times = medians(&cases, 21);
    println!("\n100 steps of `true`, median of 21 rounds");
    for (case, time) in cases.iter().zip(&times) {
        show(case.name, *time, times[0]);
    }
    if times[1].as_secs_f64() > 1.3 * times[0].as_secs_f64() {
        broken.push("100 steps cost more than 1.3× a loop of `bash -c true`".into());
    }
    if times.get(2).is_some_and(|just| times[1] >= *just) {
        broken.push("100 steps cost more than just".into());
    }
}

fn start_up(broken: &mut Vec<String>) {
    let cases = [Case {
        name: "runbook --version",
        run: Box::new(|| {
            let mut c = Command::new(BIN);
            c.arg("--version");
            c
        }),
    }];
    let times = medians(&cases, 51);
    println!("\nstart, median of 51");
    show(cases[0].name, times[0], times[0]);
    if times[0] > Duration::from_millis(10) {
        broken.push("`runbook --version` takes more than 10 ms".into());
    }
}

/// A plan ten times as long takes about ten times as long.
fn long_plan(dir: &Path, broken: &mut Vec<String>) {
    println!("\nplan --format json, by length");
    let mut before: Option<(usize, Duration)> = None;
    for steps in [10_000, 100_000] {
        let file = dir.join(format!("long-{steps}.md"));
        std::fs::write(&file, runbook_of(steps)).unwrap();
        let case = [Case {
            name: "",
            run: Box::new(|| {
                let mut c = Command::new(BIN);
                c.args(["plan", "--format", "json"]).arg(&file);
                c
            }),
        }];
        let time = medians(&case, 3)[0];
        show(&format!("{steps} steps"), time, before.map_or(time, |b| b.1));
        if let Some((_, short)) = before
            && time.as_secs_f64() > 15.0 * short.as_secs_f64()
        {
            broken.push("planning is not linear".into());
        }
        before = Some((steps, time));
    }
}

/// 1,000 copies of RB-001.
fn tree(dir: &Path, broken: &mut Vec<String>) {
    let rb001: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("runbooks/incidents/RB-001-master-failover.md");
    let text = std::fs::read(&rb001).unwrap();
    let tree = dir.join("tree");
    std::fs::create_dir(&tree).unwrap();
    for i in 0..1000 {
        std::fs::write(tree.join(format!("RB-{i:04}.md")), &text).unwrap();
    }
    let case = [Case {
        name: "runbook check, 1,000 copies of RB-001",
        run: Box::new(|| {
            let mut c = Command::new(BIN);
            c.args(["check", "--quiet"]).arg(&tree);
            c
        }),
    }];
    let time = medians(&case, 5)[0];
    println!("\n1000 files, {} KB each", text.len() / 1000);
    show(case[0].name, time, time);
    if time > Duration::from_secs(2) {
        broken.push("checking 1,000 copies of RB-001 takes more than 2 s".into());
    }
}

/// Our own pages of every kind: runbooks, manuals, templates, lists. On average as long as pages are in the wild.
const PAGES: [&str; 13] = [
    "runbooks/incidents/RB-001-master-failover.md",
    "runbooks/labs/mariadb-replication.md",
    "docs/language.md",
    "docs/journal.md",
    "README.md",
    "CHANGELOG.md",
    "fuzz/README.md",
    "tests/lab/README.md",
    "templates/README.md",
    "runbooks/templates/incident.md",
    "runbooks/templates/incident.fr.md",
    "runbooks/templates/drill.fr.md",
    "runbooks/templates/maintenance.fr.md",
];

/// How long a page is on average, in bytes: 3,000 of them are 30 MB, however long our own become.
const LONG: usize = 10_000;

/// 3,000 pages, every finding and every reading printed.
fn pages(dir: &Path, broken: &mut Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let texts = PAGES.map(|page| std::fs::read(root.join(page)).unwrap());
    let tree = dir.join("pages");
    std::fs::create_dir(&tree).unwrap();
    let mut bytes = 0;
    let mut next = texts.iter().cycle();
    for i in 0..3000 {
        // A long one waits until short ones have made room.
        let fits = |text: &&Vec<u8>| bytes + text.len() <= (i + 6) * LONG;
        let text = next.find(fits).unwrap();
        bytes += text.len();
        std::fs::write(tree.join(format!("page-{i:04}.md")), text).unwrap();
    }
    let case = [Case {
        name: "runbook check, 3,000 pages",
        run: Box::new(|| {
            let mut c = Command::new(BIN);
            c.arg("check").arg(&tree);
            c
        }),
    }];
    let time = medians(&case, 5)[0];
    println!("\n3000 files, {} MB in all, median of 5", bytes / 1_000_000);
    show(case[0].name, time, time);
    if time > Duration::from_secs(1) {
        broken.push("checking 3,000 pages takes more than 1 s".into());
    }
}
