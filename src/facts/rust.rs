//! Rust functions of other crates, by the last two names of their path.
//!
//! Sources: the documentation of the standard library and of `libc`, Linux manual pages of sections 2 and 3.

use crate::ir::Type;

/// Give the size of a page.
const PAGE_SIZES: &[&str] = &["getpagesize", "page_size"];
/// Give the size of a page, or of what mappings are multiples of, in modules `page_size` and `param`.
const PAGE_SIZES_OF_MODULES: &[&str] = &["get", "page_size", "get_granularity"];
/// The crates that have these.
const CRATES_WITH_PAGE_SIZES: &[&str] = &["page_size", "rustix", "libc", "region", "nix"];

/// Never return: the modules and the names.
const STOPS: &[(&[&str], &[&str])] = &[
    (
        &["process", "libc", "intrinsics"],
        &["exit", "abort", "_exit", "quick_exit", "pthread_exit"],
    ),
    (&["hint"], &["unreachable_unchecked"]),
    (&["panic"], &["resume_unwind", "panic_any"]),
    (&["alloc"], &["handle_alloc_error"]),
    (&["rt"], &["begin_panic"]),
    (&["panicking"], &["panic"]),
];

/// The types of the results of functions of the C library.
const RESULTS: &[(&[&str], Type)] = &[
    (
        &["munmap", "mprotect", "memfd_create", "open", "ftruncate", "getpagesize"],
        Type::INT,
    ),
    (&["sysconf"], Type::Int { bits: 64, signed: true }),
    (&["strlen"], Type::SIZE),
];

/// Functions of the C library that return a `void *`.
const POINTERS: &[&str] = &["mmap", "mmap64", "malloc", "calloc", "realloc", "shmat"];

/// A path's last two names.
pub fn ends(path: &[String]) -> (&str, &str) {
    let at = |back: usize| path.len().checked_sub(back).map_or("", |index| path[index].as_str());
    (at(2), at(1))
}

/// Whether a function without arguments gives the size of a page.
pub fn is_page_size(path: &[String]) -> bool {
    let known = match ends(path) {
        ("page_size" | "param", name) if PAGE_SIZES_OF_MODULES.contains(&name) => true,
        (_, name) => PAGE_SIZES.contains(&name),
    };
    known
        && path
            .first()
            .is_some_and(|first| CRATES_WITH_PAGE_SIZES.contains(&first.as_str()))
}

/// The type of the result of a function outside the unit, and whether it never returns.
pub fn result(path: &[String]) -> (Type, bool) {
    let (holder, name) = ends(path);
    let never = |(holders, names): &(&[&str], &[&str])| holders.contains(&holder) && names.contains(&name);
    let stops = STOPS.iter().any(never);
    (result_type(holder, name), stops)
}

fn result_type(holder: &str, name: &str) -> Type {
    if !["libc", ""].contains(&holder) {
        return Type::Unknown;
    }
    if POINTERS.contains(&name) {
        return Type::Pointer(Box::new(Type::Void));
    }
    let known = RESULTS.iter().find(|(names, _)| names.contains(&name));
    known.map_or(Type::Unknown, |(_, ty)| ty.clone())
}
