//! Arguments: in which order they are evaluated, how they are passed, what a sink makes of them.

use super::C;
use super::signatures::Formal;
use super::types::LONG;
use crate::ir::{Argument, Callee, Expr, Place, SinkPositions, Type};
use crate::lower::values::aggregate_node;
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// The values of arguments, left to right.
    pub fn lower_arguments(&mut self, arguments: &[Node]) -> Vec<Argument> {
        self.passed_to(arguments, &[], false).0
    }

    /// What a function gets of which no declaration is visible. In C++ it may take any of them by reference: the addresses of
    /// those that name something follow the values.
    pub fn passed_unseen(&mut self, arguments: &[Node]) -> Vec<Argument> {
        let (mut values, named) = self.passed_to(arguments, &[], false);
        for argument in &mut values {
            let value = std::mem::replace(&mut argument.value, Expr::Unknown(Type::Unknown, argument.at));
            argument.value = self.given_away(value);
        }
        if self.language.cpp {
            values.extend(named);
        }
        values
    }

    /// Arguments as a signature takes them: addresses for references, defaults for what is missing.
    pub fn passed(
        &mut self,
        signature: Option<&super::signatures::Signature>,
        arguments: &[Node],
        at: Span,
    ) -> Vec<Argument> {
        let Some(signature) = signature else {
            let values = self.lower_arguments(arguments).into_iter();
            let given = values.map(|argument| Argument {
                value: self.given_away(argument.value),
                at: argument.at,
            });
            return given.collect();
        };
        let mut values = self.passed_to(arguments, &signature.parameters, signature.defined).0;
        for formal in signature.parameters.iter().skip(values.len()) {
            let Some(default) = &formal.default else { break };
            // Its names are those of where the function is declared.
            let scopes = self.body.hide_scopes();
            let value = self.value(default);
            self.body.replace_scopes(scopes);
            values.push(Argument { value, at });
        }
        values
    }

    /// The values of arguments, and the addresses of what those that have no formal name.
    fn passed_to(&mut self, arguments: &[Node], formals: &[Formal], defined: bool) -> (Vec<Argument>, Vec<Argument>) {
        let mut named = Vec::new();
        let mut values: Vec<(Argument, crate::lower::builder::Mark)> = Vec::new();
        let pack = arguments.iter().position(is_pack).unwrap_or(arguments.len());
        for (index, argument) in arguments.iter().enumerate() {
            let at = argument.span();
            let value = match formals.get(index) {
                // How many arguments a pack stands for is not known, nor what stands where behind it.
                _ if index >= pack => {
                    self.statement(argument);
                    Expr::Unknown(Type::Unknown, at)
                }
                None => self.value(argument),
                Some(formal) if formal.reference && !formal.constant => self.reference_to(argument),
                // A function that is seen is seen to write or not, and what it writes elsewhere may be this.
                Some(formal) if formal.reference && defined && self.names_number(argument, formal) => {
                    self.reference_to(argument)
                }
                Some(formal) => self.given(argument, formal),
            };
            if let Expr::Load(place, ty, _) = &value
                && formals.get(index).is_none()
                && !matches!(ty, Type::Array(..))
                && !self.body.is_temporary_value(&value)
            {
                let value = super::operators::address_of(place.clone(), at);
                named.push(Argument { value, at });
            }
            let value = self.decayed(value);
            self.note_kept_address(&value);
            values.push((Argument { value, at }, self.body.mark()));
        }
        // Backwards, because a value is kept by a statement inserted at its mark, which moves later marks.
        let mut settled: Vec<Argument> = Vec::new();
        for (argument, mark) in values.into_iter().rev() {
            settled.push(Argument {
                value: self.body.settle(argument.value, mark),
                at: argument.at,
            });
        }
        settled.reverse();
        (settled, named)
    }

    /// What a parameter that is no reference, or one to a constant, is given: an object of its class where the argument is
    /// none.
    fn given(&mut self, argument: &Node, formal: &Formal) -> Expr {
        let (ty, at) = (&formal.ty, argument.span());
        let class = matches!(ty, Type::Aggregate(_)) && self.language.cpp && self.constructs(ty);
        let list = aggregate_node(argument).filter(|list| list.part(Part::Type).is_none());
        let object = match list {
            Some(list) if matches!(ty, Type::Aggregate(_)) && self.structure_of(ty).is_some() => {
                let place = Place::Var(self.body.temporary(ty.clone(), at));
                self.initializer_list(&place, ty, &list);
                let value = self.load(place, at);
                self.temporary_made(&value);
                value
            }
            _ if formal.reference && !class => return self.reference_to_copy(argument),
            _ if !class => {
                let value = self.value(argument);
                return self.converted_class(value, ty, at);
            }
            _ => {
                let value = self.value(argument);
                match value.ty() {
                    Type::Int { .. } | Type::Pointer(_) => {
                        let place = Place::Var(self.body.temporary(ty.clone(), at));
                        self.construct_with(&place, vec![value], at);
                        let value = self.load(place, at);
                        self.temporary_made(&value);
                        value
                    }
                    Type::Aggregate(other) if value.ty() != *ty => match ty {
                        Type::Aggregate(class) if formal.reference && self.derives(&other, class) => value,
                        _ => self.converted_class(value, ty, at),
                    },
                    _ if formal.reference || value.ty() != *ty => value,
                    _ => self.copied_object(value),
                }
            }
        };
        match formal.reference {
            true => super::operators::address_of(self.place_of_value(object), at),
            false => object,
        }
    }

    /// Whether an argument names what a reference to a constant number is bound to without a conversion.
    fn names_number(&mut self, argument: &Node, formal: &Formal) -> bool {
        let is_place = match argument.role() {
            Some(Role::Name) => true,
            role => matches!(role, Some(Role::Field | Role::Index | Role::Dereference)),
        };
        if !is_place || !matches!(formal.ty, Type::Int { .. } | Type::Unknown) {
            return false;
        }
        let value = self.speculative(|lowering| lowering.value(argument));
        matches!(&value, Expr::Load(place, Type::Int { .. }, _) if !matches!(place, Place::Setting(_)))
            && (formal.ty == Type::Unknown || value.ty() == formal.ty)
    }

    /// A reference to a constant: to a copy, so that the callee is seen not to change what it is given.
    fn reference_to_copy(&mut self, argument: &Node) -> Expr {
        if aggregate_node(argument).is_some() {
            return self.reference_to(argument);
        }
        let value = self.value(argument);
        match value.ty() {
            Type::Int { .. } => {
                let Expr::Load(place, ..) = self.kept_copy(value) else {
                    return self.reference_to(argument);
                };
                Expr::Address(place, argument.span())
            }
            _ => match value {
                Expr::Load(Place::Deref(pointer), ..) => *pointer,
                value => {
                    let place = self.place_of_value(value);
                    Expr::Address(place, argument.span())
                }
            },
        }
    }

    /// A call that reaches `mremap`.
    pub fn sink_call(&mut self, callee: Callee, positions: SinkPositions, arguments: &[Node], at: Span) -> Expr {
        let mut values = self.lower_arguments(arguments);
        if let Some(pack) = arguments.iter().find(|argument| is_pack(argument)) {
            let (value, at) = (Expr::Unknown(Type::Unknown, pack.span()), pack.span());
            while values.len() <= positions.old_size + 2 {
                values.push(Argument {
                    value: value.clone(),
                    at,
                });
            }
        }
        self.emit_sink(callee, positions, values, at)
    }

    /// Emits a call that reaches `mremap`; its sizes become `size_t` as the prototype has it.
    pub fn emit_sink(&mut self, callee: Callee, positions: SinkPositions, values: Vec<Argument>, at: Span) -> Expr {
        let mut values = values;
        for (index, argument) in values.iter_mut().enumerate() {
            let ty = match index {
                _ if positions.raw => widened(&argument.value.ty()),
                _ if index == positions.old_size || Some(index) == positions.new_size => Some(Type::SIZE),
                _ if Some(index) == positions.flags => Some(Type::INT),
                _ => None,
            };
            if let Some(ty) = ty {
                let value = std::mem::replace(&mut argument.value, Expr::Unknown(Type::Unknown, at));
                argument.value = self.converted(value, &ty, argument.at);
            }
        }
        let ty = if positions.raw { LONG } else { Type::pointer(Type::Void) };
        self.emit_call(CallParts {
            sink: Some(positions),
            ..CallParts::plain(callee, values, ty, at)
        })
    }
}

/// Whether arguments go as far as old_size, or may do so.
pub fn reaches(positions: SinkPositions, arguments: &[Node]) -> bool {
    positions.old_size < arguments.len() || arguments.iter().any(is_pack)
}

fn is_pack(argument: &Node) -> bool {
    argument.kind() == "parameter_pack_expansion"
}

/// How an argument of a system call by number is passed: extended to a register.
fn widened(ty: &Type) -> Option<Type> {
    match ty {
        Type::Int { bits, signed } if *bits < 64 => Some(Type::Int {
            bits: 64,
            signed: *signed,
        }),
        _ => None,
    }
}
