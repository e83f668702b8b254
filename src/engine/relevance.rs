//! Which variables, fields, globals and settings of a function have to do with old_size: those that it is computed from, and
//! those that tests ask about which decide over these. States that agree on them may be joined early, whatever else differs.
//!
//! A heuristic for what to keep apart, not for what to execute: everything is executed.

use super::flow::successors;
use crate::ir::{Call, Callee, End, Expr, Function, Place, Stmt, VarId};
use std::collections::BTreeSet;

/// Functions with more blocks than this keep everything apart that fits.
const BLOCKS: usize = 1_000;

/// Something that a function reads or writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A variable.
    Var(VarId),
    /// A field of any object.
    Field(String),
    /// A global.
    Global(String),
    /// A setting of the build.
    Setting(String),
}

/// What is relevant in a function; `None` if everything is.
pub type Relevant = Option<BTreeSet<Key>>;

/// Works out what is relevant in a function: what it returns, what it passes to calls that lead to a sink, what it stores to
/// the fields and globals `wanted` and through its parameters, and old_size of its own sinks.
pub fn relevant(function: &Function, leads: &dyn Fn(&Call) -> bool, wanted: &BTreeSet<Key>) -> Relevant {
    if function.blocks.len() > BLOCKS {
        return None;
    }
    let mut keys = seeds(function, leads);
    keys.extend(wanted.iter().cloned());
    let decided = decided_blocks(function);
    let leading: Vec<bool> = function
        .blocks
        .iter()
        .map(|block| {
            block.statements.iter().any(|statement| match statement {
                Stmt::Call(call) => call.sink.is_some() || leads(call),
                _ => false,
            })
        })
        .collect();
    loop {
        let before = keys.len();
        let mut stores: Vec<bool> = function
            .blocks
            .iter()
            .map(|block| flow_into(&block.statements, &mut keys))
            .collect();
        // Whether a sink is reached at all is decided by tests too.
        stores
            .iter_mut()
            .zip(&leading)
            .for_each(|(stores, leads)| *stores |= leads);
        for (index, block) in function.blocks.iter().enumerate() {
            if let End::Branch { test, .. } = &block.end {
                let mut asked = BTreeSet::new();
                read_keys(test, &mut asked, 64);
                let decides = decided[index].iter().any(|&block| stores[block]);
                if decides || !asked.is_disjoint(&keys) {
                    keys.extend(asked);
                }
            }
        }
        if keys.len() == before {
            return Some(keys);
        }
    }
}

/// Where to start.
fn seeds(function: &Function, leads: &dyn Fn(&Call) -> bool) -> BTreeSet<Key> {
    let mut keys = BTreeSet::new();
    let mut leads_on = false;
    for call in function.calls() {
        if let Some(positions) = call.sink {
            leads_on = true;
            if let Some(argument) = call.arguments.get(positions.old_size) {
                read_keys(&argument.value, &mut keys, 64);
            }
        } else if leads(call) {
            leads_on = true;
            call.arguments
                .iter()
                .for_each(|argument| read_keys(&argument.value, &mut keys, 64));
        }
    }
    if !leads_on {
        for block in &function.blocks {
            if let End::Return(Some(value), _) = &block.end {
                read_keys(value, &mut keys, 64);
            }
        }
        keys.extend(function.parameters.iter().map(|parameter| Key::Var(*parameter)));
    }
    keys
}

/// The fields and globals that a function stores to itself.
pub fn stored_names(function: &Function) -> BTreeSet<Key> {
    let mut names = BTreeSet::new();
    let mut note = |place: &Place| {
        let mut place = place;
        loop {
            match place {
                Place::Field(_, name) => {
                    names.insert(Key::Field(name.clone()));
                    break;
                }
                Place::Global(name) => {
                    names.insert(Key::Global(name.clone()));
                    break;
                }
                Place::Index(array, _) => place = array,
                _ => break,
            }
        }
    };
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match statement {
            Stmt::Set { to, .. } | Stmt::Copy { to, .. } => note(to),
            Stmt::Clear { place, .. } | Stmt::Forget { place, .. } => note(place),
            Stmt::Call(call) => call.to.iter().for_each(&mut note),
        }
    }
    names
}

/// Adds what relevant stores are made of. Returns whether there is a relevant store.
fn flow_into(statements: &[Stmt], keys: &mut BTreeSet<Key>) -> bool {
    let mut relevant = false;
    for statement in statements.iter().rev() {
        match statement {
            Stmt::Set { to, value, .. } if is_written(to, keys) => {
                relevant = true;
                read_keys(value, keys, 64);
            }
            Stmt::Copy { to, from, .. } if is_written(to, keys) => {
                relevant = true;
                place_keys(from, keys, 64);
            }
            Stmt::Clear { place, .. } | Stmt::Forget { place, .. } if is_written(place, keys) => relevant = true,
            Stmt::Call(call) => {
                let mut passed = BTreeSet::new();
                call.arguments
                    .iter()
                    .for_each(|argument| read_keys(&argument.value, &mut passed, 64));
                let addressed = call.arguments.iter().any(|argument| match &argument.value {
                    Expr::Address(place, _) => is_written(place, keys),
                    _ => false,
                });
                if addressed || call.to.as_ref().is_some_and(|to| is_written(to, keys)) {
                    relevant = true;
                    keys.extend(passed);
                    if let Callee::Pointer(pointer) = &call.callee {
                        read_keys(pointer, keys, 64);
                    }
                }
            }
            _ => {}
        }
    }
    relevant
}

/// Whether a store to a place may change something relevant.
pub fn is_written(place: &Place, keys: &BTreeSet<Key>) -> bool {
    match place {
        Place::Var(variable) => keys.contains(&Key::Var(*variable)),
        Place::Global(name) => keys.contains(&Key::Global(name.clone())),
        Place::Setting(_) => false,
        Place::Field(_, name) => keys.contains(&Key::Field(name.clone())),
        Place::Index(array, _) => is_written(array, keys),
        Place::Deref(pointer) => {
            let mut read = BTreeSet::new();
            read_keys(pointer, &mut read, 64);
            !read.is_disjoint(keys)
        }
    }
}

/// What an expression reads.
pub fn read_keys(expression: &Expr, keys: &mut BTreeSet<Key>, depth: usize) {
    if depth == 0 {
        return;
    }
    match expression {
        Expr::Load(place, ..) | Expr::Address(place, _) => place_keys(place, keys, depth - 1),
        Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => read_keys(inner, keys, depth - 1),
        Expr::Binary(_, left, right, ..) => {
            read_keys(left, keys, depth - 1);
            read_keys(right, keys, depth - 1);
        }
        _ => {}
    }
}

fn place_keys(place: &Place, keys: &mut BTreeSet<Key>, depth: usize) {
    if depth == 0 {
        return;
    }
    match place {
        Place::Var(variable) => _ = keys.insert(Key::Var(*variable)),
        Place::Global(name) => _ = keys.insert(Key::Global(name.clone())),
        Place::Setting(name) => _ = keys.insert(Key::Setting(name.clone())),
        Place::Field(object, name) => {
            keys.insert(Key::Field(name.clone()));
            place_keys(object, keys, depth - 1);
        }
        Place::Index(array, index) => {
            place_keys(array, keys, depth - 1);
            read_keys(index, keys, depth - 1);
        }
        Place::Deref(pointer) => read_keys(pointer, keys, depth - 1),
    }
}

/// For each block that ends in a branch, the blocks that only one of its ways leads to.
fn decided_blocks(function: &Function) -> Vec<Vec<usize>> {
    function
        .blocks
        .iter()
        .map(|block| match &block.end {
            End::Branch { yes, no, .. } => {
                let (from_yes, from_no) = (reachable(function, yes.0 as usize), reachable(function, no.0 as usize));
                (0..function.blocks.len())
                    .filter(|&block| from_yes[block] != from_no[block])
                    .collect()
            }
            _ => Vec::new(),
        })
        .collect()
}

fn reachable(function: &Function, start: usize) -> Vec<bool> {
    let mut seen = vec![false; function.blocks.len()];
    let mut pending = vec![start];
    while let Some(block) = pending.pop() {
        if !std::mem::replace(&mut seen[block], true) {
            pending.extend(
                successors(&function.blocks[block].end)
                    .into_iter()
                    .map(|next| next.0 as usize),
            );
        }
    }
    seen
}
