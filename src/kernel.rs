//! What the kernel does with a call whose old_size is zero, as far as its other arguments show.
//!
//! Every rule here was measured on Linux 6.18, x86-64 (the project's facts sheet, sections 2 and 5); the order of the tests is
//! the order of the kernel's own checks in `mm/mremap.c`, so that the failure named is the one that comes first.

use crate::finding::{Effect, Outcome, Replacement};

/// `MREMAP_MAYMOVE`.
const MAYMOVE: u64 = 1;
/// `MREMAP_FIXED`.
const FIXED: u64 = 2;
/// `MREMAP_DONTUNMAP` (Linux 5.7).
const DONTUNMAP: u64 = 4;
/// `MAP_FIXED`, which is mistaken for [`FIXED`].
const MAP_FIXED: u64 = 0x10;
/// `MAP_SHARED`; the low bits of mmap's flags.
const MAP_SHARED: u64 = 1;
/// `MAP_PRIVATE`.
const MAP_PRIVATE: u64 = 2;
/// `MAP_ANONYMOUS`.
const MAP_ANONYMOUS: u64 = 0x20;
/// `MAP_HUGETLB`.
const MAP_HUGETLB: u64 = 0x40000;

/// Where the source address comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mapping {
    /// `mmap` with these flags.
    Mmap(u64),
    /// The heap, the stack or the program's own data: always private.
    Memory,
    /// `shmat`.
    Shmat,
    /// The null pointer.
    Null,
    /// Not visible.
    Unknown,
}

/// What the function around a call does with its result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ResultUse {
    /// It compares it with NULL and with nothing else.
    ComparedWithNull,
    /// Nothing.
    Unused,
    /// Something else, or nothing is visible.
    Other,
}

/// What is visible of a call's other arguments. `None`: not a constant, or not the same on all paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallFacts {
    /// The flags; `fixed_implied` of the callee is already in them.
    pub flags: Option<u64>,
    /// The new size.
    pub new_size: Option<u64>,
    /// Whether a new address is passed.
    pub has_new_address: bool,
    /// The new address is the old address.
    pub same_address: bool,
    /// Where the source comes from.
    pub mapping: Mapping,
    /// old_size is not 0 but rounds up to it.
    pub rounds_to_zero: bool,
    /// What becomes of the result.
    pub result: ResultUse,
}

impl Default for CallFacts {
    /// Nothing is visible.
    fn default() -> CallFacts {
        CallFacts {
            flags: None,
            new_size: None,
            has_new_address: false,
            same_address: false,
            mapping: Mapping::Unknown,
            rounds_to_zero: false,
            result: ResultUse::Other,
        }
    }
}

impl CallFacts {
    /// What holds for both calls.
    pub fn join(self, other: CallFacts) -> CallFacts {
        CallFacts {
            flags: self.flags.filter(|_| self.flags == other.flags),
            new_size: self.new_size.filter(|_| self.new_size == other.new_size),
            has_new_address: self.has_new_address,
            same_address: self.same_address && other.same_address,
            mapping: if self.mapping == other.mapping {
                self.mapping
            } else {
                Mapping::Unknown
            },
            rounds_to_zero: self.rounds_to_zero && other.rounds_to_zero,
            result: if self.result == other.result {
                self.result
            } else {
                ResultUse::Other
            },
        }
    }
}

/// The outcome of a call with these facts when old_size is zero.
pub fn outcome(facts: &CallFacts) -> Outcome {
    let mut sentences = Vec::new();
    let mut replacement = match facts.mapping {
        Mapping::Mmap(flags) if flags & 3 == MAP_PRIVATE => Replacement::NoAlias,
        Mapping::Mmap(flags) if flags & MAP_ANONYMOUS == 0 => Replacement::SecondMmap,
        Mapping::Memory => Replacement::NoAlias,
        Mapping::Shmat => Replacement::Shmat,
        _ => Replacement::Memfd,
    };
    let effect = match failure(facts) {
        Some((text, instead)) => {
            sentences.push(text);
            replacement = instead.unwrap_or(replacement);
            Effect::Failure
        }
        None => {
            let (text, effect) = success(facts);
            sentences.push(text);
            effect
        }
    };
    if facts.has_new_address && facts.flags.is_some_and(|flags| flags & FIXED == 0) {
        sentences.push("The new address is ignored: MREMAP_FIXED is not set.".to_owned());
    }
    if facts.rounds_to_zero {
        sentences.push(
            "The value is not 0 but rounds up to 0 in whole pages on 64-bit kernels; a 32-bit program on such a kernel gets a \
             shrink instead, which unmaps what follows the first pages."
                .to_owned(),
        );
    }
    match facts.result {
        ResultUse::ComparedWithNull => {
            sentences.push(
                "The result is compared with NULL, but a failure is MAP_FAILED, so it goes unnoticed.".to_owned(),
            );
        }
        ResultUse::Unused => sentences.push("The result is not looked at, so a failure goes unnoticed.".to_owned()),
        ResultUse::Other => {}
    }
    Outcome {
        sentences,
        effect,
        replacement,
    }
}

/// A failure, and a replacement that fits it better than the mapping's.
type Failure = (String, Option<Replacement>);

/// The failure that is certain.
fn failure(facts: &CallFacts) -> Option<Failure> {
    // In the order of the kernel's checks.
    refused_arguments(facts)
        .or_else(|| refused_source(facts))
        .or_else(|| refused_place(facts))
}

fn certain(text: &str, instead: Option<Replacement>) -> Option<Failure> {
    Some((format!("The call always fails: {text}"), instead))
}

/// Flags and sizes that the kernel refuses whatever is mapped.
fn refused_arguments(facts: &CallFacts) -> Option<Failure> {
    let pass_size = Some(Replacement::PassOldSize);
    if let Some(flags) = facts.flags {
        if flags & MAP_FIXED != 0 && flags & !(MAYMOVE | FIXED | DONTUNMAP | MAP_FIXED) == 0 {
            return certain(
                "EINVAL, because MAP_FIXED (0x10) is passed where MREMAP_FIXED (2) is meant.",
                pass_size,
            );
        }
        if flags & !(MAYMOVE | FIXED | DONTUNMAP) != 0 {
            return certain(
                "EINVAL, because the flags hold a bit that mremap does not know.",
                pass_size,
            );
        }
    }
    if facts.new_size == Some(0) || facts.new_size.is_some_and(|size| size > u64::MAX - 4095) {
        return certain(
            "EINVAL, because new_size is 0 after rounding up to whole pages.",
            pass_size,
        );
    }
    if let Some(flags) = facts.flags {
        if flags & FIXED != 0 && flags & MAYMOVE == 0 {
            return certain("EINVAL, because MREMAP_FIXED needs MREMAP_MAYMOVE.", pass_size);
        }
        if flags & DONTUNMAP != 0 {
            return certain(
                "EINVAL, because MREMAP_DONTUNMAP needs equal sizes, and new_size is not 0.",
                pass_size,
            );
        }
    }
    None
}

/// Source mappings that cannot be duplicated.
fn refused_source(facts: &CallFacts) -> Option<Failure> {
    match facts.mapping {
        Mapping::Null => certain(
            "EFAULT, because nothing is mapped at address 0.",
            Some(Replacement::PassOldSize),
        ),
        Mapping::Mmap(map) if map & MAP_HUGETLB != 0 => {
            certain("EINVAL, because huge pages cannot be duplicated.", None)
        }
        Mapping::Mmap(map) if map & 3 == MAP_PRIVATE => {
            let text = private("the source is a private mapping", facts);
            certain(&text, Some(Replacement::NoAlias))
        }
        Mapping::Memory => {
            let text = private("the source is private memory (heap, stack or data)", facts);
            certain(&text, Some(Replacement::NoAlias))
        }
        _ => None,
    }
}

/// A new place for the duplicate that the kernel cannot give it.
fn refused_place(facts: &CallFacts) -> Option<Failure> {
    let flags = facts.flags?;
    let shared = matches!(facts.mapping, Mapping::Mmap(_) | Mapping::Shmat);
    if flags & FIXED != 0 && facts.same_address {
        let text = if shared {
            "EFAULT, because the new address is the old one; the source mapping is destroyed by the attempt."
        } else {
            "because the new address is the old one it is EFAULT for a shared source, which is destroyed by the attempt, and \
             EINVAL for a private one."
        };
        return certain(text, None);
    }
    if flags & MAYMOVE == 0 {
        let text = if shared {
            "ENOMEM, because MREMAP_MAYMOVE is not set (the manual page says EINVAL)."
        } else {
            "without MREMAP_MAYMOVE it is ENOMEM for a shared source (the manual page says EINVAL) and EINVAL for a private one."
        };
        return certain(text, None);
    }
    None
}

fn private(source: &str, facts: &CallFacts) -> String {
    let mut text = format!(
        "EINVAL since Linux 4.14, because {source}; older kernels returned an unrelated fresh mapping instead of an alias"
    );
    if facts.flags.is_some_and(|flags| flags & FIXED != 0) {
        text.push_str("; up to Linux 6.16 the failing call has already unmapped the destination");
    }
    text.push('.');
    text
}

fn success(facts: &CallFacts) -> (String, Effect) {
    let duplicate = match facts.flags {
        Some(flags) if flags & FIXED != 0 => "maps the same pages a second time at the new address",
        _ => "maps the same pages a second time",
    };
    let keeps = "leaves the old mapping in place: nothing is moved or resized, and code that meant to resize leaks it";
    match facts.mapping {
        Mapping::Mmap(flags) if flags & 3 == MAP_SHARED || flags & 3 == 3 => {
            let text = format!("The source is a shared mapping, so the kernel {duplicate} and {keeps}.");
            (text, Effect::SecondMapping)
        }
        Mapping::Shmat => {
            let text = format!("The source is a System V segment, so the kernel {duplicate} and {keeps}.");
            (text, Effect::SecondMapping)
        }
        _ if facts.flags.is_none() => {
            let text = format!(
                "With MREMAP_MAYMOVE and a shared source the kernel {duplicate} and {keeps}; a private source gives EINVAL \
                 since Linux 4.14, and without MREMAP_MAYMOVE the call fails."
            );
            (text, Effect::Depends)
        }
        _ => {
            let text = format!(
                "If the source is a shared mapping, the kernel {duplicate} and {keeps}; if it is private, the call fails with \
                 EINVAL since Linux 4.14."
            );
            (text, Effect::Depends)
        }
    }
}
