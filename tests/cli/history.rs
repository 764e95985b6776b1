//! Runs that never ran: journals as the program would have written them, at any time.

use runbook::engine::event::{Actor, EnvironmentHead, Event, How, Measurement, Mode, Outcome, RunHead};
use runbook::journal::line::encode;
use runbook::journal::record::{Record, VERSION, sha256_hex};
use runbook::runbook::model::Language;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// One run in the making.
pub struct Past {
    pub head: RunHead,
    began: jiff::Timestamp,
    events: Vec<(u64, Event)>,
    text: String,
}

impl Past {
    /// A P0 incident that is led live.
    pub fn incident(run: &str, runbook: &str, began: &str) -> Self {
        let text = format!("# {runbook}\n");
        Self {
            head: RunHead {
                run: run.into(),
                runbook: runbook.into(),
                title: format!("Title of {runbook}"),
                path: format!("/srv/{runbook}.md"),
                source: sha256_hex(text.as_bytes()),
                plan: sha256_hex(b"plan"),
                mode: Mode::Live,
                language: Language::En,
                rto_s: Some(300),
                rpo_s: Some(0),
                severity: Some("P0".into()),
                category: Some("incident".into()),
                incident_start: None,
                start_at: None,
                until: None,
                steps: 3,
                host: "ops1".into(),
                version: "0.1.0".into(),
                boot: String::new(),
                boot_us: 0,
                called_by: None,
                environment: None,
            },
            began: began.parse().unwrap(),
            events: Vec::new(),
            text,
        }
    }

    /// A drill, in a mode.
    pub fn drill(run: &str, runbook: &str, began: &str, mode: Mode) -> Self {
        let mut past = Self::incident(run, runbook, began);
        past.head.mode = mode;
        past.head.category = Some("drill".into());
        past
    }

    /// Against an inventory that says what it is.
    pub fn against(mut self, production: bool) -> Self {
        self.head.environment = Some(EnvironmentHead {
            name: "lab".into(),
            production: Some(production),
            inventory: "/srv/lab.yaml".into(),
            sha256: sha256_hex(b"lab"),
        });
        self
    }

    /// It followed this text.
    pub fn follows(mut self, text: &str) -> Self {
        self.head.source = sha256_hex(text.as_bytes());
        text.clone_into(&mut self.text);
        self
    }

    pub fn with(mut self, change: impl FnOnce(&mut RunHead)) -> Self {
        change(&mut self.head);
        self
    }

    /// So many seconds after the beginning.
    pub fn at(mut self, seconds: u64, event: Event) -> Self {
        self.events.push((seconds, event));
        self
    }

    /// A step: a person reads for a while, then a command runs.
    pub fn step(self, from: u64, node: &str, read: u64, ran: u64) -> Self {
        let reached = Event::StepReached { node: node.into(), title: format!("Title of {node}") };
        let started = Event::StepStarted {
            node: node.into(),
            attempt: 1,
            rendered: "true".into(),
            effect: runbook::runbook::model::Effect::Write,
            repeatable: false,
            edited: false,
        };
        let done = Event::StepSucceeded {
            node: node.into(),
            how: How::Ran,
            exit: Some(0),
            took_ms: ran * 1000,
            captures: BTreeMap::new(),
            output: None,
            session: None,
            summary: String::new(),
        };
        self.at(from, reached).at(from + read, started).at(from + read + ran, done)
    }

    pub fn chose(self, seconds: u64, node: &str, label: &str) -> Self {
        self.at(
            seconds,
            Event::Decided {
                node: node.into(),
                option: 0,
                label: label.into(),
                because: None,
                forgets: Vec::new(),
                round: None,
            },
        )
    }

    pub fn measured(self, seconds: u64, monitor: &str, rto_ms: Option<u64>) -> Self {
        let found = Measurement {
            monitor: monitor.into(),
            down: Some("2026-01-01T00:00:00Z".into()),
            rto_ms,
            ..Measurement::default()
        };
        self.at(seconds, Event::Measured(Box::new(found)))
    }

    pub fn said(self, seconds: u64, label: &str, value: &str) -> Self {
        let blank = Event::BlankFilled {
            node: "validation.blank".into(),
            name: label.to_lowercase().replace(' ', "_"),
            label: label.into(),
            value: value.into(),
            objective: None,
            met: None,
        };
        self.at(seconds, blank)
    }

    pub fn ends(self, seconds: u64, outcome: Outcome) -> Self {
        self.at(seconds, Event::RunFinished { outcome, reason: String::new() })
    }

    /// Puts it where runs are, and says where.
    pub fn write(self, runs: &Path) -> PathBuf {
        let dir = runs.join(&self.head.run);
        fs::create_dir_all(&dir).unwrap();
        let mut bytes = Vec::new();
        let mut prev = sha256_hex(self.head.run.as_bytes());
        let short = self.head.source[..12].to_owned();
        let first = (0, Event::RunStarted(Box::new(self.head)));
        for (seq, (seconds, event)) in std::iter::once(first).chain(self.events).enumerate() {
            let record = Record {
                v: VERSION,
                seq: seq as u64 + 1,
                at: self.began + jiff::SignedDuration::from_secs(i64::try_from(seconds).unwrap()),
                offset_us: seconds * 1_000_000,
                actor: Actor::Operator("alice".into()),
                event,
                prev,
            };
            prev = encode(&record, false, &mut bytes).unwrap();
        }
        fs::write(dir.join("journal.jsonl"), bytes).unwrap();
        fs::write(dir.join(format!("runbook-{short}.md")), &self.text).unwrap();
        dir
    }
}
