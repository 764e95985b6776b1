//! Commands that stand on lines of their own without a fence: paragraphs of nothing but code, which are read as fences that name
//! no language, and lines that nobody marked as code at all.

use super::console;
use super::fences::{self, Setting};
use super::inline_commands::{is_command, may_be_command};
use super::leads::Lead;
use super::model::Language;
use super::programs::{PROGRAMS, is_script};
use super::shell;
use super::sql;
use super::tables::Set;
use super::text::{self, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Span;
use crate::syntax::attributes::Attributes;
use crate::syntax::document::{BlockId, BlockKind, Content, Document, Slice};
use crate::syntax::prompt::{self, PromptKind};
use std::borrow::Cow;

/// Why what nobody marked as code is asked about.
pub(super) const BARE: &str = "a command line that is not marked as code: needs review";

/// A document whose paragraphs of commands are fences, and those of them that nobody marked as code.
type Fenced = (Document, Set<BlockId>);

/// A paragraph of nothing but code: the last one that was met.
struct Met {
    id: BlockId,
    /// The block that its lines are part of, when they are commands.
    head: Option<BlockId>,
    lead: Lead,
}

/// The same document with its paragraphs of nothing but commands as fences; `None` when there are none. What would not be offered
/// in a fence stays a text: people read it.
pub(super) fn with_commands_as_fences(document: &Document, source: &str) -> Option<Fenced> {
    let mut fenced: Option<Fenced> = None;
    let mut met: Option<Met> = None;
    let mut quoted = 0;
    for (id, block) in document.blocks.iter().enumerate() {
        let content = match &block.kind {
            BlockKind::Paragraph { content } => content,
            // What is quoted is read as a whole.
            BlockKind::Quote => {
                if id >= quoted
                    && let Some(content) = quoted_commands(document, source, id)
                {
                    let (all, bare) = fenced.get_or_insert_with(|| (document.clone(), Set::default()));
                    all.blocks[id].kind = fence(block.span.start, content);
                    all.blocks[id + 1].kind = BlockKind::Html { content: Content::new() };
                    bare.insert(id);
                }
                quoted = quoted.max(block.end);
                continue;
            }
            _ => continue,
        };
        // An item's own text is its title.
        if id < quoted || block.parent.is_some_and(|parent| parent + 1 == id) {
            continue;
        }
        let Some(first) = content.first() else { continue };
        let marked = first.span.of(source).starts_with('`');
        let before = id.checked_sub(1).map(|before| &document.blocks[before]);
        let said = || match &before?.kind {
            BlockKind::Paragraph { content } if before?.parent == block.parent => Some(content),
            _ => None,
        };
        if !marked {
            let heading = match before.map(|before| &before.kind) {
                Some(BlockKind::Heading { content, .. }) => Some(content),
                _ => None,
            };
            let headed = heading.is_some() || behind_list(document, id);
            let before = heading.or_else(said);
            if is_typed_below(source, content, before, headed) {
                let lead = before.map_or(Lead::None, |before| lead(source, before));
                if is_offered(source, content, lead) {
                    let (all, bare) = fenced.get_or_insert_with(|| (document.clone(), Set::default()));
                    all.blocks[id].kind = fence(block.span.start, content.clone());
                    bare.insert(id);
                }
            }
            continue;
        }
        let lines = content.iter().map(|slice| code(source, slice.span)).collect::<Option<Content>>();
        let Some(lines) = lines else { continue };
        let above = met.take().filter(|above| above.id + 1 == id && document.blocks[above.id].parent == block.parent);
        let lead = above.as_ref().map_or_else(|| said().map_or(Lead::None, |said| lead(source, said)), |met| met.lead);
        let head = match above {
            None if are_commands(source, &lines, None, lead) && is_offered(source, &lines, lead) => {
                let (all, _) = fenced.get_or_insert_with(|| (document.clone(), Set::default()));
                all.blocks[id].kind = fence(block.span.start, lines);
                Some(id)
            }
            None => None,
            // What was said of the first holds for those below it, too: they are one fence, or none.
            Some(Met { head, .. }) => head.filter(|head| {
                let Some((all, _)) = &mut fenced else { return false };
                let BlockKind::Fence { content, .. } = &mut all.blocks[*head].kind else { return false };
                if !(are_commands(source, &lines, content.first(), lead) && is_offered(source, &lines, lead)) {
                    return false;
                }
                content.extend(lines);
                all.blocks[*head].span.end = block.span.end;
                all.blocks[id].kind = BlockKind::Html { content: Content::new() };
                true
            }),
        };
        met = Some(Met { id, head, lead });
    }
    fenced
}

fn fence(start: usize, content: Content) -> BlockKind {
    let none = Span::new(start, start);
    BlockKind::Fence {
        info: none,
        language: none,
        attributes: Attributes::default(),
        content,
        closed: true,
        unsure: false,
    }
}

/// The lines of a quote that is nothing but commands, right below a sentence that asks for something: `> az login`. "He answered:"
/// and "Never run:" stand above other quotes.
fn quoted_commands(document: &Document, source: &str, quote: BlockId) -> Option<Content> {
    let [said, quoted, inner] = [quote.checked_sub(1)?, quote, quote + 1].map(|id| document.blocks.get(id));
    let (said, quoted, inner) = (said?, quoted?, inner?);
    let (BlockKind::Paragraph { content: above }, BlockKind::Paragraph { content }) = (&said.kind, &inner.kind) else {
        return None;
    };
    let alone = quoted.end == quote + 2 && said.parent == quoted.parent;
    let typed = || {
        let line = |slice: &Slice| slice.span.of(source);
        are_typed(content.iter().map(line)) || content.iter().map(line).all(is_quoted_command)
    };
    let plain = || {
        let text = Text::of(source, content);
        is_plain(&text.raw, &text::read(&text).plain)
    };
    let asks = || {
        let said = text::read(&Text::of(source, above));
        let words = said.first(10);
        let orders = |language: &Language| VOCABULARY.is_imperative(&words, *language);
        [Language::En, Language::Fr].iter().any(orders) && !super::says::warns(&words)
    };
    (alone && typed() && plain() && asks() && is_offered(source, content, lead(source, above))).then(|| content.clone())
}

/// Whether a line of a quote is a command, and nothing that is said of one: "docker must be there".
fn is_quoted_command(line: &str) -> bool {
    let line = line.trim();
    let said = || VOCABULARY.language(line).is_some() || console::has_sentence_words(line);
    may_be_typed(line)
        && line.is_ascii()
        && !line.ends_with(['.', ',', ';', ':', '!', '?'])
        && is_command(line)
        && !said()
}

/// What a paragraph says about the commands below it.
fn lead(source: &str, said: &Content) -> Lead {
    let inline = text::read(&Text::of(source, said));
    let last = inline.plain.trim_end().rsplit('\n').next().unwrap_or_default();
    let label = last.trim_end().strip_suffix(':').map(|label| Words::first(label, 8));
    // "**Expected**:" is a label, whatever else it may say.
    if label.is_some_and(|label| VOCABULARY.list(List::Expected).whole(&label).is_some()) {
        return Lead::Output;
    }
    inline.lead()
}

/// Whether lines would be offered if they stood in a fence. "Expected output:", "Add to the file:": those stay what they are.
fn is_offered(source: &str, lines: &Content, lead: Lead) -> bool {
    let setting = Setting { lead, closed: true, ..Setting::default() };
    !lead.tells_of_no_command() && !fences::read(&Text::of(source, lines), &setting).parts.is_empty()
}

/// Whether each line of code is a command, and all are of the kind of the first, which may stand in a paragraph above: beside lines
/// with a prompt, those without are its output.
fn are_commands(source: &str, lines: &Content, first: Option<&Slice>, lead: Lead) -> bool {
    let code = |slice: &Slice| slice.span.of(source);
    let Some(first) = first.or(lines.first()).map(code) else { return false };
    let (prompted, statement) = (is_prompted(first), sql::looks_like(first));
    // A path alone, and a program that nobody knows, are run only where the text says so.
    let told = lead == Lead::Run;
    lines.iter().map(code).all(|line| {
        let command = || is_command(line) && (told || line.contains(' ')) || told && may_be_command(line);
        is_prompted(line) == prompted && sql::looks_like(line) == statement && (prompted || command())
    })
}

/// Whether a list ends right above a block.
fn behind_list(document: &Document, id: BlockId) -> bool {
    let parent = document.blocks[id].parent;
    let above = id.checked_sub(1).map(|above| std::iter::successors(Some(above), |at| document.blocks[*at].parent));
    let beside = above.and_then(|mut up| up.find(|at| document.blocks[*at].parent == parent));
    // Behind the last item of all nobody can tell of which it is.
    let list = |at: BlockId| matches!(document.blocks[at].kind, BlockKind::List { .. });
    let next = document.blocks[id].end;
    beside.is_some_and(list) && document.blocks.get(next).is_some_and(|b| b.parent == parent) && list(next)
}

/// Whether a paragraph below one that ends in a colon, below a heading or a list, is nothing but commands, though nothing marks them
/// as code.
fn is_typed_below(source: &str, content: &Content, before: Option<&Content>, headed: bool) -> bool {
    let line = |slice: &Slice| slice.span.of(source);
    // Most paragraphs are told by their first byte, or by what stands above them.
    content.first().is_some_and(|first| may_be_typed(line(first)))
        && (headed || before.and_then(|before| before.last()).is_some_and(|last| line(last).trim_end().ends_with(':')))
        && are_typed(content.iter().map(line))
        && {
            let text = Text::of(source, content);
            let plain = text::read(&text).plain;
            // A backslash that joins two lines is a line break to Markdown.
            is_plain(&text.raw, &plain)
                || text.raw.contains("\\\n") && is_plain(&text.raw.replace("\\\n", "\n"), &plain)
        }
}

/// Whether lines are commands beyond doubt; several may be one, joined by a backslash at the end.
fn are_typed<'l>(lines: impl Iterator<Item = &'l str>) -> bool {
    let mut joined = String::new();
    for line in lines {
        if let Some(begun) = line.trim_end().strip_suffix('\\') {
            joined.push_str(begun.trim());
            joined.push(' ');
        } else if joined.is_empty() {
            if !is_typed(line) {
                return false;
            }
        } else {
            joined.push_str(line.trim());
            if !is_typed(&std::mem::take(&mut joined)) {
                return false;
            }
        }
    }
    joined.is_empty()
}

/// What a line's only code span holds, when nothing stands beside it.
fn code(source: &str, span: Span) -> Option<Slice> {
    let line = span.of(source);
    let ticks = line.bytes().take_while(|b| *b == b'`').count();
    // Two blanks, a backslash or a tag may break the line.
    let end = line.trim_end().trim_end_matches("<br>").trim_end_matches("<br/>").trim_end_matches('\\').trim_end();
    let end = end.strip_suffix('.').unwrap_or(end);
    let inner = end.get(ticks..)?.strip_suffix(&line[..ticks])?;
    let mut run = 0;
    for byte in inner.bytes().chain([b' ']) {
        if byte == b'`' {
            run += 1;
        } else if std::mem::take(&mut run) == ticks {
            return None;
        }
    }
    let (from, code) = (inner.len() - inner.trim_start().len() + ticks, inner.trim());
    let begins = span.start + from;
    (ticks > 0 && !code.is_empty() && !code.starts_with('`') && !code.ends_with('`'))
        .then(|| Slice { span: Span::new(begins, begins + code.len()), pad: 0 })
}

/// Whether a prompt says that a line is typed, and what stands behind it is something known.
fn is_prompted(line: &str) -> bool {
    prompt::prompt(line).is_some_and(|found| {
        let rest = line[found.len..].trim();
        match found.kind {
            PromptKind::Mysql | PromptKind::MariaDb | PromptKind::Psql => !rest.is_empty(),
            // "$ 50" is a price.
            PromptKind::Dollar => PROGRAMS.is_program(rest) || is_command(rest) || may_be_command(rest),
            PromptKind::Root => is_command(rest),
            PromptKind::PowerShell | PromptKind::Continuation => false,
        }
    })
}

/// Whether Markdown shows a line as it is written: what it takes out of a command was part of it. A single `*` is not paired.
pub(super) fn is_plain(raw: &str, plain: &str) -> bool {
    raw == plain || raw.split_once('*').is_some_and(|(a, b)| plain.strip_prefix(a) == Some(b))
}

/// What most sentences are told by.
fn may_be_typed(line: &str) -> bool {
    let first = line.trim_start().as_bytes().first().copied().unwrap_or(0);
    first.is_ascii_lowercase() || matches!(first, b'$' | b'/' | b'.' | b'~' | b'[')
}

/// Whether a line that nobody marked as code is a command beyond doubt: "systemctl reload db", "$ cd infra", "tools/build.sh -c
/// plan", and not "kill all sessions" or "docker must be there".
pub(super) fn is_typed(line: &str) -> bool {
    let line = line.trim();
    if !may_be_typed(line) || !line.is_ascii() || line.ends_with([',', ';', ':', '!', '?', '\\']) {
        return false;
    }
    if line.strip_suffix('.').is_some_and(|said| !said.ends_with([' ', '/', '.'])) {
        return false;
    }
    if let Some(found) = prompt::prompt(line) {
        let rest = &line[found.len..];
        let shell = found.kind == PromptKind::Dollar || found.kind == PromptKind::Root && !found.bare;
        return shell && is_command(rest);
    }
    let Some((first, behind)) = line.split_once(' ') else { return false };
    let sudo = first == "sudo";
    let Some((program, rest)) = (if sudo { behind_flags(behind).split_once(' ') } else { Some((first, behind)) })
    else {
        return false;
    };
    let known = PROGRAMS.is_program(program) || PROGRAMS.is_shell(program);
    let script = (program.contains('/') || is_script(program)) && !program.ends_with('/');
    if !(known || script) || rest.split(' ').any(|word| word.ends_with([',', ';']) || word.starts_with('(')) {
        return false;
    }
    // Everyday words are of a sentence, but "aux" also of `ps aux | grep app`.
    let said = own_words(rest);
    let joined = is_joined(rest);
    let told = !joined && VOCABULARY.language(&said).is_some();
    if told || console::has_sentence_words(&said) || !shell::scan(line).complete {
        return false;
    }
    let words = || rest.split_whitespace();
    let flag = words().any(is_flag);
    let verb = VOCABULARY.is_known_verb(program);
    let paths = || {
        let all = words().filter(|word| is_path(word)).count();
        if verb { all > 1 && all == words().count() } else { all > 0 }
    };
    // "set REPLICAS=0" is said of a form, too.
    let assigned = || (!verb || PROGRAMS.has_targets(program)) && words().any(is_assigned);
    let target = || PROGRAMS.has_targets(program) && names_target(rest);
    let form = || PROGRAMS.is_bare(program, rest) || assigned() || target();
    // `kubectl describe pod <pod>`.
    let open = || words().any(|word| word.len() > 2 && word.starts_with('<') && word.ends_with('>'));
    known && (sudo || flag || joined || paths() || form() || open()) || script && flag
}

/// A line without the remark in parentheses behind it: "make disable-logs (the old ones stay)". In a shell no word begins so, but
/// behind what joins two commands.
pub(super) fn without_remark(line: &str) -> &str {
    let line = line.trim_end();
    let Some(inner) = line.strip_suffix('.').unwrap_or(line).strip_suffix(')') else { return line };
    let mut depth = 1;
    for (at, byte) in inner.bytes().enumerate().rev() {
        match byte {
            b')' => depth += 1,
            b'(' => depth -= 1,
            _ => continue,
        }
        if depth == 0 {
            let before = inner[..at].trim_end();
            let apart = before.len() < at && !before.ends_with(['|', '&', ';', '(']);
            return if apart { before } else { line };
        }
    }
    line
}

/// A command line's words outside of its quotes and of the values of names: what a message or a statement says is no sentence of the
/// page's.
fn own_words(rest: &str) -> Cow<'_, str> {
    if memchr::memchr3(b'\'', b'"', b'=', rest.as_bytes()).is_none() {
        return Cow::Borrowed(rest);
    }
    let mut said = String::with_capacity(rest.len());
    let mut left = rest;
    while let Some(at) = left.find(['\'', '"', '=']) {
        let (before, mark) = (&left[..at], left.as_bytes()[at]);
        said.push_str(before);
        let behind = &left[at + 1..];
        let begins = before.is_empty() || before.ends_with(' ');
        left = match mark {
            b'=' if !behind.starts_with(['\'', '"']) => behind.find(' ').map_or("", |end| &behind[end..]),
            b'=' => behind,
            _ if begins => behind.find(char::from(mark)).map_or("", |end| &behind[end + 1..]),
            // "it's"
            _ => behind,
        };
        said.push(' ');
    }
    said.push_str(left);
    Cow::Owned(said)
}

/// `REPLICAS=0`.
fn is_assigned(word: &str) -> bool {
    let name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
    };
    word.split_once('=').is_some_and(|(left, value)| name(left) && !value.is_empty())
}

/// Whether what stands behind `make` are names of targets, and one of them says what is done: `make prod show-service`, and not
/// "make replica read-only". Other everyday words than one are of a sentence.
fn names_target(rest: &str) -> bool {
    let is_name =
        |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_.:".contains(&b));
    let does = |word: &str| {
        word.split_once(['-', '_']).is_some_and(|(verb, object)| {
            VOCABULARY.is_known_verb(verb) && !object.is_empty() && !PROGRAMS.no_object.contains(object)
        })
    };
    let plain = rest.split(' ').filter(|word| word.bytes().all(|b| b.is_ascii_alphabetic())).count();
    plain <= 1 && rest.split(' ').all(is_name) && rest.split(' ').any(does)
}

/// Whether a pipe leads to a program that reads what comes, or a file is read or written: `ps aux | grep app`, `mysql app < app.sql`.
fn is_joined(rest: &str) -> bool {
    let ends = |end: &str| end.len() > 1 && end.starts_with(|c: char| c.is_ascii_alphabetic());
    let file =
        |word: &str| is_path(word) || word.rsplit_once('.').is_some_and(|(name, end)| !name.is_empty() && ends(end));
    let mut before = "";
    for (at, word) in rest.split_whitespace().enumerate() {
        let joined = match before {
            // `docker | podman` names either.
            "|" if at > 1 => PROGRAMS.fed.contains(word),
            "<" | ">" | ">>" => file(word),
            _ => word == "2>&1" || word.starts_with(">/"),
        };
        if joined {
            return true;
        }
        before = word;
    }
    false
}

/// What `sudo` starts.
fn behind_flags(line: &str) -> &str {
    let mut rest = line.trim_start();
    while let Some((word, behind)) = rest.split_once(' ').filter(|(word, _)| is_flag(word)) {
        rest = behind.trim_start();
        if matches!(word, "-u" | "-g") {
            rest = rest.split_once(' ').map_or("", |(_, behind)| behind.trim_start());
        }
    }
    rest
}

/// `-n`, `--now`, and not a dash between two words.
pub(super) fn is_flag(word: &str) -> bool {
    word.strip_prefix('-')
        .is_some_and(|name| name.strip_prefix('-').unwrap_or(name).starts_with(|c: char| c.is_ascii_alphanumeric()))
}

fn is_path(word: &str) -> bool {
    ["/", "./", "../", "~/"].iter().any(|root| word.len() > root.len() && word.starts_with(root))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_without_a_mark() {
        for yes in [
            "systemctl reload patroni",
            "systemctl stop app-a app-b",
            "sudo systemctl stop db",
            "sudo -u postgres psql -c 'select 1'",
            "$ cd infra",
            "[root@db1 ~]# systemctl stop x",
            "tools/build.sh -c plan -p mongo",
            "./deploy --now",
            "mysql -u app -p app < /srv/app.sql",
            "kubectl delete pod web-0",
            "service mysql restart",
            "kill -9 1234",
            "rm -rf /srv/x/*",
            "kubectl apply -f .",
            "mount /dev/sdb1 /mnt",
            "make env show-service",
            "make enable-pglogs",
            "make env migrate_db",
            "make env scale-app REPLICAS=0",
            "make env fetch-logs NAME=name-of-the-log",
            "rake db:migrate RAILS_ENV=production",
            "ps aux | grep app",
            "find . | xargs grep x",
            "mysql app < app.sql",
            "pg_dump app > app.sql",
            "dmesg >/tmp/dmesg",
            "curl https://app/health",
            "git clone git@git.host:a/b.git",
            "kubectl rollout restart deployment/web",
            "grep 'the error is' app.log",
            "echo \"it is done\"",
            "psql -c 'select * from users'",
            "kubectl annotate -n app pod web-0 note='the disk is full'",
            "date -u",
        ] {
            assert!(is_typed(yes), "{yes}");
        }
        for no in [
            "find the node",
            "test the connection",
            "kill all sessions",
            "kill -9 on the old primary",
            "watch the logs",
            "make sure that it works",
            "docker must be there",
            "kubectl access",
            "git push access",
            "service accounts",
            "systemctl shows both as stopped",
            "systemctl status shows active",
            "systemctl stop app.",
            "cat /etc/hosts and look at it",
            "mount the volume on /data",
            "open /etc/hosts",
            "touch base -- later",
            "$ 50 per month",
            "Run systemctl stop app",
            "arrêter -f tout",
            "echo 'never closed -n",
            "systemctl stop a \\",
            "reboot",
            "make sure that it is down",
            "make sure replicas=0",
            "make the app-server REPLICAS=0",
            "make replica read-only",
            "make one sign-off",
            "make a backup",
            "make weekly pre-flight checks",
            "make new follow-up calls",
            "make new team check-lists",
            "set REPLICAS=0",
            "find the node that failed",
            "mail the team",
            "mail 'ops' team",
            "host is down",
            "host 'db1' down",
            "watch the lag",
            "service is restarted",
            "service web stopped",
            "date of the incident",
            "test the application",
            "sort the list",
            "time the failover",
            "open a ticket",
            "start the node",
            "install the package",
            "install ceph-osd",
            "node that -f should have stopped",
            "docker | podman",
            "docker images/volumes full",
            "mysql master/slave broken",
            "mysql lag < 10",
            "mysql version < 8.0",
            "docker host's disk isn't full",
            "git clone access",
            "git repository https://git.host/a/b",
            "vault https://vault.host",
            "kubectl rollout needed",
            "test -- nothing",
            "date de l'incident",
            "test de bascule",
            "service arr\u{ea}t\u{e9}",
            "source des donnees",
            "top des requetes",
            "cat",
        ] {
            assert!(!is_typed(no), "{no}");
        }
    }

    #[test]
    fn a_remark_behind_a_command() {
        for (line, want) in [
            ("make disable-logs (the old ones stay)", "make disable-logs"),
            ("make disable-logs (the old ones (all) stay).", "make disable-logs"),
            ("make disable-logs", "make disable-logs"),
            ("echo $(date)", "echo $(date)"),
            ("cd /srv && (ls)", "cd /srv && (ls)"),
            ("echo a)", "echo a)"),
            ("(ls)", "(ls)"),
        ] {
            assert_eq!(without_remark(line), want, "{line}");
        }
    }

    #[test]
    fn code_alone_on_its_line() {
        for (line, want) in [
            ("`ls -l`", Some("ls -l")),
            ("`ls -l`.", Some("ls -l")),
            ("`ls -l`  ", Some("ls -l")),
            ("`ls -l`<br>", Some("ls -l")),
            ("`` echo `date` `x ``", Some("echo `date` `x")),
            ("```git push origin main```", Some("git push origin main")),
            ("`a b` and `c d`", None),
            ("`a b` `c d`", None),
            ("`ls -l` (on the primary)", None),
            ("`ls -l", None),
            ("``", None),
            ("```", None),
            ("` `", None),
        ] {
            let found = code(line, Span::new(0, line.len()));
            assert_eq!(found.map(|slice| slice.span.of(line)), want, "{line}");
        }
    }

    #[test]
    fn paragraphs_of_commands() {
        let read = |text: &str| {
            let document = crate::syntax::parse(text);
            let fenced = with_commands_as_fences(&document, text).map(|(document, _)| document.blocks);
            let fence = |block: &crate::syntax::document::Block| match &block.kind {
                BlockKind::Fence { content, .. } => Some(Document::text_of(text, content)),
                _ => None,
            };
            fenced.iter().flatten().filter_map(fence).collect::<Vec<_>>().join("|")
        };
        for (text, want) in [
            ("`systemctl stop a`\n\n`systemctl stop b`", "systemctl stop a\nsystemctl stop b"),
            ("`systemctl stop a`\n`systemctl stop b`", "systemctl stop a\nsystemctl stop b"),
            ("`systemctl stop a`\n\nThen\n\n`systemctl stop b`", "systemctl stop a|systemctl stop b"),
            ("`name`\n\n`systemctl stop b`", ""),
            ("`$ uptime`\n\n`df -h`", "$ uptime"),
            ("Run:\n\n`./x.sh`", "./x.sh"),
            ("It is here:\n\n`./x.sh`", ""),
            ("**Expected**:\n\n`df -h`\n\n`df -i`", ""),
            ("> `df -h`", ""),
            ("- `df -h`", ""),
            ("- Look\n\n  `df -h`", "df -h"),
            ("Look:\n\ndf -h", "df -h"),
            ("Look.\n\ndf -h", ""),
            ("Look:\n\ndf -h\nand then", ""),
            ("Look:\n\ndf -h *x*", ""),
        ] {
            assert_eq!(read(text), want, "{text}");
        }
    }
}
