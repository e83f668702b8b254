//! Where source code reaches Linux `mremap`, as data: the callees and the positions of their arguments. Pointers and
//! macros that lead here are followed by the analysis and are not in this table, and neither is NetBSD's `mremap`, whose
//! arguments mean other things.

use crate::source::Language;
use std::collections::BTreeMap;

/// `MREMAP_FIXED`, which some wrappers set by themselves.
const FIXED: u64 = 2;

/// How long the text of a system call's number is at most.
const NUMBER: usize = 200;

/// Which argument of a call is which, counted from 0. What a callee does not take is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkPositions {
    /// The address of the mapping.
    pub old_address: Option<usize>,
    /// The size that this program is about.
    pub old_size: usize,
    /// The size wanted.
    pub new_size: Option<usize>,
    /// `MREMAP_*` bits.
    pub flags: Option<usize>,
    /// The address wanted; the argument itself may be missing in a call.
    pub new_address: Option<usize>,
    /// Flag bits that the callee adds.
    pub implied_flags: u64,
    /// A raw system call: arguments are not converted to `size_t` on the way.
    pub raw: bool,
}

impl SinkPositions {
    /// A callee of which only the position of old_size is known.
    pub const fn only_old_size(old_size: usize) -> SinkPositions {
        SinkPositions {
            old_address: None,
            old_size,
            new_size: None,
            flags: None,
            new_address: None,
            implied_flags: 0,
            raw: false,
        }
    }

    /// The five arguments in the kernel's order, the first of them at `first`.
    pub const fn in_order(first: usize) -> SinkPositions {
        SinkPositions {
            old_address: Some(first),
            old_size: first + 1,
            new_size: Some(first + 2),
            flags: Some(first + 3),
            new_address: Some(first + 4),
            implied_flags: 0,
            raw: false,
        }
    }

    const fn without_new_address(self) -> SinkPositions {
        SinkPositions {
            new_address: None,
            ..self
        }
    }

    const fn with_flags(self, implied_flags: u64) -> SinkPositions {
        SinkPositions { implied_flags, ..self }
    }
}

const DIRECT: SinkPositions = SinkPositions::in_order(0);

/// C and C++: functions that are the call or forward it unchanged.
const C: [(&str, SinkPositions); 5] = [
    ("mremap", DIRECT),
    ("__mremap", DIRECT),
    ("internal_mremap", DIRECT),
    ("sys_mremap", DIRECT),
    ("target_mremap", DIRECT),
];

/// Rust: canonical paths.
const RUST: [(&str, SinkPositions); 6] = [
    ("libc::mremap", DIRECT),
    ("nix::sys::mman::mremap", DIRECT),
    ("rustix::mm::mremap", DIRECT.without_new_address()),
    ("rustix::io::mremap", DIRECT.without_new_address()),
    ("rustix::mm::mremap_fixed", DIRECT.with_flags(FIXED)),
    ("nc::mremap", DIRECT),
];

/// The table with what the user added to it.
#[derive(Clone, Debug, Default)]
pub struct Sinks {
    /// Functions to treat as the call, by name (a path, or its last segment).
    pub extra: BTreeMap<String, SinkPositions>,
}

impl Sinks {
    /// The positions for a direct callee: a C name, or a Rust path with imports resolved.
    pub fn by_path(&self, language: Language, path: &str) -> Option<SinkPositions> {
        let table: &[(&str, SinkPositions)] = if language == Language::Rust { &RUST } else { &C };
        let name = if language == Language::Rust {
            path
        } else {
            path.strip_prefix("::").unwrap_or(path)
        };
        let known = table
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, positions)| *positions);
        known.or_else(|| self.added(path))
    }

    /// The positions for a name alone, whatever its path.
    pub fn by_name(&self, language: Language, name: &str) -> Option<SinkPositions> {
        let known = table(language).iter().find(|(known, _)| last_segment(known) == name);
        known.map(|(_, positions)| *positions).or_else(|| self.added(name))
    }

    /// All names (last segments) of the tables of all languages, and those that the user added; some come twice.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let known = C.iter().chain(&RUST).map(|(path, _)| last_segment(path));
        known.chain(self.extra.keys().map(String::as_str))
    }

    /// Whether the user added the name.
    pub fn is_added(&self, name: &str) -> bool {
        self.extra.contains_key(name)
    }

    fn added(&self, path: &str) -> Option<SinkPositions> {
        self.extra
            .get(path)
            .or_else(|| self.extra.get(last_segment(path)))
            .copied()
    }
}

fn table(language: Language) -> &'static [(&'static str, SinkPositions)] {
    if language == Language::Rust { &RUST } else { &C }
}

/// Whether a text can be the name of a function, or the path of one.
pub fn is_name(text: &str) -> bool {
    text.split("::").all(|part| {
        let mut chars = part.chars();
        chars.next().is_some_and(|first| first == '_' || first.is_alphabetic())
            && chars.all(|c| c == '_' || c.is_alphanumeric())
    })
}

/// The name at the end of a path.
pub fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The positions for a raw system call: a callee whose text speaks of a system call, with `mremap`'s number by name among
/// its arguments, then perhaps the count of what follows (with a variable for errors before it), then the arguments of the
/// call: four at least, and what callers add to be safe. Tables and filters that name the number have no such arguments.
pub fn raw(callee: &str, arguments: &[&str]) -> Option<SinkPositions> {
    if !is_system_call(callee) {
        return None;
    }
    let number = arguments.iter().position(|argument| is_number_of_mremap(argument))?;
    let counts = |at: usize| {
        let left = arguments.len().checked_sub(at + 1)?;
        // A size may be equal to what is left as well, but mremap takes no fewer operands.
        (left >= 4 && arguments.get(at)?.trim().parse() == Ok(left)).then_some(at + 1)
    };
    let first = counts(number + 1).or_else(|| counts(number + 2)).unwrap_or(number + 1);
    let operands = arguments.get(first..)?;
    let fits = (4..=6).contains(&operands.len()) && !operands.iter().any(|text| text.ends_with('"'));
    fits.then(|| SinkPositions {
        raw: true,
        ..SinkPositions::in_order(first)
    })
}

/// Whether a callee's text says that it makes a system call given by number.
pub fn is_system_call(callee: &str) -> bool {
    callee
        .as_bytes()
        .windows(7)
        .any(|part| part.eq_ignore_ascii_case(b"syscall"))
}

/// Whether an argument is the number of `mremap` by name: the name itself, with a prefix (`SYS_mremap`, `__NR_mremap`),
/// qualified (`Sysno::mremap`), cast, or wrapped in a macro or function (`SYSCALL(mremap)`).
pub fn is_number_of_mremap(argument: &str) -> bool {
    if argument.len() > NUMBER {
        return false;
    }
    let mut words = argument
        .split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty());
    let plain = argument
        .chars()
        .all(|c| c.is_alphanumeric() || c.is_whitespace() || "_:().".contains(c));
    plain
        && words.any(|word| {
            let name = word.rsplit('_').next().unwrap_or(word);
            name.eq_ignore_ascii_case("mremap")
        })
}

/// Whether a name ends in the word, as that of a wrapper or of a pointer to the function may. `memremap` maps memory anew.
pub fn is_named_after_mremap(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("mremap") && !name.ends_with("memremap")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_after_mremap() {
        for (name, expected) in [
            ("mremap", true),
            ("osMremap", true),
            ("MY_MREMAP", true),
            ("early_memremap", false),
            ("MEMREMAP", false),
            ("mremap_flags", false),
        ] {
            assert_eq!(is_named_after_mremap(name), expected, "{name}");
        }
    }

    fn first(callee: &str, arguments: &[&str]) -> Option<usize> {
        raw(callee, arguments).and_then(|positions| positions.old_address)
    }

    #[test]
    fn direct_callees() {
        let mut sinks = Sinks::default();
        let old_size =
            |sinks: &Sinks, language, path| sinks.by_path(language, path).map(|positions| positions.old_size);
        for path in [
            "mremap",
            "::mremap",
            "__mremap",
            "internal_mremap",
            "sys_mremap",
            "target_mremap",
        ] {
            assert_eq!(old_size(&sinks, Language::C, path), Some(1), "{path}");
        }
        assert_eq!(old_size(&sinks, Language::Cpp, "other::mremap"), None);
        assert_eq!(old_size(&sinks, Language::C, "do_mremap"), None);
        for path in [
            "libc::mremap",
            "nix::sys::mman::mremap",
            "rustix::mm::mremap",
            "rustix::io::mremap",
            "nc::mremap",
        ] {
            assert_eq!(old_size(&sinks, Language::Rust, path), Some(1), "{path}");
        }
        assert_eq!(old_size(&sinks, Language::Rust, "mremap"), None);
        let fixed = sinks
            .by_path(Language::Rust, "rustix::mm::mremap_fixed")
            .expect("a sink");
        assert_eq!((fixed.implied_flags, fixed.new_address), (2, Some(4)));
        sinks.extra.insert("grow".to_owned(), SinkPositions::only_old_size(3));
        assert_eq!(old_size(&sinks, Language::C, "grow"), Some(3));
        assert_eq!(old_size(&sinks, Language::Rust, "crate::map::grow"), Some(3));
    }

    #[test]
    fn raw_calls() {
        let five = |number| [number, "p", "0", "n", "1", "q"];
        for number in [
            "SYS_mremap",
            "__NR_mremap",
            "__NR_compat_mremap",
            "TARGET_NR_mremap",
            "NR_mremap",
            "mremap",
        ] {
            assert_eq!(first("syscall", &five(number)), Some(1), "{number}");
        }
        for number in [
            "libc::SYS_mremap",
            "Sysno::mremap",
            "SYSCALL(mremap)",
            "number_for_mremap(arch())",
            "MREMAP",
            "(long) SYS_mremap",
        ] {
            assert_eq!(first("remote.infallible_Syscall", &five(number)), Some(1), "{number}");
        }
        assert_eq!(first("VG_(do_syscall5)", &five("__NR_mremap")), Some(1));
        assert_eq!(first("syscall", &["SYS_mremap", "p", "0", "n", "1"]), Some(1));
        assert_eq!(first("my_syscall", &["SYS_mremap", "4", "p", "0", "n", "1"]), Some(2));
        assert_eq!(
            first("INLINE_SYSCALL", &["mremap", "5", "p", "0", "n", "1", "q"]),
            Some(2)
        );
        assert_eq!(
            first("INTERNAL_SYSCALL", &["mremap", "err", "5", "p", "0", "n", "1", "q"]),
            Some(3)
        );
        assert_eq!(
            first("LSS_SYSCALL", &["5", "__NR_mremap", "p", "0", "n", "1", "q"]),
            Some(2)
        );
    }

    #[test]
    fn no_raw_calls() {
        assert_eq!(first("call", &["SYS_mremap", "p", "0", "n", "1"]), None);
        assert_eq!(first("syscall", &["SYS_mmap", "p", "0", "n", "1"]), None);
        assert_eq!(first("syscall", &["number", "p", "0", "n", "1"]), None);
        assert_eq!(first("ALLOW_SYSCALL", &["mremap"]), None);
        assert_eq!(first("deny_syscall", &["SYS_mremap", "EPERM"]), None);
        assert_eq!(
            first("add_syscall", &["SYS_mremap", "\"mremap\"", "5", "handler", "0"]),
            None
        );
        assert_eq!(first("syscall", &["f(mremap, p)", "p", "0", "n", "1"]), None);
    }
}
