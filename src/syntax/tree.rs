//! The tree: nodes in the order of the text, each with its role, its parts and its place in the source.

use super::grammar::Grammar;
use super::nodes::{NodeData, flatten};
use super::roles::{Part, Role};
use super::text::Text;
use crate::source::{Language, Span};
use std::ops::Range;
use std::sync::Arc;

/// A syntax tree with roles.
#[derive(Debug)]
pub struct Tree {
    text: Text,
    language: Language,
    nodes: Vec<NodeData>,
    /// Parts of all nodes: owner, role that the part belongs to, part, node. Sorted.
    parts: Vec<(u32, Role, Part, u32)>,
}

/// A node of a tree. Cheap to clone.
#[derive(Clone)]
pub struct Node {
    pub(super) tree: Arc<Tree>,
    pub(super) index: u32,
}

impl Tree {
    pub(super) fn build(text: Text, language: Language, grammar: &Grammar, parsed: &tree_sitter::Tree) -> Tree {
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

impl Node {
    fn data(&self) -> &NodeData {
        &self.tree.nodes[self.index as usize]
    }

    fn at(&self, index: u32) -> Node {
        Node {
            tree: Arc::clone(&self.tree),
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

    /// Whether the node itself is something that could not be parsed, or a token that is missing.
    pub fn is_fault(&self) -> bool {
        self.data().faulty
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
}

impl PartialEq for Node {
    fn eq(&self, other: &Node) -> bool {
        self.index == other.index && Arc::ptr_eq(&self.tree, &other.tree)
    }
}

impl std::fmt::Debug for Node {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}/{} {:?}", self.role(), self.kind(), self.text())
    }
}
