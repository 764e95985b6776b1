//! The kept fuzz corpus again, without a fuzzer: every file of `fuzz/corpus-min/<target>/` through its target's checks.
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "../fuzz/checks/mod.rs"]
mod checks;

#[test]
fn corpora_hold() {
    for (target, check) in checks::TARGETS {
        let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus-min").join(target);
        let mut files: Vec<_> = std::fs::read_dir(&dir).expect(target).map(|e| e.unwrap().path()).collect();
        files.sort();
        assert!(!files.is_empty(), "{target} has no corpus");
        for file in files {
            let data = std::fs::read(&file).unwrap();
            let result = std::panic::catch_unwind(|| check(&data));
            assert!(result.is_ok(), "{} does not hold", file.display());
        }
    }
}
