//! What GNU C adds to jumps: ranges of case labels, addresses of labels, computed `goto`.

use std::collections::BTreeSet;

use super::C;
use super::call_site::CallSite;
use super::dialect::{computed_target, ends_of_range};
use crate::ir::{BlockId, Callee, End, Expr, Type};
use crate::lower::{CallParts, Lowering, constants};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cut::NameKind;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// Goes to `yes` if a case label fits the subject.
    pub fn case_label(&mut self, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId) {
        let at = pattern.span();
        let Some((first, last)) = ends_of_range(pattern) else {
            let label = self.label_value(pattern);
            let test = self.operation("==", subject.clone(), label, at);
            return self.body.branch(test, yes, no, at);
        };
        let (label, last) = (self.label_value(&first), self.label_value(&last));
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

    /// `setjmp`: from here on every call may come back to this point.
    pub fn returning_again(&mut self, arguments: &[Node], site: &CallSite) -> Expr {
        let values = self.lower_arguments(arguments);
        let callee = Callee::Named(site.callee.text().to_owned());
        self.emit_call(CallParts::plain(callee, values, Type::INT, site.at));
        let again = self.body.block();
        self.body.goto_and_switch(again);
        let objects = self.body.objects().count();
        self.body.handlers.push((again, objects));
        Expr::Unknown(Type::INT, site.at)
    }

    /// Notes the labels of a function whose addresses are taken: a computed `goto` may go to any of them.
    pub fn note_label_addresses(&mut self, body: &Node) {
        let labels = body.descendants().filter(|node| node.role() == Some(Role::Label));
        let labels = labels.filter_map(|node| Some(node.part(Part::Name)?.text().to_owned()));
        self.language.labels = labels.collect();
        let mut names: BTreeSet<String> = body.descendants().filter_map(|node| label_address(&node)).collect();
        if names.is_empty() && body.descendants().any(|node| computed_target(&node).is_some()) {
            // The addresses are taken where it is not seen: in macros.
            names.clone_from(&self.language.labels);
        }
        self.language.label_addresses = names;
    }

    /// What is given the name of a label is a macro, and may go there.
    pub fn may_go_to_arguments(&mut self, arguments: &[Node], at: Span) {
        for argument in arguments {
            let name = argument.text();
            if argument.role() == Some(Role::Name)
                && self.language.labels.contains(name)
                && self.variable(name).is_none()
                && self.body.find_global(name).is_none()
                && self.index.defining(NameKind::Variable, name).is_empty()
                && self.index.macros(name).is_empty()
            {
                let label = self.body.label(name);
                self.body.may_go_to([label], at);
            }
        }
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

    /// `goto *pointer`.
    pub fn computed_goto(&mut self, node: &Node) -> bool {
        let Some(target) = computed_target(node) else {
            return false;
        };
        self.value(&target);
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
