//! What a script does to the world: proven to read, assumed to write, known to destroy.

use super::model::Effect;
use super::programs::{PROGRAMS, base, listed};
use super::shell::{self, Script, Simple};
use super::sql;

/// How deep `ssh host "ssh host …"` is looked into; deeper is assumed to write.
const DEPTH: usize = 3;

/// An effect and why it was read so.
pub type Judged = (Effect, String);

/// The strongest effect of a script's commands.
#[must_use]
pub fn of_script(script: &Script) -> Judged {
    judge(script, DEPTH)
}

fn judge(script: &Script, depth: usize) -> Judged {
    if script.commands.is_empty() {
        return if script.complete {
            (Effect::Read, "only sets variables".into())
        } else {
            (Effect::Write, "not understood".into())
        };
    }
    let mut worst: Judged = (Effect::Read, "every command only reads".into());
    for command in &script.commands {
        let (effect, why) = of_command(command, &script.functions, depth);
        if effect > worst.0 {
            worst = (effect, why);
        }
    }
    if worst.0 == Effect::Read && !script.complete {
        return (Effect::Write, "a quote or block is not closed".into());
    }
    worst
}

/// A command without the wrappers around it (`sudo -u postgres`, `timeout 5`).
#[must_use]
pub fn unwrapped(words: &[String]) -> &[String] {
    let mut words = words;
    while let Some(first) = words.first() {
        if !PROGRAMS.wrappers.contains(base(first)) {
            break;
        }
        let wrapper = base(first).to_owned();
        let mut i = 1;
        while let Some(word) = words.get(i) {
            let takes_value = matches!(
                (wrapper.as_str(), word.as_str()),
                ("sudo" | "doas", "-u" | "-g" | "-h" | "-C")
                    | ("xargs", "-I" | "-n" | "-P" | "-L" | "-d" | "-a")
                    | ("nice" | "watch" | "ionice", "-n" | "-c")
                    | ("timeout", "-s" | "-k")
            );
            if takes_value {
                i += 2;
            } else if word.starts_with('-') || (wrapper == "env" && word.contains('=')) {
                i += 1;
            } else {
                break;
            }
        }
        if wrapper == "timeout" {
            i += 1;
        }
        match words.get(i..) {
            Some(rest) if !rest.is_empty() => words = rest,
            _ => break,
        }
    }
    words
}

fn of_command(command: &Simple, functions: &[String], depth: usize) -> Judged {
    if super::terminal::asks_where(command) {
        return (Effect::Read, "`command -v` only asks where a program is".into());
    }
    let words = unwrapped(&command.words);
    let Some(first) = words.first() else { return (Effect::Read, String::new()) };
    if words.len() == 1 && words.len() < command.words.len() && first.contains(' ') && depth > 0 {
        // `watch 'mysql -e …'` hands a whole line over.
        return judge(&shell::scan(first), depth - 1);
    }
    let name = base(first);
    let arguments = &words[1..];
    if let Some(why) = destructive(name, arguments) {
        return (Effect::Destructive, why);
    }
    let judged = if PROGRAMS.sql_clients.contains_key(name) {
        of_client(name, command, arguments)
    } else if name == "ssh" && depth > 0 {
        of_remote(command, arguments, depth)
    } else if matches!(name, "bash" | "sh" | "zsh") && depth > 0 && arguments.iter().any(|a| a == "-c") {
        judge(&shell::scan(arguments.last().map_or("", String::as_str)), depth - 1)
    } else {
        of_program(name, first, arguments, functions)
    };
    if judged.0 == Effect::Read && command.writes {
        return (Effect::Write, format!("`{name}` writes into a file"));
    }
    judged
}

fn of_program(name: &str, written: &str, arguments: &[String], functions: &[String]) -> Judged {
    let read = |yes: bool| {
        if yes {
            (Effect::Read, format!("`{name}` only reads"))
        } else {
            (Effect::Write, format!("`{name}` may change something"))
        }
    };
    if functions.iter().any(|f| f == written) {
        return (Effect::Read, "a function that is looked into itself".into());
    }
    match name {
        "aws" => read(aws(arguments).is_some_and(|op| PROGRAMS.aws_read.iter().any(|r| op.starts_with(r.as_str())))),
        "gcloud" | "az" => read(arguments.iter().any(|a| matches!(a.as_str(), "list" | "describe" | "show"))),
        "curl" => read(!arguments.iter().enumerate().any(|(i, a)| curl_writes(a, arguments.get(i + 1)))),
        "wget" => read(arguments.iter().any(|a| a == "--spider" || a == "-qO-" || a == "-O-")),
        "awk" | "gawk" => {
            read(!arguments.iter().any(|a| a.contains("system(") || a.contains('>') || a.contains('|') || a == "-i"))
        }
        "sed" => read(!arguments.iter().any(|a| {
            a.starts_with("-i")
                || a.starts_with("--in-place")
                || a.contains("/w")
                || a.starts_with("w ")
                || a.ends_with("/e")
        })),
        "ip" => {
            let words: Vec<&str> = arguments.iter().map(String::as_str).filter(|a| !a.starts_with('-')).collect();
            read(!words.iter().any(|w| {
                matches!(*w, "add" | "del" | "delete" | "set" | "flush" | "replace" | "change" | "append" | "exec")
            }))
        }
        "nc" | "ncat" => read(arguments.iter().any(|a| a.starts_with('-') && a.contains('z'))),
        _ if PROGRAMS.session.contains(name) => (Effect::Read, "only changes the session".into()),
        _ if PROGRAMS.read_subcommands.contains_key(name) => read(reads_by_subcommand(name, arguments)),
        _ if PROGRAMS.read.contains(name) => read(!PROGRAMS.writing_flags.get(name).is_some_and(|flags| {
            arguments.iter().any(|a| flags.iter().any(|f| a == f || a.starts_with(&format!("{f}="))))
        })),
        _ if name == "hostname" => read(arguments.iter().all(|a| a.starts_with('-'))),
        _ => (Effect::Write, format!("`{name}` is not known only to read")),
    }
}

fn curl_writes(argument: &str, next: Option<&String>) -> bool {
    let method = |m: &str| !matches!(m, "GET" | "HEAD" | "OPTIONS");
    match argument {
        "-X" | "--request" => next.is_none_or(|m| method(m)),
        _ if argument.starts_with("-X") => method(&argument[2..]),
        _ if argument.starts_with("--request=") => method(&argument[10..]),
        "-o" | "--output" => next.is_none_or(|f| f != "/dev/null" && f != "-"),
        "-O" | "-F" | "--form" | "-T" | "--upload-file" | "-d" | "--remote-name" | "--json" | "-c" | "--cookie-jar"
        | "-K" | "--config" => true,
        _ if argument.starts_with("--data") || argument.starts_with("--output=") => true,
        _ => {
            argument.starts_with('-')
                && !argument.starts_with("--")
                && argument[1..].contains(['O', 'd', 'F', 'T', 'K'])
        }
    }
}

/// The operation of an `aws` command line.
fn aws(arguments: &[String]) -> Option<&str> {
    let mut words = Vec::new();
    let mut skip = false;
    for argument in arguments {
        if skip {
            skip = false;
        } else if argument.starts_with("--") {
            skip =
                words.is_empty() && !argument.contains('=') && !argument.starts_with("--no-") && argument != "--debug";
        } else {
            words.push(argument.as_str());
        }
        if words.len() == 2 {
            break;
        }
    }
    words.get(1).copied()
}

fn reads_by_subcommand(name: &str, arguments: &[String]) -> bool {
    let Some(known) = PROGRAMS.read_subcommands.get(name) else { return false };
    let words = subcommand_words(arguments);
    let joined = words.join(" ");
    known.iter().any(|k| joined.strip_prefix(k.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(' ')))
        && !words.iter().any(|w| matches!(*w, "--force" | "delete" | "--overwrite"))
}

/// The words from the sub-command on: options before it, with their values, are skipped.
fn subcommand_words(arguments: &[String]) -> Vec<&str> {
    let mut rest = arguments;
    while let [first, tail @ ..] = rest {
        if !first.starts_with('-') {
            break;
        }
        let alone = first.contains('=')
            || first.starts_with("--no")
            || (first.len() > 2 && !first.starts_with("--"))
            || tail.is_empty();
        // The value of an option never looks like a sub-command that changes something: a wrong guess reads less, not more.
        rest =
            if alone || first == "-n" && tail.first().is_some_and(|w| w.starts_with('-')) { tail } else { &tail[1..] };
    }
    rest.iter().map(String::as_str).collect()
}

fn destructive(name: &str, arguments: &[String]) -> Option<String> {
    if listed(&PROGRAMS.destructive, name) {
        return Some(format!("`{name}` destroys"));
    }
    if let Some(words) = PROGRAMS.destructive_words.get(name)
        && let Some(word) = arguments.iter().find(|a| words.contains(a) && !arguments.iter().any(|x| x == "--dry-run"))
    {
        return Some(format!("`{name} {word}` destroys"));
    }
    match name {
        "dd" if arguments.iter().any(|a| a.starts_with("of=/dev/")) => Some("`dd` writes over a device".into()),
        "kill" | "pkill" | "killall"
            if arguments.iter().zip(arguments.iter().skip(1)).any(|(a, b)| a == "-s" && b.ends_with("KILL")) =>
        {
            Some(format!("`{name}` kills without a chance to tidy up"))
        }
        "aws" => {
            let operation = aws(arguments)?;
            PROGRAMS
                .aws_destructive
                .iter()
                .any(|d| operation == d || (d.ends_with('-') && operation.starts_with(d.as_str())))
                .then(|| format!("`aws … {operation}` destroys"))
        }
        _ => None,
    }
}

/// The statements given to a database client on its command line.
pub(super) fn statements(name: &str, arguments: &[String]) -> Option<String> {
    let flags = PROGRAMS.sql_clients.get(name)?;
    let mut found = Vec::new();
    for (i, argument) in arguments.iter().enumerate() {
        for flag in flags.iter().filter(|f| !matches!(f.as_str(), "-f" | "--file" | "-l" | "--list" | "@" | "-i")) {
            if argument == flag {
                found.extend(arguments.get(i + 1).cloned());
            } else if let Some(value) = argument.strip_prefix(&format!("{flag}=")) {
                found.push(value.to_owned());
            } else if flag.len() == 2 && argument.len() > 2 && !argument.starts_with("--") {
                // `-Ne "SHOW …"`, `-e"SHOW …"`.
                if argument.ends_with(&flag[1..]) && argument[1..].chars().all(char::is_alphabetic) {
                    found.extend(arguments.get(i + 1).cloned());
                } else if let Some(value) = argument.strip_prefix(flag.as_str()) {
                    found.push(value.to_owned());
                }
            }
        }
    }
    (!found.is_empty()).then(|| found.join(";\n"))
}

fn of_client(name: &str, command: &Simple, arguments: &[String]) -> Judged {
    if let Some(text) = statements(name, arguments).or_else(|| command.input.clone()) {
        return sql::effect(&text);
    }
    if arguments.iter().any(|a| a == "-l" || a == "--list" || a == "--version" || a == "-V") {
        return (Effect::Read, format!("`{name}` only lists"));
    }
    (Effect::Write, format!("what `{name}` is given is not in the text"))
}

/// Whether a command is `ssh` to a host without a command of its own, hence a shell there.
pub(super) fn remote_words(arguments: &[String]) -> &[String] {
    let mut i = 0;
    while let Some(word) = arguments.get(i) {
        if !word.starts_with('-') {
            break;
        }
        let with_value = word.len() == 2
            && matches!(
                &word[1..],
                "i" | "p" | "l" | "o" | "J" | "F" | "L" | "R" | "D" | "b" | "c" | "E" | "e" | "m" | "S" | "W" | "w"
            );
        i += if with_value { 2 } else { 1 };
    }
    arguments.get(i + 1..).unwrap_or(&[])
}

fn of_remote(command: &Simple, arguments: &[String], depth: usize) -> Judged {
    let words = remote_words(arguments);
    let text = if words.is_empty() { command.input.clone() } else { Some(words.join(" ")) };
    match text {
        Some(text) => judge(&shell::scan(&text), depth - 1),
        None => (Effect::Write, "opens a shell elsewhere".into()),
    }
}

/// The programs a script starts: first words only, without what the shell or the script itself defines.
#[must_use]
pub fn programs(script: &Script) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for command in script.commands.iter().filter(|c| !super::terminal::asks_where(c)) {
        let inner = unwrapped(&command.words);
        for word in [command.words.first(), inner.first()].into_iter().flatten() {
            let plain =
                word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'.' | b'_' | b'-' | b'+' | b'~'));
            if plain
                && !word.is_empty()
                && !PROGRAMS.is_builtin(word)
                && !script.functions.contains(word)
                && !found.contains(word)
            {
                found.push(word.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(text: &str) -> Effect {
        of_script(&shell::scan(text)).0
    }

    #[test]
    fn effects() {
        use Effect::{Destructive, Read, Write};
        for (text, want) in [
            ("mysqladmin -h db1 ping", Read),
            ("mysql -h db1 -e \"SHOW SLAVE STATUS\\G\" | grep Seconds", Read),
            ("mysql -Ne 'SELECT @@hostname, @@read_only'", Read),
            ("for r in a b; do mysql -h $r -e 'SHOW MASTER STATUS'; done", Read),
            ("mysql -e 'STOP SLAVE'", Write),
            ("mysql -h a << EOF\nSTOP SLAVE;\nRESET MASTER;\nEOF", Destructive),
            ("mysql < dump.sql", Write),
            ("ping -c 3 db1 > /tmp/x", Write),
            ("ping -c 3 db1 2>/dev/null", Read),
            ("aws rds describe-db-instances --query 'x'", Read),
            ("aws --region eu-west-1 rds reboot-db-instance", Write),
            ("aws ec2 terminate-instances --instance-ids i", Destructive),
            ("kubectl -n prod get pods", Read),
            ("kubectl delete pod x", Destructive),
            ("kubectl rollout restart deploy/x", Write),
            ("systemctl status mariadb", Read),
            ("sudo systemctl restart mariadb", Write),
            ("sudo -u postgres psql -c 'select pg_is_in_recovery()'", Read),
            ("psql -c 'select pg_promote()'", Write),
            ("ip addr show | grep 10.0.0.1", Read),
            ("ip addr add 10.0.0.1/24 dev eth0", Write),
            ("curl -s http://x/health", Read),
            ("curl -X POST http://x", Write),
            ("rm -rf /var/lib/mysql", Destructive),
            ("dd if=/dev/zero of=/dev/sda", Destructive),
            ("kill -9 $(pidof mariadbd)", Destructive),
            ("echo $(reboot)", Write),
            ("ssh db1 'systemctl status x'", Read),
            ("ssh db1 \"systemctl stop x\"", Write),
            ("cat x | xargs rm -f", Destructive),
            ("X=1", Read),
            ("$CMD", Write),
            ("unknown-tool --list", Write),
            ("tail -100 /var/log/x | grep -i error", Read),
        ] {
            assert_eq!(effect(text), want, "{text}: {:?}", of_script(&shell::scan(text)));
        }
    }
}
