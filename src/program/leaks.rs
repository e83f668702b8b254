//! Whether the address of a global is let go of: stored where others find it, or given to code that is not visible and may
//! keep it. Whoever has it may store to the global at any time.

use super::Program;
use crate::engine::{Body, Code};
use crate::facts::Effect;
use crate::ir::{Call, Callee, End, Expr, Place, Stmt, VarId};
use std::collections::BTreeSet;

/// How deep a pointer is followed into functions that are called with it.
const DEPTH: usize = 4;
/// How deep an expression is looked into.
const NESTING: usize = 64;

/// A pointer in one function: what it comes from, and the variables that may hold it.
struct Carried<'name> {
    global: Option<&'name str>,
    variables: BTreeSet<VarId>,
}

impl Program<'_> {
    /// Whether a function may let go of the address of a global.
    pub(super) fn lets_go(&self, body: &Body, global: &str) -> bool {
        let carried = Carried {
            global: Some(global),
            variables: BTreeSet::new(),
        };
        self.lets_go_of(body, carried, DEPTH)
    }

    fn lets_go_of(&self, body: &Body, mut carried: Carried, depth: usize) -> bool {
        let blocks = &body.function.blocks;
        loop {
            let before = carried.variables.len();
            for statement in blocks.iter().flat_map(|block| &block.statements) {
                let held = match statement {
                    Stmt::Set { to, value, .. } => carried.is_in(value, NESTING).then_some(to),
                    Stmt::Copy { to, from, .. } => carried.holds(from).then_some(to),
                    Stmt::Call(call) => {
                        let given = |index: &usize| carried.is_in(&call.arguments[*index].value, NESTING);
                        let given: Vec<usize> = (0..call.arguments.len()).filter(given).collect();
                        if given.iter().any(|index| self.keeps(body, call, *index, depth)) {
                            return true;
                        }
                        call.to.as_ref().filter(|_| !given.is_empty())
                    }
                    Stmt::Clear { .. } | Stmt::Havoc { .. } => None,
                };
                if held.is_some_and(|to| !carried.note(to)) {
                    return true;
                }
            }
            if carried.variables.len() == before {
                break;
            }
        }
        // What a function returns that was given it, the caller looks at.
        let returns = |end: &End| matches!(end, End::Return(Some(value), _) if carried.is_in(value, NESTING));
        carried.global.is_some() && blocks.iter().any(|block| returns(&block.end))
    }

    /// Whether what is called may keep a pointer that is given to it.
    fn keeps(&self, body: &Body, call: &Call, index: usize, depth: usize) -> bool {
        let (name, method) = match &call.callee {
            Callee::Named(name) => (name, false),
            Callee::Method(name) => (name, true),
            Callee::Pointer(_) | Callee::Unread => return true,
        };
        let visible = self.functions(body.file, name, method);
        if visible.is_empty() {
            return call.sink.is_none() && self.library(name).effect == Effect::Everything;
        }
        depth == 0
            || visible
                .iter()
                .any(|callee| match callee.function.parameters.get(index) {
                    Some(&parameter) => {
                        let carried = Carried {
                            global: None,
                            variables: BTreeSet::from([parameter]),
                        };
                        self.lets_go_of(callee, carried, depth - 1)
                    }
                    None => true,
                })
    }
}

impl Carried<'_> {
    /// Notes that a place holds the pointer. `false` if others can find it there.
    fn note(&mut self, to: &Place) -> bool {
        match to {
            Place::Var(variable) => {
                self.variables.insert(*variable);
                true
            }
            Place::Field(inner, _) | Place::Index(inner, _) => self.note(inner),
            Place::Global(_) | Place::Deref(_) | Place::Setting(_) => false,
        }
    }

    /// Whether a value is the pointer, or made of it.
    fn is_in(&self, value: &Expr, depth: usize) -> bool {
        if depth == 0 {
            return true;
        }
        match value {
            Expr::Load(place, ..) => self.holds(place),
            Expr::Address(place, _) => self.leads_to(place, depth - 1),
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => self.is_in(inner, depth - 1),
            Expr::Binary(_, left, right, ..) => self.is_in(left, depth - 1) || self.is_in(right, depth - 1),
            Expr::Const { .. } | Expr::Function(..) | Expr::NonZero(..) | Expr::Unknown(..) => false,
        }
    }

    /// Whether a variable of the function that may hold the pointer is, or has, a place.
    fn holds(&self, place: &Place) -> bool {
        match place {
            Place::Var(variable) => self.variables.contains(variable),
            Place::Field(inner, _) | Place::Index(inner, _) => self.holds(inner),
            Place::Global(_) | Place::Deref(_) | Place::Setting(_) => false,
        }
    }

    /// Whether the address of a place leads to the global.
    fn leads_to(&self, place: &Place, depth: usize) -> bool {
        match place {
            Place::Var(variable) => self.variables.contains(variable),
            Place::Global(name) => self.global == Some(name.as_str()),
            Place::Field(inner, _) | Place::Index(inner, _) => self.leads_to(inner, depth),
            Place::Deref(pointer) => self.is_in(pointer, depth),
            Place::Setting(_) => false,
        }
    }
}
