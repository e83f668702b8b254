//! `==`, `<` and their like. Two values are compared as numbers only where both are known to be numbers; references compare
//! what they lead to, structures, tuples and enumerations their parts, types with an `eq` of the unit call it. Whether
//! anything else compares as equal or less is not known: it may or may not.

use super::definitions::Definition;
use super::parts::{ERROR, TAG};
use super::{Lower, calls, methods, options, types};
use crate::ir::{Argument, BinaryOp, BlockId, Expr, Place, Type, VarId};
use crate::lower::values::{binary_operator, constant};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

/// How deep parts of parts are compared.
pub const DEPTH: u32 = 4;

/// Of arrays of how many elements these are compared.
const ELEMENTS: u64 = 8;

/// Of how many variants with data the data is compared.
const VARIANTS: usize = 8;

/// What is known of a value that is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// An integer, character or truth value.
    Number,
    /// An address with a meaning of its own: null, `MAP_FAILED`.
    Sentinel,
    /// A pointer that is no reference.
    Raw,
    /// A reference.
    Reference,
    /// A reference or a pointer.
    Pointer,
    /// A structure, tuple or enumeration.
    Structured,
    /// Anything.
    Untyped,
    /// Slices, strings, floats, functions.
    Other,
}

/// A comparison as it is written.
pub fn comparison(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let operator = node.part(Part::Operator)?;
    binary_operator(operator.text()).filter(|operator| operator.is_comparison())?;
    let (left, right) = (node.part(Part::Left)?, node.part(Part::Right)?);
    let is_cast = [&left, &right].into_iter().any(is_cast);
    let left = lowering.value(&left);
    let mark = lowering.body.mark();
    let right = lowering.value(&right);
    let left = lowering.body.settle(left, mark);
    let pointers = |value: &Expr| matches!(value.ty(), Type::Pointer(_));
    if is_cast && pointers(&left) && pointers(&right) {
        return Some(addresses(lowering, operator.text(), (left, right), node.span()));
    }
    Some(lowering.operation(operator.text(), left, right, node.span()))
}

/// What is cast to a pointer is no reference any more.
fn is_cast(node: &Node) -> bool {
    match node.role() {
        Some(Role::Cast) => true,
        Some(Role::Parenthesized) => node.part(Part::Value).is_some_and(|inner| is_cast(&inner)),
        _ => false,
    }
}

/// Whether two values are equal.
pub fn equality(lowering: &mut Lower<'_>, left: Expr, right: Expr, negated: bool, at: Span) -> Expr {
    lowering.operation(if negated { "!=" } else { "==" }, left, right, at)
}

/// A comparison that is not one of two numbers.
pub fn compared(lowering: &mut Lower<'_>, operator: &str, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
    use Kind::*;
    let op = binary_operator(operator).filter(|op| op.is_comparison())?;
    if [left, right].iter().all(|value| value.ty() == Type::Void) {
        // There is one value of the type.
        let holds = matches!(op, BinaryOp::Equal | BinaryOp::LessEqual | BinaryOp::GreaterEqual);
        return Some(constant(u64::from(holds), Type::BOOL, at));
    }
    let kinds = [kind(lowering, left), kind(lowering, right)];
    let pair = (left.clone(), right.clone());
    match kinds {
        [Number, Number | Untyped] | [Untyped, Number] => None,
        [Sentinel, Sentinel | Raw | Pointer | Reference | Untyped | Number]
        | [Raw | Pointer | Reference | Untyped | Number, Sentinel] => Some(plainly(op, pair, at)),
        [Raw, _] | [_, Raw] | [Pointer, Pointer] => Some(either(lowering, at)),
        // The operators work on references as on what they lead to; `Rc` and the like are pointers here.
        [
            Reference | Pointer | Structured | Number,
            Reference | Pointer | Structured | Number,
        ] => Some(behind(lowering, op, pair, at)),
        [Structured, Untyped] | [Untyped, Structured] => Some(behind(lowering, op, pair, at)),
        _ => Some(either(lowering, at)),
    }
}

fn plainly(op: BinaryOp, (left, right): (Expr, Expr), at: Span) -> Expr {
    let ty = super::conversions::common_type(&[&left, &right]);
    let [left, right] = [left, right].map(|value| super::conversions::convert(value, &ty));
    Expr::comparison(op, left, right, at)
}

fn addresses(lowering: &mut Lower<'_>, operator: &str, (left, right): (Expr, Expr), at: Span) -> Expr {
    let sentinel = [&left, &right]
        .into_iter()
        .any(|value| kind(lowering, value) == Kind::Sentinel);
    match binary_operator(operator).filter(|_| sentinel) {
        Some(op) => plainly(op, (left, right), at),
        // Different things may have one address: constants, things without a size, one after the other.
        None => either(lowering, at),
    }
}

fn kind(lowering: &mut Lower<'_>, value: &Expr) -> Kind {
    if lowering.is_number(value) {
        return Kind::Number;
    }
    match (value, value.ty()) {
        (Expr::Function(..), _) => Kind::Other,
        (Expr::Const { .. }, Type::Pointer(_)) | (Expr::Load(Place::Global(_), ..), Type::Pointer(_)) => Kind::Sentinel,
        (Expr::Load(Place::Global(_), ..), Type::Unknown) => Kind::Untyped,
        (Expr::Address(..), _) => Kind::Reference,
        (Expr::Cast(inner, ..), Type::Pointer(_)) if matches!(inner.uncast(), Expr::Address(..)) => Kind::Reference,
        (Expr::Cast(inner, ..), Type::Pointer(_)) if matches!(inner.uncast(), Expr::Const { .. }) => Kind::Sentinel,
        (_, Type::Pointer(to)) if *to == Type::Void => Kind::Raw,
        (Expr::Load(..), Type::Pointer(_)) => Kind::Pointer,
        (_, Type::Pointer(_)) => Kind::Raw,
        (_, Type::Aggregate(_) | Type::Array(_, Some(_))) => Kind::Structured,
        (_, Type::Unknown) => Kind::Untyped,
        _ => Kind::Other,
    }
}

/// It may be or not.
fn either(lowering: &mut Lower<'_>, at: Span) -> Expr {
    let truth = |bits| move |_: &mut Lower<'_>| constant(bits, Type::BOOL, at);
    lowering.choose(Expr::Unknown(Type::BOOL, at), at, truth(1), truth(0))
}

/// Compares what references lead to, or structures.
fn behind(lowering: &mut Lower<'_>, op: BinaryOp, (left, right): (Expr, Expr), at: Span) -> Expr {
    let negated = match op {
        BinaryOp::Equal => false,
        BinaryOp::NotEqual => true,
        _ => return ordered(lowering, op, (left, right), at),
    };
    let [left, right] = [left, right].map(|value| lowering.place_behind(value));
    let (same, differ, exit) = (lowering.body.block(), lowering.body.block(), lowering.body.block());
    equal_places(lowering, (&left, &right), (same, differ), at);
    let result = lowering.body.temporary(Type::BOOL, at);
    for (block, equal) in [(same, true), (differ, false)] {
        lowering.body.switch_to(block);
        let value = constant(u64::from(equal != negated), Type::BOOL, at);
        lowering.body.assign(Place::Var(result), value, at);
        lowering.body.goto(exit);
    }
    lowering.body.switch_to(exit);
    Expr::Load(Place::Var(result), Type::BOOL, at)
}

/// `<` and its like behind references: of numbers, and of structures that hold one.
fn ordered(lowering: &mut Lower<'_>, op: BinaryOp, (left, right): (Expr, Expr), at: Span) -> Expr {
    let sides = [left, right].map(|value| lowering.place_behind(value));
    let values = sides
        .clone()
        .map(|place| match types::base(&lowering.place_type(&place)) {
            Some("NonZero" | "Wrapping" | "Saturating") => lowering.load(Place::field(place, "0"), at),
            Some("Ordering") => lowering.load(Place::field(place, TAG), at),
            _ => lowering.load(place, at),
        });
    let numbers = values.iter().all(|value| lowering.is_number(value));
    let structured = values.iter().all(|value| matches!(value.ty(), Type::Aggregate(_)));
    let ([left, right], [left_side, right_side]) = (values, sides);
    match (numbers, structured) {
        (true, _) => plainly(op, (left, right), at),
        (_, true) => super::order::compare(lowering, op, (left_side, right_side), at),
        _ => either(lowering, at),
    }
}

type Ways = (BlockId, BlockId);

fn undecided(lowering: &mut Lower<'_>, (same, differ): Ways, at: Span) {
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), same, differ, at);
}

/// Compares what two places hold, behind references.
pub fn equal_places(lowering: &mut Lower<'_>, (left, right): (&Place, &Place), ways: Ways, at: Span) {
    let ty = match lowering.place_type(left) {
        Type::Unknown => lowering.place_type(right),
        ty => ty,
    };
    if lowering.language.comparing >= DEPTH {
        return undecided(lowering, ways, at);
    }
    lowering.language.comparing += 1;
    if let Some(length) = same_length(lowering, left, right) {
        lowering.deeper(at, (), |lowering| {
            equal_elements(lowering, (left, right), length, ways, at)
        });
    } else if matches!(ty, Type::Aggregate(_)) {
        lowering.deeper(at, (), |lowering| equal_parts(lowering, (left, right), &ty, ways, at));
    } else {
        let [left, right] = [left, right].map(|place| lowering.load(place.clone(), at));
        let test = lowering.operation("==", left, right, at);
        lowering.body.branch(test, ways.0, ways.1, at);
    }
    lowering.language.comparing -= 1;
}

/// The length of two arrays, if it is one and not large.
fn same_length(lowering: &mut Lower<'_>, left: &Place, right: &Place) -> Option<u64> {
    let lengths = [left, right].map(|place| match lowering.place_type(place) {
        Type::Array(_, length) => length.filter(|&length| length <= ELEMENTS),
        _ => None,
    });
    lengths[0].filter(|_| lengths[0] == lengths[1])
}

/// Goes to the first block if all elements are equal, else to the second.
fn equal_elements(lowering: &mut Lower<'_>, places: (&Place, &Place), length: u64, (same, differ): Ways, at: Span) {
    for index in 0..length {
        let next = lowering.body.block();
        let element = |place: &Place| Place::element(place.clone(), constant(index, Type::SIZE, at));
        equal_places(lowering, (&element(places.0), &element(places.1)), (next, differ), at);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(same);
}

/// Goes to the first block if all parts are equal, else to the second.
fn equal_parts(lowering: &mut Lower<'_>, places: (&Place, &Place), ty: &Type, ways: Ways, at: Span) {
    if let Some(test) = own_equality(lowering, places, ty, at) {
        return match test {
            Some(test) => lowering.body.branch(test, ways.0, ways.1, at),
            None => undecided(lowering, ways, at),
        };
    }
    let parts: Vec<String> = match types::base(ty) {
        Some("Option" | "Result") => return fallible(lowering, places, ty, ways, at),
        Some("") => (0..types::arguments(ty).len()).map(|index| index.to_string()).collect(),
        Some("NonZero" | "Wrapping" | "Saturating") => vec!["0".to_owned()],
        Some(_) if lowering.is_enumeration(ty) => return variants(lowering, places, ty, ways, at),
        _ => {
            let structure = lowering.structure_fields(ty);
            structure.into_iter().map(|field| field.name).collect()
        }
    };
    // Of what is known to have no parts there is one value.
    let base = types::base(ty).unwrap_or("");
    let is_known = base.is_empty() || matches!(lowering.definition(base).as_deref(), Some(Definition::Structure(_)));
    match is_known || !parts.is_empty() {
        true => all_parts(lowering, places, parts, ways, at),
        false => undecided(lowering, ways, at),
    }
}

fn all_parts(lowering: &mut Lower<'_>, places: (&Place, &Place), parts: Vec<String>, ways: Ways, at: Span) {
    let (same, differ) = ways;
    for part in parts {
        let next = lowering.body.block();
        let [left, right] = [places.0, places.1].map(|place| Place::field(place.clone(), part.clone()));
        equal_places(lowering, (&left, &right), (next, differ), at);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(same);
}

/// `eq` of the unit for a type: its answer, or none if which one is called is not known.
fn own_equality(
    lowering: &mut Lower<'_>,
    (left, right): (&Place, &Place),
    ty: &Type,
    at: Span,
) -> Option<Option<Expr>> {
    let holder = types::base(ty)?.to_owned();
    let found: Vec<ItemId> = lowering.index.functions_from(lowering.file, "eq");
    let of_type = |id: &&ItemId| lowering.index.item(**id).1.scope.last() == Some(&holder);
    let own: Vec<ItemId> = found.iter().filter(of_type).copied().collect();
    let id = match own.as_slice() {
        [] => return None,
        [id] => methods::own_method(lowering, ty, "eq").filter(|own| own == id),
        _ => None,
    };
    let Some(id) = id else { return Some(None) };
    let arguments = [left, right].map(|place| Argument {
        value: lowering.reference(place.clone(), at),
        at,
    });
    Some(Some(calls::call_item(lowering, id, "eq", arguments.into(), at)))
}

/// Enumerations: the tags, and what the variant holds.
fn variants(lowering: &mut Lower<'_>, places: (&Place, &Place), ty: &Type, (same, differ): Ways, at: Span) {
    let tags = [places.0, places.1].map(|place| lowering.load(Place::field(place.clone(), TAG), at));
    let [left, right] = tags.clone();
    let both = lowering.body.block();
    let test = Expr::comparison(BinaryOp::Equal, left, right, at);
    lowering.body.branch(test, both, differ, at);
    lowering.body.switch_to(both);
    let definition = types::base(ty).and_then(|name| lowering.definition(name));
    let Some(definition) = definition else {
        return lowering.body.goto(same);
    };
    let with_data: Vec<_> = definition
        .variants()
        .iter()
        .filter(|variant| !variant.fields.is_empty())
        .collect();
    if with_data.len() > VARIANTS {
        return undecided(lowering, (same, differ), at);
    }
    for variant in with_data {
        let (this, next) = (lowering.body.block(), lowering.body.block());
        let tag = super::aggregates::tag(variant, at);
        let test = Expr::comparison(BinaryOp::Equal, tags[0].clone(), tag, at);
        lowering.body.branch(test, this, next, at);
        lowering.body.switch_to(this);
        let held = [places.0, places.1].map(|place| Place::field(place.clone(), variant.name.clone()));
        let parts = variant.fields.iter().map(|field| field.name.clone()).collect();
        all_parts(lowering, (&held[0], &held[1]), parts, (same, differ), at);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(same);
}

/// `Option` and `Result`: the tags, and the values where there are any.
fn fallible(lowering: &mut Lower<'_>, (left, right): (&Place, &Place), ty: &Type, (same, differ): Ways, at: Span) {
    let [full, empty, both, neither] = [(); 4].map(|()| lowering.body.block());
    lowering.body.branch(options::tag(left, at), full, empty, at);
    lowering.body.switch_to(full);
    lowering.body.branch(options::tag(right, at), both, differ, at);
    lowering.body.switch_to(both);
    let held = |place: &Place, name: &str| Place::field(place.clone(), name);
    equal_places(lowering, (&held(left, "0"), &held(right, "0")), (same, differ), at);
    lowering.body.switch_to(empty);
    lowering.body.branch(options::tag(right, at), differ, neither, at);
    lowering.body.switch_to(neither);
    match types::base(ty) {
        Some("Result") => equal_places(lowering, (&held(left, ERROR), &held(right, ERROR)), (same, differ), at),
        _ => lowering.body.goto(same),
    }
}

/// Where a number of unknown width is held: a variable, and the parts of it that lead there.
pub type NumberAt = (VarId, String);

fn number_at(place: &Place) -> Option<NumberAt> {
    match place {
        Place::Var(id) => Some((*id, String::new())),
        Place::Field(whole, name) => number_at(whole).map(|(id, path)| (id, format!("{path}.{name}"))),
        Place::Index(whole, _) => number_at(whole).map(|(id, path)| (id, format!("{path}[]"))),
        Place::Deref(pointer) => match pointer.uncast() {
            Expr::Address(place, _) => number_at(place),
            _ => None,
        },
        Place::Global(_) | Place::Setting(_) => None,
    }
}

impl Lower<'_> {
    /// Notes that what a place holds is a number, or has parts that are, if the value does: of a literal the type may never
    /// be seen.
    pub fn note_number(&mut self, place: &Place, value: &Expr) {
        let Some((to, path)) = number_at(place) else { return };
        if value.ty() == Type::Unknown && self.is_number(value) {
            self.language.untyped_numbers.insert((to, path));
        } else if let Expr::Load(from, Type::Aggregate(_) | Type::Array(..), _) = value
            && let Some((from, whole)) = number_at(from)
        {
            let known = self.language.untyped_numbers.range((from, whole.clone())..);
            let parts = known.take_while(|(id, part)| *id == from && part.starts_with(&whole));
            let behind = parts.map(|(_, part)| &part[whole.len()..]);
            let behind = behind.filter(|part| part.is_empty() || part.starts_with(['.', '[']));
            let noted: Vec<_> = behind.map(|part| (to, path.clone() + part)).collect();
            self.language.untyped_numbers.extend(noted);
        }
    }

    /// Whether a value is known to be a number.
    pub fn is_number(&self, value: &Expr) -> bool {
        match (value, value.ty()) {
            (_, Type::Int { .. }) | (Expr::Const { .. }, Type::Unknown) => true,
            (Expr::Load(place, ..), Type::Unknown) => {
                number_at(place).is_some_and(|key| self.language.untyped_numbers.contains(&key))
            }
            (Expr::Unary(_, operand, ..), Type::Unknown) => self.is_number(operand),
            (Expr::Binary(_, left, right, ..), Type::Unknown) => self.is_number(left) || self.is_number(right),
            _ => false,
        }
    }
}
