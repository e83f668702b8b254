//! The structure and the functions.

use super::{Helper, HelperKind, Integer, Maker, Returns, Scope, USIZE, Variable};
use crate::execution::tree::{Node, node};

impl Maker {
    fn scope(&self, address: &str, returns: Returns, quiet: bool) -> Scope {
        Scope {
            variables: Vec::new(),
            flags: Vec::new(),
            options: Vec::new(),
            buffers: Vec::new(),
            address: address.to_owned(),
            returns,
            loops: Vec::new(),
            depth: 0,
            quiet,
        }
    }

    fn body(&mut self, scope: &mut Scope, count: usize) -> Node {
        self.budget = 2 * count;
        Node::from((0..count).map(|_| self.statement(scope)).collect::<Vec<_>>())
    }

    /// The program's structure with its constructors.
    pub fn structure(&mut self) {
        let mut fields = Vec::new();
        let (mut zeros, mut given) = (String::new(), String::new());
        for stem in ["len", "used", "room"].iter().take(self.random.between(1, 3)) {
            let ty = Integer::any(&mut self.random);
            fields.push(Node::from(format!("{stem}: {},\n", ty.name)));
            self.fields.push(((*stem).to_owned(), ty));
            zeros.push_str(&format!(", {stem}: 0"));
            if given.is_empty() {
                given.push_str(", len");
            } else {
                given.push_str(&format!(", {stem}: {}", self.random.one(&[0, 1, 64])));
            }
        }
        let first = self.fields[0].1.name;
        self.items.push(
            node![
                "#[derive(Clone, Copy)]\nstruct Buffer {\nbase: *mut c_void,\n",
                fields,
                "}\n"
            ]
            .optional(),
        );
        let default = format!(
            "impl Default for Buffer {{\nfn default() -> Self {{\nSelf {{ base: std::ptr::null_mut(){zeros} }}\n}}\n}}\n"
        );
        self.items.push(Node::from(default).optional());
        let new = format!("impl Buffer {{\nfn new(len: {first}) -> Self {{\nSelf {{ base: area(){given} }}\n}}\n}}\n");
        self.items.push(Node::from(new).optional());
    }

    /// One more helper.
    pub fn helper(&mut self) {
        let kind = self.random.weighted(&[
            (5, HelperKind::Wrapper(true)),
            (2, HelperKind::Wrapper(false)),
            (5, HelperKind::Value(Returns::Truth)),
            (3, HelperKind::Fill(USIZE)),
            (5, HelperKind::Method(true)),
            (1, HelperKind::Die),
        ]);
        let name = self.local("part");
        let helper = match kind {
            HelperKind::Wrapper(true) => self.wrapper(name),
            HelperKind::Wrapper(false) => self.wrapper_macro(name),
            HelperKind::Value(_) => self.sizing(name),
            HelperKind::Fill(_) => self.filling(name),
            HelperKind::Method(_) => self.method(name),
            HelperKind::Die => {
                let stop = self
                    .random
                    .one(&["panic!(\"no size\")", "unreachable!()", "std::process::abort()"]);
                let stop = if stop.ends_with("abort()") {
                    node![Node::Analyzed(stop.into()), Node::Compiled("panic!()".into())]
                } else {
                    node![stop]
                };
                self.items
                    .push(node![format!("fn {name}() -> ! {{\n"), stop, ";\n}\n"].optional());
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

    fn parameters(&mut self, scope: &mut Scope, count: usize) -> (String, Vec<Integer>) {
        let (mut written, mut types) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (name, ty) = (self.local("n"), Integer::any(&mut self.random));
            scope.variables.push(Variable {
                text: name.clone(),
                ty,
                fixed: false,
            });
            written.push(format!("mut {name}: {}", ty.name));
            types.push(ty);
        }
        (written.join(", "), types)
    }

    /// A function that passes its parameter on to mremap.
    fn wrapper(&mut self, name: String) -> Helper {
        let mut scope = self.scope("p", Returns::Address, false);
        let count = self.random.weighted(&[(4, 1), (1, 2)]);
        let (parameters, types) = self.parameters(&mut scope, count);
        let parameter = scope.variables[0].text.clone();
        let linkage = self.random.one(&["unsafe fn", "fn", "pub unsafe fn"]);
        if linkage.starts_with("pub") {
            self.open.push(name.clone());
        }
        let head = format!("{linkage} {name}(p: *mut c_void, {parameters}) -> *mut c_void {{\n");
        let count = self.random.below(4);
        let body = self.body(&mut scope, count);
        let old = match self.random.below(5) {
            0..=2 => format!("{parameter} as usize"),
            3 => format!("({parameter} as usize).wrapping_mul(4096)"),
            _ => format!("{parameter} as usize & !4095"),
        };
        let last = self.call_with("p", old.into());
        self.items
            .push(node![head, body, "unsafe { ", last, " }\n}\n"].optional());
        Helper {
            name,
            kind: HelperKind::Wrapper(true),
            parameters: types,
            uses: 0,
        }
    }

    fn wrapper_macro(&mut self, name: String) -> Helper {
        let old = match self.random.below(4) {
            0 => self.literal(USIZE, true),
            _ => "$n".into(),
        };
        let call = self.call_with("$p", old);
        let head = format!("macro_rules! {name} {{\n($p:expr, $n:expr) => {{\n");
        self.items.push(node![head, call, "\n};\n}\n"].optional());
        Helper {
            name,
            kind: HelperKind::Wrapper(false),
            parameters: vec![USIZE],
            uses: 0,
        }
    }

    /// A function that gives a size.
    fn sizing(&mut self, name: String) -> Helper {
        let ty = if self.random.chance(60) {
            USIZE
        } else {
            Integer::any(&mut self.random)
        };
        let returns = self.random.weighted(&[
            (3, Returns::Value(ty)),
            (2, Returns::Optional(ty)),
            (1, Returns::Fallible(ty)),
        ]);
        let mut scope = self.scope("area()", returns, true);
        let count = self.random.weighted(&[(2, 0), (3, 1), (1, 2)]);
        let (parameters, types) = self.parameters(&mut scope, count);
        let count = self.random.below(4);
        let body = self.body(&mut scope, count);
        let last = self.value(&scope, ty, 1);
        let (result, last) = match returns {
            Returns::Optional(_) => (format!("Option<{}>", ty.name), node!["Some(", last, ")"]),
            Returns::Fallible(_) => (format!("Result<{}, ()>", ty.name), node!["Ok(", last, ")"]),
            _ => (ty.name.to_owned(), last),
        };
        let head = format!("fn {name}({parameters}) -> {result} {{\n");
        self.items.push(node![head, body, last, "\n}\n"].optional());
        Helper {
            name,
            kind: HelperKind::Value(returns),
            parameters: types,
            uses: 0,
        }
    }

    /// A function that writes a size through a reference and says whether it did.
    fn filling(&mut self, name: String) -> Helper {
        let ty = Integer::any(&mut self.random);
        let mut scope = self.scope("area()", Returns::Truth, true);
        let count = self.random.below(3);
        let body = self.body(&mut scope, count);
        let value = if self.random.chance(60) {
            self.literal(ty, true)
        } else {
            self.value(&scope, ty, 1)
        };
        let head = format!("fn {name}(out: &mut {}) -> bool {{\n", ty.name);
        self.items
            .push(node![head, body, "*out = ", value, ";\ntrue\n}\n"].optional());
        Helper {
            name,
            kind: HelperKind::Fill(ty),
            parameters: Vec::new(),
            uses: 0,
        }
    }

    /// A method of the structure.
    fn method(&mut self, name: String) -> Helper {
        let sink = self.random.chance(65);
        let mut scope = self.scope("self.base", Returns::Nothing, !sink);
        let count = self.random.below(2);
        let (parameters, types) = self.parameters(&mut scope, count);
        for (field, ty) in &self.fields {
            scope.variables.push(Variable {
                text: format!("self.{field}"),
                ty: *ty,
                fixed: false,
            });
        }
        let comma = if types.is_empty() { "" } else { ", " };
        let head = format!("impl Buffer {{\nfn {name}(&mut self{comma}{parameters}) {{\n");
        let count = self.random.between(1, 3);
        let body = self.body(&mut scope, count);
        let (field, ty) = self.random.one(&self.fields);
        let last = match sink {
            true => node![
                "unsafe { ",
                self.call_with("self.base", format!("self.{field} as usize").into()),
                " };\n"
            ],
            false => node![format!("self.{field} = "), self.value(&scope, ty, 1), ";\n"],
        };
        self.items.push(node![head, body, last, "}\n}\n"].optional());
        Helper {
            name,
            kind: HelperKind::Method(sink),
            parameters: types,
            uses: 0,
        }
    }

    /// Where the program starts, or what is called from outside.
    pub fn entry(&mut self, name: &str) {
        let mut scope = self.scope("p", Returns::Nothing, false);
        let count = self.random.between(5, 10);
        let body = self.body(&mut scope, count);
        let last = self.call(&scope);
        let head = format!("pub fn {name}() {{\nlet p = area();\n");
        self.items.push(node![head, body, node![last, ";\n"].optional(), "}\n"]);
    }
}
