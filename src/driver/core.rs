//! The part of the loop that decides and writes: nothing is done here before it is on disk.

use super::ports::{Clock, Pending, Reporter, Standing, Watch};
use crate::engine::Context;
use crate::engine::decide::{Input, Rejected, decide};
use crate::engine::due::{Due, due};
use crate::engine::event::{Actor, Event};
use crate::engine::state::{IllegalEvent, RunState, Status};
use crate::journal::Journal;
use crate::journal::JournalError;
use crate::plan::model::Plan;
use crate::plan::render::Live;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Why a run cannot go on at all.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// The journal cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The engine made an event that its own state refuses: a defect of this program.
    #[error("internal error: {0}; the journal is intact, please report this")]
    Illegal(#[from] IllegalEvent),
    /// An input of our own making was refused.
    #[error("{0}")]
    Rejected(#[from] Rejected),
    /// Signals cannot be watched.
    #[error("cannot watch signals: {0}")]
    Signals(std::io::Error),
}

/// Plan, state, journal, and who watches.
pub struct Core<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The fold of the journal.
    pub state: RunState,
    /// Secrets, in memory only.
    pub secrets: BTreeMap<String, String>,
    /// Names that are set for commands.
    pub known: BTreeSet<String>,
    /// Names whose secret values an earlier process did not keep.
    pub lost: BTreeSet<String>,
    /// What monitors said at the last look: the same for a whole turn of the loop, so that what is asked is what is decided.
    live: Live,
    watch: Option<Box<dyn Watch + 'a>>,
    journal: Journal,
    reporters: Vec<Box<dyn Reporter + 'a>>,
    clock: Box<dyn Clock + 'a>,
    /// The monotonic clock at the beginning of the run.
    origin: Duration,
    /// Between the declared start of the incident and the beginning of the run.
    before: Option<Duration>,
    reached: Duration,
    overdue: bool,
}

/// What a [`Core`] is made of.
pub struct Parts<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// The fold of what the journal holds.
    pub state: RunState,
    /// The journal, locked.
    pub journal: Journal,
    /// Who watches.
    pub reporters: Vec<Box<dyn Reporter + 'a>>,
    /// The clocks.
    pub clock: Box<dyn Clock + 'a>,
    /// The monotonic clock at the beginning of the run.
    pub origin: Duration,
    /// Between the declared start of the incident and the beginning of the run.
    pub before: Option<Duration>,
    /// Secrets given on the command line.
    pub secrets: BTreeMap<String, String>,
}

impl<'a> Core<'a> {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts<'a>) -> Self {
        let reached = parts.clock.monotonic();
        Self {
            plan: parts.plan,
            state: parts.state,
            secrets: parts.secrets,
            known: BTreeSet::new(),
            lost: BTreeSet::new(),
            live: Live::default(),
            watch: None,
            journal: parts.journal,
            reporters: parts.reporters,
            clock: parts.clock,
            origin: parts.origin,
            before: parts.before,
            reached,
            overdue: false,
        }
    }

    /// What the state waits for.
    #[must_use]
    pub fn due(&self) -> Due {
        due(&self.context(), &self.state)
    }

    /// What stands beside the state.
    #[must_use]
    pub fn context(&self) -> Context<'_> {
        Context { plan: self.plan, secrets: &self.secrets, known: &self.known, lost: &self.lost, live: &self.live }
    }

    /// Decides, writes, applies, shows.
    ///
    /// # Errors
    /// [`DriverError::Rejected`] leaves everything as it was; any other error ends the run.
    pub fn commit(&mut self, input: Input) -> Result<(), DriverError> {
        let events = decide(&self.context(), &self.state, input)?;
        self.record(events)
    }

    fn record(&mut self, events: Vec<(Actor, Event)>) -> Result<(), DriverError> {
        if events.is_empty() {
            return Ok(());
        }
        let offset = self.clock.monotonic().saturating_sub(self.origin);
        let records = self.journal.append(self.clock.now(), micros(offset), events)?;
        for record in &records {
            self.state.apply(record.seq, &record.actor, &record.event)?;
            if let Event::StepReached { .. } = record.event {
                self.reached = self.clock.monotonic();
                self.overdue = false;
            }
            if let Event::Overdue { .. } = record.event {
                self.overdue = true;
            }
            self.report(|reporter, standing| reporter.record(record, standing));
        }
        Ok(())
    }

    /// Shows something to everyone who watches. Whoever cannot show it is left out from then on: a closed pipe must not stop
    /// a failover, and the journal has it all.
    pub fn report(&mut self, mut show: impl FnMut(&mut dyn Reporter, &Standing<'_>) -> std::io::Result<()>) {
        let mut reporters = std::mem::take(&mut self.reporters);
        reporters.retain_mut(|reporter| show(reporter.as_mut(), &self.standing()).is_ok());
        self.reporters = reporters;
    }

    /// From here on this is asked what it sees.
    pub fn watched_by(&mut self, watch: Box<dyn Watch + 'a>) {
        self.watch = Some(watch);
    }

    /// Whether monitors look.
    #[must_use]
    pub fn watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Writes down what monitors have seen.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn hear(&mut self) -> Result<(), DriverError> {
        if !matches!(self.state.status, Status::Running | Status::Finished) {
            return Ok(());
        }
        let seen = self.watch.as_mut().map(|watch| watch.seen()).unwrap_or_default();
        self.note_all(seen)
    }

    /// As [`Self::hear`], and from here on conditions see what monitors say now.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn turn(&mut self) -> Result<(), DriverError> {
        self.hear()?;
        self.live = self.watch.as_ref().map(|watch| watch.live()).unwrap_or_default();
        if self.watch.is_none()
            && let Some(before) = self.before
        {
            // Nobody looks when it is over: until then the declared beginning is all that is known.
            self.live.rto_elapsed = Some((self.clock.monotonic().saturating_sub(self.origin) + before).as_secs());
        }
        Ok(())
    }

    /// A recovery that is too young to count.
    #[must_use]
    pub fn pending(&self) -> Option<Pending> {
        self.watch.as_ref().and_then(|watch| watch.pending())
    }

    /// Stops the monitors and writes down what they measured.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub async fn measure(&mut self) -> Result<(), DriverError> {
        let Some(mut watch) = self.watch.take() else { return Ok(()) };
        let measured = watch.finish().await;
        self.note_all(measured)
    }

    fn note_all(&mut self, events: Vec<Event>) -> Result<(), DriverError> {
        events.into_iter().try_for_each(|event| self.commit(Input::Monitor(Box::new(event))))
    }

    /// Where the run stands.
    #[must_use]
    pub fn standing(&self) -> Standing<'_> {
        self.standing_of(&self.state)
    }

    /// Likewise, as of a state that is kept beside this.
    #[must_use]
    pub fn standing_of<'s>(&self, state: &'s RunState) -> Standing<'s>
    where
        'a: 's,
    {
        let now = self.clock.monotonic();
        Standing {
            plan: self.plan,
            state,
            down: self.watch.as_ref().map(|watch| watch.down()).unwrap_or_default(),
            elapsed: now.saturating_sub(self.origin) + self.before.unwrap_or_default(),
            from_incident: self.before.is_some(),
            at_step: now.saturating_sub(self.reached),
        }
    }

    /// Writes down that the present step takes longer than planned, once.
    ///
    /// # Errors
    /// When the journal cannot be written.
    pub fn watch_time(&mut self) -> Result<(), DriverError> {
        self.hear()?;
        if self.overdue {
            return Ok(());
        }
        let Some(node) = self.state.cursor.as_ref().and_then(|id| self.plan.node(id)) else { return Ok(()) };
        let Some(planned) = self.plan.step_of(node).timebox.filter(|t| !t.is_zero()) else { return Ok(()) };
        if self.clock.monotonic().saturating_sub(self.reached) > planned {
            self.commit(Input::Overdue(u64::try_from(planned.as_millis()).unwrap_or(u64::MAX)))?;
        }
        Ok(())
    }
}

/// Microseconds, as journals count.
#[must_use]
pub fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
