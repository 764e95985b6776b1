//! Places in a command that a person has to fill: `<replica-host>`, `[NAME]`, `{{ name }}`, `your-db`, `NEW_MASTER`.
//!
//! A shell's own `$VAR` is none of these. What cannot be told from code for certain is marked so: the caller asks.

mod known;
mod marked;
mod words;
mod worth;

use super::phrases::{Rule, run, span};
use super::slug;
use crate::source::Span;
use known::PATHS;
use marked::candidate;
use pest::iterators::Pair;

/// How a placeholder is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceholderStyle {
    /// `<name>`.
    Angle,
    /// `[NAME]`.
    Bracket,
    /// `{{ expression }}`.
    Mustache,
    /// `NEW_MASTER`.
    Caps,
    /// `your-…`, `CHANGEME`, `XXX`.
    Fill,
}

/// A place to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Its name in snake case and ASCII; of an expression, the variable it begins with.
    pub name: String,
    /// The whole of it within the text.
    pub span: Span,
    /// How it is written.
    pub style: PlaceholderStyle,
    /// It can be nothing else. Otherwise the text may mean itself, and the operator is asked.
    pub certain: bool,
    /// What stands between `{{` and `}}`, trimmed.
    pub expression: Option<Span>,
}

/// What kind of text is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// Shell and other programs.
    Command,
    /// SQL, where capitals are keywords.
    Sql,
    /// Prose, where capitals are emphasis and `<b>` is a tag.
    Prose,
}

/// Finds the placeholders of a text, in order.
#[must_use]
pub fn find(text: &str, setting: Setting) -> Vec<Placeholder> {
    find_in(text, setting, worth::next, worth::words)
}

/// Looks at the lines that `worth` names: where the next one begins, from the beginning of a line on. Of those only at the words of
/// which `worded` says that they may be placeholders.
fn find_in(
    text: &str,
    setting: Setting,
    worth: impl Fn(&str, usize) -> Option<usize>,
    worded: impl Fn(&str) -> bool,
) -> Vec<Placeholder> {
    let mut found = Vec::new();
    // No placeholder goes over a line's end, and most texts hold nothing that could begin one.
    let Some(mut start) = worth(text, 0) else { return found };
    let heredocs = if setting == Setting::Command { heredocs(text) } else { Vec::new() };
    let mut search =
        Search { text, setting, heredocs: &heredocs, line: line_from(text, 0), base: 0, mark: 0, worded: true };
    loop {
        let rest = &text[start..];
        let line = &rest[..memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |n| n + 1)];
        search.base = start;
        search.worded = worded(line);
        search.line(line, &mut found);
        match worth(text, start + line.len()) {
            Some(next) => start = next,
            None => return found,
        }
    }
}

/// So many words make a name.
const NAMING: usize = 5;

/// A description's first words, which its name is made of.
fn few_words(text: &str) -> &str {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let (mut words, mut within) = (0, false);
    for (at, c) in text.char_indices() {
        words += usize::from(inside(c) && !within);
        within = inside(c);
        if words > NAMING {
            return &text[..at];
        }
    }
    text
}

/// The length of what a shell expands itself: `$name`, `${name…}`. A nested `${a:-$b}` is read in pieces, so that
/// thousands of open ones stay linear.
fn variable(text: &str) -> usize {
    let Some(inside) = text.strip_prefix("${") else {
        let name = |c: char| c.is_alphanumeric() || c == '_';
        return 1 + text[1..].find(|c| !name(c)).unwrap_or(text.len() - 1);
    };
    match inside.find(['}', '{', '$', '\n']) {
        Some(end) if inside[end..].starts_with('}') => end + 3,
        _ => 2,
    }
}

/// The bodies of here-documents.
fn heredocs(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    if !memchr::memchr_iter(b'<', text.as_bytes()).any(|at| text.as_bytes().get(at + 1) == Some(&b'<')) {
        return found;
    }
    let mut open: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match open {
            Some((word, start)) if line.trim() == word => {
                found.push(Span::new(start, at));
                open = None;
            }
            Some(_) => {}
            None => {
                if let Some((_, after)) = line.split_once("<<")
                    && !after.starts_with('<')
                {
                    let word = after.trim_start_matches(['-', '~', ' ', '\'', '"', '\\']);
                    let end = word.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(word.len());
                    open = (end > 0).then(|| (&word[..end], next));
                }
            }
        }
        at = next;
    }
    if let Some((_, start)) = open {
        found.push(Span::new(start.min(text.len()), text.len()));
    }
    found
}

/// The line that begins at `start`, without its ending.
fn line_from(text: &str, start: usize) -> Span {
    Span::new(start, memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |n| start + n))
}

struct Search<'t> {
    text: &'t str,
    setting: Setting,
    heredocs: &'t [Span],
    /// The line looked at, its ending excluded.
    line: Span,
    /// Where the line that is looked at begins.
    base: usize,
    /// Where the marked placeholder that is looked at begins.
    mark: usize,
    /// Whether the line's words may be placeholders.
    worded: bool,
}

impl Search<'_> {
    /// Looks through one line.
    fn line(&mut self, line: &str, found: &mut Vec<Placeholder>) {
        let bytes = line.as_bytes();
        let (mut at, mut words) = (0, 0);
        while at < bytes.len() {
            let width = match bytes[at] {
                b'\\' if bytes.get(at + 1) == Some(&b'$') => 2,
                b'$' => {
                    self.words(words, at, found);
                    words = at + variable(&line[at..]);
                    words - at
                }
                b'/' => match self.path(line, at) {
                    Some(end) => {
                        self.words(words, at, found);
                        self.sample_path(at, end, found);
                        words = end;
                        end - at
                    }
                    None => 1,
                },
                // A candidate of this kind is all that the grammar asks for.
                b'{' => match candidate(line, at) {
                    Some(mustache) => {
                        self.words(words, at, found);
                        words = at + mustache.len();
                        let place = Span::new(self.base + at, self.base + words);
                        self.seek(place.start);
                        found.extend(self.mustache(place));
                        words - at
                    }
                    None => 1,
                },
                b'<' | b'[' => match candidate(line, at).and_then(|c| run(Rule::placeholder, c)?.next()) {
                    Some(pair) => {
                        self.words(words, at, found);
                        words = at + span(&pair).end;
                        self.mark(at, pair, found);
                        words - at
                    }
                    None => 1,
                },
                _ => 1,
            };
            at += width;
        }
        self.words(words, bytes.len(), found);
    }

    /// Where a path ends that only shows what a path looks like.
    fn path(&self, line: &str, at: usize) -> Option<usize> {
        if self.setting != Setting::Command {
            return None;
        }
        let rest = &line[at..];
        let shown = PATHS.iter().find(|path| rest.starts_with(**path))?;
        let inner = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
        let end = rest.find(|c| !inner(c)).unwrap_or(rest.len());
        let own = rest[..end].trim_end_matches('.');
        // What goes on with a place of another kind is filled there.
        let glued = rest[end..].starts_with(['<', '{', '[', '$', '*']);
        (own.len() > shown.len() && !glued).then_some(at + own.len())
    }

    fn sample_path(&mut self, at: usize, end: usize, found: &mut Vec<Placeholder>) {
        let place = Span::new(self.base + at, self.base + end);
        self.seek(place.start);
        if !self.in_heredoc(place.start) && !self.in_comment(place.start) {
            let name = few_words(place.of(self.text));
            found.push(placeholder(name, place, PlaceholderStyle::Fill, false));
        }
    }

    /// Whether a byte of a command stands in a comment, as far as its own line tells.
    fn in_comment(&self, at: usize) -> bool {
        if self.setting != Setting::Command {
            return false;
        }
        let before = &self.text[self.line.start..at];
        if memchr::memchr(b'#', before.as_bytes()).is_none() || self.in_heredoc(at) {
            return false;
        }
        if before.trim_start().starts_with('#') {
            return true;
        }
        let whole = |text: &str| [b'\'', b'"', b'`'].iter().all(|q| text.bytes().filter(|b| b == q).count() % 2 == 0);
        before.match_indices(" #").any(|(mark, _)| whole(&before[..mark]))
    }

    /// A placeholder by its marks, which begins at byte `at` of the line.
    fn mark(&mut self, at: usize, pair: Pair<'_, Rule>, found: &mut Vec<Placeholder>) {
        self.mark = self.base + at;
        self.seek(self.mark);
        found.extend(match pair.as_rule() {
            _ if self.in_comment(self.mark) => None,
            Rule::angle => self.angle(pair),
            _ => self.bracket(pair),
        });
    }

    /// Where a pair stands in the whole text.
    fn place(&self, pair: &Pair<'_, Rule>) -> Span {
        let place = span(pair);
        Span::new(self.mark + place.start, self.mark + place.end)
    }

    /// Makes the line that holds `at` the current one. Calls come in order, so the whole search is linear.
    fn seek(&mut self, at: usize) {
        while at > self.line.end {
            self.line = line_from(self.text, self.line.end + 1);
        }
    }

    fn line_text(&self) -> &str {
        self.line.of(self.text)
    }

    fn in_heredoc(&self, at: usize) -> bool {
        let next = self.heredocs.partition_point(|h| h.end <= at);
        self.heredocs.get(next).is_some_and(|h| h.start <= at)
    }

    fn before(&self, at: usize) -> Option<char> {
        self.text[..at].chars().next_back()
    }

    fn after(&self, at: usize) -> Option<char> {
        self.text[at..].chars().next()
    }
}

fn placeholder(name: &str, span: Span, style: PlaceholderStyle, certain: bool) -> Placeholder {
    Placeholder { name: slug::variable(name), span, style, certain, expression: None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Setting::{Command, Prose, Sql};

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 2000, ..Default::default() })]
        #[test]
        fn a_line_passed_over_holds_none(
            pieces in proptest::collection::vec(proptest::sample::select(&[
                "<", ">", "[", "]", "{{", "}}", "$", "${", "}", "\\", "a", "NAME", "DB_HOST", "_", "-", ".", "VIP", "your", "Votre",
                "xx", "XXX", "change", "ME", "fill_", "replace", "é", " ", "1", "=", "\n", "<<EOF\n", "Name it", "X",
                "/path/to/", "/", "YYYY", "MM", "DD", "AAAAMMJJ", ",", "#", "'",
            ][..]), 0..14),
        ) {
            let text = pieces.concat();
            for setting in [Command, Sql, Prose] {
                proptest::prop_assert_eq!(find(&text, setting), find_in(&text, setting, |text, from| (from < text.len()).then_some(from), |_| true), "{}", text);
            }
        }
    }

    #[test]
    fn found() {
        let cases: &[(Setting, &str, &[&str])] = &[
            (Command, "mysqladmin -h <replica-host> ping", &["replica_host"]),
            (Command, "mysql -h<host> -p'<mot de passe>' < dump.sql", &["host", "mot_de_passe"]),
            (Command, "ssh <nom du réplica>", &["nom_du_replica"]),
            (Command, "cat <<EOF\n<conf>x</conf>\nMAX_CONN here\n[Unit]\nEOF", &[]),
            (Command, "diff <(sort a) <(sort b)", &[]),
            (Command, "echo [NAME] [X minutes] [Nom]", &["name", "x_minutes", "nom"]),
            (Command, "[ -f x ] && [[ $a == b ]] && echo ${a[0]} a[1] ls [0-9]* [a-z] [e]xpr", &[]),
            (Command, "ps aux | grep [m]ysqld", &[]),
            (Command, "curl {{ host }}/{{ port | int }}", &["host", "port"]),
            (Command, "systemctl <start|stop> db; make ENV=[dev|prod] go", &["start_stop", "dev_prod"]),
            (Command, "sort <in|uniq>out; sort <in | uniq >out; grep '[ab|cd]' f; ls [ab|cd]* [a|b]", &[]),
            (Command, "docker ps --format '{{.Names}} {{json .}}'", &[]),
            (Command, "ssh your-db-host YOUR_VPC", &["your_db_host", "your_vpc"]),
            (Command, "mysql -pCHANGEME -h CHANGE_ME", &["change_me"]),
            (Command, "aws ec2 describe --id vpc-xxxx XXX", &["vpc_xxxx", "xxx"]),
            (Command, "mktemp /tmp/a.XXXXXX", &[]),
            (Command, "ping NEW_MASTER VIP OLD_MASTER.example.com", &["new_master", "vip", "old_master"]),
            (Command, "ssh DB_HOST", &["?db_host"]),
            (Command, "DB_HOST=x; export DB_PORT; echo $DB_USER ${DB_NAME}", &[]),
            (
                Command,
                "mysql -e \"CHANGE MASTER TO MASTER_HOST='NEW_MASTER', MASTER_USE_GTID = slave_pos\"",
                &["new_master"],
            ),
            (Command, "mysql -e 'STOP SLAVE IO_THREAD'", &[]),
            (Command, "# NEW_MASTER is chosen above", &[]),
            (
                Sql,
                "SELECT MASTER_GTID_WAIT('{{ position }}', 10), CURRENT_TIMESTAMP FROM MY_TABLE_X",
                &["position", "my_table_x"],
            ),
            (Sql, "CREATE TABLE t (id INT AUTO_INCREMENT) ROW_FORMAT", &[]),
            (Prose, "Go to <replica host> and <br> say <b>hi</b> [link](x) [ref][x] [NAME]", &["replica_host", "name"]),
            (Prose, "see RFC_2119", &[]),
            (Command, "\n\nping <host>\n", &["host"]),
            (Command, "cat <path of the file, e.g. hosts>", &["path_of_the_file"]),
            (Command, "deploy <enter the environment, eg. gstg or gprd> now", &["enter_the_environment"]),
            (Command, "ssh <the server/host of today's exercise at noon>", &["the_server_host_of_today"]),
            (Command, "sort <in >out; diff <(a) <(b); a < b > c; f <in/x, y | z>", &[]),
            (Command, "mysql <dump.sql 2>&1; sort <in/a -k 2>out", &[]),
            (Command, "# Used memory: XXX\n# CHANGEME, <host>\nfree  # of DB_HOST, XXX", &[]),
            (Command, "echo '# CHANGEME' && echo a#XXX", &["changeme", "xxx"]),
            (Command, "tar xf /path/to/backup.tar -C /chemin/vers/x", &["?path_to_backup_tar", "?chemin_vers_x"]),
            (Command, "cat /path/too /path/to/", &[]),
            (
                Command,
                "mysql < dump-YYYYMMDD.sql; ls a_YYYY-MM-DD /b/AAAAMMJJ",
                &["?yyyymmdd", "?yyyy_mm_dd", "?aaaammjj"],
            ),
            (Command, "psql -c \"select to_char(now(), 'YYYYMMDD')\"", &[]),
            (
                Command,
                "aws deploy --capabilities CAPABILITY_IAM --billing-mode PAY_PER_REQUEST --cap-add SYS_PTRACE",
                &[],
            ),
            (Command, "mysql -e 'GRANT SYSTEM_VARIABLES_ADMIN ON *.* TO a'", &[]),
        ];
        for (setting, text, expected) in cases {
            let names: Vec<_> = find(text, *setting)
                .iter()
                .map(|p| if p.certain { p.name.clone() } else { format!("?{}", p.name) })
                .collect();
            assert_eq!(&names[..], *expected, "{text}");
        }
    }

    #[test]
    fn expressions() {
        let text = "x {{ a.b | upper }}";
        let found = find(text, Command);
        assert_eq!(found[0].expression.map(|s| s.of(text)), Some("a.b | upper"));
        assert_eq!(found[0].span.of(text), "{{ a.b | upper }}");
    }
}
