//! `runbook run`.

use super::args::{ModeArg, RunArgs};
use super::exit::{Failure, Result};
use super::session::{self, Session};
use super::{calls, find, inventory, load, time, values};
use crate::driver::clock::{SystemClock, boot_id};
use crate::driver::core::micros;
use crate::driver::ports::Clock as _;
use crate::engine::decide::Input;
use crate::engine::event::{Mode, RunHead};
use crate::engine::state::RunState;
use crate::journal;
use crate::plan::digest::sha256;
use crate::plan::model::{Path, Plan, Work};
use std::time::Duration;

/// Does it.
pub fn run(args: &RunArgs) -> Result {
    let path = find::runbook(&args.runbook, &args.runbooks_dir)?;
    let (source, _, plan) = load::plan(&path)?;
    let mode = mode(args);
    let loaded = inventory::of(&args.drive)?;
    inventory::fits(mode, loaded.as_ref())?;
    if plan.entry.is_none() {
        return Err(Failure::usage(
            format!("`{}` has no step to run", path.display()),
            "see `runbook check` for how it was read",
        ));
    }
    let start_at = args.start_at.as_deref().map(|s| step_start(&plan, s)).transpose()?;
    let until = args.until.as_deref().map(|s| step_id(&plan, s)).transpose()?;
    part(&plan, start_at.as_deref(), until.as_deref())?;
    let answers = session::answers(&args.drive)?;
    session::check_answers(answers.as_ref(), &plan)?;
    let called_answers = calls::answers(answers.as_ref(), &plan)?;
    let operator = session::operator(&args.drive, answers.as_ref());
    let known = loaded.as_ref().map(|l| &l.inventory);
    let given = values::given(&args.drive, &plan, answers.as_ref(), (known, true))?;
    session::places(&plan, known, &given, mode)?;
    let monitors = inventory::monitors(&plan, known, mode)?;
    let clock = SystemClock;
    let now = clock.now();
    let incident = args.incident_start.as_deref().map(time::parse).transpose()?;
    let before = incident.map(|start| Duration::try_from(now.duration_since(start)).unwrap_or_default());
    if incident.is_some_and(|start| start > now) {
        return Err(Failure::usage(
            "`--incident-start` lies in the future",
            "give the time at which the incident began",
        ));
    }
    let runs_dir = find::runs_dir(&args.drive.runs)?;
    let absolute = std::path::absolute(&path).map_err(|e| Failure::system(format!("find `{}`", path.display()), e))?;
    let called_by = calls::caller(args.called_by.as_deref(), &runs_dir, &absolute)?;
    calls::announce(called_by.as_ref(), plan.info.language);
    let (run, journal) = session::new_run(&runs_dir, now)?;
    let digest = sha256(source.text.as_bytes());
    // The text is kept with the run before its first record names it.
    journal::put_file(journal.directory(), &stored_name(&digest), source.text.as_bytes())?;
    let origin = clock.monotonic();
    let metadata = &plan.info.metadata;
    let head = RunHead {
        run: run.clone(),
        runbook: plan.info.id.clone(),
        title: plan.info.title.clone(),
        path: absolute.display().to_string(),
        source: digest,
        plan: plan.digest.clone(),
        mode,
        language: plan.info.language,
        rto_s: metadata.rto.map(|d| d.as_secs()),
        rpo_s: metadata.rpo.map(|d| d.as_secs()),
        severity: metadata.known.get("severity").cloned(),
        category: metadata.known.get("category").cloned(),
        incident_start: incident.map(|t| t.to_string()),
        start_at,
        until,
        steps: plan
            .steps
            .iter()
            .filter(|s| s.nodes.first().is_some_and(|n| plan.nodes[*n].path == Path::Forward))
            .count(),
        host: find::host(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        boot: boot_id(),
        boot_us: micros(origin),
        called_by,
        environment: loaded.as_ref().map(|l| l.head.clone()),
    };
    let (values, secrets) = given.into_events();
    let start_dir = std::env::current_dir().map_err(|e| Failure::system("find the current directory", e))?;
    let by = crate::engine::event::Actor::Operator(operator.clone());
    let calls = calls::of(&args.drive, &runs_dir, &head, called_answers, &operator);
    let session = Session {
        plan: &plan,
        state: RunState::default(),
        journal,
        run,
        mode,
        origin,
        before,
        secrets,
        operator,
        answers,
        start_dir,
        inventory: loaded.map(|l| l.inventory),
        monitors,
        watched: session::Watched::default(),
        calls,
    };
    session::go(&args.drive, session, vec![Input::Begin(Box::new(head), values, by)])
}

/// What a stored runbook is called beside its journal.
pub fn stored_name(digest: &str) -> String {
    format!("runbook-{}.md", digest.get(..12).unwrap_or(digest))
}

fn mode(args: &RunArgs) -> Mode {
    match args.mode {
        _ if args.dry_run => Mode::Tabletop,
        ModeArg::Tabletop => Mode::Tabletop,
        ModeArg::Walkthrough => Mode::Walkthrough,
        ModeArg::Simulation => Mode::Simulation,
        ModeArg::Live => Mode::Live,
    }
}

fn step_start(plan: &Plan, name: &str) -> std::result::Result<String, Failure> {
    let id = step_id(plan, name)?;
    let step = plan.steps.iter().find(|s| s.id == id);
    step.and_then(|s| s.nodes.first())
        .map(|n| plan.nodes[*n].id.clone())
        .ok_or_else(|| Failure::usage(format!("`{name}` only groups other steps"), "name one of them"))
}

/// A part must lie on the forward path, and its end must come after its beginning: else the run would quietly go to the end.
fn part(plan: &Plan, start_at: Option<&str>, until: Option<&str>) -> std::result::Result<(), Failure> {
    for (option, id) in [("--start-at", start_at), ("--until", until)] {
        if let Some(id) = id
            && !plan.leads_forward(id)
        {
            let help = "name a step of the procedure; `runbook rollback` takes the way back";
            return Err(Failure::usage(format!("`{option} {id}`: that step is not on the forward path"), help));
        }
    }
    let Some(until) = until else { return Ok(()) };
    let Some(first) = start_at.map_or(plan.entry, |id| plan.by_id.get(id).copied()) else { return Ok(()) };
    let mut seen = vec![false; plan.nodes.len()];
    let mut open = vec![first];
    while let Some(index) = open.pop() {
        let node = &plan.nodes[index];
        if plan.steps[node.step].id == until {
            return Ok(());
        }
        if std::mem::replace(&mut seen[index], true) {
            continue;
        }
        open.extend(node.next);
        match &node.work {
            Work::Jump { to } => open.extend(*to),
            Work::Decision { options } => open.extend(options.iter().filter_map(|o| o.to)),
            _ => {}
        }
    }
    let from = start_at.map_or_else(|| "the beginning".to_owned(), |id| format!("`{id}`"));
    Err(Failure::usage(
        format!("`--until {until}`: no way leads there from {from}"),
        "see `runbook plan` for the order",
    ))
}

/// The step that a name means: its id, its number, or the id of one of its nodes.
fn step_id(plan: &Plan, name: &str) -> std::result::Result<String, Failure> {
    let found = plan.steps.iter().find(|s| s.id == name || s.number == name);
    if let Some(step) = found {
        return Ok(step.id.clone());
    }
    if let Some(node) = plan.node(name) {
        return Ok(plan.step_of(node).id.clone());
    }
    let near = plan
        .steps
        .iter()
        .map(|s| (strsim::jaro_winkler(&s.id, name), &s.id))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    let help =
        near.map_or_else(|| "see `runbook plan` for the ids".to_owned(), |(_, id)| format!("did you mean `{id}`?"));
    Err(Failure::usage(format!("no step is called `{name}`"), help))
}
