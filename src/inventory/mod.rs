//! The inventory: what a runbook's names lead to in one environment. Hosts, groups, database connections, AWS, values.
//!
//! Only read here. A secret is a [`Reference`] to the place that holds it; whoever connects fetches it there.
//!
//! Invariant: pure, and no `Debug` or message shows a secret: an address that holds a password is kept in
//! [`Address`], which shows it masked.

pub mod monitors;
mod parse;
pub mod yaml;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// One environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// What it says about itself.
    pub environment: Environment,
    /// Machines, by name.
    pub hosts: BTreeMap<String, Host>,
    /// Database connections, by name.
    pub connections: BTreeMap<String, Connection>,
    /// Names of hosts or connections, in order.
    pub groups: BTreeMap<String, Vec<String>>,
    /// How to reach AWS.
    pub aws: Aws,
    /// Values for inputs and placeholders.
    pub variables: BTreeMap<String, Given>,
    /// What watches beside every run.
    pub monitors: BTreeMap<String, monitors::MonitorSpec>,
}

/// What an environment says about itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// `staging`; empty when it has no name.
    pub name: String,
    /// Whether it is production; `None` when the inventory does not say, which never counts as "no".
    pub production: Option<bool>,
}

/// A machine that OpenSSH can reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    /// What `ssh` is given: a name, `user@name`, or an alias of the user's own configuration.
    pub destination: String,
    /// `-p`.
    pub port: Option<u16>,
    /// `-i`.
    pub identity: Option<PathBuf>,
    /// `-J`.
    pub jump: Option<String>,
    /// `-F`: instead of the user's own configuration.
    pub config: Option<PathBuf>,
}

/// A database connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Where and who.
    pub url: Address,
    /// The password, when it does not stand in the address.
    pub password: Option<Reference>,
}

/// An address that may hold a password. Shown without it.
#[derive(Clone, PartialEq, Eq)]
pub struct Address(pub String);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Everything between `://` and the last `@` may be a password.
        let rest = self.0.split_once("://").map_or(("", self.0.as_str()), |(scheme, rest)| (scheme, rest));
        let shown = rest.1.rsplit_once('@').map_or(rest.1, |(_, host)| host);
        write!(f, "{}://…@{shown}", rest.0)
    }
}

/// How to reach AWS. What is not set comes from the standard chain: environment, configuration files, the machine's role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Aws {
    /// `eu-west-1`.
    pub region: Option<String>,
    /// A profile of the configuration files.
    pub profile: Option<String>,
    /// Another address than AWS itself: a stand-in.
    pub endpoint: Option<String>,
}

/// A value, or where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Given {
    /// It.
    Plain(String),
    /// A secret.
    Secret(Reference),
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// An environment variable.
    Environment(String),
    /// A file; its text without the last line break. Absolute, or beside the inventory.
    File(PathBuf),
    /// What a command prints, without the last line break. Run by `sh -c`.
    Command(String),
    /// AWS Secrets Manager: name or ARN, and a key when the secret is a JSON object.
    AwsSecret {
        /// Name or ARN.
        id: String,
        /// A key of the object.
        key: Option<String>,
    },
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment(name) => write!(f, "the environment variable `{name}`"),
            Self::File(path) => write!(f, "the file `{}`", path.display()),
            Self::Command(command) => write!(f, "the command `{command}`"),
            Self::AwsSecret { id, key: None } => write!(f, "the AWS secret `{id}`"),
            Self::AwsSecret { id, key: Some(key) } => write!(f, "`{key}` of the AWS secret `{id}`"),
        }
    }
}

/// A name that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the inventory has no {what} called `{name}`{}", near.as_ref().map(|n| format!("; did you mean `{n}`?")).unwrap_or_default())]
pub struct Unknown {
    /// `connection`, `host or group`.
    pub what: &'static str,
    /// As asked for.
    pub name: String,
    /// The nearest that there is.
    pub near: Option<String>,
}

impl Inventory {
    /// The connections that `name` leads to, in order, each once: itself, those of a group or of a list, without those
    /// behind `except`.
    ///
    /// # Errors
    /// [`Unknown`], also for a member of the group that is no connection.
    pub fn connections(&self, name: &str) -> Result<Vec<(&str, &Connection)>, Unknown> {
        resolve(name, &self.connections, &self.groups, "connection")
    }

    /// The hosts that `name` leads to, likewise.
    ///
    /// # Errors
    /// [`Unknown`].
    pub fn hosts(&self, name: &str) -> Result<Vec<(&str, &Host)>, Unknown> {
        resolve(name, &self.hosts, &self.groups, "host")
    }
}

fn resolve<'a, T>(
    name: &str,
    known: &'a BTreeMap<String, T>,
    groups: &'a BTreeMap<String, Vec<String>>,
    what: &'static str,
) -> Result<Vec<(&'a str, &'a T)>, Unknown> {
    let one = |name: &str| {
        known.get_key_value(name).map(|(name, found)| (name.as_str(), found)).ok_or_else(|| Unknown {
            what,
            name: name.to_owned(),
            near: nearest(name, known.keys().chain(groups.keys()).map(String::as_str)),
        })
    };
    let members = |names: &str| {
        let mut out = Vec::new();
        for word in names.split([' ', ',']).filter(|word| !word.is_empty()) {
            let found: Vec<(&str, &T)> = match groups.get(word) {
                Some(members) => members.iter().map(|member| one(member)).collect::<Result<_, _>>()?,
                None => vec![one(word)?],
            };
            for (name, place) in found {
                if !out.iter().any(|(known, _)| *known == name) {
                    out.push((name, place));
                }
            }
        }
        Ok(out)
    };
    match name.split_once(" except ") {
        Some((all, without)) => {
            let (mut all, without) = (members(all)?, members(without)?);
            all.retain(|(name, _)| !without.iter().any(|(other, _)| other == name));
            Ok(all)
        }
        None => members(name),
    }
}

/// The name that was probably meant.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    known
        .map(|candidate| (strsim::jaro_winkler(candidate, name), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate.to_owned())
}
