//! Text → syntax tree with roles. tree-sitter parses, the queries under `queries/` name what the nodes mean, and the result
//! is a flat tree of our own: nodes in the order of the text, each with its role, its parts and its place in the source.
//!
//! The tree owns its text and maps it to the source piece by piece, because text may be put together: a macro's body with
//! arguments in it, an expression with the frame that makes it parsable.

mod ambiguity;
pub mod cfg;
pub mod condition;
pub mod cut;
mod grammar;
pub mod imports;
pub mod index;
pub mod lexer;
mod nodes;
pub mod parser;
mod query;
pub mod roles;
mod text;
mod tree;
pub mod words;

pub use parser::parse;
pub use text::Text;
pub use tree::{Node, Tree};

#[cfg(test)]
mod tests {
    use super::grammar::Grammar;
    use super::roles::{Part, Role};
    use super::*;
    use crate::source::{FileId, Language, Span};

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
