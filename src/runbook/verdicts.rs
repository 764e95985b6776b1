//! How a fence is read where it stands: `fences` asked with what the page says around it.

use super::doubts;
use super::effect;
use super::fences::{self, Asked, Setting, Verdict};
use super::inline_commands::is_command;
use super::leads::{Lead, behind_connectives};
use super::model::{Effect, Reading, SectionId};
use super::options::{self, Declared};
use super::places;
use super::reader::{Label, Reader};
use super::says::sentence_asks;
use super::sentences;
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{Block, BlockId, BlockKind};

/// What a sentence says of what was there before it.
pub(super) enum Above {
    Nothing,
    /// There is nothing more to it.
    All,
    /// The paragraph goes on with this.
    Until(Text),
}

/// So many blocks before a sentence are looked at for the fence that it speaks of.
const NEAR: usize = 24;

impl Reader<'_> {
    /// Reads a fence with everything known about it.
    pub fn verdict(&mut self, block: BlockId) -> Option<(Verdict, Declared)> {
        let BlockKind::Fence { language, attributes, closed, .. } = &self.document.blocks[block].kind else {
            return None;
        };
        let declared = if attributes.is_empty() {
            Declared::default()
        } else {
            options::read(attributes, true, &mut self.diagnostics)
        };
        let lead = match self.flow.label {
            Label::Expected | Label::Meaning => Lead::Output,
            _ => self.flow.lead.read(),
        };
        let setting = Setting {
            language: language.of(&self.source.text).to_ascii_lowercase(),
            lead,
            declared: declared.any,
            action: declared.action.clone(),
            closed: *closed,
        };
        let mut verdict = fences::read(self.leaves.fence(block)?, &setting);
        if verdict.reading == Reading::Show
            && setting.may_be_ordered()
            && let Some(asked) = self.asked_above(block)
        {
            verdict =
                self.leaves.fence(block).and_then(|text| fences::ordered(text, &setting, asked)).unwrap_or(verdict);
        }
        let doubt = self.flow.doubt.take();
        // "Never run these:" is said of all fences that follow each other.
        let next = self.document.blocks.get(self.document.blocks[block].end);
        if next.is_some_and(|b| {
            matches!(b.kind, BlockKind::Fence { .. }) && b.parent == self.document.blocks[block].parent
        }) {
            self.flow.doubt.clone_from(&doubt);
        }
        let doubt = doubt.or_else(|| self.flow.examples.clone());
        let doubt = doubt.or_else(|| self.unfenced(block, &verdict)).or_else(|| self.unsure(block));
        let doubt = doubt.or_else(|| self.place_above()).or_else(|| self.question_above(block));
        let doubt = doubt.or_else(|| self.stands_beside(block));
        let doubt = doubt.filter(|why| !places::is_place(why) || !fences::reaches(why, &verdict));
        let at = self.document.blocks[block].span.start;
        let doubt = doubt.or_else(|| self.folded_at(at));
        let doubt = doubt.or_else(|| self.in_marked_tabs(at)).or_else(|| self.only_meant(at));
        if let Some(why) =
            doubt.filter(|_| !declared.any && matches!(verdict.reading, Reading::Run | Reading::Attended))
        {
            verdict.reading = Reading::Ambiguous;
            verdict.why = why;
        }
        if let Some(said) = declared.reading {
            if matches!(said, Reading::Show | Reading::Manual) {
                verdict.parts.clear();
            }
            if said != Reading::Run || verdict.reading != Reading::Attended {
                verdict.reading = said;
                verdict.why = "declared".into();
            }
        }
        Some((verdict, declared))
    }

    /// Code that stands left of its item, with blank lines in it: what belongs to it is likely, and not sure.
    fn unsure(&self, block: BlockId) -> Option<String> {
        let BlockKind::Fence { unsure: true, .. } = self.document.blocks[block].kind else { return None };
        Some(
            "its lines are indented less than its item, with blank lines between: where it ends needs review"
                .to_owned(),
        )
    }

    /// What a sentence says of what was there before it; `block` is its paragraph, for a sentence that may begin one.
    pub fn said_of_above(&mut self, block: Option<BlockId>, text: &Text, inline: &Inline, words: &Words) -> Above {
        let Some(block) = block else { return Above::Nothing };
        if let Some(end) = self.speaks_of_above(text, inline, words) {
            let rest = text.raw[end..].trim_start();
            let at = text.raw.len() - rest.len();
            return if rest.is_empty() { Above::All } else { Above::Until(Text::from_source(rest, text.source(at))) };
        }
        if self.remarks_on_fence(block, inline, words) { Above::All } else { Above::Nothing }
    }

    /// "The above command must only be run on db1.", "Skip the previous command if …": said of what stands above. Where the
    /// sentence ends is returned.
    fn speaks_of_above(&mut self, text: &Text, inline: &Inline, words: &Words) -> Option<usize> {
        let begin = behind_connectives(words);
        let above = VOCABULARY.list(List::CommandAbove);
        let said = [0, begin, begin + 1].iter().any(|at| above.starts(words, *at));
        let beside = self.steps.len().checked_sub(1).filter(|last| self.steps[*last].section == self.flow.section);
        let last = self.flow.last.or(self.flow.heading_step).or(beside);
        let end = sentences::full_stop(&text.raw).map_or(text.raw.len(), |stop| stop + 1);
        let last = last.filter(|_| said && is_held(&Words::first(&text.raw[..end], 40)))?;
        let command = || self.steps[self.steps.len() - 1].commands.last().map(|command| command.span.start);
        let mut from = self.fence_before(text.source(0)).or_else(command).unwrap_or(0);
        // "The two commands above": of the fence before it, too.
        if VOCABULARY.list(List::Several).anywhere(words) {
            from = self.fence_before(from).unwrap_or(from);
        }
        let first = self.steps.len().saturating_sub(SPLIT).min(last);
        self.doubt_from(first..self.steps.len(), from, &doubts::not_always(&inline.plain));
        self.guide(last, inline.one_line());
        Some(end)
    }

    /// "Only needed if the disk is full.", "This step is optional.", right behind a fence: said of it. With another fence right below
    /// nobody can tell of which; that one is asked about, too. Returns whether there is nothing more to the sentence.
    fn remarks_on_fence(&mut self, block: BlockId, inline: &Inline, words: &Words) -> bool {
        let plain = inline.plain.trim();
        // What its author declared of a fence says when it is run.
        let fence = |block: BlockId| matches!(&self.document.blocks[block].kind, BlockKind::Fence { attributes, .. } if attributes.is_empty());
        // A quote stands around its paragraph.
        let quote = |above: &usize| {
            matches!(self.document.blocks[*above].kind, BlockKind::Quote | BlockKind::Admonition { .. })
        };
        let first = block.checked_sub(1).filter(quote).unwrap_or(block);
        let Some(above) = first.checked_sub(1).filter(|above| fence(*above)) else { return false };
        let or = VOCABULARY.list(List::Or).whole(words).is_some() && words.len() < 4;
        let introduces = plain.ends_with(':');
        // "or with kubectl:"
        let list = |list: List| VOCABULARY.list(list).starts(words, 0);
        let other = introduces && list(List::Or) && !list(List::EitherOr) && doubts::doubt(inline).is_some();
        if !or && !other && (introduces || !remarks_back(plain)) {
            return false;
        }
        let begin = self.document.blocks[above].span.start;
        let first = self.steps.len().saturating_sub(SPLIT);
        let last = self.steps.len();
        if first == last {
            return false;
        }
        self.doubt_from(first..last, begin, &doubts::not_always(plain));
        let next = self.document.blocks.get(self.document.blocks[block].end);
        let unsure = !points(plain, ABOVE) && next.is_some_and(|next| matches!(next.kind, BlockKind::Fence { .. }));
        if or || other || unsure {
            return false;
        }
        self.guide(last - 1, inline.one_line());
        true
    }

    /// Where the fence begins that stands last before a byte.
    fn fence_before(&self, at: usize) -> Option<usize> {
        let blocks = &self.document.blocks[..self.document.blocks.partition_point(|block| block.span.start < at)];
        let fence = |block: &&Block| matches!(block.kind, BlockKind::Fence { .. });
        blocks.iter().rev().take(NEAR).find(fence).map(|fence| fence.span.start)
    }

    /// "Two ways to do it.", "One or the other, not both.": what the section holds, and nobody is led past any of it.
    pub fn one_of_section(&mut self, block: BlockId, inline: &Inline) {
        let next = self.document.blocks.get(self.document.blocks[block].end);
        // A list is asked about by itself, unless fences at the margin cut it.
        let items = |list: BlockId| self.document.children(Some(list)).count();
        let list = self.document.blocks[block].end;
        let listed = next.is_some_and(|next| matches!(next.kind, BlockKind::List { .. })) && items(list) > 1;
        let open = |s: &SectionId| !listed && !self.opens_alternatives(*s) && !self.conditions.contains_key(s);
        if let Some(section) = self.flow.section.filter(open) {
            let why = doubts::not_always(&inline.plain);
            for step in
                (0..self.steps.len()).rev().take_while(|s| self.steps[*s].section == Some(section)).collect::<Vec<_>>()
            {
                if self.steps[step].branch.is_none() {
                    self.doubt_commands(step, &why);
                }
            }
            self.conditions.insert(section, why);
        }
    }

    /// "Replace db1-dump with your own." right above a fence, or right below it.
    fn stands_beside(&self, block: BlockId) -> Option<String> {
        let code = self.leaves.fence(block)?;
        let below = Some(self.document.blocks[block].end).filter(|at| *at < self.document.blocks.len());
        let beside = [block.checked_sub(1), below];
        let mut said = beside.into_iter().flatten().filter_map(|at| self.leaves.get(at));
        let said = said.find(|said| doubts::stands_in(&said.inline.plain, &code.raw))?;
        Some(doubts::not_always(&said.inline.one_line()))
    }

    /// "Is it stuck?" right above a fence that changes something: it is for one of the answers.
    fn question_above(&self, block: BlockId) -> Option<String> {
        let said = block.checked_sub(1).filter(|above| self.is_paragraph(*above)).and_then(|above| self.inline(above));
        let plain = said.map(|(_, inline)| inline.plain.trim()).filter(|plain| plain.ends_with('?'))?;
        let asks = doubts::asks_whether(plain, &Words::first(plain, 8), 0);
        let reads = || self.leaves.fence(block).is_some_and(|text| effect::of_text(&text.raw).0 == Effect::Read);
        (asks && !reads()).then(|| doubts::not_always(plain))
    }

    /// Whether a heading asks something ("Is it back?"), and all that stands below it only reads: that is how it is found out.
    pub fn only_asks(&self, section: SectionId) -> bool {
        let head = &self.outline.heads[section];
        if !doubts::asks_whether(&head.inline.plain, &head.core, 0) {
            return false;
        }
        let reads = |text: &str| effect::of_text(text).0 == Effect::Read;
        let span = self.outline.sections[section].span;
        let end = self.outline.sections[section + 1..].iter().find(|s| s.level <= self.outline.sections[section].level);
        let end = end.map_or(self.source.text.len(), |next| next.span.start);
        let from = self.document.blocks.partition_point(|block| block.span.start < span.end);
        let until = self.document.blocks.partition_point(|block| block.span.start < end);
        (from..until).all(|block| {
            let code = |inline: &Inline| inline.codes.iter().all(|c| !is_command(&c.text) || reads(&c.text));
            match self.leaves.fence(block) {
                Some(text) => reads(&text.raw),
                None if matches!(self.document.blocks[block].kind, BlockKind::Table { .. }) => {
                    !self.document.blocks[block].span.of(&self.source.text).contains('`')
                }
                None => self.inline(block).is_none_or(|(_, inline)| code(inline)),
            }
        })
    }

    /// Code by CommonMark that is read as Markdown: that its fences are there to be run is likely, and not sure.
    pub fn only_meant(&self, at: usize) -> Option<String> {
        let meant = &self.document.meant;
        let code = meant[..meant.partition_point(|code| code.start <= at)].last()?;
        (at < code.end).then(|| "indented so far that Markdown takes it for code: needs review".to_owned())
    }

    /// What the text right above a fence asks for, if it asks for something to be done.
    fn asked_above(&self, block: BlockId) -> Option<Asked> {
        let above = block.checked_sub(1).filter(|above| self.is_paragraph(*above))?;
        let inline = &self.leaves.get(above)?.inline;
        let said = sentences::last_sentence(inline.plain.trim_end());
        let (words, last) = (inline.first(24), Words::first(said, 24));
        let language = self.head.language;
        let asks = sentence_asks(inline, &words, language)
            || VOCABULARY.is_imperative(&last, language)
            || inline.lead() == Lead::Run;
        // "Note its name, for example:" shows what was found.
        let shows = || VOCABULARY.list(List::Example).anywhere(&last);
        if !asks || shows() {
            return None;
        }
        let looks =
            |words: &Words| [List::Checks, List::Keep].iter().any(|list| VOCABULARY.list(*list).starts(words, 0));
        Some(if looks(&words) || looks(&last) { Asked::Look } else { Asked::Do })
    }

    fn is_paragraph(&self, block: BlockId) -> bool {
        matches!(self.document.blocks[block].kind, BlockKind::Paragraph { .. })
    }

    /// Four blanks make code of anything: only a prompt says that it is to be typed.
    fn unfenced(&self, block: BlockId, verdict: &Verdict) -> Option<String> {
        if self.bare.contains(&block) {
            return Some(super::unfenced::BARE.into());
        }
        let written = self.document.blocks[block].span.of(&self.source.text).trim_start();
        let fenced = written.starts_with("```") || written.starts_with("~~~") || self.is_code_span(block);
        let prompted = verdict.why.starts_with("prompted");
        (!fenced && !prompted).then(|| "indented lines without a fence: needs review".to_owned())
    }

    /// Whether a block read as a fence is a paragraph of code: its content begins behind its marks.
    fn is_code_span(&self, block: BlockId) -> bool {
        let block = &self.document.blocks[block];
        let BlockKind::Fence { content, .. } = &block.kind else { return false };
        block.span.of(&self.source.text).starts_with('`')
            && content.first().is_some_and(|slice| slice.span.start > block.span.start)
    }

    /// Whether a fence would be offered as a command.
    pub fn would_run(&self, block: BlockId, lead: Lead) -> bool {
        let BlockKind::Fence { language, attributes, closed, .. } = &self.document.blocks[block].kind else {
            return false;
        };
        let Some(text) = self.leaves.fence(block) else { return false };
        let setting = Setting {
            language: language.of(&self.source.text).to_ascii_lowercase(),
            lead,
            declared: !attributes.is_empty(),
            action: None,
            closed: *closed,
        };
        let verdict = fences::read(text, &setting);
        !verdict.parts.is_empty() || verdict.reading == Reading::Manual
    }
}

/// So many steps one fence is divided into at most, where what stands below speaks of it.
const SPLIT: usize = 40;

/// Whether words say that something is not always done.
pub(super) fn is_held(words: &Words) -> bool {
    let held = [List::Condition, List::StrongCondition, List::Doubt];
    is_narrowed(words) || !is_kept(words) && held.iter().any(|held| VOCABULARY.list(*held).anywhere(words))
}

/// Whether they say so of what they speak of, whatever else they tell.
pub(super) fn is_narrowed(words: &Words) -> bool {
    let held = [List::OnlyThen, List::OnlyThere, List::Never, List::MayBeLeft];
    !is_kept(words) && held.iter().any(|held| VOCABULARY.list(*held).anywhere(words))
}

/// "Note: only on staging", "[!NOTE] …" without what says that it is one.
fn behind_note(text: &str) -> &str {
    let text = text.trim_start_matches(['*', '_', '>', ' ']);
    if let Some((_, rest)) = text.strip_prefix("[!").and_then(|rest| rest.split_once(']')) {
        return rest.trim();
    }
    // "**Note**", and the rest on the next line.
    let first = text.split(' ').next().unwrap_or_default();
    let rest = text[first.len()..].trim_start();
    let whole = VOCABULARY.list(List::Note).whole(&Words::first(first, 2)).is_some();
    if whole && !first.ends_with(':') && rest.starts_with(char::is_uppercase) {
        return rest;
    }
    let label = text.split_once(':').filter(|(label, _)| {
        super::says::is_note(text, &Words::first(label, 8))
            || VOCABULARY.list(List::Caution).starts(&Words::first(label, 4), 0)
    });
    label.map_or(text, |(_, rest)| rest.trim_start_matches(['*', '_', ' ']))
}

/// "Only run this on the standby", in a note: whatever stands beside it is not always run, or not here.
pub(super) fn narrows(line: &str) -> bool {
    let words = Words::first(line, 40);
    is_narrowed(&words) && !VOCABULARY.list(List::Reminds).anywhere(&words)
        || forbids_this(&Words::first(behind_note(line), 8))
        || VOCABULARY.list(List::Exceptions).starts(&Words::first(behind_note(line), 8), 0)
}

/// "Do not do this in production!"
fn forbids_this(words: &Words) -> bool {
    // "Do not do this twice."
    [List::Refusal, List::ThisAbove].iter().all(|list| VOCABULARY.list(*list).starts(words, 0))
        && !VOCABULARY.list(List::Often).anywhere(words)
}

/// "It is not optional."
fn is_kept(words: &Words) -> bool {
    let list = |list: List| VOCABULARY.list(list);
    (1..words.len()).any(|at| list(List::Not).starts(words, at - 1) && list(List::MayBeLeft).starts(words, at))
}

/// What points to what stands above, and below.
const ABOVE: [char; 4] = ['↑', '⬆', '^', '👆'];
const BELOW: [char; 4] = ['↓', '⬇', '⤵', '👇'];

/// Whether a text begins with one of some signs.
fn points(text: &str, signs: [char; 4]) -> bool {
    text.trim_start_matches(['(', '*', '_', ' ']).starts_with(signs)
}

/// "Only needed on db2.", "This step is optional.", "(db1 only)": a sentence that can only speak of what was there before it.
pub(super) fn remarks_back(plain: &str) -> bool {
    // "(only there)", "↑ db3 only"
    let said = behind_note(plain).trim_start_matches(|c: char| !c.is_alphanumeric());
    let words = Words::first(said, 30);
    let list = |list: List| VOCABULARY.list(list);
    let words = words.behind(list(List::Postscripts).at(&words, 0).map_or(0, |((), n)| n));
    let begin = behind_connectives(&words);
    // "↓ db3 only"
    if points(plain, BELOW) {
        return false;
    }
    let begins = |name: &List| [0, begin].iter().any(|at| list(*name).starts(&words, *at));
    let left = begins(&List::MayBeLeft);
    let only = left || [List::OnlyThen, List::OnlyThere].iter().any(begins);
    // "Only start it when the copy is done." asks for something itself.
    let orders = only && !left && words.len() > 1 && VOCABULARY.is_known_verb(words.get(1));
    let this = [0, begin].iter().any(|at| list(List::ThisAbove).starts(&words, *at));
    let held = || {
        let first = &said[..sentences::full_stop(said).unwrap_or(said.len())];
        is_narrowed(&Words::first(first, 30))
    };
    let bracketed = plain.starts_with('(') && plain.trim_end_matches('.').ends_with(')');
    only && !orders
        || this && (held() || forbids_this(&words))
        || list(List::Exceptions).starts(&words, 0)
        || doubts::names_only(&words)
        || bracketed && (is_held(&words) || list(List::Only).anywhere(&words) || doubts::remarks(plain))
}
