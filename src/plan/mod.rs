//! [`Runbook`](crate::runbook::model::Runbook) → [`Plan`](model::Plan): the executable graph, its digest, its views, and the
//! rendering of `{{ … }}`.
//!
//! Invariant: no IO. Other runbooks that this one calls are handed in by the caller.

pub mod model;
