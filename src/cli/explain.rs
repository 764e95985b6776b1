//! `runbook explain`: what a finding means, why it matters, and how to silence it.

use super::args::{ExplainArgs, LangArg};
use super::exit::{Exit, Failure, Result};
use super::out;
use crate::check::codes;
use crate::runbook::model::Language;

/// Does it.
pub fn run(args: &ExplainArgs) -> Result {
    let language = match args.lang {
        LangArg::En => Language::En,
        LangArg::Fr => Language::Fr,
    };
    let Some(code) = &args.code else {
        let width = codes::PAGES.iter().map(|p| p.code.len()).max().unwrap_or(0);
        let lines: Vec<String> =
            codes::PAGES.iter().map(|p| format!("{:<width$}  {}\n", p.code, p.summary(language))).collect();
        out::print(&lines.concat())?;
        return Ok(Exit::Done);
    };
    // As it stands in a report: `warning[no-rollback]`.
    let name =
        code.rsplit_once('[').map_or(code.as_str(), |(_, rest)| rest.trim_end_matches(':').trim_end_matches(']'));
    match codes::page(&name.to_lowercase()) {
        Some(page) => {
            out::print(page.text(language))?;
            Ok(Exit::Done)
        }
        None => Err(Failure::usage(
            format!("no finding is called `{code}`"),
            match codes::closest(name) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`runbook explain` lists them all".to_owned(),
            },
        )),
    }
}
