//! Headings: their roles from their words and from the sections around them, their numbers, times and anchors.

use super::leaves::Leaves;
use super::model::{Role, Section, SectionId};
use super::tables::Table;
use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::Source;
use crate::syntax::document::{BlockId, BlockKind, Document};
use crate::syntax::{duration, slug};
use std::borrow::Cow;
use std::ops::Range;

/// What else is known of a section while steps are read.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each stands for something that a heading says or does not")]
pub(super) struct Head {
    /// The heading's block.
    pub block: BlockId,
    /// The top-level blocks under it, up to the next heading: indices into [`Outline::tops`].
    pub body: Range<usize>,
    /// Its role is said by its own words or by those of a section around it.
    pub explicit: bool,
    /// "Step 2", "Phase 1", "Étape 3".
    pub marker: bool,
    /// It is a label and its value: `RTO: < 5 minutes`.
    pub metadata: bool,
    /// "4.2" or "3." in front.
    pub number: Option<String>,
    /// "Option A", "Scenario 1", "If …", "Automatic".
    pub alternative: Alternative,
    /// "Restart it (only on the standby)", "Never do this", "Last resort": what stands below is not always to be run.
    pub doubtful: bool,
    /// "Steps on the standby", "db1": why a command below that does not go there by itself is not run here.
    pub place: Option<&'static str>,
    /// "Recovery options", with a way below each of its headings, or past all of them.
    pub offers: bool,
    /// "**Scenario**: all is lost" below it, and another one below its neighbour.
    pub circumstance: Option<String>,
    /// Its words without numbers, marker and emoji.
    pub core: Words,
    /// Heading text as read.
    pub inline: Inline,
}

/// Whether a heading is one of several ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Alternative {
    /// It is not.
    #[default]
    None,
    /// "Option A".
    Named,
    /// "If the primary is gone".
    Condition,
    /// "Otherwise".
    Otherwise,
    /// "Automatic": only among siblings.
    Manner,
}

/// A document's headings and what stands under each.
#[derive(Debug, Default)]
pub(super) struct Outline {
    pub sections: Vec<Section>,
    pub heads: Vec<Head>,
    /// The blocks that no other block holds.
    pub tops: Vec<BlockId>,
    /// Those before the first heading.
    pub preamble: Range<usize>,
    /// Nearly all headings have a name of their own: it makes no step of any.
    pub all_named: bool,
    names: slug::Anchors,
    anchors: Table<String, SectionId>,
    numbers: Table<String, SectionId>,
}

/// Where a heading's own words begin, after numbers and "Step 2".
#[derive(Debug, Default)]
pub(super) struct Core {
    pub at: usize,
    pub number: bool,
    pub marker: bool,
}

/// Finds a heading's own words.
pub(super) fn core(words: &Words) -> Core {
    let mut core = Core::default();
    let is_number = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_digit()) && w.len() <= 3;
    while is_number(words.get(core.at)) && core.at + 1 < words.len() {
        core.at += 1;
        core.number = true;
    }
    if let Some(((), n)) = VOCABULARY.list(List::Markers).at(words, core.at) {
        let next = words.get(core.at + n);
        let ordinal = next.len() <= 4
            && !next.is_empty()
            && (next.starts_with(|c: char| c.is_ascii_digit())
                || next.len() == 1
                || next.chars().all(|c| matches!(c, 'i' | 'v' | 'x')));
        if ordinal {
            core.marker = true;
            core.at += n + 1;
            while is_number(words.get(core.at)) {
                core.at += 1;
            }
        }
    }
    core
}

/// The number in front of a heading (`4.2`, `3.`, `2)`), and the rest.
pub(super) fn leading_number(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric() && c != '<' && c != '[' && c != '(' && c != '`');
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let number = text[..end].trim_end_matches('.');
    let rest = text[end..].strip_prefix(')').unwrap_or(&text[end..]);
    let fits = !number.is_empty() && number.len() <= 8 && number.starts_with(|c: char| c.is_ascii_digit());
    let separated = text[..end].ends_with('.')
        || rest.len() < text[end..].len()
        || (number.contains('.') || number.len() <= 2) && rest.starts_with([' ', ':']);
    (fits && separated && rest.starts_with([' ', ':', '-', '\u{a0}']))
        .then(|| (number, rest.trim_start_matches([' ', ':', '-', '–', '—', '\u{a0}'])))
}

/// The letter in front of a heading (`A)`), and the rest. `A.` is how parts are counted.
pub(super) fn leading_letter(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start_matches(|c: char| !c.is_alphanumeric());
    let (letter, rest) = text.split_once(')')?;
    let fits = letter.len() == 1 && letter.bytes().all(|b| b.is_ascii_uppercase());
    (fits && rest.starts_with(' ')).then(|| (letter, rest.trim_start()))
}

impl Head {
    /// Whether a number stands in front of it. A letter may count parts, too.
    pub(super) fn is_counted(&self) -> bool {
        self.number.as_ref().is_some_and(|number| number.starts_with(|c: char| c.is_ascii_digit()))
    }
}

/// So many headings with a name, and hardly any without: the page names them for its links.
const NAMED_HEADINGS: usize = 5;

impl Outline {
    /// Reads every heading of a document.
    pub fn read(source: &Source, document: &Document, leaves: &Leaves<'_>) -> Self {
        let mut outline = Self { tops: document.children(None).collect(), ..Self::default() };
        let mut stack: Vec<SectionId> = Vec::new();
        let title_level = title_level(document);
        let mut named = 0;
        for (id, block) in document.blocks.iter().enumerate() {
            let BlockKind::Heading { level, attributes, .. } = &block.kind else { continue };
            while stack.last().is_some_and(|s| outline.sections[*s].level >= *level) {
                stack.pop();
            }
            let parent = stack.last().copied();
            let inline = leaves.get(id).map(|l| l.inline.clone()).unwrap_or_default();
            let words = Words::new(&inline.plain);
            let section = outline.sections.len();
            let is_title = Some(*level) == title_level;
            let (head, role) = outline.head(id, inline, &words, parent, (is_title, attributes.has("when")));
            let title = head.inline.one_line();
            let anchor = outline.anchor(&title, section);
            // What the author calls it leads there as well, so that a page in another language keeps its jumps.
            if let Some((id, _)) = &attributes.id {
                named += 1;
                outline.anchors.entry(id.clone()).or_insert(section);
            }
            outline.sections.push(Section {
                level: *level,
                span: block.span,
                line: source.line(block.span.start),
                role,
                parent,
                anchor,
                timebox: timebox(&title),
                owner: None,
                offset: mark(&title),
                title,
            });
            if let Some(number) = &head.number {
                outline.numbers.entry(number.clone()).or_insert(section);
            }
            outline.heads.push(head);
            stack.push(section);
        }
        if title_level.is_some() {
            outline.way_back();
        }
        outline.all_named = named >= NAMED_HEADINGS && outline.sections.len() - named < 3;
        outline.bodies(document);
        outline.circumstances(leaves);
        outline.lettered(leaves);
        outline.described(document);
        outline.causes(document, leaves);
        outline.tools(leaves);
        outline.contraries();
        outline.troubles();
        outline.siblings();
        outline
    }

    fn head(
        &self,
        block: BlockId,
        inline: Inline,
        words: &Words,
        parent: Option<SectionId>,
        (is_title, conditional): (bool, bool),
    ) -> (Head, Role) {
        let mut core = core(words);
        let number = leading_number(&inline.plain).or_else(|| leading_letter(&inline.plain)).map(|(n, _)| n.to_owned());
        if number.as_ref().is_some_and(|number| number.starts_with(char::is_alphabetic)) {
            core.at = core.at.max(1);
        }
        let short = inline.plain.split_once('(').map(|(before, _)| Words::new(before));
        let named = short.as_ref().filter(|short| short.len() > core.at).unwrap_or(words);
        let mut head = Head {
            block,
            marker: core.marker,
            metadata: says_metadata(&inline),
            number,
            core: named.behind(core.at),
            ..Head::default()
        };
        if conditional {
            head.alternative = Alternative::Condition;
        } else if !is_title {
            head.alternative = alternative(words, core.at, &inline.plain);
            head.doubtful = super::doubts::depends_heading(&inline.plain, words, core.at);
            head.place = super::places::below_heading(&inline.plain, words, core.at);
        }
        // "### A) From the snapshot" below "## Options".
        let lettered = head.number.is_some() && !head.is_counted();
        let choices = |parent: SectionId| VOCABULARY.list(List::Choices).whole(&self.heads[parent].core).is_some();
        if lettered && head.alternative == Alternative::None && parent.is_some_and(choices) {
            head.alternative = Alternative::Named;
        }
        let own = match () {
            () if is_title => None,
            // "Step 4: References" is a step, whatever it is called.
            () if head.marker && role(&inline.plain, words, core.at) == Some(Role::Context) => Some(Role::Phase),
            () if head.metadata => Some(Role::Context),
            // What stands below "Do not" is nothing to do.
            () if VOCABULARY
                .list(List::Forbidden)
                .at(words, core.at)
                .is_some_and(|((), n)| core.at + n == words.len()) =>
            {
                Some(Role::Context)
            }
            // "Example mitigation steps" are steps, and nobody is to take them just like that.
            () if VOCABULARY.list(List::Example).starts(words, core.at) => {
                let steps = VOCABULARY.roles.special(words, |role| *role == Role::Phase);
                steps.or_else(|| role(&inline.plain, words, core.at))
            }
            () => role(&inline.plain, words, core.at),
        };
        let own = match head.alternative {
            Alternative::Named | Alternative::Condition | Alternative::Otherwise if own != Some(Role::Rollback) => {
                Some(Role::Alternative)
            }
            _ => own,
        };
        head.inline = inline;
        let (inherited, explicit) =
            parent.map_or((Role::Phase, false), |p| (self.sections[p].role, self.heads[p].explicit));
        let marked = core.marker || mark(&head.inline.plain).is_some();
        let role = match (own, inherited) {
            _ if matches!(inherited, Role::Rollback | Role::Failback) && explicit => inherited,
            // "Step 1" says nothing more than the section around it does.
            (None | Some(Role::Phase), outer)
                if explicit && (outer != Role::Context || own.is_none() && !marked) && outer != Role::Phase =>
            {
                outer
            }
            (Some(role), _) => role,
            (None, _) if marked => Role::Phase,
            (None, outer) => outer,
        };
        head.explicit = own.is_some() || marked || (explicit && parent.is_some());
        (head, role)
    }

    fn anchor(&mut self, title: &str, section: SectionId) -> String {
        let name = self.names.next(title);
        self.anchors.insert(name.clone(), section);
        name
    }

    fn bodies(&mut self, document: &Document) {
        let by_block: Table<BlockId, SectionId> = self.heads.iter().enumerate().map(|(s, h)| (h.block, s)).collect();
        let mut current: Option<SectionId> = None;
        let mut start = 0;
        for (i, top) in self.tops.iter().enumerate() {
            if !matches!(document.blocks[*top].kind, BlockKind::Heading { .. }) {
                continue;
            }
            match current {
                Some(section) => self.heads[section].body = start..i,
                None => self.preamble = 0..i,
            }
            current = by_block.get(top).copied();
            start = i + 1;
        }
        match current {
            Some(section) => self.heads[section].body = start..self.tops.len(),
            None => self.preamble = 0..self.tops.len(),
        }
    }

    /// "Rollback of the release", "Gateway rollback runbook" as the page's title: the way back is what the page is for, and is gone.
    fn way_back(&mut self) {
        let words = Words::new(&self.sections[0].title);
        let [joins, page] = [List::Joins, List::PageWords].map(|list| VOCABULARY.list(list));
        let begin = core(&words).at;
        let named = |at: usize| {
            let Some((Role::Rollback, n)) = VOCABULARY.roles.at(&words, at) else { return false };
            let behind = at + n;
            let last = (behind..words.len()).all(|w| page.starts(&words, w));
            let first = at == begin || page.starts(&words, begin) && at == begin + 1;
            (first || last) && !joins.starts(&words, behind) && (at == 0 || !joins.starts(&words, at - 1))
        };
        if (begin..words.len()).any(named) {
            for section in self.sections.iter_mut().filter(|section| section.role == Role::Rollback) {
                section.role = Role::Phase;
            }
        }
    }

    /// The section that a link or "§4.6" names.
    pub fn find(&self, anchor: &str) -> Option<SectionId> {
        let wanted = anchor.trim_start_matches('#');
        self.anchors.get(wanted).or_else(|| self.anchors.get(&slug::anchor(&percent_decoded(wanted)))).copied()
    }

    /// The section with this number.
    pub fn numbered(&self, number: &str) -> Option<SectionId> {
        self.numbers.get(number).copied()
    }

    /// Whether a section is, or stands inside, one that holds.
    pub fn within(&self, section: SectionId, of: impl Fn(SectionId) -> bool) -> bool {
        let mut at = Some(section);
        while let Some(s) = at {
            if of(s) {
                return true;
            }
            at = self.sections[s].parent;
        }
        false
    }
}

/// The role that a heading's words say. "Procedure for failback" is more than a procedure.
pub(super) fn role(plain: &str, words: &Words, at: usize) -> Option<Role> {
    let found = VOCABULARY.roles.role_like(words, at);
    // "Rôles à créer" is something to do, and "Rôles" is not.
    if found == Some(Role::Context) && plain.contains(" à ") && VOCABULARY.is_infinitive(words.get(words.len() - 1)) {
        return None;
    }
    // "Promotion (no rollback)", "Bascule (sans retour en arrière)".
    let unreturned = || VOCABULARY.list(List::Unreturned).anywhere(words);
    if found == Some(Role::Rollback) && unreturned() {
        return VOCABULARY.roles.special(words, |role| *role != Role::Rollback);
    }
    // "Post-incident review template" holds what somebody is to write in some other place.
    let template = |at: usize| VOCABULARY.list(List::Templates).starts(words, at);
    let written = |found: Option<Role>| matches!(found, Some(Role::PostAction | Role::Communication));
    // "Modèle de post-mortem" says it first.
    let of = || (1..words.len().min(5)).any(|i| written(VOCABULARY.roles.at(words, i).map(|(role, _)| role)));
    let said = || {
        words.iter().any(|word| {
            matches!(
                word,
                "review" | "report" | "mortem" | "postmortem" | "message" | "rapport" | "annonce" | "announcement"
            )
        })
    };
    if (written(found) && template(words.len().saturating_sub(1)) || template(0) && of()) && said() {
        return Some(Role::Context);
    }
    // "Post-restore validation" checks what was done.
    if found == Some(Role::PostAction) {
        return VOCABULARY.roles.special(words, |role| *role == Role::Validation).or(found);
    }
    if found != Some(Role::Phase) {
        return found;
    }
    let before = plain.split(['(', ':', '–']).next().unwrap_or(plain);
    let special = if core(&Words::first(before, 8)).marker { plain } else { before };
    let others =
        |role: &Role| !matches!(role, Role::Phase | Role::Context) && (*role != Role::Rollback || !unreturned());
    VOCABULARY.roles.special(&Words::new(special), others).or(found)
}

/// `RTO visé : < 5 minutes` as a heading. A box or blank makes it a question instead.
fn says_metadata(inline: &Inline) -> bool {
    inline.label().is_some_and(|(label, rest)| {
        let key = VOCABULARY.key(&Words::new(label));
        !super::metadata::is_blank(rest) && !rest.is_empty() && key.is_some_and(|k| !matches!(k, "id" | "title"))
    })
}

/// `%C3%A9tape` → `étape`.
fn percent_decoded(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = Vec::with_capacity(text.len());
    let bytes = text.as_bytes();
    let mut i = 0;
    while i < bytes.len() {
        let hex =
            (bytes[i] == b'%').then(|| text.get(i + 1..i + 3)).flatten().and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(hex.unwrap_or(bytes[i]));
        i += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The level that only the first heading has: its text is the title and says nothing about a role.
fn title_level(document: &Document) -> Option<u8> {
    let mut levels = document.blocks.iter().filter_map(|b| match b.kind {
        BlockKind::Heading { level, .. } => Some(level),
        _ => None,
    });
    let first = levels.next()?;
    // A title stands above everything else.
    levels.all(|l| l > first).then_some(first)
}

fn alternative(words: &Words, at: usize, plain: &str) -> Alternative {
    if VOCABULARY.list(List::Otherwise).at(words, at).is_some_and(|((), n)| n == words.len() - at || n > 1) {
        return Alternative::Otherwise;
    }
    if VOCABULARY.list(List::StrongCondition).starts(words, at) {
        return Alternative::Condition;
    }
    if named(words, at, plain) {
        return Alternative::Named;
    }
    let fallback = VOCABULARY.list(List::Fallback);
    if fallback.at(words, at).is_some_and(|((), n)| n > 1 || n == words.len() - at) || is_problem(words, at, plain) {
        return Alternative::Condition;
    }
    if VOCABULARY.list(List::Manners).starts(words, at) {
        return Alternative::Manner;
    }
    Alternative::None
}

/// "Problem: the disk is full", "Issue 2 – …": what is under it is for who has it.
fn is_problem(words: &Words, at: usize, plain: &str) -> bool {
    let next = words.get(at + 1);
    let numbered = !next.is_empty() && next.len() <= 2 && next.bytes().all(|b| b.is_ascii_digit());
    matches!(words.get(at), "problem" | "issue" | "symptom" | "error" | "probleme" | "symptome" | "erreur")
        && (numbered
            || plain
                .split_once([':', '\u{2013}', '\u{2014}'])
                .is_some_and(|(before, _)| before.trim().split(' ').count() <= 2))
}

/// "Option A", "Scénario 2". A small letter is a word ("plan a migration", "plan d'action").
pub(super) fn named(words: &Words, at: usize, plain: &str) -> bool {
    VOCABULARY.list(List::Alternatives).at(words, at).is_some_and(|((), n)| {
        let next = words.get(at + n);
        let capital =
            || plain.split(|c: char| !c.is_alphanumeric()).any(|w| w.len() == 1 && w == next.to_ascii_uppercase());
        next.len() == 1 && capital()
            || (next.len() <= 2 && next.bytes().all(|b| b.is_ascii_digit()) && !next.is_empty())
    })
}

/// "(15 min max)" in a heading or title.
pub(super) fn timebox(title: &str) -> Option<std::time::Duration> {
    if !has_digit(title) {
        return None;
    }
    let open = title.find('(')?;
    let close = title[open..].find(')')? + open;
    let inside = &title[open + 1..close];
    if duration::offset(inside).is_some() {
        return None;
    }
    let found = duration::find(inside).into_iter().next()?;
    // "(24h in advance)" is no limit: nothing but the duration and words about durations.
    let rest = Words::new(&format!("{} {}", &inside[..found.span.start], &inside[found.span.end..]));
    let about = |w: &str| {
        VOCABULARY.list(List::Duration).starts(&Words::new(w), 0)
            || VOCABULARY.list(List::About).starts(&Words::new(w), 0)
    };
    rest.iter().all(about).then_some(found.duration)
}

/// Most titles have none, and to look at every byte is quicker than to stop at the first.
fn has_digit(title: &str) -> bool {
    title.bytes().fold(false, |any, b| any | b.is_ascii_digit())
}

/// The schedule mark of a heading or an item: at its start, or in its parentheses.
pub(super) fn mark(title: &str) -> Option<i64> {
    if !has_digit(title) {
        return None;
    }
    // A minus sign, as typographers set it.
    let title = &*if title.contains('−') { Cow::Owned(title.replace('−', "-")) } else { Cow::Borrowed(title) };
    let text = title.trim_start_matches(|c: char| !c.is_alphanumeric());
    let after_number = leading_number(text).map_or(text, |(_, rest)| rest);
    let inside = title.find('(').map(|i| &title[i..]);
    // "Préparation J-7" has it at the end.
    let last = title.rfind(' ').map(|i| &title[i + 1..]).filter(|w| w.len() > 2);
    [Some(text), Some(after_number), inside, last].into_iter().flatten().find_map(duration::offset).map(|m| m.seconds)
}
