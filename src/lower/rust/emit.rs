//! How lowering writes: temporaries, ways that meet, references, what is taken for granted.

use super::parts::LENGTH;
use super::{Lower, paths};
use crate::ir::{BlockId, Expr, Place, Type, VarId};
use crate::lower::builder::Merge;
use crate::lower::places::deref;
use crate::lower::values::constant;
use crate::source::Span;
use crate::syntax::Node;

impl Lower<'_> {
    /// A new temporary.
    pub fn fresh(&mut self, ty: Type, at: Span) -> Place {
        Place::Var(self.body.temporary(ty, at))
    }

    /// The place of a value, through references.
    pub fn place_behind(&mut self, value: Expr) -> Place {
        let mut place = match value.ty() {
            Type::Pointer(_) => deref(value),
            _ => self.place_of_value(value),
        };
        // A type that leads to itself cannot be written down, but the count ends the walk in any case.
        for _ in 0..8 {
            let ty = self.place_type(&place);
            if !matches!(ty, Type::Pointer(_)) {
                break;
            }
            let at = Span::new(self.file, 0, 0);
            place = deref(Expr::Load(place, ty, at));
        }
        place
    }

    /// The value of a constant expression by its text: a literal, a constant of the unit, their sums and products.
    pub fn constant_of(&self, text: &str) -> Option<u64> {
        paths::constant(self, text, 0)
    }

    /// Gives a variable that has no type yet one.
    pub fn set_type(&mut self, id: VarId, ty: Type) {
        let known = &mut self.body.variables[id.0 as usize].ty;
        if *known == Type::Unknown {
            *known = ty;
        }
    }

    /// The value of one of two ways.
    pub fn choose(
        &mut self,
        test: Expr,
        at: Span,
        then: impl FnOnce(&mut Self) -> Expr,
        otherwise: impl FnOnce(&mut Self) -> Expr,
    ) -> Expr {
        let (yes, no, exit) = (self.body.block(), self.body.block(), self.body.block());
        self.body.branch(test, yes, no, at);
        let mut merge = Merge::default();
        self.body.switch_to(yes);
        let value = then(self);
        self.arrive(&mut merge, value, exit);
        self.body.switch_to(no);
        let value = otherwise(self);
        self.arrive(&mut merge, value, exit);
        self.body.switch_to(exit);
        self.merged(merge, at)
    }

    /// Brings a value to where the ways meet, if the way gets there.
    pub fn arrive(&mut self, merge: &mut Merge, value: Expr, exit: BlockId) {
        if !self.body.ended() {
            merge.arms.push((self.body.current(), value));
        }
        self.body.goto(exit);
    }

    /// The type of a value, that of an address with what it points to.
    pub fn value_type(&mut self, value: &Expr) -> Type {
        match value {
            Expr::Address(place, _) => Type::pointer(self.place_type(place)),
            Expr::Const { ty: Type::Unknown, .. } => Type::Unknown,
            value => value.ty(),
        }
    }

    /// Goes on only where a test holds.
    pub fn assume(&mut self, test: Expr, at: Span) {
        let (yes, no) = (self.body.block(), self.body.block());
        self.body.branch(test, yes, no, at);
        self.body.switch_to(no);
        super::panics::panic(self, at);
        self.body.switch_to(yes);
    }

    /// A reference to a place, of a type that says to what.
    pub fn reference(&mut self, place: Place, at: Span) -> Expr {
        let to = self.place_type(&place);
        if !matches!(place, Place::Deref(_)) {
            self.bring_length(&place, at);
        }
        let ty = Type::pointer(to);
        let pointer = match place {
            Place::Deref(pointer) => *pointer,
            place => Expr::Address(place, at),
        };
        match pointer.ty() == ty {
            true => pointer,
            false => Expr::cast(pointer, ty, at),
        }
    }

    /// As a slice an array brings its length along.
    fn bring_length(&mut self, array: &Place, at: Span) {
        if let Type::Array(_, Some(length)) = self.place_type(array) {
            let length = constant(length, Type::SIZE, at);
            self.body.assign(Place::field(array.clone(), LENGTH), length, at);
        }
    }

    /// `&value`
    pub fn borrowed(&mut self, node: &Node) -> Expr {
        let pointer = self.address(node);
        if let Expr::Address(place, at) = &pointer {
            self.bring_length(place, *at);
        }
        pointer
    }

    /// A value that may be written down more than once: not a long expression.
    pub fn steady(&mut self, value: Expr, at: Span) -> Expr {
        match &value {
            Expr::Const { .. } | Expr::Load(Place::Var(_), ..) => value,
            _ => {
                let ty = value.ty();
                let place = self.fresh(ty.clone(), at);
                self.body.assign(place.clone(), value, at);
                Expr::Load(place, ty, at)
            }
        }
    }
}
