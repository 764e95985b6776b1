//! The report of a drill: criteria and whether they were met, the run before, who took part, what comes next.

use super::actions::{Action, actions};
use super::breakdown::{Breakdown, breakdown};
use super::claims::{Claim, Claims};
use super::entry::{Entry, entries};
use super::facts::{Facts, Roles, StepFacts};
use super::keep::{self, Kept};
use super::objective::{reported, rto};
use super::postmortem::Format;
use super::render::{ReportError, Template, render};
use super::sentence::{mode_word, outcome_word};
use super::steps::Times;
use super::text::{clean, date, duration, moment};
use super::timeline::language_of;
use super::words::Words;
use crate::engine::event::{Actor, Event};
use crate::journal::record::Record;
use crate::plan::model::{Plan, Work};
use crate::runbook::model::Language;
use serde::Serialize;
use std::collections::HashMap;

/// How to make a drill report.
#[derive(Debug, Clone, Copy, Default)]
pub struct DrillOptions<'a> {
    /// The run's own when `None`.
    pub language: Option<Language>,
    /// Markdown or HTML.
    pub format: Format,
    /// Roles of the nodes.
    pub roles: Option<&'a Roles>,
    /// The plan that the run followed.
    pub plan: Option<&'a Plan>,
    /// The journal's digest.
    pub digest: Option<&'a str>,
    /// The run of the same runbook before this one.
    pub before: Option<&'a [Record]>,
    /// What people wrote into the Markdown, for the page.
    pub kept: Option<&'a Kept>,
}

/// What templates see.
#[derive(Debug, Serialize)]
struct View {
    language: Language,
    title: String,
    runbook: String,
    run: String,
    host: String,
    mode: String,
    mode_what: String,
    rehearsal: bool,
    environment: Option<String>,
    date: Option<String>,
    began: Option<String>,
    outcome_words: Option<String>,
    duration: String,
    criteria: Vec<Claim>,
    met: usize,
    missed: usize,
    open: usize,
    breakdown: Breakdown,
    before: Option<Before>,
    people: Vec<Person>,
    assigned: Vec<(String, String)>,
    actions: Vec<Action>,
    kept: Kept,
    records: usize,
    journal: Vec<Entry>,
    digest: Option<String>,
}

/// The run before.
#[derive(Debug, Serialize)]
struct Before {
    run: String,
    date: String,
    mode: String,
    duration: String,
    steps: Vec<Compared>,
}

/// A step then and now.
#[derive(Debug, Serialize)]
struct Compared {
    title: String,
    then: Option<String>,
    now: Option<String>,
    change: String,
    slower: bool,
    seq: Option<u64>,
}

/// Somebody who took part.
#[derive(Debug, Serialize)]
struct Person {
    name: String,
    did: Vec<String>,
    seqs: Vec<u64>,
}

/// Writes the drill report.
///
/// # Errors
/// When the template cannot be filled in, which a test rules out.
pub fn drill_report(records: &[Record], options: &DrillOptions<'_>) -> Result<String, ReportError> {
    let view = view(records, options);
    let template = match options.format {
        Format::Markdown => Template::DrillMarkdown,
        Format::Html => Template::DrillHtml,
    };
    Ok(keep::sealed(&render(&template, view.language, &view)?, &view.run))
}

fn view(records: &[Record], options: &DrillOptions<'_>) -> View {
    let facts = Facts::gather(records);
    let language = language_of(options.language, &facts);
    let words = Words::of(language);
    let head = facts.head;
    let text = |field: fn(&crate::engine::event::RunHead) -> &String| head.map(|head| clean(field(head)));
    let said = reported(records, words);
    let rto = rto(&facts, options.roles, &said, words);
    let breakdown = breakdown(&facts, options.roles, &rto, words);
    let claims = Claims { facts: &facts, words };
    let mut criteria: Vec<Claim> = claims.detection(&breakdown, detection_target(options.plan)).into_iter().collect();
    criteria.extend(claims.all(records, &rto, &said).into_iter().filter(|claim| claim.target.is_some()));
    criteria.extend(never_filled(&facts, options.plan, words));
    let count = |met| criteria.iter().filter(|claim| claim.met == met).count();
    View {
        language,
        title: text(|head| &head.title).unwrap_or_default(),
        runbook: text(|head| &head.runbook).unwrap_or_default(),
        run: text(|head| &head.run).unwrap_or_default(),
        host: text(|head| &head.host).unwrap_or_default(),
        mode: head.map(|head| words.get(mode_word(head.mode)).to_owned()).unwrap_or_default(),
        mode_what: head
            .map(|head| words.get(&format!("drill.{}", mode_word(head.mode))).to_owned())
            .unwrap_or_default(),
        rehearsal: facts.is_rehearsal(),
        environment: head.and_then(|head| head.environment.as_ref()).map(|environment| clean(&environment.name)),
        date: facts.began.map(date),
        began: facts.began.map(moment),
        outcome_words: facts.finished.map(|(_, outcome, _)| outcome_word(outcome, words).to_owned()),
        duration: duration(facts.elapsed_ms, words),
        met: count(Some(true)),
        missed: count(Some(false)),
        open: count(None),
        criteria,
        before: options.before.map(|before| compared(before, &facts, options, words)),
        people: people(records, words),
        assigned: assigned(options.plan),
        actions: actions(records, &facts, options.plan, words),
        kept: options.kept.cloned().unwrap_or_default(),
        records: records.len(),
        journal: entries(records),
        digest: options.digest.map(clean),
        breakdown,
    }
}

/// The head's own objective for detection, in milliseconds.
fn detection_target(plan: Option<&Plan>) -> Option<u64> {
    let value = plan?.info.metadata.known.get("detection-target")?;
    let found = crate::syntax::duration::parse(value)
        .or_else(|| crate::syntax::duration::find(value).first().map(|phrase| phrase.duration))?;
    u64::try_from(found.as_millis()).ok()
}

/// Blanks with an objective that nobody filled in: they were not judged, which is not the same as met.
fn never_filled(facts: &Facts<'_>, plan: Option<&Plan>, words: &Words) -> Vec<Claim> {
    let nodes = plan.map(|plan| plan.nodes.as_slice()).unwrap_or_default();
    let open = nodes.iter().filter_map(|node| match &node.work {
        Work::Input(input) => input.objective.as_ref().map(|objective| (node, input, objective)),
        _ => None,
    });
    let open = open.filter(|(node, ..)| !facts.steps.iter().any(|step| step.node == node.id && step.blank));
    let claim = |label: &str, objective: &str| Claim {
        name: super::sentence::label_of(label),
        target: Some(clean(objective)),
        ms: None,
        value: None,
        kind: "none",
        kind_words: words.get("kind.none").to_owned(),
        met: None,
        judgement: words.get("judgement.open").to_owned(),
        method: words.get("drill.not-filled").to_owned(),
        seq: None,
    };
    open.map(|(_, input, objective)| claim(&input.label, objective)).collect()
}

/// Step by step, by the nodes' ids; steps that only one of the two runs was at are told as such.
fn compared(before: &[Record], now: &Facts<'_>, options: &DrillOptions<'_>, words: &Words) -> Before {
    let then = Facts::gather(before);
    let total = |step: &StepFacts<'_>| Times::of(step, options.plan).total();
    let old: HashMap<&str, &StepFacts<'_>> = then.steps.iter().map(|step| (step.node, step)).collect();
    let mut steps: Vec<Compared> = Vec::new();
    for step in &now.steps {
        let (ms, was) = (total(step), old.get(step.node).map(|step| total(step)));
        let change = match was {
            None => words.get("drill.new").to_owned(),
            Some(was) if ms >= was => format!("+{}", duration(ms - was, words)),
            Some(was) => format!("−{}", duration(was - ms, words)),
        };
        steps.push(Compared {
            title: clean(step.title),
            then: was.map(|was| duration(was, words)),
            now: Some(duration(ms, words)),
            change,
            // A tenth and a second more are more than chance.
            slower: was.is_some_and(|was| ms > was + was / 10 + 1000),
            seq: step.ended_seq.or(Some(step.seq)),
        });
    }
    for step in then.steps.iter().filter(|old| now.steps.iter().all(|new| new.node != old.node)) {
        steps.push(Compared {
            title: clean(step.title),
            then: Some(duration(total(step), words)),
            now: None,
            change: words.get("drill.gone").to_owned(),
            slower: false,
            seq: None,
        });
    }
    Before {
        run: then.head.map(|head| clean(&head.run)).unwrap_or_default(),
        date: then.began.map(date).unwrap_or_default(),
        mode: then.head.map(|head| words.get(mode_word(head.mode)).to_owned()).unwrap_or_default(),
        duration: duration(then.elapsed_ms, words),
        steps,
    }
}

/// Who took part and what they did, with the first record of each.
fn people(records: &[Record], words: &Words) -> Vec<Person> {
    let mut found: Vec<Person> = Vec::new();
    for record in records {
        let did = match (&record.actor, &record.event) {
            (Actor::Engine, _) => continue,
            (_, Event::GateAnswered { yes: true, .. }) => "approved",
            (_, Event::Decided { .. }) => "decided",
            (_, Event::Noted { .. }) => "noted",
            (_, Event::RunResumed { .. }) => "resumed",
            _ => "operated",
        };
        let name = super::sentence::actor_words(&record.actor, words);
        let did = words.get(&format!("did.{did}")).to_owned();
        let at = found.iter().position(|person| person.name == name).unwrap_or_else(|| {
            found.push(Person { name, did: Vec::new(), seqs: Vec::new() });
            found.len() - 1
        });
        let person = &mut found[at];
        if !person.did.contains(&did) {
            person.did.push(did);
            person.seqs.push(record.seq);
        }
    }
    found
}

/// Roles that the runbook names, with who has them, and the owners of its steps.
fn assigned(plan: Option<&Plan>) -> Vec<(String, String)> {
    let Some(plan) = plan else { return Vec::new() };
    let metadata = &plan.info.metadata;
    let role = |(key, value): (&String, &String)| {
        let name = key.strip_prefix("roles.").or((key == "roles").then_some("roles"))?;
        Some((clean(name), clean(value)))
    };
    let mut found: Vec<(String, String)> = metadata.other.iter().chain(&metadata.known).filter_map(role).collect();
    let mut owners: Vec<(String, String)> = Vec::new();
    for step in &plan.steps {
        if let Some(owner) = step.owner.as_deref().map(clean) {
            match owners.iter_mut().find(|(name, _)| *name == owner) {
                Some((_, steps)) => *steps = format!("{steps}, {}", step.number),
                None => owners.push((owner, step.number.clone())),
            }
        }
    }
    found.extend(owners);
    found
}
