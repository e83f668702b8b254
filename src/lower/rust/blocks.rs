//! What blocks define for themselves (functions, types, constants, imports), and statements under `#[cfg]`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::definitions::{self, Definition};
use super::signatures::Signature;
use super::{Lower, closures, drops, expansion, items, loops};
use crate::ir::{BlockId, Expr, Place, Type};
use crate::lower::builder::Scopes;
use crate::source::{Language, Span};
use crate::syntax::cfg::{self, Condition};
use crate::syntax::imports::{self, Import};
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, parse, parser};

/// The items of one block.
#[derive(Debug, Default)]
pub struct BlockItems {
    /// Functions, with the path by which they are called.
    pub functions: BTreeMap<String, (String, Rc<Signature>)>,
    /// Types.
    pub types: BTreeMap<String, Rc<Definition>>,
    /// Macros: all their arms.
    pub macros: BTreeMap<String, Text>,
    /// What is in scope where they are defined, of those that control has come by.
    pub macro_scopes: BTreeMap<String, Scopes>,
    /// Types that have a `drop`.
    pub drops: BTreeSet<String>,
}

/// Before the statements of a block: its items are visible in all of it, and what `#[cfg]` rules out is taken away.
pub fn enter(lowering: &mut Lower<'_>, children: &mut Vec<Node>) {
    decide(lowering, children);
    drops::enter(lowering, false);
    let of = |role: Role| {
        children
            .iter()
            .filter(move |node| node.role() == Some(role))
            .cloned()
            .collect::<Vec<Node>>()
    };
    let mut block = BlockItems::default();
    let imported = of(Role::Import)
        .iter()
        .flat_map(|node| imports::read(node.text()))
        .collect();
    lowering.language.names.enter(imported);
    lowering.language.variants.take();
    for node in of(Role::Type) {
        if let (Some(name), Some(definition)) = (node.part(Part::Name), definitions::read(&node)) {
            block.types.insert(name.text().to_owned(), Rc::new(definition));
        }
    }
    let macros = children.iter().filter(|node| node.kind() == "macro_definition");
    block.macros.extend(macros.filter_map(expansion::local_definition));
    let dropped = children.iter().filter(|node| node.kind() == "impl_item");
    block.drops.extend(dropped.filter_map(drops::dropped_type));
    lowering.language.blocks.push(block);
    for node in of(Role::Function) {
        let Some(name) = node.part(Part::Name) else { continue };
        let path = items::nested_path(lowering, name.text());
        let signature = Rc::new(lowering.signature_of(&node, None));
        if let Some(block) = lowering.language.blocks.last_mut() {
            block.functions.insert(name.text().to_owned(), (path, signature));
        }
    }
    children
        .iter()
        .filter(|node| node.kind() == "foreign_mod_item")
        .for_each(|node| declare_foreign(lowering, node));
    // Constants may use each other whatever their order; they are few, and a second round settles most chains.
    let constants: Vec<Node> = of(Role::Constant);
    constants.iter().for_each(|node| items::local_constant(lowering, node));
    of(Role::Global)
        .iter()
        .for_each(|node| items::local_static(lowering, node));
    of(Role::Function).iter().for_each(|node| items::nested(lowering, node));
    children
        .iter()
        .filter(|node| node.kind() == "impl_item")
        .for_each(|node| items::nested_impl(lowering, node));
    children
        .iter()
        .filter(|node| node.kind() == "mod_item")
        .for_each(|node| items::nested_module(lowering, node));
}

/// After the statements of a block.
pub fn leave(lowering: &mut Lower<'_>) {
    drops::leave(lowering);
    lowering.language.blocks.pop();
    lowering.language.names.leave();
    lowering.language.variants.take();
}

/// `extern` functions declared in a block are known by their name alone.
fn declare_foreign(lowering: &mut Lower<'_>, node: &Node) {
    let signatures = node
        .descendants()
        .filter(|node| node.kind() == "function_signature_item");
    for signature in signatures {
        let Some(name) = signature.field("name") else { continue };
        let path = vec!["libc".to_owned(), name.text().to_owned()];
        lowering.language.names.bring(Import {
            name: name.text().to_owned(),
            path,
        });
    }
}

/// Drops statements whose condition is known to be false, and the attributes whose condition is known; makes one expression
/// of a block's last expressions if each stands under a condition of its own.
fn decide(lowering: &mut Lower<'_>, children: &mut Vec<Node>) {
    let mut kept: Vec<Node> = Vec::with_capacity(children.len());
    // The conditions in front of each kept statement, by its index.
    let mut pending: Vec<Node> = Vec::new();
    for node in children.drain(..) {
        if node.role() == Some(Role::Opaque) {
            pending.push(node);
            continue;
        }
        let conditions: Vec<(Node, Condition)> = std::mem::take(&mut pending)
            .into_iter()
            .filter_map(|attribute| cfg::attribute(attribute.text()).map(|condition| (attribute, condition)))
            .collect();
        if conditions
            .iter()
            .any(|(_, condition)| condition.truth(cfg::everywhere) == Some(false))
        {
            continue;
        }
        kept.extend(
            conditions
                .into_iter()
                .filter(|(_, condition)| condition.truth(cfg::everywhere).is_none())
                .map(|(node, _)| node),
        );
        kept.push(node);
    }
    *children = kept;
    if let Some(joined) = joined_tail(children) {
        let whole = children[joined.0].span();
        children.truncate(joined.0);
        let text = Text { whole, ..joined.1 };
        if let Some(node) = parse_block(text)
            && let Some(expression) = only_child(&node)
        {
            children.push(expression);
        }
    }
    let _ = lowering;
}

/// `#[cfg(a)] { x } #[cfg(not(a))] { y }` at the end of a block is `if cfg!(a) { x } else if cfg!(not(a)) { y }`.
fn joined_tail(children: &[Node]) -> Option<(usize, Text)> {
    let pairs = children.rchunks_exact(2);
    let ways: Vec<&[Node]> = pairs
        .take_while(|pair| pair[0].role() == Some(Role::Opaque) && pair[1].role() != Some(Role::Opaque))
        .take_while(|pair| is_expression(&pair[1]))
        .collect();
    if ways.len() < 2 {
        return None;
    }
    let start = children.len() - 2 * ways.len();
    let mut text = Text::empty(ways.last()?.first()?.span());
    for pair in ways.iter().rev() {
        let condition = pair[0].text().trim_start_matches("#[").trim_end_matches(']').to_owned();
        let inner = condition.split_once('(').map_or("", |(_, inner)| inner);
        text.push("if cfg!(");
        text.push_from(inner, pair[0].span());
        text.push(" {");
        text.append(&pair[1].source());
        text.push("} else ");
    }
    text.push("{ unreachable!() }");
    Some((start, text))
}

fn is_expression(node: &Node) -> bool {
    let statement = node.text().ends_with(';');
    !statement
        && !matches!(
            node.role(),
            Some(Role::Declare | Role::Function | Role::Type | Role::Import | Role::Constant)
        )
}

/// Parses text as the inside of a block.
pub fn parse_block(text: Text) -> Option<Node> {
    if parser::is_spent() {
        return None;
    }
    let mut framed = Text::empty(text.whole);
    framed.push("fn f() {");
    framed.append(&text);
    framed.push("\n}");
    let root = parse(framed, Language::Rust)?;
    let function = root.children().find(|node| node.role() == Some(Role::Function))?;
    function.part(Part::Body)
}

/// The only expression in a block.
pub fn only_child(block: &Node) -> Option<Node> {
    let mut children = block.children();
    let first = children.next()?;
    if children.next().is_some() {
        return None;
    }
    match first.role() {
        Some(Role::Evaluate) => first.part(Part::Value),
        _ => Some(first),
    }
}

/// Statements that mean something of their own in Rust.
pub fn statement(lowering: &mut Lower<'_>, node: &Node) -> bool {
    if let Some(condition) = lowering.language.pending.take() {
        let (yes, exit) = (lowering.body.block(), lowering.body.block());
        branch(lowering, &condition, yes, exit, node.span());
        lowering.body.switch_to(yes);
        lowering.statement(node);
        lowering.body.goto_and_switch(exit);
        return true;
    }
    match node.role() {
        Some(Role::Opaque) => {
            lowering.language.pending = cfg::attribute(node.text());
            true
        }
        Some(Role::Constant | Role::Global | Role::Function | Role::Import | Role::Type) => true,
        Some(Role::Loop) if node.part(Part::Subject).is_some() => {
            loops::for_each(lowering, node);
            true
        }
        Some(Role::Return) => closures::return_from(lowering, node),
        Some(Role::Break | Role::Continue) => {
            drops::before_jump(lowering, node);
            false
        }
        Some(Role::Evaluate) => evaluated(lowering, node),
        Some(_) => false,
        None if node.kind() == "macro_definition" => {
            expansion::define(lowering, node);
            true
        }
        None if matches!(
            node.kind(),
            "impl_item" | "trait_item" | "mod_item" | "foreign_mod_item"
        ) =>
        {
            true
        }
        None => {
            drops::before_unread(lowering, node.span());
            false
        }
    }
}

/// An expression as a statement: its value ends there.
fn evaluated(lowering: &mut Lower<'_>, node: &Node) -> bool {
    let values: Vec<Node> = node.parts(Part::Value).collect();
    let [value] = values.as_slice() else { return false };
    let plain = matches!(
        value.role(),
        Some(Role::Call | Role::Aggregate | Role::Name | Role::MacroCall | Role::Assign)
    );
    if !plain || !drops::are_known(lowering) {
        return false;
    }
    let result = lowering.value(value);
    drops::end_value(lowering, value, &result);
    drops::end_statement(lowering, value.span());
    true
}

/// Goes to `yes` if a condition of the build holds.
pub fn branch(lowering: &mut Lower<'_>, condition: &Condition, yes: BlockId, no: BlockId, at: Span) {
    match condition {
        Condition::Setting(text) => match cfg::everywhere(text) {
            Some(truth) => lowering.body.goto(if truth { yes } else { no }),
            None => {
                let test = Expr::Load(Place::Setting(text.clone()), Type::BOOL, at);
                lowering.body.branch(test, yes, no, at);
            }
        },
        Condition::Not(inner) => branch(lowering, inner, no, yes, at),
        Condition::All(parts) => {
            for part in parts {
                let next = lowering.body.block();
                branch(lowering, part, next, no, at);
                lowering.body.switch_to(next);
            }
            lowering.body.goto(yes);
        }
        Condition::Any(parts) => {
            for part in parts {
                let next = lowering.body.block();
                branch(lowering, part, yes, next, at);
                lowering.body.switch_to(next);
            }
            lowering.body.goto(no);
        }
    }
}

impl Lower<'_> {
    /// The path of a function defined in a block around here.
    pub fn local_function(&self, name: &str) -> Option<String> {
        self.local_signature(name).map(|(path, _)| path)
    }

    /// The path and signature of a function defined in a block around here.
    pub fn local_signature(&self, name: &str) -> Option<(String, Rc<Signature>)> {
        self.language
            .blocks
            .iter()
            .rev()
            .find_map(|block| block.functions.get(name))
            .cloned()
    }
}
