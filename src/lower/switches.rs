//! `switch` with its labels and fallthrough, `match` with its arms.

use std::collections::BTreeMap;

use super::builder::{Jump, Merge};
use super::{Language, Lowering};
use crate::ir::{End, Expr, Type};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl<L: Language> Lowering<'_, L> {
    pub(super) fn switch(&mut self, node: &Node, merge: Option<&mut Merge>) {
        self.body.open_scope();
        self.statements(node.parts(Part::Init).collect::<Vec<_>>());
        let subject = match node.part(Part::Subject) {
            Some(subject) => L::subject(self, &subject),
            None => Expr::Unknown(Type::Unknown, node.span()),
        };
        let arms = arms_of(node);
        match arms.iter().any(|arm| arm.part(Part::Body).is_some()) {
            true => self.match_arms(&subject, &arms, merge),
            false => self.case_labels(node, &subject, &arms),
        }
        L::leave_scope(self);
        self.body.close_scope();
    }

    /// Arms that hold their bodies: the first that fits runs, and nothing falls through.
    pub(super) fn match_arms(&mut self, subject: &Expr, arms: &[Node], mut merge: Option<&mut Merge>) {
        let exit = self.body.block();
        for arm in arms {
            let (fits, next) = (self.body.block(), self.body.block());
            self.body.open_scope();
            match arm.part(Part::Pattern) {
                Some(pattern) => L::pattern(self, subject, &pattern, fits, next),
                None => self.body.goto(fits),
            }
            self.body.switch_to(fits);
            if let Some(guard) = arm.part(Part::Guard) {
                let passed = self.body.block();
                self.condition(&guard, passed, next);
                self.body.switch_to(passed);
            }
            if let Some(body) = arm.part(Part::Body) {
                self.scoped(&body, merge.as_deref_mut());
            }
            self.body.goto(exit);
            self.body.close_scope();
            self.body.switch_to(next);
        }
        // The compiler has checked that some arm fits.
        self.body.end(End::Stop);
        self.body.switch_to(exit);
    }

    /// Arms that are labels in a common body, with fallthrough.
    pub(super) fn case_labels(&mut self, node: &Node, subject: &Expr, arms: &[Node]) {
        let exit = self.body.block();
        let mut default = exit;
        let mut targets = BTreeMap::new();
        for arm in arms {
            let block = self.body.block();
            targets.insert(arm.range().start, (arm.clone(), block));
            if arm.part(Part::Default).is_some() {
                default = block;
            }
            for pattern in arm.parts(Part::Pattern) {
                let next = self.body.block();
                L::pattern(self, subject, &pattern, block, next);
                self.body.switch_to(next);
            }
        }
        // Where the body has labels that are not understood, they come before the last.
        let last = self.body.current();
        let inside = self.body.block();
        self.body.switch_to(inside);
        self.body.jumps.push(Jump {
            label: super::loops::name_of_statement(node).map(|label| label.text().to_owned()),
            exit,
            next: None,
            plain: true,
            values: Merge::default(),
            objects: self.body.objects().count(),
        });
        let outer = std::mem::replace(&mut self.body.arms, targets);
        let outer_hidden = self.body.hidden_arms.replace(Vec::new());
        node.parts(Part::Body).for_each(|body| self.statement(&body));
        self.body.arms = outer;
        let hidden = std::mem::replace(&mut self.body.hidden_arms, outer_hidden);
        self.finish_jump(exit, None);
        self.body.switch_to(last);
        self.body.may_go_to(hidden.into_iter().flatten(), node.span());
        self.body.goto(default);
        self.body.switch_to(exit);
    }

    /// A case label met in the body of its switch.
    pub(super) fn arm_label(&mut self, node: &Node) {
        let known = self.body.arms.get(&node.range().start).filter(|(arm, _)| arm == node);
        if let Some(block) = known.map(|(_, block)| *block) {
            self.body.goto_and_switch(block);
        }
        let pattern: Vec<Node> = node.parts(Part::Pattern).collect();
        self.statements(
            node.children()
                .filter(|child| !pattern.contains(child))
                .collect::<Vec<_>>(),
        );
    }
}

/// The arms of a switch, not those of switches in it.
fn arms_of(node: &Node) -> Vec<Node> {
    let mut arms = Vec::new();
    let mut pending: Vec<Node> = node.parts(Part::Body).collect();
    pending.reverse();
    while let Some(next) = pending.pop() {
        match next.role() {
            Some(Role::Switch | Role::Function | Role::Closure) => continue,
            Some(Role::Arm) => arms.push(next.clone()),
            _ => {}
        }
        // An arm that holds its body cannot hold another arm of the same switch.
        if next.role() != Some(Role::Arm) || next.part(Part::Body).is_none() {
            let children: Vec<Node> = next.children().collect();
            pending.extend(children.into_iter().rev());
        }
    }
    arms
}
