//! What the output can show: colours, symbols, width, and whether a line may be rewritten.

use std::io::IsTerminal;

/// The abilities of an output.
#[allow(clippy::struct_excessive_bools)] // they are independent
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// ANSI colours.
    pub color: bool,
    /// Symbols and box-drawing characters; ASCII otherwise.
    pub unicode: bool,
    /// Letters outside ASCII are folded (`é` → `e`): a terminal whose encoding is not UTF-8.
    pub fold: bool,
    /// Columns.
    pub width: usize,
    /// The present line may be rewritten with `\r`: a terminal that is not dumb.
    pub live: bool,
}

impl Style {
    /// Nothing but text: for tests and files.
    #[must_use]
    pub const fn plain(width: usize) -> Self {
        Self { color: false, unicode: true, fold: false, width, live: false }
    }

    /// From the environment. `terminal`: whether the output is one.
    #[must_use]
    pub fn from_environment(get: impl Fn(&str) -> Option<String>, terminal: bool, columns: Option<usize>) -> Self {
        let set = |name: &str| get(name).filter(|v| !v.is_empty());
        let dumb = set("TERM").is_none_or(|t| t == "dumb");
        let force = set("CLICOLOR_FORCE").is_some_and(|v| v != "0");
        let no_color = set("NO_COLOR").is_some();
        let off = set("CLICOLOR").is_some_and(|v| v == "0");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(|n| set(n)).unwrap_or_default().to_lowercase();
        let utf8 = locale.contains("utf-8") || locale.contains("utf8");
        let width = columns.or_else(|| set("COLUMNS").and_then(|c| c.parse().ok())).unwrap_or(80);
        Self {
            color: !no_color && (force || (terminal && !dumb && !off)),
            unicode: utf8 && !(terminal && dumb),
            fold: terminal && !utf8,
            width: width.clamp(40, 110),
            live: terminal && !dumb,
        }
    }

    /// For standard error as it is.
    #[must_use]
    pub fn of_stderr() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let columns = terminal_size::terminal_size_of(std::io::stderr()).map(|(width, _)| usize::from(width.0));
        Self::from_environment(|name| std::env::var(name).ok(), terminal, columns.filter(|w| *w > 0))
    }

    /// For standard output as it is.
    #[must_use]
    pub fn of_stdout() -> Self {
        let terminal = std::io::stdout().is_terminal();
        let columns = columns().filter(|_| terminal);
        Self::from_environment(|name| std::env::var(name).ok(), terminal, columns)
    }
}

/// The terminal's width now, when standard output is one.
#[must_use]
pub fn columns() -> Option<usize> {
    terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| usize::from(width.0)).filter(|w| *w > 0)
}

/// Whether questions can be asked: standard input and standard output are both terminals.
#[must_use]
pub fn interactive() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn style(pairs: &[(&str, &str)], terminal: bool) -> Style {
        let get = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Style::from_environment(get, terminal, None)
    }

    #[test]
    fn the_environment_decides() {
        let good = [("TERM", "xterm"), ("LANG", "fr_FR.UTF-8")];
        assert_eq!(style(&good, true), Style { color: true, unicode: true, fold: false, width: 80, live: true });
        assert_eq!(style(&good, false), Style { color: false, unicode: true, fold: false, width: 80, live: false });
        let no_color = [("TERM", "xterm"), ("LANG", "C.utf8"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")];
        assert!(!style(&no_color, true).color);
        assert!(style(&[("CLICOLOR_FORCE", "1")], false).color);
        let dumb = style(&[("TERM", "dumb"), ("LANG", "en_US.UTF-8")], true);
        assert_eq!(dumb, Style { color: false, unicode: false, fold: false, width: 80, live: false });
        let latin = style(&[("TERM", "xterm"), ("LC_ALL", "C"), ("LANG", "en_US.UTF-8"), ("COLUMNS", "132")], true);
        assert_eq!(latin, Style { color: true, unicode: false, fold: true, width: 110, live: true });
    }
}
