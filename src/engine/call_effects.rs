//! What calls do, as far as it is known before they are run, and the slices that follow from it.

use super::dominance::successors;
use super::slice::{CallEffects, Purpose, Slice};
use super::uses::ESCAPED;
use super::{Body, Engine, Initial, Key};
use crate::facts::{Effect, Library, external::returns_again};
use crate::ir::{Call, Callee, End, Expr, Function, Linkage, Place, Stmt, Type};
use crate::sinks::is_named_after_mremap;
use crate::source::Span;
use rustc_hash::FxHashSet;
use std::cell::RefCell;
use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Functions that a call leads to which are looked at for what they store; with more it may be anything.
const REACHED: usize = 100;
/// How deep calls are looked through in any case for what they store.
const LOOKED_THROUGH: usize = 2;
/// How deep calls are looked through for functions that never come back.
const ENDS_DEPTH: usize = 3;
/// Functions of one exploration whose slices are made before it starts; further ones are sliced when they are met.
const PREPARED: usize = 200;
/// Rounds in which slices of functions that call each other are brought to agree.
const ROUNDS: usize = 6;

/// A function's slice, with what it was worked out from.
pub(super) struct Prepared {
    slice: Arc<Slice>,
    /// The visible functions that it calls.
    callees: Vec<Arc<Body>>,
    purpose: Purpose,
    /// So many keys were of interest then.
    wanted: usize,
    /// Whether any of them was open to code that is not visible.
    open: bool,
}

/// What the calls of a function do.
#[derive(Default)]
pub(super) struct KnownCalls {
    /// By block and statement.
    blocks: Vec<Vec<Option<KnownCall>>>,
    /// The fields and globals that their callees store to.
    stores: Vec<Rc<Stores>>,
}

/// What a function stores to, itself or in what it calls.
#[derive(Default)]
pub(super) struct Stores {
    /// Fields, globals, and kinds of what lies behind pointers.
    pub keys: BTreeSet<Key>,
    /// It calls what is not visible and may change more.
    pub more: bool,
}

/// What one call does.
struct KnownCall {
    /// But for stores to what is of interest.
    effects: CallEffects,
    /// What its callees store to, among that of the calls of the function.
    stores: Range<usize>,
}

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
                let known = self.memo.prepared.remove(&body.key());
                let known = known.filter(|known| {
                    known.purpose == purpose && known.open == self.focus.open && !self.bears_on(&body, known.wanted)
                });
                let ready = known.unwrap_or_else(|| self.sliced(&body, purpose));
                if depth < self.budget.limits.depth {
                    pending.extend(ready.callees.iter().map(|callee| (callee.clone(), depth + 1)));
                }
                self.memo.slices.insert(body.key(), ready.slice.clone());
                self.memo.prepared.insert(body.key(), ready);
            }
            if self.focus.keys.len() == before {
                break;
            }
        }
    }

    /// A function's slice, among what is of interest so far.
    fn sliced(&mut self, body: &Arc<Body>, purpose: Purpose) -> Prepared {
        let (wanted, open) = (self.focus.keys.len(), self.focus.open);
        let slice = self.slice(body, purpose);
        for key in &slice.shared {
            if self.focus.keys.insert(key.clone()) && !self.focus.open {
                self.focus.open = self.is_open(body, key);
            }
        }
        self.meet(body, &slice);
        Prepared {
            callees: self.callees_in(body, &slice),
            slice: Arc::new(slice),
            purpose,
            wanted,
            open,
        }
    }

    /// Whether code that is not visible may change what a key means itself. A private global to which all stores are visible
    /// is changed by these alone.
    fn is_open(&self, body: &Arc<Body>, key: &Key) -> bool {
        match key {
            Key::Global(_) => {}
            // A global that is read may be stored to through a pointer: that alone opens nothing.
            Key::Behind(kind) => return *kind == ESCAPED,
            _ => return true,
        }
        let globals = &body.shape.uses(&body.function).globals;
        let mut meant = globals.iter().filter(|name| Key::global(name) == *key).peekable();
        meant.peek().is_none()
            || meant.any(|name| {
                self.code.global(body.file, name).is_none_or(|global| {
                    global.global.linkage != Linkage::Private || self.code.writers(&global).is_none()
                })
            })
    }

    /// Whether what has become of interest after the first keys makes a difference to a function's slice.
    fn bears_on(&mut self, body: &Arc<Body>, before: usize) -> bool {
        if self.focus.keys.len() == before || before == 0 {
            return self.focus.keys.len() > before;
        }
        let calls = self.calls_of(body);
        let uses = body.shape.uses(&body.function);
        let mut new = self.focus.keys[before..].iter();
        new.any(|key| uses.id(key).is_some() || calls.stores.iter().any(|stores| stores.keys.contains(key)))
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
        let calls = self.calls_of(body);
        let wanted = &self.focus.keys;
        // What code that is not visible may call of the unit's is explored for itself where only stores are looked for.
        let open = self.focus.open && !self.focus.only_stores;
        let effects = |known: &Option<KnownCall>| {
            known.as_ref().map(|known| CallEffects {
                reaches_out: open && known.effects.changes_shared,
                stores: known.effects.stores
                    || calls.stores[known.stores.clone()]
                        .iter()
                        .any(|stores| stores.keys.iter().any(|key| wanted.contains(key))),
                ..known.effects
            })
        };
        let effects = calls.blocks.iter().map(|calls| calls.iter().map(effects).collect());
        Slice::of(&body.function, &body.shape, purpose, effects.collect(), wanted)
    }

    /// What the calls of a function do, as far as it does not hang on what is of interest. Worked out once.
    fn calls_of(&mut self, body: &Arc<Body>) -> Rc<KnownCalls> {
        let key = (body.key(), self.focus.only_stores);
        if let Some(known) = self.memo.calls.get(&key) {
            return known.clone();
        }
        let mut calls = KnownCalls::default();
        for block in &body.function.blocks {
            let known = block.statements.iter().map(|statement| match statement {
                Stmt::Call(call) => Some(self.known_call(body, call, &mut calls.stores)),
                _ => None,
            });
            calls.blocks.push(known.collect());
        }
        let calls = Rc::new(calls);
        self.memo.calls.insert(key, calls.clone());
        calls
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
        let mut callees = self.callees(body, call);
        let named = matches!(call.callee, Callee::Named(_));
        if !named && callees.iter().any(|callee| !takes_by_value(&callee.function, call)) {
            callees.clear();
        }
        callees
    }

    fn callees(&self, body: &Arc<Body>, call: &Call) -> Vec<Arc<Body>> {
        match &call.callee {
            Callee::Named(name) => self.functions(body.file, name, false).to_vec(),
            Callee::Method(name) => self.functions(body.file, name, true).to_vec(),
            Callee::Pointer(pointer) => match pointer.uncast() {
                Expr::Load(Place::Var(_), ..) => self.taken(body).to_vec(),
                Expr::Load(place, _, at) => self.pointed_to(body, place, *at),
                _ => Vec::new(),
            },
            // Calls that are read in it are calls of their own.
            Callee::Unread => Vec::new(),
        }
    }

    /// The visible functions that a function stores or passes: what a variable of it may point to.
    fn taken(&self, body: &Arc<Body>) -> Rc<[Arc<Body>]> {
        if let Some(known) = self.memo.taken.borrow().get(&body.key()) {
            return known.clone();
        }
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
                        let called = self.functions(body.file, name, false);
                        let given = called.iter().flat_map(|body| body.function.returned_functions());
                        names.borrow_mut().extend(given.map(str::to_owned));
                    }
                }
                _ => {}
            }
        }
        let functions = |name: &String| self.functions(body.file, name, false).to_vec();
        let taken: Rc<[Arc<Body>]> = names.take().iter().flat_map(functions).collect();
        self.memo.taken.borrow_mut().insert(body.key(), taken.clone());
        taken
    }

    /// The visible functions that a place may point to: what it points to at the start of the program, or those that are
    /// stored in fields of its name and lead to a sink.
    fn pointed_to(&self, body: &Arc<Body>, place: &Place, at: Span) -> Vec<Arc<Body>> {
        match (self.code.initial_function(body.file, place, at), place) {
            (Initial::Functions { names, .. }, _) => {
                let functions = |name: &String| self.functions(body.file, name, false).to_vec();
                names.iter().flat_map(functions).collect()
            }
            (Initial::Unknown, Place::Field(_, field)) => {
                let mut stored = self.code.stored(body.file, field);
                stored.retain(|body| self.code.is_wrapper(&body.function.name));
                stored
            }
            _ => Vec::new(),
        }
    }

    fn known_call(&mut self, body: &Arc<Body>, call: &Call, stores: &mut Vec<Rc<Stores>>) -> KnownCall {
        let visible = self.visible(body, call);
        let library = match &call.callee {
            Callee::Named(name) | Callee::Method(name) => self.code.library(name),
            Callee::Pointer(_) | Callee::Unread => Library::default(),
        };
        let again = matches!(&call.callee, Callee::Named(name) if returns_again(name));
        let sink = call.sink.is_some() && !self.focus.only_stores;
        let others = visible.is_empty() || self.may_mean_others(body, call);
        let external = others && call.sink.is_none();
        let called: Vec<Rc<Stores>> = visible.iter().map(|callee| self.stores(callee)).collect();
        let changes_shared =
            external && library.effect == Effect::Everything || called.iter().any(|stores| stores.more);
        let effects = CallEffects {
            leads_to_sink: sink || self.leads_to_sink(body, call),
            visible: !visible.is_empty(),
            ends: library.stops || !others && visible.iter().all(|callee| self.never_returns(callee, ENDS_DEPTH)),
            stores: again,
            changes_shared,
            reaches_out: false,
            runs_anything: external && matches!(call.callee, Callee::Pointer(_) | Callee::Unread),
            changes_arguments: external && library.effect != Effect::Nothing,
            may_fail: others,
        };
        let first = stores.len();
        stores.extend(called);
        KnownCall {
            effects,
            stores: first..stores.len(),
        }
    }

    /// Whether a call may mean functions that its form does not tell of: those that a pointer has come to lead to.
    fn may_mean_others(&self, body: &Arc<Body>, call: &Call) -> bool {
        let Callee::Pointer(pointer) = &call.callee else {
            return false;
        };
        match pointer.uncast() {
            Expr::Load(place, _, at) => {
                let initial = self.code.initial_function(body.file, place, *at);
                !matches!(initial, Initial::Functions { lasting: true, .. })
            }
            _ => true,
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
                    (Initial::Functions { names, .. }, _) => names.iter().any(|name| leads(name)) || named_after(),
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
    pub(super) fn stores(&mut self, body: &Arc<Body>) -> Rc<Stores> {
        let key = body.key();
        if let Some(known) = self.memo.stores.get(&key) {
            return known.clone();
        }
        let mut stores = Stores::default();
        let mut seen = FxHashSet::from_iter([key]);
        let mut pending = VecDeque::from([(body.clone(), 0)]);
        while let Some((body, depth)) = pending.pop_front() {
            if let Some(known) = self.memo.stores.get(&body.key()) {
                stores.keys.extend(known.keys.iter().cloned());
                stores.more |= known.more;
                continue;
            }
            stores.keys.extend(body.shape.stores.iter().cloned());
            // What is external is told before anything else is looked at.
            stores.more |= body
                .function
                .calls()
                .any(|call| self.is_certainly_external(&body, call));
            if stores.more && depth >= LOOKED_THROUGH {
                continue;
            }
            for call in body.function.calls() {
                let callees = self.visible(&body, call);
                let others = callees.is_empty() || self.may_mean_others(&body, call);
                stores.more |= others && self.may_change_anything(call) || seen.len() > REACHED;
                let new = callees.into_iter().filter(|callee| seen.insert(callee.key()));
                pending.extend(new.map(|callee| (callee, depth + 1)));
            }
        }
        let stores = Rc::new(stores);
        self.memo.stores.insert(key, stores.clone());
        stores
    }

    /// Whether a call may change whatever code elsewhere reaches, since what it calls is nowhere in sight.
    fn is_certainly_external(&self, body: &Arc<Body>, call: &Call) -> bool {
        match &call.callee {
            Callee::Named(name) | Callee::Method(name) => {
                self.may_change_anything(call) && !self.code.may_be_visible(body.file, name)
            }
            Callee::Pointer(_) | Callee::Unread => false,
        }
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

/// Whether what a call passes can be what a function takes: a number that is read from a place is no pointer. Where it is
/// given for one, the parameter is a reference.
pub(super) fn takes_by_value(function: &Function, call: &Call) -> bool {
    let mut passed = function.parameters.iter().zip(&call.arguments);
    passed.all(|(&parameter, argument)| {
        let pointer = matches!(function.variable(parameter).ty, Type::Pointer(_));
        !(pointer && matches!(argument.value, Expr::Load(_, Type::Int { .. }, _)))
    })
}
