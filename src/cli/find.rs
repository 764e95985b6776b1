//! Where things are: runbook files by id, the runs directory, the operator's name.

use super::args::RunsDir;
use super::exit::Failure;
use std::io::Read;
use std::path::{Path, PathBuf};

/// The file that an argument means: a path, or an id looked up under `dir`.
pub fn runbook(name: &str, dir: &Path) -> Result<PathBuf, Failure> {
    let path = Path::new(name);
    if path.is_dir() {
        return Err(Failure::usage(format!("`{name}` is a directory"), "name a runbook file in it"));
    }
    if path.exists() {
        return Ok(path.to_owned());
    }
    let files = markdown_files(dir);
    let stem = |p: &Path| p.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
    let wanted = name.trim_end_matches(".md").to_lowercase();
    let fits = |p: &&PathBuf| {
        let stem = stem(p).to_lowercase();
        stem == wanted || stem.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(['-', '_', '.', ' ']))
    };
    let mut found: Vec<&PathBuf> = files.iter().filter(fits).collect();
    // `RB-001` is the page, `RB-001.fr` the same page in French.
    match wanted.strip_suffix(".fr") {
        None if found.len() > 1 => found.retain(|path| !is_translation(path, &files)),
        Some(id) if found.is_empty() => {
            let begins = |p: &&PathBuf| {
                stem(p).to_lowercase().strip_prefix(id).is_some_and(|rest| rest.starts_with(['-', '_', '.', ' ']))
            };
            found = files.iter().filter(begins).filter(|path| is_translation(path, &files)).collect();
        }
        _ => {}
    }
    if found.is_empty() {
        found = by_written_id(&wanted, &files);
    }
    match found.as_slice() {
        [one] => Ok((*one).clone()),
        [] => {
            let near = files
                .iter()
                .flat_map(|p| {
                    let stem = stem(p);
                    let id: String = stem.splitn(3, '-').take(2).collect::<Vec<_>>().join("-");
                    [Some(id), Some(stem), written_id(p)]
                })
                .flatten()
                .map(|s| (strsim::jaro_winkler(&s.to_lowercase(), &wanted), s))
                .filter(|(score, _)| *score > 0.8)
                .max_by(|a, b| a.0.total_cmp(&b.0));
            let help = match near {
                Some((_, near)) => format!("did you mean `{near}`?"),
                None if files.is_empty() => format!(
                    "ids are looked up under `{}`, and no Markdown file is there; give a path, or `--runbooks-dir`",
                    dir.display()
                ),
                None => format!("give a path, or one of the {} runbooks under `{}`", files.len(), dir.display()),
            };
            Err(Failure::usage(format!("there is no runbook `{name}`"), help))
        }
        several => {
            let names: Vec<String> = several.iter().map(|p| p.display().to_string()).collect();
            Err(Failure::usage(format!("`{name}` may be any of {}", names.join(", ")), "give the path"))
        }
    }
}

/// The files whose front matter says `id: NAME`, for names that are not those of the files.
fn by_written_id<'a>(wanted: &str, files: &'a [PathBuf]) -> Vec<&'a PathBuf> {
    let (id, in_french) = wanted.strip_suffix(".fr").map_or((wanted, false), |id| (id, true));
    let says = |path: &&PathBuf| written_id(path).is_some_and(|written| written.to_lowercase() == id);
    let said: Vec<&PathBuf> = files.iter().filter(says).collect();
    let (translations, pages): (Vec<_>, Vec<_>) = said.into_iter().partition(|path| is_translation(path, files));
    if in_french { translations } else { pages }
}

/// What the front matter of a file calls its id, if a line of its own says so.
fn written_id(path: &Path) -> Option<String> {
    // Front matter is short: the rest of a long page is not read.
    let mut head = Vec::new();
    std::fs::File::open(path).ok()?.take(8192).read_to_end(&mut head).ok()?;
    let head = String::from_utf8_lossy(&head);
    let mut lines = head.lines();
    if lines.next()?.trim_start_matches('\u{feff}').trim_end() != "---" {
        return None;
    }
    let id = lines.take_while(|line| line.trim_end() != "---").find_map(|line| line.strip_prefix("id:"))?;
    let id = id.split(" #").next().unwrap_or(id).trim().trim_matches(['"', '\'']);
    (!id.is_empty()).then(|| id.to_owned())
}

/// Whether a page is another one's in French: `NAME.fr.md` beside `NAME.md`.
pub fn is_translation(path: &Path, among: &[PathBuf]) -> bool {
    let text = path.to_string_lossy();
    text.strip_suffix(".fr.md")
        .is_some_and(|name| among.iter().any(|other| other.as_os_str() == format!("{name}.md").as_str()))
}

/// Markdown files under a directory, in order of their paths; hidden directories and what build tools leave are not entered.
pub fn markdown_files(dir: &Path) -> Vec<PathBuf> {
    let mut open = vec![dir.to_owned()];
    let mut out = Vec::new();
    while let Some(dir) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let name = entry.file_name().to_string_lossy().into_owned();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                if !name.starts_with('.') && name != "node_modules" && name != "target" {
                    open.push(path);
                }
            } else if Path::new(&name)
                .extension()
                .is_some_and(|e| e.eq_ignore_ascii_case("md") || e.eq_ignore_ascii_case("markdown"))
            {
                out.push(path);
            }
        }
    }
    out.sort();
    out
}

/// Where runs are kept.
pub fn runs_dir(args: &RunsDir) -> Result<PathBuf, Failure> {
    if let Some(dir) = &args.runs_dir {
        return std::path::absolute(dir).map_err(|e| Failure::system(format!("find `{}`", dir.display()), e));
    }
    let state = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home =
        || std::env::var_os("HOME").map(PathBuf::from).filter(|p| p.is_absolute()).map(|h| h.join(".local/state"));
    state.or_else(home).map(|dir| dir.join("runbook").join("runs")).ok_or_else(|| {
        Failure::usage(
            "there is no place to keep runs: neither XDG_STATE_HOME nor HOME is set",
            "pass `--runs-dir DIR`",
        )
    })
}

/// Who runs this.
pub fn operator(asked: Option<&str>, answers: Option<&str>) -> String {
    if let Some(name) = asked.or(answers).map(str::trim).filter(|n| !n.is_empty()) {
        return name.to_owned();
    }
    nix::unistd::User::from_uid(nix::unistd::getuid())
        .ok()
        .flatten()
        .map(|user| user.name)
        .or_else(|| std::env::var("USER").ok())
        .unwrap_or_else(|| format!("uid {}", nix::unistd::getuid()))
}

/// The machine's name.
pub fn host() -> String {
    nix::unistd::gethostname().map_or_else(|_| "unknown".to_owned(), |h| h.to_string_lossy().into_owned())
}
