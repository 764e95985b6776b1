//! From what bash says of itself at the end of a fence to the session's next state.

use super::declare::{Declaration, declarations, is_name, plain};
use super::state::{Key, Part, State, quote, variable};
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

/// Variables that bash makes by itself and that say nothing about the session.
const OWN: &[&str] = &[
    "COLUMNS",
    "COMP_WORDBREAKS",
    "DIRSTACK",
    "EPOCHREALTIME",
    "EPOCHSECONDS",
    "EUID",
    "FUNCNAME",
    "GROUPS",
    "HISTCMD",
    "HOSTNAME",
    "HOSTTYPE",
    "LINENO",
    "LINES",
    "MACHTYPE",
    "OPTARG",
    "OPTERR",
    "OPTIND",
    "OSTYPE",
    "PIPESTATUS",
    "PPID",
    "PWD",
    "RANDOM",
    "SECONDS",
    "SHELLOPTS",
    "SHLVL",
    "SRANDOM",
    "UID",
    "_",
];

/// Options of `set -o` that carry over. Those that a fence's own attributes decide (`errexit`, `pipefail`), and those that
/// would stop the next fence from running or change its process group, do not.
const OPTIONS: &[&str] = &[
    "allexport",
    "braceexpand",
    "errtrace",
    "functrace",
    "hashall",
    "noclobber",
    "noglob",
    "nounset",
    "physical",
    "xtrace",
];
const ON_BY_DEFAULT: &[&str] = &["braceexpand", "hashall"];

/// What a fence began with.
pub(super) struct Before<'a> {
    /// The state it was given.
    pub(super) state: &'a State,
    /// The environment of the process, without the session.
    pub(super) environment: &'a BTreeMap<OsString, OsString>,
    /// What was set for this fence only.
    pub(super) job: &'a BTreeMap<String, String>,
    /// The process's own mask, when known.
    pub(super) umask: Option<&'a str>,
}

/// The next state; `None` when the dump is not whole (the fence was replaced by `exec`, or killed).
pub(super) fn next(dump: &[u8], before: &Before<'_>) -> Option<State> {
    let body = dump.strip_suffix(b"end\n")?;
    let mut sections = body.split(|byte| *byte == 0);
    let functions = sections.next()?;
    let locals = sections.next()?;
    let variables = declarations(sections.next()?);
    let umask = std::str::from_utf8(sections.next()?).ok()?.trim();

    let locals: BTreeSet<&str> = declarations(locals).iter().map(|local| local.name).collect();
    let mut state = State::new(before.state.directory.clone());
    state.lost.clone_from(&before.state.lost);
    let mut seen = BTreeSet::new();
    for declaration in &variables {
        seen.insert(declaration.name);
        match declaration.name {
            "PWD" => state.directory = PathBuf::from(OsString::from_vec(plain(declaration.value.unwrap_or(b"/")))),
            name if locals.contains(name) => keep(before, name, &mut state),
            _ => take(declaration, before, &mut state),
        }
    }
    for name in before.environment.keys().filter_map(|name| name.to_str()) {
        if is_name(name) && !own(name) && !seen.contains(name) && !before.job.contains_key(name) {
            let code = format!("unset -v {name}").into_bytes();
            state.parts.insert(Key::Variable(name.to_owned()), Part { code, plain: None });
        }
    }
    options(&variables, &mut state);
    if before.umask.is_some_and(|own| own.trim_start_matches('0') != umask.trim_start_matches('0')) {
        state.parts.insert(Key::Umask, Part { code: format!("umask {umask}").into_bytes(), plain: None });
    }
    take_functions(functions, sections, &mut state)?;
    let set: Vec<String> = state.parts.keys().filter_map(|key| named(key).map(str::to_owned)).collect();
    for name in set {
        state.lost.remove(&name);
    }
    Some(state)
}

fn named(key: &Key) -> Option<&str> {
    match key {
        Key::Variable(name) | Key::Function(name) => Some(name),
        _ => None,
    }
}

fn own(name: &str) -> bool {
    OWN.contains(&name) || name.starts_with("__runbook_") || (name.starts_with("BASH") && name != "BASH_ALIASES")
}

/// A variable that this fence could not speak for keeps what the session knew of it.
fn keep(before: &Before<'_>, name: &str, state: &mut State) {
    let key = Key::Variable(name.to_owned());
    if let Some(part) = before.state.parts.get(&key) {
        state.parts.insert(key, part.clone());
    }
}

fn take(declaration: &Declaration<'_>, before: &Before<'_>, state: &mut State) {
    let Declaration { name, flags, value } = *declaration;
    if own(name) {
        return;
    }
    let text = value.map(plain);
    if flags == "x" && text.is_some() {
        if before.job.get(name).map(String::as_bytes) == text.as_deref() {
            return keep(before, name, state);
        }
        if before.environment.get(OsStr::new(name)).map(|value| value.as_bytes()) == text.as_deref() {
            return;
        }
    }
    let default = match name {
        "IFS" => text.as_deref() == Some(b" \t\n"),
        "PS4" => text.as_deref() == Some(b"+ "),
        "SHELL" | "TERM" => flags.is_empty() && !before.environment.contains_key(OsStr::new(name)),
        "OLDPWD" => value.is_none(),
        "BASH_ALIASES" => value == Some(b"()"),
        _ => false,
    };
    if !default {
        let inherited = before.environment.contains_key(OsStr::new(name));
        let code = variable(name, flags, value, inherited);
        state.parts.insert(Key::Variable(name.to_owned()), Part { code, plain: Some(text.unwrap_or_default()) });
    }
}

fn options(variables: &[Declaration<'_>], state: &mut State) {
    let list = |name: &str| -> BTreeSet<String> {
        let found = variables.iter().find(|declaration| declaration.name == name).and_then(|found| found.value);
        let text = String::from_utf8_lossy(&plain(found.unwrap_or_default())).into_owned();
        text.split(':').filter(|option| !option.is_empty()).map(str::to_owned).collect()
    };
    let (base, now) = (list("__runbook_base"), list("BASHOPTS"));
    for option in base.symmetric_difference(&now) {
        let code = format!("shopt -{} {option}", if now.contains(option) { 's' } else { 'u' }).into_bytes();
        let late = option == "expand_aliases";
        let key = if late { Key::Option(option.clone()) } else { Key::Shopt(option.clone()) };
        state.parts.insert(key, Part { code, plain: None });
    }
    let now = list("SHELLOPTS");
    for option in OPTIONS {
        if now.contains(*option) != ON_BY_DEFAULT.contains(option) {
            let code = format!("set {}o {option}", if now.contains(*option) { '-' } else { '+' }).into_bytes();
            state.parts.insert(Key::Option((*option).to_owned()), Part { code, plain: None });
        }
    }
}

fn take_functions<'a>(list: &[u8], mut bodies: impl Iterator<Item = &'a [u8]>, state: &mut State) -> Option<()> {
    for line in list.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let line = std::str::from_utf8(line).ok()?;
        let (head, name) = line.rsplit_once(' ')?;
        if name.starts_with("__runbook_") || name == "trap" {
            continue;
        }
        let mut code = bodies.next()?.trim_ascii_end().to_vec();
        if head.trim_start_matches("declare -").contains('x') {
            code.extend_from_slice(b"\nexport -f -- ");
            code.extend_from_slice(&quote(name.as_bytes()));
        }
        state.parts.insert(Key::Function(name.to_owned()), Part { code, plain: None });
    }
    Some(())
}
