//! Random C programs: what the file holds, and the state that its parts are made with. The parts are in the submodules.
//!
//! Every program is well defined C, so that what it does is what the language says, and every number in it comes from its own
//! constants: `in()` and `pick()` only steer branches.

mod control;
mod data;
mod elements;
mod expression;
mod function;
mod integer;
mod item;
mod sink;
mod statement;

use crate::execution::random::Random;
use crate::execution::tree::{Node, Program, ProgramFile, node};
use integer::{Expr, Integer, SIZE};
use mremap_lint::source::Language;

/// Something that can be read, and written unless it is fixed.
#[derive(Clone, Debug)]
struct Variable {
    /// Its text: `n3`, `b1.len`, `(*q2)`, `a4[1]`.
    text: String,
    ty: Integer,
    /// Never written by chance: a constant, or a counter that bounds a loop.
    fixed: bool,
    /// Its range where that is known: a counter.
    range: Option<(i128, i128)>,
    /// A bare local name of which a pointer may be taken.
    local: bool,
}

impl Variable {
    fn local(text: &str, ty: Integer) -> Variable {
        Variable {
            text: text.to_owned(),
            ty,
            fixed: false,
            range: None,
            local: true,
        }
    }

    fn part(text: String, ty: Integer) -> Variable {
        Variable {
            text,
            ty,
            fixed: false,
            range: None,
            local: false,
        }
    }

    fn counter(text: &str, ty: Integer, greatest: usize) -> Variable {
        Variable {
            text: text.to_owned(),
            ty,
            fixed: true,
            range: Some((0, greatest as i128)),
            local: false,
        }
    }

    fn read(&self) -> Expr {
        match self.range {
            Some(range) => Expr::ranged(&self.text, self.ty, range),
            None => Expr::of(&self.text, self.ty),
        }
    }
}

/// What `return` must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Returns {
    Nothing,
    Address,
    Value(Integer),
    /// 0 or 1: whether an out-parameter was set, or how `main` went.
    Success,
}

/// What can be named where a statement stands.
#[derive(Clone, Debug)]
struct Scope {
    variables: Vec<Variable>,
    /// Variables that only steer.
    flags: Vec<String>,
    /// Pointers to the program's structure: `&b1`, `b2`.
    boxes: Vec<String>,
    /// An expression for a mapping's address.
    address: String,
    returns: Returns,
    /// The label of the function's end.
    label: Option<String>,
    /// `break` leaves a loop or a switch here.
    breaks: bool,
    /// `continue` goes on with a loop here.
    continues: bool,
    depth: usize,
    /// Calls that can reach mremap are not wanted here.
    quiet: bool,
}

/// A function that later ones may call.
#[derive(Clone, Debug)]
struct Helper {
    name: String,
    kind: HelperKind,
    /// Types of its integer parameters.
    parameters: Vec<Integer>,
    /// How often it is called so far.
    uses: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelperKind {
    /// Takes an address and sizes and passes them on to mremap; a function if `true`, else a macro that is a statement.
    Wrapper(bool),
    /// Returns a size.
    Value(Integer),
    /// Writes a size through its pointer; returns whether it did if `true`.
    Fill(Integer, bool),
    /// Takes a pointer to the structure; reaches mremap if `true`.
    Structure(bool),
    /// Never returns.
    Die,
    /// Works on globals only; reaches mremap.
    Plain,
}

/// Makes one program.
struct Maker {
    random: Random,
    /// What makes the program's global names unique in its batch.
    tag: String,
    names: usize,
    /// Statements that may still be made in this function.
    budget: usize,
    /// Names of constants.
    constants: Vec<Expr>,
    /// Names of function-like macros of one argument, with the type of the result.
    value_macros: Vec<(String, Integer)>,
    globals: Vec<Variable>,
    /// Integer fields of the program's structure.
    fields: Vec<(String, Integer)>,
    helpers: Vec<Helper>,
    setting: Option<String>,
    /// Functions that are not static.
    open: Vec<String>,
    /// All that the program does is visible.
    visible: bool,
    /// The program's other file, with functions that the last file uses; `None` if there is one file only.
    part: Option<Vec<Node>>,
    /// Where the next items go: the other file or the last one.
    in_part: bool,
    /// What both files include: nothing if there is one file only.
    header: Vec<Node>,
    /// The last file, with the entries.
    items: Vec<Node>,
}

/// The program of a seed. `number` is its number in the batch's names; `setting` asks for parts under `#ifdef`.
pub fn program(seed: u64, number: usize, setting: bool) -> Program {
    let mut maker = Maker {
        random: Random::new(seed),
        tag: format!("_{number}"),
        names: 0,
        budget: 0,
        constants: Vec::new(),
        value_macros: Vec::new(),
        globals: Vec::new(),
        fields: Vec::new(),
        helpers: Vec::new(),
        setting: setting.then(|| format!("FEATURE_{number}")),
        open: Vec::new(),
        visible: true,
        part: None,
        in_part: false,
        header: Vec::new(),
        items: Vec::new(),
    };
    let entries = maker.items();
    let file = |name: String, tree: Vec<Node>| ProgramFile {
        name,
        tree: Node::from(tree),
    };
    let last = file(format!("program{number}.c"), maker.items);
    let files = match maker.part {
        Some(part) => vec![
            file(format!("program{number}.h"), maker.header),
            file(format!("part{number}.c"), part),
            last,
        ],
        None => vec![last],
    };
    Program {
        language: Language::C,
        seed,
        files,
        entries,
        open: maker.open,
        visible: maker.visible,
        setting: maker.setting,
    }
}

/// What every file starts with; the recording environment has all of it.
const PREAMBLE: &str = "#define _GNU_SOURCE\n#include <assert.h>\n#include <errno.h>\n#include <setjmp.h>\n\
                        #include <stdarg.h>\n#include <stdint.h>\n#include <stdio.h>\n#include <stdlib.h>\n\
                        #include <string.h>\n#include <sys/mman.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n";

const PROTOTYPES: &str = "#define likely(x) __builtin_expect(!!(x), 1)\n#define unlikely(x) __builtin_expect(!!(x), 0)\n\
                          int in(void);\nint pick(void);\nvoid *area(void);\n";

impl Maker {
    /// A name that is unique in the program.
    fn local(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// A name that is unique in the batch.
    fn global(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}{}", self.names, self.tag)
    }

    /// A definition that every later item may use.
    fn shared_item(&mut self, item: Node) {
        if self.part.is_some() {
            self.header.push(item)
        } else {
            self.items.push(item)
        }
    }

    /// A function. Where it is in the other file, the header declares it.
    fn function_item(&mut self, name: &str, signature: &str, body: Node) {
        // What changes a global and can be called from elsewhere makes the global unknown after any call.
        let private = !self.in_part && (!self.globals.is_empty() || self.random.chance(85));
        let linkage = if private { "static " } else { "" };
        if !private {
            self.open.push(name.to_owned());
        }
        let item = node![format!("{linkage}{signature}\n{{\n"), body, "}\n"].optional();
        match &mut self.part {
            Some(part) if self.in_part => {
                part.push(item);
                self.header.push(Node::from(format!("{signature};\n")).optional());
            }
            _ => self.items.push(item),
        }
    }

    /// All files. Returns the names of the entries in the compiled text.
    fn items(&mut self) -> Vec<String> {
        if self.random.chance(30) {
            let include = Node::Analyzed(format!("{PREAMBLE}#include \"program{}.h\"\n", &self.tag[1..]));
            self.header.push(Node::Analyzed(PROTOTYPES.to_owned()));
            self.part = Some(vec![include.clone()]);
            self.items.push(include);
        } else {
            self.items.push(Node::Analyzed(format!("{PREAMBLE}{PROTOTYPES}")));
        }
        self.constant_items();
        self.structure();
        self.in_part = self.part.is_some();
        if self.in_part {
            (0..self.random.between(1, 2)).for_each(|_| self.helper());
        }
        self.in_part = false;
        match self.random.below(10) {
            0..=3 => vec![self.main()],
            4 => self.library(),
            _ => {
                self.helpers();
                vec![self.run()]
            }
        }
    }

    fn helpers(&mut self) {
        for _ in 0..self.random.weighted(&[(3, 0), (3, 1), (3, 2), (2, 3), (1, 4)]) {
            self.helper();
        }
    }

    /// A whole program: what its globals hold at the start is known.
    fn main(&mut self) -> String {
        self.global_items();
        self.helpers();
        let name = format!("main{}", self.tag);
        let written = node![Node::Analyzed("main".to_owned()), Node::Compiled(name.clone())];
        self.entry("int ", written, Returns::Success);
        name
    }

    /// A function that anybody may call.
    fn run(&mut self) -> String {
        let name = self.global("run");
        self.entry("void ", node![&name], Returns::Nothing);
        name
    }

    /// Functions that share globals and may be called in any order.
    fn library(&mut self) -> Vec<String> {
        self.global_items();
        if self.random.chance(50) {
            self.helper();
        }
        (0..self.random.between(2, 3)).map(|_| self.run()).collect()
    }
}
