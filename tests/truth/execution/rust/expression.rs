//! Expressions of a wanted type and conditions over what is in scope.

use super::{HelperKind, Integer, Maker, Returns, Scope, TYPES, USIZE};
use crate::execution::tree::{Node, node};

/// Zero and the numbers around which widths, pages and the kernel's rounding turn.
const CONSTANTS: &[(usize, i128)] = &[
    (30, 0),
    (8, 1),
    (4, 2),
    (3, 7),
    (3, 16),
    (12, 4096),
    (4, 4095),
    (4, 8192),
    (2, 255),
    (4, 256),
    (2, 65535),
    (4, 65536),
    (2, 0xffff_ffff),
    (3, 0x1_0000_0000),
    (3, -1),
    (1, -16),
    (1, -4096),
    (1, 0xffff_ffff_ffff_ffff),
];

impl Maker {
    /// A constant of the type; `bare` if the place says which type it has.
    pub fn literal(&mut self, ty: Integer, bare: bool) -> Node {
        let fitting: Vec<_> = CONSTANTS
            .iter()
            .filter(|(_, value)| ty.holds(*value))
            .copied()
            .collect();
        let value = self.random.weighted(&fitting);
        self.written(value, ty, bare)
    }

    /// A constant that is not zero, with no surprises in it.
    pub fn plain_literal(&mut self, ty: Integer) -> Node {
        let value = self.random.one(if ty.bits > 8 {
            &[1, 16, 4096, 8192]
        } else {
            &[1, 2, 16, 64]
        });
        self.written(value, ty, false)
    }

    fn written(&mut self, value: i128, ty: Integer, bare: bool) -> Node {
        let digits = match self.random.below(4) {
            0 if value >= 4096 => format!("0x{value:x}"),
            1 if (1000..10000).contains(&value) => format!("{}_{:03}", value / 1000, value % 1000),
            2 if value > 9 => format!("0b{value:b}"),
            _ => value.to_string(),
        };
        let suffix = match self.random.below(3) {
            0 if bare => "".to_owned(),
            1 => format!("_{}", ty.name),
            _ => ty.name.to_owned(),
        };
        if value < 0 {
            format!("({digits}{suffix})").into()
        } else {
            format!("{digits}{suffix}").into()
        }
    }

    /// A variable, a constant, or a name for one.
    fn atom(&mut self, scope: &Scope, ty: Integer) -> Node {
        match self.random.below(20) {
            0..=11 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                if variable.ty == ty {
                    node![variable.text]
                } else {
                    node![format!("({} as {})", variable.text, ty.name)]
                }
            }
            12..=13 if !self.constants.is_empty() => {
                let (name, own) = self.random.one(&self.constants);
                if own == ty {
                    node![name]
                } else {
                    node![format!("({name} as {})", ty.name)]
                }
            }
            14 if !scope.options.is_empty() => self.unwrapped(scope, ty),
            15 if ty == USIZE => self
                .random
                .one(&[
                    "std::mem::size_of::<u32>()",
                    "core::mem::size_of::<usize>()",
                    "size_of::<[u8; 4096]>()",
                    "std::mem::size_of::<()>()",
                ])
                .into(),
            _ => self.literal(ty, false),
        }
    }

    /// What is in an option, or something else.
    fn unwrapped(&mut self, scope: &Scope, ty: Integer) -> Node {
        let (name, own) = self.random.one(&scope.options);
        let other = self.atom_without_options(scope, own);
        let inner = match self.random.below(5) {
            0..=1 => node![name, ".unwrap_or(", other, ")"],
            2 => node![name, ".unwrap_or_default()"],
            3 => node![name, ".map_or(", other, ", |v| v & 0x7f)"],
            _ => node![name, ".unwrap_or_else(|| ", other, ")"],
        };
        if own == ty {
            inner
        } else {
            node!["(", inner, format!(" as {})", ty.name)]
        }
    }

    fn atom_without_options(&mut self, scope: &Scope, ty: Integer) -> Node {
        let plain = Scope {
            options: Vec::new(),
            ..scope.clone()
        };
        self.atom(&plain, ty)
    }

    /// An expression of the type, without side effects, fit to be an operand.
    pub fn value(&mut self, scope: &Scope, ty: Integer, depth: usize) -> Node {
        if depth == 0 {
            return self.atom(scope, ty);
        }
        match self.random.below(22) {
            0..=3 => {
                let method = self.random.weighted(&[
                    (4, "wrapping_add"),
                    (4, "wrapping_sub"),
                    (3, "wrapping_mul"),
                    (3, "saturating_sub"),
                    (2, "saturating_add"),
                    (3, "min"),
                    (3, "max"),
                ]);
                let (left, right) = (self.value(scope, ty, depth - 1), self.value(scope, ty, depth - 1));
                node![left, format!(".{method}("), right, ")"].or(&[0]).or(&[2])
            }
            4..=5 => {
                let operator = self.random.one(&["&", "&", "|", "^"]);
                let (left, right) = (self.value(scope, ty, depth - 1), self.value(scope, ty, depth - 1));
                node!["(", left, format!(" {operator} "), right, ")"].or(&[1]).or(&[3])
            }
            6..=7 => {
                let inner = self.value(scope, ty, depth - 1);
                let half = ty.bits / 2;
                let operation = match self.random.below(6) {
                    0..=1 => format!(" >> {}", self.random.one(&[1, half, ty.bits - 1])),
                    2..=3 => format!(" << {}", self.random.one(&[1, half, ty.bits - 1])),
                    4 => format!(" / {}", self.random.one(&[2, 3, 64])),
                    _ => format!(" % {}", self.random.one(&[2, 3, 64])),
                };
                node!["(", inner, operation, ")"].or(&[1])
            }
            8..=9 => {
                let other = Integer::any(&mut self.random);
                let inner = self.value(scope, other, depth - 1);
                node!["(", inner, format!(" as {})", ty.name)]
            }
            10..=11 => {
                let test = self.condition(scope, 0);
                let (yes, no) = (self.value(scope, ty, depth - 1), self.value(scope, ty, 0));
                node!["(if ", test, " { ", yes, " } else { ", no, " })"]
                    .or(&[3])
                    .or(&[5])
            }
            12 => {
                let (one, two, other) = (
                    self.atom(scope, ty),
                    self.atom(scope, ty),
                    self.value(scope, ty, depth - 1),
                );
                node![
                    "(match pick() { 0 => ",
                    one,
                    ", 1 | 2 => ",
                    two,
                    ", _ => ",
                    other,
                    " })"
                ]
                .or(&[1])
                .or(&[3])
                .or(&[5])
            }
            13 => {
                let inner = self.value(scope, ty, depth - 1);
                let form = self.random.one(&[("!", ""), ("", ".wrapping_neg()")]);
                node!["(", form.0, inner, form.1, ")"].or(&[2])
            }
            14..=15 => {
                let method = self
                    .random
                    .one(&["checked_sub", "checked_sub", "checked_add", "checked_mul"]);
                let (left, right) = (self.value(scope, ty, depth - 1), self.atom(scope, ty));
                let other = self.literal(ty, false);
                let end = match self.random.below(3) {
                    0 => node![".unwrap_or_default()"],
                    1 => node![".map_or(", other, ", |v| v)"],
                    _ => node![".unwrap_or(", other, ")"],
                };
                node![left, format!(".{method}("), right, ")", end].or(&[0]).or(&[2])
            }
            16 if self.declared || !scope.variables.is_empty() => {
                let test = self.comparison(scope);
                if self.random.chance(50) {
                    node!["((", test, format!(") as {})", ty.name)]
                } else {
                    node![ty.name, "::from(", test, ")"]
                }
            }
            17 => {
                let inner = self.value(scope, ty, depth - 1);
                node![
                    inner,
                    ".clamp(",
                    self.random.one(&["0, 100", "1, 100", "1, 127", "0, 0"]),
                    ")"
                ]
                .or(&[0])
            }
            18 if ty == USIZE => {
                let inner = self.value(scope, ty, depth - 1);
                let end = self
                    .random
                    .one(&[".map_or(4096, NonZeroUsize::get)", ".map_or(1, |v| v.get())"]);
                node!["NonZeroUsize::new(", inner, ")", end].or(&[1])
            }
            19 if ty == USIZE => {
                let inner = self.value(scope, ty, depth - 1);
                node!["(", inner, ".wrapping_add(4095) & !4095)"].or(&[1])
            }
            20 => {
                let (name, inner) = (self.local("t"), self.value(scope, ty, depth - 1));
                let mut block = scope.clone();
                block.variables.push(super::Variable {
                    text: name.clone(),
                    ty,
                    fixed: true,
                });
                let last = self.value(&block, ty, depth - 1);
                node!["({ ", format!("let {name} = "), inner, "; ", last, " })"].or(&[2])
            }
            _ => self.atom(scope, ty),
        }
    }

    /// A call of a helper that gives a size of the type, if there is one.
    pub fn sized(&mut self, ty: Integer) -> Option<Node> {
        let helper = self.helper_of(|kind| match kind {
            HelperKind::Value(Returns::Value(own) | Returns::Optional(own) | Returns::Fallible(own)) => own == ty,
            _ => false,
        })?;
        let HelperKind::Value(returns) = helper.kind else {
            return None;
        };
        let mut pieces = vec![node![&helper.name, "("]];
        for (index, parameter) in helper.parameters.iter().enumerate() {
            let argument = self.literal(*parameter, true);
            pieces.push(node![if index > 0 { ", " } else { "" }, argument]);
        }
        pieces.push(")".into());
        let call = Node::from(pieces);
        let other = self.literal(ty, true);
        Some(match (returns, self.random.below(4)) {
            (Returns::Value(_), _) => call,
            (_, 0) => node![call, ".unwrap_or(", other, ")"],
            (_, 1) => node![call, ".unwrap()"],
            (Returns::Optional(_), 2) => node!["(match ", call, " { Some(v) => v, None => ", other, " })"],
            (Returns::Fallible(_), 2) => node!["(match ", call, " { Ok(v) => v, Err(()) => ", other, " })"],
            _ => node![call, ".expect(\"a size\")"],
        })
    }

    /// What the input decides.
    pub fn steering(&mut self, scope: &Scope) -> Node {
        if !scope.flags.is_empty() && self.random.chance(45) {
            let flag = self.random.one(&scope.flags);
            return self
                .random
                .one(&[node![&flag], node!["!", &flag], node![&flag, " == true"]]);
        }
        self.random
            .weighted(&[
                (8, "coin()"),
                (4, "!coin()"),
                (1, "pick() == 2"),
                (1, "matches!(pick(), 0 | 1)"),
            ])
            .into()
    }

    /// A test of a value.
    pub fn comparison(&mut self, scope: &Scope) -> Node {
        if !scope.options.is_empty() && self.random.chance(15) {
            let (name, ty) = self.random.one(&scope.options);
            let value = self.literal(ty, true);
            return match self.random.below(4) {
                0 => node![name, ".is_some()"],
                1 => node![name, ".is_none()"],
                2 => node![name, ".is_some_and(|v| v != 0)"],
                _ => node![name, " == Some(", value, ")"],
            };
        }
        if scope.variables.is_empty() {
            return self.steering(scope);
        }
        let variable = self.random.one(&scope.variables);
        let text = variable.text.clone();
        let operator = self.random.one(&["<", "<=", ">", ">=", "==", "!="]);
        match self.random.below(12) {
            0..=2 => node![text, " == 0"],
            3..=4 => node![text, " != 0"],
            5 => node!["0 == ", text],
            6 => node![text, " > 0"],
            7 => node![text, self.random.one(&[" < 1", " >= 1"])],
            8 => node![
                "matches!(",
                text,
                self.random.one(&[", 0)", ", 1..)", ", 0 | 1)", ", 1..=64)"])
            ],
            9 => {
                let range = self.random.one(&["(1..=64)", "(0..1)", "(1..100)"]);
                node![format!("{range}.contains(&{text})")]
            }
            10 => {
                let other = self.atom_without_options(scope, variable.ty);
                node![text, format!(" {operator} "), other]
            }
            _ => {
                let other = self.literal(variable.ty, true);
                node![text, format!(" {operator} "), other]
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

    /// A type that some variable in scope has, so that values meet without casts.
    pub fn near_type(&mut self, scope: &Scope) -> Integer {
        match scope.variables.is_empty() || self.random.chance(50) {
            true => self.random.weighted(TYPES),
            false => self.random.one(&scope.variables).ty,
        }
    }
}
