//! Indented code in which its author wrote fences: many sites let an item's content be indented by four columns, wherever its
//! marker stands, and then CommonMark takes all of it for code.

use super::blocks::CODE;
use super::lines::{after_ending, columns, line_end, opens_fence};

/// Code that was meant as Markdown.
pub(super) struct Meant {
    /// The least column at which a line of it begins.
    pub(super) column: usize,
    /// Whether it is nothing but one fence, so that nothing else in it could have been meant otherwise.
    pub(super) alone: bool,
}

/// Looks through the code whose first line begins at byte `start`: the lines from column `least` on, and blank ones. Returns where it
/// ends, and what it is when it holds a fence and each of its fences is closed.
pub(super) fn read(text: &str, start: usize, least: usize) -> (usize, Option<Meant>) {
    let bytes = text.as_bytes();
    let (mut at, mut last) = (start, start);
    let mut open: Option<Open> = None;
    let (mut fences, mut others, mut held, mut code) = (0_usize, false, false, false);
    let (mut lines, mut numbered) = (0_usize, 0_usize);
    // The deepest mark of a fence whose lines do not stand as its first does.
    let mut askew = 0;
    let mut column = usize::MAX;
    while at < bytes.len() {
        let end = line_end(bytes, at, bytes.len());
        let gap = bytes[at..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        if at + gap < end {
            let here = columns(&bytes[at..at + gap], 0);
            if here < least {
                break;
            }
            column = column.min(here);
            let line = &text[at + gap..end];
            lines += 1;
            numbered += usize::from(open.is_none() && number(line) == Some(numbered + 1));
            if let Some(fence) = &open {
                let ends = fence.ends_with(line, here);
                if here < fence.column || ends && here > fence.column {
                    askew = askew.max(fence.column).max(if ends { here } else { 0 });
                }
                if ends {
                    open = None;
                }
            } else {
                let item = line.len() - behind_markers(line).len();
                open = Open::of(&line[item..], here + item);
                fences += usize::from(open.is_some());
                others |= open.is_none() || item > 0;
                held |= item > 0 || line.starts_with(HOLDERS);
                code |= open.is_none() && is_code(line);
            }
            last = end;
        }
        at = after_ending(bytes, end);
    }
    // Such a fence might not be closed where it seems to be when something else holds it.
    let sure = askew == 0 || !held && askew < column + CODE;
    // "1. Boot it", "2. Format it", …: nobody types that.
    let listed = fences == 0 && numbered >= NUMBERED && numbered * 2 > lines;
    let meant = (fences > 0 && sure || listed) && open.is_none() && !code;
    (last, meant.then_some(Meant { column, alone: fences == 1 && !others }))
}

/// As many lines that count from one on are a list.
const NUMBERED: usize = 3;

/// The number of the item that a line begins.
fn number(line: &str) -> Option<usize> {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let marked = matches!(line.as_bytes().get(digits), Some(b'.' | b')')) && (1..=3).contains(&digits);
    let worded = line.get(digits + 1..)?.trim_start_matches([' ', '\t']).starts_with(char::is_alphabetic);
    line[..digits].parse().ok().filter(|_| marked && worded && line[digits + 1..].starts_with([' ', '\t']))
}

/// How lines begin that hold what is indented below them, items of lists apart.
const HOLDERS: [char; 9] = ['>', '[', '!', '?', '=', '☐', '☑', '✅', '⬜'];

/// An open fence, and the column at which its line begins.
struct Open {
    mark: u8,
    length: usize,
    column: usize,
}

impl Open {
    fn of(line: &str, column: usize) -> Option<Self> {
        if !line.starts_with("```") && !line.starts_with("~~~") || !opens_fence(line) {
            return None;
        }
        let mark = line.as_bytes()[0];
        Some(Self { mark, length: run(line, mark), column })
    }

    fn ends_with(&self, line: &str, column: usize) -> bool {
        let length = run(line, self.mark);
        length >= self.length
            && column < self.column + CODE
            && line[length..].bytes().all(|b| matches!(b, b' ' | b'\t'))
    }
}

fn run(line: &str, mark: u8) -> usize {
    line.bytes().take_while(|b| *b == mark).count()
}

/// The line behind the markers of the items that it opens.
fn behind_markers(line: &str) -> &str {
    let mut rest = line;
    loop {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let marked = match rest.as_bytes().get(digits) {
            Some(b'-' | b'+' | b'*') => digits == 0,
            Some(b'.' | b')') => (1..=9).contains(&digits),
            _ => false,
        };
        match rest.get(digits + 1..).filter(|behind| marked && behind.starts_with([' ', '\t'])) {
            Some(behind) => rest = behind.trim_start_matches([' ', '\t']),
            None => return rest,
        }
    }
}

/// Whether a line outside of fences can hardly be anything but code: then marks of fences are what that code is about, such as a
/// here-document's. One `#` is a comment in most code.
fn is_code(line: &str) -> bool {
    line.starts_with("# ") || line.starts_with("#!") || line.starts_with("$ ") || line.contains("<<")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The column and whether it is one fence; `None` when it is code.
    fn meant(text: &str) -> Option<(usize, bool)> {
        read(text, 0, CODE).1.map(|meant| (meant.column, meant.alone))
    }

    #[test]
    fn markdown_that_looks_like_code() {
        for (text, want) in [
            ("    ```bash\n    ls\n    ```\n", (4, true)),
            ("      ~~~\n\n      ls\n      ~~~\n\n\ntext", (6, true)),
            ("\t```\r\n\tls\r\n\t```", (4, true)),
            ("      ```\n    ls\n      ```\n", (4, true)),
            ("    Look:\n\n      ```bash\n      ls\n      ```\n", (4, false)),
            ("    ```\n    ls\n    ```\n    more\n", (4, false)),
            ("    ```\n    a\n    ```\n\n    ```\n    b\n    ```\n", (4, false)),
            ("    - ```\n      ls\n      ```\n", (4, false)),
            ("    1. * ~~~\n         ls\n         ~~~\n", (4, false)),
            ("    ````\n    ```\n    ls\n    ````\n", (4, true)),
            ("    ```\n    # ls\n    cat <<E\n    E\n    ```\n", (4, true)),
            ("    a:\n      ```\n    ls\n       ```\n", (4, false)),
            ("    ## Part\n    ```\n    ls\n    ```\n", (4, false)),
            ("    1. Boot it\n    2.  Format it\n    2 bis: mount it\n    3) Copy it\n", (4, false)),
        ] {
            assert_eq!(meant(text), Some(want), "{text:?}");
        }
    }

    #[test]
    fn code_stays_code() {
        for text in [
            "    ls\n",
            "    1. ls\n    2. ls\n",
            "    1 ok\n    2 ok\n    3 ok\n",
            "    1. a\n    $ ls\n    2. b\n    3. c\n",
            // Not closed, not closed inside, not closed where it may be.
            "    ```\n    ls\n",
            "    ```\n  ls\n    ```\n",
            "    ```\n    ls\n        ```\n",
            "    a\n    ```\n    ls\n    ```\n    ```\n",
            "    ```a`b\n    ls\n",
            "    -```\n    ls\n",
            // An item or a box might end before its fence does.
            "    - ```\n    ls\n    ```\n",
            "    [ ] a\n       ```\n       ls\n    ```\n",
            "    a\n\n        ```\n    ls\n        ```\n",
            // Code that speaks of fences.
            "    cat > x.md <<E\n    ```\n    ls\n    ```\n    E\n",
            "    # the page\n    echo\n    ```\n    ls\n    ```\n",
            "    $ cat x.md\n    ```\n    ls\n    ```\n",
        ] {
            assert_eq!(meant(text), None, "{text:?}");
        }
    }

    #[test]
    fn where_it_ends() {
        assert_eq!(read("    a\n\n    b\n\n  c\n", 0, CODE).0, 12);
        assert_eq!(read("    a\n", 0, CODE).0, 5);
    }
}
