//! Attributes → typed options. What is not understood is said, with the place and, when close, the right name.

use super::model::{Capture, CaptureFrom, CommandOptions, Effect, Interpreter};
use crate::diagnostic::Diagnostic;
use crate::syntax::attributes::{Attribute, Attributes};
use crate::syntax::duration;
use std::time::Duration;

/// Every attribute there is.
pub(super) const KNOWN: [&str; 37] = [
    "effect",
    "when",
    "until",
    "every",
    "for",
    "timeout",
    "retries",
    "backoff",
    "idempotent",
    "capture",
    "expect",
    "on",
    "parallel",
    "failures",
    "as",
    "secret",
    "owner",
    "timebox",
    "optional",
    "gate",
    "approvers",
    "pivot",
    "requires",
    "fresh",
    "keep-going",
    "aws",
    "http",
    "choose",
    "seed",
    "rollback",
    "verify",
    "reading",
    "run",
    "manual",
    "show",
    "id",
    "check",
];

/// Those that speak of a command. On a heading or an item they would be read and do nothing.
const OF_A_COMMAND: [&str; 23] = [
    "effect",
    "until",
    "every",
    "timeout",
    "retries",
    "backoff",
    "idempotent",
    "capture",
    "expect",
    "on",
    "parallel",
    "failures",
    "as",
    "secret",
    "requires",
    "fresh",
    "keep-going",
    "aws",
    "http",
    "run",
    "show",
    "rollback",
    "verify",
];

/// What attributes say about a command and the step it stands in.
#[derive(Debug, Default, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something the author may or may not have written")]
pub(super) struct Declared {
    pub id: Option<String>,
    pub options: CommandOptions,
    pub effect: Option<Effect>,
    pub owner: Option<String>,
    pub timebox: Option<Duration>,
    pub optional: bool,
    pub gate: bool,
    pub approvers: Option<u32>,
    pub pivot: bool,
    /// `for="node in replicas"`: the variable, and the expression that gives its values.
    pub for_each: Option<(String, String)>,
    /// `choose=random`, with what `seed=` says.
    pub draw: Option<String>,
    pub when: Option<String>,
    /// `aws=` or `http=`: who carries it out.
    pub action: Option<Interpreter>,
    /// `.rollback` or `rollback`: the command undoes.
    pub rollback: bool,
    /// The command tells whether the one before it has happened.
    pub verify: bool,
    /// `run`, `show` or `manual`: the author classifies.
    pub reading: Option<super::model::Reading>,
    /// Anything that is meant for the engine.
    pub any: bool,
    /// More of it than a name: other tools name headings with the same marks.
    pub more: bool,
}

/// Reads the attributes of a fence (`on_fence`), heading or item.
pub(super) fn read(attributes: &Attributes, on_fence: bool, diagnostics: &mut Vec<Diagnostic>) -> Declared {
    let mut declared = Declared { id: attributes.id.as_ref().map(|(id, _)| id.clone()), ..Declared::default() };
    for (span, message) in &attributes.errors {
        diagnostics.push(Diagnostic::error("attribute-syntax", message.clone()).at(*span, "here"));
    }
    for attribute in &attributes.list {
        let mut reader = Reader { attribute, on_fence, diagnostics, declared: &mut declared };
        reader.apply();
    }
    declared.more = declared.any;
    declared.any |= declared.id.is_some();
    declared
}

struct Reader<'a> {
    attribute: &'a Attribute,
    on_fence: bool,
    diagnostics: &'a mut Vec<Diagnostic>,
    declared: &'a mut Declared,
}

impl Reader<'_> {
    fn apply(&mut self) {
        use super::model::Reading;
        let key = self.attribute.key.as_str();
        let was = self.declared.any;
        if !self.on_fence && OF_A_COMMAND.contains(&key) {
            let message = format!("`{key}` speaks of a command, and stands on a heading or an item");
            let diagnostic =
                Diagnostic::error("misplaced-attribute", message).at(self.attribute.span, "would do nothing here");
            self.diagnostics.push(diagnostic.help("write it behind the language of the fence"));
            return;
        }
        self.declared.any = true;
        match key {
            "effect" => self.effect(),
            "when" => {
                let value = self.text();
                self.declared.when.clone_from(&value);
                if self.on_fence {
                    self.declared.options.when = value;
                }
            }
            "until" => self.declared.options.until = self.text(),
            "every" => self.declared.options.every = self.duration(),
            "for" => self.for_(),
            "timeout" => self.declared.options.timeout = self.duration(),
            "retries" => self.declared.options.retries = self.number().unwrap_or(0),
            "backoff" => self.backoff(),
            "idempotent" => self.declared.options.idempotent = self.flag(),
            "capture" => self.capture(),
            "expect" => {
                let value = self.text();
                self.declared.options.expects.extend(value);
            }
            "on" => self.declared.options.on = self.text(),
            "as" => self.declared.options.connection = self.text(),
            "requires" => self.declared.options.requires = self.text(),
            "secret" => self.declared.options.secret = self.flag(),
            "fresh" => self.declared.options.fresh = self.flag(),
            "keep-going" => self.declared.options.keep_going = self.flag(),
            "owner" => self.declared.owner = self.text(),
            "timebox" => self.declared.timebox = self.duration(),
            "optional" => self.declared.optional = self.flag(),
            "gate" => self.declared.gate = self.flag(),
            "approvers" => {
                self.declared.approvers = self.number();
                self.declared.gate = true;
            }
            "pivot" => self.declared.pivot = self.flag(),
            "rollback" => self.declared.rollback = self.flag(),
            "verify" => self.declared.verify = self.flag(),
            "class" if self.on_fence && self.attribute.value.as_deref() == Some("rollback") => {
                self.declared.rollback = true;
            }
            "aws" => self.declared.action = self.text().map(Interpreter::Aws),
            "http" => self.http(),
            "parallel" => self.declared.options.parallel = self.number().unwrap_or(0),
            "failures" => self.failures(),
            "run" => self.declared.reading = Some(Reading::Run),
            "show" => self.declared.reading = Some(Reading::Show),
            "manual" => self.declared.reading = Some(Reading::Manual),
            "choose" => self.choose(),
            "seed" => self.seed(),
            "reading" | "id" | "check" => {}
            _ => {
                self.declared.any = was;
                self.unknown();
            }
        }
    }

    fn unknown(&mut self) {
        let key = &self.attribute.key;
        let close = KNOWN
            .iter()
            .map(|k| (strsim::jaro_winkler(k, key), *k))
            .filter(|(s, _)| *s > 0.84)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let (mut diagnostic, help) = match close {
            // A slip of the pen would silently change what runs.
            Some((_, k)) => (
                Diagnostic::error("unknown-attribute", format!("no attribute is called `{key}`")),
                format!("did you mean `{k}`?"),
            ),
            None => (
                Diagnostic::warning(
                    "unknown-attribute",
                    format!("`{key}` is not an attribute of a runbook, and is ignored"),
                ),
                "another tool may use it; the attributes are listed in docs/language.md".to_owned(),
            ),
        };
        diagnostic = diagnostic.at(self.attribute.span, "").help(help);
        self.diagnostics.push(diagnostic);
    }

    fn wrong(&mut self, what: &str, help: &str) {
        let span = self.attribute.value_span.unwrap_or(self.attribute.span);
        let message = match &self.attribute.value {
            Some(value) => format!("`{value}` is not {what}, as `{}` needs", self.attribute.key),
            None => format!("`{}` needs {what}", self.attribute.key),
        };
        self.diagnostics.push(Diagnostic::error("attribute-value", message).at(span, "").help(help));
    }

    fn text(&mut self) -> Option<String> {
        match &self.attribute.value {
            Some(value) if !value.trim().is_empty() => Some(value.clone()),
            _ => {
                self.wrong("a value", &format!("write `{}=\"…\"`", self.attribute.key));
                None
            }
        }
    }

    fn flag(&mut self) -> bool {
        match self.attribute.value.as_deref() {
            None | Some("true" | "yes") => true,
            Some("false" | "no") => false,
            Some(_) => {
                self.wrong("`true` or `false`", "a flag stands alone, without a value");
                false
            }
        }
    }

    fn duration(&mut self) -> Option<Duration> {
        let found = self.attribute.value.as_deref().and_then(duration::parse);
        if found.is_none() {
            self.wrong("a duration", "write `30s`, `5m` or `1h30`");
        }
        found
    }

    fn number(&mut self) -> Option<u32> {
        let found = self.attribute.value.as_deref().and_then(|v| v.parse().ok());
        if found.is_none() {
            self.wrong("a whole number", "write it in digits");
        }
        found
    }

    fn backoff(&mut self) {
        match self.attribute.value.as_deref().and_then(|v| v.parse::<f64>().ok()).filter(|f| *f >= 1.0 && f.is_finite())
        {
            Some(factor) => self.declared.options.backoff = Some(factor),
            None => self.wrong("a factor of 1 or more", "write `backoff=2` to double the pause after each try"),
        }
    }

    /// `http="GET https://api/health"`.
    fn http(&mut self) {
        let Some(text) = self.text() else { return };
        let known = text.split_once(' ').is_some_and(|(method, address)| {
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].contains(&method)
                && (address.trim().contains("://") || address.contains("{{"))
        });
        if known {
            self.declared.action = Some(Interpreter::Http(text));
        } else {
            self.wrong("a method and an address", "write `http=\"GET https://api.example.com/health\"`");
        }
    }

    /// What a failing member of a group means for the others.
    fn failures(&mut self) {
        match self.attribute.value.as_deref() {
            Some("stop") => self.declared.options.all_hosts = false,
            Some("continue") => self.declared.options.all_hosts = true,
            _ => self.wrong("`stop` or `continue`", "`stop` leaves the others alone, `continue` goes on with them"),
        }
    }

    fn effect(&mut self) {
        self.declared.effect = match self.attribute.value.as_deref() {
            Some("read") => Some(Effect::Read),
            Some("write") => Some(Effect::Write),
            Some("destructive") => Some(Effect::Destructive),
            _ => {
                self.wrong("an effect", "write `effect=read`, `effect=write` or `effect=destructive`");
                None
            }
        };
    }

    /// `choose=random`: a drill's way is drawn.
    fn choose(&mut self) {
        if self.on_fence {
            self.belongs_to_a_decision();
        } else if self.attribute.value.as_deref() == Some("random") {
            self.declared.draw.get_or_insert_default();
        } else {
            self.wrong("a way of choosing", "write `choose=random`");
        }
    }

    /// `seed=seed`, `seed=42`: the same seed draws the same ways.
    fn seed(&mut self) {
        if self.on_fence {
            self.belongs_to_a_decision();
        } else {
            self.declared.draw = self.text();
        }
    }

    fn belongs_to_a_decision(&mut self) {
        let message = format!("`{}` speaks of a decision, and stands on a fence", self.attribute.key);
        let diagnostic =
            Diagnostic::error("misplaced-attribute", message).at(self.attribute.span, "would do nothing here");
        self.diagnostics.push(diagnostic.help("write it on the heading above the ways to choose from"));
    }

    /// `for=120s` beside `until` is a time; `for="node in replicas"` is a loop.
    fn for_(&mut self) {
        let Some(value) = self.text() else { return };
        if let Some(time) = duration::parse(&value) {
            self.declared.options.poll_for = Some(time);
            return;
        }
        let name = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        match value.split_once(" in ").map(|(variable, list)| (variable.trim(), list.trim())) {
            Some((variable, list)) if name(variable) && !variable.is_empty() && !list.is_empty() => {
                self.declared.for_each = Some((variable.to_owned(), list.to_owned()));
            }
            _ => self.wrong("a duration or a loop", "write `for=120s` or `for=\"node in replicas\"`"),
        }
    }

    /// `capture=x`, `capture.lag="/…/"`, `capture.az="$.path"`, `capture.position=Column`.
    fn capture(&mut self) {
        let Some(value) = self.text() else { return };
        let (name, from) = match &self.attribute.sub {
            None => (value, CaptureFrom::Stdout),
            Some(name) => {
                let pattern = value.len() > 1 && value.starts_with('/') && value.ends_with('/');
                let from = if pattern {
                    CaptureFrom::Regex(value[1..value.len() - 1].to_owned())
                } else if let Some(("furthest", column)) = value.split_once(' ') {
                    CaptureFrom::Furthest(column.trim().to_owned())
                } else if let Some(("where", condition)) = value.split_once(' ') {
                    CaptureFrom::Where(condition.trim().to_owned())
                } else if let Some(("each", column)) = value.split_once(' ') {
                    CaptureFrom::Each(column.trim().to_owned())
                } else if value.starts_with('$') {
                    CaptureFrom::JsonPath(value)
                } else {
                    CaptureFrom::Column(value)
                };
                (name.clone(), from)
            }
        };
        if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            self.declared.options.captures.push(Capture { name, from });
        } else {
            self.wrong("a variable's name", "use letters, digits and `_`");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::attributes;

    fn read_all(text: &str) -> (Declared, Vec<Diagnostic>) {
        let mut diagnostics = Vec::new();
        let declared = read(&attributes::parse(text, 0), true, &mut diagnostics);
        (declared, diagnostics)
    }

    #[test]
    fn options() {
        let (declared, diagnostics) = read_all(
            "#promote effect=write timeout=60s retries=3 every=2s capture.lag=\"/x: (\\d+)/\" expect=\"exit == 0\" for=\"n in nodes\"",
        );
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        assert_eq!(declared.id.as_deref(), Some("promote"));
        assert_eq!(declared.options.timeout, Some(Duration::from_secs(60)));
        assert_eq!(declared.options.captures[0].name, "lag");
        assert_eq!(declared.for_each, Some(("n".to_owned(), "nodes".to_owned())));
    }

    #[test]
    fn mistakes_are_told() {
        for (text, code, help) in [
            ("timout=5s", "unknown-attribute", Some("did you mean `timeout`?")),
            ("timeout=soon", "attribute-value", Some("write `30s`, `5m` or `1h30`")),
            ("effect=maybe", "attribute-value", None),
            ("hl_lines=3", "unknown-attribute", None),
            ("choose=random", "misplaced-attribute", Some("write it on the heading above the ways to choose from")),
        ] {
            let (_, diagnostics) = read_all(text);
            assert_eq!(diagnostics[0].code, code, "{text}");
            if help.is_some() {
                assert_eq!(diagnostics[0].help.as_deref(), help, "{text}");
            }
        }
    }
}
