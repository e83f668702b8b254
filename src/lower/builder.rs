//! Puts a function's blocks together: the current block, variables and scopes, jump targets, and the tidying of the graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Block, BlockId, End, Expr, Place, Stmt, Type, VarId, Variable};
use crate::source::Span;
use crate::syntax::Node;

/// A function body under construction.
#[derive(Debug, Default)]
pub struct Body {
    /// All variables so far.
    pub variables: Vec<Variable>,
    blocks: Vec<Draft>,
    current: u32,
    scopes: Vec<BTreeMap<String, Binding>>,
    /// Loops and switches around the current statement, innermost last.
    pub jumps: Vec<Jump>,
    labels: BTreeMap<String, BlockId>,
    /// Blocks from which control may go to any label of the function, or leave it.
    leaving: Vec<(BlockId, Span)>,
    /// Variables that are references: a use is a use of what they point to.
    pub references: BTreeSet<VarId>,
    /// The case labels of the innermost switch, each with its block.
    pub arms: BTreeMap<usize, (Node, BlockId)>,
    /// Places in the body of the innermost switch that may have a label which is not understood; none outside of switches.
    pub hidden_arms: Option<Vec<BlockId>>,
    /// The type of the values returned; none if nothing is known of it.
    pub returns: Option<Type>,
    /// The function returns the address of a place: a call designates the place.
    pub returns_reference: bool,
    /// The function takes any further arguments.
    pub variadic: bool,
    /// How variables of the enclosing function are seen; none if this is no closure.
    pub captures: Option<Captures>,
    /// Where control may go from any call: the handlers of the attempts around the current statement, each with the number
    /// of objects that live on in it.
    pub handlers: Vec<(BlockId, usize)>,
    /// Objects that end with their scopes, each with the number of scopes around it.
    objects: Vec<(usize, Place)>,
    /// Variables at whose end a function runs that gets their address: GNU C's `cleanup`.
    pub ended_by: BTreeMap<VarId, String>,
    /// Objects without name that end with the statement.
    pub temporaries: Vec<Place>,
    /// Objects of classes that are not understood.
    pub unread_objects: BTreeSet<VarId>,
    /// Objects of which it is not known whether they end with the statement or the scope.
    pub extended: BTreeSet<VarId>,
}

/// What a name in scope means.
#[derive(Clone, Debug)]
enum Binding {
    Variable(VarId),
    Global(String),
}

/// The names in scope at some point.
#[derive(Clone, Debug, Default)]
pub struct Scopes(Vec<BTreeMap<String, Binding>>);

impl Scopes {
    /// The variable that a name means.
    pub fn find(&self, name: &str) -> Option<VarId> {
        match self.0.iter().rev().find_map(|scope| scope.get(name))? {
            Binding::Variable(id) => Some(*id),
            Binding::Global(_) => None,
        }
    }
}

/// Which variables of the enclosing function a closure sees, and how.
#[derive(Clone, Debug, Default)]
pub struct Captures {
    /// Variables that are not named are seen by reference.
    pub by_reference: bool,
    /// Named variables, and whether they are seen by reference.
    pub named: BTreeMap<String, bool>,
    /// What is seen as a copy is a copy of its own, which calls change for the next: C++'s `mutable`.
    pub copies: bool,
    /// A reference that is not seen by reference is seen as a copy of what it refers to.
    pub referents: bool,
    /// Variables seen so far: the outer one, whether by reference, and the parameter that passes it.
    pub taken: Vec<(VarId, bool, VarId)>,
}

/// A block whose end is not decided yet.
#[derive(Debug, Default)]
struct Draft {
    statements: Vec<Stmt>,
    end: Option<End>,
}

/// What `break` and `continue` mean at some point.
#[derive(Debug)]
pub struct Jump {
    /// The label, if the statement has one.
    pub label: Option<String>,
    /// Where `break` goes.
    pub exit: BlockId,
    /// Where `continue` goes; none for a switch or block.
    pub next: Option<BlockId>,
    /// Whether a `break` without label means this one: not for Rust's labelled blocks and `match`.
    pub plain: bool,
    /// The values that `break` brings here.
    pub values: Merge,
    /// The objects that live on outside of the statement.
    pub objects: usize,
}

/// Values that meet at one point, each with the block at whose end it is known.
#[derive(Debug, Default)]
pub struct Merge {
    /// The ways into the point.
    pub arms: Vec<(BlockId, Expr)>,
}

/// A point in a body under construction.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    block: u32,
    statement: usize,
    blocks: usize,
}

/// Where to go back to from a trial.
#[derive(Debug)]
pub struct Trial {
    current: u32,
    blocks: usize,
    variables: usize,
    objects: usize,
    temporaries: usize,
}

impl Body {
    /// An empty body with its entry block and outermost scope.
    pub fn new() -> Body {
        Body {
            blocks: vec![Draft::default()],
            scopes: vec![BTreeMap::new()],
            ..Body::default()
        }
    }

    // Blocks.

    /// A new block that nothing leads to yet.
    pub fn block(&mut self) -> BlockId {
        self.blocks.push(Draft::default());
        BlockId(self.blocks.len() as u32 - 1)
    }

    /// Statements go to this block from now on.
    pub fn switch_to(&mut self, block: BlockId) {
        self.current = block.0;
    }

    /// The block that statements go to.
    pub fn current(&self) -> BlockId {
        BlockId(self.current)
    }

    /// Whether the current block's end is decided: what follows cannot be reached from here.
    pub fn ended(&self) -> bool {
        self.blocks[self.current as usize].end.is_some()
    }

    /// Appends a statement. After an end it starts a block that nothing leads to.
    pub fn push(&mut self, statement: Stmt) {
        if self.ended() {
            let block = self.block();
            self.switch_to(block);
        }
        self.blocks[self.current as usize].statements.push(statement);
    }

    /// Stores a value that is not copied as a whole.
    pub fn set(&mut self, to: Place, value: Expr, at: Span) {
        self.push(Stmt::Set { to, value, at });
    }

    /// Stores a value, see [`Stmt::assign`].
    pub fn assign(&mut self, to: Place, value: Expr, at: Span) {
        self.push(Stmt::assign(to, value, at));
    }

    /// Copies what is at a place.
    pub fn copy(&mut self, to: Place, from: Place, at: Span) {
        self.push(Stmt::Copy { to, from, at });
    }

    /// Sets what is at a place to zero.
    pub fn clear(&mut self, place: Place, at: Span) {
        self.push(Stmt::Clear { place, at });
    }

    /// What is at a place may be anything from here on.
    pub fn havoc(&mut self, place: Place, at: Span) {
        self.push(Stmt::Havoc { place, at });
    }

    /// Decides the current block's end, unless it is decided.
    pub fn end(&mut self, end: End) {
        let end_of = &mut self.blocks[self.current as usize].end;
        if end_of.is_none() {
            *end_of = Some(end);
        }
    }

    /// Goes on at a block.
    pub fn goto(&mut self, block: BlockId) {
        self.end(End::Goto(block));
    }

    /// Goes on at a block and writes there.
    pub fn goto_and_switch(&mut self, block: BlockId) {
        self.goto(block);
        self.switch_to(block);
    }

    /// Branches on a value; a constant decides at once.
    pub fn branch(&mut self, test: Expr, yes: BlockId, no: BlockId, at: Span) {
        match test {
            Expr::Const { bits, .. } => self.goto(if bits != 0 { yes } else { no }),
            test => self.end(End::Branch { test, yes, no, at }),
        }
    }

    /// The block of a label, made at its first mention.
    pub fn label(&mut self, name: &str) -> BlockId {
        if let Some(&block) = self.labels.get(name) {
            return block;
        }
        let block = self.block();
        self.labels.insert(name.to_owned(), block);
        block
    }

    /// Control may leave for wherever it can go from here: what is not understood may jump.
    pub fn may_go_anywhere(&mut self, at: Span) {
        self.may_be_label();
        let (leaves, next) = (self.block(), self.block());
        self.branch(Expr::Unknown(Type::BOOL, at), next, leaves, at);
        self.switch_to(leaves);
        let exits = self.jumps.iter().flat_map(|jump| [Some(jump.exit), jump.next]);
        let cases = self.arms.values().map(|(_, block)| Some(*block));
        let targets: BTreeSet<BlockId> = exits.chain(cases).flatten().collect();
        self.may_go_to(targets, at);
        if !self.ended() {
            self.leaving.push((self.current(), at));
        }
        self.switch_to(next);
    }

    /// The switch around may go on here: what is not understood may be a label.
    pub fn may_be_label(&mut self) {
        if self.hidden_arms.is_some() {
            let here = self.block();
            self.goto_and_switch(here);
            self.hidden_arms.iter_mut().for_each(|arms| arms.push(here));
        }
    }

    /// Branches to any of the blocks, or goes on.
    pub fn may_go_to(&mut self, targets: impl IntoIterator<Item = BlockId>, at: Span) {
        for target in targets {
            let next = self.block();
            self.branch(Expr::Unknown(Type::BOOL, at), target, next, at);
            self.switch_to(next);
        }
    }

    // Variables.

    /// A new temporary.
    pub fn temporary(&mut self, ty: Type, at: Span) -> VarId {
        self.variable(Variable {
            name: String::new(),
            ty,
            at,
            volatile: false,
        })
    }

    /// A new variable that no name leads to.
    pub fn variable(&mut self, variable: Variable) -> VarId {
        self.variables.push(variable);
        VarId(self.variables.len() as u32 - 1)
    }

    /// A new variable under its name in the innermost scope.
    pub fn declare(&mut self, variable: Variable) -> VarId {
        let name = variable.name.clone();
        let id = self.variable(variable);
        self.bind(name, id);
        id
    }

    /// Makes a name mean a variable in the innermost scope.
    pub fn bind(&mut self, name: String, id: VarId) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, Binding::Variable(id));
        }
    }

    /// Makes a name mean a variable everywhere in the function.
    pub fn bind_outermost(&mut self, name: String, id: VarId) {
        if let Some(scope) = self.scopes.first_mut() {
            scope.insert(name, Binding::Variable(id));
        }
    }

    /// Makes a name mean a global in the innermost scope.
    pub fn bind_global(&mut self, name: String, global: String) {
        if let Some(scope) = self.scopes.last_mut() {
            scope.insert(name, Binding::Global(global));
        }
    }

    /// The names in scope here.
    pub fn scopes(&self) -> Scopes {
        Scopes(self.scopes.clone())
    }

    /// Goes to where other names are in scope; gives those of here.
    pub fn replace_scopes(&mut self, scopes: Scopes) -> Scopes {
        Scopes(std::mem::replace(&mut self.scopes, scopes.0))
    }

    /// Hides all names in scope; gives what shows them again.
    pub fn hide_scopes(&mut self) -> Scopes {
        let hidden = vec![BTreeMap::new(); self.scopes.len()];
        Scopes(std::mem::replace(&mut self.scopes, hidden))
    }

    fn binding(&self, name: &str) -> Option<&Binding> {
        self.scopes.iter().rev().find_map(|scope| scope.get(name))
    }

    /// The variable that a name means.
    pub fn find(&self, name: &str) -> Option<VarId> {
        match self.binding(name)? {
            Binding::Variable(id) => Some(*id),
            Binding::Global(_) => None,
        }
    }

    /// The global that a name of this function means: a static local.
    pub fn find_global(&self, name: &str) -> Option<String> {
        match self.binding(name)? {
            Binding::Variable(_) => None,
            Binding::Global(global) => Some(global.clone()),
        }
    }

    /// The variable that a name means in the innermost scope alone.
    pub fn find_innermost(&self, name: &str) -> Option<VarId> {
        match self.scopes.last()?.get(name)? {
            Binding::Variable(id) => Some(*id),
            Binding::Global(_) => None,
        }
    }

    /// Opens a scope.
    pub fn open_scope(&mut self) {
        self.scopes.push(BTreeMap::new());
    }

    /// Closes the innermost scope.
    pub fn close_scope(&mut self) {
        self.scopes.pop();
    }

    /// Whether the innermost scope has no names yet.
    pub fn innermost_is_empty(&self) -> bool {
        self.scopes.last().is_none_or(BTreeMap::is_empty)
    }

    /// The type of a variable.
    pub fn type_of(&self, id: VarId) -> &Type {
        &self.variables[id.0 as usize].ty
    }

    // Objects that end.

    /// Notes an object that ends with the innermost scope.
    pub fn object(&mut self, place: Place) {
        self.objects.push((self.scopes.len(), place));
    }

    /// The objects that have not ended, in the order in which they began.
    pub fn objects(&self) -> impl Iterator<Item = &Place> {
        self.objects.iter().map(|(_, place)| place)
    }

    /// How many objects live on outside of the innermost scope.
    pub fn objects_outside(&self) -> usize {
        let innermost = self.scopes.len();
        self.objects.iter().filter(|(depth, _)| *depth < innermost).count()
    }

    /// Forgets the objects that began after so many.
    pub fn forget_objects(&mut self, since: usize) {
        self.objects.truncate(since);
    }

    // Trials.

    /// Starts to lower something for its type or constant value alone.
    pub fn start_trial(&mut self) -> Trial {
        let trial = Trial {
            current: self.current,
            blocks: self.blocks.len(),
            variables: self.variables.len(),
            objects: self.objects.len(),
            temporaries: self.temporaries.len(),
        };
        let block = self.block();
        self.switch_to(block);
        trial
    }

    /// Takes back what was lowered since.
    pub fn end_trial(&mut self, trial: Trial) {
        self.blocks.truncate(trial.blocks);
        self.variables.truncate(trial.variables);
        // Names that came to mean variables of the trial, as captures do, mean nothing any more.
        let known = |id: VarId| (id.0 as usize) < trial.variables;
        for scope in &mut self.scopes {
            scope.retain(|_, binding| !matches!(binding, Binding::Variable(id) if !known(*id)));
        }
        self.references.retain(|id| known(*id));
        self.unread_objects.retain(|id| known(*id));
        self.extended.retain(|id| known(*id));
        if let Some(captures) = &mut self.captures {
            captures.taken.retain(|(_, _, id)| known(*id));
        }
        self.objects.truncate(trial.objects);
        self.temporaries.truncate(trial.temporaries);
        self.labels.retain(|_, block| (block.0 as usize) < trial.blocks);
        self.leaving.retain(|(block, _)| (block.0 as usize) < trial.blocks);
        if let Some(arms) = &mut self.hidden_arms {
            arms.retain(|block| (block.0 as usize) < trial.blocks);
        }
        self.current = trial.current;
    }

    // Evaluation order.

    /// The point that the body has come to, before an operand is lowered.
    pub fn mark(&self) -> Mark {
        let statement = self.blocks[self.current as usize].statements.len();
        Mark {
            block: self.current,
            statement,
            blocks: self.blocks.len(),
        }
    }

    /// A value read before `mark`, to be used now: if something was written since, it is kept in a temporary.
    pub fn settle(&mut self, value: Expr, mark: Mark) -> Expr {
        if !self.reads_memory(&value) || !self.written_since(mark) {
            return value;
        }
        let (ty, at) = (value.ty(), value.at());
        let kept = self.temporary(ty.clone(), at);
        let set = Stmt::Set {
            to: Place::Var(kept),
            value,
            at,
        };
        self.blocks[mark.block as usize].statements.insert(mark.statement, set);
        Expr::Load(Place::Var(kept), ty, at)
    }

    /// Whether a statement since `mark` may change what a value reads.
    pub fn written_since(&self, mark: Mark) -> bool {
        let rest = self.blocks[mark.block as usize]
            .statements
            .get(mark.statement..)
            .unwrap_or_default();
        let new = self.blocks[mark.blocks..].iter().flat_map(|block| &block.statements);
        rest.iter().chain(new).any(|statement| match statement {
            Stmt::Set { to, .. } | Stmt::Copy { to, .. } => !self.is_temporary(to),
            Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => !self.is_temporary(place),
            Stmt::Call(_) => true,
        })
    }

    fn is_temporary(&self, place: &Place) -> bool {
        match place {
            Place::Var(id) => self.variables[id.0 as usize].name.is_empty(),
            Place::Field(base, _) | Place::Index(base, _) => self.is_temporary(base),
            _ => false,
        }
    }

    /// Whether a value is what a temporary holds.
    pub fn is_temporary_value(&self, value: &Expr) -> bool {
        matches!(value, Expr::Load(place, ..) if self.is_temporary(place))
    }

    /// Whether the value depends on anything that a statement can change.
    fn reads_memory(&self, value: &Expr) -> bool {
        match value {
            Expr::Load(place, ..) => !matches!(place, Place::Setting(_)) && !self.is_temporary(place),
            Expr::Address(place, _) => self.place_reads_memory(place),
            Expr::Unary(_, operand, ..) | Expr::Cast(operand, ..) => self.reads_memory(operand),
            Expr::Binary(_, left, right, ..) => self.reads_memory(left) || self.reads_memory(right),
            Expr::Const { .. } | Expr::Function(..) | Expr::NonZero(..) | Expr::Unknown(..) => false,
        }
    }

    fn place_reads_memory(&self, place: &Place) -> bool {
        match place {
            Place::Var(_) | Place::Global(_) | Place::Setting(_) => false,
            Place::Field(base, _) => self.place_reads_memory(base),
            Place::Index(base, index) => self.place_reads_memory(base) || self.reads_memory(index),
            Place::Deref(pointer) => self.reads_memory(pointer),
        }
    }

    /// The call that the current block ends with, if its result is the temporary that `value` loads.
    pub fn call_made_for(&mut self, value: &Expr) -> Option<&mut Option<Place>> {
        let Expr::Load(place @ Place::Var(id), ..) = value else {
            return None;
        };
        if !self.variables[id.0 as usize].name.is_empty() {
            return None;
        }
        match self.blocks[self.current as usize].statements.last_mut() {
            Some(Stmt::Call(call)) if call.to.as_ref() == Some(place) => Some(&mut call.to),
            _ => None,
        }
    }

    /// Appends to a block that has already got its end: the value of an arm goes where the arms meet.
    pub fn append(&mut self, block: BlockId, statement: Stmt) {
        self.blocks[block.0 as usize].statements.push(statement);
    }

    // The result.

    /// The blocks, tidied: no block that does nothing but go on, no block that only one goes on to, nothing unreachable but
    /// what holds calls. What has no end returns.
    pub fn finish(&mut self, at: Span) -> Vec<Block> {
        let labels: Vec<BlockId> = self.labels.values().copied().collect();
        for (block, piece) in std::mem::take(&mut self.leaving) {
            self.switch_to(block);
            self.may_go_to(labels.iter().copied(), piece);
        }
        let drafts = std::mem::take(&mut self.blocks);
        let end_of = |end: Option<End>| end.unwrap_or(End::Return(None, at));
        let blocks = drafts.into_iter().map(|draft| Block {
            statements: draft.statements,
            end: end_of(draft.end),
        });
        super::tidy::tidy(blocks.collect())
    }
}
