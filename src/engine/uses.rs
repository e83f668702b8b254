//! What each statement of a function reads and writes, by name: worked out once for a function, asked by every slice of it.

use crate::ir::{Call, Callee, End, Expr, Function, Place, Stmt, Type, VarId};
use fixedbitset::FixedBitSet;
use std::collections::{BTreeMap, BTreeSet};

/// Depth to which expressions are looked into.
const DEPTH: usize = 64;

/// The global that calls leave errors in.
pub const ERRNO: &str = "errno";

/// Something that a function reads or writes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// A variable.
    Var(VarId),
    /// A field of any object.
    Field(String),
    /// A global.
    Global(String),
    /// A setting of the build.
    Setting(String),
    /// What a pointer leads to that a function has returned: it may be a field or global.
    Returned,
    /// What lies behind pointers of which it is not known where they point, of one kind: see [`kinds`].
    Behind(Kind),
}

/// What values in memory are told apart by: their width, or 0 for floating point.
pub type Kind = u8;

/// The kind that stands for variables of functions that others may reach.
pub const ESCAPED: Kind = u8::MAX;

/// All kinds of values in memory.
const KINDS: &[Kind] = &[0, 1, 16, 32, 64];

/// The kinds of objects that an access of a type may reach: by C's effective types those of its width, of characters and of
/// what is not a plain value all.
pub fn kinds(ty: &Type) -> &'static [Kind] {
    let kind = match ty {
        Type::Float => 0,
        Type::Int { bits: 8, .. } => return KINDS,
        Type::Int { bits, .. } => *bits,
        Type::Pointer(_) => 64,
        _ => return KINDS,
    };
    match KINDS.iter().position(|&known| known == kind) {
        Some(index) => &KINDS[index..=index],
        None => KINDS,
    }
}

/// The kinds of objects that a store through a pointer may reach, of the kinds of what is stored: any, where it is not known
/// to what the pointer points.
pub fn kinds_behind<'k>(pointer: &Expr, kinds: &'k [Kind]) -> &'k [Kind] {
    match pointer.ty() {
        Type::Pointer(target) if *target != Type::Unknown => kinds,
        _ => KINDS,
    }
}

impl Key {
    /// A global by the last segment of its path: the same global goes by several paths.
    pub fn global(name: &str) -> Key {
        Key::Global(crate::sinks::last_segment(name).to_owned())
    }
}

/// Index of a key in its function's [`Uses`]. Variables come first, with their own numbers.
pub type KeyId = u32;

/// What a function's statements read and write.
#[derive(Debug)]
pub struct Uses {
    /// All keys.
    pub keys: Vec<Key>,
    index: BTreeMap<Key, KeyId>,
    /// The globals by their whole names.
    pub globals: BTreeSet<String>,
    /// For each block: its statements, then what its end reads.
    pub blocks: Vec<(Vec<Use>, Vec<KeyId>)>,
}

/// What one statement reads and writes.
#[derive(Debug, Default)]
pub struct Use {
    /// What it reads, the places that it takes the address of included.
    pub reads: Vec<KeyId>,
    /// Any of these being of interest makes the write one of interest.
    pub writes: Vec<KeyId>,
    /// It writes through a pointer that the function was given.
    pub through_parameter: bool,
    /// The variable that it sets as a whole.
    pub sets: Option<VarId>,
    /// Objects that others can write to from here on: addresses passed to a call, or stored where others find them.
    pub given: Vec<KeyId>,
    /// For a call: what each argument reads.
    pub arguments: Vec<Vec<KeyId>>,
}

impl Uses {
    /// Works out the uses of a function.
    pub fn of(function: &Function, addressed: &BTreeSet<VarId>) -> Uses {
        let variables = (0..function.variables.len()).map(|variable| Key::Var(VarId(variable as u32)));
        let mut collector = Collector {
            uses: Uses {
                keys: variables.collect(),
                index: BTreeMap::new(),
                globals: BTreeSet::new(),
                blocks: Vec::with_capacity(function.blocks.len()),
            },
            targets: Targets::new(),
            function,
            addressed,
        };
        collector.targets = collector.pointer_targets();
        for block in &function.blocks {
            let statements = block.statements.iter().map(|one| collector.statement(one)).collect();
            let mut end = Vec::new();
            match &block.end {
                End::Branch { test, .. } => collector.reads(test, &mut end, DEPTH),
                End::Return(Some(value), _) => collector.reads(value, &mut end, DEPTH),
                _ => {}
            }
            collector.uses.blocks.push((statements, end));
        }
        collector.uses
    }

    /// The number of a key, if the function mentions it.
    pub fn id(&self, key: &Key) -> Option<KeyId> {
        match key {
            Key::Var(variable) => Some(variable.0),
            _ => self.index.get(key).copied(),
        }
    }
}

struct Collector<'function> {
    uses: Uses,
    /// What a pointer variable may point to.
    targets: Targets,
    function: &'function Function,
    /// Variables whose addresses are taken.
    addressed: &'function BTreeSet<VarId>,
}

impl Collector<'_> {
    fn id(&mut self, key: Key) -> KeyId {
        if let Key::Var(variable) = key {
            return variable.0;
        }
        let keys = &mut self.uses.keys;
        *self.uses.index.entry(key).or_insert_with_key(|key| {
            keys.push(key.clone());
            keys.len() as KeyId - 1
        })
    }

    fn global(&mut self, name: &str) -> KeyId {
        if !self.uses.globals.contains(name) {
            self.uses.globals.insert(name.to_owned());
        }
        self.id(Key::global(name))
    }

    fn statement(&mut self, statement: &Stmt) -> Use {
        let mut found = Use::default();
        match statement {
            Stmt::Set { to, value, .. } => {
                self.reads(value, &mut found.reads, DEPTH);
                if !matches!(to, Place::Var(_)) && (has_address(value, DEPTH) || may_point(&value.ty())) {
                    found.given.clone_from(&found.reads);
                }
                self.write(to, kinds(&value.ty()), &mut found);
            }
            Stmt::Copy { to, from, .. } => {
                self.place(from, &mut found.reads, DEPTH);
                self.behind(from, KINDS, &mut found.reads);
                if !matches!(to, Place::Var(_)) {
                    found.given.clone_from(&found.reads);
                }
                self.write(to, KINDS, &mut found);
            }
            Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => self.write(place, KINDS, &mut found),
            Stmt::Call(call) => self.call(call, &mut found),
        }
        // A variable that is mentioned twice leads twice to all that it may point to.
        for ids in [&mut found.reads, &mut found.writes, &mut found.given] {
            ids.sort_unstable();
            ids.dedup();
        }
        found
    }

    fn call(&mut self, call: &Call, found: &mut Use) {
        if let Callee::Pointer(pointer) = &call.callee {
            self.reads(pointer, &mut found.reads, DEPTH);
        }
        for argument in &call.arguments {
            let mut reads = Vec::new();
            self.reads(&argument.value, &mut reads, DEPTH);
            let ty = argument.value.ty();
            if may_point(&ty) || has_address(&argument.value, DEPTH) {
                found.given.extend(&reads);
            }
            self.given_behind(&argument.value, &ty, &mut found.given);
            found.reads.extend(&reads);
            found.arguments.push(reads);
        }
        if let Some(to) = &call.to {
            self.write(to, kinds(&call.ty), found);
        }
        // So that a slice can ask for it.
        self.id(Key::global(ERRNO));
    }

    /// A pointer to a plain value that lies in memory may lead to any object of its kind.
    fn given_behind(&mut self, argument: &Expr, ty: &Type, given: &mut Vec<KeyId>) {
        if let (Expr::Load(place, ..), Type::Pointer(target)) = (argument.uncast(), ty)
            && root_variable(place).is_none()
            && let [kind] = *kinds(target)
        {
            given.push(self.id(Key::Behind(kind)));
        }
    }

    fn write(&mut self, to: &Place, kinds: &[Kind], found: &mut Use) {
        self.written(to, kinds, &mut found.writes);
        match to {
            Place::Var(variable) => found.sets = Some(*variable),
            _ => self.inner_reads(to, &mut found.reads),
        }
        found.through_parameter = self.is_through_parameter(to);
    }

    /// What a store to a place changes: the variable or global that it lies in, or a field by its name, or what a pointer
    /// points to, known by the pointer.
    fn written(&mut self, place: &Place, kinds: &[Kind], ids: &mut Vec<KeyId>) {
        match place {
            Place::Var(variable) => ids.push(variable.0),
            Place::Global(name) => ids.push(self.global(name)),
            Place::Setting(_) => {}
            Place::Field(object, name) => {
                ids.push(self.id(Key::Field(name.clone())));
                ids.extend(root_variable(object).map(|variable| variable.0));
            }
            Place::Index(array, _) => self.written(array, kinds, ids),
            Place::Deref(pointer) => {
                self.reads(pointer, ids, DEPTH);
                let kinds = kinds_behind(pointer, kinds);
                ids.extend(kinds.iter().map(|&kind| self.id(Key::Behind(kind))));
            }
        }
    }

    /// What a place holds may be stored through a pointer, unless it is a variable whose address nobody takes.
    fn behind(&mut self, place: &Place, kinds: &[Kind], ids: &mut Vec<KeyId>) {
        let held_apart = match root_variable(place) {
            Some(variable) => !self.addressed.contains(&variable),
            None => matches!(place, Place::Setting(_)),
        };
        if !held_apart {
            ids.extend(kinds.iter().map(|&kind| self.id(Key::Behind(kind))));
        }
    }

    /// What must be known to find the place.
    fn inner_reads(&mut self, place: &Place, ids: &mut Vec<KeyId>) {
        match place {
            Place::Field(inner, _) => self.inner_reads(inner, ids),
            Place::Index(array, index) => {
                self.inner_reads(array, ids);
                self.reads(index, ids, DEPTH);
            }
            Place::Deref(pointer) => self.reads(pointer, ids, DEPTH),
            // Of a structure or array that is written in part the rest stays.
            Place::Var(_) | Place::Global(_) | Place::Setting(_) => {}
        }
    }

    fn is_through_parameter(&self, place: &Place) -> bool {
        match place {
            Place::Index(array, _) => self.is_through_parameter(array),
            Place::Deref(pointer) => match &**pointer {
                Expr::Load(Place::Var(variable), Type::Pointer(target), _) => {
                    target.bits() >= 32 && self.function.parameters.contains(variable)
                }
                _ => false,
            },
            _ => false,
        }
    }

    fn reads(&mut self, expression: &Expr, ids: &mut Vec<KeyId>, depth: usize) {
        if depth == 0 {
            return;
        }
        match expression {
            Expr::Load(place, ty, _) => {
                self.place(place, ids, depth - 1);
                self.behind(place, kinds(ty), ids);
            }
            Expr::Address(place, _) => self.place(place, ids, depth - 1),
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => self.reads(inner, ids, depth - 1),
            Expr::Binary(_, left, right, ..) => {
                self.reads(left, ids, depth - 1);
                self.reads(right, ids, depth - 1);
            }
            _ => {}
        }
    }

    fn place(&mut self, place: &Place, ids: &mut Vec<KeyId>, depth: usize) {
        if depth == 0 {
            return;
        }
        match place {
            Place::Var(variable) => {
                ids.push(variable.0);
                ids.extend(self.targets[variable.0 as usize].ones().map(|key| key as KeyId));
            }
            Place::Global(name) => ids.push(self.global(name)),
            Place::Setting(name) => ids.push(self.id(Key::Setting(name.clone()))),
            Place::Field(object, name) => {
                ids.push(self.id(Key::Field(name.clone())));
                self.place(object, ids, depth - 1);
            }
            Place::Index(array, index) => {
                self.place(array, ids, depth - 1);
                self.reads(index, ids, depth - 1);
            }
            Place::Deref(pointer) => self.reads(pointer, ids, depth - 1),
        }
    }
}

/// The variable that a place is or lies in, unless it is reached through a pointer.
pub fn root_variable(place: &Place) -> Option<VarId> {
    match place {
        Place::Var(variable) => Some(*variable),
        Place::Field(inner, _) | Place::Index(inner, _) => root_variable(inner),
        _ => None,
    }
}

/// The variable that leads to a place, through pointers or not.
fn leading_variable(place: &Place) -> Option<VarId> {
    match place {
        Place::Var(variable) => Some(*variable),
        Place::Field(inner, _) | Place::Index(inner, _) => leading_variable(inner),
        Place::Deref(pointer) => match pointer.uncast() {
            Expr::Load(place, ..) => leading_variable(place),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a value of the type may be, or hold, a pointer.
fn may_point(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Pointer(_) | Type::Unknown | Type::Array(..) | Type::Aggregate(_)
    )
}

/// For each variable, by its number, the keys that it is given the address of.
type Targets = Vec<FixedBitSet>;

/// Rounds in which addresses are followed through copies: chains of these are short.
const COPIES: usize = 4;

impl Collector<'_> {
    /// The variables, fields and globals whose addresses each variable is given somewhere, directly or through others.
    fn pointer_targets(&mut self) -> Targets {
        let mut targets: Targets = vec![FixedBitSet::new(); self.function.variables.len()];
        let mut stores: Vec<(VarId, Given)> = Vec::new();
        for statement in self.function.blocks.iter().flat_map(|block| &block.statements) {
            match statement {
                Stmt::Set { to, value, .. } => {
                    if let Some(to) = leading_variable(to) {
                        stores.push((to, self.given(value)));
                    }
                }
                Stmt::Copy { to, from, .. } => {
                    if let (Some(to), Some(from)) = (leading_variable(to), root_variable(from)) {
                        let held = vec![from.0 as usize];
                        stores.push((
                            to,
                            Given {
                                held,
                                ..Given::default()
                            },
                        ));
                    }
                }
                // What is returned may be one of the addresses passed.
                Stmt::Call(call) => {
                    if let Some(to) = call.to.as_ref().and_then(root_variable) {
                        if matches!(call.ty, Type::Pointer(_) | Type::Unknown) {
                            targets[to.0 as usize].grow_and_insert(self.id(Key::Returned) as usize);
                        }
                        for argument in &call.arguments {
                            stores.push((to, self.given(&argument.value)));
                        }
                    }
                }
                _ => {}
            }
        }
        stores.retain(|(_, given)| !given.addresses.is_empty() || !given.held.is_empty());
        for _ in 0..COPIES {
            let mut changed = false;
            for (to, given) in &stores {
                changed |= spread(&mut targets, to.0 as usize, given);
            }
            if !changed {
                break;
            }
        }
        targets
    }

    /// What a value may hold the addresses of.
    fn given(&mut self, value: &Expr) -> Given {
        let mut given = Given::default();
        self.note_given(value, &mut given, DEPTH);
        given
    }

    fn note_given(&mut self, value: &Expr, given: &mut Given, depth: usize) {
        if depth == 0 {
            return;
        }
        match value {
            Expr::Address(place, _) => {
                given
                    .addresses
                    .extend(root_variable(place).map(|variable| variable.0 as usize));
                if let Some(part) = part_of_object(place) {
                    given.addresses.push(self.id(part) as usize);
                }
            }
            Expr::Load(place, ..) => given
                .held
                .extend(root_variable(place).map(|variable| variable.0 as usize)),
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => self.note_given(inner, given, depth - 1),
            Expr::Binary(_, left, right, ..) => {
                self.note_given(left, given, depth - 1);
                self.note_given(right, given, depth - 1);
            }
            _ => {}
        }
    }
}

/// What a value that is stored may hold the addresses of.
#[derive(Default)]
struct Given {
    /// The keys whose addresses are taken in it.
    addresses: Vec<usize>,
    /// The variables that are read in it: their targets.
    held: Vec<usize>,
}

/// Adds what is given to the targets of a variable, and of what that points to. Returns whether any were new.
fn spread(targets: &mut Targets, to: usize, given: &Given) -> bool {
    let mut found = FixedBitSet::new();
    given.addresses.iter().for_each(|&key| found.grow_and_insert(key));
    given
        .held
        .iter()
        .for_each(|&variable| found.union_with(&targets[variable]));
    // A pointer to a pointer leads on.
    let further: Vec<usize> = found.ones().filter(|&key| key < targets.len()).collect();
    further
        .into_iter()
        .for_each(|variable| found.union_with(&targets[variable]));
    if found.is_clear() {
        return false;
    }
    // What is stored through a pointer is held by what it points to as well.
    let mut holders: Vec<usize> = targets[to].ones().filter(|&key| key < targets.len()).collect();
    holders.push(to);
    let mut changed = false;
    for holder in holders {
        if !found.is_subset(&targets[holder]) {
            targets[holder].union_with(&found);
            changed = true;
        }
    }
    changed
}

/// The field or global that a place is known by.
fn part_of_object(place: &Place) -> Option<Key> {
    match place {
        Place::Field(_, name) => Some(Key::Field(name.clone())),
        Place::Global(name) => Some(Key::global(name)),
        Place::Index(array, _) => part_of_object(array),
        _ => None,
    }
}

fn has_address(value: &Expr, depth: usize) -> bool {
    depth > 0
        && match value {
            Expr::Address(..) => true,
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => has_address(inner, depth - 1),
            Expr::Binary(_, left, right, ..) => has_address(left, depth - 1) || has_address(right, depth - 1),
            _ => false,
        }
}
