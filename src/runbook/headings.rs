//! Whether a heading is a step itself, and what one says of those beside it.

use super::leads::Lead;
use super::model::{Reading, Role, SectionId, StepId};
use super::reader::Reader;
use super::sections::Alternative;
use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{BlockId, BlockKind, ListKind};
use std::ops::Range;

/// So many headings before and after one are looked at, and so many blocks below each.
const BESIDE: usize = 24;

/// So many sentences that ask for something are steps, whatever stands above them.
const SEVERAL: usize = 3;

impl Reader<'_> {
    /// "### Only if:", a heading above nothing but reasons: the sections beside it that follow are for that case.
    pub fn only_if(&mut self, section: SectionId) {
        let head = &self.outline.heads[section];
        // What another such heading said of them holds.
        let said = self.conditions.contains_key(&(section + 1));
        let only = head.doubtful && VOCABULARY.list(List::OnlyThen).ends(&head.inline.first(24));
        if only && !said && !self.has_children(section) {
            let fence = |block: BlockId| matches!(self.document.blocks[block].kind, BlockKind::Fence { .. });
            let tops = &self.outline.tops[head.body.clone()];
            let shows = tops.iter().any(|top| (*top..self.document.blocks[*top].end).any(fence));
            let parent = self.outline.sections[section].parent;
            let beside = (section + 1..self.outline.sections.len())
                .take_while(|next| parent.is_none_or(|parent| self.outline.within(*next, |s| s == parent)));
            let why = super::doubts::not_always(self.outline.sections[section].title.trim_end_matches([':', ' ']));
            for next in if shows { Vec::new() } else { beside.collect() } {
                self.conditions.entry(next).or_insert_with(|| why.clone());
            }
        }
    }

    /// "### Change the schedule" above what a file is to hold, and nothing that runs: it is done by hand.
    pub fn is_order_with_text(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let role = self.outline.sections[section].role;
        let shown = |at: usize| {
            let reading = self.readings.get(&self.outline.tops[at]);
            reading.is_some_and(|reading| matches!(reading.reading, Reading::Show))
        };
        self.outline.sections[section].level > 1
            && !self.outline.within(section, |s| self.outline.sections[s].role == Role::Context)
            && role != Role::Rollback
            && head.body.clone().any(shown)
            && {
                // "Log format" is no order.
                let words = &head.core;
                let sure = VOCABULARY.is_fact(words.get(1)) || VOCABULARY.list(List::Writing).starts(words, 0);
                VOCABULARY.is_imperative(words, self.head.language) && sure
            }
    }

    /// "### Join the channels" above words, beside other headings that ask for something, and nothing below it is a step: it is done by
    /// hand.
    pub fn is_order_among_orders(&self, section: SectionId) -> bool {
        let sections = &self.outline.sections;
        let asks = |s: SectionId| {
            let core = &self.outline.heads[s].core;
            let thing = VOCABULARY.list(List::PageWords).ends(core) || VOCABULARY.roles.whole(core).is_some();
            core.len() > 1 && !thing && VOCABULARY.is_imperative(core, self.head.language)
        };
        let near = section.saturating_sub(BESIDE)..(section + BESIDE).min(sections.len());
        let beside = |s: &SectionId| *s != section && sections[*s].parent == sections[section].parent;
        let words = self.outline.heads[section].body.clone().all(|at| {
            let kind = &self.document.blocks[self.outline.tops[at]].kind;
            !matches!(kind, BlockKind::Fence { .. } | BlockKind::Table { .. })
        });
        sections[section].level > 1
            && words
            && !self.outline.within(section, |s| sections[s].role == Role::Context)
            && ((sections[section].level > 2 || self.outline.all_named)
                && asks(section)
                && near.into_iter().filter(beside).any(asks)
                || self.only_leads_on(section))
    }

    /// "## Reboot the node" above nothing but "See [reboot](reboot.md) for more details."
    fn only_leads_on(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let leads = |at: usize| {
            self.inline(self.outline.tops[at]).is_some_and(|(_, inline)| super::ways::reads_on(&inline.first(24)))
        };
        VOCABULARY.is_imperative(&head.core, self.head.language)
            && VOCABULARY.roles.whole(&head.core).is_none()
            && !head.body.is_empty()
            && head.body.clone().all(leads)
    }

    /// Whether a heading is a step itself: it is numbered or named as one, and no list below makes the steps.
    pub fn is_heading_step(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let parent = self.outline.sections[section].parent;
        // "### A) Restart the node" below "Solutions" is a way, and what is done on it.
        let way = match head.alternative {
            Alternative::Named => head.number.is_none() || !parent.is_some_and(|p| self.outline.heads[p].offers),
            Alternative::Condition | Alternative::Otherwise => true,
            Alternative::None | Alternative::Manner => false,
        };
        if head.body.is_empty() || self.has_children(section) || way {
            return false;
        }
        let role = self.outline.sections[section].role;
        let in_procedure =
            parent.is_some_and(|p| self.outline.heads[p].explicit && self.outline.sections[p].role != Role::Context);
        let marker = head.marker || self.outline.sections[section].offset.is_some();
        if !(marker || head.number.is_some()) || role == Role::Context {
            return false;
        }
        let asks = || VOCABULARY.is_imperative(&head.core, self.head.language);
        let survey = self.survey(head.body.clone(), section);
        if survey.firm_steps {
            return false;
        }
        if survey.runnable {
            // "3) PodOutOfMemory" above sentences that each ask for something names them, and is none of them.
            return !survey.bullet_steps && (marker || asks() || !self.names_several(section));
        }
        let step_word = head.marker
            && !VOCABULARY.list(List::Timeline).starts(&Words::new(&head.inline.plain), 0)
            && !is_phase(&head.inline.plain);
        // "3. Checks" above bullets names them; "3. Access the app" is done with them.
        if step_word || (head.number.is_some() && in_procedure && (!survey.bullet_steps || asks())) {
            return survey.any;
        }
        // "### 4. Bump the image" and words, among numbered headings that run something.
        let among = || asks() && self.runs_beside(section);
        if head.number.is_some() && survey.any && !survey.bullet_steps && among() {
            return self.orders(head.body.clone()) < 2;
        }
        marker
            && survey.any
            && !survey.bullet_steps
            && (head.marker || self.outline.sections[section].role == Role::Phase)
    }

    /// "### Expected results" behind a step: what stands below it is what is to be seen, and nothing to do.
    pub fn says_what_comes_out(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let words = &head.core;
        self.outline.sections[section].level > 1
            && !self.has_children(section)
            && VOCABULARY.list(List::ExpectedHeading).starts(words, 0)
    }

    /// The step whose result such a section shows: the one right before it, on the same way. What it asks for is asked by itself.
    pub fn shows_result(&self, section: SectionId) -> Option<StepId> {
        // "Expected behaviour not seen"
        let words = &self.outline.heads[section].core;
        if VOCABULARY.list(List::Unmet).anywhere(words) {
            return None;
        }
        let last = self.steps.len().checked_sub(1)?;
        let (own, before) = (&self.outline.sections[section], self.steps[last].section?);
        // Below the title stand other parts of the page.
        let beside = self.outline.sections[before].parent == own.parent && own.level > 2 || own.parent == Some(before);
        let other = |role: Role| matches!(role, Role::Rollback | Role::Alternative);
        let aside = other(self.outline.sections[before].role) || other(own.role) || self.steps[last].branch.is_some();
        let asks = |top: BlockId| {
            let list = matches!(self.document.blocks[top].kind, BlockKind::List { .. });
            list && (self.has_open_boxes(top) || self.is_work(top) || self.holds_commands(top))
        };
        let body = self.outline.heads[section].body.clone();
        (beside && !aside && !body.into_iter().any(|at| asks(self.outline.tops[at]))).then_some(last)
    }

    /// The role of a section that would be background by its heading, and holds steps nevertheless.
    pub fn background_with_steps(&self, section: SectionId) -> Option<Role> {
        match self.outline.sections[section].role {
            Role::Context if self.escalates(section) || self.is_example_of_steps(section) => Some(Role::Phase),
            Role::Context if self.shows_symptoms(section) => Some(Role::Detection),
            _ => None,
        }
    }

    /// "## Escalation" above "If it lasts, page the database team.": when to call whom is something to do, and no list of names.
    pub fn escalates(&self, section: SectionId) -> bool {
        let asks = |inline: &Inline| super::says::sentence_asks(inline, &inline.first(24), self.head.language);
        let said = |block: BlockId| match &self.document.blocks[block].kind {
            BlockKind::Paragraph { .. } => self.inline(block).is_some_and(|(_, inline)| asks(inline)),
            BlockKind::List { .. } => {
                let mut items = self.document.children(Some(block)).take(BESIDE);
                items.any(|item| self.first_paragraph(item).is_some_and(|(_, inline)| asks(inline)))
            }
            _ => false,
        };
        let head = &self.outline.heads[section];
        let words = &head.core;
        VOCABULARY.list(List::Escalation).starts(words, 0)
            && !VOCABULARY.list(List::NoEscalation).anywhere(words)
            && head.body.clone().take(BESIDE).any(|top| said(self.outline.tops[top]))
    }

    /// Whether a section holds several sentences that each ask for something, with its command right below, and nothing that is said
    /// of them all.
    fn names_several(&self, section: SectionId) -> bool {
        let language = self.head.language;
        let tops = || self.outline.heads[section].body.clone().map(|top| self.outline.tops[top]);
        let asks = |block: &BlockId| {
            let next = self.document.blocks.get(self.document.blocks[*block].end);
            next.is_some_and(|next| matches!(next.kind, BlockKind::Fence { .. }))
                && self
                    .inline(*block)
                    .is_some_and(|(_, inline)| super::says::sentence_asks(inline, &inline.first(24), language))
        };
        let labelled = |block: BlockId| {
            self.inline(block).is_some_and(|(_, inline)| inline.strongs.first().is_some_and(|strong| strong.start == 0))
        };
        self.outline.sections[section].timebox.is_none()
            && !tops().any(labelled)
            && tops().filter(asks).count() >= SEVERAL
    }

    /// "## Prevention" above bullets without a command or a box: what would have been better. "## Backup strategy" above a list that
    /// asks for nothing: what is done all the year round.
    pub fn only_advises(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let words = &head.core;
        let policy = || {
            let said = |top: BlockId| match self.document.blocks[top].kind {
                BlockKind::List { .. } => self.asks_nothing(top),
                BlockKind::Paragraph { .. } => self.inline(top).is_some_and(|(_, inline)| {
                    !super::says::sentence_asks(inline, &inline.first(24), self.head.language)
                        && inline.codes.is_empty()
                }),
                _ => false,
            };
            let mut tops = head.body.clone().map(|at| self.outline.tops[at]);
            VOCABULARY.list(List::Policy).whole(words).is_some()
                && head.number.is_none()
                && !head.marker
                && !head.body.is_empty()
                && tops.all(said)
        };
        let holds = |block: BlockId| match self.document.blocks[block].kind {
            BlockKind::List { .. } => self.has_open_boxes(block) || self.holds_commands(block),
            BlockKind::Fence { .. } => true,
            _ => false,
        };
        (VOCABULARY.list(List::Prevention).whole(words).is_some() || policy())
            && !self.has_children(section)
            && !head.body.clone().any(|at| holds(self.outline.tops[at]))
    }

    /// "## Example: pods that do not start" above numbered steps with commands: they are done when it is the case.
    fn is_example_of_steps(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let steps = |block: BlockId| {
            matches!(self.document.blocks[block].kind, BlockKind::List { kind: ListKind::Ordered { .. }, .. })
                && self.holds_commands(block)
        };
        VOCABULARY.list(List::Example).starts(&head.core, 0)
            && !VOCABULARY.list(List::ExpectedHeading).starts(&head.core, 0)
            && head.body.clone().take(BESIDE).any(|top| steps(self.outline.tops[top]))
    }

    /// "## Symptoms" above items with fences: how to see whether they are there. Without any, they are what somebody saw.
    fn shows_symptoms(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        let looks = |block: BlockId| {
            matches!(self.document.blocks[block].kind, BlockKind::List { .. }) && self.holds_fences(block)
        };
        VOCABULARY.list(List::Symptoms).starts(&head.core, 0)
            && head.body.clone().take(BESIDE).any(|top| looks(self.outline.tops[top]))
    }

    /// How many paragraphs of a section ask for something by themselves, and lead into nothing.
    fn orders(&self, body: Range<usize>) -> usize {
        let asks = |block: &BlockId| {
            let Some((_, inline)) = self.inline(*block) else { return false };
            let language = self.head.language;
            !inline.plain.trim_end().ends_with(':') && super::says::sentence_asks(inline, &inline.first(24), language)
        };
        body.take(BESIDE).map(|top| self.outline.tops[top]).filter(asks).count()
    }

    /// Whether a numbered heading beside this one has something to run.
    fn runs_beside(&self, section: SectionId) -> bool {
        let parent = self.outline.sections[section].parent;
        let near = section.saturating_sub(BESIDE)..(section + BESIDE).min(self.outline.sections.len());
        let beside = near.filter(|s| self.outline.sections[*s].parent == parent && *s != section);
        let mut numbered = beside.filter(|s| self.outline.heads[*s].number.is_some());
        numbered.any(|s| self.holds_command(s))
    }

    /// Whether a fence right below a heading would be offered; asked by each heading near it, found out once.
    fn holds_command(&self, section: SectionId) -> bool {
        if let Some(known) = self.runs.borrow().get(&section) {
            return *known;
        }
        let mut blocks = self.outline.heads[section].body.clone().take(BESIDE).map(|top| self.outline.tops[top]);
        let holds = blocks.any(|block| {
            matches!(self.document.blocks[block].kind, BlockKind::Fence { .. }) && self.would_run(block, Lead::None)
        });
        self.runs.borrow_mut().insert(section, holds);
        holds
    }
}

fn is_phase(title: &str) -> bool {
    let words = Words::new(title);
    (0..3).any(|i| words.get(i) == "phase" || words.get(i) == "stage")
}
