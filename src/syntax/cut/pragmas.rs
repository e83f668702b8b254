//! What a file tells the compiler about its macros and structures, by `#pragma` or `_Pragma`.

use memchr::memmem;
use std::collections::BTreeSet;

/// What the pragmas of a file say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Pragmas {
    /// Macros that get a definition back that was put aside.
    pub brought_back: BTreeSet<String>,
    /// Structures may lie in memory as the language does not say.
    pub packs: bool,
}

impl Pragmas {
    /// Looks through a file once.
    pub fn of(text: &str) -> Pragmas {
        let uses = memmem::find_iter(text.as_bytes(), "pop_macro").filter_map(|at| text.get(at + "pop_macro".len()..));
        Pragmas {
            brought_back: uses.filter_map(quoted).map(str::to_owned).collect(),
            packs: memmem::find(text.as_bytes(), b"pragma pack").is_some(),
        }
    }
}

/// The name in `("name"`; in a string the quotes are escaped.
fn quoted(rest: &str) -> Option<&str> {
    let name = rest
        .trim_start()
        .strip_prefix('(')?
        .trim_start()
        .trim_start_matches('\\')
        .strip_prefix('"')?;
    let end = name.find(|c: char| !c.is_alphanumeric() && c != '_')?;
    Some(&name[..end])
}
