//! Trees of more than two files.

use super::cases::{MAYBE, SAFE, ZERO};

/// Trees of several files: names and texts, then what is to be said. Only the first holds the word.
pub type Tree = (&'static [(&'static str, &'static str)], &'static str);

pub const TREES: &[Tree] = &[
    (
        &[
            (
                "m.c",
                "void *low(void *p, size_t o, size_t n) { return mremap(p, o, n, 1); }",
            ),
            ("mid.c", "void *mid(void *p, size_t o) { return low(p, o, 2 * o + 1); }"),
            ("top.c", "void *top(void *p) { return mid(p, 0); }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.c",
                "void *low(void *p, size_t o, size_t n) { return mremap(p, o, n, 1); }",
            ),
            ("mid.c", "void *mid(void *p, size_t o) { return low(p, o, 2 * o + 1); }"),
            ("mid2.c", "void *mid2(void *p, size_t o) { return mid(p, o); }"),
            ("top.c", "void *top(void *p) { return mid2(p, 0); }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.c",
                "void *low(void *p, size_t o, size_t n) { return mremap(p, o, n, 1); }",
            ),
            ("a.h", "#define regrow low"),
            ("t.c", "void *t(void *p) { return regrow(p, 0, 4096); }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.c",
                "void *f(void *p, size_t n) { return mremap(p, current_size(), n, 1); }",
            ),
            ("o.c", "static size_t size;\nsize_t current_size(void) { return size; }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.c",
                "void *f(void *p, size_t n) { size_t old; read_size(&old); return mremap(p, old, n, 1); }",
            ),
            ("o.c", "void read_size(size_t *out) { *out = 0; }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.cc",
                "#include \"s.hpp\"\nusing namespace conf;\nvoid *f(void *p, size_t n) { return mremap(p, kSize, n, 1); }",
            ),
            ("s.hpp", "namespace conf { inline constexpr size_t kSize = 0; }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.cc",
                "#include \"s.hpp\"\nvoid *grow(void *p, size_t n, size_t old) { return mremap(p, old, n, 1); }",
            ),
            ("s.hpp", "void *grow(void *p, size_t n, size_t old = 0);"),
            ("t.cc", "#include \"s.hpp\"\nvoid t(void *p) { grow(p, 4096); }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.cc",
                "class A { public: virtual size_t size() const = 0; void *grow(void *p, size_t n) { return mremap(p, size(), n, 1); } };",
            ),
            (
                "t.cc",
                "class B : public A { public: size_t size() const override { return 0; } };",
            ),
        ],
        MAYBE,
    ),
    (
        &[
            (
                "m.rs",
                "pub trait Sized2 { fn size(&self) -> usize; }\npub unsafe fn grow<T: Sized2>(p: P, t: &T, n: usize) { libc::mremap(p, t.size(), n, 1); }",
            ),
            (
                "t.rs",
                "struct Z;\nimpl Sized2 for Z { fn size(&self) -> usize { 0 } }\nfn f(p: P) { unsafe { grow(p, &Z, 4096) } }",
            ),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.rs",
                "pub unsafe fn low(p: P, o: usize, n: usize) { libc::mremap(p, o, n, 1); }",
            ),
            ("l.rs", "pub use crate::m::low as regrow;"),
            (
                "t.rs",
                "use crate::l::regrow;\nfn f(p: P) { unsafe { regrow(p, 0, 4096) } }",
            ),
        ],
        ZERO,
    ),
    (
        &[
            (
                "a/m.rs",
                "use super::conf::OLD;\nunsafe fn f(p: P, n: usize) { libc::mremap(p, OLD, n, 1); }",
            ),
            (
                "a/conf.rs",
                "pub(super) const OLD: usize = PAGE - PAGE;\nconst PAGE: usize = 4096;",
            ),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.rs",
                "unsafe fn f(p: P, n: usize) { libc::mremap(p, <Conf as Sizes>::OLD, n, 1); }",
            ),
            (
                "t.rs",
                "pub trait Sizes { const OLD: usize; }\npub struct Conf;\nimpl Sizes for Conf { const OLD: usize = 0; }",
            ),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.rs",
                "pub struct Map { pub p: P, pub len: usize }\npub unsafe fn grow(map: &mut Map, n: usize) { libc::mremap(map.p, map.len, n, 1); }",
            ),
            (
                "t.rs",
                "fn f(p: P) { let mut m = Map { p, len: 0 }; unsafe { grow(&mut m, 4096) } }",
            ),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.rs",
                "unsafe fn f(p: P, n: usize) { libc::mremap(p, crate::t::align(0), n, 1); }",
            ),
            ("t.rs", "pub const fn align(n: usize) -> usize { (n + 4095) & !4095 }"),
        ],
        ZERO,
    ),
    (
        &[
            (
                "m.c",
                "#include \"c.h\"\nvoid *f(void *p, size_t n) { return mremap(p, OLD, n, 1); }",
            ),
            ("c.h", "#ifdef BIG\n#define OLD 8192\n#else\n#define OLD 0\n#endif"),
        ],
        MAYBE,
    ),
    (
        &[
            (
                "m.c",
                "void *f(void *p, size_t n) { if (!n) bail_out(\"x\"); return mremap(p, n, 2*n, 1); }",
            ),
            ("c.h", "__attribute__((noreturn)) void bail_out(const char *);"),
        ],
        SAFE,
    ),
    (
        &[
            (
                "m.c",
                "void *f(void *p, size_t n) { REQUIRE_IT(n != 0); return mremap(p, n, 2*n, 1); }",
            ),
            ("c.h", "#define REQUIRE_IT(x) do { if (!(x)) abort(); } while (0)"),
        ],
        SAFE,
    ),
    (
        &[
            (
                "m.c",
                "void *f(void *p, size_t n) { return mremap(p, round_up_page(n + 1), n, 1); }",
            ),
            (
                "c.h",
                "static inline size_t round_up_page(size_t n) { return (n + 4095) & ~(size_t)4095; }",
            ),
        ],
        SAFE,
    ),
    (
        &[
            (
                "m.c",
                "void *f(size_t n) { void *p = map_or_die(n); return mremap(p, n, 2*n, 1); }",
            ),
            (
                "c.c",
                "void *map_or_die(size_t n) { void *p = mmap(0, n, 3, 0x22, -1, 0); if (p == MAP_FAILED) abort(); return p; }",
            ),
        ],
        SAFE,
    ),
];
