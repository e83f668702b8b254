//! One state at one sink: is old_size zero there?

use super::{Class, Missing};
use crate::engine::{Exploration, Reached};
use crate::ir::Expr;
use crate::kernel::{CallFacts, Mapping};
use crate::sinks::{is_name, last_segment};
use crate::source::Sources;
use crate::state::location::Location;
use crate::value::ranges::mask;
use crate::value::{Cause, Origin, Ranges, Source, SymbolId, Term, TermId, Terms};
use std::collections::BTreeSet;

/// The largest value that the kernel does not take for zero.
const LARGEST: u64 = u64::MAX - 4095;

/// What the kernel takes for zero: after rounding up to pages of 4 KiB in 64 bits (facts sheet, section 1).
pub fn zero_values() -> Ranges {
    Ranges::single(0, 64).union(&Ranges::between(LARGEST + 1, u64::MAX, 64))
}

/// Depth to which a term is rebuilt with a remembered constant.
const DEPTH: usize = 32;
/// Choices of constants for the unknowns of old_size that are tried.
const CHOICES: usize = 256;

/// Classifies what reached a sink. Also returns the parameters of the explored function that old_size is made of.
pub fn classify(exploration: &mut Exploration, reached: &Reached, sources: &Sources) -> (Class, Vec<Brought>) {
    let index = reached.positions.old_size;
    let signed = reached.call.arguments[index].value.ty().signed();
    let value = &reached.arguments[index];
    let terms = &mut exploration.terms;
    let term = terms.cast(value.term, 64, signed);
    let parameters = parameters(exploration, term);
    let range = reached.state.constraints.range(&exploration.terms, term);
    let by_truths = ranges_by_truths(exploration, reached, term);
    let class = if range.is_subset(&zero_values()) {
        let tested = reached
            .state
            .constraints
            .origin(value.term)
            .or(reached.state.constraints.origin(term));
        let tested = tested.cloned().or_else(|| first_tested(exploration, reached, term));
        zero(value.origin.clone().or(tested))
    } else if let Some(origin) = remembered_zero(exploration, reached, term) {
        Class::Maybe(origin)
    } else if by_truths.iter().any(|range| range.is_subset(&zero_values())) {
        let argument = reached.call.arguments[index].at;
        let counted = value.origin.clone().filter(|_| value.is_counted());
        Class::Maybe(counted.unwrap_or_else(|| Origin::new(argument, Cause::Counted)))
    } else if !(exploration.terms.is_fixed(term) && range.max() > LARGEST)
        && (!by_truths.iter().any(|range| range.contains(0)) || excluded_by_tests(exploration, reached, term))
    {
        let range = by_truths
            .into_iter()
            .fold(Ranges::empty(64), |all, range| all.union(&range));
        Class::NonZero(proof(exploration, reached, term, &range, sources))
    } else if let Some(origin) = believed_zero(exploration, reached, term) {
        Class::Maybe(origin)
    } else {
        Class::Unknown(missing(exploration, term, sources))
    };
    (class, parameters)
}

/// Whether old_size may be so close to the largest value that the kernel takes it for zero.
pub fn may_round_to_zero(exploration: &mut Exploration, reached: &Reached) -> bool {
    let index = reached.positions.old_size;
    let signed = reached.call.arguments[index].value.ty().signed();
    let term = exploration.terms.cast(reached.arguments[index].term, 64, signed);
    reached.state.constraints.range(&exploration.terms, term).max() > LARGEST
}

/// Zero for a reason that is evidence.
fn zero(origin: Option<Origin>) -> Class {
    match &origin {
        Some(reason) if reason.birth() == Cause::Uncounted => Class::Unknown(Missing::Other(
            "It is zero only where a loop up to it does not run".to_owned(),
        )),
        _ => Class::Zero(origin),
    }
}

/// A parameter of the explored function that old_size is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Brought {
    /// Not the parameter's own value, but what memory held that it leads to.
    pub in_memory: bool,
    /// Which one, from 0.
    pub parameter: u32,
}

/// The parameters that a term is made of.
fn parameters(exploration: &Exploration, term: TermId) -> Vec<Brought> {
    let symbols = exploration.terms.symbols_in(term);
    let mut found: Vec<Brought> = symbols
        .iter()
        .filter_map(|&symbol| brought(exploration, symbol, DEPTH))
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

fn brought(exploration: &Exploration, symbol: SymbolId, depth: usize) -> Option<Brought> {
    match exploration.terms.symbol_data(symbol).source {
        Source::Parameter(parameter) => Some(Brought {
            in_memory: false,
            parameter,
        }),
        Source::Memory(location, epoch) if depth > 0 => {
            let locations = &exploration.locations;
            let &Location::Pointee(whole) = locations.get(locations.root(location)) else {
                return None;
            };
            let &[symbol] = exploration.terms.symbols_in(whole) else {
                return None;
            };
            let parameter = brought(exploration, symbol, depth - 1)?;
            // Parts of a value are counted down from the end; what it points to is counted up.
            let is_part = epoch == u32::MAX - whole.0;
            (is_part || epoch == 0).then_some(Brought {
                in_memory: parameter.in_memory || !is_part,
                ..parameter
            })
        }
        _ => None,
    }
}

/// The test of a part of the term that says most.
fn first_tested(exploration: &Exploration, reached: &Reached, term: TermId) -> Option<Origin> {
    let mut pending = vec![term];
    for _ in 0..64 {
        let term = pending.pop()?;
        if let Some(origin) = reached.state.constraints.origin(term) {
            return Some(origin.clone());
        }
        match exploration.terms.get(term) {
            Term::Sum(parts, _) => pending.extend(parts.iter().map(|part| part.0)),
            Term::Binary(_, left, right) => pending.extend([*right, *left]),
            Term::Not(inner) | Term::Cast(inner, _) => pending.push(*inner),
            _ => {}
        }
    }
    None
}

/// Whether the term is zero for constants that its unknowns are remembered to stand for together.
fn remembered_zero(exploration: &mut Exploration, reached: &Reached, term: TermId) -> Option<Origin> {
    let constraints = &reached.state.constraints;
    let mut found = None;
    exploration.terms.try_witnesses(term, CHOICES, |terms, choice| {
        let range = constraints.range(terms, choice.result);
        if found.is_some() || range.is_empty() {
            return false;
        }
        let possible = is_possible(terms, reached, &choice.chosen);
        if possible && range.is_subset(&zero_values()) {
            found = Some(choice.origin.clone());
        }
        possible && found.is_none()
    });
    found
}

/// Truth values that are tried together at most.
const TRUTHS: usize = 4;

/// All that the term can be, apart for each possible choice of the truth values that count as numbers in it:
/// `usize::from(a < b)` shows both 0 and 1, whatever else is unknown.
fn ranges_by_truths(exploration: &Exploration, reached: &Reached, term: TermId) -> Vec<Ranges> {
    let terms = &exploration.terms;
    let truths = truths_in(terms, term);
    let chosen = |choice: u64| {
        let mut constraints = reached.state.constraints.clone();
        let possible = truths.iter().enumerate().all(|(index, truth)| {
            let value = Ranges::single(choice >> index & 1, 1);
            constraints.refine(terms, *truth, &value, None)
        });
        possible
            .then(|| constraints.range(terms, term))
            .filter(|range| !range.is_empty())
    };
    (0..1u64 << truths.len()).filter_map(chosen).collect()
}

/// The outermost truth values that a term is made of.
fn truths_in(terms: &Terms, term: TermId) -> Vec<TermId> {
    let mut found = Vec::new();
    let mut pending = vec![term];
    for _ in 0..64 {
        let Some(term) = pending.pop() else { break };
        match terms.get(term) {
            Term::Const(_) => {}
            _ if terms.bits(term) == 1 && (found.contains(&term) || found.len() == TRUTHS) => {}
            _ if terms.bits(term) == 1 => found.push(term),
            Term::Sum(parts, _) => pending.extend(parts.iter().map(|part| part.0)),
            Term::Binary(_, left, right) => pending.extend([*right, *left]),
            Term::Not(inner) | Term::Cast(inner, _) => pending.push(*inner),
            _ => {}
        }
    }
    found
}

/// The only unknown of a term, if the term is zero just where the unknown is.
fn deciding_symbol(exploration: &mut Exploration, term: TermId) -> Option<SymbolId> {
    let symbols = exploration.terms.symbols_in(term);
    let &[symbol] = symbols else { return None };
    let at_zero = exploration.terms.substituted(term, symbol, 0, DEPTH);
    (exploration.terms.constant_of(at_zero) == Some(0)).then_some(symbol)
}

/// The unknown that old_size is, up to conversions, if it decides whether old_size is zero.
pub fn deciding_term(exploration: &mut Exploration, reached: &Reached) -> Option<TermId> {
    let mut term = reached.arguments[reached.positions.old_size].term;
    deciding_symbol(exploration, term)?;
    while let Term::Cast(inner, _) = exploration.terms.get(term) {
        term = *inner;
    }
    Some(term)
}

/// Whether every test on the path can have gone as it did if the unknowns have the values.
fn is_possible(terms: &mut Terms, reached: &Reached, values: &[(SymbolId, u64)]) -> bool {
    let constraints = &reached.state.constraints;
    constraints.terms().all(|(term, range)| {
        let symbols = terms.symbols_in(term);
        let about = values.iter().filter(|(symbol, _)| symbols.contains(symbol));
        let about: Vec<&(SymbolId, u64)> = about.collect();
        let mut result = term;
        for (symbol, value) in about {
            result = terms.substituted(result, *symbol, *value, DEPTH);
        }
        result == term || !constraints.range(terms, result).intersect(range).is_empty()
    })
}

/// Whether the tests on the path exclude zero, though no range of one term says so: `if (round_up(n) > 0)`.
fn excluded_by_tests(exploration: &mut Exploration, reached: &Reached, term: TermId) -> bool {
    let identity = |exploration: &Exploration| {
        let mut inner = term;
        // What is cut may be zero though the whole is not.
        while let Term::Cast(within, _) = *exploration.terms.get(inner)
            && exploration.terms.bits(within) <= exploration.terms.bits(inner)
        {
            inner = within;
        }
        matches!(exploration.terms.get(inner), Term::Symbol(_))
    };
    match deciding_symbol(exploration, term) {
        Some(symbol) => identity(exploration) && !is_possible(&mut exploration.terms, reached, &[(symbol, 0)]),
        None => false,
    }
}

/// Names of external functions and globals that are part of old_size, or stand in tests of what it is made of:
/// `if (!valid(n)) …`.
pub fn asked(exploration: &Exploration, reached: &Reached) -> BTreeSet<String> {
    let symbols = exploration
        .terms
        .symbols_in(reached.arguments[reached.positions.old_size].term);
    let tested = symbols.iter().filter_map(|symbol| exploration.asked.get(symbol));
    let parts = symbols.iter().filter_map(|symbol| public_name(exploration, *symbol));
    let tested = tested.flatten().map(String::as_str).filter(|name| !name.is_empty());
    tested.chain(parts).map(str::to_owned).collect()
}

/// The program's own belief that old_size can be zero: after the call it tests, on the same path, something for zero that is
/// zero just when old_size is. What an external function has been asked about it before may have excluded zero.
fn believed_zero(exploration: &mut Exploration, reached: &Reached, term: TermId) -> Option<Origin> {
    let symbol = deciding_symbol(exploration, term)?;
    if reached.state.asked.contains(&symbol) {
        return None;
    }
    for (subject, at) in reached.later_tests.clone() {
        let at_zero = exploration.terms.substituted(subject, symbol, 0, DEPTH);
        let about = exploration.terms.symbols_in(subject) == [symbol];
        if about
            && exploration.terms.constant_of(at_zero) == Some(0)
            && is_possible(&mut exploration.terms, reached, &[(symbol, 0)])
        {
            return Some(Origin::new(at, Cause::Believed));
        }
    }
    None
}

fn proof(exploration: &Exploration, reached: &Reached, term: TermId, range: &Ranges, sources: &Sources) -> String {
    if let Some(value) = range.constant() {
        return format!("it is {value}");
    }
    let tested = reached
        .state
        .constraints
        .origin(term)
        .cloned()
        .or_else(|| first_tested(exploration, reached, term));
    let bounds = match (range.min(), range.max()) {
        (low, high) if high >= mask(47) => format!("it is at least {}", low.max(1)),
        (low, high) => format!("it is from {low} to {high}"),
    };
    match tested.and_then(|origin| origin.backwards().next()) {
        Some((at, Cause::Tested(truth))) => {
            let line = sources.file(at.file).position(at.start).line;
            format!(
                "{bounds} where `{}` is {truth} (line {line})",
                super::words::excerpt(sources, at)
            )
        }
        _ => bounds,
    }
}

/// What would have to be known, from the kind of unknown.
fn missing(exploration: &Exploration, term: TermId, sources: &Sources) -> Missing {
    let symbols = exploration.terms.symbols_in(term);
    let Some(symbol) = symbols.first() else {
        return Missing::Other("Its value is not followed".to_owned());
    };
    if let Some(part) = brought(exploration, *symbol, DEPTH).filter(|part| !part.in_memory) {
        return Missing::Parameter(part.parameter);
    }
    match &exploration.terms.symbol_data(*symbol).source {
        Source::Parameter(index) => Missing::Parameter(*index),
        Source::Memory(..) => known_by_name(exploration, *symbol)
            .unwrap_or_else(|| Missing::Other("It comes from memory whose content is not visible".to_owned())),
        Source::Result { callee, .. } if !callee.is_empty() => Missing::Result(callee.clone()),
        Source::Joined(_) => Missing::Other("It has different values on different paths".to_owned()),
        Source::Opaque(at, _) | Source::Result { at, .. } => {
            let text = super::words::excerpt(sources, *at);
            Missing::Other(format!("It depends on `{text}`, which the analysis does not follow"))
        }
    }
}

/// The global or function, seen by more than one file, that an unknown comes from.
fn public_name(exploration: &Exploration, symbol: SymbolId) -> Option<&str> {
    let locations = &exploration.locations;
    match &exploration.terms.symbol_data(symbol).source {
        Source::Memory(location, _) => match locations.get(locations.root(*location)) {
            Location::Global(None, name) | Location::Setting(name) if is_name(name) => Some(name),
            _ => None,
        },
        Source::Result { callee, .. } if !callee.is_empty() => Some(callee),
        _ => None,
    }
}

/// The field, global or function that an unknown comes from.
fn known_by_name(exploration: &Exploration, symbol: SymbolId) -> Option<Missing> {
    match &exploration.terms.symbol_data(symbol).source {
        Source::Memory(location, _) => {
            let locations = &exploration.locations;
            locations.enclosing(*location).find_map(|at| match locations.get(at) {
                Location::Field(_, name) => Some(Missing::Field(name.clone())),
                Location::Global(private, name) => Some(Missing::Global(name.clone(), private.is_some())),
                // A constant that no file at hand defines.
                Location::Setting(name) if is_name(name) => Some(Missing::Global(name.clone(), false)),
                _ => None,
            })
        }
        Source::Result { callee, .. } if !callee.is_empty() => Some(Missing::Result(callee.clone())),
        _ => None,
    }
}

/// What is visible of the other arguments.
pub fn facts(exploration: &Exploration, reached: &Reached) -> CallFacts {
    let positions = reached.positions;
    let constant = |index: Option<usize>| {
        let value = reached.arguments.get(index?)?;
        reached
            .state
            .constraints
            .range(&exploration.terms, value.term)
            .constant()
    };
    let term = |index: usize| reached.arguments.get(index).map(|value| value.term);
    let flags = constant(positions.flags).map(|flags| flags & mask(32) | positions.implied_flags);
    let new_address = positions.new_address.filter(|&index| index < reached.arguments.len());
    let old = constant(Some(positions.old_size));
    CallFacts {
        flags,
        new_size: constant(positions.new_size),
        has_new_address: new_address
            .is_some_and(|index| !matches!(reached.call.arguments[index].value, Expr::Const { bits: 0, .. })),
        same_address: new_address
            .is_some_and(|index| term(index).is_some() && term(index) == positions.old_address.and_then(term)),
        mapping: positions
            .old_address
            .and_then(term)
            .map_or(Mapping::Unknown, |address| mapping(exploration, reached, address)),
        rounds_to_zero: old.is_some_and(|old| old != 0),
        result: super::result::result_use(&reached.caller.function, &reached.call),
    }
}

fn mapping(exploration: &Exploration, reached: &Reached, address: TermId) -> Mapping {
    let terms = &exploration.terms;
    match terms.get(address) {
        Term::Const(0) => Mapping::Null,
        Term::Address(location) => match exploration.locations.get(exploration.locations.root(*location)) {
            Location::Local(..) | Location::Global(..) => Mapping::Memory,
            _ => Mapping::Unknown,
        },
        Term::Function(_) => Mapping::Memory,
        Term::Symbol(symbol) => match &terms.symbol_data(*symbol).source {
            Source::Result { callee, arguments, .. } => {
                let name = last_segment(callee);
                let flags = arguments
                    .get(3)
                    .map(|flags| reached.state.constraints.range(terms, *flags));
                match (name, flags.and_then(|flags| flags.constant())) {
                    ("mmap" | "mmap64" | "__mmap", Some(flags)) => Mapping::Mmap(flags & mask(32)),
                    (
                        "malloc" | "calloc" | "realloc" | "aligned_alloc" | "memalign" | "strdup" | "sbrk" | "alloca",
                        _,
                    ) => Mapping::Memory,
                    ("shmat", _) => Mapping::Shmat,
                    _ => Mapping::Unknown,
                }
            }
            _ => Mapping::Unknown,
        },
        _ => Mapping::Unknown,
    }
}
