//! The shape of a function: the order in which its blocks are run, its loops, and what these change.

use super::dominance::{Dependence, successors};
use super::uses::{ERRNO, Key, Kind, Uses, kinds, kinds_behind, root_variable};
use crate::ir::{BinaryOp, End, Expr, Function, Place, Stmt, Type, VarId};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// Order and loops of a function's blocks.
#[derive(Debug)]
pub struct Shape {
    /// For each block its number in reverse post-order; unreachable blocks have `usize::MAX`.
    pub order: Vec<usize>,
    /// Loop heads with the blocks of their loops.
    pub loops: BTreeMap<u32, Members>,
    /// Variables whose address is taken somewhere.
    pub addressed: BTreeSet<VarId>,
    /// Some path through the function comes back.
    pub(super) returns: bool,
    /// The fields and globals that the function stores to itself.
    pub(super) stores: BTreeSet<Key>,
    /// Which branches decide over which blocks.
    pub(super) dependence: Dependence,
    uses: OnceLock<Uses>,
    changed: OnceLock<BTreeMap<u32, BTreeSet<VarId>>>,
}

/// The blocks of a loop. There are functions of ten thousands of blocks in which any label leads to any other.
#[derive(Debug, Default)]
pub struct Members(FixedBitSet);

impl Members {
    fn insert(&mut self, block: u32) {
        self.0.grow_and_insert(block as usize);
    }

    /// Whether a block is one of them.
    pub fn contains(&self, block: u32) -> bool {
        self.0.contains(block as usize)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.0.ones().map(|block| block as u32)
    }
}

impl Shape {
    /// Works out the shape of a function.
    pub fn of(function: &Function) -> Shape {
        let order = reverse_post_order(function);
        let mut predecessors: Vec<Vec<u32>> = vec![Vec::new(); function.blocks.len()];
        let mut back_edges = Vec::new();
        for (from, block) in function.blocks.iter().enumerate() {
            if order[from] == usize::MAX {
                continue;
            }
            for to in successors(&block.end) {
                predecessors[to.0 as usize].push(from as u32);
                if order[to.0 as usize] <= order[from] {
                    back_edges.push((from as u32, to.0));
                }
            }
        }
        let mut loops: BTreeMap<u32, Members> = BTreeMap::new();
        for (from, head) in back_edges {
            let members = loops.entry(head).or_default();
            members.insert(head);
            let mut pending = vec![from];
            while let Some(block) = pending.pop() {
                // Blocks before the head in the order are outside: edges that enter the middle of a loop.
                if order[block as usize] >= order[head as usize] && !members.contains(block) {
                    members.insert(block);
                    pending.extend(&predecessors[block as usize]);
                }
            }
        }
        Shape {
            order,
            addressed: addressed_variables(function),
            stores: stored_names(function),
            returns: function.blocks.iter().any(|block| matches!(block.end, End::Return(..))),
            dependence: Dependence::of(function, loops.keys().copied()),
            loops,
            uses: OnceLock::new(),
            changed: OnceLock::new(),
        }
    }

    /// What the function's statements read and write.
    pub(super) fn uses(&self, function: &Function) -> &Uses {
        self.uses.get_or_init(|| Uses::of(function, &self.addressed))
    }

    /// Whether a test compares what its loop changes with something that the loop leaves alone: `i < n`.
    pub(super) fn counts_up(&self, function: &Function, block: u32, test: &Expr) -> bool {
        let Expr::Binary(operation, left, right, ..) = test else {
            return false;
        };
        let order = [
            BinaryOp::Less,
            BinaryOp::LessEqual,
            BinaryOp::Greater,
            BinaryOp::GreaterEqual,
            BinaryOp::NotEqual,
        ];
        if !order.contains(operation) {
            return false;
        }
        let reads = |side: &Expr| {
            let mut read = BTreeSet::new();
            loaded_variables(side, &mut read, 16).then_some(read)
        };
        let (Some(left), Some(right)) = (reads(left), reads(right)) else {
            return false;
        };
        let around = self.loops.iter().filter(|(_, members)| members.contains(block));
        around
            .filter_map(|(head, _)| self.changed(function).get(head))
            .any(|changed| left.is_disjoint(changed) != right.is_disjoint(changed))
    }

    /// Whether a loop leaves alone all that a pointer is made of.
    pub(super) fn stays(&self, function: &Function, head: u32, pointer: &Expr) -> bool {
        let all = (0..function.variables.len() as u32).map(VarId);
        let changed = self.changed(function).get(&head);
        let kept = all.filter(|variable| {
            !self.addressed.contains(variable) && changed.is_none_or(|changed| !changed.contains(variable))
        });
        is_made_of(pointer, &kept.collect(), 64)
    }

    /// The variables that are stored to behind a statement, wherever control comes from there.
    pub(super) fn stored_after(&self, function: &Function, (block, statement): (u32, u32)) -> BTreeSet<VarId> {
        let start = &function.blocks[block as usize];
        let behind = start.statements.iter().skip(statement as usize);
        let mut stored: BTreeSet<VarId> = behind.filter_map(stored_variable).collect();
        let mut seen = BTreeSet::new();
        let mut pending: Vec<u32> = successors(&start.end).into_iter().map(|next| next.0).collect();
        while let Some(block) = pending.pop() {
            if seen.insert(block) {
                let block = &function.blocks[block as usize];
                stored.extend(block.statements.iter().filter_map(stored_variable));
                pending.extend(successors(&block.end).into_iter().map(|next| next.0));
            }
        }
        stored
    }

    /// The variables that each loop changes.
    fn changed(&self, function: &Function) -> &BTreeMap<u32, BTreeSet<VarId>> {
        let in_block = |block: u32| {
            function.blocks[block as usize]
                .statements
                .iter()
                .filter_map(stored_variable)
        };
        self.changed.get_or_init(|| {
            let loops = self.loops.iter();
            loops
                .map(|(head, members)| (*head, members.iter().flat_map(in_block).collect()))
                .collect()
        })
    }
}

/// The variable that a statement stores to, as a whole or in part.
fn stored_variable(statement: &Stmt) -> Option<VarId> {
    match statement {
        Stmt::Set { to, .. } | Stmt::Copy { to, .. } => root_variable(to),
        Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => root_variable(place),
        Stmt::Call(call) => call.to.as_ref().and_then(root_variable),
    }
}

/// Collects the variables that an expression loads. Returns whether it loads anything at all.
fn loaded_variables(expression: &Expr, found: &mut BTreeSet<VarId>, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    match expression {
        Expr::Load(place, ..) => {
            found.extend(root_variable(place));
            true
        }
        Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => loaded_variables(inner, found, depth - 1),
        Expr::Binary(_, left, right, ..) => {
            let left = loaded_variables(left, found, depth - 1);
            loaded_variables(right, found, depth - 1) || left
        }
        _ => false,
    }
}

fn reverse_post_order(function: &Function) -> Vec<usize> {
    let mut order = vec![usize::MAX; function.blocks.len()];
    let mut seen = vec![false; function.blocks.len()];
    let mut finished = Vec::new();
    let mut stack = vec![(0usize, 0usize)];
    seen[0] = true;
    while let Some((block, next)) = stack.pop() {
        // The last successor first, so that the first arm of a branch comes first in the order.
        let mut targets = successors(&function.blocks[block].end);
        targets.reverse();
        match targets.get(next) {
            Some(target) => {
                stack.push((block, next + 1));
                let target = target.0 as usize;
                if !seen[target] {
                    seen[target] = true;
                    stack.push((target, 0));
                }
            }
            None => finished.push(block),
        }
    }
    for (number, block) in finished.into_iter().rev().enumerate() {
        order[block] = number;
    }
    order
}

fn addressed_variables(function: &Function) -> BTreeSet<VarId> {
    let mut found = BTreeSet::new();
    let mut visit = |expression: &Expr| visit_addresses(expression, &mut found, 64);
    for block in &function.blocks {
        for statement in &block.statements {
            match statement {
                Stmt::Set { value, .. } => visit(value),
                Stmt::Call(call) => call.arguments.iter().for_each(|argument| visit(&argument.value)),
                _ => {}
            }
        }
        if let End::Return(Some(value), _) = &block.end {
            visit(value);
        }
    }
    found
}

fn visit_addresses(expression: &Expr, found: &mut BTreeSet<VarId>, depth: usize) {
    if depth == 0 {
        return;
    }
    match expression {
        Expr::Address(place, _) => {
            if let Some(variable) = root_variable(place) {
                found.insert(variable);
            }
        }
        Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => visit_addresses(inner, found, depth - 1),
        Expr::Binary(_, left, right, ..) => {
            visit_addresses(left, found, depth - 1);
            visit_addresses(right, found, depth - 1);
        }
        _ => {}
    }
}

/// The fields and globals that a function stores to itself, and the kinds of what it stores to through pointers that nobody
/// passes to it.
fn stored_names(function: &Function) -> BTreeSet<Key> {
    let mut names = BTreeSet::new();
    let passed = passed_on(function);
    let mut note = |place: &Place, kinds: &[Kind]| {
        let mut place = place;
        loop {
            match place {
                Place::Field(_, name) => {
                    names.insert(Key::Field(name.clone()));
                    break;
                }
                Place::Global(name) => {
                    names.insert(Key::global(name));
                    break;
                }
                Place::Index(array, _) => place = array,
                Place::Deref(pointer) => {
                    if !is_made_of(pointer, &passed, 64) {
                        let kinds = kinds_behind(pointer, kinds);
                        names.extend(kinds.iter().map(|&kind| Key::Behind(kind)));
                    }
                    break;
                }
                _ => break,
            }
        }
    };
    let mut calls = false;
    for statement in function.blocks.iter().flat_map(|block| &block.statements) {
        match statement {
            Stmt::Set { to, value, .. } => note(to, kinds(&value.ty())),
            Stmt::Copy { to: place, .. } | Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => {
                note(place, kinds(&Type::Unknown));
            }
            Stmt::Call(call) => {
                calls = true;
                call.to.iter().for_each(|to| note(to, kinds(&call.ty)));
            }
        }
    }
    names.extend(calls.then(|| Key::global(ERRNO)));
    names
}

/// Rounds in which variables are found that are not made of parameters alone.
const ROUNDS: usize = 16;

/// Parameters, and variables that are made of nothing else. None, if that is not found out in so many rounds.
fn passed_on(function: &Function) -> BTreeSet<VarId> {
    let mut passed: BTreeSet<VarId> = (0..function.variables.len() as u32).map(VarId).collect();
    for _ in 0..ROUNDS {
        let before = passed.len();
        for statement in function.blocks.iter().flat_map(|block| &block.statements) {
            let (variable, kept) = match statement {
                Stmt::Set { to, value, .. } => (root_variable(to), is_made_of(value, &passed, 64)),
                Stmt::Copy { to, from, .. } => {
                    let kept = root_variable(from).is_some_and(|from| passed.contains(&from));
                    (root_variable(to), kept)
                }
                Stmt::Call(call) => (call.to.as_ref().and_then(root_variable), false),
                Stmt::Clear { .. } | Stmt::Havoc { .. } => (None, true),
            };
            if let Some(variable) = variable.filter(|_| !kept) {
                passed.remove(&variable);
            }
        }
        if passed.len() == before {
            return passed;
        }
    }
    BTreeSet::new()
}

/// Whether a value is made of some variables and constants alone.
fn is_made_of(value: &Expr, variables: &BTreeSet<VarId>, depth: usize) -> bool {
    depth > 0
        && match value {
            Expr::Const { .. } | Expr::NonZero(..) => true,
            Expr::Load(place, ..) => root_variable(place).is_some_and(|variable| variables.contains(&variable)),
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => is_made_of(inner, variables, depth - 1),
            Expr::Binary(_, left, right, ..) => {
                is_made_of(left, variables, depth - 1) && is_made_of(right, variables, depth - 1)
            }
            _ => false,
        }
}
