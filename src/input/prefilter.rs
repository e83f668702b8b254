//! Does a file hold the word? Asked of every file, so this is where the time goes: one pass with SIMD over the raw bytes.

use aho_corasick::{AhoCorasick, packed};

/// The spellings under which source reaches the call: the function, its number or a macro of that name, and the tail of
/// camel-case wrappers such as sqlite's.
const WORDS: [&str; 3] = ["mremap", "MREMAP", "Mremap"];

/// The names looked for.
#[derive(Clone, Debug)]
pub(super) struct Words {
    search: Search,
    longest: usize,
}

#[derive(Clone, Debug)]
enum Search {
    /// The usual case: few names, on a processor that the packed search knows. It is three times as fast as the automaton,
    /// whose own heuristic prefers a scan for `m`, the start of all our words and common in C.
    Packed(packed::Searcher),
    /// For a file that was chosen already.
    Everything,
    /// Many names, or another processor.
    Automaton(AhoCorasick),
}

impl Words {
    /// The word itself and further names. Empty names, and names that contain the word, add nothing.
    pub fn new(names: &[String]) -> Words {
        let adds = |name: &&String| !name.is_empty() && !WORDS.iter().any(|word| name.contains(word));
        let all: Vec<&str> = WORDS
            .into_iter()
            .chain(names.iter().filter(adds).map(String::as_str))
            .collect();
        let search = match packed::Searcher::new(&all) {
            Some(searcher) => Search::Packed(searcher),
            None => Search::Automaton(AhoCorasick::new(&all).expect("a command line of names fits an automaton")),
        };
        Words {
            search,
            longest: all.iter().map(|name| name.len()).max().unwrap_or(0),
        }
    }

    /// No names: every file is kept.
    pub fn everything() -> Words {
        Words {
            search: Search::Everything,
            longest: 0,
        }
    }

    /// The length of the longest name.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether one of the names stands in the bytes.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        match &self.search {
            Search::Everything => true,
            Search::Packed(searcher) => searcher.find(bytes).is_some(),
            Search::Automaton(automaton) => automaton.is_match(bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_each_spelling_and_extra_names() {
        let words = Words::new(&[String::new(), "grow_mapping".into(), "my_mremap".into()]);
        for hit in [
            "x = mremap(",
            "__NR_mremap",
            "SYS_MREMAP",
            "osMremap",
            "  grow_mapping(p)",
        ] {
            assert!(words.are_in(hit.as_bytes()), "{hit}");
        }
        for miss in ["", "m", "ioremap(", "grow_mappin", &"m".repeat(1000)] {
            assert!(!words.are_in(miss.as_bytes()), "{miss}");
        }
    }

    #[test]
    fn many_names_are_searched_too() {
        let names: Vec<String> = (0..5000).map(|number| format!("wrapper_{number}_end")).collect();
        let words = Words::new(&names);
        assert!(matches!(words.search, Search::Automaton(_)));
        assert!(
            words.are_in(b"call wrapper_4711_end()") && words.are_in(b"mremap") && !words.are_in(b"wrapper_5000_end")
        );
    }
}
