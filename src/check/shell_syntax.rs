//! A shell fence that the shell would refuse. Read by a parser of the shell's own grammar, not by ours.

use super::Subject;
use super::facts::runs;
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{Command, Interpreter};
use crate::runbook::shell;
use crate::source::Span;
use crate::syntax::placeholder::{self, Setting};
use brush_parser::{ParseError, Parser, ParserOptions};

/// Longer ones are scripts pasted whole; reading them is not worth the time.
const LONGEST: usize = 32 * 1024;

/// One finding per command.
pub(super) fn lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut indented: Vec<usize> = found
        .iter()
        .filter(|d| d.code == "indented-heredoc")
        .filter_map(|d| d.labels.first().map(|l| l.span.start))
        .collect();
    indented.sort_unstable();
    for step in &subject.runbook.steps {
        for command in step.commands.iter().chain(&step.undo) {
            if command.regular {
                continue;
            }
            let unclosed = command.why == "a quote, here-document or block is not closed";
            if command.interpreter != Interpreter::Shell || !(runs(command) || unclosed) || command.text.len() > LONGEST
            {
                continue;
            }
            let next = indented.partition_point(|at| *at < command.span.start);
            let told = indented.get(next).is_some_and(|at| *at < command.span.end);
            if told {
                continue;
            }
            let text = filled(command);
            if shell::is_read(&text) {
                continue;
            }
            if let Some(line) = wrong(&text) {
                let at = place(subject, command, line);
                found.push(
                    Diagnostic::warning("shell-syntax", "the shell cannot read this command")
                        .at(at, "")
                        .help("look for a quote, a bracket, a here-document's end or a `done` that is missing; or mark it `{show}` if it is not to be run"),
                );
            }
        }
    }
}

/// The text with a word of the same length where a value will stand: a blank of a template is no mistake.
fn filled(command: &Command) -> String {
    let mut bytes = command.text.clone().into_bytes();
    for place in placeholder::find(&command.text, Setting::Command) {
        if let Some(hole) = bytes.get_mut(place.span.start..place.span.end) {
            hole.iter_mut().filter(|b| **b != b'\n').for_each(|b| *b = b'x');
        }
    }
    String::from_utf8(bytes).unwrap_or_default().replace('…', "...")
}

/// So many openings can be nested on any thread's stack.
const SHALLOW: usize = 24;
/// And so many on a stack of this size. What has more is left unread.
const DEEP: (usize, usize) = (400, 128 << 20);

/// Every `(` that stands open doubles the time that the parser takes to find out that no arithmetic begins there: 24 of them are
/// a second. No script that people write has so many. What has more is left unread.
const NESTED: usize = 16;

/// Where the shell stops reading; `None` when it reads to the end. The parser goes down one level of its own stack for
/// each level of the text, so a text that may be deep gets a stack that is deeper.
fn wrong(text: &str) -> Option<usize> {
    if !plain_tags(text) || nested(text) > NESTED {
        return None;
    }
    let openings = openings(text);
    if openings <= SHALLOW {
        return parse(text);
    }
    if openings > DEEP.0 {
        return None;
    }
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(DEEP.1).spawn_scoped(scope, || parse(text)).ok()?;
        reader.join().ok().flatten()
    })
}

/// Whether every here-document has a plain end word. With others the parser may never come to an end.
fn plain_tags(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, after)) = rest.split_once("<<") {
        rest = after;
        if let Some(after) = rest.strip_prefix('<') {
            rest = after;
            continue;
        }
        let tag = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches([' ', '\\']);
        let quote = tag.chars().next().filter(|c| matches!(c, '"' | '\''));
        let tag = quote.map_or(tag, |q| &tag[q.len_utf8()..]);
        let end = tag.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(tag.len());
        let behind = tag[end..].chars().next();
        let closed = match quote {
            Some(_) => behind == quote,
            None => behind.is_none_or(|c| matches!(c, ' ' | '\n' | '\t' | ';' | '|' | ')' | '>' | '&')),
        };
        if end == 0 || !closed {
            return false;
        }
    }
    !text.contains('\r')
}

/// How many `(` stand open at most.
fn nested(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'(' => open += 1,
            b')' => open = open.saturating_sub(1),
            _ => continue,
        }
        most = most.max(open);
    }
    most
}

/// At most so many levels can stand in each other.
fn openings(text: &str) -> usize {
    const WORDS: [&str; 8] = ["if", "for", "while", "until", "case", "select", "elif", "!"];
    let marks = text.bytes().filter(|b| matches!(b, b'(' | b'{' | b'[' | b'`')).count();
    marks + text.split(|c: char| !(c.is_alphanumeric() || c == '!')).filter(|w| WORDS.contains(w)).count()
}

/// The 1-based line at which the parser stops; 0 when it is the end.
fn parse(text: &str) -> Option<usize> {
    let error = Parser::new(text.as_bytes(), &ParserOptions::default()).parse_program().err()?;
    Some(match error {
        ParseError::ParsingNear(at) => at.line,
        ParseError::Tokenizing { position, .. } => position.map_or(0, |p| p.line),
        ParseError::ParsingAtEndOfInput => 0,
    })
}

/// The line of the source that holds a line of the command.
fn place(subject: &Subject<'_>, command: &Command, line: usize) -> Span {
    let (source, count) = (&subject.source, command.text.lines().count());
    if line == 0 || line > count {
        return command.span;
    }
    let at = source.map.line_span(command.line + line - 1);
    let text = at.of(&source.text);
    let start = at.start + (text.len() - text.trim_start().len());
    let inside = Span::new(start, start + text.trim().len());
    if command.span.contains(inside) { inside } else { command.span }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The parser recurses: neither depth nor length may overflow a stack.
    #[test]
    fn depth_and_length_are_bounded() {
        for (open, close) in [
            ("( ", " )"),
            ("{ ", "; }"),
            ("if true; then ", "; fi"),
            ("$(", ")"),
            ("echo \"$(", ")\""),
            ("((", "))"),
            ("for i in a; do ", "; done"),
            ("case x in x) ", ";; esac"),
            ("[[ ( ", " ) ]]"),
            ("f() { ", "; }"),
            ("! ", ""),
            ("a=(", ")"),
            ("while ", "; do ls; done"),
            ("<(", ")"),
            ("$((", "))"),
            ("${a:-", "}"),
            ("`", "`"),
            ("ls | ", ""),
            ("ls && ", ""),
            ("ls;\n", ""),
            ("ls 'a b' > x;\n", ""),
            ("a[", "]"),
            ("[[ a && ", " ]]"),
            ("[[ -n a ]] || ", ""),
            ("x=y ", ""),
            ("cat <<A\n", "\nA"),
            ("else ", ""),
            ("do ", ""),
            ("\"a\"'b'", ""),
        ] {
            for n in [1, 24, 100, 390, 3000] {
                let text = format!("{}ls{}", open.repeat(n), close.repeat(n));
                let text: String = text.chars().take(LONGEST).collect();
                wrong(&text);
            }
        }
    }

    /// Found by fuzzing: 54 of them took longer than anybody waits, so this test would never end.
    #[test]
    fn what_stands_open_does_not_take_for_ever() {
        for open in ["(", "(( ", "((a[", "(( a ? b : ", "(( - ! ", "(( a , ( ", "(a; ", "x=("] {
            for n in [4, 8, 54, 200] {
                wrong(&format!("ls\n{}x", open.repeat(n)));
            }
            assert!(wrong(&open.repeat(54)).is_none(), "{open} is left unread");
        }
        assert!(wrong("if true; then\n(ls; (cd x; (ls)))\n").is_some(), "no depth of people's scripts is left unread");
    }

    /// Found by chance: on this one the parser went on for ever.
    #[test]
    fn an_odd_end_word_is_left_unread() {
        assert!(wrong("in|fi]]done\nfor<<-\r(}=\\]]${").is_none());
        for (text, plain) in [
            ("cat <<EOF\nEOF", true),
            ("cat <<-'EOF' | x", true),
            ("x <<< y", true),
            ("cat <<E(F", false),
            ("cat <<${", false),
        ] {
            assert_eq!(plain_tags(text), plain, "{text}");
        }
    }

    /// Where a here-document's end is indented the loop around it has no end either.
    #[test]
    fn the_parser_sees_an_indented_end() {
        let text = "for host in db2 db3; do\n    mysql -h $host << EOF\n    START SLAVE;\n    EOF\ndone\n";
        assert!(wrong(text).is_some());
        assert!(wrong(&text.replace("    EOF", "EOF")).is_none());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, cases: 4000, ..Default::default() })]
        /// What is not handed to the parser, it would read.
        #[test]
        fn a_regular_text_is_one_that_the_parser_reads(parts in proptest::collection::vec(proptest::sample::select(vec![
            "ls", " ", " ", " ", "a", "'", "\"", "$X", "${Y}", "|", "||", "&&", "&", ";", "; ", "\n", "<", ">", ">>", "2", "#", "if ", "then ", "else ", "fi",
            "do ", "done", "for i in a", "while ", "[[ a ]]", "[ x ]", "time ", "! ", "(", ")", "{ ", "}", "$(", "`", "case x in\n", "a)", ";;", "esac",
            "f() ", "((", "))", "<<E\n", "E\n", "*", "~",
        ]), 0..16)) {
            let text = parts.concat();
            // `<fi>` is a place for a value, which the lint fills before it asks the parser.
            let place = text.split('<').skip(1).any(|t| t.starts_with(|c: char| c.is_alphabetic()) && t.contains('>'));
            if !place && shell::scan(&text).regular {
                proptest::prop_assert!(wrong(&text).is_none(), "{:?}", text);
            }
        }

        /// The same of what is read strictly; where the parser objects, bash decides.
        #[test]
        fn a_text_that_is_read_strictly_is_one_that_bash_reads(parts in proptest::collection::vec(proptest::sample::select(vec![
            "ls", " ", " ", " ", " ", "\n", "; ", "a", "\"", "'", "$X", "${Y}", "${Z:-a}", "${#X}", "| ", "|| ", "&& ", "& ", " < ", " > f", ">> f", "2>&1", "<>f",
            " #", "if ", "then ", "elif ", "else ", "fi", "do ", "done", "for i in a; ", "for i ", "in ", "while ", "until ", "[[ ", " ]]", "-n ", " == ", "=~ ",
            "[ x ]", "time ", "! ", "(", ")", "{ ", "}", "$(", "$((1+", "))", "((", "`", "case x in\n", "a) ", ";;", "esac", "f() ", "function g ", " <<E\n", "E\n",
            " <<'E'\n", "*", "~", "x=1 ", "a=(b c)", "$'a'", "\\", "<(", "<<<", "select ", "&>f", "é", "{a,b}", "[", "]", "@", "!", "-", "%", "\t",
        ]), 0..16)) {
            let text = parts.concat();
            if shell::is_read(&text) && wrong(&text).is_some() {
                let bash = std::process::Command::new("bash").args(["-n", "-c", &text]).output();
                proptest::prop_assert!(bash.is_ok_and(|b| b.status.success()), "{:?}", text);
            }
        }
    }

    proptest::proptest! {
        /// Whatever is written, the parser gives an answer.
        #[test]
        fn it_never_panics(parts in proptest::collection::vec(proptest::sample::select(vec![
            "ls", " ", "'", "\"", "$", "${", "}", "|", "&", ";", "\n", "<", "<<", "<<-", "EOF", ">", "#", "if", "then", "fi", "do", "done", "for", "in",
            "[[", "]]", "[", "]", "=", "(", ")", "((", "))", "{", "\\", "`", "é", "*", "case", "esac", ";;", "\t", "\r", "~", "!", "+=", "?", "0", "-",
        ]), 0..20)) {
            wrong(&parts.concat());
        }
    }
}
