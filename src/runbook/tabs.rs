//! Tabs side by side (`=== "Docker"`, `=== "Linux"`): nobody does what one says and then what the other says, so they are ways to
//! choose from. And admonitions (`!!! warning "Title"`): to be read, as quotes are.

use super::doubts;
use super::each::{self, Found, Over};
use super::leads::{self, Lead};
use super::lists::Plan;
use super::model::{Language, Role, StepId};
use super::reader::{Condition, Label, Loose, Reader, Telling};
use super::sentences::first_sentence;
use super::text::{Inline, Text};
use super::vocabulary::{List, VOCABULARY};
use super::words::Words;
use crate::source::{Span, lines};
use crate::syntax::document::{BlockId, BlockKind, Document, ListKind};
use std::ops::Range;

/// So many blocks of tabs are looked through for something to do.
const NEAR: usize = 200;
/// So many lines of code are shown with what an admonition says.
const LINES: usize = 40;

/// What a note of some sites begins and ends with.
const COLONS: &str = ":::";

/// What opens and closes a set of tabs on the sites of documentation whose tabs are no Markdown, and what each tab begins with.
const MARKED: [[&str; 3]; 5] = [
    ["<Tabs", "</Tabs>", "<TabItem"],
    ["<Tabs", "</Tabs>", "<Tab "],
    ["{{< tabs", "{{< /tabs", "{{< tab "],
    ["{{% tabs", "{{% /tabs", "{{% tab "],
    ["{% tabs", "{% endtabs", "{% tab "],
];

/// Where such sets of at least two tabs stand.
pub(super) fn marked(source: &str) -> Vec<Span> {
    let mut found = Vec::new();
    // They all say so, and most pages have none of them.
    if memchr::memmem::find(source.as_bytes(), b"abs").is_none() {
        return found;
    }
    for [open, close, tab] in MARKED {
        let [mut opens, mut closes] =
            [open, close].map(|mark| memchr::memmem::find_iter(source.as_bytes(), mark).peekable());
        // Of sets within a set the outermost counts.
        while let Some(start) = opens.next() {
            let mut depth = 1;
            let end = closes.by_ref().skip_while(|close| *close < start).find(|close| {
                while opens.next_if(|open| open < close).is_some() {
                    depth += 1;
                }
                depth -= 1;
                depth == 0
            });
            // What is never closed may go on to the end.
            let end = end.unwrap_or(source.len());
            if memchr::memmem::find_iter(&source.as_bytes()[start..end], tab).nth(1).is_some() {
                found.push(Span::new(start, end));
            }
        }
    }
    found.sort_unstable_by_key(|set| set.start);
    // One site's marks may stand within another's: each place is in one set.
    found.dedup_by(|set, before| {
        let within = set.start < before.end;
        before.end = if within { before.end.max(set.end) } else { before.end };
        within
    });
    found
}

/// Whether a text is nothing but a site's own marks, `{% tab title="Debian" %}` or `{{< /tabs >}}`: nobody reads them.
pub(super) fn is_marks(text: &str) -> bool {
    let mark = |line: &str| {
        let line = line.trim();
        line.starts_with("{%") && line.ends_with("%}")
            || line.starts_with("{{<") && line.ends_with(">}}")
            || line.starts_with("{{%") && line.ends_with("%}}")
    };
    text.trim_start().starts_with('{') && lines(text).all(|line| line.trim().is_empty() || mark(line))
}

/// Why one of them is not always to be run.
const ONE_OF: &str = "in one of several tabs: only one is meant";

impl Reader<'_> {
    /// Why what begins at this byte is not always to be run: it stands in one of several tabs.
    pub fn in_marked_tabs(&self, at: usize) -> Option<String> {
        let set = self.marked_tabs[..self.marked_tabs.partition_point(|set| set.start <= at)].last()?;
        (at < set.end).then(|| ONE_OF.to_owned())
    }

    /// Whether a list is a set of tabs.
    pub fn is_tabs(&self, list: BlockId) -> bool {
        matches!(self.document.blocks[list].kind, BlockKind::List { kind: ListKind::Tabs, .. })
    }

    /// Whether somebody has to choose: several tabs, in a procedure or with something to do in them.
    pub fn tabs_plan(&self, list: BlockId, items: usize, explicit: bool) -> Plan {
        let does = |id: BlockId| match &self.document.blocks[id].kind {
            BlockKind::Fence { .. } | BlockKind::Item { task: Some(_), .. } => true,
            BlockKind::List { kind, .. } => matches!(kind, ListKind::Ordered { .. } | ListKind::BareBox),
            _ => false,
        };
        let end = self.document.blocks[list].end.min(list + NEAR);
        match items {
            _ if !explicit && !(list..end).any(does) => Plan::Guidance,
            1 => Plan::Steps,
            _ => Plan::OpenOptions,
        }
    }

    /// Walks tabs that stand in no list.
    pub fn tabs(&mut self, list: BlockId) {
        let condition = self.condition_of_tabs(list);
        let span = self.document.blocks[list].span;
        let above = self.flow.last.filter(|_| self.flow.paragraph.is_none() && self.flow.continues);
        let above = above.or(self.flow.heading_step);
        let decision = match (condition, above) {
            (Some(condition), _) => self.conditional_step(&condition, self.source.line(span.start), span),
            (None, Some(above)) => self.tab_step(list, Some(above), None),
            (None, None) => self.open_options(list, None),
        };
        let each = self.flow.each.take().and_then(|said| each::of(&said));
        self.loops.extend(each.map(|each| Found { each, over: Over::Step(decision) }));
        self.flow.decision = None;
        self.walk(list, Plan::Options(decision), None);
        // What stands below is for all of them.
        let (title, line) = (String::new(), self.source.line(span.end));
        let span = Span::new(span.end, span.end);
        self.flow.paragraph = Some(Loose { title, line, span, asks: false, telling: Telling::Nothing, own: true });
        (self.flow.attached, self.flow.continues) = (false, false);
        (self.flow.lead, self.flow.label) = (leads::Ahead::default(), Label::None);
        (self.flow.doubt, self.flow.each) = (None, None);
    }

    /// Tabs inside an item: the decision between them.
    pub fn nested_tabs(&mut self, list: BlockId, step: Option<StepId>, branch: Option<(StepId, usize)>) -> StepId {
        let span = self.document.blocks[list].span;
        let each = self.flow.each.take().and_then(|said| each::of(&said));
        let decision = if let Some(condition) = self.condition_of_tabs(list) {
            self.conditional_step(&condition, self.source.line(span.start), span)
        } else {
            let item = self.document.blocks[list].parent;
            self.flow.tabs_in = item;
            // Of an item that goes on behind its tabs, the rest has to come behind them too.
            let last = item.is_some_and(|item| self.document.blocks[item].end == self.document.blocks[list].end);
            let bare = |step: &StepId| {
                let bare = self.steps[*step].branches.is_empty() && self.steps[*step].commands.is_empty();
                last && bare && *step + 1 == self.steps.len()
            };
            step.filter(bare).unwrap_or_else(|| self.tab_step(list, step, branch))
        };
        self.loops.extend(each.map(|each| Found { each, over: Over::Step(decision) }));
        decision
    }

    /// A step of its own for the choice between tabs, named by the sentence above them.
    fn tab_step(&mut self, list: BlockId, above: Option<StepId>, branch: Option<(StepId, usize)>) -> StepId {
        let span = self.document.blocks[list].span;
        let parent = self.document.blocks[list].parent;
        let above_it = list.checked_sub(1).filter(|block| self.document.blocks[*block].parent == parent);
        let said = above_it.and_then(|block| self.inline(block)).map(|(_, inline)| inline.one_line());
        let title = said.filter(|said| said.ends_with(':')).map(|said| first_sentence(&said));
        let title = title.or_else(|| above.map(|step| self.steps[step].title.trim_end_matches([' ', ':']).to_owned()));
        let line = self.source.line(span.start);
        let step = self.new_step(title.unwrap_or_default(), line, span, above.or(branch.map(|(decision, _)| decision)));
        self.steps[step].branch = branch.filter(|_| above.is_none());
        step
    }

    /// "If it does not answer:" above tabs: somebody is asked, and there is no other doubt.
    fn condition_of_tabs(&mut self, list: BlockId) -> Option<Condition> {
        let condition = self.flow.condition.take();
        if condition.is_some() {
            self.flow.doubt = None;
        }
        self.doubt_tabs(list);
        // "If anything goes wrong:" on a way back is why somebody is there.
        let known = |c: &Condition| VOCABULARY.list(List::Trouble).anywhere(&Words::new(&c.label));
        condition.filter(|c| self.role() != Role::Rollback || !known(c))
    }

    /// What the sentence above says of the next fence, it says of all that stands in the tabs.
    pub fn doubt_tabs(&mut self, list: BlockId) {
        let lead = self.flow.lead.read();
        let other = self.flow.label == Label::Expected || matches!(lead, Lead::Output | Lead::File | Lead::Edited);
        let doubt = self.flow.doubt.take().or_else(|| self.flow.examples.clone());
        let doubt =
            doubt.or_else(|| other.then(|| "in tabs below words about an output or a file: needs review".into()));
        self.drop_until(self.document.blocks[list].span.end, doubt);
    }

    /// Why what stands before this byte is not always to be run.
    pub fn drop_until(&mut self, end: usize, why: Option<String>) {
        let wider = self.flow.dropped.as_ref().is_some_and(|(until, _)| *until >= end);
        if let Some(why) = why.filter(|_| !wider) {
            self.flow.dropped = Some((end, why));
        }
    }

    /// Why a step is not always to be run, because of what stands around it.
    pub fn dropped(&self, step: StepId) -> Option<String> {
        // What holds for one of its bullets only is asked where that stands.
        let span = self.steps[step].span;
        let all = self.flow.dropped.as_ref().is_none_or(|(until, _)| *until >= span.end);
        self.dropped_at(span.start).filter(|_| all)
    }

    /// Likewise, of what stands at a byte.
    pub fn dropped_at(&self, at: usize) -> Option<String> {
        let dropped = self.flow.dropped.as_ref().filter(|(until, _)| at < *until);
        dropped.map(|(_, why)| why.clone())
    }

    /// A heading inside an item: what its words say of a section, nobody can be led to there.
    pub fn inner_heading(&mut self, block: BlockId, step: Option<StepId>) {
        let Some((_, inline)) = self.inline(block) else { return };
        let said = inline.one_line();
        let Ok(section) = self.outline.heads.binary_search_by_key(&block, |head| head.block) else { return };
        let role = self.outline.sections[section].role;
        let apart = matches!(role, Role::Context | Role::Rollback | Role::Failback | Role::Alternative);
        if apart
            && role != self.role()
            && let Some(item) = self.document.blocks[block].parent
        {
            self.drop_until(self.document.blocks[item].span.end, Some(doubts::not_always(&said)));
        }
        match step {
            Some(step) => self.guide(step, said),
            None => self.tell_ahead(said),
        }
    }

    /// Whether a tab holds nothing but lists: their items are the steps of its way.
    pub fn holds_lists(&self, tab: BlockId) -> bool {
        let tabs = self.document.blocks[tab].parent.is_some_and(|list| self.is_tabs(list));
        let list = |id: BlockId| match &self.document.blocks[id].kind {
            BlockKind::List { .. } => !self.is_tabs(id),
            BlockKind::Admonition { .. } | BlockKind::Rule | BlockKind::Html { .. } => true,
            _ => false,
        };
        tabs && self.document.children(Some(tab)).skip(1).all(list)
    }

    /// The step that a sentence behind tabs belongs to, when it holds commands: they run behind what the tabs say.
    pub fn behind_tabs(&mut self, block: BlockId, step: StepId, (text, inline): (&Text, &Inline)) -> StepId {
        let behind = self.flow.tabs_in.is_some() && self.flow.tabs_in == self.document.blocks[block].parent;
        if !behind || inline.codes.is_empty() {
            return step;
        }
        let span = text.span(0, text.raw.len());
        self.new_step(first_sentence(&inline.one_line()), self.source.line(span.start), span, Some(step))
    }

    /// `!!! danger "Title"` inside an item: to be read with its step.
    pub fn inner_admonition(&mut self, block: BlockId, step: Option<StepId>) {
        let said = self.admonition(block);
        for id in block..self.document.blocks[block].end {
            self.show(id, "in a note");
            if let (Some(step), Some((_, inline))) = (step, self.inline(id)) {
                self.note_gate(step, inline);
                self.note_pivot(step, &Words::new(&inline.plain));
            }
        }
        match step {
            Some(step) => self.guide(step, said),
            None => self.tell_ahead(said),
        }
    }

    /// `:::warning Title` … `:::`, a note of sites of documentation whose notes are no Markdown: where the blocks at the top go on
    /// behind it, when one begins at the first of these.
    pub fn colon_note(&mut self, tops: Range<usize>) -> Option<usize> {
        let first = self.outline.tops[tops.start];
        let (text, _) = self.inline(first).filter(|(text, _)| text.raw.starts_with(COLONS))?;
        let opening = lines(&text.raw).next()?.trim_start_matches(':').to_owned();
        // `:::tip`, `::: danger Title`, `:::note[Title]`; `:::details` and `:::steps` hold what a page says elsewhere.
        VOCABULARY.list(List::Note).at(&Words::first(&opening, 6), 0)?;
        let (kind, title) = opening
            .trim()
            .split_at_checked(opening.trim().find(|c: char| !c.is_alphabetic()).unwrap_or(opening.trim().len()))?;
        let closes = |(ahead, top): (usize, &BlockId)| {
            let said = self.document.blocks[*top].span.of(&self.source.text).trim_end();
            let last = said.rsplit('\n').next().map_or("", str::trim);
            // What opens it does not close it.
            last.len() >= COLONS.len() && last.bytes().all(|b| b == b':') && (ahead > 0 || last.len() < said.len())
        };
        let near = tops.start..tops.end.min(tops.start + NEAR);
        let last = tops.start + self.outline.tops[near].iter().enumerate().position(closes)?;
        let title = title.trim_matches(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | '"'));
        let mut said = vec![title.to_owned()];
        for top in tops.start..=last {
            let block = self.outline.tops[top];
            let paragraph = self.inline(block).map(|(text, _)| {
                let rest = lines(&text.raw).filter(|line| !line.trim_start().starts_with(COLONS));
                super::sentences::markless(&rest.collect::<Vec<_>>().join("\n"))
            });
            let text = paragraph.unwrap_or_else(|| self.text_and_code(block));
            // A list goes on with the line below it.
            said.push(text.trim_end().trim_end_matches(COLONS).trim_end().to_owned());
        }
        said.retain(|text| !text.is_empty());
        let name = named(kind, self.head.language);
        let said = match self.head.language {
            Language::En => format!("{name}: {}", said.join("\n")),
            Language::Fr => format!("{name} : {}", said.join("\n")),
        };
        let end = self.document.blocks[self.outline.tops[last]].end;
        let doubt = self.quoted_doubt(first..end, &said);
        self.noted(said, first..end);
        self.flow.doubt = doubt.or(self.flow.doubt.take());
        Some(last + 1)
    }

    /// Everything a block says, its code too.
    pub fn text_and_code(&self, block: BlockId) -> String {
        let mut said: Vec<String> = Vec::new();
        for id in block..self.document.blocks[block].end.min(block + NEAR) {
            match (&self.document.blocks[id].kind, self.inline(id)) {
                (_, Some((_, inline))) => said.push(inline.one_line()),
                (BlockKind::Fence { content, .. }, _) => {
                    said.push(Document::text_of(&self.source.text, &content[..content.len().min(LINES)]));
                }
                (BlockKind::Table { .. }, _) => said.push(self.table_text(id)),
                _ => {}
            }
        }
        said.join("\n")
    }

    /// All that an admonition says, with its code: "Warning: In case of problems".
    pub fn admonition(&self, block: BlockId) -> String {
        let BlockKind::Admonition { kind } = &self.document.blocks[block].kind else {
            return self.text_and_code(block);
        };
        let name = named(kind.of(&self.source.text), self.head.language);
        let said = self.text_and_code(block);
        let again = said.lines().next().is_some_and(|first| Words::new(first).as_str() == Words::new(&name).as_str());
        match (name.is_empty() || again, self.head.language) {
            (true, _) => said,
            (false, Language::En) => format!("{name}: {said}"),
            (false, Language::Fr) => format!("{name} : {said}"),
        }
    }
}

/// What people call a kind of note.
pub(super) fn named(kind: &str, language: Language) -> String {
    let lower = kind.to_lowercase();
    let known = match (lower.as_str(), language) {
        ("tip" | "hint", Language::Fr) => "Astuce",
        ("warning", Language::Fr) => "Attention",
        ("caution", Language::Fr) => "Prudence",
        ("failure", Language::Fr) => "Échec",
        ("example", Language::Fr) => "Exemple",
        _ => {
            let mut letters = lower.chars();
            let first = letters.next().map(|c| c.to_uppercase().collect::<String>());
            return first.unwrap_or_default() + letters.as_str();
        }
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_sets() {
        let sets = |text: &str| marked(text).iter().map(|set| set.of(text).to_owned()).collect::<Vec<_>>();
        assert_eq!(sets("a <Tabs>\n<TabItem>x\n<TabItem>y\n</Tabs> b"), ["<Tabs>\n<TabItem>x\n<TabItem>y\n"]);
        assert!(sets("<Tabs><TabItem>x</Tabs>").is_empty(), "only one");
        // Never closed, and named in a sentence before a set: none of it is let through.
        assert_eq!(sets("<Tabs> are used. <Tabs><TabItem><TabItem></Tabs> c")[0].len(), 50);
        // One kind within another: what stands behind the inner one is still in the outer one.
        let mixed = "<Tabs><TabItem>{% tabs %}{% tab a %}{% tab b %}{% endtabs %} z <TabItem></Tabs>";
        assert_eq!(sets(mixed), [mixed.trim_end_matches("</Tabs>")]);
        assert!(
            is_marks("{% endtab %}\n{% tab title=\"Debian\" %}") && !is_marks("{{ host }}") && !is_marks("{% a %} b")
        );
    }
}
