//! A program as a tree of text pieces that renders to two texts at once: the one that is analyzed, and the one that is
//! compiled, where each call that can reach mremap is wrapped so that its executions are recorded. The tree also knows how it
//! may be made smaller, which is all the shrinker needs: it works for any language that is generated.

use mremap_lint::source::Language;

/// A piece of a program.
#[derive(Clone, Debug)]
pub enum Node {
    /// Stands in both texts.
    Text(String),
    /// Stands in the analyzed text only: what the recording environment provides instead.
    Analyzed(String),
    /// Stands in the compiled text only. Holds no line break, so that lines agree.
    Compiled(String),
    /// A call that can reach mremap: recorded when compiled.
    Call(Box<Node>),
    /// Pieces one after the other, and the smaller forms that may stand in their place.
    Group {
        /// The pieces.
        pieces: Vec<Node>,
        /// Each smaller form by the indices of the pieces that it keeps; the smallest first.
        smaller: Vec<Vec<usize>>,
    },
}

impl From<&str> for Node {
    fn from(text: &str) -> Node {
        Node::Text(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Node {
        Node::Text(text)
    }
}

impl From<&String> for Node {
    fn from(text: &String) -> Node {
        Node::Text(text.clone())
    }
}

impl From<Vec<Node>> for Node {
    fn from(pieces: Vec<Node>) -> Node {
        Node::Group {
            pieces,
            smaller: Vec::new(),
        }
    }
}

/// `node!["if (", test, ") ", body]`: the pieces one after the other.
macro_rules! node {
    ($($piece:expr),* $(,)?) => {
        $crate::execution::tree::Node::from(vec![$($crate::execution::tree::Node::from($piece)),*])
    };
}
pub(crate) use node;

impl Node {
    /// Nothing.
    pub fn empty() -> Node {
        Node::Text(String::new())
    }

    /// The same node wrapped as a recorded call.
    pub fn call(self) -> Node {
        Node::Call(Box::new(self))
    }

    /// May be replaced by the pieces with these indices.
    pub fn or(mut self, keep: &[usize]) -> Node {
        if let Node::Group { pieces, smaller } = &mut self {
            assert!(
                keep.iter().all(|&index| index < pieces.len()),
                "pieces that are not there"
            );
            smaller.push(keep.to_vec());
        }
        self
    }

    /// May be left out.
    pub fn optional(self) -> Node {
        match self {
            Node::Group { .. } => self.or(&[]),
            single => Node::Group {
                pieces: vec![single],
                smaller: vec![Vec::new()],
            },
        }
    }

    /// How many single steps towards a smaller tree there are.
    fn step_count(&self) -> usize {
        match self {
            Node::Group { pieces, smaller } => smaller.len() + pieces.iter().map(Node::step_count).sum::<usize>(),
            Node::Call(inner) => inner.step_count(),
            _ => 0,
        }
    }

    /// Takes the step with this number, counted from the root so that big pieces go first. Returns what is left of the number
    /// if the step lies elsewhere.
    fn take_step(&mut self, mut number: usize) -> Option<usize> {
        match self {
            Node::Call(inner) => return inner.take_step(number),
            Node::Group { pieces, smaller } => {
                if number < smaller.len() {
                    let keep = smaller[number].clone();
                    *pieces = keep.iter().map(|&index| pieces[index].clone()).collect();
                    // What was reduced to a part may still be left out as a whole.
                    smaller.retain(|other| other.is_empty() && !keep.is_empty());
                    return None;
                }
                number -= smaller.len();
                for piece in pieces {
                    number = piece.take_step(number)?;
                }
            }
            _ => {}
        }
        Some(number)
    }
}

/// One file of a program.
#[derive(Clone, Debug)]
pub struct ProgramFile {
    /// Its name, unique in the program.
    pub name: String,
    /// Its text.
    pub tree: Node,
}

/// A generated program.
#[derive(Clone, Debug)]
pub struct Program {
    /// The language of all its files.
    pub language: Language,
    /// The seed it was made from, for the failure report.
    pub seed: u64,
    /// Its files; in C all of them make one translation unit, headers first.
    pub files: Vec<ProgramFile>,
    /// Functions without parameters that the driver calls in order, as named in the compiled text.
    pub entries: Vec<String>,
    /// Functions besides the entries that others than the program may call: what they test their parameters for may come.
    pub open: Vec<String>,
    /// All that it does can be seen: each zero must then be found.
    pub visible: bool,
    /// The program has a build setting, so it is compiled once with and once without it.
    pub setting: Option<String>,
}

/// Where a recorded call stands in the analyzed text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// Index of the file in the program.
    pub file: usize,
    /// First byte of the callee as written.
    pub start: usize,
    /// One past the closing parenthesis: what the site is known by, since a callee may be written with a path before it.
    pub end: usize,
}

/// Both texts of a program.
pub struct Rendering {
    /// The analyzed text of each file, in the program's order.
    pub analyzed: Vec<String>,
    /// The compiled text of each file.
    pub compiled: Vec<String>,
    /// The recorded calls; the index is the number that the compiled text records.
    pub sites: Vec<Site>,
}

impl Program {
    /// Renders both texts.
    pub fn render(&self) -> Rendering {
        let mut rendering = Rendering {
            analyzed: Vec::new(),
            compiled: Vec::new(),
            sites: Vec::new(),
        };
        for (index, file) in self.files.iter().enumerate() {
            let mut pen = Pen {
                language: self.language,
                file: index,
                sites: &mut rendering.sites,
                analyzed: String::new(),
                compiled: String::new(),
                depth: 0,
            };
            pen.write(&file.tree);
            let Pen { analyzed, compiled, .. } = pen;
            rendering.analyzed.push(analyzed);
            rendering.compiled.push(compiled);
        }
        rendering
    }

    /// How many single steps towards a smaller program there are.
    pub fn step_count(&self) -> usize {
        self.files.iter().map(|file| file.tree.step_count()).sum()
    }

    /// The program after the step with this number.
    pub fn smaller(&self, number: usize) -> Program {
        let mut program = self.clone();
        let mut left = Some(number);
        for file in &mut program.files {
            left = left.and_then(|number| file.tree.take_step(number));
        }
        program
    }
}

/// Writes both texts.
struct Pen<'a> {
    language: Language,
    file: usize,
    sites: &'a mut Vec<Site>,
    analyzed: String,
    compiled: String,
    /// Open braces, for the indentation.
    depth: usize,
}

impl Pen<'_> {
    fn write(&mut self, node: &Node) {
        match node {
            Node::Text(text) => {
                self.analyze(text);
                self.compiled.push_str(text);
            }
            Node::Analyzed(text) => self.analyze(text),
            Node::Compiled(text) => self.compiled.push_str(text),
            Node::Group { pieces, .. } => pieces.iter().for_each(|piece| self.write(piece)),
            Node::Call(inner) => self.call(inner),
        }
    }

    fn call(&mut self, inner: &Node) {
        let number = self.sites.len();
        self.indent();
        let start = self.analyzed.len();
        self.sites.push(Site {
            file: self.file,
            start,
            end: start,
        });
        let name = if self.language == Language::Rust {
            "call!"
        } else {
            "CALL"
        };
        self.compiled.push_str(&format!("{name}({number}, "));
        self.write(inner);
        self.compiled.push(')');
        self.sites[number].end = self.analyzed.len();
    }

    /// Appends to the analyzed text, indented by the braces that are open.
    fn analyze(&mut self, text: &str) {
        for character in text.chars() {
            if character == '}' {
                self.depth = self.depth.saturating_sub(1);
            }
            if character != '\n' && character != '#' {
                self.indent();
            }
            if character == '{' {
                self.depth += 1;
            }
            self.analyzed.push(character);
        }
    }

    fn indent(&mut self) {
        if self.analyzed.is_empty() || self.analyzed.ends_with('\n') {
            self.analyzed.extend(std::iter::repeat_n("    ", self.depth));
        }
    }
}
