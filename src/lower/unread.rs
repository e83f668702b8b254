//! Pieces of source that are not understood: errors of the parser, constructs without a role, uses of macros that are not
//! visible. Nothing is known of them but their text, so they may do anything that a program could do there: run any part of
//! what is written inside, any number of times and in any order; write whatever the names in it lead to, and whatever code
//! elsewhere can reach; and go on at any label, case or loop exit that is in sight, or out of the function.
//!
//! The analysis needs no notion of its own for that. What a piece can write is what a call of [`Callee::Unread`] can, which
//! gets the addresses of all that the piece names. Where it can go is a number of branches on values that are not known.

use std::collections::BTreeSet;

use super::builder::{Jump, Merge};
use super::{CallParts, Language, Lowering};
use crate::ir::{Argument, Callee, End, Expr, Place, Type};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cut::NameKind;
use crate::syntax::index::ByName;
use crate::syntax::lexer;
use crate::syntax::roles::Role;

impl<L: Language> Lowering<'_, L> {
    /// A statement that is not understood.
    pub fn unread(&mut self, node: &Node) {
        if self.says_nothing(node) {
            return;
        }
        self.unread_piece(node.text(), &read_parts(node), node.span());
        self.may_leave(node.span());
    }

    /// Control may leave for wherever it can go from here; objects may end on the way.
    fn may_leave(&mut self, at: Span) {
        if self.body.objects().next().is_none() {
            return self.body.may_go_anywhere(at);
        }
        let (leaves, next) = (self.body.block(), self.body.block());
        self.body.branch(Expr::Unknown(Type::BOOL, at), next, leaves, at);
        self.body.switch_to(leaves);
        L::may_end_objects(self, at);
        self.body.may_go_anywhere(at);
        self.body.end(End::Stop);
        self.body.switch_to(next);
    }

    /// A statement of which a part is not understood: the rest may do what it says.
    pub fn unread_around(&mut self, node: &Node, read: impl FnOnce(&mut Self)) {
        let at = node.span();
        let before = self.reached_from(node.text(), at);
        self.unread_call(&before, at);
        self.body.may_go_anywhere(at);
        let (runs, next) = (self.body.block(), self.body.block());
        self.body.branch(Expr::Unknown(Type::BOOL, at), runs, next, at);
        self.body.switch_to(runs);
        read(self);
        self.body.goto_and_switch(next);
        // The names that it declares are among those that it may write.
        let after = self.reached_from(node.text(), at);
        self.unread_call(&after, at);
    }

    /// An expression that is not understood, but is one: control goes on behind it.
    pub fn unread_value(&mut self, node: &Node) -> Expr {
        if self.says_nothing(node) {
            return Expr::Unknown(Type::Unknown, node.span());
        }
        self.unread_piece(node.text(), &read_parts(node), node.span());
        if node.is_faulty() {
            self.may_leave(node.span());
        }
        Expr::Unknown(Type::Unknown, node.span())
    }

    /// What stands at a place of the source and is not looked at, because a limit was hit.
    pub fn unread_at(&mut self, at: Span) {
        let text = self.sources.slice(at).to_owned();
        self.unread_piece(&text, &[], at);
        self.body.may_go_anywhere(at);
    }

    /// A block behind something that is not understood, which decides whether and how often it runs, and what a jump out of
    /// it leaves: that, or what is around it.
    pub fn unread_block(&mut self, head: &str, body: &Node, at: Span) {
        let [test, round, left, next, exit] = std::array::from_fn(|_| self.body.block());
        let reaches = self.reached_from(head, at);
        self.body.goto_and_switch(test);
        self.unread_call(&reaches, at);
        self.body.may_go_anywhere(at);
        self.body.branch(Expr::Unknown(Type::BOOL, at), round, exit, at);
        self.body.jumps.push(Jump {
            label: None,
            exit: left,
            next: Some(next),
            plain: true,
            values: Merge::default(),
            objects: self.body.objects().count(),
        });
        self.body.switch_to(round);
        match body.role() {
            Some(Role::Block) => self.block(body, None),
            _ => self.scoped(body, None),
        }
        self.body.goto(next);
        self.body.jumps.pop();
        for (jumped, goes_on) in [(left, exit), (next, test)] {
            self.body.switch_to(jumped);
            self.body.may_go_anywhere(at);
            self.body.goto(goes_on);
        }
        self.body.switch_to(exit);
    }

    /// Whether a piece that the parser has accepted has no word: marks alone do nothing.
    fn says_nothing(&self, node: &Node) -> bool {
        let text = node.text();
        let is_word = |token: &lexer::Token| token.is_name();
        !node.is_faulty()
            && !lexer::tokens(text, self.sources.file(self.file).language)
                .iter()
                .any(is_word)
    }

    /// What a piece with this text may write, and what may run of the parts of it that were parsed.
    pub fn unread_piece(&mut self, text: &str, parts: &[Node], at: Span) {
        let reaches = self.reached_from(text, at);
        self.unread_call(&reaches, at);
        if parts.is_empty() {
            return;
        }
        for part in parts {
            let (runs, next) = (self.body.block(), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), runs, next, at);
            self.body.switch_to(runs);
            self.statement(part);
            self.body.goto_and_switch(next);
        }
        // Parts may have run before others, and again.
        self.unread_call(&reaches, at);
    }

    /// A call of anything that gets these pointers.
    pub fn unread_call(&mut self, reaches: &[Expr], at: Span) {
        let arguments = reaches.iter().map(|value| Argument {
            value: value.clone(),
            at,
        });
        let call = CallParts::plain(Callee::Unread, arguments.collect(), Type::Void, at);
        self.emit_call(call);
    }

    /// Pointers to all that the names of a text mean.
    pub fn reached_from(&mut self, text: &str, at: Span) -> Vec<Expr> {
        let language = self.sources.file(self.file).language;
        let mut seen = BTreeSet::new();
        let mut reached = Vec::new();
        for token in lexer::tokens(text, language) {
            let name = token.text(text);
            if !token.is_name() || !seen.insert(name) {
                continue;
            }
            if let Some(id) = self.variable(name) {
                let place = self.variable_place(id, at);
                reached.push(Expr::Address(place, at));
            } else if let Some(global) = self.body.find_global(name) {
                reached.push(Expr::Address(Place::Global(global), at));
            } else if !self.index.defining(NameKind::Variable, name).is_empty() {
                reached.push(Expr::Address(Place::Global(name.to_owned()), at));
            }
        }
        reached
    }
}

/// The parts of a piece that are understood and can do something: the outermost ones.
fn read_parts(node: &Node) -> Vec<Node> {
    let mut parts = Vec::new();
    let mut pending: Vec<Node> = node.children().collect();
    pending.reverse();
    while let Some(next) = pending.pop() {
        match next.role() {
            None => {
                let inner: Vec<Node> = next.children().collect();
                pending.extend(inner.into_iter().rev());
            }
            Some(
                Role::Name | Role::Integer | Role::Character | Role::String | Role::Float | Role::Boolean | Role::Null,
            ) => {}
            Some(_) => parts.push(next),
        }
    }
    parts
}
