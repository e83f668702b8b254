//! `auto [a, b] = value`: names for the parts of an object.

use super::C;
use crate::ir::{Place, Type};
use crate::lower::Lowering;
use crate::syntax::Node;
use crate::syntax::index::ByName;

impl Lowering<'_, C> {
    /// `auto [a, b] = …`: the names are copies of the parts of an object, or, by reference, the parts themselves.
    pub fn structured_binding(&mut self, names: &Node, value: Option<Node>, reference: bool) {
        let object = value.map(|value| self.place_or_copy(&value));
        let fields = object
            .as_ref()
            .map(|object| self.place_type(object))
            // A program may say itself what the parts of its classes are.
            .filter(|ty| !self.has_parts_of_its_own(ty))
            .and_then(|ty| self.structure_of(&ty));
        if let (true, None, Some(object)) = (reference, &fields, &object) {
            // The names lead into the object, but not known where.
            let pointer = super::operators::address_of(object.clone(), names.span());
            self.unknown_call(vec![pointer], names.span());
        }
        let names: Vec<Node> = names.children().collect();
        for (index, name) in names.iter().enumerate() {
            let field = fields
                .as_ref()
                .and_then(|structure| structure.fields.get(index).cloned());
            let ty = object.as_ref().map(|object| self.place_type(object));
            let (place, ty) = match (&object, field, ty) {
                (Some(object), Some((field, ty)), _) => (Some(Place::field(object.clone(), field)), ty),
                (Some(object), None, Some(Type::Array(element, _))) => {
                    let index = crate::lower::values::constant(index as u64, Type::SIZE, name.span());
                    (Some(Place::element(object.clone(), index)), *element)
                }
                _ => (None, Type::Unknown),
            };
            if reference {
                let id = self.new_local(name.text(), Type::pointer(ty), false, name.span());
                self.body.references.insert(id);
                match place {
                    Some(place) => {
                        let pointer = super::operators::address_of(place, name.span());
                        self.body.set(Place::Var(id), pointer, name.span());
                    }
                    None => self.body.havoc(Place::Var(id), name.span()),
                }
                continue;
            }
            let id = self.new_local(name.text(), ty, false, name.span());
            match place {
                Some(place) => {
                    let value = self.load(place, name.span());
                    self.store(&Place::Var(id), value, name.span());
                }
                None => self.body.havoc(Place::Var(id), name.span()),
            }
        }
    }

    /// Whether the program says itself what the parts of a class are.
    fn has_parts_of_its_own(&self, ty: &Type) -> bool {
        let Type::Aggregate(class) = ty else { return false };
        self.index.types("tuple_size").iter().any(|id| {
            let text = self.sources.slice(self.index.item(*id).1.span);
            let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| word == class)
        })
    }
}
