//! `STOP SLAVE; RESET SLAVE ALL` before the relay log is applied: what was received and not applied is thrown away.

use super::Subject;
use super::facts::{forward, typed};
use crate::diagnostic::Diagnostic;

/// What waits for the relay log to be applied, or looks whether it is.
const DRAINS: [&str; 14] = [
    "GTID_WAIT",
    "_POS_WAIT",
    "WAIT_FOR_EXECUTED_GTID_SET",
    "WAIT_UNTIL_SQL_THREAD",
    "HAS READ ALL RELAY LOG",
    "READ ALL RELAY",
    "EXEC_MASTER_LOG_POS",
    "EXEC_SOURCE_LOG_POS",
    "SLAVE_SQL_RUNNING_STATE",
    "REPLICA_SQL_RUNNING_STATE",
    "GTID_SLAVE_POS",
    "GTID_EXECUTED",
    "GTID_SUBSET",
    "RETRIEVED_GTID_SET",
];

/// One finding per command that resets.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    // Most pages reset nothing, and need no look at every step.
    let text = subject.source.text.as_bytes();
    if !["RESET", "reset", "Reset"].iter().any(|word| memchr::memmem::find(text, word.as_bytes()).is_some()) {
        return;
    }
    let at = |text: &str| ["RESET SLAVE ALL", "RESET REPLICA ALL"].iter().find_map(|reset| text.find(reset));
    let resets = |text: &str| at(&text.to_ascii_uppercase()).is_some();
    let mut steps = subject.runbook.steps.iter().filter(|s| forward(s));
    if !steps.any(|s| typed(s).any(|c| resets(&c.text))) {
        return;
    }
    let mut drained = false;
    for step in subject.runbook.steps.iter().filter(|s| forward(s)) {
        for command in typed(step) {
            let text = command.text.to_ascii_uppercase();
            let Some(at) = at(&text) else {
                drained |= drains(&text);
                continue;
            };
            // Pointed at another server in the same breath: a replica is rebuilt, not promoted.
            let repointed = text[at..].contains("CHANGE MASTER") || text[at..].contains("CHANGE REPLICATION SOURCE");
            drained |= drains(&text[..at]);
            if drained {
                break;
            }
            if repointed {
                continue;
            }
            found.push(
                Diagnostic::warning("relay-log-not-drained", "the replica is reset before its relay log is applied: received transactions are lost")
                    .at(command.span, "")
                    .help("`STOP SLAVE IO_THREAD`, wait until everything received is applied (`SELECT MASTER_GTID_WAIT('…', 60)`), and only then `STOP SLAVE; RESET SLAVE ALL`"),
            );
        }
        let told = step.guidance.iter().chain(step.expects.iter().map(|e| &e.text)).chain([&step.title]);
        // Once it is applied, nothing is lost by any further reset.
        if drained || told.into_iter().any(|t| drains(&t.to_ascii_uppercase())) {
            return;
        }
    }
}

fn drains(text: &str) -> bool {
    DRAINS.iter().any(|d| text.contains(d))
}
