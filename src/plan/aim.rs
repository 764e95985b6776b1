//! Where a command goes besides this machine: the names in its attributes, and what they stand for in a run.

use super::model::CommandWork;
use super::render::{self, Scope};
use crate::runbook::model::{Effect, Interpreter};
use serde::{Deserialize, Serialize};

/// What kind of place a name leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A database connection, or a group of them.
    Connection,
    /// A host, or a group of them.
    Host,
    /// An account and region of AWS.
    Aws,
}

/// A place that a command acts on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Aim {
    /// What kind.
    pub kind: Kind,
    /// As the runbook writes it: `candidate`. Facts about it go by this name.
    pub written: String,
    /// What the inventory calls it: the value of the variable of that name, or the name itself.
    pub name: String,
}

/// The variable that says on which connection SQL runs when its fence does not.
pub const CONNECTION: &str = "connection";

/// The place a command acts on; `None` for this machine, and for SQL that nobody has said a connection for.
#[must_use]
pub fn of(work: &CommandWork, scope: &Scope<'_>) -> Option<Aim> {
    let options = &work.options;
    let (kind, written) = match &work.interpreter {
        Interpreter::Sql => {
            let named = options.connection.as_ref().or(options.on.as_ref());
            let written = named.map_or(CONNECTION, String::as_str);
            if named.is_none() && scope.get(CONNECTION).is_none() {
                return None;
            }
            (Kind::Connection, written)
        }
        Interpreter::Aws(_) => (Kind::Aws, "aws"),
        Interpreter::Http(_) | Interpreter::Runbook => return None,
        Interpreter::Shell | Interpreter::Program(_) => (Kind::Host, options.on.as_deref()?),
    };
    Some(aim(kind, written, scope))
}

/// Whether a shell's or a program's text runs on another host, where nothing of this machine's session is known.
#[must_use]
pub fn is_elsewhere(work: &CommandWork) -> bool {
    matches!(work.interpreter, Interpreter::Shell | Interpreter::Program(_)) && work.options.on.is_some()
}

/// Variables that a shell has on any host.
#[must_use]
pub fn is_everywhere(name: &str) -> bool {
    const NAMES: [&str; 33] = [
        "BASH",
        "BASHPID",
        "COLUMNS",
        "EPOCHSECONDS",
        "EUID",
        "FUNCNAME",
        "HOME",
        "HOSTNAME",
        "HOSTTYPE",
        "IFS",
        "LANG",
        "LINENO",
        "LINES",
        "LOGNAME",
        "MACHTYPE",
        "MAIL",
        "OLDPWD",
        "OPTARG",
        "OPTIND",
        "OSTYPE",
        "PATH",
        "PIPESTATUS",
        "PPID",
        "PWD",
        "RANDOM",
        "REPLY",
        "SECONDS",
        "SHELL",
        "SHLVL",
        "TERM",
        "TMPDIR",
        "UID",
        "USER",
    ];
    NAMES.contains(&name) || ["LC_", "BASH_", "SSH_", "XDG_"].iter().any(|prefix| name.starts_with(prefix))
}

/// The place that a name written in a runbook leads to; the places, when several stand there: `replicas except candidate`.
fn aim(kind: Kind, written: &str, scope: &Scope<'_>) -> Aim {
    let words = written.split([' ', ',']).filter(|word| !word.is_empty());
    let meant: Vec<&str> =
        words.map(|word| if word == EXCEPT { word } else { scope.get(word).unwrap_or(word).trim() }).collect();
    Aim { kind, written: written.to_owned(), name: meant.join(" ") }
}

/// Before the names that are left out of a list of places.
pub const EXCEPT: &str = "except";

/// The places that must prove what they are before the command runs: its own when it writes, and those that its
/// `requires` speaks of.
#[must_use]
pub fn to_prove(work: &CommandWork, scope: &Scope<'_>) -> Vec<Aim> {
    let own = of(work, scope);
    let mut out: Vec<Aim> = own.iter().filter(|_| work.effect != Effect::Read).cloned().collect();
    let Some(requires) = &work.options.requires else { return out };
    for name in render::owners(requires) {
        let found = match &own {
            Some(own) if own.written == name => own.clone(),
            _ if name == ENVIRONMENT => continue,
            _ if name == "aws" => aim(Kind::Aws, "aws", scope),
            _ => aim(Kind::Connection, &name, scope),
        };
        if !out.contains(&found) {
            out.push(found);
        }
    }
    out
}

/// The name under which the inventory's own words about itself are known.
pub const ENVIRONMENT: &str = "environment";
