//! Running one command to its end, while output streams, time passes and people press Ctrl-C.

use super::core::{Core, DriverError};
use super::ports::{Chunk, Completion, Control, End, Executor, Interrupt, Job, Operator, Tool};
use super::signals::{Signals, Told};
use crate::engine::decide::{Input, Rejected};
use crate::engine::event::{Cause, Mode};
use crate::engine::judge::{self, Ended, Finished, Verdict};
use crate::plan::aim;
use crate::plan::model::{CommandWork, Work};
use crate::runbook::model::{Effect, Interpreter, Reading};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, MissedTickBehavior};

/// Between two looks at the clock.
pub(super) const TICK: Duration = Duration::from_millis(100);
/// Between two polls, and how long to poll, when the runbook does not say.
const EVERY: Duration = Duration::from_secs(2);
const POLL_FOR: Duration = Duration::from_secs(120);

/// What came of it, and what was asked for meanwhile.
pub struct Ran {
    /// The input for the engine.
    pub input: Input,
    /// Pause the run now, because.
    pub pause: Option<String>,
}

/// Runs a node's command whose start is on disk.
///
/// # Errors
/// Only when the journal cannot be written.
pub async fn run<E: Executor, O: Operator>(
    core: &mut Core<'_>,
    executor: &mut E,
    operator: &mut O,
    signals: &mut Signals,
    due: (&str, u32, String, Vec<String>),
) -> Result<Ran, DriverError> {
    let (node, attempt, text, values) = due;
    let plan = core.plan;
    let found = plan.node(node);
    let Some(Work::Command(work)) = found.map(|n| &n.work) else {
        let cause = Cause::Spawn { message: "the plan has no such command".to_owned() };
        return Ok(failed(cause));
    };
    let mut job = Job { values, ..job(core, work, node, attempt, text) };
    let began = Instant::now();
    let mut watch = Watch { pause: None, stopped: false };
    loop {
        let completion = one(core, executor, operator, signals, &job, &mut watch).await?;
        if let Some(names) = &completion.names {
            core.known = names.iter().cloned().collect();
        }
        // What monitors say is judged as it is now, not as it was when the step began.
        core.turn()?;
        let finished = finished(&completion, &job);
        // A write of AWS is sent once; what it began is polled, and its own answer tells nothing of that yet.
        let first = job.tool == Tool::Aws && work.effect != Effect::Read && !job.watch;
        if first && work.options.until.is_some() && finished.ended == Ended::Exit(0) && !watch.stopped {
            job.watch = true;
            sleep(core, operator, signals, work.options.every.unwrap_or(EVERY), &mut watch).await?;
            continue;
        }
        if let Some(until) = &work.options.until
            && !watch.stopped
            && !first
        {
            match judge::until(work, &finished, &core.context().scope(&core.state), until) {
                Ok(true) => {}
                // What is waited for may be the server itself.
                Ok(false) if matches!(finished.ended, Ended::Exit(_) | Ended::Server(_)) || away(&job, &finished) => {
                    let limit = work.options.poll_for.unwrap_or(POLL_FOR);
                    let every = work.options.every.unwrap_or(EVERY);
                    // Only what is harmless is run over and over.
                    let harmless = work.effect == Effect::Read || work.options.idempotent || job.watch;
                    if harmless && began.elapsed() + every <= limit {
                        sleep(core, operator, signals, every, &mut watch).await?;
                        if !watch.stopped {
                            continue;
                        }
                    }
                    if !harmless {
                        let message = format!(
                            "`{until}` does not hold, and a command that changes something is not polled: mark it `idempotent`, or wait with a read"
                        );
                        return Ok(watch.ran(
                            Verdict::Failure(Cause::Expectation { message }),
                            began.elapsed(),
                            completion,
                        ));
                    }
                    let cause =
                        if watch.stopped { Cause::Stopped } else { Cause::TimedOut { after_ms: millis(limit) } };
                    return Ok(watch.ran(Verdict::Failure(cause), began.elapsed(), completion));
                }
                Ok(false) => {}
                Err(cause) => return Ok(watch.ran(Verdict::Failure(cause), began.elapsed(), completion)),
            }
        }
        let verdict = judge::judge(work, &finished, &core.context().scope(&core.state));
        if let Verdict::Success { captures, .. } = &verdict
            && work.options.secret
        {
            core.secrets.extend(captures.clone());
        }
        let took = if work.options.until.is_some() { began.elapsed() } else { completion.took };
        return Ok(watch.ran(verdict, took, completion));
    }
}

/// Runs the read that tells whether a node's command has happened.
///
/// # Errors
/// Only when the journal cannot be written.
pub async fn look<E: Executor, O: Operator>(
    core: &mut Core<'_>,
    executor: &mut E,
    operator: &mut O,
    signals: &mut Signals,
    (node, text, values): (&str, String, Vec<String>),
) -> Result<Ran, DriverError> {
    let plan = core.plan;
    let verify = plan.node(node).and_then(|n| match &n.work {
        Work::Command(work) => work.verify.as_deref(),
        _ => None,
    });
    let Some(verify) = verify else {
        let cause = Cause::Spawn { message: "the plan has no way to look".to_owned() };
        return Ok(Ran { input: Input::Looked(Verdict::Failure(cause)), pause: None });
    };
    let attempt = core.state.node(node).map_or(1, |at| at.attempts);
    // It reads: nothing that was shown must still be so.
    let job = Job { values, expected: BTreeMap::new(), ..job(core, verify, node, attempt, text) };
    let mut watch = Watch { pause: None, stopped: false };
    let completion = one(core, executor, operator, signals, &job, &mut watch).await?;
    if let Some(names) = &completion.names {
        core.known = names.iter().cloned().collect();
    }
    let verdict = judge::judge(verify, &finished(&completion, &job), &core.context().scope(&core.state));
    Ok(Ran { input: Input::Looked(verdict), pause: watch.pause })
}

/// What people asked for while it ran.
struct Watch {
    pause: Option<String>,
    stopped: bool,
}

impl Watch {
    fn heed(&mut self, choice: Interrupt, control: &watch::Sender<Control>) {
        match choice {
            Interrupt::GoOn => {}
            Interrupt::Pause => self.pause = Some("Ctrl-C".to_owned()),
            Interrupt::Stop => {
                self.stopped = true;
                control.send_replace(Control::Stop);
            }
        }
    }

    fn ran(self, verdict: Verdict, took: Duration, completion: Completion) -> Ran {
        // When all of it ended and is not as expected, all of it is looked at again.
        let partly = !matches!(completion.end, End::Exit(_));
        let well = completion.parts.iter().filter(|part| partly && part.trouble.is_none() && !part.alone);
        let input = Input::Completed {
            verdict,
            took_ms: millis(took),
            output: completion.output,
            session: completion.session,
            done_on: well.map(|part| part.member.clone()).collect(),
        };
        Ran { input, pause: self.pause }
    }
}

fn failed(cause: Cause) -> Ran {
    let verdict = Verdict::Failure(cause);
    let input = Input::Completed { verdict, took_ms: 0, output: None, session: None, done_on: Vec::new() };
    Ran { input, pause: None }
}

/// A server that could not be reached, or did not answer in time.
fn away(job: &Job, finished: &Finished) -> bool {
    let native = job.aim.is_some() || job.tool == Tool::Http;
    native && matches!(finished.ended, Ended::Spawn(_) | Ended::Unreachable(_) | Ended::TimedOut(_))
}

fn job(core: &Core<'_>, work: &CommandWork, node: &str, attempt: u32, text: String) -> Job {
    let context = core.context();
    let scope = context.scope(&core.state);
    let aim = aim::of(work, &scope);
    let mut environment = BTreeMap::new();
    for name in &work.reads {
        if (aim::is_elsewhere(work) || !core.known.contains(name) || core.plan.varies(name))
            && let Some(value) = scope.get(name)
        {
            environment.insert(name.clone(), value.to_owned());
        }
    }
    Job {
        node: node.to_owned(),
        attempt,
        visit: core.state.node(node).map_or(1, |at| at.visits),
        text,
        tool: match &work.interpreter {
            Interpreter::Shell => Tool::Shell,
            Interpreter::Program(program) => Tool::Program(program.clone()),
            Interpreter::Sql => Tool::Sql,
            Interpreter::Aws(_) => Tool::Aws,
            Interpreter::Http(_) => Tool::Http,
            Interpreter::Runbook => Tool::Runbook,
        },
        // A further try may follow what the first one changed.
        expected: aim
            .as_ref()
            .filter(|_| attempt == 1 && core.state.node(node).is_some_and(|at| at.proven))
            .and_then(|aim| core.state.places.get(&aim.written))
            .cloned()
            .unwrap_or_default(),
        aim,
        values: Vec::new(),
        effect: work.effect,
        watch: false,
        read_only: core.state.head.as_ref().is_some_and(|h| h.mode == Mode::Walkthrough),
        parallel: work.options.parallel,
        all_hosts: work.options.all_hosts,
        status_judged: judge::judges_status(work),
        done_on: if again(work) {
            std::collections::BTreeSet::new()
        } else {
            core.state.node(node).map(|at| at.done_on.clone()).unwrap_or_default()
        },
        attended: work.reading == Reading::Attended,
        fresh: work.options.fresh,
        keep_going: work.options.keep_going,
        timeout: work.options.timeout,
        environment,
        secrets: core.secrets.values().filter(|s| !s.is_empty()).cloned().collect(),
        secret_output: work.options.secret,
    }
}

/// Whether a further try asks all members of a group again, also those that had answered. What only reads does no harm, and what is
/// kept of a group is wrong when a part of it is missing.
fn again(work: &CommandWork) -> bool {
    work.effect == Effect::Read || work.options.idempotent && !work.options.captures.is_empty()
}

fn finished(completion: &Completion, job: &Job) -> Finished {
    Finished {
        left_out: !job.done_on.is_empty(),
        ended: match &completion.end {
            End::Exit(status) => Ended::Exit(*status),
            End::Signal(signal) => Ended::Signal(*signal),
            End::TimedOut(after) => Ended::TimedOut(millis(*after)),
            End::Stopped => Ended::Stopped,
            End::Spawn(message) => Ended::Spawn(message.clone()),
            End::Unreachable(message) => Ended::Unreachable(message.clone()),
            End::Lost(reason) => Ended::Lost(reason.clone()),
            End::Server(message) => Ended::Server(message.clone()),
            End::WrongTarget(message) => Ended::WrongTarget(message.clone()),
            End::Called(run, outcome) => Ended::Called(run.clone(), *outcome),
        },
        stdout: String::from_utf8_lossy(&completion.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&completion.stderr).into_owned(),
        truncated: completion.truncated,
        parts: completion.parts.clone(),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// One process, from start to end.
async fn one<E: Executor, O: Operator>(
    core: &mut Core<'_>,
    executor: &mut E,
    operator: &mut O,
    signals: &mut Signals,
    job: &Job,
    watch: &mut Watch,
) -> Result<Completion, DriverError> {
    let (chunks, mut output) = mpsc::channel::<Chunk>(64);
    let (control, controlled) = watch::channel(Control::Run);
    let running = executor.execute(job.clone(), chunks, controlled);
    tokio::pin!(running);
    let mut ticks = tokio::time::interval_at(Instant::now() + TICK, TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut open = true;
    let mut ended: Option<Completion> = None;
    while ended.is_none() {
        tokio::select! {
            biased;
            chunk = output.recv(), if open => match chunk {
                Some(chunk) => core.report(|r, _| r.output(&chunk)),
                None => open = false,
            },
            completion = &mut running => ended = Some(completion),
            told = signals.next() => match told {
                // The command has the terminal; Ctrl-C is its business.
                Told::Interrupt if job.attended => {}
                Told::Interrupt => {
                    let mut held = Vec::new();
                    let choice = {
                        let standing = core.standing();
                        let asking = operator.interrupted(&standing);
                        tokio::pin!(asking);
                        loop {
                            tokio::select! {
                                choice = &mut asking => break choice,
                                completion = &mut running, if ended.is_none() => ended = Some(completion),
                                chunk = output.recv(), if open => match chunk {
                                    Some(chunk) => held.push(chunk),
                                    None => open = false,
                                },
                            }
                        }
                    };
                    for chunk in held {
                        core.report(|r, _| r.output(&chunk));
                    }
                    signals.forget_interrupts().await;
                    watch.heed(choice, &control);
                }
                Told::HangUp => watch.pause = Some("the terminal is gone".to_owned()),
                Told::Terminate => {
                    watch.pause = Some("runbook was told to end".to_owned());
                    watch.heed(Interrupt::Stop, &control);
                }
            },
            _ = ticks.tick() => {
                core.watch_time()?;
                if !job.attended {
                    core.report(|r, standing| r.tick(standing));
                }
            }
        }
    }
    while let Ok(chunk) = output.try_recv() {
        core.report(|r, _| r.output(&chunk));
    }
    ended.map_or_else(|| Err(DriverError::Rejected(Rejected("the command was lost".to_owned()))), Ok)
}

/// Waits between two polls; Ctrl-C is heard here too.
async fn sleep<O: Operator>(
    core: &mut Core<'_>,
    operator: &mut O,
    signals: &mut Signals,
    pause: Duration,
    watch: &mut Watch,
) -> Result<(), DriverError> {
    let until = Instant::now() + pause;
    let (control, _) = watch::channel(Control::Run);
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(until.min(Instant::now() + TICK)) => {
                core.watch_time()?;
                core.report(|r, standing| r.tick(standing));
                if Instant::now() >= until || watch.stopped {
                    return Ok(());
                }
            }
            told = signals.next() => match told {
                Told::Interrupt => {
                    let choice = operator.interrupted(&core.standing()).await;
                    signals.forget_interrupts().await;
                    watch.heed(choice, &control);
                }
                Told::HangUp => watch.pause = Some("the terminal is gone".to_owned()),
                Told::Terminate => {
                    watch.pause = Some("runbook was told to end".to_owned());
                    watch.stopped = true;
                }
            },
        }
    }
}

/// Waits before another try. Gives the reason to pause, if somebody asked for that.
///
/// # Errors
/// Only when the journal cannot be written.
pub async fn delay<O: Operator>(
    core: &mut Core<'_>,
    operator: &mut O,
    signals: &mut Signals,
    pause: Duration,
) -> Result<Option<String>, DriverError> {
    let mut watch = Watch { pause: None, stopped: false };
    sleep(core, operator, signals, pause, &mut watch).await?;
    Ok(watch.pause.or_else(|| watch.stopped.then(|| "stopped between two tries".to_owned())))
}
