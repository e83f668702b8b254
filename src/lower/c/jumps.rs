//! What GNU C adds to jumps: ranges of case labels, addresses of labels, computed `goto`.

use std::collections::BTreeSet;

use super::C;
use crate::ir::{BlockId, End, Expr, Type};
use crate::lower::{Lowering, constants};
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// Goes to `yes` if a case label fits the subject.
    pub fn case_label(&mut self, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId) {
        let at = pattern.span();
        let label = self.label_value(pattern);
        let Some(last) = range_end(pattern) else {
            let test = self.operation("==", subject.clone(), label, at);
            return self.body.branch(test, yes, no, at);
        };
        let last = self.label_value(&last);
        let inside = self.body.block();
        let low = self.operation(">=", subject.clone(), label, at);
        self.body.branch(low, inside, no, at);
        self.body.switch_to(inside);
        let high = self.operation("<=", subject.clone(), last, at);
        self.body.branch(high, yes, no, at);
    }

    fn label_value(&mut self, node: &Node) -> Expr {
        let value = self.value(node);
        constants::simplified(value)
    }

    /// Notes the labels of a function whose addresses are taken: a computed `goto` may go to any of them.
    pub fn note_label_addresses(&mut self, body: &Node) {
        let names = body.descendants().filter_map(|node| label_address(&node));
        self.language.label_addresses = names.collect::<BTreeSet<String>>();
    }

    /// `&&label` as a value.
    pub fn label_address(&mut self, node: &Node) -> Option<Expr> {
        label_address(node).filter(|name| self.language.label_addresses.contains(name))?;
        Some(Expr::NonZero(
            Type::pointer(Type::Void),
            "the address of a label",
            node.span(),
        ))
    }

    /// `goto *pointer`, which the grammar takes for an error and a dereference.
    pub fn computed_goto(&mut self, node: &Node) -> bool {
        let target = node
            .part(Part::Value)
            .filter(|value| value.role() == Some(Role::Dereference));
        let Some(target) = target.filter(|_| node.text_before().trim_end().ends_with("goto")) else {
            return false;
        };
        target.parts(Part::Value).for_each(|pointer| drop(self.value(&pointer)));
        let names: Vec<String> = self.language.label_addresses.iter().cloned().collect();
        for name in names {
            let (label, next) = (self.body.label(&name), self.body.block());
            self.body
                .branch(Expr::Unknown(Type::BOOL, node.span()), label, next, node.span());
            self.body.switch_to(next);
        }
        self.body.end(End::Stop);
        true
    }
}

/// The name of the label whose address a node takes: to the grammar the address of an address.
fn label_address(node: &Node) -> Option<String> {
    let inner = node.part(Part::Value).filter(|_| node.role() == Some(Role::Address))?;
    let name = inner
        .part(Part::Value)
        .filter(|_| inner.role() == Some(Role::Address))?;
    (name.role() == Some(Role::Name)).then(|| name.text().to_owned())
}

/// The upper end of `case a ... b`, which the grammar takes for an error after the label.
fn range_end(pattern: &Node) -> Option<Node> {
    let arm = pattern.parent()?;
    let next = arm.children().find(|node| node.range().start >= pattern.range().end)?;
    let error = Some(next).filter(|next| next.is_error() && next.text().starts_with("..."))?;
    error.children().next()
}
