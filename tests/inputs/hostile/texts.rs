//! The texts: each a few lines of Rust that write what no person would.

mod bytes;
mod code;
mod definitions;

pub use bytes::{soup, tokens, unfinished};
pub use code::{bodies, brackets, expressions};
pub use definitions::{definitions, many_calls, preprocessor};

/// The first function of every text in C and C++. The C library's second name, because what follows may come to define a
/// function `mremap` of its own, and then a call of that one means no system call.
pub const SENTINEL_C: &str = "void *sentinel(void *p) { return __mremap(p, 0, 4096, 1); }\n";

/// The first function of every text in Rust.
pub const SENTINEL_RUST: &str =
    "unsafe fn sentinel(p: *mut libc::c_void) -> *mut libc::c_void { unsafe { libc::mremap(p, 0, 4096, 1) } }\n";

/// One text.
pub struct Text {
    pub name: String,
    pub file: &'static str,
    pub bytes: Vec<u8>,
}

impl Text {
    fn new(name: impl Into<String>, file: &'static str, text: impl Into<Vec<u8>>) -> Text {
        Text {
            name: name.into(),
            file,
            bytes: text.into(),
        }
    }

    pub fn sentinel(&self) -> &'static str {
        if self.file.ends_with(".rs") {
            SENTINEL_RUST
        } else {
            SENTINEL_C
        }
    }
}

const DEEP: usize = 100_000;

/// A function in C around an expression for old_size, in which `n`, `m` and `a` can be used.
fn c(size: &str) -> String {
    format!(
        "void *f(char *p, unsigned long n, unsigned long m, unsigned long *a) {{ return mremap(p, {size}, 4096, 1); }}\n"
    )
}

/// A function in C around statements.
fn c_body(body: &str) -> String {
    format!("void *f(char *p, unsigned long n, unsigned long m) {{ {body}\nreturn mremap(p, n, 4096, 1); }}\n")
}

/// A function in Rust around an expression for old_size.
fn rust(size: &str) -> String {
    format!("unsafe fn f(p: *mut libc::c_void, n: usize) {{ unsafe {{ libc::mremap(p, {size}, 4096, 1); }} }}\n")
}

/// A function in Rust around statements.
fn rust_body(body: &str) -> String {
    format!("unsafe fn f(p: *mut libc::c_void, mut n: usize) {{ unsafe {{ {body}\nlibc::mremap(p, n, 4096, 1); }} }}\n")
}

fn nest(open: &str, inner: &str, close: &str, depth: usize) -> String {
    [&open.repeat(depth), inner, &close.repeat(depth)].concat()
}

/// `piece` for each number, `#` in it standing for the number.
fn numbered(count: usize, piece: &str) -> String {
    (0..count)
        .map(|number| piece.replace('#', &number.to_string()))
        .collect()
}
