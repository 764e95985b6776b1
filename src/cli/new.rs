//! `runbook new`: a file to fill in, that checks and dry-runs as it is.

use super::args::{LangArg, NewArgs, NewKind};
use super::exit::{Exit, Failure, Result};
use super::{find, out};
use crate::syntax::slug;
use std::io::Write as _;
use std::path::PathBuf;

/// Does it.
pub fn run(args: NewArgs) -> Result {
    let title = args.title.trim().to_owned();
    if title.is_empty() {
        return Err(Failure::usage("the title is empty", "write `runbook new incident \"Replica lag\"`"));
    }
    let fr = args.lang == LangArg::Fr;
    let template = match (args.kind, fr) {
        (NewKind::Incident, false) => include_str!("../../runbooks/templates/incident.md"),
        (NewKind::Incident, true) => include_str!("../../runbooks/templates/incident.fr.md"),
        (NewKind::Maintenance, false) => include_str!("../../runbooks/templates/maintenance.md"),
        (NewKind::Maintenance, true) => include_str!("../../runbooks/templates/maintenance.fr.md"),
        (NewKind::Drill, false) => include_str!("../../runbooks/templates/drill.md"),
        (NewKind::Drill, true) => include_str!("../../runbooks/templates/drill.fr.md"),
        (NewKind::PostMortem, false) => include_str!("../../runbooks/templates/post-mortem.md"),
        (NewKind::PostMortem, true) => include_str!("../../runbooks/templates/post-mortem.fr.md"),
    };
    let prefix = match args.kind {
        NewKind::Incident => "RB",
        NewKind::Maintenance => "RB-M",
        NewKind::Drill => "DR",
        NewKind::PostMortem => "PM",
    };
    let slug = slug::id(&title);
    let id = format!("{prefix}-{slug}");
    let path = args.output.unwrap_or_else(|| PathBuf::from(format!("{id}.md")));
    // A JSON string is a YAML string: whatever the title holds, it stays one value.
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let today = jiff::Zoned::now().date().to_string();
    let owner = find::operator(None, None);
    // In quotes in the front matter, so that the template is a page as it stands. The title comes last: it may hold anything.
    let text = template
        .replace("\"{{ id }}\"", &id)
        .replace("\"{{ owner }}\"", &quoted(&owner))
        .replace("\"{{ today }}\"", &today)
        .replace("{{ owner }}", &owner.replace('|', "\\|"))
        .replace("{{ today }}", &today);
    let (front, body) = text.split_once("\n# ").unwrap_or((&text, ""));
    let text =
        format!("{}\n# {}", front.replace("\"{{ title }}\"", &quoted(&title)), body.replace("{{ title }}", &title));
    let shown = path.display().to_string();
    let mut file = std::fs::File::create_new(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Failure::usage(format!("`{shown}` is there already"), "give another name with `-o FILE`")
        }
        _ => Failure::system(format!("write `{shown}`"), e),
    })?;
    file.write_all(text.as_bytes()).map_err(|e| Failure::system(format!("write `{shown}`"), e))?;
    out::print(&format!(
        "{shown}\nnext: fill it in, then `runbook check {shown}` and `runbook run {shown} --dry-run`\n"
    ))?;
    Ok(Exit::Done)
}
