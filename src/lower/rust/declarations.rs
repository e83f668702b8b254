//! `let`.

use super::conversions::convert;
use super::patterns::{Matching, bind_all, fit, is_fixed};
use super::{Lower, aggregates, closures, drops, options, paths, types};
use crate::ir::{End, Expr, Place, Type, Variable};
use crate::sinks;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// `let`
pub fn declare(lowering: &mut Lower<'_>, node: &Node) {
    let before = lowering.body.variables.len();
    declare_names(lowering, node);
    drops::end_statement(lowering, node.span());
    own_names(lowering, node, before);
}

/// What the new variables hold ends with the block.
fn own_names(lowering: &mut Lower<'_>, node: &Node, before: usize) {
    let Some(scope) = node.parent() else { return };
    let (after, at) = (node.range().end, node.span());
    let value = node.part(Part::Value);
    let declared = node.part(Part::Type);
    let kept = declared.is_some_and(|ty| drops::is_kept(ty.text()))
        || value.as_ref().is_some_and(|value| drops::gives_kept(lowering, value));
    let reference = value.as_ref().is_some_and(|value| value.role() == Some(Role::Address));
    let names: Vec<Node> = match node.part(Part::Pattern) {
        Some(pattern) => [pattern.clone()]
            .into_iter()
            .chain(pattern.descendants())
            .filter(|node| node.kind() == "identifier")
            .collect(),
        None => Vec::new(),
    };
    for name in names {
        let Some(id) = lowering
            .variable(name.text())
            .filter(|id| id.0 as usize >= before || !reference)
        else {
            continue;
        };
        match value.as_ref().and_then(|value| drops::extended(lowering, id, value)) {
            Some((place, ty)) => drops::own_place(lowering, place, ty, ("", &scope, after), at),
            None if kept => {
                drops::keep(lowering, id);
            }
            None => drops::own(lowering, id, name.text(), &scope, after, at),
        }
    }
}

fn declare_names(lowering: &mut Lower<'_>, node: &Node) {
    let Some(pattern) = node.part(Part::Pattern) else {
        return;
    };
    let ty = node
        .part(Part::Type)
        .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
    let Some(value) = node.part(Part::Value) else {
        return uninitialised(lowering, &pattern, ty);
    };
    if let Some(name) = simple_name(&pattern)
        && closures::declare(lowering, &name, &value)
    {
        return;
    }
    let otherwise = node.part(Part::Else);
    match (
        simple_name(&pattern).filter(|name| !is_fixed(lowering, name)),
        otherwise,
    ) {
        (Some(name), None) => {
            named(lowering, name.text(), ty, &value, name.span(), node.span());
            if let (Some(ty), Some(id)) = (node.part(Part::Type), lowering.variable(name.text())) {
                let held = lowering.body.type_of(id).clone();
                lowering.note_dynamic(ty.text(), &held);
            }
            if sinks::is_number_of_mremap(value.text())
                && let Some(id) = lowering.variable(name.text())
            {
                lowering.language.numbers.insert(id, value.text().to_owned());
            }
        }
        (_, otherwise) => destructure(lowering, &pattern, ty, &value, otherwise.as_ref()),
    }
}

/// The name that a pattern is, seen through `mut`.
fn simple_name(pattern: &Node) -> Option<Node> {
    match pattern.kind() {
        "identifier" => Some(pattern.clone()),
        "mut_pattern" => pattern.children().last().filter(|inner| inner.kind() == "identifier"),
        _ => None,
    }
}

fn uninitialised(lowering: &mut Lower<'_>, pattern: &Node, ty: Type) {
    let names: Vec<Node> = match simple_name(pattern) {
        Some(name) => vec![name],
        None => pattern
            .descendants()
            .filter(|node| node.kind() == "identifier")
            .collect(),
    };
    let ty = if simple_name(pattern).is_some() {
        ty
    } else {
        Type::Unknown
    };
    for name in names {
        let variable = Variable {
            name: name.text().to_owned(),
            ty: ty.clone(),
            at: name.span(),
            volatile: false,
        };
        let id = lowering.body.declare(variable);
        lowering.body.havoc(Place::Var(id), name.span());
    }
}

/// `let name = value`: the value does not see the new name.
pub fn named(lowering: &mut Lower<'_>, name: &str, ty: Type, value: &Node, at: Span, whole: Span) {
    let iterator = is_iterator(value);
    let value = expected(lowering, value, &ty);
    let value = match lowering.value_type(&value) {
        // How far it has come is not followed.
        Type::Pointer(_) | Type::Array(..) if iterator => Expr::Unknown(Type::Unknown, at),
        _ => value,
    };
    let ty = match ty {
        Type::Unknown => lowering.value_type(&value),
        ty => ty,
    };
    // A structure that was put together for the variable is the variable.
    if let Expr::Load(Place::Var(id), Type::Aggregate(_) | Type::Array(..), _) = value
        && lowering.body.variables[id.0 as usize].name.is_empty()
        && types::spell(&ty) == types::spell(lowering.body.type_of(id))
    {
        let variable = &mut lowering.body.variables[id.0 as usize];
        (variable.name, variable.at) = (name.to_owned(), at);
        return lowering.body.bind(name.to_owned(), id);
    }
    let id = lowering.body.declare(Variable {
        name: name.to_owned(),
        ty,
        at,
        volatile: false,
    });
    if lowering.is_foreign(&value) {
        lowering.language.foreign.insert(id);
    }
    lowering.store(&Place::Var(id), value, whole);
}

/// Whether an expression makes an iterator over what its receiver holds.
fn is_iterator(value: &Node) -> bool {
    let callee = value
        .part(Part::Callee)
        .filter(|callee| callee.role() == Some(Role::Field));
    let name = callee.and_then(|callee| callee.part(Part::Name));
    name.is_some_and(|name| matches!(name.text(), "iter" | "iter_mut" | "into_iter"))
}

/// The value of an expression where a type is expected: it tells `Default::default()` what to make.
pub fn expected(lowering: &mut Lower<'_>, node: &Node, ty: &Type) -> Expr {
    if *ty != Type::Unknown && paths::is_default_call(node) {
        return options::default_value(lowering, ty, node.span());
    }
    if *ty != Type::Unknown && node.role() == Some(Role::Aggregate) {
        let place = lowering.fresh(ty.clone(), node.span());
        aggregates::build(lowering, &place, ty, node);
        return lowering.load(place, node.span());
    }
    let value = lowering.value(node);
    convert(value, ty)
}

fn destructure(lowering: &mut Lower<'_>, pattern: &Node, ty: Type, value: &Node, otherwise: Option<&Node>) {
    let fresh = matches!(value.role(), Some(Role::Call | Role::Aggregate | Role::MacroCall));
    if pattern.text() == "_" && fresh && otherwise.is_none() {
        let result = expected(lowering, value, &ty);
        return drops::end_value(lowering, value, &result);
    }
    let place = match ty {
        Type::Unknown => lowering.place_or_copy(value),
        ty => {
            let value = expected(lowering, value, &ty);
            lowering.place_of_value(value)
        }
    };
    if fresh {
        drops::left_over(lowering, &place, pattern, value.span());
    }
    let Some(otherwise) = otherwise else {
        return bind_all(lowering, &place, pattern);
    };
    let no = lowering.body.block();
    fit(lowering, &mut Matching::new(no), &place, pattern);
    let here = lowering.body.current();
    lowering.body.switch_to(no);
    lowering.body.open_scope();
    lowering.statement(otherwise);
    lowering.body.close_scope();
    lowering.body.end(End::Stop);
    lowering.body.switch_to(here);
}
