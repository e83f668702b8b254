//! Text → syntax tree with roles. tree-sitter parses, the queries under `queries/` name what the nodes mean, and the result
//! is a flat tree of our own: nodes in the order of the text, each with its role, its parts and its place in the source.
//!
//! The tree owns its text and maps it to the source piece by piece, because text may be put together: a macro's body with
//! arguments in it, an expression with the frame that makes it parsable.

use std::ops::Range;
use std::rc::Rc;
use std::sync::OnceLock;

use crate::source::{Language, Span};

mod ambiguity;
pub mod condition;
pub mod cut;
pub mod imports;
pub mod index;
pub mod lexer;
pub mod parser;
mod query;
pub mod roles;
pub mod words;

pub use parser::parse;
use query::Query;
use roles::{Part, Role};

/// A grammar with its compiled queries.
struct Grammar {
    language: tree_sitter::Language,
    query: Query,
    /// By capture index; `None` for names that begin with `_`, which only serve predicates.
    captures: Vec<Option<(Role, Option<Part>)>>,
}

const C: &str = concat!(
    include_str!("../queries/c/items.scm"),
    include_str!("../queries/c/flow.scm"),
    include_str!("../queries/c/values.scm"),
    include_str!("../queries/c/comments.scm"),
);

const CPP: &str = concat!(
    include_str!("../queries/cpp/items.scm"),
    include_str!("../queries/cpp/flow.scm"),
    include_str!("../queries/cpp/values.scm"),
);

const RUST: &str = concat!(
    include_str!("../queries/rust/items.scm"),
    include_str!("../queries/rust/flow.scm"),
    include_str!("../queries/rust/values.scm"),
    include_str!("../queries/rust/comments.scm"),
);

impl Grammar {
    fn text(language: Language) -> (tree_sitter::Language, String) {
        match language {
            Language::C => (tree_sitter_c::LANGUAGE.into(), C.to_owned()),
            Language::Cpp => (tree_sitter_cpp::LANGUAGE.into(), [C, CPP].concat()),
            Language::Rust => (tree_sitter_rust::LANGUAGE.into(), RUST.to_owned()),
        }
    }

    /// Compiles the queries of a language; the text of the error says which capture or pattern is wrong.
    fn load(language: Language) -> Result<Grammar, String> {
        let (grammar, queries) = Grammar::text(language);
        let query = Query::new(&queries, &grammar).map_err(|error| format!("{language:?}: {error}"))?;
        let meaning = |name: &String| match name.starts_with('_') {
            true => Ok(None),
            false => roles::capture(name)
                .map(Some)
                .ok_or(format!("{language:?}: unknown capture @{name}")),
        };
        let captures = query.captures.iter().map(meaning).collect::<Result<_, _>>()?;
        Ok(Grammar {
            language: grammar,
            query,
            captures,
        })
    }

    fn of(language: Language) -> &'static Grammar {
        static GRAMMARS: [OnceLock<Grammar>; 3] = [const { OnceLock::new() }; 3];
        GRAMMARS[language as usize].get_or_init(|| Grammar::load(language).expect("a test compiles all queries"))
    }
}

/// A stretch of a tree's text and the source that it stands for. Equal lengths map byte by byte, else as a whole.
#[derive(Clone, Debug)]
pub struct Piece {
    /// The bytes of the text.
    pub text: Range<usize>,
    /// Where they come from.
    pub at: Span,
}

/// A text put together from pieces of the source.
#[derive(Clone, Debug)]
pub struct Text {
    /// The text.
    pub text: String,
    /// Its pieces in order; what no piece covers stands nowhere in the source.
    pub pieces: Vec<Piece>,
    /// What a node is said to be at if it does not lie in one stretch of the source.
    pub whole: Span,
}

impl Text {
    /// Text that stands in the source as it is.
    pub fn plain(text: String, at: Span) -> Text {
        let pieces = vec![Piece {
            text: 0..text.len(),
            at,
        }];
        Text {
            text,
            pieces,
            whole: at,
        }
    }

    /// An empty text to be put together.
    pub fn empty(whole: Span) -> Text {
        Text {
            text: String::new(),
            pieces: Vec::new(),
            whole,
        }
    }

    /// Appends text that stands nowhere in the source.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends text that comes from a place in the source.
    pub fn push_from(&mut self, text: &str, at: Span) {
        let start = self.text.len();
        self.text.push_str(text);
        self.pieces.push(Piece {
            text: start..self.text.len(),
            at,
        });
    }

    /// Appends another text with its places.
    pub fn append(&mut self, other: &Text) {
        let shift = self.text.len();
        self.text.push_str(&other.text);
        let moved = |piece: &Piece| Piece {
            text: piece.text.start + shift..piece.text.end + shift,
            at: piece.at,
        };
        self.pieces.extend(other.pieces.iter().map(moved));
    }

    /// The part of the text in a range of bytes, with its places.
    pub fn part(&self, range: Range<usize>) -> Text {
        let mut part = Text::empty(self.span(range.clone()));
        part.text = self.text.get(range.clone()).unwrap_or("").to_owned();
        for piece in &self.pieces {
            let cut = piece.text.start.max(range.start)..piece.text.end.min(range.end);
            if cut.start < cut.end {
                let at = Text::within(piece, cut.clone());
                part.pieces.push(Piece {
                    text: cut.start - range.start..cut.end - range.start,
                    at,
                });
            }
        }
        part
    }

    fn piece(&self, offset: usize) -> Option<&Piece> {
        let index = self.pieces.partition_point(|piece| piece.text.end <= offset);
        self.pieces.get(index).filter(|piece| piece.text.contains(&offset))
    }

    fn within(piece: &Piece, range: Range<usize>) -> Span {
        if piece.text.len() != piece.at.range().len() {
            return piece.at;
        }
        let start = piece.at.start as usize + range.start - piece.text.start;
        Span::new(piece.at.file, start, start + range.len())
    }

    /// The place in the source that a range of bytes stands for.
    pub fn span(&self, range: Range<usize>) -> Span {
        let (Some(first), Some(last)) = (self.piece(range.start), self.piece(range.end.max(range.start + 1) - 1))
        else {
            return self.whole;
        };
        if std::ptr::eq(first, last) {
            return Text::within(first, range);
        }
        let start = Text::within(first, range.start..first.text.end);
        let end = Text::within(last, last.text.start..range.end);
        let span = Span {
            file: start.file,
            start: start.start,
            end: end.end,
        };
        // Pieces of one stretch of source follow each other there too, with no more between them than the text has.
        let in_order = start.file == end.file && start.end <= end.start;
        if in_order && self.same_stretch(start, end) {
            span
        } else {
            self.whole
        }
    }

    /// Whether two spans lie in one expansion's text: both within the whole, or both outside of it.
    fn same_stretch(&self, a: Span, b: Span) -> bool {
        self.whole.contains(a) == self.whole.contains(b)
    }
}

/// A syntax tree with roles.
#[derive(Debug)]
pub struct Tree {
    text: Text,
    language: Language,
    nodes: Vec<NodeData>,
    /// Parts of all nodes: owner, role that the part belongs to, part, node. Sorted.
    parts: Vec<(u32, Role, Part, u32)>,
}

#[derive(Debug)]
struct NodeData {
    kind: u16,
    field: u16,
    role: Option<Role>,
    start: u32,
    end: u32,
    parent: u32,
    /// Index after the last node below this one.
    after: u32,
    named: bool,
    faulty: bool,
}

/// A node of a tree. Cheap to clone.
#[derive(Clone)]
pub struct Node {
    tree: Rc<Tree>,
    index: u32,
}

impl Tree {
    fn build(text: Text, language: Language, grammar: &Grammar, parsed: &tree_sitter::Tree) -> Tree {
        let mut tree = Tree {
            text,
            language,
            nodes: flatten(parsed),
            parts: Vec::new(),
        };
        tree.assign_roles(grammar);
        tree
    }

    fn assign_roles(&mut self, grammar: &Grammar) {
        let mut ranks = vec![0; self.nodes.len()];
        let mut roles = vec![None; self.nodes.len()];
        let parts = &mut self.parts;
        grammar.query.run(&self.nodes, &self.text.text, |found| {
            let owner = found.captures.iter().find_map(|&(capture, node)| {
                let (role, part) = grammar.captures[capture as usize]?;
                part.is_none().then_some((role, node))
            });
            let Some((role, owner)) = owner else { return };
            // Patterns count from 0; 0 in `ranks` is a node without a role.
            let rank = found.pattern + 1;
            if rank >= ranks[owner as usize] {
                ranks[owner as usize] = rank;
                roles[owner as usize] = Some(role);
            }
            for &(capture, node) in found.captures {
                if let Some((role, Some(part))) = grammar.captures[capture as usize] {
                    parts.push((owner, role, part, node));
                }
            }
        });
        for (node, role) in self.nodes.iter_mut().zip(roles) {
            node.role = role;
        }
        self.parts.sort_unstable();
        self.parts.dedup();
    }
}

/// The tree in the order of the text, comments left out.
fn flatten(parsed: &tree_sitter::Tree) -> Vec<NodeData> {
    let mut nodes: Vec<NodeData> = Vec::new();
    let mut cursor = parsed.walk();
    let mut parent = 0;
    loop {
        let node = cursor.node();
        let comment = node.is_extra() && node.kind().ends_with("comment");
        let index = nodes.len() as u32;
        if !comment {
            nodes.push(NodeData {
                kind: node.kind_id(),
                field: cursor.field_id().map_or(0, |field| field.get()),
                role: None,
                start: node.start_byte() as u32,
                end: node.end_byte() as u32,
                parent,
                after: index + 1,
                named: node.is_named(),
                faulty: node.is_error() || node.is_missing(),
            });
            if cursor.goto_first_child() {
                parent = index;
                continue;
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return nodes;
            }
            nodes[parent as usize].after = nodes.len() as u32;
            parent = nodes[parent as usize].parent;
        }
    }
}

impl Node {
    fn data(&self) -> &NodeData {
        &self.tree.nodes[self.index as usize]
    }

    fn at(&self, index: u32) -> Node {
        Node {
            tree: Rc::clone(&self.tree),
            index,
        }
    }

    /// What the node means, if the queries say so.
    pub fn role(&self) -> Option<Role> {
        self.data().role
    }

    /// All nodes of one part of its role, in source order.
    pub fn parts(&self, part: Part) -> impl Iterator<Item = Node> + use<'_> {
        let role = self.role();
        let from = self.tree.parts.partition_point(|entry| entry.0 < self.index);
        let own = self.tree.parts[from..].iter().take_while(|entry| entry.0 == self.index);
        own.filter(move |entry| Some(entry.1) == role && entry.2 == part)
            .map(|entry| self.at(entry.3))
    }

    /// The first node of one part of its role.
    pub fn part(&self, part: Part) -> Option<Node> {
        self.parts(part).next()
    }

    /// The grammar's name for the node: for language-specific code only.
    pub fn kind(&self) -> &'static str {
        Grammar::of(self.tree.language)
            .language
            .node_kind_for_id(self.data().kind)
            .unwrap_or("")
    }

    /// The text.
    pub fn text(&self) -> &str {
        self.tree.text.text.get(self.range()).unwrap_or("")
    }

    /// The text with its places in the source.
    pub fn source(&self) -> Text {
        self.tree.text.part(self.range())
    }

    /// The bytes in the tree's text.
    pub fn range(&self) -> Range<usize> {
        self.data().start as usize..self.data().end as usize
    }

    /// The place in the source.
    pub fn span(&self) -> Span {
        self.tree.text.span(self.range())
    }

    /// The place in the source of a range of bytes of the tree's text.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        self.tree.text.span(range)
    }

    /// The language that the tree was parsed as.
    pub fn language(&self) -> Language {
        self.tree.language
    }

    /// The text of the tree before the node.
    pub fn text_before(&self) -> &str {
        self.tree.text.text.get(..self.range().start).unwrap_or("")
    }

    /// The node that holds this one; none for the root.
    pub fn parent(&self) -> Option<Node> {
        (self.index > 0).then(|| self.at(self.data().parent))
    }

    /// All nodes directly below, tokens included.
    pub fn tokens(&self) -> impl Iterator<Item = Node> + use<'_> {
        let end = self.data().after;
        let mut next = self.index + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then(|| self.at(next))?;
            next = child.data().after;
            Some(child)
        })
    }

    /// The named nodes directly below.
    pub fn children(&self) -> impl Iterator<Item = Node> + use<'_> {
        self.tokens().filter(|node| node.data().named)
    }

    /// The node directly below that the grammar gives this field name: for language-specific code only.
    pub fn field(&self, name: &str) -> Option<Node> {
        self.fields(name).next()
    }

    /// All nodes directly below that the grammar gives this field name: for language-specific code only.
    pub fn fields(&self, name: &str) -> impl Iterator<Item = Node> + use<'_> {
        let id = Grammar::of(self.tree.language)
            .language
            .field_id_for_name(name)
            .map_or(u16::MAX, |id| id.get());
        self.tokens().filter(move |node| node.data().field == id)
    }

    /// All nodes below, in source order.
    pub fn descendants(&self) -> impl Iterator<Item = Node> + use<'_> {
        (self.index + 1..self.data().after).map(|index| self.at(index))
    }

    /// Whether the node is, or holds, something that could not be parsed.
    pub fn is_faulty(&self) -> bool {
        let own = self.index as usize..self.data().after as usize;
        self.tree.nodes[own].iter().any(|node| node.faulty)
    }

    /// How much of the node could not be parsed: bytes in errors, and one for each missing token.
    pub fn damage(&self) -> usize {
        let own = self.index as usize..self.data().after as usize;
        let faulty = self.tree.nodes[own].iter().filter(|node| node.faulty);
        faulty.map(|node| (node.end - node.start) as usize + 1).sum()
    }

    /// The places of what could not be parsed, in order.
    pub fn faults(&self) -> impl Iterator<Item = Range<usize>> + use<'_> {
        let own = self.index as usize..self.data().after as usize;
        let faulty = self.tree.nodes[own].iter().filter(|node| node.faulty);
        faulty.map(|node| node.start as usize..node.end as usize)
    }

    /// Whether the node itself is what could not be parsed.
    pub fn is_error(&self) -> bool {
        self.data().faulty
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.index == other.index && Rc::ptr_eq(&self.tree, &other.tree)
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}/{} {:?}", self.role(), self.kind(), self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn all_queries_compile() {
        for language in [Language::C, Language::Cpp, Language::Rust] {
            Grammar::load(language).map(|_| ()).unwrap();
            let (grammar, queries) = Grammar::text(language);
            tree_sitter::Query::new(&grammar, &queries).unwrap();
        }
    }

    #[test]
    fn parts_and_spans() {
        let source = "void f(void) { if (a) b(/* x */ 1); else c(); }";
        let at = Span::new(FileId(0), 100, 100 + source.len());
        let root = parse(Text::plain(source.to_owned(), at), Language::C).unwrap();
        let branch = root
            .descendants()
            .find(|node| node.role() == Some(Role::Branch))
            .unwrap();
        assert_eq!(branch.part(Part::Else).unwrap().text(), "c();");
        let call = branch
            .descendants()
            .find(|node| node.role() == Some(Role::Call))
            .unwrap();
        assert_eq!(call.part(Part::Callee).unwrap().span(), Span::new(FileId(0), 122, 123));
        let arguments = call.part(Part::Arguments).unwrap();
        assert_eq!(
            arguments
                .children()
                .map(|node| node.text().to_owned())
                .collect::<Vec<_>>(),
            ["1"]
        );
    }
}
