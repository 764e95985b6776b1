//! The answer in words.

use super::{Choice, Objectives, RpoCost, RtoCost, SeverityClass};
use crate::report::sheet::{Sheet, header};
use crate::report::text::duration as in_words;
use crate::report::words::Words;
use crate::runbook::model::Language;

/// `€10,000`, `10 000 €`.
fn money(value: f64, currency: &str, words: &Words) -> String {
    let number = grouped(value, words);
    if words.is_french() { format!("{number}\u{a0}{currency}") } else { format!("{currency}{number}") }
}

/// Whole, with marks between thousands.
fn grouped(value: f64, words: &Words) -> String {
    let digits = format!("{value:.0}");
    let mark = if words.is_french() { '\u{202f}' } else { ',' };
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(mark);
        }
        out.push(digit);
    }
    out
}

/// The answer in words.
#[must_use]
pub fn sheet(answer: &Objectives, language: Language) -> Sheet {
    let words = Words::of(language);
    let time = |seconds: u64| in_words(seconds * 1000, words);
    let cash = |value: f64| money(value, &answer.currency, words);
    let mut sheet = Sheet::new(words.get("objectives.heading"), words);
    verdict(&mut sheet, answer, words);
    let row = |cost: &RtoCost| {
        vec![time(cost.rto_seconds), cash(cost.direct_cost), cash(cost.indirect_cost), cash(cost.total_cost)]
    };
    let names = ["rto", "direct", "indirect", "total"];
    let rows = answer.rto_costs.iter().map(row).collect();
    sheet.table(words.get("objectives.rto-costs"), header(words, "objectives", &names), rows, 1);
    let row = |cost: &RpoCost| {
        let (lost, total) = (grouped(cost.lost_transactions, words), cash(cost.total_cost));
        vec![time(cost.rpo_seconds), lost, cash(cost.data_loss_cost), cash(cost.reconstitution_cost), total]
    };
    let names = ["rpo", "lost", "loss", "again", "total"];
    let rows = answer.rpo_costs.iter().map(row).collect();
    sheet.table(words.get("objectives.rpo-costs"), header(words, "objectives", &names), rows, 1);
    let yes = |holds: Option<bool>| match holds {
        Some(true) => words.get("objectives.yes").to_owned(),
        Some(false) => words.get("objectives.no").to_owned(),
        None => "-".to_owned(),
    };
    let row = |choice: &Choice| {
        vec![
            choice.name.clone(),
            time(choice.rto_seconds),
            time(choice.rpo_seconds),
            cash(choice.annual_cost),
            format!("{}{}%", choice.availability, if words.is_french() { "\u{a0}" } else { "" })
                .replace('.', words.get("decimal")),
            yes(choice.meets),
            yes(choice.affordable),
            choice.incident_cost.map_or_else(|| "-".to_owned(), cash),
        ]
    };
    let names = ["architecture", "rto", "rpo", "annual", "availability", "meets", "affordable", "incident"];
    let rows = answer.architectures.iter().map(row).collect();
    sheet.table(words.get("objectives.architectures"), header(words, "objectives", &names), rows, 0);
    let row = |severity: &SeverityClass| {
        let class = format!("{} {}", severity.class, severity.name);
        vec![class, severity.meaning.clone(), severity.examples.clone(), severity.respond.clone()]
    };
    let names = ["class", "meaning", "examples", "respond"];
    let rows = answer.severities.iter().map(row).collect();
    sheet.table(words.get("objectives.severities"), header(words, "objectives", &names), rows, 1);
    sheet
}

fn verdict(sheet: &mut Sheet, answer: &Objectives, words: &Words) {
    let wanted = [("objectives.rto", answer.rto_seconds), ("objectives.rpo", answer.rpo_seconds)];
    for (name, seconds) in wanted {
        if let Some(seconds) = seconds {
            sheet.line(words.get(name), in_words(seconds * 1000, words), words.get("objectives.wanted"));
        }
    }
    if let Some(budget) = answer.budget {
        sheet.line(
            words.get("objectives.budget"),
            money(budget, &answer.currency, words),
            words.get("objectives.a-year"),
        );
    }
    let asked = answer.rto_seconds.or(answer.rpo_seconds).is_some();
    let advice = match (&answer.recommended, &answer.beyond_budget) {
        (Some(name), _) if asked => words.say("objectives.take", &[("name", name)]),
        (Some(name), _) => words.say("objectives.fastest", &[("name", name)]),
        (None, Some(name)) => words.say("objectives.beyond", &[("name", name)]),
        (None, None) if asked => words.get("objectives.nothing").to_owned(),
        (None, None) if answer.budget.is_some() => words.get("objectives.too-little").to_owned(),
        (None, None) => words.get("objectives.ask").to_owned(),
    };
    sheet.notes.push(advice);
    if answer.rto_costs.is_empty() {
        sheet.notes.push(words.get("objectives.no-revenue").to_owned());
    }
    if answer.rpo_costs.is_empty() {
        sheet.notes.push(words.get("objectives.no-transactions").to_owned());
    }
}
