//! Golden pictures of what texts parse to: every `tests/parse/ok/*.md` beside its `.snap`.
#![allow(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used, clippy::expect_used)]

#[path = "common/dump.rs"]
mod dump;

#[test]
fn ok() {
    let mut files: Vec<_> = std::fs::read_dir("tests/parse/ok").unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "md"));
    files.sort();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("parse/ok");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for file in files {
            let text = std::fs::read_to_string(&file).unwrap();
            let name = file.file_stem().unwrap().to_string_lossy().into_owned();
            insta::assert_snapshot!(name, dump::dump(&text, &runbook::syntax::parse(&text)));
        }
    });
}
