//! What bash is given to run: the session's state, then the fence.
//!
//! Bash's command line is only [`BOOT`], which reads the rest from a scratch file. The fence's text is `eval`ed: so errors are
//! named after the node (`$0`) with the fence's own line numbers, and standard input stays the command's.

use super::state::{Key, State, quote};
use std::collections::BTreeMap;
use std::path::Path;

/// The functions that report the state at the end, and stand between a fence's `trap … EXIT` and ours.
const PRELUDE: &str = include_str!("prelude.bash");
/// The exit trap itself: it keeps `$?`, reports, then runs the fence's own.
const FINISH: &str = include_str!("finish.bash");

/// What a script is made from.
pub(super) struct Script<'a> {
    /// The fence, or what stands for it.
    pub(super) text: &'a [u8],
    /// The state to start from.
    pub(super) state: Option<&'a State>,
    /// Variables of this fence only; the session's of the same name give way.
    pub(super) job: &'a BTreeMap<String, String>,
    /// Where to report the state at the end.
    pub(super) report: Option<&'a Path>,
    /// Do not stop at the first failing line.
    pub(super) keep_going: bool,
    /// `BASH_ENV` as inherited: bash must not read it here, its children may.
    pub(super) bash_env: Option<&'a [u8]>,
}

impl Script<'_> {
    /// Its bytes.
    pub(super) fn compose(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(4096 + self.text.len());
        if self.report.is_some() {
            out.extend_from_slice(PRELUDE.as_bytes());
        }
        if let Some(value) = self.bash_env {
            assign(&mut out, "export BASH_ENV", value);
        }
        let mut trace = false;
        for (key, part) in self.state.iter().flat_map(|state| &state.parts) {
            match key {
                Key::Variable(name) if self.job.contains_key(name) => continue,
                // Only the fence is to be traced, not what we wrap around it.
                Key::Option(name) if name == "xtrace" => {
                    trace = true;
                    continue;
                }
                _ => {}
            }
            out.extend_from_slice(&part.code);
            out.push(b'\n');
        }
        let text = if trace { [b"set -x; ", self.text].concat() } else { self.text.to_vec() };
        assign(&mut out, "declare +x __runbook_text", &text);
        if let Some(report) = self.report {
            use std::os::unix::ffi::OsStrExt;
            assign(&mut out, "declare +x __runbook_out", report.as_os_str().as_bytes());
            out.extend_from_slice(FINISH.as_bytes());
        }
        if !self.keep_going {
            out.extend_from_slice(b"set -eo pipefail\n");
        }
        // The last command's status is that of `.`: it says that all of this was read.
        out.extend_from_slice(b":\n");
        out
    }
}

/// The whole of bash's command line after `-c`.
pub(super) fn boot(script: &Path) -> String {
    format!(". {} || exit 125; eval \"$__runbook_text\"", script.display())
}

fn assign(out: &mut Vec<u8>, target: &str, value: &[u8]) {
    out.extend_from_slice(target.as_bytes());
    out.push(b'=');
    out.extend_from_slice(&quote(value));
    out.push(b'\n');
}
