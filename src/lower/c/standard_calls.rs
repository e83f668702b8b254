//! Function templates of the C++ standard library: limits, tuples, new objects, sizes of ranges.

use super::C;
use super::call_site::CallSite;
use super::containers::is_zero;
use super::paths::template_arguments;
use super::types::LONG;
use crate::ir::{BinaryOp, Expr, Place, Type};
use crate::lower::Lowering;
use crate::lower::values::{aggregate_node, constant};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::Part;

impl Lowering<'_, C> {
    /// A call of a function template of the library that nobody defines here. `None`: it is none that is known.
    pub fn standard_call(&mut self, name: &str, site: &CallSite) -> Option<Expr> {
        let arguments = site.arguments();
        let at = site.at;
        match (name, &arguments[..]) {
            ("min" | "max" | "lowest", []) => self.limit_of_type(name, site),
            ("min" | "max", [list]) => {
                let elements: Vec<Node> = aggregate_node(list)?.parts(Part::Element).collect();
                let operator = if name == "min" { BinaryOp::Min } else { BinaryOp::Max };
                self.extreme_of_list(operator, &elements, at)
            }
            ("size", [range]) => self.size_of_range(range, at),
            ("ssize", [range]) => {
                let size = self.size_of_range(range, at)?;
                Some(self.cast_to(size, &LONG, at))
            }
            ("empty", [range]) => {
                let size = self.size_of_range(range, at)?;
                Some(is_zero(size, at))
            }
            ("distance", [first, last]) => {
                let pointers = [first, last].map(|node| self.type_of_value(node));
                if !pointers
                    .iter()
                    .all(|ty| matches!(ty, Type::Pointer(_) | Type::Array(..)))
                {
                    return None;
                }
                let (first, last) = self.pair(first, last);
                self.difference(&last, &first, at)
            }
            ("make_pair" | "make_tuple", _) => Some(self.made_tuple(name == "make_pair", &arguments, at)),
            ("get", [object]) => self.element_of_tuple(object, site),
            ("make_unique" | "make_shared" | "make_unique_for_overwrite", _) => {
                let descriptor = template_arguments(&site.callee, name).into_iter().next()?;
                match self.named_type(&descriptor) {
                    Type::Unknown | Type::Array(..) => None,
                    ty => {
                        let list = Some(&site.list).filter(|_| !name.ends_with("overwrite"));
                        Some(self.object_made(&ty, list, at))
                    }
                }
            }
            _ => None,
        }
    }

    /// The type of an expression that is not lowered for good yet.
    pub fn type_of_value(&mut self, node: &Node) -> Type {
        self.speculative(|lowering| lowering.value(node).ty())
    }

    /// `std::numeric_limits<T>::max()`.
    fn limit_of_type(&mut self, name: &str, site: &CallSite) -> Option<Expr> {
        let descriptor = template_arguments(&site.callee, "numeric_limits").into_iter().next()?;
        let ty = self.named_type(&descriptor);
        let Type::Int { bits, signed } = ty else { return None };
        let ones = u64::MAX >> (64 - u32::from(bits));
        let limit = match (name, signed) {
            ("max", true) => ones >> 1,
            ("max", false) => ones,
            (_, true) => !(ones >> 1),
            (_, false) => 0,
        };
        Some(constant(limit, ty, site.at))
    }

    fn extreme_of_list(&mut self, operator: BinaryOp, elements: &[Node], at: Span) -> Option<Expr> {
        let (first, rest) = elements.split_first()?;
        let mut value = self.value(first);
        for element in rest {
            let mark = self.body.mark();
            let other = self.value(element);
            let settled = self.body.settle(value, mark);
            value = self.extreme_of(operator, settled, other, at);
        }
        Some(value)
    }

    /// The type of a tuple: its fields are named by their positions.
    pub fn tuple_type(&mut self, types: Vec<Type>) -> Type {
        let fields = types.into_iter().enumerate();
        let fields = fields.map(|(index, ty)| (index.to_string(), ty)).collect();
        self.standard_record("tuple", fields)
    }

    fn made_tuple(&mut self, pair: bool, arguments: &[Node], at: Span) -> Expr {
        let values: Vec<Expr> = self
            .lower_arguments(arguments)
            .into_iter()
            .map(|one| one.value)
            .collect();
        let types: Vec<Type> = values.iter().map(Expr::ty).collect();
        let ty = match &types[..] {
            [one, two] if pair => {
                let fields = [("first", one), ("second", two)];
                let fields = fields.map(|(name, ty)| (name.to_owned(), ty.clone()));
                self.standard_record("pair", fields.to_vec())
            }
            _ => self.tuple_type(types),
        };
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.store_fields(&place, &ty, values, at);
        self.load(place, at)
    }

    /// Stores values to the fields of a pair or tuple. False: it is none of so many fields.
    pub fn store_fields(&mut self, place: &Place, ty: &Type, values: Vec<Expr>, at: Span) -> bool {
        let Some(record) = self.record_of(ty).filter(|record| record.fields.len() == values.len()) else {
            return false;
        };
        for ((name, _), value) in record.fields.iter().zip(values) {
            self.store(&Place::field(place.clone(), name.clone()), value, at);
        }
        true
    }

    /// `std::get<0>(x)`.
    fn element_of_tuple(&mut self, object: &Node, site: &CallSite) -> Option<Expr> {
        let index = template_arguments(&site.callee, "get").into_iter().next()?;
        let position = self.constant_value(&index)?;
        let ty = self.type_of_value(object);
        if !matches!(&ty, Type::Array(..)) && !matches!(&ty, Type::Aggregate(name) if is_tuple(name)) {
            return None;
        }
        let place = self.place_or_copy(object);
        let element = match &ty {
            Type::Array(..) => Place::element(place, constant(position, Type::SIZE, site.at)),
            _ => {
                let record = self.record_of(&ty)?;
                let (field, _) = record.fields.get(usize::try_from(position).ok()?)?;
                Place::field(place, field.clone())
            }
        };
        Some(self.load(element, site.at))
    }
}

/// Whether the name of a class is that of a pair or tuple.
pub fn is_tuple(name: &str) -> bool {
    name.starts_with("pair<") || name.starts_with("tuple<")
}
