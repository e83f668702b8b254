//! C and C++: what the roles cannot say. Declarators, types, macros, classes.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::places::deref;
use super::values::constant;
use super::{Language, Lowered, Lowering, Unit};
use crate::ir::{BlockId, Expr, Place, Type, UnaryOp, VarId};
use crate::source::{self, Span};
use crate::syntax::index::ItemId;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text};

mod aggregates;
mod arguments;
pub(super) mod atomics;
mod builtins;
mod call_site;
mod calls;
mod classes;
mod construction;
mod containers;
mod conversions;
mod declarators;
mod dialect;
mod dispatch;
mod expansion;
mod items;
mod jumps;
mod lambdas;
mod lifetimes;
mod literals;
mod macro_calls;
mod macros;
mod names;
mod objects;
mod operators;
mod overloads;
mod parameters;
mod paths;
mod precedence;
mod ranges;
mod repair;
mod signatures;
mod splice;
mod standard;
mod structured_bindings;
mod structures;
mod syscalls;
mod templates;
mod token_calls;
mod type_names;
mod types;
mod unions;
mod unnamed;

/// What lowering of C and C++ keeps while it lowers one item.
#[derive(Debug, Default)]
pub struct C {
    cpp: bool,
    /// The function being lowered, for the names of what is static in it.
    function: String,
    /// The class whose member function is being lowered.
    class: Option<String>,
    types: BTreeMap<String, Type>,
    structures: BTreeMap<String, Option<Rc<structures::Structure>>>,
    globals: BTreeMap<String, Type>,
    /// Globals with the objects that they are names of.
    aliases: BTreeMap<String, String>,
    parsed: BTreeMap<ItemId, Vec<Node>>,
    declarations: BTreeMap<ItemId, Option<Node>>,
    /// Parsed bodies of object-like macros.
    bodies: BTreeMap<Span, Option<Node>>,
    overloads: BTreeMap<(String, Option<String>), Vec<Rc<signatures::Signature>>>,
    signatures: BTreeMap<String, Option<Rc<signatures::Signature>>>,
    macros: BTreeMap<(String, bool), Rc<Vec<macros::Definition>>>,
    /// Whether the text of a macro is no code by itself.
    open_macros: BTreeMap<Span, bool>,
    /// The operands of all `typeof` so far.
    operands_of_types: Vec<Text>,
    /// The value tells the type of the variable that is being declared.
    deduces: bool,
    /// The type of the variable that is being declared, as it is written.
    written_type: String,
    /// Which of several definitions of a macro that is no code by itself is taken, and how many the one with most has.
    choice: usize,
    choices: usize,
    expansions_left: u32,
    /// The macro whose body is lowered as a function of its own: its name means itself there.
    own_macro: Option<String>,
    enumerators: BTreeMap<String, Option<Expr>>,
    /// Enumerators outside functions by the item that declares them.
    enumerations: BTreeMap<ItemId, BTreeMap<String, Option<Expr>>>,
    /// Functions declared in functions, with the paths that calls have.
    nested: BTreeMap<String, String>,
    /// Labels of the current function.
    labels: std::collections::BTreeSet<String>,
    /// Those whose addresses are taken.
    label_addresses: std::collections::BTreeSet<String>,
    /// The namespaces and classes that hold the item.
    scope: Vec<String>,
    /// The conditions under which the item stands.
    conditions: Vec<String>,
    /// Variables declared to hold the system call's number.
    numbers: std::collections::BTreeSet<VarId>,
    /// Macro uses whose arguments came out in their expansions, or were dropped by them.
    expanded: Vec<Span>,
    closures: lambdas::Closures,
    /// Members of unions that may change through the kept addresses of others.
    changing: Vec<Place>,
    /// Types that are parameters of the templates around.
    template_types: std::collections::BTreeSet<String>,
}

/// Lowers an item of a C or C++ file.
pub fn item(unit: Unit<'_>, id: ItemId) -> Lowered {
    let cpp = unit.sources.file(id.file).language == source::Language::Cpp;
    let language = C {
        cpp,
        expansions_left: macros::EXPANSIONS,
        ..C::default()
    };
    let mut lowering = Lowering::new(unit, id.file, language);
    lowering.item(id);
    lowering.lowered
}

impl Language for C {
    fn statement(lowering: &mut Lowering<'_, Self>, node: &Node) -> bool {
        match node.role() {
            Some(Role::Loop) if node.part(Part::Subject).is_some() => lowering.range_loop(node),
            Some(Role::Loop) => return lowering.macro_loop(node),
            Some(Role::Function) => lowering.nested_function(node),
            _ if node.kind() == "function_definition" => lowering.nested_function(node),
            Some(Role::Type) => lowering.local_type(node),
            Some(Role::Block) if follows_macro(node) => lowering.unread_block("", node, node.span()),
            Some(Role::Return) if lowering.body.returns_reference => return lowering.return_reference(node),
            Some(Role::Return) => return lowering.return_list(node) || lowering.return_object(node),
            Some(Role::Goto) => {
                lowering.may_end_objects(node.span());
                return lowering.named_jump(node);
            }
            Some(Role::Evaluate) => {
                return lowering.computed_goto(node) || lowering.unseen_macro(node) || lowering.full_expression(node);
            }
            None => return lowering.unnamed_statement(node),
            _ => return false,
        }
        true
    }

    fn value(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Expr> {
        match node.role() {
            None => lowering.unnamed_value(node),
            Some(Role::Name) => {
                lowering.closure_used(node);
                None
            }
            Some(Role::Field) => lowering.volatile_field(node).or_else(|| lowering.changing_member(node)),
            Some(Role::Cast) if lowering.language.cpp => lowering.object_cast(node),
            Some(Role::Cast) => lowering.member_cast(node),
            Some(Role::Aggregate) if lowering.language.cpp => lowering.unnamed_object(node),
            Some(Role::Parenthesized) if lowering.language.cpp => lowering.parenthesized_list(node),
            Some(Role::Address) => lowering
                .label_address(node)
                .or_else(|| {
                    let of = node.part(Part::Value).filter(|of| of.role() == Some(Role::Name))?;
                    lowering.weak_address(of.text(), node.span())
                })
                .or_else(|| lowering.shared_address(node))
                .or_else(|| lowering.address_of_constant(node))
                .or_else(|| lowering.address_operator(node)),
            Some(Role::Index) => lowering
                .character_of_string(node)
                .or_else(|| lowering.changing_member(node)),
            Some(Role::Assign | Role::Update | Role::Unary) if lowering.language.cpp => lowering.object_operation(node),
            Some(Role::Binary | Role::Sequence) if lowering.language.cpp => {
                lowering.extraction(node).or_else(|| lowering.joined_objects(node))
            }
            _ => None,
        }
    }

    fn place(lowering: &mut Lowering<'_, Self>, node: &Node) -> Option<Place> {
        match node.role() {
            Some(Role::Name) => {
                lowering.closure_used(node);
                None
            }
            Some(Role::Field) if lowering.names_static_member(node) => lowering.static_member_of(node),
            Some(Role::Dereference | Role::Index | Role::Field) if lowering.language.cpp => match node.role() {
                Some(Role::Index) => lowering
                    .element_of_container(node)
                    .or_else(|| lowering.object_element(node)),
                _ => None,
            }
            .or_else(|| lowering.overloaded_place(node))
            .or_else(|| lowering.reference_field(node)),
            Some(Role::Select) if lowering.language.cpp => {
                let pointer = lowering.reference_to(node);
                Some(deref(pointer))
            }
            Some(Role::Sequence) if lowering.language.cpp => {
                node.parts(Part::First).for_each(|first| lowering.statement(&first));
                lowering.place(&node.part(Part::Second)?)
            }
            _ => None,
        }
    }

    fn leave_block(lowering: &mut Lowering<'_, Self>) {
        let since = lowering.body.objects_outside();
        let at = lowering.body.objects().count() > since;
        if at {
            let at = Span::new(lowering.file, 0, 0);
            lowering.end_objects(since, at);
            lowering.body.forget_objects(since);
        }
    }

    fn leave_scope(lowering: &mut Lowering<'_, Self>) {
        Self::leave_block(lowering);
    }

    fn end_objects(lowering: &mut Lowering<'_, Self>, since: usize, at: Span) {
        lowering.end_objects(since, at);
    }

    fn may_end_objects(lowering: &mut Lowering<'_, Self>, at: Span) {
        lowering.may_end_objects(at);
    }

    fn truth(lowering: &mut Lowering<'_, Self>, value: Expr) -> Expr {
        let object = lowering.optional_truth(&value);
        let object = object.or_else(|| lowering.converted_object(&value, &Type::BOOL, value.at()));
        let value = object.unwrap_or(value);
        lowering.end_temporaries(0, value.at());
        value
    }

    fn condition(lowering: &mut Lowering<'_, Self>, node: &Node, yes: BlockId, no: BlockId) -> bool {
        match node.role() {
            Some(Role::Binary | Role::Sequence) if lowering.language.cpp => match lowering.joined_objects(node) {
                Some(value) => {
                    lowering.body.branch(value, yes, no, node.span());
                    true
                }
                None => false,
            },
            Some(Role::Parenthesized) if lowering.language.cpp => match lowering.parenthesized_list(node) {
                Some(value) => {
                    let value = Self::truth(lowering, value);
                    lowering.body.branch(value, yes, no, node.span());
                    true
                }
                None => false,
            },
            Some(Role::Call) => lowering.call_condition(node, yes, no),
            Some(Role::Name) => lowering.name_condition(node, yes, no),
            _ => false,
        }
    }

    fn name(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        lowering.named_value(node)
    }

    fn literal(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        let at = node.span();
        match node.role() {
            Some(Role::Character) => literals::character(node.text(), lowering.language.cpp, at),
            Some(Role::Boolean) => {
                let bits = u64::from(node.text().eq_ignore_ascii_case("true"));
                let ty = if lowering.language.cpp { Type::BOOL } else { Type::INT };
                constant(bits, ty, at)
            }
            Some(Role::Null) => Expr::Const {
                bits: 0,
                ty: Type::pointer(Type::Void),
                at,
            },
            Some(Role::String) => {
                let characters = Type::Int { bits: 8, signed: true };
                Expr::NonZero(Type::pointer(characters), "the address of a string", at)
            }
            _ => literals::number(node.text(), at),
        }
    }

    fn size(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        lowering.size_of(node)
    }

    fn type_of(lowering: &mut Lowering<'_, Self>, node: &Node) -> Type {
        lowering.named_type(node)
    }

    fn field_type(lowering: &mut Lowering<'_, Self>, object: &Type, field: &str) -> Type {
        lowering.type_of_field(object, field)
    }

    fn global_type(lowering: &mut Lowering<'_, Self>, name: &str) -> Type {
        lowering.type_of_global(name)
    }

    fn call(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        lowering.call(node)
    }

    fn declare(lowering: &mut Lowering<'_, Self>, node: &Node) {
        let since = lowering.body.temporaries.len();
        lowering.local_declaration(node);
        lowering.end_temporaries(since, node.span());
    }

    fn aggregate(lowering: &mut Lowering<'_, Self>, place: &Place, ty: &Type, node: &Node) {
        lowering.initializer_list(place, ty, node);
    }

    fn closure(lowering: &mut Lowering<'_, Self>, node: &Node) -> Expr {
        lowering.lambda(node)
    }

    fn pattern(lowering: &mut Lowering<'_, Self>, subject: &Expr, pattern: &Node, yes: BlockId, no: BlockId) {
        lowering.case_label(subject, pattern, yes, no);
    }

    fn convert(lowering: &mut Lowering<'_, Self>, value: Expr, to: &Type, at: Span) -> Expr {
        lowering.converted(value, to, at)
    }

    fn negation(lowering: &mut Lowering<'_, Self>, value: Expr, at: Span) -> Expr {
        let value = Self::truth(lowering, value);
        let value = lowering.decayed(value);
        Expr::unary(UnaryOp::Not, value, Type::BOOL, at)
    }

    fn store(lowering: &mut Lowering<'_, Self>, place: &Place, ty: &Type, value: &Expr, at: Span) -> bool {
        if matches!(ty, Type::Pointer(_) | Type::Unknown) {
            lowering.note_kept_address(value);
        }
        lowering.store_optional(place, ty, value, at) || lowering.store_to_container(place, ty, value, at)
    }

    fn stored(lowering: &mut Lowering<'_, Self>, place: &Place, at: Span) {
        lowering.narrow_bit_field(place, at);
        lowering.overlapping_stored(place, at);
        lowering.class_kept(place, at);
    }

    fn promote(lowering: &mut Lowering<'_, Self>, value: Expr) -> Expr {
        lowering.promoted(value)
    }

    fn operation(
        lowering: &mut Lowering<'_, Self>,
        operator: &str,
        left: &Expr,
        right: &Expr,
        at: Span,
    ) -> Option<Expr> {
        if lowering.language.cpp
            && let Some(result) = lowering.container_operation(operator, left, right, at)
        {
            return Some(result);
        }
        if let Some(result) = lowering.overloaded_operation(operator, left, right, at) {
            return Some(result);
        }
        if [left, right]
            .into_iter()
            .any(|operand| type_names::is_opaque(&operand.ty()))
        {
            return Some(Expr::Unknown(Type::Unknown, at));
        }
        match operator {
            "-" => lowering
                .difference(left, right, at)
                .or_else(|| lowering.moved(left, right, true, at)),
            "+" => lowering
                .moved(left, right, false, at)
                .or_else(|| lowering.moved(right, left, false, at)),
            _ => None,
        }
    }

    fn balance(lowering: &mut Lowering<'_, Self>, operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type) {
        lowering.balanced(operator, left, right)
    }

    fn common_type(_: &mut Lowering<'_, Self>, values: &[&Expr]) -> Type {
        let types = values.iter().map(|value| match value.ty() {
            Type::Array(element, _) => Type::Pointer(element),
            ty => ty,
        });
        // A null pointer constant takes the other's type; what has no value has no say.
        types
            .filter(|ty| *ty != Type::Void)
            .reduce(|a, b| common_type(&a, &b))
            .unwrap_or(Type::Void)
    }
}

/// Whether a block stands behind a word, or behind parentheses, that is no statement of the language.
fn follows_macro(node: &Node) -> bool {
    let around = node.parent().filter(|around| around.role() == Some(Role::Block));
    let before = around.and_then(|around| {
        let text = around.text().get(..node.range().start - around.range().start)?;
        text.trim_end().chars().last()
    });
    before.is_some_and(|last| last.is_alphanumeric() || matches!(last, '_' | ')'))
}

fn common_type(a: &Type, b: &Type) -> Type {
    match (a, b) {
        _ if a == b => a.clone(),
        (Type::Aggregate(_), _) | (_, Type::Aggregate(_)) => Type::Unknown,
        (Type::Int { bits: x, .. }, Type::Int { bits: y, .. }) if *x < 32 && *y < 32 => Type::INT,
        _ => conversions::arithmetic_type(a, b),
    }
}
