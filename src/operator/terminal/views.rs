//! What can be looked at from a prompt: help, the plan with the present place, the last command's whole output.

use super::super::text::{Line, Tone, clip, prose, visible};
use super::super::words::fill;
use super::Terminal;
use crate::driver::ports::Standing;
use crate::engine::question::{Ask, Question};
use crate::engine::state::{Phase, RunState};
use crate::plan::model::{Plan, PlanStep};
use std::fs::File;
use std::io::{self, BufRead, BufReader};

/// Steps shown before and after the present one.
const AROUND: usize = 12;
/// Lines of output shown; the file holds the rest.
const OUTPUT: usize = 1000;

impl Terminal {
    pub(super) fn help(&self, question: &Question, standing: &Standing<'_>) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let mut lines = vec![Line::of(Tone::Plain, "  ").with(Tone::Strong, words.help_title)];
        let ask = &question.ask;
        let numbered = fill(words.help_number, &[&super::super::keys::number(question, standing)]);
        let mut texts = vec![words.help_enter, words.help_yes, numbered.as_str()];
        if matches!(ask, Ask::Value { .. }) {
            texts = vec![words.key_colon];
        }
        if matches!(ask, Ask::Command { .. }) {
            texts.push(words.help_edit);
        }
        let step = matches!(ask, Ask::Command { .. } | Ask::Manual { .. } | Ask::Failure { .. });
        if step || matches!(ask, Ask::Check { .. }) {
            texts.push(words.help_skip);
        }
        if step {
            texts.push(words.help_done);
        }
        texts.push(words.help_note);
        if !matches!(ask, Ask::Unknown { .. }) {
            texts.push(words.help_back);
        }
        texts.extend([words.help_pause, words.help_abort, words.help_output, words.help_where, words.help_show]);
        for text in texts {
            prose(&mut lines, 4, Tone::Plain, text, &style);
        }
        self.screen.lines(&lines)
    }

    pub(super) fn whereabouts(&self, question: &Question, standing: &Standing<'_>) -> io::Result<()> {
        let (words, style) = (self.screen.words(), self.screen.style());
        let marks = style.symbols();
        let plan = standing.plan;
        let here = plan.node(&question.node).map_or(0, |node| node.step);
        let first = here.saturating_sub(AROUND);
        let last = plan.steps.len().min(here + AROUND + 1);
        let mut lines = vec![Line::of(Tone::Plain, "  ").with(Tone::Strong, words.where_title)];
        let cut = |count: usize| {
            Line::of(Tone::Plain, "    ").with(Tone::Dim, &fill(words.where_more, &[&count.to_string()]))
        };
        if first > 0 {
            lines.push(cut(first));
        }
        let mut section = None;
        for (i, step) in plan.steps.iter().enumerate().take(last).skip(first) {
            if section != Some(&step.section) && !step.section.is_empty() {
                lines.push(
                    Line::of(Tone::Plain, "  ").with(Tone::Strong, &clip(&step.section, style.width - 2, &style)),
                );
            }
            section = Some(&step.section);
            let (mark, tone) = match progress(plan, step, standing.state) {
                _ if i == here => (marks.here, Tone::Accent),
                Progress::Open => (" ", Tone::Plain),
                Progress::Done => (marks.done, Tone::Good),
                Progress::Skipped => (marks.skipped, Tone::Dim),
                Progress::Failed => (marks.failed, Tone::Bad),
                Progress::Unknown => (marks.unknown, Tone::Unknown),
            };
            let mut line = Line::of(Tone::Plain, "  ").with(tone, mark).with(Tone::Plain, " ");
            line = line
                .with(Tone::Dim, &step.number)
                .to(9)
                .with(tone, &clip(&step.title, style.width.saturating_sub(32), &style));
            if step.pivot {
                line = line.with(Tone::Bad, &format!("  {} {}", marks.pivot, words.pivot));
            }
            if i == here {
                line = line.with(Tone::Accent, &format!("  < {}", words.here));
            }
            lines.push(line);
        }
        if last < plan.steps.len() {
            lines.push(cut(plan.steps.len() - last));
        }
        self.screen.lines(&lines)
    }

    /// The last command's whole output, escaped, and its file's name.
    pub(super) async fn output(&self) -> io::Result<()> {
        let words = self.screen.words();
        let Some(path) = self.screen.memory(|m| m.output.clone()) else {
            return self.hint(Tone::Dim, words.no_output);
        };
        let name = path.display().to_string();
        let read = tokio::task::spawn_blocking(move || -> io::Result<(Vec<String>, usize)> {
            let mut lines = Vec::new();
            let mut more = 0;
            for line in BufReader::new(File::open(path)?).split(b'\n') {
                let line = line?;
                if lines.len() < OUTPUT {
                    lines.push(visible(String::from_utf8_lossy(&line).trim_end_matches('\r')));
                } else {
                    more += 1;
                }
            }
            Ok((lines, more))
        });
        match read.await.map_err(io::Error::other).and_then(|read| read) {
            Err(error) => self.hint(Tone::Warn, &fill(words.output_failed, &[&error.to_string()])),
            Ok((lines, more)) => {
                let style = self.screen.style();
                let bar = style.symbols().bar;
                let room = style.width.saturating_sub(4);
                let mut out = Vec::new();
                for line in lines {
                    for piece in super::super::text::chunks(&line, room) {
                        out.push(Line::of(Tone::Dim, &format!("  {bar} ")).with(Tone::Plain, &piece));
                    }
                }
                if more > 0 {
                    prose(&mut out, 4, Tone::Dim, &fill(words.output_cut, &[&more.to_string(), &name]), &style);
                }
                prose(&mut out, 2, Tone::Dim, &fill(words.output_is, &[&name]), &style);
                self.screen.lines(&out)
            }
        }
    }
}

enum Progress {
    Open,
    Done,
    Skipped,
    Failed,
    Unknown,
}

/// Where a step stands, from its nodes.
fn progress(plan: &Plan, step: &PlanStep, state: &RunState) -> Progress {
    let phases: Vec<&Phase> =
        step.nodes.iter().filter_map(|i| state.nodes.get(&plan.nodes[*i].id)).map(|n| &n.phase).collect();
    if phases.iter().any(|p| matches!(p, Phase::Unknown { .. })) {
        return Progress::Unknown;
    }
    if phases.iter().any(|p| matches!(p, Phase::Failed { .. })) {
        return Progress::Failed;
    }
    if phases.is_empty() || phases.len() < step.nodes.len() {
        return Progress::Open;
    }
    if phases.iter().all(|p| matches!(p, Phase::Skipped { .. })) {
        return Progress::Skipped;
    }
    let ended = phases.iter().all(|p| matches!(p, Phase::Done { .. } | Phase::Skipped { .. }));
    if ended { Progress::Done } else { Progress::Open }
}
