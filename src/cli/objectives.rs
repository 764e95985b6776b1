//! `runbook objectives`: what an objective costs, and what keeps it.

use super::args::{ObjectivesArgs, TableFormat};
use super::exit::{Exit, Failure, Result};
use super::figures_args::amount;
use super::stats::language;
use super::{find, load, out, reports};
use crate::report::objectives::{self, DATA, Data, Question};
use crate::runbook::model::Metadata;
use crate::syntax::{self, duration};
use std::time::Duration;

/// Does it.
pub fn run(args: &ObjectivesArgs) -> Result {
    if args.print_data {
        out::print(DATA)?;
        return Ok(Exit::Done);
    }
    let data = data(args)?;
    let question = question(args, &data)?;
    let language = language(args.lang);
    let answer = objectives::objectives(&data, &question, language);
    let text = match args.format {
        TableFormat::Table => objectives::sheet(&answer, language).terminal(reports::columns()),
        TableFormat::Json => reports::json(objectives::to_json(&answer))?,
    };
    out::print(&text)?;
    Ok(Exit::Done)
}

fn data(args: &ObjectivesArgs) -> std::result::Result<Data, Failure> {
    let (name, text) = match &args.data {
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).map_err(|e| Failure::system(format!("read `{name}`"), e))?;
            (name, text)
        }
        None => ("objectives.yaml".to_owned(), DATA.to_owned()),
    };
    Data::parse(&text).map_err(|why| {
        Failure::usage(
            format!("`{name}` cannot be used: {why}"),
            "`runbook objectives --print-data` prints one that can",
        )
    })
}

/// What the options say; else what the runbook says; else, for objectives, what is usual for the application.
fn question(args: &ObjectivesArgs, data: &Data) -> std::result::Result<Question, Failure> {
    let mut question = Question {
        revenue_per_hour: args.revenue_per_hour,
        transactions_per_minute: args.transactions_per_minute,
        transaction_value: args.transaction_value,
        rto: args.rto.as_deref().map(|text| length(text, "--rto")).transpose()?,
        rpo: args.rpo.as_deref().map(|text| length(text, "--rpo")).transpose()?,
        budget: args.budget,
    };
    if let Some(name) = &args.runbook {
        let source = load::source(&find::runbook(name, &args.runbooks_dir)?)?;
        let metadata = crate::runbook::read(&source, &syntax::parse(&source.text)).metadata;
        question.rto = question.rto.or(metadata.rto);
        question.rpo = question.rpo.or(metadata.rpo);
        let fill = |slot: &mut Option<f64>, keys: &[&str]| -> std::result::Result<(), Failure> {
            if slot.is_none() {
                *slot = business(&metadata, keys)?;
            }
            Ok(())
        };
        fill(&mut question.revenue_per_hour, &["revenue-per-hour"])?;
        fill(&mut question.transactions_per_minute, &["transactions-per-minute"])?;
        fill(&mut question.transaction_value, &["value-per-transaction", "transaction-value"])?;
    }
    if let Some(id) = &args.application {
        let Some(usual) = data.applications.iter().find(|application| application.id.eq_ignore_ascii_case(id)) else {
            let ids: Vec<&str> = data.applications.iter().map(|application| application.id.as_str()).collect();
            let near =
                ids.iter().map(|known| (strsim::jaro_winkler(known, id), known)).filter(|(score, _)| *score > 0.8);
            let help = near
                .max_by(|a, b| a.0.total_cmp(&b.0))
                .map_or_else(|| format!("one of {}", ids.join(", ")), |(_, near)| format!("did you mean `{near}`?"));
            return Err(Failure::usage(format!("there is no kind of application `{id}`"), help));
        };
        question.rto = question.rto.or(Some(usual.rto));
        question.rpo = question.rpo.or(Some(usual.rpo));
    }
    Ok(question)
}

fn length(text: &str, option: &str) -> std::result::Result<Duration, Failure> {
    duration::parse(text)
        .ok_or_else(|| Failure::usage(format!("{option}: `{text}` is not a duration"), "write `30s`, `5m` or `1h30`"))
}

/// A number of the front matter's `business`.
fn business(metadata: &Metadata, keys: &[&str]) -> std::result::Result<Option<f64>, Failure> {
    for key in keys {
        let spellings = [format!("business.{key}"), format!("business.{}", key.replace('-', "_"))];
        if let Some(text) = spellings.iter().find_map(|name| metadata.other.get(name)) {
            return amount(text).map(Some).map_err(|why| {
                Failure::usage(format!("`business: {key}: {text}` of the runbook is {why}"), "or give the option")
            });
        }
    }
    Ok(None)
}
