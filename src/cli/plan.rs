//! `runbook plan`: the executable graph.

use super::args::{PlanArgs, PlanFormat};
use super::exit::{Exit, Failure, Result};
use super::load::Loaded;
use super::{find, load, out};
use crate::plan::model::{Path, Plan, Work};
use crate::plan::view;
use crate::runbook::model::{Effect, Reading};
use crate::source::Source;
use crate::syntax::duration;
use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle};

/// Does it. A page that cannot run, because a page it calls is not there, say, is shown all the same: how else to mend it?
pub fn run(args: &PlanArgs) -> Result {
    let path = find::runbook(&args.runbook, &args.runbooks_dir)?;
    let loaded = load::understand(load::source(&path)?);
    let refused = loaded.refused();
    let Loaded { source, runbook, plan: Ok(plan), .. } = loaded else {
        return Err(refused.unwrap_or(Failure::BadRunbook { path: path.display().to_string(), count: 1 }));
    };
    let text = match args.format {
        PlanFormat::Json => {
            let mut text = serde_json::to_string_pretty(&view::json(&runbook, &plan, &source)).unwrap_or_default();
            text.push('\n');
            text
        }
        PlanFormat::Mermaid => view::mermaid(&plan),
        PlanFormat::Dot => view::dot(&plan),
        PlanFormat::Table => table(&plan, &source),
    };
    out::print(&text)?;
    refused.map_or(Ok(Exit::Done), Err)
}

/// The graph as a table for people.
fn table(plan: &Plan, source: &Source) -> String {
    let style = out::stdout_style();
    let mut table = Table::new();
    let rule = if style.unicode { '─' } else { '-' };
    table.load_style(TableStyle::new().header_separator(LineStyle::none().fill(rule).junction(rule)));
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(["step", "what", "kind", "effect", "time", "who", "id", "line"]);
    let mut section = String::new();
    for step in &plan.steps {
        if step.section != section {
            section.clone_from(&step.section);
            table.add_row(["", section.as_str(), "", "", "", "", "", ""]);
        }
        let first = step.nodes.first().map(|n| &plan.nodes[*n]);
        let back = first.is_some_and(|n| n.path == Path::Rollback);
        let mut what = step.title.clone();
        if step.pivot {
            what.push_str(if style.unicode { "  ⚑ point of no return" } else { "  [point of no return]" });
        }
        for (branch, to) in &step.branches {
            let arrow = if style.unicode { "→" } else { "->" };
            what.push_str(&format!("\n  {arrow} {}: {}", branch.label, to.as_deref().unwrap_or("ends or goes on")));
        }
        if !step.undo.is_empty() {
            what.push_str("\n  has a rollback of its own");
        }
        let effect = view::effect(plan, step).map_or("", |e| match e {
            Effect::Read => "reads",
            Effect::Write => "writes",
            Effect::Destructive => "DESTROYS",
        });
        let commands = step.nodes.iter().filter(|n| matches!(plan.nodes[**n].work, Work::Command(_))).count();
        let kind = match serde_json::to_value(step.kind) {
            Ok(serde_json::Value::String(kind)) => kind,
            _ => String::new(),
        };
        let attended = step
            .nodes
            .iter()
            .any(|n| matches!(&plan.nodes[*n].work, Work::Command(w) if w.reading == Reading::Attended));
        let kind = match (commands, attended, back) {
            (_, true, _) => format!("{kind}, attended"),
            (2.., _, _) => format!("{kind} ×{commands}"),
            _ => kind,
        };
        table.add_row([
            step.number.clone(),
            what,
            kind,
            effect.to_owned(),
            step.timebox.map(duration::show).unwrap_or_default(),
            step.owner.clone().unwrap_or_default(),
            step.id.clone(),
            step.line.to_string(),
        ]);
    }
    let mut head = format!("{}  {}", plan.info.id, plan.info.title);
    for (label, value) in [("RTO", plan.info.metadata.rto), ("RPO", plan.info.metadata.rpo)] {
        if let Some(value) = value {
            head.push_str(&format!("  ·  {label} {}", duration::show(value)));
        }
    }
    let count = plan.steps.len();
    let text = format!(
        "{head}\n{}  ·  {count} steps  ·  digest {}\n\n{}\n",
        source.name,
        &plan.digest[..12],
        table.trim_fmt()
    );
    // Titles come from the file: they must not paint the screen.
    crate::operator::sanitised(&text)
}
