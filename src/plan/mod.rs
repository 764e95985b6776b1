//! [`Runbook`](crate::runbook::model::Runbook) → [`Plan`](model::Plan): the executable graph, its digest, its views, and the
//! rendering of `{{ … }}`.
//!
//! Invariant: no IO. Of another runbook that is called only its file is known here.

mod again;
pub mod aim;
pub mod build;
pub mod call;
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
