//! [`Runbook`](crate::runbook::model::Runbook) → [`Plan`](model::Plan): the executable graph, its digest, its views, and the
//! rendering of `{{ … }}`.
//!
//! Invariant: no IO. Other runbooks that this one calls are handed in by the caller.

mod again;
pub mod aim;
pub mod build;
pub mod compare;
pub mod digest;
pub mod expressions;
pub mod flow;
pub mod model;
pub mod number;
pub mod quote;
pub mod render;
pub mod reread;
#[cfg(test)]
#[allow(clippy::panic)]
pub(crate) mod sample;
pub mod view;
