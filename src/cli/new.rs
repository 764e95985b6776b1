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
        (NewKind::Incident, false) => include_str!("../../templates/new/incident.en.md"),
        (NewKind::Incident, true) => include_str!("../../templates/new/incident.fr.md"),
        (NewKind::Maintenance, false) => include_str!("../../templates/new/maintenance.en.md"),
        (NewKind::Maintenance, true) => include_str!("../../templates/new/maintenance.fr.md"),
        (NewKind::Drill, false) => include_str!("../../templates/new/drill.en.md"),
        (NewKind::Drill, true) => include_str!("../../templates/new/drill.fr.md"),
    };
    let prefix = match args.kind {
        NewKind::Incident => "RB",
        NewKind::Maintenance => "RB-M",
        NewKind::Drill => "DR",
    };
    let slug = slug::id(&title);
    let id = format!("{prefix}-{slug}");
    let path = args.output.unwrap_or_else(|| PathBuf::from(format!("{id}.md")));
    // A JSON string is a YAML string: whatever the title holds, it stays one value.
    let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
    let today = jiff::Zoned::now().date().to_string();
    let text = template
        .replace("{{ id }}", &id)
        .replace("{{ title_yaml }}", &quoted(&title))
        .replace("{{ owner_yaml }}", &quoted(&find::operator(None, None)))
        .replace("{{ today }}", &today)
        .replace("{{ title }}", &title);
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
