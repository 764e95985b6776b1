//! Whoever is asked, and whatever is shown: the terminal, the answers file, and the live reporters.
//!
//! [`Chain`] is the [`Operator`](crate::driver::ports::Operator) of a run: the answers file first, then `--yes`, then
//! the terminal when there is one (standard input **and** standard output are terminals), else nobody.
//! [`Human`] and [`Json`] are its [`Reporter`](crate::driver::ports::Reporter)s. `Human` and [`Terminal`] share one
//! [`Screen`], so that what they write comes out in order.
//!
//! Invariants: the only room that reads a terminal. End of input is never a yes. Nothing that comes from a runbook, a
//! command or a host reaches the terminal unescaped. What is behind is never redrawn.

pub mod answers;
mod card;
pub mod chain;
#[cfg(test)]
mod fixture;
mod head;
mod keys;
pub mod reporter;
pub mod screen;
pub mod style;
pub mod terminal;
mod text;
mod way;
mod words;

pub use answers::Answers;
pub use card::describe;
pub use chain::Chain;
pub use reporter::{Human, Json};
pub use screen::Screen;
pub use style::Style;
pub use terminal::Terminal;

/// Text from elsewhere, made safe for a terminal: control characters and escapes become visible.
#[must_use]
pub fn sanitised(text: &str) -> String {
    let plain = |b: u8| (b' '..=b'~').contains(&b) || b == b'\n';
    // To look at every byte is quicker than to stop at the first.
    if text.bytes().fold(true, |all, b| all & plain(b)) {
        return text.to_owned();
    }
    if memchr::memchr(b'\n', text.as_bytes()).is_none() {
        return text::visible(text);
    }
    text.split('\n').map(text::visible).collect::<Vec<_>>().join("\n")
}
