//! Functions: the helpers and the entry.

use super::integer::{Expr, Integer, SIZE};
use super::{Helper, HelperKind, Maker, Returns, Scope, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    fn scope(&self, address: &str, returns: Returns, quiet: bool) -> Scope {
        Scope {
            variables: if self.in_part { Vec::new() } else { self.globals.clone() },
            flags: Vec::new(),
            boxes: Vec::new(),
            address: address.to_owned(),
            returns,
            label: None,
            breaks: false,
            continues: false,
            depth: 0,
            quiet,
        }
    }

    /// Statements, and for some functions a label at the end that they may go to.
    fn body(&mut self, scope: &mut Scope, count: usize) -> Node {
        self.budget = 2 * count;
        let mut pieces = Vec::new();
        let labelled = self.random.chance(30);
        // What stands after the label may be reached from anywhere, so it sees only what is declared before all jumps.
        let start = if labelled { self.random.between(1, 3) } else { 0 };
        let steps: [fn(&mut Maker, &mut Scope) -> Node; 3] = [Maker::declare, Maker::declare, Maker::structure_local];
        for _ in 0..start {
            let step = self.random.one(&steps);
            pieces.push(step(self, scope).optional());
        }
        let mut after = scope.clone();
        if labelled {
            scope.label = Some(self.local("out"));
        }
        for _ in 0..count {
            pieces.push(self.statement(scope));
        }
        if let Some(label) = &scope.label {
            pieces.push(node![format!("{label}:;\n")].optional());
            for _ in 0..self.random.between(1, 2) {
                pieces.push(self.statement(&mut after));
            }
            *scope = after;
        }
        Node::from(pieces)
    }

    /// One more helper.
    pub fn helper(&mut self) {
        let kind = self.random.weighted(&[
            (5, HelperKind::Wrapper(true)),
            (4, HelperKind::Value(SIZE)),
            (3, HelperKind::Fill(SIZE, true)),
            (4, HelperKind::Structure(true)),
            (1, HelperKind::Die),
            (2, HelperKind::Plain),
        ]);
        let name = self.global("part");
        let helper = match kind {
            HelperKind::Wrapper(_) => self.wrapper(name),
            HelperKind::Value(_) => self.sizing(name),
            HelperKind::Fill(..) => self.filling(name),
            HelperKind::Structure(_) => self.handling(name),
            HelperKind::Die => {
                let noreturn = self.random.one(&["", "_Noreturn ", "__attribute__((noreturn)) "]);
                let stop = self.random.one(&["abort();\n", "exit(2);\n", "for (;;)\nabort();\n"]);
                self.shared_item(node![format!("{noreturn}static void {name}(void)\n{{\n{stop}}}\n")].optional());
                Helper {
                    name,
                    kind,
                    parameters: Vec::new(),
                    uses: 0,
                }
            }
            HelperKind::Plain => {
                let mut scope = self.scope("p", Returns::Nothing, false);
                let count = self.random.between(2, 4);
                let body = self.body(&mut scope, count);
                self.function_item(&name, &format!("void {name}(void)"), node!["void *p = area();\n", body]);
                Helper {
                    name,
                    kind,
                    parameters: Vec::new(),
                    uses: 0,
                }
            }
        };
        self.helpers.push(helper);
    }

    /// Adds integer parameters to a scope.
    fn parameters(&mut self, scope: &mut Scope, count: usize) -> (String, Vec<Integer>) {
        let mut written = Vec::new();
        let mut types = Vec::new();
        for _ in 0..count {
            let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
            scope.variables.push(Variable::local(&name, ty));
            written.push(format!("{} {name}", ty.name));
            types.push(ty);
        }
        (written.join(", "), types)
    }

    /// A function that passes its parameter on to mremap.
    fn wrapper(&mut self, name: String) -> Helper {
        let mut scope = self.scope("p", Returns::Address, false);
        let count = self.random.weighted(&[(4, 1), (1, 2)]);
        let (parameters, types) = self.parameters(&mut scope, count);
        let own = scope.variables.len() - count;
        let parameter = scope.variables[own].text.clone();
        let signature = format!("void *{name}(void *p, {parameters})");
        let count = self.random.below(4);
        let body = self.body(&mut scope, count);
        let old = match self.random.below(6) {
            0..=3 => parameter,
            4 => format!("{parameter} * (size_t)4096"),
            _ => format!("{parameter} & ~(size_t)4095"),
        };
        let last = node![format!("mremap(p, {old}, 8192, MREMAP_MAYMOVE)")].call();
        self.function_item(&name, &signature, node![body, "return ", last, ";\n"]);
        if !self.in_part && self.random.chance(20) {
            self.table(&name, &types);
        }
        Helper {
            name,
            kind: HelperKind::Wrapper(true),
            parameters: types,
            uses: 0,
        }
    }

    /// A function that returns a size.
    fn sizing(&mut self, name: String) -> Helper {
        let ty = Integer::any(&mut self.random);
        let mut scope = self.scope("NULL", Returns::Value(ty), true);
        let count = self.random.weighted(&[(2, 0), (3, 1), (1, 2)]);
        let (parameters, types) = self.parameters(&mut scope, count);
        let parameters = if types.is_empty() {
            "void".to_owned()
        } else {
            parameters
        };
        let count = self.random.below(4);
        let body = self.body(&mut scope, count);
        let last = self.value(&scope, 1);
        let signature = format!("{} {name}({parameters})", ty.name);
        self.function_item(&name, &signature, node![body, "return ", last.node, ";\n"]);
        Helper {
            name,
            kind: HelperKind::Value(ty),
            parameters: types,
            uses: 0,
        }
    }

    /// A function that writes a size through a pointer, and may say whether it did.
    fn filling(&mut self, name: String) -> Helper {
        let (ty, tells) = (Integer::any(&mut self.random), self.random.chance(60));
        let returns = if tells { Returns::Success } else { Returns::Nothing };
        let mut scope = self.scope("NULL", returns, true);
        let count = self.random.below(3);
        let body = self.body(&mut scope, count);
        let value = if self.random.chance(60) {
            self.constant()
        } else {
            self.value(&scope, 1)
        };
        let signature = format!("{} {name}({} *out)", if tells { "int" } else { "void" }, ty.name);
        let last = if tells { "return 1;\n" } else { "" };
        self.function_item(&name, &signature, node![body, "*out = ", value.node, ";\n", last]);
        Helper {
            name,
            kind: HelperKind::Fill(ty, tells),
            parameters: Vec::new(),
            uses: 0,
        }
    }

    /// A function that works on the structure behind a pointer.
    fn handling(&mut self, name: String) -> Helper {
        let sink = self.random.chance(60);
        let mut scope = self.scope("b->base", Returns::Nothing, !sink);
        let count = self.random.below(2);
        let (parameters, types) = self.parameters(&mut scope, count);
        self.add_box(&mut scope, "b", true);
        let comma = if types.is_empty() { "" } else { ", " };
        let signature = format!("void {name}(struct box{} *b{comma}{parameters})", self.tag);
        let count = self.random.between(1, 3);
        let body = self.body(&mut scope, count);
        let (field, ty) = self.random.one(&self.fields);
        let field = Variable::part(format!("b->{field}"), ty);
        let last = if sink {
            node![
                node![format!("mremap(b->base, {}, 8192, MREMAP_MAYMOVE)", field.text)].call(),
                ";\n"
            ]
        } else {
            let value: Expr = self.value(&scope, 1);
            node![format!("{} = ", field.text), value.node, ";\n"]
        };
        self.function_item(&name, &signature, node![body, last]);
        Helper {
            name,
            kind: HelperKind::Structure(sink),
            parameters: types,
            uses: 0,
        }
    }

    /// A table of operations that holds a wrapper, which may then be called through it.
    fn table(&mut self, wrapper: &str, types: &[Integer]) {
        let (tag, name) = (self.global("operations"), self.global("table"));
        let parameters: Vec<_> = types.iter().map(|ty| format!(", {}", ty.name)).collect();
        let declared = format!("struct {tag} {{\nvoid *(*grow)(void *{});\n}};\n", parameters.concat());
        let written = self.random.one(&[".grow = ", ""]);
        let defined = format!("static const struct {tag} {name} = {{ {written}{wrapper} }};\n");
        self.items.push(Node::from(declared + &defined).optional());
        let kind = HelperKind::Wrapper(true);
        self.helpers.push(Helper {
            name: format!("{name}.grow"),
            kind,
            parameters: types.to_vec(),
            uses: 0,
        });
    }

    /// Where the program starts, or what is called from outside.
    pub fn entry(&mut self, result: &str, name: Node, returns: Returns) {
        let mut scope = self.scope("p", returns, false);
        let count = self.random.between(5, 10);
        let body = self.body(&mut scope, count);
        let last = node![self.call(&scope), ";\n"].optional();
        let end = if returns == Returns::Success {
            "return 0;\n}\n"
        } else {
            "}\n"
        };
        self.items
            .push(node![result, name, "(void)\n{\nvoid *p = area();\n", body, last, end]);
    }
}
