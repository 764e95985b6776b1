//! A plan's digest: two plans with the same digest do the same things in the same order.

use super::model::{Plan, Work};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// SHA-256 in hex over everything that decides what may run. Titles, lines and other words for people are left out, so
/// that mending a typing mistake in prose is not a change of plan.
#[must_use]
pub fn of(plan: &Plan) -> String {
    let mut hash = Sha256::new();
    let mut add = |part: &str| {
        // The length before the text keeps two parts from running into one another.
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    add("plan-1");
    for node in &plan.nodes {
        add(&node.id);
        add(&format!("{:?} {:?} {:?} {}", node.path, node.next, node.when, node.pivot));
        // Added only where it stands: plans without it keep the digest that earlier journals name.
        if let Some(seed) = &node.draw {
            add(&format!("draw {seed}"));
        }
        if let Some(again) = &node.again {
            add(&format!("again {:?} {:?}", again.forget, again.over));
        }
        match &node.work {
            Work::Command(work) => {
                add("command");
                add(&work.text);
                if let Some(verify) = &work.verify {
                    add(&format!("{verify:?}"));
                }
                add(&format!(
                    "{:?} {:?} {:?} {:?} {:?}",
                    work.reading, work.effect, work.interpreter, work.options, work.expects
                ));
            }
            other => add(&format!("{other:?}")),
        }
    }
    for step in &plan.steps {
        add(&format!("{} {:?} {:?}", step.id, step.nodes, step.undo));
    }
    add(&format!("{:?} {:?}", plan.entry, plan.rollback));
    hex(&hash.finalize())
}

/// Bytes in lower-case hex.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a String cannot fail.
        if write!(out, "{byte:02x}").is_err() {
            out.push_str("??");
        }
        out
    })
}

/// SHA-256 of some bytes, in hex.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}
