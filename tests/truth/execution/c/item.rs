//! What stands at file level besides functions: named constants, macros, the structure, globals.

use super::integer::{Expr, INT, Integer, SIZE, UNSIGNED, UNSIGNED_LONG};
use super::{Helper, HelperKind, Maker, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    /// `#define`s, enumerators, constant globals, function-like macros.
    pub fn constant_items(&mut self) {
        for _ in 0..self.random.below(4) {
            match self.random.below(6) {
                0..=1 => self.define(),
                2 => self.enumeration(),
                3 => self.constant_global(),
                4 => self.value_macro(),
                _ => self.wrapper_macro(),
            }
        }
    }

    fn define(&mut self) {
        let name = self.global("SIZE");
        let value = self.constant();
        match self.setting.clone() {
            Some(setting) if self.random.chance(60) => {
                let other = self.constant();
                // Both arms have one type, so that what uses the name is well defined either way.
                let plain = |value: Expr| node!["((unsigned long)", value.node, ")"];
                let (first, second) = (plain(value), plain(other));
                self.shared_item(node![
                    format!("#ifdef {setting}\n#define {name} "),
                    first,
                    format!("\n#else\n#define {name} "),
                    second,
                    "\n#endif\n"
                ]);
                self.constants.push(Expr::of(name, UNSIGNED_LONG));
            }
            _ => {
                self.shared_item(node![format!("#define {name} "), value.node, "\n"].optional());
                self.constants.push(Expr::ranged(name, value.ty, value.range));
            }
        }
    }

    fn enumeration(&mut self) {
        let (first, second) = (self.global("FIRST"), self.global("SECOND"));
        let start = self.random.one(&[0, 0, 1, 4096]);
        let written = if start == 0 && self.random.chance(60) {
            String::new()
        } else {
            format!(" = {start}")
        };
        self.shared_item(node![format!("enum {{ {first}{written}, {second} }};\n")].optional());
        self.constants.push(Expr::ranged(first, INT, (start, start)));
        self.constants.push(Expr::ranged(second, INT, (start + 1, start + 1)));
    }

    fn constant_global(&mut self) {
        let name = self.global("limit");
        let (ty, value) = (Integer::any(&mut self.random), self.constant());
        self.shared_item(node![format!("static const {} {name} = ", ty.name), value.node, ";\n"].optional());
        self.constants.push(Expr::of(name, ty));
    }

    fn value_macro(&mut self) {
        let name = self.global("ROUND");
        let (body, ty) = self.random.one(&[
            ("(((x) + 4095UL) & ~4095UL)", UNSIGNED_LONG),
            ("((x) & ~4095UL)", UNSIGNED_LONG),
            ("((size_t)(x) / 4096)", SIZE),
            (
                "((unsigned char)(x))",
                Integer {
                    name: "unsigned char",
                    bits: 8,
                    signed: false,
                },
            ),
            ("((x) ? 4096u : 0u)", UNSIGNED),
            ("((size_t)(x) > 4096 ? (size_t)(x) : 4096)", SIZE),
            ("((size_t)((x) + 0UL) % 4096)", SIZE),
        ]);
        self.shared_item(node![format!("#define {name}(x) {body}\n")].optional());
        self.value_macros.push((name, ty));
    }

    /// A macro that holds the call.
    fn wrapper_macro(&mut self) {
        let name = self.global("GROW");
        let old = match self.random.below(5) {
            0..=2 => Node::from("(n)"),
            3 => node!["(n) * 1UL"],
            _ => self.constant().node,
        };
        let call = node!["mremap((p), ", old, ", 8192, MREMAP_MAYMOVE)"].call();
        let item = match self.random.below(3) {
            0 => node![format!("#define {name}(p, n) "), call, "\n"],
            1 => node![format!("#define {name}(p, n) ((void)"), call, ")\n"],
            _ => node![
                format!("#define {name}(p, n) do {{ if (n) {{ "),
                call,
                "; } } while (0)\n"
            ],
        };
        self.shared_item(item.optional());
        self.helpers.push(Helper {
            name,
            kind: HelperKind::Wrapper(false),
            parameters: vec![SIZE],
            uses: 0,
        });
    }

    /// The program's structure.
    pub fn structure(&mut self) {
        let name = format!("struct box{}", self.tag);
        let mut fields = vec![node!["void *base;\n"]];
        for stem in ["len", "used", "room"].iter().take(self.random.between(1, 3)) {
            let ty = Integer::any(&mut self.random);
            fields.push(node![format!("{} {stem};\n", ty.name)].optional());
            self.fields.push(((*stem).to_owned(), ty));
        }
        self.shared_item(node![format!("{name} {{\n"), fields, "};\n"].optional());
    }

    /// Variables of the last file; only programs of which all entries are known have them.
    pub fn global_items(&mut self) {
        for _ in 0..self.random.below(4) {
            let name = self.global("total");
            let ty = Integer::any(&mut self.random);
            let saved = Node::Compiled("SAVED ".to_owned());
            match self.random.below(6) {
                0 => {
                    self.items
                        .push(node!["static ", saved, format!("{} {name};\n", ty.name)].optional());
                    self.globals.push(Variable::part(name, ty));
                }
                1 => {
                    let values = (self.constant().node, self.constant().node);
                    let start = format!("{} {name}[2] = {{ ", ty.name);
                    self.items
                        .push(node!["static ", saved, start, values.0, ", ", values.1, " };\n"].optional());
                    self.globals.push(Variable::part(format!("{name}[0]"), ty));
                    self.globals.push(Variable::part(format!("{name}[1]"), ty));
                }
                2 => {
                    let (field, value) = (self.random.one(&self.fields), self.constant());
                    let start = format!("struct box{} {name} = {{ .{} = ", self.tag, field.0);
                    self.items
                        .push(node!["static ", saved, start, value.node, " };\n"].optional());
                    for (field, ty) in &self.fields {
                        self.globals.push(Variable::part(format!("{name}.{field}"), *ty));
                    }
                }
                _ => {
                    let value = self.constant();
                    let start = format!("{} {name} = ", ty.name);
                    self.items
                        .push(node!["static ", saved, start, value.node, ";\n"].optional());
                    self.globals.push(Variable::part(name, ty));
                }
            }
        }
    }
}
