//! The monitors of a run, started and asked: one thread each, so that nothing delays a look and no look delays the run.

use super::measure::{self, Facts};
use super::outage::{Change, Look, Moment, Tracker};
use super::prepare::Prepared;
use super::probe::Probe;
use crate::driver::clock::SystemClock;
use crate::driver::ports::{Clock as _, Pending, Watch};
use crate::engine::event::Event;
use crate::inventory::monitors::{MonitorKind, MonitorSpec};
use crate::plan::render::Live;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// So many changes of one monitor are told one by one; after that one each [`PAUSE`].
const TOLD: u32 = 200;
const PAUSE: Moment = 10_000_000;
/// How long the last word of a monitor may take.
const LAST_WORD: Duration = Duration::from_secs(30);

/// What the run brings.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// Its directory.
    pub directory: PathBuf,
    /// Its id.
    pub run: String,
    /// The monotonic clock at its beginning.
    pub origin: Duration,
    /// Between the declared start of the incident and its beginning.
    pub before: Option<Duration>,
    /// What earlier processes wrote down of each monitor: its changes.
    pub changes: BTreeMap<String, Vec<Change>>,
    /// When nobody looked, the last time last.
    pub gaps: Vec<(Moment, Moment)>,
}

/// What a monitor and whoever asks share.
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) spec: MonitorSpec,
    origin: Duration,
    state: Mutex<State>,
}

struct State {
    tracker: Tracker,
    /// What was told last, when, and how often.
    told: (Option<bool>, Moment, u32),
    queue: Vec<Event>,
    /// This process has looked.
    looked: bool,
}

impl Shared {
    /// A poisoned state is still whole: nothing in it is changed half-way.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn now(&self) -> Moment {
        let since = |a: Duration, b: Duration| i64::try_from(a.saturating_sub(b).as_micros()).unwrap_or(i64::MAX);
        let now = SystemClock.monotonic();
        since(now, self.origin) - since(self.origin, now)
    }

    /// A moment as people read it.
    pub(super) fn wall(&self, at: Moment) -> String {
        let ago = jiff::SignedDuration::from_micros(self.now() - at);
        SystemClock.now().checked_sub(ago).map_or_else(|_| String::new(), |at| at.to_string())
    }

    pub(super) fn tracker(&self) -> Tracker {
        self.state().tracker.clone()
    }

    fn looked(&self, began: Moment, found: &Result<String, String>) {
        let ended = self.now();
        let mut state = self.state();
        state.looked = true;
        let changed = state.tracker.look(Look { began, ended, up: found.is_ok() });
        let since = match changed {
            Some(Change::Down(at) | Change::Up(at)) => at,
            None => began,
        };
        let (told, at, times) = state.told;
        let up = found.is_ok();
        if told == Some(up) || (times >= TOLD && ended - at < PAUSE) {
            return;
        }
        state.told = (Some(up), ended, times + 1);
        drop(state);
        let detail = match found {
            Ok(text) | Err(text) => text.chars().take(300).collect(),
        };
        let event = Event::MonitorChanged { monitor: self.name.clone(), up, since: self.wall(since), detail };
        self.state().queue.push(event);
    }
}

/// The end of a watch, as the run wishes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wish {
    Look,
    Measure,
}

/// What a monitor says when it is told to end.
type LastWord = oneshot::Receiver<Vec<Event>>;

/// All monitors of a run.
pub struct Monitors {
    all: Vec<(Arc<Shared>, Option<LastWord>)>,
    wish: watch::Sender<Wish>,
}

impl Monitors {
    /// Starts them.
    ///
    /// # Errors
    /// When a ledger cannot be opened or a thread cannot be started, with the monitor's name.
    pub fn start(prepared: Vec<Prepared>, around: &Surroundings) -> Result<Self, String> {
        let (wish, wished) = watch::channel(Wish::Look);
        let mut all = Vec::new();
        for one in prepared {
            let name = one.name.clone();
            let (shared, gaps) = (Arc::new(shared(&one, around)), around.gaps.clone());
            let probe = one.probe(around).map_err(|why| format!("monitor `{name}`: {why}"))?;
            let (last, word) = oneshot::channel();
            let (mine, wished) = (Arc::clone(&shared), wished.clone());
            std::thread::Builder::new()
                .name(format!("monitor {name}"))
                .spawn(move || {
                    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                    let Ok(runtime) = runtime else { return };
                    let here = tokio::task::LocalSet::new();
                    if let Some(events) = here.block_on(&runtime, watched(&mine, probe, wished, &gaps)) {
                        // The run may have gone.
                        last.send(events).unwrap_or_default();
                    }
                    // A write that hangs is not waited for.
                    runtime.shutdown_background();
                })
                .map_err(|e| format!("monitor `{name}` cannot be started: {e}"))?;
            all.push((shared, Some(word)));
        }
        Ok(Self { all, wish })
    }
}

fn shared(one: &Prepared, around: &Surroundings) -> Shared {
    let declared = around.before.map(|before| -i64::try_from(before.as_micros()).unwrap_or(i64::MAX));
    let mut tracker = Tracker::new(one.spec.sustained, declared);
    let seen = around.gaps.last().map_or(0, |(from, _)| *from);
    let mut told = None;
    if let Some(changes) = around.changes.get(&one.name) {
        tracker = tracker.after(changes, seen);
        told = tracker.up();
    }
    let started = Event::MonitorStarted {
        monitor: one.name.clone(),
        kind: one.spec.kind.name().to_owned(),
        target: one.target_text(),
        every_ms: u64::try_from(one.spec.every.as_millis()).unwrap_or(u64::MAX),
    };
    let state = State { tracker, told: (told, 0, 0), queue: vec![started], looked: false };
    Shared { name: one.name.clone(), spec: one.spec.clone(), origin: around.origin, state: Mutex::new(state) }
}

/// Looks until it is told otherwise. Gives the last word when it is asked for.
async fn watched(
    shared: &Shared,
    mut probe: Probe,
    mut wished: watch::Receiver<Wish>,
    gaps: &[(Moment, Moment)],
) -> Option<Vec<Event>> {
    let mut next = tokio::time::Instant::now();
    loop {
        let began = shared.now();
        let found = probe.look(shared.spec.limit, began).await;
        shared.looked(began, &found);
        // A look that took long is followed at once; those it stood in for are not made up.
        next = (next + shared.spec.every).max(tokio::time::Instant::now());
        tokio::select! {
            biased;
            changed = wished.changed() => match changed {
                Ok(()) if *wished.borrow() == Wish::Measure => break,
                Ok(()) => {}
                Err(_) => return None,
            },
            () = tokio::time::sleep_until(next) => {}
        }
    }
    let facts = Facts { shared, tracker: shared.tracker(), gaps };
    Some(measure::last_word(&facts, &mut probe).await)
}

/// `1m 12.4s`, as objectives are compared with.
fn in_words(micros: i64) -> String {
    let tenths = micros.max(0) / 100_000;
    let (minutes, rest) = (tenths / 600, tenths % 600);
    let seconds = format!("{}.{}s", rest / 10, rest % 10);
    if minutes == 0 { seconds } else { format!("{minutes}m {seconds}") }
}

impl Watch for Monitors {
    fn seen(&mut self) -> Vec<Event> {
        self.all.iter().flat_map(|(shared, _)| std::mem::take(&mut shared.state().queue)).collect()
    }

    fn live(&self) -> Live {
        let mut live = Live { rto_elapsed: Some(0), ..Live::default() };
        let (mut longest, mut open) = (None, false);
        let beats = self.all.iter().any(|(shared, _)| matches!(shared.spec.kind, MonitorKind::Heartbeat { .. }));
        for (shared, _) in &self.all {
            let tracker = shared.tracker();
            live.up.extend(tracker.up().map(|up| (shared.name.clone(), up)));
            // What applications can write counts; without such a monitor, whatever is down the longest.
            if beats && !matches!(shared.spec.kind, MonitorKind::Heartbeat { .. }) {
                continue;
            }
            let elapsed = tracker.elapsed(shared.now()).and_then(|micros| u64::try_from(micros / 1_000_000).ok());
            live.rto_elapsed = live.rto_elapsed.max(elapsed);
            longest = longest.max(tracker.recovered());
            open |= tracker.down_since().is_some();
        }
        live.measured_rto = longest.filter(|_| !open).map(in_words);
        live
    }

    fn down(&self) -> Vec<(String, Duration)> {
        let down = self.all.iter().filter_map(|(shared, _)| {
            let tracker = shared.tracker();
            let since = tracker.down_since().filter(|_| tracker.up() == Some(false))?;
            let micros = u64::try_from(shared.now() - since).unwrap_or(0);
            Some((shared.name.clone(), Duration::from_micros(micros)))
        });
        down.collect()
    }

    fn pending(&self) -> Option<Pending> {
        // Whoever has not looked yet knows nothing: one look, then.
        let open = self.all.iter().filter(|(shared, _)| {
            let state = shared.state();
            state.tracker.rising() || !state.looked
        });
        let wait = open.map(|(shared, _)| {
            let sustained = shared.spec.sustained;
            let looks = sustained.looks.map(|looks| (shared.spec.every + shared.spec.limit) * looks);
            let left = sustained.time.into_iter().chain(looks).min().unwrap_or_default();
            Pending { monitor: shared.name.clone(), left: left + shared.spec.every + shared.spec.limit }
        });
        wait.max_by_key(|pending| pending.left)
    }

    fn finish(&mut self) -> Pin<Box<dyn Future<Output = Vec<Event>> + '_>> {
        Box::pin(async {
            let mut events = self.seen();
            self.wish.send_replace(Wish::Measure);
            let until = tokio::time::Instant::now() + LAST_WORD;
            for (shared, word) in &mut self.all {
                let Some(word) = word.take() else { continue };
                match tokio::time::timeout_at(until, word).await {
                    Ok(Ok(said)) => {
                        events.append(&mut shared.state().queue);
                        events.extend(said);
                    }
                    Ok(Err(_)) | Err(_) => events.push(measure::note(&shared.name, "it gave no last word")),
                }
            }
            events
        })
    }
}
