//! The trees: where the call stands, what stands elsewhere, and what is to be said.

pub const ZERO: &str = "zero-old-size";
pub const MAYBE: &str = "maybe-zero-old-size";
pub const UNPROVEN: &str = "unproven-old-size";
pub const SAFE: &str = "never zero";
/// The caller of a wrapper is safe; the wrapper has others that are not visible.
pub const CALLER_SAFE: &str = "never zero by its caller";
/// The caller of a wrapper brings zero; the wrapper may be given it by others too.
pub const CALLER_ZERO: &str = "zero by its caller";

/// The file with the call, then the other one, then what is to be said of the only call that is not inside of a wrapper.
pub type Case = (&'static str, &'static str, &'static str);

pub const C: &[Case] = &[
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
pub const HEADERS: &[Case] = &[
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
        CALLER_ZERO,
    ),
    (
        "template <class T> T *grow_array(T *p, size_t old, size_t n) { return (T *)mremap(p, old * sizeof(T), n, 1); }",
        "void g(int *p) { grow_array(p, 0, 4096); }",
        ZERO,
    ),
];

pub const CPP: &[Case] = &[
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

pub const RUST: &[Case] = &[
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
