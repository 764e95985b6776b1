//! "For each node": who is next, and who was done.

use super::Context;
use super::event::{Event, Mode, Round};
use super::question::Ask;
use super::state::{NodeState, RunState};
use crate::plan::model::{Again, Node, Work};
use crate::plan::render::{self, RenderError};
use crate::runbook::model::Language;

/// In the language of the runbook's prompts.
fn word<'w>(context: &Context<'_>, en: &'w str, fr: &'w str) -> &'w str {
    if context.plan.info.language == Language::Fr { fr } else { en }
}

/// Why the last of them is the last.
pub(super) fn no_other(context: &Context<'_>) -> String {
    word(context, "the list is at its end", "la liste est finie").to_owned()
}

/// Words with who is meant.
pub(super) fn labelled(context: &Context<'_>, label: &str, who: &str) -> String {
    format!("{label}{} {who}", word(context, ":", "\u{a0}:"))
}

/// Those that are still to come, where the author names them: what was left when the last one began, else the whole list.
fn left(context: &Context<'_>, state: &RunState, node: &Node) -> Option<Result<Vec<String>, RenderError>> {
    let (_, list) = node.again.as_ref()?.over.as_ref()?;
    let begun = state.node(&node.id).and_then(|at| at.left.clone());
    Some(begun.map_or_else(|| render::list(list, &context.scope(state)), Ok))
}

/// A value that the list of them needs, before the first of them is known.
pub(super) fn missing_list(context: &Context<'_>, state: &RunState, node: &Node) -> Option<Ask> {
    let (_, list) = node.again.as_ref()?.over.as_ref()?;
    let begun = state.node(&node.id).is_some_and(|at| at.left.is_some());
    super::due::missing_in_words(context, state, &format!("{{{{ {list} }}}}")).filter(|_| !begun)
}

/// The way that the engine proposes, and why.
pub(super) fn proposal(context: &Context<'_>, state: &RunState, node: &Node) -> Option<(usize, String)> {
    let rehearsed = state.head.as_ref().is_some_and(|h| h.mode == Mode::Tabletop);
    let first = state.node(&node.id).is_none_or(|at| at.visits <= 1);
    let once = || word(context, "a rehearsal goes through it once", "la répétition n'y passe qu'une fois").to_owned();
    match left(context, state, node) {
        // Nobody but a person knows how many there are; a rehearsal goes through it once.
        None => rehearsed.then(|| (Again::ON, once())),
        Some(Ok(left)) if left.is_empty() => Some((Again::ON, no_other(context))),
        Some(Ok(_)) => Some((Again::BACK, word(context, "the runbook names it", "le runbook le nomme").to_owned())),
        // What is captured on the way is not there in a rehearsal.
        Some(Err(_)) if rehearsed && first => Some((Again::BACK, once())),
        Some(Err(_)) => rehearsed.then(|| (Again::ON, once())),
    }
}

/// The one that is next, when the way back to the steps was chosen.
///
/// # Errors
/// Why nobody can be next: in words.
pub(super) fn round(
    context: &Context<'_>,
    state: &RunState,
    node: &Node,
    option: usize,
) -> Result<Option<Round>, String> {
    let variable = node.again.as_ref().and_then(|again| again.over.as_ref()).map(|(variable, _)| variable);
    let (Some(variable), Again::BACK) = (variable, option) else { return Ok(None) };
    let rehearsed = state.head.as_ref().is_some_and(|h| h.mode == Mode::Tabletop);
    let left = match left(context, state, node) {
        None => return Ok(None),
        Some(Err(_)) if rehearsed => return Ok(None),
        Some(left) => left.map_err(|why| format!("for whom is not known: {why}"))?,
    };
    let Some((value, left)) = left.split_first() else { return Err(no_other(context)) };
    Ok(Some(Round { variable: variable.clone(), value: value.clone(), left: left.to_vec() }))
}

/// What is decided without a question: that a list which was begun has come to its end.
pub(super) fn ended(context: &Context<'_>, state: &RunState, node: &Node) -> Option<Event> {
    let (again, Work::Decision { options }) = (node.again.as_ref()?, &node.work) else { return None };
    let left = state.node(&node.id)?.left.as_ref()?;
    (again.over.is_some() && left.is_empty()).then(|| Event::Decided {
        node: node.id.clone(),
        option: Again::ON,
        label: options[Again::ON].label.clone(),
        because: Some(no_other(context)),
        forgets: again.forget.clone(),
        round: None,
    })
}

/// Adds to the labels of the ways who is next, and who was done.
pub(super) fn tell(context: &Context<'_>, state: &RunState, node: &Node, at: &NodeState, labels: &mut [String]) {
    let Some(again) = &node.again else { return };
    let last: Vec<&str> = again.forget.iter().filter_map(|name| state.variables.get(name)?.as_deref()).collect();
    let last = last.join(" ");
    let begun = again.over.is_none() || at.left.is_some();
    let done: Vec<&str> = at.rounds.iter().map(String::as_str).chain(begun.then_some(last.as_str())).collect();
    if done.last().is_some_and(|last| !last.is_empty()) {
        // Which were gone through; what was skipped is no less over.
        let so_far = labelled(context, word(context, "so far", "jusqu'ici"), &done.join(", "));
        labels[Again::ON].push_str(&format!(" ({so_far})"));
    }
    if let Some(Ok(left)) = left(context, state, node)
        && let Some(next) = left.first()
    {
        let (number, all) = (done.len() + 1, done.len() + left.len());
        labels[Again::BACK] = labelled(context, &labels[Again::BACK], &format!("{next} ({number}/{all})"));
    }
}
