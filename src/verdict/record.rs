//! One state at one sink, and all of one exploration.

use super::Class;
use super::classify::{self, Brought};
use super::entry::{EntryValue, entry_value};
use super::operands;
use crate::engine::{Body, Exploration, Frame, FunctionKey, Reached};
use crate::ir::{Call, SinkPositions};
use crate::kernel::CallFacts;
use crate::source::Sources;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the exploration of one function says of the sinks that it has reached.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The function.
    pub body: Arc<Body>,
    /// One for each state at each sink.
    pub records: Vec<Record>,
    /// The exploration hit its limit.
    pub exhausted: bool,
    /// More code may call the function than was looked at.
    pub callers_left_out: bool,
}

/// One state at one sink, with the calls that led there.
#[derive(Clone, Debug)]
pub struct Record {
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
    /// External functions that the path has asked about old_size.
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
    pub entry: Option<EntryValue>,
    /// A function on the way to the sink excludes zero by itself, whoever calls it.
    pub settled: bool,
    /// The operands as text, if somebody asks for an explanation.
    pub operands: Vec<String>,
}

impl Evidence {
    /// Nothing is known of a function.
    pub fn none(body: &Arc<Body>) -> Evidence {
        Evidence {
            body: body.clone(),
            records: Vec::new(),
            exhausted: true,
            callers_left_out: false,
        }
    }

    /// Takes in what the same function gave when more disjuncts were kept and the limit was hit: what this one proves is
    /// proven, and zeros found before stay found. What this one has joined fits too much of what other functions leave in
    /// objects.
    pub fn with_detailed(mut self, detailed: Evidence) -> Evidence {
        for record in &mut self.records {
            record.entry.take_if(|entry| !entry.global);
        }
        let complete = !self.exhausted;
        self.records.extend(detailed.records.into_iter().map(|record| Record {
            only_evidence: complete,
            ..record
        }));
        self
    }
}

impl Record {
    /// What one state says at one sink. `explain`: somebody asks for an explanation.
    pub fn of(exploration: &mut Exploration, reached: &Reached, sources: &Sources, explain: bool) -> Record {
        let (class, parameters) = classify::classify(exploration, reached, sources);
        let by_callers = parameters.iter().any(|brought| !brought.in_memory);
        Record {
            stack: reached.stack.clone(),
            call: reached.call.clone(),
            caller: reached.caller.clone(),
            positions: reached.positions,
            class,
            parameters,
            asked: classify::asked(exploration, reached),
            left_by_others: false,
            settled: false,
            only_evidence: false,
            assumed: by_callers && classify::may_round_to_zero(exploration, reached),
            facts: classify::facts(exploration, reached),
            entry: classify::deciding_term(exploration, reached)
                .and_then(|term| entry_value(exploration, reached, term)),
            operands: match explain {
                true => operands::described(exploration, reached, sources),
                false => Vec::new(),
            },
        }
    }

    /// The functions on the way from the explored one to the sink, that one left out.
    pub fn callees(&self) -> impl Iterator<Item = FunctionKey> {
        let inner = self.stack.iter().skip(1).map(|frame| frame.caller.function.whole);
        inner.chain((!self.stack.is_empty()).then_some(self.caller.function.whole))
    }
}

/// Whether all records say the same: all zero or all not zero.
pub fn agrees(records: &[&Record]) -> bool {
    let zero = |record: &&Record| matches!(record.class, Class::Zero(_));
    let nonzero = |record: &&Record| matches!(record.class, Class::NonZero(_));
    !records.is_empty() && (records.iter().all(zero) || records.iter().all(nonzero))
}
