//! Random Rust programs: what the file holds, the state that its parts are made with, and how batches are compiled. The parts
//! are in the submodules.
//!
//! Arithmetic wraps, as it does in a release build; every number comes from the program's own constants, `coin()` and
//! `pick()` only steer.

mod control;
mod data;
mod elements;
mod expression;
mod function;
mod sink;
mod statement;

use crate::execution::random::Random;
use crate::execution::run::output_of;
use crate::execution::tree::{Node, Program, ProgramFile, Rendering, node};
use mremap_lint::source::Language;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// An integer type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Integer {
    name: &'static str,
    bits: u32,
    signed: bool,
}

const USIZE: Integer = Integer {
    name: "usize",
    bits: 64,
    signed: false,
};

const TYPES: &[(usize, Integer)] = &[
    (18, USIZE),
    (
        4,
        Integer {
            name: "u64",
            bits: 64,
            signed: false,
        },
    ),
    (
        4,
        Integer {
            name: "u32",
            bits: 32,
            signed: false,
        },
    ),
    (
        4,
        Integer {
            name: "i32",
            bits: 32,
            signed: true,
        },
    ),
    (
        2,
        Integer {
            name: "i64",
            bits: 64,
            signed: true,
        },
    ),
    (
        1,
        Integer {
            name: "isize",
            bits: 64,
            signed: true,
        },
    ),
    (
        2,
        Integer {
            name: "u16",
            bits: 16,
            signed: false,
        },
    ),
    (
        1,
        Integer {
            name: "i16",
            bits: 16,
            signed: true,
        },
    ),
    (
        2,
        Integer {
            name: "u8",
            bits: 8,
            signed: false,
        },
    ),
    (
        1,
        Integer {
            name: "i8",
            bits: 8,
            signed: true,
        },
    ),
];

impl Integer {
    fn any(random: &mut Random) -> Integer {
        random.weighted(TYPES)
    }

    fn holds(self, value: i128) -> bool {
        let (least, greatest) = match self.signed {
            true => (-(1i128 << (self.bits - 1)), (1i128 << (self.bits - 1)) - 1),
            false => (0, (1i128 << self.bits) - 1),
        };
        (least..=greatest).contains(&value)
    }
}

/// Something that can be read, and written unless it is fixed.
#[derive(Clone, Debug)]
struct Variable {
    /// Its text: `n3`, `b1.len`, `a4[1]`.
    text: String,
    ty: Integer,
    /// Never written by chance.
    fixed: bool,
}

/// What `return` must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Returns {
    Nothing,
    Address,
    Value(Integer),
    /// `Option` of the type.
    Optional(Integer),
    /// `Result` of the type and `()`.
    Fallible(Integer),
    /// `bool`.
    Truth,
}

/// What can be named where a statement stands.
#[derive(Clone, Debug)]
struct Scope {
    variables: Vec<Variable>,
    /// Truth values that only steer.
    flags: Vec<String>,
    /// Options of integers.
    options: Vec<(String, Integer)>,
    /// Local structures.
    buffers: Vec<String>,
    /// An expression for a mapping's address.
    address: String,
    returns: Returns,
    /// Labels of the loops and blocks around, empty for loops without one, outermost first.
    loops: Vec<String>,
    depth: usize,
    /// Calls that can reach mremap are not wanted here.
    quiet: bool,
}

/// A function that later ones may call.
#[derive(Clone, Debug)]
struct Helper {
    name: String,
    kind: HelperKind,
    parameters: Vec<Integer>,
    /// How often it is called so far.
    uses: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HelperKind {
    /// Takes an address and sizes and passes them on to mremap; a function if `true`, else a macro.
    Wrapper(bool),
    /// Gives a size, an option of one, or a result.
    Value(Returns),
    /// Writes a size through its reference.
    Fill(Integer),
    /// A method of the structure; reaches mremap if `true`.
    Method(bool),
    /// Never returns.
    Die,
}

/// Makes one program.
struct Maker {
    random: Random,
    names: usize,
    /// Statements that may still be made in this function.
    budget: usize,
    constants: Vec<(String, Integer)>,
    /// Integer fields of the program's structure.
    fields: Vec<(String, Integer)>,
    helpers: Vec<Helper>,
    /// Functions that are `pub`.
    open: Vec<String>,
    /// All that the program does is visible.
    visible: bool,
    /// Wrapping calls are named by `use`, not by path.
    imported: bool,
    /// The file says that `coin()` is a truth value. Only then it may count as a number: of a function that is not visible
    /// it is not known that 0 and 1 are all that it gives.
    declared: bool,
    items: Vec<Node>,
}

/// The program of a seed; `number` is its number in the batch's names.
pub fn program(seed: u64, number: usize) -> Program {
    let mut maker = Maker {
        random: Random::new(seed),
        names: 0,
        budget: 0,
        constants: Vec::new(),
        fields: Vec::new(),
        helpers: Vec::new(),
        open: Vec::new(),
        visible: true,
        imported: false,
        declared: false,
        items: Vec::new(),
    };
    let entry = maker.file();
    Program {
        language: Language::Rust,
        seed,
        files: vec![ProgramFile {
            name: format!("program{number}.rs"),
            tree: Node::from(maker.items),
        }],
        entries: vec![entry],
        open: maker.open,
        visible: maker.visible,
        setting: None,
    }
}

impl Maker {
    fn local(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// The whole file. Returns the name of its entry.
    fn file(&mut self) -> String {
        self.imported = self.random.chance(40);
        self.items
            .push(Node::Compiled("use crate::{input, libc, rustix}; ".to_owned()));
        self.declared = self.random.chance(50);
        self.items.push(match self.declared {
            true => "use input::{area, pick};\nfn coin() -> bool {\ninput::coin()\n}\n".into(),
            false => "use input::{area, coin, pick};\n".into(),
        });
        self.items
            .push("use std::ffi::c_void;\nuse std::num::NonZeroUsize;\n".into());
        if self.imported {
            self.items.push("use libc::{MREMAP_MAYMOVE, mremap};\n".into());
        }
        for _ in 0..self.random.below(3) {
            self.constant_item();
        }
        self.structure();
        for _ in 0..self.random.weighted(&[(2, 0), (3, 1), (3, 2), (2, 3), (1, 4)]) {
            self.helper();
        }
        let name = if self.random.chance(50) { "main" } else { "run" };
        self.entry(name);
        name.to_owned()
    }

    fn constant_item(&mut self) {
        let (name, ty) = (self.local("LIMIT"), Integer::any(&mut self.random));
        let value = self.literal(ty, true);
        let item = match self.random.below(4) {
            0 => node![format!("static {name}: {} = ", ty.name), value, ";\n"],
            1 => {
                let other = self.literal(ty, false);
                node![format!("const {name}: {} = ", ty.name), value, " & ", other, ";\n"]
            }
            _ => node![format!("const {name}: {} = ", ty.name), value, ";\n"],
        };
        self.items.push(item.optional());
        self.constants.push((name, ty));
    }
}

/// Compiles a batch as one crate, a module for each program, and runs it.
pub fn compile_and_run(programs: &[(Program, Rendering)], _: bool, folder: &Path) -> Result<String, String> {
    let mut text = include_str!("driver.rs").to_owned();
    let mut table = String::new();
    for (index, (program, rendering)) in programs.iter().enumerate() {
        let _ = writeln!(text, "mod program{index} {{\n{}}}", rendering.compiled.concat());
        let _ = writeln!(table, "    program{index}::{},", program.entries[0]);
    }
    let _ = writeln!(text, "static PROGRAMS: &[fn()] = &[\n{table}];");
    let (source, binary) = (folder.join("batch.rs"), folder.join("batch"));
    std::fs::write(&source, text).map_err(|error| error.to_string())?;
    let compiler = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let mut command = Command::new(compiler);
    command.args([
        "--edition=2021",
        "--cap-lints=allow",
        "-Cdebuginfo=0",
        "-Coverflow-checks=off",
        "-o",
    ]);
    output_of(command.arg(&binary).arg(&source))?;
    output_of(&mut Command::new(&binary))
}
