//! Statements that reach mremap: the call itself in its many spellings and places, and calls of the program's wrappers.

use super::{Helper, HelperKind, Maker, Returns, Scope, USIZE};
use crate::execution::tree::{Node, node};

impl Maker {
    /// The argument that matters, of type `usize`.
    fn old_size(&mut self, scope: &Scope) -> Node {
        match self.random.below(20) {
            0..=9 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                match variable.ty == USIZE {
                    true => node![variable.text],
                    false => node![variable.text, " as usize"],
                }
            }
            10..=11 => {
                let test = self.condition(scope, 1);
                let (yes, no) = (self.value(scope, USIZE, 0), self.value(scope, USIZE, 0));
                node!["if ", test, " { ", yes, " } else { ", no, " }"].or(&[3]).or(&[5])
            }
            12..=14 => self.value(scope, USIZE, 1),
            15 => self.value(scope, USIZE, 2),
            16 => self.literal(USIZE, true),
            17 => self.sized(USIZE).unwrap_or_else(|| self.plain_literal(USIZE)),
            _ => self.value(scope, USIZE, 0),
        }
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

    /// The call as an expression in an unsafe block.
    pub fn call(&mut self, scope: &Scope) -> Node {
        let old = self.old_size(scope);
        node!["unsafe { ", self.call_with(&scope.address, old), " }"]
    }

    /// The call of an address and a size.
    pub fn call_with(&mut self, address: &str, old: Node) -> Node {
        let name = if self.imported { "mremap" } else { "libc::mremap" };
        let new = self
            .random
            .weighted(&[(6, "8192"), (2, "4096"), (1, "0"), (1, "2 * 4096")]);
        let flags = match (self.imported, self.random.below(4)) {
            (_, 0) => "1",
            (true, _) => "MREMAP_MAYMOVE",
            (false, _) => "libc::MREMAP_MAYMOVE",
        };
        match self.random.below(14) {
            0 => {
                let rest = format!(", {new}, libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED, area())");
                let to = Node::Compiled("_to".to_owned());
                node!["libc::mremap", to, format!("({address}, "), old, rest].call()
            }
            1 => node![
                format!("libc::syscall(libc::SYS_mremap, {address}, "),
                old,
                format!(", {new}usize, 1)")
            ]
            .call()
            .cast_to_pointer(),
            2 => {
                let rest = format!(", {new}, rustix::mm::MremapFlags::MAYMOVE)");
                node![
                    node![format!("rustix::mm::mremap({address}, "), old, rest].call(),
                    ".unwrap()"
                ]
            }
            _ => node![format!("{name}({address}, "), old, format!(", {new}, {flags})")].call(),
        }
    }

    /// A statement that reaches mremap directly.
    pub fn sink(&mut self, scope: &mut Scope) -> Node {
        if scope.quiet {
            return self.assign(scope);
        }
        match self.random.below(16) {
            0 => node![format!("let {} = ", self.local("q")), self.call(scope), ";\n"],
            1 => node!["let _ = ", self.call(scope), ";\n"],
            2 => {
                let jump = self.jump(scope);
                node!["if ", self.call(scope), " == libc::MAP_FAILED {\n", jump, "}\n"]
            }
            3 => {
                let test = self.condition(scope, 1);
                let (yes, no) = (self.call(scope), self.call(scope));
                node!["if ", test, " {\n", yes, "\n} else {\n", no, "\n}", ";\n"]
                    .or(&[3, 7])
                    .or(&[5, 7])
            }
            4 => {
                let test = self.condition(scope, 1);
                node![
                    "if ",
                    test,
                    " && ",
                    self.call(scope),
                    " == libc::MAP_FAILED {\npanic!(\"no map\");\n}\n"
                ]
            }
            5 => {
                let test = self.condition(scope, 1);
                node!["assert!(", test, " || !", self.call(scope), ".is_null());\n"]
            }
            6 => {
                let (one, two) = (self.call(scope), self.call(scope));
                node![
                    "match pick() {\n0 => drop(",
                    one,
                    "),\n2 => drop(",
                    two,
                    "),\n_ => {}\n}\n"
                ]
            }
            7 if !scope.variables.is_empty() => {
                let variable = self.random.one(&scope.variables);
                let call = self.call_with(&scope.address, node![&variable.text, " as usize"]);
                let test = self.random.one(&[
                    "# != 0",
                    "0 != #",
                    "# > 0",
                    "!matches!(#, 0)",
                    "NonZeroUsize::new(# as usize).is_some()",
                ]);
                node![
                    "if ",
                    test.replace('#', &variable.text),
                    " {\nunsafe { ",
                    call,
                    " };\n}\n"
                ]
                .or(&[2, 3, 4])
            }
            8 if !scope.options.is_empty() => {
                let (name, _) = self.random.one(&scope.options);
                let call = self.call_with(&scope.address, "v as usize".into());
                node![format!("if let Some(v) = {name} {{\nunsafe {{ "), call, " };\n}\n"]
            }
            9 if scope.returns == Returns::Address => node!["return ", self.call(scope), ";\n"],
            _ => node![self.call(scope), ";\n"],
        }
    }

    /// A call of one of the program's own functions, methods or macros.
    pub fn helper_call(&mut self, scope: &mut Scope) -> Node {
        let quiet = scope.quiet;
        let Some(helper) =
            self.helper_of(|kind| !quiet || !matches!(kind, HelperKind::Wrapper(_) | HelperKind::Method(true)))
        else {
            return self.sink(scope);
        };
        match helper.kind {
            HelperKind::Wrapper(function) => {
                let name = if function {
                    helper.name.clone()
                } else {
                    format!("{}!", helper.name)
                };
                let call = self
                    .arguments(scope, format!("{name}({}", scope.address), &helper, ", ")
                    .call();
                let call = node!["unsafe { ", call, " }"];
                if self.random.chance(20) {
                    let jump = self.jump(scope);
                    return node!["if ", call, ".is_null() {\n", jump, "}\n"];
                }
                node![call, ";\n"]
            }
            HelperKind::Value(Returns::Value(ty) | Returns::Optional(ty) | Returns::Fallible(ty)) => {
                let size = self.sized(ty).expect("there is such a helper");
                self.store(scope, ty, size)
            }
            HelperKind::Value(_) => self.assign(scope),
            HelperKind::Fill(ty) => {
                let (name, start) = (self.local("n"), self.literal(ty, true));
                let declared = node![format!("let mut {name}: {} = ", ty.name), start, ";\n"];
                let call = format!("{}(&mut {name})", helper.name);
                scope.variables.push(super::Variable {
                    text: name,
                    ty,
                    fixed: false,
                });
                if self.random.chance(70) {
                    let not = self.random.chance(40);
                    let block = if not { self.jump(scope) } else { self.block(scope, 2) };
                    return node![
                        declared,
                        format!("if {}{call} {{\n", if not { "!" } else { "" }),
                        block,
                        "}\n"
                    ];
                }
                node![declared, node![call, ";\n"].optional()]
            }
            HelperKind::Method(sink) => {
                let made = if scope.buffers.is_empty() {
                    self.buffer(scope)
                } else {
                    Node::empty()
                };
                let target = self.random.one(&scope.buffers);
                let call = self.arguments(scope, format!("{target}.{}(", helper.name), &helper, "");
                let call = if sink {
                    node!["unsafe { ", call.call(), " }"]
                } else {
                    call
                };
                node![made, call, ";\n"]
            }
            HelperKind::Die => {
                let test = self.condition(scope, 1);
                node!["if ", test, format!(" {{\n{}();\n}}\n", helper.name)]
            }
        }
    }

    /// A call's text with values for the helper's parameters.
    fn arguments(&mut self, scope: &Scope, head: String, helper: &Helper, first_comma: &str) -> Node {
        let mut pieces = vec![Node::from(head)];
        for (index, ty) in helper.parameters.iter().enumerate() {
            let value = if self.random.chance(50) {
                self.value(scope, *ty, 1)
            } else {
                self.literal(*ty, false)
            };
            pieces.push(node![if index == 0 { first_comma } else { ", " }, value]);
        }
        pieces.push(")".into());
        Node::from(pieces)
    }
}

impl Node {
    /// A raw system call gives an integer.
    fn cast_to_pointer(self) -> Node {
        node!["(", self, " as *mut c_void)"]
    }
}
