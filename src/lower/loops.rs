//! Loops of all forms, and the jumps that leave them or go on with the next round. The same for all languages.

#![allow(clippy::type_complexity, reason = "three closures of one loop, named nowhere else")]

use super::builder::{Jump, Merge};
use super::{Language, Lowering};
use crate::ir::{BlockId, End};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// The parts of a loop that differ between the forms of loops.
pub struct LoopForm<'f, L> {
    /// Its label.
    pub label: Option<String>,
    /// The test comes after the first round.
    pub after: bool,
    /// Goes to the first block for another round, to the second to leave.
    pub test: Box<dyn FnOnce(&mut Lowering<'_, L>, BlockId, BlockId) + 'f>,
    /// One round.
    pub body: Box<dyn FnOnce(&mut Lowering<'_, L>) + 'f>,
    /// What runs between rounds.
    pub step: Box<dyn FnOnce(&mut Lowering<'_, L>) + 'f>,
}

impl<L: Language> Lowering<'_, L> {
    pub(super) fn looping(&mut self, node: &Node, merge: Option<&mut Merge>) {
        self.body.open_scope();
        self.statements(node.parts(Part::Init).collect::<Vec<_>>());
        let form = LoopForm {
            label: node
                .part(Part::Label)
                .or_else(|| name_of_statement(node))
                .map(|label| label.text().to_owned()),
            after: node.part(Part::After).is_some(),
            test: Box::new(|lowering, again, exit| match node.part(Part::Test) {
                Some(test) => lowering.condition(&test, again, exit),
                None => lowering.body.goto(again),
            }),
            body: Box::new(|lowering| node.parts(Part::Body).for_each(|body| lowering.statement(&body))),
            step: Box::new(|lowering| node.parts(Part::Step).for_each(|step| lowering.statement(&step))),
        };
        self.run_loop(form, merge);
        L::leave_scope(self);
        self.body.close_scope();
    }

    /// Lowers a loop of any form; values of `break` go to `merge`.
    pub fn run_loop(&mut self, form: LoopForm<'_, L>, merge: Option<&mut Merge>) {
        let (round, test, step, exit) = (
            self.body.block(),
            self.body.block(),
            self.body.block(),
            self.body.block(),
        );
        self.body.goto(if form.after { round } else { test });
        let next = Some(if form.after { test } else { step });
        self.body.jumps.push(Jump {
            label: form.label,
            exit,
            next,
            plain: true,
            values: Merge::default(),
            objects: self.body.objects().count(),
        });
        self.body.switch_to(test);
        // The test is lowered before the body although it may run after it: it can only see names declared before the loop.
        (form.test)(self, round, exit);
        self.body.switch_to(round);
        self.body.open_scope();
        (form.body)(self);
        self.body.close_scope();
        self.body.goto_and_switch(step);
        (form.step)(self);
        self.body.goto(test);
        // Nothing falls through to the exit; only the edges of tests and breaks lead there.
        self.body.switch_to(exit);
        let values = self.body.jumps.pop().map(|jump| jump.values).unwrap_or_default();
        if let Some(merge) = merge {
            merge.arms.extend(values.arms);
        }
    }

    /// The jump that a `break` or `continue` means.
    fn target(&self, label: Option<&str>, rounds: bool) -> Option<usize> {
        let fits = |jump: &Jump| match label {
            Some(label) => jump.label.as_deref() == Some(label),
            None => jump.plain && (!rounds || jump.next.is_some()),
        };
        self.body.jumps.iter().rposition(fits)
    }

    pub(super) fn leave(&mut self, node: &Node) {
        let value = node.part(Part::Value).map(|value| self.value(&value));
        let label = node.part(Part::Label);
        let Some(index) = self.target(label.as_ref().map(Node::text), false) else {
            return self.body.end(End::Stop);
        };
        if let Some(value) = value
            && !self.body.ended()
        {
            let current = self.body.current();
            self.body.jumps[index].values.arms.push((current, value));
        }
        let (exit, objects) = (self.body.jumps[index].exit, self.body.jumps[index].objects);
        L::end_objects(self, objects, node.span());
        self.body.goto(exit);
    }

    pub(super) fn next_round(&mut self, node: &Node) {
        let label = node.part(Part::Label);
        let target = self.target(label.as_ref().map(Node::text), true);
        let jump = target.map(|index| &self.body.jumps[index]);
        match jump.and_then(|jump| Some((jump.next?, jump.objects))) {
            Some((next, objects)) => {
                L::end_objects(self, objects, node.span());
                self.body.goto(next);
            }
            None => self.body.end(End::Stop),
        }
    }

    /// Leaves the statement of a name, or goes on with its next round.
    pub(super) fn jump_by_name(&mut self, name: &str, rounds: bool) {
        let jump = self.target(Some(name), rounds).map(|index| &self.body.jumps[index]);
        match jump.and_then(|jump| if rounds { jump.next } else { Some(jump.exit) }) {
            Some(block) => self.body.goto(block),
            None => self.body.end(End::Stop),
        }
    }
}

/// The label that a statement stands under.
pub(super) fn name_of_statement(node: &Node) -> Option<Node> {
    let label = node.parent().filter(|parent| parent.role() == Some(Role::Label))?;
    label.part(Part::Name)
}
