//! The table of a runbook library: each page, what it was last run against, what was measured, which ways nobody has taken, and what
//! could not be exercised. From the pages and from records of runs; a record of another text than the page's says so.

use super::claims::restored;
use super::postmortem::{self, Options};
use super::sentence::{mode_word, outcome_word};
use super::text::{clean, markdown};
use super::words::Words;
use crate::engine::event::{Event, Mode, Outcome};
use crate::journal::record::Record;
use crate::plan::model::{Plan, Work};
use crate::runbook::model::Language;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What is kept of the runs of one page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The page's path below the library's directory.
    pub page: String,
    /// The run that the table tells.
    pub run: String,
    /// When it began (RFC 3339, UTC).
    pub began: String,
    /// Its mode.
    pub mode: Mode,
    /// How it ended; none while it has not.
    pub outcome: Option<Outcome>,
    /// The digest of the plan that it followed.
    pub plan: String,
    /// The environment's name in the inventory, and the servers that were seen.
    pub against: String,
    /// The recovery time, and who says it: `measured`, `captured`, `said`, `timed`.
    pub rto: Option<(String, String)>,
    /// The data lost, likewise: `measured`, `captured`, `said`.
    pub rpo: Option<(String, String)>,
    /// Ways that any run of this plan has taken, rehearsals included: decision and label.
    pub taken: BTreeSet<(String, String)>,
}

impl Kept {
    /// Of one run, with its plan and the roles of its nodes for the times.
    #[must_use]
    pub fn of(page: &str, records: &[Record], options: &Options<'_>) -> Option<Self> {
        let head = records.iter().find_map(|record| match &record.event {
            Event::RunStarted(head) => Some((head, record.at)),
            _ => None,
        });
        let (head, began) = head?;
        let view = postmortem::view(records, options);
        let figure = |claim: &super::claims::Claim| Some((claim.value.clone()?, claim.kind.to_owned()));
        let of = |name: &'static str, kinds: &'static [&'static str]| {
            let known = |kind: &&str| {
                view.claims
                    .iter()
                    .find(|claim| claim.name.contains(name) && claim.kind == *kind && claim.value.is_some())
            };
            kinds.iter().find_map(known)
        };
        let measured = restored(&view.claims).filter(|claim| claim.kind == "measured");
        // How long planned work took is no time without service.
        let outage = matches!(head.category.as_deref(), Some("incident" | "drill"));
        let timed = restored(&view.claims).filter(|_| outage);
        let outcome = records.iter().rev().find_map(|record| match &record.event {
            Event::RunFinished { outcome, .. } => Some(*outcome),
            _ => None,
        });
        let taken = records.iter().filter_map(|record| match &record.event {
            Event::Decided { node, label, .. } => Some((node.clone(), label.clone())),
            _ => None,
        });
        Some(Self {
            page: page.to_owned(),
            run: head.run.clone(),
            began: began.to_string(),
            mode: head.mode,
            outcome,
            plan: head.plan.clone(),
            against: against(records, head.environment.as_ref().map(|environment| environment.name.as_str())),
            rto: measured.or_else(|| of("RTO", &["captured", "said"])).or(timed).and_then(figure),
            rpo: of("RPO", &["measured", "captured", "said"]).and_then(figure),
            taken: taken.collect(),
        })
    }

    /// How much a run tells: a real one more than a walkthrough, one that was completed more than another, a later one more.
    fn weight(&self) -> (bool, u8, &str, &str) {
        let real = match self.mode {
            Mode::Live | Mode::Simulation => 2,
            Mode::Walkthrough => 1,
            Mode::Tabletop => 0,
        };
        let good = matches!(self.outcome, Some(Outcome::Completed));
        (good, real, &self.began, &self.run)
    }

    /// Of two that followed the same plan the one that tells more, with the ways of both.
    #[must_use]
    pub fn joined(mut self, mut other: Self) -> Self {
        if other.weight() > self.weight() {
            std::mem::swap(&mut self, &mut other);
        }
        self.taken.append(&mut other.taken);
        self
    }
}

/// `lab: MariaDB 10.11.19`.
fn against(records: &[Record], environment: Option<&str>) -> String {
    let mut servers = BTreeSet::new();
    for record in records {
        let Event::TargetSeen { members, .. } = &record.event else { continue };
        for facts in members.values() {
            let Some(product) = facts.get("product") else { continue };
            let version = facts.get("version").map_or("", |text| text.split(['-', ' ']).next().unwrap_or(""));
            servers.insert(format!("{} {version}", clean(product)).trim().to_owned());
        }
    }
    let servers = servers.into_iter().collect::<Vec<_>>().join(", ");
    match (environment.map(clean), servers.is_empty()) {
        (Some(name), true) => name,
        (Some(name), false) => format!("{name}: {servers}"),
        (None, _) => servers,
    }
}

/// A page of the library.
#[derive(Debug, Clone)]
pub struct Page {
    /// Its path below the library's directory, with `/`.
    pub path: String,
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The same page in other languages: the language and its path.
    pub twins: Vec<(String, String)>,
    /// Its plan.
    pub plan: Plan,
    /// What its author says could not be exercised.
    pub not_exercised: Option<String>,
}

impl Page {
    /// Every way on from every decision.
    fn ways(&self) -> BTreeSet<(String, String)> {
        let mut ways = BTreeSet::new();
        for node in &self.plan.nodes {
            let Work::Decision { options } = &node.work else { continue };
            ways.extend(options.iter().map(|option| (node.id.clone(), option.label.clone())));
        }
        ways
    }
}

/// A way on that no recorded run has taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Untaken {
    /// The page.
    pub page: String,
    /// The decision.
    pub step: String,
    /// The way.
    pub label: String,
}

/// Ways that no recorded run of the page as it stands has taken.
#[must_use]
pub fn untaken(pages: &[Page], kept: &BTreeMap<String, Kept>) -> Vec<Untaken> {
    let of = |page: &Page| {
        let taken = kept.get(&page.path).filter(|kept| kept.plan == page.plan.digest).map(|kept| kept.taken.clone());
        let taken = taken.unwrap_or_default();
        let open = page.ways().into_iter().filter(move |way| !taken.contains(way));
        let path = page.path.clone();
        open.map(move |(step, label)| Untaken { page: path.clone(), step, label }).collect::<Vec<_>>()
    };
    pages.iter().flat_map(of).collect()
}

/// The table, one for each directory of the library.
#[must_use]
pub fn table(pages: &[Page], kept: &BTreeMap<String, Kept>) -> String {
    let words = Words::of(Language::En);
    let mut folders: BTreeMap<&str, Vec<&Page>> = BTreeMap::new();
    for page in pages {
        folders.entry(page.path.rsplit_once('/').map_or("", |(folder, _)| folder)).or_default().push(page);
    }
    let open = untaken(pages, kept);
    let mut out = String::new();
    for (folder, mut pages) in folders {
        pages.sort_by(|a, b| a.id.cmp(&b.id).then_with(|| a.path.cmp(&b.path)));
        if !out.is_empty() {
            out.push('\n');
        }
        if !folder.is_empty() {
            out.push_str(&format!("### {}/\n\n", markdown(folder)));
        }
        out.push_str("| Runbook | Last run | Against | RTO | RPO | Ways taken | Not exercised |\n|---|---|---|---|---|---|---|\n");
        for page in pages {
            let left = open.iter().filter(|way| way.page == page.path).count();
            out.push_str(&row(page, kept.get(&page.path), left, words));
        }
    }
    out
}

fn row(page: &Page, kept: Option<&Kept>, left: usize, words: &Words) -> String {
    let twins: Vec<String> = page.twins.iter().map(|(language, path)| format!(" ([{language}]({path}))")).collect();
    let twins = twins.concat();
    let name = format!("[{}]({}) {}{twins}", markdown(&page.id), page.path, markdown(&page.title));
    let figure = |figure: &Option<(String, String)>| {
        figure.as_ref().map_or_else(
            || "-".to_owned(),
            |(value, kind)| format!("{} ({})", markdown(value), words.get(&format!("kind.{kind}"))),
        )
    };
    let all = page.ways().len();
    let ways = if all == 0 { "-".to_owned() } else { format!("{} of {all}", all - left) };
    let not = page.not_exercised.as_deref().map_or_else(|| "-".to_owned(), markdown);
    let (last, against, rto, rpo) = match kept {
        None => ("never".to_owned(), "-".to_owned(), "-".to_owned(), "-".to_owned()),
        Some(kept) => {
            let outcome = kept.outcome.map_or("not over", |outcome| outcome_word(outcome, words));
            let day = kept.began.split('T').next().unwrap_or_default();
            let mut last = format!("{day}, {}: {outcome}", words.get(mode_word(kept.mode)));
            if kept.plan != page.plan.digest {
                last.push_str(" (the page has changed since)");
            }
            let against = if kept.against.is_empty() { "-".to_owned() } else { markdown(&kept.against) };
            (last, against, figure(&kept.rto), figure(&kept.rpo))
        }
    };
    format!("| {name} | {last} | {against} | {rto} | {rpo} | {ways} | {not} |\n")
}

const OPEN: &str = "<!-- runbook:catalogue -->";
const CLOSE: &str = "<!-- /runbook:catalogue -->";

/// The text with the table between its two marks; none when the marks are not there, once and in order.
#[must_use]
pub fn placed(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(OPEN)?;
    let (_, after) = rest.split_once(CLOSE)?;
    (!after.contains(OPEN)).then(|| format!("{before}{OPEN}\n{table}{CLOSE}{after}"))
}
