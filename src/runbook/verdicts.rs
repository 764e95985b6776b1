//! How a fence is read where it stands: `fences` asked with what the page says around it.

use super::doubts;
use super::fences::{self, Asked, Setting, Verdict};
use super::leads::{Lead, behind_connectives};
use super::model::{Reading, SectionId};
use super::options::{self, Declared};
use super::places;
use super::reader::{Label, Reader};
use super::says::sentence_asks;
use super::sentences;
use super::text::Inline;
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::syntax::document::{BlockId, BlockKind};

/// So many blocks before a fence are looked at for what folds it away.
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
        let doubt = doubt.or_else(|| self.place_above()).or_else(|| self.folded(block));
        let doubt = doubt.filter(|why| !places::is_place(why) || !fences::reaches(why, &verdict));
        let at = self.document.blocks[block].span.start;
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

    /// "The above command must only be run on db1.", "Skip the previous command if …": said of what stands above.
    pub fn speaks_of_above(&mut self, inline: &Inline, words: &Words) -> bool {
        let begin = behind_connectives(words);
        let above = VOCABULARY.list(List::CommandAbove);
        let said = [0, begin, begin + 1].iter().any(|at| above.starts(words, *at));
        let held = || {
            let lists =
                [List::OnlyThen, List::OnlyThere, List::Never, List::Condition, List::StrongCondition, List::Doubt];
            lists.iter().any(|list| VOCABULARY.list(*list).anywhere(words))
        };
        let beside = self.steps.len().checked_sub(1).filter(|last| self.steps[*last].section == self.flow.section);
        let last = self.flow.last.or(self.flow.heading_step).or(beside);
        let Some(last) = last.filter(|_| said && held()) else { return false };
        self.doubt_commands(last, &doubts::not_always(&inline.plain));
        self.guide(last, inline.one_line());
        true
    }

    /// "Two ways to do it.", "One or the other, not both.": what the section holds, and nobody is led past any of it.
    pub fn one_of_section(&mut self, block: BlockId, inline: &Inline) {
        let next = self.document.blocks.get(self.document.blocks[block].end);
        // A list is asked about by itself, unless fences at the margin cut it.
        let items = |list: BlockId| self.document.children(Some(list)).count();
        let list = self.document.blocks[block].end;
        let listed = next.is_some_and(|next| matches!(next.kind, BlockKind::List { .. })) && items(list) > 1;
        let open = |s: &SectionId| !listed && !self.has_children(*s) && !self.conditions.contains_key(s);
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

    /// "<details><summary>Only if it fails</summary>": what a page folds away is not always to be run.
    fn folded(&self, block: BlockId) -> Option<String> {
        let near = self.document.blocks[..block].iter().rev().take(NEAR);
        let html = near
            .take_while(|block| !matches!(block.kind, BlockKind::Heading { .. }))
            .filter(|block| matches!(block.kind, BlockKind::Html { .. }))
            .map(|block| block.span.of(&self.source.text));
        for html in html {
            // What opens last counts.
            let opens = html.rfind("<summary");
            if html.rfind("</details").is_some_and(|closes| opens.is_none_or(|opens| closes > opens)) {
                return None;
            }
            if let Some(said) = opens.and_then(|at| html[at..].split_once('>')).map(|(_, rest)| rest) {
                let said = said.split("</summary").next().unwrap_or_default();
                return Some(doubts::not_always(&sentences::markless(said.trim())));
            }
        }
        None
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
        let shows = || VOCABULARY.list(List::Example).anywhere(&last) || doubts::doubt(inline).is_some();
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
