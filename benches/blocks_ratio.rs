//! How the block parser compares with pulldown-cmark on the same documents, in CPU time, side by side.
//!
//! The ratio that is promised is that of the same work: CommonMark's and GitHub's blocks. The last column is what
//! `runbook` does to a document, the lists of attributes on fences, headings and items included, which others do not read.
//!
//! `cargo bench --bench blocks_ratio` prints a table. With `-- --check` it fails when a ratio is above the promise.
//! Further arguments are files to read as well.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

#[path = "common/documents.rs"]
mod documents;

use nix::time::{ClockId, clock_gettime};
use pulldown_cmark::Parser;
use std::hint::black_box;
use std::time::Duration;

/// As in the program; both parsers have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Ours may take so many times pulldown-cmark's time.
const PROMISE: f64 = 3.0;

/// What this thread has used: others on the machine do not count.
fn cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap())
}

fn ours(text: &str) {
    black_box(runbook::syntax::parse_commonmark(black_box(text)));
}

fn with_attributes(text: &str) {
    black_box(runbook::syntax::parse(black_box(text)));
}

/// Every event, inline marks included: it reads no block without them.
fn theirs(text: &str) {
    for event in Parser::new_ext(black_box(text), documents::gfm()) {
        black_box(event);
    }
}

fn time(text: &str, repeat: usize, parse: impl Fn(&str)) -> Duration {
    let began = cpu();
    for _ in 0..repeat {
        parse(text);
    }
    cpu().saturating_sub(began) / u32::try_from(repeat).unwrap()
}

/// The least of many rounds, in which both take turns.
fn measure(text: &str) -> (Duration, Duration, Duration) {
    // A round of about a millisecond or two.
    let repeat = (400_000 / text.len().max(1)).max(1);
    let mut best = (Duration::MAX, Duration::MAX, Duration::MAX);
    for _ in 0..60 {
        best.0 = best.0.min(time(text, repeat, ours));
        best.1 = best.1.min(time(text, repeat, theirs));
        best.2 = best.2.min(time(text, repeat, with_attributes));
    }
    best
}

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let check = arguments.iter().any(|a| a == "--check");
    arguments.retain(|a| a != "--check");
    let mut samples: Vec<(String, String)> =
        documents::samples().into_iter().map(|s| (s.name.to_owned(), s.text)).collect();
    samples.extend(
        arguments.iter().map(|a| (a.rsplit('/').next().unwrap().to_owned(), std::fs::read_to_string(a).unwrap())),
    );
    println!(
        "{:<36} {:>9} {:>13} {:>16} {:>7} {:>16}",
        "document", "KB", "ours MB/s", "pulldown-cmark", "ratio", "with attributes"
    );
    let mut worst: f64 = 0.0;
    for (name, text) in &samples {
        let (ours, theirs, all) = measure(text);
        let speed = |d: Duration| text.len() as f64 / d.as_secs_f64() / 1e6;
        let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
        let whole = all.as_secs_f64() / theirs.as_secs_f64();
        worst = worst.max(ratio);
        println!(
            "{name:<36} {:>9.1} {:>13.1} {:>16.1} {ratio:>6.2}× {whole:>15.2}×",
            text.len() as f64 / 1e3,
            speed(ours),
            speed(theirs)
        );
    }
    println!("worst: {worst:.2}×, promised: {PROMISE:.1}×");
    assert!(!check || worst <= PROMISE, "blocks take more than {PROMISE} times pulldown-cmark's time");
}
