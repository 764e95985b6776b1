//! Prompts that a pasted terminal line begins with.

use super::phrases::{Rule, run};

/// Whose prompt it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PromptKind {
    /// `$ `, `$> `, `user@host:~$ `.
    Dollar,
    /// `# `, `[root@db1 ~]# `. A bare `# ` may as well be a comment: the caller decides.
    Root,
    /// `mysql> `.
    Mysql,
    /// `MariaDB [(none)]> `.
    MariaDb,
    /// `postgres=# `, `postgres=> `.
    Psql,
    /// `PS C:\> `.
    PowerShell,
    /// `> `, also the continuation of any of these.
    Continuation,
}

/// A prompt at the start of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prompt {
    /// Whose it is.
    pub kind: PromptKind,
    /// Bytes of the line that are prompt, indentation and the blank after it included.
    pub len: usize,
    /// Nothing but a mark (`$`, `#`, `>`, `$>`): it names no program and no host.
    pub bare: bool,
    /// A host's bare name (`db1# `) or `% `, which may as well be something else: the caller decides.
    pub guessed: bool,
}

/// The prompt that `line` surely begins with. Indentation before it is allowed.
#[must_use]
pub fn prompt(line: &str) -> Option<Prompt> {
    guess(line).filter(|found| !found.guessed)
}

/// The same, with those that only may be one.
#[must_use]
pub fn guess(line: &str) -> Option<Prompt> {
    let body = line.trim_start_matches([' ', '\t']);
    if !may_be(body) {
        return None;
    }
    let pair = run(Rule::prompt, body)?.next()?;
    let kind = match pair.as_rule() {
        Rule::dollar_prompt
        | Rule::user_dollar
        | Rule::shell_dollar
        | Rule::host_dollar
        | Rule::percent_prompt
        | Rule::theme_prompt => PromptKind::Dollar,
        Rule::root_prompt | Rule::user_root | Rule::shell_root | Rule::host_root => PromptKind::Root,
        Rule::mysql_prompt => PromptKind::Mysql,
        Rule::mariadb_prompt => PromptKind::MariaDb,
        Rule::psql_prompt => PromptKind::Psql,
        Rule::powershell_prompt => PromptKind::PowerShell,
        _ => PromptKind::Continuation,
    };
    let bare = matches!(pair.as_rule(), Rule::dollar_prompt | Rule::root_prompt | Rule::continuation_prompt);
    let guessed = matches!(pair.as_rule(), Rule::host_dollar | Rule::host_root | Rule::percent_prompt);
    Some(Prompt { kind, len: line.len() - body.len() + pair.as_span().end(), bare, guessed })
}

impl Prompt {
    /// The machine that the prompt of `line` names: `db1` in `root@db1:~# `, `[root@db1 ~]# ` and `db1# `.
    #[must_use]
    pub fn machine<'a>(&self, line: &'a str) -> Option<&'a str> {
        if self.bare || !matches!(self.kind, PromptKind::Dollar | PromptKind::Root) {
            return None;
        }
        let written = line[..self.len].trim().trim_end_matches('>').trim_end_matches(['$', '#']);
        let inner = written.trim_start_matches('[').trim_end_matches(']');
        let name = match inner.split_once('@') {
            Some((_, address)) => address,
            None if written.starts_with('[') || self.guessed => inner,
            None if written.starts_with("λ ") => written.trim_start_matches(['λ', ' ']),
            None => return None,
        };
        name.trim_start().split([':', ' ']).next().filter(|name| name.starts_with(|c: char| c.is_ascii_alphanumeric()))
    }
}

/// What every prompt has: a mark with a blank or nothing behind it, at the end of the first word unless the prompt is of
/// the kinds that hold blanks. Most commands have none.
fn may_be(line: &str) -> bool {
    if line.starts_with('λ') {
        return true;
    }
    let mark = |b: u8| matches!(b, b'$' | b'#' | b'>' | b'%');
    // To look at every byte is quicker than to stop at the first.
    if !line.bytes().fold(false, |any, b| any | mark(b)) {
        return false;
    }
    let marked = |text: &str| text.ends_with(['$', '#', '>', '%']);
    let first = line.split(' ').next().unwrap_or("");
    if marked(first) {
        return true;
    }
    let begins = |word: &str| line.get(..word.len()).is_some_and(|l| l.eq_ignore_ascii_case(word));
    // `db-1 /# `, `dba@db1 ~ $ `, `mysql @ node-1 ~ $ `.
    let placed = || {
        let named = first.starts_with(|c: char| c.is_ascii_alphabetic());
        named && line.split(' ').skip(1).take(4).any(|word| word.starts_with(['/', '~']))
    };
    (line.starts_with('[') || matches!(first, "PS" | "/" | "~") || begins("mariadb ") || placed())
        && line.split(' ').skip(1).any(marked)
}

/// Whether the line is a continuation of a prompted command (`    -> ` of MySQL, `postgres-# ` of PostgreSQL).
#[must_use]
pub fn is_continuation(line: &str) -> bool {
    let body = line.trim_start();
    body.starts_with("-> ")
        || body == "->"
        || prompt(line).is_some_and(|p| {
            p.kind == PromptKind::Continuation
                || (p.kind == PromptKind::Psql
                    && line[..p.len].trim_end().trim_end_matches(['#', '>']).ends_with(['-', '(', '\'']))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts() {
        use PromptKind::{Continuation, Dollar, MariaDb, Mysql, PowerShell, Psql, Root};
        let cases = [
            ("$ ls", Some((Dollar, "ls"))),
            ("  $ ls", Some((Dollar, "ls"))),
            ("$", Some((Dollar, ""))),
            ("# systemctl stop x", Some((Root, "systemctl stop x"))),
            ("user@host:~$ ls -l", Some((Dollar, "ls -l"))),
            ("root@db-1:/var/lib# ls", Some((Root, "ls"))),
            ("[root@db1 ~]# ls", Some((Root, "ls"))),
            ("[dba@db1 mysql]$ ls", Some((Dollar, "ls"))),
            ("mysql> SELECT 1;", Some((Mysql, "SELECT 1;"))),
            ("MariaDB [(none)]> SELECT 1;", Some((MariaDb, "SELECT 1;"))),
            ("postgres=# SELECT 1;", Some((Psql, "SELECT 1;"))),
            ("app_db=> SELECT 1;", Some((Psql, "SELECT 1;"))),
            ("postgres-# FROM t;", Some((Psql, "FROM t;"))),
            ("PS C:\\> Get-Item x", Some((PowerShell, "Get-Item x"))),
            ("> more", Some((Continuation, "more"))),
            ("$HOME/bin/x", None),
            ("#comment", None),
            ("sh-4.4# ls", Some((Root, "ls"))),
            ("bash-5.1$ ls", Some((Dollar, "ls"))),
            ("/ # ls", Some((Root, "ls"))),
            ("~ # ls", Some((Root, "ls"))),
            ("~ $ ls", Some((Dollar, "ls"))),
            ("dba@db1 ~ $ ls", Some((Dollar, "ls"))),
            ("root@db1 /etc # ls", Some((Root, "ls"))),
            ("mysql @ node-1 ~ $ ls", Some((Dollar, "ls"))),
            ("cat /etc/hosts # all", None),
            ("❯ reboot", None),
            ("λ db1 ~ → ls", Some((Dollar, "ls"))),
            ("λ is small", None),
            ("$> ls", Some((Dollar, "ls"))),
            ("#> ls", Some((Root, "ls"))),
            ("user@host:~$> ls", Some((Dollar, "ls"))),
            ("root@db1:~#> ls", Some((Root, "ls"))),
            ("$>", Some((Dollar, ""))),
            ("$>file ls", None),
            ("root@db1# ls", Some((Root, "ls"))),
            ("user@host$ ls", Some((Dollar, "ls"))),
            ("[db1 ~]$ ls", Some((Dollar, "ls"))),
            ("db1# ls", None),
            ("db1:# ls", None),
            ("% ls", None),
            ("/usr/bin/x # ls", None),
            ("ls > file", None),
            ("echo a # b", None),
            (">file", None),
            ("", None),
        ];
        for (line, expected) in cases {
            assert_eq!(prompt(line).map(|p| (p.kind, &line[p.len..])), expected, "{line}");
        }
        for (line, rest) in [("db1# ls", "ls"), ("ncn-m001$ ls", "ls"), ("% ls", "ls")] {
            assert_eq!(guess(line).filter(|p| p.guessed).map(|p| &line[p.len..]), Some(rest), "{line}");
        }
        let machines = [
            ("root@db-1:/var/lib# ls", Some("db-1")),
            ("[root@db1 ~]# ls", Some("db1")),
            ("[db1 ~]$ ls", Some("db1")),
            ("dba@db1.example.net$ ls", Some("db1.example.net")),
            ("db1# ls", Some("db1")),
            ("% ls", None),
            ("dba@db1:~$> ls", Some("db1")),
            ("$ ls", None),
            ("$> ls", None),
            ("sh-4.4# ls", None),
            ("/ # ls", None),
            ("mysql> SELECT 1;", None),
        ];
        for (line, machine) in machines {
            assert_eq!(guess(line).and_then(|p| p.machine(line)), machine, "{line}");
        }
        assert!(is_continuation("    -> FROM t"));
        assert!(is_continuation("postgres-# FROM t"));
        assert!(!is_continuation("postgres=# SELECT"));
    }
}
