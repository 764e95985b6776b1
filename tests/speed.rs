//! How the work grows with the text, from its bytes to the plan: four times a hostile text must not take much more than
//! four times as long. Unoptimised builds try shorter texts; `cargo test --release --test speed` tries the full ones.
//!
//! With `-- --ignored --nocapture`: how fast documents are read.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::format_push_string,
    clippy::format_collect
)]

mod dump;

use nix::time::{ClockId, clock_gettime};
use runbook::source::Source;
use std::time::{Duration, Instant};

/// What this thread has used: a loaded machine does not make it more.
fn cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap())
}

/// Text → blocks → meaning → findings → plan.
fn whole(text: &str) {
    let source = Source::new("RB-9-x.md", text);
    let document = runbook::syntax::parse(&source.text);
    let meaning = runbook::runbook::read(&source, &document);
    std::hint::black_box(runbook::check::all(&runbook::check::alone(&source, &document, &meaning)));
    std::hint::black_box(runbook::plan::build::build(&meaning).is_ok());
}

/// The least of some rounds; fewer where one takes long.
fn least(text: &str) -> Duration {
    let mut best = Duration::MAX;
    for _ in 0..4 {
        let began = cpu();
        whole(text);
        best = best.min(cpu().saturating_sub(began));
        if best > Duration::from_millis(400) {
            break;
        }
    }
    best
}

/// Four times the text takes at most eight times as long. `most` is the longer text's `n`.
fn grows_with_its_length(name: &str, most: usize, text: impl Fn(usize) -> String) {
    // Unoptimised, a generated parser is some thirty times slower.
    let most = if cfg!(debug_assertions) { most / 25 } else { most };
    let (short, long) = (text(most / 4), text(most));
    // Below some milliseconds a ratio says nothing.
    let floor = Duration::from_millis(3);
    let (once, four) = (least(&short).max(floor), least(&long));
    let ratio = four.as_secs_f64() / once.as_secs_f64();
    println!("{name:<44} {:>9} bytes {once:>11.1?} {four:>11.1?} ×{ratio:.1}", long.len());
    assert!(ratio < 8.0, "{name}: {once:?} for {} bytes, {four:?} for {}", short.len(), long.len());
}

/// So many levels of indentation that the text is about `n` bytes.
fn stairs(line: &'static str) -> impl Fn(usize) -> String {
    move |n| (0..n.isqrt()).map(|i| ["  ".repeat(i).as_str(), line, "\n"].concat()).collect()
}

const HEAD: &str = "# T\n\n## Procedure\n\n";

#[test]
fn hostile_nesting_stays_linear() {
    grows_with_its_length("quotes in quotes", 40_000, |n| "> ".repeat(n) + "x");
    grows_with_its_length("bullets in bullets on one line", 20_000, |n| HEAD.to_owned() + &"- ".repeat(n) + "x");
    grows_with_its_length("numbers in numbers on one line", 20_000, |n| HEAD.to_owned() + &"1. ".repeat(n) + "x");
    grows_with_its_length("quotes and bullets", 10_000, |n| "> - ".repeat(n) + "x");
    let lists = stairs("- [ ] Stop it");
    grows_with_its_length("tabs in tabs", 400_000, |n| {
        let n = (n / 2).isqrt();
        HEAD.to_owned()
            + &(0..n).map(|i| format!("{0}=== \"A\"\n", "    ".repeat(i))).collect::<String>()
            + &" ".repeat(4 * n)
            + "x\n"
    });
    grows_with_its_length("lists in lists", 1_000_000, |n| HEAD.to_owned() + &lists(n));
    let boxes = stairs("[ ] Stop it");
    grows_with_its_length("boxes in boxes", 1_000_000, |n| HEAD.to_owned() + &boxes(n));
    let fences = stairs("- Run it\n");
    grows_with_its_length("loose lists in lists", 1_000_000, |n| HEAD.to_owned() + &fences(n));
}

#[test]
fn hostile_lengths_stay_linear() {
    grows_with_its_length("fences left of their items, never closed", 40_000, |n| {
        HEAD.to_owned() + &"1. Run it\n   ```bash\nls\n\nwords\n".repeat(n)
    });
    grows_with_its_length("fences left of their items", 40_000, |n| {
        HEAD.to_owned() + &"1. Run it\n   ```bash\nls\n   ```\n".repeat(n)
    });
    grows_with_its_length("a fence left of its item, never closed", 200_000, |n| {
        HEAD.to_owned() + "1. Run it\n   ```bash\n" + &"ls -l\n".repeat(n)
    });
    grows_with_its_length("items with a fence on their line", 40_000, |n| {
        HEAD.to_owned() + &"- ```\nwords\n".repeat(n)
    });
    grows_with_its_length("paragraphs behind ways", 20_000, |n| {
        let ways = "1. Do it\n\n   **Option A: x**\n\n   ```bash\n   ls\n   ```\n\n   **Option B: y**\n\n   ```bash\n   ls\n   ```\n\n";
        HEAD.to_owned() + ways + &"   Then look.\n\n   **Some words**\n\n".repeat(n)
    });
    grows_with_its_length("ways of one item", 5_000, |n| {
        HEAD.to_owned() + "1. Do it\n\n" + &"   **Option A: x**\n\n   ```bash\n   ls\n   ```\n\n".repeat(n)
    });
    grows_with_its_length("tabs", 20_000, |n| HEAD.to_owned() + &"=== \"A\"\n    ```bash\n    ls\n    ```\n".repeat(n));
    grows_with_its_length("sets of tabs in an item", 20_000, |n| {
        HEAD.to_owned()
            + "1. Run\n\n"
            + &"    ===! \"A\"\n        `ls`\n    === \"B\"\n        x\n\n    Run `ls`\n\n".repeat(n)
    });
    grows_with_its_length("heads without a body", 100_000, |n| HEAD.to_owned() + &"=== \"A\"\n\n".repeat(n));
    grows_with_its_length("admonitions", 20_000, |n| {
        HEAD.to_owned() + &"!!! warning\n    Mind it.\n\nStop it.\n\n".repeat(n)
    });
    grows_with_its_length("one line", 10_000_000, |n| "a".repeat(n));
    grows_with_its_length("one line of words", 10_000_000, |n| "words ".repeat(n / 6));
    grows_with_its_length("100,000 items", 100_000, |n| HEAD.to_owned() + &"- [ ] Stop it\n".repeat(n));
    grows_with_its_length("100,000 numbers", 100_000, |n| HEAD.to_owned() + &"1. Run `ls -l`\n".repeat(n));
    grows_with_its_length("100,000 rows", 100_000, |n| {
        HEAD.to_owned() + "| a | b |\n|---|---|\n" + &"| `ls` | x |\n".repeat(n)
    });
    grows_with_its_length("10,000 headings of one name", 10_000, |n| "## Step\n\n- [ ] Stop it\n\n".repeat(n));
    grows_with_its_length("20,000 fences", 20_000, |n| {
        HEAD.to_owned() + &"1. Run it\n   ```bash\n   ls\n   ```\n".repeat(n)
    });
    grows_with_its_length("a fence of 200,000 lines", 200_000, |n| {
        HEAD.to_owned() + "1. Run it\n\n```bash\n" + &"ls -l\n".repeat(n) + "```\n"
    });
    grows_with_its_length("front matter of many keys", 40_000, |n| {
        let keys: String = (0..n).map(|i| format!("key{i}: x\n")).collect();
        format!("---\n{keys}---\n# T\n")
    });
}

#[test]
fn hostile_marks_stay_linear() {
    grows_with_its_length("open parentheses in a fence", 20_000, |n| {
        HEAD.to_owned() + "Do it:\n\n```bash {effect=write}\nls\n" + &"(( ".repeat(n / 3) + "\n```\n"
    });
    grows_with_its_length("purposes in a fence", 400_000, |n| {
        HEAD.to_owned() + "```bash\n" + &"# to stop it\nsystemctl stop a\n\n".repeat(n / 31) + "```\n"
    });
    grows_with_its_length("sentences above a fence", 400_000, |n| {
        HEAD.to_owned() + &"It is so. ".repeat(n / 10) + "Run it:\n\n```bash\nls\n```\n"
    });
    grows_with_its_length("one of many", 400_000, |n| {
        HEAD.to_owned() + "Run one of the following:\n\n" + &"- Stop it with `systemctl stop a`\n".repeat(n / 34)
    });
    grows_with_its_length("commands in quotes", 400_000, |n| HEAD.to_owned() + &"Run\n\n> az login\n\n".repeat(n / 17));
    for mark in [
        "[", "`", "``` ", "{", "{{ ", "<!--", "<", "<a", "<a ", "![", "**", "_", "~~~", "(", "\\", "${", "$(", "\"",
        "| ",
    ] {
        grows_with_its_length(&format!("{mark:?} in a paragraph"), 60_000, |n| {
            HEAD.to_owned() + "x " + &mark.repeat(n) + "\n"
        });
        grows_with_its_length(&format!("{mark:?} in items"), 20_000, |n| {
            HEAD.to_owned() + &format!("- [ ] Stop {mark} it\n").repeat(n)
        });
        grows_with_its_length(&format!("{mark:?} in a command"), 30_000, |n| {
            HEAD.to_owned() + "1. Run\n\n```bash\necho " + &mark.replace("``` ", "'").repeat(n) + "\n```\n"
        });
    }
    grows_with_its_length("placeholders that do not close", 20_000, |n| {
        HEAD.to_owned() + "1. Run\n\n```bash\n" + &"ping <host\n".repeat(n) + "```\n"
    });
    grows_with_its_length("placeholders", 20_000, |n| {
        HEAD.to_owned() + "1. Run\n\n```bash\n" + &"ping <host>\n".repeat(n) + "```\n"
    });
    grows_with_its_length("command lines in one sentence", 20_000, |n| {
        HEAD.to_owned() + "1. Do " + &"`ls -l /x` and ".repeat(n) + "\n"
    });
    grows_with_its_length("warnings before a step", 20_000, |n| {
        HEAD.to_owned() + &"> **Warning**: mind it.\n\nWords.\n\n".repeat(n) + "```bash\nls\n```\n"
    });
    grows_with_its_length("sections that begin with words", 20_000, |n| {
        HEAD.to_owned() + &"Words.\n\n".repeat(n) + &"### A\n\n**Scenario**: words\n\n".repeat(n)
    });
    grows_with_its_length("attributes that do not close", 20_000, |n| "## Step {#a x=\"\n\n".repeat(n));
    grows_with_its_length("front matter in brackets", 2_000, |n| format!("---\na: {}\n---\n# T\n", "[".repeat(n)));
    let maps = |n: usize| -> String { (0..n.isqrt()).map(|i| format!("{}k:\n", " ".repeat(i))).collect() };
    grows_with_its_length("front matter of maps in maps", 100_000, |n| format!("---\n{}---\n# T\n", maps(n)));
}

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
