//! Statements that make and change values.

use super::{Integer, Maker, Scope, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    pub fn declare(&mut self, scope: &mut Scope) -> Node {
        let ty = self.near_type(scope);
        let value = self.stored(scope, ty);
        // A new variable of an old name.
        let shadowed = scope
            .variables
            .iter()
            .filter(|variable| variable.text.starts_with('n'))
            .cloned()
            .collect::<Vec<_>>();
        let name = if !shadowed.is_empty() && scope.depth == 0 && self.random.chance(20) {
            let old = self.random.one(&shadowed).text;
            scope.variables.retain(|variable| variable.text != old);
            old
        } else {
            self.local("n")
        };
        let fixed = self.random.chance(20);
        scope.variables.push(Variable {
            text: name.clone(),
            ty,
            fixed,
        });
        node![
            format!("let {}{name}: {} = ", if fixed { "" } else { "mut " }, ty.name),
            value,
            ";\n"
        ]
    }

    pub fn assign(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let (text, ty) = (variable.text, variable.ty);
        match self.random.below(12) {
            0..=1 => {
                let operator = self.random.one(&["&", "|", "^"]);
                node![text, format!(" {operator}= "), self.value(scope, ty, 0), ";\n"]
            }
            2 => {
                let half = ty.bits / 2;
                let operation = self.random.one(&[
                    ">>= 1".to_owned(),
                    format!(">>= {half}"),
                    format!("<<= {half}"),
                    "<<= 1".to_owned(),
                    "/= 2".to_owned(),
                    "%= 64".to_owned(),
                    "&= !63".to_owned(),
                ]);
                node![text, format!(" {operation};\n")]
            }
            3..=4 => {
                let method = self
                    .random
                    .one(&["wrapping_add", "wrapping_sub", "saturating_sub", "max", "min"]);
                let other = if self.random.chance(50) {
                    self.literal(ty, true)
                } else {
                    self.value(scope, ty, 0)
                };
                node![format!("{text} = {text}.{method}("), other, ");\n"]
            }
            5 => {
                // Wraps in a release build.
                let operator = self.random.one(&["+", "-", "*"]);
                node![text, format!(" {operator}= "), self.plain_literal(ty), ";\n"]
            }
            _ => node![text, " = ", self.stored(scope, ty), ";\n"],
        }
    }

    /// A store on one side of a branch.
    pub fn change(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let test = if self.random.chance(70) {
            self.steering(scope)
        } else {
            self.condition(scope, 1)
        };
        let value = self.literal(variable.ty, true);
        // Named twice more, so that later statements use it more often.
        scope.variables.extend([variable.clone(), variable.clone()]);
        node![
            "if ",
            test,
            " {\n",
            format!("{} = ", variable.text),
            value,
            ";\n",
            "}\n"
        ]
        .or(&[3, 4, 5])
    }

    pub fn option(&mut self, scope: &mut Scope) -> Node {
        let (name, ty) = (self.local("o"), self.near_type(scope));
        let value = self.stored(scope, ty);
        let test = self.condition(scope, 1);
        let made = match self.random.below(6) {
            0..=1 => node!["if ", test, " { ", "Some(", value, ")", " } else { None }"].or(&[3, 4, 5]),
            2 => node!["Some(", value, ").filter(|v| *v != 0)"],
            3 => {
                let operand = self.value(scope, ty, 0);
                node!["(", operand, ").checked_sub(", value, ")"]
            }
            4 => node!["(", test, ").then(|| ", value, ")"],
            _ => {
                let other = self.literal(ty, true);
                node![
                    "match pick() {\n0 => None,\n1 => Some(",
                    value,
                    "),\n_ => Some(",
                    other,
                    "),\n}"
                ]
            }
        };
        scope.options.push((name.clone(), ty));
        node![format!("let {name}: Option<{}> = ", ty.name), made, ";\n"]
    }

    pub fn buffer_step(&mut self, scope: &mut Scope) -> Node {
        if scope.buffers.is_empty() || self.random.chance(30) {
            return self.buffer(scope);
        }
        let target = self.random.one(&scope.buffers);
        let (field, ty) = self.random.one(&self.fields);
        match self.random.below(4) {
            0 => {
                let name = self.local("b");
                self.add_buffer(scope, &name);
                node![format!("let mut {name} = {target};\n")]
            }
            1 => node![
                format!("{target} = Buffer {{ {field}: "),
                self.value(scope, ty, 0),
                format!(", ..{target} }};\n")
            ],
            2 => {
                let name = self.local("n");
                scope.variables.push(Variable {
                    text: name.clone(),
                    ty,
                    fixed: true,
                });
                node![format!("let Buffer {{ {field}: {name}, .. }} = {target};\n")]
            }
            _ => node![format!("{target}.{field} = "), self.stored(scope, ty), ";\n"],
        }
    }

    /// Adds the fields of a structure.
    pub fn add_buffer(&mut self, scope: &mut Scope, name: &str) {
        for (field, ty) in &self.fields {
            scope.variables.push(Variable {
                text: format!("{name}.{field}"),
                ty: *ty,
                fixed: false,
            });
        }
        scope.buffers.push(name.to_owned());
    }

    /// Declares a structure.
    pub fn buffer(&mut self, scope: &mut Scope) -> Node {
        let name = self.local("b");
        let fields = self.fields.clone();
        let made = match self.random.below(4) {
            // `new` takes the first field.
            0 => node!["Buffer::new(", self.value(scope, fields[0].1, 0), ")"],
            1 => node!["Buffer::default()"],
            2 => {
                let (field, ty) = self.random.one(&fields);
                node![
                    format!("Buffer {{ {field}: "),
                    self.value(scope, ty, 0),
                    ", ..Default::default() }"
                ]
            }
            _ => {
                let values = fields
                    .iter()
                    .map(|(field, ty)| node![format!(", {field}: "), self.value(scope, *ty, 0)]);
                let values = values.collect::<Vec<_>>();
                node![format!("Buffer {{ base: {}", scope.address), values, " }"]
            }
        };
        self.add_buffer(scope, &name);
        node![format!("let mut {name} = "), made, ";\n"]
    }

    pub fn array(&mut self, scope: &mut Scope) -> Node {
        let (name, ty) = (self.local("a"), Integer::any(&mut self.random));
        if self.random.chance(30) {
            let (first, second) = (self.local("n"), self.local("n"));
            let values = (self.value(scope, ty, 0), self.value(scope, ty, 1));
            for text in [&first, &second] {
                scope.variables.push(Variable {
                    text: text.clone(),
                    ty,
                    fixed: false,
                });
            }
            return node![
                format!("let (mut {first}, mut {second}) = ("),
                values.0,
                ", ",
                values.1,
                ");\n"
            ];
        }
        let count = self.random.between(2, 3);
        let values = (0..count)
            .map(|_| node![self.value(scope, ty, 0), ", "])
            .collect::<Vec<_>>();
        let declared = node![format!("let mut {name}: [{}; {count}] = [", ty.name), values, "];\n"];
        for index in 0..count {
            scope.variables.push(Variable {
                text: format!("{name}[{index}]"),
                ty,
                fixed: false,
            });
        }
        declared
    }

    /// A variable that remembers a decision.
    pub fn flag(&mut self, scope: &mut Scope) -> Node {
        let test = self.condition(scope, 1);
        if !scope.flags.is_empty() && self.random.chance(30) {
            let flag = self.random.one(&scope.flags);
            return node![format!("{flag} = "), test, ";\n"];
        }
        let name = self.local("f");
        scope.flags.push(name.clone());
        node![format!("let mut {name} = "), test, ";\n"]
    }

    /// A size and a flag that are set together.
    pub fn correlated(&mut self, scope: &mut Scope) -> Node {
        let (name, flag, ty) = (self.local("n"), self.local("f"), Integer::any(&mut self.random));
        let (first, second, test) = (self.literal(ty, true), self.plain_literal(ty), self.steering(scope));
        let (yes, no) = self.random.one(&[("true", "false"), ("false", "true")]);
        scope.variables.push(Variable {
            text: name.clone(),
            ty,
            fixed: false,
        });
        scope.flags.push(flag.clone());
        let head = format!("let (mut {name}, mut {flag}): ({}, bool) = if ", ty.name);
        node![
            head,
            test,
            " { (",
            first,
            format!(", {yes}) }} else {{ ("),
            second,
            format!(", {no}) }};\n")
        ]
    }

    /// A variable that is declared bare and set on every way.
    pub fn late(&mut self, scope: &mut Scope) -> Node {
        let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
        let (first, second, test) = (self.literal(ty, true), self.stored(scope, ty), self.condition(scope, 1));
        scope.variables.push(Variable {
            text: name.clone(),
            ty,
            fixed: true,
        });
        let start = format!("let {name}: {};\nif ", ty.name);
        node![
            start,
            test,
            format!(" {{\n{name} = "),
            first,
            format!(";\n}} else {{\n{name} = "),
            second,
            ";\n}\n"
        ]
    }

    /// A write through a reference.
    pub fn reference(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let others: Vec<Variable> = scope.variables.iter().filter(|other| other.fixed).cloned().collect();
        let bare = Scope {
            variables: others,
            options: Vec::new(),
            ..scope.clone()
        };
        let (name, value) = (self.local("r"), self.stored(&bare, variable.ty));
        let store = match self.random.below(3) {
            0 => node![format!("*{name} = "), value, ";\n"],
            1 => node!["if coin() {\n", format!("*{name} = "), value, ";\n", "}\n"].or(&[1, 2, 3]),
            _ => node![format!("*{name} &= "), value, ";\n"],
        };
        node![format!("{{\nlet {name} = &mut {};\n", variable.text), store, "}\n"]
    }

    /// A closure that gives a size, or that holds the call.
    pub fn closure(&mut self, scope: &mut Scope) -> Node {
        let (name, parameter, ty) = (self.local("c"), self.local("n"), Integer::any(&mut self.random));
        let argument = self.stored(scope, ty);
        let inner = Variable {
            text: parameter.clone(),
            ty,
            fixed: true,
        };
        let bare = Scope {
            variables: vec![inner],
            options: Vec::new(),
            flags: Vec::new(),
            ..scope.clone()
        };
        if scope.quiet || self.random.chance(50) {
            let (result, body) = (self.local("n"), self.value(&bare, ty, 2));
            scope.variables.push(Variable {
                text: result.clone(),
                ty,
                fixed: false,
            });
            let head = format!("let {name} = |{parameter}: {}| ", ty.name);
            return node![head, body, format!(";\nlet mut {result} = {name}("), argument, ");\n"];
        }
        let call = self.call_with(&scope.address.clone(), format!("{parameter} as usize").into());
        let head = format!("let {name} = |{parameter}: {}| unsafe {{ ", ty.name);
        let used = node![format!("{name}("), argument, ")"].call();
        node![head, call, " };\n", used, ";\n"]
    }
}
