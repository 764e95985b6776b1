//! Reading an inventory: every wrong key or value is an error with its place and the word that was probably meant.

use super::{Address, Connection, Environment, Given, Host, Inventory, Reference, nearest};
use crate::diagnostic::{Diagnostic, Invalid};
use crate::inventory::yaml::{self, Tree};
use crate::source::Source;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

const SECTIONS: &[&str] = &["environment", "hosts", "groups", "connections", "aws", "variables", "monitors"];
const ENVIRONMENT: &[&str] = &["name", "production"];
const HOST: &[&str] = &["ssh", "port", "identity", "jump", "config"];
const CONNECTION: &[&str] = &["url", "password"];
const AWS: &[&str] = &["region", "profile", "endpoint"];
const REFERENCES: &[&str] = &["env", "file", "command", "aws-secret", "key"];

impl Inventory {
    /// Reads an inventory. `name` is the file's name: relative paths in it start in its directory.
    ///
    /// # Errors
    /// Everything that is wrong with it, with places.
    pub fn parse(name: &str, text: &str) -> Result<Self, Invalid> {
        let source = Source::new(name, text.strip_prefix('\u{feff}').unwrap_or(text));
        let mut reader = Reader::new(&source);
        let mut inventory = Self::default();
        match yaml::read(&source) {
            Ok(None) => reader.error("the inventory is empty", None, "say at least `environment: { production: … }`"),
            Ok(Some(tree)) => reader.sections(&mut inventory, &tree),
            Err((message, span)) => {
                let diagnostic = Diagnostic::error("inventory", message);
                reader.diagnostics.push(span.map_or(diagnostic.clone(), |span| diagnostic.at(span, "")));
            }
        }
        let diagnostics = reader.diagnostics;
        if diagnostics.is_empty() { Ok(inventory) } else { Err(Invalid { source, diagnostics }) }
    }
}

/// Reads sections and keeps what is wrong with them.
pub(super) struct Reader<'a> {
    source: &'a Source,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Key, its place, value.
pub(super) type Entries<'t> = Vec<(&'t str, Option<usize>, &'t Tree)>;

impl<'a> Reader<'a> {
    /// Of this text.
    pub(super) fn new(source: &'a Source) -> Self {
        Self { source, diagnostics: Vec::new() }
    }
}

impl Reader<'_> {
    pub(super) fn error(&mut self, message: impl Into<String>, at: Option<usize>, help: &str) {
        let diagnostic = Diagnostic::error("inventory", message).help(help);
        let span = at.and_then(|at| yaml::locate(self.source, at));
        self.diagnostics.push(match span {
            Some(span) => diagnostic.at(span, ""),
            None => diagnostic,
        });
    }

    /// The entries of a map; says what is none, and what is given twice.
    fn map<'t>(&mut self, tree: &'t Tree, what: &str) -> Entries<'t> {
        let entries = match tree {
            Tree::Map(entries) => entries,
            Tree::Nothing { .. } => return Vec::new(),
            other => {
                self.error(format!("{what} is a map"), other.at(), "write `name: value`, one a line");
                return Vec::new();
            }
        };
        let mut out: Entries<'t> = Vec::new();
        for (key, value) in entries {
            let Tree::Scalar { text, at } = key else {
                self.error("a name is a plain word", key.at(), "write `name: value`");
                continue;
            };
            if out.iter().any(|(known, ..)| *known == text) {
                self.error(format!("`{text}` is given twice"), Some(*at), "keep the right one");
            }
            out.push((text, Some(*at), value));
        }
        out
    }

    /// Likewise, of keys that are all known.
    pub(super) fn keys<'t>(&mut self, tree: &'t Tree, what: &str, known: &[&str]) -> Entries<'t> {
        let entries = self.map(tree, what);
        for (key, at, _) in &entries {
            if !known.contains(key) {
                let help = nearest(key, known.iter().copied())
                    .map_or_else(|| format!("{what} has: {}", known.join(", ")), |n| format!("did you mean `{n}`?"));
                self.error(format!("{what} has no `{key}`"), *at, &help);
            }
        }
        entries
    }

    pub(super) fn text(&mut self, key: &str, tree: &Tree) -> Option<String> {
        if let Tree::Scalar { text, .. } = tree
            && !text.trim().is_empty()
        {
            return Some(text.clone());
        }
        self.error(format!("`{key}` is a plain value"), tree.at(), "write it behind the colon");
        None
    }

    fn sections(&mut self, inventory: &mut Inventory, tree: &Tree) {
        for (key, _, value) in self.keys(tree, "an inventory", SECTIONS) {
            match key {
                "environment" => inventory.environment = self.environment(value),
                "hosts" => {
                    inventory.hosts = self.named(value, "hosts", Self::host);
                }
                "connections" => {
                    inventory.connections = self.named(value, "connections", Self::connection);
                }
                "groups" => inventory.groups = self.named(value, "groups", Self::members),
                "aws" => {
                    for (key, _, value) in self.keys(value, "`aws`", AWS) {
                        let text = self.text(key, value);
                        match key {
                            "region" => inventory.aws.region = text,
                            "profile" => inventory.aws.profile = text,
                            "endpoint" => inventory.aws.endpoint = text,
                            _ => {}
                        }
                    }
                }
                "monitors" => inventory.monitors = self.monitors(value),
                "variables" => inventory.variables = self.named(value, "variables", Self::given),
                _ => {}
            }
        }
        self.members_are_known(inventory, tree);
    }

    pub(super) fn named<T>(
        &mut self,
        tree: &Tree,
        what: &str,
        mut read: impl FnMut(&mut Self, &str, &Tree) -> Option<T>,
    ) -> BTreeMap<String, T> {
        let entries = self.map(tree, &format!("`{what}`"));
        entries.into_iter().filter_map(|(name, _, value)| Some((name.to_owned(), read(self, name, value)?))).collect()
    }

    fn environment(&mut self, tree: &Tree) -> Environment {
        let mut out = Environment::default();
        for (key, _, value) in self.keys(tree, "`environment`", ENVIRONMENT) {
            let Some(text) = self.text(key, value) else { continue };
            match (key, text.to_lowercase().as_str()) {
                ("name", _) => out.name = text,
                ("production", "true" | "yes") => out.production = Some(true),
                ("production", "false" | "no") => out.production = Some(false),
                ("production", _) => {
                    self.error(format!("`{text}` is not true or false"), value.at(), "write `production: false`");
                }
                _ => {}
            }
        }
        out
    }

    fn host(&mut self, name: &str, tree: &Tree) -> Option<Host> {
        let mut host = Host { destination: String::new(), port: None, identity: None, jump: None, config: None };
        if let Tree::Scalar { text, .. } = tree {
            host.destination.clone_from(text);
        } else {
            for (key, _, value) in self.keys(tree, "a host", HOST) {
                let Some(text) = self.text(key, value) else { continue };
                match key {
                    "ssh" => host.destination = text,
                    "port" => match text.parse() {
                        Ok(port) => host.port = Some(port),
                        Err(_) => self.error(format!("`{text}` is no port"), value.at(), "a number from 1 to 65535"),
                    },
                    "identity" => host.identity = Some(self.path(&text)),
                    "jump" => host.jump = Some(text),
                    "config" => host.config = Some(self.path(&text)),
                    _ => {}
                }
            }
        }
        // `ssh` would read it as an option, and options can run commands.
        for word in [Some(&host.destination), host.jump.as_ref()].into_iter().flatten() {
            if word.starts_with('-') || word.chars().any(char::is_whitespace) {
                self.error(format!("`{word}` is no destination for ssh"), tree.at(), "write `user@host` or an alias");
                return None;
            }
        }
        if host.destination.is_empty() {
            self.error(format!("host `{name}` has no `ssh`"), tree.at(), "write `ssh: user@host`");
            return None;
        }
        Some(host)
    }

    fn connection(&mut self, name: &str, tree: &Tree) -> Option<Connection> {
        if let Tree::Scalar { text, .. } = tree {
            return Some(Connection { url: Address(text.clone()), password: None });
        }
        let (mut url, mut password) = (None, None);
        for (key, _, value) in self.keys(tree, "a connection", CONNECTION) {
            match key {
                "url" => url = self.text(key, value).map(Address),
                "password" => match self.given(key, value) {
                    Some(Given::Secret(reference)) => password = Some(reference),
                    Some(Given::Plain(_)) => {
                        let help =
                            "say where it is: { env: NAME }, { file: PATH }, { command: … }, { aws-secret: NAME }";
                        self.error("a password does not stand in an inventory", value.at(), help);
                    }
                    None => {}
                },
                _ => {}
            }
        }
        if url.is_none() {
            self.error(
                format!("connection `{name}` has no `url`"),
                tree.at(),
                "write `url: mysql://user@host:3306/db`",
            );
        }
        Some(Connection { url: url?, password })
    }

    fn members(&mut self, name: &str, tree: &Tree) -> Option<Vec<String>> {
        let Tree::List(items) = tree else {
            self.error(format!("group `{name}` is a list of names"), tree.at(), "write `[n2, n3]`");
            return None;
        };
        items.iter().map(|item| self.text(name, item)).collect()
    }

    /// A group of nobody, or of somebody nobody knows, would run less than its author thinks.
    fn members_are_known(&mut self, inventory: &Inventory, tree: &Tree) {
        for (name, members) in &inventory.groups {
            let help = "groups hold names of `hosts` or `connections`";
            if members.is_empty() {
                self.error(format!("group `{name}` is empty"), tree.at(), help);
            }
            for member in members {
                if !inventory.hosts.contains_key(member) && !inventory.connections.contains_key(member) {
                    let known = inventory.hosts.keys().chain(inventory.connections.keys()).map(String::as_str);
                    let help = nearest(member, known).map_or(help.to_owned(), |n| format!("did you mean `{n}`?"));
                    self.error(format!("group `{name}`: there is no host and no connection `{member}`"), None, &help);
                }
            }
        }
    }

    /// A plain value, or a reference to a secret.
    fn given(&mut self, name: &str, tree: &Tree) -> Option<Given> {
        if let Tree::Scalar { text, .. } = tree {
            return Some(Given::Plain(text.clone()));
        }
        let entries = self.keys(tree, &format!("`{name}`"), REFERENCES);
        let texts: BTreeMap<&str, String> =
            entries.iter().filter_map(|(key, _, value)| Some((*key, self.text(key, value)?))).collect();
        let key = texts.get("key").cloned();
        let mut found = texts.into_iter().filter_map(|(which, text)| match which {
            "env" => Some(Reference::Environment(text)),
            "file" => Some(Reference::File(self.path(&text))),
            "command" => Some(Reference::Command(text)),
            "aws-secret" => Some(Reference::AwsSecret { id: text, key: key.clone() }),
            _ => None,
        });
        let (first, more) = (found.next(), found.next().is_some());
        let help = "one of { env: NAME }, { file: PATH }, { command: … }, { aws-secret: NAME, key: KEY }";
        if first.is_none() || more {
            self.error(format!("`{name}` says not where its value is"), tree.at(), help);
            return None;
        }
        if key.is_some() && !matches!(first, Some(Reference::AwsSecret { .. })) {
            self.error("`key` belongs to `aws-secret`", tree.at(), help);
        }
        first.map(Given::Secret)
    }

    fn path(&self, text: &str) -> PathBuf {
        let path = Path::new(text);
        match Path::new(&self.source.name).parent() {
            Some(directory) if path.is_relative() => directory.join(path),
            _ => path.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Inventory {
        Inventory::parse("lab/inventory.yaml", text).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn everything_it_can_say() {
        let inventory = parse(
            "environment: { name: lab, production: false }\n\
             hosts:\n  n1: dba@db1\n  n2: { ssh: db2, port: 2222, identity: keys/id, jump: bastion }\n\
             connections:\n  n1: 'mysql://root@127.0.0.1:3306'\n  n2: { url: 'postgres://u@h/d', password: { file: pw } }\n\
             groups: { replicas: [n1, n2] }\n\
             aws: { region: eu-west-1, endpoint: 'http://127.0.0.1:5000' }\n\
             variables: { vip: 10.0.0.1, token: { aws-secret: prod/token, key: value } }\n",
        );
        assert_eq!(inventory.environment, Environment { name: "lab".to_owned(), production: Some(false) });
        assert_eq!(inventory.hosts["n2"].identity, Some(PathBuf::from("lab/keys/id")));
        assert_eq!(inventory.connections["n2"].password, Some(Reference::File(PathBuf::from("lab/pw"))));
        assert_eq!(inventory.connections("replicas").map(|c| c.len()), Ok(2));
        assert_eq!(inventory.hosts("n1").map(|c| c[0].1.destination.clone()), Ok("dba@db1".to_owned()));
        assert_eq!(inventory.aws.region.as_deref(), Some("eu-west-1"));
        let secret = Reference::AwsSecret { id: "prod/token".to_owned(), key: Some("value".to_owned()) };
        assert_eq!(inventory.variables["token"], Given::Secret(secret));
        assert_eq!(inventory.variables["vip"], Given::Plain("10.0.0.1".to_owned()));
        let names = |name: &str| {
            inventory.connections(name).map(|c| c.iter().map(|(n, _)| (*n).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names("n2, n1 n2"), Ok(vec!["n2".to_owned(), "n1".to_owned()]));
        assert_eq!(names("replicas except n1"), Ok(vec!["n2".to_owned()]));
        assert_eq!(names("n1 except replicas"), Ok(vec![]));
        let unknown = inventory.connections("replica").err().map(|e| e.to_string());
        assert_eq!(
            unknown.as_deref(),
            Some("the inventory has no connection called `replica`; did you mean `replicas`?")
        );
    }

    #[test]
    fn what_it_does_not_say_is_not_no() {
        assert_eq!(parse("environment: { name: x }").environment.production, None);
        assert_eq!(parse("hosts: { a: b }").environment.production, None);
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (text, said) in [
            ("", "is empty"),
            ("hosts:\n  n1: { identty: db1 }", ":2:9: a host has no `identty`; did you mean `identity`?"),
            ("conections: {}", "did you mean `connections`?"),
            ("environment: { production: maybe }", "`maybe` is not true or false"),
            ("connections: { a: { url: 'mysql://u@h', password: hunter2 } }", "does not stand in an inventory"),
            ("connections: { a: { password: { env: X } } }", "has no `url`"),
            ("groups: { g: [x] }", "no host and no connection `x`"),
            ("groups: { g: [] }", "is empty"),
            ("hosts: { a: '-oProxyCommand=x' }", "no destination for ssh"),
            ("hosts: { a: b, a: c }", "given twice"),
            ("variables: { a: { env: X, file: y } }", "says not where"),
            ("variables: { a: { env: X, key: y } }", "belongs to `aws-secret`"),
            ("- a", "is a map"),
            ("hosts: {", "inventory.yaml:1"),
        ] {
            let Err(invalid) = Inventory::parse("inventory.yaml", text) else { panic!("{text} was read") };
            assert!(invalid.to_string().contains(said), "{text}: {invalid}");
            assert!(!invalid.to_string().contains("hunter2"), "{invalid}");
        }
        let shown = format!("{:?}", parse("connections: { a: 'mysql://root:hunter2@h/d' }"));
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
