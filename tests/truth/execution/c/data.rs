//! Statements that make and change values.

use super::integer::{Expr, Integer};
use super::{HelperKind, Maker, Scope, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
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

    /// A wrapper that is called through a pointer.
    pub fn function_pointer(&mut self, scope: &mut Scope) -> Node {
        let helper = self.helper_of(|kind| kind == HelperKind::Wrapper(true));
        let Some(helper) = helper.filter(|_| !scope.quiet) else {
            return self.assign(scope);
        };
        let name = self.local("g");
        let parameters: Vec<_> = helper.parameters.iter().map(|ty| format!(", {}", ty.name)).collect();
        let declared = format!("void *(*{name})(void *{}) = {};\n", parameters.concat(), helper.name);
        let spelled = self.random.one(&[name.clone(), format!("(*{name})")]);
        let mut pieces = vec![node![format!("{spelled}({}", scope.address)]];
        for _ in &helper.parameters {
            pieces.push(node![", ", self.value(scope, 0).node]);
        }
        pieces.push(")".into());
        node![declared, node![Node::from(pieces).call(), ";\n"].optional()]
    }
}
