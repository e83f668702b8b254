//! Expressions and conditions over what is in scope.

use super::integer::{Expr, INT, Integer, SIZE, UNSIGNED, UNSIGNED_LONG};
use super::{Maker, Scope};
use crate::execution::tree::{Node, node};

/// Zero and the numbers around which widths, pages and the kernel's rounding turn.
const CONSTANTS: &[(usize, i128)] = &[
    (30, 0),
    (8, 1),
    (4, 2),
    (4, 3),
    (3, 7),
    (3, 16),
    (12, 4096),
    (4, 4095),
    (2, 4097),
    (4, 8192),
    (2, 255),
    (4, 256),
    (2, 128),
    (2, 65535),
    (4, 65536),
    (2, 0x1_0000),
    (2, 0xffff_f000),
    (2, 0xffff_ffff),
    (3, 0x1_0000_0000),
    (3, -1),
    (1, -16),
    (1, -4095),
    (1, -4096),
];

impl Maker {
    /// A constant, zero most often.
    pub fn constant(&mut self) -> Expr {
        let value = self.random.weighted(CONSTANTS);
        Expr::constant(&mut self.random, value)
    }

    /// A constant that is not zero, with no surprises in it.
    pub fn plain_constant(&mut self) -> Expr {
        let value = self.random.one(&[1, 16, 4096, 8192]);
        Expr::constant(&mut self.random, value)
    }

    /// A variable, a constant, or a name for one.
    fn atom(&mut self, scope: &Scope) -> Expr {
        match self.random.below(20) {
            0..=9 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                variable.read()
            }
            10..=12 if !self.constants.is_empty() => self.random.one(&self.constants),
            13 => {
                let (text, size) = self.random.one(&[
                    ("sizeof(int)", 4),
                    ("sizeof(size_t)", 8),
                    ("sizeof(char)", 1),
                    ("sizeof(void *)", 8),
                    ("sizeof(char[4096])", 4096),
                    ("sizeof(uint16_t)", 2),
                ]);
                Expr::ranged(text, SIZE, (size, size))
            }
            _ => self.constant(),
        }
    }

    /// An expression without side effects.
    pub fn value(&mut self, scope: &Scope, depth: usize) -> Expr {
        if depth == 0 {
            return self.atom(scope);
        }
        match self.random.below(18) {
            0..=4 => {
                let operator = self
                    .random
                    .weighted(&[(4, "+"), (4, "-"), (2, "*"), (3, "&"), (1, "|"), (1, "^")]);
                let (left, right) = (self.value(scope, depth - 1), self.value(scope, depth - 1));
                Expr::binary(operator, left, right)
            }
            5..=6 => {
                let operator = self.random.one(&["<<", ">>", "/", "%"]);
                self.value(scope, depth - 1).with_constant(operator, &mut self.random)
            }
            7..=8 => {
                let ty = Integer::any(&mut self.random);
                let inner = self.value(scope, depth - 1);
                let cast = inner.cast(ty);
                Expr {
                    node: node!["(", cast.node, ")"].or(&[1]),
                    ..cast
                }
            }
            9 => {
                let mask = self
                    .random
                    .one(&[("~4095UL", UNSIGNED_LONG), ("0xfff", INT), ("~0xfffu", UNSIGNED)]);
                let inner = self.value(scope, depth - 1);
                Expr::binary("&", inner, Expr::of(mask.0, mask.1))
            }
            10..=11 => {
                let test = self.condition(scope, 0);
                let (yes, no) = (self.value(scope, depth - 1), self.value(scope, 0));
                Expr::select(test, yes, no)
            }
            12 => {
                let operator = self.random.one(&["~", "-"]);
                let operand = self.value(scope, depth - 1);
                Expr::negated(operator, operand)
            }
            13 => {
                let test = match scope.variables.is_empty() {
                    // A number must not be the input itself.
                    true => node![self.random.one(&["!in()", "in() == 0", "in() != 0", "pick() == 2"])],
                    false => self.comparison(scope),
                };
                Expr::truth(node!["(", test, ")"])
            }
            14 if !self.value_macros.is_empty() => {
                let (name, ty) = self.random.one(&self.value_macros);
                let inner = self.value(scope, depth - 1);
                Expr::of(node![name, "(", inner.node, ")"].or(&[2]), ty)
            }
            _ => self.atom(scope),
        }
    }

    /// What the input decides: every outcome is possible whenever control comes here.
    pub fn steering(&mut self, scope: &Scope) -> Node {
        if !scope.flags.is_empty() && self.random.chance(45) {
            let flag = self.random.one(&scope.flags);
            return self
                .random
                .one(&[node![&flag], node!["!", &flag], node![&flag, " != 0"]]);
        }
        let text = self.random.weighted(&[
            (8, "in()"),
            (4, "!in()"),
            (2, "in() == 0"),
            (2, "in() != 0"),
            (1, "pick() == 2"),
            (1, "likely(in())"),
            (1, "(in() & 1)"),
        ]);
        Node::from(text)
    }

    /// A test of a value.
    pub fn comparison(&mut self, scope: &Scope) -> Node {
        if scope.variables.is_empty() {
            return self.steering(scope);
        }
        let variable = self.random.one(&scope.variables);
        let text = variable.text.clone();
        match self.random.below(16) {
            0..=1 => node![text],
            2..=3 => node!["!", text],
            4 => node![text, " == 0"],
            5 => node!["0 == ", text],
            6 => node![text, " != 0"],
            7 => node![text, " > 0"],
            8 => node![text, " < 1"],
            9 => node![text, " >= 1"],
            10 => node![text, " <= 0"],
            11 => {
                let operator = self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                let other = self.random.one(&scope.variables);
                node![text, format!(" {operator} "), other.text]
            }
            12 => {
                let form = self.random.one(&["likely(", "unlikely(!", "__builtin_expect(!!"]);
                let close = if form.starts_with("__") { ", 1)" } else { ")" };
                node![form, text, close]
            }
            13 => node![
                "(",
                text,
                " & ",
                self.random.one(&["4095", "1", "~4095UL", "0xff"]),
                ")"
            ],
            _ => {
                let operator = self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
                let other = self.constant();
                node![text, format!(" {operator} "), other.node]
            }
        }
    }

    /// A condition; `depth` bounds its `&&` and `||`.
    pub fn condition(&mut self, scope: &Scope, depth: usize) -> Node {
        if depth > 0 && self.random.chance(30) {
            let operator = self.random.one(&[" && ", " || "]);
            let (left, right) = (self.condition(scope, depth - 1), self.condition(scope, depth - 1));
            let both = node!["(", left, operator, right, ")"].or(&[1]).or(&[3]);
            return if self.random.chance(15) {
                node!["!", both].or(&[1])
            } else {
                both
            };
        }
        if self.random.chance(60) {
            self.steering(scope)
        } else {
            self.comparison(scope)
        }
    }
}
