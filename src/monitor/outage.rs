//! From looks to outages: when it went down, when it came back for good, and how sure that is. Pure.
//!
//! Times are microseconds of the monotonic clock since the run began; what was before is negative.

use crate::inventory::monitors::Sustained;
use std::time::Duration;

/// Microseconds since the run began.
pub type Moment = i64;

/// One look that is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Look {
    /// When it began.
    pub began: Moment,
    /// When it ended: with an answer, an error, or its time limit.
    pub ended: Moment,
    /// Whether it found what it looks at up.
    pub up: bool,
}

/// An outage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outage {
    /// When it began: the first failed look, or what was declared.
    pub down: Moment,
    /// When the first look of the recovery succeeded; `None` while there is no recovery that lasted.
    pub up: Option<Moment>,
    /// Recoveries that did not last.
    pub flaps: u32,
    /// How much the beginning can be off: since the last look that succeeded. `None` when none did before.
    pub before: Option<i64>,
    /// How much the end can be off: since the last look that failed.
    pub after: Option<i64>,
    /// When the first look of it failed, whatever was declared.
    pub seen: Moment,
}

impl Outage {
    /// From the beginning to the end, or to `now`.
    #[must_use]
    pub fn length(&self, now: Moment) -> i64 {
        (self.up.unwrap_or(now) - self.down).max(0)
    }

    /// How much either end can be off, as far as looks say.
    #[must_use]
    pub fn uncertainty(&self) -> Option<i64> {
        self.before.max(self.after)
    }
}

/// The outage at hand.
#[derive(Debug, Clone, Copy)]
struct Open {
    outage: Outage,
    /// When the last failed look began.
    failed: Moment,
    /// When the first look since then succeeded, and how many have.
    risen: Option<(Moment, u32)>,
}

/// What a look changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// It is down, since.
    Down(Moment),
    /// It is up, since.
    Up(Moment),
}

/// The state machine of one monitor.
#[derive(Debug, Clone)]
pub struct Tracker {
    sustained: Sustained,
    declared: Option<Moment>,
    up: Option<bool>,
    succeeded: Option<Moment>,
    open: Option<Open>,
    /// The longest outage that is over.
    over: Option<Outage>,
    outages: u32,
}

impl Tracker {
    /// Before any look. `declared` is when a person says that the incident began: the first outage counts from there.
    #[must_use]
    pub const fn new(sustained: Sustained, declared: Option<Moment>) -> Self {
        Self { sustained, declared, up: None, succeeded: None, open: None, over: None, outages: 0 }
    }

    /// Takes over what an earlier process wrote down: what changed, and until when somebody looked. Nothing is made up for
    /// the time since then: the ends of an outage become as uncertain as that gap is long.
    #[must_use]
    pub fn after(mut self, changes: &[Change], seen: Moment) -> Self {
        let whole = |at: Moment, up: bool| Look { began: at, ended: at, up };
        for change in changes {
            match *change {
                Change::Up(at) => {
                    self.look(whole(at, true));
                }
                Change::Down(at) => {
                    // It was up until then, perhaps for long enough.
                    if self.up == Some(true) {
                        self.look(whole(at, true));
                    }
                    self.look(whole(at, false));
                }
            }
        }
        if let Some(up) = self.up {
            self.look(whole(seen, up));
        }
        self
    }

    /// Takes a look in.
    pub fn look(&mut self, look: Look) -> Option<Change> {
        let was = self.up.replace(look.up);
        if look.up { self.succeeds(look, was) } else { self.fails(look, was) }
    }

    fn fails(&mut self, look: Look, was: Option<bool>) -> Option<Change> {
        if let Some(open) = &mut self.open {
            if open.risen.take().is_some() {
                open.outage.flaps += 1;
            }
            open.failed = look.began;
        } else {
            let declared = self.declared.filter(|declared| self.outages == 0 && *declared <= look.began);
            let outage = Outage {
                down: declared.unwrap_or(look.began),
                up: None,
                flaps: 0,
                // What a person declares is taken as it is.
                before: declared.map_or_else(|| self.succeeded.map(|at| look.began - at), |_| Some(0)),
                after: None,
                seen: look.began,
            };
            self.outages += 1;
            self.open = Some(Open { outage, failed: look.began, risen: None });
        }
        (was != Some(false)).then_some(Change::Down(look.began))
    }

    fn succeeds(&mut self, look: Look, was: Option<bool>) -> Option<Change> {
        self.succeeded = Some(look.began);
        if let Some(open) = &mut self.open {
            let (first, looks) = open.risen.map_or((look.ended, 1), |(first, looks)| (first, looks + 1));
            open.risen = Some((first, looks));
            let lasted = Duration::from_micros(u64::try_from(look.ended - first).unwrap_or(0));
            let long = self.sustained.time.is_some_and(|time| lasted >= time);
            if long || self.sustained.looks.is_some_and(|wanted| looks >= wanted) {
                let outage = Outage { up: Some(first), after: Some(first - open.failed), ..open.outage };
                self.open = None;
                if self.over.is_none_or(|longest| longest.length(0) < outage.length(0)) {
                    self.over = Some(outage);
                }
            }
        }
        (was != Some(true)).then_some(Change::Up(look.ended))
    }

    /// Whether the last look found it up; `None` before the first.
    #[must_use]
    pub const fn up(&self) -> Option<bool> {
        self.up
    }

    /// Whether it came up and nobody knows yet whether that lasts.
    #[must_use]
    pub fn rising(&self) -> bool {
        self.open.is_some_and(|open| open.risen.is_some())
    }

    /// Outages so far, the one at hand included.
    #[must_use]
    pub const fn outages(&self) -> u32 {
        self.outages
    }

    /// When the outage at hand began.
    #[must_use]
    pub fn down_since(&self) -> Option<Moment> {
        self.open.map(|open| open.outage.down)
    }

    /// The outage that counts: the one at hand, else the longest.
    #[must_use]
    pub fn outage(&self) -> Option<Outage> {
        self.open.map(|open| open.outage).or(self.over)
    }

    /// How long the outage was that is over for good, when none is at hand.
    #[must_use]
    pub fn recovered(&self) -> Option<i64> {
        self.over.filter(|_| self.open.is_none()).map(|outage| outage.length(0))
    }

    /// How long it has been, or was, down; a recovery counts at once here, because whoever reads it waits for it.
    #[must_use]
    pub fn elapsed(&self, now: Moment) -> Option<i64> {
        match self.open {
            Some(open) => Some((open.risen.map_or(now, |(first, _)| first) - open.outage.down).max(0)),
            None => self.over.map(|outage| outage.length(now)),
        }
    }
}
