//! `for` over the elements of a range (C++).

use super::C;
use super::operators::address_of;
use crate::ir::{BinaryOp, Expr, Place, Type, VarId, Variable};
use crate::lower::Lowering;
use crate::lower::loops::LoopForm;
use crate::lower::values::{aggregate_node, constant};
use crate::syntax::Node;
use crate::syntax::index::ByName;
use crate::syntax::roles::Part;

/// What a loop over a range reads its element from.
struct Elements {
    array: Place,
    length: u64,
    index: VarId,
}

impl Lowering<'_, C> {
    /// A loop over an array counts; over anything else it runs any number of rounds with any elements.
    pub fn range_loop(&mut self, node: &Node) {
        self.body.open_scope();
        self.statements(node.parts(Part::Init).collect::<Vec<_>>());
        let at = node.span();
        let (elements, element) = self.range_elements(node);
        let counter = elements
            .as_ref()
            .map(|elements| (Place::Var(elements.index), elements.length));
        let moved = counter.clone();
        let form = LoopForm {
            label: None,
            after: false,
            test: Box::new(move |lowering, again, exit| {
                let test = match counter {
                    Some((index, length)) => {
                        let (index, length) = (Expr::Load(index, Type::SIZE, at), constant(length, Type::SIZE, at));
                        Expr::comparison(BinaryOp::Less, index, length, at)
                    }
                    None => Expr::Unknown(Type::BOOL, at),
                };
                lowering.body.branch(test, again, exit, at);
            }),
            body: Box::new(|lowering| {
                lowering.range_variable(node, element, elements.as_ref());
                node.parts(Part::Body).for_each(|body| lowering.statement(&body));
            }),
            step: Box::new(move |lowering| {
                if let Some((index, _)) = moved {
                    let one = constant(1, Type::SIZE, at);
                    let current = Expr::Load(index.clone(), Type::SIZE, at);
                    let value = Expr::binary(BinaryOp::Add, current, one, Type::SIZE, at);
                    lowering.body.set(index, value, at);
                }
            }),
        };
        self.run_loop(form, None);
        self.body.close_scope();
    }

    /// The array that is looped over, if it is one, and the type of the elements.
    fn range_elements(&mut self, node: &Node) -> (Option<Elements>, Type) {
        let Some(subject) = node.part(Part::Subject) else {
            return (None, Type::Unknown);
        };
        let at = subject.span();
        let array = match aggregate_node(&subject).filter(|list| list.part(Part::Type).is_none()) {
            Some(list) => {
                let base = node
                    .part(Part::Type)
                    .map_or(Type::Unknown, |base| self.named_type(&base));
                let ty = Type::Array(Box::new(base), Some(list.parts(Part::Element).count() as u64));
                let place = Place::Var(self.body.temporary(ty.clone(), at));
                self.initializer_list(&place, &ty, &list);
                Expr::Load(place, ty, at)
            }
            None => self.value(&subject),
        };
        match array {
            Expr::Load(array, Type::Array(element, Some(length)), _) => {
                let index = self.body.temporary(Type::SIZE, at);
                let value = constant(0, Type::SIZE, at);
                self.body.set(Place::Var(index), value, at);
                (Some(Elements { array, length, index }), *element)
            }
            other => match other.ty() {
                Type::Array(element, _) => (None, *element),
                ty => {
                    self.iterated(other, &ty);
                    (None, Type::Unknown)
                }
            },
        }
    }

    /// The iterators of a class of the program may do anything with it.
    fn iterated(&mut self, range: Expr, ty: &Type) {
        let Type::Aggregate(class) = ty else { return };
        if self.method_class(class, "begin").is_some() || !self.index.functions("begin").is_empty() {
            let at = range.at();
            let place = self.place_of_value(range);
            self.unknown_call(vec![address_of(place, at)], at);
        }
    }

    /// Declares what a round calls its element, and gives it the element.
    fn range_variable(&mut self, node: &Node, element: Type, elements: Option<&Elements>) {
        let base = node
            .part(Part::Type)
            .map_or(Type::Unknown, |base| self.named_type(&base));
        let Some(pattern) = node.part(Part::Pattern) else {
            return;
        };
        let declared = self.declared(&pattern, if base == Type::Unknown { element } else { base });
        let Some(name) = declared.name else { return };
        // A reference to a constant element that is not known by its place is as good as the value.
        let constant = node.children().any(|child| child.text() == "const");
        let copied = declared.reference && constant && elements.is_none();
        let by_reference = declared.reference && !copied;
        if name.kind() == "structured_binding_declarator" {
            for part in name.children() {
                self.bind_element(&part, Type::Unknown, None, by_reference);
            }
            return;
        }
        let ty = match declared.ty {
            Type::Pointer(to) if copied => *to,
            ty => ty,
        };
        let place = elements.map(|elements| {
            let index = Expr::Load(Place::Var(elements.index), Type::SIZE, name.span());
            Place::element(elements.array.clone(), index)
        });
        self.bind_element(&name, ty, place, by_reference);
    }

    /// Declares a variable that is or refers to what is at a place, or to anything.
    fn bind_element(&mut self, name: &Node, ty: Type, place: Option<Place>, by_reference: bool) {
        let at = name.span();
        let id = self.body.declare(Variable {
            name: name.text().to_owned(),
            ty,
            at,
            volatile: false,
        });
        match place {
            Some(place) if by_reference => self.body.set(Place::Var(id), Expr::Address(place, at), at),
            Some(place) => {
                let value = self.load(place, at);
                self.store(&Place::Var(id), value, at);
            }
            None => self.body.havoc(Place::Var(id), at),
        }
        if by_reference {
            self.body.references.insert(id);
        }
    }
}
