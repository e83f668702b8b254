//! Statements.

use super::integer::{Expr, Integer};
use super::{Maker, Scope, Variable};
use crate::execution::tree::{Node, node};

/// Makes one statement and adds what it declares to the scope.
type Step = fn(&mut Maker, &mut Scope) -> Node;

const STEPS: &[(usize, Step)] = &[
    (14, Maker::assign),
    (12, Maker::change),
    (8, Maker::declare),
    (8, Maker::branch),
    (7, Maker::guard),
    (4, Maker::switch),
    (5, Maker::looping),
    (14, Maker::sink),
    (11, Maker::helper_call),
    (3, Maker::pointer),
    (5, Maker::structure_step),
    (2, Maker::array),
    (3, Maker::flag),
    (3, Maker::correlated),
    (2, Maker::both_arms),
    (3, Maker::under_setting),
    (1, Maker::assertion),
    (2, Maker::function_pointer),
    (1, Maker::jump_back),
    (4, Maker::element),
];

/// Deepest nesting of blocks.
const DEPTH: usize = 3;

impl Maker {
    /// One statement, which the shrinker may leave out.
    pub fn statement(&mut self, scope: &mut Scope) -> Node {
        self.budget = self.budget.saturating_sub(1);
        let step: Step = if self.budget == 0 {
            self.random.one(&[Maker::assign as Step, Maker::sink as Step])
        } else if scope.depth >= DEPTH {
            self.random
                .one(&[Maker::assign as Step, Maker::sink, Maker::helper_call, Maker::guard])
        } else {
            self.random.weighted(STEPS)
        };
        step(self, scope).optional()
    }

    /// Up to `count` statements with a scope of their own.
    pub fn block(&mut self, scope: &Scope, count: usize) -> Node {
        let mut inner = Scope {
            depth: scope.depth + 1,
            ..scope.clone()
        };
        let count = self.random.between(1, count);
        Node::from((0..count).map(|_| self.statement(&mut inner)).collect::<Vec<_>>())
    }

    /// A variable that statements may write.
    pub fn writable(&mut self, scope: &Scope) -> Option<Variable> {
        let fitting: Vec<_> = scope
            .variables
            .iter()
            .filter(|variable| !variable.fixed)
            .cloned()
            .collect();
        (!fitting.is_empty()).then(|| self.random.one(&fitting))
    }

    /// The right-hand side of an assignment: often a bare constant.
    pub fn stored(&mut self, scope: &Scope) -> Expr {
        match self.random.below(10) {
            0..=4 => self.constant(),
            5..=7 => self.value(scope, 1),
            8 => self.value(scope, 2),
            _ => self.sized().unwrap_or_else(|| self.value(scope, 0)),
        }
    }

    /// Stores a value in a variable, an old or a new one.
    pub fn store(&mut self, scope: &mut Scope, value: Expr) -> Node {
        if self.random.chance(50)
            && let Some(variable) = self.writable(scope)
        {
            return node![variable.text, " = ", value.node, ";\n"];
        }
        let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
        scope.variables.push(Variable::local(&name, ty));
        node![format!("{} {name} = ", ty.name), value.node, ";\n"]
    }
}
