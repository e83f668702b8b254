//! Which calls a record counts for, and which records count at all.

use super::classify::Brought;
use super::macro_uses;
use super::record::{Evidence, Record, agrees};
use super::site::{Brings, Site};
use super::{Class, Counted, Missing};
use crate::engine::{Body, FunctionKey};
use crate::ir::{Call, Expr, Linkage, Place};
use crate::kernel::CallFacts;
use crate::source::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which parameters of a function reach old_size of a sink call.
pub type Forwards = BTreeMap<(FunctionKey, Span), BTreeSet<Brought>>;

/// All records that count, with the sites that they count for.
pub fn counted<E: AsRef<Evidence>>(explored: &[E]) -> Vec<Counted> {
    let mut counted = Vec::new();
    weigh(explored, |one, record, forwards, covered| {
        if !covered {
            counted.push(count(one.as_ref(), record, forwards));
        }
    });
    counted.extend(unreached(explored));
    counted
}

/// Visits all records, each with whether the callers, which are all visible, answer for it.
pub fn weigh<'e, E: AsRef<Evidence>>(explored: &'e [E], mut each: impl FnMut(&'e E, &'e Record, &Forwards, bool)) {
    let evidence = || explored.iter().map(AsRef::as_ref);
    let forwards = forwards(evidence());
    let safe_for_a_type = safe_for_a_type(evidence());
    // Sinks reached through a function from the functions that call it.
    let mut reached_through: BTreeSet<(FunctionKey, Span)> = BTreeSet::new();
    for record in evidence().flat_map(|one| &one.records) {
        reached_through.extend(record.callees().map(|function| (function, record.call.at)));
    }
    for one in explored {
        for (sink, records) in by_sink(one.as_ref()) {
            let function = &one.as_ref().body.function;
            let key = (function.whole, sink);
            let reached = reached_through.contains(&key);
            let covered = match function.stands_for() {
                // Whether there is such a type at all, callers tell.
                Some(_) => reached || safe_for_a_type.contains(&key),
                None => {
                    let private = function.linkage == Linkage::Private && !one.as_ref().callers_left_out;
                    private && reached && !agrees(&records)
                }
            };
            for record in records {
                each(one, record, &forwards, covered);
            }
        }
    }
}

/// The records of an exploration by their sink.
fn by_sink(one: &Evidence) -> BTreeMap<Span, Vec<&Record>> {
    let mut by_sink: BTreeMap<Span, Vec<&Record>> = BTreeMap::new();
    for record in &one.records {
        by_sink.entry(record.call.at).or_default().push(record);
    }
    by_sink
}

fn forwards<'e>(evidence: impl Iterator<Item = &'e Evidence>) -> Forwards {
    let mut forwards: Forwards = BTreeMap::new();
    for one in evidence {
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
    forwards
}

/// Sinks that a function never passes a zero to if its type parameter stands for one type or another.
fn safe_for_a_type<'e>(evidence: impl Iterator<Item = &'e Evidence>) -> BTreeSet<(FunctionKey, Span)> {
    let mut safe = BTreeSet::new();
    for one in evidence.filter(|one| one.body.function.stands_for().is_some()) {
        let nonzero = |record: &&Record| matches!(record.class, Class::NonZero(_));
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
pub fn count(one: &Evidence, record: &Record, forwards: &Forwards) -> Counted {
    let calls = record.stack.iter().map(|frame| frame.call.at);
    Counted {
        sites: sites(record, forwards),
        class: record.class.clone(),
        // What only an assumption about callers excludes, a caller that was left out may bring.
        incomplete: one.exhausted && !record.settled || one.callers_left_out && record.assumed,
        facts: record.facts,
        calls: calls.chain([record.call.at]).collect(),
    }
}

/// The sink call, the use of the macro that holds it if that brings old_size, and outwards the calls of functions that forward
/// a parameter to it, or what memory holds that a parameter leads to.
fn sites(record: &Record, forwards: &Forwards) -> Vec<Site> {
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
fn unreached<E: AsRef<Evidence>>(explored: &[E]) -> Vec<Counted> {
    let evidence = || explored.iter().map(AsRef::as_ref);
    let records = evidence().flat_map(|one| &one.records);
    let reached: BTreeSet<Span> = records.map(|record| record.call.at).collect();
    let mut counted = Vec::new();
    for one in evidence() {
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
                Class::NonZero(super::words::NOT_REACHED.to_owned())
            };
            let mut sites = Vec::new();
            push_sites(&mut sites, call, positions.old_size, &one.body, Brings::Value);
            counted.push(Counted {
                sites,
                class,
                incomplete: false,
                facts: CallFacts::default(),
                calls: vec![call.at],
            });
        }
    }
    counted
}
