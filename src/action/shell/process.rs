//! One command as a process group: watched, stopped, reaped.
//!
//! Invariant: signals go to the group only while its leader is not reaped, so that its number cannot belong to anybody
//! else. `waitid(WNOWAIT)` looks at the leader without reaping it; [`Command::reap`] is the last thing that happens.

use super::running::group_lives;
use crate::driver::ports::End;
use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::time::{Duration, Instant};

/// A lost SIGCHLD costs this much and no more.
const TICK: Duration = Duration::from_millis(250);
/// How often a group that was told to end is looked at.
const SCAN: Duration = Duration::from_millis(20);
/// How long a killed process may take to die before it is given up (a disk or an NFS server that does not answer).
const DYING: Duration = Duration::from_secs(5);

/// A running command.
#[derive(Debug)]
pub(super) struct Command {
    child: Child,
    group: Pid,
    limit: Option<Duration>,
    grace: Duration,
    attended: bool,
    begun: Instant,
    ended: Option<Instant>,
    stopping: Option<Stopping>,
    lost: Option<String>,
    settled: bool,
}

#[derive(Debug)]
struct Stopping {
    end: End,
    kill_at: Instant,
    killed: bool,
    scan_at: Instant,
}

impl Command {
    /// Watches `child`, which leads a group of its own.
    pub(super) fn new(child: Child, limit: Option<Duration>, grace: Duration, attended: bool) -> Self {
        let group = Pid::from_raw(i32::try_from(child.id()).unwrap_or(i32::MAX));
        let begun = Instant::now();
        Self { child, group, limit, grace, attended, begun, ended: None, stopping: None, lost: None, settled: false }
    }

    /// The group's number, and the shell's.
    pub(super) fn group(&self) -> Pid {
        self.group
    }

    /// Its own end of the pipes.
    pub(super) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// When the shell ended.
    pub(super) fn ended(&self) -> Option<Instant> {
        self.ended
    }

    /// Whether nothing more is to be expected of it.
    pub(super) fn settled(&self) -> bool {
        self.settled
    }

    /// Whether we ended it.
    pub(super) fn was_stopped(&self) -> bool {
        self.stopping.is_some()
    }

    /// TERM now, KILL after the grace. The first reason counts.
    pub(super) fn stop(&mut self, end: End) {
        if self.ended.is_some() || self.stopping.is_some() || self.lost.is_some() {
            return;
        }
        let now = Instant::now();
        self.signal(Signal::SIGTERM);
        // A stopped process takes no TERM.
        self.signal(Signal::SIGCONT);
        self.stopping = Some(Stopping { end, kill_at: now + self.grace, killed: false, scan_at: now });
    }

    /// Looks at it and does what is due.
    pub(super) fn look(&mut self) {
        let now = Instant::now();
        if self.ended.is_none() && self.lost.is_none() {
            self.wait_state(now);
        }
        if let Some(limit) = self.limit
            && now >= self.begun + limit
        {
            self.stop(End::TimedOut(limit));
        }
        let ended = self.ended.is_some();
        let Some(stopping) = &mut self.stopping else {
            self.settled = ended || self.lost.is_some();
            return;
        };
        let mut kill = false;
        if !stopping.killed && now >= stopping.kill_at {
            stopping.killed = true;
            kill = true;
        }
        let killed = stopping.killed;
        if self.lost.is_some() || (ended && killed) {
            self.settled = true;
        } else if ended && now >= stopping.scan_at {
            stopping.scan_at = now + SCAN;
            self.settled = !group_lives(self.group.as_raw().unsigned_abs());
        } else if killed && now >= stopping.kill_at + DYING {
            self.lost = Some(format!(
                "process {} does not die, even by KILL: it may still be at work; look at it with `ps -o pid,stat,wchan,args {}`",
                self.group, self.group
            ));
            self.settled = true;
        }
        if kill {
            self.signal(Signal::SIGKILL);
        }
    }

    /// When to look next at the latest.
    pub(super) fn wake_at(&self) -> Instant {
        let mut wake = Instant::now() + TICK;
        match &self.stopping {
            Some(stopping) if self.ended.is_some() => wake = wake.min(stopping.scan_at).min(stopping.kill_at),
            Some(stopping) if !stopping.killed => wake = wake.min(stopping.kill_at),
            Some(_) => {}
            None => wake = self.limit.map_or(wake, |limit| wake.min(self.begun + limit)),
        }
        wake
    }

    /// Takes the exit status. Only after [`Self::settled`].
    pub(super) fn reap(mut self) -> (End, Duration) {
        let took = self.ended.map_or_else(|| self.begun.elapsed(), |ended| ended - self.begun);
        if let Some(message) = self.lost {
            return (End::Lost(message), took);
        }
        if self.stopping.is_some() {
            // What is left of a group that we ended, where we cannot look into it.
            self.signal(Signal::SIGKILL);
        }
        let end = match (self.child.wait(), self.stopping) {
            (Err(error), _) => End::Lost(format!("its exit status cannot be read: {error}")),
            (Ok(_), Some(stopping)) => stopping.end,
            (Ok(status), None) => match (status.code(), status.signal()) {
                (Some(code), _) => End::Exit(code),
                (None, Some(signal)) => End::Signal(signal),
                (None, None) => End::Lost(format!("its exit status makes no sense: {status}")),
            },
        };
        (end, took)
    }

    fn signal(&mut self, signal: Signal) {
        match killpg(self.group, signal) {
            // EPERM: nothing in the group is ours to signal (sudo); the time to die will show it.
            Ok(()) | Err(Errno::ESRCH | Errno::EPERM) => {}
            Err(error) => self.lost = Some(format!("{signal} cannot be sent to process group {}: {error}", self.group)),
        }
    }

    #[cfg(target_os = "linux")]
    fn wait_state(&mut self, now: Instant) {
        use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
        let mut flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        if self.attended {
            flags |= WaitPidFlag::WSTOPPED;
        }
        match waitid(Id::Pid(self.group), flags) {
            Ok(WaitStatus::StillAlive) | Err(Errno::EINTR) => {}
            // There is no shell prompt to come back to: Ctrl-Z, or a read before the terminal was handed over.
            Ok(WaitStatus::Stopped(..)) => self.signal(Signal::SIGCONT),
            Ok(_) => self.ended = Some(now),
            Err(error) => self.lost = Some(format!("process {} was lost from sight: {error}", self.group)),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn wait_state(&mut self, now: Instant) {
        match self.child.try_wait() {
            Ok(None) => {}
            Ok(Some(_)) => self.ended = Some(now),
            Err(error) => self.lost = Some(format!("process {} was lost from sight: {error}", self.group)),
        }
    }
}
