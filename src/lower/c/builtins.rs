//! Calls whose meaning is known by name: assertions, hints, minimum and maximum, memory functions. And macros as
//! conditions.

use std::ops::Range;

use super::C;
use super::call_site::CallSite;
use super::macros::Use;
use crate::facts::{Assertion, Fact, Failure};
use crate::ir::{BinaryOp, BlockId, Callee, End, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::lower::{CallParts, Lowering, constants};
use crate::source::Span;
use crate::syntax::Node;

impl Lowering<'_, C> {
    /// Lowers a call of a known name. `None`: its arguments are not what the fact is about.
    pub fn known_call(&mut self, fact: Fact, node: &Node, site: &CallSite) -> Option<Expr> {
        let arguments = site.arguments();
        let at = node.span();
        let nothing = Some(Expr::Unknown(Type::Void, at));
        match fact {
            Fact::Stops => {
                // `error(1, …)` and the like aside, these end the program in every case.
                self.library_call(&arguments, site, Type::Void, true);
                nothing
            }
            Fact::Asserts(test, failure) => self.assertion(test, failure, &arguments, at).then_some(nothing?),
            Fact::Operand(position) => {
                let operand = arguments.get(position)?.clone();
                let rest: Vec<Node> = arguments.into_iter().filter(|argument| *argument != operand).collect();
                let value = self.value(&operand);
                let mark = self.body.mark();
                self.statements(rest);
                Some(self.body.settle(value, mark))
            }
            Fact::Min(first) => self.extreme(BinaryOp::Min, arguments.get(first)?, arguments.get(first + 1)?, at),
            Fact::Max(first) => self.extreme(BinaryOp::Max, arguments.get(first)?, arguments.get(first + 1)?, at),
            Fact::Clamp => {
                let [value, low, high] = &arguments[..] else {
                    return None;
                };
                let lower = self.extreme(BinaryOp::Max, value, low, at)?;
                let high = self.value(high);
                Some(self.extreme_of(BinaryOp::Min, lower, high, at))
            }
            Fact::Fill | Fact::Zero | Fact::Move | Fact::Cleared => self.memory_call(fact, &arguments, site, at),
            Fact::Chooses => {
                let [test, yes, no] = &arguments[..] else { return None };
                let chosen = if self.constant_value(test)? != 0 { yes } else { no };
                Some(self.value(chosen))
            }
            Fact::Swaps if self.language.cpp => {
                let [first, second] = &arguments[..] else { return None };
                self.swapped(first, second, at)
            }
            Fact::Exchanges if self.language.cpp => {
                let [place, value] = &arguments[..] else { return None };
                self.exchanged(place, value, at)
            }
            Fact::Swaps | Fact::Exchanges => None,
            Fact::Length => {
                let [text] = &arguments[..] else { return None };
                let bytes = super::literals::string_length(text.text())?;
                Some(constant(bytes, Type::SIZE, at))
            }
            Fact::Atomic(atomic) => self.atomic_call(atomic, &arguments, at),
            Fact::Overflows(operation) => {
                let [left, right, to] = &arguments[..] else { return None };
                Some(self.overflowing_operation(operation, left, right, to, at))
            }
            Fact::Offset => Some(Expr::Unknown(Type::SIZE, at)),
            Fact::Intrinsic => nothing,
        }
    }

    fn library_call(&mut self, arguments: &[Node], site: &CallSite, ty: Type, noreturn: bool) -> Expr {
        let values = self.lower_arguments(arguments);
        self.emit_call(CallParts {
            noreturn,
            ..CallParts::plain(Callee::Named(site.callee.text().to_owned()), values, ty, site.at)
        })
    }

    /// Goes on only if the assertion holds.
    fn assertion(&mut self, test: Assertion, failure: Failure, arguments: &[Node], at: Span) -> bool {
        let (holds, fails) = (self.body.block(), self.body.block());
        let Some(used) = self.asserted(test, arguments, (holds, fails), at) else {
            return false;
        };
        self.body.switch_to(fails);
        match failure {
            Failure::Stop => self.body.end(End::Stop),
            Failure::Return(position) => {
                let value = position
                    .and_then(|position| arguments.get(position))
                    .map(|value| self.value(value));
                self.return_value(value, at);
            }
        }
        self.body.switch_to(holds);
        let returned = matches!(failure, Failure::Return(Some(_)));
        let rest = arguments
            .iter()
            .enumerate()
            .filter(|(index, _)| !used.contains(index) && !returned);
        self.statements(rest.map(|(_, argument)| argument.clone()).collect::<Vec<_>>());
        true
    }

    /// Goes to the one or the other block as what is asserted holds or fails. Gives the positions of the arguments that it
    /// is about; `None` if they are not there.
    fn asserted(
        &mut self,
        test: Assertion,
        arguments: &[Node],
        (holds, fails): (BlockId, BlockId),
        at: Span,
    ) -> Option<Range<usize>> {
        let (operator, left, right) = match test {
            Assertion::True(position) => {
                self.condition(arguments.get(position)?, holds, fails);
                return Some(position..position + 1);
            }
            Assertion::False(position) => {
                self.condition(arguments.get(position)?, fails, holds);
                return Some(position..position + 1);
            }
            Assertion::Compare(op, left, right) => (spelling(op), left, right),
            Assertion::Written(first) => (arguments.get(first + 1)?.text(), first, first + 2),
        };
        let (a, b) = self.pair(arguments.get(left)?, arguments.get(right)?);
        let test = self.operation(operator, a, b, at);
        self.body.branch(test, holds, fails, at);
        Some(left..right + 1)
    }

    /// Two values, the first before the second.
    pub fn pair(&mut self, first: &Node, second: &Node) -> (Expr, Expr) {
        let a = self.value(first);
        let a = self.decayed(a);
        let mark = self.body.mark();
        let b = self.value(second);
        (self.body.settle(a, mark), b)
    }

    fn extreme(&mut self, op: BinaryOp, first: &Node, second: &Node, at: Span) -> Option<Expr> {
        let (a, b) = self.pair(first, second);
        Some(self.extreme_of(op, a, b, at))
    }

    /// The smaller or larger of two values.
    pub fn extreme_of(&mut self, op: BinaryOp, a: Expr, b: Expr, at: Span) -> Expr {
        // The usual conversions are those of a comparison; `+` would scale pointers.
        let (a, b, _) = self.balanced("<", a, b);
        let ty = a.ty();
        if ty == Type::Float {
            return Expr::Unknown(ty, at);
        }
        Expr::binary(op, a, b, ty, at)
    }

    fn memory_call(&mut self, fact: Fact, arguments: &[Node], site: &CallSite, at: Span) -> Option<Expr> {
        match (fact, arguments) {
            (Fact::Fill, [to, byte, count]) => Some(self.fill_memory(to, Some(byte), count, at)),
            (Fact::Zero, [to, count]) => Some(self.fill_memory(to, None, count, at)),
            (Fact::Move, [to, from, count]) => Some(self.move_memory(to, from, count, at)),
            (Fact::Cleared, _) => {
                let ty = Type::pointer(Type::Unknown);
                let result = self.library_call(arguments, site, ty, false);
                self.body.clear(deref(result.clone()), at);
                Some(result)
            }
            _ => None,
        }
    }

    /// `__builtin_add_overflow`: the result wraps at the width of the place that takes it.
    fn overflowing_operation(&mut self, op: BinaryOp, left: &Node, right: &Node, to: &Node, at: Span) -> Expr {
        let (left, right) = self.pair(left, right);
        let mark = self.body.mark();
        let pointer = self.value(to);
        let (left, right) = (self.kept_copy(left), self.body.settle(right, mark));
        let place = deref(pointer);
        let ty = self.place_type(&place);
        let Type::Int { signed, .. } = ty else {
            self.body.havoc(place, at);
            return Expr::Unknown(Type::BOOL, at);
        };
        let exact = !signed && [&left, &right].into_iter().all(|value| value.ty() == ty);
        let (left, right) = (self.cast_to(left, &ty, at), self.cast_to(right, &ty, at));
        let result = Expr::binary(op, left.clone(), right.clone(), ty, at);
        let less = |a, b| Expr::comparison(BinaryOp::Less, a, b, at);
        let overflows = match op {
            BinaryOp::Add if exact => less(result.clone(), left),
            BinaryOp::Subtract if exact => less(left, right),
            _ => Expr::Unknown(Type::BOOL, at),
        };
        let overflows = self.kept_copy(overflows);
        self.store(&place, result, at);
        overflows
    }

    /// `memset`: zero bytes clear what is pointed to, others leave it unknown.
    fn fill_memory(&mut self, to: &Node, byte: Option<&Node>, count: &Node, at: Span) -> Expr {
        let pointer = self.value(to);
        let pointer = self.decayed(pointer);
        let byte = byte.map(|byte| self.value(byte));
        let count = self.value(count);
        let place = deref(pointer.clone());
        let zero = byte.as_ref().is_none_or(|byte| constants::fold(byte) == Some(0));
        match constants::fold(&count) {
            Some(0) => {}
            // So many bytes that it is not known whether they are all: either.
            None if !is_size(&count) => {
                let (all, part, exit) = (self.body.block(), self.body.block(), self.body.block());
                self.body.branch(Expr::Unknown(Type::BOOL, at), all, part, at);
                self.body.switch_to(all);
                match zero {
                    true => self.body.clear(place.clone(), at),
                    false => self.body.havoc(place.clone(), at),
                }
                self.body.goto(exit);
                self.body.switch_to(part);
                self.body.havoc(place.clone(), at);
                self.body.goto_and_switch(exit);
                self.overlapping_stored(&place, at);
            }
            size if zero && self.covers(&place, size) => {
                self.body.clear(place.clone(), at);
                self.overlapping_stored(&place, at);
            }
            size => match byte.and_then(|byte| self.repeated(&place, &byte, size, at)) {
                Some(value) => self.store(&place, value, at),
                None => {
                    self.body.havoc(place.clone(), at);
                    self.overlapping_stored(&place, at);
                }
            },
        }
        pointer
    }

    /// The number at a place all of whose bytes are the same.
    fn repeated(&mut self, place: &Place, byte: &Expr, count: Option<u64>, at: Span) -> Option<Expr> {
        let ty = self.place_type(place);
        let is_number = matches!(ty, Type::Int { bits: 8.., .. });
        let byte = constants::fold(byte).filter(|_| is_number && self.covers_exactly(&ty, count))?;
        Some(constant((byte & 0xff) * 0x0101_0101_0101_0101, ty, at))
    }

    /// Whether so many bytes are all of a place. A count that is not constant is taken to be meant so.
    fn covers(&mut self, place: &Place, count: Option<u64>) -> bool {
        let ty = self.place_type(place);
        match (count, self.size_of_type(&ty)) {
            (Some(count), Some(size)) => count >= size,
            _ => true,
        }
    }

    /// `memcpy`: a copy where it is of one whole place to another.
    fn move_memory(&mut self, to: &Node, from: &Node, count: &Node, at: Span) -> Expr {
        let (to, from) = self.pair(to, from);
        let (to, from) = (self.decayed(to), self.decayed(from));
        let count = self.value(count);
        let (target, origin) = (deref(to.clone()), deref(from));
        let (a, b) = (self.place_type(&target), self.place_type(&origin));
        let size = constants::fold(&count);
        let whole = a == b && a != Type::Unknown && a != Type::Void && self.covers_exactly(&a, size);
        match size {
            Some(0) => {}
            _ if whole => {
                self.body.copy(target.clone(), origin, at);
                self.overlapping_stored(&target, at);
            }
            _ => {
                self.body.havoc(target.clone(), at);
                self.overlapping_stored(&target, at);
            }
        }
        to
    }

    fn covers_exactly(&mut self, ty: &Type, count: Option<u64>) -> bool {
        match (count, self.size_of_type(ty)) {
            (Some(count), Some(size)) => count == size,
            // `sizeof` of a structure whose size is not known: the count is not a constant here.
            (None, None) => true,
            _ => false,
        }
    }

    /// A macro use as a condition, where it has one definition and that is an expression.
    pub fn expanded_condition(&mut self, use_of: &Use, yes: BlockId, no: BlockId) -> bool {
        let definitions = self.definitions(&use_of.name, use_of.name_at, use_of.arguments.is_some());
        let [definition] = &definitions[..] else { return false };
        let Some(node) = self.expression_of(use_of, definition) else {
            return false;
        };
        self.in_expansion(use_of, (), |lowering| lowering.condition(&node, yes, no));
        true
    }
}

/// Whether a count that is not known is the size of something: that of what is filled.
fn is_size(count: &Expr) -> bool {
    match count {
        Expr::NonZero(..) => true,
        Expr::Cast(inner, ..) => is_size(inner),
        Expr::Binary(BinaryOp::Multiply, left, right, ..) => is_size(left) || is_size(right),
        _ => false,
    }
}

fn spelling(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        _ => ">=",
    }
}
