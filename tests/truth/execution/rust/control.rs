//! Statements that decide where control goes.

use super::{HelperKind, Integer, Maker, Returns, Scope, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    pub fn branch(&mut self, scope: &mut Scope) -> Node {
        let (test, then) = (self.condition(scope, 2), self.block(scope, 3));
        match self.random.below(8) {
            0..=3 => node!["if ", test, " {\n", then, "}\n"].or(&[3]),
            4..=6 => {
                let other = self.block(scope, 2);
                node!["if ", test, " {\n", then, "} else {\n", other, "}\n"]
                    .or(&[3])
                    .or(&[5])
                    .or(&[0, 1, 2, 3, 6])
            }
            _ => {
                let (again, second, other) = (self.condition(scope, 1), self.block(scope, 2), self.block(scope, 2));
                node![
                    "if ",
                    test,
                    " {\n",
                    then,
                    "} else if ",
                    again,
                    " {\n",
                    second,
                    "} else {\n",
                    other,
                    "}\n"
                ]
                .or(&[3])
                .or(&[7])
                .or(&[9])
                .or(&[0, 1, 2, 3, 8, 9, 10])
            }
        }
    }

    /// A test of a value whose bad side leaves or repairs.
    pub fn guard(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let text = variable.text.clone();
        let test = self.random.one(&[
            "# == 0",
            "0 == #",
            "# < 1",
            "matches!(#, 0)",
            "!(# != 0)",
            "# == 0 || coin()",
        ]);
        let test = test.replace('#', &text);
        // Leaving from the outermost block for good would make the rest of many programs dead.
        if self.random.chance(if scope.depth == 0 { 75 } else { 35 }) {
            let value = self.plain_literal(variable.ty);
            return match self.random.below(3) {
                0 => node![format!("{text} = {text}.max("), value, ");\n"],
                _ => node![format!("if {test} {{\n{text} = "), value, ";\n}\n"],
            };
        }
        let jump = self.jump(scope);
        node![format!("if {test} {{\n"), jump, "}\n"]
    }

    /// A statement that leaves.
    pub fn jump(&mut self, scope: &Scope) -> Node {
        let exit = node![
            Node::Analyzed("std::process::exit(1)".into()),
            Node::Compiled("panic!()".into()),
            ";\n"
        ];
        let mut ways: Vec<(usize, Node)> = vec![(1, "panic!(\"no size\");\n".into()), (1, exit)];
        let back = match scope.returns {
            Returns::Nothing => "return;\n".into(),
            Returns::Address => node![format!("return {};\n", scope.address)],
            Returns::Value(ty) => node!["return ", self.value(scope, ty, 0), ";\n"],
            Returns::Optional(_) => "return None;\n".into(),
            Returns::Fallible(_) => "return Err(());\n".into(),
            Returns::Truth => "return false;\n".into(),
        };
        ways.push((5, back));
        if !scope.loops.is_empty() {
            ways.push((4, "break;\n".into()));
            ways.push((4, "continue;\n".into()));
            let label = self.random.one(&scope.loops);
            if !label.is_empty() {
                ways.push((
                    4,
                    node![self.random.one(&["break", "continue"]), format!(" {label};\n")],
                ));
            }
        }
        ways.extend(
            self.helper_of(|kind| kind == HelperKind::Die)
                .map(|die| (2, format!("{}();\n", die.name).into())),
        );
        self.random.weighted(&ways)
    }

    pub fn matching(&mut self, scope: &mut Scope) -> Node {
        let subject = match self.writable(scope) {
            Some(variable) if self.random.chance(35) => variable.text,
            _ => "pick()".to_owned(),
        };
        let mut patterns = vec!["0", "1", "2..=9", "0 | 2", "64", "1.. if coin()"];
        let mut pieces = vec![node![format!("match {subject} {{\n")]];
        for _ in 0..self.random.between(1, 3) {
            let pattern = patterns.remove(self.random.below(patterns.len()));
            pieces.push(node![format!("{pattern} => {{\n"), self.block(scope, 2), "}\n"].optional());
        }
        pieces.push(node!["_ => {\n", self.block(scope, 2), "}\n}\n"]);
        Node::from(pieces)
    }

    /// Loops, all of at most six rounds.
    pub fn looping(&mut self, scope: &mut Scope) -> Node {
        let counter = self.local("i");
        let ty = Integer::any(&mut self.random);
        let rounds = self.random.weighted(&[(2, 1), (4, 2), (3, 3), (1, 4), (1, 6)]);
        let rounds = if scope.loops.is_empty() { rounds } else { rounds.min(2) };
        let label = if self.random.chance(25) {
            format!("'{}", self.local("l"))
        } else {
            String::new()
        };
        let prefix = if label.is_empty() {
            String::new()
        } else {
            format!("{label}: ")
        };
        let mut inner = scope.clone();
        inner.loops.push(label);
        let variable = Variable {
            text: counter.clone(),
            ty,
            fixed: true,
        };
        inner.variables.push(variable.clone());
        let name = ty.name;
        let (steering, body) = (self.steering(scope), self.block(&inner, 3));
        let outside = format!("let mut {counter}: {name} = 0;\n");
        match self.random.below(8) {
            0 => node![format!("{prefix}for {counter} in 0..{rounds}{name} {{\n"), body, "}\n"],
            1 => node![
                format!("{prefix}for {counter} in (0..={rounds}{name}).rev() {{\n"),
                body,
                "}\n"
            ],
            2 => {
                let values = (self.literal(ty, false), self.literal(ty, false));
                node![
                    format!("{prefix}for {counter} in ["),
                    values.0,
                    ", ",
                    values.1,
                    "] {\n",
                    body,
                    "}\n"
                ]
            }
            3..=4 => {
                scope.variables.push(variable);
                let limit = format!(" && {counter} < {rounds} {{\n{counter} += 1;\n");
                node![outside, prefix, "while ", steering, limit, body, "}\n"]
            }
            5 => {
                scope.variables.push(variable);
                let head =
                    format!("let mut {counter}: {name} = {rounds};\n{prefix}while {counter} > 0 {{\n{counter} -= 1;\n");
                node![head, body, "}\n"]
            }
            6 => {
                scope.variables.push(variable);
                let head = format!("{prefix}loop {{\n{counter} += 1;\nif {counter} > {rounds} || ");
                node![outside, head, steering, " {\nbreak;\n}\n", body, "}\n"]
            }
            _ => {
                let (result, value) = (self.local("n"), self.literal(ty, true));
                scope.variables.push(Variable {
                    text: result.clone(),
                    ty,
                    fixed: false,
                });
                let head = format!("let mut {result}: {name} = loop {{\n{counter} += 1;\nif ");
                let leave = format!(" {{\nbreak {counter};\n}}\nif {counter} >= {rounds} {{\nbreak ");
                node![outside, head, steering, leave, value, ";\n}\n};\n"]
            }
        }
    }

    /// Takes what is in an option, or leaves, or takes something else.
    pub fn unpack(&mut self, scope: &mut Scope) -> Node {
        if scope.options.is_empty() {
            return self.option(scope);
        }
        let (option, ty) = self.random.one(&scope.options);
        let name = self.local("n");
        let variable = Variable {
            text: name.clone(),
            ty,
            fixed: false,
        };
        let mut inner = scope.clone();
        inner.variables.push(variable.clone());
        match self.random.below(6) {
            0 => {
                let (then, other) = (self.block(&inner, 2), self.block(scope, 2));
                node![
                    format!("if let Some(mut {name}) = {option} {{\n"),
                    then,
                    "} else {\n",
                    other,
                    "}\n"
                ]
                .or(&[0, 1, 4])
            }
            1 => {
                let jump = self.jump(scope);
                scope.variables.push(variable);
                node![format!("let Some(mut {name}) = {option} else {{\n"), jump, "};\n"]
            }
            2 => {
                let (then, other) = (self.block(&inner, 2), self.block(scope, 1));
                let guard = self.random.one(&["", " if # != 0", " if # == 0"]).replace('#', &name);
                let head = format!("match {option} {{\nSome(mut {name}){guard} => {{\n");
                node![head, then, "}\n_ => {\n", other, "}\n}\n"]
            }
            3 if matches!(scope.returns, Returns::Optional(_)) => {
                scope.variables.push(variable);
                node![format!("let mut {name} = {option}?;\n")]
            }
            3 if matches!(scope.returns, Returns::Fallible(_)) => {
                scope.variables.push(variable);
                node![format!("let mut {name} = {option}.ok_or(())?;\n")]
            }
            4 => {
                scope.variables.push(variable);
                node![format!(
                    "let mut {name} = {option}{};\n",
                    self.random.one(&[".unwrap()", ".expect(\"set\")"])
                )]
            }
            _ => {
                let other = self.literal(ty, true);
                scope.variables.push(variable);
                node![format!("let mut {name} = {option}.unwrap_or("), other, ");\n"]
            }
        }
    }

    pub fn assertion(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let form = self.random.one(&[
            "assert!(# != 0",
            "assert_ne!(#, 0",
            "assert!(# > 0, \"size\"",
            "debug_assert!(coin()",
        ]);
        node![form.replace('#', &variable.text), ");\n"]
    }
}
