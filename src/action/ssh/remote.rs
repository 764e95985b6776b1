//! What runs on a host: texts of bash that carry a fence there, start it, and end it.
//!
//! A command line there shows only [`hello`] and [`kill`], which hold nothing of the runbook. The fence comes by standard
//! input, once the host has said what it is: until then nothing can have begun.

use crate::driver::ports::{Job, Tool};

/// Says what the host is, then runs what it is given, if all of it arrived.
const HELLO: &str = include_str!("hello.bash");
/// Ends a process group: TERM, then KILL, then `gone` or `alive`.
const KILL: &str = include_str!("kill.bash");

/// The command line that greets with `token` and then waits for a [`payload`].
pub(super) fn hello(token: &str) -> String {
    format!("exec bash --noprofile --norc -c '{HELLO}' runbook {token}")
}

/// The command line that ends the group of `pid`, `grace` tenths of a second after it was told to.
pub(super) fn kill(pid: i32, grace: u128) -> String {
    format!("exec bash --noprofile --norc -c '{KILL}' runbook {pid} {grace}")
}

/// The command line of an attended text, which has the terminal and cannot come by standard input.
pub(super) fn attended(job: &Job) -> String {
    let script = format!("{}{}eval {}", exports(job), strict(job), quote(&job.text));
    format!("exec bash --noprofile --norc -c {} {}", quote(&script), quote(&job.node))
}

/// The fence with all that is around it. In braces: bash runs none of it when the end is missing.
pub(super) fn payload(job: &Job) -> Vec<u8> {
    let mut out = String::from(
        "{\nk=$1\ndone_with() { printf \"%s end %s\\n\" \"$k\" \"$1\"; printf \"%s end %s\\n\" \"$k\" \"$1\" >&2; exit; }\n",
    );
    out.push_str(&exports(job));
    if let Tool::Program(program) = &job.tool {
        // Programs want a file. It lies in memory where there is such a place, and goes when the program ends.
        out.push_str("d=/dev/shm; [ -d $d ] && [ -w $d ] || d=${TMPDIR:-/tmp}\n");
        out.push_str("f=$(mktemp \"$d/runbook.XXXXXXXXXX\") || done_with 125\n");
        out.push_str(&format!("printf %s {} >\"$f\" || done_with 125\n", quote(&format!("{}\n", job.text))));
        let words: Vec<String> = program.split_whitespace().map(quote).collect();
        out.push_str(&format!("x={}$(printf %q \"$f\")\n", quote(&format!("exec -- {} ", words.join(" ")))));
    } else {
        out.push_str(&format!("f=\nx={}\n", quote(&job.text)));
    }
    let boot = format!("__runbook_text=$(cat); exec </dev/null; {}eval \"$__runbook_text\"", strict(job));
    // A group of its own, so that all of it can be ended and nothing else.
    out.push_str(&format!(
        "set -m\nbash --noprofile --norc -c {} {} < <(printf %s \"$x\") & p=$!\nset +m\n",
        quote(&boot),
        quote(&job.node)
    ));
    out.push_str("printf \"%s pid %s\\n\" \"$k\" \"$p\" >&2\nwait \"$p\" 2>/dev/null; s=$?\n");
    out.push_str("[ -z \"$f\" ] || rm -f \"$f\"\ndone_with \"$s\"\n}");
    out.into_bytes()
}

fn strict(job: &Job) -> &'static str {
    if job.keep_going { "" } else { "set -eo pipefail; " }
}

fn exports(job: &Job) -> String {
    job.environment.iter().fold(String::new(), |out, (name, value)| format!("{out}export {name}={}\n", quote(value)))
}

/// One word, whatever it holds, to any shell that knows single quotes.
pub(in crate::action) fn quote(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_lines_need_no_more_than_single_quotes() {
        for text in [HELLO, KILL] {
            // Single quotes end, and fish reads `\\` and `\'` within them; csh reads `!`.
            assert!(!text.contains(['\'', '!']) && !text.contains("\\\\"), "{text}");
        }
        assert_eq!(quote("it's"), r"'it'\''s'");
    }

    #[test]
    fn what_is_cut_off_does_not_run() {
        let job = Job::shell("node", "touch /nowhere/at/all\necho ran");
        let whole = payload(&job);
        for end in [whole.len() / 4, whole.len() / 2, whole.len() - 1] {
            let text = String::from_utf8_lossy(&whole[..end]).into_owned();
            let ran = std::process::Command::new("bash").args(["-c", &text, "runbook", "t"]).output();
            let ran = ran.unwrap_or_else(|e| panic!("{e}"));
            assert!(ran.stdout.is_empty() && !ran.status.success(), "{end}: {ran:?}");
        }
    }
}
