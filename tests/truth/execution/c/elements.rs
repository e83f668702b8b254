//! What C has besides sizes, branches and calls.

use super::{Maker, SIZE, Scope, Variable};
use crate::execution::element::{Element, Fill, choose, clear, vague};
use crate::execution::tree::{Node, node};

/// All elements.
const ELEMENTS: &[Element] = &[
    // Functions that are not visible and get pointers at several levels.
    vague(
        "void unseen@(size_t *to)$A[;]$D[ { if (in()) *to = 0; }]\n",
        "size_t n@ = $K, *q@ = &n@;\nunseen@(q@);\n",
        "n@ (*q@)",
    ),
    vague(
        "void unseen@(size_t **to)$A[;]$D[ { if (in()) **to = 0; }]\n",
        "size_t n@ = $K, *q@ = &n@;\nunseen@(&q@);\n",
        "n@",
    ),
    vague(
        "struct holder@ {\nint used;\nsize_t *to;\n};\nvoid unseen@(struct holder@ *of)$A[;]$D[ { if (in()) *of->to = 0; }]\n",
        "size_t n@ = $K;\nstruct holder@ h@ = { 1, &n@ };\nunseen@(&h@);\n",
        "n@",
    ),
    vague(
        "void unseen@(size_t **all)$A[;]$D[ { if (in()) *all[1] = 0; }]\n",
        "size_t n@ = $P, m@ = $P, *all@[2] = { &m@, &n@ };\nunseen@(all@);\n",
        "n@ m@",
    ),
    vague(
        "$D[static size_t *kept@; ]void keep@(size_t *to)$A[;]$D[ { kept@ = to; }]\nvoid act@(void)$A[;]$D[ { if (in()) *kept@ = 0; }]\n",
        "size_t n@ = $P;\nkeep@(&n@);\nn@ = $P;\nact@();\n",
        "n@",
    ),
    vague(
        "void *unseen@(void *of)$A[;]$D[ { return of; }]\n",
        "size_t n@ = $P;\n*(size_t *)unseen@(&n@) = $K;\n",
        "n@",
    ),
    // Library functions.
    vague("", "size_t n@ = $K;\nmemset(&n@, 0, sizeof n@);\n", "n@"),
    vague("", "size_t n@ = $K;\nmemset((char *)&n@ + 2, 0, 4);\n", "n@"),
    vague("", "size_t n@ = $K, m@ = $K;\nmemcpy(&n@, &m@, sizeof n@);\n", "n@ m@"),
    vague("", "size_t n@ = $K, m@ = $K;\nmemcpy(&n@, &m@, 2);\n", "n@ m@"),
    vague(
        "",
        "size_t a@[2] = { $K, $K };\nmemmove(a@, a@ + 1, sizeof *a@);\n",
        "a@[0] a@[1]",
    ),
    vague("", "size_t n@ = $P;\nsscanf($T ? \"0\" : \"7\", \"%zu\", &n@);\n", "n@"),
    vague(
        "",
        "char *end@;\nsize_t n@ = strtoul($T ? \"0\" : \"4096\", &end@, 0);\n",
        "n@",
    ),
    vague(
        "static int order@(const void *a, const void *b)\n{\nreturn *(const size_t *)a < *(const size_t *)b ? -1 : 1;\n}\n",
        "size_t a@[2] = { $K, $K };\nqsort(a@, 2, sizeof *a@, order@);\n",
        "a@[0] a@[1]",
    ),
    // errno.
    vague("", "errno = 0;\n$C[4096];\nsize_t n@ = errno;\n", "n@"),
    // One object under two names.
    vague(
        "union both@ {\nsize_t whole;\nuint32_t half[2];\nunsigned char byte;\n};\n",
        "union both@ u@;\nu@.whole = $K;\nu@.half[0] = $K;\nif ($T)\nu@.byte = 0;\nsize_t n@ = u@.half[0];\n",
        "u@.whole n@",
    ),
    clear(
        "",
        "size_t n@ = $K, m@ = $K, *q@ = &n@, *r@ = $T ? q@ : &m@;\n*r@ = $K;\n",
        "n@ m@ (*q@)",
    ),
    clear(
        "static void swap@(size_t *a, size_t *b)\n{\nsize_t t = *a;\n*a = *b;\n*b = t;\n}\n",
        "size_t n@ = $K, m@ = $K;\nswap@(&n@, &m@);\n",
        "n@ m@",
    ),
    clear(
        "static void set@(size_t **to)\n{\n**to = $K;\n}\n",
        "size_t n@ = $K, *q@ = &n@;\nset@(&q@);\n",
        "n@ (*q@)",
    ),
    clear(
        "",
        "size_t a@[3] = { $K, $K, $K }, *e@ = a@ + 1;\ne@[1] = $K;\n*e@ = $K;\n",
        "a@[0] a@[1] a@[2]",
    ),
    clear(
        "struct bits@ {\nunsigned low : 4;\nunsigned high : 12;\n};\n",
        "struct bits@ b@ = { 0, 1 };\nb@.low = $K;\nif ($T)\nb@.high = $K;\nsize_t n@ = b@.low, m@ = b@.high;\n",
        "n@ m@",
    ),
    // Arguments without names.
    vague(
        "static size_t last@(int count, ...)\n{\nva_list list;\nva_start(list, count);\nsize_t n = 0;\nwhile (count-- > 0)\n\
         n = va_arg(list, size_t);\nva_end(list);\nreturn n;\n}\n",
        "size_t n@ = last@(2, (size_t)$K, (size_t)$K);\n",
        "n@",
    ),
    // Control that no keyword shows.
    vague(
        "",
        "size_t n@ = $K;\n{\nvoid *way@[] = { &&one@, &&two@ };\ngoto *way@[$T ? 0 : 1];\none@:\nn@ = $K;\ntwo@:;\n}\n",
        "n@",
    ),
    vague(
        "static jmp_buf environment@;\nstatic void leap@(void)\n{\nlongjmp(environment@, 1);\n}\n",
        "volatile size_t n@ = $K;\nif (!setjmp(environment@)) {\nn@ = $K;\nif ($T)\nleap@();\nn@ = $K;\n}\nsize_t m@ = n@;\n",
        "m@",
    ),
    clear(
        "",
        "size_t n@ = $K;\nswitch (pick()) {\ncase 0:\nn@ = $K;\ndo {\ncase 1:\nn@ = $K;\n} while (0);\n}\n",
        "n@",
    ),
    vague(
        "static void drop@(size_t **to)\n{\n**to = $K;\n}\n",
        "size_t n@ = $K;\n{\n__attribute__((cleanup(drop@))) size_t *q@ = &n@;\nn@ = $K;\n}\n",
        "n@",
    ),
    // Functions through tables.
    vague(
        "static size_t one@(void)\n{\nreturn $K;\n}\nstatic size_t two@(void)\n{\nreturn $K;\n}\nstatic size_t (*const table@[])(void) = { one@, two@ };\n",
        "size_t n@ = table@[$T ? 1 : 0]();\n",
        "n@",
    ),
    vague(
        "struct work@ {\nvoid (*set)(size_t *);\n};\nstatic void one@(size_t *to)\n{\n*to = $K;\n}\nstatic void two@(size_t *to)\n{\n*to = $K;\n}\n",
        "struct work@ w@ = { one@ };\nif ($T)\nw@.set = two@;\nsize_t n@ = $K;\nw@.set(&n@);\n",
        "n@",
    ),
    // What a type does not hold.
    clear(
        "",
        "size_t w@ = $K;\nif (w@ == 0)\nw@ = 256;\nunsigned char n@ = w@;\nsize_t m@ = (uint16_t)(w@ << 8);\n",
        "n@ m@ w@",
    ),
    clear(
        "",
        "size_t n@;\nunsigned m@ = $K;\nif (__builtin_add_overflow(m@, 1u, &m@))\nm@ = $P;\nn@ = m@;\n",
        "n@",
    ),
    vague("", "volatile size_t v@ = $K;\nsize_t n@ = v@;\n", "n@"),
    // Macros that are parts of statements.
    clear(
        "#define WHEN@(test) if (test)\n#define OTHERWISE@ else\n",
        "size_t n@ = $K;\nWHEN@($T)\nn@ = $K;\nOTHERWISE@\nn@ = $K;\n",
        "n@",
    ),
    clear(
        "#define SIZE@ $K\nstatic size_t first@(void)\n{\nreturn SIZE@;\n}\n#undef SIZE@\n#define SIZE@ $K\n",
        "size_t n@ = first@(), m@ = SIZE@;\n",
        "n@ m@",
    ),
    clear(
        "",
        "size_t n@ = ({\nsize_t t@ = $K;\nif ($T)\nt@ = $K;\nt@;\n});\n",
        "n@",
    ),
    clear(
        "",
        "unsigned m@ = $K;\nsize_t n@ = _Generic(m@, size_t: $K, unsigned: $K, default: $K);\n",
        "n@",
    ),
    clear(
        "struct pair@ {\nsize_t a, b;\n};\nstatic struct pair@ make@(size_t a)\n{\nreturn (struct pair@){ .b = a, .a = $K };\n}\n",
        "struct pair@ s@ = make@($K), t@ = s@;\nt@.a = $K;\n",
        "s@.a s@.b t@.a t@.b",
    ),
];

/// Those that the analysis leaves unproven, or was wrong about: `tests/fixtures` has each kind.
const KNOWN: &[Element] = &[
    vague(
        "struct holder@ {\nsize_t *to;\n};\nvoid unseen@(struct holder@ of)$A[;]$D[ { if (in()) *of.to = 0; }]\n",
        "size_t n@ = $P;\nstruct holder@ h@;\nh@.to = &n@;\nunseen@(h@);\n",
        "n@",
    ),
    vague(
        "struct first@ {\nsize_t len;\n};\nstruct second@ {\nstruct first@ head;\nsize_t len;\n};\n",
        "struct second@ s@ = { { $K }, $K };\nstruct first@ *f@ = (struct first@ *)&s@;\nf@->len = $K;\n",
        "s@.head.len s@.len f@->len",
    ),
    vague(
        "static void set@(int count, ...)\n{\nva_list list;\nva_start(list, count);\n*va_arg(list, size_t *) = $K;\nva_end(list);\n}\n",
        "size_t n@ = $K;\nset@(1, &n@);\n",
        "n@",
    ),
];

impl Fill for Maker {
    fn any(&mut self) -> Node {
        self.constant().node
    }

    fn plain(&mut self) -> Node {
        self.plain_constant().node
    }

    fn test(&mut self) -> Node {
        self.random.one(&["in()", "!in()", "in() == 0"]).into()
    }

    fn call(&mut self, old: Node) -> Node {
        node!["mremap(area(), ", old, ", 8192, MREMAP_MAYMOVE)"].call()
    }
}

impl Maker {
    /// One of the elements.
    pub fn element(&mut self, scope: &mut Scope) -> Node {
        let element = choose(&mut self.random, ELEMENTS, KNOWN);
        if scope.quiet && element.calls() {
            return self.assign(scope);
        }
        self.visible &= element.visible;
        let number = self.global("");
        let filled = element.filled(&number, self);
        match &mut self.part {
            Some(part) if self.in_part => part.push(filled.items),
            _ => self.items.push(filled.items),
        }
        let sizes = filled.gives.into_iter().map(|text| Variable::part(text, SIZE));
        scope.variables.extend(sizes);
        filled.code
    }
}
