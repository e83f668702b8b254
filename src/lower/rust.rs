//! What roles cannot say of Rust: patterns, paths, methods of the standard library, macros, attributes.
//!
//! # Values of the standard library
//! `Option` and `Result` are structures with the fields `tag` (1: `Some`, `Ok`), `0` (the value) and `err`. An enumeration
//! has a `tag` and a field for each variant with data, which holds the variant's fields. `NonZero`, `Cell` and their like
//! have the field `0`. Whatever knows its length has the field `len`. `Box` is what it holds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::{Language, Lowering, Unit};
use crate::ir::{BlockId, Expr, Place, Type, VarId};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cfg::Condition;
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};

pub mod literals;
pub mod names;
pub mod types;

mod aggregates;
mod assignments;
mod blocks;
mod calls;
mod cells;
mod closures;
mod comparisons;
mod conversions;
mod declarations;
mod definitions;
mod dispatch;
mod drops;
mod emit;
mod expansion;
mod generics;
mod hygiene;
mod instances;
mod integers;
mod items;
mod iteration;
mod known;
mod lookup;
mod loops;
mod macro_text;
mod macros;
mod methods;
mod operators;
mod options;
mod order;
mod panics;
mod parts;
mod paths;
mod patterns;
mod sequences;
mod signatures;
mod traits;

pub use items::item;

use definitions::{Definition, Variant};
use names::Names;
use signatures::Signature;

/// What lowering keeps for Rust.
pub struct Rust {
    names: Names,
    /// What the blocks around the current node define, innermost last.
    blocks: Vec<blocks::BlockItems>,
    /// The condition of a `#[cfg]` that stands before the next statement.
    pending: Option<Condition>,
    /// Closures bound to variables.
    closures: closures::Closures,
    /// Where `return` and `?` go in closures whose body is lowered in place, innermost last.
    returns: Vec<closures::Inline>,
    /// Types of the globals named so far.
    globals: BTreeMap<String, Type>,
    definitions: RefCell<BTreeMap<ItemId, Option<Rc<Definition>>>>,
    signatures: RefCell<BTreeMap<ItemId, Rc<Signature>>>,
    /// Whether names are those of traits, as far as asked.
    traits: RefCell<BTreeMap<String, bool>>,
    /// The types that implement a trait in a file, as far as asked.
    implementations: RefCell<instances::Implementations>,
    /// Variables that hold what a function outside the unit returned.
    foreign: BTreeSet<VarId>,
    /// Variants found so far, by path.
    variants: RefCell<BTreeMap<String, Option<(String, Variant)>>>,
    /// The path of the function being lowered, for what is defined in it.
    function: String,
    /// Variables that hold the number of the system call, with the text that says so.
    numbers: BTreeMap<VarId, String>,
    /// The closure that the function being lowered returns to callers that are all visible.
    given: Option<Span>,
    /// Uses of macros that were expanded so far.
    expanded: usize,
    /// Places that hold a number whose type is not visible.
    untyped_numbers: BTreeSet<comparisons::NumberAt>,
    /// Types of which values were made `dyn Trait`, but are still known by their own.
    dynamic: BTreeSet<String>,
    /// Where variables are declared whose values do not end with them.
    kept: BTreeSet<u32>,
    /// Whether the call whose arguments are lowered may catch the panics of closures among them.
    catches: bool,
    /// How deep parts of parts are being compared.
    comparing: u32,
    /// What the blocks around the current node own, innermost last.
    frames: Vec<drops::Frame>,
}

/// The state of lowering a Rust item.
type Lower<'a> = Lowering<'a, Rust>;

impl Rust {
    fn new(unit: Unit<'_>, id: ItemId) -> Rust {
        Rust {
            names: Names::new(unit, id),
            blocks: Vec::new(),
            pending: None,
            closures: closures::Closures::default(),
            returns: Vec::new(),
            globals: BTreeMap::new(),
            definitions: RefCell::default(),
            signatures: RefCell::default(),
            variants: RefCell::default(),
            traits: RefCell::default(),
            implementations: RefCell::default(),
            foreign: BTreeSet::new(),
            function: String::new(),
            numbers: BTreeMap::new(),
            given: None,
            expanded: 0,
            untyped_numbers: BTreeSet::new(),
            dynamic: BTreeSet::new(),
            kept: BTreeSet::new(),
            catches: false,
            comparing: 0,
            frames: Vec::new(),
        }
    }
}

impl Language for Rust {
    const TEST_NAMES_IN_ELSE: bool = false;

    fn enter_block(lowering: &mut Lowering<'_, Self>, children: &mut Vec<Node>) {
        blocks::enter(lowering, children);
    }

    fn leave_block(lowering: &mut Lowering<'_, Self>) {
        blocks::leave(lowering);
    }

    fn statement(lowering: &mut Lowering<'_, Self>, node: &Node) -> bool {
        let undecided = lowering.language.pending.is_some();
        !undecided && macros::statement(lowering, node) || blocks::statement(lowering, node)
    }

    fn unwind(lowering: &mut Lowering<'_, Self>, since: usize, at: Span) {
        drops::unwind(lowering, since, at);
    }

    fn value(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Expr> {
        panics::perhaps(lowering, node);
        match node.role() {
            Some(Role::MacroCall) => Some(macros::value(lowering, node)),
            Some(Role::Try) => Some(options::question(lowering, node)),
            Some(Role::Range) => Some(loops::range_value(lowering, node)),
            Some(Role::Match) => Some(lowering.truth_value(node)),
            Some(Role::Loop) if node.part(Part::Subject).is_some() => {
                loops::for_each(lowering, node);
                Some(Expr::Unknown(Type::Void, node.span()))
            }
            Some(Role::Return) if closures::return_from(lowering, node) => Some(Expr::Unknown(Type::Void, node.span())),
            Some(Role::Binary) => comparisons::comparison(lowering, node),
            Some(Role::Cast) => operators::cast(lowering, node),
            Some(Role::Address) => Some(lowering.borrowed(node)),
            Some(Role::Assign) => assignments::assign_parts(lowering, node),
            Some(Role::Block) if node.parent().is_some_and(|parent| parent.kind() == "async_block") => {
                Some(closures::run_in_place(lowering, node))
            }
            None if node.kind() == "let_chain" => Some(lowering.truth_value(node)),
            _ => None,
        }
    }

    fn place(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Place> {
        panics::perhaps(lowering, node);
        match node.role() {
            Some(Role::Field) => aggregates::field(lowering, node),
            Some(Role::Index) => aggregates::element(lowering, node),
            Some(Role::Dereference) => aggregates::dereference(lowering, node),
            _ => None,
        }
    }

    fn condition(lowering: &mut Lowering<'_, Self>, node: &Node, yes: BlockId, no: BlockId) -> bool {
        match node.role() {
            Some(Role::Match) => patterns::let_condition(lowering, node, yes, no),
            Some(Role::MacroCall) => macros::condition(lowering, node, yes, no),
            None if node.kind() == "let_chain" => {
                let operands: Vec<Node> = node.children().collect();
                patterns::chain(lowering, &operands, yes, no);
                true
            }
            _ => false,
        }
    }

    fn subject(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        // A match on a place does not read it: patterns may borrow from it.
        let place = lowering.place_or_copy(node);
        lowering.load(place, node.span())
    }

    fn name(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        paths::value(lowering, node)
    }

    fn literal(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        operators::literal(lowering, node)
    }

    fn size(_: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        // Rust has no such operator; `size_of` is a function.
        Expr::Unknown(Type::SIZE, node.span())
    }

    fn type_of(lowering: &mut Lowering<'_, Self>, node: &Node) -> Type {
        lowering.read_type(node.text())
    }

    fn field_type(lowering: &mut Lowering<'_, Self>, object: &Type, field: &str) -> Type {
        aggregates::field_type(lowering, object, field)
    }

    fn global_type(lowering: &mut Lowering<'_, Self>, name: &str) -> Type {
        lowering.language.globals.get(name).cloned().unwrap_or(Type::Unknown)
    }

    fn call(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        calls::call(lowering, node)
    }

    fn declare(lowering: &mut Lowering<'_, Self>, node: &Node) {
        declarations::declare(lowering, node);
    }

    fn aggregate(lowering: &mut Lowering<'_, Self>, place: &Place, ty: &Type, node: &Node) {
        aggregates::build(lowering, place, ty, node);
    }

    fn closure(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        closures::value(lowering, node)
    }

    fn pattern(lowering: &mut Lowering<'_, Self>, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId) {
        patterns::test(lowering, subject, pattern, yes, no);
    }

    fn convert(_: &mut Lowering<'_, Self>, value: Expr, to: &Type, _: Span) -> Expr {
        conversions::convert(value, to)
    }

    fn negation(_: &mut Lowering<'_, Self>, value: Expr, at: Span) -> Expr {
        operators::negation(value, at)
    }

    fn promote(_: &mut Lowering<'_, Self>, value: Expr) -> Expr {
        value
    }

    fn store(lowering: &mut Lowering<'_, Self>, place: &Place, _: &Type, value: &Expr, _: Span) -> bool {
        lowering.note_number(place, value);
        false
    }

    fn operation(
        lowering: &mut Lowering<'_, Self>,
        operator: &str,
        left: &Expr,
        right: &Expr,
        at: Span,
    ) -> Option<Expr> {
        panics::dividing(lowering, operator, right, at);
        methods::operator(lowering, operator, left, right, at)
            .or_else(|| comparisons::compared(lowering, operator, left, right, at))
    }

    fn balance(_: &mut Lowering<'_, Self>, operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type) {
        operators::balance(operator, left, right)
    }

    fn common_type(_: &mut Lowering<'_, Self>, values: &[&Expr]) -> Type {
        conversions::common_type(values)
    }
}
