//! What calls do, as far as it is known before they are run, and the slices that follow from it.

use super::dominance::successors;
use super::memo::Stores;
use super::slice::{CallEffects, Purpose, Slice};
use super::{Body, Engine, Initial, Key};
use crate::facts::{Effect, Library, external::returns_again};
use crate::ir::{Call, Callee, End, Expr, Place, Stmt};
use crate::sinks::is_named_after_mremap;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// Functions that a call leads to which are looked at for what they store; with more it may be anything.
const REACHED: usize = 100;
/// How deep calls are looked through for functions that never come back.
const ENDS_DEPTH: usize = 3;
/// Functions of one exploration whose slices are made before it starts; further ones are sliced when they are met.
const PREPARED: usize = 200;
/// Rounds in which slices of functions that call each other are brought to agree.
const ROUNDS: usize = 6;

impl Engine<'_> {
    /// Slices the function and all that its slice calls, so that what is of interest in one is of interest in all.
    pub(super) fn prepare(&mut self, root: &Arc<Body>) {
        for _ in 0..ROUNDS {
            let before = self.focus.keys.len();
            let mut seen = FxHashSet::default();
            let mut pending = vec![(root.clone(), 0)];
            while let Some((body, depth)) = pending.pop() {
                if seen.len() >= PREPARED || !seen.insert(body.key()) {
                    continue;
                }
                let purpose = match depth {
                    0 if !self.focus.only_stores => Purpose::Sinks,
                    _ => Purpose::Result,
                };
                let slice = self.slice(&body, purpose);
                self.focus.keys.extend(slice.shared.iter().cloned());
                self.meet(&body, &slice);
                if depth < self.budget.limits.depth {
                    let callees = self.callees_in(&body, &slice);
                    pending.extend(callees.into_iter().map(|callee| (callee, depth + 1)));
                }
                self.memo.slices.insert(body.key(), Arc::new(slice));
            }
            if self.focus.keys.len() == before {
                break;
            }
        }
    }

    /// Notes the globals of a slice.
    fn meet(&mut self, body: &Arc<Body>, slice: &Slice) {
        for name in &body.shape.uses(&body.function).globals {
            if slice.shared.contains(&Key::global(name)) {
                self.focus.globals.insert((body.file, name.clone()));
            }
        }
    }

    pub(super) fn slice(&mut self, body: &Arc<Body>, purpose: Purpose) -> Slice {
        let wanted = std::mem::take(&mut self.focus.keys);
        let slice = Slice::of(
            &body.function,
            &body.shape,
            purpose,
            &mut |call| self.effects(body, call, &wanted),
            &wanted,
        );
        self.focus.keys = wanted;
        slice
    }

    /// The visible functions that a slice calls by name or through fields.
    fn callees_in(&self, body: &Arc<Body>, slice: &Slice) -> Vec<Arc<Body>> {
        let mut callees = Vec::new();
        for (index, block) in body.function.blocks.iter().enumerate() {
            for (statement, one) in block.statements.iter().enumerate() {
                if let Stmt::Call(call) = one
                    && slice.runs(index as u32, statement)
                {
                    callees.extend(self.visible(body, call));
                }
            }
        }
        callees
    }

    /// The visible functions that a call may mean, as far as its form tells.
    pub(super) fn visible(&self, body: &Arc<Body>, call: &Call) -> Vec<Arc<Body>> {
        match &call.callee {
            Callee::Named(name) => self.functions(body.file, name, false).to_vec(),
            Callee::Method(name) => self.functions(body.file, name, true).to_vec(),
            Callee::Pointer(pointer) => match pointer.uncast() {
                Expr::Load(Place::Var(_), ..) => self.taken(body),
                Expr::Load(place, _, at) => self.pointed_to(body, place, *at),
                _ => Vec::new(),
            },
            // Calls that are read in it are calls of their own.
            Callee::Unread => Vec::new(),
        }
    }

    /// The visible functions that a function stores or passes: what a variable of it may point to.
    fn taken(&self, body: &Arc<Body>) -> Vec<Arc<Body>> {
        let names = RefCell::new(BTreeSet::new());
        let note = |value: &Expr| {
            if let Expr::Function(name, _) = value.uncast() {
                names.borrow_mut().insert(name.clone());
            }
        };
        for statement in body.function.blocks.iter().flat_map(|block| &block.statements) {
            match statement {
                Stmt::Set { value, .. } => note(value),
                Stmt::Call(call) => {
                    call.arguments.iter().for_each(|argument| note(&argument.value));
                    // What a function that is called returns.
                    if let Callee::Named(name) = &call.callee {
                        let called = self.code.functions(body.file, name, false);
                        let given = called.iter().flat_map(|body| body.function.returned_functions());
                        names.borrow_mut().extend(given.map(str::to_owned));
                    }
                }
                _ => {}
            }
        }
        let functions = |name: &String| self.code.functions(body.file, name, false);
        names.take().iter().flat_map(functions).collect()
    }

    /// The visible functions that a place may point to: what it points to at the start of the program, or those that are
    /// stored in fields of its name and lead to a sink.
    fn pointed_to(&self, body: &Arc<Body>, place: &Place, at: Span) -> Vec<Arc<Body>> {
        match (self.code.initial_function(body.file, place, at), place) {
            (Initial::Function(name), _) => self.functions(body.file, &name, false).to_vec(),
            (Initial::Unknown, Place::Field(_, field)) => {
                let mut stored = self.code.stored(body.file, field);
                stored.retain(|body| self.code.is_wrapper(&body.function.name));
                stored
            }
            _ => Vec::new(),
        }
    }

    fn effects(&mut self, body: &Arc<Body>, call: &Call, wanted: &BTreeSet<Key>) -> CallEffects {
        let visible = self.visible(body, call);
        let library = match &call.callee {
            Callee::Named(name) | Callee::Method(name) => self.code.library(name),
            Callee::Pointer(_) | Callee::Unread => Library::default(),
        };
        let again = matches!(&call.callee, Callee::Named(name) if returns_again(name));
        let sink = call.sink.is_some() && !self.focus.only_stores;
        let external = visible.is_empty() && call.sink.is_none();
        let stores: Vec<Rc<Stores>> = visible.iter().map(|callee| self.stores(callee)).collect();
        CallEffects {
            leads_to_sink: sink || self.leads_to_sink(body, call),
            visible: !visible.is_empty(),
            ends: library.stops
                || !visible.is_empty() && visible.iter().all(|callee| self.never_returns(callee, ENDS_DEPTH)),
            stores: again || stores.iter().any(|stores| !stores.keys.is_disjoint(wanted)),
            changes_shared: external && library.effect == Effect::Everything || stores.iter().any(|stores| stores.more),
            runs_anything: external && matches!(call.callee, Callee::Pointer(_) | Callee::Unread),
            changes_arguments: external && library.effect != Effect::Nothing,
            may_fail: visible.is_empty(),
        }
    }

    /// Whether a call is known to lead to a sink, or may, or passes on a function that does.
    pub(super) fn leads_to_sink(&self, body: &Arc<Body>, call: &Call) -> bool {
        self.calls_wrapper(body, call) || !self.focus.only_stores && self.passes_wrapper(body, call)
    }

    /// Whether a call is known to be of a wrapper, or may be.
    fn calls_wrapper(&self, body: &Arc<Body>, call: &Call) -> bool {
        let leads = |name: &str| self.code.is_wrapper(name) || self.code.sink(body.file, name).is_some();
        let named_after = || call.expansion.iter().any(|step| is_named_after_mremap(&step.name));
        match &call.callee {
            _ if self.focus.only_stores => false,
            Callee::Named(name) | Callee::Method(name) => self.code.is_wrapper(name),
            Callee::Unread => false,
            Callee::Pointer(pointer) => match pointer.uncast() {
                Expr::Load(place, _, at) => match (self.code.initial_function(body.file, place, *at), place) {
                    (Initial::Function(name), _) => leads(&name) || named_after(),
                    (Initial::Other, _) => named_after(),
                    (Initial::Unknown, Place::Field(_, field)) => {
                        named_after()
                            || self.code.stored_sink(body.file, field).is_some()
                            || !self.pointed_to(body, place, *at).is_empty()
                    }
                    _ => true,
                },
                _ => true,
            },
        }
    }

    /// Whether a call passes on a wrapper or a sink.
    fn passes_wrapper(&self, body: &Arc<Body>, call: &Call) -> bool {
        call.arguments.iter().any(|argument| match &argument.value {
            Expr::Function(name, _) => self.code.is_wrapper(name) || self.code.sink(body.file, name).is_some(),
            _ => false,
        })
    }

    /// Whether every path through a function ends the program.
    fn never_returns(&mut self, body: &Arc<Body>, depth: usize) -> bool {
        let key = body.key();
        if let Some(&known) = self.memo.never_return.get(&key) {
            return known;
        }
        let mut ends = !body.shape.returns;
        if !ends && depth > 0 {
            // Recursion without end does not count.
            self.memo.never_return.insert(key, false);
            ends = !self.comes_back(body, depth);
        }
        self.memo.never_return.insert(key, ends);
        ends
    }

    fn comes_back(&mut self, body: &Arc<Body>, depth: usize) -> bool {
        let mut seen = vec![false; body.function.blocks.len()];
        let mut pending = vec![0];
        while let Some(index) = pending.pop() {
            if std::mem::replace(&mut seen[index], true) {
                continue;
            }
            let block = &body.function.blocks[index];
            if block
                .statements
                .iter()
                .any(|statement| self.ends_path(body, statement, depth))
            {
                continue;
            }
            match &block.end {
                End::Return(..) => return true,
                end => pending.extend(successors(end).into_iter().map(|next| next.0 as usize)),
            }
        }
        false
    }

    /// Whether a statement calls a function that never comes back.
    fn ends_path(&mut self, body: &Arc<Body>, statement: &Stmt, depth: usize) -> bool {
        let Stmt::Call(call) = statement else { return false };
        match &call.callee {
            Callee::Named(name) | Callee::Method(name) if self.code.library(name).stops => true,
            Callee::Named(name) if self.code.library(name).effect == Effect::Everything => {
                let callees = self.functions(body.file, name, false);
                !callees.is_empty() && callees.iter().all(|callee| self.never_returns(callee, depth - 1))
            }
            _ => false,
        }
    }

    /// What a function stores to, itself or in what it calls.
    fn stores(&mut self, body: &Arc<Body>) -> Rc<Stores> {
        let key = body.key();
        if let Some(known) = self.memo.stores.get(&key) {
            return known.clone();
        }
        let mut stores = Stores::default();
        let mut seen = FxHashSet::from_iter([key]);
        let mut pending = vec![body.clone()];
        while let Some(body) = pending.pop() {
            if let Some(known) = self.memo.stores.get(&body.key()) {
                stores.keys.extend(known.keys.iter().cloned());
                stores.more |= known.more;
                continue;
            }
            stores.keys.extend(body.shape.stores.iter().cloned());
            for call in body.function.calls() {
                let callees = self.visible(&body, call);
                stores.more |= callees.is_empty() && self.may_change_anything(call) || seen.len() > REACHED;
                pending.extend(
                    callees
                        .into_iter()
                        .filter(|callee| !stores.more && seen.insert(callee.key())),
                );
            }
        }
        let stores = Rc::new(stores);
        self.memo.stores.insert(key, stores.clone());
        stores
    }

    /// Whether a call of what is not visible may change whatever code elsewhere reaches.
    fn may_change_anything(&self, call: &Call) -> bool {
        match &call.callee {
            Callee::Named(name) | Callee::Method(name) => {
                call.sink.is_none() && self.code.library(name).effect == Effect::Everything
            }
            Callee::Pointer(_) | Callee::Unread => true,
        }
    }
}
