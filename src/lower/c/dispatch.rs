//! Virtual calls. An object of a class with virtual functions says in a hidden field which class it is of. A call goes
//! where that field says; where nothing is known of the field it may go to any class that is visible, or to another.

use std::rc::Rc;

use super::C;
use super::overloads::overrides;
use super::paths::last_segment;
use super::signatures::Signature;
use crate::ir::{Argument, BinaryOp, Callee, End, Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::index::ByName;

/// The hidden field: no name of a program has this sign.
const CLASS: &str = "#class";

/// Classes below one that are told apart; with more, a virtual call may lead anywhere.
const FAMILY: usize = 24;

/// The functions that a virtual call may lead to.
struct Targets {
    /// The class whose function it is, and the classes of objects that it is called for.
    known: Vec<(String, Vec<String>)>,
    /// An object may be of a class that is not visible.
    open: bool,
}

impl Lowering<'_, C> {
    /// Whether a member function of a class is virtual.
    pub fn is_virtual(&mut self, class: &str, name: &str) -> bool {
        let ty = Type::Aggregate(class.to_owned());
        self.language.cpp
            && self
                .find_in_bases(&ty, |structure| structure.virtuals.contains(name).then_some(()))
                .is_some()
    }

    /// Whether objects of a class say of which class they are.
    pub fn is_polymorphic(&mut self, ty: &Type) -> bool {
        self.language.cpp
            && self
                .find_in_bases(ty, |structure| (!structure.virtuals.is_empty()).then_some(()))
                .is_some()
    }

    /// The object at a place is of the class from here on.
    pub fn note_class(&mut self, place: &Place, ty: &Type, at: Span) {
        if let Type::Aggregate(class) = ty
            && self.is_polymorphic(ty)
        {
            let value = constant(number(class), Type::SIZE, at);
            self.body.set(Place::field(place.clone(), CLASS), value, at);
        }
    }

    /// An object was assigned as a whole: what it is of does not change by that. An object that a pointer leads to may be of
    /// any class.
    pub fn class_kept(&mut self, place: &Place, at: Span) {
        let ty = self.place_type(place);
        if !matches!(ty, Type::Aggregate(_)) || !self.is_polymorphic(&ty) {
            return;
        }
        match is_object(place) {
            true => self.note_class(place, &ty, at),
            false => self.body.havoc(Place::field(place.clone(), CLASS), at),
        }
    }

    /// The visible classes that derive from a class, directly or not. `None`: too many.
    fn derived(&mut self, class: &str) -> Option<Vec<String>> {
        let mut found: Vec<String> = Vec::new();
        let mut pending = vec![class.to_owned()];
        while let Some(base) = pending.pop() {
            let items = self.index.derived(&base).to_vec();
            for id in items {
                let Some(root) = self.parsed_declaration(id) else {
                    continue;
                };
                for name in deriving(&root, &base) {
                    if name != class && !found.contains(&name) {
                        found.push(name.clone());
                        pending.push(name);
                    }
                }
                if found.len() > FAMILY {
                    return None;
                }
            }
        }
        found.sort();
        Some(found)
    }

    /// The functions that a call for an object seen as one of a class may lead to.
    fn targets(&mut self, class: &str, name: &str) -> Option<Targets> {
        let closed = self.structure(class).is_some_and(|structure| structure.closed);
        let mut classes = self.derived(class)?;
        classes.push(class.to_owned());
        let mut known: Vec<(String, Vec<String>)> = Vec::new();
        let declared = {
            let owner = self.method_class(class, name);
            self.overloads(name, owner.as_deref())
        };
        for object in classes {
            let Some(owner) = self.overrider(&object, name, &declared) else {
                continue;
            };
            let pure = self
                .structure(&owner)
                .is_some_and(|structure| structure.pure.contains(name));
            match known.iter_mut().find(|(known, _)| *known == owner) {
                _ if pure => {}
                Some((_, objects)) => objects.push(object),
                None => known.push((owner, vec![object])),
            }
        }
        Some(Targets { known, open: !closed })
    }

    /// The class, or the base of it, whose function of the name is called for objects of the class through one of its bases:
    /// a function with other parameters does not override.
    fn overrider(&mut self, class: &str, name: &str, declared: &[Rc<Signature>]) -> Option<String> {
        let mut owner = self.method_class(class, name)?;
        // The bound is for bases that name each other.
        for _ in 0..32 {
            let own = self.overloads(name, Some(&owner));
            let overrides = |one: &Rc<Signature>| declared.iter().any(|base| overrides(one, base));
            if declared.is_empty() || own.is_empty() || own.iter().any(overrides) {
                return Some(owner);
            }
            let bases = self.structure(&owner)?.bases.clone();
            owner = bases.iter().find_map(|base| self.method_class(base, name))?;
        }
        None
    }

    /// Calls a virtual function for the object that the first value points to, which is seen as one of the class.
    pub fn virtual_call(&mut self, class: &str, name: &str, values: Vec<Argument>, at: Span) -> Option<Expr> {
        // Without a visible definition the call keeps its name, by which other files are searched.
        let targets = self.targets(class, name).filter(|targets| !targets.known.is_empty())?;
        let owner = self.method_class(class, name)?;
        let signature = self.signature(name, Some(&owner));
        let returns = signature
            .as_ref()
            .map_or(Type::Unknown, |signature| signature.returns.clone());
        let reference = signature.is_some_and(|signature| signature.reference);
        let field = Place::field(deref(values.first()?.value.clone()), CLASS);
        let of_object = self.kept_copy(Expr::Load(field, Type::SIZE, at));
        let exit = self.body.block();
        let kept = (returns != Type::Void).then(|| Place::Var(self.body.temporary(returns.clone(), at)));
        for (owner, objects) in targets.known {
            let (this, other) = (self.body.block(), self.body.block());
            for object in objects {
                let next = self.body.block();
                let wanted = constant(number(&object), Type::SIZE, at);
                let test = Expr::comparison(BinaryOp::Equal, of_object.clone(), wanted, at);
                self.body.branch(test, this, next, at);
                self.body.switch_to(next);
            }
            self.body.goto(other);
            self.body.switch_to(this);
            let callee = Callee::Named(format!("{owner}::{name}"));
            self.call_to(
                kept.as_ref(),
                CallParts::plain(callee, values.clone(), returns.clone(), at),
            );
            self.body.goto(exit);
            self.body.switch_to(other);
        }
        if targets.open {
            let callee = Callee::Pointer(Expr::Unknown(Type::Unknown, at));
            self.call_to(kept.as_ref(), CallParts::plain(callee, values, returns.clone(), at));
        } else {
            // There is no other class.
            self.body.end(End::Stop);
        }
        self.body.goto_and_switch(exit);
        Some(match kept {
            Some(kept) if reference => self.load(deref(Expr::Load(kept, returns, at)), at),
            Some(kept) => Expr::Load(kept, returns, at),
            None => Expr::Unknown(Type::Void, at),
        })
    }

    /// A call of a member function that the class and, by a `using` in it, its bases have: it may be any of them.
    pub fn named_again_call(&mut self, class: &str, name: &str, values: &[Argument], at: Span) -> Option<Expr> {
        let structure = self.structure(class)?;
        if !structure.usings.contains(name) {
            return None;
        }
        let mut owners = vec![class.to_owned()];
        for base in &structure.bases {
            owners.extend(self.method_class(base, name));
        }
        let (exit, kept) = (self.body.block(), Place::Var(self.body.temporary(Type::Unknown, at)));
        self.body.havoc(kept.clone(), at);
        for owner in owners {
            let (this, next) = (self.body.block(), self.body.block());
            self.body.branch(Expr::Unknown(Type::BOOL, at), this, next, at);
            self.body.switch_to(this);
            let callee = Callee::Named(format!("{owner}::{name}"));
            let call = CallParts::plain(callee, values.to_vec(), Type::Unknown, at);
            self.call_to(Some(&kept), call);
            self.body.goto(exit);
            self.body.switch_to(next);
        }
        // One of them it is.
        self.body.end(End::Stop);
        self.body.switch_to(exit);
        Some(self.load(kept, at))
    }

    fn call_to(&mut self, kept: Option<&Place>, call: CallParts) {
        let at = call.at;
        let result = self.emit_call(call);
        let Some(kept) = kept else { return };
        match self.body.call_made_for(&result) {
            Some(to) => *to = Some(kept.clone()),
            None => self.body.assign(kept.clone(), result, at),
        }
    }
}

/// Whether a place is an object of its own type: no pointer or reference leads to it.
fn is_object(place: &Place) -> bool {
    match place {
        Place::Var(_) | Place::Global(_) => true,
        // A field or element has the type that its declaration says.
        Place::Field(..) | Place::Index(..) => true,
        Place::Deref(_) | Place::Setting(_) => false,
    }
}

/// The classes in a tree that derive from a class directly.
fn deriving(root: &Node, base: &str) -> Vec<String> {
    let classes = root
        .descendants()
        .filter(|node| matches!(node.kind(), "class_specifier" | "struct_specifier"));
    classes
        .filter(|class| {
            class
                .children()
                .filter(|child| child.kind() == "base_class_clause")
                .any(|clause| {
                    let mut names = clause.children();
                    names.any(|name| last_segment(name.text()) == base)
                })
        })
        .filter_map(|class| Some(last_segment(class.field("name")?.text()).to_owned()))
        .collect()
}

/// The number that stands for a class: the same in all files. No class has the number zero.
fn number(class: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    class.bytes().fold(0xcbf2_9ce4_8422_2325, mix) | 1
}
