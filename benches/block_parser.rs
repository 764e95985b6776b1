//! Criterion benchmarks of reading: the block parser beside pulldown-cmark, then a runbook's meaning and its plan.
//!
//! `cargo bench --bench block_parser`. Whether the promised ratio holds says `blocks_ratio`.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "common/documents.rs"]
mod documents;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use pulldown_cmark::Parser;
use runbook::source::Source;
use std::hint::black_box;

/// As in the program; both parsers have it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn blocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("blocks");
    for sample in documents::samples() {
        group.throughput(Throughput::Bytes(sample.text.len() as u64));
        group.bench_with_input(BenchmarkId::new("runbook", sample.name), &sample.text, |b, text| {
            b.iter(|| black_box(runbook::syntax::parse(black_box(text))));
        });
        group.bench_with_input(BenchmarkId::new("pulldown-cmark", sample.name), &sample.text, |b, text| {
            b.iter(|| Parser::new_ext(black_box(text), documents::gfm()).for_each(|event| drop(black_box(event))));
        });
    }
    group.finish();
}

fn meaning(c: &mut Criterion) {
    let mut group = c.benchmark_group("meaning");
    group.sample_size(20);
    for sample in documents::samples() {
        let source = Source::new("RB-9-x.md", sample.text);
        let document = runbook::syntax::parse(&source.text);
        let read = runbook::runbook::read(&source, &document);
        group.throughput(Throughput::Bytes(source.text.len() as u64));
        group.bench_function(BenchmarkId::new("read", sample.name), |b| {
            b.iter(|| black_box(runbook::runbook::read(&source, &document)));
        });
        group.bench_function(BenchmarkId::new("plan", sample.name), |b| {
            b.iter(|| black_box(runbook::plan::build::build(&read).is_ok()));
        });
    }
    group.finish();
}

criterion_group!(benches, blocks, meaning);
criterion_main!(benches);
