//! Random C++ programs: what C does not have, one element after the other, with tests and calls of mremap between them.

mod elements;

use crate::execution::element::{Fill, choose};
use crate::execution::random::Random;
use crate::execution::tree::{Node, Program, ProgramFile, node};
use elements::{ELEMENTS, KNOWN};
use mremap_lint::source::Language;

/// Constants, zero most often.
const CONSTANTS: &[(usize, &str)] = &[
    (8, "0"),
    (2, "0u"),
    (3, "1"),
    (2, "16"),
    (5, "4096"),
    (1, "4095"),
    (2, "256"),
    (1, "65536"),
    (1, "8192ul"),
];

/// Deepest nesting of blocks.
const DEPTH: usize = 2;

/// Makes one program.
struct Maker {
    random: Random,
    /// What makes its names unique in the batch.
    tag: String,
    names: usize,
    items: Vec<Node>,
    visible: bool,
}

/// The program of a seed; `number` is its number in the batch's names.
pub fn program(seed: u64, number: usize) -> Program {
    let mut maker = Maker {
        random: Random::new(seed),
        tag: format!("_{number}"),
        names: 0,
        items: vec![Node::Analyzed(
            "#include <stddef.h>\n#include <stdint.h>\n#include <sys/mman.h>\nextern \"C\" {\nint in(void);\nint pick(void);\nvoid *area(void);\n}\n"
                .to_owned(),
        )],
        visible: true,
    };
    let entry = format!("run{}", maker.tag);
    let count = maker.random.between(4, 8);
    let body = maker.block(&mut Vec::new(), 0, count);
    maker
        .items
        .push(node![format!("void {entry}()\n{{\nvoid *p = area();\n"), body, "}\n"]);
    Program {
        language: Language::Cpp,
        seed,
        files: vec![ProgramFile {
            name: format!("program{number}.cc"),
            tree: Node::from(maker.items),
        }],
        entries: vec![entry],
        open: Vec::new(),
        visible: maker.visible,
        setting: None,
    }
}

impl Fill for Maker {
    fn any(&mut self) -> Node {
        self.random.weighted(CONSTANTS).into()
    }

    fn plain(&mut self) -> Node {
        self.random.one(&["1", "16", "4096"]).into()
    }

    fn test(&mut self) -> Node {
        self.random.one(&["in()", "!in()", "pick() == 2"]).into()
    }

    fn call(&mut self, old: Node) -> Node {
        let rest = self.random.one(&[", 8192, MREMAP_MAYMOVE)", ", 4096, 1)"]);
        node!["mremap(area(), ", old, rest].call()
    }
}

impl Maker {
    /// Statements; `sizes` are what is in scope.
    fn block(&mut self, sizes: &mut Vec<String>, depth: usize, count: usize) -> Node {
        let mut pieces: Vec<Node> = Vec::new();
        for _ in 0..count {
            pieces.push(self.statement(sizes, depth).optional());
            if depth == 0 {
                pieces.push(self.sink(sizes).optional());
            }
        }
        Node::from(pieces)
    }

    fn statement(&mut self, sizes: &mut Vec<String>, depth: usize) -> Node {
        let kind = self
            .random
            .below(if depth == DEPTH || sizes.is_empty() { 6 } else { 12 });
        match kind {
            0..=5 => self.element(sizes),
            6 => {
                let size = self.random.one(sizes);
                let test = self.random.one(&["!#", "# == 0", "# < 1"]).replace('#', &size);
                node![format!("if ({test})\n{size} = "), self.plain(), ";\n"]
            }
            7 => node![
                "if (",
                self.test(),
                format!(")\n{} = ", self.random.one(sizes)),
                self.any(),
                ";\n"
            ],
            8 => {
                let (to, from) = (self.random.one(sizes), self.random.one(sizes));
                let form = self.random.one(&["", "(unsigned char)", "(uint16_t)", "0x1000 & "]);
                node![format!("{to} = {form}{from};\n")]
            }
            9..=10 => {
                let test = self.test();
                let inner = self.block(&mut sizes.clone(), depth + 1, 2);
                node!["if (", test, ") {\n", inner, "}\n"].or(&[3])
            }
            _ => {
                self.names += 1;
                let inner = self.block(&mut sizes.clone(), depth + 1, 2);
                let counter = format!("i{}", self.names);
                node![
                    format!("for (int {counter} = 0; {counter} < 2; {counter}++) {{\n"),
                    inner,
                    "}\n"
                ]
            }
        }
    }

    fn sink(&mut self, sizes: &[String]) -> Node {
        let size = if sizes.is_empty() {
            "4096".to_owned()
        } else {
            self.random.one(sizes)
        };
        let call = self.call(size.clone().into());
        match self.random.below(6) {
            0 => node![format!("if ({size})\n"), call, ";\n"].or(&[1, 2]),
            1 => node!["if (", call, " == MAP_FAILED)\nreturn;\n"],
            2 => node!["void *", format!("q{} = ", self.number()), call, ";\n"],
            _ => node![call, ";\n"],
        }
    }

    fn number(&mut self) -> String {
        self.names += 1;
        format!("{}{}", self.names, self.tag)
    }

    fn element(&mut self, sizes: &mut Vec<String>) -> Node {
        let element = choose(&mut self.random, ELEMENTS, KNOWN);
        self.visible &= element.visible;
        let number = self.number();
        let filled = element.filled(&number, self);
        self.items.push(filled.items);
        sizes.extend(filled.gives);
        filled.code
    }
}
