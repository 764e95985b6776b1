//! The machine's clocks.

use super::ports::Clock;
use nix::time::{ClockId, clock_gettime};
use std::time::Duration;

/// The wall clock, and the clock that counts since boot with sleep included, so that durations stay true when a laptop's lid
/// is closed and when the wall clock is set.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> jiff::Timestamp {
        jiff::Timestamp::now()
    }

    fn monotonic(&self) -> Duration {
        let Ok(time) = clock_gettime(ClockId::CLOCK_BOOTTIME).or_else(|_| clock_gettime(ClockId::CLOCK_MONOTONIC))
        else {
            return Duration::ZERO;
        };
        Duration::new(u64::try_from(time.tv_sec()).unwrap_or(0), u32::try_from(time.tv_nsec()).unwrap_or(0))
    }
}

/// What tells one boot of this machine from the next; empty when the system does not say.
#[must_use]
pub fn boot_id() -> String {
    std::fs::read_to_string("/proc/sys/kernel/random/boot_id").map(|s| s.trim().to_owned()).unwrap_or_default()
}
