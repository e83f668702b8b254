//! Closures. One whose calls are seen is lowered in place of each call; one that is handed to a function of the unit becomes
//! a function, with what it captures in globals of its own; one that goes elsewhere is lowered where it goes, as something
//! that may run.

use std::collections::{BTreeMap, BTreeSet};

use super::conversions::convert;
use super::names::segments;
use super::{Lower, calls, drops, patterns};
use crate::ir::{Argument, BlockId, Callee, Expr, Linkage, Place, Type, VarId, Variable};
use crate::lower::builder::{Captures, Merge, Scopes};
use crate::lower::{CallParts, FunctionHead};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};

/// How many bodies are lowered in place for one item.
const LIMIT: usize = 4_000;

/// Closures by the variables that they are bound to.
pub type Closures = BTreeMap<VarId, Closure>;

/// A closure and the names that it sees.
#[derive(Clone)]
pub struct Closure {
    /// The expression.
    pub node: Node,
    /// What is in scope where it is made.
    pub scopes: Scopes,
    /// The function that it has become.
    function: Option<Made>,
}

/// A closure's function.
#[derive(Clone)]
struct Made {
    path: String,
    /// What it returns, as far as its body tells.
    returns: Type,
    /// Variables that it captures, and whether by reference.
    captured: Vec<(VarId, bool)>,
    /// What a closure that owns what it captures took when it was made.
    taken: Option<Vec<Argument>>,
}

/// A body that is lowered in place: where `return` goes.
pub struct Inline {
    exit: BlockId,
    merge: Merge,
}

/// `let name = |…| …`: a closure that owns what it captures takes it now; another is made when it is first used.
pub fn declare(lowering: &mut Lower<'_>, name: &Node, value: &Node) -> bool {
    let Some(node) = closure_node(value) else { return false };
    let mut closure = Closure {
        scopes: lowering.body.scopes(),
        node,
        function: None,
    };
    let ty = Type::pointer(Type::Unknown);
    let variable = Variable {
        name: name.text().to_owned(),
        ty,
        at: name.span(),
        volatile: false,
    };
    if !is_used_after(name) {
        may_run(lowering, &closure);
    } else if owns(&closure) {
        make(lowering, &mut closure);
    }
    let id = lowering.body.declare(variable);
    lowering.language.closures.insert(id, closure);
    true
}

fn owns(closure: &Closure) -> bool {
    closure.node.text().starts_with("move")
}

/// Makes a function of a closure, once.
fn make(lowering: &mut Lower<'_>, closure: &mut Closure) -> Made {
    if let Some(made) = &closure.function {
        return made.clone();
    }
    let (node, at) = (closure.node.clone(), closure.node.span());
    let name = lowering.closure_name("closure", at);
    let path = format!("{}::{name}", lowering.language.function);
    let captures = captures(lowering, closure);
    let named = captures
        .iter()
        .map(|capture| (capture.name.clone(), capture.by_reference && !owns(closure)))
        .collect();
    let outer = lowering.body.replace_scopes(closure.scopes.clone());
    let head = head(lowering, name, at);
    // The closures that the function has bound belong to its variables.
    let closures = std::mem::take(&mut lowering.language.closures);
    let returns = std::mem::take(&mut lowering.language.returns);
    let mut returned = Type::Unknown;
    let captured = lowering.closure(
        head,
        Captures {
            by_reference: false,
            named,
            ..Captures::default()
        },
        |lowering, head| {
            body(lowering, &node, head);
            returned = head.returns.clone();
        },
    );
    (lowering.language.closures, lowering.language.returns) = (closures, returns);
    let taken = owns(closure).then(|| {
        captured
            .iter()
            .map(|&(id, _)| passed(lowering, id, false, true, at))
            .collect()
    });
    lowering.body.replace_scopes(outer);
    let made = Made {
        path,
        returns: returned,
        captured,
        taken,
    };
    closure.function = Some(made.clone());
    made
}

fn head(lowering: &Lower<'_>, name: String, at: Span) -> FunctionHead {
    FunctionHead {
        name,
        scope: Some(lowering.language.function.clone()),
        parameters: Vec::new(),
        linkage: Linkage::Private,
        returns: Type::Unknown,
        noreturn: false,
        at,
        whole: at,
    }
}

/// Lowers a closure's parameters and body as those of a function.
fn body(lowering: &mut Lower<'_>, node: &Node, head: &mut FunctionHead) {
    head.parameters = declare_parameters(lowering, node);
    if let Some(body) = node.part(Part::Body) {
        drops::enter(lowering, true);
        let value = lowering.value(&body);
        // Only a number is kept as what it is whatever the type.
        if let ty @ Type::Int { .. } = value.ty() {
            head.returns = ty;
        }
        drops::leave(lowering);
        lowering.return_value(Some(value), body.span());
    }
}

/// What is passed for a captured variable.
fn passed(lowering: &mut Lower<'_>, id: VarId, by_reference: bool, copied: bool, at: Span) -> Argument {
    let place = lowering.variable_place(id, at);
    let value = match by_reference {
        true => lowering.reference(place, at),
        false => lowering.load(place, at),
    };
    let value = if copied { lowering.kept_copy(value) } else { value };
    Argument { value, at }
}

/// The closure that an expression is, seen through parentheses, `&` and boxes.
pub fn closure_node(node: &Node) -> Option<Node> {
    let mut current = node.clone();
    loop {
        current = match current.role() {
            Some(Role::Parenthesized | Role::Address) => current.part(Part::Value)?,
            Some(Role::Call) if is_boxing(&current) => current.part(Part::Arguments)?.children().next()?,
            _ => break,
        };
    }
    (current.role() == Some(Role::Closure)).then_some(current)
}

/// `Box::new(…)` and the like.
fn is_boxing(call: &Node) -> bool {
    let path = call.part(Part::Callee).map(|callee| segments(callee.text()));
    let ends = path.as_deref().map(crate::facts::rust::ends);
    matches!(ends, Some(("Box" | "Rc" | "Arc", "new") | ("Box", "pin")))
}

/// Whether the name is a word of what follows its declaration in its block.
fn is_used_after(name: &Node) -> bool {
    let mut declaration = name.clone();
    while let Some(parent) = declaration.parent() {
        if parent.role() == Some(Role::Block) {
            let after = declaration.range().end;
            let word = |node: &Node| node.role() == Some(Role::Name) && node.text() == name.text();
            return parent
                .descendants()
                .any(|node| node.range().start >= after && (word(&node) || in_tokens(&node, name)));
        }
        declaration = parent;
    }
    true
}

fn in_tokens(node: &Node, name: &Node) -> bool {
    node.kind() == "identifier" && node.text() == name.text()
}

/// The closure that a node names or is.
fn closure_of(lowering: &mut Lower<'_>, node: &Node) -> Option<Closure> {
    if let Some(node) = closure_node(node) {
        return Some(Closure {
            node,
            scopes: lowering.body.scopes(),
            function: None,
        });
    }
    let id = bound_to(lowering, node)?;
    lowering.language.closures.get(&id).cloned()
}

/// The variable that a node names, seen through `&`.
fn bound_to(lowering: &mut Lower<'_>, node: &Node) -> Option<VarId> {
    let mut current = node.clone();
    while current.role() == Some(Role::Address) {
        current = current.part(Part::Value)?;
    }
    lowering.variable(current.text())
}

/// What a function argument of a known combinator gives for the values.
pub fn apply(lowering: &mut Lower<'_>, function: &Node, values: Vec<Expr>, at: Span) -> Expr {
    if let Some(closure) = closure_of(lowering, function) {
        return run(lowering, &closure, values);
    }
    let span = function.span();
    let arguments = values.into_iter().map(|value| Argument { value, at: span }).collect();
    match function.role() {
        Some(Role::Name) if lowering.variable(function.text()).is_none() => {
            calls::call_path(lowering, function, arguments, at)
        }
        _ => {
            let callee = lowering.value(function);
            call_value(lowering, callee, arguments, at)
        }
    }
}

/// A call of whatever function a value designates.
pub fn call_value(lowering: &mut Lower<'_>, callee: Expr, arguments: Vec<Argument>, at: Span) -> Expr {
    let ty = Type::Unknown;
    lowering.emit_call(CallParts::plain(Callee::Pointer(callee), arguments, ty, at))
}

/// A call of a closure by the node of its name or itself. `None`: it is no closure.
pub fn call(lowering: &mut Lower<'_>, callee: &Node, arguments: &[Node], at: Span) -> Option<Expr> {
    let mut closure = closure_of(lowering, callee)?;
    let Some(id) = bound_to(lowering, callee).filter(|_| closure_node(callee).is_none()) else {
        let values = arguments.iter().map(|argument| lowering.value(argument)).collect();
        return Some(run(lowering, &closure, values));
    };
    let (made, made_at) = (make(lowering, &mut closure), closure.node.span());
    lowering.language.closures.insert(id, closure);
    let mut values = calls::values(lowering, arguments, true);
    match made.taken {
        Some(taken) => values.extend(taken),
        None => {
            for (id, by_reference) in made.captured {
                values.push(passed(lowering, id, by_reference, false, made_at));
            }
        }
    }
    let callee = Callee::Named(made.path);
    let ty = made.returns;
    Some(lowering.emit_call(CallParts::plain(callee, values, ty, at)))
}

/// Lowers a closure's body in place.
fn run(lowering: &mut Lower<'_>, closure: &Closure, values: Vec<Expr>) -> Expr {
    let at = closure.node.span();
    lowering.language.expanded += 1;
    if lowering.language.expanded > LIMIT {
        lowering.limit(at, "too many closures and macros in one function");
        return Expr::Unknown(Type::Unknown, at);
    }
    lowering.deeper(at, Expr::Unknown(Type::Unknown, at), |lowering| {
        let outer = lowering.body.replace_scopes(closure.scopes.clone());
        lowering.body.open_scope();
        bind_parameters(lowering, &closure.node, values);
        let value = match closure.node.part(Part::Body) {
            Some(body) => run_in_place(lowering, &body),
            None => Expr::Unknown(Type::Unknown, at),
        };
        lowering.body.close_scope();
        lowering.body.replace_scopes(outer);
        value
    })
}

/// Lowers a body of which `return` and `?` only leave the body.
pub fn run_in_place(lowering: &mut Lower<'_>, body: &Node) -> Expr {
    let exit = lowering.body.block();
    let returns = lowering.body.returns.take();
    lowering.language.returns.push(Inline {
        exit,
        merge: Merge::default(),
    });
    drops::enter(lowering, true);
    let value = match body.role() {
        Some(Role::Block) => lowering.flow_value(body),
        _ => lowering.value(body),
    };
    drops::leave(lowering);
    lowering.body.returns = returns;
    let Some(mut inline) = lowering.language.returns.pop() else {
        return value;
    };
    if inline.merge.arms.is_empty() && !lowering.body.ended() {
        lowering.body.goto_and_switch(exit);
        return value;
    }
    lowering.arrive(&mut inline.merge, value, exit);
    lowering.body.switch_to(exit);
    lowering.merged(inline.merge, body.span())
}

fn bind_parameters(lowering: &mut Lower<'_>, closure: &Node, values: Vec<Expr>) {
    let mut values = values.into_iter();
    for parameter in parameters(closure) {
        let pattern = parameter.part(Part::Pattern).unwrap_or(parameter.clone());
        let ty = parameter
            .part(Part::Type)
            .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
        let value = values.next().unwrap_or(Expr::Unknown(ty.clone(), parameter.span()));
        let value = convert(value, &ty);
        // The name is a variable of its own even if the value stands somewhere.
        let ty = if ty == Type::Unknown {
            lowering.value_type(&value)
        } else {
            ty
        };
        if let Some(declared) = parameter.part(Part::Type) {
            lowering.note_dynamic(declared.text(), &ty);
        }
        let place = lowering.fresh(ty, parameter.span());
        lowering.body.assign(place.clone(), value, parameter.span());
        patterns::bind_all(lowering, &place, &pattern);
    }
}

fn parameters(closure: &Node) -> Vec<Node> {
    let list = closure.part(Part::Parameters);
    list.iter()
        .flat_map(|list| list.tokens().collect::<Vec<_>>())
        .filter(|node| !matches!(node.text(), "|" | ","))
        .collect()
}

/// `return`, in a function or in a body that is lowered in place.
pub fn return_from(lowering: &mut Lower<'_>, node: &Node) -> bool {
    let value = node.part(Part::Value).map(|value| lowering.value(&value));
    return_value(lowering, value, node.span());
    true
}

/// Leaves the body that is being lowered.
pub fn return_value(lowering: &mut Lower<'_>, value: Option<Expr>, at: Span) {
    let value = drops::before_return(lowering, value);
    let Some(inline) = lowering.language.returns.last_mut() else {
        return lowering.return_value(value, at);
    };
    let exit = inline.exit;
    if !lowering.body.ended() {
        let value = value.unwrap_or(Expr::Unknown(Type::Void, at));
        inline.merge.arms.push((lowering.body.current(), value));
    }
    lowering.body.goto(exit);
}

/// A closure as a value that goes somewhere unknown: it may run there.
pub fn value(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let closure = Closure {
        node: node.clone(),
        scopes: lowering.body.scopes(),
        function: None,
    };
    if lowering.language.given == Some(node.span()) {
        return callback(lowering, &closure);
    }
    may_run(lowering, &closure);
    Expr::NonZero(Type::pointer(Type::Unknown), "a closure", node.span())
}

/// It may run any number of times.
fn may_run(lowering: &mut Lower<'_>, closure: &Closure) {
    let at = closure.node.span();
    let (again, runs, exit) = (lowering.body.block(), lowering.body.block(), lowering.body.block());
    lowering.body.goto_and_switch(again);
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), runs, exit, at);
    lowering.body.switch_to(runs);
    let catches = std::mem::take(&mut lowering.language.catches);
    if catches {
        let frames = lowering.language.frames.len();
        lowering.body.handlers.push((exit, frames));
    }
    run(lowering, closure, Vec::new());
    if catches {
        lowering.body.handlers.pop();
    }
    lowering.language.catches = catches;
    lowering.body.goto(again);
    lowering.body.switch_to(exit);
}

/// An argument of a call: closures are values there if the function called is one of the unit, else they may run.
pub fn argument(lowering: &mut Lower<'_>, node: &Node, visible: bool) -> Expr {
    match closure_of(lowering, node) {
        Some(closure) if visible => callback(lowering, &closure),
        Some(closure) if closure_node(node).is_none() => {
            may_run(lowering, &closure);
            Expr::Unknown(Type::Unknown, node.span())
        }
        _ => lowering.value(node),
    }
}

fn declare_parameters(lowering: &mut Lower<'_>, closure: &Node) -> Vec<VarId> {
    let nodes = parameters(closure);
    let mut ids = Vec::new();
    for parameter in &nodes {
        let ty = parameter
            .part(Part::Type)
            .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
        ids.push(lowering.body.temporary(ty, parameter.span()));
    }
    for (parameter, &id) in nodes.iter().zip(&ids) {
        let pattern = parameter.part(Part::Pattern).unwrap_or(parameter.clone());
        patterns::bind_all(lowering, &Place::Var(id), &pattern);
    }
    ids
}

/// Makes a function of a closure. What it captures is put into globals where it is made, and taken from there in it.
fn callback(lowering: &mut Lower<'_>, closure: &Closure) -> Expr {
    let (node, at) = (&closure.node, closure.node.span());
    let name = lowering.closure_name("callback", at);
    let path = format!("{}::{name}", lowering.language.function);
    let captured = captures(lowering, closure);
    for capture in &captured {
        let value = match capture.by_reference && owns(closure) {
            // What it changes is its own.
            true => {
                let held = passed(lowering, capture.id, false, true, at).value;
                let held = lowering.place_of_value(held);
                lowering.reference(held, at)
            }
            false => passed(lowering, capture.id, capture.by_reference, false, at).value,
        };
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
struct Capture {
    /// Its name.
    name: String,
    /// The variable in the function around.
    id: VarId,
    ty: Type,
    /// Whether the closure sees the variable itself.
    by_reference: bool,
}

/// The variables around a closure that it names. What it changes is captured by reference, and structures are; what it only
/// reads cannot change as long as the closure lives.
fn captures(lowering: &Lower<'_>, closure: &Closure) -> Vec<Capture> {
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
        let by_reference = !plain || is_changed(lowering, &body, &name, &ty);
        found.push(Capture {
            name,
            id,
            ty,
            by_reference,
        });
    }
    found
}

/// Whether a closure's body may change what a name holds, not only what that leads to.
fn is_changed(lowering: &Lower<'_>, body: &Node, name: &str, ty: &Type) -> bool {
    let mut all = std::iter::once(body.clone()).chain(body.descendants());
    let named = |node: Option<Node>| node.is_some_and(|node| is_part_of(&node, name));
    all.any(|node| match node.role() {
        Some(Role::Assign) => named(node.part(Part::To)),
        Some(Role::Address) => node.text().starts_with("&mut") && named(node.part(Part::Value)),
        // A method may take what it is called on by reference.
        Some(Role::Call) => node
            .part(Part::Callee)
            .filter(|callee| callee.role() == Some(Role::Field) && named(callee.part(Part::Object)))
            .and_then(|callee| callee.part(Part::Name))
            .is_some_and(|method| *ty == Type::Unknown || !lowering.index.functions(method.text()).is_empty()),
        // What a macro does with it is not seen here.
        Some(Role::MacroCall) => node
            .descendants()
            .any(|inner| inner.kind() == "identifier" && inner.text() == name),
        _ => false,
    })
}

/// Whether an expression is a variable, or a part of it.
fn is_part_of(node: &Node, name: &str) -> bool {
    let mut current = node.clone();
    while let Some(Role::Field | Role::Index | Role::Parenthesized) = current.role() {
        let whole = current.part(Part::Object).or_else(|| current.part(Part::Value));
        match whole {
            Some(whole) => current = whole,
            None => return false,
        }
    }
    current.text() == name
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
