//! What the program says of a call besides its old_size: flags, sizes, addresses, and what becomes of the result.

use mremap_lint::inside::program::{self, Options};
use mremap_lint::source::{Language, SourceFile, Sources};

/// What is said of the only call of a C or Rust function.
fn said(name: &str, text: &str) -> String {
    let language = if name.ends_with(".rs") {
        Language::Rust
    } else {
        Language::C
    };
    let mut sources = Sources::default();
    sources.add(SourceFile::new(name.into(), language, text.to_owned()));
    let (findings, _) = program::check(&sources, &Options::default());
    assert_eq!(findings.len(), 1, "{text}");
    findings[0]
        .outcome
        .as_ref()
        .expect("it is an alarm")
        .sentences
        .join(" ")
}

fn said_in_c(body: &str) -> String {
    let text =
        format!("#include <sys/mman.h>\nextern void keep(void *);\nvoid f(void *p, size_t n, int fd) {{ {body} }}\n");
    said("f.c", &text)
}

const NULL: &str = "compared with NULL";
const UNUSED: &str = "not looked at";

#[test]
fn a_result_compared_with_null_is_named() {
    for body in [
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE); if (!q) return; keep(q);",
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE); if (q) keep(q);",
        "void *q; q = mremap(p, 0, n, MREMAP_MAYMOVE); if (q == NULL) return; keep(q);",
        "if (mremap(p, 0, n, MREMAP_MAYMOVE) != 0) keep(p);",
    ] {
        assert!(said_in_c(body).contains(NULL), "{body}");
    }
    let rust = "unsafe fn f(p: *mut libc::c_void, n: usize) -> bool { libc::mremap(p, 0, n, 1).is_null() }";
    assert!(said("f.rs", rust).contains(NULL));
}

#[test]
fn a_result_that_nobody_looks_at_is_named() {
    for body in [
        "mremap(p, 0, n, MREMAP_MAYMOVE);",
        "(void)mremap(p, 0, n, MREMAP_MAYMOVE);",
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE);",
    ] {
        assert!(said_in_c(body).contains(UNUSED), "{body}");
    }
    let rust = "unsafe fn f(p: *mut libc::c_void, n: usize) { let _ = libc::mremap(p, 0, n, 1); }";
    assert!(said("f.rs", rust).contains(UNUSED));
}

#[test]
fn a_result_that_is_tested_or_handed_on_is_not_named() {
    for body in [
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE); if (q == MAP_FAILED) return; keep(q);",
        "if (mremap(p, 0, n, MREMAP_MAYMOVE) == (void *)-1) keep(p);",
        "long r = (long)mremap(p, 0, n, MREMAP_MAYMOVE); if (r < 0) return; keep(p);",
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE); if (q == NULL || q == MAP_FAILED) return; keep(q);",
        "void *q = mremap(p, 0, n, MREMAP_MAYMOVE); keep(q);",
        "void *q = NULL; if (!q) keep(p); q = mremap(p, 0, n, MREMAP_MAYMOVE); keep(q);",
        "*(void **)p = mremap(p, 0, n, MREMAP_MAYMOVE);",
    ] {
        let text = said_in_c(body);
        assert!(!text.contains(NULL) && !text.contains(UNUSED), "{body}: {text}");
    }
    let result = "fn f(p: *mut std::ffi::c_void, n: usize) { unsafe { let _ = rustix::mm::mremap(p, 0, n, rustix::mm::MremapFlags::MAYMOVE); } }";
    assert!(!said("f.rs", result).contains(UNUSED), "the compiler says so itself");
}

#[test]
fn flags_that_are_meant_otherwise_are_named() {
    assert!(said_in_c("keep(mremap(p, 0, n, MREMAP_MAYMOVE | MAP_FIXED, p));").contains("MAP_FIXED"));
    assert!(said_in_c("keep(mremap(p, 0, n, MREMAP_MAYMOVE, p));").contains("new address is ignored"));
    assert!(said_in_c("keep(mremap(p, 0, n, 0));").contains("without MREMAP_MAYMOVE"));
    assert!(said_in_c("keep(mremap(p, 0, 0, MREMAP_MAYMOVE));").contains("new_size is 0"));
}

#[test]
fn where_the_memory_comes_from_decides_the_outcome() {
    let mapped = |flags: &str| {
        said_in_c(&format!(
            "void *q = mmap(0, n, 3, {flags}, fd, 0); if (q == MAP_FAILED) return; keep(mremap(q, 0, n, MREMAP_MAYMOVE));"
        ))
    };
    assert!(mapped("MAP_SHARED").contains("The source is a shared mapping"));
    assert!(mapped("MAP_PRIVATE | MAP_ANONYMOUS").contains("EINVAL since Linux 4.14"));
    assert!(said_in_c("char b[8192]; keep(mremap(b, 0, n, MREMAP_MAYMOVE));").contains("private memory"));
}
