//! The system's OpenSSH client: how it is called, and what it means when it says no.

use crate::inventory::Host;
use std::path::Path;
use std::process::{Command, Stdio};

/// How a host is reached.
pub(super) struct Client<'a> {
    pub(super) host: &'a Host,
    /// Where the connection to it is kept open for the next command.
    pub(super) socket: &'a Path,
}

impl Client<'_> {
    /// The options of every call. Those that would ask something, or do something else than run a command, are switched off;
    /// how a host's key is checked is the user's to say.
    fn options(&self, attended: bool) -> Vec<String> {
        let mut out = vec![if attended { "-t" } else { "-T" }.to_owned()];
        let mut set = |option: &str| out.extend(["-o".to_owned(), option.to_owned()]);
        if !attended {
            set("BatchMode=yes");
        }
        for option in [
            "ConnectTimeout=10",
            // A host that died is found within 12 seconds.
            "ServerAliveInterval=4",
            "ServerAliveCountMax=2",
            "ControlMaster=auto",
            "ControlPersist=60",
            "ClearAllForwardings=yes",
            "RemoteCommand=none",
        ] {
            set(option);
        }
        set(&format!("ControlPath={}", self.socket.display()));
        let Host { port, identity, jump, config, .. } = self.host;
        for (flag, value) in [
            ("-p", port.map(|port| port.to_string())),
            ("-i", identity.as_ref().map(|path| path.display().to_string())),
            ("-J", jump.clone()),
            ("-F", config.as_ref().map(|path| path.display().to_string())),
        ] {
            out.extend(value.into_iter().flat_map(|value| [flag.to_owned(), value]));
        }
        out.extend(["--".to_owned(), self.host.destination.clone()]);
        out
    }

    /// A call that runs `line` there.
    pub(super) fn call(&self, line: &str) -> Command {
        let mut command = Command::new("ssh");
        command.args(self.options(false)).arg(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The words of a call that has the terminal.
    pub(super) fn attended(&self, line: &str) -> Vec<String> {
        let mut words = vec!["ssh".to_owned()];
        words.extend(self.options(true));
        words.push(line.to_owned());
        words
    }
}

/// A call that ends the connection that is kept open at `socket`.
pub(super) fn close(socket: &Path) -> Command {
    let mut command = Command::new("ssh");
    command.args(["-F", "/dev/null", "-O", "exit", "-o"]).arg(format!("ControlPath={}", socket.display()));
    command.args(["--", "runbook"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Why a command did not begin, and what to do: from what the client and the host said.
pub(super) fn refused(destination: &str, said: &str) -> String {
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let found = ADVICE
        .iter()
        .find_map(|(sign, advice)| lines.iter().rev().find(|line| line.contains(sign)).map(|line| (*line, *advice)));
    let last = lines.iter().rev().find(|line| !line.starts_with("Connection closed")).or(lines.last());
    let (line, advice) = found.unwrap_or((last.unwrap_or(&"it said nothing"), "try `ssh` to it by hand"));
    format!("nothing was run on `{destination}`: {line}: {advice}")
}

const ADVICE: [(&str, &str); 11] = [
    ("REMOTE HOST IDENTIFICATION HAS CHANGED", "somebody else may answer there: find out why before you go on"),
    (
        "Host key verification failed",
        "its key is not known here or has changed: connect once by hand and compare its fingerprint",
    ),
    (
        "Permission denied",
        "no key is accepted there: load one into the agent (`ssh-add`), or say `identity:` in the inventory",
    ),
    ("Too many authentication failures", "say which key with `identity:` in the inventory and `IdentitiesOnly`"),
    ("Could not resolve hostname", "correct `ssh:` in the inventory, or the name service"),
    ("Connection refused", "is it the right port, and does sshd run there?"),
    ("No route to host", "is it up, and reachable from here?"),
    ("Network is unreachable", "is it up, and reachable from here?"),
    ("timed out", "is it up, and reachable from here?"),
    ("bash: not found", "install bash there"),
    ("bash: command not found", "install bash there"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        for (said, wanted) in [
            ("ssh: Could not resolve hostname db9: Name or service not known\n", "correct `ssh:` in the inventory"),
            ("ssh: connect to host db port 22: Connection refused\n", "does sshd run there?"),
            ("x\nu@db: Permission denied (publickey).\nConnection closed\n", "`ssh-add`"),
            ("sh: 1: exec: bash: not found\n", "install bash there"),
            ("", "it said nothing: try `ssh` to it by hand"),
        ] {
            let told = refused("db", said);
            assert!(told.contains(wanted) && told.starts_with("nothing was run on `db`: "), "{told}");
        }
    }
}
