//! How fast documents are read; run with `cargo test --release --test speed -- --ignored --nocapture`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::format_collect
)]

mod dump;

use std::time::Instant;

/// A page like real ones, some 6 KB long.
fn page(n: usize) -> String {
    let mut text = format!("---\nid: RB-{n}\nrto: 5m\n---\n# Page {n}\n\n");
    for i in 0..12 {
        text.push_str(&format!(
            "## Step {i}: Move part {i} (5 min max)\n\nBefore you start, check that **the primary** answers and tell [the team](#step-{i}).\n\n\
             1. Stop the writes on `db-{i}`: `systemctl stop app`\n2. Copy the rest.\n    ```bash\n    export HOST=db-{i}\n    mysql -h $HOST -e \"SHOW SLAVE STATUS\\G\" | grep Seconds\n    ```\n    **Expected**: 0\n\
             - [ ] Confirm the lag is small: ______ (objective: < 5 s)\n\n**If it fails:**\n- [ ] Option A: try again\n- [ ] Option B: → [Step 1](#step-1-move-part-1)\n\n"
        ));
    }
    text
}

#[test]
#[ignore = "a measurement"]
fn three_thousand_files() {
    let pages: Vec<String> = (0..3000).map(page).collect();
    let bytes: usize = pages.iter().map(String::len).sum();
    let start = Instant::now();
    for text in &pages {
        std::hint::black_box(runbook::syntax::parse(text));
    }
    let parsed = start.elapsed();
    let start = Instant::now();
    let mut steps = 0;
    for text in &pages {
        steps += dump::read("x.md", text).steps.len();
    }
    println!("{bytes} bytes, {steps} steps: blocks {parsed:?}, blocks and meaning {:?}", start.elapsed());
}

#[test]
#[ignore = "a measurement"]
fn shapes_that_must_stay_linear() {
    let shapes: [(&str, String); 12] = [
        ("items", "- [ ] Stop it\n".repeat(50_000)),
        ("ordered", "1. Run `ls -l`\n".repeat(50_000)),
        ("headings", "## Option A\n".repeat(20_000)),
        ("conditions", "**If X:**\n\n- [ ] a\n\n".repeat(10_000)),
        ("links", "[a](#b) ".repeat(50_000)),
        ("heredocs", format!("## Steps\n\n1. x\n\n```bash\n{}```\n", "cat << E\n  E\n".repeat(20_000))),
        ("prompts", format!("## Steps\n\n1. x\n\n```console\n{}```\n", "$ echo 'a\n".repeat(5_000))),
        ("comments", format!("## Steps\n\n1. x\n\n```bash\n{}```\n", "# 1. x\nls\n".repeat(10_000))),
        ("nested", (0..300).map(|i| format!("{}- [ ] a\n", "  ".repeat(i))).collect()),
        ("blanks", "a: ____ ".repeat(30_000)),
        ("paragraphs", "Stop the writes now.\n\n".repeat(30_000)),
        ("loose fences", "Stop it:\n\n```bash\nls\n```\n\n".repeat(20_000)),
    ];
    for (name, text) in shapes {
        let half = &text[..text.char_indices().nth(text.chars().count() / 2).map_or(0, |(i, _)| i)];
        let time = |t: &str| {
            let start = Instant::now();
            std::hint::black_box(dump::read("x.md", t).steps.len());
            start.elapsed()
        };
        let (a, b) = (time(half), time(&text));
        println!(
            "{name:14} {:>8} bytes {a:>12?} {b:>12?} x{:.1}",
            text.len(),
            b.as_secs_f64() / a.as_secs_f64().max(1e-9)
        );
    }
}
