//! The call that a node is: callee, arguments, place.

use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// A call as it stands in the tree.
#[derive(Clone, Debug)]
pub struct CallSite {
    /// The callee, parentheses taken off.
    pub callee: Node,
    /// The argument list.
    pub list: Node,
    /// From the callee's last name segment to the closing parenthesis.
    pub at: Span,
}

impl CallSite {
    /// The arguments.
    pub fn arguments(&self) -> Vec<Node> {
        self.list.children().collect()
    }
}

/// The call that a node is, its callee taken out of parentheses.
pub fn call_site(node: &Node) -> Option<CallSite> {
    let mut inner = node.clone();
    while inner.role() == Some(Role::Parenthesized) {
        inner = inner.part(Part::Value)?;
    }
    let list = inner.part(Part::Arguments)?;
    let mut callee = inner.part(Part::Callee)?;
    while callee.role() == Some(Role::Parenthesized)
        && let Some(value) = callee.part(Part::Value)
    {
        callee = value;
    }
    let name = match callee.role() {
        Some(Role::Field) => callee.part(Part::Name).unwrap_or(callee.clone()),
        _ => callee.clone(),
    };
    let segment = name.text().len() - name.text().rsplit("::").next().unwrap_or("").len();
    let range = name.range().start + segment..list.range().end;
    let at = inner.span_of(range);
    Some(CallSite { callee, list, at })
}
