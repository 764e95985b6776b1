//! Who answers: the answers file, then `--yes`, then the person at the terminal, then nobody.

use super::answers::{Answers, Lookup};
use super::screen::Screen;
use super::terminal::Terminal;
use super::text::{Tone, prose};
use super::words::fill;
use crate::driver::ports::{Interrupt, Operator, Reply, Standing};
use crate::engine::event::Actor;
use crate::engine::question::{Answer, Ask, Question};
use crate::runbook::model::Effect;

/// Whether `--yes` answers a question: a clear command that destroys nothing, is not the point of no return and needs no
/// terminal. Nothing else, ever.
#[must_use]
pub const fn yes_confirms(ask: &Ask) -> bool {
    matches!(
        ask,
        Ask::Command { effect: Effect::Read | Effect::Write, pivot: false, ambiguous: None, attended: false, .. }
    )
}

/// Layers of answers, the nearest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Answers,
    Yes,
    Terminal,
}

/// The operator of a run.
#[derive(Debug)]
pub struct Chain {
    screen: Screen,
    name: String,
    answers: Option<Answers>,
    yes: bool,
    terminal: Option<Terminal>,
    /// The last question and who answered it.
    last: Option<(Question, Layer)>,
    /// A question that only later layers may answer, because the engine refused this one's word.
    refused: Option<(Question, Layer)>,
    /// What the answers file said in vain, so that it is said once.
    unfit: Option<Question>,
}

impl Chain {
    /// A chain in which nobody answers yet; `name` is who is responsible for the run.
    #[must_use]
    pub fn new(screen: Screen, name: impl Into<String>) -> Self {
        Self {
            screen,
            name: name.into(),
            answers: None,
            yes: false,
            terminal: None,
            last: None,
            refused: None,
            unfit: None,
        }
    }

    /// With an answers file.
    #[must_use]
    pub fn with_answers(mut self, answers: Option<Answers>) -> Self {
        self.answers = answers;
        self
    }

    /// With `--yes`.
    #[must_use]
    pub const fn with_yes(mut self, yes: bool) -> Self {
        self.yes = yes;
        self
    }

    /// With a person at a terminal.
    #[must_use]
    pub fn with_terminal(mut self, terminal: Option<Terminal>) -> Self {
        self.terminal = terminal;
        self
    }

    /// The answers file's word, when it has one that can be used here.
    fn prepared(&mut self, question: &Question, standing: &Standing<'_>) -> Option<Reply> {
        let answers = self.answers.as_mut()?;
        let name = answers.operator.clone().unwrap_or_else(|| self.name.clone());
        // The same person is not counted twice at a gate.
        if let Ask::Gate { approved_by, .. } = &question.ask
            && approved_by.iter().any(|known| known.trim().eq_ignore_ascii_case(name.trim()))
        {
            return None;
        }
        match answers.answer(question, standing.plan) {
            // A command that needs the terminal is never run without one.
            Lookup::Answer(Answer::Run { .. })
                if self.terminal.is_none() && matches!(question.ask, Ask::Command { attended: true, .. }) =>
            {
                None
            }
            Lookup::Answer(answer) => Some(Reply::Answer(answer, Actor::Answers(name))),
            Lookup::Silent => None,
            Lookup::Unfit(why) => {
                if self.unfit.as_ref() != Some(question) {
                    self.unfit = Some(question.clone());
                    self.warn(&fill(self.screen.words().answers_unfit, &[&why]));
                }
                None
            }
        }
    }

    fn warn(&self, text: &str) {
        let mut lines = Vec::new();
        prose(&mut lines, 2, Tone::Warn, text, &self.screen.style());
        // An output that is gone is noticed by whoever writes next.
        drop(self.screen.lines(&lines).and_then(|()| self.screen.flush()));
    }
}

impl Operator for Chain {
    async fn ask(&mut self, question: &Question, standing: &Standing<'_>) -> Reply {
        let refused = self.refused.as_ref().filter(|(known, _)| known == question).map(|(_, layer)| *layer);
        let may = |layer: Layer| refused.is_none_or(|refused| layer > refused);
        if refused.is_none() {
            self.refused = None;
        }
        if may(Layer::Answers)
            && let Some(reply) = self.prepared(question, standing)
        {
            self.last = Some((question.clone(), Layer::Answers));
            return reply;
        }
        if self.yes && may(Layer::Yes) && yes_confirms(&question.ask) {
            self.last = Some((question.clone(), Layer::Yes));
            // Whoever passed `--yes` is responsible, and nobody was asked.
            return Reply::Answer(Answer::Run { edited: None }, Actor::Yes(self.name.clone()));
        }
        let Some(terminal) = self.terminal.as_mut() else {
            self.last = None;
            return Reply::Nobody;
        };
        self.last = Some((question.clone(), Layer::Terminal));
        terminal.ask(question, standing).await
    }

    async fn interrupted(&mut self, standing: &Standing<'_>) -> Interrupt {
        match &mut self.terminal {
            Some(terminal) => terminal.interrupted(standing).await,
            // Nobody can say: stop what runs, so that Ctrl-C and a supervisor's signal work.
            None => Interrupt::Stop,
        }
    }

    fn refused(&mut self, message: &str) {
        let last = self.last.take();
        if let Some((_, Layer::Answers | Layer::Yes)) = &last {
            self.refused = last;
        }
        match &mut self.terminal {
            Some(terminal) => terminal.refused(message),
            None => self.warn(&fill(self.screen.words().refused, &[message])),
        }
    }
}

#[cfg(test)]
#[path = "chain_tests.rs"]
mod tests;
