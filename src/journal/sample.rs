//! A run for tests: what a failover leaves in a journal.
#![allow(clippy::unwrap_used)]

use super::record::{Record, VERSION, sha256_hex};
use crate::engine::event::{Actor, Cause, Event, How, Mode, Outcome, RunHead};
use crate::runbook::model::{Effect, Language};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// Builds records the way a journal would, one event a record.
pub(crate) struct Builder {
    began: Timestamp,
    pub(crate) records: Vec<Record>,
    actor: Actor,
}

pub(crate) fn head(language: Language) -> RunHead {
    RunHead {
        run: "2026-11-20-a7f3".into(),
        runbook: "RB-001".into(),
        title: "Master failover".into(),
        path: "/srv/runbooks/RB-001.md".into(),
        source: sha256_hex(TEXT.as_bytes()),
        plan: sha256_hex(b"plan"),
        mode: Mode::Live,
        language,
        rto_s: Some(300),
        rpo_s: Some(0),
        severity: Some("P0".into()),
        category: Some("incident".into()),
        incident_start: None,
        start_at: None,
        until: None,
        steps: 6,
        host: "ops1".into(),
        version: "0.1.0".into(),
        boot: String::new(),
        boot_us: 0,
        called_by: None,
        environment: None,
    }
}

/// The runbook's text that [`head`] names.
pub(crate) const TEXT: &str = "# Master failover\n";

impl Builder {
    pub(crate) fn new(head: RunHead) -> Self {
        let began = "2026-11-20T23:58:20.25Z".parse().unwrap();
        let mut builder = Self { began, records: Vec::new(), actor: Actor::Operator("alice".into()) };
        builder.add(0, Event::RunStarted(Box::new(head)));
        builder
    }

    pub(crate) fn by(&mut self, actor: Actor) -> &mut Self {
        self.actor = actor;
        self
    }

    /// `ms` milliseconds after the start.
    pub(crate) fn add(&mut self, ms: i64, event: Event) -> &mut Self {
        let prev = match self.records.last() {
            Some(record) => sha256_hex(&serde_json::to_vec(record).unwrap()),
            None => sha256_hex(b"2026-11-20-a7f3"),
        };
        self.records.push(Record {
            v: VERSION,
            seq: self.records.len() as u64 + 1,
            at: self.began + SignedDuration::from_millis(ms),
            offset_us: u64::try_from(ms).unwrap() * 1000,
            actor: self.actor.clone(),
            event,
            prev,
        });
        self
    }

    pub(crate) fn engine(&mut self, ms: i64, event: Event) -> &mut Self {
        let actor = std::mem::replace(&mut self.actor, Actor::Engine);
        self.add(ms, event);
        self.actor = actor;
        self
    }

    pub(crate) fn reached(&mut self, ms: i64, node: &str, title: &str) -> &mut Self {
        self.engine(ms, Event::StepReached { node: node.into(), title: title.into() })
    }

    pub(crate) fn started(&mut self, ms: i64, node: &str, attempt: u32, rendered: &str) -> &mut Self {
        self.add(
            ms,
            Event::StepStarted {
                node: node.into(),
                attempt,
                rendered: rendered.into(),
                effect: if rendered.starts_with("mysqladmin") { Effect::Read } else { Effect::Write },
                repeatable: false,
                edited: false,
            },
        )
    }

    pub(crate) fn succeeded(&mut self, ms: i64, node: &str, how: How, took_ms: u64, summary: &str) -> &mut Self {
        let event = Event::StepSucceeded {
            node: node.into(),
            how,
            exit: (how == How::Ran).then_some(0),
            took_ms,
            captures: BTreeMap::new(),
            output: None,
            session: None,
            summary: summary.into(),
        };
        if how == How::Ran { self.engine(ms, event) } else { self.add(ms, event) }
    }

    pub(crate) fn failed(&mut self, ms: i64, node: &str, cause: Cause, took_ms: u64, retry: Option<u64>) -> &mut Self {
        self.engine(
            ms,
            Event::StepFailed { node: node.into(), cause, took_ms, output: None, retry_ms: retry, done_on: Vec::new() },
        )
    }

    pub(crate) fn noted(&mut self, ms: i64, text: &str, happened: Option<&str>) -> &mut Self {
        let happened = happened.map(Into::into);
        self.add(ms, Event::Noted { text: text.into(), happened, owner: None, due: None, action: false })
    }
}

/// A failover with what can go wrong in one: a retry, an overrun, a skip, a late entry, an unknown outcome.
pub(crate) fn failover(language: Language) -> Vec<Record> {
    let mut head = head(language);
    head.incident_start = Some("2026-11-20T23:57:00Z".into());
    let mut run = Builder::new(head);
    run.add(5, set("replica", Some("10.0.1.12"), "option"));
    run.add(6, set("password", None, "answer"));
    run.reached(10, "detection.confirm", "Confirm from two sources that the primary is down");
    run.started(9_000, "detection.confirm", 1, "mysqladmin -h 10.0.1.11 ping");
    run.failed(11_000, "detection.confirm", Cause::TimedOut { after_ms: 2_000 }, 2_000, Some(500));
    run.started(11_500, "detection.confirm", 2, "mysqladmin -h 10.0.1.11 ping");
    run.succeeded(12_700, "detection.confirm", How::Ran, 1_200, "refused, as expected");
    run.reached(12_710, "decision.choose", "Automatic or manual?");
    run.add(
        33_000,
        Event::Decided {
            node: "decision.choose".into(),
            option: 1,
            label: "Manual".into(),
            because: None,
            forgets: Vec::new(),
            round: None,
        },
    );
    run.reached(33_010, "promote.notify", "Tell the support desk");
    run.add(
        40_000,
        Event::Skipped { node: "promote.notify".into(), reason: "they called us".into(), automatic: false },
    );
    run.reached(40_010, "promote.go", "GO/NO-GO: promote replica2?");
    let question = "promote replica2?".to_owned();
    run.add(52_000, Event::GateAnswered { node: "promote.go".into(), yes: true, question });
    run.succeeded(52_001, "promote.go", How::Confirmed, 0, "");
    run.reached(52_010, "promote.promote", "Drain its relay log and promote it");
    run.started(70_000, "promote.promote", 1, "STOP SLAVE; RESET SLAVE ALL; SET GLOBAL read_only = 0;");
    run.engine(101_000, Event::Overdue { node: "promote.promote".into(), planned_ms: 30_000 });
    run.by(Actor::Operator("bob".into()));
    let (source, plan) = (sha256_hex(TEXT.as_bytes()), sha256_hex(b"plan"));
    run.add(129_900, Event::RunResumed { source, plan, edited: false, torn: 0, same_boot: true });
    let reason = "the program was killed while it ran".to_owned();
    run.engine(130_000, Event::OutcomeUnknown { node: "promote.promote".into(), reason });
    let answer = crate::engine::event::UnknownAnswer::Happened;
    let note = "read_only is 0 on replica2".to_owned();
    run.add(150_000, Event::UnknownAnswered { node: "promote.promote".into(), answer, note });
    run.succeeded(150_001, "promote.promote", How::Happened, 0, "");
    run.engine(150_002, Event::PivotPassed { node: "promote.promote".into() });
    run.noted(160_000, "The first alert had come by phone", Some("2026-11-20T23:57:30Z"));
    run.reached(160_100, "validation.write", "A write through the applications' address succeeds");
    run.started(165_000, "validation.write", 1, "mysql -h vip -e 'INSERT …'");
    run.succeeded(165_300, "validation.write", How::Ran, 300, "1 row");
    run.reached(165_310, "validation.rto", "RTO measured");
    run.add(
        180_000,
        Event::BlankFilled {
            node: "validation.rto".into(),
            name: "rto_measured".into(),
            label: "RTO measured".into(),
            value: "4 min".into(),
            objective: Some("< 5 min".into()),
            met: Some(true),
        },
    );
    run.add(
        200_000,
        Event::Noted {
            text: "Alert at 80 % of memory".into(),
            happened: None,
            owner: Some("SRE".into()),
            due: Some("2026-12-04".into()),
            action: true,
        },
    );
    run.engine(200_100, Event::RunFinished { outcome: Outcome::Completed, reason: String::new() });
    run.records
}

pub(crate) fn set(name: &str, value: Option<&str>, from: &str) -> Event {
    Event::VariableSet { name: name.into(), value: value.map(Into::into), from: from.into() }
}
