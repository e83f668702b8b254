//! What C++ has besides what C has.

use crate::execution::element::{Element, clear, vague};

/// All elements.
pub const ELEMENTS: &[Element] = &[
    // Virtual calls.
    vague(
        "struct base@ {\nvirtual size_t size() const { return $K; }\nvirtual ~base@() {}\n};\nstruct derived@ : base@ {\nsize_t size() const override { return $K; }\n};\n",
        "derived@ d@;\nbase@ b@;\nbase@ &r@ = $T ? b@ : static_cast<base@ &>(d@);\nsize_t n@ = r@.size(), m@ = d@.base@::size();\n",
        "n@ m@",
    ),
    vague(
        "struct base@ {\nvirtual void set(size_t &n) = 0;\nvirtual ~base@() {}\n};\nstruct one@ : base@ {\nvoid set(size_t &n) { n = $K; }\n};\n\
         struct two@ final : base@ {\nvoid set(size_t &) {}\n};\n",
        "base@ *o@ = $T ? static_cast<base@ *>(new one@) : new two@;\nsize_t n@ = $K;\no@->set(n@);\ndelete o@;\n",
        "n@",
    ),
    vague(
        "struct base@ {\nsize_t n;\nbase@() : n($K) { init(); }\nvirtual void init() { n = $K; }\nvirtual ~base@() {}\n};\nstruct derived@ : base@ {\nvoid init() { n = $K; }\n};\n",
        "derived@ d@;\n",
        "d@.n",
    ),
    clear(
        "struct base@ {\nsize_t size() { return $K; }\n};\nstruct derived@ : base@ {\nsize_t size() { return $K; }\n};\n",
        "derived@ d@;\nbase@ &b@ = d@;\nsize_t n@ = d@.size(), m@ = b@.size();\n",
        "n@ m@",
    ),
    vague(
        "struct base@ {\nvirtual size_t size() { return $P; }\n};\nbase@ &unseen@()$A[;]$D[ { static struct : base@ { size_t size() { return 0; } } it; return it; }]\n",
        "size_t n@ = unseen@().size();\n",
        "n@",
    ),
    // Templates.
    vague(
        "template <class T> struct size_of@ {\nstatic size_t get() { return $K; }\n};\ntemplate <> struct size_of@<int> {\nstatic size_t get() { return $K; }\n};\n\
         template <class T> struct size_of@<T *> {\nstatic size_t get() { return $K; }\n};\n",
        "size_t n@ = size_of@<int>::get(), m@ = size_of@<long>::get(), o@ = size_of@<char *>::get();\n",
        "n@ m@ o@",
    ),
    vague(
        "template <class T> size_t kind@(T) { return $K; }\ntemplate <class T> size_t kind@(T *) { return $K; }\ninline size_t kind@(int) { return $K; }\n",
        "size_t n@ = kind@(1), m@ = kind@(1l), o@ = kind@(\"\");\n",
        "n@ m@ o@",
    ),
    vague(
        "template <class... T> size_t last@(T... all)\n{\nsize_t n = $K;\n((n = size_t(all)), ...);\nreturn n;\n}\n",
        "size_t n@ = last@(), m@ = last@($K, $K), o@ = last@($K);\n",
        "n@ m@ o@",
    ),
    vague(
        "template <class T> size_t width@()\n{\nif constexpr (sizeof(T) == 8)\nreturn $K;\nelse\nreturn $K;\n}\n",
        "size_t n@ = width@<int>(), m@ = width@<long>();\n",
        "n@ m@",
    ),
    // Overloads and operators.
    vague(
        "static size_t pick@(int) { return $K; }\nstatic size_t pick@(long) { return $K; }\nstatic size_t pick@(const char *) { return $K; }\nstatic size_t pick@(bool) { return $K; }\n",
        "size_t n@ = pick@('a'), m@ = pick@(1l), o@ = pick@(\"\");\n",
        "n@ m@ o@",
    ),
    vague(
        "struct ref@ {\nsize_t get() & { return $K; }\nsize_t get() const & { return $K; }\nsize_t get() && { return $K; }\n};\n",
        "ref@ r@;\nconst ref@ &c@ = r@;\nsize_t n@ = r@.get(), m@ = c@.get(), o@ = ref@().get();\n",
        "n@ m@ o@",
    ),
    vague(
        "struct number@ {\nsize_t n;\noperator size_t() const { return n & $K; }\nnumber@ &operator+=(size_t) { n = $K; return *this; }\nsize_t &operator[](int) { return n; }\n};\n",
        "number@ a@{$K};\nif ($T)\na@ += 1;\na@[1] = $K;\nsize_t n@ = a@;\n",
        "n@ a@.n",
    ),
    clear(
        "static size_t given@(size_t n = $K, size_t m = $K) { return n ? m : n; }\n",
        "size_t n@ = given@(), m@ = given@($K);\n",
        "n@ m@",
    ),
    // Constructors.
    clear(
        "struct box@ {\nsize_t len = $K;\nsize_t more;\nbox@() : more(len) {}\nbox@(size_t n) : len(n), more($K) {}\nbox@(int, int) : box@(size_t($K)) { more = $K; }\n};\n",
        "box@ a@, b@(size_t($K)), c@(1, 2);\n",
        "a@.len a@.more b@.len b@.more c@.len c@.more",
    ),
    vague(
        "struct copy@ {\nsize_t n;\ncopy@(size_t n) : n(n) {}\ncopy@(const copy@ &) : n($K) {}\ncopy@(copy@ &&o) : n(o.n) { o.n = 0; }\n\
         copy@ &operator=(const copy@ &) { n = $K; return *this; }\n};\nstatic size_t by_value@(copy@ c) { return c.n; }\n",
        "copy@ a@(size_t($K)), b@(a@), c@(static_cast<copy@ &&>(b@));\nif ($T)\na@ = c@;\nsize_t n@ = by_value@(a@);\n",
        "a@.n b@.n c@.n n@",
    ),
    clear(
        "struct plain@ {\nsize_t a = $K, b;\n};\n",
        "plain@ a@{}, b@{$K}, c@{$K, $K}, d@{.b = $K};\n",
        "a@.a a@.b b@.a b@.b c@.a c@.b d@.a d@.b",
    ),
    vague(
        "struct base@ {\nsize_t n;\nbase@(size_t n) : n(n) {}\n};\nstruct derived@ : base@ {\nusing base@::base@;\nsize_t m = $K;\n};\n",
        "derived@ d@(size_t($K));\nbase@ b@ = d@;\n",
        "d@.n d@.m b@.n",
    ),
    // Destructors.
    vague(
        "struct guard@ {\nsize_t &n;\n~guard@() { n = $K; }\n};\nstatic size_t through@(size_t &n)\n{\nguard@ g{n};\nif ($T)\nreturn n;\nn = $K;\nreturn n;\n}\n",
        "size_t n@ = $K;\nsize_t m@ = through@(n@);\n",
        "n@ m@",
    ),
    vague(
        "struct part@ {\nsize_t &n;\n~part@() { n = $K; }\n};\nstruct whole@ {\npart@ p;\nsize_t &m;\n~whole@() { m = $K; }\n};\n",
        "size_t n@ = $K, m@ = $K;\nfor (int j@ = 0; j@ < 2; j@++) {\nwhole@ w@{{n@}, m@};\nif ($T)\nbreak;\nn@ = $K;\n}\n",
        "n@ m@",
    ),
    // Exceptions.
    vague(
        "static void risky@(size_t &n)\n{\nn = $K;\nif ($T)\nthrow 1;\nn = $K;\n}\n",
        "size_t n@ = $K;\ntry {\nrisky@(n@);\n} catch (int) {\n}\n",
        "n@",
    ),
    vague(
        "struct error@ {\nvirtual ~error@() {}\n};\nstruct special@ : error@ {};\nstatic void risky@(size_t &n)\n{\nif ($T)\nthrow special@();\nif ($T)\nthrow 'c';\nn = $K;\n}\n",
        "size_t n@ = $K;\ntry {\nn@ = $K;\nrisky@(n@);\n} catch (const error@ &) {\nn@ = $K;\n} catch (...) {\n}\n",
        "n@",
    ),
    vague(
        "static void again@(size_t &n)\n{\ntry {\nif ($T)\nthrow 1l;\n} catch (long) {\nn = $K;\nthrow;\n}\nn = $K;\n}\n",
        "size_t n@ = $K, m@ = $K;\ntry {\nagain@(n@);\nm@ = $K;\n} catch (long &) {\n}\n",
        "n@ m@",
    ),
    // References.
    clear("", "size_t n@ = $K, &r@ = n@;\nif ($T)\nr@ = $K;\n", "n@ r@"),
    vague(
        "",
        "size_t n@ = $K, m@ = $K, &r@ = $T ? n@ : m@;\nr@ = $K;\n",
        "n@ m@ r@",
    ),
    clear(
        "static void swap@(size_t &a, size_t &b)\n{\nsize_t t = a;\na = b;\nb = t;\n}\n",
        "size_t n@ = $K, m@ = $K;\nswap@(n@, m@);\n",
        "n@ m@",
    ),
    vague(
        "struct pair@ {\nsize_t a, b;\n};\n",
        "pair@ s@{$K, $K};\nauto [x@, y@] = s@;\nauto &[v@, w@] = s@;\nv@ = $K;\nx@ = $K;\n",
        "s@.a s@.b x@ y@ w@",
    ),
    vague(
        "struct box@ {\nsize_t a, b;\n};\n",
        "box@ s@{$K, $K};\nsize_t box@::*q@ = $T ? &box@::a : &box@::b;\ns@.*q@ = $K;\n",
        "s@.a s@.b",
    ),
    vague(
        "",
        "size_t a@[] = {$K, $K};\nfor (size_t &e : a@)\nif ($T)\ne = $K;\nfor (size_t e : a@)\ne = $K;\n",
        "a@[0] a@[1]",
    ),
    vague(
        "void unseen@(size_t &to)$A[;]$D[ { if (in()) to = 0; }]\n",
        "size_t n@ = $P;\nsize_t &r@ = n@;\nunseen@(r@);\n",
        "n@",
    ),
    // Lambdas.
    clear(
        "",
        "size_t n@ = $K;\nauto f@ = [n@]() mutable {\nn@ = n@ ? $K : n@;\nreturn n@;\n};\nsize_t m@ = f@();\n",
        "n@ m@",
    ),
    clear(
        "",
        "size_t n@ = $K;\nauto f@ = [&] { n@ = $K; };\nif ($T)\nf@();\n",
        "n@",
    ),
    vague(
        "",
        "size_t n@ = $K;\nauto f@ = [&r = n@, c = size_t($K)](auto v) { r = v ? c : size_t(v); };\nf@($K);\n",
        "n@",
    ),
    vague(
        "struct own@ {\nsize_t n;\nvoid by_copy() { [*this]() mutable { n = $K; }(); }\nvoid by_this() { [this] { n = $K; }(); }\n};\n",
        "own@ o@{$K}, q@{$K};\no@.by_copy();\nif ($T)\nq@.by_this();\n",
        "o@.n q@.n",
    ),
    // Names.
    vague(
        "namespace outer@ {\nstatic size_t size() { return $K; }\nnamespace inner {\nstatic size_t size() { return $K; }\nstatic size_t use() { return size(); }\n}\n}\n",
        "size_t n@ = outer@::inner::use(), m@ = outer@::size();\n",
        "n@ m@",
    ),
    clear(
        "enum class kind@ : unsigned char { none, some = 4 };\n",
        "kind@ k@ = $T ? kind@::some : kind@::none;\nsize_t n@ = static_cast<size_t>(k@);\n",
        "n@",
    ),
    clear(
        "struct limits@ {\nstatic constexpr size_t size = $K;\n};\nstruct more@ : limits@ {\nstatic constexpr size_t size = $K;\n};\n",
        "size_t n@ = limits@::size, m@ = more@::size;\n",
        "n@ m@",
    ),
    clear(
        "",
        "size_t n@ = $K;\nif (size_t t@ = $K; t@ && $T)\nn@ = t@;\nelse if (size_t u@ = n@)\nn@ = u@;\n",
        "n@",
    ),
    clear(
        "static void grow@(size_t n) {\nif (n != 0)\n$C[n];\n}\n",
        "size_t n@ = $K;\n$W[grow@(n@)];\n",
        "n@",
    ),
];

/// Those of which it is known that the analysis is wrong: `tests/fixtures` has each kind in a file `known_wrong`.
pub const KNOWN: &[Element] = &[
    vague(
        "template <size_t N> size_t value@()\n{\nreturn N;\n}\ntemplate <> size_t value@<0>()\n{\nreturn $K;\n}\n",
        "size_t n@ = value@<$K>(), m@ = value@<0>();\n",
        "n@ m@",
    ),
    vague(
        "template <class D> struct mixin@ {\nsize_t size() { return static_cast<D *>(this)->own(); }\nsize_t own() { return $K; }\n};\n\
         struct with@ : mixin@<with@> {\nsize_t own() { return $K; }\n};\nstruct without@ : mixin@<without@> {};\n",
        "with@ w@;\nwithout@ o@;\nsize_t n@ = w@.size(), m@ = o@.size();\n",
        "n@ m@",
    ),
    vague(
        "struct guard@ {\nsize_t &n;\n~guard@() { n = $K; }\n};\n",
        "size_t n@ = $K;\n{\nguard@ g@{n@};\nn@ = $K;\n}\nsize_t m@ = $K;\nguard@{m@};\n",
        "n@ m@",
    ),
    vague(
        "void unseen@(const size_t &to)$A[;]$D[ { if (in()) const_cast<size_t &>(to) = 0; }]\n",
        "size_t n@ = $P;\nunseen@(n@);\n",
        "n@",
    ),
    vague(
        "template <class F> static void twice@(F f)\n{\nf($K);\nif ($T)\nf($K);\n}\n",
        "size_t n@ = $K;\ntwice@([&](size_t v) { n@ = v; });\n",
        "n@",
    ),
];
