//! Calls that the tokens of an item show and its trees do not.

use super::C;
use crate::ir::{Callee, Expr, Place, Type, Variable};
use crate::lower::{FunctionHead, Lowering};
use crate::source::Span;
use crate::syntax::cut::{CallContext, Item, ItemKind, TokenCall};
use crate::syntax::index::ItemId;
use crate::syntax::lexer::{self, Token};
use crate::syntax::roles::Role;
use crate::syntax::{Node, Text};

impl Lowering<'_, C> {
    /// Calls that the tokens show and that no lowered call covers are read from the tokens.
    pub fn uncovered(&mut self, id: ItemId) {
        let (_, item) = self.index.item(id);
        let context = match item.kind {
            ItemKind::Macro { .. } => CallContext::MacroDefinition,
            _ => CallContext::Call,
        };
        let calls: Vec<TokenCall> = self
            .index
            .calls(id)
            .filter(|call| call.context == context)
            .cloned()
            .collect();
        for call in calls {
            if !self.is_covered(&call) && !self.token_call(&call, item) {
                self.lowered.uncovered.push(call);
            }
        }
    }

    /// Operands of `sizeof` and the like are not evaluated, wherever they stand.
    pub fn cover_unevaluated(&mut self, root: &Node) {
        let operators = root
            .descendants()
            .filter(|node| node.role() == Some(Role::Sizeof) || node.kind() == "decltype");
        for operator in operators {
            let at = operator.span();
            self.language.expanded.push(at);
        }
    }

    fn is_covered(&self, call: &TokenCall) -> bool {
        if self.language.expanded.iter().any(|at| at.contains(call.callee)) || self.is_unevaluated(call) {
            return true;
        }
        let range = call.callee.start..call.callee.end.max(call.callee.start + 1);
        self.covered.range(range).next().is_some()
    }

    /// Whether the call is the operand of an operator that does not evaluate it.
    fn is_unevaluated(&self, call: &TokenCall) -> bool {
        let clean = &self.index.cut(call.callee.file).clean;
        let before = clean.get(..call.callee.start as usize).unwrap_or("").trim_end();
        let Some(before) = before.strip_suffix('(') else {
            return false;
        };
        let word = before
            .trim_end()
            .rsplit(|c: char| !(c.is_alphanumeric() || c == '_'))
            .next()
            .unwrap_or("");
        matches!(
            word.trim_matches('_'),
            "sizeof" | "typeof" | "decltype" | "alignof" | "Alignof" | "noexcept"
        )
    }

    /// Lowers a call by its tokens, in a function of its own: nothing is known there but constants, and which names are
    /// parameters.
    fn token_call(&mut self, call: &TokenCall, item: &Item) -> bool {
        if call.positions.old_size >= call.arguments.len() {
            return false;
        }
        let file = call.callee.file;
        let whole = Span::new(file, call.callee.start as usize, call.end);
        let head = FunctionHead::unknown(item.name.clone(), call.callee, whole);
        let clean = &self.index.cut(file).clean;
        let parameters = self.names_in_head(item);
        self.function(head, |lowering, _| {
            for (name, at) in parameters {
                lowering.unknown_variable(name, at);
            }
            let text = |span: Span| Text::plain(clean.get(span.range()).unwrap_or("").to_owned(), span);
            let mut values = Vec::new();
            for &argument in &call.arguments {
                let value = match lowering.parse_expression(&text(argument)) {
                    Some(node) => lowering.value(&node),
                    None => Expr::Unknown(Type::Unknown, argument),
                };
                values.push(crate::ir::Argument { value, at: argument });
            }
            lowering.emit_sink(Callee::Named(call.callee_text.clone()), call.positions, values, whole);
        });
        true
    }

    /// The names that end an argument in the head of a function, be it a list of parameters or a macro that makes one.
    pub fn names_in_head(&self, item: &Item) -> Vec<(String, Span)> {
        let (ItemKind::Function, Some(body)) = (&item.kind, item.body) else {
            return Vec::new();
        };
        let clean = &self.index.cut(self.file).clean;
        let tokens = lexer::tokens_of(
            clean,
            item.span.start as usize..body as usize,
            self.language_of_file(),
            true,
        );
        let ends = |pair: &&[Token]| pair[0].is_name() && matches!(pair[1].mark(clean), b',' | b')');
        let names = tokens.windows(2).filter(ends).map(|pair| pair[0]);
        names
            .map(|name| {
                let range = name.range();
                let at = Span::new(self.file, range.start, range.end);
                (name.text(clean).to_owned(), at)
            })
            .collect()
    }

    /// A variable that may hold anything.
    pub fn unknown_variable(&mut self, name: String, at: Span) {
        let ty = Type::Unknown;
        let value = Expr::Unknown(ty.clone(), at);
        let volatile = false;
        let variable = self.body.declare(Variable { name, ty, at, volatile });
        let to = Place::Var(variable);
        self.body.set(to, value, at);
    }
}
