//! What runs where a value ends: `drop` of the types of the unit, for the value and its parts, at the end of the block that
//! owns it, where the function, closure or loop is left, at the end of a statement for what only the statement held, and
//! before another value takes the place. What may have been moved elsewhere may be dropped or not.

use super::names::segments;
use super::parts::{TAG, part};
use super::signatures::Receiver;
use super::{Lower, calls, types};
use crate::ir::{Argument, BinaryOp, Callee, Expr, Place, Type, VarId};
use crate::lower::CallParts;
use crate::lower::places::deref;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

/// How deep parts of parts are looked at.
const DEPTH: u32 = 4;

/// How many elements of an array are dropped one by one, and for how many types what may be one of them is.
const MANY: usize = 8;

/// What a block, or a function with its parameters, owns.
#[derive(Debug, Default)]
pub struct Frame {
    owned: Vec<Owned>,
    /// What only the statement being lowered holds.
    temporaries: Vec<Place>,
    /// How many loops and the like are around the block.
    jumps: usize,
    /// Whether it is the outermost of a function or of a closure's body.
    outermost: bool,
}

#[derive(Clone, Debug)]
struct Owned {
    place: Place,
    ty: Type,
    moved: bool,
    at: Span,
}

/// Enters a block, or what `return` leaves.
pub fn enter(lowering: &mut Lower<'_>, outermost: bool) {
    let jumps = lowering.body.jumps.len();
    lowering.language.frames.push(Frame {
        jumps,
        outermost,
        ..Frame::default()
    });
}

/// Leaves it at its end.
pub fn leave(lowering: &mut Lower<'_>) {
    if let Some(frame) = lowering.language.frames.pop() {
        end(lowering, &frame.owned);
    }
}

/// Drops what is owned, the last first.
fn end(lowering: &mut Lower<'_>, owned: &[Owned]) {
    if owned.is_empty() || lowering.body.ended() {
        return;
    }
    // The value of the block has been read by then: it is kept at the end of the block before.
    let after = lowering.body.block();
    lowering.body.goto_and_switch(after);
    let unseen = owned.iter().rfind(|one| one.ty == Type::Unknown);
    if let Some(one) = unseen {
        any_drop(lowering, one.at);
    }
    for one in owned.iter().rev().filter(|one| one.ty != Type::Unknown) {
        match one.moved {
            true => perhaps(lowering, one.at, |lowering| {
                drop_place(lowering, &one.place, &one.ty, 0, one.at)
            }),
            false => drop_place(lowering, &one.place, &one.ty, 0, one.at),
        }
    }
}

/// What `return` ends, innermost last.
fn returning(lowering: &Lower<'_>) -> Vec<Owned> {
    let frames = &lowering.language.frames;
    let start = frames.iter().rposition(|frame| frame.outermost).unwrap_or(0);
    frames[start..].iter().flat_map(|frame| frame.owned.clone()).collect()
}

/// Before the function or closure is left with a value.
pub fn before_return(lowering: &mut Lower<'_>, value: Option<Expr>) -> Option<Expr> {
    let owned = returning(lowering);
    if owned.is_empty() || lowering.body.ended() {
        return value;
    }
    let value = value.map(|value| match value.ty() {
        Type::Void => value,
        _ => lowering.kept_copy(value),
    });
    end(lowering, &owned);
    value
}

/// Where a panic leaves what was entered since there were so many blocks.
pub fn unwind(lowering: &mut Lower<'_>, since: usize, at: Span) {
    let frames = lowering.language.frames.get(since..).unwrap_or_default();
    let owned: Vec<Owned> = frames.iter().flat_map(|frame| frame.owned.clone()).collect();
    end(lowering, &owned);
    // What only the statement holds may have been made by then.
    let temporaries = frames_since(lowering, since);
    for place in temporaries {
        let ty = lowering.place_type(&place);
        perhaps(lowering, at, |lowering| drop_place(lowering, &place, &ty, 0, at));
    }
}

/// What only the statements hold in the blocks entered since there were so many.
fn frames_since(lowering: &Lower<'_>, since: usize) -> Vec<Place> {
    let frames = lowering.language.frames.get(since..).unwrap_or_default();
    frames.iter().flat_map(|frame| frame.temporaries.clone()).collect()
}

/// Before `break` and `continue`.
pub fn before_jump(lowering: &mut Lower<'_>, node: &Node) {
    let label = node.part(Part::Label).map(|label| label.text().to_owned());
    let target = lowering.body.jumps.iter().rposition(|jump| match &label {
        Some(label) => jump.label.as_ref() == Some(label),
        None => jump.plain,
    });
    let depth = target.unwrap_or(0);
    let frames = lowering.language.frames.iter().rev();
    let inner: Vec<&Frame> = frames
        .take_while(|frame| frame.jumps > depth && !frame.outermost)
        .collect();
    let owned: Vec<Owned> = inner.into_iter().rev().flat_map(|frame| frame.owned.clone()).collect();
    end(lowering, &owned);
}

/// Notes that the innermost block owns what a variable holds. `scope`: where its name is seen.
pub fn own(lowering: &mut Lower<'_>, id: VarId, name: &str, scope: &Node, after: usize, at: Span) {
    let ty = lowering.body.type_of(id).clone();
    own_place(lowering, Place::Var(id), ty, (name, scope, after), at);
}

/// The same for what stands at a place as long as the variable of a name does.
pub fn own_place(lowering: &mut Lower<'_>, place: Place, ty: Type, seen: (&str, &Node, usize), at: Span) {
    let (name, scope, after) = seen;
    if !may_drop(lowering, &ty, 0) || place_is_number(lowering, &place, &ty, at) {
        return;
    }
    let moved = ty == Type::Unknown || may_be_moved(lowering, name, scope, after, &ty);
    let owned = Owned { place, ty, moved, at };
    if let Some(frame) = lowering.language.frames.last_mut() {
        frame.owned.push(owned);
    }
}

fn place_is_number(lowering: &Lower<'_>, place: &Place, ty: &Type, at: Span) -> bool {
    lowering.is_number(&Expr::Load(place.clone(), ty.clone(), at))
}

/// Notes what only the statement holds.
pub fn own_temporary(lowering: &mut Lower<'_>, node: &Node, value: &Expr) {
    let fresh = matches!(node.role(), Some(Role::Call | Role::Aggregate));
    if let (true, Expr::Load(place, ty @ Type::Aggregate(_), _)) = (fresh, value)
        && may_drop(lowering, ty, 0)
        && let Some(frame) = lowering.language.frames.last_mut()
    {
        frame.temporaries.push(place.clone());
    }
}

/// What a pattern takes nothing of ends with the statement.
pub fn left_over(lowering: &mut Lower<'_>, place: &Place, pattern: &Node, at: Span) {
    let ty = lowering.place_type(place);
    let parts = || pattern.descendants();
    let leaves_out = parts().any(|part| part.text() == "_" || part.text().starts_with(".."));
    if leaves_out && may_drop(lowering, &ty, 0) {
        any_drop(lowering, at);
    }
}

/// What the statement makes of a constant.
pub fn own_constant(lowering: &mut Lower<'_>, place: &Place, ty: &Type) {
    if matches!(ty, Type::Aggregate(_))
        && may_drop(lowering, ty, 0)
        && let Some(frame) = lowering.language.frames.last_mut()
    {
        frame.temporaries.push(place.clone());
    }
}

/// What a smart pointer leads to may end with the block.
pub fn own_shared(lowering: &mut Lower<'_>, place: &Place, ty: Type, at: Span) {
    if may_drop(lowering, &ty, 0)
        && let Some(frame) = lowering.language.frames.last_mut()
    {
        frame.owned.push(Owned {
            place: place.clone(),
            ty,
            moved: true,
            at,
        });
    }
}

/// At the end of a statement.
pub fn end_statement(lowering: &mut Lower<'_>, at: Span) {
    let frame = lowering.language.frames.last_mut();
    let temporaries = frame
        .map(|frame| std::mem::take(&mut frame.temporaries))
        .unwrap_or_default();
    for place in temporaries.into_iter().rev() {
        let ty = lowering.place_type(&place);
        // It may have been handed on.
        perhaps(lowering, at, |lowering| drop_place(lowering, &place, &ty, 0, at));
    }
}

/// The value of an expression that is a statement.
pub fn end_value(lowering: &mut Lower<'_>, node: &Node, value: &Expr) {
    let at = node.span();
    let fresh = matches!(
        node.role(),
        Some(Role::Call | Role::Aggregate | Role::Name | Role::MacroCall)
    );
    if let (true, Expr::Load(place, ty @ Type::Aggregate(_), _)) = (fresh, value)
        && may_drop(lowering, ty, 0)
    {
        drop_place(lowering, &place.clone(), ty, 0, at);
    }
}

/// `drop(value)`
pub fn drop_value(lowering: &mut Lower<'_>, value: &Expr, at: Span) {
    let ty = lowering.value_type(value);
    if may_drop(lowering, &ty, 0) {
        let place = lowering.place_of_value(value.clone());
        drop_place(lowering, &place, &ty, 0, at);
    }
}

/// Code that is not visible may drop what it is given.
pub fn given_away(lowering: &mut Lower<'_>, arguments: &[Argument], at: Span) {
    for argument in arguments {
        if let Expr::Load(place, ty @ Type::Aggregate(_), _) = &argument.value
            && may_drop(lowering, ty, 0)
        {
            perhaps(lowering, at, |lowering| drop_place(lowering, place, ty, 0, at));
        }
    }
}

/// Before a value takes the place of another.
pub fn before_store(lowering: &mut Lower<'_>, place: &Place, at: Span) {
    let ty = lowering.place_type(place);
    if !matches!(ty, Type::Aggregate(_)) || !may_drop(lowering, &ty, 0) {
        return;
    }
    match place {
        // There may be nothing in a variable.
        Place::Var(_) => perhaps(lowering, at, |lowering| drop_place(lowering, place, &ty, 0, at)),
        _ => drop_place(lowering, place, &ty, 0, at),
    }
}

/// A `drop` of the unit.
enum OwnDrop {
    Item(ItemId),
    /// One in a block around, by its path.
    Local(String),
}

/// `drop` of a type of the unit.
fn own_drop(lowering: &Lower<'_>, holder: &str) -> Option<OwnDrop> {
    if lowering
        .language
        .blocks
        .iter()
        .any(|block| block.drops.contains(holder))
    {
        return Some(OwnDrop::Local(format!("{holder}::drop")));
    }
    let found = lowering.functions_of(holder, "drop").into_iter();
    found.into_iter().find(|&id| is_drop(lowering, id)).map(OwnDrop::Item)
}

fn is_drop(lowering: &Lower<'_>, id: ItemId) -> bool {
    let signature = lowering.signature(id);
    signature.receiver == Receiver::Reference && signature.parameters.is_empty()
}

/// Whether there is any `drop` of the unit.
pub fn are_known(lowering: &Lower<'_>) -> bool {
    !lowering.index.functions("drop").is_empty() || lowering.language.blocks.iter().any(|block| !block.drops.is_empty())
}

/// The type that an `impl Drop` in a block is for.
pub fn dropped_type(node: &Node) -> Option<String> {
    let of_trait = segments(node.field("trait")?.text()).pop()?;
    segments(node.field("type")?.text())
        .pop()
        .filter(|_| of_trait == "Drop")
}

fn call_drop(lowering: &mut Lower<'_>, drop: OwnDrop, value: Expr, at: Span) {
    let arguments = vec![Argument { value, at }];
    match drop {
        OwnDrop::Item(id) => calls::call_item(lowering, id, "drop", arguments, at),
        OwnDrop::Local(path) => lowering.emit_call(CallParts::plain(Callee::Named(path), arguments, Type::Void, at)),
    };
}

/// All `drop`s of the unit that can be seen from here, with their types.
fn all_drops(lowering: &Lower<'_>) -> Vec<OwnDrop> {
    let found = lowering.index.functions_from(lowering.file, "drop").into_iter();
    let of_type = |id: &ItemId| lowering.index.item(*id).1.scope.last().is_some();
    let items = found
        .filter(|id| of_type(id) && is_drop(lowering, *id))
        .map(OwnDrop::Item);
    let local = lowering.language.blocks.iter().flat_map(|block| &block.drops);
    let local = local.map(|holder| OwnDrop::Local(format!("{holder}::drop")));
    items.chain(local).take(MANY).collect()
}

/// Whether the end of a value of a type may run code of the unit.
pub fn may_drop(lowering: &Lower<'_>, ty: &Type, depth: u32) -> bool {
    if !are_known(lowering) {
        return false;
    }
    if depth > DEPTH {
        return true;
    }
    let any = |types: Vec<Type>| types.iter().any(|ty| may_drop(lowering, ty, depth + 1));
    match ty {
        Type::Int { .. } | Type::Pointer(_) | Type::Float | Type::Void => false,
        Type::Unknown => !all_drops(lowering).is_empty(),
        Type::Array(element, _) => **element != Type::Unknown && may_drop(lowering, element, depth + 1),
        Type::Aggregate(_) => {
            let Some(base) = types::base(ty).filter(|base| !base.is_empty()) else {
                return any(types::arguments(ty));
            };
            if own_drop(lowering, base).is_some() {
                return true;
            }
            let texts = fields_of(lowering, base);
            if texts.is_empty() {
                let arguments = types::arguments(ty);
                return any(arguments.into_iter().filter(|ty| *ty != Type::Unknown).collect());
            }
            any(texts
                .into_iter()
                .filter(|text| !is_kept(text))
                .map(|text| lowering.read_type(&text))
                .collect())
        }
    }
}

/// The texts of the types of all fields of a type of the unit.
fn fields_of(lowering: &Lower<'_>, base: &str) -> Vec<String> {
    let fields = lowering.structure_fields(&Type::Aggregate(base.to_owned()));
    let definition = lowering.definition(base);
    let of_variants = definition
        .iter()
        .flat_map(|definition| definition.variants())
        .flat_map(|variant| &variant.fields);
    fields.iter().chain(of_variants).map(|field| field.ty.clone()).collect()
}

/// What is never dropped by itself.
pub fn is_kept(text: &str) -> bool {
    text.contains("ManuallyDrop") || text.contains("MaybeUninit") || text.contains("PhantomData")
}

/// Notes that what a variable holds is never dropped by itself.
pub fn keep(lowering: &mut Lower<'_>, id: VarId) {
    let at = lowering.body.variables[id.0 as usize].at;
    lowering.language.kept.insert(at.start);
}

/// Whether an expression gives what is never dropped by itself: it says so, a variable holds such a value, or a function of
/// the unit returns one.
pub fn gives_kept(lowering: &mut Lower<'_>, value: &Node) -> bool {
    let text = value.text();
    if is_kept(text) {
        return true;
    }
    match value.role() {
        Some(Role::Name) => lowering.variable(text).is_some_and(|id| {
            let at = lowering.body.variables[id.0 as usize].at;
            lowering.language.kept.contains(&at.start)
        }),
        Some(Role::Call) => {
            let path = value.part(Part::Callee).map(|callee| segments(callee.text()));
            let Some(name) = path.and_then(|mut path| path.pop()) else {
                return false;
            };
            let mut functions = lowering.index.functions(&name).iter();
            functions.any(|&id| {
                let head = lowering.item_text(id).split('{').next().unwrap_or("");
                head.rsplit_once("->").is_some_and(|(_, returned)| is_kept(returned))
            })
        }
        _ => false,
    }
}

/// Drops what is at a place: its own `drop`, then its parts.
fn drop_place(lowering: &mut Lower<'_>, place: &Place, ty: &Type, depth: u32, at: Span) {
    if depth > DEPTH || !may_drop(lowering, ty, depth) {
        return;
    }
    let base = types::base(ty).unwrap_or("").to_owned();
    match ty {
        Type::Unknown => any_drop(lowering, at),
        Type::Array(element, Some(length)) if *length <= MANY as u64 => {
            for index in 0..*length {
                let whole = Expr::Load(place.clone(), ty.clone(), at);
                let index = crate::lower::values::constant(index, Type::SIZE, at);
                let one = lowering.element_of(whole, index);
                drop_place(lowering, &one, element, depth + 1, at);
            }
        }
        Type::Aggregate(_) if matches!(base.as_str(), "Option" | "Result") => {
            let held = [("0", 1), (super::parts::ERROR, 0)];
            let types = types::arguments(ty);
            for ((name, tag), ty) in held.into_iter().zip(types) {
                where_tag(lowering, place, (tag, Type::BOOL), at, |lowering| {
                    drop_place(lowering, &part(place, name), &ty, depth + 1, at)
                });
            }
        }
        Type::Aggregate(_) if base.is_empty() => {
            for (index, ty) in types::arguments(ty).iter().enumerate() {
                drop_place(lowering, &part(place, &index.to_string()), ty, depth + 1, at);
            }
        }
        Type::Aggregate(_) if lowering.definition(&base).is_some() => drop_own(lowering, place, &base, depth, at),
        // A sequence or a map: how many there are is not followed.
        _ => any_drop(lowering, at),
    }
}

/// Drops a value of a type of the unit.
fn drop_own(lowering: &mut Lower<'_>, place: &Place, base: &str, depth: u32, at: Span) {
    if let Some(drop) = own_drop(lowering, base) {
        let value = lowering.reference(place.clone(), at);
        call_drop(lowering, drop, value, at);
    }
    let structure = lowering.structure_fields(&Type::Aggregate(base.to_owned()));
    for field in structure.iter().filter(|field| !is_kept(&field.ty)) {
        let ty = lowering.read_type(&field.ty);
        drop_place(lowering, &part(place, &field.name), &ty, depth + 1, at);
    }
    let Some(definition) = lowering.definition(base) else {
        return;
    };
    for variant in definition.variants() {
        let tag = (variant.tag as u64, Type::Int { bits: 64, signed: true });
        let fields: Vec<(String, Type)> = variant
            .fields
            .iter()
            .map(|field| (field.name.clone(), lowering.read_type(&field.ty)))
            .collect();
        if fields.iter().any(|(_, ty)| may_drop(lowering, ty, depth + 1)) {
            where_tag(lowering, place, tag, at, |lowering| {
                for (name, ty) in &fields {
                    let held = part(&part(place, &variant.name), name);
                    drop_place(lowering, &held, ty, depth + 1, at);
                }
            });
        }
    }
}

fn where_tag(
    lowering: &mut Lower<'_>,
    place: &Place,
    (tag, ty): (u64, Type),
    at: Span,
    inner: impl FnOnce(&mut Lower<'_>),
) {
    let (this, exit) = (lowering.body.block(), lowering.body.block());
    let held = Expr::Load(part(place, TAG), ty.clone(), at);
    let wanted = crate::lower::values::constant(tag, ty, at);
    let test = Expr::comparison(BinaryOp::Equal, held, wanted, at);
    lowering.body.branch(test, this, exit, at);
    lowering.body.switch_to(this);
    inner(lowering);
    lowering.body.goto_and_switch(exit);
}

/// Before a way out of something that is not understood: what ends there is not known.
pub fn before_unread(lowering: &mut Lower<'_>, at: Span) {
    let owning = lowering.language.frames.iter().any(|frame| !frame.owned.is_empty());
    if owning && !lowering.body.ended() {
        any_drop(lowering, at);
    }
}

/// Any values of the unit's types may be dropped, any number of times.
fn any_drop(lowering: &mut Lower<'_>, at: Span) {
    for drop in all_drops(lowering) {
        let again = lowering.body.block();
        lowering.body.goto_and_switch(again);
        let (this, exit) = (lowering.body.block(), lowering.body.block());
        lowering.body.branch(Expr::Unknown(Type::BOOL, at), this, exit, at);
        lowering.body.switch_to(this);
        let value = Expr::Unknown(Type::pointer(Type::Unknown), at);
        call_drop(lowering, drop, value, at);
        lowering.body.goto(again);
        lowering.body.switch_to(exit);
    }
}

fn perhaps(lowering: &mut Lower<'_>, at: Span, inner: impl FnOnce(&mut Lower<'_>)) {
    let (this, exit) = (lowering.body.block(), lowering.body.block());
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), this, exit, at);
    lowering.body.switch_to(this);
    inner(lowering);
    lowering.body.goto_and_switch(exit);
}

/// Whether what a name holds may go elsewhere after its declaration.
fn may_be_moved(lowering: &Lower<'_>, name: &str, scope: &Node, after: usize, ty: &Type) -> bool {
    scope.descendants().any(|node| {
        let is_name = node.text() == name && (node.role() == Some(Role::Name) || node.kind() == "identifier");
        is_name && node.range().start >= after && !stays(lowering, &node, ty)
    })
}

/// Whether a use of a name leaves what it holds where it is.
fn stays(lowering: &Lower<'_>, node: &Node, ty: &Type) -> bool {
    let Some(parent) = node.parent() else { return false };
    let is = |part: Part| parent.part(part).is_some_and(|other| other == *node);
    match parent.role() {
        Some(Role::Address | Role::Dereference | Role::Binary) => true,
        Some(Role::Index) => is(Part::Object),
        Some(Role::Assign) => is(Part::To),
        Some(Role::Field) if is(Part::Object) => field_stays(lowering, &parent, ty),
        _ => false,
    }
}

fn field_stays(lowering: &Lower<'_>, field: &Node, ty: &Type) -> bool {
    let called = field
        .parent()
        .filter(|call| call.part(Part::Callee).is_some_and(|callee| callee == *field));
    match (called, field.part(Part::Name)) {
        (Some(_), Some(name)) => super::methods::own_method(lowering, ty, name.text())
            .is_some_and(|id| lowering.signature(id).receiver == Receiver::Reference),
        // Nothing is moved out of what has a `drop` of its own.
        (None, _) => types::base(ty).is_some_and(|base| own_drop(lowering, base).is_some()),
        _ => false,
    }
}

/// What a reference to a value that stands nowhere else leads to: it lives as long as the variable.
pub fn extended(lowering: &mut Lower<'_>, id: VarId, value: &Node) -> Option<(Place, Type)> {
    if value.role() != Some(Role::Address) {
        return None;
    }
    let mut inner = value.part(Part::Value)?;
    let direct = matches!(inner.role(), Some(Role::Call | Role::Aggregate));
    loop {
        inner = match inner.role() {
            Some(Role::Dereference | Role::Parenthesized) => inner.part(Part::Value)?,
            Some(Role::Field | Role::Index) => inner.part(Part::Object)?,
            Some(Role::Call | Role::Aggregate | Role::Switch | Role::Branch | Role::Block) => break,
            _ => return None,
        };
    }
    let ty = lowering.body.type_of(id).clone();
    let place = deref(Expr::Load(Place::Var(id), ty, value.span()));
    let ty = if direct {
        lowering.place_type(&place)
    } else {
        Type::Unknown
    };
    Some((place, ty))
}
