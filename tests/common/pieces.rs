//! What the lines of compared documents are made of, and where a comparison says nothing.

/// Containers, as they open or as they would be gone on with.
pub const PREFIXES: &[&str] = &[
    "", "", "> ", ">", "- ", "* ", "1. ", "2) ", "10. ", "  ", "   ", "    ", "\t", "- [ ] ", "1. [x] ", "+   ", "-\t",
    "      ",
];

/// What stands in them.
pub const LEAVES: &[&str] = &[
    "text",
    "more words",
    "",
    "",
    "# Title",
    "## Two ##",
    "```sh",
    "```",
    "````",
    "~~~",
    "~~~ yaml",
    "---",
    "***",
    "===",
    "--",
    "a | b",
    "| - | - |",
    "<div>",
    "</div>",
    "<!-- c",
    "-->",
    "x `code`",
    "[ref]: /to",
    "- - x",
    "#not",
    "1986. no",
    "\\- no",
    "<b>",
    "<pre>",
    "</pre> x",
    "=== \"Tab\"",
    "===! \"Other\"",
    "!!! note",
    "??? tip \"Title\"",
];

/// Where the other parser is known to part from CommonMark or GitHub, or these leave the answer open:
///
/// - `\t>` under a quote is four columns deep, and so no quote's marker; the other parser takes it for one.
/// - The text of a task item begins with its box, and so with no link definition; the other parser sees one.
/// - A table that begins behind a box: whether the box is its item's.
/// - Indented code right below a table ends it on GitHub; the other parser reads a row.
/// - A line like a table's row that goes on lazily with an item's text: the other parser takes what follows in the item for
///   something beside it.
pub fn open_question(text: &str) -> bool {
    let boxed = |line: &str, what: &str| line.contains("] ") && line.contains(what);
    let mut in_table = false;
    let mut in_item = false;
    text.lines().any(|line| {
        let tab = line.find('\t').is_some_and(|at| line[at..].contains('>'));
        let below = in_table && (line.contains("    ") || line.contains('\t'));
        in_table = line.contains('|') || in_table && !line.trim_matches([' ', '>']).is_empty();
        let bare = line.trim_start_matches([' ', '>']);
        let lazy_row = in_item && bare.starts_with('|');
        in_item = bare.starts_with(['-', '*', '+']) || bare.starts_with(|c: char| c.is_ascii_digit());
        tab || below || lazy_row || boxed(line, "[ref]:") || boxed(line, "|")
    })
}
