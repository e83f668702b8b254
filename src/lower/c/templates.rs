//! Templates around a piece of source.

use crate::syntax::Node;

/// Whether a node stands in a template.
pub fn in_template(node: &Node) -> bool {
    !template_lists(node).is_empty()
}

/// The lists of parameters of the templates around a node.
pub fn template_lists(node: &Node) -> Vec<Node> {
    let around = std::iter::successors(Some(node.clone()), Node::parent);
    let templates = around.filter(|node| node.kind() == "template_declaration");
    templates.filter_map(|template| template.field("parameters")).collect()
}
