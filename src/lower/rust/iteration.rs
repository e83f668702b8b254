//! What a loop iterates over, and the adapters on it that are understood.

use super::{Lower, closures, options};
use crate::ir::Expr;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// What is iterated over, with the adapters that are understood.
pub struct Iteration {
    /// The range, sequence or iterator under the adapters.
    pub base: Node,
    /// The adapters from the outermost inwards: each sees what those after it give.
    adapters: Vec<Adapter>,
}

/// A method that makes one iterator of another.
enum Adapter {
    /// `iter()`, `&`: elements are references.
    Borrow,
    /// `copied()`: elements are copied out of references.
    Copy,
    Reverse,
    StepBy(Node),
    Enumerate,
    Skip(Node),
    Take(Node),
    /// A function that each element goes through.
    Stage(Stage, Node),
}

/// What a function does with an element.
#[derive(Clone, Copy)]
enum Stage {
    Map,
    Filter,
    FilterMap,
    Inspect,
}

/// Which way a loop counts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    Up,
    /// From the end.
    Down,
    /// From the last element that the steps reach.
    DownInStep,
}

/// Takes the adapters off a subject.
pub fn iteration(subject: &Node) -> Iteration {
    let mut found = Iteration {
        base: subject.clone(),
        adapters: Vec::new(),
    };
    while let Some(inner) = found.peeled() {
        found.base = inner;
    }
    found
}

/// The receiver, name and argument of a method call.
fn adapter(call: &Node) -> Option<(Node, String, Option<Node>)> {
    let callee = call
        .part(Part::Callee)
        .filter(|callee| callee.role() == Some(Role::Field))?;
    let arguments = call.part(Part::Arguments)?;
    let argument = arguments.children().next();
    Some((
        callee.part(Part::Object)?,
        callee.part(Part::Name)?.text().to_owned(),
        argument,
    ))
}

impl Iteration {
    /// What the outermost adapter or parentheses are around, noting the adapter. `None`: it is none that is understood.
    fn peeled(&mut self) -> Option<Node> {
        match self.base.role()? {
            Role::Parenthesized => self.base.part(Part::Value),
            Role::Address => {
                let inner = self.base.part(Part::Value)?;
                self.adapters.push(Adapter::Borrow);
                Some(inner)
            }
            Role::Call => {
                let (inner, name, argument) = adapter(&self.base)?;
                if !matches!((name.as_str(), &argument), ("into_iter" | "by_ref", None)) {
                    let adapter = self.understood(&name, argument)?;
                    self.adapters.push(adapter);
                }
                Some(inner)
            }
            _ => None,
        }
    }

    /// The adapter of a name, if it is understood under those that see what it gives.
    fn understood(&self, name: &str, argument: Option<Node>) -> Option<Adapter> {
        let narrowed = self.skipped().is_some() || self.taken().is_some();
        let stepped = self.step().is_some();
        let rearranged = self.is_reversed() || stepped || self.is_enumerated();
        match (name, argument) {
            ("iter" | "iter_mut", None) => Some(Adapter::Borrow),
            ("copied" | "cloned", None) => Some(Adapter::Copy),
            // With steps in between, two reversals are not none.
            ("rev", None) => (!(narrowed || stepped && self.has_reversal())).then_some(Adapter::Reverse),
            ("step_by", Some(step)) => (!stepped && !narrowed).then_some(Adapter::StepBy(step)),
            ("enumerate", None) => (!rearranged && !narrowed).then_some(Adapter::Enumerate),
            ("skip", Some(count)) => (self.skipped().is_none() && !rearranged).then_some(Adapter::Skip(count)),
            ("take", Some(count)) => (!narrowed && !rearranged).then_some(Adapter::Take(count)),
            (_, Some(function)) => {
                let stage = stage(name)?;
                let leaves_out = matches!(stage, Stage::Filter | Stage::FilterMap);
                let of_elements = self.is_enumerated() || self.is_copied() || self.is_borrowed();
                let whole = !of_elements && !(leaves_out && (narrowed || stepped));
                whole.then_some(Adapter::Stage(stage, function))
            }
            _ => None,
        }
    }

    fn has(&self, is: impl Fn(&Adapter) -> bool) -> bool {
        self.adapters.iter().any(is)
    }

    fn argument(&self, of: impl Fn(&Adapter) -> Option<&Node>) -> Option<&Node> {
        self.adapters.iter().find_map(of)
    }

    /// Elements are references.
    pub fn is_borrowed(&self) -> bool {
        self.has(|adapter| matches!(adapter, Adapter::Borrow))
    }

    /// Elements were copied out of references.
    pub fn is_copied(&self) -> bool {
        self.has(|adapter| matches!(adapter, Adapter::Copy))
    }

    /// Elements are pairs with their position.
    pub fn is_enumerated(&self) -> bool {
        self.has(|adapter| matches!(adapter, Adapter::Enumerate))
    }

    /// The distance between elements.
    pub fn step(&self) -> Option<&Node> {
        self.argument(|adapter| match adapter {
            Adapter::StepBy(step) => Some(step),
            _ => None,
        })
    }

    /// How many of the first are left out.
    pub fn skipped(&self) -> Option<&Node> {
        self.argument(|adapter| match adapter {
            Adapter::Skip(count) => Some(count),
            _ => None,
        })
    }

    /// How many of the rest are left.
    pub fn taken(&self) -> Option<&Node> {
        self.argument(|adapter| match adapter {
            Adapter::Take(count) => Some(count),
            _ => None,
        })
    }

    fn has_reversal(&self) -> bool {
        self.has(|adapter| matches!(adapter, Adapter::Reverse))
    }

    /// Whether elements come in another order, or not all of them: their position is not their index.
    pub fn is_rearranged(&self) -> bool {
        self.is_reversed() || self.step().is_some()
    }

    fn is_reversed(&self) -> bool {
        let reversals = self
            .adapters
            .iter()
            .filter(|adapter| matches!(adapter, Adapter::Reverse));
        !reversals.count().is_multiple_of(2)
    }

    /// Which way the loop counts.
    pub fn direction(&self) -> Direction {
        let step = self
            .adapters
            .iter()
            .position(|adapter| matches!(adapter, Adapter::StepBy(_)));
        let reversal = self
            .adapters
            .iter()
            .rposition(|adapter| matches!(adapter, Adapter::Reverse));
        match (step, reversal) {
            _ if !self.is_reversed() => Direction::Up,
            // The outermost stands first: what is reversed are the steps.
            (Some(step), Some(reversal)) if step > reversal => Direction::DownInStep,
            _ => Direction::Down,
        }
    }

    /// Hands an element on through all stages.
    pub fn passed_on(
        &self,
        lowering: &mut Lower<'_>,
        element: Expr,
        at: Span,
        each: impl FnOnce(&mut Lower<'_>, Expr),
    ) {
        let (mut element, next) = (element, lowering.body.block());
        let stages = self.adapters.iter().rev().filter_map(|adapter| match adapter {
            Adapter::Stage(stage, function) => Some((stage, function)),
            _ => None,
        });
        for (stage, function) in stages {
            let passed = match stage {
                Stage::Map | Stage::FilterMap => element.clone(),
                Stage::Filter | Stage::Inspect => {
                    let place = lowering.place_of_value(element.clone());
                    lowering.reference(place, at)
                }
            };
            let result = closures::apply(lowering, function, vec![passed], at);
            let test = match stage {
                Stage::Map => {
                    element = result;
                    continue;
                }
                Stage::Inspect => continue,
                Stage::Filter => result,
                Stage::FilterMap => {
                    let place = lowering.place_of_value(result);
                    element = options::payload(lowering, &place, at);
                    options::tag(&place, at)
                }
            };
            let kept = lowering.body.block();
            lowering.body.branch(test, kept, next, at);
            lowering.body.switch_to(kept);
        }
        each(lowering, element);
        lowering.body.goto_and_switch(next);
    }
}

fn stage(name: &str) -> Option<Stage> {
    Some(match name {
        "map" => Stage::Map,
        "filter" => Stage::Filter,
        "filter_map" => Stage::FilterMap,
        "inspect" => Stage::Inspect,
        _ => return None,
    })
}
