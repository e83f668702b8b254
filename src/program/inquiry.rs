//! What an exploration asks of the program and is told. An exploration is decided by its root and these answers: as long as
//! they stay the same, so does its outcome, and it need not be repeated when the unit has got more files.

use super::{Program, Writers};
use crate::engine::{Body, Code, GlobalBody, Initial};
use crate::facts::Library;
use crate::ir::{Place, SinkPositions};
use crate::source::{FileId, Span};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A name as it stands in a file.
type Name = (FileId, String);

/// The answers given. Bodies are the same only if they are the same in memory: what was lowered anew is another.
#[derive(Default)]
pub struct Answers {
    functions: BTreeMap<(FileId, String, bool), Vec<Arc<Body>>>,
    may_be_visible: BTreeMap<Name, bool>,
    wrappers: BTreeMap<String, bool>,
    stored: BTreeMap<Name, Vec<Arc<Body>>>,
    stored_sinks: BTreeMap<Name, Option<SinkPositions>>,
    /// By file and place of the use.
    initial: BTreeMap<(FileId, Span), Vec<(Place, Initial)>>,
    globals: BTreeMap<Name, Option<Arc<GlobalBody>>>,
    frozen: BTreeMap<Name, (Arc<GlobalBody>, bool)>,
    writers: BTreeMap<Name, (Arc<GlobalBody>, Writers)>,
    before_main: BTreeMap<(), Arc<Vec<Arc<Body>>>>,
}

impl Answers {
    /// Whether the program answers all the same today.
    pub fn still_hold(&self, program: &Program) -> bool {
        let functions = self.functions.iter();
        let globals = self.globals.iter();
        let initial = self.initial.iter();
        let mut initial =
            initial.flat_map(|(at, places)| places.iter().map(move |(place, answer)| (at, place, answer)));
        self.wrappers
            .iter()
            .all(|(name, answer)| program.is_wrapper(name) == *answer)
            && (self.may_be_visible.iter()).all(|((file, name), answer)| program.may_be_visible(*file, name) == *answer)
            && (self.stored_sinks.iter()).all(|((file, name), answer)| program.stored_sink(*file, name) == *answer)
            && (self.stored.iter()).all(|((file, name), answer)| are_same(&program.stored(*file, name), answer))
            && globals
                .map(|((file, name), answer)| (program.global(*file, name), answer))
                .all(|(now, before)| match (now, before) {
                    (Some(now), Some(before)) => Arc::ptr_eq(&now, before),
                    (now, before) => now.is_none() && before.is_none(),
                })
            && functions
                .map(|((file, name, method), answer)| (program.functions(*file, name, *method), answer))
                .all(|(now, before)| are_same(&now, before))
            && initial.all(|((file, at), place, answer)| program.initial_function(*file, place, *at) == *answer)
            && (self.before_main.values()).all(|before| are_same(&program.before_main(), before))
            && (self.frozen.values()).all(|(global, answer)| program.is_frozen(global) == *answer)
            && self
                .writers
                .values()
                .all(|(global, before)| match (program.writers(global), before) {
                    (Some(now), Some(before)) => are_same(&now, before),
                    (now, before) => now.is_none() && before.is_none(),
                })
    }
}

fn are_same(one: &[Arc<Body>], other: &[Arc<Body>]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| Arc::ptr_eq(one, other))
}

/// Asks the program and keeps the answers, each question once.
pub struct Inquiry<'p, 'unit> {
    program: &'p Program<'unit>,
    answers: RefCell<Answers>,
}

impl<'p, 'unit> Inquiry<'p, 'unit> {
    /// Nothing was asked yet.
    pub fn new(program: &'p Program<'unit>) -> Inquiry<'p, 'unit> {
        Inquiry {
            program,
            answers: RefCell::default(),
        }
    }

    /// What was answered.
    pub fn answers(self) -> Answers {
        self.answers.into_inner()
    }

    fn ask<K: Ord, V: Clone>(
        &self,
        key: K,
        answers: impl Fn(&mut Answers) -> &mut BTreeMap<K, V>,
        answer: impl FnOnce(&Program<'unit>) -> V,
    ) -> V {
        if let Some(known) = answers(&mut self.answers.borrow_mut()).get(&key) {
            return known.clone();
        }
        let answer = answer(self.program);
        answers(&mut self.answers.borrow_mut()).insert(key, answer.clone());
        answer
    }
}

impl Code for Inquiry<'_, '_> {
    fn functions(&self, from: FileId, name: &str, method: bool) -> Vec<Arc<Body>> {
        self.ask(
            (from, name.to_owned(), method),
            |answers| &mut answers.functions,
            |program| program.functions(from, name, method),
        )
    }

    fn may_be_visible(&self, from: FileId, name: &str) -> bool {
        self.ask(
            (from, name.to_owned()),
            |answers| &mut answers.may_be_visible,
            |program| program.may_be_visible(from, name),
        )
    }

    fn is_wrapper(&self, name: &str) -> bool {
        if let Some(&known) = self.answers.borrow().wrappers.get(name) {
            return known;
        }
        self.ask(
            name.to_owned(),
            |answers| &mut answers.wrappers,
            |program| program.is_wrapper(name),
        )
    }

    fn stored(&self, from: FileId, field: &str) -> Vec<Arc<Body>> {
        self.ask(
            (from, field.to_owned()),
            |answers| &mut answers.stored,
            |program| program.stored(from, field),
        )
    }

    fn stored_sink(&self, from: FileId, field: &str) -> Option<SinkPositions> {
        self.ask(
            (from, field.to_owned()),
            |answers| &mut answers.stored_sinks,
            |program| program.stored_sink(from, field),
        )
    }

    fn initial_function(&self, from: FileId, place: &Place, at: Span) -> Initial {
        let known = |answers: &Answers| {
            let mut places = answers.initial.get(&(from, at)).into_iter().flatten();
            places.find(|known| known.0 == *place).map(|known| known.1.clone())
        };
        let known = known(&self.answers.borrow());
        known.unwrap_or_else(|| {
            let answer = self.program.initial_function(from, place, at);
            let mut answers = self.answers.borrow_mut();
            let places = answers.initial.entry((from, at)).or_default();
            places.push((place.clone(), answer.clone()));
            answer
        })
    }

    fn global(&self, from: FileId, name: &str) -> Option<Arc<GlobalBody>> {
        self.ask(
            (from, name.to_owned()),
            |answers| &mut answers.globals,
            |program| program.global(from, name),
        )
    }

    fn is_frozen(&self, global: &Arc<GlobalBody>) -> bool {
        self.ask(
            (global.file, global.global.name.clone()),
            |answers| &mut answers.frozen,
            |program| (global.clone(), program.is_frozen(global)),
        )
        .1
    }

    fn writers(&self, global: &Arc<GlobalBody>) -> Option<Vec<Arc<Body>>> {
        self.ask(
            (global.file, global.global.name.clone()),
            |answers| &mut answers.writers,
            |program| (global.clone(), program.writers(global)),
        )
        .1
    }

    fn before_main(&self) -> Arc<Vec<Arc<Body>>> {
        self.ask((), |answers| &mut answers.before_main, |program| program.before_main())
    }

    fn sink(&self, from: FileId, name: &str) -> Option<SinkPositions> {
        self.program.sink(from, name)
    }

    fn library(&self, name: &str) -> Library {
        self.program.library(name)
    }
}
