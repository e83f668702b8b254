//! Closures that are handed to functions of the unit: what they capture goes through globals.

use std::collections::BTreeSet;

use super::Lower;
use super::closures::{Closure, body, head, passed};
use crate::ir::{Expr, Place, Type, VarId, Variable};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// Makes a function of a closure. What it captures is put into globals where it is made, and taken from there in it.
pub fn function(lowering: &mut Lower<'_>, closure: &Closure) -> Expr {
    let (node, at) = (&closure.node, closure.node.span());
    let name = lowering.closure_name("callback", at);
    let path = format!("{}::{name}", lowering.language.function);
    let captured = captures(lowering, closure);
    for capture in &captured {
        let value = passed(lowering, capture.id, capture.by_reference, false, at).value;
        lowering
            .body
            .assign(Place::Global(format!("{path}::{}", capture.name)), value, at);
    }
    let done = lowering
        .lowered
        .functions
        .iter()
        .any(|function| function.whole == at && function.name == name);
    if !done {
        let head = head(lowering, name, at);
        let closures = std::mem::take(&mut lowering.language.closures);
        let returns = std::mem::take(&mut lowering.language.returns);
        lowering.function(head, |lowering, head| {
            for capture in captured {
                restore(lowering, &path, capture, at);
            }
            body(lowering, node, head);
        });
        (lowering.language.closures, lowering.language.returns) = (closures, returns);
    }
    Expr::Function(path, at)
}

/// A variable that a closure captures.
pub struct Capture {
    /// Its name.
    pub name: String,
    /// The variable in the function around.
    pub id: VarId,
    ty: Type,
    /// Whether the closure sees the variable itself.
    pub by_reference: bool,
}

/// The variables around a closure that it names. What it changes is captured by reference, and structures are; what it only
/// reads cannot change as long as the closure lives.
pub fn captures(lowering: &Lower<'_>, closure: &Closure) -> Vec<Capture> {
    let Some(body) = closure.node.part(Part::Body) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let all = std::iter::once(body.clone()).chain(body.descendants());
    for node in all.filter(|node| matches!(node.kind(), "identifier" | "self")) {
        let name = node.text().to_owned();
        let Some(id) = closure.scopes.find(&name).filter(|_| seen.insert(name.clone())) else {
            continue;
        };
        let ty = lowering.body.type_of(id).clone();
        let plain = matches!(ty, Type::Int { .. } | Type::Pointer(_) | Type::Unknown | Type::Float);
        let by_reference = !plain || is_changed(&body, &name);
        found.push(Capture {
            name,
            id,
            ty,
            by_reference,
        });
    }
    found
}

fn is_changed(body: &Node, name: &str) -> bool {
    let mut all = std::iter::once(body.clone()).chain(body.descendants());
    all.any(|node| match node.role() {
        Some(Role::Assign) => node.part(Part::To).is_some_and(|to| to.text() == name),
        Some(Role::Address) => {
            node.text().starts_with("&mut") && node.part(Part::Value).is_some_and(|value| value.text() == name)
        }
        _ => false,
    })
}

/// Declares a captured variable in the closure's function.
fn restore(lowering: &mut Lower<'_>, path: &str, capture: Capture, at: Span) {
    let global = Place::Global(format!("{path}::{}", capture.name));
    let ty = match capture.by_reference {
        true => Type::pointer(capture.ty),
        false => capture.ty,
    };
    let id = lowering.body.declare(Variable {
        name: capture.name,
        ty: ty.clone(),
        at,
        volatile: false,
    });
    if capture.by_reference {
        lowering.body.references.insert(id);
    }
    lowering.body.assign(Place::Var(id), Expr::Load(global, ty, at), at);
}
