//! Our blocks against an independent CommonMark parser.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stderr)]

#[path = "common/compare.rs"]
mod compare;

#[test]
#[ignore = "reads whatever folder FILES names"]
fn files() {
    fn walk(dir: &std::path::Path, out: &mut Vec<std::path::PathBuf>) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, out);
            } else if path.extension().is_some_and(|e| e == "md") {
                out.push(path);
            }
        }
    }
    let mut files = Vec::new();
    for dir in std::env::var("FILES").unwrap().split(':') {
        walk(std::path::Path::new(dir), &mut files);
    }
    let (mut same, mut all) = (0, 0);
    for file in files {
        let Ok(text) = String::from_utf8(std::fs::read(&file).unwrap()) else { continue };
        let text = text.trim_start_matches('\u{feff}');
        all += 1;
        match compare::differences(text) {
            None => same += 1,
            Some(what) => eprintln!("== {}\n{what}", file.display()),
        }
    }
    eprintln!("{same} of {all} the same");
}
