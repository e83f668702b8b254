//! Expressions to values, places to locations.

use super::aliases::{BYTES, kind_of};
use super::{Engine, Here};
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::source::Span;
use crate::state::State;
use crate::state::location::Location;
use crate::state::memory::{Cell, Content};
use crate::value::ranges::mask;
use crate::value::{Cause, LocationId, Made, Operator, Origin, Ranges, Source, Term, TermId, Value, Witness};

/// The largest whole number up to which all are floating-point numbers of the narrowest type.
const EXACT: u64 = 1 << 24;

impl Engine<'_> {
    /// The value of an expression. Where the path leaves only one, it is that constant, with the test as its reason.
    pub(super) fn evaluate(&mut self, here: &Here, state: &mut State, expression: &Expr) -> Value {
        match expression {
            Expr::Const { bits, ty, at } => {
                let term = self.terms.constant(*bits, ty.bits());
                Value {
                    term,
                    origin: Some(Origin::new(*at, Cause::Constant)),
                }
            }
            Expr::Load(place, ty, at) => self.load(here, state, place, (ty, *at)),
            Expr::Address(place, _) => {
                let location = self.locate(here, state, place);
                Value::unexplained(self.terms.address(location))
            }
            Expr::Function(name, _) => Value::unexplained(self.terms.function(name)),
            Expr::Unary(operation, inner, ty, _) => {
                let inner = self.evaluate(here, state, inner);
                let term = match operation {
                    UnaryOp::Not => self.terms.not(inner.term),
                    UnaryOp::Negate | UnaryOp::BitNot => {
                        let operand = self.fitted(inner.term, ty.bits(), ty.signed());
                        let start = if *operation == UnaryOp::BitNot { u64::MAX } else { 0 };
                        let start = self.terms.constant(start, ty.bits());
                        self.terms.subtract(start, operand)
                    }
                };
                self.narrowed(state, term, inner.origin)
            }
            Expr::Binary(_, left, right, ty, at) if [&left.ty(), &right.ty(), ty].contains(&&Type::Float) => {
                self.anything(here, state, ty, *at)
            }
            Expr::Binary(operation, left, right, ty, at) => {
                let mut value = self.binary(here, state, *operation, (left, right), (ty, *at));
                if self.terms.constant_of(value.term).is_some() {
                    value.origin.get_or_insert_with(|| Origin::new(*at, Cause::Cancelled));
                }
                value
            }
            Expr::Cast(inner, ty, at) => self.converted(here, state, inner, (ty, *at)),
            Expr::NonZero(ty, _, at) => {
                let range = Ranges::full(ty.bits()).without(0);
                Value::unexplained(self.terms.symbol(Source::Opaque(*at, 0), range, Vec::new()))
            }
            Expr::Unknown(ty, at) => self.anything(here, state, ty, *at),
        }
    }

    /// A new unknown.
    fn anything(&mut self, here: &Here, state: &State, ty: &Type, at: Span) -> Value {
        let epoch = self.epoch_here(state, here.frame);
        let source = Source::Opaque(at, epoch);
        Value::unexplained(self.terms.symbol(source, Ranges::full(ty.bits()), Vec::new()))
    }

    /// A value converted to another type.
    fn converted(&mut self, here: &Here, state: &mut State, inner: &Expr, (ty, to): (&Type, Span)) -> Value {
        let (from, at) = (inner.ty(), inner.at());
        let literal = is_literal(inner);
        let mut inner = self.evaluate(here, state, inner);
        let known = state.constraints.range(&self.terms, inner.term);
        // Small numbers are themselves as floating-point numbers; others are rounded, or cut.
        let rounded = (from == Type::Float) != (*ty == Type::Float) && known.max() > EXACT;
        let unseen = !literal && (from == Type::Unknown || *ty == Type::Unknown);
        if rounded || unseen && self.is_out_of_sight(&inner) {
            return self.anything(here, state, ty, to);
        }
        if self.terms.bits(inner.term) == 1 && self.terms.constant_of(inner.term).is_none() {
            inner.origin.get_or_insert_with(|| Origin::new(at, Cause::Counted));
        }
        let term = if *ty == Type::BOOL && self.terms.bits(inner.term) != 1 {
            let zero = self.terms.not(inner.term);
            self.terms.not(zero)
        } else {
            self.terms.cast(inner.term, ty.bits(), from.signed())
        };
        self.narrowed(state, term, inner.origin)
    }

    /// Whether a value is a constant that is not the same number in all types that a name may stand for which is not visible.
    fn is_out_of_sight(&self, value: &Value) -> bool {
        let constant = self.terms.constant_of(value.term);
        constant.is_some_and(|constant| constant > mask(31))
    }

    fn binary(
        &mut self,
        here: &Here,
        state: &mut State,
        operation: BinaryOp,
        (left, right): (&Expr, &Expr),
        (ty, at): (&Type, Span),
    ) -> Value {
        let signed = left.ty().signed();
        let right_signed = right.ty().signed();
        let unseen = [left, right].map(|side| side.ty() == Type::Unknown && !is_literal(side));
        let (left, right) = (self.evaluate(here, state, left), self.evaluate(here, state, right));
        let bits = if operation.is_comparison() {
            self.terms.bits(left.term).max(self.terms.bits(right.term))
        } else {
            ty.bits()
        };
        let (mut a, mut b) = (
            self.fitted(left.term, bits, signed),
            self.fitted(right.term, bits, right_signed),
        );
        if operation.is_comparison() {
            (a, b) = (self.compared(a), self.compared(b));
            if self.may_begin_together(a, b) {
                return self.anything(here, state, ty, at);
            }
        }
        let term = match !signed && self.may_wrap(state, operation, a, b) {
            true => self.wrapped(operation, a, b),
            false => self.operation(operation, a, b, signed),
        };
        let decided = self.terms.constant_of(term).is_some();
        if decided && (unseen[0] && self.is_out_of_sight(&left) || unseen[1] && self.is_out_of_sight(&right)) {
            return self.anything(here, state, ty, at);
        }
        // A factor or mask of zero explains a zero result; else the first operand that has a reason does.
        let zero_from_right = self.terms.constant_of(b) == Some(0)
            && matches!(operation, BinaryOp::Multiply | BinaryOp::And | BinaryOp::Min);
        let origin = if zero_from_right || right.is_counted() {
            right.origin.or(left.origin)
        } else {
            left.origin.or(right.origin)
        };
        self.narrowed(state, term, origin)
    }

    /// An address as it is compared: that of an element lies so far behind that of its array.
    fn compared(&mut self, term: TermId) -> TermId {
        let Term::Address(location) = *self.terms.get(term) else {
            return term;
        };
        let Location::Element(array, index, _) = *self.locations.get(location) else {
            return term;
        };
        let array = self.terms.address(array);
        match self.terms.constant_of(index) {
            Some(0) => self.compared(array),
            _ => self.terms.add(array, index),
        }
    }

    /// Whether one address is that of an object and the other that of a part of it: the first part begins where the object
    /// does.
    fn may_begin_together(&self, a: TermId, b: TermId) -> bool {
        match (self.terms.get(a), self.terms.get(b)) {
            (&Term::Address(a), &Term::Address(b)) => {
                a != b && (self.locations.is_within(a, b) || self.locations.is_within(b, a))
            }
            _ => false,
        }
    }

    /// Whether an unsigned product of fewer bits than a size may not fit: nothing says that it is one.
    fn may_wrap(&self, state: &State, operation: BinaryOp, a: TermId, b: TermId) -> bool {
        let bits = self.terms.bits(a);
        if !(2..=32).contains(&bits) || self.terms.is_fixed(a) && self.terms.is_fixed(b) {
            return false;
        }
        let most = |term| state.constraints.range(&self.terms, term).max();
        match operation {
            BinaryOp::Multiply => most(a) * most(b) > mask(bits),
            BinaryOp::ShiftLeft => most(a) << most(b).min(31) > mask(bits),
            _ => false,
        }
    }

    /// A product that is worked out in 64 bits and cut.
    fn wrapped(&mut self, operation: BinaryOp, a: TermId, b: TermId) -> TermId {
        let bits = self.terms.bits(a);
        let (a, b) = (self.fitted(a, 64, false), self.fitted(b, 64, false));
        let whole = self.operation(operation, a, b, false);
        self.fitted(whole, bits, false)
    }

    fn operation(&mut self, operation: BinaryOp, a: TermId, b: TermId, signed: bool) -> TermId {
        let terms = &mut self.terms;
        match operation {
            BinaryOp::Add => terms.add(a, b),
            BinaryOp::Subtract => terms.subtract(a, b),
            BinaryOp::Multiply => terms.binary(Operator::Multiply, a, b),
            BinaryOp::Divide => terms.binary(Operator::Divide(signed), a, b),
            BinaryOp::Remainder => terms.binary(Operator::Remainder(signed), a, b),
            BinaryOp::And => terms.binary(Operator::And, a, b),
            BinaryOp::Or => terms.binary(Operator::Or, a, b),
            BinaryOp::Xor => terms.binary(Operator::Xor, a, b),
            BinaryOp::ShiftLeft => terms.binary(Operator::ShiftLeft, a, b),
            BinaryOp::ShiftRight => terms.binary(Operator::ShiftRight(signed), a, b),
            BinaryOp::Equal => terms.binary(Operator::Equal, a, b),
            BinaryOp::NotEqual => {
                let equal = terms.binary(Operator::Equal, a, b);
                terms.not(equal)
            }
            BinaryOp::Less => terms.binary(Operator::Less(signed), a, b),
            BinaryOp::Greater => terms.binary(Operator::Less(signed), b, a),
            BinaryOp::LessEqual => {
                let greater = terms.binary(Operator::Less(signed), b, a);
                terms.not(greater)
            }
            BinaryOp::GreaterEqual => {
                let less = terms.binary(Operator::Less(signed), a, b);
                terms.not(less)
            }
            BinaryOp::Min => terms.binary(Operator::Min(signed), a, b),
            BinaryOp::Max => terms.binary(Operator::Max(signed), a, b),
            BinaryOp::SaturatingAdd => terms.binary(Operator::SaturatingAdd(signed), a, b),
            BinaryOp::SaturatingSubtract => terms.binary(Operator::SaturatingSubtract(signed), a, b),
            BinaryOp::SaturatingMultiply => terms.binary(Operator::SaturatingMultiply(signed), a, b),
        }
    }

    /// A term brought to a width, as lowering should have done.
    pub(super) fn fitted(&mut self, term: TermId, bits: u32, signed: bool) -> TermId {
        self.terms.cast(term, bits, signed)
    }

    /// The term, or the only constant that it can be on this path.
    pub(super) fn narrowed(&mut self, state: &State, term: TermId, origin: Option<Origin>) -> Value {
        if self.terms.constant_of(term).is_some() {
            return Value { term, origin };
        }
        match state.constraints.range(&self.terms, term).constant() {
            Some(value) => {
                let origin = self.reason(state, term, value).or(origin);
                Value {
                    term: self.terms.constant(value, self.terms.bits(term)),
                    origin,
                }
            }
            None => {
                let value = Value { term, origin };
                if value.is_counted() {
                    value
                } else {
                    Value::unexplained(term)
                }
            }
        }
    }

    /// Why a term can only have a value: the test that says so of it or of what it is made of.
    fn reason(&self, state: &State, term: TermId, value: u64) -> Option<Origin> {
        let tested = state.constraints.origin(term).cloned();
        if let Term::Symbol(symbol) = self.terms.get(term) {
            let witnessed = self
                .terms
                .symbol_data(*symbol)
                .witnesses
                .iter()
                .find(|witness| witness.value == value);
            if let Some(Witness { origin, .. }) = witnessed {
                let link = tested.as_ref().and_then(|test| test.backwards().next());
                return Some(link.map_or_else(|| origin.clone(), |(at, cause)| origin.then(at, cause)));
            }
        }
        if tested.is_some() {
            return tested;
        }
        match self.terms.get(term) {
            Term::Cast(inner, _) | Term::Not(inner) => state.constraints.origin(*inner).cloned(),
            Term::Sum(parts, _) => parts.iter().find_map(|part| state.constraints.origin(part.0).cloned()),
            Term::Binary(_, left, right) => [left, right]
                .into_iter()
                .find_map(|part| state.constraints.origin(*part).cloned()),
            _ => None,
        }
    }

    fn load(&mut self, here: &Here, state: &mut State, place: &Place, (ty, at): (&Type, Span)) -> Value {
        let location = self.locate(here, state, place);
        if leads_by_pointer(place) {
            self.end_at_null(state, location);
        }
        if self.is_written_otherwise(state, location) {
            return self.anything(here, state, ty, at);
        }
        self.choose_element(state, location, ty.bits());
        let value = self.content(state, location, ty.bits());
        let held = self.terms.bits(value.term);
        let in_array =
            matches!(self.locations.get(location), Location::Element(..)) || !self.locations.parts(location).is_empty();
        // Part of an element, or more than it.
        let other_width = is_plain_target(place) && in_array && held != ty.bits() && held > 1;
        // A number made of parts that are held apart.
        let in_parts = !matches!(ty, Type::Aggregate(_) | Type::Array(..)) && self.has_parts(state, location);
        if matches!(ty, Type::Int { .. }) && other_width || in_parts && self.terms.constant_of(value.term).is_some() {
            return self.anything(here, state, ty, at);
        }
        let term = self.fitted(value.term, ty.bits(), ty.signed());
        self.narrowed(state, term, value.origin)
    }

    /// Whether something is known of parts of a location by themselves.
    fn has_parts(&self, state: &State, location: LocationId) -> bool {
        let memory = self.globals.memory_of(&self.locations, state, location);
        let is_zero = matches!(memory.load(&self.locations, location), Content::Zero(_));
        let mut parts = self.locations.parts(location).iter();
        parts.any(|&part| {
            let counts = is_zero || matches!(self.locations.get(part), Location::Field(..));
            counts && memory.holds_part(&self.locations, part)
        })
    }

    /// Whoever reads or writes what a null pointer points to does not go on.
    pub(super) fn end_at_null(&self, state: &mut State, location: LocationId) {
        if let Location::Pointee(pointer) = *self.locations.get(self.locations.root(location)) {
            state.ended |= state.constraints.range(&self.terms, pointer).constant() == Some(0);
        }
    }

    /// The elements of an array that are known by constant index and that an unknown index can mean.
    fn elements_meant(&self, state: &State, array: LocationId, index: TermId) -> Vec<LocationId> {
        let memory = self.globals.memory_of(&self.locations, state, array);
        let possible = state.constraints.range(&self.terms, index);
        let is_meant = |part: &LocationId| match *self.locations.get(*part) {
            Location::Element(_, index, false) => {
                memory.holds_part(&self.locations, *part)
                    && self.terms.constant_of(index).is_some_and(|at| possible.contains(at))
            }
            _ => false,
        };
        self.locations.parts(array).iter().copied().filter(is_meant).collect()
    }

    /// What a location holds, as a value of the width where the memory does not say.
    pub(super) fn content(&mut self, state: &State, location: LocationId, bits: u32) -> Value {
        let content = self.read(state, location);
        let made = self.made(location, &content);
        match content {
            Content::Value(value) => value,
            Content::Zero(origin) => Value {
                term: self.terms.constant(0, bits),
                origin: Some(origin),
            },
            Content::Unknown(epoch) => {
                let source = Source::Memory(location, epoch);
                let zero = self
                    .epochs
                    .zero_before(epoch)
                    .map(|origin| Witness::new(0, origin.clone()));
                let witnesses = zero.into_iter().collect();
                Value::unexplained(self.terms.unknown(source, Ranges::full(bits), witnesses, made))
            }
            Content::PartOf(whole, at) => {
                let source = self.part_of(whole.term, location, at);
                Value::unexplained(self.terms.symbol(source, Ranges::full(bits), Vec::new()))
            }
        }
    }

    /// Where a part of a location that holds a value as a whole comes from: the same part of the same value is the same
    /// unknown wherever it was copied to.
    fn part_of(&mut self, whole: TermId, location: LocationId, at: LocationId) -> Source {
        let (base, epoch) = match self.terms.get(whole) {
            Term::Symbol(symbol) => match self.terms.symbol_data(*symbol).source {
                Source::Memory(base, epoch) => (base, epoch),
                _ => (self.locations.intern(Location::Pointee(whole)), u32::MAX - whole.0),
            },
            // Keyed by the whole's value, above all epochs.
            _ => (self.locations.intern(Location::Pointee(whole)), u32::MAX - whole.0),
        };
        Source::Memory(self.locations.rebased(location, at, base).unwrap_or(location), epoch)
    }

    /// Copies a location with all its parts.
    pub(super) fn copy(&mut self, state: &mut State, from: LocationId, to: LocationId) {
        let whole = match self.read(state, from) {
            Content::Zero(origin) => Cell::Zero(origin),
            _ => {
                // What is copied as a whole may be a number whose type is not visible.
                let value = self.content(state, from, 64);
                Cell::Value(self.narrowed(state, value.term, value.origin))
            }
        };
        let source = self.globals.memory_of(&self.locations, state, from);
        let parts = source.parts(&self.locations, from);
        state.memory.copy(&mut self.locations, parts, (from, to), whole);
    }

    /// Reading an element by an unknown index, or a part of one, gives that of one of the elements that are known and that
    /// the index can mean. The choice is kept, so that reading it again gives the same.
    fn choose_element(&mut self, state: &mut State, location: LocationId, bits: u32) {
        let is_unknown = |at: &LocationId| self.locations.has_unknown_index(*at);
        let Some(element) = self.locations.enclosing(location).filter(is_unknown).last() else {
            return;
        };
        let Location::Element(array, index, _) = *self.locations.get(element) else {
            return;
        };
        let held = |at: LocationId| state.memory.cell(at).is_some();
        let parts = self.locations.enclosing(location);
        if parts.take_while(|at| *at != array).any(held) {
            return;
        }
        let mut range = Ranges::empty(bits);
        let mut witnesses = Vec::new();
        let mut made = Made::Constant;
        let mut values = Vec::new();
        for known in self.elements_meant(state, array, index) {
            let Some(part) = self.locations.rebased(location, element, known) else {
                continue;
            };
            self.choose_element(state, part, bits);
            let value = self.content(state, part, bits);
            let term = self.fitted(value.term, bits, false);
            let origin = value.origin;
            values.push(Some(term));
            made = made.max(self.terms.made(term));
            range = range.union(&state.constraints.range(&self.terms, term));
            self.collect_witnesses(state, &Value { term, origin }, &mut witnesses);
        }
        if !range.is_empty() {
            let symbol = self.joined_symbol(range, witnesses, made);
            self.note_aim(symbol, values);
            state.memory.put(location, Cell::Value(Value::unexplained(symbol)));
        }
    }

    /// The location of a place.
    pub(super) fn locate(&mut self, here: &Here, state: &mut State, place: &Place) -> LocationId {
        match place {
            Place::Var(variable) => self.local(here.frame, *variable),
            Place::Setting(text) => self.locations.intern(Location::Setting(text.clone())),
            Place::Global(name) => self.global(here.body.file, state, name),
            Place::Field(object, name) => {
                let inner = match &**object {
                    Place::Deref(pointer) if is_of_array(name) => self.whole_pointee(here, state, pointer),
                    _ => self.locate(here, state, object),
                };
                self.note_view(here, object, inner);
                self.locations.intern(Location::Field(inner, name.clone()))
            }
            Place::Deref(pointer) => {
                let pointer = self.evaluate(here, state, pointer);
                self.pointee(state, pointer.term)
            }
            Place::Index(outer, index) => {
                let through_pointer = matches!(**outer, Place::Deref(_));
                let array = self.locate(here, state, outer);
                let signed = index.ty().signed();
                let index = self.evaluate(here, state, index);
                let index = self.fitted(index.term, 64, signed);
                let element = self.element(state, array, index, through_pointer);
                let ty = match &**outer {
                    Place::Deref(pointer) => pointer.ty(),
                    Place::Var(variable) => here.body.function.variable(*variable).ty.clone(),
                    _ => Type::Unknown,
                };
                if let Type::Pointer(ty) | Type::Array(ty, _) = ty
                    && let Some(kind) = kind_of(&ty)
                {
                    self.note_element(element, kind);
                }
                element
            }
        }
    }

    /// Where a place lies that is written or copied with all that it holds.
    pub(super) fn locate_whole(&mut self, here: &Here, state: &mut State, place: &Place) -> LocationId {
        match place {
            Place::Deref(pointer) if matches!(pointer.ty(), Type::Pointer(to) if matches!(*to, Type::Array(..))) => {
                self.whole_pointee(here, state, pointer)
            }
            _ => self.locate(here, state, place),
        }
    }

    /// What a pointer points to where that is an array as a whole, and not its first element.
    fn whole_pointee(&mut self, here: &Here, state: &mut State, pointer: &Expr) -> LocationId {
        let pointer = self.evaluate(here, state, pointer).term;
        match self.terms.get(pointer) {
            Term::Address(array) => *array,
            _ => self.pointee(state, pointer),
        }
    }

    fn note_element(&mut self, element: LocationId, kind: &str) {
        if let Location::Element(array, ..) = *self.locations.get(element) {
            self.aliases.note_element(array, element, kind);
        }
    }

    /// Notes as what type an object is used whose field is named.
    fn note_view(&mut self, here: &Here, object: &Place, location: LocationId) {
        match object {
            Place::Var(variable) => {
                let ty = &here.body.function.variable(*variable).ty;
                self.aliases.note_view(location, ty);
            }
            Place::Deref(pointer) => {
                if let Type::Pointer(ty) = pointer.ty() {
                    self.aliases.note_view(location, &ty);
                }
            }
            Place::Global(name) => {
                if let Some(global) = self.code.global(here.body.file, name) {
                    self.aliases.note_view(location, &global.global.ty);
                }
            }
            _ => {}
        }
    }

    /// The element of an array, or of the array that a pointer points into.
    fn element(&mut self, state: &State, array: LocationId, index: TermId, through_pointer: bool) -> LocationId {
        let (array, index) = match *self.locations.get(array) {
            Location::Element(outer, start, _) if through_pointer => (outer, self.terms.add(start, index)),
            _ => (array, index),
        };
        let constant = self.terms.constant_of(index);
        if through_pointer && constant == Some(0) && !self.looks_like_array(state, array) {
            return array;
        }
        self.locations
            .intern(Location::Element(array, index, constant.is_none()))
    }

    /// What a pointer points to.
    pub(super) fn pointee(&mut self, state: &State, pointer: TermId) -> LocationId {
        let (parts, rest) = self.terms.parts(pointer);
        let base = parts.iter().find_map(|&(part, factor)| match self.terms.get(part) {
            Term::Address(location) if factor == 1 => Some((part, *location)),
            _ => None,
        });
        let Some((base, location)) = base else {
            return self.locations.intern(Location::Pointee(pointer));
        };
        if parts.len() == 1 && rest == 0 && !self.looks_like_array(state, location) {
            return location;
        }
        let offset = self.terms.subtract(pointer, base);
        let offset_is_bytes = self.terms.constant_of(offset) != Some(0);
        let (array, index) = match *self.locations.get(location) {
            Location::Element(array, start, _) => (array, self.terms.add(start, offset)),
            _ => (location, offset),
        };
        let element = self
            .locations
            .intern(Location::Element(array, index, self.terms.constant_of(index).is_none()));
        if offset_is_bytes {
            self.note_element(element, BYTES);
        }
        element
    }

    /// Whether elements of the location are known by index.
    fn looks_like_array(&self, state: &State, location: LocationId) -> bool {
        let memory = self.globals.memory_of(&self.locations, state, location);
        let parts = self.locations.parts(location).iter();
        parts.copied().any(|part| {
            matches!(self.locations.get(part), Location::Element(..)) && memory.holds_part(&self.locations, part)
        })
    }
}

/// Whether the program writes a value as a number: it is that number whatever its type.
fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::Const { .. } => true,
        Expr::Unary(_, inner, ..) => is_literal(inner),
        Expr::Binary(_, left, right, ..) => is_literal(left) && is_literal(right),
        _ => false,
    }
}

/// Whether a place is reached through what is known to be a pointer, if through any.
pub(super) fn leads_by_pointer(place: &Place) -> bool {
    match place {
        Place::Field(inner, _) | Place::Index(inner, _) => leads_by_pointer(inner),
        Place::Deref(pointer) => matches!(pointer.ty(), Type::Pointer(_)),
        _ => true,
    }
}

/// Whether a part belongs to an array and not to an element of it: its length. No field of a program is called so.
fn is_of_array(name: &str) -> bool {
    name.ends_with("()")
}

/// Whether a place is what a pointer points to, or beside that, as a whole.
pub(super) fn is_plain_target(place: &Place) -> bool {
    match place {
        Place::Index(inner, _) => is_plain_target(inner),
        Place::Deref(_) => true,
        _ => false,
    }
}
