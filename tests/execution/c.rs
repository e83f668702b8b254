//! Random C programs: what the file holds, and the state that its parts are made with. The parts are in the submodules.
//!
//! Every program is well defined C, so that what it does is what the language says, and every number in it comes from its own
//! constants: `in()` and `pick()` only steer branches.

mod expression;
mod function;
mod integer;
mod item;
mod sink;
mod statement;

use crate::random::Random;
use crate::tree::{Node, Program, ProgramFile, node};
use integer::{Expr, Integer};
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
        items: Vec::new(),
    };
    let entry = maker.file();
    Program {
        language: Language::C,
        seed,
        files: vec![ProgramFile {
            name: format!("program{number}.c"),
            tree: Node::from(maker.items),
        }],
        entries: vec![entry],
        setting: maker.setting,
    }
}

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

    /// The whole file. Returns the name of its entry in the compiled text.
    fn file(&mut self) -> String {
        let preamble = "#define _GNU_SOURCE\n#include <assert.h>\n#include <stdint.h>\n#include <stdlib.h>\n\
                        #include <string.h>\n#include <sys/mman.h>\n#include <sys/syscall.h>\n#include <unistd.h>\n\
                        #define likely(x) __builtin_expect(!!(x), 1)\n#define unlikely(x) __builtin_expect(!!(x), 0)\n\
                        int in(void);\nint pick(void);\nvoid *area(void);\n";
        self.items.push(Node::Analyzed(preamble.to_owned()));
        let with_main = self.random.chance(50);
        self.constant_items();
        self.structure();
        if with_main {
            self.global_items();
        }
        for _ in 0..self.random.weighted(&[(3, 0), (3, 1), (3, 2), (2, 3), (1, 4)]) {
            self.helper();
        }
        let name = format!("{}{}", if with_main { "main" } else { "run" }, self.tag);
        let written = match with_main {
            true => node![Node::Analyzed("main".to_owned()), Node::Compiled(name.clone())],
            false => node![&name],
        };
        self.entry(with_main, written);
        name
    }
}
