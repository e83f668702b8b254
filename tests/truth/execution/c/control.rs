//! Statements that decide where control goes.

use super::integer::{Integer, UNSIGNED};
use super::{HelperKind, Maker, Returns, Scope, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    pub fn branch(&mut self, scope: &mut Scope) -> Node {
        let (test, then) = (self.condition(scope, 2), self.block(scope, 3));
        if self.random.chance(10)
            && let Some(variable) = self.writable(scope)
        {
            let value = self.stored(scope);
            let close = self.random.one(&[")", ") != 0", ") > 1", ") == 0"]);
            return node![
                format!("if (({} = ", variable.text),
                value.node,
                format!("{close}) {{\n"),
                then,
                "}\n"
            ]
            .or(&[3]);
        }
        match self.random.below(8) {
            0..=3 => node!["if (", test, ") {\n", then, "}\n"].or(&[3]),
            4..=6 => {
                let other = self.block(scope, 2);
                node!["if (", test, ") {\n", then, "} else {\n", other, "}\n"]
                    .or(&[3])
                    .or(&[5])
                    .or(&[0, 1, 2, 3, 6])
            }
            _ => {
                let (again, second, other) = (self.condition(scope, 1), self.block(scope, 2), self.block(scope, 2));
                node![
                    "if (",
                    test,
                    ") {\n",
                    then,
                    "} else if (",
                    again,
                    ") {\n",
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
            "!#",
            "# == 0",
            "0 == #",
            "# < 1",
            "# <= 0",
            "!(#)",
            "unlikely(!#)",
            "!# || in()",
        ]);
        let test = test.replace('#', &text);
        // Leaving from the outermost block for good would make the rest of many programs dead.
        if self.random.chance(if scope.depth == 0 { 75 } else { 35 }) {
            return node![format!("if ({test})\n{text} = "), self.plain_constant().node, ";\n"];
        }
        let jump = self.jump(scope);
        node![format!("if ({test})\n"), jump]
    }

    /// A statement that leaves.
    pub fn jump(&mut self, scope: &Scope) -> Node {
        let mut ways: Vec<(usize, Node)> = vec![(1, "abort();\n".into()), (1, "exit(1);\n".into())];
        let back = match scope.returns {
            Returns::Nothing => "return;\n".into(),
            Returns::Address => node![format!("return {};\n", scope.address)],
            Returns::Value(_) => node!["return ", self.value(scope, 0).node, ";\n"],
            Returns::Success => "return 0;\n".into(),
        };
        ways.push((5, back));
        ways.extend(scope.label.as_ref().map(|label| (5, format!("goto {label};\n").into())));
        ways.extend(scope.breaks.then(|| (4, "break;\n".into())));
        ways.extend(scope.continues.then(|| (4, "continue;\n".into())));
        ways.extend(
            self.helper_of(|kind| kind == HelperKind::Die)
                .map(|die| (2, format!("{}();\n", die.name).into())),
        );
        self.random.weighted(&ways)
    }

    pub fn switch(&mut self, scope: &mut Scope) -> Node {
        let arms = Scope {
            breaks: true,
            ..scope.clone()
        };
        let (subject, mut labels) = match self.writable(scope) {
            Some(variable) if self.random.chance(35) => (variable.text, vec!["0", "1", "4096", "2", "255"]),
            _ => ("pick()".to_owned(), vec!["0", "1", "2"]),
        };
        let mut pieces = vec![node![format!("switch ({subject}) {{\n")]];
        let default_at = self.random.between(0, 5);
        for index in 0..self.random.between(1, 3) {
            if index == default_at {
                pieces.push(node!["default:\n", self.arm(&arms)].optional());
            }
            let label = labels.remove(self.random.below(labels.len()));
            pieces.push(node![format!("case {label}:\n"), self.arm(&arms)].optional());
        }
        if default_at > 3 {
            pieces.push(node!["default:\n", self.arm(&arms)].optional());
        }
        pieces.push("}\n".into());
        Node::from(pieces)
    }

    fn arm(&mut self, scope: &Scope) -> Node {
        if self.random.chance(10) {
            return ";\n".into();
        }
        let block = self.block(scope, 2);
        let end = if self.random.chance(75) { "break;\n" } else { "" };
        node!["{\n", block, node![end].optional(), "}\n"]
    }

    /// Loops, all of at most six rounds.
    pub fn looping(&mut self, scope: &mut Scope) -> Node {
        let counter = self.local("i");
        let ty = if self.random.chance(50) {
            UNSIGNED
        } else {
            Integer::any(&mut self.random)
        };
        let rounds = self.random.weighted(&[(2, 1), (4, 2), (3, 3), (1, 4), (1, 6)]);
        let rounds = if scope.continues { rounds.min(2) } else { rounds };
        let mut inner = Scope {
            breaks: true,
            continues: true,
            ..scope.clone()
        };
        let variable = Variable::counter(&counter, ty, rounds);
        inner.variables.push(variable.clone());
        let name = ty.name;
        let steering = self.steering(scope);
        let body = self.block(&inner, 3);
        let outside = node![format!("{name} {counter} = 0;\n")];
        match self.random.below(9) {
            0..=1 => {
                node![
                    format!("for ({name} {counter} = 0; {counter} < {rounds}; {counter}++) {{\n"),
                    body,
                    "}\n"
                ]
            }
            2 => node![
                format!("for ({name} {counter} = {rounds}; {counter} > 0; {counter}--) {{\n"),
                body,
                "}\n"
            ],
            3 => {
                scope.variables.push(variable);
                let head = format!("for ({counter} = 0; {counter} < {rounds}; ++{counter}) {{\n");
                node![format!("{name} {counter};\n"), head, body, "}\n"]
            }
            4..=5 => {
                scope.variables.push(variable);
                let limit = format!(" && {counter} < {rounds}) {{\n{counter}++;\n");
                node![outside, "while (", steering, limit, body, "}\n"]
            }
            6 => {
                scope.variables.push(variable);
                let tail = format!("}} while ({counter} < {rounds} && ");
                node![outside, format!("do {{\n{counter}++;\n"), body, tail, steering, ");\n"]
            }
            7 => {
                scope.variables.push(variable);
                let head = format!("{name} {counter} = {rounds};\nwhile ({counter}) {{\n{counter}--;\n");
                node![head, body, "}\n"]
            }
            _ => {
                scope.variables.push(Variable {
                    range: Some((0, rounds as i128 + 1)),
                    ..variable
                });
                let head = format!(" || {counter}++ >= {rounds})\nbreak;\n");
                node![outside, "for (;;) {\nif (", steering, head, body, "}\n"]
            }
        }
    }

    /// A backward goto: a loop without a keyword.
    pub fn jump_back(&mut self, scope: &mut Scope) -> Node {
        let (label, counter) = (self.local("again"), self.local("i"));
        let steering = self.steering(scope);
        let body = self.block(scope, 2);
        scope.variables.push(Variable::counter(&counter, UNSIGNED, 3));
        node![
            format!("unsigned {counter} = 0;\n{label}:;\n{{\n"),
            body,
            "}\nif (",
            steering,
            format!(" && {counter} < 2) {{\n{counter}++;\ngoto {label};\n}}\n")
        ]
    }

    pub fn under_setting(&mut self, scope: &mut Scope) -> Node {
        let Some(setting) = self.setting.clone() else {
            return self.branch(scope);
        };
        let form = self.random.one(&[
            "#ifdef S",
            "#ifndef S",
            "#if defined(S)",
            "#if !defined(S)",
            "#if defined S",
        ]);
        let head = format!("{}\n", form.replace('S', &setting));
        match self.random.below(3) {
            0 => node![head, self.block(scope, 2), "#endif\n"].or(&[1]),
            1 => {
                let (first, second) = (self.block(scope, 2), self.block(scope, 2));
                node![head, first, "#else\n", second, "#endif\n"].or(&[1]).or(&[3])
            }
            _ => {
                let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
                let (first, second) = (self.constant(), self.constant());
                scope.variables.push(Variable::local(&name, ty));
                let start = format!("{} {name} = ", ty.name);
                node![
                    head,
                    &start,
                    first.node,
                    ";\n#else\n",
                    &start,
                    second.node,
                    ";\n#endif\n"
                ]
            }
        }
    }

    pub fn assertion(&mut self, scope: &mut Scope) -> Node {
        node!["assert(", self.comparison(scope), ");\n"]
    }
}
