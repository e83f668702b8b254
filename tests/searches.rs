//! What decides a call stands in a file that does not hold the word `mremap`: a search for what the analysis wants to know
//! has to bring it. Each case is a tree of its own, so that no other case brings the file along.

use mremap_lint::finding::Level;
use mremap_lint::input::InputOptions;
use mremap_lint::program;
use mremap_lint::scan::{Options, scan};
use rayon::prelude::*;
use std::fs;
use std::ops::ControlFlow;

const ZERO: &str = "zero-old-size";
const MAYBE: &str = "maybe-zero-old-size";
const UNPROVEN: &str = "unproven-old-size";
const SAFE: &str = "never zero";
/// The caller of a wrapper is safe; the wrapper has others that are not visible.
const CALLER_SAFE: &str = "never zero by its caller";

/// The file with the call, then the other one, then what is to be said of the only call that is not inside of a wrapper.
type Case = (&'static str, &'static str, &'static str);

const C: &[Case] = &[
    (
        "void *f(void *p, size_t n) { return mremap(p, OLD_SIZE, n, 1); }",
        "#define OLD_SIZE 0",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, OLD_SIZE, n, 1); }",
        "#define OLD_SIZE 4096",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, old_size, n, 1); }",
        "#define old_size 0",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, OLD_SIZE, n, 1); }",
        "enum { OLD_SIZE, NEW_SIZE };",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, NEW_SIZE, n, 1); }",
        "enum { OLD_SIZE, NEW_SIZE };",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, OLD_SIZE * UNIT, n, 1); }",
        "#define OLD_SIZE 0\n#define UNIT 4096",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, n * UNIT_SIZE, n, 1); }",
        "#define UNIT_SIZE 0",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, PAGES(n), n, 1); }",
        "#define PAGES(n) ((n) * 0)",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, PAGES(3), n, 1); }",
        "#define PAGES(n) ((n) << 12)",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, pages_of(0), n, 1); }",
        "static inline size_t pages_of(size_t n) { return n << 12; }",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, n * unit(), n, 1); }",
        "static inline size_t unit(void) { return 0; }",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, old_size, n, 1); }",
        "static const size_t old_size = 0;",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { size_t old = n > 9 ? BIG : SMALL; return mremap(p, old, n, 1); }",
        "#define BIG 8192\n#define SMALL 0",
        MAYBE,
    ),
    (
        "void *f(void *p, size_t n) { size_t old = n > 9 ? BIG : SMALL; return mremap(p, old, n, 1); }",
        "#define BIG 8192\n#define SMALL 4096",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { if (n < LEAST) return p; return mremap(p, n, 2 * n, 1); }",
        "#define LEAST 4096",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { if (!valid(n)) return p; return mremap(p, n, 2 * n, 1); }",
        "int valid(size_t n) { return n != 0 && n < 99999; }",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { if (n == 0) give_up_now(); return mremap(p, n, 2 * n, 1); }",
        "void give_up_now(void) { for (;;) abort(); }",
        SAFE,
    ),
    (
        "void *wrapped(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }",
        "void g(void *p) { wrapped(p, 0, 4096); }",
        ZERO,
    ),
    (
        "void *wrapped(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }",
        "#define AGAIN(p, n) wrapped(p, 0, n)\nvoid g(void *p) { AGAIN(p, 4096); }",
        ZERO,
    ),
    (
        "size_t length; void *f(void *p, size_t n) { if (n > length) return p; return mremap(p, DEFAULT_LENGTH, n, 1); }",
        "#define DEFAULT_LENGTH (PAGES_OF_IT * 4096)\n#define PAGES_OF_IT 0",
        ZERO,
    ),
    (
        "struct b { size_t size; }; extern const struct b empty; void *f(void *p, size_t n) { return mremap(p, empty.size, n, 1); }",
        "const struct b empty = { .size = 0 };",
        ZERO,
    ),
    (
        "extern const size_t sizes[3]; void *f(void *p, size_t n) { return mremap(p, sizes[1], n, 1); }",
        "const size_t sizes[3] = { 4096, 0, 8192 };",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return GROW(p, 0, n); }\nvoid *g(void *p) { return mremap(p, 4096, 8192, 1); }",
        "#define GROW(p, old, n) realloc_pages(p, old, n)",
        SAFE,
    ),
    (
        "typedef struct { void *p; pages_t n; } buffer; void *f(buffer *b) { b->n = 0; return mremap(b->p, b->n, 8192, 1); }",
        "typedef size_t pages_t;",
        ZERO,
    ),
    (
        "struct buffer { void *p; size_t size; };\nvoid *grow_buffer(struct buffer *b, size_t n) { return mremap(b->p, b->size, n, 1); }",
        "void start_buffer(struct buffer *b) { b->size = 0; }\nint main(void) { struct buffer b; start_buffer(&b); grow_buffer(&b, 4096); }",
        ZERO,
    ),
    (
        "struct buffer { void *p; size_t size; };\nvoid *grow_buffer(struct buffer *b, size_t n) { return mremap(b->p, b->size, n, 1); }",
        "void start_buffer(struct buffer *b) { b->size = 4096; }\nint main(void) { struct buffer b; start_buffer(&b); grow_buffer(&b, 8192); }",
        CALLER_SAFE,
    ),
    (
        "void *grow_pages(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }\nconst struct operations pages = { .grow = grow_pages };",
        "void start(struct thing *t, void *p) { t->operations->grow(p, 0, 4096); }",
        ZERO,
    ),
    (
        "size_t mapped_length = 4096;\nvoid *grow(void *p, size_t n) { return mremap(p, mapped_length, n, 1); }",
        "extern size_t mapped_length;\nvoid reset(void) { mapped_length = 0; }\nint main(void) { reset(); grow(0, 4096); }",
        MAYBE,
    ),
    (
        "void *(*remap)(void *, size_t, size_t, int, ...) = mremap;",
        "extern void *(*remap)(void *, size_t, size_t, int, ...);\nvoid *g(void *p) { return remap(p, 0, 4096, 1); }",
        ZERO,
    ),
];

/// The call is in a header.
const HEADERS: &[Case] = &[
    (
        "#define move_pages(p, old, n) mremap(p, old, n, 1)",
        "void *g(void *p) { return move_pages(p, 0, 4096); }",
        ZERO,
    ),
    (
        "#define move_pages(p, old, n) mremap(p, old, n, 1)",
        "void *g(void *p) { return move_pages(p, 4096, 8192); }",
        SAFE,
    ),
    (
        "#define move_pages(p, old, n) mremap(p, old, n, 1)",
        "#define second(p) move_pages(p, 0, 4096)\nvoid *g(void *p) { return second(p); }",
        ZERO,
    ),
    (
        "static inline void *move_pages(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }",
        "void *g(void *p) { return move_pages(p, 0, 4096); }",
        ZERO,
    ),
    (
        "static inline void *move_pages(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }",
        "void *g(void *p) { return move_pages(p, 4096, 8192); }",
        CALLER_SAFE,
    ),
    (
        "struct ring { void *p; size_t size; };\nstatic inline void *grow_ring(struct ring *r, size_t n) { return mremap(r->p, r->size, n, 1); }",
        "void g(void) { struct ring r = { 0 }; grow_ring(&r, 4096); }",
        ZERO,
    ),
    (
        "class Ring { public: void *grow(size_t n) { return mremap(p_, size_, n, 1); } private: void *p_ = nullptr; size_t size_ = 0; };",
        "void g() { Ring r; r.grow(4096); }",
        MAYBE,
    ),
    (
        "template <class T> T *grow_array(T *p, size_t old, size_t n) { return (T *)mremap(p, old * sizeof(T), n, 1); }",
        "void g(int *p) { grow_array(p, 0, 4096); }",
        ZERO,
    ),
];

const CPP: &[Case] = &[
    (
        "void *f(void *p, size_t n) { return mremap(p, conf::kOld, n, 1); }",
        "namespace conf { constexpr size_t kOld = 0; }",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, Conf::kOld, n, 1); }",
        "struct Conf { static constexpr size_t kOld = 0; };",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, Conf::kOld, n, 1); }",
        "struct Conf { static constexpr size_t kOld = 4096; };",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, static_cast<size_t>(Page::None), n, 1); }",
        "enum class Page : size_t { None, One = 4096 };",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, static_cast<size_t>(Page::One), n, 1); }",
        "enum class Page : size_t { None, One = 4096 };",
        SAFE,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, util::bytes(0), n, 1); }",
        "namespace util { inline size_t bytes(size_t pages) { return pages * 4096; } }",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, Pages(0).bytes(), n, 1); }",
        "class Pages { public: explicit Pages(size_t n) : n_(n) {} size_t bytes() const { return n_ * 4096; } private: size_t n_; };",
        ZERO,
    ),
    (
        "void *grow(void *p, size_t old, size_t n) { return mremap(p, old, n, 1); }",
        "void g(void *p) { ::grow(p, 0, 4096); }",
        ZERO,
    ),
    (
        "class Ring { public: void *grow(size_t n) { return mremap(p_, size_, n, 1); } Ring(); private: void *p_; size_t size_; };",
        "Ring::Ring() : p_(nullptr), size_(0) {}\nvoid g() { Ring r; r.grow(4096); }",
        ZERO,
    ),
    (
        "void *f(void *p, size_t n) { return mremap(p, limits<int>::kSize, n, 1); }",
        "template <class T> struct limits { static constexpr size_t kSize = 0; };",
        ZERO,
    ),
];

const RUST: &[Case] = &[
    (
        "use crate::conf::OLD;\nunsafe fn f(p: P, n: usize) { libc::mremap(p, OLD, n, 1); }",
        "pub const OLD: usize = 0;",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, crate::conf::OLD, n, 1); }",
        "pub const OLD: usize = 4096;",
        SAFE,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, n * crate::conf::UNIT, n, 1); }",
        "pub const UNIT: usize = 0;",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, Conf::OLD, n, 1); }",
        "pub struct Conf;\nimpl Conf { pub const OLD: usize = 0; }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, conf::old(), n, 1); }",
        "pub fn old() -> usize { 0 }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, conf::pages(0), n, 1); }",
        "pub const fn pages(n: usize) -> usize { n << 12 }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, Page::None as usize, n, 1); }",
        "#[repr(usize)]\npub enum Page { None = 0, One = 4096 }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, Page::One as usize, n, 1); }",
        "#[repr(usize)]\npub enum Page { None = 0, One = 4096 }",
        SAFE,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, size!(0), n, 1); }",
        "#[macro_export]\nmacro_rules! size { ($pages:expr) => { $pages * 4096 } }",
        ZERO,
    ),
    (
        "pub unsafe fn grow(p: P, old: usize, n: usize) { libc::mremap(p, old, n, 1); }",
        "fn g(p: P) { unsafe { crate::memory::grow(p, 0, 4096) } }",
        ZERO,
    ),
    (
        "pub struct Ring { pub p: P, pub size: usize }\nimpl Ring { pub unsafe fn grow(&mut self, n: usize) { libc::mremap(self.p, self.size, n, 1); } }",
        "fn g(p: P) { let mut ring = Ring { p, size: 0 }; unsafe { ring.grow(4096) } }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, Buffer::new().size(), n, 1); }",
        "pub struct Buffer { size: usize }\nimpl Buffer { pub fn new() -> Self { Buffer { size: 0 } } pub fn size(&self) -> usize { self.size } }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { libc::mremap(p, Buffer::default().size, n, 1); }",
        "#[derive(Default)]\npub struct Buffer { pub size: usize }",
        ZERO,
    ),
    (
        "unsafe fn f(p: P, n: usize) { if !crate::conf::valid(n) { return; } libc::mremap(p, n, 2 * n, 1); }",
        "pub fn valid(n: usize) -> bool { n > 0 }",
        SAFE,
    ),
];

/// Trees of several files: names and texts, then what is to be said. Only the first holds the word.
type Tree = (&'static [(&'static str, &'static str)], &'static str);

const TREES: &[Tree] = &[
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
        ZERO,
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

/// What is said of the calls of a tree: rules of findings, and passes.
fn said(files: &[(&str, &str)]) -> Vec<&'static str> {
    let tree = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let path = tree.path().join(name);
        fs::create_dir_all(path.parent().expect("a file lies in a folder")).expect("the folder is ours");
        fs::write(path, format!("{text}\n")).expect("the folder is ours");
    }
    let options = Options {
        input: InputOptions {
            paths: vec![tree.path().to_path_buf()],
            jobs: 1,
            ..InputOptions::default()
        },
        analysis: program::Options {
            all_calls: true,
            ..program::Options::default()
        },
        ..Options::default()
    };
    let mut said = Vec::new();
    let _ = scan(&options, |checked| {
        said.extend(checked.findings.iter().map(|finding| match finding.level {
            Level::None => SAFE,
            _ => finding.rule.id(),
        }));
        ControlFlow::<()>::Continue(())
    });
    said
}

/// What is wrong with the answer for a tree.
fn wrong(files: &[(&str, &str)], expected: &str) -> Option<String> {
    let others = files[1..].iter();
    assert!(
        others.clone().all(|(_, text)| !text.contains("mremap")),
        "the others do not hold the word"
    );
    let said = said(files);
    // A wrapper is unproven besides: anybody may call it.
    let right = match expected {
        SAFE => !said.is_empty() && said.iter().all(|said| *said == SAFE),
        CALLER_SAFE => said.contains(&SAFE) && said.iter().all(|said| [SAFE, UNPROVEN].contains(said)),
        expected => said.contains(&expected) && said.iter().all(|said| [expected, UNPROVEN].contains(said)),
    };
    let texts: Vec<&str> = files.iter().map(|(_, text)| *text).collect();
    (!right).then(|| format!("{}\n  expected {expected}, found {said:?}\n", texts.join("\n")))
}

fn holds(cases: &[Case], first: &str, other: &str) {
    let answers = cases
        .par_iter()
        .filter_map(|(text, other_text, expected)| wrong(&[(first, text), (other, other_text)], expected));
    let answers: Vec<String> = answers.collect();
    assert!(
        answers.is_empty(),
        "{} of {}\n{}",
        answers.len(),
        cases.len(),
        answers.join("\n")
    );
}

#[test]
fn several_files_decide_together() {
    let answers: Vec<String> = TREES
        .par_iter()
        .filter_map(|(files, expected)| wrong(files, expected))
        .collect();
    assert!(
        answers.is_empty(),
        "{} of {}\n{}",
        answers.len(),
        TREES.len(),
        answers.join("\n")
    );
}

#[test]
fn other_files_decide_in_c() {
    holds(C, "memory.c", "conf/conf.h");
    holds(HEADERS, "memory.h", "main.cc");
}

#[test]
fn other_files_decide_in_cpp() {
    holds(CPP, "memory.cc", "conf/conf.h");
}

#[test]
fn other_files_decide_in_rust() {
    holds(RUST, "memory.rs", "conf/conf.rs");
}
