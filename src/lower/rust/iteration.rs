//! What a loop iterates over, and the adapters on it that are understood.

use super::{Lower, closures, options};
use crate::ir::Expr;
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// What is iterated over, with the adapters that are understood.
#[derive(Clone)]
pub struct Iteration {
    pub base: Node,
    pub reversed: bool,
    /// The distance between elements; `step_after`: it applies after the reversal.
    pub step: Option<Node>,
    pub step_after: bool,
    pub enumerated: bool,
    /// Elements are references.
    pub borrowed: bool,
    /// Elements were copied out of references.
    pub copied: bool,
    /// How many of the first are left out, and how many of the rest are left.
    pub skipped: Option<Node>,
    pub taken: Option<Node>,
    /// What each element goes through, the last first.
    stages: Vec<(Stage, Node)>,
}

/// What a function does with an element.
#[derive(Clone, Copy)]
enum Stage {
    Map,
    Filter,
    FilterMap,
    Inspect,
}

/// Takes the adapters off a subject.
pub fn iteration(subject: &Node) -> Iteration {
    let mut found = Iteration {
        base: subject.clone(),
        reversed: false,
        step: None,
        step_after: false,
        enumerated: false,
        borrowed: false,
        copied: false,
        skipped: None,
        taken: None,
        stages: Vec::new(),
    };
    loop {
        match found.base.role() {
            Some(Role::Parenthesized) => match found.base.part(Part::Value) {
                Some(inner) => found.base = inner,
                None => return found,
            },
            Some(Role::Address) => match found.base.part(Part::Value) {
                Some(inner) => (found.base, found.borrowed) = (inner, true),
                None => return found,
            },
            Some(Role::Call) => match adapter(&found.base) {
                Some((inner, name, argument)) if found.apply(&name, argument.clone()) => found.base = inner,
                _ => return found,
            },
            _ => return found,
        }
    }
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
    /// Notes an adapter, from the outermost inwards. False: it is none that is understood.
    fn apply(&mut self, name: &str, argument: Option<Node>) -> bool {
        // Those noted so far see what this one gives.
        let narrowed = self.skipped.is_some() || self.taken.is_some();
        let of_elements = self.enumerated || self.copied || self.borrowed;
        match (name, argument) {
            ("rev", None) if !narrowed => {
                self.step_after = self.step.is_some();
                self.reversed = !self.reversed;
            }
            ("step_by", Some(step)) if self.step.is_none() && !narrowed => self.step = Some(step),
            ("enumerate", None) if !self.enumerated && !self.reversed && self.step.is_none() && !narrowed => {
                self.enumerated = true;
            }
            ("skip", Some(count)) if self.skipped.is_none() && !self.is_rearranged() => self.skipped = Some(count),
            ("take", Some(count)) if !narrowed && !self.is_rearranged() => self.taken = Some(count),
            ("iter" | "iter_mut", None) => self.borrowed = true,
            ("copied" | "cloned", None) => self.copied = true,
            ("into_iter" | "by_ref", None) => {}
            (_, Some(function)) if !of_elements && stage(name).is_some() => {
                let leaves_out = matches!(stage(name), Some(Stage::Filter | Stage::FilterMap));
                if leaves_out && (narrowed || self.step.is_some()) {
                    return false;
                }
                self.stages.extend(stage(name).map(|stage| (stage, function)));
            }
            _ => return false,
        }
        true
    }

    /// Whether elements come in another order or number than they stand.
    fn is_rearranged(&self) -> bool {
        self.reversed || self.step.is_some() || self.enumerated
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
        for (stage, function) in self.stages.iter().rev() {
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
