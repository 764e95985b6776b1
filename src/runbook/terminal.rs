//! Commands that need a person at a terminal: they ask, they never end, or they open a session.

use super::effect::{called, inner_command, remote_words, started, statements, unwrapped};
use super::programs::{GoesOn, PROGRAMS, base};
use super::shell::{self, Script, Simple};

/// How deep `docker exec db docker exec …` is looked into.
const DEPTH: usize = 4;

/// Why a script needs a terminal or never ends, if it does.
#[must_use]
pub fn attended(script: &Script) -> Option<String> {
    script.commands.iter().find_map(|command| needs_terminal(command, DEPTH))
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
                let remote = remote_words(&words[1..]);
                (remote.is_empty() || is_shell(remote))
                    && !has_input(command)
                    && !words.iter().any(|w| w == "-N" || w == "-f" || w.starts_with("-fN") || w.starts_with("-Nf"))
            }
            "su" => su_opens(command, &words[1..]),
            "chroot" | "arch-chroot" => chroot_opens(command, &words[1..]),
            "nsenter" => words.len() > 1 && is_shell(&words[words.len() - 1..]),
            "sudo" => words.iter().skip(1).any(|w| matches!(w.as_str(), "-i" | "-s" | "su")),
            "kubectl" | "oc" | "docker" | "podman" => {
                words.iter().any(|w| matches!(w.as_str(), "-it" | "-ti"))
                    && words.last().is_some_and(|w| w.ends_with("sh"))
                    || (name == "oc"
                        && words.iter().any(|w| w == "rsh" || w == "debug")
                        && started(name, &words[1..]).is_none())
            }
            _ if PROGRAMS.transfers.contains(name) => opens_transfer(command, &words[1..]),
            _ => is_bare_client(name, command, &words[1..]),
        };
        opens.then(|| format!("what follows `{name}` belongs in the session it opens"))
    })
}

/// `sudo -i`, `bash`, `su -`: words that open a shell where they are run.
fn is_shell(words: &[String]) -> bool {
    let [name, rest @ ..] = words else { return false };
    match base(name) {
        "sudo" => rest.iter().any(|word| matches!(word.as_str(), "-i" | "-s" | "su")),
        "su" => rest.len() < 2,
        name => PROGRAMS.is_shell(name) && rest.iter().all(|word| matches!(word.as_str(), "-l" | "--login" | "-i")),
    }
}

/// The program by which a script opens a shell elsewhere, or as somebody else, for what comes after it; and how many shells it opens.
#[must_use]
pub fn opens_shell(script: &Script) -> Option<(String, usize)> {
    let mut again = script.clone();
    again.commands.retain(|command| {
        let name = unwrapped(&command.words).first().map_or("", |word| base(word));
        !(PROGRAMS.sql_clients.contains_key(name) || PROGRAMS.store_clients.contains_key(name))
    });
    // Something behind it: what follows is what is asked about.
    again.commands.push(Simple::default());
    leaves_the_shell(&again)?;
    let opens = |command: &&Simple| {
        let one = Script { commands: vec![(*command).clone(), Simple::default()], ..Script::default() };
        leaves_the_shell(&one).is_some()
    };
    let mut opening = again.commands.iter().filter(opens);
    let command = opening.next()?;
    Some((base(unwrapped(&command.words).first()?).to_owned(), 1 + opening.count()))
}

/// The client by whose session a script ends: what is typed there is in words of its own, and a shell command is not.
#[must_use]
pub fn opens_client(script: &Script) -> Option<String> {
    let command = script.commands.last()?;
    let words = unwrapped(&command.words);
    let inner = started(base(words.first()?), &words[1..]).map_or(words, |started| started.inner);
    let name = base(inner.first()?);
    let opens = is_bare_client(name, command, &inner[1..]) || name == "telnet" && !has_input(command);
    opens.then(|| name.to_owned())
}

/// Whether a script may be what is typed in a client's session: words that no shell knows, or that the client knows too.
#[must_use]
pub fn may_be_typed_in(client: &str, script: &Script) -> bool {
    let words = PROGRAMS.session_words.get(client);
    let first = || script.commands.iter().filter_map(|command| command.words.first());
    let theirs = |word: &String| words.is_some_and(|words| words.contains(word));
    first().any(|word| !is_known(word, script)) || first().all(theirs)
}

/// Whether a word at a command's beginning names a program that people run, or that is run by its path.
pub(super) fn is_known(word: &str, script: &Script) -> bool {
    PROGRAMS.is_program(word)
        || PROGRAMS.is_builtin(word)
        || script.functions.iter().any(|f| f == word)
        || word.starts_with("./")
        || runs_path(word)
        || word.ends_with("sh") && PROGRAMS.shells.contains(base(word))
}

/// Whether a path is one that is run: not a device, not the `/` of a division.
fn runs_path(word: &str) -> bool {
    let Some(rest) = word.strip_prefix("~/").or_else(|| word.strip_prefix('/')) else { return false };
    let named = rest.starts_with(|c: char| c.is_alphabetic() || matches!(c, '.' | '_' | '$' | '{' | '<'));
    let stored = ["dev/", "proc/", "sys/"].iter().any(|tree| word.starts_with('/') && rest.starts_with(tree));
    named && !stored && !rest.ends_with(['/', ':', ',', ')'])
}

/// Whether a client for files asks what to do: it is given no commands, and nothing to copy.
fn opens_transfer(command: &Simple, arguments: &[String]) -> bool {
    let given =
        arguments.iter().any(|a| matches!(a.as_str(), "-b" | "-c" | "-e" | "-f" | "-V" | "--version" | "--help"));
    // `sftp db1:/srv/file .`
    let from = arguments.iter().position(|a| !a.starts_with('-') && a.contains(':'));
    let copies = from.is_some_and(|at| arguments[at + 1..].iter().any(|a| !a.starts_with('-')));
    !(has_input(command) || given || copies)
}

fn has_input(command: &Simple) -> bool {
    command.input.is_some() || command.redirected_input || command.piped
}

fn is_bare_client(name: &str, command: &Simple, arguments: &[String]) -> bool {
    if let Some(values) = PROGRAMS.store_clients.get(name) {
        return !(has_input(command) || command.in_function) && values.are_all(arguments);
    }
    let Some(flags) = PROGRAMS.sql_clients.get(name) else { return false };
    let harmless = arguments.iter().any(|a| a == "--version" || a == "-V" || a == "--help");
    let given = arguments.iter().any(|a| {
        flags.iter().any(|f| {
            a == f || (f.starts_with("--") && a.starts_with(&format!("{f}="))) || (f == "@" && a.starts_with('@'))
        })
    });
    !(has_input(command) || command.in_function || harmless || given || statements(name, arguments).is_some())
}

/// `read -u 3` and `read x < f` ask nobody.
fn reads_elsewhere(command: &Simple, arguments: &[String]) -> bool {
    has_input(command) || arguments.iter().any(|a| a.starts_with("-u"))
}

/// `command -v psql` runs nothing.
pub(super) fn asks_where(command: &Simple) -> bool {
    command.words.first().is_some_and(|w| w == "command")
        && command.words.get(1).is_some_and(|w| w.starts_with("-v") || w.starts_with("-V"))
}

/// `su` without a command or a script opens a shell.
fn su_opens(command: &Simple, arguments: &[String]) -> bool {
    let is_command = |a: &String| {
        a == "--command" || a.starts_with("--command=") || a.starts_with('-') && !a.starts_with("--") && a.contains('c')
    };
    !has_input(command) && !arguments.iter().any(is_command)
}

/// `chroot /mnt` without a command, or with a shell: what comes next is typed in there.
fn chroot_opens(command: &Simple, arguments: &[String]) -> bool {
    let mut operands = arguments.iter().filter(|word| !word.starts_with('-'));
    let typed = operands.nth(1).is_none_or(|word| PROGRAMS.is_shell(word) && operands.next().is_none());
    typed && !has_input(command)
}

/// Words that stand for the editor that a person chose.
fn is_editor(word: &str) -> bool {
    let name = word.strip_prefix('$').map(|n| n.strip_prefix('{').and_then(|n| n.strip_suffix('}')).unwrap_or(n));
    matches!(name, Some("EDITOR" | "VISUAL"))
}

/// Why a command never ends, if it does not; `depth` is how far it is looked into.
fn never_ends(command: &Simple, depth: usize) -> Option<String> {
    if depth == 0 {
        return None;
    }
    let words = unwrapped(&command.words);
    let name = base(words.first()?);
    let arguments = &words[1..];
    // `timeout 60 tail -f x` ends.
    let wrappers = &command.words[..command.words.len() - words.len()];
    if wrappers.iter().any(|w| base(w) == "timeout") {
        return None;
    }
    if name == "ssh" {
        let script = shell::scan(&remote_words(arguments).join(" "));
        return script.commands.iter().find_map(|c| never_ends(c, depth - 1));
    }
    let inner = started(name, arguments);
    if let Some(why) = inner.and_then(|s| never_ends(&inner_command(command, s.inner), depth - 1)) {
        return Some(why);
    }
    let own = inner.map_or(arguments, |s| s.own);
    if PROGRAMS.log_followers.contains(name)
        && own.iter().any(|a| a == "logs")
        && own.iter().any(|a| a == "-f" || a == "--follow")
    {
        return Some(format!("`{name} logs -f` never ends"));
    }
    let endless = PROGRAMS.endless.get(name)?;
    match (endless.with(own)?, endless.end()) {
        (GoesOn::By(at), _) => Some(format!("`{}` never ends", called(name, own, at))),
        (GoesOn::Always, Some(flag)) => Some(format!("`{name}` without `{flag}` never ends")),
        (GoesOn::Always, None) => Some(format!("`{name}` never ends")),
    }
}

/// Whether a command that is started elsewhere is given the operator's input, and why it then needs it.
fn needs_terminal_inside(command: &Simple, name: &str, arguments: &[String], depth: usize) -> Option<String> {
    let started = started(name, arguments)?;
    let has = |flags: &[&str]| started.own.iter().any(|a| flags.contains(&a.as_str()));
    let given = started.terminal && !has(&["-T", "--no-TTY"]) || has(&["-i", "--interactive", "--stdin"]);
    if given { needs_terminal(&inner_command(command, started.inner), depth - 1) } else { None }
}

fn needs_terminal(command: &Simple, depth: usize) -> Option<String> {
    if depth == 0 {
        return None;
    }
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
    if PROGRAMS.interactive.contains(name) || is_editor(name) {
        return Some(format!("`{name}` needs a terminal"));
    }
    let own = started(name, arguments).map_or(arguments, |s| s.own);
    if let Some(list) = PROGRAMS.interactive_words.get(name)
        && let Some(word) = own.iter().find(|a| list.contains(a))
        && !(name == "read" && reads_elsewhere(command, arguments))
    {
        return Some(format!("`{name} {word}` needs a terminal"));
    }
    if name == "read" && !reads_elsewhere(command, arguments) {
        return Some(format!("`{name}` needs a terminal"));
    }
    if let Some(sessions) = PROGRAMS.sessions.get(name)
        && own.len() == arguments.len()
        && sessions.with(arguments)
        && let Some(word) = sessions.word(arguments)
    {
        return Some(format!("`{name} {word}` needs a terminal"));
    }
    if let Some(why) = never_ends(command, depth).or_else(|| needs_terminal_inside(command, name, arguments, depth)) {
        return Some(why);
    }
    if !has_input(command) && PROGRAMS.asks.get(name).is_some_and(|asks| asks.with(arguments)) {
        return Some(format!("`{name}` asks before it does it"));
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
        "su" if su_opens(command, arguments) => Some("`su` opens a shell".into()),
        "ssh" if is_shell(remote_words(arguments)) && !has_input(command) => {
            Some("`ssh` opens a shell elsewhere".into())
        }
        "nsenter" if arguments.last().is_some_and(|last| is_shell(std::slice::from_ref(last))) => {
            Some("`nsenter` opens a shell".into())
        }
        "chroot" | "arch-chroot" if chroot_opens(command, arguments) => Some("`chroot` opens a shell".into()),
        _ if PROGRAMS.transfers.contains(name) && opens_transfer(command, arguments) => {
            Some(format!("`{name}` opens a session"))
        }
        "docker" | "docker-compose" | "kubectl" | "podman" | "oc"
            if own.iter().any(|a| a == "exec" || a == "run")
                && own.iter().any(|a| matches!(a.as_str(), "-i" | "--stdin" | "--interactive"))
                && own.iter().any(|a| matches!(a.as_str(), "-t" | "--tty")) =>
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

    /// Need the terminal.
    const ATTENDED: &[&str] = &[
        "ssh db1",
        "chroot /mnt",
        "chroot /mnt /bin/bash",
        "ssh -t db1 sudo -i",
        "nsenter -t 1 -m -u -n -i sh",
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
        "read -rs password",
        "read answer",
        "docker stats",
        "kubectl get pods -w",
        "kubectl -n prod get pods -l app=db --watch",
        "oc get pods -w",
        "journalctl -fu patroni",
        "journalctl -xef",
        "vmstat 5",
        "iostat -x 5",
        "redis-cli -h r1 MONITOR",
        "redis-cli subscribe x",
        "tcpdump -i eth0 port 3306",
        "stern db",
        "consul monitor",
        "nomad monitor -node-id x",
        "knife node edit db1",
        "$EDITOR /etc/my.cnf",
        "sudo -u postgres ${EDITOR} /etc/x",
        "kubectl exec -it db-0 -- psql -c x",
        "kubectl exec --stdin --tty db-0 -- sh",
        "kubectl exec db-0 -- tail -f /var/log/x",
        "docker exec db redis-cli monitor",
        "docker exec -i db mysql app",
        "docker-compose exec db psql -U app",
        "docker compose exec db psql",
        "ssh db1 'tail -f /var/log/x'",
        "ssh db1 journalctl -f",
        "aws logs tail /x --follow",
        "su - postgres",
        "sudo su -",
        "gcloud compute ssh db1",
        "bosh -d x ssh db/0",
        "vagrant ssh db1",
        "oc rsh db-0",
        "lftp files.example.org",
        "redis-cli",
        "redis-cli -h r1 -p 6380 -a secret --no-auth-warning",
        "kubectl exec -it db-0 -- redis-cli",
    ];

    /// Run by themselves.
    const ALONE: &[&str] = &[
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
        "read -r x < f",
        "echo 1 | read x",
        "read -u 3 x",
        "confirm() { read -p 'go? ' x; }",
        "docker stats --no-stream",
        "kubectl rollout status deploy/x -w",
        "kubectl exec db-0 -- grep -w x f",
        "kubectl exec db-0 -- grep --follow x f",
        "journalctl -uf",
        "journalctl -u f --no-pager",
        "vmstat",
        "vmstat 1 5",
        "iostat -x 5 2",
        "mpstat -P 0",
        "redis-cli info",
        "tcpdump -c 100 -i eth0",
        "tcpdump -nnc100",
        "timeout 60 tcpdump -i eth0",
        "timeout 5 tail -f x",
        "tail -n 100 x",
        "echo $EDITOR",
        "docker exec db mysql",
        "docker-compose exec -T db psql",
        "docker-compose exec db psql -c 'select 1'",
        "docker exec -i db mysql < x.sql",
        "su - postgres -c 'psql -l'",
        "sudo su postgres --command='psql -l'",
        "su -lc 'psql -l' postgres",
        "su - postgres <<EOF\npsql -l\nEOF",
        "gcloud compute ssh db1 --command \"uptime\"",
        "gcloud compute ssh db1 --command=uptime",
        "gcloud compute ssh db1 --zone z -- uptime",
        "bosh -d x ssh db/0 -c uptime",
        "vagrant ssh db1 -c uptime",
        "oc rsh db-0 uptime",
        "tsh ssh db1 uptime",
        "lftp -c 'get x' files.example.org",
        "redis-cli -h r1 ping",
        "redis-cli --bigkeys",
        "redis-cli < commands",
        "echo ping | redis-cli",
    ];

    #[test]
    fn what_needs_a_terminal() {
        for yes in ATTENDED {
            assert!(attended(&shell::scan(yes)).is_some(), "{yes}");
        }
        for no in ALONE {
            assert_eq!(attended(&shell::scan(no)), None, "{no}");
        }
        assert!(leaves_the_shell(&shell::scan("ssh root@db1\n/usr/local/bin/restore.sh")).is_some());
        assert!(leaves_the_shell(&shell::scan("ssh root@db1 uptime\nls")).is_none());
        assert!(leaves_the_shell(&shell::scan("su - postgres\npsql -l")).is_some());
        for leaves in ["sftp db1\nput x", "ftp -n db1\nmkdir x", "redis-cli -h r1\nflushall"] {
            assert!(leaves_the_shell(&shell::scan(leaves)).is_some(), "{leaves}");
        }
        for stays in ["sftp db1:/srv/x .\nls", "sftp -b batch db1\nls", "ftp db1 <<EOF\nput x\nEOF\nls"] {
            assert_eq!(leaves_the_shell(&shell::scan(stays)), None, "{stays}");
        }
        for stays in ["su - postgres --command='psql -l'\nls", "oc rsh db-0 uptime\nls"] {
            assert_eq!(leaves_the_shell(&shell::scan(stays)), None, "{stays}");
        }
    }

    #[test]
    fn sessions_have_words_of_their_own() {
        let opened = |text: &str| opens_client(&shell::scan(text));
        for (text, client) in
            [("mysql -u root -p", "mysql"), ("docker exec -it c redis-cli", "redis-cli"), ("telnet r1 11211", "telnet")]
        {
            assert_eq!(opened(text).as_deref(), Some(client), "{text}");
        }
        for text in ["mysql -e x", "ssh db1", "redis-cli ping", "mysql\nuptime"] {
            assert_eq!(opened(text), None, "{text}");
        }
        for (client, text) in [
            ("mysql", "use app\nshow tables"),
            ("mysql", "source /tmp/dump.sql"),
            ("redis-cli", "flushall"),
            ("redis-cli", "shutdown"),
            ("telnet", "stats"),
        ] {
            assert!(may_be_typed_in(client, &shell::scan(text)), "{client} {text}");
        }
        for (client, text) in
            [("mysql", "systemctl restart app"), ("redis-cli", "sudo ./bin/drain --now"), ("telnet", "uptime")]
        {
            assert!(!may_be_typed_in(client, &shell::scan(text)), "{client} {text}");
        }
    }

    #[test]
    fn what_never_ends_is_named() {
        for (text, why) in [
            ("kubectl -n x get pods -w", "`kubectl get -w` never ends"),
            ("sudo journalctl -fu db", "`journalctl -fu` never ends"),
            ("vmstat 5", "`vmstat 5` never ends"),
            ("tcpdump -i eth0", "`tcpdump` without `-c` never ends"),
            ("kubectl exec p -- docker stats", "`docker stats` never ends"),
        ] {
            assert_eq!(attended(&shell::scan(text)).as_deref(), Some(why), "{text}");
        }
    }
}
