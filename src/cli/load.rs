//! From a path to a plan, with every error shown on the way.

use super::exit::Failure;
use super::out;
use crate::check::{self, Subject};
use crate::diagnostic::{Diagnostic, Severity};
use crate::plan::model::Plan;
use crate::plan::{build, flow};
use crate::runbook::model::{Language, Runbook};
use crate::source::Source;
use crate::syntax;
use std::path::Path;

/// A runbook read from a file.
pub struct Loaded<P = Plan> {
    /// Its text.
    pub source: Source,
    /// Its meaning.
    pub runbook: Runbook,
    /// Its plan, or why there is none. A page with a plan may have errors all the same.
    pub plan: Result<P, Vec<Diagnostic>>,
    /// Everything there is to say about it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads a file's text.
pub fn source(path: &Path) -> Result<Source, Failure> {
    let name = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|e| Failure::system(format!("read `{name}`"), e))?;
    match syntax::decode(name.clone(), bytes) {
        Ok(source) => Ok(source),
        Err(diagnostic) => {
            out::diagnostic(&diagnostic, &Source::new(name.clone(), ""), Language::En);
            Err(Failure::BadRunbook { path: name, count: 1 })
        }
    }
}

/// Understands a text. Never fails: what is wrong stands in `diagnostics` and in `plan`.
pub fn understand(source: Source) -> Loaded {
    understood(source, check::errors, |runbook| {
        let plan = build::build(runbook)?;
        let unreached = flow::unreachable(&plan);
        Ok((plan, unreached))
    })
}

/// The same, with everything that `check` looks for; of the plan only what is wrong with it is of interest.
pub fn examine(source: Source) -> Loaded<()> {
    understood(source, check::all, |runbook| {
        if flow::is_straight(runbook) {
            return Ok(((), Vec::new()));
        }
        Ok(((), build::unreached(runbook)?))
    })
}

/// A plan, and the steps that no way of it leads to.
type Planned<P> = Result<(P, Vec<usize>), Vec<Diagnostic>>;

fn understood<P>(
    source: Source,
    find: fn(&Subject<'_>) -> Vec<Diagnostic>,
    plan: fn(&Runbook) -> Planned<P>,
) -> Loaded<P> {
    let document = syntax::parse_lines(&source.text, &source.map);
    let runbook = crate::runbook::read(&source, &document);
    let folder = Path::new(&source.name).parent().map(Path::to_owned).unwrap_or_default();
    let exists = |path: &str| folder.join(path).exists();
    let (built, unreached) = match plan(&runbook) {
        Ok((plan, unreached)) => (Ok(plan), unreached),
        Err(errors) => (Err(errors), Vec::new()),
    };
    let subject = Subject {
        source: &source,
        document: &document,
        runbook: &runbook,
        exists: &exists,
        today: Some(crate::cli::time::today()),
        unreached: &unreached,
    };
    let mut diagnostics = find(&subject);
    // The same jump to nowhere may have been seen while reading.
    for error in built.as_ref().err().into_iter().flatten() {
        let place = error.labels.first().map(|l| l.span);
        let told = diagnostics.iter().any(|d| {
            let seen = d.labels.first().map(|l| l.span);
            d.code == error.code && seen == place
                || (d.code, error.code) == ("missing-target", "jump-to-nowhere")
                    && place.zip(seen).is_some_and(|(around, inside)| around.contains(inside))
        });
        if !told {
            diagnostics.push(error.clone());
        }
    }
    diagnostics.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
    if runbook.language == Language::Fr {
        diagnostics.iter_mut().for_each(check::french::diagnostic);
    }
    Loaded { source, runbook, plan: built, diagnostics }
}

/// A runbook that can run; everything else is shown and refused.
pub fn plan(path: &Path) -> Result<(Source, Runbook, Plan), Failure> {
    planned(understand(source(path)?))
}

/// The same, from what was understood already.
pub fn planned(loaded: Loaded) -> Result<(Source, Runbook, Plan), Failure> {
    let refused = loaded.refused();
    match (loaded.plan, refused) {
        (Ok(plan), None) => Ok((loaded.source, loaded.runbook, plan)),
        (_, refused) => {
            Err(refused.unwrap_or_else(|| Failure::BadRunbook { path: loaded.source.name.clone(), count: 1 }))
        }
    }
}

impl<P> Loaded<P> {
    /// Shows its errors; why it cannot run, when there are any.
    pub fn refused(&self) -> Option<Failure> {
        let errors: Vec<&Diagnostic> = self.diagnostics.iter().filter(|d| d.severity == Severity::Error).collect();
        for error in &errors {
            out::diagnostic(error, &self.source, self.runbook.language);
        }
        let count = errors.len();
        (count > 0).then(|| Failure::BadRunbook { path: self.source.name.clone(), count })
    }
}
