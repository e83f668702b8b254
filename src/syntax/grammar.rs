//! The grammars of the languages with the queries that say what their nodes mean.

use super::query::Query;
use super::roles::{self, Part, Role};
use crate::source::Language;
use std::sync::OnceLock;

/// A grammar with its compiled queries.
pub(super) struct Grammar {
    pub(super) language: tree_sitter::Language,
    pub(super) query: Query,
    /// By capture index; `None` for names that begin with `_`, which only serve predicates.
    pub(super) captures: Vec<Option<(Role, Option<Part>)>>,
}

const C: &str = concat!(
    include_str!("../../queries/c/items.scm"),
    include_str!("../../queries/c/flow.scm"),
    include_str!("../../queries/c/values.scm"),
    include_str!("../../queries/c/comments.scm"),
);

const CPP: &str = concat!(
    include_str!("../../queries/cpp/items.scm"),
    include_str!("../../queries/cpp/flow.scm"),
    include_str!("../../queries/cpp/values.scm"),
);

const RUST: &str = concat!(
    include_str!("../../queries/rust/items.scm"),
    include_str!("../../queries/rust/flow.scm"),
    include_str!("../../queries/rust/values.scm"),
    include_str!("../../queries/rust/comments.scm"),
);

impl Grammar {
    pub(super) fn text(language: Language) -> (tree_sitter::Language, String) {
        match language {
            Language::C => (tree_sitter_c::LANGUAGE.into(), C.to_owned()),
            Language::Cpp => (tree_sitter_cpp::LANGUAGE.into(), [C, CPP].concat()),
            Language::Rust => (tree_sitter_rust::LANGUAGE.into(), RUST.to_owned()),
        }
    }

    /// Compiles the queries of a language; the text of the error says which capture or pattern is wrong.
    pub(super) fn load(language: Language) -> Result<Grammar, String> {
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

    pub(super) fn of(language: Language) -> &'static Grammar {
        static GRAMMARS: [OnceLock<Grammar>; 3] = [const { OnceLock::new() }; 3];
        GRAMMARS[language as usize].get_or_init(|| Grammar::load(language).expect("a test compiles all queries"))
    }
}
