//! The second half of an answer: reasons, names, the new text of a command.

use super::super::keys::Said;
use super::super::text::{Line, Tone, boxed, prose};
use super::super::way;
use super::super::words::fill;
use super::{Out, Step, Terminal, edit};
use crate::driver::ports::{Reply, Standing};
use crate::engine::event::{Actor, FailureAnswer, UnknownAnswer};
use crate::engine::question::{Answer, Ask, Question};
use crate::engine::rollback::way_back;

impl Terminal {
    /// Turns what was said into an answer; `None` when the operator took it back.
    pub(super) async fn finish(
        &mut self,
        said: Said,
        question: &Question,
        standing: &Standing<'_>,
        edited: Option<&str>,
    ) -> Step<Option<Reply>> {
        let words = self.screen.words();
        let answer = match said {
            Said::Run => Some(Answer::Run { edited: edited.map(str::to_owned) }),
            Said::Value(text) => Some(Answer::Value(text)),
            Said::Choose(option) => Some(Answer::Choose(option)),
            Said::Yes => return self.yes(question).await,
            Said::Done(how) => self.reason(how, words.how_done).await?.map(|note| Answer::Done { note }),
            Said::Skip(why) => {
                let free =
                    matches!(question.ask, Ask::Command { optional: true, .. } | Ask::Manual { optional: true, .. });
                let why = if free { Some(why.unwrap_or_else(|| words.optional.to_owned())) } else { why };
                self.reason(why, words.why_skip).await?.map(|reason| Answer::Skip { reason })
            }
            Said::No(why) => self.reason(why, words.why_no).await?.map(|note| Answer::No { note }),
            Said::Note(text) => self.reason(text, words.what_note).await?.map(Answer::Note),
            Said::Rollback(why) => self.back(why, standing).await?.map(|reason| Answer::Rollback { reason }),
            Said::Pause(why) => {
                let reason = why.filter(|w| !w.is_empty()).unwrap_or_else(|| words.paused_by.to_owned());
                Some(Answer::Pause { reason })
            }
            Said::Abort(why) => self.abort(why).await?.map(|reason| Answer::Abort { reason }),
            Said::Failure(FailureAnswer::Abort, why) => {
                self.abort(why).await?.map(|why| Answer::Failure(FailureAnswer::Abort, why))
            }
            Said::Failure(FailureAnswer::Rollback, why) => {
                self.back(why, standing).await?.map(|why| Answer::Failure(FailureAnswer::Rollback, why))
            }
            Said::Failure(answer, why) => {
                let prompt = if answer == FailureAnswer::Skip { words.why_skip } else { words.how_done };
                self.reason(why, prompt).await?.map(|why| Answer::Failure(answer, why))
            }
            Said::Unknown(UnknownAnswer::Undo, why) => {
                self.back(why, standing).await?.map(|why| Answer::Unknown(UnknownAnswer::Undo, why))
            }
            Said::Unknown(answer, how) => {
                let prompt = if answer == UnknownAnswer::Stop { words.why_abort } else { words.how_known };
                self.reason(how, prompt).await?.map(|how| Answer::Unknown(answer, how))
            }
            Said::Edit | Said::Help | Said::Output | Said::Where | Said::Show | Said::Hint(_) => None,
        };
        Ok(answer.map(|answer| self.by(answer)))
    }

    /// A yes; at a gate for several people, by the name of the one who says it.
    async fn yes(&mut self, question: &Question) -> Step<Option<Reply>> {
        let words = self.screen.words();
        let Ask::Gate { missing, approved_by, .. } = &question.ask else { return Ok(Some(self.by(Answer::Yes))) };
        if approved_by.is_empty() && *missing <= 1 {
            return Ok(Some(self.by(Answer::Yes)));
        }
        let Some(name) = self.reason(None, words.your_name).await? else { return Ok(None) };
        if approved_by.iter().any(|known| known.trim().to_lowercase() == name.to_lowercase()) {
            self.hint(Tone::Warn, &fill(words.hint_same_person, &[&name]))?;
            return Ok(None);
        }
        Ok(Some(Reply::Answer(Answer::Yes, Actor::Operator(name))))
    }

    /// The reason given, or asked for now; an empty line takes the answer back.
    async fn reason(&mut self, given: Option<String>, prompt: &str) -> Step<Option<String>> {
        if let Some(given) = given {
            return Ok(Some(given));
        }
        let words = self.screen.words();
        let mark = self.screen.style().symbols().prompt;
        let line = Line::of(Tone::Plain, "  ")
            .with(Tone::Strong, prompt)
            .with(Tone::Dim, &format!(" {}", words.empty_cancels))
            .with(Tone::Accent, &format!(" {mark}"));
        loop {
            let text = self.line(&line).await?.trim().to_owned();
            match text.chars().count() {
                0 => {
                    self.hint(Tone::Dim, words.cancelled)?;
                    return Ok(None);
                }
                // A key that was meant for the question is not a reason.
                1 => self.hint(Tone::Warn, words.hint_short)?,
                _ => return Ok(Some(text)),
            }
        }
    }

    async fn abort(&mut self, why: Option<String>) -> Step<Option<String>> {
        let words = self.screen.words();
        let Some(why) = self.reason(why, words.why_abort).await? else { return Ok(None) };
        Ok(self.sure(words.sure_abort, Tone::Bad).await?.then_some(why))
    }

    /// Why the way back is to be taken, once its steps stand on the screen and somebody has said yes in full.
    async fn back(&mut self, why: Option<String>, standing: &Standing<'_>) -> Step<Option<String>> {
        let words = self.screen.words();
        let Some(why) = self.reason(why, words.why_back).await? else { return Ok(None) };
        let way = way_back(standing.plan, standing.state);
        // Where there is none, the engine says why.
        if way.queue.is_empty() || standing.state.rollback.is_some() {
            return Ok(Some(why));
        }
        let style = self.screen.style();
        let mut lines = Vec::new();
        prose(&mut lines, 2, Tone::Strong, words.rollback_order, &style);
        way::lines(&mut lines, (&way.queue, &way.rounds), &way.left, (standing.plan, standing.state), words, &style);
        self.screen.lines(&lines)?;
        if !self.sure(words.sure_back, Tone::Warn).await? {
            return Ok(None);
        }
        self.screen.memory(|m| m.way = Some(way.queue));
        Ok(Some(why))
    }

    /// A yes in full.
    async fn sure(&mut self, prompt: &str, tone: Tone) -> Step<bool> {
        let mark = self.screen.style().symbols().prompt;
        let line = Line::of(Tone::Plain, "  ").with(tone, prompt).with(Tone::Accent, &format!(" {mark}"));
        let yes = matches!(self.line(&line).await?.trim().to_lowercase().as_str(), "yes" | "oui");
        if !yes {
            self.hint(Tone::Dim, self.screen.words().cancelled)?;
        }
        Ok(yes)
    }

    /// The command as the operator wants it; what was there before when nothing changed.
    pub(super) async fn edit(
        &mut self,
        question: &Question,
        standing: &Standing<'_>,
        before: Option<String>,
    ) -> Step<Option<String>> {
        let Ask::Command { rendered, .. } = &question.ask else { return Ok(before) };
        let words = self.screen.words();
        let start = before.clone().unwrap_or_else(|| rendered.clone());
        let text = match edit::editor().filter(|_| self.real) {
            Some(editor) => {
                self.screen.flush()?;
                match edit::edit(&editor, &start).await {
                    Ok(text) => text,
                    Err(error) => {
                        self.hint(Tone::Warn, &fill(words.edit_failed, &[&error.to_string()]))?;
                        self.typed_command(&start).await?
                    }
                }
            }
            None => self.typed_command(&start).await?,
        };
        if text.trim().is_empty() || text == start {
            self.hint(Tone::Dim, words.edit_same)?;
            return Ok(before);
        }
        if text == *rendered {
            return Ok(None);
        }
        self.hint(Tone::Strong, words.edit_now)?;
        let style = self.screen.style();
        let mut lines = Vec::new();
        boxed(&mut lines, words.edited, &text, "", &style);
        self.screen.lines(&lines)?;
        let number = super::keys::number(question, standing);
        self.hint(Tone::Warn, &fill(words.hint_number, &[&number]))?;
        self.screen.memory(|m| m.command = Some((question.node.clone(), text.clone())));
        Ok(Some(text))
    }

    /// A command typed line by line, for want of an editor.
    async fn typed_command(&mut self, start: &str) -> Result<String, Out> {
        self.hint(Tone::Dim, self.screen.words().edit_lines)?;
        let bar = self.screen.style().symbols().bar;
        let mut lines: Vec<String> = Vec::new();
        loop {
            let line = self.line(&Line::of(Tone::Plain, "       ").with(Tone::Dim, bar)).await?;
            match line.as_str() {
                "" if lines.is_empty() => return Ok(start.to_owned()),
                "." => return Ok(lines.join("\n")),
                _ => lines.push(line),
            }
        }
    }
}
