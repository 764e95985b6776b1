//! Lays out a runbook's steps as nodes and ties them together.
//!
//! The main line is the document's order. Steps that hang on a decision are cut out of it: each of its ways is a **body** of
//! its own, whose last step goes on where the decision would have gone on. Rollback sections and compensations lie on
//! paths of their own, never on the main line.

use super::call::call;
use super::flow;
use super::model::{Choice, CommandWork, Edge, EdgeKind, Info, InputWork, Node, NodeIndex, Path, Plan, PlanStep, Work};
use crate::diagnostic::Diagnostic;
use crate::runbook::model::{
    Command, Effect, ExpectTest, Interpreter, Reading, Role, Runbook, SectionId, Step, StepId, StepKind, Target,
};
use crate::runbook::tables::Table;
use crate::source::Span;

/// Plans a runbook.
///
/// # Errors
/// Every reason why it cannot run: a jump to nowhere, an endless loop, an expression that does not parse. Errors found while
/// reading ([`Runbook::diagnostics`]) are the caller's to report.
pub fn build(runbook: &Runbook) -> Result<Plan, Vec<Diagnostic>> {
    let mut plan = undigested(runbook)?;
    plan.digest = super::digest::of(&plan);
    Ok(plan)
}

/// The same plan without its digest, for who only looks at how it hangs together.
///
/// # Errors
/// As for [`build`].
pub fn undigested(runbook: &Runbook) -> Result<Plan, Vec<Diagnostic>> {
    planned(runbook, false)
}

/// The steps that no way leads to, without a plan that anybody could follow.
///
/// # Errors
/// As for [`build`].
pub fn unreached(runbook: &Runbook) -> Result<Vec<usize>, Vec<Diagnostic>> {
    planned(runbook, true).map(|plan| flow::unreachable(&plan))
}

fn planned(runbook: &Runbook, outline: bool) -> Result<Plan, Vec<Diagnostic>> {
    let mut builder = Builder::new(runbook, outline);
    builder.bodies();
    builder.lay_out();
    builder.tie();
    builder.close_loops();
    builder.nothing_to_draw();
    let info = Info {
        id: runbook.id.clone(),
        title: runbook.title.clone(),
        language: runbook.language,
        metadata: builder.kept(|| runbook.metadata.clone()),
    };
    let Builder { mut errors, steps, nodes, edges, main, rollback_line, first_node, .. } = builder;
    let entry = main.iter().find_map(|s| first_node[*s]);
    let rollback = rollback_line.iter().find_map(|s| first_node[*s]);
    let named = nodes.iter().enumerate().map(|(i, n)| (n.id.clone(), i));
    let by_id: Table<String, NodeIndex> = if outline { Table::default() } else { named.collect() };
    let plan = Plan { digest: String::new(), info, steps, nodes, edges, entry, rollback, by_id };
    errors.extend(flow::endless(&plan));
    errors.extend(super::expressions::check(&plan));
    if !errors.is_empty() {
        return Err(errors);
    }
    Ok(plan)
}

/// Where a step stands: on the main line, on a way of a decision, or on the rollback path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Body {
    Main,
    Way(StepId, usize),
    Rollback,
}

/// Whether a step is a part of the way back.
pub(super) fn leads_back(step: &Step) -> bool {
    step.role == Role::Rollback || step.kind == StepKind::Rollback
}

pub(super) struct Builder<'a> {
    pub(super) runbook: &'a Runbook,
    /// Only what is wrong with it is of interest: words for people and texts of commands are left out.
    outline: bool,
    errors: Vec<Diagnostic>,
    /// Each step's body.
    pub(super) body: Vec<Body>,
    /// Steps of each body, in document order.
    ways: Table<(StepId, usize), Vec<StepId>>,
    main: Vec<StepId>,
    rollback_line: Vec<StepId>,
    has_children: Vec<bool>,
    pub(super) steps: Vec<PlanStep>,
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
    pub(super) first_node: Vec<Option<NodeIndex>>,
    last_node: Vec<Option<NodeIndex>>,
    /// How many questions for another one stand behind a step.
    pub(super) questions: Table<StepId, usize>,
    /// The last node of a fence, and the question before the fence that it goes back to.
    pub(super) headed: Vec<(NodeIndex, NodeIndex)>,
    /// The first step that stands in a section or below it.
    section_steps: Vec<Option<StepId>>,
}

impl<'a> Builder<'a> {
    fn new(runbook: &'a Runbook, outline: bool) -> Self {
        let count = runbook.steps.len();
        let mut has_children = vec![false; count];
        for step in &runbook.steps {
            if let Some(parent) = step.parent {
                has_children[parent] = true;
            }
        }
        Self {
            runbook,
            outline,
            errors: Vec::new(),
            body: vec![Body::Main; count],
            ways: Table::default(),
            main: Vec::new(),
            rollback_line: Vec::new(),
            has_children,
            steps: Vec::with_capacity(count),
            nodes: Vec::with_capacity(count * 2),
            edges: Vec::new(),
            first_node: vec![None; count],
            last_node: vec![None; count],
            questions: Table::default(),
            headed: Vec::new(),
            section_steps: Vec::new(),
        }
    }

    /// Sorts the steps into bodies.
    fn bodies(&mut self) {
        let owner = self.alternative_sections();
        for (id, step) in self.runbook.steps.iter().enumerate() {
            let around = step.parent.map(|parent| self.body[parent]);
            let body = if let Some((decision, way)) = step.branch {
                Body::Way(decision, way)
            } else if leads_back(step) {
                around.filter(|around| matches!(around, Body::Way(..))).unwrap_or(Body::Rollback)
            } else if let Some((decision, way)) = step.section.and_then(|s| owner[s]).filter(|(d, _)| *d != id) {
                Body::Way(decision, way)
            } else {
                around.unwrap_or(Body::Main)
            };
            self.body[id] = body;
            match body {
                Body::Main => self.main.push(id),
                Body::Way(decision, way) => self.ways.entry((decision, way)).or_default().push(id),
                Body::Rollback => self.rollback_line.push(id),
            }
        }
        let mut section_steps = vec![None; self.runbook.sections.len()];
        for (id, step) in self.runbook.steps.iter().enumerate() {
            let mut section = step.section;
            while let Some(s) = section {
                if section_steps[s].is_some() {
                    break;
                }
                section_steps[s] = Some(id);
                section = self.runbook.sections[s].parent;
            }
        }
        self.section_steps = section_steps;
    }

    /// For each section, the decision and way whose alternative it is or lies in. Only sections that are alternatives by
    /// their role are cut out; a link to a section of the main line is a jump.
    fn alternative_sections(&self) -> Vec<Option<(StepId, usize)>> {
        let mut owner: Vec<Option<(StepId, usize)>> = vec![None; self.runbook.sections.len()];
        for (id, step) in self.runbook.steps.iter().enumerate() {
            for (way, branch) in step.branches.iter().enumerate() {
                if let Target::Section(section) = branch.target
                    && self.runbook.sections[section].role == Role::Alternative
                    && owner[section].is_none()
                {
                    owner[section] = Some((id, way));
                }
            }
        }
        for section in 0..owner.len() {
            if owner[section].is_none()
                && let Some(parent) = self.runbook.sections[section].parent
            {
                owner[section] = owner[parent];
            }
        }
        owner
    }

    /// Which nodes of a step that is the point of no return pass it: each that may change something; the last when none does.
    fn pivots(&mut self, indices: &[NodeIndex]) {
        let command = |i: &NodeIndex| matches!(self.nodes[*i].work, Work::Command(_));
        let changes = |i: &NodeIndex| matches!(&self.nodes[*i].work, Work::Command(w) if w.effect != Effect::Read);
        let mut pivots: Vec<NodeIndex> = indices.iter().copied().filter(changes).collect();
        if pivots.is_empty() {
            pivots.extend(indices.iter().rev().find(|i| command(i)).or(indices.last()));
        }
        for index in pivots {
            self.nodes[index].pivot = true;
        }
    }

    fn lay_out(&mut self) {
        let numbers = if self.outline { Vec::new() } else { super::number::steps(self.runbook) };
        for (id, step) in self.runbook.steps.iter().enumerate() {
            let path = if leads_back(step) { Path::Rollback } else { Path::Forward };
            let commands = self.runnable(step);
            let mut out = StepNodes {
                step,
                index: id,
                path,
                nodes: Vec::new(),
                parent: self.has_children[id],
                commands,
                outline: self.outline,
            };
            out.work();
            let mut indices = Vec::new();
            for node in out.nodes {
                indices.push(self.nodes.len());
                self.nodes.push(node);
            }
            let indices = self.fence_rounds(id, indices);
            for pair in indices.windows(2) {
                self.nodes[pair[0]].next = Some(pair[1]);
            }
            if step.pivot {
                self.pivots(&indices);
            }
            self.first_node[id] = indices.first().copied();
            self.last_node[id] = indices.last().copied();
            let mut undo = self.undo(step, id);
            if undo.is_empty() && step.undo_text.is_none() && path == Path::Forward {
                undo = self.undo_calls(&indices);
            }
            self.steps.push(self.plan_step(step, numbers.get(id).cloned().unwrap_or_default(), indices, undo));
        }
    }

    /// The commands that become work. A command line in a sentence beside a fence that runs only speaks about it, unless it would run
    /// but for a doubt.
    fn runnable(&self, step: &'a Step) -> Vec<&'a Command> {
        let fences = &self.runbook.fences;
        let in_fence = |c: &Command| {
            let holder = fences.partition_point(|f| f.span.start <= c.span.start).checked_sub(1);
            holder.is_some_and(|i| fences[i].span.contains(c.span))
        };
        let fenced = step.commands.iter().any(|c| runs(c) && in_fence(c));
        let spoken = |c: &Command| c.reading == Reading::Ambiguous && !c.doubted && !in_fence(c);
        step.commands.iter().filter(|c| runs(c) && !(fenced && spoken(c))).collect()
    }

    fn undo(&mut self, step: &Step, id: StepId) -> Vec<NodeIndex> {
        let mut undo = Vec::new();
        for (i, command) in step.undo.iter().enumerate() {
            if !runs(command) {
                continue;
            }
            let suffix = if i == 0 { String::new() } else { format!("-{}", i + 1) };
            let node_id = command.id.clone().unwrap_or_else(|| format!("{}/undo{suffix}", step.id));
            let mut node = node(step, id, node_id, Work::Command(command_work(command, &[], self.outline)));
            node.path = Path::Undo;
            node.line = command.line;
            // What its step depends on held when that was done.
            node.when.clone_from(&command.options.when);
            undo.push(self.nodes.len());
            self.nodes.push(node);
        }
        undo
    }

    /// The minute of the section that holds a step, or of the nearest above it that names one.
    fn section_offset(&self, section: Option<SectionId>) -> Option<i64> {
        let section = &self.runbook.sections[section?];
        section.offset.or_else(|| self.section_offset(section.parent))
    }

    fn plan_step(&self, step: &Step, number: String, nodes: Vec<NodeIndex>, undo: Vec<NodeIndex>) -> PlanStep {
        PlanStep {
            id: step.id.clone(),
            number,
            title: self.kept(|| step.title.clone()),
            kind: step.kind,
            line: step.line,
            section: self.kept(|| step.section.map(|s| self.runbook.sections[s].title.clone()).unwrap_or_default()),
            role: step.role,
            owner: self.kept(|| step.owner.clone()),
            timebox: step.timebox,
            offset: step.offset.or_else(|| self.section_offset(step.section)),
            effect: step.effect,
            nodes,
            undo,
            undo_text: self.kept(|| step.undo_text.clone()),
            pivot: step.pivot,
            expects: self.kept(|| step.expects.iter().map(|e| e.text.clone()).collect()),
            branches: step.branches.iter().map(|b| (b.clone(), None)).collect(),
            guidance: self.kept(|| step.guidance.clone()),
        }
    }

    /// Words for people, unless only what is wrong is of interest.
    fn kept<T: Default>(&self, words: impl FnOnce() -> T) -> T {
        if self.outline { T::default() } else { words() }
    }

    /// Ties the bodies together.
    fn tie(&mut self) {
        let main = std::mem::take(&mut self.main);
        self.tie_body(&main, None);
        let rollback = std::mem::take(&mut self.rollback_line);
        self.tie_body(&rollback, None);
        // A decision stands before its ways in the document or after them; either way its own body is tied before its
        // ways are, because ways are visited from the outside in.
        let mut open: Vec<StepId> = main.iter().chain(&rollback).copied().filter(|s| self.is_decision(*s)).collect();
        let mut seen = vec![false; self.runbook.steps.len()];
        while let Some(decision) = open.pop() {
            if std::mem::replace(&mut seen[decision], true) {
                continue;
            }
            let join = self.last_node[decision].and_then(|n| self.nodes[n].next);
            for way in 0..self.runbook.steps[decision].branches.len() {
                if let Some(steps) = self.ways.remove(&(decision, way)) {
                    self.tie_body(&steps, join);
                    open.extend(steps.iter().copied().filter(|s| self.is_decision(*s)));
                    self.ways.insert((decision, way), steps);
                }
            }
            self.choices(decision, join);
        }
        self.main = main;
        self.rollback_line = rollback;
        for id in 0..self.runbook.steps.len() {
            self.jump(id);
            if !self.steps[id].undo.is_empty() {
                let step = self.steps[id].id.clone();
                self.edges.push(Edge { from: step.clone(), to: step, kind: EdgeKind::Rollback });
            }
        }
    }

    fn is_decision(&self, step: StepId) -> bool {
        !self.runbook.steps[step].branches.is_empty()
    }

    fn tie_body(&mut self, steps: &[StepId], after: Option<NodeIndex>) {
        let mut next = after;
        let mut next_step: Option<StepId> = after.map(|n| self.nodes[n].step);
        let mut rounds = self.rounds(steps);
        for (at, id) in steps.iter().enumerate().rev() {
            next = self.end_rounds(&mut rounds, at, steps, next);
            let (Some(first), Some(last)) = (self.first_node[*id], self.last_node[*id]) else {
                next = self.begin_rounds(&mut rounds, at, next);
                self.headed_by(*id, next);
                continue;
            };
            self.nodes[last].next = next;
            let chooses = matches!(self.nodes[last].work, Work::Decision { .. } | Work::Jump { .. });
            if let Some(to) = next_step
                && (!chooses || self.nodes[last].again.is_some())
            {
                self.edges.push(Edge {
                    from: self.steps[*id].id.clone(),
                    to: self.steps[to].id.clone(),
                    kind: EdgeKind::Next,
                });
            }
            next = Some(first);
            next_step = Some(*id);
            next = self.begin_rounds(&mut rounds, at, next);
            self.headed_by(*id, next);
        }
    }

    /// Points a decision's options at their first nodes.
    fn choices(&mut self, decision: StepId, join: Option<NodeIndex>) {
        let step = &self.runbook.steps[decision];
        let Some(node) = self.last_node[decision] else { return };
        let mut choices = Vec::new();
        for (way, branch) in step.branches.iter().enumerate() {
            let (to, rollback) = match &branch.target {
                Target::Children => (self.way_start(decision, way).or(join), false),
                Target::Section(section) => match self.way_start(decision, way) {
                    Some(start) => (Some(start), false),
                    None => self.section_start(*section, branch.span),
                },
                Target::Step(step) => (self.step_start(*step), false),
                Target::Continue => (join, false),
                Target::File(file) => (Some(self.way_into(decision, way, file, join)), false),
                Target::Stop => (None, false),
                Target::Missing(anchor) => {
                    self.missing(anchor, branch.span);
                    (None, false)
                }
            };
            let stop = branch.target == Target::Stop;
            choices.push(Choice { label: branch.label.clone(), to, stop, rollback, when: branch.when.clone() });
            if let Some(to) = to {
                let target = self.nodes[to].step;
                let from = self.steps[decision].id.clone();
                self.edges.push(Edge { from, to: self.steps[target].id.clone(), kind: EdgeKind::Branch });
                self.steps[decision].branches[way].1 = Some(self.steps[target].id.clone());
            }
        }
        if let Work::Decision { options } = &mut self.nodes[node].work {
            *options = choices;
        }
    }

    fn way_start(&self, decision: StepId, way: usize) -> Option<NodeIndex> {
        self.ways.get(&(decision, way))?.iter().find_map(|s| self.first_node[*s])
    }

    /// Where a link to a section leads: its first step; the way back, when it is the rollback section.
    fn section_start(&mut self, section: SectionId, span: Span) -> (Option<NodeIndex>, bool) {
        if self.runbook.sections[section].role == Role::Rollback {
            return (None, true);
        }
        let first = self.section_steps[section];
        let found = first.and_then(|s| self.first_node[s..].iter().find_map(|n| *n));
        if found.is_none() {
            let title = &self.runbook.sections[section].title;
            self.errors.push(
                Diagnostic::error("jump-to-nowhere", format!("`{title}` has no step to jump to"))
                    .at(span, "leads there")
                    .help("put a step under that heading, or point the link at another one"),
            );
        }
        (found, false)
    }

    fn step_start(&self, step: StepId) -> Option<NodeIndex> {
        self.first_node[step..].iter().find_map(|node| *node)
    }

    fn jump(&mut self, id: StepId) {
        let step = &self.runbook.steps[id];
        let Some(target) = &step.jump else { return };
        let Some(node) = self.last_node[id] else { return };
        let to = match target {
            Target::Section(section) => {
                let (to, rollback) = self.section_start(*section, step.span);
                if rollback {
                    self.errors.push(
                        Diagnostic::error("jump-to-rollback", "a step cannot jump into the rollback section")
                            .at(step.span, "leads to the way back")
                            .help("make it an option of a decision: rollback is entered on purpose, never on the way"),
                    );
                }
                to
            }
            Target::Missing(anchor) => {
                self.missing(anchor, step.span);
                None
            }
            Target::Step(step) => self.step_start(*step),
            Target::Stop => None,
            Target::Continue | Target::Children | Target::File(_) => return,
        };
        self.nodes[node].work = Work::Jump { to };
        let own = self.steps[id].id.clone();
        if let Some(to) = to {
            let to = self.steps[self.nodes[to].step].id.clone();
            self.edges.push(Edge { from: own, to, kind: EdgeKind::Jump });
        }
    }

    /// `choose=random` where there is nothing to choose from.
    fn nothing_to_draw(&mut self) {
        for step in self.runbook.steps.iter().filter(|step| step.draw.is_some() && step.branches.len() < 2) {
            self.errors.push(
                Diagnostic::error("misplaced-attribute", "`choose=random` needs several ways to choose from")
                    .at(step.span, "would do nothing here")
                    .help("write it on the heading above the ways to choose from"),
            );
        }
    }

    fn missing(&mut self, anchor: &str, span: Span) {
        let near = self
            .runbook
            .sections
            .iter()
            .map(|s| (strsim::jaro_winkler(&s.anchor, anchor.trim_start_matches('#')), &s.anchor))
            .filter(|(score, _)| *score > 0.75)
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let help = match near {
            Some((_, name)) => format!("did you mean `#{name}`?"),
            None => "link to a heading of this file".to_owned(),
        };
        self.errors.push(
            Diagnostic::error("jump-to-nowhere", format!("no heading is called `{anchor}`"))
                .at(span, "leads nowhere")
                .help(help),
        );
    }
}

/// Whether a command becomes work of the engine.
fn runs(command: &Command) -> bool {
    matches!(command.reading, Reading::Run | Reading::Attended | Reading::Ambiguous)
}

pub(super) fn node(step: &Step, index: StepId, id: String, work: Work) -> Node {
    Node {
        id,
        step: index,
        title: step.title.clone(),
        line: step.line,
        span: step.span,
        work,
        next: None,
        path: Path::Forward,
        when: step.when.clone(),
        optional: step.optional,
        pivot: false,
        draw: step.draw.clone(),
        again: None,
    }
}

fn command_work(command: &Command, expects: &[ExpectTest], outline: bool) -> CommandWork {
    let mut tests: Vec<ExpectTest> = expects.to_vec();
    tests.extend(command.options.expects.iter().map(|e| match e.strip_prefix('/').and_then(|e| e.strip_suffix('/')) {
        Some(regex) => ExpectTest::Matches(regex.to_owned()),
        None => ExpectTest::Holds(e.clone()),
    }));
    let kept = |words: &String| if outline { String::new() } else { words.clone() };
    let all = |names: &Vec<String>| if outline { Vec::new() } else { names.clone() };
    let places = command.placeholders.iter().filter(|p| !outline && !p.mustache);
    CommandWork {
        text: kept(&command.text),
        placeholders: places.map(|p| (p.name.clone(), p.span)).collect(),
        reading: command.reading,
        why: kept(&command.why),
        effect: command.effect,
        effect_why: kept(&command.effect_why),
        interpreter: command.interpreter.clone(),
        options: command.options.clone(),
        expects: tests,
        reads: all(&command.reads),
        sets: all(&command.sets),
        programs: all(&command.programs),
        functions: all(&command.functions),
        sample: command.sample.clone().filter(|_| !outline),
        verify: command.verify.as_ref().map(|verify| Box::new(command_work(verify, &[], outline))),
    }
}

/// Lays out one step.
struct StepNodes<'a> {
    step: &'a Step,
    index: StepId,
    path: Path,
    nodes: Vec<Node>,
    parent: bool,
    commands: Vec<&'a Command>,
    outline: bool,
}

impl StepNodes<'_> {
    fn add(&mut self, suffix: &str, work: Work) {
        let id = if self.nodes.is_empty() { self.step.id.clone() } else { format!("{}/{suffix}", self.step.id) };
        let mut node = node(self.step, self.index, id, work);
        node.path = self.path;
        self.nodes.push(node);
    }

    fn work(&mut self) {
        let step = self.step;
        let reads_only = self.commands.iter().all(|c| c.effect == crate::runbook::model::Effect::Read);
        let gate = step.gate.as_ref().map(|g| Work::Gate { question: g.question.clone(), approvers: g.approvers });
        // A gate stands before what it guards; reads beside it are the evidence for the answer.
        let gate_last = reads_only && gate.is_some();
        if let Some(gate) = gate.clone().filter(|_| !gate_last) {
            self.add("gate", gate);
        }
        self.commands();
        for (i, blank) in step.blanks.iter().enumerate() {
            let work = InputWork {
                name: blank.name.clone(),
                label: blank.label.clone(),
                kind: blank.kind,
                objective: blank.objective.clone(),
                options: blank.options.clone(),
            };
            self.add(&format!("blank-{}", i + 1), Work::Input(work));
            if let Some(node) = self.nodes.last_mut() {
                node.line = blank.line;
            }
        }
        self.check();
        if let Some(gate) = gate.filter(|_| gate_last) {
            self.add("gate", gate);
        }
        if !step.branches.is_empty() {
            self.add("decision", Work::Decision { options: Vec::new() });
        }
        // On a way back the kind says that it is one.
        let calls = step.kind == StepKind::Call || step.kind == StepKind::Rollback && self.nodes.is_empty();
        if let Some(Target::File(file)) = step.jump.as_ref().filter(|_| calls) {
            self.add("call", call(file));
        }
        if matches!(step.jump, Some(Target::Section(_) | Target::Step(_) | Target::Missing(_) | Target::Stop)) {
            self.add("jump", Work::Jump { to: None });
        }
        if self.nodes.is_empty() && !self.parent {
            self.add("manual", Work::Manual);
        }
    }

    fn commands(&mut self) {
        let step = self.step;
        let commands = self.commands.clone();
        // What is expected is expected of the command above it; of the last one when it stands before them all.
        let of = |span: Span| {
            let above = commands.iter().rposition(|command| command.span.start < span.start);
            above.unwrap_or(commands.len().saturating_sub(1))
        };
        for (i, command) in commands.iter().enumerate() {
            let own = step.expects.iter().filter(|e| of(e.span) == i);
            let expects: Vec<ExpectTest> = own.filter_map(|e| e.test.clone()).collect();
            self.add(&(i + 1).to_string(), Work::Command(command_work(command, &expects, self.outline)));
            if let Some(node) = self.nodes.last_mut() {
                node.line = command.line;
                node.span = command.span;
                // The fence's own id names its node, so that answers can name it.
                if let Some(id) = &command.id {
                    node.id.clone_from(id);
                }
                node.when = both(node.when.take(), command.options.when.clone());
            }
        }
    }

    /// Prose that only a person can judge.
    fn check(&mut self) {
        let step = self.step;
        let has_command = !self.commands.is_empty();
        let prose: Vec<&str> = step
            .expects
            .iter()
            .filter(|e| e.test.is_none() || !has_command)
            .map(|e| e.text.as_str())
            .filter(|t| !t.is_empty())
            .collect();
        // Steps below a heading that checks are what is checked.
        let judged = step.kind == StepKind::Check && !(self.parent && prose.is_empty());
        if judged || (!prose.is_empty() && (has_command || !self.parent)) {
            let statement = if prose.is_empty() { step.title.clone() } else { prose.join("; ") };
            self.add("check", Work::Check { statement });
        }
    }
}

fn both(a: Option<String>, b: Option<String>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Some(format!("({a}) and ({b})")),
        (Some(a), _) | (None, Some(a)) => Some(a),
        (None, None) => None,
    }
}

/// Whether a command needs something this program has to connect to and cannot yet.
#[must_use]
pub fn needs_connection(work: &CommandWork) -> bool {
    work.interpreter == Interpreter::Sql || work.options.on.is_some()
}
