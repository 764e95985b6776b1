//! Walks a document section by section and turns what it finds into steps. The parts: lists and items (`items.rs`),
//! paragraphs (`prose.rs`), sentences (`says.rs`), fences (`carriers.rs`), tables (`rows.rs`, `cases.rs`), headings (`headings.rs`),
//! decisions (`decisions.rs`), the last touches (`finish.rs`).

use super::each::Over;
use super::fences::Verdict;
use super::ids::Names;
use super::leads::Ahead;
use super::leaves::Leaves;
use super::lists::Count;
use super::metadata;
use super::model::{Effect, FenceReading, Language, Reading, Role, Runbook, SectionId, Step, StepId, StepKind};
use super::options::Declared;
use super::sections::{Alternative, Outline};
use super::tables::{Set, Table};
use super::text::{self, Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::diagnostic::Diagnostic;
use crate::source::{Source, Span};
use crate::syntax::attributes::Attribute;
use crate::syntax::document::{BlockId, BlockKind, Document};
use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};

/// What the next fence or list is, because a label said so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Label {
    #[default]
    None,
    Expected,
    /// The next list says what may be seen and what that means.
    Meaning,
    /// The next fence or list is the way back of the step.
    Rollback,
    /// The way back was said in words: only a fence right below can still belong to it.
    RollbackFence,
    /// A fence of the way back stands right above: one that follows without a word between belongs to it too.
    AfterRollback,
}

/// A condition that a lead-in opened (`**If X:**`), waiting for its options.
#[derive(Debug, Clone)]
pub(super) struct Condition {
    pub label: String,
    pub line: usize,
    pub span: Span,
    pub when: Option<String>,
}

/// Where the walk is within a section.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something that was or was not met on the way")]
pub(super) struct Flow {
    pub section: Option<SectionId>,
    pub explicit: bool,
    /// The step that the heading itself is.
    pub heading_step: Option<StepId>,
    /// Below it, the step that the sentence right above the next fence names.
    pub below_heading: Option<StepId>,
    /// What the sentence above a fence makes of it.
    pub further: Option<Further>,
    /// The last step at the top of the section.
    pub last: Option<StepId>,
    /// Nothing but fences came since the last item, or the list goes on further down.
    pub attached: bool,
    /// The decision of a table of cases that stands right above.
    pub cases: Option<StepId>,
    /// The last step that is a sentence and its fence.
    pub fenced: Option<StepId>,
    /// The list that the last item stands in goes on further down.
    pub continues: bool,
    /// The list of a way of a decision goes on further down.
    pub way: bool,
    /// The last paragraph, as the title of a step that a fence makes.
    pub paragraph: Option<Loose>,
    pub lead: Ahead,
    /// Why the next fence must not run just like that: the sentence before it.
    pub doubt: Option<String>,
    /// The sentence before it, which may say that it is to be done for each of several.
    pub each: Option<String>,
    /// Why the code below is only an example.
    pub examples: Option<String>,
    /// The item that tabs stand in.
    pub tabs_in: Option<BlockId>,
    /// The step that the item walked through is.
    pub item: Option<StepId>,
    /// A condition that is no step itself: why what stands before this byte is not always to be run.
    pub dropped: Option<(usize, String)>,
    pub label: Label,
    pub condition: Option<Condition>,
    /// The decision that further `**If Y:**` belong to.
    pub decision: Option<StepId>,
    /// The decision whose way, named by a paragraph of the section, is read.
    pub ways: Option<StepId>,
    /// "If it fails, go to step 4", before the fence that may fail.
    pub asked: Vec<super::numbered::Asked>,
}

impl Flow {
    /// The flow of the same section as if nothing stood above.
    pub fn fresh(&self) -> Self {
        Self { section: self.section, explicit: self.explicit, ..Self::default() }
    }
}

/// So many texts before a section's first step are shown with it: those nearest to it.
const AHEAD: usize = 64;

/// So many rows of a table are shown with a step.
const ROWS: usize = 40;

/// What a sentence that asks for nothing, and leads into nothing, says of a fence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Telling {
    /// Nothing in particular.
    Nothing,
    /// "Strongly recommended!", "Goal: no job starts".
    Remark,
    /// What its command does: "This makes a copy named after the day."
    OfCommand,
}

/// A paragraph that stands in no list.
#[derive(Debug, Clone)]
pub(super) struct Loose {
    pub title: String,
    pub line: usize,
    pub span: Span,
    /// It asks for something to be done.
    pub asks: bool,
    pub telling: Telling,
    /// A fence behind it is what it names, and none of the step above: "**Verification:**", "Promote the replica:".
    pub own: bool,
}

/// What a sentence says of the fence right below it, behind what its step has run already.
#[derive(Debug)]
pub(super) struct Further {
    pub fence: BlockId,
    pub said: String,
    pub span: Span,
}

/// A document being read.
pub(super) struct Reader<'a> {
    pub source: &'a Source,
    pub document: &'a Document,
    pub leaves: &'a Leaves<'a>,
    pub outline: Outline,
    pub head: metadata::Head,
    pub steps: Vec<Step>,
    /// Ids that authors wrote, by step, and where.
    pub written: Table<StepId, Span>,
    pub readings: Table<BlockId, FenceReading>,
    pub diagnostics: Vec<Diagnostic>,
    /// What is to be done for each of several.
    pub loops: Vec<super::each::Found>,
    /// "If the data is corrupt:" right above the headings below a section.
    pub conditions: Table<SectionId, String>,
    /// Why commands that were read already are in doubt, by where they stand.
    pub doubted: std::collections::BTreeMap<usize, String>,
    /// What is to be read before a step that is still to come, and the section that says it.
    pub ahead: Vec<(Option<SectionId>, String)>,
    /// A command may change what any word means in those after it.
    pub redefines: bool,
    pub variables: Names,
    pub flow: Flow,
    pub alternatives: super::decisions::Alternatives,
    /// What lists are like, by block.
    pub counts: RefCell<Table<BlockId, Count>>,
    /// Whether sections have something to run, as far as anybody asked.
    pub runs: RefCell<Table<SectionId, bool>>,
    /// Items by their numbers, once a sentence names one.
    pub numbered: OnceCell<super::numbered::Numbered>,
    /// Programs that only this page knows, once a sentence may name one.
    pub own_programs: OnceCell<super::phrases::WordSet>,
    /// Lines of commands that nobody marked as code, which are read as fences.
    pub bare: Set<BlockId>,
    /// Where tabs stand that a site's own marks make: of one set only one is meant.
    pub marked_tabs: Vec<Span>,
    /// What the page folds away.
    pub folds: super::folds::Folds,
}

/// `[!CAUTION] Not twice.` as people say it.
fn alert(text: &str, language: Language) -> Option<String> {
    let (kind, said) = text.strip_prefix("[!")?.split_once(']')?;
    if !matches!(kind, "NOTE" | "IMPORTANT" | "TIP" | "WARNING" | "CAUTION") {
        return None;
    }
    let kind = super::tabs::named(kind, language);
    let colon = if language == Language::Fr { " :" } else { ":" };
    Some(format!("{kind}{colon} {}", said.trim_start()))
}

/// Reads a document's meaning.
#[must_use]
pub fn read(source: &Source, document: &Document) -> Runbook {
    let fenced = document.with_code_as_fences(&source.text);
    let document = fenced.as_ref().unwrap_or(document);
    let typed = super::unfenced::with_commands_as_fences(document, &source.text);
    let (document, bare) = typed.map_or_else(|| (Cow::Borrowed(document), Set::default()), |(d, b)| (Cow::Owned(d), b));
    let document = &*document;
    let leaves = Leaves::new(source, document);
    let mut reader = Reader {
        source,
        document,
        leaves: &leaves,
        outline: Outline::read(source, document, &leaves),
        head: metadata::read(source, document, &leaves),
        // Steps are large, and moving them costs more than some room that stays empty.
        steps: Vec::with_capacity((document.blocks.len() / 4).min(1024)),
        written: Table::default(),
        readings: Table::default(),
        diagnostics: Vec::new(),
        loops: Vec::new(),
        conditions: Table::default(),
        doubted: std::collections::BTreeMap::new(),
        ahead: Vec::new(),
        redefines: false,
        variables: Names::default(),
        flow: Flow::default(),
        alternatives: super::decisions::Alternatives::default(),
        counts: RefCell::default(),
        runs: RefCell::default(),
        numbered: OnceCell::new(),
        own_programs: OnceCell::new(),
        bare,
        marked_tabs: super::tabs::marked(&source.text),
        folds: super::folds::found(document, &source.text),
    };
    reader.all();
    reader.finish()
}

impl<'a> Reader<'a> {
    fn all(&mut self) {
        let preamble = self.outline.preamble.clone();
        if !preamble.is_empty() {
            // A page without a heading that shows commands is a procedure from its first line on.
            let fence =
                |top: usize| matches!(self.document.blocks[self.outline.tops[top]].kind, BlockKind::Fence { .. });
            self.flow.explicit = self.outline.sections.is_empty() && preamble.clone().any(fence);
            self.body(preamble);
        }
        for section in 0..self.outline.sections.len() {
            self.section(section);
            self.ways_end(section);
        }
    }

    fn section(&mut self, section: SectionId) {
        self.ask(|_| true);
        let role = self.outline.sections[section].role;
        let (body, block, alternative) = {
            let head = &self.outline.heads[section];
            // Of headings inside items nobody is led from one to the other.
            let nested = self.document.blocks[head.block].parent.is_some();
            (head.body.clone(), head.block, if nested { Alternative::None } else { head.alternative })
        };
        let explicit = self.outline.heads[section].explicit || self.is_all_procedure();
        self.flow = Flow { section: Some(section), explicit, ..Flow::default() };
        // What a section says before its first step holds for the sections below it too, and for no other.
        let outline = &self.outline;
        self.ahead.retain(|(of, _)| of.is_none_or(|of| outline.within(section, |s| s == of)));
        let parent = self.outline.sections[section].parent;
        if alternative != Alternative::None
            && !self.outline.within(section, |s| self.outline.sections[s].role == Role::Rollback)
        {
            self.alternative(section, alternative);
        } else if matches!(alternative, Alternative::Named | Alternative::Condition | Alternative::Otherwise)
            && parent.is_some_and(|parent| self.outline.sections[parent].role == Role::Rollback)
            || alternative == Alternative::None && self.outline.heads[section].doubtful && !self.only_asks(section)
        {
            // Nobody is led from heading to heading on a way back: what stands below "Option B" of it is asked about.
            self.conditions.insert(section, super::doubts::not_always(&self.outline.sections[section].title));
        }
        self.only_if(section);
        self.heading_metadata(section);
        let escalates = role == Role::Context && self.escalates(section);
        let context = role == Role::Context || self.only_advises(section);
        if let Some(does) = self.background_with_steps(section) {
            // What somebody saw after a command, or did in another case, is not what to run: each is asked about.
            self.outline.sections[section].role = does;
            self.conditions.insert(section, super::doubts::not_always(&self.outline.sections[section].title));
        } else if context {
            self.context(body);
            return;
        }
        if self.says_what_comes_out(section) && self.result(section, &body) {
            return;
        }
        let first = self.steps.len();
        let loops = self.loops.len();
        self.heading_choice(section);
        let declared = if self.opens_alternatives(section) { None } else { self.heading_attributes(block) };
        // What stands on a heading of alternatives is said of the decision between them; on one of them, of the way.
        let plain = alternative == Alternative::None && !self.opens_alternatives(section);
        // Over a list of steps they speak of the section: the steps stay steps.
        let over_steps = declared.is_some() && self.survey(body.clone(), section).firm_steps;
        if over_steps && let Some(declared) = &declared {
            let target = &mut self.outline.sections[section];
            if declared.owner.is_some() {
                target.owner.clone_from(&declared.owner);
            }
            target.timebox = declared.timebox.or(target.timebox);
            if let Some(over) = &declared.for_each {
                self.declare_loop(over, Over::Section(section));
            }
        }
        let plain = plain && !over_steps;
        let names = !self.outline.all_named && !self.has_children(section);
        if (plain && declared.as_ref().is_some_and(|d| d.more || d.any && names)) || self.is_heading_step(section) {
            let (line, span) = (self.outline.sections[section].line, self.outline.sections[section].span);
            let title = self.heading_title(section);
            let step = self.new_step(title, line, span, None);
            self.steps[step].timebox = self.outline.sections[section].timebox;
            if let Some(declared) = declared {
                self.declare(step, &declared, block);
            }
            self.flow.heading_step = Some(step);
            self.flow.last = Some(step);
            self.flow.attached = true;
            let inline = self.outline.heads[section].inline.clone();
            self.note_gate(step, &inline);
        }
        if self.loops.len() == loops {
            self.nothing_goes_round(block);
        }
        self.body(body.clone());
        if escalates {
            (first..self.steps.len()).for_each(|step| self.or_none(step));
        }
        let way = alternative != Alternative::None && role != Role::Rollback;
        let order =
            role != Role::Rollback && !way && (self.is_order_with_text(section) || self.is_order_among_orders(section));
        if (role == Role::Rollback || way || order)
            && self.steps.len() == first
            && !body.is_empty()
            && !self.has_children(section)
        {
            let first = self.outline.tops[body.start];
            let said = matches!(self.document.blocks[first].kind, BlockKind::Paragraph { .. });
            let (line, span) = if said && role == Role::Rollback {
                let span = self.document.blocks[first].span;
                (self.source.line(span.start), span)
            } else {
                (self.outline.sections[section].line, self.outline.sections[section].span)
            };
            let title = self.heading_title(section);
            // All of it is read with the step.
            self.ahead.retain(|(of, _)| *of != Some(section));
            let step = self.new_step(title, line, span, None);
            for top in body {
                let guidance = self.text_and_code(self.outline.tops[top]);
                self.guide(step, guidance);
            }
        }
    }

    /// A page with nothing but a title above its text, and commands again and again, is a procedure from its first line on.
    fn is_all_procedure(&self) -> bool {
        let fence = |top: &BlockId| matches!(self.document.blocks[*top].kind, BlockKind::Fence { .. });
        let works = |top: &&BlockId| fence(top) && self.would_run(**top, super::leads::Lead::None);
        self.outline.sections.len() == 1 && self.outline.tops.iter().filter(works).nth(2).is_some()
    }

    /// "### Expected results": what stands below it is of the step before, if there is one that it can be of.
    fn result(&mut self, section: SectionId, body: &std::ops::Range<usize>) -> bool {
        // What else stands there is nothing to run without a question.
        self.conditions.insert(section, super::doubts::not_always(&self.outline.sections[section].title));
        let Some(step) = self.shows_result(section) else { return false };
        self.flow.last = Some(step);
        self.flow.attached = true;
        self.flow.label = Label::Expected;
        self.body(body.clone());
        true
    }

    /// `for=` on the heading of a decision or of one of its ways.
    fn nothing_goes_round(&mut self, block: BlockId) {
        let BlockKind::Heading { attributes, .. } = &self.document.blocks[block].kind else { return };
        let looped = |attribute: &&Attribute| {
            attribute.key == "for" && attribute.value.as_deref().is_some_and(|value| value.contains(" in "))
        };
        if let Some(attribute) = attributes.list.iter().find(looped) {
            let diagnostic = Diagnostic::error("misplaced-attribute", "`for` stands on a decision, or on a way of one");
            let diagnostic = diagnostic.at(attribute.span, "would do nothing here");
            self.diagnostics.push(diagnostic.help("write it on the steps below"));
        }
    }

    /// A heading's text without number and "Step 2:".
    pub fn heading_title(&self, section: SectionId) -> String {
        let title = &self.outline.sections[section].title;
        let number = super::sections::leading_number(title).or_else(|| super::sections::leading_letter(title));
        // Of "80 %" the number is no heading's.
        let said = |(_, rest): &(&str, &str)| rest.contains(char::is_alphanumeric);
        let title = number.filter(said).map_or(title.as_str(), |(_, rest)| rest);
        // A marker and its number stand in front.
        let core = super::sections::core(&Words::first(title, 8));
        let rest =
            if core.marker { title.split_once([':', '–', '—']).map_or(title, |(_, rest)| rest) } else { title };
        let rest = rest.trim().trim_start_matches(|c: char| {
            !c.is_alphanumeric() && !matches!(c, '`' | '<' | '[' | '(' | '"' | '«' | '/' | '$')
        });
        // "Command" below "2. Check the memory" names nothing, and "Console" only where it is done.
        let parent = self.outline.sections[section].parent.filter(|p| self.outline.sections[*p].level > 1);
        let head = &self.outline.heads[section];
        let way = head.alternative == Alternative::Named || head.doubtful;
        let tool = || way && super::headed_ways::is_tool(&head.core);
        let command = || VOCABULARY.list(List::CommandColumn).whole(&Words::first(rest, 6)).is_some();
        if let Some(parent) = parent.filter(|_| command() || tool()) {
            return format!("{} – {rest}", self.heading_title(parent));
        }
        if rest.is_empty() { title.to_owned() } else { rest.to_owned() }
    }

    /// Whether the first heading below is one of several ways.
    pub fn opens_alternatives(&self, section: SectionId) -> bool {
        self.has_children(section) && self.outline.heads[section + 1].alternative != Alternative::None
    }

    pub fn heading_attributes(&mut self, block: BlockId) -> Option<Declared> {
        let BlockKind::Heading { attributes, .. } = &self.document.blocks[block].kind else { return None };
        (!attributes.is_empty()).then(|| super::options::read(attributes, false, &mut self.diagnostics))
    }

    pub fn has_children(&self, section: SectionId) -> bool {
        self.outline.sections.get(section + 1).is_some_and(|next| next.parent == Some(section))
    }

    fn body(&mut self, body: std::ops::Range<usize>) {
        let mut next = body.start;
        while next < body.end {
            let index = next;
            next += 1;
            let block = self.outline.tops[index];
            match &self.document.blocks[block].kind {
                BlockKind::Paragraph { .. } => match self.colon_note(index..body.end) {
                    Some(end) => next = end,
                    None => self.paragraph(block),
                },
                BlockKind::List { .. } => self.list(block, index + 1..body.end),
                BlockKind::Fence { .. } => self.loose_fence(block),
                BlockKind::Quote | BlockKind::Admonition { .. } => self.quote(block),
                BlockKind::Table { .. } if self.metadata_table(block) => {}
                BlockKind::Table { .. } => self.table(block),
                BlockKind::Html { .. } => {
                    self.comment(block);
                    if self.folds_any() {
                        self.fold(self.document.blocks[block].span);
                    }
                }
                _ => {}
            }
        }
        self.close_condition();
    }

    /// Background yields no step, but may hold metadata.
    fn context(&mut self, body: std::ops::Range<usize>) {
        for index in body {
            let top = self.outline.tops[index];
            for block in top..self.document.blocks[top].end {
                match &self.document.blocks[block].kind {
                    BlockKind::Paragraph { .. } => {
                        if let Some((text, _)) = self.inline(block) {
                            self.metadata_lines(text);
                        }
                    }
                    BlockKind::Fence { .. } => self.show(block, "in a section that gives background"),
                    BlockKind::Table { .. } => {
                        self.metadata_table(block);
                    }
                    _ => {}
                }
            }
        }
    }

    /// `**Key**: value` lines of one paragraph.
    pub fn metadata_lines(&mut self, text: &Text) {
        for line in text.raw.lines().filter(|l| l.contains(':')) {
            let inline = text::read(&Text::piece(line, Span::new(0, line.len())));
            if let Some((label, value)) = inline.label() {
                self.head.label(label, value);
            }
        }
    }

    /// `## RTO Visé: < 5 minutes`
    fn heading_metadata(&mut self, section: SectionId) {
        let head = &self.outline.heads[section];
        if head.metadata
            && let Some((label, value)) = head.inline.label()
        {
            self.head.label(label, value);
        }
    }

    /// The inline text of a paragraph or of an item's first paragraph.
    pub fn inline(&self, block: BlockId) -> Option<(&'a Text, &'a Inline)> {
        let leaf = self.leaves.get(block)?;
        Some((&leaf.text, &leaf.inline))
    }

    /// Everything a block says, on one line.
    pub fn block_text(&self, block: BlockId) -> String {
        let mut out = String::new();
        for id in block..self.document.blocks[block].end.min(block + 200) {
            let said = match (self.inline(id), &self.document.blocks[id].kind) {
                (Some((_, inline)), _) => inline.one_line(),
                (None, BlockKind::Table { .. }) => self.table_text(id),
                _ => continue,
            };
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&said);
        }
        out
    }

    /// The rows of a table, to be read with a step; of a long one the first.
    pub fn table_text(&self, block: BlockId) -> String {
        let BlockKind::Table { rows, .. } = &self.document.blocks[block].kind else { return String::new() };
        let cell = |cell: &Span| super::sentences::markless(cell.of(&self.source.text)).trim().to_owned();
        let row = |cells: &Vec<Span>| {
            let said: Vec<String> = cells.iter().map(cell).filter(|said| !said.is_empty()).collect();
            said.join(" | ")
        };
        rows.iter().take(ROWS).map(|r| row(&r.cells)).collect::<Vec<_>>().join("\n")
    }

    pub fn role(&self) -> Role {
        self.flow.section.map_or(Role::Phase, |s| self.outline.sections[s].role)
    }

    /// Adds a step with nothing in it yet.
    pub fn new_step(&mut self, title: String, line: usize, span: Span, parent: Option<StepId>) -> StepId {
        let title = if title.trim().is_empty() {
            self.flow.section.map_or_else(|| "Step".to_owned(), |s| self.heading_title(s))
        } else {
            title
        };
        self.flow.cases = None;
        let ahead = std::mem::take(&mut self.ahead);
        self.ask_before(parent);
        // A decision may be named by a sentence that stands before another step: steps stay in the order of their lines.
        let line = line.max(self.steps.last().map_or(0, |s| s.line));
        self.steps.push(Step {
            id: String::new(),
            title,
            kind: StepKind::Manual,
            span,
            line,
            section: self.flow.section,
            parent,
            branch: None,
            role: self.role(),
            owner: None,
            timebox: None,
            offset: None,
            effect: Effect::Read,
            commands: Vec::new(),
            expects: Vec::new(),
            blanks: Vec::new(),
            branches: Vec::new(),
            gate: None,
            jump: None,
            guidance: Vec::new(),
            when: None,
            optional: false,
            pivot: false,
            draw: None,
            undo: Vec::new(),
            undo_text: None,
        });
        let step = self.steps.len() - 1;
        self.read_with(step, ahead);
        step
    }

    /// Gives a step what was to be read before it; what is its title is read with that.
    fn read_with(&mut self, step: StepId, ahead: Vec<(Option<SectionId>, String)>) {
        let bare = |text: &str| text.trim_end_matches(['.', ':', ' ']).len();
        for (_, said) in ahead {
            let title = &self.steps[step].title;
            if bare(&said) > bare(title) || !said.starts_with(&title[..bare(title)]) {
                self.guide(step, said);
            }
        }
    }

    /// Adds text to read with the step above, or with the next one where the section has none yet.
    pub fn tell(&mut self, text: String) {
        match self.flow.last {
            Some(last) => self.guide(last, text),
            None => self.tell_ahead(text),
        }
    }

    /// Adds text to read with the next step.
    pub fn tell_ahead(&mut self, text: String) {
        if self.role() != Role::Context {
            if self.ahead.len() == AHEAD {
                self.ahead.remove(0);
            }
            self.ahead.push((self.flow.section, text));
        }
    }

    /// Gives the step what was to be read before the next one: what comes belongs to it.
    pub fn told(&mut self, step: StepId) {
        let ahead = std::mem::take(&mut self.ahead);
        self.read_with(step, ahead);
    }

    /// Adds text to read with a step.
    pub fn guide(&mut self, step: StepId, text: String) {
        if !text.trim().is_empty() {
            let text = alert(&text, self.head.language).unwrap_or(text);
            self.steps[step].guidance.push(text);
        }
    }

    /// Takes what attributes say about a step.
    pub fn declare(&mut self, step: StepId, declared: &Declared, block: BlockId) {
        if let Some(id) = &declared.id {
            let (BlockKind::Heading { attributes, .. }
            | BlockKind::Item { attributes, .. }
            | BlockKind::Fence { attributes, .. }) = &self.document.blocks[block].kind
            else {
                return;
            };
            let span = attributes.id.as_ref().map_or(self.document.blocks[block].span, |(_, span)| *span);
            if self.steps[step].id.is_empty() {
                self.steps[step].id.clone_from(id);
                self.written.insert(step, span);
            }
        }
        if let Some(over) = &declared.for_each {
            let place = match (&self.document.blocks[block].kind, self.flow.section) {
                (BlockKind::Fence { .. }, _) => Over::Fence(step, self.document.blocks[block].span),
                (BlockKind::Heading { .. }, Some(section)) => Over::Section(section),
                _ => Over::Step(step),
            };
            self.declare_loop(over, place);
        }
        let target = &mut self.steps[step];
        if declared.owner.is_some() {
            target.owner.clone_from(&declared.owner);
        }
        target.timebox = declared.timebox.or(target.timebox);
        target.optional |= declared.optional;
        target.pivot |= declared.pivot;
        if declared.draw.is_some() {
            target.draw.clone_from(&declared.draw);
        }
        if !matches!(self.document.blocks[block].kind, BlockKind::Fence { .. }) && declared.when.is_some() {
            target.when.clone_from(&declared.when);
        }
        if declared.gate && target.gate.is_none() {
            target.gate = Some(super::model::Gate { question: target.title.clone(), approvers: 1 });
        }
        if let (Some(gate), Some(approvers)) = (&mut target.gate, declared.approvers) {
            gate.approvers = approvers.max(1);
        }
    }

    pub fn show(&mut self, block: BlockId, why: &str) {
        self.record(block, Reading::Show, why.to_owned());
    }

    pub fn record(&mut self, block: BlockId, reading: Reading, why: String) {
        let BlockKind::Fence { language, .. } = &self.document.blocks[block].kind else { return };
        let span = self.document.blocks[block].span;
        let fence = FenceReading {
            line: self.source.line(span.start),
            span,
            language: language.of(&self.source.text).to_owned(),
            reading,
            why,
        };
        self.readings.insert(block, fence);
    }

    pub fn record_verdict(&mut self, block: BlockId, verdict: &Verdict) {
        self.record(block, verdict.reading, verdict.why.clone());
    }
}
