//! Which calls a record counts for, and which records count at all.

use super::explored::Explored;
use super::objects::EntryPlace;
use super::{FunctionKey, macro_uses};
use crate::engine::{Body, Frame};
use crate::ir::{Call, Expr, Linkage, Place, SinkPositions};
use crate::outcome::CallFacts;
use crate::source::Span;
use crate::verdict::classify::Brought;
use crate::verdict::site::{Brings, Site};
use crate::verdict::{Class, Missing, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// One state at one sink, with the calls that led there.
#[derive(Clone)]
pub struct RawRecord {
    /// Calls from the start of the exploration, outermost first.
    pub stack: Vec<Frame>,
    /// The sink call.
    pub call: Arc<Call>,
    /// The function that holds it.
    pub caller: Arc<Body>,
    /// Operand positions of the sink.
    pub positions: SinkPositions,
    /// What the state says.
    pub class: Class,
    /// Parameters of the explored function that old_size is made of.
    pub parameters: Vec<Brought>,
    /// Functions that are not visible which the path has asked about old_size.
    pub asked: BTreeSet<String>,
    /// The class says what other functions leave in memory that the explored function reads, whoever calls it.
    pub left_by_others: bool,
    /// Other states cover all that it does not say of a zero.
    pub only_evidence: bool,
    /// It is said not to be zero, but what a caller passes may be close to the largest size, which the kernel takes for zero.
    pub assumed: bool,
    /// The other operands.
    pub facts: CallFacts,
    /// The field or global, as it was at the start, that decides whether old_size is zero.
    pub entry: Option<EntryPlace>,
    /// A function on the way to the sink excludes zero by itself, whoever calls it.
    pub settled: bool,
    /// The operands as text, if somebody asks for an explanation.
    pub shown: Vec<String>,
}

impl RawRecord {
    /// The functions on the way from the explored one to the sink, that one left out.
    fn callees(&self) -> impl Iterator<Item = FunctionKey> {
        let inner = self.stack.iter().skip(1).map(|frame| frame.caller.function.whole);
        inner.chain((!self.stack.is_empty()).then_some(self.caller.function.whole))
    }
}

/// Whether all records say the same: all zero or all not zero.
pub fn agrees(records: &[&RawRecord]) -> bool {
    let zero = |record: &&RawRecord| matches!(record.class, Class::Zero(_));
    let nonzero = |record: &&RawRecord| matches!(record.class, Class::NonZero(_));
    !records.is_empty() && (records.iter().all(zero) || records.iter().all(nonzero))
}

/// Settles what is unknown of calls through functions that by themselves, from whatever state they start in, never pass a
/// zero to the sink.
pub fn settle(explored: &mut [Explored]) {
    let mut safe: BTreeMap<(FunctionKey, Span), Option<String>> = BTreeMap::new();
    for one in explored.iter() {
        for record in &one.records {
            let proof = match &record.class {
                Class::NonZero(proof) if !one.exhausted => Some(proof),
                _ => None,
            };
            let known = safe
                .entry((one.body.function.whole, record.call.at))
                .or_insert_with(|| proof.cloned());
            *known = known.take().filter(|_| proof.is_some());
        }
    }
    for one in explored {
        for record in &mut one.records {
            let at = record.call.at;
            let proof = record
                .callees()
                .find_map(|function| safe.get(&(function, at))?.as_ref());
            if let Some(proof) = proof {
                record.settled = true;
                if matches!(record.class, Class::Unknown(_)) {
                    record.class = Class::NonZero(proof.clone());
                }
            }
        }
    }
}

/// Which parameters of a function reach old_size of a sink call.
pub type Forwards = BTreeMap<(FunctionKey, Span), BTreeSet<Brought>>;

/// All records that count, with the sites that they count for.
pub fn records(explored: &[Explored]) -> Vec<Record> {
    let mut counted = Vec::new();
    weigh(explored, |one, raw, forwards, covered| {
        if !covered {
            counted.push(record(one, raw, forwards));
        }
    });
    counted
}

/// Visits all records, each with whether the callers, which are all visible, answer for it.
pub fn weigh<'e>(explored: &'e [Explored], mut each: impl FnMut(&'e Explored, &'e RawRecord, &Forwards, bool)) {
    let mut forwards: Forwards = BTreeMap::new();
    for one in explored {
        for record in &one.records {
            let key = (one.body.function.whole, record.call.at);
            let forwarded = forwards.entry(key).or_default();
            forwarded.extend(&record.parameters);
            // The type that an argument has decides as well.
            forwarded.extend(one.body.function.type_bearer().map(|parameter| Brought {
                in_memory: true,
                parameter: parameter as u32,
            }));
        }
    }
    let safe_for_a_type = safe_for_a_type(explored);
    // Sinks reached through a function from the functions that call it.
    let mut reached_through: BTreeSet<(FunctionKey, Span)> = BTreeSet::new();
    for one in explored {
        for record in &one.records {
            reached_through.extend(record.callees().map(|function| (function, record.call.at)));
        }
    }
    for one in explored {
        let mut by_sink: BTreeMap<Span, Vec<&RawRecord>> = BTreeMap::new();
        for record in &one.records {
            by_sink.entry(record.call.at).or_default().push(record);
        }
        for (sink, records) in by_sink {
            let function = &one.body.function;
            let key = (function.whole, sink);
            let reached = reached_through.contains(&key);
            let covered = match function.stands_for() {
                // Whether there is such a type at all, callers tell.
                Some(_) => reached || safe_for_a_type.contains(&key),
                None => {
                    let private = function.linkage == Linkage::Private && !one.callers_left_out;
                    private && reached && !agrees(&records)
                }
            };
            for record in records {
                each(one, record, &forwards, covered);
            }
        }
    }
}

/// Sinks that a function never passes a zero to if its type parameter stands for one type or another.
fn safe_for_a_type(explored: &[Explored]) -> BTreeSet<(FunctionKey, Span)> {
    let mut safe = BTreeSet::new();
    for one in explored.iter().filter(|one| one.body.function.stands_for().is_some()) {
        let nonzero = |record: &&RawRecord| matches!(record.class, Class::NonZero(_));
        let others: BTreeSet<Span> = one
            .records
            .iter()
            .filter(|record| !nonzero(record))
            .map(|record| record.call.at)
            .collect();
        let sinks = one.records.iter().map(|record| record.call.at);
        safe.extend(
            sinks
                .filter(|at| !others.contains(at))
                .map(|at| (one.body.function.whole, at)),
        );
    }
    safe
}

/// A record with the sites that it counts for.
pub fn record(one: &Explored, raw: &RawRecord, forwards: &Forwards) -> Record {
    let calls = raw.stack.iter().map(|frame| frame.call.at);
    Record {
        sites: sites(raw, forwards),
        class: raw.class.clone(),
        // What only an assumption about callers excludes, a caller that was left out may bring.
        incomplete: one.exhausted && !raw.settled || one.callers_left_out && raw.assumed,
        facts: raw.facts,
        calls: calls.chain([raw.call.at]).collect(),
    }
}

/// The sink call, the use of the macro that holds it if that brings old_size, and outwards the calls of functions that forward
/// a parameter to it, or what memory holds that a parameter leads to.
fn sites(record: &RawRecord, forwards: &Forwards) -> Vec<Site> {
    let mut sites = Vec::new();
    let mut callee = &record.caller;
    let (mut call, mut operand) = (&*record.call, record.positions.old_size);
    let mut in_memory = false;
    push_sites(&mut sites, call, operand, callee, Brings::Value);
    for frame in record.stack.iter().rev() {
        let parameters = forwards.get(&(callee.function.whole, record.call.at));
        let brought = parameters.and_then(|parameters| parameters.first().copied());
        // A function that calls what it is given does not reach the sink by itself.
        let passed = || passed_on(callee, &call.arguments[operand].value, in_memory);
        let Some(brought) = brought.or_else(passed) else {
            break;
        };
        in_memory = brought.in_memory;
        (call, operand) = (&frame.call, brought.parameter as usize);
        if !is_written(call, operand, callee) || brought.in_memory && record.left_by_others {
            break;
        }
        let brings = if brought.in_memory {
            Brings::Memory(callee.function.whole)
        } else {
            Brings::Value
        };
        push_sites(&mut sites, call, operand, &frame.caller, brings);
        callee = &frame.caller;
    }
    sites
}

/// The parameter that a function passes on as it is, and with it what memory holds that it leads to.
fn passed_on(function: &Body, value: &Expr, in_memory: bool) -> Option<Brought> {
    let mut value = value;
    while let Expr::Cast(inner, ..) = value {
        value = inner;
    }
    let Expr::Load(Place::Var(variable), ..) = value else {
        return None;
    };
    let parameter = function
        .function
        .parameters
        .iter()
        .position(|parameter| parameter == variable)?;
    Some(Brought {
        in_memory,
        parameter: parameter as u32,
    })
}

/// Whether an argument is written in the call, or as its receiver before it. What a closure captures is not: it was brought
/// where the closure was made.
fn is_written(call: &Call, operand: usize, callee: &Body) -> bool {
    call.arguments.get(operand).is_some_and(|argument| {
        let captured = argument.at == callee.function.whole;
        call.at.contains(argument.at) || operand == 0 && !captured && argument.at.end <= call.at.start
    })
}

fn push_sites(sites: &mut Vec<Site>, call: &Call, operand: usize, caller: &Arc<Body>, brings: Brings) {
    let function = (!caller.function.name.is_empty()).then(|| caller.function.name.clone());
    let site = |at, argument, brings| Site {
        at,
        argument,
        operand,
        function: function.clone(),
        brings,
        constant: matches!(call.arguments[operand].value.uncast(), Expr::Const { .. }),
    };
    let argument = &call.arguments[operand];
    sites.push(site(call.at, argument.at, brings));
    // A call that is written in the function itself, though as text that a macro repeats, is no part of the macro.
    let in_macro = !caller.function.whole.contains(call.at);
    if let Some(outermost) = call.expansion.first().filter(|_| in_macro)
        && let Some(part) = macro_uses::by_use(&argument.value, outermost, &caller.function)
    {
        // Macros in between hand on what the use brings.
        for step in call.expansion.iter().skip(1).rev() {
            if step.at != call.at && !outermost.at.contains(step.at) {
                sites.push(site(step.at, step.at, Brings::Text));
            }
        }
        sites.push(site(outermost.at, part, Brings::Text));
    }
}

/// Sink calls in explored functions that no state reaches: on no feasible path, or not before the limit was hit.
pub fn unreached(explored: &[Explored]) -> Vec<Record> {
    let reached: BTreeSet<Span> = explored
        .iter()
        .flat_map(|one| one.records.iter().map(|record| record.call.at))
        .collect();
    let mut records = Vec::new();
    for one in explored {
        for call in one.body.function.calls() {
            let Some(positions) = call.sink.filter(|positions| positions.old_size < call.arguments.len()) else {
                continue;
            };
            if reached.contains(&call.at) {
                continue;
            }
            let class = if one.exhausted {
                let text = "The limit of steps was hit before the call was reached in every way";
                Class::Unknown(Missing::Other(text.to_owned()))
            } else {
                Class::NonZero("no feasible path reaches the call".to_owned())
            };
            let mut sites = Vec::new();
            push_sites(&mut sites, call, positions.old_size, &one.body, Brings::Value);
            records.push(Record {
                sites,
                class,
                incomplete: false,
                facts: CallFacts::default(),
                calls: vec![call.at],
            });
        }
    }
    records
}
