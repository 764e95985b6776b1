//! Headings that stand beside each other and are ways of one thing: "Option A" and "Option B", "From a dump" and "From a snapshot" below
//! "Recovery options", "CLI" and "Console". Nobody does one after the other.

use super::leaves::Leaves;
use super::model::{Role, SectionId};
use super::sections::{Alternative, Head, Outline, role};
use super::tables::Table;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{BlockId, BlockKind, Document, ListKind};

/// So many words has a heading at most that names ways below it.
const WAYS: usize = 4;

/// So many headings beside each other are compared: a page with more of them lists something else.
const BESIDE: usize = 40;

impl Outline {
    /// "**Scenario**: all is lost" under one heading and "**Scenario**: a table is lost" under another beside it: only one of them is
    /// the case, and nobody does one after the other.
    pub(super) fn circumstances(&mut self, leaves: &Leaves<'_>) {
        let mut count: Table<(Option<SectionId>, u8), usize> = Table::default();
        for s in 0..self.sections.len() {
            let (head, section) = (&self.heads[s], &self.sections[s]);
            let done = !matches!(section.role, Role::Context | Role::Rollback | Role::Failback | Role::PostAction);
            if section.level < 2 || head.marker || head.alternative != Alternative::None || !done {
                continue;
            }
            let said = |top: &BlockId| {
                let (label, value) = leaves.get(*top)?.inline.label()?;
                VOCABULARY.list(List::Circumstance).whole(&Words::new(label))?;
                Some(super::sentences::one_line(value.lines().next().unwrap_or_default().trim()))
            };
            if let Some(said) = self.tops[head.body.clone()].iter().take(2).find_map(said) {
                *count.entry((section.parent, section.level)).or_default() += 1;
                self.heads[s].circumstance = Some(said);
            }
        }
        for s in 0..self.sections.len() {
            if self.heads[s].circumstance.is_none() {
                continue;
            }
            if count.get(&(self.sections[s].parent, self.sections[s].level)).is_none_or(|n| *n < 2) {
                self.heads[s].circumstance = None;
                continue;
            }
            self.heads[s].alternative = Alternative::Named;
            self.sections[s].role = Role::Alternative;
        }
    }

    /// "Choose one:" right above "### A) From the snapshot" and "### B) From the dump".
    pub(super) fn lettered(&mut self, leaves: &Leaves<'_>) {
        for s in 0..self.sections.len() {
            let head = &self.heads[s];
            let letter = head.number.is_some() && !head.is_counted() && head.alternative == Alternative::None;
            let Some(parent) = self.sections[s].parent.filter(|_| letter) else { continue };
            let last = self.heads[parent].body.clone().last().map(|at| self.tops[at]);
            let Some(said) = last.and_then(|block| leaves.get(block)) else { continue };
            let asks = VOCABULARY.list(List::ChooseOne).starts(&said.inline.first(10), 0);
            let follows = matches!(self.sections[s].role, Role::Validation | Role::Rollback | Role::PostAction);
            if asks && !follows && said.inline.plain.trim_end().ends_with(':') {
                self.heads[s].alternative = Alternative::Named;
                self.sections[s].role = Role::Alternative;
            }
        }
    }

    /// "Technical description" is to be read; when numbered headings with fences stand below it, they are the procedure.
    pub(super) fn described(&mut self, document: &Document) {
        for s in 0..self.sections.len() {
            if self.sections[s].role != Role::Context || !self.heads.get(s + 1).is_some_and(Head::is_counted) {
                continue;
            }
            let words = &self.heads[s].core;
            let describing = VOCABULARY.list(List::Describing).whole(words).is_some();
            let inside = |outline: &Self| {
                let (from, level) = (s + 1, outline.sections[s].level);
                let end = outline.sections[from..].iter().position(|next| next.level <= level);
                from..end.map_or(outline.sections.len(), |n| from + n)
            };
            if self.sections[s].level == 1 || !describing {
                continue;
            }
            let numbered: Vec<SectionId> = inside(self)
                .filter(|c| self.sections[*c].parent == Some(s) && self.heads[*c].is_counted())
                .filter(|c| self.sections[*c].role == Role::Context && !self.says_context(*c))
                .collect();
            let fence = |top: usize| matches!(document.blocks[self.tops[top]].kind, BlockKind::Fence { .. });
            let works = numbered.iter().filter(|c| self.heads[**c].body.clone().any(fence)).count();
            if works < 2 || works * 2 < numbered.len() {
                continue;
            }
            for child in numbered {
                let own = role(&self.heads[child].inline.plain, &self.heads[child].core, 0);
                self.sections[child].role = own.unwrap_or(Role::Phase);
            }
        }
    }

    /// "Common causes", "Recovery options", and below it a heading for each, with what is done then: one of them is the case.
    pub(super) fn causes(&mut self, document: &Document, leaves: &Leaves<'_>) {
        for s in 0..self.sections.len() {
            let words = &self.heads[s].core;
            let ways = self.names_ways(s, leaves);
            let causes = || VOCABULARY.list(List::Causes).whole(words).is_some() || ways;
            let role = self.sections[s].role;
            let kept = !matches!(role, Role::Context | Role::Phase) || self.heads[s].alternative != Alternative::None;
            if kept || self.sections[s].level == 1 || !causes() {
                continue;
            }
            let inside = (s + 1..self.sections.len()).take_while(|c| self.sections[*c].level > self.sections[s].level);
            let inside: Vec<SectionId> = inside.collect();
            let fence = |top: usize| {
                let end = document.blocks[self.tops[top]].end;
                (self.tops[top]..end).any(|block| matches!(document.blocks[block].kind, BlockKind::Fence { .. }))
            };
            let orders = |top: usize| {
                let BlockKind::List { kind: ListKind::Ordered { .. }, .. } = document.blocks[self.tops[top]].kind
                else {
                    return false;
                };
                let first = leaves.get(self.tops[top] + 2).map(|said| said.inline.first(1));
                first.is_some_and(|said| VOCABULARY.is_known_verb(said.get(0)) || VOCABULARY.is_infinitive(said.get(0)))
            };
            let works = |c: &&SectionId| self.heads[**c].body.clone().any(|top| fence(top) || orders(top));
            if inside.iter().filter(works).count() < 2 {
                continue;
            }
            // What can be passed by needs no question before it.
            if ways {
                self.heads[s].offers = true;
            } else {
                self.sections[s].role = Role::Alternative;
                self.heads[s].alternative = Alternative::Condition;
            }
            // "Restart the application" below "From a dump" and "From a snapshot" may be for both of them: then nobody is led past it.
            let mixed = ways && {
                let direct = || inside.iter().filter(|c| self.sections[**c].parent == Some(s));
                // "Then restore" goes on with what stands above.
                let then = |c: &&SectionId| {
                    let said = &self.heads[**c].core;
                    VOCABULARY.list(List::Thereupon).starts(said, 0)
                        || VOCABULARY.list(List::Connectives).starts(said, 0)
                };
                let all = VOCABULARY.list(List::InOrder).anywhere(&self.heads[s].inline.first(24));
                if all || direct().skip(1).any(|c| then(&c)) {
                    true
                } else {
                    let plain = || direct().filter(|c| self.own_role(**c).is_none());
                    let asks = |c: &&SectionId| VOCABULARY.is_infinitive(self.heads[**c].core.get(0));
                    plain().any(|c| asks(&c)) && !plain().all(|c| asks(&c))
                }
            };
            for child in inside {
                // "Verification", "Rollback", "Step 1" below causes are no causes.
                let top = |mut c: SectionId| {
                    while let Some(parent) = self.sections[c].parent.filter(|parent| *parent != s) {
                        c = parent;
                    }
                    c
                };
                // "Recovery from a dump" is a way, too.
                let works = |role: Role| ways && matches!(role, Role::Phase | Role::Failback);
                let plain = |c: SectionId| !self.heads[c].marker && self.own_role(c).is_none_or(works);
                let top = top(child);
                if mixed && plain(top) && plain(child) {
                    self.heads[child].doubtful = true;
                    if self.sections[child].role == Role::Context {
                        self.sections[child].role = Role::Phase;
                    }
                } else if plain(top) && plain(child) {
                    if top == child {
                        self.heads[child].alternative = Alternative::Named;
                    }
                    self.sections[child].role = Role::Alternative;
                }
            }
        }
    }

    /// "Recovery options", "Failure scenarios", "Two ways to promote", above headings that do not say so themselves; unless all of them are gone, as the words
    /// say, or the text.
    fn names_ways(&self, section: SectionId, leaves: &Leaves<'_>) -> bool {
        let words = &self.heads[section].core;
        let ends = VOCABULARY.list(List::WaysBelow).ends(words) && words.len() <= WAYS;
        if !ends && !VOCABULARY.list(List::WaysTo).starts(words, 0) {
            return false;
        }
        let all = [List::AllDone, List::LookUp].iter().any(|list| VOCABULARY.list(*list).starts(words, 0));
        let ordered = |top: &BlockId| {
            leaves.get(*top).is_some_and(|said| VOCABULARY.list(List::InOrder).anywhere(&said.inline.first(40)))
        };
        let mut below = (section + 1..self.sections.len()).take_while(|s| self.within(*s, |of| of == section));
        !all && !self.tops[self.heads[section].body.clone()].iter().any(ordered)
            && below.all(|s| matches!(self.heads[s].alternative, Alternative::None | Alternative::Manner))
    }

    /// What a heading's own words say that its section is.
    fn own_role(&self, section: SectionId) -> Option<Role> {
        role(&self.heads[section].inline.plain, &self.heads[section].core, 0)
    }

    /// Whether a heading's own words say that it is only to be read.
    fn says_context(&self, section: SectionId) -> bool {
        self.own_role(section) == Some(Role::Context)
    }

    /// "Troubleshooting" behind a procedure is for when something goes wrong. Where it is all that a page has, it is the procedure.
    pub(super) fn troubles(&mut self) {
        let mut procedure = false;
        for s in 0..self.sections.len() {
            let words = &self.heads[s].core;
            let troubles = VOCABULARY.list(List::Troubles).at(words, 0).is_some_and(|((), n)| n == words.len());
            let own = matches!(self.sections[s].role, Role::Phase) && self.heads[s].alternative == Alternative::None;
            if troubles && procedure && own {
                self.heads[s].alternative = Alternative::Condition;
                self.sections[s].role = Role::Alternative;
            }
            procedure |= own && !troubles && self.heads[s].explicit && self.sections[s].level > 1;
        }
    }

    /// "Automatic" and "Option A" are alternatives only among siblings that are too.
    pub(super) fn siblings(&mut self) {
        let mut count: Table<(Option<SectionId>, u8, bool), usize> = Table::default();
        let key = |outline: &Self, s: SectionId| {
            (outline.sections[s].parent, outline.sections[s].level, outline.heads[s].alternative == Alternative::Manner)
        };
        for s in 0..self.sections.len() {
            if matches!(self.heads[s].alternative, Alternative::Named | Alternative::Manner) {
                *count.entry(key(self, s)).or_default() += 1;
            }
        }
        for s in 0..self.sections.len() {
            match self.heads[s].alternative {
                Alternative::Named | Alternative::Manner if count.get(&key(self, s)).is_none_or(|n| *n < 2) => {
                    self.heads[s].alternative = Alternative::None;
                    if self.sections[s].role == Role::Alternative {
                        self.sections[s].role = self.sections[s].parent.map_or(Role::Phase, |p| self.sections[p].role);
                    }
                }
                Alternative::Manner
                    if matches!(
                        self.sections[s].role,
                        Role::Phase | Role::Decision | Role::Context | Role::Validation
                    ) =>
                {
                    let or = self.sections[s]
                        .parent
                        .is_some_and(|p| VOCABULARY.list(List::Or).anywhere(&Words::new(&self.sections[p].title)));
                    if or || self.sections[s].parent.is_some_and(|p| self.sections[p].role == Role::Decision) {
                        self.sections[s].role = Role::Alternative;
                    } else {
                        self.heads[s].alternative = Alternative::None;
                    }
                }
                _ => {}
            }
        }
    }

    /// "CLI" and "Console", "Debian" and "RHEL": headings that say nothing but with what, or on what, it is done, and have no others
    /// beside them but such as "Verification".
    pub(super) fn tools(&mut self, leaves: &Leaves<'_>) {
        let mut below: Table<SectionId, Vec<SectionId>> = Table::default();
        for (s, section) in self.sections.iter().enumerate() {
            let plain = section.role == Role::Phase && self.heads[s].alternative == Alternative::None;
            if let Some(parent) = section.parent.filter(|_| plain && self.own_role(s).is_none()) {
                below.entry(parent).or_default().push(s);
            }
        }
        for (parent, ways) in below {
            let named = |way: &SectionId| {
                let head = &self.heads[*way];
                names_tool(&head.core).filter(|_| !head.is_counted() && !head.marker)
            };
            let tools: Vec<(SectionId, Tool)> = ways.iter().filter_map(|way| Some((*way, named(way)?))).collect();
            let any = |which: fn(&Tool) -> bool| tools.iter().any(|(_, tool)| which(tool));
            let by = tools.iter().all(|(_, tool)| tool.by);
            let worked_with = any(|tool| tool.typed) || any(|tool| tool.interface) && by;
            let platforms = tools.iter().all(|(_, tool)| tool.platform);
            if tools.len() < 2 || !(worked_with || platforms) || self.names_parts(parent, leaves) {
                continue;
            }
            // "API" and "CLI" may be parts of a system, "Linux" and "Windows" machines that all have to be seen to, and "Configure" beside
            // them is for all: then nobody is led past any of them.
            let parts = any(|tool| tool.part && !tool.by) || platforms && !worked_with;
            if parts || tools.len() < ways.len() {
                for (way, _) in tools {
                    self.heads[way].doubtful = true;
                }
                continue;
            }
            self.heads[parent].offers = true;
            for way in ways {
                self.heads[way].alternative = Alternative::Named;
                let level = self.sections[way].level;
                let inside = (way + 1..self.sections.len()).take_while(|s| self.sections[*s].level > level).count();
                for section in &mut self.sections[way..=way + inside] {
                    if section.role == Role::Phase {
                        section.role = Role::Alternative;
                    }
                }
            }
        }
    }

    /// "Compliant" and "Not compliant", "With a replica" and "Without a replica" beside each other: cases, and nobody is asked which it is.
    /// So are those that begin with the same word.
    pub(super) fn contraries(&mut self) {
        let contrary = VOCABULARY.list(List::Contrary);
        let stem = |word: &str| word.strip_suffix('s').unwrap_or(word).to_owned();
        // Few headings say what is not so: the word behind it.
        let denied = |words: &Words| {
            let behind = (1..words.len()).find_map(|at| contrary.at(words, at).map(|((), n)| at + n))?;
            let behind = behind + usize::from(VOCABULARY.list(List::Articles).starts(words, behind));
            (behind < words.len()).then(|| stem(words.get(behind)))
        };
        if !self.heads.iter().any(|head| denied(&head.core).is_some()) {
            return;
        }
        let mut groups: Table<_, (Vec<SectionId>, Vec<String>)> = Table::default();
        for (s, head) in self.heads.iter().enumerate() {
            let key = (self.sections[s].parent, self.sections[s].level, head.core.get(0));
            let (group, all) = groups.entry(key).or_default();
            group.push(s);
            all.extend(denied(&head.core));
        }
        let affirms = |s: SectionId, contraries: &Vec<String>| {
            let (words, own) = (&self.heads[s].core, denied(&self.heads[s].core));
            let said = |word: String| contraries.contains(&word) && own.as_ref() != Some(&word);
            (1..words.len()).any(|at| said(stem(words.get(at))))
        };
        let cases = groups.into_values().filter(|(group, contraries)| {
            let near = group.iter().take(BESIDE);
            !contraries.is_empty() && contraries.len() < BESIDE && near.copied().any(|s| affirms(s, contraries))
        });
        for case in cases.flat_map(|(group, _)| group).collect::<Vec<_>>() {
            self.heads[case].doubtful = true;
        }
    }

    /// "Install the tools", "Restart both, in this order.": all that stands below is done.
    fn names_parts(&self, section: SectionId, leaves: &Leaves<'_>) -> bool {
        let all =
            |words: &Words| [List::Parts, List::InOrder].iter().any(|list| VOCABULARY.list(*list).anywhere(words));
        let said = |top: &BlockId| leaves.get(*top).is_some_and(|said| all(&said.inline.first(40)));
        all(&self.heads[section].core) || self.tops[self.heads[section].body.clone()].iter().any(said)
    }
}

/// What a heading says of how something is done, if it says nothing else: "Using the AWS CLI", "Console", "On Debian".
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that a heading names")]
struct Tool {
    /// "Using …", "Via …".
    by: bool,
    /// "Console", "API": what people work at. A system may have one that is a part of it.
    interface: bool,
    /// "CLI", "gcloud": what people type.
    typed: bool,
    /// "API": what may also be a part of a system.
    part: bool,
    /// "Debian".
    platform: bool,
}

/// Whether a heading says nothing but how something is done.
pub(super) fn is_tool(words: &Words) -> bool {
    names_tool(words).is_some()
}

/// "Debian", "On CentOS 7".
fn platform(words: &Words) -> bool {
    let numbers = |word: &str| word.bytes().all(|b| b.is_ascii_digit());
    let most = words.iter().take_while(|word| !numbers(word)).count();
    most > 0 && super::doubts::names_platform(&words.up_to(most)) && words.iter().skip(most).all(numbers)
}

fn names_tool(words: &Words) -> Option<Tool> {
    let [by, interfaces, typed] =
        [List::WorkedWith, List::Interfaces, List::TypedTools].map(|list| VOCABULARY.list(list));
    let others = [List::Tools, List::Platforms, List::WorkedWith, List::Articles].map(|list| VOCABULARY.list(list));
    let mut tool = Tool { by: by.starts(words, 0), platform: platform(words), ..Tool::default() };
    let mut at = 0;
    while at < words.len() {
        let of = |list: &super::phrases::Phrases<()>| list.at(words, at).map(|((), n)| n);
        let (interface, types) = (of(interfaces), of(typed));
        tool.part |= interface.is_some() && VOCABULARY.list(List::SystemParts).starts(words, at);
        tool.interface |= interface.is_some();
        tool.typed |= types.is_some();
        let version = || (at > 0 && words.get(at).bytes().all(|b| b.is_ascii_digit())).then_some(1);
        at += types.or(interface).or_else(|| others.iter().find_map(|list| of(list))).or_else(version)?;
    }
    (at > 0).then_some(tool)
}
