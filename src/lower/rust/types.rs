//! Rust types from their text. A type of the IR is enough for all that lowering asks: structures and the generic types of
//! the standard library are `Aggregate` with their name in one spelling (`Option<NonZero<usize>>`, `(u32,bool)`), from
//! which the parts can be read again.

use crate::ir::Type;

/// How deep types may nest before they are given up.
const DEPTH: u32 = 32;

/// What a type's text cannot say by itself.
pub trait TypeNames {
    /// The text and meaning of a name that is not one of the language's or the standard library's: an alias' target, the
    /// name of a structure, `Self`. `None` if it is not visible.
    fn named(&self, name: &str) -> Option<Named>;
    /// The value of a constant expression: an array's length.
    fn length(&self, text: &str) -> Option<u64>;
}

/// What a name of a type stands for.
pub enum Named {
    /// Another name for the type with this text.
    Alias(String),
    /// A structure, union or enumeration.
    Own(String),
}

/// For types in their one spelling, which need no names looked up.
pub struct Spelled;

impl TypeNames for Spelled {
    fn named(&self, name: &str) -> Option<Named> {
        Some(Named::Own(name.to_owned()))
    }

    fn length(&self, text: &str) -> Option<u64> {
        text.trim().parse().ok()
    }
}

/// Reads a type.
pub fn read(text: &str, names: &dyn TypeNames) -> Type {
    Reader {
        rest: text,
        names,
        depth: 0,
    }
    .read()
}

/// The standard library's structures that hold one value, in the order of their uses. They are structures with the field
/// `0`.
const CELLS: [&str; 13] = [
    "Atomic",
    "NonZero",
    "Cell",
    "RefCell",
    "UnsafeCell",
    "Mutex",
    "RwLock",
    "Wrapping",
    "Saturating",
    "OnceCell",
    "OnceLock",
    "LazyCell",
    "LazyLock",
];

/// Those that can be taken for the value itself.
const TRANSPARENT: [&str; 8] = [
    "Box",
    "Pin",
    "ManuallyDrop",
    "MaybeUninit",
    "Reverse",
    "MutexGuard",
    "RefMut",
    "Ref",
];

/// Smart pointers: more than one may lead to a value.
const SHARED: [&str; 4] = ["Rc", "Arc", "Weak", "NonNull"];

/// The integer type of a name, the aliases of C's types included.
pub fn integer(name: &str) -> Option<Type> {
    let (bits, signed) = match name {
        "u8" | "c_uchar" | "uint8_t" | "cc_t" => (8, false),
        "i8" | "c_char" | "c_schar" | "int8_t" => (8, true),
        "u16" | "c_ushort" | "uint16_t" | "sa_family_t" => (16, false),
        "i16" | "c_short" | "int16_t" => (16, true),
        "u32" | "c_uint" | "uint32_t" | "mode_t" | "uid_t" | "gid_t" | "char" => (32, false),
        "i32" | "c_int" | "int32_t" | "pid_t" | "key_t" | "RawFd" => (32, true),
        "u64" | "usize" | "c_ulong" | "c_ulonglong" | "uint64_t" | "size_t" | "uintptr_t" | "dev_t" | "ino_t"
        | "uintmax_t" | "rlim_t" => (64, false),
        "i64" | "isize" | "c_long" | "c_longlong" | "int64_t" | "ssize_t" | "intptr_t" | "ptrdiff_t" | "off_t"
        | "off64_t" | "time_t" | "intmax_t" => (64, true),
        "bool" => (1, false),
        _ => return None,
    };
    Some(Type::Int { bits, signed })
}

/// A type in its one spelling: what [`read`] gives the same type for.
pub fn spell(ty: &Type) -> String {
    match ty {
        Type::Int { bits: 1, .. } => "bool".to_owned(),
        Type::Int { bits: 64, signed } => (if *signed { "isize" } else { "usize" }).to_owned(),
        Type::Int { bits, signed } => format!("{}{bits}", if *signed { 'i' } else { 'u' }),
        Type::Pointer(to) => format!("&{}", spell(to)),
        Type::Aggregate(name) => name.clone(),
        Type::Array(element, Some(length)) => format!("[{};{length}]", spell(element)),
        Type::Array(element, None) => format!("[{}]", spell(element)),
        Type::Float => "f64".to_owned(),
        Type::Void => "()".to_owned(),
        Type::Unknown => "_".to_owned(),
    }
}

/// The generic type `name` of `arguments`.
pub fn generic(name: &str, arguments: &[Type]) -> Type {
    let arguments: Vec<String> = arguments.iter().map(spell).collect();
    Type::Aggregate(format!("{name}<{}>", arguments.join(",")))
}

/// A tuple of the parts.
pub fn tuple(parts: &[Type]) -> Type {
    let parts: Vec<String> = parts.iter().map(spell).collect();
    Type::Aggregate(format!("({})", parts.join(",")))
}

/// The name of a structure without its arguments, if it is one: `Option`, `Buffer`; empty for a tuple.
pub fn base(ty: &Type) -> Option<&str> {
    match ty {
        Type::Aggregate(name) => name.split(['<', '(']).next(),
        _ => None,
    }
}

/// The arguments of a generic type or the parts of a tuple.
pub fn arguments(ty: &Type) -> Vec<Type> {
    let Type::Aggregate(name) = ty else { return Vec::new() };
    let Some(open) = name.find(['<', '(']) else {
        return Vec::new();
    };
    Reader {
        rest: &name[open + 1..],
        names: &Spelled,
        depth: 0,
    }
    .list()
}

/// What a reference or pointer leads to, through any number of them.
pub fn behind(ty: &Type) -> &Type {
    let mut ty = ty;
    while let Type::Pointer(to) = ty {
        ty = to;
    }
    ty
}

/// Whether a generic type is taken for what it holds.
pub fn is_transparent(name: &str) -> bool {
    TRANSPARENT.contains(&name)
}

/// Whether it is `Option` or `Result`.
pub fn is_fallible(ty: &Type) -> bool {
    matches!(base(ty), Some("Option" | "Result"))
}

struct Reader<'a> {
    rest: &'a str,
    names: &'a dyn TypeNames,
    depth: u32,
}

impl<'a> Reader<'a> {
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, text: &str) -> bool {
        self.skip_blanks();
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn word(&mut self) -> &'a str {
        self.skip_blanks();
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take_word(&mut self, word: &str) -> bool {
        let before = self.rest;
        if self.word() == word {
            return true;
        }
        self.rest = before;
        false
    }

    fn read(&mut self) -> Type {
        self.depth += 1;
        let ty = if self.depth > DEPTH {
            Type::Unknown
        } else {
            self.read_here()
        };
        self.depth -= 1;
        ty
    }

    fn read_here(&mut self) -> Type {
        if self.take("&") {
            if self.take("'") {
                self.word();
            }
            self.take_word("mut");
            return Type::pointer(self.read());
        }
        if self.take("*") {
            let _ = self.take_word("const") || self.take_word("mut");
            return Type::pointer(self.read());
        }
        if self.take("[") {
            return self.array();
        }
        if self.take("(") {
            let parts = self.list();
            return match parts.len() {
                0 => Type::Void,
                1 => parts.into_iter().next().unwrap_or(Type::Unknown),
                _ => tuple(&parts),
            };
        }
        if self.take("!") {
            return Type::Void;
        }
        self.path()
    }

    fn array(&mut self) -> Type {
        let element = Box::new(self.read());
        self.skip_blanks();
        if !self.take(";") {
            self.take("]");
            return Type::Array(element, None);
        }
        let mut depth = 0;
        let end = self.rest.find(|c| {
            depth += i32::from(c == '[') - i32::from(c == ']');
            depth < 0
        });
        let (length, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        self.take("]");
        Type::Array(element, self.names.length(length))
    }

    /// Types separated by commas up to a closing bracket. Lifetimes and constants among them are left out, what follows
    /// `Name =` is an associated type and left out as well.
    fn list(&mut self) -> Vec<Type> {
        let mut parts = Vec::new();
        loop {
            self.skip_blanks();
            if self.rest.is_empty() || self.take(")") || self.take(">") {
                return parts;
            }
            if self.take("'") {
                self.word();
            } else {
                parts.push(self.read());
            }
            self.skip_to_next();
        }
    }

    /// Skips what could not be read up to the next comma or closing bracket of this level.
    fn skip_to_next(&mut self) {
        let mut depth = 0;
        let mut before = ' ';
        let end = self.rest.find(|c: char| {
            let arrow = before == '-' && c == '>';
            before = c;
            match c {
                '(' | '[' | '<' | '{' => depth += 1,
                ')' | ']' | '}' => depth -= 1,
                '>' if !arrow => depth -= 1,
                ',' if depth == 0 => return true,
                _ => {}
            }
            depth < 0
        });
        self.rest = &self.rest[end.unwrap_or(self.rest.len())..];
        self.take(",");
    }

    fn path(&mut self) -> Type {
        if self.take("<") {
            // `<T as Trait>::Name`: what it is depends on the implementation.
            self.skip_to_next();
            return Type::Unknown;
        }
        self.take("::");
        let mut name = self.word();
        while self.take("::") && !self.rest.starts_with('<') {
            // A type below `Self` or a parameter is not visible, one below a module or crate is known by its last name.
            if name == "Self" {
                self.word();
                return Type::Unknown;
            }
            name = self.word();
        }
        if matches!(name, "impl" | "dyn" | "for" | "unsafe" | "extern" | "fn" | "" | "_") {
            self.rest = match self.rest.find([',', ')', '>', ';', ']']) {
                Some(end) if name == "dyn" || name == "impl" => &self.rest[end..],
                _ => self.rest,
            };
            return Type::Unknown;
        }
        let arguments = if self.take("<") { self.list() } else { Vec::new() };
        self.meaning(name, &arguments)
    }

    fn meaning(&mut self, name: &str, arguments: &[Type]) -> Type {
        let argument = || arguments.first().cloned().unwrap_or(Type::Unknown);
        if let Some(ty) = integer(name) {
            return ty;
        }
        match name {
            // Integers of more than 64 bits are numbers that are not followed.
            "f32" | "f64" | "c_float" | "c_double" | "u128" | "i128" => return Type::Float,
            "str" => return Type::Array(Box::new(Type::Int { bits: 8, signed: false }), None),
            "c_void" => return Type::Void,
            // What it holds is not what it leads to.
            "Box" if matches!(argument(), Type::Pointer(_)) => return generic(name, &[argument()]),
            _ if TRANSPARENT.contains(&name) => return argument(),
            _ if SHARED.contains(&name) => return Type::pointer(argument()),
            _ => {}
        }
        if let Some(integer) = name
            .strip_prefix("NonZero")
            .and_then(|rest| integer(&rest.to_lowercase()))
        {
            return generic("NonZero", &[integer]);
        }
        if let Some(integer) = name
            .strip_prefix("Atomic")
            .and_then(|rest| integer(&rest.to_lowercase()))
        {
            return generic("Atomic", &[integer]);
        }
        if CELLS.contains(&name) || matches!(name, "Option" | "Result" | "Vec" | "Range" | "RangeInclusive") {
            return self.fallible_or_cell(name, arguments);
        }
        match self.names.named(name) {
            Some(Named::Alias(text)) => {
                let inner = Reader {
                    rest: &text,
                    names: self.names,
                    depth: self.depth + 1,
                }
                .read();
                // `type Result<T> = std::result::Result<T, Error>;` keeps the argument of its use.
                if is_fallible(&inner) && !arguments.is_empty() {
                    generic(base(&inner).unwrap_or(name), arguments)
                } else {
                    inner
                }
            }
            Some(Named::Own(name)) => Type::Aggregate(name),
            None => match name {
                "String" | "OsString" | "PathBuf" | "CString" | "VecDeque" | "HashMap" | "BTreeMap" | "Layout" => {
                    Type::Aggregate(name.to_owned())
                }
                _ => Type::Unknown,
            },
        }
    }

    /// A type of the standard library whose own name wins, unless the unit defines the name for itself.
    fn fallible_or_cell(&mut self, name: &str, arguments: &[Type]) -> Type {
        if name == "Result"
            && arguments.len() < 2
            && let Some(Named::Alias(text)) = self.names.named(name)
        {
            let inner = Reader {
                rest: &text,
                names: self.names,
                depth: self.depth + 1,
            }
            .read();
            if arguments.is_empty() && is_fallible(&inner) {
                return inner;
            }
        }
        generic(name, arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Names;

    impl TypeNames for Names {
        fn named(&self, name: &str) -> Option<Named> {
            match name {
                "Size" => Some(Named::Alias("u32".to_owned())),
                "Loop" => Some(Named::Alias("Loop".to_owned())),
                "Buffer" | "Self" => Some(Named::Own("Buffer".to_owned())),
                "Fallible" => Some(Named::Alias("std::result::Result<T, Error>".to_owned())),
                _ => None,
            }
        }

        fn length(&self, text: &str) -> Option<u64> {
            if text.trim() == "N" {
                Some(7)
            } else {
                text.trim().parse().ok()
            }
        }
    }

    #[test]
    fn spellings() {
        let cases = [
            ("usize", "usize"),
            ("libc::c_int", "i32"),
            ("&'a mut [u8]", "&[u8]"),
            ("&&str", "&&[u8]"),
            ("*const libc::c_void", "&()"),
            ("[u32; N]", "[u32;7]"),
            ("[[u8; 4]; 2]", "[[u8;4];2]"),
            ("( usize , bool )", "(usize,bool)"),
            ("(usize)", "usize"),
            ("Option<std::num::NonZeroUsize>", "Option<NonZero<usize>>"),
            ("NonZero<u32>", "NonZero<u32>"),
            ("io::Result<Option<Size>>", "Result<Option<u32>>"),
            (
                "Result<(usize, *mut c_void), Box<dyn Error + Send>>",
                "Result<(usize,&()),_>",
            ),
            ("Fallible<usize>", "Result<usize>"),
            ("Box<Buffer>", "Buffer"),
            ("&mut Self", "&Buffer"),
            ("Self::Item", "_"),
            ("impl Fn(usize) -> usize", "_"),
            ("Loop", "_"),
            ("()", "()"),
            ("T", "_"),
        ];
        for (text, spelled) in cases {
            let ty = read(text, &Names);
            assert_eq!(spell(&ty), spelled, "{text}");
            if spelled != "_" && !spelled.contains('_') {
                assert_eq!(read(spelled, &Spelled), ty, "{text} read again");
            }
        }
    }

    #[test]
    fn parts() {
        let ty = read("Result<Option<(u8, u16)>, Error>", &Names);
        assert_eq!(base(&ty), Some("Result"));
        let payload = &arguments(&ty)[0];
        assert_eq!(base(payload), Some("Option"));
        assert_eq!(arguments(&arguments(payload)[0]).len(), 2);
    }

    #[test]
    fn deep_nesting_ends() {
        let text = "&".repeat(100_000);
        assert_eq!(behind(&read(&text, &Names)), &Type::Unknown);
        let text = "Option<".repeat(100_000);
        read(&text, &Names);
    }
}
