//! Does a file hold the word? Asked of every file, so this is where the time goes: one pass with SIMD over the raw bytes.

use std::ops::Range;

use aho_corasick::{AhoCorasick, Match, MatchKind, packed};

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
    /// Many names, or another processor.
    Automaton(AhoCorasick),
}

impl Words {
    /// The word itself and further names. Empty names, and names that contain the word, add nothing.
    pub fn new(names: &[String]) -> Words {
        let adds = |name: &&str| !name.is_empty() && !WORDS.iter().any(|word| name.contains(word));
        let more = names.iter().map(String::as_str).filter(adds);
        let all: Vec<&str> = WORDS.into_iter().chain(more).collect();
        Words::any_of(&all).expect("a command line of names fits an automaton")
    }

    /// These names, none of them empty. `None` if there are none, or too many for a search.
    pub fn any_of(names: &[&str]) -> Option<Words> {
        let longest = names.iter().map(|name| name.len()).max()?;
        let mut config = packed::Config::new();
        let packed = config
            .match_kind(packed::MatchKind::LeftmostLongest)
            .builder()
            .extend(names)
            .build();
        let search = match packed {
            Some(searcher) => Search::Packed(searcher),
            None => {
                let mut builder = AhoCorasick::builder();
                Search::Automaton(builder.match_kind(MatchKind::LeftmostLongest).build(names).ok()?)
            }
        };
        Some(Words { search, longest })
    }

    /// The length of the longest name.
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Whether one of the names stands in the bytes.
    pub fn are_in(&self, bytes: &[u8]) -> bool {
        match &self.search {
            Search::Packed(searcher) => searcher.find(bytes).is_some(),
            Search::Automaton(automaton) => automaton.is_match(bytes),
        }
    }

    /// Calls `hit` with the index and the place of each name that stands in the bytes. Of names that begin at the same place
    /// it is the longest, so a name that stands there as a whole word is never hidden by its own beginning.
    pub fn each(&self, bytes: &[u8], mut hit: impl FnMut(usize, Range<usize>)) {
        let each = |found: Match| hit(found.pattern().as_usize(), found.range());
        match &self.search {
            Search::Packed(searcher) => searcher.find_iter(bytes).for_each(each),
            Search::Automaton(automaton) => automaton.find_iter(bytes).for_each(each),
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
    fn names_that_begin_alike_are_told_apart() {
        let found = |names: &[&str]| {
            let mut found = Vec::new();
            let words = Words::any_of(names).expect("names");
            words.each(b"grow_it(grow); regrow_it", |index, at| found.push((index, at)));
            found
        };
        assert_eq!(found(&["grow", "grow_it"]), [(1, 0..7), (0, 8..12), (1, 17..24)]);
        assert!(Words::any_of(&[]).is_none());
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
