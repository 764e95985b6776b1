//! Whether a fence is to be run: by its language, the sentence before it, its prompts and its content. Doubt never runs.

mod evidence;
mod labelled;
mod ordered;
mod prompted;

pub(super) use ordered::{Asked, ordered};
pub(super) use prompted::of_machine;

use super::doubts;
use super::leads::Lead;
use super::model::{Interpreter, Reading};
use super::places;
use super::programs::PROGRAMS;
use super::shell::Script;
use super::sql;
use super::terminal;
use super::text::Text;
use crate::source::lines;
use labelled::classify;

/// What is known about a fence besides its text.
#[derive(Debug, Clone, Default)]
pub(super) struct Setting {
    /// The first word of the info string, in lower case.
    pub language: String,
    /// What the sentence before it says.
    pub lead: Lead,
    /// The author wrote attributes: it is meant for the engine.
    pub declared: bool,
    /// `aws=` or `http=`: who carries it out.
    pub action: Option<Interpreter>,
    /// Its closing fence is there.
    pub closed: bool,
}

impl Setting {
    /// Whether the sentence above may be all that says that it holds commands.
    pub(super) fn may_be_ordered(&self) -> bool {
        let bare = self.language.is_empty() || PROGRAMS.consoles.contains(self.language.as_str());
        bare && matches!(self.lead, Lead::None | Lead::Run)
    }
}

/// How a fence was read.
#[derive(Debug)]
pub(super) struct Verdict {
    pub reading: Reading,
    pub why: String,
    /// What is to be run, one per interpreter.
    pub parts: Vec<Part>,
}

/// One piece to run.
#[derive(Debug)]
pub(super) struct Part {
    pub text: Text,
    pub interpreter: Interpreter,
    pub sample: Option<String>,
}

impl Part {
    /// No text at all.
    pub(super) fn nothing() -> Self {
        Self { text: Text::from_source("", 0), interpreter: Interpreter::Shell, sample: None }
    }
}

impl Verdict {
    fn new(reading: Reading, why: impl Into<String>) -> Self {
        Self { reading, why: why.into(), parts: Vec::new() }
    }

    fn of(reading: Reading, why: impl Into<String>, text: &Text, interpreter: Interpreter) -> Self {
        let part = Part { text: text.clone(), interpreter, sample: None };
        Self { reading, why: why.into(), parts: vec![part] }
    }

    fn unless_shown(mut self) -> Self {
        if self.reading == Reading::Show {
            self.parts.clear();
        }
        self
    }
}

/// Reads a fence.
pub(super) fn read(text: &Text, setting: &Setting) -> Verdict {
    let mut verdict = classify(text, setting);
    if !setting.closed && matches!(verdict.reading, Reading::Run | Reading::Attended) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = "the fence is never closed: where the command ends is unknown".into();
    }
    if matches!(verdict.reading, Reading::Run | Reading::Attended) && verdict.parts.iter().any(leaves_out) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = LEFT_OUT.into();
    }
    let optional = |part: &Part| matches!(part.interpreter, Interpreter::Shell) && part.text.script().optional;
    if matches!(verdict.reading, Reading::Run | Reading::Attended) && verdict.parts.iter().any(optional) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = OPTIONAL.into();
    }
    let several = |part: &Part| matches!(part.interpreter, Interpreter::Shell) && names_several(&part.text.raw);
    if matches!(verdict.reading, Reading::Run | Reading::Attended) && verdict.parts.iter().any(several) {
        verdict.reading = Reading::Ambiguous;
        verdict.why = ONE_OF.into();
    }
    if !setting.declared
        && matches!(verdict.reading, Reading::Run | Reading::Attended)
        && let Some(why) = verdict.parts.iter().find_map(commented)
    {
        verdict.reading = Reading::Ambiguous;
        verdict.why = why;
    }
    verdict
}

/// Why a template is not run as it stands.
pub(super) const LEFT_OUT: &str = "`...` stands for something that is to be filled in";

/// Why a usage line is not run as it stands.
pub(super) const OPTIONAL: &str = "what stands in brackets may be left out: write what is meant";

/// Why `deploy staging|production` is not run as it stands: to a shell the second word is a program.
const ONE_OF: &str = "words with `|` between them stand for one of them: write the one that is meant";

/// `NODE_ENV=development|production`, `deploy staging|production`. `ps|grep x` is a pipe.
fn names_several(raw: &str) -> bool {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let one_of = |token: &str| {
        let (_, values) = token.split_once('=').unwrap_or(("", token));
        let program = |word: &str| PROGRAMS.is_program(word) || PROGRAMS.is_builtin(word);
        values.contains('|') && values.split('|').all(word) && !values.split('|').skip(1).any(program)
    };
    let line = |line: &str| !line.contains(['\'', '"', '`']) && line.split_whitespace().any(one_of);
    raw.contains('|') && raw.lines().any(line)
}

/// Whether a piece is a template: `run ... app`, `/srv/.../x`.
fn leaves_out(part: &Part) -> bool {
    match part.interpreter {
        Interpreter::Shell => part.text.script().left_out,
        Interpreter::Sql => sql::leaves_out(&part.text.raw),
        Interpreter::Program(_) | Interpreter::Aws(_) | Interpreter::Http(_) | Interpreter::Runbook => false,
    }
}

/// Why a comment says that what stands below it, or before it on its line, is not always to be run.
pub(super) fn commented(part: &Part) -> Option<String> {
    match part.interpreter {
        Interpreter::Shell => {
            if let Some(said) = behind_arrow(&part.text.raw) {
                return Some(format!("an arrow points from words to a command: \u{201c}{said}\u{201d}"));
            }
            let script = part.text.script();
            if script.remarked {
                return Some(REMARKED.to_owned());
            }
            // Where what stands below each comment ends: at the next one that is not part of it.
            let mut ends = vec![usize::MAX; script.comments.len()];
            for i in (1..ends.len()).rev() {
                let next = script.comments[i].0;
                ends[i - 1] = if script.comments[i - 1].0 + 1 < next { next } else { ends[i] };
            }
            let above = script.comments.iter().enumerate().find_map(|(i, (line, comment))| {
                // A comment of several lines is one, and "if" may stand anywhere in it.
                let before = i.checked_sub(1).map(|before| &script.comments[before]);
                let goes_on = before.is_some_and(|(at, said)| at + 1 == *line && !said.ends_with(['.', ':', '!', '?']));
                // Commands stand in the order of their lines.
                let next = script.commands.partition_point(|command| command.line < *line);
                let runs = script.commands.get(next).is_some_and(|command| command.line < ends[i]);
                if goes_on || !runs { None } else { doubts::comment_doubts(comment) }
            });
            above.or_else(|| script.remarks.iter().find_map(|remark| doubts::remark_doubts(remark)))
        }
        Interpreter::Sql => {
            let (mut why, mut goes_on) = (None, false);
            for line in lines(&part.text.raw).map(str::trim).filter(|line| !line.is_empty()) {
                match line.strip_prefix("--") {
                    Some(comment) if !goes_on => {
                        why = doubts::comment_doubts(comment.trim_start_matches('-'));
                        goes_on = !comment.ends_with(['.', ':', '!', '?']);
                    }
                    Some(_) => {}
                    None if why.is_some() => return why,
                    // "DROP TABLE x; -- only on the primary"
                    None => {
                        let remark = line.split_once("; --").or_else(|| line.split_once(";--"));
                        if let Some(why) = remark.and_then(|(_, remark)| doubts::remark_doubts(remark)) {
                            return Some(why);
                        }
                        goes_on = false;
                    }
                }
            }
            None
        }
        Interpreter::Program(_) | Interpreter::Aws(_) | Interpreter::Http(_) | Interpreter::Runbook => None,
    }
}

/// `systemctl stop mariadb   <- on the old primary`: to a shell a file to read from, to people a remark. `<<-` begins a document.
fn behind_arrow(text: &str) -> Option<&str> {
    let arrow = |line: &'_ str| memchr::memmem::find(line.as_bytes(), b"<-").map(|at| (at, at + 2));
    if text.is_ascii() && arrow(text).is_none() {
        return None;
    }
    let remark = |line| {
        let (start, end) = arrow(line).or_else(|| str::find(line, '←').map(|at| (at, at + '←'.len_utf8())))?;
        let said = str::trim_start_matches(&line[end..], '-');
        let apart = line[..start].ends_with([' ', '\t']) && said.starts_with([' ', '\t']);
        Some(said.trim()).filter(|said| apart && !said.is_empty())
    };
    lines(text).find_map(remark)
}

/// Whether all that would run says itself where it goes: `ssh db2 …`, `psql -h db2`, `kubectl`. `why` is what would be said otherwise.
pub(super) fn reaches(why: &str, verdict: &Verdict) -> bool {
    verdict.parts.iter().all(|part| places::goes_there(why, part.text.script()))
}

/// Why a remark that no `#` begins is asked about.
pub(super) const REMARKED: &str = "behind a command stands a remark that a shell would take for part of it";

const OF_A_FILE: &str = "introduced as the content of a file";

fn introduced(lead: Lead) -> Option<&'static str> {
    match lead {
        Lead::Output => Some("introduced as output"),
        Lead::File => Some(OF_A_FILE),
        Lead::Query => Some("introduced as a query for another program"),
        Lead::None | Lead::Run | Lead::Edited | Lead::Set | Lead::OfFile => None,
    }
}

/// Why a shell script must not be run just like that.
fn doubt(script: &Script) -> Option<String> {
    if let Some(why) = terminal::leaves_the_shell(script) {
        return Some(why);
    }
    (!script.complete).then(|| "a quote, here-document or block is not closed".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn reading(language: &str, lead: Lead, text: &str) -> Verdict {
        let setting = Setting { language: language.into(), lead, closed: true, ..Setting::default() };
        read(&Text::piece(text, Span::new(0, text.len())), &setting)
    }

    #[test]
    fn readings() {
        use Reading::{Ambiguous, Attended, Manual, Run, Show};
        for (language, lead, text, want) in [
            ("bash", Lead::None, "systemctl stop mariadb", Run),
            ("bash", Lead::None, "our-own-tool --now", Run),
            ("bash", Lead::None, "# Commande", Manual),
            ("bash", Lead::None, "# only\n# words", Manual),
            ("bash", Lead::Output, "bound to 10.0.0.1\nWARNING: no lease", Show),
            ("bash", Lead::None, "tail -f /var/log/x", Attended),
            ("bash", Lead::None, "ssh root@db1\n/usr/local/bin/restore.sh", Ambiguous),
            ("bash", Lead::None, "kubectl get pods\nNAME   READY   STATUS\nweb-1  1/1   Running", Ambiguous),
            ("bash", Lead::None, "SHOW SLAVE STATUS;", Ambiguous),
            ("bash", Lead::None, "echo 'never closed", Ambiguous),
            ("bash", Lead::None, "# Option 1\nsystemctl restart a\n# Option 2\nservice a restart", Ambiguous),
            ("bash", Lead::None, "systemctl restart a\n# OR\nservice a restart", Ambiguous),
            ("bash", Lead::None, "etcdctl endpoint health\n# If etcd is down:\nsystemctl restart etcd", Ambiguous),
            ("bash", Lead::None, "# Si le service est arrêté\nsystemctl start a", Ambiguous),
            ("bash", Lead::None, "systemctl restart a  # only if needed", Ambiguous),
            ("bash", Lead::None, "uptime\n# If the load is high, see below", Run),
            ("bash", Lead::None, "# Restart it. This may fail\n# if the node is down.\nsystemctl restart a", Run),
            ("bash", Lead::None, "systemctl restart a  # e.g. mariadb (or any other)", Run),
            ("sql", Lead::None, "SELECT 1;\n-- If it hangs:\nKILL 5;", Ambiguous),
            ("sql", Lead::None, "SELECT 1;\n-- If it hangs, see below", Run),
            ("bash", Lead::None, "runbooks/\n├── README.md\n└── incidents/", Ambiguous),
            ("console", Lead::None, "$ ls\nfile\n$ pwd", Run),
            ("console", Lead::None, "oc logs $POD -c x", Run),
            ("console", Lead::None, "1 drain_controller.go:173] node xxx: initiating drain", Show),
            ("console", Lead::None, "Failed calling webhook, failing open vault", Show),
            ("sql", Lead::None, "SHOW TABLES;", Run),
            ("sql", Lead::None, "ERROR 1030 (HY000): Got error 168\nCHECK TABLE orders;", Ambiguous),
            ("python", Lead::None, "print(1)", Show),
            ("python", Lead::Run, "print(1)", Run),
            ("yaml", Lead::Run, "a: b", Show),
            ("", Lead::None, "could not read block 7 in file \"base/1\": read only 0", Show),
            ("", Lead::None, "systemctl status mariadb", Run),
            ("", Lead::None, "db=# select 1;\n ?column?\n----\n 1", Run),
            ("", Lead::None, " (439,226) |  99878\nserver closed the connection", Show),
            ("", Lead::None, "RTO = maximum downtime", Show),
            ("", Lead::None, "┌───┐\n│ a │\n└───┘", Show),
            ("promql", Lead::None, "up == 0", Show),
            ("text", Lead::None, "kubectl get pods", Ambiguous),
            ("", Lead::File, "[mysqld]\nread_only = 1", Show),
            ("", Lead::None, "sum(rate(http_requests_total[5m])) by (code)", Show),
            ("", Lead::None, "kubectl get pods\nweb-0   1/1     Running   0          3d", Ambiguous),
            ("console", Lead::None, "kubectl get pods\nweb-0 1/1 Running 0 3d", Ambiguous),
            ("", Lead::None, "df -h\n/dev/sda1 100G 50G 50% /", Ambiguous),
            ("", Lead::None, "patronictl list\nnode1 leader running\nnode2 replica running", Ambiguous),
            ("", Lead::None, "systemctl status app\napp is running", Ambiguous),
            ("", Lead::None, "ls /srv\napp  data  logs", Ambiguous),
            ("", Lead::None, "cd /srv\n./deploy --now\n/opt/app/bin/start\nrestore.sh all", Run),
            ("", Lead::None, "again() { kubectl get pods; }\nagain", Run),
            ("bash", Lead::None, "kubectl get pods\nweb-0   1/1     Running   0          3d", Ambiguous),
            ("bash", Lead::None, "ls /srv\n\napp  data  logs", Ambiguous),
            ("bash", Lead::None, "df -h\n/dev/sda1 100G 50G 50% /", Ambiguous),
            (
                "bash",
                Lead::None,
                "cd /srv\nour-own-tool --now  # twice\nour-tool \\\n  --all   yes\necho 'a\nb   c'",
                Run,
            ),
            ("bash", Lead::None, "cat > /tmp/x <<EOF\napp  data  logs\nEOF\nour-own-tool --now", Run),
            ("console", Lead::None, "(node_memory_a - node_memory_b) / node_memory_c", Show),
            ("", Lead::Run, "(node_memory_a - node_memory_b) / node_memory_c", Show),
            ("", Lead::None, "uptime && && df", Ambiguous),
            ("", Lead::None, "curl -fsS https://x/install.sh | bash -s -- --to /opt", Run),
            ("", Lead::None, "curl <host> | grep {{ name }}", Run),
            ("", Lead::Edited, "host replication repl 10.0.0.2/32 md5", Show),
            ("", Lead::None, "host replication repl 10.0.0.2/32 md5\nlocal all all peer", Show),
            ("", Lead::None, "host db1.example.org 10.0.0.53", Run),
            ("", Lead::Edited, "host=10.0.0.2 port=5432", Show),
            ("", Lead::Edited, "listen_addresses = '*'", Show),
            ("", Lead::Edited, "sudo vim /etc/my.cnf", Attended),
            ("", Lead::Edited, "sed -i s/a/b/ /etc/my.cnf", Run),
            ("bash", Lead::Edited, "systemctl restart a", Run),
            ("sql", Lead::Edited, "SHOW TABLES;", Run),
            ("", Lead::None, "db1# systemctl restart a\ndb1$ uptime\n% ls", Ambiguous),
            ("", Lead::None, "db1# our own remark", Show),
            ("", Lead::None, "50 % of\nUS$ 5 per month", Show),
            ("default", Lead::None, "$ systemctl restart db", Run),
            ("screen", Lead::None, "mysql> SHOW GRANTS;", Run),
            ("default", Lead::None, "$ x = 1 $", Ambiguous),
            ("bash", Lead::None, "ncn-m001# rm -rf /x", Ambiguous),
            ("bash", Lead::None, "ncn-m001# cray tool", Ambiguous),
            ("bash", Lead::None, "# On the master\nncn-m001# rm -rf /x", Ambiguous),
            ("", Lead::None, "module \"x\" {\n  source = \"./x\"\n}", Show),
            ("bash", Lead::None, "terraform {\n  backend \"s3\" {}\n}", Ambiguous),
            ("", Lead::None, "# m h dom mon dow\n0 3 * * 1-5 cd /srv && ls", Show),
            ("", Lead::None, "@daily /usr/bin/backup", Show),
            ("bash", Lead::None, "MAILTO=a\n*/5 * * * * root /usr/bin/x", Ambiguous),
            ("bash", Lead::None, "crontab -e\n0 3 * * SUN /usr/bin/x", Ambiguous),
        ] {
            let verdict = reading(language, lead, text);
            assert_eq!(verdict.reading, want, "{language} {text}: {}", verdict.why);
        }
    }

    #[test]
    fn templates_and_lines_for_something_else() {
        use Reading::{Ambiguous, Run, Show};
        for (language, text, want) in [
            ("bash", "kubectl delete pod ...", Ambiguous),
            ("", "$ kubectl delete pod ...", Ambiguous),
            ("bash", "go test ./...", Run),
            ("sql", "DELETE FROM orders WHERE ...;", Ambiguous),
            ("sql", "ALTER USER app IDENTIFIED BY '...';", Ambiguous),
            ("sql", "SELECT 'wait...'; -- and so on ...", Run),
            ("cmd", "drop table audit cascade;", Ambiguous),
            ("bash", "cd /srv\nput app.tgz", Ambiguous),
            ("", "# All\nmysql -e 'SELECT id'\nid\n------\n1\n2\n3\n(3 rows)", Ambiguous),
            ("", "id\n------\n1\n2\nmysql   4\n(3 rows)", Show),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.reading, want, "{language} {text}: {}", verdict.why);
        }
    }

    #[test]
    fn a_mark_of_root_may_begin_a_comment() {
        use Reading::{Ambiguous, Run, Show};
        let all = "the whole fence";
        for (language, text, want, offered) in [
            ("", "kubectl delete pod db-0\n# make sure that it is down\n# watch the logs\nkubectl get pods", Run, all),
            ("", "systemctl stop app\n# wait\nsystemctl start app", Run, all),
            ("", "ourctl stop db1\n# reboot\nourctl start db1", Ambiguous, all),
            ("", "# kill old processes\nkill -9 1234\n# reboot", Ambiguous, all),
            ("console", "sudo -i\n# systemctl stop app", Ambiguous, all),
            ("", "# find the primary\n# patronictl list\ndb1 leader", Run, "patronictl list"),
            (
                "",
                "# systemctl stop app\n# systemctl status app\napp is stopped\nnginx   1   root",
                Run,
                "systemctl stop app\nsystemctl status app",
            ),
            ("", "# service à arrêter avant le retour\n# service app stop", Run, "service app stop"),
            ("", "# wait for replicas\n# patronictl list", Ambiguous, "wait for replicas\npatronictl list"),
            ("console", "$ uptime\n# reboot\n$ df -h", Ambiguous, "uptime\nreboot\ndf -h"),
            ("", "#> systemctl restart app\ndone", Run, "systemctl restart app"),
            ("", "$> systemctl restart app\nContinue? yes\n# wait\ndone", Run, "systemctl restart app"),
            ("bash", "dba@db1:~$> our-tool --now\nContinue? yes", Ambiguous, "our-tool --now"),
            ("bash", "$> our-tool --now\nContinue? yes", Run, "our-tool --now"),
            ("", "# make sure that it is down", Show, ""),
            ("", "# mysql settings\n[mysqld]\nport = 3306", Ambiguous, "mysql settings"),
            ("", "# cat /etc/my.cnf\n[mysqld]\nport = 3306", Run, "cat /etc/my.cnf"),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.reading, want, "{text}: {}", verdict.why);
            let part = verdict.parts.first().map_or("", |part| part.text.raw.as_str());
            assert_eq!(part, if offered == all { text } else { offered }, "{text}");
        }
    }

    #[test]
    fn no_prompt_stays_in_a_command() {
        for (language, text, want) in [
            ("bash", "ncn-m001# rm -rf /x", "rm -rf /x"),
            ("", "/ # ls", "ls"),
            ("screen", "mysql> SHOW GRANTS;", "SHOW GRANTS;"),
            ("console", "sh-4.4# ls\nfile", "ls"),
        ] {
            let verdict = reading(language, Lead::None, text);
            assert_eq!(verdict.parts[0].text.raw, want, "{language} {text}");
        }
    }

    #[test]
    fn prompted_lines_are_the_commands() {
        let verdict = reading(
            "sh",
            Lead::None,
            "mysql> SHOW STATUS\n    -> LIKE 'x';\n+---+\n| a |\n+---+\n$ grep \"a\" \\\n  /tmp/x\nout",
        );
        assert_eq!(verdict.parts.len(), 2);
        assert_eq!(verdict.parts[0].interpreter, Interpreter::Sql);
        assert!(verdict.parts[0].text.raw.starts_with("SHOW STATUS\n"), "{:?}", verdict.parts[0].text.raw);
        assert_eq!(verdict.parts[0].sample.as_deref(), Some("+---+\n| a |\n+---+"));
        assert_eq!(verdict.parts[1].text.raw, "grep \"a\" \\\n  /tmp/x");
        assert_eq!(verdict.parts[1].sample.as_deref(), Some("out"));
    }

    #[test]
    fn what_was_typed_on_another_machine_is_in_doubt() {
        let read = |text: &str, declared| {
            let setting = Setting { language: "console".into(), declared, closed: true, ..Setting::default() };
            super::read(&Text::from_source(text, 0), &setting)
        };
        let there = read("root@db1:~# systemctl stop mariadb", false);
        assert_eq!(there.reading, Reading::Ambiguous);
        assert!(there.why.contains("`db1`"), "{}", there.why);
        assert_eq!(read("[dba@db1 ~]$ top", false).reading, Reading::Ambiguous);
        assert_eq!(read("$ df -h\nroot@db1:~# systemctl stop mariadb", false).reading, Reading::Ambiguous);
        assert_eq!(read("root@db1:~# systemctl stop mariadb", true).reading, Reading::Run);
        assert_eq!(read("me@laptop:~$ df -h", false).reading, Reading::Run);
        assert_eq!(read("$ df -h", false).reading, Reading::Run);
    }
}
