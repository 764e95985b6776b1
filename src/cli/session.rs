//! What `run`, `resume` and `rollback` share: ports put together, the loop driven, the end told.

use super::args::{Drive, RunFormat};
use super::exit::{Exit, Failure, Result};
use super::{find, inventory, out, values};
use crate::action::shell::ShellSession;
use crate::action::{Calls, World};
use crate::driver::clock::SystemClock;
use crate::driver::core::{Core, Parts};
use crate::driver::ports::{Executor as _, Reporter};
use crate::driver::run::{Ending, drive};
use crate::engine::decide::Input;
use crate::engine::event::Mode;
use crate::engine::state::RunState;
use crate::inventory::Inventory;
use crate::journal::Journal;
use crate::monitor::outage::{Change, Moment};
use crate::monitor::{Monitors, Prepared, Surroundings};
use crate::operator::answers::Known;
use crate::operator::{Answers, Chain, Human, Json, Screen, Terminal};
use crate::plan::model::{Plan, Work};
use crate::runbook::model::{Interpreter, Language};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// A run that is ready to be driven.
pub struct Session<'a> {
    /// Its plan.
    pub plan: &'a Plan,
    /// The fold of its journal.
    pub state: RunState,
    /// Its journal, locked.
    pub journal: Journal,
    /// Its id.
    pub run: String,
    /// How much is real.
    pub mode: Mode,
    /// The monotonic clock at its beginning.
    pub origin: Duration,
    /// Between the declared start of the incident and the beginning.
    pub before: Option<Duration>,
    /// Secrets given on the command line.
    pub secrets: BTreeMap<String, String>,
    /// Whoever runs it.
    pub operator: String,
    /// Answers by question.
    pub answers: Option<Answers>,
    /// Where its commands begin.
    pub start_dir: PathBuf,
    /// What its names lead to.
    pub inventory: Option<Inventory>,
    /// What watches beside it.
    pub monitors: Vec<Prepared>,
    /// What earlier processes saw of that.
    pub watched: Watched,
    /// How it runs other runbooks.
    pub calls: Calls,
}

/// What monitors saw before a run was taken up.
#[derive(Debug, Default)]
pub struct Watched {
    /// The changes of each.
    pub changes: BTreeMap<String, Vec<Change>>,
    /// When nobody looked.
    pub gaps: Vec<(Moment, Moment)>,
}

/// Reads the answers file and says what is wrong with it.
pub fn answers(drive: &Drive) -> std::result::Result<Option<Answers>, Failure> {
    let Some(path) = &drive.answers else { return Ok(None) };
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| Failure::system(format!("read `{name}`"), e))?;
    match Answers::parse(&name, &text) {
        Ok(answers) => Ok(Some(answers)),
        Err(invalid) => {
            for diagnostic in &invalid.diagnostics {
                out::diagnostic(diagnostic, &invalid.source, Language::En);
            }
            Err(Failure::usage(format!("`{name}` cannot be used as an answers file"), "nothing was run"))
        }
    }
}

/// Says which keys of the answers file speak to no step of the plan.
pub fn check_answers(answers: Option<&Answers>, plan: &Plan) -> std::result::Result<(), Failure> {
    let Some(answers) = answers else { return Ok(()) };
    let mut wrong = false;
    for diagnostic in answers.validate(&Known::of(plan)) {
        wrong |= diagnostic.severity == crate::diagnostic::Severity::Error;
        out::diagnostic(&diagnostic, answers.source(), Language::En);
    }
    if wrong {
        let name = answers.name();
        return Err(Failure::usage(format!("`{name}` does not fit this runbook"), "nothing was run"));
    }
    Ok(())
}

/// What is wrong with the native AWS actions of a plan, before anything runs.
fn actions(plan: &Plan) -> std::result::Result<(), Failure> {
    let mut wrong = Vec::new();
    for node in &plan.nodes {
        if let Work::Command(work) = &node.work
            && let Interpreter::Aws(operation) = &work.interpreter
            && let Err(why) = crate::action::cloud::outline(operation, &work.text)
        {
            wrong.push(format!("line {}: {why}", node.line));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(Failure::usage(wrong.join("\n"), "nothing was run; see docs/aws.md")) }
}

/// Says, before anything runs, which places of the plan the inventory does not have, and which programs are not here.
pub fn places(
    plan: &Plan,
    known: Option<&Inventory>,
    given: &values::Given,
    mode: Mode,
) -> std::result::Result<(), Failure> {
    actions(plan)?;
    let Some(known) = known else {
        if mode != Mode::Tabletop && inventory::needed(plan).is_some() {
            out::warn("runbook: some steps need an inventory (`--inventory FILE`): they will stop and ask\n");
        }
        return Ok(());
    };
    let values = given.values.iter().map(|(name, (value, _))| (name.clone(), value.clone())).collect();
    let unknown = inventory::unknown_places(plan, known, &values);
    if unknown.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = unknown.iter().map(|(why, step)| format!("{why} (step `{step}`)")).collect();
    Err(Failure::usage(lines.join("\n"), "nothing was run"))
}

/// Drives the run to its end, or to where it waits.
pub fn go(args: &Drive, session: Session<'_>, first: Vec<Input>) -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::system("start the runtime", e))?;
    let directory = session.journal.directory().to_owned();
    let language = session.plan.info.language;
    let shell = ShellSession::resume(&directory, &session.start_dir, session.state.session.as_ref())
        .map_err(|e| Failure::system("prepare the shell session", e))?;
    let mut executor = World::new(shell, session.inventory).with_calls(session.calls);
    let human = args.format == RunFormat::Human;
    let screen = if human { Screen::stdout(language) } else { Screen::stderr(language) };
    let reporter: Box<dyn Reporter> = if human {
        let reporter = Human::new(screen.clone(), directory.clone());
        Box::new(reporter)
    } else {
        Box::new(Json::stdout())
    };
    let terminal = (human && crate::operator::style::interactive())
        .then(|| Terminal::stdin(screen.clone(), session.operator.clone()));
    let mut chain = Chain::new(screen, session.operator.clone())
        .with_answers(session.answers)
        .with_yes(args.yes)
        .with_terminal(terminal);
    let mut core = Core::new(Parts {
        plan: session.plan,
        state: session.state,
        journal: session.journal,
        reporters: vec![reporter],
        clock: Box::new(SystemClock),
        origin: session.origin,
        before: session.before,
        secrets: session.secrets,
    });
    if session.mode != Mode::Tabletop && matches!(first.first(), Some(Input::Begin(..))) {
        let missing = values::missing_programs(session.plan, |wanted| executor.missing(wanted));
        if !missing.is_empty() {
            let list: Vec<String> = missing.iter().map(|(program, step)| format!("{program} (`{step}`)")).collect();
            out::warn(&match language {
                Language::En => format!("runbook: not found in PATH: {}\n", list.join(", ")),
                Language::Fr => format!("runbook : absents du PATH : {}\n", list.join(", ")),
            });
        }
    }
    if !session.monitors.is_empty() {
        let around = Surroundings {
            directory: directory.clone(),
            run: session.run.clone(),
            origin: session.origin,
            before: session.before,
            changes: session.watched.changes,
            gaps: session.watched.gaps,
        };
        let monitors = Monitors::start(session.monitors, &around)
            .map_err(|why| Failure::usage(why, "the run was not taken up: mend it, then `runbook resume`"))?;
        core.watched_by(Box::new(monitors));
    }
    let ending = runtime.block_on(drive(&mut core, &mut executor, &mut chain, first))?;
    let missing_programs = |plan: &Plan| values::missing_programs(plan, |wanted| executor.missing(wanted));
    if session.mode == Mode::Tabletop && human {
        out::print(&rehearsal(
            session.plan,
            &core.state,
            &missing_programs(session.plan),
            &executor.names(),
            language,
        ))?;
    }
    Ok(told(&ending, &session.run, human, language))
}

/// What a rehearsal found out.
fn rehearsal(
    plan: &Plan,
    state: &RunState,
    missing: &[(String, String)],
    names: &[String],
    language: Language,
) -> String {
    let unbound = values::unbound(plan, state, names);
    let fr = language == Language::Fr;
    let mut text = String::from("\n");
    let mut list = |title: &str, none: &str, rows: Vec<String>| {
        if rows.is_empty() {
            text.push_str(none);
            text.push('\n');
        } else {
            text.push_str(title);
            text.push('\n');
            for row in rows {
                text.push_str(&format!("  {row}\n"));
            }
        }
    };
    let line = if fr { "ligne" } else { "line" };
    let rows =
        unbound.iter().map(|u| format!("{}  ({})  {line} {}  `{}`", u.written, u.name, u.line, u.step)).collect();
    if fr {
        list(
            "Sans valeur (à donner avec `--var NOM=VALEUR`, ou demandé pendant l’exécution) :",
            "Toutes les valeurs sont connues.",
            rows,
        );
    } else {
        list(
            "Unbound (give them with `--var NAME=VALUE`, or answer when asked):",
            "Every placeholder has a value.",
            rows,
        );
    }
    let rows = missing.iter().map(|(program, step)| format!("{program}  `{step}`")).collect();
    if fr {
        list("Programmes absents du PATH :", "Tous les programmes sont dans le PATH.", rows);
    } else {
        list("Programs missing from PATH:", "Every program is on PATH.", rows);
    }
    text
}

fn told(ending: &Ending, run: &str, human: bool, language: Language) -> Exit {
    let Ending::Paused { stuck, .. } = ending else {
        let Ending::Finished(outcome) = ending else { return Exit::Paused };
        return (*outcome).into();
    };
    if human {
        let verb = if language == Language::Fr { "pour reprendre :" } else { "to go on:" };
        out::warn(&format!("{verb} runbook resume {run}\n"));
    }
    if *stuck { Exit::Stuck } else { Exit::Paused }
}

/// A new run's directory, with a name nobody has.
pub fn new_run(runs_dir: &Path, now: jiff::Timestamp) -> std::result::Result<(String, Journal), Failure> {
    let day = now.strftime("%Y-%m-%d");
    loop {
        let mut random = [0_u8; 2];
        std::fs::File::open("/dev/urandom")
            .and_then(|mut f| std::io::Read::read_exact(&mut f, &mut random))
            .map_err(|e| Failure::system("read random bytes", e))?;
        let run = format!("{day}-{:02x}{:02x}", random[0], random[1]);
        match Journal::create(&runs_dir.join(&run), &run) {
            Ok(journal) => return Ok((run, journal)),
            Err(crate::journal::JournalError::Exists { .. }) => {}
            Err(other) => return Err(other.into()),
        }
    }
}

/// Whoever runs it: the option, the answers file, the login.
pub fn operator(drive: &Drive, answers: Option<&Answers>) -> String {
    find::operator(drive.operator.as_deref(), answers.and_then(|a| a.operator.as_deref()))
}
