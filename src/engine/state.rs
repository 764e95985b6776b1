//! What a run is like: the fold of its events.

use super::event::{
    Actor, Cause, Event, FailureAnswer, How, Measurement, Outcome, Round, RunHead, UndoRound, UnknownAnswer,
};
use crate::plan::aim::ENVIRONMENT;
use crate::plan::model::Again;
use crate::plan::render::Places;
use crate::runbook::model::Effect;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The state of one run. Changed only by [`RunState::apply`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunState {
    /// The head; `None` before `RunStarted`.
    pub head: Option<RunHead>,
    /// What it is doing.
    pub status: Status,
    /// The node the run is at.
    pub cursor: Option<String>,
    /// Every node that was reached.
    pub nodes: HashMap<String, NodeState>,
    /// Nodes in the order in which they ended, with repeats: for compensation.
    pub done: Vec<String>,
    /// Values; `None` for a secret.
    pub variables: BTreeMap<String, Option<String>>,
    /// Places that were looked at, by the name that the runbook uses.
    pub places: Places,
    /// Those of them that this run may have changed since: something was written, there or elsewhere.
    pub stale: BTreeSet<String>,
    /// The pivot's node, once passed, and how many nodes had ended before it.
    pub pivot: Option<(String, usize)>,
    /// The way back, once begun.
    pub rollback: Option<Rollback>,
    /// Rounds of steps that are gone through for each of several, as they ended.
    pub rounds: Vec<EndedRound>,
    /// Nodes of a way back that were done, with the round that they took back.
    pub undone: BTreeSet<(String, u32)>,
    /// Those that failed and were given up, and for whom that was; not those that were done after all.
    pub given_up: BTreeMap<(String, u32), String>,
    /// Whether what each monitor looks at is up; absent before its first look.
    pub monitors: BTreeMap<String, bool>,
    /// What monitors measured, the latest of each.
    pub measured: BTreeMap<String, Measurement>,
    /// The last session state.
    pub session: Option<super::event::Blob>,
    /// How the run ended.
    pub outcome: Option<(Outcome, String)>,
    /// Sequence of the last event applied.
    pub seq: u64,
}

/// What a run is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Status {
    /// Not begun.
    #[default]
    New,
    /// Under way.
    Running,
    /// Waiting for `runbook resume`.
    Paused,
    /// Over.
    Finished,
}

/// The way back.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rollback {
    /// Node ids, in order.
    pub queue: Vec<String>,
    /// How many are behind.
    pub position: usize,
    /// What cannot be undone.
    pub left: Vec<String>,
    /// Which of the queue are for one of several.
    pub rounds: Vec<UndoRound>,
    /// What variables were before the round that is taken back now gave them its own values.
    shadowed: BTreeMap<String, Option<String>>,
    /// Those of them that had no value.
    unset: Vec<String>,
}

impl Rollback {
    /// The round that is taken back now.
    #[must_use]
    pub fn round(&self) -> Option<&UndoRound> {
        self.rounds.iter().find(|round| round.at == self.position)
    }

    /// The place of the queue where a node that is reached next stands; `None` within a rollback section, which has its own order.
    pub(super) fn next(&self, id: &str, begins: bool) -> Option<usize> {
        // The same node stands there once for each round.
        let next = if begins { self.position } else { self.position + 1 };
        self.queue.get(next).is_some_and(|queued| queued == id).then_some(next)
    }

    /// For whom of several what stands at a place is gone through, in words.
    #[must_use]
    pub fn undoes_for(&self, place: usize) -> Option<&str> {
        let round = self.rounds.iter().find(|round| round.at == place)?;
        Some(round.of.as_str()).filter(|of| !of.is_empty())
    }

    /// Comes to a place of the queue: its round's values count there, and nowhere else.
    pub(super) fn come_to(&mut self, position: usize, variables: &mut BTreeMap<String, Option<String>>) {
        let next = self.rounds.iter().find(|round| round.at == position);
        let same = |now: &UndoRound| next.is_some_and(|next| (next.round, &next.values) == (now.round, &now.values));
        let given = !self.shadowed.is_empty() || !self.unset.is_empty();
        // What somebody said for a round holds for all of it.
        if given && self.round().is_some_and(same) {
            self.position = position;
            return;
        }
        self.give_back(variables);
        self.position = position;
        for (name, value) in self.round().map(|round| round.values.clone()).unwrap_or_default() {
            let before = match value {
                Some(value) => variables.insert(name.clone(), Some(value)),
                None => variables.remove(&name),
            };
            match before {
                Some(before) => drop(self.shadowed.insert(name, before)),
                None => self.unset.push(name),
            }
        }
    }

    fn give_back(&mut self, variables: &mut BTreeMap<String, Option<String>>) {
        variables.append(&mut self.shadowed);
        for name in std::mem::take(&mut self.unset) {
            variables.remove(&name);
        }
    }
}

/// A round of steps that are gone through for each of several, as it ended.
#[derive(Debug, Clone, PartialEq)]
pub struct EndedRound {
    /// The node of the question.
    pub node: String,
    /// Its place in [`RunState::done`].
    pub at: usize,
    /// Every value at the end of it.
    pub values: BTreeMap<String, Option<String>>,
}

/// The state of one node.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeState {
    /// Where it stands.
    pub phase: Phase,
    /// Tries so far.
    pub attempts: u32,
    /// Times it was reached (loops).
    pub visits: u32,
    /// Gate: who said yes.
    pub approved_by: Vec<String>,
    /// Decision: the option taken.
    pub chosen: Option<usize>,
    /// The operator's own text for the present try, in this process only: a resumed run shows the masked one.
    pub edited: Option<String>,
    /// As last started, masked.
    pub rendered: String,
    /// As last started.
    pub effect: Option<Effect>,
    /// As last started: safe to run again by itself.
    pub repeatable: bool,
    /// It was started and did not end well since it was last reached: part of it may be done.
    pub touched: bool,
    /// The places it acts on have said what they are since the question was last asked.
    pub proven: bool,
    /// A look at it told this since its outcome became unknown.
    pub looked: Option<Option<bool>>,
    /// A question for another one: what the earlier ones were called.
    pub rounds: Vec<String>,
    /// Those that are still to come, where the author names them and one has come.
    pub left: Option<Vec<String>>,
    /// Members of the group that are done already.
    pub done_on: BTreeSet<String>,
}

/// Where a node stands.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// A person has the word.
    Reached,
    /// It is running, or was when the lights went out.
    Running,
    /// Failed, and will be tried again by itself.
    Retrying {
        /// Pause before the next try.
        after_ms: u64,
    },
    /// Failed, and someone must say what now.
    Failed {
        /// Why.
        cause: Cause,
    },
    /// May have happened.
    Unknown {
        /// Why nobody knows.
        reason: String,
    },
    /// Done.
    Done {
        /// How.
        how: How,
    },
    /// Not done.
    Skipped {
        /// Why.
        reason: String,
    },
}

/// An event that cannot follow what came before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {seq} ({event}) cannot follow: {why}")]
pub struct IllegalEvent {
    /// Its sequence number.
    pub seq: u64,
    /// Its type.
    pub event: String,
    /// Why not.
    pub why: String,
}

impl RunState {
    /// Folds one event in. `seq` and `actor` are the record's.
    ///
    /// # Errors
    /// [`IllegalEvent`] when the event cannot follow what came before; the state is unchanged.
    pub fn apply(&mut self, seq: u64, actor: &Actor, event: &Event) -> Result<(), IllegalEvent> {
        self.check(event).map_err(|why| IllegalEvent { seq, event: event.name().to_owned(), why })?;
        self.fold(actor, event);
        self.seq = seq;
        Ok(())
    }

    /// The state of a node; `None` when it was never reached.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&NodeState> {
        self.nodes.get(id)
    }

    /// For whom of several a node of the way back is gone through now, in words.
    #[must_use]
    pub fn undone_for(&self, id: &str) -> Option<&str> {
        let back = self.rollback.as_ref().filter(|back| back.queue.get(back.position).is_some_and(|at| at == id))?;
        back.undoes_for(back.position)
    }

    /// The phase of the node the run is at.
    #[must_use]
    pub fn phase(&self) -> Option<&Phase> {
        self.cursor.as_ref().and_then(|id| self.nodes.get(id)).map(|n| &n.phase)
    }

    /// Whether the point of no return is behind, or may be: its step was started and nobody knows that it did nothing.
    #[must_use]
    pub fn past_pivot(&self) -> bool {
        self.pivot.is_some()
    }

    fn check(&self, event: &Event) -> Result<(), String> {
        let begun = self.head.is_some();
        if let Event::RunStarted(_) = event {
            return if begun { Err("the run has begun already".into()) } else { Ok(()) };
        }
        if !begun {
            return Err("the run has not begun".into());
        }
        match (self.status, event) {
            (Status::Finished, Event::Noted { .. } | Event::RollbackStarted { .. } | Event::Measured(_)) => {
                return Ok(());
            }
            // A recovery is watched until it has lasted.
            (Status::Finished, Event::MonitorStarted { .. } | Event::MonitorChanged { .. }) => return Ok(()),
            (Status::Finished, Event::RunResumed { .. }) => return Ok(()),
            (Status::Finished, _) => return Err("the run is over".into()),
            (Status::Paused, Event::RunResumed { .. } | Event::Noted { .. } | Event::RollbackStarted { .. }) => {
                return Ok(());
            }
            (Status::Paused, _) => return Err("the run is paused".into()),
            _ => {}
        }
        let Some(id) = event.node() else { return Ok(()) };
        if let Event::StepReached { .. } = event {
            return match self.phase() {
                None | Some(Phase::Done { .. } | Phase::Skipped { .. }) => Ok(()),
                Some(phase) => Err(format!("the step before is {}", phase.name())),
            };
        }
        if let Event::Skipped { automatic: true, .. } = event {
            return Ok(());
        }
        let node = self.nodes.get(id).ok_or_else(|| format!("`{id}` was not reached"))?;
        if node.phase.allows(event) { Ok(()) } else { Err(format!("`{id}` is {}", node.phase.name())) }
    }

    fn fold(&mut self, actor: &Actor, event: &Event) {
        match event {
            Event::RunStarted(head) => {
                self.head = Some((**head).clone());
                if let Some(environment) = &head.environment {
                    let mut facts = BTreeMap::from([("name".to_owned(), environment.name.clone())]);
                    facts.extend(environment.production.map(|p| ("production".to_owned(), p.to_string())));
                    self.places.insert(ENVIRONMENT.to_owned(), BTreeMap::from([(environment.name.clone(), facts)]));
                }
                self.status = Status::Running;
            }
            Event::RunResumed { source, plan, .. } => {
                if let Some(head) = &mut self.head {
                    head.source.clone_from(source);
                    head.plan.clone_from(plan);
                }
                if self.status == Status::Paused {
                    self.status = Status::Running;
                }
                // Time has passed: whoever looked then looks again.
                if let Some(at) = self.cursor.as_ref().and_then(|id| self.nodes.get_mut(id)) {
                    at.looked = None;
                }
            }
            Event::VariableSet { name, value, .. } => {
                self.variables.insert(name.clone(), value.clone());
            }
            Event::Paused { .. } => self.status = Status::Paused,
            Event::RunFinished { outcome, reason } => {
                self.status = Status::Finished;
                if let Some(back) = &mut self.rollback {
                    back.give_back(&mut self.variables);
                }
                self.outcome = Some((*outcome, reason.clone()));
            }
            Event::RollbackStarted { queue, left, rounds, .. } => {
                if let Some(before) = &mut self.rollback {
                    before.give_back(&mut self.variables);
                }
                // What failed on the way forward is to be undone by the next way back too, when this one does not get there.
                let failed = |at: &NodeState| {
                    at.touched
                        && matches!(at.phase, Phase::Failed { .. } | Phase::Unknown { .. } | Phase::Retrying { .. })
                };
                if self.rollback.is_none()
                    && let Some(id) = self.cursor.take_if(|id| self.nodes.get(id).is_some_and(failed))
                {
                    self.done.push(id);
                }
                self.status = Status::Running;
                self.outcome = None;
                // The step the run was at stays as it is; the way back begins elsewhere.
                self.cursor = None;
                self.rollback = Some(Rollback {
                    queue: queue.clone(),
                    left: left.clone(),
                    rounds: rounds.clone(),
                    ..Rollback::default()
                });
            }
            Event::PivotPassed { node } => {
                // A step that may have passed it says so before it ends; saying it twice changes nothing.
                if self.pivot.is_none() {
                    self.pivot = Some((node.clone(), self.done.len()));
                }
            }
            Event::MonitorChanged { monitor, up, .. } => {
                self.monitors.insert(monitor.clone(), *up);
            }
            Event::Measured(measured) => {
                self.measured.insert(measured.monitor.clone(), (**measured).clone());
            }
            Event::Noted { .. } | Event::Overdue { .. } | Event::MonitorStarted { .. } => {}
            _ => self.fold_node(actor, event),
        }
    }

    fn fold_node(&mut self, actor: &Actor, event: &Event) {
        let Some(id) = event.node() else { return };
        let id = id.to_owned();
        if let Event::StepReached { .. } = event {
            let begins = self.cursor.replace(id.clone()).is_none();
            if let Some(rollback) = &mut self.rollback
                && let Some(next) = rollback.next(&id, begins)
            {
                rollback.come_to(next, &mut self.variables);
            }
        }
        if let Event::TargetSeen { target, members, .. } = event {
            self.stale.remove(target);
            self.places.insert(target.clone(), members.clone());
        }
        if let Event::StepStarted { effect: Effect::Write | Effect::Destructive, .. } = event {
            self.stale.extend(self.places.keys().filter(|name| *name != ENVIRONMENT).cloned());
        }
        let node = self.nodes.entry(id.clone()).or_insert_with(NodeState::new);
        match event {
            Event::TargetSeen { .. } => node.proven = true,
            Event::StepReached { .. } => {
                node.phase = Phase::Reached;
                node.attempts = 0;
                node.visits += 1;
                node.approved_by.clear();
                node.chosen = None;
                node.touched = false;
                node.proven = false;
                node.done_on.clear();
            }
            Event::StepStarted { attempt, rendered, effect, repeatable, edited, .. } => {
                node.phase = Phase::Running;
                node.attempts = *attempt;
                node.rendered.clone_from(rendered);
                node.effect = Some(*effect);
                node.repeatable = *repeatable;
                node.touched = true;
                node.edited = edited.then(|| rendered.clone());
            }
            Event::StepSucceeded { how, captures, session, .. } => {
                node.phase = Phase::Done { how: *how };
                let queued = self.rollback.as_ref().filter(|back| back.queue.get(back.position) == Some(&id));
                if let Some(round) = queued.and_then(Rollback::round) {
                    let key = (id.clone(), round.round);
                    self.given_up.remove(&key);
                    self.undone.insert(key);
                }
                self.done.push(id);
                self.variables.extend(captures.iter().map(|(k, v)| (k.clone(), v.clone())));
                if session.is_some() {
                    self.session.clone_from(session);
                }
            }
            Event::StepFailed { cause, retry_ms, done_on, .. } => {
                node.done_on.extend(done_on.iter().cloned());
                // What never began did nothing; an earlier try may have.
                let tried = node.attempts > 1 || matches!(node.phase, Phase::Retrying { .. });
                node.touched &= tried || !matches!(cause, Cause::Spawn { .. } | Cause::WrongTarget { .. });
                node.proven &= retry_ms.is_none();
                node.phase = match retry_ms {
                    Some(after_ms) => Phase::Retrying { after_ms: *after_ms },
                    None => Phase::Failed { cause: cause.clone() },
                };
            }
            Event::OutcomeUnknown { reason, .. } => {
                node.phase = Phase::Unknown { reason: reason.clone() };
                node.looked = None;
            }
            Event::Looked { happened, said, .. } => {
                node.looked = Some(*happened);
                if let Phase::Unknown { reason } = &mut node.phase {
                    *reason = format!("{reason}; {said}");
                }
            }
            Event::Skipped { reason, .. } => {
                node.phase = Phase::Skipped { reason: reason.clone() };
                // A step that failed half-way and was left is to be undone like one that ended.
                if node.touched {
                    self.done.push(id.clone());
                    let queued = self.rollback.as_ref().filter(|back| back.queue.get(back.position) == Some(&id));
                    let round = queued.and_then(Rollback::round);
                    self.given_up.extend(round.map(|round| ((id.clone(), round.round), round.of.clone())));
                }
                self.cursor = Some(id);
            }
            Event::BlankFilled { name, value, .. } => {
                node.phase = Phase::Done { how: How::Confirmed };
                self.done.push(id);
                self.variables.insert(name.clone(), Some(value.clone()));
            }
            Event::Decided { option, forgets, round, .. } => self.decided(id, *option, forgets, round.as_ref()),
            Event::GateAnswered { yes: true, .. } if !node.approved_by.iter().any(|n| n == actor.name()) => {
                node.approved_by.push(actor.name().to_owned());
            }
            Event::UnknownAnswered { answer: UnknownAnswer::Again, .. }
            | Event::FailureAnswered { answer: FailureAnswer::Retry, .. } => {
                node.phase = Phase::Reached;
                node.proven = false;
            }
            _ => {}
        }
    }
}

impl RunState {
    /// A way was chosen; at the end of a round, for another one of several or on.
    fn decided(&mut self, id: String, option: usize, forgets: &[String], round: Option<&Round>) {
        // Of a question for another one; of any other decision nobody asks.
        self.rounds.push(EndedRound { node: id.clone(), at: self.done.len(), values: self.variables.clone() });
        if let Some(node) = self.nodes.get_mut(&id) {
            node.next_one(&mut self.variables, option, forgets, round);
            node.phase = Phase::Done { how: How::Confirmed };
            node.chosen = Some(option);
        }
        self.done.push(id);
    }
}

impl NodeState {
    /// The same steps for another one, or on: the last one's values are no other one's.
    fn next_one(
        &mut self,
        variables: &mut BTreeMap<String, Option<String>>,
        option: usize,
        forgets: &[String],
        round: Option<&Round>,
    ) {
        let values: Vec<String> = forgets.iter().filter_map(|name| variables.remove(name)?).collect();
        match option {
            Again::BACK if !values.is_empty() => self.rounds.push(values.join(" ")),
            Again::BACK => {}
            _ => self.rounds.clear(),
        }
        self.left = round.map(|round| round.left.clone());
        if let Some(round) = round {
            variables.insert(round.variable.clone(), Some(round.value.clone()));
        }
    }

    fn new() -> Self {
        Self {
            phase: Phase::Reached,
            attempts: 0,
            visits: 0,
            approved_by: Vec::new(),
            chosen: None,
            edited: None,
            rendered: String::new(),
            effect: None,
            repeatable: false,
            touched: false,
            proven: false,
            rounds: Vec::new(),
            left: None,
            done_on: BTreeSet::new(),
            looked: None,
        }
    }
}

impl Phase {
    /// Its name for people.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Reached => "waiting",
            Self::Running => "running",
            Self::Retrying { .. } => "waiting to be tried again",
            Self::Failed { .. } => "failed",
            Self::Unknown { .. } => "unknown",
            Self::Done { .. } => "done",
            Self::Skipped { .. } => "skipped",
        }
    }

    /// Which events may follow for the same node: the one table of the state machine.
    fn allows(&self, event: &Event) -> bool {
        match event {
            Event::StepStarted { .. } => matches!(self, Self::Reached | Self::Retrying { .. } | Self::Unknown { .. }),
            Event::StepSucceeded { .. } => {
                !matches!(self, Self::Done { .. } | Self::Skipped { .. } | Self::Retrying { .. })
            }
            Event::StepFailed { .. } => matches!(self, Self::Reached | Self::Running | Self::Retrying { .. }),
            Event::OutcomeUnknown { .. } => matches!(self, Self::Running),
            Event::UnknownAnswered { .. } | Event::Looked { .. } => matches!(self, Self::Unknown { .. }),
            Event::FailureAnswered { .. } => matches!(self, Self::Failed { .. }),
            Event::TargetSeen { .. } => matches!(self, Self::Reached | Self::Retrying { .. }),
            Event::Decided { .. } | Event::GateAnswered { .. } | Event::BlankFilled { .. } => {
                matches!(self, Self::Reached)
            }
            Event::Skipped { .. } => !matches!(self, Self::Running | Self::Done { .. }),
            Event::PivotPassed { .. } | Event::Overdue { .. } | Event::UndoFailed { .. } => true,
            _ => false,
        }
    }
}
