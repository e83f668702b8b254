//! Initialiser lists: `{…}` for structures, unions, arrays and scalars, with designators and brace elision.

use std::collections::{BTreeSet, VecDeque};

use super::C;
use super::containers::is_container;
use crate::ir::{Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// Elements that are stored one by one; longer arrays are havocked as a whole.
const ELEMENTS: usize = 256;
/// Objects of an array that are made one by one where the list has nothing for them.
const OBJECTS: u64 = 8;

impl Lowering<'_, C> {
    /// Stores an initialiser list to a place: what it does not name is zero.
    pub fn initializer_list(&mut self, place: &Place, ty: &Type, node: &Node) {
        let at = node.span();
        if let Some(written) = node.part(Part::Type)
            && *ty != Type::Unknown
            && (self.language.cpp || !matches!(ty, Type::Aggregate(_) | Type::Array(..)))
            && self.named_type(&written) != *ty
            && let Some(value) = self.unnamed_object(node)
        {
            return self.copy_made(place, ty, value, at);
        }
        let elements: Vec<Node> = node.parts(Part::Element).collect();
        match ty {
            Type::Int { .. } | Type::Pointer(_) | Type::Float => {
                let value = match elements.first() {
                    Some(first) => self.value(first),
                    None => constant(0, ty.clone(), at),
                };
                return self.store(place, value, at);
            }
            _ if is_container(ty) => return self.container_list(place, ty, &elements, at),
            Type::Aggregate(class) if self.language.cpp && self.constructs(ty) => {
                if !elements.is_empty() && self.takes_lists(class) {
                    // A list goes to the constructor that takes one before all others.
                    let given = self.given_by_reference(&elements);
                    return self.made_of(place, given, at);
                }
                return self.construct(place, ty, node, at);
            }
            _ if self.is_unread_class(ty) && !elements.is_empty() => {
                let given = self.given_by_reference(&elements);
                return self.made_of(place, given, at);
            }
            _ => {}
        }
        // Where elements in order are for parts that are not known, these may hold anything.
        let in_order = elements.iter().any(|element| element.field("designator").is_none());
        match in_order && self.is_open(ty) && !matches!(ty, Type::Array(..)) {
            true => self.body.havoc(place.clone(), at),
            false => self.body.clear(place.clone(), at),
        }
        self.fill(place, ty, &mut elements.into(), true, at);
    }

    /// Stores elements to the parts of a place, in order or by designator. Without braces of its own an aggregate takes
    /// only as many elements as it has parts.
    pub fn fill(&mut self, place: &Place, ty: &Type, elements: &mut VecDeque<Node>, braced: bool, at: Span) {
        let filled = self.fill_given(place, ty, elements, braced);
        if self.language.cpp {
            self.fill_rest(place, ty, &filled, at);
        }
    }

    /// Gives the positions of the parts that got an element.
    fn fill_given(&mut self, place: &Place, ty: &Type, elements: &mut VecDeque<Node>, braced: bool) -> BTreeSet<usize> {
        let mut filled = BTreeSet::new();
        let mut position = 0_usize;
        while let Some(element) = elements.front().cloned() {
            let designators: Vec<Node> = element.fields("designator").collect();
            if !designators.is_empty() {
                if !braced {
                    return filled;
                }
                elements.pop_front();
                position = self.designated(place, ty, &element, &designators).unwrap_or(position);
                filled.insert(position);
                position = self.part_after(ty, position);
                continue;
            }
            if let Some((inner, parts)) = self.nameless_part(ty, position) {
                self.fill_nameless(place, &inner, elements, &element);
                filled.extend(position..position + parts);
                position += parts;
                continue;
            }
            let Some((part, part_type)) = self.part(place, ty, position) else {
                if braced && self.is_open(ty) {
                    match ty {
                        Type::Array(..) => self.beyond(place, elements),
                        _ => self.somewhere(elements),
                    }
                    continue;
                }
                return filled;
            };
            if position >= ELEMENTS {
                self.beyond(place, elements);
                continue;
            }
            self.fill_part(&part, &part_type, elements, &element);
            filled.insert(position);
            position += 1;
        }
        filled
    }

    /// The member without a name that begins at a position, and how many parts it has.
    fn nameless_part(&mut self, ty: &Type, position: usize) -> Option<(Type, usize)> {
        let structure = self.structure_of(ty)?;
        let (first, _) = structure.fields.get(position)?;
        let (called, inner) = structure.nameless.get(first)?;
        (position == 0 || !structure.union).then(|| (Type::Aggregate(called.clone()), inner.fields.len()))
    }

    /// Stores elements to the parts of a member without a name, which are parts of the place.
    fn fill_nameless(&mut self, place: &Place, inner: &Type, elements: &mut VecDeque<Node>, element: &Node) {
        let at = element.span();
        if element.role() == Some(Role::Aggregate) {
            elements.pop_front();
            let mut own = element.parts(Part::Element).collect();
            return self.deeper(at, (), |lowering| lowering.fill(place, inner, &mut own, true, at));
        }
        let before = elements.len();
        self.deeper(at, (), |lowering| lowering.fill(place, inner, elements, false, at));
        if elements.len() == before {
            self.beyond(place, elements);
        }
    }

    /// The position after that of a part: behind the whole union that it is a member of.
    fn part_after(&mut self, ty: &Type, position: usize) -> usize {
        let Some(structure) = self.structure_of(ty) else {
            return position + 1;
        };
        let is_first = |(name, _): &(String, Type)| structure.nameless.contains_key(name);
        let fields = structure.fields.iter().take(position + 1);
        let start = fields.rev().position(is_first).map(|back| position - back);
        let inner = start.and_then(|start| Some((start, structure.nameless.get(&structure.fields.get(start)?.0)?)));
        match inner {
            Some((start, (_, inner))) if inner.union && position < start + inner.fields.len() => {
                start + inner.fields.len()
            }
            _ => position + 1,
        }
    }

    /// Parts that got no element are as their classes say.
    fn fill_rest(&mut self, place: &Place, ty: &Type, filled: &BTreeSet<usize>, at: Span) {
        match ty {
            Type::Array(element, Some(length))
                if *length <= OBJECTS && matches!(**element, Type::Aggregate(_) | Type::Array(..)) =>
            {
                for index in (0..*length).filter(|index| !filled.contains(&(*index as usize))) {
                    let part = Place::element(place.clone(), constant(index, Type::SIZE, at));
                    self.construct_default(&part, element, at);
                }
            }
            Type::Aggregate(_) if filled.is_empty() => self.default_members(place, ty, at),
            Type::Aggregate(_) => {
                let Some(structure) = self.structure_of(ty).filter(|structure| !structure.union) else {
                    return;
                };
                for (index, (name, _)) in structure.fields.iter().enumerate() {
                    if !filled.contains(&index) {
                        self.default_member(place, ty, name, at, 2);
                    }
                }
            }
            _ => {}
        }
    }

    /// Whether elements may come for which no part is known.
    fn is_open(&mut self, ty: &Type) -> bool {
        match ty {
            Type::Array(..) | Type::Unknown => true,
            Type::Aggregate(_) => self
                .structure_of(ty)
                .is_none_or(|structure| structure.fields.is_empty()),
            _ => false,
        }
    }

    /// An element that is not followed: its calls are lowered, and the place may hold anything.
    fn beyond(&mut self, place: &Place, elements: &mut VecDeque<Node>) {
        let at = elements.front().map(Node::span);
        self.somewhere(elements);
        if let Some(at) = at {
            self.body.havoc(place.clone(), at);
        }
    }

    /// An element for a part that is not known: whoever gets the whole gets the address that it may be.
    fn somewhere(&mut self, elements: &mut VecDeque<Node>) {
        let Some(element) = elements.pop_front() else { return };
        let value = match element.role() {
            Some(Role::Aggregate) if element.part(Part::Type).is_none() => return self.statement(&element),
            _ => self.value(&element),
        };
        let value = self.decayed(value);
        if matches!(value.uncast(), Expr::Address(..)) {
            self.unread_call(&[value], element.span());
        }
    }

    fn fill_part(&mut self, part: &Place, ty: &Type, elements: &mut VecDeque<Node>, element: &Node) {
        // The standard library's classes have constructors: they take one element each.
        let own = !matches!(ty, Type::Aggregate(name) if name.contains('<'));
        let aggregate = matches!(ty, Type::Array(..)) || self.structure_of(ty).is_some() && !self.constructs(ty);
        let aggregate = own && aggregate;
        let elided = aggregate && !matches!(element.role(), Some(Role::Aggregate | Role::String));
        if elided && !self.is_whole(element, ty) {
            // Brace elision: the parts of the part take the elements that come. An empty one takes none.
            let before = elements.len();
            let at = element.span();
            self.deeper(at, (), |lowering| lowering.fill(part, ty, elements, false, at));
            if elements.len() == before {
                self.beyond(part, elements);
            }
            return;
        }
        elements.pop_front();
        match (element.role(), ty) {
            (Some(Role::String), Type::Array(..)) => {
                self.body.havoc(part.clone(), element.span());
            }
            _ => self.initialize_member(part, element, element.span()),
        }
    }

    /// Whether an element is a value of the whole aggregate (a variable or call of that type), not of its first part.
    fn is_whole(&mut self, element: &Node, ty: &Type) -> bool {
        if !matches!(ty, Type::Aggregate(_)) {
            return false;
        }
        let value = self.speculative(|lowering| lowering.value(element));
        match value.ty() {
            Type::Aggregate(_) => true,
            Type::Unknown => element.role() == Some(Role::Call),
            _ => false,
        }
    }

    /// Stores a designated element; gives the position of its part.
    fn designated(&mut self, place: &Place, ty: &Type, element: &Node, designators: &[Node]) -> Option<usize> {
        let (mut part, mut part_type, mut first) = (place.clone(), ty.clone(), None);
        for designator in designators {
            let (next, position) = self.designator(&part, &part_type, designator)?;
            part_type = self.place_type(&next);
            part = next;
            first = first.or(Some(position));
        }
        if let Some(value) = element.part(Part::Value) {
            self.initialize_member(&part, &value, element.span());
        }
        first
    }

    fn designator(&mut self, place: &Place, ty: &Type, designator: &Node) -> Option<(Place, usize)> {
        let inner = designator.children().next();
        if matches!(designator.kind(), "subscript_designator" | "subscript_range_designator") {
            let index = inner.and_then(|index| self.constant_value(&index));
            let range = designator.kind() == "subscript_range_designator";
            return match index.filter(|_| !range) {
                Some(index) => {
                    let element = constant(index, Type::SIZE, designator.span());
                    Some((Place::element(place.clone(), element), index as usize))
                }
                None => {
                    self.body.havoc(place.clone(), designator.span());
                    let index = Expr::Unknown(Type::SIZE, designator.span());
                    Some((Place::element(place.clone(), index), ELEMENTS))
                }
            };
        }
        let name = inner.unwrap_or_else(|| designator.clone()).text().to_owned();
        let structure = self.structure_of(ty);
        let position = structure.and_then(|structure| structure.fields.iter().position(|(field, _)| *field == name));
        Some((Place::field(place.clone(), name), position.unwrap_or(ELEMENTS)))
    }

    /// The part of a place at a position, with its type.
    fn part(&mut self, place: &Place, ty: &Type, position: usize) -> Option<(Place, Type)> {
        match ty {
            Type::Array(element, length) => {
                if length.is_some_and(|length| position as u64 >= length) {
                    return None;
                }
                let index = constant(position as u64, Type::SIZE, Span::new(self.file, 0, 0));
                Some((Place::element(place.clone(), index), (**element).clone()))
            }
            Type::Aggregate(_) => {
                let structure = self.structure_of(ty)?;
                if structure.union && position > 0 {
                    return None;
                }
                let (name, ty) = structure.fields.get(position)?;
                Some((Place::field(place.clone(), name.clone()), ty.clone()))
            }
            _ => None,
        }
    }
}
