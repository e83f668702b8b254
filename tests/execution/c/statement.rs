//! Statements.

use super::integer::{Expr, Integer, UNSIGNED};
use super::{HelperKind, Maker, Returns, Scope, Variable};
use crate::tree::{Node, node};

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
    (1, Maker::jump_back),
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
    fn writable(&mut self, scope: &Scope) -> Option<Variable> {
        let fitting: Vec<_> = scope
            .variables
            .iter()
            .filter(|variable| !variable.fixed)
            .cloned()
            .collect();
        (!fitting.is_empty()).then(|| self.random.one(&fitting))
    }

    /// The right-hand side of an assignment: often a bare constant.
    fn stored(&mut self, scope: &Scope) -> Expr {
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

    pub fn declare(&mut self, scope: &mut Scope) -> Node {
        let value = self.stored(scope);
        let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
        let constant = self.random.chance(10);
        let variable = Variable {
            fixed: constant,
            local: !constant,
            ..Variable::local(&name, ty)
        };
        scope.variables.push(variable);
        let qualifier = if constant { "const " } else { "" };
        node![format!("{qualifier}{} {name} = ", ty.name), value.node, ";\n"]
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
        let value = self.constant();
        // Named twice more, so that later statements use it more often.
        scope.variables.extend([variable.clone(), variable.clone()]);
        node!["if (", test, format!(")\n{} = ", variable.text), value.node, ";\n"].or(&[2, 3, 4])
    }

    pub fn assign(&mut self, scope: &mut Scope) -> Node {
        let Some(variable) = self.writable(scope) else {
            return self.declare(scope);
        };
        let text = variable.text.clone();
        match self.random.below(16) {
            0..=2 => {
                let operator = self.random.one(&["+", "-", "*"]);
                let mut value = self.value(scope, 0);
                // The compound form computes like the binary one, whose operand then shows which conversion is needed.
                if !variable.ty.signed || variable.ty.bits < 32 {
                    value = Expr::unsigned(value, variable.ty);
                } else {
                    return node![&text, " = ", Expr::binary(operator, variable.read(), value).node, ";\n"];
                }
                node![text, format!(" {operator}= "), value.node, ";\n"]
            }
            3 => {
                let operator = self.random.one(&["&", "|", "^"]);
                node![text, format!(" {operator}= "), self.value(scope, 0).node, ";\n"]
            }
            4 => {
                let operator = self
                    .random
                    .one(&[">>= 1", ">>= 12", "/= 2", "/= 4096", "%= 4096", "%= 2", "&= ~4095"]);
                let operator = if operator == ">>= 12" && variable.ty.bits < 16 {
                    ">>= 4"
                } else {
                    operator
                };
                node![text, format!(" {operator};\n")]
            }
            5 if !variable.ty.signed || variable.ty.bits < 32 => {
                let form = self.random.one(&[("", "++"), ("", "--"), ("++", ""), ("--", "")]);
                node![format!("{}{text}{};\n", form.0, form.1)]
            }
            6 if !variable.ty.signed || variable.ty.bits < 32 => {
                let name = self.local("n");
                scope.variables.push(Variable::local(&name, variable.ty));
                let form = self.random.one(&[("", "++"), ("", "--"), ("++", ""), ("--", "")]);
                node![format!("{} {name} = {}{text}{};\n", variable.ty.name, form.0, form.1)]
            }
            7 => {
                let (first, second) = (self.constant(), self.value(scope, 0));
                let name = self.local("n");
                let ty = Integer::any(&mut self.random);
                scope.variables.push(Variable::local(&name, ty));
                node![
                    format!("{} {name} = ({text} = ", ty.name),
                    first.node,
                    ", ",
                    second.node,
                    ");\n"
                ]
            }
            8 => match self.writable(scope) {
                Some(other) if other.text != text => node![text, " = ", other.text, " = ", self.constant().node, ";\n"],
                _ => node![text, " = ", self.constant().node, ";\n"],
            },
            _ => node![text, " = ", self.stored(scope).node, ";\n"],
        }
    }

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

    /// A second name for a variable.
    pub fn pointer(&mut self, scope: &mut Scope) -> Node {
        let locals: Vec<_> = scope
            .variables
            .iter()
            .filter(|variable| variable.local)
            .cloned()
            .collect();
        if locals.is_empty() {
            return self.declare(scope);
        }
        let target = self.random.one(&locals);
        let name = self.local("q");
        let same: Vec<_> = locals
            .iter()
            .filter(|other| other.ty == target.ty && other.text != target.text)
            .collect();
        let start = format!("{} *{name} = &{};\n", target.ty.name, target.text);
        scope.variables.push(Variable::part(format!("(*{name})"), target.ty));
        if same.is_empty() || self.random.chance(60) {
            return node![start];
        }
        let other = self.random.one(&same).text.clone();
        let test = self.steering(scope);
        node![
            start,
            node!["if (", test, format!(")\n{name} = &{other};\n")]
                .or(&[2])
                .optional()
        ]
    }

    /// A structure, or something done with one.
    pub fn structure_step(&mut self, scope: &mut Scope) -> Node {
        let locals: Vec<_> = scope
            .boxes
            .iter()
            .filter(|text| text.starts_with('&'))
            .cloned()
            .collect();
        if locals.is_empty() || self.random.chance(25) {
            return self.structure_local(scope);
        }
        let target = self.random.one(&locals)[1..].to_owned();
        let tag = self.tag.clone();
        match self.random.below(6) {
            0..=1 => {
                let name = self.local("b");
                self.add_box(scope, &name, true);
                node![format!("struct box{tag} *{name} = &{target};\n")]
            }
            2 => {
                let name = self.local("b");
                self.add_box(scope, &name, false);
                node![format!("struct box{tag} {name} = {target};\n")]
            }
            3 => {
                let (field, value) = (self.random.one(&self.fields), self.value(scope, 0));
                node![
                    format!("{target} = (struct box{tag}){{ .{} = ", field.0),
                    value.node,
                    " };\n"
                ]
            }
            4 => node![format!("memset(&{target}, 0, sizeof({target}));\n")],
            _ => {
                let (field, value) = (self.random.one(&self.fields), self.stored(scope));
                node![format!("{target}.{} = ", field.0), value.node, ";\n"]
            }
        }
    }

    /// Adds the fields of a structure, or of what a pointer points to.
    pub fn add_box(&mut self, scope: &mut Scope, name: &str, pointer: bool) {
        let (access, handle) = if pointer {
            ("->", name.to_owned())
        } else {
            (".", format!("&{name}"))
        };
        for (field, ty) in &self.fields {
            scope
                .variables
                .push(Variable::part(format!("{name}{access}{field}"), *ty));
        }
        scope.boxes.push(handle);
    }

    /// Declares a structure with all its fields set.
    pub fn structure_local(&mut self, scope: &mut Scope) -> Node {
        let name = self.local("b");
        let start = format!("struct box{} {name}", self.tag);
        let fields = self.fields.clone();
        let declared = match self.random.below(4) {
            0 => node![format!("{start} = {{ 0 }};\n")],
            1 => {
                let field = self.random.one(&fields).0;
                node![format!("{start} = {{ .{field} = "), self.value(scope, 0).node, " };\n"]
            }
            2 => {
                let values = fields
                    .iter()
                    .map(|_| node![", ", self.value(scope, 0).node])
                    .collect::<Vec<_>>();
                node![format!("{start} = {{ {}", scope.address), values, " };\n"]
            }
            _ => {
                let mut pieces = vec![node![format!("{start};\n{name}.base = {};\n", scope.address)]];
                for (field, _) in &fields {
                    let value = self.stored(scope);
                    pieces.push(node![format!("{name}.{field} = "), value.node, ";\n"]);
                }
                Node::from(pieces)
            }
        };
        self.add_box(scope, &name, false);
        declared
    }

    pub fn array(&mut self, scope: &mut Scope) -> Node {
        let (name, ty) = (self.local("a"), Integer::any(&mut self.random));
        let count = self.random.between(2, 3);
        let values = (0..count)
            .map(|_| node![self.value(scope, 0).node, ", "])
            .collect::<Vec<_>>();
        let declared = node![format!("{} {name}[{count}] = {{ ", ty.name), values, "};\n"];
        for index in 0..count {
            scope.variables.push(Variable::part(format!("{name}[{index}]"), ty));
        }
        if self.random.chance(40) {
            let counter = self.local("i");
            let mut inner = Scope {
                breaks: true,
                continues: true,
                ..scope.clone()
            };
            let element = Variable::part(format!("{name}[{counter}]"), ty);
            inner.variables.extend([element.clone(), element]);
            let body = self.block(&inner, 2);
            let head = format!("for (int {counter} = 0; {counter} < {count}; {counter}++) {{\n");
            return node![declared, node![head, body, "}\n"].optional()];
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
        let ty = self.random.one(&["int", "int", "_Bool", "unsigned char"]);
        node![format!("{ty} {name} = "), test, ";\n"]
    }

    /// A size and a flag that are set together.
    pub fn correlated(&mut self, scope: &mut Scope) -> Node {
        let (name, flag, ty) = (self.local("n"), self.local("f"), Integer::any(&mut self.random));
        let (first, second) = (self.constant(), self.plain_constant());
        let test = self.steering(scope);
        let (yes, no) = self.random.one(&[("1", "0"), ("0", "1")]);
        let node = node![
            format!("{} {name} = ", ty.name),
            second.node,
            format!(";\nint {flag} = {no};\nif ("),
            test,
            format!(") {{\n{name} = "),
            first.node,
            format!(";\n{flag} = {yes};\n}}\n")
        ];
        scope.variables.push(Variable::local(&name, ty));
        scope.flags.push(flag);
        node
    }

    /// A variable that is declared bare and set on every way.
    pub fn both_arms(&mut self, scope: &mut Scope) -> Node {
        let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
        let test = self.condition(scope, 1);
        let (first, second) = (self.constant(), self.stored(scope));
        let start = format!("{} {name};\nif (", ty.name);
        let node = node![
            start,
            test,
            format!(")\n{name} = "),
            first.node,
            format!(";\nelse\n{name} = "),
            second.node,
            ";\n"
        ];
        scope.variables.push(Variable::local(&name, ty));
        node
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
