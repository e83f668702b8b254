//! What tree-sitter has parsed as a flat list of nodes, in the order of the text.

use super::roles::Role;

/// One node.
#[derive(Debug)]
pub(super) struct NodeData {
    pub(super) kind: u16,
    pub(super) field: u16,
    pub(super) role: Option<Role>,
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) parent: u32,
    /// Index after the last node below this one.
    pub(super) after: u32,
    pub(super) named: bool,
    pub(super) faulty: bool,
}

/// The tree in the order of the text, comments left out.
pub(super) fn flatten(parsed: &tree_sitter::Tree) -> Vec<NodeData> {
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
