//! The operands of a sink as text, for whoever asks how a verdict came about: an expression, what is known of it, and what
//! its unknowns are.

use super::words;
use crate::engine::{Exploration, Reached};
use crate::ir::Function;
use crate::source::Sources;
use crate::state::location::Location;
use crate::value::ranges::as_signed;
use crate::value::{LocationId, Operator, Ranges, Source, SymbolId, Term, TermId};

/// Depth to which expressions are written out.
const DEPTH: usize = 8;
/// Intervals of a range, and constants of an unknown, that are written out.
const LISTED: usize = 6;

/// What reached the operands of a sink in one state, one text each.
pub fn described(exploration: &Exploration, reached: &Reached, sources: &Sources) -> Vec<String> {
    let positions = reached.positions;
    let operands = [
        ("old_size", Some(positions.old_size)),
        ("old_address", positions.old_address),
        ("new_size", positions.new_size),
        ("flags", positions.flags),
        ("new_address", positions.new_address),
    ];
    let root = reached.stack.first().map_or(&reached.caller, |frame| &frame.caller);
    let values = Values {
        exploration,
        reached,
        sources,
        root: &root.function,
    };
    let shown = |(name, index): (&str, Option<usize>)| {
        let argument = reached.arguments.get(index?)?;
        Some(format!("{name}: {}", values.described(argument.term)))
    };
    let unread = reached.state.unread.iter();
    let unread = unread.map(|&at| {
        format!(
            "not understood on the way: `{}` ({})",
            words::excerpt(sources, at),
            words::place(sources, at)
        )
    });
    operands.into_iter().filter_map(shown).chain(unread).collect()
}

struct Values<'a> {
    exploration: &'a Exploration,
    reached: &'a Reached,
    sources: &'a Sources,
    /// The function that the exploration started in.
    root: &'a Function,
}

impl Values<'_> {
    /// The expression, what it can be, and what its unknowns are.
    fn described(&self, term: TermId) -> String {
        let terms = &self.exploration.terms;
        let range = self.reached.state.constraints.range(terms, term);
        let mut text = match range.constant() {
            Some(value) => number(value, terms.bits(term)),
            None => self.term(term, DEPTH),
        };
        if range.constant().is_none() && !range.is_full() {
            text += &format!(", {}", listed(&range));
        }
        if range.constant().is_none() {
            for &symbol in terms.symbols_in(term).iter().take(LISTED) {
                text += &format!("; `{}` {}", self.symbol(symbol, DEPTH), self.meaning(symbol));
            }
        }
        text
    }

    fn term(&self, term: TermId, depth: usize) -> String {
        let terms = &self.exploration.terms;
        let Some(depth) = depth.checked_sub(1) else {
            return "…".to_owned();
        };
        let inner = |term: &TermId| self.term(*term, depth);
        match terms.get(term) {
            Term::Const(value) => number(*value, terms.bits(term)),
            Term::Symbol(symbol) => self.symbol(*symbol, depth),
            Term::Sum(parts, constant) => {
                let bits = terms.bits(term);
                let part = |(part, factor): &(TermId, u64)| match factor {
                    1 => inner(part),
                    _ => format!("{} * {}", number(*factor, bits), inner(part)),
                };
                let constant = (*constant != 0).then(|| number(*constant, bits));
                let parts: Vec<String> = parts.iter().map(part).chain(constant).collect();
                format!("({})", parts.join(" + "))
            }
            Term::Binary(operator, left, right) => match sign(*operator) {
                Ok(sign) => format!("({} {sign} {})", inner(left), inner(right)),
                Err(name) => format!("{name}({}, {})", inner(left), inner(right)),
            },
            Term::Not(operand) => format!("!{}", inner(operand)),
            Term::Cast(operand, _) => inner(operand),
            Term::Address(location) => format!("&{}", self.location(*location, depth)),
            Term::Function(index) => terms.function_name(*index).to_owned(),
        }
    }

    fn symbol(&self, symbol: SymbolId, depth: usize) -> String {
        match &self.exploration.terms.symbol_data(symbol).source {
            Source::Parameter(index) => {
                let variable = self.root.parameters.get(*index as usize);
                variable.map_or("parameter".to_owned(), |&id| self.root.variable(id).name.clone())
            }
            Source::Memory(location, _) => self.location(*location, depth),
            Source::Result { callee, .. } => format!("{callee}(…)"),
            Source::Joined(number) => format!("joined {number}"),
            Source::Opaque(at, _) => words::excerpt(self.sources, *at),
        }
    }

    /// What an unknown is, as the end of a sentence that begins with its name.
    fn meaning(&self, symbol: SymbolId) -> String {
        let data = self.exploration.terms.symbol_data(symbol);
        match &data.source {
            Source::Parameter(index) => format!("is parameter {} of `{}`", index + 1, self.root.name),
            Source::Memory(_, 0) => "is what memory holds at the start".to_owned(),
            Source::Memory(..) => "is what memory holds after code that was not followed".to_owned(),
            Source::Result { at, .. } => format!("is the result of the call at {}", words::place(self.sources, *at)),
            Source::Joined(_) => {
                let mut values: Vec<u64> = data.witnesses.iter().map(|witness| witness.value).collect();
                values.sort_unstable();
                values.dedup();
                let values: Vec<String> = values.iter().take(LISTED).map(u64::to_string).collect();
                match values.is_empty() {
                    true => "differs between paths that were joined".to_owned(),
                    false => format!(
                        "differs between paths that were joined, {} on some",
                        values.join(" or ")
                    ),
                }
            }
            Source::Opaque(at, _) => format!("is not followed ({})", words::place(self.sources, *at)),
        }
    }

    fn location(&self, location: LocationId, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return "…".to_owned();
        };
        let locations = &self.exploration.locations;
        match locations.get(location) {
            Location::Local(0, variable) => self.root.variable(*variable).name.clone(),
            Location::Local(..) => "a local variable".to_owned(),
            Location::Global(_, name) | Location::Setting(name) => name.clone(),
            Location::Returned => "the structure returned".to_owned(),
            Location::Pointee(pointer) => format!("*{}", self.term(*pointer, depth)),
            Location::Field(object, name) => match locations.get(*object) {
                Location::Pointee(pointer) => format!("{}->{name}", self.term(*pointer, depth)),
                _ => format!("{}.{name}", self.location(*object, depth)),
            },
            Location::Element(array, index, _) => {
                format!("{}[{}]", self.location(*array, depth), self.term(*index, depth))
            }
        }
    }
}

/// A number as it is most easily read: those near the top of the width as negative.
fn number(value: u64, bits: u32) -> String {
    match as_signed(value, bits) {
        signed @ -0x10000..0 => signed.to_string(),
        _ => value.to_string(),
    }
}

/// What a range holds.
fn listed(range: &Ranges) -> String {
    if range.is_empty() {
        return "impossible".to_owned();
    }
    let intervals = range.intervals();
    let one = |&(low, high): &(u64, u64)| match low == high {
        true => low.to_string(),
        false => format!("{low} to {high}"),
    };
    let shown: Vec<String> = intervals.iter().take(LISTED).map(one).collect();
    let more = if intervals.len() > LISTED { " or more" } else { "" };
    format!("from {}{more}", shown.join(" or "))
}

/// An operator's sign, or its name as a function.
fn sign(operator: Operator) -> Result<&'static str, &'static str> {
    Ok(match operator {
        Operator::Multiply => "*",
        Operator::Divide(_) => "/",
        Operator::Remainder(_) => "%",
        Operator::And => "&",
        Operator::Or => "|",
        Operator::Xor => "^",
        Operator::ShiftLeft => "<<",
        Operator::ShiftRight(_) => ">>",
        Operator::Equal => "==",
        Operator::Less(_) => "<",
        Operator::Min(_) => return Err("min"),
        Operator::Max(_) => return Err("max"),
        Operator::SaturatingAdd(_) => return Err("saturating_add"),
        Operator::SaturatingSubtract(_) => return Err("saturating_sub"),
        Operator::SaturatingMultiply(_) => return Err("saturating_mul"),
    })
}
