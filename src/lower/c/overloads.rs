//! Overloads: which of the functions of one name a call means, by the types of its arguments.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::C;
use super::paths::without_template_arguments;
use super::signatures::{Formal, Signature};
use crate::ir::{Argument, Expr, Type};
use crate::lower::Lowering;
use crate::syntax::Node;
use crate::syntax::cut::ItemKind;
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::Role;

/// Functions of one name that are told apart; with more none is chosen.
const OVERLOADS: usize = 16;

/// What a call of a name means.
pub enum Meant {
    /// One of several functions, for certain.
    One(Rc<Signature>),
    /// Any function of the name; they take their arguments alike, as far as this one tells.
    Alike(Option<Rc<Signature>>),
    /// Any function of the name; some write to what others take by value.
    Unclear,
}

/// How well an argument fits a parameter: better is less.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Exact,
    /// What is not constant is taken as constant.
    Qualified,
    Promoted,
    Converted,
}

/// An argument as overloads see it.
struct Given {
    ty: Type,
    /// It names an object.
    named: bool,
    /// It is the constant zero, which may stand for a null pointer.
    null: bool,
}

impl Lowering<'_, C> {
    /// The function that a call means.
    pub fn meant(&mut self, name: &str, class: Option<&str>, arguments: &[Node]) -> Meant {
        let usual = self.signature(name, class);
        if !self.language.cpp {
            return Meant::Alike(usual);
        }
        let all = self.overloads(name, class);
        let fitting: Vec<&Rc<Signature>> = all.iter().filter(|one| takes_so_many(one, arguments.len())).collect();
        let distinct = fitting.iter().enumerate();
        let distinct = distinct.filter(|(index, one)| !fitting[..*index].iter().any(|other| same(other, one)));
        let distinct: Vec<Rc<Signature>> = distinct.map(|(_, one)| (*one).clone()).collect();
        match &distinct[..] {
            [] => return Meant::Alike(usual),
            [_] if all.iter().all(|one| same(one, &all[0])) => return Meant::Alike(usual),
            [only] if !only.constrained => return Meant::One(only.clone()),
            _ => {}
        }
        let given: Vec<Option<Given>> = arguments
            .iter()
            .map(|argument| self.given_to_overloads(argument))
            .collect();
        if let Some(best) = self.best(&distinct, &given) {
            return Meant::One(best);
        }
        let writes = |one: &Signature| -> Vec<bool> {
            let written = |formal: &Formal| formal.reference && !formal.constant;
            one.parameters.iter().map(written).collect()
        };
        let alike = distinct.iter().all(|one| writes(one) == writes(&distinct[0]));
        match alike {
            true => Meant::Alike(usual),
            false => Meant::Unclear,
        }
    }

    /// Whether an item is no member of a class.
    fn is_free(&self, id: ItemId) -> bool {
        let (_, item) = self.index.item(id);
        let holder = item.scope.iter().rfind(|name| !name.is_empty());
        matches!(item.kind, ItemKind::Function | ItemKind::Declaration)
            && holder.is_none_or(|holder| self.index.types(holder).is_empty())
    }

    /// The path that a bare name means where functions of several namespaces have it: that of the innermost namespace around
    /// the call which has one, and those of the namespaces of the arguments' classes. Where these are several, or the file
    /// brings in others, any of them.
    pub fn path_of_call(&mut self, name: &str, values: &[Argument]) -> String {
        if !self.language.cpp || name.contains("::") {
            return without_template_arguments(name);
        }
        let named = |scope: &[String]| -> Vec<String> { scope.iter().filter(|one| !one.is_empty()).cloned().collect() };
        let functions = self.index.functions(name).iter().filter(|id| self.is_free(**id));
        let scopes: BTreeSet<Vec<String>> = functions.map(|id| named(&self.index.item(*id).1.scope)).collect();
        if scopes.len() < 2 {
            return without_template_arguments(name);
        }
        let around = named(&self.language.scope);
        let inner = (0..=around.len()).rev().map(|length| around[..length].to_vec());
        let mut meant: BTreeSet<Vec<String>> = inner.filter(|scope| scopes.contains(scope)).take(1).collect();
        for value in values {
            let class = match value.value.ty() {
                Type::Pointer(to) => *to,
                ty => ty,
            };
            if let Type::Aggregate(class) = class {
                let types = self.index.types(&class).iter();
                meant.extend(
                    types
                        .map(|id| named(&self.index.item(*id).1.scope))
                        .filter(|scope| scopes.contains(scope)),
                );
            }
        }
        let text = &self.sources.file(self.file).text;
        if text.contains("using namespace ") || text.contains(&format!("::{name};")) {
            return format!("*::{name}");
        }
        let only = meant.iter().next().and_then(|scope| scope.last());
        match (meant.len(), only) {
            (1, Some(scope)) => format!("{scope}::{name}"),
            (0 | 1, _) => without_template_arguments(name),
            _ => format!("*::{name}"),
        }
    }

    /// All functions of a name, of a class or of none. Empty where that cannot be told.
    pub fn overloads(&mut self, name: &str, class: Option<&str>) -> Vec<Rc<Signature>> {
        let key = (name.to_owned(), class.map(str::to_owned));
        if let Some(known) = self.language.overloads.get(&key) {
            return known.clone();
        }
        let mut ids = self.index.functions_from(self.file, name);
        ids.extend(self.index.declarations(name));
        if let Some(class) = class {
            let own = self.index.types(class).to_vec();
            ids.extend(&own);
            let holds = |id: &ItemId| {
                let scope = &self.index.item(*id).1.scope;
                own.contains(id) || scope.last().is_some_and(|last| last == class)
            };
            ids.retain(holds);
        } else {
            ids.retain(|id| self.is_free(*id));
        }
        ids.sort();
        ids.dedup();
        let mut found = Vec::new();
        if ids.len() <= OVERLOADS {
            for id in ids {
                let Some(mut of_item) = self.signatures_in(id, name, class) else {
                    // One that is not read may be the one that is meant.
                    found.clear();
                    break;
                };
                found.append(&mut of_item);
            }
        }
        let found: Vec<Rc<Signature>> = found.into_iter().map(Rc::new).collect();
        self.language.overloads.insert(key, found.clone());
        found
    }

    /// Whether a constructor of a class takes an `initializer_list`.
    pub fn takes_lists(&mut self, class: &str) -> bool {
        let is_list = |formal: &Formal| matches!(&formal.ty, Type::Aggregate(name) if name == "initializer_list");
        let all = self.overloads(class, Some(class));
        all.iter().any(|one| one.parameters.first().is_some_and(is_list))
    }

    /// An argument, if its type can be told without a look into calls, which would be looked at again by each of them.
    fn given_to_overloads(&mut self, argument: &Node) -> Option<Given> {
        let costly = |node: &Node| {
            matches!(node.role(), Some(Role::Call | Role::Closure | Role::Character) | None) && node.kind() != "this"
        };
        if costly(argument) && argument.role() != Some(Role::Character)
            || argument
                .descendants()
                .any(|node| matches!(node.role(), Some(Role::Call | Role::Closure)))
        {
            return None;
        }
        if argument.role() == Some(Role::Character) && !argument.text().starts_with('\'') {
            return None;
        }
        let value = self.speculative(|lowering| lowering.value(argument));
        let value = match (argument.role(), value) {
            // A literal is an array of constant characters, of whatever kind.
            (Some(Role::String), _) => return None,
            (_, value) => self.decayed(value),
        };
        let ty = value.ty();
        if ty == Type::Unknown {
            return None;
        }
        let named = matches!(
            argument.role(),
            Some(Role::Name | Role::Field | Role::Index | Role::Dereference)
        ) && !matches!(value, Expr::Const { .. });
        let null = matches!(value, Expr::Const { bits: 0, .. });
        Some(Given { ty, named, null })
    }

    /// The function that fits at least as well as any other in each argument, and better in one.
    fn best(&mut self, all: &[Rc<Signature>], given: &[Option<Given>]) -> Option<Rc<Signature>> {
        let mut fits: Vec<(usize, Vec<Option<Fit>>)> = Vec::new();
        for (index, one) in all.iter().enumerate() {
            let mut own = Vec::new();
            let mut possible = true;
            for (given, formal) in given.iter().zip(&one.parameters) {
                match given.as_ref().map(|given| self.fit(given, formal)) {
                    Some(Ok(fit)) => own.push(fit),
                    Some(Err(())) => possible = false,
                    None => own.push(None),
                }
            }
            if one.constrained {
                own.iter_mut().for_each(|fit| *fit = None);
            }
            if possible && own.len() == given.len() {
                fits.push((index, own));
            } else if possible {
                // What is taken by `...` fits worst.
                own.resize(given.len(), Some(Fit::Converted));
                fits.push((index, own));
            }
        }
        if let [(only, fit)] = &fits[..] {
            return fit.iter().all(Option::is_some).then(|| all[*only].clone());
        }
        if all.iter().any(|one| one.constrained) && given.is_empty() {
            return None;
        }
        let better = |(_, a): &(usize, Vec<Option<Fit>>), (_, b): &(usize, Vec<Option<Fit>>)| {
            let exact = a.iter().all(|fit| *fit == Some(Fit::Exact));
            let known = a.iter().zip(b).all(|pair| matches!(pair, (Some(x), Some(y)) if x <= y));
            exact && b.iter().any(|fit| *fit != Some(Fit::Exact)) || known && a != b
        };
        let best = fits.iter().find(|one| {
            let others = fits.iter().filter(|other| other.0 != one.0);
            others.into_iter().all(|other| better(one, other))
        })?;
        Some(all[best.0].clone())
    }

    /// How an argument fits a parameter. `Ok(None)`: it is not known whether. `Err`: it does not.
    fn fit(&mut self, given: &Given, formal: &Formal) -> Result<Option<Fit>, ()> {
        if formal.ty == Type::Unknown {
            return Ok(None);
        }
        let same = given.ty == formal.ty;
        if formal.reference && !formal.constant {
            return match (same, given.named == formal.rvalue) {
                (_, true) => Err(()),
                (true, false) => Ok(Some(Fit::Exact)),
                (false, false) if formal.rvalue => Ok(None),
                (false, false) => match (&given.ty, &formal.ty) {
                    (Type::Aggregate(_), Type::Aggregate(_)) => Ok(None),
                    _ => Err(()),
                },
            };
        }
        if same {
            let looser = formal.reference;
            return Ok(Some(if looser { Fit::Qualified } else { Fit::Exact }));
        }
        Ok(match (&given.ty, &formal.ty) {
            (Type::Int { bits, .. }, Type::Int { .. }) if *bits < 32 && formal.ty == Type::INT => Some(Fit::Promoted),
            (Type::Int { .. }, Type::Int { .. } | Type::Float) | (Type::Float, Type::Int { .. }) => {
                Some(Fit::Converted)
            }
            (Type::Int { .. }, Type::Pointer(_)) if given.null => Some(Fit::Converted),
            (Type::Int { .. } | Type::Float, Type::Pointer(_)) => return Err(()),
            (Type::Pointer(_), Type::Int { bits: 1, .. }) => Some(Fit::Converted),
            (Type::Pointer(from), Type::Pointer(_)) if **from == Type::Void && !given.null => return Err(()),
            (Type::Pointer(_), Type::Int { .. } | Type::Float) => return Err(()),
            _ => None,
        })
    }
}

/// Whether a function takes so many arguments.
fn takes_so_many(signature: &Signature, count: usize) -> bool {
    let needed = signature.parameters.iter().filter(|formal| formal.default.is_none());
    needed.count() <= count && (count <= signature.parameters.len() || signature.variadic)
}

/// Whether two heads are of one function, or take their arguments alike.
fn same(one: &Signature, other: &Signature) -> bool {
    let alike = |(a, b): (&Formal, &Formal)| {
        a.ty == b.ty && a.reference == b.reference && a.constant == b.constant && a.rvalue == b.rvalue
    };
    one.parameters.len() == other.parameters.len()
        && one.variadic == other.variadic
        && one.parameters.iter().zip(&other.parameters).all(alike)
}

/// The types that the parameters of a function have as variables.
pub fn parameter_types(signature: &Signature) -> Vec<Type> {
    let as_variable = |formal: &Formal| match &formal.ty {
        ty if formal.reference => Type::pointer(ty.clone()),
        Type::Array(element, _) => Type::Pointer(element.clone()),
        ty => ty.clone(),
    };
    signature.parameters.iter().map(as_variable).collect()
}

/// Whether a member function overrides another of its name.
pub fn overrides(one: &Signature, other: &Signature) -> bool {
    same(one, other) && one.constant == other.constant
}
