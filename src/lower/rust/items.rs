//! Items: functions with their parameters, constants and statics, macros used as items, and what lies in functions.

use super::names::segments;
use super::patterns::bind_all;
use super::signatures::{self, constants, linkage};
use super::{Lower, Rust, blocks, closures, declarations, drops, expansion, instances, traits};
use crate::ir::{Function, Global, Linkage, Place, Type, VarId, Variable};
use crate::lower::{FunctionHead, Lowered, Lowering, Unit};
use crate::source::{Language, Span};
use crate::syntax::cut::{CallContext, ItemKind, TokenCall};
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, parse};

/// Lowers one item.
pub fn item(unit: Unit<'_>, id: ItemId) -> Lowered {
    let (file, item) = unit.index.item(id);
    let mut lowering = Lowering::new(unit, file, Rust::new(unit, id));
    if matches!(
        item.kind,
        ItemKind::Import | ItemKind::Macro { .. } | ItemKind::Declaration
    ) {
        return lowering.lowered;
    }
    let text = Text::plain(lowering.item_text(id).to_owned(), item.span);
    if let Some(root) = parse(text, Language::Rust) {
        members(&mut lowering, &root, id);
    }
    uncovered(&mut lowering, id);
    lowering.lowered
}

/// Lowers all that a parsed item holds.
fn members(lowering: &mut Lower<'_>, root: &Node, id: ItemId) {
    let scope = lowering.index.item(id).1.scope.clone();
    for node in root.children() {
        match node.role() {
            Some(Role::Function) => function(lowering, &node, &scope, id),
            Some(Role::Constant | Role::Global) => global(lowering, &node, id),
            Some(Role::MacroCall) => used_macro(lowering, &node, id),
            Some(Role::Evaluate) => {
                let inner: Vec<Node> = node
                    .parts(Part::Value)
                    .filter(|node| node.role() == Some(Role::MacroCall))
                    .collect();
                inner.iter().for_each(|node| used_macro(lowering, node, id));
            }
            _ => {
                // Something broken: the functions in it are lowered all the same.
                let inner: Vec<Node> = node
                    .descendants()
                    .filter(|node| node.role() == Some(Role::Function))
                    .collect();
                inner.iter().for_each(|node| function(lowering, node, &scope, id));
            }
        }
    }
}

/// A macro used as an item: the items that it makes, or what its arguments hold.
fn used_macro(lowering: &mut Lower<'_>, node: &Node, id: ItemId) {
    if let Some((text, expansion)) = expansion::expand(lowering, node)
        && let Some(root) = parse(text, Language::Rust)
    {
        lowering.expansions.push(expansion);
        lowering.deeper(node.span(), (), |lowering| members(lowering, &root, id));
        lowering.expansions.pop();
        return;
    }
    let head = unnamed(node.span());
    lowering.function(head, |lowering, _| {
        lowering.statement(node);
    });
    drop_if_empty(lowering);
}

/// A function without a name, for code that stands in none.
fn unnamed(at: Span) -> FunctionHead {
    FunctionHead::unknown(String::new(), at, at)
}

fn drop_if_empty(lowering: &mut Lower<'_>) {
    let calls = lowering
        .lowered
        .functions
        .last()
        .is_some_and(|function| function.calls().next().is_some());
    if !calls {
        lowering.lowered.functions.pop();
    }
}

fn function(lowering: &mut Lower<'_>, node: &Node, scope: &[String], id: ItemId) {
    let linkage = linkage(lowering, node, scope, id);
    let scope = own_scope(lowering, scope, id);
    let signature = lowering.signature(id);
    let is_item = node
        .part(Part::Name)
        .is_some_and(|name| name.text() == lowering.index.item(id).1.name);
    let instances = if is_item {
        instances::of(lowering, id, &signature)
    } else {
        None
    };
    let (parameter, types) = instances.unwrap_or_default();
    if !instances::stand_for_all(lowering, id, &signature, &parameter, &types) {
        lower_function(lowering, node, scope.clone(), linkage);
    }
    for ty in types {
        let scope = instances::scope(lowering, id, scope.as_deref(), &parameter, &ty);
        // Only calls that are visible are calls for just this type.
        let linkage = if parameter == "Self" { linkage } else { Linkage::Private };
        lowering.standing_for(&parameter, &ty, |lowering| {
            lower_function(lowering, node, Some(scope), linkage)
        });
    }
}

/// The scope that a function is known in.
fn own_scope(lowering: &Lower<'_>, scope: &[String], id: ItemId) -> Option<String> {
    let (last, outer) = scope.split_last()?;
    let name = &lowering.index.item(id).1.name;
    let last = match lowering.is_trait(last) {
        true => last.clone(),
        false => lowering.holder_of(last, name, traits::trait_of(lowering, id).as_deref()),
    };
    Some(outer.iter().cloned().chain([last]).collect::<Vec<_>>().join("::"))
}

/// Lowers a function node.
fn lower_function(lowering: &mut Lower<'_>, node: &Node, scope: Option<String>, linkage: Linkage) {
    let Some(name) = node.part(Part::Name) else { return };
    let owner = lowering.names().self_type().map(str::to_owned);
    let signature = lowering.signature_of(node, owner.as_deref());
    let head = FunctionHead {
        name: name.text().to_owned(),
        scope,
        parameters: Vec::new(),
        linkage,
        returns: signature.returns.clone(),
        noreturn: signature.noreturn,
        at: signatures::name_span(node),
        // Functions that a macro makes all stand in its body: their place is where it is used.
        whole: lowering
            .expansions
            .first()
            .map_or(node.span(), |expansion| expansion.at),
    };
    let language = &mut lowering.language;
    let function = std::mem::replace(&mut language.function, name.text().to_owned());
    let numbers = std::mem::take(&mut language.numbers);
    let foreign = std::mem::take(&mut language.foreign);
    let closures = std::mem::take(&mut language.closures);
    let returns = std::mem::take(&mut language.returns);
    let given = std::mem::replace(&mut language.given, returned_closure(node, linkage));
    lowering.function(head, |lowering, head| {
        head.parameters = parameters(lowering, node);
        if let Some(body) = node.part(Part::Body) {
            drops::enter(lowering, true);
            own_parameters(lowering, &head.parameters, &body);
            let value = lowering.flow_value(&body);
            drops::leave(lowering);
            lowering.return_value(Some(value), body.span());
        }
    });
    let language = &mut lowering.language;
    (language.function, language.closures, language.returns) = (function, closures, returns);
    (language.numbers, language.foreign, language.given) = (numbers, foreign, given);
}

/// What is passed by value ends with the function.
fn own_parameters(lowering: &mut Lower<'_>, parameters: &[VarId], body: &Node) {
    for &id in parameters {
        let name = lowering.body.variables[id.0 as usize].name.clone();
        let at = lowering.body.variables[id.0 as usize].at;
        drops::own(lowering, id, &name, body, 0, at);
    }
}

/// The closure that a private function ends with: those who call it run what it returns.
fn returned_closure(function: &Node, linkage: Linkage) -> Option<Span> {
    let last = function.part(Part::Body)?.children().last()?;
    let closure = closures::closure_node(&last)?;
    (linkage == Linkage::Private).then(|| closure.span())
}

/// Declares the parameters, the generic constants after them.
fn parameters(lowering: &mut Lower<'_>, function: &Node) -> Vec<VarId> {
    let list = function.part(Part::Parameters);
    let nodes: Vec<Node> = list.iter().flat_map(Node::children).collect();
    let mut ids = Vec::new();
    let mut patterns = Vec::new();
    for node in nodes.iter().filter(|node| !matches!(node.role(), Some(Role::Opaque))) {
        let (name, ty) = parameter(lowering, node);
        let variable = Variable {
            name: name.unwrap_or_default(),
            ty,
            at: node.span(),
            volatile: false,
        };
        let id = lowering.body.declare(variable);
        ids.push(id);
        if let Some(pattern) = node.part(Part::Pattern) {
            patterns.push((id, pattern));
        }
    }
    for (name, ty) in constants(function) {
        let ty = lowering.read_type(ty.text());
        let variable = Variable {
            name: name.text().to_owned(),
            ty,
            at: name.span(),
            volatile: false,
        };
        ids.push(lowering.body.declare(variable));
    }
    for (id, pattern) in patterns {
        let named = !lowering.body.variables[id.0 as usize].name.is_empty();
        if !named {
            bind_all(lowering, &Place::Var(id), &pattern);
        }
    }
    ids
}

/// The name of a parameter that is no more than a name, and its type.
fn parameter(lowering: &Lower<'_>, node: &Node) -> (Option<String>, Type) {
    if node.part(Part::Name).is_some() {
        let own = lowering
            .names()
            .self_type()
            .map_or(Type::Unknown, |own| lowering.read_type(own));
        let reference = signatures::receiver(node) == signatures::Receiver::Reference;
        let ty = if reference { Type::pointer(own) } else { own };
        return (Some("self".to_owned()), ty);
    }
    let Some(pattern) = node.part(Part::Pattern) else {
        return (None, lowering.read_type(node.text()));
    };
    let ty = node
        .part(Part::Type)
        .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
    let simple = matches!(pattern.kind(), "identifier" | "self");
    let name = match pattern.kind() {
        "mut_pattern" => pattern.children().last().filter(|inner| inner.kind() == "identifier"),
        _ => simple.then_some(pattern),
    };
    (name.map(|name| name.text().to_owned()), ty)
}

/// A constant or static.
fn global(lowering: &mut Lower<'_>, node: &Node, id: ItemId) {
    let Some(name) = node.part(Part::Name) else { return };
    let path = lowering.names().path_of(id, name.text());
    let public = node.text().starts_with("pub")
        || node.role() == Some(Role::Constant) && !lowering.index.item(id).1.scope.is_empty();
    let linkage = if public { Linkage::Public } else { Linkage::Private };
    push_global(lowering, node, path, linkage);
}

fn push_global(lowering: &mut Lower<'_>, node: &Node, name: String, linkage: Linkage) {
    let ty = node
        .part(Part::Type)
        .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
    let mutable = node.children().any(|child| child.kind() == "mutable_specifier");
    let text = node.part(Part::Type).map(|ty| ty.text().to_owned()).unwrap_or_default();
    let shared = ["Atomic", "Mutex", "RwLock", "Cell", "Lock", "Once"]
        .iter()
        .any(|name| text.contains(name));
    let constant = node.role() == Some(Role::Constant) || !mutable && !shared;
    let volatile = shared && !text.starts_with("Atomic");
    lowering.language.globals.insert(name.clone(), ty.clone());
    let initializer = node
        .part(Part::Value)
        .and_then(|value| initializer(lowering, &name, &ty, &value, node.span()));
    lowering.lowered.globals.push(Global {
        at: signatures::name_span(node),
        name,
        ty,
        constant,
        volatile,
        linkage,
        initializer,
    });
}

/// The function that gives a global its first value.
fn initializer(lowering: &mut Lower<'_>, name: &str, ty: &Type, value: &Node, at: Span) -> Option<Function> {
    let before = lowering.lowered.functions.len();
    lowering.function(unnamed(at), |lowering, _| {
        let place = Place::Global(name.to_owned());
        let value = declarations::expected(lowering, value, ty);
        lowering.store(&place, value, at);
    });
    // Closures in the value have become functions of their own; the last one is the initialiser.
    let made = (lowering.lowered.functions.len() > before)
        .then(|| lowering.lowered.functions.pop())
        .flatten();
    // What it calls is called, whoever reads the global: it is looked at as a function as well.
    lowering
        .lowered
        .functions
        .extend(made.iter().filter(|made| made.calls().next().is_some()).cloned());
    made
}

/// A constant in a block: a variable that is set where the block begins.
pub fn local_constant(lowering: &mut Lower<'_>, node: &Node) {
    let (Some(name), Some(value)) = (node.part(Part::Name), node.part(Part::Value)) else {
        return;
    };
    let ty = node
        .part(Part::Type)
        .map_or(Type::Unknown, |ty| lowering.read_type(ty.text()));
    declarations::named(lowering, name.text(), ty, &value, name.span(), node.span());
}

/// A static in a block: a global of the function.
pub fn local_static(lowering: &mut Lower<'_>, node: &Node) {
    let Some(name) = node.part(Part::Name) else { return };
    let path = nested_path(lowering, name.text());
    push_global(lowering, node, path.clone(), Linkage::Private);
    lowering.body.bind_global(name.text().to_owned(), path);
}

/// The path of what is defined in the body of a function.
pub fn nested_path(lowering: &Lower<'_>, name: &str) -> String {
    match lowering.language.function.as_str() {
        "" => name.to_owned(),
        function => format!("{function}::{name}"),
    }
}

/// A function in a block.
pub fn nested(lowering: &mut Lower<'_>, node: &Node) {
    let scope = Some(lowering.language.function.clone()).filter(|name| !name.is_empty());
    lowering.deeper(node.span(), (), |lowering| {
        lower_function(lowering, node, scope, Linkage::Private)
    });
}

/// The methods of an `impl` in a block.
pub fn nested_impl(lowering: &mut Lower<'_>, node: &Node) {
    let Some(ty) = node.field("type") else { return };
    let own = segments(ty.text()).pop().unwrap_or_default();
    lowering.language.variants.take();
    let before = lowering.language.names.replace_meaning("Self", Some(own.clone()));
    let body = node.field("body");
    let methods = body
        .iter()
        .flat_map(Node::children)
        .filter(|node| node.role() == Some(Role::Function));
    methods.for_each(|method| {
        lowering.deeper(method.span(), (), |lowering| {
            lower_function(lowering, &method, Some(own.clone()), Linkage::Private)
        });
    });
    lowering.language.names.replace_meaning("Self", before);
    lowering.language.variants.take();
}

/// What a module in a block defines: all but its functions is seen in it alone.
pub fn nested_module(lowering: &mut Lower<'_>, node: &Node) {
    let (Some(name), Some(body)) = (node.field("name"), node.field("body")) else {
        return;
    };
    let function = std::mem::replace(&mut lowering.language.function, name.text().to_owned());
    lowering.body.open_scope();
    lowering.deeper(node.span(), (), |lowering| {
        let mut children: Vec<Node> = body.children().collect();
        blocks::enter(lowering, &mut children);
        blocks::leave(lowering);
    });
    lowering.body.close_scope();
    lowering.language.function = function;
}

/// Calls that the tokens show and the tree did not: each is read by itself.
fn uncovered(lowering: &mut Lower<'_>, id: ItemId) {
    let missing = |lowering: &Lower<'_>, call: &TokenCall| {
        let callee = call.callee.start..call.callee.end.max(call.callee.start + 1);
        call.context == CallContext::Call && lowering.covered.range(callee).next().is_none()
    };
    let calls: Vec<TokenCall> = lowering
        .index
        .calls(id)
        .filter(|call| missing(lowering, call))
        .cloned()
        .collect();
    for call in calls {
        let span = Span {
            end: call.end as u32,
            ..call.callee
        };
        let text = lowering.sources.slice(span).to_owned();
        if let Some(block) = blocks::parse_block(Text::plain(text, span)) {
            lowering.function(unnamed(span), |lowering, _| lowering.statement(&block));
            drop_if_empty(lowering);
        }
        if missing(lowering, &call) {
            lowering.lowered.uncovered.push(call);
        }
    }
}
