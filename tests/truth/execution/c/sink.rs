//! Statements that reach mremap: the call itself in its many places, raw system calls, and calls of the program's wrappers.

use super::integer::Expr;
use super::{Helper, HelperKind, Maker, Scope};
use crate::execution::tree::{Node, node};

impl Maker {
    /// The argument that matters.
    fn old_size(&mut self, scope: &Scope) -> Expr {
        match self.random.below(20) {
            0..=10 if !scope.variables.is_empty() => self.random.one(&scope.variables).read(),
            11..=12 => {
                let test = self.condition(scope, 1);
                let (yes, no) = (self.value(scope, 0), self.value(scope, 0));
                Expr::select(test, yes, no)
            }
            13..=14 => self.value(scope, 1),
            15 => self.value(scope, 2),
            16 => self.constant(),
            17 => self.sized().unwrap_or_else(|| self.plain_constant()),
            18 => {
                let size = self
                    .random
                    .one(&[("sizeof(struct box", 1), ("sizeof(unsigned[1024])", 0)]);
                let text = if size.1 == 1 {
                    format!("{}{})", size.0, self.tag)
                } else {
                    size.0.to_owned()
                };
                Expr::of(text, super::integer::SIZE)
            }
            _ => self.value(scope, 0),
        }
    }

    /// A call of a helper that returns a size.
    pub fn sized(&mut self) -> Option<Expr> {
        let helper = self.helper_of(|kind| matches!(kind, HelperKind::Value(_)))?;
        let HelperKind::Value(ty) = helper.kind else {
            return None;
        };
        let mut text = vec![node![&helper.name, "("]];
        for index in 0..helper.parameters.len() {
            let argument = self.constant();
            text.push(node![if index > 0 { ", " } else { "" }, argument.node]);
        }
        text.push(")".into());
        Some(Expr::of(text, ty))
    }

    /// One of the helpers of a kind, more often one that is not used yet.
    pub fn helper_of(&mut self, wanted: impl Fn(HelperKind) -> bool) -> Option<Helper> {
        let fitting: Vec<usize> = (0..self.helpers.len())
            .filter(|&at| wanted(self.helpers[at].kind))
            .collect();
        let fewest = fitting.iter().map(|&at| self.helpers[at].uses).min()?;
        let unused: Vec<usize> = fitting
            .iter()
            .copied()
            .filter(|&at| self.helpers[at].uses == fewest)
            .collect();
        let chosen = if self.random.chance(60) {
            self.random.one(&unused)
        } else {
            self.random.one(&fitting)
        };
        self.helpers[chosen].uses += 1;
        Some(self.helpers[chosen].clone())
    }

    /// The call.
    pub fn call(&mut self, scope: &Scope) -> Node {
        let old = self.old_size(scope);
        self.call_with(scope, old)
    }

    fn call_with(&mut self, scope: &Scope, old: Expr) -> Node {
        let new = self
            .random
            .weighted(&[(6, "8192"), (2, "4096"), (1, "0"), (1, "2 * 4096")]);
        let flags = self.random.weighted(&[(6, "MREMAP_MAYMOVE"), (2, "1"), (1, "0")]);
        let plain = |old: Node| node![format!("mremap({}, ", scope.address), old, format!(", {new}, {flags})")];
        let call = match (self.random.below(12), self.setting.clone()) {
            (0, _) => {
                let number = self.random.one(&["SYS_mremap", "__NR_mremap"]);
                let address = scope.address.clone();
                node![
                    format!("syscall({number}, {address}, (size_t)("),
                    old.node,
                    format!("), {new}UL, {flags})")
                ]
            }
            (1, _) => {
                let address = scope.address.clone();
                let rest = format!(", {new}, MREMAP_MAYMOVE | MREMAP_FIXED, area())");
                node![format!("mremap({address}, "), old.node, rest]
            }
            (2..=3, Some(setting)) => {
                let other = self.value(scope, 0);
                let address = scope.address.clone();
                node![
                    format!("mremap({address},\n#ifdef {setting}\n"),
                    old.node,
                    ",\n#else\n",
                    other.node,
                    format!(",\n#endif\n{new}, {flags})")
                ]
            }
            _ => plain(old.node),
        };
        call.call()
    }

    /// A statement that reaches mremap directly.
    pub fn sink(&mut self, scope: &mut Scope) -> Node {
        if scope.quiet {
            return self.assign(scope);
        }
        let form = self.random.below(16);
        match form {
            0 => node!["(void)", self.call(scope), ";\n"],
            1 => node![format!("void *{} = (void *)", self.local("q")), self.call(scope), ";\n"],
            2 => {
                let jump = self.jump(scope);
                node!["if (", self.call(scope), " == MAP_FAILED)\n", jump].or(&[1])
            }
            3 => {
                let test = self.condition(scope, 1);
                node![
                    test,
                    " ? (void)",
                    self.call(scope),
                    " : (void)",
                    self.call(scope),
                    ";\n"
                ]
                .or(&[2])
                .or(&[4])
            }
            4 => {
                let test = self.condition(scope, 1);
                node!["if (", test, " && ", self.call(scope), " == MAP_FAILED)\nabort();\n"].or(&[3])
            }
            5 => {
                let test = self.condition(scope, 1);
                node![
                    "if (",
                    test,
                    " || ",
                    self.call(scope),
                    " != MAP_FAILED) {\n",
                    self.block(scope, 1),
                    "}\n"
                ]
            }
            6 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                let call = self.call_with(scope, variable.read());
                node![format!("{} ? (void)", variable.text), call, " : (void)0;\n"].or(&[1])
            }
            7 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                let call = self.call_with(scope, variable.read());
                let test = self.random.one(&["", "0 != ", "0 < "]);
                node![format!("if ({test}{})\n", variable.text), call, ";\n"].or(&[1])
            }
            8 if scope.returns == super::Returns::Address => node!["return ", self.call(scope), ";\n"],
            _ => node![self.call(scope), ";\n"],
        }
    }

    /// A call of one of the program's own functions or macros.
    pub fn helper_call(&mut self, scope: &mut Scope) -> Node {
        let quiet = scope.quiet;
        let Some(helper) = self.helper_of(|kind| {
            !quiet
                || !matches!(
                    kind,
                    HelperKind::Wrapper(_) | HelperKind::Structure(true) | HelperKind::Plain
                )
        }) else {
            return self.sink(scope);
        };
        match helper.kind {
            HelperKind::Wrapper(function) => {
                let mut pieces = vec![node![format!("{}({}", helper.name, scope.address)]];
                for _ in &helper.parameters {
                    let argument = if self.random.chance(50) {
                        self.value(scope, 1)
                    } else {
                        self.constant()
                    };
                    pieces.push(node![", ", argument.node]);
                }
                pieces.push(")".into());
                let call = Node::from(pieces).call();
                if function && self.random.chance(20) {
                    let jump = self.jump(scope);
                    return node!["if (", call, " == MAP_FAILED)\n", jump];
                }
                node![call, ";\n"]
            }
            HelperKind::Value(_) => {
                let size = self.sized().expect("there is such a helper");
                self.store(scope, size)
            }
            HelperKind::Fill(ty, tells) => {
                let (name, start) = (self.local("n"), self.constant());
                let declared = node![format!("{} {name} = ", ty.name), start.node, ";\n"];
                let call = format!("{}(&{name})", helper.name);
                scope.variables.push(super::Variable::local(&name, ty));
                if tells && self.random.chance(70) {
                    let not = self.random.chance(40);
                    let block = if not { self.jump(scope) } else { self.block(scope, 2) };
                    return node![
                        declared,
                        format!("if ({}{call}) {{\n", if not { "!" } else { "" }),
                        block,
                        "}\n"
                    ];
                }
                node![declared, node![call, ";\n"].optional()]
            }
            HelperKind::Structure(sink) => {
                let structure = if scope.boxes.is_empty() {
                    self.structure_local(scope)
                } else {
                    Node::empty()
                };
                let mut pieces = vec![node![format!("{}({}", helper.name, self.random.one(&scope.boxes))]];
                for _ in &helper.parameters {
                    let argument = self.value(scope, 0);
                    pieces.push(node![", ", argument.node]);
                }
                pieces.push(")".into());
                let call = Node::from(pieces);
                node![structure, if sink { call.call() } else { call }, ";\n"]
            }
            HelperKind::Die => {
                let test = self.condition(scope, 1);
                node!["if (", test, format!(")\n{}();\n", helper.name)]
            }
            HelperKind::Plain => node![node![format!("{}()", helper.name)].call(), ";\n"],
        }
    }
}
