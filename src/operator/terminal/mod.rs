//! The terminal: asks one question at a time, line by line, and leaves a scroll-back that reads as a record.
//!
//! End of input, a closed terminal and a failed write are all [`Reply::Gone`], and never a yes. What was typed before a
//! dangerous question was on the screen is thrown away.

mod dialogue;
mod edit;
mod input;
mod views;

use super::card::Card;
use super::keys::{self, Go, Said};
use super::screen::Screen;
use super::text::{Line, Tone, prose};
use super::words::fill;
use crate::driver::ports::{Interrupt, Operator, Reply, Standing};
use crate::engine::event::Actor;
use crate::engine::question::{Answer, Ask, Question};
use input::{Lines, Typed};
use std::io::{self, BufRead};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// Asks a person.
pub struct Terminal {
    screen: Screen,
    name: String,
    input: Lines,
    /// Input is a real terminal: echo can be turned off, an editor can be used.
    real: bool,
    /// The question on the screen, when nothing but a note or a refusal came after it.
    shown: Option<Question>,
}

impl std::fmt::Debug for Terminal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Terminal").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Why a dialogue ends before its question is answered.
enum Out {
    /// Nobody can answer any more.
    Gone,
    /// Something else was said instead: pause, abort.
    Said(Answer),
}

impl From<io::Error> for Out {
    fn from(_: io::Error) -> Self {
        Self::Gone
    }
}

type Step<T> = Result<T, Out>;

impl Terminal {
    /// A terminal for `name` on any input.
    #[must_use]
    pub fn new(screen: Screen, input: Box<dyn BufRead + Send>, name: impl Into<String>) -> Self {
        Self { screen, name: name.into(), input: Lines::new(input), real: false, shown: None }
    }

    /// The terminal that standard input and output are.
    #[must_use]
    pub fn stdin(screen: Screen, name: impl Into<String>) -> Self {
        let mut terminal = Self::new(screen, Box::new(io::BufReader::new(io::stdin())), name);
        terminal.real = true;
        terminal
    }

    /// Shows a message on a line of its own.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn say(&self, message: &str) -> io::Result<()> {
        self.hint(Tone::Warn, message)
    }

    fn hint(&self, tone: Tone, text: &str) -> io::Result<()> {
        let style = self.screen.style();
        let mut lines = Vec::new();
        prose(&mut lines, 2, tone, text, &style);
        self.screen.lines(&lines)?;
        self.screen.flush()
    }

    /// One line of input or Ctrl-C. `signals` is absent where the runtime cannot watch them.
    async fn typed(&mut self, signals: &mut Option<Signal>) -> Typed {
        let asking = self.screen.asking();
        let typed = match signals {
            None => self.input.next().await,
            Some(signals) => tokio::select! {
                biased;
                _ = signals.recv() => Typed::Interrupted,
                typed = self.input.next() => typed,
            },
        };
        if matches!(typed, Typed::Text(_) | Typed::Unreadable) {
            asking.answered();
        }
        typed
    }

    /// Shows `prompt` and reads the answer to it.
    async fn line(&mut self, prompt: &Line) -> Step<String> {
        let mut signals = signal(SignalKind::interrupt()).ok();
        loop {
            self.screen.prompt(prompt)?;
            match self.typed(&mut signals).await {
                Typed::Text(text) => return Ok(text),
                Typed::Unreadable => self.hint(Tone::Warn, self.screen.words().hint_unreadable)?,
                Typed::Gone => return Err(Out::Gone),
                Typed::Interrupted => self.at_prompt(&mut signals).await?,
            }
        }
    }

    /// As [`Self::line`], without echo on a real terminal.
    async fn secret(&mut self, prompt: &Line) -> Step<String> {
        let silence = if self.real { Some(input::Silence::new()?) } else { None };
        let line = self.line(prompt).await;
        drop(silence);
        line
    }

    /// Ctrl-C at a prompt: pause, abort, or back to the prompt.
    async fn at_prompt(&mut self, signals: &mut Option<Signal>) -> Step<()> {
        let words = self.screen.words();
        let pause = || Out::Said(Answer::Pause { reason: words.interrupt_reason.to_owned() });
        self.screen.prompt(&Line::of(Tone::Warn, words.interrupt_prompt).with(Tone::Accent, " >"))?;
        match self.typed(signals).await {
            Typed::Interrupted => Err(pause()),
            Typed::Gone => Err(Out::Gone),
            Typed::Unreadable => Ok(()),
            Typed::Text(text) => match text.trim().to_lowercase().as_str() {
                "p" => Err(pause()),
                "a" => {
                    self.screen.prompt(&Line::of(Tone::Warn, words.sure_abort).with(Tone::Accent, " >"))?;
                    match self.typed(signals).await {
                        Typed::Text(text) if matches!(text.trim().to_lowercase().as_str(), "yes" | "oui") => {
                            Err(Out::Said(Answer::Abort { reason: words.interrupt_reason.to_owned() }))
                        }
                        Typed::Gone => Err(Out::Gone),
                        _ => Ok(()),
                    }
                }
                _ => Ok(()),
            },
        }
    }

    async fn question(&mut self, question: &Question, standing: &Standing<'_>) -> Step<Reply> {
        let words = self.screen.words();
        let mut edited: Option<String> = None;
        let mut fresh = self.shown.take().is_none_or(|shown| shown != *question);
        loop {
            let go = keys::go(question, standing, edited.is_some());
            let memory = self.screen.memory(|m| m.clone());
            let output = memory.output.as_ref().map(|p| p.display().to_string());
            let card = Card {
                question,
                standing,
                go: &go,
                words,
                style: self.screen.style(),
                tail: &memory.tail,
                output: output.as_deref(),
            };
            let prompt = card.prompt();
            if std::mem::take(&mut fresh) {
                // Values may be pasted together; anything that acts may not be typed ahead.
                if self.real && go != Go::Enter && !matches!(question.ask, Ask::Value { .. }) {
                    input::forget_typed();
                }
                if let Some(node) = standing.plan.node(&question.node) {
                    let section = &standing.plan.step_of(node).section;
                    self.screen.lines(&super::head::section(section, &self.screen))?;
                }
                self.screen.lines(&card.lines())?;
                if let Ask::Command { rendered, .. } = &question.ask {
                    self.screen.memory(|m| m.command = Some((question.node.clone(), rendered.clone())));
                }
            }
            let secret = matches!(question.ask, Ask::Value { secret: true, .. });
            let line = if secret { self.secret(&prompt).await? } else { self.line(&prompt).await? };
            match keys::read(&question.ask, &go, &line, words) {
                Said::Show => fresh = true,
                Said::Hint(text) => self.hint(Tone::Warn, &text)?,
                Said::Help => self.help(question, standing)?,
                Said::Where => self.whereabouts(question, standing)?,
                Said::Output => self.output().await?,
                Said::Edit => edited = self.edit(question, standing, edited).await?,
                said => {
                    if let Some(reply) = self.finish(said, question, standing, edited.as_deref()).await? {
                        if matches!(reply, Reply::Answer(Answer::Note(_), _)) {
                            self.shown = Some(question.clone());
                        }
                        return Ok(reply);
                    }
                }
            }
        }
    }

    fn by(&self, answer: Answer) -> Reply {
        Reply::Answer(answer, Actor::Operator(self.name.clone()))
    }
}

impl Operator for Terminal {
    async fn ask(&mut self, question: &Question, standing: &Standing<'_>) -> Reply {
        match self.question(question, standing).await {
            Ok(reply) => reply,
            Err(Out::Said(answer)) => self.by(answer),
            Err(Out::Gone) => Reply::Gone,
        }
    }

    async fn interrupted(&mut self, _standing: &Standing<'_>) -> Interrupt {
        let words = self.screen.words();
        let mut signals = signal(SignalKind::interrupt()).ok();
        let prompt = Line::of(Tone::Warn, words.interrupt_running).with(Tone::Accent, " >");
        loop {
            if self.screen.line(Tone::Plain, "").and_then(|()| self.screen.prompt(&prompt)).is_err() {
                return Interrupt::Pause;
            }
            match self.typed(&mut signals).await {
                Typed::Interrupted => return Interrupt::Stop,
                Typed::Gone => return Interrupt::Pause,
                Typed::Unreadable => {}
                Typed::Text(text) => match text.trim().to_lowercase().as_str() {
                    "s" => return Interrupt::Stop,
                    "p" => return Interrupt::Pause,
                    "" | "g" => return Interrupt::GoOn,
                    _ => {}
                },
            }
        }
    }

    fn refused(&mut self, message: &str) {
        let text = fill(self.screen.words().refused, &[message]);
        // A terminal that is gone is noticed by the next question.
        drop(self.hint(Tone::Bad, &text));
    }
}

#[cfg(test)]
mod pty_tests;
#[cfg(test)]
mod tests;
