//! What a state waits for.

use super::event::{FailureAnswer, Mode, UnknownAnswer};
use super::question::{Ask, Question};
use super::rollback::{pivot, way_back};
use super::state::{NodeState, Phase, RunState, Status};
use super::values::missing_values;
use super::{Context, again, say};
use crate::plan::aim::{self, Aim};
use crate::plan::model::{Choice, CommandWork, Node, Path, Work};
use crate::plan::render::{self, Live};
use crate::runbook::model::{Effect, Interpreter, Reading, ValueKind};
use std::collections::BTreeMap;

/// What must happen next.
#[derive(Debug, Clone, PartialEq)]
pub enum Due {
    /// Nothing: the run is over, paused or not begun.
    Nothing,
    /// Hand in [`Input::Advance`](super::decide::Input::Advance).
    Advance,
    /// Hand in [`Input::Rehearsed`](super::decide::Input::Rehearsed): nothing is executed in this mode.
    Rehearse {
        /// Node id.
        node: String,
    },
    /// Ask, and hand in the answer.
    Ask(Question),
    /// Ask these places what they are, and hand in [`Input::Identified`](super::decide::Input::Identified).
    Identify {
        /// Node id.
        node: String,
        /// Which.
        aims: Vec<Aim>,
    },
    /// Run the read that tells whether the node's command has happened, and hand in
    /// [`Input::Looked`](super::decide::Input::Looked).
    Look {
        /// Node id.
        node: String,
        /// The text, in clear.
        text: String,
        /// The values that it binds, in clear.
        values: Vec<String>,
    },
    /// Run the node's command, whose start is on disk, and hand in how it ended.
    Execute {
        /// Node id.
        node: String,
        /// Which try.
        attempt: u32,
        /// The text, in clear.
        text: String,
        /// The values that it binds, in clear.
        values: Vec<String>,
    },
    /// Wait, then hand in [`Input::Retry`](super::decide::Input::Retry).
    Delay {
        /// Node id.
        node: String,
        /// For so long, in milliseconds.
        for_ms: u64,
    },
}

/// What this state waits for.
#[must_use]
pub fn due(context: &Context<'_>, state: &RunState) -> Due {
    if state.status != Status::Running {
        return Due::Nothing;
    }
    let Some(id) = &state.cursor else { return Due::Advance };
    let (Some(node), Some(at)) = (context.plan.node(id), state.node(id)) else { return Due::Advance };
    match &at.phase {
        Phase::Done { .. } | Phase::Skipped { .. } => Due::Advance,
        Phase::Reached => reached(context, state, node, at),
        Phase::Running => execute(context, state, node, at),
        Phase::Retrying { after_ms } => match &node.work {
            // The first try may have changed what it acts on, and so may others meanwhile.
            Work::Command(work) if !at.proven && !to_prove(context, state, work).is_empty() => {
                Due::Identify { node: id.clone(), aims: to_prove(context, state, work) }
            }
            _ => Due::Delay { node: id.clone(), for_ms: *after_ms },
        },
        Phase::Failed { cause } => ask(
            context,
            node,
            Ask::Failure {
                cause: cause.clone(),
                after_pivot: pivot(context.plan, state).is_some(),
                choices: failure_choices(context, state, node),
            },
        ),
        Phase::Unknown { .. } if at.looked.is_none() && look(context, state, node).is_some() => {
            look(context, state, node).unwrap_or(Due::Nothing)
        }
        Phase::Unknown { reason } => ask(
            context,
            node,
            Ask::Unknown {
                reason: reason.clone(),
                rendered: at.rendered.clone(),
                choices: unknown_choices(context, state, node),
            },
        ),
    }
}

fn ask(context: &Context<'_>, node: &Node, ask: Ask) -> Due {
    // Who said "run" to a step has not said "run" to its undoing.
    let step = if node.path == Path::Undo { &node.id } else { &context.plan.step_of(node).id };
    Due::Ask(Question { node: node.id.clone(), step: step.clone(), ask })
}

fn reached(context: &Context<'_>, state: &RunState, node: &Node, at: &NodeState) -> Due {
    let mode = state.head.as_ref().map_or(Mode::Live, |h| h.mode);
    match &node.work {
        Work::Jump { .. } => Due::Advance,
        Work::Manual if mode == Mode::Tabletop => Due::Rehearse { node: node.id.clone() },
        Work::Manual => ask(context, node, Ask::Manual { optional: node.optional, pivot: node.pivot }),
        Work::Check { .. } | Work::Input(_) if mode == Mode::Tabletop => Due::Rehearse { node: node.id.clone() },
        Work::Check { statement } => ask(context, node, Ask::Check { statement: say(context, state, statement) }),
        Work::Gate { question, approvers } => {
            let missing = approvers.saturating_sub(u32::try_from(at.approved_by.len()).unwrap_or(u32::MAX));
            if missing == 0 {
                return Due::Advance;
            }
            // Nobody can say yes to a question with a hole in it.
            if let Some(missing) = missing_in_words(context, state, question).filter(|_| mode != Mode::Tabletop) {
                return ask(context, node, missing);
            }
            let question = say(context, state, question);
            ask(context, node, Ask::Gate { question, missing, approved_by: at.approved_by.clone() })
        }
        Work::Input(input) => ask(
            context,
            node,
            Ask::Value {
                name: input.name.clone(),
                prompt: input.label.clone(),
                written: None,
                default: measured(context, &input.label),
                secret: is_secret(context, state, &input.name),
                kind: input.kind,
                objective: input.objective.clone(),
                options: input.options.clone(),
            },
        ),
        Work::Decision { options } => {
            // Who is next cannot be said without the list.
            if let Some(missing) = again::missing_list(context, state, node).filter(|_| mode != Mode::Tabletop) {
                return ask(context, node, missing);
            }
            let mut labels: Vec<String> = options.iter().map(|o| say(context, state, &o.label)).collect();
            again::tell(context, state, node, at, &mut labels);
            ask(context, node, Ask::Decision { options: labels, proposal: proposal(context, state, node) })
        }
        Work::Command(work) => command(context, state, node, at, work, mode),
    }
}

/// What a monitor measured, for a blank that asks for it: `RTO measured: ___`. A person confirms it.
fn measured(context: &Context<'_>, label: &str) -> Option<String> {
    let mut words = label.split(|c: char| !c.is_alphanumeric());
    context.live.measured_rto.clone().filter(|_| words.any(|word| word.eq_ignore_ascii_case("rto")))
}

/// The option that the conditions choose, when exactly one holds and the others can be evaluated; or the one that is drawn.
#[must_use]
pub fn proposal(context: &Context<'_>, state: &RunState, node: &Node) -> Option<(usize, String)> {
    let Work::Decision { options } = &node.work else { return None };
    let scope = context.scope(state);
    if node.again.is_some() {
        return again::proposal(context, state, node);
    }
    if let Some(seed) = &node.draw {
        return drawn(context, state, node, seed, options);
    }
    let mut holds = Vec::new();
    for (index, option) in options.iter().enumerate() {
        if let Some(when) = &option.when {
            match render::condition(when, &scope, &BTreeMap::new()) {
                Ok(true) => holds.push((index, format!("`{when}` is true{}", seen(when, context)))),
                Ok(false) => {}
                Err(_) => return None,
            }
        }
    }
    match holds.len() {
        1 => holds.pop(),
        // The one option without a condition is the "otherwise".
        0 => {
            let mut others = options.iter().enumerate().filter(|(_, o)| o.when.is_none());
            let only = others.next().filter(|_| others.next().is_none() && options.len() > 1)?;
            Some((only.0, "no condition holds".to_owned()))
        }
        _ => None,
    }
}

/// The option that chance proposes, among those whose condition does not speak against it. The same seed draws the same ways, in
/// the same order, on every machine: a drill can be repeated, and a resumed run draws nothing twice.
fn drawn(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    seed: &str,
    options: &[Choice],
) -> Option<(usize, String)> {
    let scope = context.scope(state);
    let head = state.head.as_ref()?;
    let own = || (head.run.clone(), head.run.clone());
    let (seed, shown) = match render::value(seed, &scope) {
        _ if seed.is_empty() => own(),
        Ok(seed) => seed,
        // A rehearsal has no captures to draw by; it draws all the same.
        Err(_) if head.mode == Mode::Tabletop => own(),
        Err(_) => return None,
    };
    let mut open = Vec::new();
    for (index, option) in options.iter().enumerate() {
        let holds = option.when.as_ref().map_or(Ok(true), |when| render::condition(when, &scope, &BTreeMap::new()));
        if holds.ok()? {
            open.push(index);
        }
    }
    let visit = state.node(&node.id).map_or(1, |at| at.visits);
    let which = draw(&format!("{seed}\n{}\n{visit}", node.id), open.len())?;
    Some((open[which], format!("drawn at random: seed {shown}, draw {visit}")))
}

/// A number below `below` that only the text decides: FNV-1a, then the finalizer of `SplitMix64`, for texts that differ in one
/// sign must not draw alike.
fn draw(text: &str, below: usize) -> Option<usize> {
    let mut hash =
        text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^= hash >> 31;
    let below = u64::try_from(below).ok().filter(|n| *n > 0)?;
    usize::try_from(hash % below).ok()
}

/// What monitors said, where a condition asks for it: the journal must show it, because it will never be the same again.
fn seen(when: &str, context: &Context<'_>) -> String {
    let mut said = Vec::new();
    for path in render::paths(when) {
        let mut parts = path.split('.');
        match (parts.next(), parts.next(), context.live.rto_elapsed) {
            (Some(Live::RTO_ELAPSED), None, Some(seconds)) => said.push(format!("{path} is {seconds}")),
            (Some(Live::MONITORS), Some(name), _) => {
                let word = |up: &bool| format!("{name} is {}", if *up { "up" } else { "down" });
                said.extend(context.live.up.get(name).map(word));
            }
            _ => {}
        }
    }
    if said.is_empty() { String::new() } else { format!(" ({})", said.join(", ")) }
}

fn command(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    at: &NodeState,
    work: &CommandWork,
    mode: Mode,
) -> Due {
    if mode == Mode::Tabletop || (mode == Mode::Walkthrough && work.effect != Effect::Read) {
        return Due::Rehearse { node: node.id.clone() };
    }
    let rendered = match render::command(work, &context.scope(state)) {
        Ok(rendered) => rendered,
        // The question shows the text as written; saying "run" is refused with the reason.
        Err(_) => render::Rendered::as_written(&work.text),
    };
    if let Some(question) = missing_values(context, state, work, &rendered).into_iter().next() {
        return ask(context, node, question);
    }
    let aims = if at.proven { Vec::new() } else { to_prove(context, state, work) };
    if !aims.is_empty() {
        return Due::Identify { node: node.id.clone(), aims };
    }
    ask(
        context,
        node,
        Ask::Command {
            rendered: render::mask(&rendered.shown, context.secrets),
            effect: work.effect,
            effect_why: work.effect_why.clone(),
            // Whether another runbook needs a person is found out by its own questions.
            attended: work.reading == Reading::Attended && work.interpreter != Interpreter::Runbook,
            ambiguous: (work.reading == Reading::Ambiguous).then(|| work.why.clone()),
            pivot: node.pivot,
            optional: node.optional,
            attempts: at.attempts,
        },
    )
}

/// The read that tells whether a node's command has happened, when it has one that has all its values.
fn look(context: &Context<'_>, state: &RunState, node: &Node) -> Option<Due> {
    let Work::Command(work) = &node.work else { return None };
    let rendered = render::command(work.verify.as_ref()?, &context.scope(state)).ok()?;
    rendered.missing.is_empty().then(|| Due::Look {
        node: node.id.clone(),
        text: rendered.text,
        values: rendered.values,
    })
}

fn execute(context: &Context<'_>, state: &RunState, node: &Node, at: &NodeState) -> Due {
    let Work::Command(work) = &node.work else { return Due::Advance };
    let (text, values) = match &at.edited {
        Some(text) => (text.clone(), Vec::new()),
        None => match render::command(work, &context.scope(state)) {
            Ok(rendered) if rendered.missing.is_empty() => (rendered.text, rendered.values),
            // It was announced with every value; now one is gone. Nothing may run with a hole in it: what runs instead fails.
            _ => ("echo 'a value that it needs is gone' >&2; exit 125".to_owned(), Vec::new()),
        },
    };
    Due::Execute { node: node.id.clone(), attempt: at.attempts, text, values }
}

/// The places that must say what they are before this command is offered. Without an inventory there is nobody to ask.
#[must_use]
pub fn to_prove(context: &Context<'_>, state: &RunState, work: &CommandWork) -> Vec<Aim> {
    let inventory = state.head.as_ref().is_some_and(|h| h.environment.is_some());
    let mut aims = aim::to_prove(work, &context.scope(state));
    // Who one is at AWS, the machine itself says.
    aims.retain(|aim| inventory || aim.kind == aim::Kind::Aws);
    aims
}

/// What may be said of a failure, the safest first.
fn failure_choices(context: &Context<'_>, state: &RunState, node: &Node) -> Vec<FailureAnswer> {
    let mut choices = vec![FailureAnswer::Retry, FailureAnswer::Done, FailureAnswer::Skip];
    if node.path == Path::Forward && !way_back(context.plan, state).queue.is_empty() {
        choices.push(FailureAnswer::Rollback);
    }
    choices.push(FailureAnswer::Abort);
    choices
}

fn unknown_choices(context: &Context<'_>, state: &RunState, node: &Node) -> Vec<UnknownAnswer> {
    let mut choices = vec![UnknownAnswer::Happened, UnknownAnswer::Again];
    if node.path == Path::Forward && !way_back(context.plan, state).queue.is_empty() {
        choices.push(UnknownAnswer::Undo);
    }
    choices.push(UnknownAnswer::Stop);
    choices
}

/// The first value that words for people need and nobody has given.
#[must_use]
pub fn missing_in_words(context: &Context<'_>, state: &RunState, text: &str) -> Option<Ask> {
    let rendered = render::message(text, &context.scope(state)).ok()?;
    rendered.missing.first().map(|(name, written)| value_question(context, state, name, Some(written)))
}

/// Whether a name holds a secret: it is declared so, a step captures it as one, or it was one before this process.
#[must_use]
pub fn is_secret(context: &Context<'_>, state: &RunState, name: &str) -> bool {
    let captured = |n: &Node| matches!(&n.work, Work::Command(w) if w.options.secret && w.options.captures.iter().any(|c| c.name == name));
    context.plan.inputs().iter().any(|i| i.name == name && i.secret)
        || matches!(state.variables.get(name), Some(None))
        || context.plan.nodes.iter().any(captured)
}

/// A question for a value of this name, with what the runbook's head says about it.
#[must_use]
pub fn value_question(context: &Context<'_>, state: &RunState, name: &str, written: Option<&str>) -> Ask {
    let declared = context.plan.inputs().iter().find(|i| i.name == name);
    Ask::Value {
        name: name.to_owned(),
        prompt: declared.and_then(|d| d.prompt.clone()).unwrap_or_else(|| name.replace('_', " ")),
        written: written.map(str::to_owned),
        default: declared.and_then(|d| d.default.clone()),
        secret: is_secret(context, state, name) || context.lost.contains(name),
        kind: declared.map_or(ValueKind::Text, |d| d.kind),
        objective: None,
        options: Vec::new(),
    }
}
