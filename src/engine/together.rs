//! What is kept of a group as a whole: who is furthest, who is so, what each has.

use super::judge::{Finished, Part, members, results};
use crate::plan::model::CommandWork;
use crate::plan::render::{self, Scope};
use crate::position::Position;
use crate::runbook::model::CaptureFrom;
use std::collections::BTreeMap;

/// The captures that speak of all members.
pub(super) fn together(
    work: &CommandWork,
    finished: &Finished,
    exit: i32,
    scope: &Scope<'_>,
) -> Result<BTreeMap<String, String>, String> {
    let mut out = BTreeMap::new();
    for capture in &work.options.captures {
        let value = match &capture.from {
            CaptureFrom::Furthest(column) => furthest(finished, column),
            CaptureFrom::Where(condition) => those_where(finished, condition, exit, scope),
            CaptureFrom::Each(column) => each(finished, column),
            _ => continue,
        };
        out.insert(capture.name.clone(), value.map_err(|why| format!("`{}`: {why}", capture.name))?);
    }
    Ok(out)
}

/// `capture.candidate="furthest Gtid_IO_Pos"`: the member whose position has everything that each other's has.
fn furthest(finished: &Finished, column: &str) -> Result<String, String> {
    let position = |part: &Part| {
        let text = part.column(column).map_err(|why| format!("{}: {why}", part.member))?;
        // A replica that has received nothing since it started does not say how far it is.
        if text.trim().is_empty() {
            return Err(format!("{}: `{column}` is empty", part.member));
        }
        text.parse::<Position>().map_err(|why| format!("{}: {why}", part.member))
    };
    let found: Vec<(&Part, Position)> =
        finished.parts.iter().map(|part| Ok((part, position(part)?))).collect::<Result<_, String>>()?;
    let ahead = |one: &Position| found.iter().all(|(_, other)| one >= other);
    let best = found
        .iter()
        .find(|(_, one)| ahead(one))
        .ok_or_else(|| format!("each has something that another lacks: nobody is furthest by `{column}`"))?;
    Ok(best.0.member.clone())
}

/// `capture.behind="where row.lag > 10"`: the names, with one blank between them; nothing when there is none.
fn those_where(finished: &Finished, condition: &str, exit: i32, scope: &Scope<'_>) -> Result<String, String> {
    let mut names = Vec::new();
    for member in members(finished) {
        let name = member.parts.first().map(|part| part.member.clone()).unwrap_or_default();
        if name.is_empty() {
            return Err("only members of a group, or a named place, have names to keep".to_owned());
        }
        // What cannot be evaluated is not "no": a member would be left out in silence.
        if render::condition(condition, scope, &results(&member, exit)).map_err(|why| format!("{name}: {why}"))? {
            names.push(name);
        }
    }
    Ok(names.join(" "))
}

/// `capture.data="each datadir"`: a line for each member, its name, a blank, and this column.
fn each(finished: &Finished, column: &str) -> Result<String, String> {
    let line = |part: &Part| {
        let value = part.column(column).map_err(|why| format!("{}: {why}", part.member))?;
        if value.contains('\n') {
            return Err(format!("{}: `{column}` has several lines", part.member));
        }
        Ok(format!("{} {value}", part.member))
    };
    if finished.parts.is_empty() {
        return Err(format!("a column `{column}` needs a result set, and there is none"));
    }
    let lines: Vec<String> = finished.parts.iter().map(line).collect::<Result<_, String>>()?;
    Ok(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::judge::Ended;
    use crate::plan::render::Live;

    fn part(member: &str, lag: &str) -> Part {
        let rows = serde_json::json!([{ "lag": lag, "data": format!("/srv/{member}") }]);
        let results = serde_json::json!([{ "columns": ["lag", "data"], "rows": rows, "total": 1 }]);
        let names = [("row", rows[0].clone()), ("rows", rows.clone()), ("results", results)];
        Part {
            member: member.to_owned(),
            alone: false,
            names: names.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            ..Part::default()
        }
    }

    fn finished(parts: Vec<Part>) -> Finished {
        Finished {
            ended: Ended::Exit(0),
            stdout: String::new(),
            stderr: String::new(),
            truncated: false,
            parts,
            left_out: false,
        }
    }

    fn ask(condition: &str) -> Result<String, String> {
        let variables = BTreeMap::from([("limit".to_owned(), Some("10".to_owned()))]);
        let (secrets, places) = (BTreeMap::new(), BTreeMap::new());
        let scope = Scope { variables: &variables, secrets: &secrets, places: &places, live: Live::NOTHING };
        let three = finished(vec![part("n1", "3"), part("n2", "30"), part("n3", "12")]);
        those_where(&three, condition, 0, &scope)
    }

    #[test]
    fn the_members_for_which_it_holds_are_named() {
        assert_eq!(ask("row.lag | int > limit").as_deref(), Ok("n2 n3"));
        assert_eq!(ask("row.lag | int > 100").as_deref(), Ok(""));
        // A name that is not there leaves nobody out: it fails.
        assert!(ask("row.lags > 10").is_err_and(|why| why.starts_with("n1: ")));
        assert!(ask("row.lag").is_err());
    }

    #[test]
    fn each_has_a_line_of_its_own() {
        let two = finished(vec![part("n2", "1"), part("n3", "2")]);
        assert_eq!(each(&two, "data").as_deref(), Ok("n2 /srv/n2\nn3 /srv/n3"));
        assert!(each(&two, "date").is_err_and(|why| why.starts_with("n2: ")));
        assert!(each(&finished(Vec::new()), "data").is_err());
    }
}
