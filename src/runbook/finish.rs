//! The last touches: ids, kinds, effects, owners, and fences that nobody asked for.

use super::effect;
use super::ids::{Names, slug};
use super::model::{
    Command, Effect, FenceReading, Interpreter, Language, Reading, Role, Runbook, SectionId, Step, StepId, StepKind,
    Target,
};
use super::places;
use super::programs::PROGRAMS;
use super::reader::Reader;
use super::shell;
use super::tables::{Set, Table};
use super::terminal;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::document::BlockKind;
use std::collections::BTreeMap;

/// "Skip the next two steps": so many are asked about.
const SKIPPED: usize = 3;

/// So many steps further down somebody may leave a machine.
const STAYS: usize = 24;

/// So many texts of a step may say that the next one is skipped.
const SAID: usize = 8;

/// So many words of a title are asked about.
const TITLE: usize = 24;

/// A session that a step opened.
struct Opened {
    name: String,
    /// What is typed there is in words of its own: a command of the shell's is not for it.
    client: bool,
    /// Only words tell of it, and `name` is what they say.
    said: bool,
    /// How many shells are to be left: one may open another.
    depth: usize,
}

impl Opened {
    fn by(script: &shell::Script) -> Option<Self> {
        let shell = terminal::opens_shell(script).map(|(name, depth)| Self { name, client: false, said: false, depth });
        shell.or_else(|| terminal::opens_client(script).map(|name| Self { name, client: true, said: false, depth: 1 }))
    }

    /// Whether what would run here may be meant for it.
    /// The shell around it, once so many are left.
    fn left(self, times: usize) -> Option<Self> {
        (self.depth > times).then(|| Self { depth: self.depth - times, ..self })
    }

    fn takes(&self, command: &Command) -> bool {
        match command.reading {
            Reading::Run | Reading::Attended if self.said => {
                !places::goes_there(places::INSIDE, &shell::scan(&command.text))
            }
            Reading::Attended if !self.client => false,
            Reading::Run | Reading::Attended => {
                !self.client || terminal::may_be_typed_in(&self.name, &shell::scan(&command.text))
            }
            _ => false,
        }
    }
}

/// "… go to step 9"
fn names_step(words: &Words) -> bool {
    let numbered = |at: usize| words.get(at).bytes().all(|b| b.is_ascii_digit());
    let step =
        |at: usize| VOCABULARY.list(List::StepWords).starts(words, at) && at + 1 < words.len() && numbered(at + 1);
    (1..words.len()).any(|at| VOCABULARY.list(List::ToStep).at(words, at).is_some_and(|((), n)| step(at + n)))
}

/// So many shells are opened one from another at most.
const SHELLS: usize = 4;

/// Whether a line ends the shell it is typed in.
fn is_left(line: &str) -> bool {
    matches!(line.trim(), "exit" | "logout")
}

impl Reader<'_> {
    /// Closes the books.
    pub fn finish(mut self) -> Runbook {
        self.remaining_fences();
        self.ask(|_| true);
        self.named_steps();
        self.ways_on();
        self.redefined();
        let doubted = std::mem::take(&mut self.doubted);
        self.doubt_readings(&doubted);
        self.sessions();
        self.skipped();
        let mentions = self.mentions();
        let loops = self.loops();
        self.kinds();
        self.name_steps();
        let title = self.runbook_title();
        let id = self.runbook_id(&title);
        let mut readings: Vec<_> = self.readings.into_iter().collect();
        readings.sort_by_key(|(block, _)| *block);
        let mut diagnostics = self.head.diagnostics;
        diagnostics.append(&mut self.diagnostics);
        diagnostics.sort_by_key(|d| d.labels.first().map_or(0, |l| l.span.start));
        Runbook {
            id,
            title,
            language: self.head.language,
            metadata: self.head.metadata,
            sections: self.outline.sections,
            fences: readings.into_iter().map(|(_, fence)| fence).collect::<Vec<FenceReading>>(),
            steps: self.steps,
            loops,
            mentions,
            diagnostics,
        }
    }

    /// "If X:" alone is no choice: whoever does not find X goes on. Nor is "If a step fails:", whatever is offered then, or "If it
    /// lags:" above things that may be done then: ways that lead somewhere, are named, or say when they are gone are all there are.
    fn ways_on(&mut self) {
        let label = self.otherwise();
        // On the way of a question its own words ask which, and no longer whether.
        let asked = |step: &Step| step.branch.is_some_and(|(decision, _)| self.steps[decision].title == step.title);
        let asked: Vec<bool> = self.steps.iter().map(asked).collect();
        for (step, asked) in self.steps.iter_mut().zip(asked) {
            let Some(last) = step.branches.last() else { continue };
            let alone = step.branches.len() == 1 && super::lists::is_condition(&Words::first(&last.label, 14));
            let none = step.branches.iter().all(|b| b.when.is_none() && b.target != Target::Continue)
                && !step.branches.iter().all(|b| super::lists::is_condition(&Words::first(&b.label, 14)));
            let title = || Words::first(&step.title, 24);
            let trouble = || VOCABULARY.list(List::Trouble).anywhere(&title());
            let plain = |branch: &super::model::Branch| {
                let words = Words::first(&branch.label, 14);
                let says_when = super::lists::is_condition(&words) || super::decisions::is_named(&branch.label);
                branch.target == Target::Children && !says_when && !super::lists::is_yes_or_no(&branch.label)
            };
            let held =
                || super::lists::is_condition(&title()) && (trouble() || !asked && step.branches.iter().all(plain));
            if last.when.is_none() && (alone || none && held()) {
                let on = super::model::Branch { label: label.clone(), target: Target::Continue, ..last.clone() };
                step.branches.push(on);
            }
        }
    }

    /// What one fence defines is there in the others: `ls` is no longer known to read.
    fn redefined(&mut self) {
        let commands = || self.steps.iter().flat_map(|s| s.commands.iter().chain(&s.undo));
        let mut names: Set<String> =
            commands().filter(|c| shell_of(c).is_some()).flat_map(|c| c.functions.iter().cloned()).collect();
        if self.redefines {
            names.insert("*".into());
        }
        if names.is_empty() {
            return;
        }
        for step in &mut self.steps {
            for command in step.commands.iter_mut().chain(&mut step.undo) {
                let inferred = command.effect == Effect::Read && command.effect_why != "declared";
                if inferred
                    && !command.options.fresh
                    && shell_of(command).is_some_and(|text| effect::runs(&shell::scan(text), &names))
                {
                    command.effect = Effect::Write;
                    command.effect_why = "another fence defines a word in it".into();
                }
            }
        }
    }

    /// The section that a step stands in; of a heading that is a step itself, the one around it: "Step 1" and "Step 2" are beside
    /// each other as two items are.
    fn place_of(&self, step: usize) -> Option<SectionId> {
        let section = self.steps[step].section?;
        let head = &self.outline.heads[section];
        let parent = self.outline.sections[section].parent;
        Some(parent.filter(|_| head.marker || head.number.is_some()).unwrap_or(section))
    }

    /// Whether somebody leaves a machine further down ("Back on your workstation:") before entering another: until then they are there.
    fn leaves_below(&self, from: StepId) -> bool {
        let leaves = |command: &Command| command.text.lines().next_back().is_some_and(is_left);
        let opens = |command: &Command| {
            command.reading == Reading::Attended && Opened::by(&shell::scan(&command.text)).is_some_and(|o| !o.client)
        };
        let mut moves = self.steps[from..].iter().take(STAYS).filter_map(|step| match step.title.as_str() {
            title if places::logs_out(title) || step.commands.iter().any(leaves) => Some(true),
            title if places::logs_in(title).is_some() || step.commands.iter().any(opens) => Some(false),
            _ => None,
        });
        moves.next() == Some(true)
    }

    /// How many of the last steps have nothing that runs without being asked about.
    fn run_no_more(&self) -> usize {
        let runs = |command: &Command| matches!(command.reading, Reading::Run | Reading::Attended) && !command.declared;
        self.steps.iter().rev().take_while(|step| !step.commands.iter().any(runs)).count()
    }

    /// "Log in: `ssh db1`", and below it a command for that host: it would run here. Until the section ends, or somebody leaves, a
    /// shell fence is in doubt.
    fn sessions(&mut self) {
        let mut open: Option<(Option<SectionId>, Option<SectionId>, Opened)> = None;
        let mut doubted: BTreeMap<usize, String> = BTreeMap::new();
        for id in 0..self.steps.len() - self.run_no_more() {
            let (place, section) = (self.place_of(id), self.steps[id].section);
            if let Some((beside, of, opened)) = &open
                && !(*beside == place || section.is_some_and(|s| self.outline.within(s, |s| Some(s) == *of)))
                && (opened.client || !self.leaves_below(id))
            {
                open = None;
            }
            let title = self.steps[id].title.as_str();
            let leaves = |command: &Command| command.text.lines().any(is_left);
            if open.is_some() && places::logs_out(title) && !self.steps[id].commands.iter().any(leaves) {
                open = open.filter(|(.., opened)| !opened.said);
                open = open.and_then(|(place, section, opened)| Some((place, section, opened.left(1)?)));
            }
            // "SSH into the primary.", and what is typed there beside it and below. Of a step that does it itself its command tells.
            let enters = self.steps[id].commands.iter().any(|command| command.reading == Reading::Attended);
            if open.is_none() && !enters {
                let heading = || {
                    let of = section.filter(|s| self.outline.heads[*s].place.is_some())?;
                    places::logs_in(&self.outline.sections[of].title)?;
                    // Beside it, and not on the whole page.
                    let parent = self.outline.sections[of].parent.filter(|p| self.outline.sections[*p].level > 1);
                    Some((self.outline.sections[of].title.clone(), parent.or(Some(of))))
                };
                let said = places::logs_in(title).map(|_| (title.to_owned(), place));
                let said = said.or_else(heading);
                open = said.map(|(name, of)| (of, of, Opened { name, client: false, said: true, depth: 1 }));
            }
            let in_case = self.steps[id].branch.is_some();
            for command in &mut self.steps[id].commands {
                if command.interpreter != Interpreter::Shell || command.declared {
                    continue;
                }
                // Words of the shell's own are no programs. What is not always run leaves nothing for sure.
                let last = command.text.trim().rsplit('\n').next().unwrap_or_default().trim();
                let quits = matches!(last, "quit" | "bye");
                let sure = !in_case && command.reading != Reading::Ambiguous;
                let leaves = command.text.lines().filter(|line| sure && is_left(line)).count();
                if command.text.lines().all(is_left) {
                    open = open.and_then(|(place, section, opened)| Some((place, section, opened.left(leaves)?)));
                    continue;
                }
                // A client within a shell elsewhere leaves that shell open.
                let within = open.as_ref().is_some_and(|(.., opened)| !opened.client);
                // `ssh bastion`, and `ssh db1` on the next line, and no more.
                let lines = command.text.lines().take(SHELLS + 1).count();
                let several = command.reading == Reading::Ambiguous && (2..=SHELLS).contains(&lines) && {
                    let script = shell::scan(&command.text);
                    let shells = terminal::opens_shell(&script).map_or(0, |(_, depth)| depth);
                    shells > 1 && shells == script.commands.len()
                };
                if (command.reading == Reading::Attended || several)
                    && let Some(opened) = Opened::by(&shell::scan(&command.text)).filter(|o| !(within && o.client))
                {
                    let around = open.as_ref().filter(|(.., around)| !around.client && !around.said);
                    let depth = opened.depth + around.map_or(0, |(.., around)| around.depth);
                    open = Some((place, section, Opened { depth, ..opened }));
                } else if let Some((.., opened)) = open.as_ref().filter(|(.., opened)| opened.takes(command)) {
                    (command.reading, command.doubted) = (Reading::Ambiguous, true);
                    command.why = if opened.said {
                        format!("it may be meant for where a step above leads: \u{201c}{}\u{201d}", opened.name)
                    } else {
                        format!("it may be meant for the session that `{}` opens above", opened.name)
                    };
                    doubted.insert(command.span.start, command.why.clone());
                }
                open = open.and_then(|(place, section, opened)| Some((place, section, opened.left(leaves)?)));
                // No shell knows these: the session of a client within one ends, and not the shell.
                if quits {
                    open = open.filter(|(.., opened)| !(opened.client || PROGRAMS.transfers.contains(&opened.name)));
                }
            }
        }
        self.doubt_readings(&doubted);
    }

    /// "Yes: skip the next step": nobody is led past it, so what it runs is asked about.
    fn skipped(&mut self) {
        let mut doubted: BTreeMap<usize, String> = BTreeMap::new();
        let mut known: (StepId, Option<StepId>) = (usize::MAX, None);
        for id in 0..self.steps.len() - self.run_no_more() {
            let Step { title, guidance, branches, jump, .. } = &self.steps[id];
            let plain = branches.is_empty() && jump.is_none();
            let behind = &self.steps[id + 1..self.steps.len().min(id + 1 + SAID)];
            let asked = |said: &str| behind.iter().any(|step| said.contains(&step.title) && !step.branches.is_empty());
            let skips = |said: &&String| {
                let words = Words::first(said, TITLE);
                // "Go to step 3 if the app is down."
                let goes = plain && VOCABULARY.list(List::Goto).starts(&words, 0) && super::doubts::in_case(said);
                // "If there is enough space, proceed to step 9", which no step is.
                let goes = goes || plain && super::lists::is_condition(&words) && names_step(&words) && !asked(said);
                VOCABULARY.list(List::Skips).anywhere(&words) || goes
            };
            let Some(said) = [title].into_iter().chain(guidance.iter().take(SAID)).find(skips).cloned() else {
                continue;
            };
            // What is skipped stands behind the question that this answers.
            let above = |step: usize| self.steps[step].branch.map(|(decision, _)| decision).or(self.steps[step].parent);
            let of = std::iter::successors(Some(id), |step| above(*step)).last().unwrap_or(id);
            let within = |step: usize| std::iter::successors(Some(step), |step| above(*step)).any(|step| step == of);
            // Thousands of answers to one question have one step behind them.
            if of != known.0 {
                known = (of, (id + 1..self.steps.len()).find(|step| !within(*step)));
            }
            let Some(next) = known.1 else { continue };
            let why = super::doubts::not_always(&said);
            let more = if VOCABULARY.list(List::Several).anywhere(&Words::first(&said, TITLE)) { SKIPPED } else { 1 };
            let until = self.steps.len().min(next + more);
            for command in self.steps[next..until].iter_mut().flat_map(|step| step.commands.iter_mut()) {
                if matches!(command.reading, Reading::Run | Reading::Attended) && !command.declared {
                    (command.reading, command.doubted) = (Reading::Ambiguous, true);
                    command.why.clone_from(&why);
                    doubted.insert(command.span.start, why.clone());
                }
            }
        }
        self.doubt_readings(&doubted);
    }

    /// Says the same of the fences that these commands stand in.
    fn doubt_readings(&mut self, doubted: &BTreeMap<usize, String>) {
        if doubted.is_empty() {
            return;
        }
        for reading in self.readings.values_mut() {
            // Comments may divide a fence into several commands.
            if let Some((_, why)) = doubted.range(reading.span.start..reading.span.end).next() {
                reading.reading = Reading::Ambiguous;
                reading.why.clone_from(why);
            }
        }
    }

    fn remaining_fences(&mut self) {
        for block in 0..self.document.blocks.len() {
            if matches!(self.document.blocks[block].kind, BlockKind::Fence { .. })
                && !self.readings.contains_key(&block)
            {
                self.show(block, "outside of any step");
            }
        }
    }

    fn kinds(&mut self) {
        for i in 0..self.steps.len() {
            let kind = kind(&self.steps[i], self.head.language);
            let step = &mut self.steps[i];
            step.kind = kind;
            step.effect = match kind {
                _ if !step.commands.is_empty() => step
                    .commands
                    .iter()
                    .filter(|c| c.reading != Reading::Show)
                    .map(|c| c.effect)
                    .max()
                    .unwrap_or(Effect::Read),
                StepKind::Manual | StepKind::Call | StepKind::Rollback => Effect::Write,
                _ => Effect::Read,
            };
            if let Some(section) = step.section
                && step.owner.is_none()
            {
                let mut at = Some(section);
                while let Some(s) = at {
                    if self.outline.sections[s].owner.is_some() {
                        step.owner.clone_from(&self.outline.sections[s].owner);
                        break;
                    }
                    at = self.outline.sections[s].parent;
                }
            }
        }
    }

    /// Authors' ids stand; the rest get `section.step`, short and unique.
    fn name_steps(&mut self) {
        let mut names = Names::default();
        let mut first: Table<String, Span> = Table::default();
        for (i, step) in self.steps.iter_mut().enumerate() {
            let Some(span) = self.written.get(&i).copied() else { continue };
            if names.take(&step.id) {
                first.insert(step.id.clone(), span);
                continue;
            }
            let at = first.get(&step.id).copied().unwrap_or(span);
            let diagnostic = Diagnostic::error("duplicate-id", format!("two steps are called `{}`", step.id))
                .at(span, "again here")
                .at(at, "first here");
            self.diagnostics
                .push(diagnostic.help("give each step a name of its own: answers and journals are kept by it"));
            step.id = names.unique(&step.id, '-');
        }
        // Steps stand in the order of their sections.
        let mut last: Option<(SectionId, String)> = None;
        for i in 0..self.steps.len() {
            if !self.steps[i].id.is_empty() {
                continue;
            }
            let own = slug(&self.steps[i].title);
            let base = match self.steps[i].section {
                Some(section) => {
                    if last.as_ref().is_none_or(|(of, _)| *of != section) {
                        last = Some((section, self.section_slug(section)));
                    }
                    last.as_ref().map_or_else(String::new, |(_, name)| [name, ".", &own].concat())
                }
                None => own,
            };
            self.steps[i].id = names.unique(&base, '-');
        }
    }

    /// "Phase 2: Exécution" → `execution`.
    fn section_slug(&self, section: usize) -> String {
        let core = self.outline.heads[section].core.as_str().split(' ').collect::<Vec<_>>().join("-");
        let name = slug(&core);
        if core.is_empty() { slug(&self.outline.sections[section].title) } else { name }
    }

    fn runbook_title(&self) -> String {
        let told = self.head.metadata.known.get("title").filter(|t| !t.starts_with('[')).cloned();
        told.or_else(|| self.outline.sections.first().map(|s| s.title.clone()))
            .filter(|t| !t.is_empty())
            .unwrap_or_else(|| file_stem(&self.source.name).to_owned())
    }

    fn runbook_id(&self, title: &str) -> String {
        if let Some(id) = self
            .head
            .metadata
            .known
            .get("id")
            .filter(|id| !id.is_empty() && !id.contains(['[', '<', ' ']) && !id.ends_with("XXX"))
        {
            return id.clone();
        }
        let stem = file_stem(&self.source.name);
        numbered_stem(stem).unwrap_or_else(|| {
            let from_title = super::ids::slug(title);
            if from_title == "step" && !stem.is_empty() { slug(stem) } else { from_title }
        })
    }
}

fn shell_of(command: &Command) -> Option<&str> {
    (command.interpreter == Interpreter::Shell && !command.options.fresh).then_some(&command.text)
}

/// No phrase of [`List::Checks`] has more words.
const CHECKING: usize = 3;

fn kind(step: &Step, language: Language) -> StepKind {
    let runs = step.commands.iter().any(|c| c.reading != Reading::Show && c.reading != Reading::Manual);
    if step.gate.is_some() {
        return StepKind::Gate;
    }
    if !step.branches.is_empty() {
        return StepKind::Decision;
    }
    if step.role == Role::Rollback {
        return StepKind::Rollback;
    }
    if matches!(step.jump, Some(Target::File(_))) && !runs {
        return StepKind::Call;
    }
    if runs {
        return StepKind::Command;
    }
    let states = matches!(step.role, Role::Validation | Role::Prerequisites);
    let words = Words::first(&step.title, if states || !step.blanks.is_empty() { 12 } else { CHECKING });
    if !step.blanks.is_empty() && !VOCABULARY.is_imperative(&words, language) {
        return StepKind::Input;
    }
    let noun = || VOCABULARY.list(List::Nouns).starts(&words, 0);
    let label = |(label, _): (&str, &str)| VOCABULARY.list(List::CheckLabel).whole(&Words::first(label, 8)).is_some();
    let checks = VOCABULARY.list(List::Checks).starts(&words, 0) || step.title.split_once(':').is_some_and(label);
    let stated = states && (noun() || !VOCABULARY.is_imperative(&words, language));
    if checks || stated { StepKind::Check } else { StepKind::Manual }
}

fn file_stem(name: &str) -> &str {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    file.rsplit_once('.').map_or(file, |(stem, _)| stem)
}

/// `RB-001-master-failover` → `RB-001`; `RB-M01-backup` → `RB-M01`.
fn numbered_stem(stem: &str) -> Option<String> {
    let mut parts = stem.split(['-', '_']);
    let (letters, number) = (parts.next()?, parts.next()?);
    let fits = !letters.is_empty()
        && letters.len() <= 8
        && letters.bytes().all(|b| b.is_ascii_uppercase())
        && number.len() <= 5
        && number.bytes().last()?.is_ascii_digit()
        && number.bytes().all(|b| b.is_ascii_alphanumeric());
    fits.then(|| format!("{letters}-{number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_phrase_is_longer_than_the_words_looked_at() {
        assert!(VOCABULARY.list(List::Checks).longest_words() <= CHECKING);
    }
}
