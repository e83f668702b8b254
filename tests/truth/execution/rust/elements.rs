//! What Rust has besides sizes, branches and calls.

use super::{Maker, Scope, USIZE, Variable};
use crate::execution::element::{Element, Fill, choose, clear, vague};
use crate::execution::tree::Node;

/// All elements.
const ELEMENTS: &[Element] = &[
    // Traits.
    clear(
        "trait Size@ {\nfn size(&self) -> usize {\n$K\n}\n}\nstruct A@;\nstruct B@;\nimpl Size@ for A@ {}\nimpl Size@ for B@ {\n\
         fn size(&self) -> usize {\n$K\n}\n}\n",
        "let (mut n@, mut m@): (usize, usize) = (A@.size(), B@.size());\n",
        "n@ m@",
    ),
    vague(
        "trait Size@ {\nfn size(&self) -> usize {\n$K\n}\n}\nstruct A@;\nstruct B@;\nimpl Size@ for A@ {}\nimpl Size@ for B@ {\n\
         fn size(&self) -> usize {\n$K\n}\n}\n",
        "let d@: &dyn Size@ = if $T { &A@ } else { &B@ };\nlet mut n@: usize = d@.size();\n",
        "n@",
    ),
    vague(
        "trait Size@ {\nconst LEN: usize = $K;\nfn size(&self) -> usize {\nSelf::LEN\n}\n}\nstruct A@;\nimpl Size@ for A@ {\nconst LEN: usize = $K;\n}\n\
         impl Size@ for u8 {}\nfn of@<S: Size@>(s: &S) -> usize {\ns.size()\n}\n",
        "let mut n@: usize = of@(&A@);\nlet mut m@: usize = of@(&1u8);\n",
        "n@ m@",
    ),
    vague(
        "struct A@(usize);\ntrait Size@ {\nfn size(&self) -> usize;\n}\nimpl Size@ for A@ {\nfn size(&self) -> usize {\nself.0\n}\n}\n\
         impl A@ {\nfn size(&self) -> usize {\n$K\n}\n}\n",
        "let a@ = A@($K);\nlet mut n@: usize = a@.size();\nlet mut m@: usize = Size@::size(&a@);\n",
        "n@ m@",
    ),
    clear(
        "fn id@<const N: usize>() -> usize {\nN\n}\n",
        "let mut n@: usize = id@::<{ $K }>();\n",
        "n@",
    ),
    vague(
        "struct A@(usize);\nimpl std::ops::AddAssign<usize> for A@ {\nfn add_assign(&mut self, n: usize) {\nself.0 = n & $K;\n}\n}\n\
         impl std::ops::Deref for A@ {\ntype Target = usize;\nfn deref(&self) -> &usize {\n&self.0\n}\n}\n",
        "let mut a@ = A@($K);\nif $T {\na@ += $K;\n}\nlet mut n@: usize = *a@;\n",
        "n@",
    ),
    // Ends of lifetimes.
    vague(
        "struct Guard@<'a>(&'a mut usize);\nimpl Drop for Guard@<'_> {\nfn drop(&mut self) {\n*self.0 = $K;\n}\n}\n",
        "let mut n@: usize = $K;\n{\nlet g@ = Guard@(&mut n@);\n*g@.0 = $K;\n}\n",
        "n@",
    ),
    vague(
        "struct Guard@<'a>(&'a std::cell::Cell<usize>);\nimpl Drop for Guard@<'_> {\nfn drop(&mut self) {\nself.0.set($K);\n}\n}\n\
         fn through@(c: &std::cell::Cell<usize>) -> usize {\nlet _guard = Guard@(c);\nif $T {\nreturn $K;\n}\nc.get()\n}\n",
        "let c@ = std::cell::Cell::new($K);\nlet mut n@: usize = through@(&c@);\nlet mut m@: usize = c@.get();\n",
        "n@ m@",
    ),
    // Closures.
    clear(
        "",
        "let mut n@: usize = $K;\nlet mut f@ = move || {\nn@ = $K;\nn@\n};\nlet mut m@: usize = f@();\n",
        "n@ m@",
    ),
    clear(
        "",
        "let mut n@: usize = $K;\nlet mut f@ = || n@ = $K;\nif $T {\nf@();\n}\n",
        "n@",
    ),
    vague(
        "",
        "let f@: Box<dyn Fn(usize) -> usize> = if $T { Box::new(|n| n) } else { Box::new(|_| $K) };\nlet mut n@: usize = f@($K);\n",
        "n@",
    ),
    // Slices in place.
    vague(
        "",
        "let mut a@: [usize; 3] = [$K, $K, $K];\na@.swap(0, 1);\n",
        "a@[0] a@[1] a@[2]",
    ),
    vague(
        "",
        "let mut a@: [usize; 3] = [$K, $K, $K];\na@.reverse();\na@[1..].fill($K);\n",
        "a@[0] a@[1] a@[2]",
    ),
    vague(
        "",
        "let mut a@: [usize; 3] = [$K, $K, $K];\na@.copy_within(0..1, 2);\na@.rotate_left(1);\n",
        "a@[0] a@[1] a@[2]",
    ),
    vague(
        "",
        "let mut a@: [usize; 2] = [$K, $K];\na@.sort_unstable();\nfor e in a@.iter_mut() {\nif $T {\n*e = $K;\n}\n}\n",
        "a@[0] a@[1]",
    ),
    vague(
        "",
        "let mut a@: [usize; 2] = [$K, $K];\nlet (l@, r@) = a@.split_at_mut(1);\nstd::mem::swap(&mut l@[0], &mut r@[0]);\nif let [first, ..] = &mut a@ {\n\
         *first = $K;\n}\n",
        "a@[0] a@[1]",
    ),
    // Macros.
    clear(
        "macro_rules! set@ {\n($to:ident) => {{\nlet n = $K;\nlet _ = n;\n$to = $K;\n}};\n}\n",
        "let mut n@: usize = $K;\nset@!(n@);\n",
        "n@",
    ),
    clear(
        "macro_rules! local@ {\n($value:expr) => {{\nlet n@: usize = $K;\nlet _ = n@;\n$value\n}};\n}\n",
        "let mut n@: usize = $K;\nlet mut m@: usize = local@!(n@);\n",
        "n@ m@",
    ),
    // One object under two names.
    vague(
        "",
        "let mut n@: usize = $K;\nlet p@ = &mut n@ as *mut usize;\nunsafe {\n*p@ = $K;\nif $T {\np@.write($K);\n}\n}\n",
        "n@",
    ),
    vague(
        "",
        "let mut n@: usize = $K;\nlet p@ = &mut n@ as *mut usize as *mut u32;\nunsafe {\n*p@ = 0;\n}\n",
        "n@",
    ),
    vague(
        "",
        "let (mut n@, mut m@): (usize, usize) = ($K, $K);\nunsafe {\nstd::ptr::swap(&mut n@, &mut m@);\n}\nlet mut o@: usize = std::mem::replace(&mut n@, $K);\n",
        "n@ m@ o@",
    ),
    clear(
        "",
        "let (mut n@, mut m@): (usize, usize) = ($K, $K);\nlet q@ = if $T { &mut n@ } else { &mut m@ };\n*q@ = $K;\n",
        "n@ m@",
    ),
    vague(
        "$A[extern \"C\" { fn unseen@(to: *mut usize); }]$D[unsafe fn unseen@(to: *mut usize) { if coin() { unsafe { *to = 0 } } }]\n",
        "let mut n@: usize = $P;\nlet p@ = [std::ptr::addr_of_mut!(n@)];\nunsafe {\nunseen@(p@[0]);\n}\n",
        "n@",
    ),
    // Cells and atomics.
    vague(
        "",
        "let c@ = std::cell::Cell::new($K);\nlet r@ = &c@;\nif $T {\nr@.set($K);\n}\nlet mut n@: usize = c@.replace($K);\nlet mut m@: usize = c@.get();\n",
        "n@ m@",
    ),
    vague(
        "",
        "let c@ = std::rc::Rc::new(std::cell::RefCell::new($K));\nlet r@ = c@.clone();\n*r@.borrow_mut() = $K;\nlet mut n@: usize = *c@.borrow();\n",
        "n@",
    ),
    vague(
        "",
        "let c@ = std::sync::atomic::AtomicUsize::new($K);\nlet mut n@: usize = c@.swap($K, std::sync::atomic::Ordering::SeqCst);\nc@.fetch_and($K, \
         std::sync::atomic::Ordering::SeqCst);\nlet mut m@: usize = c@.load(std::sync::atomic::Ordering::SeqCst);\n",
        "n@ m@",
    ),
    // Owners and patterns.
    vague(
        "",
        "let mut o@: Option<usize> = if $T { Some($K) } else { None };\nlet mut n@: usize = o@.take().unwrap_or($K);\nlet mut m@: usize = *o@.get_or_insert($K);\n",
        "n@ m@",
    ),
    vague(
        "",
        "let mut v@: Vec<usize> = vec![$K, $K];\nv@.push($K);\nlet mut n@: usize = v@.pop().unwrap_or($K);\nlet mut m@: usize = v@.remove(0);\n",
        "n@ m@",
    ),
    vague(
        "enum Kind@ {\nOne(usize),\nTwo { len: usize },\n}\n",
        "let mut k@ = if $T { Kind@::One($K) } else { Kind@::Two { len: $K } };\nmatch &mut k@ {\nKind@::One(n) if *n == 0 => *n = $K,\n\
         Kind@::One(_) => {}\nKind@::Two { len } => *len = $K,\n}\nlet mut n@: usize = match k@ {\nKind@::One(n) | Kind@::Two { len: n } => n,\n};\n",
        "n@",
    ),
    clear(
        "",
        "let mut n@: usize = 'out@: {\nif $T {\nbreak 'out@ $K;\n}\n$K\n};\n",
        "n@",
    ),
    vague(
        "struct Count@(usize);\nimpl Iterator for Count@ {\ntype Item = usize;\nfn next(&mut self) -> Option<usize> {\nself.0 += 1;\nif self.0 < 3 { Some($K) } else { None }\n}\n}\n",
        "let mut n@: usize = $K;\nfor m in Count@(0) {\nn@ = m;\n}\n",
        "n@",
    ),
];

/// Those of which it is known that the analysis is wrong: `tests/fixtures` has each kind in a file `known_wrong`.
const KNOWN: &[Element] = &[
    vague(
        "struct Guard@<'a>(&'a mut usize);\nimpl Drop for Guard@<'_> {\nfn drop(&mut self) {\n*self.0 = $K;\n}\n}\n",
        "let mut n@: usize = $K;\nlet mut m@: usize = $K;\nlet _ = Guard@(&mut n@);\nif $T {\ndrop(Guard@(&mut m@));\n} else {\n\
         std::mem::forget(Guard@(&mut m@));\n}\n",
        "n@ m@",
    ),
    vague(
        "fn twice@(mut f: impl FnMut(usize)) {\nf($K);\nif $T {\nf($K);\n}\n}\n",
        "let mut n@: usize = $K;\ntwice@(|n| n@ = n);\n",
        "n@",
    ),
    vague(
        "#[repr(C)]\nunion Both@ {\nwhole: usize,\nhalf: [u32; 2],\n}\n",
        "let mut u@ = Both@ { whole: $K };\nunsafe {\nu@.half[0] = 0;\n}\nlet mut n@: usize = unsafe { u@.whole };\n",
        "n@",
    ),
];

impl Fill for Maker {
    fn any(&mut self) -> Node {
        self.literal(USIZE, false)
    }

    fn plain(&mut self) -> Node {
        self.plain_literal(USIZE)
    }

    fn test(&mut self) -> Node {
        self.random.one(&["coin()", "!coin()", "pick() == 2"]).into()
    }

    fn call(&mut self, old: Node) -> Node {
        self.call_with("area()", old)
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
        let number = self.local("");
        let filled = element.filled(&number, self);
        self.items.push(filled.items);
        scope.variables.extend(filled.gives.into_iter().map(|text| Variable {
            text,
            ty: USIZE,
            fixed: false,
        }));
        filled.code
    }
}
