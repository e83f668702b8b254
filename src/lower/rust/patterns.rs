//! Patterns: tests on places, and the names that they bind.

use std::collections::BTreeMap;

use super::aggregates::behind;
use super::definitions::Variant;
use super::names::segments;
use super::parts::{LENGTH, TAG, part};
use super::{Lower, aggregates, options, paths, sequences, types};
use crate::ir::{BinaryOp, BlockId, End, Expr, Place, Type, VarId, Variable};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::{Language, Span};
use crate::syntax::roles::Part;
use crate::syntax::{Node, lexer};

/// One pattern being matched.
pub struct Matching {
    /// Where to go if it does not fit.
    pub no: BlockId,
    /// Names bound so far: the alternatives of a pattern bind the same.
    names: BTreeMap<String, VarId>,
    /// Names are bound to references, because the pattern was led through one.
    by_reference: bool,
}

impl Matching {
    /// One that goes to `no` if the pattern does not fit.
    pub fn new(no: BlockId) -> Matching {
        Matching {
            no,
            names: BTreeMap::new(),
            by_reference: false,
        }
    }
}

/// Goes to `yes` if the subject fits, else to `no`.
pub fn test(lowering: &mut Lower<'_>, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId) {
    let place = lowering.place_of_value(subject.clone());
    fit(lowering, &mut Matching::new(no), &place, pattern);
    lowering.body.goto(yes);
}

/// `let pattern = value` as a condition.
pub fn let_condition(lowering: &mut Lower<'_>, node: &Node, yes: BlockId, no: BlockId) -> bool {
    let (Some(pattern), Some(value)) = (node.part(Part::Pattern), node.part(Part::Value)) else {
        return false;
    };
    let place = lowering.place_or_copy(&value);
    fit(lowering, &mut Matching::new(no), &place, &pattern);
    lowering.body.goto(yes);
    true
}

/// Conditions of which all must hold, `let` among them.
pub fn chain(lowering: &mut Lower<'_>, operands: &[Node], yes: BlockId, no: BlockId) {
    for operand in operands {
        let next = lowering.body.block();
        lowering.condition(operand, next, no);
        lowering.body.switch_to(next);
    }
    lowering.body.goto(yes);
}

/// Binds the names of a pattern that always fits.
pub fn bind_all(lowering: &mut Lower<'_>, place: &Place, pattern: &Node) {
    let never = lowering.body.block();
    fit(lowering, &mut Matching::new(never), place, pattern);
    let here = lowering.body.current();
    lowering.body.switch_to(never);
    lowering.body.end(End::Stop);
    lowering.body.switch_to(here);
}

/// Goes on if what the place holds fits the pattern, else to where it does not.
pub fn fit(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    lowering.deeper(node.span(), (), |lowering| fit_here(lowering, matching, place, node));
}

fn fit_here(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    match node.kind() {
        "match_pattern" => {
            let guard = node.field("condition");
            let inner = node.tokens().find(|inner| Some(inner) != guard.as_ref());
            inner.iter().for_each(|inner| fit(lowering, matching, place, inner));
        }
        "identifier" if !is_fixed(lowering, node) => bind(lowering, matching, place, node.text(), node.span()),
        "identifier" | "scoped_identifier" => fit_path(lowering, matching, place, node, &[]),
        "captured_pattern" => {
            let mut children = node.children();
            if let (Some(name), Some(inner)) = (children.next(), children.last()) {
                fit(lowering, matching, place, &inner);
                bind(lowering, matching, place, name.text(), name.span());
            }
        }
        "mut_pattern" | "box_pattern" => node
            .children()
            .last()
            .iter()
            .for_each(|inner| fit(lowering, matching, place, inner)),
        "ref_pattern" => {
            let before = std::mem::replace(&mut matching.by_reference, true);
            node.children()
                .last()
                .iter()
                .for_each(|inner| fit(lowering, matching, place, inner));
            matching.by_reference = before;
        }
        "reference_pattern" => {
            let place = match lowering.place_type(place) {
                ty @ (Type::Pointer(_) | Type::Unknown) if !matching.by_reference => {
                    deref(Expr::Load(place.clone(), ty, node.span()))
                }
                _ => place.clone(),
            };
            let before = std::mem::replace(&mut matching.by_reference, false);
            node.tokens()
                .last()
                .iter()
                .for_each(|inner| fit(lowering, matching, &place, inner));
            matching.by_reference = before;
        }
        "or_pattern" => alternatives(lowering, matching, place, node),
        "range_pattern" => range(lowering, matching, place, node),
        "tuple_pattern" | "slice_pattern" | "tuple_struct_pattern" | "struct_pattern" => {
            through(lowering, matching, place, node)
        }
        "integer_literal" | "negative_literal" | "char_literal" | "boolean_literal" | "string_literal"
        | "const_block" | "raw_string_literal" | "float_literal" => {
            let value = literal(lowering, node);
            equals(lowering, matching, place, value, node.span());
        }
        "macro_invocation" | "ERROR" => undecided(lowering, matching, node.span()),
        // `_`, `..`
        _ => {}
    }
}

fn undecided(lowering: &mut Lower<'_>, matching: &Matching, at: Span) {
    let next = lowering.body.block();
    lowering
        .body
        .branch(Expr::Unknown(Type::BOOL, at), next, matching.no, at);
    lowering.body.switch_to(next);
}

/// Whether a name in a pattern stands for something that exists, instead of being bound.
pub fn is_fixed(lowering: &Lower<'_>, node: &Node) -> bool {
    let name = node.text();
    if !name.starts_with(|c: char| c.is_uppercase()) {
        return false;
    }
    // Nobody binds a name with a capital: it is a variant or constant, be it one that is not visible.
    let path = [name.to_owned()];
    name.len() > 1 || lowering.variant(&path).is_some() || paths::global_item(lowering, &path).is_some()
}

fn bind(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, name: &str, at: Span) {
    let value = match matching.by_reference {
        true => lowering.reference(place.clone(), at),
        false => lowering.load(place.clone(), at),
    };
    let id = match matching.names.get(name) {
        Some(&id) => id,
        None => {
            let ty = lowering.value_type(&value);
            let variable = Variable {
                name: name.to_owned(),
                ty,
                at,
                volatile: false,
            };
            lowering.body.declare(variable)
        }
    };
    matching.names.insert(name.to_owned(), id);
    if lowering.is_foreign(&value) {
        lowering.language.foreign.insert(id);
    }
    lowering.note_number(&Place::Var(id), &value);
    lowering.body.assign(Place::Var(id), value, at);
}

/// Destructures what a place holds, through references.
fn through(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    let before = matching.by_reference;
    let inner = behind(lowering, place.clone(), node.span());
    matching.by_reference |= inner != *place;
    match node.kind() {
        "tuple_pattern" => {
            let parts = elements(node);
            match parts.as_slice() {
                [only] if !node.text().contains(',') && only.kind() != "remaining_field_pattern" => {
                    fit(lowering, matching, &inner, only)
                }
                _ => {
                    let count = types::arguments(&lowering.place_type(&inner)).len();
                    fields(lowering, matching, &inner, &parts, count);
                }
            }
        }
        "slice_pattern" => slice(lowering, matching, &inner, node),
        _ => {
            let parts: Vec<Node> = elements(node).into_iter().skip(1).collect();
            if let Some(name) = node.field("type") {
                fit_path(lowering, matching, &inner, &name, &parts);
            }
        }
    }
    matching.by_reference = before;
}

/// The patterns in brackets, the wildcard included, which the grammar takes for a token.
fn elements(node: &Node) -> Vec<Node> {
    node.tokens()
        .filter(|token| !matches!(token.text(), "(" | ")" | "[" | "]" | "{" | "}" | ","))
        .collect()
}

/// Patterns for fields by position; those after `..` count from the end.
fn fields(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, parts: &[Node], count: usize) {
    let rest = parts.iter().position(|part| part.kind() == "remaining_field_pattern");
    for (position, pattern) in parts.iter().enumerate() {
        let index = match rest {
            Some(rest) if position == rest => continue,
            Some(rest) if position > rest => match (count + position).checked_sub(parts.len()) {
                Some(index) if count > 0 => index,
                _ => {
                    let unknown = lowering.fresh(Type::Unknown, pattern.span());
                    fit(lowering, matching, &unknown, pattern);
                    continue;
                }
            },
            _ => position,
        };
        fit(lowering, matching, &part(place, &index.to_string()), pattern);
    }
}

fn slice(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    let (parts, at) = (elements(node), node.span());
    let rest = parts.iter().position(is_rest);
    let wanted = parts.len() - usize::from(rest.is_some());
    let ty = lowering.place_type(place);
    let length = sequences::length(lowering, place, at);
    if !matches!(ty, Type::Array(_, Some(_))) {
        let operator = if rest.is_some() { ">=" } else { "==" };
        let check = lowering.operation(operator, length.clone(), constant(wanted as u64, Type::SIZE, at), at);
        let next = lowering.body.block();
        lowering.body.branch(check, next, matching.no, at);
        lowering.body.switch_to(next);
    }
    let without = |length: &Expr, count: usize| {
        let count = count as u64;
        match length {
            Expr::Const { bits, .. } => constant(bits.wrapping_sub(count), Type::SIZE, at),
            length => {
                let count = constant(count, Type::SIZE, at);
                Expr::binary(BinaryOp::Subtract, length.clone(), count, Type::SIZE, at)
            }
        }
    };
    for (index, pattern) in parts.iter().enumerate() {
        let element = match rest {
            Some(rest) if index == rest && pattern.text() == ".." => continue,
            Some(rest) if index == rest => remainder(lowering, place, without(&length, wanted), at),
            _ => {
                let array = match &ty {
                    Type::Array(..) => Expr::Load(place.clone(), ty.clone(), at),
                    _ => Expr::Address(place.clone(), at),
                };
                let index = match rest {
                    // What stands behind `..` counts from the end.
                    Some(rest) if index > rest => without(&length, parts.len() - index),
                    _ => constant(index as u64, Type::SIZE, at),
                };
                lowering.element_of(array, index)
            }
        };
        fit(lowering, matching, &element, pattern);
    }
}

/// `..` and `name @ ..` in a slice pattern; `1..` is a range of numbers.
fn is_rest(pattern: &Node) -> bool {
    let before = pattern.text().strip_suffix("..").map(str::trim_end);
    before.is_some_and(|before| before.is_empty() || before.ends_with('@'))
}

/// What `name @ ..` stands for: a copy, as far as it is known. The whole may be changed through it.
fn remainder(lowering: &mut Lower<'_>, whole: &Place, length: Expr, at: Span) -> Place {
    let element = match lowering.place_type(whole) {
        Type::Array(element, _) => *element,
        _ => Type::Unknown,
    };
    let text = lowering.item_text(lowering.names().item());
    let tokens = lexer::tokens(text, Language::Rust);
    let changing = tokens.iter().any(|token| token.text(text) == "mut");
    let length = lowering.kept_copy(length);
    if changing || !matches!(element, Type::Int { .. }) {
        let count = sequences::length(lowering, whole, at);
        let count = lowering.kept_copy(count);
        lowering.body.havoc(whole.clone(), at);
        lowering.body.assign(part(whole, LENGTH), count, at);
    }
    let place = lowering.fresh(Type::Array(Box::new(element), None), at);
    lowering.body.havoc(place.clone(), at);
    lowering.body.assign(part(&place, LENGTH), length, at);
    place
}

/// A path, with or without patterns for what it holds: a variant, structure or constant.
fn fit_path(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, name: &Node, parts: &[Node]) {
    let (path, at) = (segments(name.text()), name.span());
    let last = path.last().map_or("", String::as_str).to_owned();
    let inner = behind(lowering, place.clone(), at);
    if let Some((_, variant)) = lowering.variant(&path) {
        return fit_variant(lowering, matching, &inner, &variant, parts, at);
    }
    if matches!(last.as_str(), "Some" | "Ok" | "Err" | "None") {
        return options::test_payload(lowering, matching, &inner, &last, parts.first(), at);
    }
    let ty = lowering.read_type(name.text());
    if let Type::Aggregate(_) = ty {
        let count = lowering.structure_fields(&ty).len();
        return structure(lowering, matching, &inner, parts, count);
    }
    let value = lowering.value_of_path(name);
    match value {
        Expr::Load(Place::Global(name), Type::Unknown, _) if last.contains(|c: char| c.is_lowercase()) => {
            // A variant of an enumeration that is not visible.
            let tag = Expr::Load(part(&inner, TAG), Type::Unknown, at);
            let wanted = Expr::Load(Place::Global(name), Type::Unknown, at);
            let check = lowering.operation("==", tag, wanted, at);
            let next = lowering.body.block();
            lowering.body.branch(check, next, matching.no, at);
            lowering.body.switch_to(next);
            structure(lowering, matching, &part(&inner, &last), parts, 0);
        }
        value => equals(lowering, matching, &inner, value, at),
    }
}

fn fit_variant(
    lowering: &mut Lower<'_>,
    matching: &mut Matching,
    place: &Place,
    variant: &Variant,
    parts: &[Node],
    at: Span,
) {
    let tag = aggregates::tag(variant, at);
    let held = Expr::Load(part(place, TAG), tag.ty(), at);
    let check = lowering.operation("==", held, tag, at);
    let next = lowering.body.block();
    lowering.body.branch(check, next, matching.no, at);
    lowering.body.switch_to(next);
    structure(
        lowering,
        matching,
        &part(place, &variant.name),
        parts,
        variant.fields.len(),
    );
}

/// Patterns for fields, by name or position.
fn structure(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, parts: &[Node], count: usize) {
    if !parts.iter().any(|part| part.kind() == "field_pattern") {
        return fields(lowering, matching, place, parts, count);
    }
    for pattern in parts.iter().filter(|part| part.kind() == "field_pattern") {
        let Some(name) = pattern.field("name") else { continue };
        let field = part(place, name.text());
        match pattern.field("pattern") {
            Some(inner) => fit(lowering, matching, &field, &inner),
            None => {
                let before = matching.by_reference;
                matching.by_reference |= pattern.text().starts_with("ref ");
                bind(lowering, matching, &field, name.text(), name.span());
                matching.by_reference = before;
            }
        }
    }
}

fn alternatives(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    let joined = lowering.body.block();
    let last = matching.no;
    // The left spine of a long list: a loop, not recursion.
    let mut pending = vec![node.clone()];
    let mut alternatives = Vec::new();
    while let Some(next) = pending.pop() {
        match next.kind() {
            "or_pattern" => pending.extend(
                next.tokens()
                    .filter(|token| token.text() != "|")
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev(),
            ),
            _ => alternatives.push(next),
        }
    }
    let count = alternatives.len();
    for (index, alternative) in alternatives.iter().enumerate() {
        let next = if index + 1 == count {
            last
        } else {
            lowering.body.block()
        };
        matching.no = next;
        fit(lowering, matching, place, alternative);
        lowering.body.goto(joined);
        if next != last {
            lowering.body.switch_to(next);
        }
    }
    matching.no = last;
    lowering.body.switch_to(joined);
}

fn range(lowering: &mut Lower<'_>, matching: &mut Matching, place: &Place, node: &Node) {
    let at = node.span();
    let operator = node
        .tokens()
        .find(|token| token.text().starts_with(".."))
        .map_or(String::new(), |token| token.text().to_owned());
    let place = behind(lowering, place.clone(), at);
    let bounds = [
        (node.field("left"), ">="),
        (node.field("right"), if operator == ".." { "<" } else { "<=" }),
    ];
    for (bound, comparison) in bounds {
        let Some(bound) = bound else { continue };
        let value = lowering.load(place.clone(), at);
        let bound = literal(lowering, &bound);
        let check = lowering.operation(comparison, value, bound, at);
        let next = lowering.body.block();
        lowering.body.branch(check, next, matching.no, at);
        lowering.body.switch_to(next);
    }
}

/// A literal or constant in a pattern.
fn literal(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    if node.kind() != "negative_literal" {
        return lowering.value(node);
    }
    let Some(inner) = node.children().next() else {
        return Expr::Unknown(Type::Unknown, node.span());
    };
    match lowering.value(&inner) {
        Expr::Const { bits, ty, at } => constant(bits.wrapping_neg(), ty, at),
        other => other,
    }
}

fn equals(lowering: &mut Lower<'_>, matching: &Matching, place: &Place, value: Expr, at: Span) {
    let place = behind(lowering, place.clone(), at);
    let held = lowering.load(place, at);
    let check = match matches!(value.ty(), Type::Pointer(_)) {
        // A string: what it holds is not followed.
        true => Expr::Unknown(Type::BOOL, at),
        false => super::comparisons::equality(lowering, held, value, false, at),
    };
    let next = lowering.body.block();
    lowering.body.branch(check, next, matching.no, at);
    lowering.body.switch_to(next);
}

impl Lower<'_> {
    /// The value of a path node that no variable hides.
    fn value_of_path(&mut self, node: &Node) -> Expr {
        paths::value(self, node)
    }
}
