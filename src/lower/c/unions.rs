//! Members of unions share memory: what is stored to one is seen in the others.

use super::C;
use super::structures::Structure;
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::constants;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Part;

/// Elements of an array that are looked at one by one.
const ELEMENTS: u64 = 16;
/// How deep members are looked into.
const NESTING: u32 = 4;

/// A number that was stored, in bytes from where what shares memory begins.
struct Stored<'place> {
    place: &'place Place,
    ty: Type,
    start: u64,
    end: u64,
}

impl Lowering<'_, C> {
    /// Notes that the address of a member of a union is kept: what is stored through it is stored to the other members too.
    pub fn note_kept_address(&mut self, value: &Expr) {
        let (Expr::Address(place, _) | Expr::Load(place, Type::Array(..), _)) = value.uncast() else {
            return;
        };
        let mut current = place;
        while let Place::Field(base, _) | Place::Index(base, _) = current {
            if let Place::Field(_, field) = current {
                let object = self.place_type(base);
                let structure = self.structure_of(&object);
                let others = structure.and_then(|structure| structure.overlaps.get(field).cloned());
                for other in others.unwrap_or_default() {
                    let other = Place::Field(base.clone(), other);
                    if !self.language.changing.contains(&other) {
                        self.language.changing.push(other);
                    }
                }
            }
            current = base;
        }
    }

    /// The value of a member of a union whose other members may be changed through pointers.
    pub fn changing_member(&mut self, node: &Node) -> Option<Expr> {
        if self.language.changing.is_empty() {
            return None;
        }
        let place = self.place(node)?;
        self.refresh_member(&place, node.span());
        Some(self.load(place, node.span()))
    }

    /// Forgets what a member of a union holds that may be changed through pointers.
    pub fn refresh_member(&mut self, place: &Place, at: Span) {
        let mut around = std::iter::successors(Some(place), |place| match place {
            Place::Field(base, _) | Place::Index(base, _) => Some(&**base),
            _ => None,
        });
        if around.any(|part| self.language.changing.contains(part)) {
            self.body.havoc(place.clone(), at);
        }
    }

    /// After a store to a member of a union the other members hold the same bytes. What is not a number, or lies where that
    /// is not known, is not followed.
    pub fn overlapping_stored(&mut self, place: &Place, at: Span) {
        let mut current = place;
        // How far into it the place lies.
        let mut within = Some(0);
        loop {
            let (base, field) = match current {
                Place::Field(base, field) => (base, field),
                Place::Index(array, index) => {
                    let ty = self.place_type(current);
                    let bytes = self.size_of_type(&ty).zip(constants::fold(index));
                    let bytes = bytes.and_then(|(size, index)| size.checked_mul(index));
                    within = within.zip(bytes).and_then(|(within, bytes)| bytes.checked_add(within));
                    current = array;
                    continue;
                }
                _ => return,
            };
            let object = self.place_type(base);
            let structure = self.structure_of(&object);
            let Some(structure) = structure else { return };
            let is_bits = structure.bits.contains_key(field);
            for other in structure.overlaps.get(field).cloned().unwrap_or_default() {
                let offsets = self.shared_offsets(&structure, field, &other, NESTING);
                let sibling = Place::field((**base).clone(), other.clone());
                let known = !is_bits && !structure.bits.contains_key(&other);
                match offsets.zip(within).filter(|_| known) {
                    Some(((start, first), within)) => self.seen_in(place, start + within, (&sibling, first), at),
                    None => self.body.havoc(sibling, at),
                }
            }
            let before = self.shared_offset(&structure, field, NESTING);
            within = within
                .zip(before)
                .and_then(|(within, before)| before.checked_add(within));
            current = base;
        }
    }

    /// A store to a place, so many bytes from where memory is shared, as a member sees it that lies there too.
    fn seen_in(&mut self, place: &Place, start: u64, (member, first): (&Place, u64), at: Span) {
        let ty = self.place_type(place);
        let Type::Int { bits: 8.., .. } = ty else {
            return self.body.havoc(member.clone(), at);
        };
        let stored = Stored {
            place,
            start,
            end: start.saturating_add(u64::from(ty.bits() / 8)),
            ty,
        };
        self.see(&stored, member, first, NESTING, at);
    }

    fn see(&mut self, stored: &Stored, member: &Place, first: u64, depth: u32, at: Span) {
        let ty = self.place_type(member);
        match &ty {
            Type::Int { bits: 8.., .. } => self.see_number(stored, member, (&ty, first), at),
            Type::Array(element, Some(length)) if *length <= ELEMENTS && depth > 0 => {
                let Some(size) = self.size_of_type(element) else {
                    return self.body.havoc(member.clone(), at);
                };
                for index in 0..*length {
                    let element = Place::element(member.clone(), constant(index, Type::SIZE, at));
                    self.see(stored, &element, first + index * size, depth - 1, at);
                }
            }
            Type::Aggregate(_) if depth > 0 => {
                let structure = self.structure_of(&ty);
                let offsets = structure.and_then(|structure| Some(self.layout(&structure, 1)?.offsets));
                let Some(offsets) = offsets else {
                    return self.body.havoc(member.clone(), at);
                };
                for (name, offset) in offsets {
                    let field = Place::field(member.clone(), name);
                    self.see(stored, &field, first + offset, depth - 1, at);
                }
            }
            _ => self.body.havoc(member.clone(), at),
        }
    }

    /// A number that lies where another is stored: a part of it, what has it as a part, or neither.
    fn see_number(&mut self, stored: &Stored, member: &Place, (ty, first): (&Type, u64), at: Span) {
        let end = first + u64::from(ty.bits() / 8);
        if end <= stored.start || stored.end <= first {
            return;
        }
        let value = Expr::Load(stored.place.clone(), stored.ty.clone(), at);
        let whole = |bits: u8| Type::Int { bits, signed: false };
        if stored.start <= first && end <= stored.end {
            let value = match first - stored.start {
                0 => value,
                bytes => {
                    let wide = whole(stored.ty.bits() as u8);
                    let shift = constant(bytes * 8, wide.clone(), at);
                    let value = self.cast_to(value, &wide, at);
                    Expr::binary(BinaryOp::ShiftRight, value, shift, wide, at)
                }
            };
            let value = self.cast_to(value, ty, at);
            self.body.set(member.clone(), value, at);
        } else if first <= stored.start && stored.end <= end {
            let wide = whole(ty.bits() as u8);
            let shift = (stored.start - first) * 8;
            let mask = (u64::MAX >> (64 - stored.ty.bits())) << shift;
            let others = constant(!mask & (u64::MAX >> (64 - ty.bits())), wide.clone(), at);
            let old = Expr::Load(member.clone(), ty.clone(), at);
            let old = self.cast_to(old, &wide, at);
            let old = Expr::binary(BinaryOp::And, old, others, wide.clone(), at);
            let value = self.cast_to(value, &whole(stored.ty.bits() as u8), at);
            let value = self.cast_to(value, &wide, at);
            let shift = constant(shift, wide.clone(), at);
            let value = Expr::binary(BinaryOp::ShiftLeft, value, shift, wide.clone(), at);
            let value = Expr::binary(BinaryOp::Or, old, value, wide, at);
            let value = self.cast_to(value, ty, at);
            self.body.set(member.clone(), value, at);
        } else {
            self.body.havoc(member.clone(), at);
        }
    }

    /// Where two fields of a structure that share memory begin, in bytes from where that does.
    fn shared_offsets(&mut self, structure: &Structure, one: &str, other: &str, depth: u32) -> Option<(u64, u64)> {
        let has = |inner: &Structure, name: &str| inner.fields.iter().any(|(field, _)| field == name);
        let both = structure
            .nameless
            .values()
            .find(|(_, inner)| has(inner, one) && has(inner, other));
        match both.cloned() {
            Some((_, inner)) => self.shared_offsets(&inner, one, other, depth.checked_sub(1)?),
            None if structure.union => Some((
                self.shared_offset(structure, one, depth)?,
                self.shared_offset(structure, other, depth)?,
            )),
            None => None,
        }
    }

    /// How many bytes into an object a field of it lies.
    fn shared_offset(&mut self, structure: &Structure, field: &str, depth: u32) -> Option<u64> {
        let has = |inner: &Structure| inner.fields.iter().any(|(name, _)| name == field);
        if !structure.union {
            return self.layout(structure, 1)?.offsets.get(field).copied();
        }
        match structure.nameless.values().find(|(_, inner)| has(inner)).cloned() {
            Some((_, inner)) => self.shared_offset(&inner, field, depth.checked_sub(1)?),
            None => Some(0),
        }
    }

    /// A cast of the address of an object to a pointer to its first member, or the other way round: they begin together, and
    /// fields of one name in both are different ones.
    pub fn member_cast(&mut self, node: &Node) -> Option<Expr> {
        let (to, value) = (node.part(Part::Type)?, node.part(Part::Value)?);
        let ty = self.named_type(&to);
        let Type::Pointer(target) = &ty else { return None };
        if !matches!(**target, Type::Aggregate(_)) {
            return None;
        }
        let value = self.value(&value);
        let from = self.pointee_type(&value);
        let place = match value.uncast() {
            Expr::Address(place, _) if from != **target => self
                .first_member(place, &from, target)
                .or_else(|| self.around_first_member(place, target)),
            _ => None,
        };
        Some(match place {
            Some(place) => Expr::Address(place, node.span()),
            None if from != **target && self.is_confused(&from, target) => {
                self.unread_call(&[value], node.span());
                Expr::Unknown(ty, node.span())
            }
            None => self.cast_to(value, &ty, node.span()),
        })
    }

    /// The member of a type that an object begins with.
    fn first_member(&mut self, object: &Place, ty: &Type, wanted: &Type) -> Option<Place> {
        let (mut place, mut ty) = (object.clone(), ty.clone());
        for _ in 0..NESTING {
            let structure = self.structure_of(&ty).filter(|structure| structure.bases.is_empty())?;
            let (name, first) = structure.fields.first()?.clone();
            if structure.nameless.contains_key(&name) {
                return None;
            }
            place = Place::field(place, name);
            if first == *wanted {
                return Some(place);
            }
            ty = first;
        }
        None
    }

    /// The object of a type that begins with a member.
    fn around_first_member(&mut self, member: &Place, wanted: &Type) -> Option<Place> {
        let Place::Field(object, _) = member else { return None };
        let ty = self.place_type(object);
        let begins = self.place_type(member);
        let first = self.first_member(object, &ty, &begins)?;
        (ty == *wanted && first == *member).then(|| (**object).clone())
    }

    /// Whether one type begins with the other, and both have a field of one name.
    fn is_confused(&mut self, one: &Type, other: &Type) -> bool {
        let nowhere = Place::Setting(String::new());
        let nested =
            self.first_member(&nowhere, one, other).is_some() || self.first_member(&nowhere, other, one).is_some();
        let (Some(one), Some(other)) = (self.structure_of(one), self.structure_of(other)) else {
            return false;
        };
        let has = |name: &String| other.fields.iter().any(|(other, _)| other == name);
        nested && one.fields.iter().any(|(name, _)| has(name))
    }
}
