//! Commands that need a person at a terminal: they ask, they never end, or they open a session.

use super::effect::{remote_words, statements, unwrapped};
use super::programs::{PROGRAMS, base};
use super::shell::{Script, Simple};

/// Why a script needs a terminal or never ends, if it does.
#[must_use]
pub fn attended(script: &Script) -> Option<String> {
    script.commands.iter().find_map(needs_terminal)
}

/// Why the lines after a command would run elsewhere than meant: a bare `ssh host` with commands after it.
#[must_use]
pub fn leaves_the_shell(script: &Script) -> Option<String> {
    let last = script.commands.len().saturating_sub(1);
    script.commands.iter().take(last).find_map(|command| {
        let words = unwrapped(&command.words);
        let name = base(words.first()?);
        let opens = match name {
            "ssh" => {
                remote_words(&words[1..]).is_empty()
                    && !has_input(command)
                    && !words.iter().any(|w| w == "-N" || w == "-f" || w.starts_with("-fN") || w.starts_with("-Nf"))
            }
            "su" => !words.iter().any(|w| w == "-c"),
            "sudo" => words.iter().skip(1).any(|w| matches!(w.as_str(), "-i" | "-s" | "su")),
            "kubectl" | "oc" | "docker" | "podman" => {
                words.iter().any(|w| matches!(w.as_str(), "-it" | "-ti"))
                    && words.last().is_some_and(|w| w.ends_with("sh"))
                    || (name == "oc" && words.iter().any(|w| w == "rsh" || w == "debug"))
            }
            _ => is_bare_client(name, command, &words[1..]),
        };
        opens.then(|| format!("what follows `{name}` belongs in the session it opens"))
    })
}

/// The program by which a script opens a shell elsewhere, or as somebody else, for what comes after it.
#[must_use]
pub fn opens_shell(script: &Script) -> Option<String> {
    let mut again = script.clone();
    again.commands.retain(|command| {
        let name = unwrapped(&command.words).first().map_or("", |word| base(word));
        !PROGRAMS.sql_clients.contains_key(name)
    });
    // Something behind it: what follows is what is asked about.
    again.commands.push(Simple::default());
    leaves_the_shell(&again)?;
    let opens = |command: &&Simple| {
        let one = Script { commands: vec![(*command).clone(), Simple::default()], ..Script::default() };
        leaves_the_shell(&one).is_some()
    };
    let command = again.commands.iter().find(opens)?;
    Some(base(unwrapped(&command.words).first()?).to_owned())
}

fn has_input(command: &Simple) -> bool {
    command.input.is_some() || command.redirected_input || command.piped
}

fn is_bare_client(name: &str, command: &Simple, arguments: &[String]) -> bool {
    let Some(flags) = PROGRAMS.sql_clients.get(name) else { return false };
    let harmless = arguments.iter().any(|a| a == "--version" || a == "-V" || a == "--help");
    let given = arguments.iter().any(|a| {
        flags.iter().any(|f| {
            a == f || (f.starts_with("--") && a.starts_with(&format!("{f}="))) || (f == "@" && a.starts_with('@'))
        })
    });
    !(has_input(command) || command.in_function || harmless || given || statements(name, arguments).is_some())
}

/// `command -v psql` runs nothing.
pub(super) fn asks_where(command: &Simple) -> bool {
    command.words.first().is_some_and(|w| w == "command")
        && command.words.get(1).is_some_and(|w| w.starts_with("-v") || w.starts_with("-V"))
}

fn needs_terminal(command: &Simple) -> Option<String> {
    let first = command.words.first()?;
    if base(first) == "watch" {
        return Some("`watch` never ends".into());
    }
    if base(first) == "sudo"
        && command.words.iter().skip(1).take(3).any(|w| matches!(w.as_str(), "-i" | "-s" | "-iu" | "-su"))
    {
        return Some("`sudo -i` opens a shell".into());
    }
    if asks_where(command) {
        return None;
    }
    let words = unwrapped(&command.words);
    let name = base(words.first()?);
    let arguments = &words[1..];
    if command.in_function
        && (PROGRAMS.sql_clients.contains_key(name) || matches!(name, "ssh" | "read" | "bash" | "sh"))
    {
        return None;
    }
    if PROGRAMS.interactive.contains(name) {
        return Some(format!("`{name}` needs a terminal"));
    }
    if let Some(list) = PROGRAMS.interactive_words.get(name)
        && let Some(word) = arguments.iter().find(|a| list.contains(a))
        && !(name == "read" && has_input(command))
    {
        return Some(format!("`{name} {word}` needs a terminal"));
    }
    if !has_input(command) && PROGRAMS.asks.get(name).is_some_and(|asks| asks.with(arguments)) {
        return Some(format!("`{name}` asks before it does it"));
    }
    if PROGRAMS.log_followers.contains(name)
        && arguments.iter().any(|a| a == "logs")
        && arguments.iter().any(|a| a == "-f" || a == "--follow")
    {
        return Some(format!("`{name} logs -f` never ends"));
    }
    if let Some(flag) = PROGRAMS.password_flag.get(name)
        && arguments.iter().any(|a| a == flag)
    {
        return Some(format!("`{name} {flag}` asks for a password"));
    }
    if is_bare_client(name, command, arguments) {
        return Some(format!("`{name}` opens a session"));
    }
    match name {
        "ssh" if remote_words(arguments).is_empty() && !has_input(command) => {
            Some("`ssh` opens a shell elsewhere".into())
        }
        "ssh" if remote_words(arguments).iter().any(|w| w.starts_with("tail -f")) => {
            Some("`tail -f` never ends".into())
        }
        "ping"
            if !arguments
                .iter()
                .any(|a| a.starts_with("-c") || a.starts_with("-w") || a.starts_with("-W") || a == "-q") =>
        {
            Some("`ping` without `-c` never ends".into())
        }
        "su" if !arguments.iter().any(|a| a == "-c") => Some("`su` opens a shell".into()),
        "docker" | "kubectl" | "podman" | "oc"
            if arguments.iter().any(|a| a == "exec" || a == "run")
                && arguments.iter().any(|a| a == "-i")
                && arguments.iter().any(|a| a == "-t") =>
        {
            Some(format!("`{name} exec -i -t` needs a terminal"))
        }
        "python" | "python3" | "node" | "bash" | "sh" if arguments.is_empty() && !has_input(command) => {
            Some(format!("`{name}` opens a session"))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runbook::shell;

    #[test]
    fn what_needs_a_terminal() {
        for yes in [
            "ssh db1",
            "mysql -h db1",
            "mysql -h x -u app -p << EOF\nSELECT 1\nEOF",
            "tail -f /var/log/x",
            "watch monit summary",
            "kubectl exec -it p -- sh",
            "read -p 'go? ' x",
            "vim my.cnf",
            "psql",
            "kubectl logs -f x",
            "cat x | less",
            "sudo -i",
            "bosh edit deployment",
            "ping db1",
            "while read -r x; do echo $x; done",
            "read -r first\nwhile read -r x; do echo $x; done < f",
            "while read -r x; do echo $x; done < f\nread -p 'go? ' y",
            "patronictl -c /etc/patroni.yml failover main",
            "sudo apt-get install postgresql-client",
            "yum -C update mariadb",
            "terraform apply -var region=eu-west-3",
            "gcloud compute instances delete db1",
            "mysql_secure_installation",
        ] {
            assert!(attended(&shell::scan(yes)).is_some(), "{yes}");
        }
        for no in [
            "ssh db1 uptime",
            "mysql -e 'SELECT 1'",
            "mysql < x.sql",
            "cat x | mysql",
            "tail -100 x",
            "kubectl get pods",
            "mysql -uroot -psecret -e x",
            "psql -c '\\l'",
            "ping -c 1 x",
            "while read -r a b; do echo \"$a\"; done < hosts",
            "while read -r host; do ping -c 1 $host; done < hosts.txt",
            "for f in a b; do\n  while read -r x; do\n    echo $x\n  done <<< \"$lines\"\ndone",
            "while read -r x; do echo $x; done <<EOF\n1\nEOF",
            "cat hosts | while read -r x; do echo $x; done",
            "patronictl -c /etc/patroni.yml failover main --force",
            "patronictl -c /etc/patroni.yml list",
            "apt-get update && apt-get install -yq postgresql-client",
            "yes | apt-get install postgresql-client",
            "dnf -y upgrade mariadb",
            "terraform apply -auto-approve",
            "terraform apply -input=false tfplan",
            "terraform plan -destroy",
            "gcloud compute instances delete db1 --quiet",
        ] {
            assert_eq!(attended(&shell::scan(no)), None, "{no}");
        }
        assert!(leaves_the_shell(&shell::scan("ssh root@db1\n/usr/local/bin/restore.sh")).is_some());
        assert!(leaves_the_shell(&shell::scan("ssh root@db1 uptime\nls")).is_none());
    }
}
