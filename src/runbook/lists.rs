//! Which lists are steps, and which are guidance, options, blanks or facts.

use super::arrows;
use super::doubts;
use super::inline_commands;
use super::leads;
use super::model::{Command, Effect, Role, SectionId, Step, StepId};
use super::reader::{Label, Reader};
use super::sections::{mark, named};
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::{First, Words};
use crate::syntax::document::{BlockId, BlockKind, ListKind};
use std::ops::Range;

/// So many links of a list are looked up among the headings.
const FOLLOWED: usize = 40;

impl Reader<'_> {
    pub fn survey(&self, body: Range<usize>, section: SectionId) -> Survey {
        let mut survey = Survey::default();
        for index in body.clone() {
            let block = self.outline.tops[index];
            survey.any |= !matches!(
                self.document.blocks[block].kind,
                BlockKind::Rule | BlockKind::Html { .. } | BlockKind::LinkDefinition { .. }
            );
            match &self.document.blocks[block].kind {
                BlockKind::List { kind, .. } => {
                    let count = self.count(block);
                    let plan = self.list_plan(
                        block,
                        None,
                        self.outline.sections[section].role,
                        self.outline.heads[section].explicit,
                    );
                    let steps = matches!(plan, Plan::Steps | Plan::OpenOptions);
                    // "**Expected:**" with "✅ the replicas are up" below it.
                    let seen = count.tasks > 0 && !self.has_open_boxes(block) && index > body.start && {
                        let label = self.inline(self.outline.tops[index - 1]).and_then(|(_, inline)| inline.label());
                        label.is_some_and(|(said, value)| {
                            value.trim().is_empty()
                                && [List::Expected, List::Meaning]
                                    .iter()
                                    .any(|list| VOCABULARY.list(*list).whole(&Words::new(said)).is_some())
                        })
                    };
                    // "The script will:" with what it does below it.
                    let told = steps && !self.has_open_boxes(block) && index > body.start && {
                        let above = self.inline(self.outline.tops[index - 1]);
                        let lead = above.map(|(_, inline)| leads::Ahead::said(&inline.plain));
                        lead.is_some_and(|lead| lead.describes() || self.only_tells(block, &lead))
                    };
                    let firm = count.tasks > 0 || !matches!(kind, ListKind::Bullet(_));
                    let steps = steps && !seen && !told;
                    survey.firm_steps |= steps && firm;
                    survey.bullet_steps |= steps && !firm;
                }
                BlockKind::Fence { .. } => {
                    survey.runnable = survey.runnable || self.would_run(block, leads::Lead::None);
                }
                BlockKind::Paragraph { .. } => {
                    let numbered = |inline: &Inline| super::says::numbered(inline, &inline.first(24)).is_some();
                    survey.firm_steps |= self.inline(block).is_some_and(|(_, inline)| numbered(inline));
                }
                _ => {}
            }
        }
        survey
    }

    /// What a list's items are like; asked more than once, counted once.
    pub fn count(&self, list: BlockId) -> Count {
        if let Some(count) = self.counts.borrow().get(&list) {
            return *count;
        }
        let count = self.count_items(list);
        self.counts.borrow_mut().insert(list, count);
        count
    }

    fn count_items(&self, list: BlockId) -> Count {
        let mut count = Count::default();
        let mut otherwise = false;
        let task = |item: BlockId| matches!(self.document.blocks[item].kind, BlockKind::Item { task: Some(_), .. });
        count.tasks = self.document.children(Some(list)).filter(|item| task(*item)).count();
        for item in self.document.children(Some(list)) {
            if !matches!(self.document.blocks[item].kind, BlockKind::Item { .. }) {
                continue;
            }
            count.items += 1;
            count.fences += usize::from(
                self.document
                    .children(Some(item))
                    .any(|b| matches!(self.document.blocks[b].kind, BlockKind::Fence { .. })),
            );
            if count.items > 60 {
                continue;
            }
            // Boxes say that these are steps, unless the items are answers.
            if count.tasks > 0 {
                let named =
                    |(_, inline): (&Text, &Inline)| named(&inline.first(14), 0, &inline.plain) || is_answer(inline);
                count.named += usize::from(self.first_paragraph(item).is_some_and(named));
                continue;
            }
            let nested = self
                .document
                .children(Some(item))
                .take(4)
                .any(|b| matches!(self.document.blocks[b].kind, BlockKind::List { .. }) && self.bare_blank(b + 1));
            count.blanks += usize::from(nested || self.bare_blank(item));
            let Some((text, inline)) = self.first_paragraph(item) else { continue };
            let words = inline.first(14);
            let asks = super::says::sentence_asks(inline, &words, self.head.language);
            let bare = inline_commands::is_bare(text, inline);
            let command = bare || inline.codes.first().is_some_and(|c| inline_commands::is_command(&c.text));
            count.bare += usize::from(bare);
            let whole = |code: &super::text::Piece| code.end - code.start == inline.plain.trim().len();
            let typed = |code: &super::text::Piece| {
                whole(code) && (inline_commands::is_command(&code.text) || inline_commands::may_be_command(&code.text))
            };
            count.typed += usize::from(inline.codes.first().is_some_and(typed));
            count.coded += usize::from(
                bare || command && inline.codes.first().is_some_and(|c| inline.plain[..c.start].trim().is_empty()),
            );
            count.allowed += usize::from(VOCABULARY.list(List::Allowed).starts(&words, 0));
            count.imperative += usize::from(asks);
            let condition = is_condition(&words);
            count.conditions += usize::from(condition);
            let order = |rest: &str| VOCABULARY.is_imperative(&Words::first(rest, 10), self.head.language);
            count.arrows += usize::from(arrows::points(inline));
            count.arrows_leading += usize::from(arrows::leads(inline));
            count.arrowed += usize::from(arrows::of(&inline.plain).is_some());
            count.arrow_orders += usize::from(!asks && arrows::asks(inline, true, order));
            count.arrows_asking += usize::from(!asks && arrows::asks(inline, false, order));
            // A step before the first condition, or behind "Otherwise": the conditions are some of several steps.
            let step = asks && !condition && !VOCABULARY.list(List::Or).starts(&words, 0);
            count.among |= step && (count.items == 1 || otherwise);
            otherwise |= condition && VOCABULARY.list(List::Otherwise).starts(&words, 0);
            count.doing += usize::from(asks || command || self.leads_to_work(item, &words));
            count.named += usize::from(named(&words, 0, &inline.plain) || is_answer(inline));
            count.anchors += usize::from(is_anchor(inline));
            count.sites += usize::from(is_site(inline));
            count.questions += usize::from(inline.plain.trim_end().ends_with('?'));
            count.legends += usize::from(!command && is_legend(inline));
            count.flags += usize::from(inline.codes.first().is_some_and(|c| c.start == 0 && c.text.starts_with('-')));
            count.blanks += usize::from(super::blanks::asks_value(text));
            count.timeline += usize::from(mark(&inline.plain).is_some());
            count.bold += usize::from(inline.strongs.first().is_some_and(|s| s.start == 0));
            // "Start the broker:" with its command below it is no label.
            let titles = |value: &str| value.trim().is_empty() && self.begins_with_command(item);
            let titled = !command && inline.label().is_some_and(|(_, value)| titles(value));
            count.commands += usize::from(command || titled);
            count.titled += usize::from(titled && self.only_reads(item));
            if let Some((label, _)) = inline.label().filter(|_| !titled) {
                count.labels += 1;
                // "**Stop:** Run `x`" says it twice.
                let told = inline.label().is_some_and(|(_, value)| order(value));
                count.told += usize::from(told);
                count.cases += usize::from(told && !order(label));
                count.orders += usize::from(asks && inline.plain.trim_end().ends_with(':'));
                count.metadata += usize::from(VOCABULARY.key(&Words::new(label)).is_some());
            }
        }
        count
    }

    /// "If it lags:" above bullets that each ask for something: nobody can tell whether all of it is done then, or one thing. Boxes, names,
    /// arrows, links and "one of the following" say that one is chosen.
    pub fn may_all_be_done(&self, list: BlockId) -> bool {
        let count = self.count(list);
        let offered = |(_, said): (&Text, &Inline)| super::says::offers_one(said, self.head.language);
        let linked = |item: BlockId| {
            self.first_paragraph(item).is_some_and(|(_, inline)| {
                inline.links.iter().any(|link| self.link_target(&link.text).is_some())
                    || super::ways::may_point(&inline.plain)
            })
        };
        let plain = count.tasks + count.bold + count.conditions + count.named + count.arrows + count.blanks == 0;
        plain
            && count.items > 1
            && count.imperative == count.items
            && !self.said_above(list).is_some_and(offered)
            && !self.document.children(Some(list)).take(FOLLOWED).any(linked)
    }

    /// Whether a list below this sentence tells what comes of something, and nothing that is to be done.
    pub fn only_tells(&self, list: BlockId, lead: &leads::Ahead) -> bool {
        !self.holds_commands(list) && lead.only_tells()
    }

    /// "**Disk full:** Empty the cache", "The disk is full → empty the cache": none of them may be the case.
    pub fn names_cases(&self, list: BlockId) -> bool {
        let count = self.count(list);
        self.section_is_by_case() || count.items > 0 && count.arrows_asking == count.items
    }

    /// Whether items of a list hold commands.
    pub fn holds_commands(&self, list: BlockId) -> bool {
        let count = self.count(list);
        count.fences + count.commands + count.bare > 0
    }

    /// Whether items of a list hold fences.
    pub fn holds_fences(&self, list: BlockId) -> bool {
        self.count(list).fences > 0
    }

    /// Whether no item of a list says what to do.
    pub fn asks_nothing(&self, list: BlockId) -> bool {
        let count = self.count(list);
        count.imperative + count.told + count.doing + count.questions == 0
    }

    /// Whether bullets say what to do, and are no causes or facts.
    pub fn is_work(&self, list: BlockId) -> bool {
        let count = self.count(list);
        count.items > 0 && count.doing * 2 > count.items && (count.labels - count.orders) * 2 < count.items
    }

    /// "When the release is a major one:" with a list below, or any words above a list that begins with a command.
    fn leads_to_work(&self, item: BlockId, words: &Words) -> bool {
        let list = |block: &BlockId| matches!(self.document.blocks[*block].kind, BlockKind::List { .. });
        if !self.document.children(Some(item)).take(4).any(|block| list(&block)) {
            return false;
        }
        let when = [List::Condition, List::Doubt].iter().any(|list| VOCABULARY.list(*list).starts(words, 0));
        when || is_condition(words) || self.begins_with_command(item)
    }

    /// Whether a step finds something out: what its bullets name may be found.
    fn finds_out(&self, step: StepId) -> bool {
        let Step { title, commands, .. } = &self.steps[step];
        let words = Words::first(title, 4);
        let reads = || !commands.is_empty() && commands.iter().all(|command| command.effect == Effect::Read);
        title.contains('?')
            || VOCABULARY.list(List::Checks).starts(&words, leads::behind_connectives(&words))
            || reads()
    }

    /// Whether the list below an item's text begins with a command.
    fn begins_with_command(&self, item: BlockId) -> bool {
        let list = |block: &BlockId| matches!(self.document.blocks[*block].kind, BlockKind::List { .. });
        let Some(below) = self.document.children(Some(item)).take(4).find(list) else { return false };
        let first = self.document.children(Some(below)).next().and_then(|item| self.first_paragraph(item));
        first.is_some_and(|(_, inline)| inline.codes.first().is_some_and(|c| inline_commands::is_command(&c.text)))
    }

    /// Whether the commands of the list below an item's text only read.
    fn only_reads(&self, item: BlockId) -> bool {
        let list = |block: &BlockId| matches!(self.document.blocks[*block].kind, BlockKind::List { .. });
        let Some(below) = self.document.children(Some(item)).take(4).find(list) else { return false };
        let reads = |code: &super::text::Piece| {
            !inline_commands::is_command(&code.text) || super::effect::of_text(&code.text).0 == Effect::Read
        };
        let items = self.document.children(Some(below)).take(FOLLOWED);
        items.filter_map(|item| self.first_paragraph(item)).all(|(_, inline)| inline.codes.iter().all(reads))
    }

    /// `1. ______`: to Markdown a rule inside an item, to people a line to write on.
    pub fn bare_blank(&self, item: BlockId) -> bool {
        let Some(block) = self.document.blocks.get(item + 1).filter(|b| b.parent == Some(item)) else { return false };
        matches!(block.kind, BlockKind::Rule) && block.span.of(&self.source.text).trim().starts_with("__")
    }

    /// What a list's items are, from their form, their words and where the list stands.
    pub fn list_plan(&self, list: BlockId, parent: Option<StepId>, role: Role, explicit: bool) -> Plan {
        let BlockKind::List { kind, .. } = &self.document.blocks[list].kind else { return Plan::Guidance };
        let count = self.count(list);
        if matches!(kind, ListKind::Tabs) {
            return self.tabs_plan(list, count.items, explicit);
        }
        let most = |n: usize| n * 2 > count.items;
        // "`--delta` means that …": what parts of a command mean.
        if count.flags == count.items && count.items > 0 {
            return Plan::Guidance;
        }
        // A table of contents: it stands above the first section that does something, or above all that it names.
        let linked = count.anchors == count.items && count.items > 0 && count.tasks == 0;
        if linked && (!explicit || self.names_what_follows(list)) {
            return Plan::Guidance;
        }
        let bullets = matches!(kind, ListKind::Bullet(_));
        // "`TRIPPED` = protection is on": what the words of an answer mean.
        if bullets && count.legends == count.items && count.items > 0 {
            return Plan::Guidance;
        }
        // "Send an update to:", and whom to send it to, by number.
        if parent.is_some() && self.completes(list, &count) {
            return Plan::Guidance;
        }
        if bullets && count.sites == count.items && count.items > 0 && count.tasks + count.imperative == 0 {
            return Plan::Guidance;
        }
        // Right below the page's title one known label says what the others are.
        let below_title = || {
            let titled = |section: SectionId| self.outline.sections[section].level == 1;
            self.steps.is_empty() && count.commands == 0 && self.flow.section.is_some_and(titled)
        };
        if parent.is_none()
            && count.tasks == 0
            && count.metadata > 0
            && count.labels == count.items
            && (count.metadata * 2 >= count.items || below_title())
            && !self.works_below(list)
            && self.steps.last().is_none_or(|s| s.section != self.flow.section)
        {
            return Plan::Metadata;
        }
        let choose = parent.is_none()
            && self.section_offers_choice()
            && (count.bold * 2 > count.items || count.cases == count.items)
            && count.items > 1
            && count.tasks == 0
            && !self.fence_follows(list);
        if choose {
            return Plan::OpenOptions;
        }
        let conditions =
            count.conditions > 1 && matches!(kind, ListKind::Bullet(_)) && count.tasks == 0 && !count.among;
        let seen = matches!(role, Role::Detection | Role::Decision) && matches!(kind, ListKind::Bullet(_)) && explicit;
        // What a fence right below does is done in any of these cases.
        // In an item they are how its step is done.
        let held = parent.is_some() && parent != self.flow.heading_step;
        let found = count.arrow_orders == count.items || seen && count.arrows_asking == count.items;
        let ordered = found && bullets && explicit && count.tasks == 0 && !held;
        let leading = bullets
            && count.arrows_leading > 0
            && count.arrowed == count.items
            && count.tasks == 0
            && parent
                .is_some_and(|step| count.items > 1 && count.arrows_leading == count.items || self.finds_out(step));
        let arrows = (leading || seen && parent.is_none() && count.arrows == count.items || ordered)
            && count.items > 1
            && count.fences == 0
            && !self.fence_follows(list);
        if conditions || arrows || count.named > 1 || self.is_one_of(list, parent, &count) {
            return Plan::OpenOptions;
        }
        if count.tasks > 0 || matches!(kind, ListKind::BareBox) {
            return Plan::Steps;
        }
        if count.blanks > 0 && (most(count.blanks) || !most(count.imperative) && count.fences == 0) {
            return Plan::Blanks;
        }
        if let ListKind::Ordered { .. } = kind {
            let doing = count.imperative + count.fences + count.commands + count.bold + count.questions;
            let sure = explicit && role != Role::Context
                || self.fence_follows(list)
                || parent.is_none() && self.flow.continues;
            return if sure || parent.is_some() && doing > 0 || doing * 3 >= count.items {
                Plan::Steps
            } else {
                Plan::Guidance
            };
        }
        let steps = match parent {
            Some(step) => self.are_sub_steps(list, step, &count, role),
            None => self.are_steps(list, role, explicit, &count),
        };
        if steps { Plan::Steps } else { Plan::Guidance }
    }

    /// "Database:" and "Application:", each above a list of what is done with it.
    fn works_below(&self, list: BlockId) -> bool {
        let works = |block: BlockId| {
            matches!(self.document.blocks[block].kind, BlockKind::List { .. }) && {
                let count = self.count(block);
                count.imperative + count.commands + count.fences > 0
            }
        };
        let mut items = self.document.children(Some(list)).take(FOLLOWED);
        items.any(|item| self.document.children(Some(item)).take(4).any(works))
    }

    /// Whether a list inside a step only says of what its sentence leaves open: "Notify the following:".
    fn completes(&self, list: BlockId, count: &Count) -> bool {
        let open = |(_, said): (&Text, &Inline)| {
            let ends = said.plain.trim_end().ends_with(':');
            let words = said.first(24);
            VOCABULARY.list(List::Informs).anywhere(&words)
                && (ends || VOCABULARY.list(List::Following).anywhere(&words))
        };
        let acts = count.fences + count.commands + count.bold + count.questions + count.tasks + count.blanks;
        let conditional = count.conditions + count.arrows + count.named;
        // What has more below it, or says when and when not, is more than somebody to tell.
        let more = |item: BlockId| {
            let said = self.first_paragraph(item).is_some_and(|(_, inline)| {
                let held = [List::OnlyThen, List::Never, List::Refusal, List::Doubt, List::Condition, List::Run];
                held.iter().any(|name| VOCABULARY.list(*name).anywhere(&inline.first(24))) || !inline.codes.is_empty()
            });
            said || self.document.children(Some(item)).nth(1).is_some()
        };
        acts + conditional + count.timeline == 0
            && count.imperative * 3 < count.items
            && self.said_above(list).is_some_and(open)
            && !self.document.children(Some(list)).take(FOLLOWED).any(more)
    }

    /// Whether bullets that no step holds are steps.
    fn are_steps(&self, list: BlockId, role: Role, explicit: bool, count: &Count) -> bool {
        let most = |n: usize| n * 2 > count.items;
        // Criteria to check need no verb.
        if role == Role::Validation
            && explicit
            && count.labels == 0
            && count.items < 16
            && self.flow.paragraph.as_ref().is_none_or(|loose| leads_to_checks(&loose.title))
        {
            return true;
        }
        // So do the points of a check list.
        let points = count.labels + count.commands + count.fences == 0 && count.items > 1;
        if explicit && role != Role::Context && points && self.section_is_checklist() {
            return true;
        }
        // "**The disk is full:** Empty the cache", in a procedure: each says what to do.
        let told = explicit
            && count.items > 1
            && count.told == count.items
            && count.metadata == 0
            && !self.fence_follows(list);
        let labelled = !told
            && count.labels > 0
            && count.labels >= count.imperative
            && count.labels * 2 >= count.items
            && count.fences == 0
            && count.commands == 0
            && count.timeline == 0;
        // Where a command stands, others say what is done too.
        let enough = told
            || most(count.imperative)
            || count.commands > 0 && count.imperative > 0 && most(count.doing)
            // "- Memory: `free -h`" in a diagnosis.
            || explicit && count.commands == count.items && matches!(role, Role::Detection | Role::Validation)
            || most(count.timeline) && explicit
            // "Identify it", "Inform …", "Closure, …" in a procedure.
            || explicit
                && role != Role::Context
                && count.labels == 0
                && count.imperative > 1
                && count.imperative * 5 >= count.items * 2
                && self.said_above(list).is_none()
            || count.items > 0
                && (explicit && count.bare == count.items || count.typed == count.items && role != Role::Context)
                && (explicit || self.may_hold_steps() && self.leads_plainly_to(list))
                && self.are_steps_themselves(list)
            // "- State of the container:", and the command below it.
            || most(count.titled)
            || count.fences > 0 && (explicit || count.imperative > 0);
        // "- Start the cluster" and its command below, at the margin: a list of one is that command's title.
        let among = explicit || count.imperative > 0 || self.flow.last.is_some();
        // "- Verify it:" is a name for the fence, and "- To be sure of it, run:" says what it is for.
        let titles = count.items == 1 && among && (count.labels == 0 || count.imperative > 0 && count.bold == 0);
        let titles = titles && role != Role::Context && self.fence_follows(list) && {
            self.first_paragraph(list + 1).is_some_and(|(_, inline)| {
                let lead = inline.lead();
                (lead == leads::Lead::None || lead == leads::Lead::Run && says_purpose(&inline.first(10)))
                    && !super::says::is_note(&inline.plain, &inline.first(6))
                    && self.would_run(self.document.blocks[list].end, leads::Lead::None)
            })
        };
        enough && !labelled || titles
    }

    /// Whether bullets inside a step are its sub-steps: each of them asks for something, and nothing else says how the step is done.
    /// Commands in fences of their own say as much. What is to be done in a case only, or one of several things, stays a text, and
    /// so do bullets that are commands and nothing more: the step is done with them. Where all of it is done is asked of each.
    fn are_sub_steps(&self, list: BlockId, step: StepId, count: &Count, role: Role) -> bool {
        let Step { title, line, commands, branches, branch, .. } = &self.steps[step];
        let told = |command: &Command| self.source.line(command.span.start) > *line;
        // "Create a tag" and "`git push`" beside it: each is done.
        let coded = count.coded == 0 || count.imperative > count.coded;
        let all = count.imperative + count.coded == count.items && coded && commands.is_empty();
        let fenced = count.fences > 0 && count.doing == count.items && commands.iter().all(told);
        // Who draws boxes says with them what is ticked.
        let boxed = |item: BlockId| matches!(self.document.blocks[item].kind, BlockKind::Item { task: Some(_), .. });
        (all || fenced)
            && count.items > 1
            && !self.document.blocks[list].parent.is_some_and(boxed)
            && count.allowed == 0
            && !matches!(role, Role::Context | Role::PostAction)
            && branches.is_empty()
            && branch.is_none()
            && self.flow.label == Label::None
            && self.flow.doubt.as_deref().is_none_or(super::places::is_place)
            && !self.fence_follows(list)
            && {
                let words = Words::first(title, 24);
                let choice = [List::Choices, List::OneOf].iter().any(|list| VOCABULARY.list(*list).anywhere(&words));
                let there = |why: Option<String>| why.as_deref().is_none_or(super::places::is_place);
                !choice && !doubts::depends(title) && there(self.only_then(step))
            }
    }

    /// "Either update one switch or all of them:" above items that each do something: only one of them is done. What is said of them
    /// all ("On db2:", "(only on the standby)") would be lost by a choice: then each is asked about instead.
    fn is_one_of(&self, list: BlockId, parent: Option<StepId>, count: &Count) -> bool {
        let works = count.items > 1 && count.tasks == 0 && (count.fences == count.items || count.doing == count.items);
        let held = || {
            if let Some(step) = parent {
                // Whether a condition holds is asked with the choice.
                return self.only_then(step).is_some() && !doubts::depends(&self.steps[step].title);
            }
            let at = self.document.blocks[list].span.start;
            self.section_only_then().or_else(|| self.dropped_at(at)).is_some()
        };
        let offered = |(_, said): (&Text, &Inline)| super::says::offers_one(said, self.head.language);
        works && self.said_above(list).is_some_and(offered) && !held()
    }

    /// Whether all links of a list lead to headings further down, which are met there.
    fn names_what_follows(&self, list: BlockId) -> bool {
        let end = self.document.blocks[list].span.end;
        let below = |link: &str| {
            let section = link.strip_prefix('#').and_then(|anchor| self.outline.find(anchor));
            section.is_some_and(|section| self.outline.sections[section].span.start >= end)
        };
        self.document.children(Some(list)).nth(1).is_some()
            && self.document.children(Some(list)).take(FOLLOWED).all(|item| {
                let link = self.first_paragraph(item).and_then(|(_, inline)| inline.links.first());
                link.is_some_and(|link| below(&link.text))
            })
    }

    /// "Scénarios", "Options": the section's list is what to choose from.
    pub fn section_offers_choice(&self) -> bool {
        let Some(section) = self.flow.section else { return false };
        let words = &self.outline.heads[section].core;
        VOCABULARY.list(List::Choices).whole(words).is_some() || self.section_is_by_case()
    }

    /// "Audit checklist", below the page's title.
    fn section_is_checklist(&self) -> bool {
        let Some(section) = self.flow.section.filter(|s| self.outline.sections[*s].level > 1) else { return false };
        let (words, names) = (&self.outline.heads[section].core, VOCABULARY.list(List::Checklist));
        names.starts(words, 0) || names.ends(words)
    }

    /// "Actions depending on the error".
    fn section_is_by_case(&self) -> bool {
        let Some(section) = self.flow.section else { return false };
        VOCABULARY.list(List::ByCase).anywhere(&self.outline.heads[section].core)
    }
}

/// "To make sure that it is stopped, run:", and not "To do so, run:".
pub(super) fn says_purpose(words: &Words) -> bool {
    VOCABULARY.list(List::Purpose).starts(words, 0) && !VOCABULARY.list(List::PurposeOfStep).starts(words, 0)
}

/// "`TRIPPED` = protection mode is on". "`cluster_size` = 3" is something to look for.
fn is_legend(inline: &Inline) -> bool {
    let Some(code) = inline.codes.first().filter(|code| code.start == 0) else { return false };
    let Some(meaning) = inline.plain[code.end..].trim_start().strip_prefix('=') else { return false };
    let words = Words::first(meaning, 4);
    words.len() > 1 && !meaning.contains(|c: char| c.is_ascii_digit())
}

/// "On each node:", "Check these:", "After the recovery:": criteria below it are to be gone through.
fn leads_to_checks(lead: &str) -> bool {
    let words = Words::first(lead, 14);
    [List::Loop, List::LoopAll, List::Checks, List::Criteria]
        .iter()
        .any(|list| VOCABULARY.list(*list).starts(&words, 0))
}

/// What a list's items are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plan {
    /// Steps, or sub-steps of the step that holds the list.
    Steps,
    /// To be read with the step above.
    Guidance,
    /// What a command does: to be read, and its commands are not to be typed.
    Description,
    /// Ways to go on: each item a branch of this decision.
    Options(StepId),
    /// Ways to go on, of a decision that is still to be made.
    OpenOptions,
    /// The steps of one branch.
    Branch(StepId, usize),
    /// Blanks to fill.
    Blanks,
    /// `- **ID**: RB-001`.
    Metadata,
}

/// What a section's body holds.
#[derive(Debug, Default, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something the author may or may not have written")]
pub(super) struct Survey {
    /// Task or ordered items.
    pub firm_steps: bool,
    /// Bullets that ask for something to be done.
    pub bullet_steps: bool,
    /// A fence that would be offered as a command, or a template's fence to fill in.
    pub runnable: bool,
    pub any: bool,
}

/// What is asked of a list's items to know what the list is.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Count {
    items: usize,
    tasks: usize,
    imperative: usize,
    /// Nothing but a link to a heading of the page.
    anchors: usize,
    /// Nothing but a link to some site.
    sites: usize,
    /// What somebody is to find out: "Is one broker down, or all of them?"
    questions: usize,
    /// They say what a word stands for: "`OK` = all is well".
    legends: usize,
    /// They begin with an option of a command: `--delta`.
    flags: usize,
    /// Imperative, a command, or a condition with a list below.
    doing: usize,
    /// They begin with a command.
    coded: usize,
    /// "You can look it up with …": nobody has to.
    allowed: usize,
    conditions: usize,
    /// "**The controller is gone** → elect one": what is seen, and what is done then.
    arrows: usize,
    /// "The disk is full → empty the cache": an order behind the arrow, marked or not.
    arrow_orders: usize,
    /// The same, whatever stands before the arrow.
    arrows_asking: usize,
    /// "Active → step 4".
    arrows_leading: usize,
    /// Something stands on both sides of an arrow.
    arrowed: usize,
    /// Conditions stand among things to do in any case, and each asks by itself.
    among: bool,
    named: usize,
    blanks: usize,
    timeline: usize,
    fences: usize,
    metadata: usize,
    labels: usize,
    /// Those that say what to do, and nothing behind it: "Delete its files:".
    orders: usize,
    /// Those that say behind the colon what to do: "**The disk is full:** Empty the cache".
    told: usize,
    /// … and the label is no order itself.
    cases: usize,
    bold: usize,
    commands: usize,
    /// A label, and a list below it that begins with a command which only reads.
    titled: usize,
    /// Nothing but a command line that nobody marked as code.
    bare: usize,
    /// Nothing but code that is a command line, or may be one.
    typed: usize,
}

impl Count {
    /// Whether the items are commands and nothing more.
    pub fn is_typed(&self) -> bool {
        self.typed == self.items && self.items > 0 && self.tasks == 0
    }
}

/// A link to a heading of this page and nothing else.
fn is_anchor(inline: &Inline) -> bool {
    let [link] = &inline.links[..] else { return false };
    link.text.starts_with('#')
        && inline.plain[..link.start].trim().is_empty()
        && inline.plain[link.end..].trim().is_empty()
}

/// A link to some site and nothing else: who may help, and what to read.
fn is_site(inline: &Inline) -> bool {
    let [link] = &inline.links[..] else { return false };
    link.text.starts_with("http")
        && inline.plain[..link.start].trim().is_empty()
        && inline.plain[link.end..].trim().is_empty()
}

/// "YES → continue", "No: go to step 4" as an item of its own.
pub(super) fn is_answer(inline: &Inline) -> bool {
    let plain = &inline.plain;
    let arrow = || plain.split_once('→').or_else(|| plain.split_once("->")).map(|(label, _)| label);
    super::ways::may_point(plain) && arrow().is_some_and(is_yes_or_no)
        // "Yes: go to [Check](#check)", and "Yes" alone
        || is_yes_or_no(plain.split_once(':').map_or(plain, |(label, _)| label))
}

/// "Yes", "No".
pub(super) fn is_yes_or_no(label: &str) -> bool {
    let lists = [List::Yes, List::No].map(|list| VOCABULARY.list(list));
    // Most begin with another word.
    let first = First::of(label);
    lists.iter().any(|list| list.may_begin(first)) && {
        let words = Words::first(label, 4);
        lists.iter().any(|list| list.whole(&words).is_some())
    }
}

/// "If a webhook blocks it", "Otherwise, …".
pub(super) fn is_condition(words: &Words) -> bool {
    let at = usize::from(VOCABULARY.list(List::Or).starts(words, 0));
    VOCABULARY.list(List::StrongCondition).starts(words, at)
        || VOCABULARY
            .list(List::Otherwise)
            .at(words, at)
            .is_some_and(|((), n)| n == words.len() || n > 1 || words.get(at).len() > 3)
}
