//! The slice of a function that has to do with old_size: the statements that it is computed from, and the branches that decide
//! over these. Only the slice is run, so that a state holds just what matters and states that agree on it are one state.
//!
//! The slice is Weiser's, on names instead of places: a store is in it if what it writes is of interest by its name, a branch
//! if it decides whether a statement of the slice runs, or asks about nothing but what is of interest, which is evidence of
//! what the program takes for possible. A branch outside of the slice is passed over to where its ways meet.

use super::Keys;
use super::dominance::successors;
use super::shape::Shape;
pub use super::uses::Key;
use super::uses::{ERRNO, ESCAPED, KeyId, Use};
use crate::ir::{End, Function, Type, VarId};
use std::sync::OnceLock;

/// Functions with more blocks than this are run as a whole.
const BLOCKS: usize = 4_000;

/// Words that the sets of live variables of a function take at most.
const LIVE: usize = 8_000_000;

/// What a call may do, as far as its callee is known.
#[derive(Clone, Copy, Debug, Default)]
pub struct CallEffects {
    /// It is a sink, or leads to one.
    pub leads_to_sink: bool,
    /// Its callee is visible.
    pub visible: bool,
    /// It never comes back.
    pub ends: bool,
    /// The callee stores to fields or globals of interest.
    pub stores: bool,
    /// It may change what code elsewhere reaches.
    pub changes_shared: bool,
    /// The same, where that counts though the function around the call mentions nothing of it.
    pub reaches_out: bool,
    /// It is a call of what a pointer leads to, or of anything: it may run any function of the program.
    pub runs_anything: bool,
    /// It may change what its arguments point to.
    pub changes_arguments: bool,
    /// It may leave an error in `errno`.
    pub may_fail: bool,
}

impl CallEffects {
    /// Whether it may write to what it is given.
    fn may_write_given(self) -> bool {
        self.visible || self.changes_arguments
    }
}

/// Why a function is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// For its sinks: its result does not matter.
    Sinks,
    /// For what it leaves in memory and returns.
    Result,
    /// As a global's initialiser, as a whole.
    Initial,
}

/// What of a function is run.
#[derive(Debug)]
pub struct Slice {
    /// The fields and globals of interest in it.
    pub shared: Vec<Key>,
    /// By key of the function: whether it is of interest.
    keys: Vec<bool>,
    /// By block: which statements are run.
    kept: Vec<Vec<bool>>,
    /// By block: calls that are run only for what they ask of what they are given.
    asking: Vec<Vec<bool>>,
    /// By block: whether its branch is outside of the slice.
    passed_over: Vec<bool>,
    /// By block: the variables that may be read from there on. Empty if all may, in enormous functions.
    live: OnceLock<Vec<Vec<u64>>>,
}

impl Slice {
    /// Works out the slice of a function. `effects`: those of its calls, by block and statement. `wanted`: fields and globals of
    /// interest elsewhere.
    pub fn of(
        function: &Function,
        shape: &Shape,
        purpose: Purpose,
        effects: Vec<Vec<Option<CallEffects>>>,
        wanted: &Keys,
    ) -> Slice {
        let uses = shape.uses(function);
        let mut slicer = Slicer {
            function,
            shape,
            effects,
            keys: vec![false; uses.keys.len()],
            kept: uses.blocks.iter().map(|block| vec![false; block.0.len()]).collect(),
            branches: vec![false; function.blocks.len()],
            decided: vec![false; function.blocks.len()],
            shared: false,
            shared_elsewhere: wanted.iter().any(is_shared),
            changed: true,
        };
        if function.blocks.len() > BLOCKS || purpose == Purpose::Initial {
            slicer.keys.fill(true);
            slicer.kept.iter_mut().for_each(|kept| kept.fill(true));
            slicer.branches.fill(true);
        } else {
            slicer.seed(purpose, wanted);
            slicer.close();
        }
        let of_interest = slicer
            .keys
            .iter()
            .zip(&uses.keys)
            .filter(|(of_interest, _)| **of_interest);
        // Callees may lead to a variable whose address is taken.
        let addressed = |key: &Key| matches!(key, Key::Var(variable) if shape.addressed.contains(variable));
        let keys: Vec<&Key> = of_interest.map(|(_, key)| key).collect();
        let escaped = keys.iter().any(|key| addressed(key)).then_some(Key::Behind(ESCAPED));
        Slice {
            shared: keys
                .into_iter()
                .filter(|key| is_shared(key))
                .cloned()
                .chain(escaped)
                .collect(),
            asking: slicer.asking(),
            keys: slicer.keys,
            passed_over: slicer.branches.into_iter().map(|kept| !kept).collect(),
            kept: slicer.kept,
            live: OnceLock::new(),
        }
    }

    /// Whether a statement is run.
    pub fn runs(&self, block: u32, statement: usize) -> bool {
        self.kept[block as usize][statement]
    }

    /// Whether the branch that ends a block is passed over.
    pub fn passes_over(&self, block: u32) -> bool {
        self.passed_over[block as usize]
    }

    /// Whether a call is run only for what it asks of what it is given.
    pub fn asks(&self, block: u32, statement: usize) -> bool {
        self.asking[block as usize][statement]
    }

    /// Whether a variable may be read from the start of a block on.
    pub fn is_live(&self, function: &Function, shape: &Shape, block: u32, variable: VarId) -> bool {
        let live = self.live.get_or_init(|| self.live(function, shape));
        let words = live.get(block as usize);
        words.is_none_or(|words| words[variable.0 as usize / 64] >> (variable.0 % 64) & 1 == 1)
    }

    /// For each block the variables that the slice may read from its start on.
    fn live(&self, function: &Function, shape: &Shape) -> Vec<Vec<u64>> {
        let uses = shape.uses(function);
        let words = function.variables.len().div_ceil(64);
        if function.blocks.len() * words > LIVE {
            return Vec::new();
        }
        let mut always = vec![0; words];
        shape.addressed.iter().for_each(|variable| set(&mut always, variable.0));
        let mut live = vec![always.clone(); function.blocks.len()];
        let mut order = in_order(shape);
        order.reverse();
        let variables = function.variables.len() as KeyId;
        let mut changed = true;
        while std::mem::take(&mut changed) {
            for &block in &order {
                let mut now = always.clone();
                for next in successors(&function.blocks[block].end) {
                    now.iter_mut()
                        .zip(&live[next.0 as usize])
                        .for_each(|(word, next)| *word |= next);
                }
                let (statements, end) = &uses.blocks[block];
                let read = |now: &mut Vec<u64>, keys: &[KeyId]| {
                    keys.iter()
                        .filter(|&&key| key < variables)
                        .for_each(|&key| set(now, key));
                };
                read(&mut now, end);
                for (one, kept) in statements.iter().zip(&self.kept[block]).rev() {
                    if !kept {
                        continue;
                    }
                    if let Some(variable) = one.sets {
                        now[variable.0 as usize / 64] &= !(1 << (variable.0 % 64)) | always[variable.0 as usize / 64];
                    }
                    read(&mut now, &one.reads);
                }
                if now != live[block] {
                    live[block] = now;
                    changed = true;
                }
            }
        }
        live
    }

    /// Whether anything of interest is among the keys, or there are none: a constant always counts.
    pub fn reads(&self, keys: &[KeyId]) -> bool {
        keys.is_empty() || keys.iter().any(|&key| self.keys[key as usize])
    }

    /// Whether a variable is of interest.
    pub fn follows(&self, variable: VarId) -> bool {
        self.keys[variable.0 as usize]
    }
}

/// Whether code elsewhere may reach what a key means.
fn is_shared(key: &Key) -> bool {
    matches!(key, Key::Field(_) | Key::Global(_) | Key::Behind(_))
}

struct Slicer<'function> {
    function: &'function Function,
    shape: &'function Shape,
    effects: Vec<Vec<Option<CallEffects>>>,
    keys: Vec<bool>,
    kept: Vec<Vec<bool>>,
    /// Branches in the slice.
    branches: Vec<bool>,
    /// Blocks whose deciders are in the slice.
    decided: Vec<bool>,
    /// Something of interest can be reached from elsewhere.
    shared: bool,
    /// The same, whether the function mentions it or not.
    shared_elsewhere: bool,
    changed: bool,
}

/// How much a statement matters.
#[derive(PartialEq)]
enum Interest {
    None,
    /// It is run where control comes by.
    Run,
    /// Whether it is run matters too.
    Decided,
}

impl Slicer<'_> {
    fn seed(&mut self, purpose: Purpose, wanted: &Keys) {
        let uses = self.shape.uses(self.function);
        for key in wanted.iter().filter_map(|key| uses.id(key)) {
            self.follow(&[key]);
        }
        let leads = self
            .effects
            .iter()
            .flatten()
            .flatten()
            .any(|effects| effects.leads_to_sink);
        if purpose == Purpose::Result || !leads {
            for (index, block) in self.function.blocks.iter().enumerate() {
                if let End::Return(Some(_), _) = &block.end {
                    self.follow(&uses.blocks[index].1);
                    if self.function.returns != Type::Void {
                        self.decide(index);
                    }
                }
            }
            if !leads {
                let parameters: Vec<KeyId> = self.function.parameters.iter().map(|one| one.0).collect();
                self.follow(&parameters);
            }
        }
    }

    fn close(&mut self) {
        let uses = self.shape.uses(self.function);
        while std::mem::take(&mut self.changed) {
            let derived = self.derived();
            for (index, (statements, end)) in uses.blocks.iter().enumerate().rev() {
                for (statement, one) in statements.iter().enumerate().rev() {
                    if self.decided[index] && self.kept[index][statement] {
                        continue;
                    }
                    match self.interest(one, self.effects[index][statement]) {
                        Interest::None => continue,
                        Interest::Run => {}
                        Interest::Decided => self.decide(index),
                    }
                    if !std::mem::replace(&mut self.kept[index][statement], true) {
                        self.changed = true;
                        self.need(one, self.effects[index][statement]);
                    }
                }
                if let End::Branch { yes, no, .. } = self.function.blocks[index].end {
                    let asks = end.iter().all(|&key| derived[key as usize]);
                    // What must hold for the path to go on may say something of what is of interest.
                    let asserts = || [yes, no].iter().any(|way| self.never_comes_back(way.0));
                    if asks || end.iter().any(|&key| derived[key as usize]) && asserts() {
                        self.keep_branch(index);
                    }
                }
            }
        }
    }

    /// What is of interest, and variables that are set to something made of nothing else: a test of these asks about it.
    fn derived(&self) -> Vec<bool> {
        let uses = self.shape.uses(self.function);
        let mut derived = self.keys.clone();
        for block in in_order(self.shape) {
            for one in &uses.blocks[block].0 {
                if let Some(variable) = one.sets
                    && !one.reads.is_empty()
                    && one.reads.iter().all(|&key| derived[key as usize])
                {
                    derived[variable.0 as usize] = true;
                }
            }
        }
        derived
    }

    fn never_comes_back(&self, block: u32) -> bool {
        self.shape.dependence.ends[block as usize]
            || self.effects[block as usize]
                .iter()
                .flatten()
                .any(|effects| effects.ends)
    }

    /// Adds what a statement of the slice is computed from.
    fn need(&mut self, one: &Use, effects: Option<CallEffects>) {
        let whole = match effects {
            None => true,
            Some(effects) => {
                effects.leads_to_sink
                    || effects.stores
                    || self.any(&one.writes)
                    || effects.may_write_given() && self.any(&one.given)
            }
        };
        if whole {
            self.follow(&one.reads);
        }
    }

    fn interest(&self, one: &Use, effects: Option<CallEffects>) -> Interest {
        if self.any(&one.writes) || one.through_parameter {
            return Interest::Decided;
        }
        let Some(effects) = effects else {
            // An address of interest that is stored where others find it.
            return if self.any(&one.given) {
                Interest::Decided
            } else {
                Interest::None
            };
        };
        if effects.leads_to_sink
            || effects.stores
            || effects.changes_shared && self.shared
            || (effects.reaches_out || effects.runs_anything) && self.shared_elsewhere
            || effects.may_write_given() && self.any(&one.given)
            || effects.may_fail && self.follows_errno()
        {
            Interest::Decided
        } else if effects.ends || effects.visible && self.any(&one.reads) {
            Interest::Run
        } else {
            Interest::None
        }
    }

    fn follows_errno(&self) -> bool {
        let errno = self.shape.uses(self.function).id(&Key::global(ERRNO));
        errno.is_some_and(|id| self.keys[id as usize])
    }

    /// The calls whose being run does not matter beyond what they ask.
    fn asking(&self) -> Vec<Vec<bool>> {
        let blocks = self.shape.uses(self.function).blocks.iter().zip(&self.effects);
        let asks = |(one, effects): (&Use, &Option<CallEffects>)| {
            effects.is_some() && self.interest(one, *effects) == Interest::Run
        };
        blocks
            .map(|((statements, _), effects)| statements.iter().zip(effects).map(asks).collect())
            .collect()
    }

    fn any(&self, keys: &[KeyId]) -> bool {
        keys.iter().any(|&key| self.keys[key as usize])
    }

    fn follow(&mut self, keys: &[KeyId]) {
        let uses = self.shape.uses(self.function);
        for &key in keys {
            if !std::mem::replace(&mut self.keys[key as usize], true) {
                self.changed = true;
                let shared = match &uses.keys[key as usize] {
                    Key::Var(variable) => self.shape.addressed.contains(variable),
                    Key::Field(_) | Key::Global(_) | Key::Behind(_) => true,
                    Key::Setting(_) | Key::Returned => false,
                };
                self.shared |= shared;
                if let Some(returned) = uses.id(&Key::Returned).filter(|_| shared) {
                    self.keys[returned as usize] = true;
                }
            }
        }
    }

    /// Takes the branches that decide over a block into the slice.
    fn decide(&mut self, block: usize) {
        if std::mem::replace(&mut self.decided[block], true) {
            return;
        }
        self.changed = true;
        for &decider in &self.shape.dependence.deciders[block] {
            self.keep_branch(decider as usize);
        }
    }

    fn keep_branch(&mut self, block: usize) {
        if std::mem::replace(&mut self.branches[block], true) {
            return;
        }
        self.changed = true;
        let uses = self.shape.uses(self.function);
        self.follow(&uses.blocks[block].1);
        self.decide(block);
    }
}

/// The blocks that control reaches, in reverse post-order.
fn in_order(shape: &Shape) -> Vec<usize> {
    let order = &shape.order;
    let mut blocks: Vec<usize> = (0..order.len()).filter(|&block| order[block] != usize::MAX).collect();
    blocks.sort_by_key(|&block| order[block]);
    blocks
}

fn set(words: &mut [u64], variable: u32) {
    words[variable as usize / 64] |= 1 << (variable % 64);
}
