//! Roles → IR. Lowering never fails: what it does not understand becomes an unknown value with its span, and the calls in
//! it are lowered all the same.
//!
//! The meaning of a role lives once, in `flow` (statements) and `values` (expressions), for all languages. What differs is
//! asked from the [`Language`]: how a name that is no variable resolves, what a literal's type is, which conversions apply,
//! and everything that roles cannot say (declarators, patterns, macros).

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::print;
use crate::ir::{Argument, BlockId, Callee, End, SinkPositions};
use crate::ir::{Call, Expansion, Expr, Function, Global, Linkage, Place, Stmt, Type, VarId, Variable};
use crate::sinks::Sinks;
use crate::source::{self, FileId, Problem, ProblemKind, Sources, Span};
use crate::syntax::cut::TokenCall;
use crate::syntax::index::{Asked, Index, ItemId, Watched};
use crate::syntax::parser;

pub mod builder;
pub mod c;
pub mod conditions;
pub mod constants;
pub mod flow;
mod language;
pub mod loops;
pub mod places;
pub mod rust;
mod settings;
mod switches;
mod tidy;
mod unread;
pub mod values;

pub use language::Language;

use builder::{Body, Captures};

/// Lowers an item of a unit.
pub fn item(sources: &Sources, index: &Index, sinks: &Sinks, id: ItemId) -> Lowered {
    let watched = Watched::new(index);
    let unit = Unit {
        sources,
        index: &watched,
        sinks,
    };
    let at = index.item(id).1.span;
    let file = sources.file(id.file);
    let (mut lowered, spent) = parser::within_allowance(at.range().len(), || match file.language {
        source::Language::C | source::Language::Cpp => c::item(unit, id),
        source::Language::Rust => rust::item(unit, id),
    });
    if spent {
        lowered.problems.push(Problem {
            path: file.path.clone(),
            line: Some(file.position(at.start).line),
            kind: ProblemKind::LimitReached,
            text: "parsing takes too long: not all of it was analysed".to_owned(),
        });
    }
    lowered.asked = watched.asked();
    lowered.functions = without_twins(std::mem::take(&mut lowered.functions));
    lowered
}

/// Functions that are read in several ways, once where that has made no difference.
fn without_twins(functions: Vec<Function>) -> Vec<Function> {
    let mut kept: Vec<Function> = Vec::new();
    let mut by_place: BTreeMap<Span, Vec<usize>> = BTreeMap::new();
    for function in functions {
        let readings = by_place.entry(function.whole).or_default();
        if !readings.iter().any(|&index| kept[index] == function) {
            readings.push(kept.len());
            kept.push(function);
        }
    }
    kept
}

/// How deep expressions and statements may nest before the rest is taken as unknown. Real code stays below 60.
const DEPTH: u32 = 150;

/// What became of one item.
#[derive(Debug, Default)]
pub struct Lowered {
    /// All functions in it: methods, closures and nested functions too, inner ones before outer ones.
    pub functions: Vec<Function>,
    /// All globals in it, enumerators and function-local statics included.
    pub globals: Vec<Global>,
    /// What was cut by a limit or could not be parsed.
    pub problems: Vec<Problem>,
    /// Calls that the tokens show and that stand under no lowered call.
    pub uncovered: Vec<TokenCall>,
    /// The names that were asked for.
    pub asked: Asked,
}

/// What items are lowered against.
#[derive(Clone, Copy, Debug)]
pub struct Unit<'a> {
    /// All sources of the unit.
    pub sources: &'a Sources,
    /// All names of the unit.
    pub index: &'a Watched<'a>,
    /// The callees that are or become the call.
    pub sinks: &'a Sinks,
}

/// The state of lowering one item.
pub struct Lowering<'a, L> {
    /// All sources of the unit.
    pub sources: &'a Sources,
    /// All names of the unit.
    pub index: &'a Watched<'a>,
    /// The callees that are or become the call.
    pub sinks: &'a Sinks,
    /// The file that the item is in.
    pub file: FileId,
    /// What the language keeps.
    pub language: L,
    /// The function under construction.
    pub body: Body,
    /// What is done.
    pub lowered: Lowered,
    /// The macro uses around the current node, outermost first.
    pub expansions: Vec<Expansion>,
    /// First bytes of callees whose calls were lowered, in this item's file.
    pub covered: BTreeSet<u32>,
    /// Functions around the one under construction, innermost last.
    outer: Vec<Body>,
    depth: u32,
}

impl<'a, L: Language> Lowering<'a, L> {
    /// Ready to lower an item of the file.
    pub fn new(unit: Unit<'a>, file: FileId, language: L) -> Self {
        Lowering {
            sources: unit.sources,
            index: unit.index,
            sinks: unit.sinks,
            file,
            language,
            body: Body::new(),
            lowered: Lowered::default(),
            expansions: Vec::new(),
            covered: BTreeSet::new(),
            outer: Vec::new(),
            depth: 0,
        }
    }

    /// Runs `inner` one level deeper, or gives `otherwise` where that is too deep.
    pub fn deeper<T>(&mut self, at: Span, otherwise: T, inner: impl FnOnce(&mut Self) -> T) -> T {
        if self.depth >= DEPTH {
            self.limit(at, "nested too deeply: what is below was not analysed");
            self.unread_at(at);
            return otherwise;
        }
        self.depth += 1;
        let result = inner(self);
        self.depth -= 1;
        result
    }

    /// Notes that a limit was hit, once for each text.
    pub fn limit(&mut self, at: Span, text: &str) {
        self.problem(at, ProblemKind::LimitReached, text);
    }

    /// Notes a problem, once for each text.
    pub fn problem(&mut self, at: Span, kind: ProblemKind, text: &str) {
        if self.lowered.problems.iter().any(|problem| problem.text == text) {
            return;
        }
        let file = self.sources.file(at.file);
        let line = Some(file.position(at.start).line);
        self.lowered.problems.push(Problem {
            path: file.path.clone(),
            line,
            kind,
            text: text.to_owned(),
        });
    }

    /// Lowers a function's body with a fresh [`Body`] and appends the result. `fill` declares the parameters and lowers the
    /// body; the enclosing function goes on afterwards.
    pub fn function(&mut self, head: FunctionHead, fill: impl FnOnce(&mut Self, &mut FunctionHead)) {
        let mut head = head;
        self.outer.push(std::mem::replace(&mut self.body, Body::new()));
        self.body.returns = (head.returns != Type::Unknown).then(|| head.returns.clone());
        fill(self, &mut head);
        let outer = self.outer.pop().unwrap_or_default();
        let mut body = std::mem::replace(&mut self.body, outer);
        let blocks = body.finish(Span {
            start: head.whole.end.max(1) - 1,
            ..head.whole
        });
        self.lowered.functions.push(Function {
            name: head.name,
            scope: head.scope,
            parameters: head.parameters,
            variables: body.variables,
            blocks,
            linkage: head.linkage,
            returns: head.returns,
            noreturn: head.noreturn,
            variadic: body.variadic,
            at: head.at,
            whole: head.whole,
        });
    }

    /// Emits a call and gives its result, a temporary (nothing to load for `void`).
    pub fn emit_call(&mut self, call: CallParts) -> Expr {
        if call.sink.is_none() {
            self.throwing(&call);
        }
        if call.at.file == self.file {
            self.covered.insert(call.at.start);
        }
        let to = (call.ty != Type::Void).then(|| Place::Var(self.body.temporary(call.ty.clone(), call.at)));
        let result = match &to {
            Some(place) => Expr::Load(place.clone(), call.ty.clone(), call.at),
            None => Expr::Unknown(Type::Void, call.at),
        };
        self.body.push(Stmt::Call(Box::new(Call {
            to,
            callee: call.callee,
            arguments: call.arguments,
            sink: call.sink,
            chosen: call.chosen,
            ty: call.ty,
            at: call.at,
            expansion: self.expansions_around(call.at),
        })));
        if call.noreturn {
            self.body.end(End::Stop);
        }
        result
    }

    /// A call in an attempt may be left by a throw, wherever the callee has come to by then: what it can write is written,
    /// or is not.
    fn throwing(&mut self, call: &CallParts) {
        let Some(&(handler, objects)) = self.body.handlers.last() else {
            return;
        };
        let (thrown, next) = (self.body.block(), self.body.block());
        let unknown = |ty| Expr::Unknown(ty, call.at);
        self.body.branch(unknown(Type::BOOL), next, thrown, call.at);
        self.body.switch_to(thrown);
        self.body.push(Stmt::Call(Box::new(Call {
            to: None,
            callee: Callee::Pointer(unknown(Type::Unknown)),
            arguments: call.arguments.clone(),
            sink: None,
            chosen: None,
            ty: Type::Void,
            at: call.at,
            expansion: Vec::new(),
        })));
        self.leave_to(handler, objects, call.at);
        self.body.switch_to(next);
    }

    /// Goes to a handler: the objects made since so many were there end. What ends them is not left by a throw.
    pub fn leave_to(&mut self, handler: BlockId, objects: usize, at: Span) {
        let handlers = std::mem::take(&mut self.body.handlers);
        L::unwind(self, objects, at);
        self.body.handlers = handlers;
        self.body.goto(handler);
    }

    /// The macros in whose bodies a place is: not those of whose arguments it is a part.
    fn expansions_around(&self, at: Span) -> Vec<Expansion> {
        let passed = |use_of: &Expansion| use_of.arguments.iter().any(|argument| argument.contains(at));
        self.expansions
            .iter()
            .filter(|use_of| !passed(use_of))
            .cloned()
            .collect()
    }

    /// A variable by name; in a closure that may be one of the function around it.
    pub fn variable(&mut self, name: &str) -> Option<VarId> {
        self.body.find(name).or_else(|| self.capture(name))
    }

    fn capture(&mut self, name: &str) -> Option<VarId> {
        let captures = self.body.captures.as_ref()?;
        if self.body.find_global(name).is_some() {
            return None;
        }
        let by_reference = captures.named.get(name).copied().unwrap_or(captures.by_reference);
        let (copies, referents) = (captures.copies, captures.referents);
        // Meanwhile the enclosing function is the current one; it may be a closure too.
        let inner = std::mem::replace(&mut self.body, self.outer.pop()?);
        let found = self.variable(name);
        let seen = found.map(|id| {
            (
                id,
                self.body.variables[id.0 as usize].clone(),
                self.body.references.contains(&id),
            )
        });
        self.outer.push(std::mem::replace(&mut self.body, inner));
        let (outer, variable, reference) = seen?;
        let by_reference = by_reference || reference && !referents;
        let through_pointer = by_reference || copies;
        let ty = match (through_pointer, reference, variable.ty) {
            (true, false, ty) => Type::pointer(ty),
            (false, true, Type::Pointer(to)) => *to,
            (.., ty) => ty,
        };
        let id = self.body.variable(Variable { ty, ..variable });
        self.body.bind_outermost(name.to_owned(), id);
        if through_pointer {
            self.body.references.insert(id);
        }
        if let Some(captures) = &mut self.body.captures {
            captures.taken.push((outer, by_reference, id));
        }
        Some(id)
    }

    /// Lowers a closure as a function of its own. Gives the variables of the enclosing function that it sees, in the order
    /// of the parameters that pass them after its own, each with whether it is passed by address.
    pub fn closure(
        &mut self,
        head: FunctionHead,
        captures: Captures,
        fill: impl FnOnce(&mut Self, &mut FunctionHead),
    ) -> Vec<(VarId, bool)> {
        let mut taken = Vec::new();
        self.function(head, |lowering, head| {
            lowering.body.captures = Some(captures);
            fill(lowering, head);
            let captures = lowering.body.captures.take().unwrap_or_default();
            head.parameters.extend(captures.taken.iter().map(|(.., id)| *id));
            taken = captures
                .taken
                .iter()
                .map(|(outer, by_reference, _)| (*outer, *by_reference))
                .collect();
        });
        taken
    }

    /// Lowers something for its type or constant value; its effects are dropped.
    pub fn speculative<T>(&mut self, inner: impl FnOnce(&mut Self) -> T) -> T {
        let functions = self.lowered.functions.len();
        let globals = self.lowered.globals.len();
        let trial = self.body.start_trial();
        let result = inner(self);
        self.body.end_trial(trial);
        self.lowered.functions.truncate(functions);
        self.lowered.globals.truncate(globals);
        result
    }
}

/// What is known of a function before its body.
#[derive(Debug)]
pub struct FunctionHead {
    /// See [`Function::name`].
    pub name: String,
    /// See [`Function::scope`].
    pub scope: Option<String>,
    /// See [`Function::parameters`].
    pub parameters: Vec<VarId>,
    /// See [`Function::linkage`].
    pub linkage: Linkage,
    /// See [`Function::returns`].
    pub returns: Type,
    /// See [`Function::noreturn`].
    pub noreturn: bool,
    /// See [`Function::at`].
    pub at: Span,
    /// See [`Function::whole`].
    pub whole: Span,
}

impl FunctionHead {
    /// A function of which nothing but its place is known: anybody may call it.
    pub fn unknown(name: String, at: Span, whole: Span) -> FunctionHead {
        FunctionHead {
            name,
            scope: None,
            parameters: Vec::new(),
            linkage: Linkage::Public,
            returns: Type::Unknown,
            noreturn: false,
            at,
            whole,
        }
    }
}

/// A call to be emitted.
#[derive(Debug)]
pub struct CallParts {
    /// See [`Call::callee`].
    pub callee: Callee,
    /// See [`Call::arguments`].
    pub arguments: Vec<Argument>,
    /// See [`Call::sink`].
    pub sink: Option<SinkPositions>,
    /// See [`Call::chosen`].
    pub chosen: Option<Vec<Type>>,
    /// See [`Call::ty`].
    pub ty: Type,
    /// See [`Call::at`].
    pub at: Span,
    /// It never returns.
    pub noreturn: bool,
}

impl CallParts {
    /// A call that is no sink and may return.
    pub fn plain(callee: Callee, arguments: Vec<Argument>, ty: Type, at: Span) -> CallParts {
        CallParts {
            callee,
            arguments,
            sink: None,
            chosen: None,
            ty,
            at,
            noreturn: false,
        }
    }
}

/// All items of a unit as the text of their IR, in order.
pub fn dump(sources: &Sources, sinks: &Sinks) -> String {
    let index = Index::new(sources, sinks);
    let mut text = String::new();
    for (file, _) in sources.iter() {
        for item_index in 0..index.cut(file).items.len() as u32 {
            let lowered = item(
                sources,
                &index,
                sinks,
                ItemId {
                    file,
                    index: item_index,
                },
            );
            lowered
                .globals
                .iter()
                .for_each(|global| text.push_str(&print::global(global)));
            lowered
                .functions
                .iter()
                .for_each(|function| text.push_str(&print::function(function)));
            lowered
                .problems
                .iter()
                .for_each(|problem| text.push_str(&format!("problem: {}\n", problem.text)));
            lowered
                .uncovered
                .iter()
                .for_each(|call| text.push_str(&format!("uncovered: {}\n", call.callee_text)));
        }
    }
    text
}
