//! Calls of functions by path: those of the unit, constructors, the standard library's that are known, sinks, others.

use std::rc::Rc;

use super::conversions::convert;
use super::names::{Target, segments};
use super::parts::{TAG, part};
use super::signatures::Signature;
use super::{
    Lower, aggregates, blocks, closures, dispatch, drops, instances, known, methods, options, panics, paths, traits,
    types,
};
use crate::facts;
use crate::ir::{Argument, Callee, Expr, Place, SinkPositions, Type};
use crate::lower::CallParts;
use crate::sinks;
use crate::source::{Language, Span};
use crate::syntax::Node;
use crate::syntax::cut::NameKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

/// A call.
pub fn call(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let (Some(callee), Some(list)) = (node.part(Part::Callee), node.part(Part::Arguments)) else {
        return lowering.unread_value(node);
    };
    let arguments: Vec<Node> = list
        .children()
        .filter(|node| node.role() != Some(Role::Opaque))
        .collect();
    let mut callee = callee;
    while callee.role() == Some(Role::Parenthesized)
        && let Some(inner) = callee.part(Part::Value)
    {
        callee = inner;
    }
    let at = Span {
        end: node.span().end,
        ..callee_span(&callee)
    };
    let function = plain_function(&callee);
    if function.role() == Some(Role::Field) && callee.kind() != "parenthesized_expression" && !is_wrapped(node) {
        return methods::call(lowering, &function, &arguments, at);
    }
    if function.role() == Some(Role::Name) && lowering.variable(function.text()).is_none() {
        return path_call(lowering, &callee, &arguments, at);
    }
    if let Some(value) = closures::call(lowering, &callee, &arguments, at) {
        return value;
    }
    let pointer = lowering.value(&callee);
    let arguments = values(lowering, &arguments, true);
    closures::call_value(lowering, pointer, arguments, at)
}

/// `(self.function)(…)` calls what the field holds.
fn is_wrapped(node: &Node) -> bool {
    node.part(Part::Callee)
        .is_some_and(|callee| callee.role() == Some(Role::Parenthesized))
}

/// A callee without generic arguments. What a call returns is no name: its own callee is not what is called.
fn plain_function(callee: &Node) -> Node {
    let function = match callee.role() {
        Some(Role::Call) => None,
        _ => callee.field("function"),
    };
    function.unwrap_or(callee.clone())
}

/// The last name of a callee.
fn callee_span(callee: &Node) -> Span {
    let function = plain_function(callee);
    let name = function.field("name").or_else(|| function.field("field"));
    name.unwrap_or(function).span()
}

/// The values of arguments, in order; `visible`: the callee's body is.
pub fn values(lowering: &mut Lower<'_>, nodes: &[Node], visible: bool) -> Vec<Argument> {
    let mut found = Vec::with_capacity(nodes.len());
    for node in nodes {
        let value = closures::argument(lowering, node, visible);
        found.push((Argument { value, at: node.span() }, lowering.body.mark()));
    }
    // Later arguments may have written what earlier ones read. From the last to the first, as each keeps its place.
    let settled = found.into_iter().rev().map(|(argument, mark)| {
        let value = lowering.body.settle(argument.value, mark);
        Argument { value, at: argument.at }
    });
    let mut settled: Vec<Argument> = settled.collect();
    settled.reverse();
    settled
}

/// What a path in a call means.
enum Function {
    /// A function defined in a block around the call.
    Local(String, Rc<Signature>),
    /// A function of the unit.
    Item(ItemId, String),
    /// A function that some implementation of a trait has.
    Method(String),
    /// Something outside the unit.
    External(Vec<String>),
}

fn resolve(lowering: &Lower<'_>, path: &[String]) -> Function {
    let name = path.last().cloned().unwrap_or_default();
    if let [name] = path
        && let Some((path, signature)) = lowering.local_signature(name)
    {
        return Function::Local(path, signature);
    }
    match lowering.names().find(path, NameKind::Function) {
        // It may have another name here.
        Target::Item(id) => Function::Item(id, lowering.index.item(id).1.name.clone()),
        found => {
            if lowering.names().is_projected(path) && !lowering.index.functions(&name).is_empty() {
                return Function::Method(name);
            }
            if let Some(id) = associated(lowering, path).or_else(|| instances::inherited(lowering, path)) {
                return Function::Item(id, name);
            }
            let external = match found {
                Target::External(path) => path,
                Target::Item(_) | Target::Nothing => vec![name.clone()],
            };
            let external = paths::unresolved(lowering, external);
            let holder = external
                .len()
                .checked_sub(2)
                .map_or("", |index| external[index].as_str());
            let parameter = holder.len() <= 2 && holder.starts_with(|c: char| c.is_uppercase());
            let of_self = path.len() == 2 && path[0] == "Self";
            let of_trait = parameter || of_self || lowering.is_trait(holder);
            match of_trait && !lowering.index.functions(&name).is_empty() {
                true => Function::Method(name),
                false => Function::External(external),
            }
        }
    }
}

/// A function of the type that an alias stands for.
fn associated(lowering: &Lower<'_>, path: &[String]) -> Option<ItemId> {
    let [.., holder, name] = path else { return None };
    let ty = lowering.read_type(holder);
    let holder = types::base(&ty).map_or_else(|| types::spell(&ty), str::to_owned);
    lowering.function_of(&holder, name)
}

/// The names of a path; `::name` begins at the root of the crate, if it has one of the name.
fn from_root(lowering: &Lower<'_>, text: &str) -> Vec<String> {
    let path = segments(text);
    let rooted = [&["crate".to_owned()][..], &path].concat();
    let found = || matches!(lowering.names().find(&rooted, NameKind::Function), Target::Item(_));
    if text.trim_start().starts_with("::") && found() {
        rooted
    } else {
        path
    }
}

/// The function that `<Type as Trait>::name` means, if the unit defines it.
fn of_trait(lowering: &Lower<'_>, text: &str) -> Option<(ItemId, String)> {
    let (of_trait, ty) = dispatch::qualified(text)?;
    let name = segments(text).pop()?;
    let ty = segments(&ty).pop()?;
    let holder = lowering.holder(&ty);
    let of_type = lowering.functions_of(holder, &name);
    let own = of_type.iter().any(|&id| traits::trait_of(lowering, id).is_none());
    let mut implemented = of_type
        .into_iter()
        .filter(|&id| traits::trait_of(lowering, id).as_ref() == Some(&of_trait));
    let (first, more) = (implemented.next(), implemented.next());
    let given = || {
        let mut items = lowering.index.functions_from(lowering.file, &name).into_iter();
        items.find(|&id| lowering.index.item(id).1.scope.last() == Some(&of_trait))
    };
    // Where no function of the type itself hides it, the path leads to it as any other does.
    let found = first.filter(|_| more.is_none()).or_else(|| given().filter(|_| own))?;
    Some((found, name))
}

fn path_call(lowering: &mut Lower<'_>, callee: &Node, nodes: &[Node], at: Span) -> Expr {
    let path = from_root(lowering, callee.text());
    let function = match of_trait(lowering, callee.text()) {
        Some((id, name)) => Function::Item(id, name),
        None => resolve(lowering, &path),
    };
    if let Some(value) = system_call(lowering, &path, nodes, at) {
        return value;
    }
    if let Function::External(path) = &function
        && let Some(value) = known::with_nodes(lowering, path, nodes, at)
    {
        return value;
    }
    let visible = !matches!(function, Function::External(_));
    let arguments = panics::catching(lowering, !visible, |lowering| values(lowering, nodes, visible));
    finish(lowering, callee, function, arguments, at)
}

/// A system call by number, whoever makes it. A list of operands given as one argument is spread out, and a variable that
/// holds the number is known by that.
fn system_call(lowering: &mut Lower<'_>, path: &[String], nodes: &[Node], at: Span) -> Option<Expr> {
    let joined = path.join("::");
    if !sinks::is_system_call(&joined) {
        return None;
    }
    let spread: Vec<Node> = nodes
        .iter()
        .flat_map(|node| list(node).unwrap_or_else(|| vec![node.clone()]))
        .collect();
    let texts: Vec<String> = spread.iter().map(|node| number(lowering, node)).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let positions = sinks::raw(&joined, &texts)?;
    let arguments = values(lowering, &spread, false);
    Some(raw(lowering, joined, arguments, positions, at))
}

/// The elements of `&[a, b]`.
fn list(node: &Node) -> Option<Vec<Node>> {
    let mut current = node.clone();
    while matches!(current.role(), Some(Role::Address | Role::Parenthesized)) {
        current = current.part(Part::Value)?;
    }
    (current.kind() == "array_expression").then(|| current.parts(Part::Element).collect())
}

/// The text of an argument, or of what the variable that it is was declared with.
fn number(lowering: &mut Lower<'_>, node: &Node) -> String {
    let id = if node.role() == Some(Role::Name) {
        lowering.variable(node.text())
    } else {
        None
    };
    let known = id.and_then(|id| lowering.language.numbers.get(&id));
    known.cloned().unwrap_or_else(|| node.text().to_owned())
}

/// A call of a path with values that are ready.
pub fn call_path(lowering: &mut Lower<'_>, callee: &Node, arguments: Vec<Argument>, at: Span) -> Expr {
    let path = segments(callee.text());
    let function = resolve(lowering, &path);
    finish(lowering, callee, function, arguments, at)
}

fn finish(lowering: &mut Lower<'_>, callee: &Node, function: Function, arguments: Vec<Argument>, at: Span) -> Expr {
    match function {
        Function::Local(path, signature) => call_visible(lowering, Callee::Named(path), &signature, arguments, at),
        Function::Item(id, name) => {
            let signature = lowering.signature(id);
            let mut arguments = arguments;
            arguments.extend(generic_constants(lowering, callee, &signature));
            let path = segments(callee.text());
            let own = path.len().checked_sub(2).map(|index| path[index].as_str());
            let given = known::generic_argument(callee);
            let callee = lowering.callee_for((id, &name), own, given.as_deref(), &arguments);
            call_visible(lowering, callee, &signature, arguments, at)
        }
        Function::Method(name) => emit(lowering, Callee::Method(name), arguments, Type::Unknown, at),
        Function::External(path) => external(lowering, callee, &path, arguments, at),
    }
}

/// The constants among generic arguments, as arguments.
fn generic_constants(lowering: &mut Lower<'_>, callee: &Node, signature: &Signature) -> Vec<Argument> {
    let list = callee.field("type_arguments");
    let given: Vec<Node> = list
        .iter()
        .flat_map(|list| list.children().collect::<Vec<_>>())
        .collect();
    let missing = signature.constants.len();
    let start = given.len().saturating_sub(missing);
    let mut values = Vec::new();
    for (index, ty) in signature.constants.iter().enumerate() {
        let argument = match given.get(start + index).filter(|_| given.len() >= missing) {
            Some(node) => {
                let value = match node.role() {
                    // A name is read as a type there.
                    None => blocks::parse_block(node.source()).map(|block| lowering.value(&block)),
                    Some(_) => Some(lowering.value(node)),
                };
                let value = value.unwrap_or(Expr::Unknown(ty.clone(), node.span()));
                Argument {
                    value: convert(value, ty),
                    at: node.span(),
                }
            }
            None => Argument {
                value: Expr::Unknown(ty.clone(), callee.span()),
                at: callee.span(),
            },
        };
        values.push(argument);
    }
    values
}

/// A call of one of several functions of a type: which one is not known.
pub fn any_of(
    lowering: &mut Lower<'_>,
    holder: &str,
    names: &[&str],
    arguments: Vec<Argument>,
    (ty, at): (Type, Span),
) -> Expr {
    let place = lowering.fresh(ty.clone(), at);
    lowering.body.havoc(place.clone(), at);
    let exit = lowering.body.block();
    for (index, name) in names.iter().enumerate() {
        let (this, next) = (lowering.body.block(), lowering.body.block());
        match index + 1 < names.len() {
            true => lowering.body.branch(Expr::Unknown(Type::BOOL, at), this, next, at),
            false => lowering.body.goto(this),
        }
        lowering.body.switch_to(this);
        let callee = Callee::Named(format!("{holder}::{name}"));
        let value = emit(lowering, callee, arguments.clone(), ty.clone(), at);
        lowering.body.assign(place.clone(), value, at);
        lowering.body.goto(exit);
        lowering.body.switch_to(next);
    }
    lowering.body.switch_to(exit);
    Expr::Load(place, ty, at)
}

/// A call of a function of the unit.
pub fn call_item(lowering: &mut Lower<'_>, id: ItemId, name: &str, arguments: Vec<Argument>, at: Span) -> Expr {
    let signature = lowering.signature(id);
    let receiver = arguments.first().map(|argument| argument.value.clone());
    let ty = receiver.map(|value| lowering.value_type(&value));
    let own = ty.as_ref().and_then(|ty| types::base(types::behind(ty)));
    let callee = lowering.callee_for((id, name), own, None, &arguments);
    call_visible(lowering, callee, &signature, arguments, at)
}

fn call_visible(
    lowering: &mut Lower<'_>,
    callee: Callee,
    signature: &Signature,
    arguments: Vec<Argument>,
    at: Span,
) -> Expr {
    // With `Type::method(&x, …)` the receiver is among the arguments.
    let receivers = arguments
        .len()
        .saturating_sub(signature.parameters.len() + signature.constants.len());
    let mut types = signature.parameters.iter().chain(&signature.constants);
    let typed = arguments.into_iter().enumerate().map(|(index, argument)| {
        let ty = if index < receivers { None } else { types.next() };
        match ty {
            Some(ty) => Argument {
                value: convert(argument.value, ty),
                ..argument
            },
            None => argument,
        }
    });
    let arguments = typed.collect();
    let (ty, noreturn) = (signature.returns.clone(), signature.noreturn);
    lowering.emit_call(CallParts {
        noreturn,
        ..CallParts::plain(callee, arguments, ty, at)
    })
}

fn emit(lowering: &mut Lower<'_>, callee: Callee, arguments: Vec<Argument>, ty: Type, at: Span) -> Expr {
    lowering.emit_call(CallParts::plain(callee, arguments, ty, at))
}

/// A call that leaves the unit.
fn external(lowering: &mut Lower<'_>, callee: &Node, path: &[String], arguments: Vec<Argument>, at: Span) -> Expr {
    if let Some(value) = constructed(lowering, path, &arguments, at) {
        return value;
    }
    let joined = path.join("::");
    let texts: Vec<String> = arguments
        .iter()
        .map(|argument| lowering.sources.slice(argument.at).to_owned())
        .collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    if let Some(positions) = lowering.sinks.by_path(Language::Rust, &joined) {
        return sink(lowering, joined, arguments, positions, at);
    }
    if let Some(positions) = sinks::raw(&joined, &texts) {
        return raw(lowering, joined, arguments, positions, at);
    }
    if let Some(value) = known::call(lowering, path, callee, &arguments, at) {
        return value;
    }
    let (ty, noreturn) = match declared(lowering, path) {
        Some(signature) => (signature.returns.clone(), signature.noreturn),
        None => facts::rust::result(path),
    };
    drops::given_away(lowering, &arguments, at);
    let result = lowering.emit_call(CallParts {
        noreturn,
        ..CallParts::plain(Callee::Named(joined), arguments, ty, at)
    });
    lowering.note_foreign(&result);
    result
}

impl Lower<'_> {
    /// Notes that a value comes from outside the unit: its methods are none of the unit's.
    pub fn note_foreign(&mut self, value: &Expr) {
        if let Expr::Load(Place::Var(id), ..) = value {
            self.language.foreign.insert(*id);
        }
    }

    /// Whether a value, or what it is a part of, comes from outside the unit.
    pub fn is_foreign(&self, value: &Expr) -> bool {
        let Expr::Load(place, ..) = value else { return false };
        let mut place = place;
        loop {
            match place {
                Place::Var(id) => return self.language.foreign.contains(id),
                Place::Field(inner, _) | Place::Index(inner, _) => place = inner,
                Place::Deref(pointer) => match &**pointer {
                    Expr::Load(inner, ..) => place = inner,
                    _ => return false,
                },
                Place::Global(_) | Place::Setting(_) => return false,
            }
        }
    }
}

/// The signature of a function that an `extern` block declares.
fn declared(lowering: &Lower<'_>, path: &[String]) -> Option<Rc<Signature>> {
    let [name] = path else { return None };
    let id = lowering.index.declarations(name).first().copied()?;
    (lowering.sources.file(id.file).language == Language::Rust).then(|| lowering.signature(id))
}

/// A call that is `mremap`.
fn sink(lowering: &mut Lower<'_>, path: String, arguments: Vec<Argument>, positions: SinkPositions, at: Span) -> Expr {
    let mut arguments = arguments;
    for (index, argument) in arguments.iter_mut().enumerate() {
        let ty = match index {
            _ if index == positions.old_size || Some(index) == positions.new_size => Type::SIZE,
            _ if Some(index) == positions.flags => Type::INT,
            _ => Type::Unknown,
        };
        let value = std::mem::replace(&mut argument.value, Expr::Unknown(Type::Unknown, argument.at));
        argument.value = operand(lowering, value, &ty, argument.at);
    }
    let pointer = Type::pointer(Type::Void);
    let plain = !path.contains("::") || path.starts_with("libc::");
    let ty = if plain {
        pointer
    } else {
        types::generic("Result", &[pointer, Type::Unknown])
    };
    let callee = Callee::Named(path);
    let result = lowering.emit_call(CallParts {
        sink: Some(positions),
        ..CallParts::plain(callee, arguments, ty, at)
    });
    lowering.note_foreign(&result);
    result
}

/// An operand of the call as a number: flags are structures in some crates, an address may be an `Option`.
fn operand(lowering: &mut Lower<'_>, value: Expr, ty: &Type, at: Span) -> Expr {
    match value.ty() {
        Type::Aggregate(name) if name.starts_with("Option<") => {
            let place = lowering.place_of_value(value);
            let held = options::payload(lowering, &place, at);
            let null = crate::lower::values::constant(0, Type::pointer(Type::Void), at);
            lowering.choose(options::tag(&place, at), at, |_| held, |_| null)
        }
        Type::Aggregate(_) => {
            let place = lowering.place_of_value(value);
            lowering.load(part(&place, "0"), at)
        }
        _ => convert(value, ty),
    }
}

/// A system call by number. A list given as one argument is spread out.
pub fn raw(
    lowering: &mut Lower<'_>,
    path: String,
    arguments: Vec<Argument>,
    positions: SinkPositions,
    at: Span,
) -> Expr {
    let ty = Type::Int { bits: 64, signed: true };
    let fitting = positions.old_size < arguments.len();
    let callee = Callee::Named(path);
    let sink = fitting.then_some(positions);
    lowering.emit_call(CallParts {
        sink,
        ..CallParts::plain(callee, arguments, ty, at)
    })
}

/// A variant with data, or a tuple structure.
fn constructed(lowering: &mut Lower<'_>, path: &[String], arguments: &[Argument], at: Span) -> Option<Expr> {
    let (ty, target, place) = match lowering.variant(path) {
        Some((holder, variant)) => {
            let ty = Type::Aggregate(holder);
            let place = lowering.fresh(ty.clone(), at);
            lowering
                .body
                .assign(part(&place, TAG), aggregates::tag(&variant, at), at);
            (ty, part(&place, &variant.name), place)
        }
        None => {
            let name = match path.last()?.as_str() {
                "Self" => lowering.names().self_type()?.to_owned(),
                name => name.to_owned(),
            };
            let ty = lowering.read_type(&name);
            let fields = lowering.structure_fields(&ty);
            if fields.first().is_none_or(|field| field.name != "0") {
                return None;
            }
            let place = lowering.fresh(ty.clone(), at);
            (ty, place.clone(), place)
        }
    };
    for (index, argument) in arguments.iter().enumerate() {
        lowering.store(&part(&target, &index.to_string()), argument.value.clone(), argument.at);
    }
    Some(Expr::Load(place, ty, at))
}
