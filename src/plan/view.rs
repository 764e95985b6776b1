//! A plan as JSON, Mermaid and DOT. The table for people is drawn by the caller from the same rows.

use super::model::{EdgeKind, Plan, PlanStep, Work};
use crate::runbook::model::{Command, Effect, Interpreter, Role, Runbook, StepKind};
use crate::runbook::shell;
use crate::source::Source;
use crate::syntax::duration;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// The plan as the command line's contract has it.
#[must_use]
pub fn json(runbook: &Runbook, plan: &Plan, source: &Source) -> Value {
    json!({
        "runbook": {
            "id": runbook.id,
            "title": runbook.title,
            "language": runbook.language,
            "path": source.name,
            "digest": plan.digest,
            "metadata": metadata(runbook),
        },
        "sections": runbook.sections.iter().map(|s| json!({
            "title": s.title, "level": s.level, "line": s.line, "role": s.role,
            "timebox": s.timebox.map(duration::show), "offset_s": s.offset,
        })).collect::<Vec<_>>(),
        "fences": runbook.fences.iter().map(|f| json!({
            "line": f.line, "language": f.language, "reading": f.reading, "why": f.why,
        })).collect::<Vec<_>>(),
        "steps": runbook.steps.iter().zip(&plan.steps).map(|(step, planned)| {
            let names: Vec<Value> = step.commands.iter().flat_map(|c| {
                c.placeholders.iter().map(|p| json!({"name": p.name, "line": source.line(p.source.start)}))
            }).chain(step.blanks.iter().map(|b| json!({"name": b.name, "line": b.line, "label": b.label,
                "objective": b.objective, "options": b.options}))).collect();
            json!({
                "id": step.id, "number": planned.number, "title": step.title, "kind": step.kind, "line": step.line,
                "section": planned.section, "role": step.role, "owner": step.owner,
                "timebox": step.timebox.map(duration::show), "offset_s": planned.offset, "effect": step.effect, "pivot": step.pivot,
                "optional": step.optional, "when": step.when, "draw": step.draw,
                "parent": step.parent.map(|p| &runbook.steps[p].id),
                "commands": step.commands.iter().map(command).collect::<Vec<_>>(),
                "branches": planned.branches.iter().map(|(b, to)| json!({
                    "label": b.label, "line": b.line, "to": to, "when": b.when,
                })).collect::<Vec<_>>(),
                "expects": step.expects.iter().map(|e| &e.text).collect::<Vec<_>>(),
                "inputs": names,
                "rollback": step.undo.iter().map(command).collect::<Vec<_>>(),
                "rollback_text": step.undo_text,
                "nodes": planned.nodes.iter().map(|n| &plan.nodes[*n].id).collect::<Vec<_>>(),
            })
        }).collect::<Vec<_>>(),
        "loops": runbook.loops.iter().map(|each| json!({
            "said": each.said, "from": runbook.steps[each.from].id, "to": runbook.steps[each.to - 1].id,
            "line": each.line, "varies": each.varies, "known": each.over.is_some(),
        })).collect::<Vec<_>>(),
        "edges": plan.edges,
    })
}

fn metadata(runbook: &Runbook) -> Value {
    let mut out = serde_json::Map::new();
    for (key, value) in runbook.metadata.known.iter().chain(&runbook.metadata.other) {
        out.insert(key.clone(), json!(value));
    }
    for (key, value) in [("rto", runbook.metadata.rto), ("rpo", runbook.metadata.rpo)] {
        if let Some(value) = value {
            out.insert(key.to_owned(), json!(duration::show(value)));
        }
    }
    if !runbook.metadata.inputs.is_empty() {
        out.insert("inputs".to_owned(), json!(runbook.metadata.inputs));
    }
    Value::Object(out)
}

/// A command, without the lines of a script that only hold a comment: they are told apart, and whoever counts commands counts none.
fn command(c: &Command) -> Value {
    let (text, comments) = match c.interpreter {
        Interpreter::Shell => shell::uncommented(&c.text),
        _ => (c.text.clone(), Vec::new()),
    };
    json!({"line": c.line, "text": text, "comments": comments, "reading": c.reading, "why": c.why, "effect": c.effect,
        "effect_why": c.effect_why, "id": c.id})
}

/// What a step does to the world, in one word for tables; nothing for steps that run nothing.
#[must_use]
pub fn effect(plan: &Plan, step: &PlanStep) -> Option<Effect> {
    step.nodes
        .iter()
        .filter_map(|n| if let Work::Command(w) = &plan.nodes[*n].work { Some(w.effect) } else { None })
        .max()
}

/// A Mermaid flowchart.
#[must_use]
pub fn mermaid(plan: &Plan) -> String {
    let mut out = String::from("flowchart TD\n");
    for (index, step) in plan.steps.iter().enumerate() {
        let label = format!("{} {}", step.number, step.title).replace('"', "#quot;").replace(['\n', '\r'], " ");
        let (open, close) = match step.kind {
            StepKind::Decision => ("{\"", "\"}"),
            StepKind::Gate => ("{{\"", "\"}}"),
            StepKind::Input | StepKind::Check => ("([\"", "\"])"),
            StepKind::Call => ("[[\"", "\"]]"),
            StepKind::Manual | StepKind::Command | StepKind::Rollback => ("[\"", "\"]"),
        };
        line(&mut out, format_args!("    s{index}{open}{label}{close}"));
        if step.pivot {
            line(&mut out, format_args!("    style s{index} stroke-width:4px"));
        }
    }
    for (from, to, kind, label) in edges(plan) {
        let label = label.replace('|', "/").replace('"', "#quot;");
        let arrow = match (kind, label.is_empty()) {
            (EdgeKind::Rollback, _) => " -. rollback .-> ".to_owned(),
            (EdgeKind::Jump | EdgeKind::Call, true) => " -.-> ".to_owned(),
            (_, true) => " --> ".to_owned(),
            (_, false) => format!(" -->|\"{label}\"| "),
        };
        line(&mut out, format_args!("    s{from}{arrow}s{to}"));
    }
    out
}

/// A Graphviz digraph.
#[must_use]
pub fn dot(plan: &Plan) -> String {
    let text = |t: &str| t.replace('\\', "\\\\").replace('"', "\\\"").replace(['\n', '\r'], " ");
    let mut out = String::new();
    line(&mut out, format_args!("digraph \"{}\" {{", text(&plan.info.id)));
    line(&mut out, format_args!("    label=\"{}\"; node [shape=box];", text(&plan.info.title)));
    for (index, step) in plan.steps.iter().enumerate() {
        let shape = match step.kind {
            StepKind::Decision => "diamond",
            StepKind::Gate => "hexagon",
            StepKind::Input | StepKind::Check => "oval",
            _ => "box",
        };
        let bold = if step.pivot { ", penwidth=3" } else { "" };
        line(
            &mut out,
            format_args!("    s{index} [label=\"{} {}\", shape={shape}{bold}];", step.number, text(&step.title)),
        );
    }
    for (from, to, kind, label) in edges(plan) {
        let style = if matches!(kind, EdgeKind::Next | EdgeKind::Branch) { "solid" } else { "dashed" };
        line(&mut out, format_args!("    s{from} -> s{to} [label=\"{}\", style={style}];", text(&label)));
    }
    out.push_str("}\n");
    out
}

/// Edges between steps by index, with the branch's label.
fn edges(plan: &Plan) -> Vec<(usize, usize, EdgeKind, String)> {
    let by_id: std::collections::HashMap<&str, usize> =
        plan.steps.iter().enumerate().map(|(i, s)| (s.id.as_str(), i)).collect();
    plan.edges
        .iter()
        .filter_map(|edge| {
            let (from, to) = (*by_id.get(edge.from.as_str())?, *by_id.get(edge.to.as_str())?);
            let labels: Vec<&str> = plan.steps[from]
                .branches
                .iter()
                .filter(|(_, t)| edge.kind == EdgeKind::Branch && t.as_deref() == Some(edge.to.as_str()))
                .map(|(b, _)| b.label.as_str())
                .collect();
            Some((from, to, edge.kind, labels.join(" / ")))
        })
        .collect()
}

fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    if writeln!(out, "{text}").is_ok() {}
}

/// Whether a role's steps lie on the way back.
#[must_use]
pub const fn is_way_back(role: Role) -> bool {
    matches!(role, Role::Rollback)
}
