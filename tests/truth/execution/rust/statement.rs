//! Statements.

use super::{Integer, Maker, Scope, Variable};
use crate::execution::tree::{Node, node};

/// Makes one statement and adds what it declares to the scope.
type Step = fn(&mut Maker, &mut Scope) -> Node;

const STEPS: &[(usize, Step)] = &[
    (12, Maker::assign),
    (12, Maker::change),
    (9, Maker::declare),
    (8, Maker::branch),
    (6, Maker::guard),
    (5, Maker::matching),
    (5, Maker::looping),
    (14, Maker::sink),
    (11, Maker::helper_call),
    (4, Maker::option),
    (4, Maker::unpack),
    (4, Maker::buffer_step),
    (2, Maker::array),
    (3, Maker::flag),
    (3, Maker::correlated),
    (2, Maker::late),
    (2, Maker::reference),
    (2, Maker::closure),
    (1, Maker::assertion),
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
    pub fn stored(&mut self, scope: &Scope, ty: Integer) -> Node {
        match self.random.below(10) {
            0..=4 => self.literal(ty, true),
            5..=7 => self.value(scope, ty, 1),
            8 => self.value(scope, ty, 2),
            _ => self.sized(ty).unwrap_or_else(|| self.value(scope, ty, 0)),
        }
    }

    /// Stores a value in a variable, an old or a new one.
    pub fn store(&mut self, scope: &mut Scope, ty: Integer, value: Node) -> Node {
        let fitting: Vec<_> = scope
            .variables
            .iter()
            .filter(|variable| !variable.fixed && variable.ty == ty)
            .collect();
        if !fitting.is_empty() && self.random.chance(50) {
            let text = self.random.one(&fitting).text.clone();
            return node![text, " = ", value, ";\n"];
        }
        let name = self.local("n");
        scope.variables.push(Variable {
            text: name.clone(),
            ty,
            fixed: false,
        });
        node![format!("let mut {name} = "), value, ";\n"]
    }
}
