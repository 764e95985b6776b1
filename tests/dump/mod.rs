//! A runbook's meaning as text that people can review.
#![allow(dead_code)]
#![allow(clippy::let_underscore_must_use, reason = "writing to a string cannot fail")]

use runbook::runbook::model::{Command, Runbook, Step, Target};
use runbook::source::Source;
use std::fmt::Write;

/// Reads a text and pictures its meaning.
pub fn dump(name: &str, text: &str) -> String {
    picture(&read(name, text))
}

/// Reads a text.
pub fn read(name: &str, text: &str) -> Runbook {
    let source = Source::new(name, text);
    let document = runbook::syntax::parse(&source.text);
    runbook::runbook::read(&source, &document)
}

/// Pictures a runbook.
pub fn picture(runbook: &Runbook) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} | {} | {:?}", runbook.id, runbook.title, runbook.language);
    let _ = writeln!(
        out,
        "metadata {:?} other {:?} rto {:?} rpo {:?}",
        runbook.metadata.known, runbook.metadata.other, runbook.metadata.rto, runbook.metadata.rpo
    );
    for input in &runbook.metadata.inputs {
        let _ = writeln!(out, "input {input:?}");
    }
    for s in &runbook.sections {
        let extra = [
            s.timebox.map(|t| format!("box {t:?}")),
            s.offset.map(|o| format!("at {o}s")),
            s.owner.clone().map(|o| format!("owner {o}")),
        ];
        let _ = writeln!(
            out,
            "{:>4} {} {} [{:?}] {}",
            s.line,
            "#".repeat(s.level.into()),
            s.title,
            s.role,
            extra.into_iter().flatten().collect::<Vec<_>>().join(", ")
        );
    }
    for f in &runbook.fences {
        let _ = writeln!(out, "{:>4} ```{} {:?}: {}", f.line, f.language, f.reading, f.why);
    }
    for step in &runbook.steps {
        one_step(runbook, step, &mut out);
    }
    for each in &runbook.loops {
        let fence = if each.fence.is_some() { "one fence of " } else { "" };
        let (from, to) = (&runbook.steps[each.from].id, &runbook.steps[each.to - 1].id);
        let _ = writeln!(
            out,
            "loop {fence}{from} to {to}: “{}” of {:?} varies {:?} over {:?}",
            each.said, each.of, each.varies, each.over
        );
    }
    for d in &runbook.diagnostics {
        let _ = writeln!(
            out,
            "{:?}[{}] {} {:?} {:?}",
            d.severity,
            d.code,
            d.message,
            d.labels.iter().map(|l| l.span).collect::<Vec<_>>(),
            d.help
        );
    }
    out
}

fn one_step(runbook: &Runbook, step: &Step, out: &mut String) {
    let indent = if step.parent.is_some() { "      " } else { "" };
    let _ = writeln!(
        out,
        "{indent}{:>4} {:?} {} “{}” {:?} {:?}",
        step.line, step.kind, step.id, step.title, step.role, step.effect
    );
    let mut detail = |text: String| {
        let _ = writeln!(out, "{indent}       {text}");
    };
    if let Some((decision, i)) = step.branch {
        detail(format!("branch {i} of {}", runbook.steps[decision].id));
    }
    for (name, value) in [("owner", &step.owner), ("when", &step.when), ("undo", &step.undo_text)] {
        if let Some(value) = value {
            detail(format!("{name}: {value}"));
        }
    }
    if let Some(t) = step.timebox {
        detail(format!("timebox {t:?}"));
    }
    if let Some(offset) = step.offset {
        detail(format!("at {offset}s"));
    }
    if step.optional || step.pivot {
        detail(format!("optional {} pivot {}", step.optional, step.pivot));
    }
    if let Some(gate) = &step.gate {
        detail(format!("gate {} ({})", gate.question, gate.approvers));
    }
    for branch in &step.branches {
        let target = match &branch.target {
            Target::Section(s) => format!("section {}", runbook.sections[*s].title),
            other => format!("{other:?}"),
        };
        detail(format!(
            "way {} {} → {target}{}",
            branch.line,
            branch.label,
            branch.when.as_deref().map(|w| format!(" when {w}")).unwrap_or_default()
        ));
    }
    if let Some(jump) = &step.jump {
        detail(format!("jump {jump:?}"));
    }
    for command in &step.commands {
        detail(one_command("$", command));
    }
    for command in &step.undo {
        detail(one_command("undo $", command));
    }
    for e in &step.expects {
        detail(format!("expect {:?} {:?}", e.text, e.test));
    }
    for b in &step.blanks {
        detail(format!("blank {} {} {:?} {:?} {:?}", b.line, b.name, b.kind, b.objective, b.options));
    }
    for g in &step.guidance {
        detail(format!("| {}", g.replace('\n', " ⏎ ")));
    }
}

fn one_command(mark: &str, c: &Command) -> String {
    let mut line =
        format!("{mark} {} {:?} {:?} ({}) ({}) {:?}", c.line, c.reading, c.effect, c.why, c.effect_why, c.text);
    for (name, list) in [("reads", &c.reads), ("sets", &c.sets), ("programs", &c.programs)] {
        if !list.is_empty() {
            let _ = write!(line, " {name} {list:?}");
        }
    }
    if !c.placeholders.is_empty() {
        let _ = write!(line, " asks {:?}", c.placeholders.iter().map(|p| p.name.as_str()).collect::<Vec<_>>());
    }
    if let Some(sample) = &c.sample {
        let _ = write!(line, " sample {sample:?}");
    }
    line
}
