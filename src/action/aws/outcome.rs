//! How a request may run, and how it ended.

use super::error::AwsError;
use serde_json::Value;
use std::time::Duration;

/// Bounds of a request.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For all of it, with what is sent again after throttling.
    pub total: Duration,
    /// How long a write that was sent may still be waited for after it was cancelled.
    pub grace: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { total: Duration::from_secs(60), grace: Duration::from_secs(5) }
    }
}

/// How a request ended.
#[derive(Debug)]
pub enum Outcome {
    /// The service did it; what it answered, with the API's names.
    Done(Value),
    /// The service refused, or it never got the request. Nothing was changed.
    Failed(AwsError),
    /// Its time was up, and nothing was changed: a read, or a write that had not been sent.
    TimedOut {
        /// The limit.
        after: Duration,
    },
    /// Stopped as asked, and nothing was changed.
    Cancelled {
        /// Whether it had begun; then it was a read, or a write that had not been sent.
        begun: bool,
    },
    /// Nobody knows: a write was sent and no answer came that says what became of it.
    Lost {
        /// Why.
        error: AwsError,
    },
}
