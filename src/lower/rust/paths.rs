//! Paths as values: constants, statics, variants, functions, limits of integer types.

use super::aggregates;
use super::definitions::Definition;
use super::names::{Target, segments};
use super::parts::{TAG, part};
use super::{Lower, blocks, declarations, drops, integers, literals, options, types};
use crate::ir::{Expr, Place, Type};
use crate::lower::builder::Merge;
use crate::lower::values::{constant as literal, extend};
use crate::source::{Language, Span};
use crate::syntax::cfg::{self, Condition};
use crate::syntax::cut::NameKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::lexer;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, parse};

/// A name that is no variable.
pub fn value(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let path = segments(node.text());
    let Some(last) = path.last().cloned() else {
        return Expr::Unknown(Type::Unknown, at);
    };
    if path.len() == 1 {
        if last == "None" {
            return options::none(lowering, at);
        }
        if let Some(name) = lowering.body.find_global(&last) {
            let ty = lowering.language.globals.get(&name).cloned().unwrap_or(Type::Unknown);
            return Expr::Load(Place::Global(name), ty, at);
        }
        if let Some(function) = lowering.local_function(&last) {
            return Expr::Function(function, at);
        }
    }
    let names = lowering.names();
    let open = names.is_projected(&path) || path.len() == 1 && names.is_open(&path[0]);
    if open || node.text().trim_start().starts_with('<') && is_ambiguous(lowering, &path) {
        return Expr::Unknown(Type::Unknown, at);
    }
    if let Some(value) = integer_constant(lowering, &path, at) {
        return value;
    }
    if let Some(value) = variant_value(lowering, &path, at) {
        return value;
    }
    if let Some(value) = global(lowering, &path, at) {
        return value;
    }
    named_function(lowering, &path, at)
}

/// Whether several constants of a type have the name: traits give them, and which trait is meant is not looked up.
fn is_ambiguous(lowering: &Lower<'_>, path: &[String]) -> bool {
    let [.., holder, name] = path else { return false };
    let items = lowering.index.variables_from(lowering.file, name).into_iter();
    items
        .filter(|&id| lowering.index.item(id).1.scope.last() == Some(holder))
        .count()
        > 1
}

/// `usize::MAX`, `std::u32::MAX`, `i64::BITS`, `NonZeroUsize::MIN`.
fn integer_constant(lowering: &mut Lower<'_>, path: &[String], at: Span) -> Option<Expr> {
    let [.., holder, name] = path else { return None };
    if !matches!(name.as_str(), "MAX" | "MIN" | "BITS") {
        return None;
    }
    match lowering.read_type(holder) {
        ty @ Type::Int { .. } => Some(integers::limit(&ty, name, at)),
        ty if types::base(&ty) == Some("NonZero") => {
            let inner = types::arguments(&ty).into_iter().next()?;
            let bits = if name == "MIN" {
                1
            } else {
                u64::MAX >> (64 - inner.bits())
            };
            let place = lowering.fresh(ty.clone(), at);
            lowering.body.assign(part(&place, "0"), literal(bits, inner, at), at);
            Some(Expr::Load(place, ty, at))
        }
        _ => None,
    }
}

/// A variant without data, or a unit structure.
fn variant_value(lowering: &mut Lower<'_>, path: &[String], at: Span) -> Option<Expr> {
    if let Some((holder, variant)) = lowering.variant(path) {
        let ty = Type::Aggregate(holder);
        let place = lowering.fresh(ty.clone(), at);
        let tag = aggregates::tag(&variant, at);
        lowering.body.assign(part(&place, TAG), tag, at);
        return Some(Expr::Load(place, ty, at));
    }
    if let Some(Definition::Structure(fields)) = path.last().and_then(|name| lowering.definition(name)).as_deref()
        && fields.is_empty()
    {
        let ty = lowering.read_type(&path.join("::"));
        let place = lowering.fresh(ty.clone(), at);
        return Some(Expr::Load(place, ty, at));
    }
    if let [.., holder, name] = path
        && holder == "Ordering"
        && let Some(tag) = integers::ordering(name)
    {
        let ty = Type::Aggregate("Ordering".to_owned());
        let place = lowering.fresh(ty.clone(), at);
        lowering.body.assign(
            part(&place, TAG),
            literal(tag as u64, Type::Int { bits: 8, signed: true }, at),
            at,
        );
        return Some(Expr::Load(place, ty, at));
    }
    None
}

/// A constant or static of the unit.
fn global(lowering: &mut Lower<'_>, path: &[String], at: Span) -> Option<Expr> {
    let (id, name) = global_item(lowering, path)?;
    if is_overridden(lowering, path, id) {
        return Some(Expr::Unknown(lowering.declared_type(id), at));
    }
    let all = alternatives(lowering, id);
    if all.len() > 1 {
        return Some(chosen(lowering, &all, at));
    }
    let ty = lowering.declared_type(id);
    lowering.language.globals.insert(name.clone(), ty.clone());
    let constant = lowering
        .item_text(id)
        .split(['=', ':'])
        .next()
        .is_some_and(|head| head.contains("const "));
    if constant {
        // Each use of a constant makes the value anew.
        drops::own_constant(lowering, &Place::Global(name.clone()), &ty);
    }
    Some(Expr::Load(Place::Global(name), ty, at))
}

/// Whether a constant of a trait, named as `Self::N` in the trait, has other values in some implementations.
fn is_overridden(lowering: &Lower<'_>, path: &[String], id: ItemId) -> bool {
    let (_, item) = lowering.index.item(id);
    let of_trait = item.scope.last().is_some_and(|holder| lowering.is_trait(holder));
    let of_any = path.len() > 1
        && (lowering.names().is_projected(path) || lowering.definition(lowering.holder(&path[0])).is_none());
    of_any && of_trait && lowering.index.variables(&item.name).len() > 1
}

/// All items that define a constant, each under conditions of its own.
fn alternatives(lowering: &Lower<'_>, id: ItemId) -> Vec<ItemId> {
    let (_, item) = lowering.index.item(id);
    let ids = lowering.index.variables(&item.name).iter().copied();
    let same = ids.filter(|other| {
        let (file, other) = lowering.index.item(*other);
        file == id.file && other.scope == item.scope && other.name == item.name
    });
    same.collect()
}

/// The value of a constant that the build chooses among several.
fn chosen(lowering: &mut Lower<'_>, ids: &[ItemId], at: Span) -> Expr {
    let (exit, mut merge) = (lowering.body.block(), Merge::default());
    for (index, &id) in ids.iter().enumerate() {
        let conditions = lowering
            .index
            .item(id)
            .1
            .conditions
            .iter()
            .map(|text| cfg::read(text))
            .collect();
        let (this, next) = (lowering.body.block(), lowering.body.block());
        match index + 1 < ids.len() {
            true => blocks::branch(lowering, &Condition::All(conditions), this, next, at),
            false => lowering.body.goto(this),
        }
        lowering.body.switch_to(this);
        let value = initial_value(lowering, id, at);
        lowering.arrive(&mut merge, value, exit);
        lowering.body.switch_to(next);
    }
    lowering.body.switch_to(exit);
    lowering.merged(merge, at)
}

/// The value that a constant's item gives it.
fn initial_value(lowering: &mut Lower<'_>, id: ItemId, at: Span) -> Expr {
    let ty = lowering.declared_type(id);
    let text = Text::plain(lowering.item_text(id).to_owned(), lowering.index.item(id).1.span);
    let root = parse(text, Language::Rust);
    let value = root.and_then(|root| {
        let item = root
            .children()
            .find(|node| matches!(node.role(), Some(Role::Constant | Role::Global)))?;
        item.part(Part::Value)
    });
    match value {
        Some(value) => lowering.deeper(at, Expr::Unknown(ty.clone(), at), |lowering| {
            declarations::expected(lowering, &value, &ty)
        }),
        None => Expr::Unknown(ty, at),
    }
}

/// The item of a constant or static, and the name of the global that it becomes.
pub fn global_item(lowering: &Lower<'_>, path: &[String]) -> Option<(ItemId, String)> {
    let name = path.last()?;
    if let Target::Item(id) = lowering.names().find(path, NameKind::Variable) {
        return Some((id, lowering.names().path_of(id, &lowering.index.item(id).1.name)));
    }
    // A constant that a trait gives to all its types.
    let inherited = lowering
        .index
        .variables_from(lowering.file, name)
        .into_iter()
        .find(|&id| {
            let holder = lowering.index.item(id).1.scope.last();
            path.len() > 1 && holder.is_some_and(|holder| lowering.is_trait(holder))
        })?;
    Some((inherited, lowering.names().path_of(inherited, name)))
}

fn named_function(lowering: &mut Lower<'_>, path: &[String], at: Span) -> Expr {
    let name = path.last().map_or("", String::as_str);
    match lowering.names().find(path, NameKind::Function) {
        Target::Item(id) => Expr::Function(lowering.function_path(id, &lowering.index.item(id).1.name), at),
        Target::External(path) => external_value(&unresolved(lowering, path), at),
        Target::Nothing if is_constant_name(name) => Expr::Load(Place::Global(name.to_owned()), Type::Unknown, at),
        Target::Nothing => {
            let path = unresolved(lowering, vec![name.to_owned()]);
            match path.len() == 1 && lowering.index.functions(name).is_empty() {
                // A macro or pattern that is not understood may have bound the name to anything.
                true => Expr::Unknown(Type::Unknown, at),
                false => Expr::Function(path.join("::"), at),
            }
        }
    }
}

/// Crates with a function of the name that is another thing.
const STRANGERS: [&str; 4] = ["syscall", "redox_syscall", "libredox", "std"];

/// The path of a function that is declared nowhere: one that has the name of the call, alone or in a module that is not
/// visible, brings in or forwards the call.
pub fn unresolved(lowering: &Lower<'_>, path: Vec<String>) -> Vec<String> {
    let (Some(name), Some(first)) = (path.last(), path.first()) else {
        return path;
    };
    let visible = path.len() == 1 && !lowering.index.functions(name).is_empty();
    let of_type = path[..path.len() - 1]
        .iter()
        .any(|holder| holder.starts_with(|c: char| c.is_uppercase()));
    let known = |path: &[String]| lowering.sinks.by_path(Language::Rust, &path.join("::")).is_some();
    if visible || of_type || known(&path) || STRANGERS.contains(&first.as_str()) {
        return path;
    }
    let crates: [&[&str]; 2] = [&["libc"], &["rustix", "mm"]];
    let mut paths = crates.iter().map(|holders| {
        let holders = holders.iter().map(|holder| (*holder).to_owned());
        holders.chain([name.clone()]).collect::<Vec<String>>()
    });
    paths.find(|path| known(path)).unwrap_or(path)
}

fn external_value(path: &[String], at: Span) -> Expr {
    let name = path.last().map_or("", String::as_str);
    if let Some((bits, ty)) = platform_constant(path) {
        return literal(bits, ty, at);
    }
    let joined = path.join("::");
    match is_constant_name(name) {
        true => Expr::Load(Place::Global(joined), Type::Unknown, at),
        false => Expr::Function(joined, at),
    }
}

fn is_constant_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_uppercase() || c == '_') || name.is_empty()
}

/// Constants of Linux' interface, as `libc`, `nix` and `rustix` spell them (mremap(2), mmap(2)).
fn platform_constant(path: &[String]) -> Option<(u64, Type)> {
    let name = path.last()?;
    let holder = path.len().checked_sub(2).map_or("", |index| path[index].as_str());
    let bits = match (holder, name.as_str()) {
        (_, "MREMAP_MAYMOVE") | ("MremapFlags", "MAYMOVE") => 1,
        (_, "MREMAP_FIXED") | ("MremapFlags", "FIXED") => 2,
        (_, "MREMAP_DONTUNMAP") | ("MremapFlags", "DONTUNMAP") => 4,
        (_, "MAP_SHARED") | ("MapFlags", "SHARED") => 1,
        (_, "MAP_PRIVATE") | ("MapFlags", "PRIVATE") => 2,
        (_, "MAP_FIXED") | ("MapFlags", "FIXED") => 16,
        (_, "MAP_ANONYMOUS" | "MAP_ANON") => 32,
        (_, "_SC_PAGESIZE" | "_SC_PAGE_SIZE") => 30,
        (_, "AT_PAGESZ") => 6,
        (_, "MAP_FAILED") => return Some((u64::MAX, Type::pointer(Type::Void))),
        _ => return None,
    };
    Some((bits, Type::INT))
}

/// Whether an expression is a call of `default` without arguments.
pub fn is_default_call(node: &Node) -> bool {
    let text: String = node.text().split_whitespace().collect();
    matches!(
        text.as_str(),
        "Default::default()" | "Self::default()" | "std::default::Default::default()"
    )
}

/// How long a chain of constants may be.
const DEPTH: u32 = 8;

/// The value of a constant expression by its text, as far as lengths of arrays need it.
pub fn constant(lowering: &Lower<'_>, text: &str, depth: u32) -> Option<u64> {
    let tokens = lexer::tokens(text, Language::Rust);
    let words: Vec<&str> = tokens.iter().map(|token| token.text(text)).collect();
    let mut reader = Sum {
        lowering,
        words: &words,
        at: 0,
        depth,
    };
    let value = reader.sum()?;
    (reader.at == words.len()).then_some(value)
}

struct Sum<'s, 'a> {
    lowering: &'s Lower<'a>,
    words: &'s [&'s str],
    at: usize,
    depth: u32,
}

impl Sum<'_, '_> {
    fn take(&mut self, word: &str) -> bool {
        let found = self.words.get(self.at) == Some(&word);
        self.at += usize::from(found);
        found
    }

    fn sum(&mut self) -> Option<u64> {
        let mut value = self.product()?;
        loop {
            if self.take("+") {
                value = value.checked_add(self.product()?)?;
            } else if self.take("-") {
                value = value.checked_sub(self.product()?)?;
            } else {
                return Some(value);
            }
        }
    }

    fn product(&mut self) -> Option<u64> {
        let mut value = self.atom()?;
        loop {
            if self.take("*") {
                value = value.checked_mul(self.atom()?)?;
            } else if self.take("/") {
                value = value.checked_div(self.atom()?)?;
            } else if self.take("<<") || self.take("<") && self.take("<") {
                value = value.checked_shl(self.atom()?.try_into().ok()?)?;
            } else if self.take("as") {
                let ty = types::integer(self.words.get(self.at)?)?;
                self.at += 1;
                let kept = value & (u64::MAX >> (64 - ty.bits()));
                value = extend(kept, &ty);
            } else {
                return Some(value);
            }
        }
    }

    fn atom(&mut self) -> Option<u64> {
        self.depth += 1;
        if self.depth > 4 * DEPTH {
            return None;
        }
        if self.take("(") || self.take("{") {
            let value = self.sum()?;
            self.at += 1;
            return Some(value);
        }
        let start = self.at;
        let word = *self.words.get(start)?;
        self.at += 1;
        if let Some((bits, _)) = literals::integer(word) {
            return Some(bits);
        }
        while self.take("::") {
            self.at += 1;
        }
        let path: Vec<String> = self.words[start..self.at.min(self.words.len())]
            .iter()
            .filter(|word| **word != "::")
            .map(|word| (*word).to_owned())
            .collect();
        let (id, _) = global_item(self.lowering, &path)?;
        let text = self.lowering.item_text(id);
        let value = text.split_once('=')?.1.trim().strip_suffix(';')?;
        constant(self.lowering, value, self.depth + 3)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_segments() {
        let cases = [
            ("a::b", "a b"),
            ("::libc::mremap", "libc mremap"),
            ("Vec::<u8>::new", "Vec new"),
            ("size_of::<[u8; N]>", "size_of"),
            ("<T as Trait>::N", "T N"),
            ("<usize>::max_value", "usize max_value"),
            ("A::<B<C>>::d", "A d"),
            ("r#type::x", "type x"),
        ];
        for (text, expected) in cases {
            assert_eq!(segments(text).join(" "), expected, "{text}");
        }
    }
}
