//! C's and C++'s types: names, conversions, sizes.

use super::C;
use super::records::Record;
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::lower::values::{constant, deref, extend};
use crate::lower::{Lowering, constants};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cut::NameKind;

/// `long` and what has its width.
pub const LONG: Type = Type::Int { bits: 64, signed: true };

/// Integer types that programs use without defining them: the language's own, the libraries', the usual abbreviations.
/// Each line: bits, signed, names.
const INTEGERS: [(u8, bool, &[&str]); 9] = [
    (1, false, &["bool", "_Bool"]),
    (
        8,
        true,
        &[
            "char",
            "int8_t",
            "s8",
            "__s8",
            "i8",
            "gchar",
            "gint8",
            "sint8",
            "SInt8",
            "int_least8_t",
            "INT8",
        ],
    ),
    (
        8,
        false,
        &[
            "uint8_t",
            "u8",
            "__u8",
            "u_char",
            "uchar",
            "guchar",
            "guint8",
            "byte",
            "BYTE",
            "UCHAR",
            "char8_t",
            "UInt8",
            "u_int8_t",
            "uint_least8_t",
            "UINT8",
            "__uint8_t",
        ],
    ),
    (
        16,
        true,
        &[
            "int16_t",
            "s16",
            "__s16",
            "i16",
            "gshort",
            "gint16",
            "SHORT",
            "int_least16_t",
            "INT16",
        ],
    ),
    (
        16,
        false,
        &[
            "uint16_t",
            "u16",
            "__u16",
            "u_short",
            "ushort",
            "gushort",
            "guint16",
            "WORD",
            "USHORT",
            "char16_t",
            "u_int16_t",
            "__le16",
            "__be16",
            "uint_least16_t",
            "UINT16",
            "in_port_t",
        ],
    ),
    (
        32,
        true,
        &[
            "int",
            "int32_t",
            "s32",
            "__s32",
            "i32",
            "gint",
            "gint32",
            "gboolean",
            "INT",
            "BOOL",
            "wchar_t",
            "pid_t",
            "int_least32_t",
            "int_fast8_t",
            "INT32",
            "__int32_t",
            "key_t",
            "sig_atomic_t",
        ],
    ),
    (
        32,
        false,
        &[
            "uint32_t",
            "u32",
            "__u32",
            "uint",
            "u_int",
            "guint",
            "guint32",
            "DWORD",
            "UINT",
            "char32_t",
            "u_int32_t",
            "__le32",
            "__be32",
            "uid_t",
            "gid_t",
            "mode_t",
            "uint_least32_t",
            "UINT32",
            "ULONG32",
            "socklen_t",
            "wint_t",
            "__uint32_t",
            "id_t",
            "gunichar",
        ],
    ),
    (
        64,
        true,
        &[
            "ssize_t",
            "ptrdiff_t",
            "intptr_t",
            "int64_t",
            "off_t",
            "off64_t",
            "loff_t",
            "__off_t",
            "__off64_t",
            "s64",
            "__s64",
            "i64",
            "sptr",
            "gssize",
            "glong",
            "gint64",
            "goffset",
            "gintptr",
            "time_t",
            "clock_t",
            "LONG64",
            "LONGLONG",
            "SSIZE_T",
            "LONG_PTR",
            "INT_PTR",
            "intmax_t",
            "blkcnt_t",
            "suseconds_t",
            "int_fast16_t",
            "int_fast32_t",
            "int_fast64_t",
            "int_least64_t",
            "INT64",
            "sqlite3_int64",
            "isize",
            "__int64",
            "__int64_t",
            "__ssize_t",
            "abi_long",
        ],
    ),
    (
        64,
        false,
        &[
            "size_t",
            "uintptr_t",
            "uint64_t",
            "u64",
            "__u64",
            "uptr",
            "usize",
            "usize_t",
            "u_long",
            "ulong",
            "gsize",
            "gulong",
            "guint64",
            "guintptr",
            "SIZE_T",
            "ULONG_PTR",
            "UINT_PTR",
            "DWORD64",
            "DWORD_PTR",
            "ULONGLONG",
            "QWORD",
            "vm_size_t",
            "vm_offset_t",
            "vm_address_t",
            "mach_vm_size_t",
            "uintmax_t",
            "dev_t",
            "ino_t",
            "ino64_t",
            "nlink_t",
            "rlim_t",
            "fsblkcnt_t",
            "__le64",
            "__be64",
            "u_int64_t",
            "uint_fast16_t",
            "uint_fast32_t",
            "uint_fast64_t",
            "uint_least64_t",
            "UINT64",
            "sqlite3_uint64",
            "paddr_t",
            "vaddr_t",
            "psize_t",
            "vsize_t",
            "__size_t",
            "__uint64_t",
            "phys_addr_t",
            "dma_addr_t",
            "resource_size_t",
            "hwaddr",
            "ram_addr_t",
            "target_ulong",
            "abi_ulong",
            "kernel_ulong_t",
            "__kernel_size_t",
            "Word",
            "SizeT",
            "Addr",
            "UWord",
            "size_type",
            "uword",
        ],
    ),
];

/// The type of a name that needs no definition.
fn named(name: &str) -> Option<Type> {
    match name {
        "void" => return Some(Type::Void),
        "float" | "double" | "_Float16" | "_Float32" | "_Float64" | "__float128" | "gfloat" | "gdouble" => {
            return Some(Type::Float);
        }
        "nullptr_t" | "gpointer" | "gconstpointer" | "PVOID" | "LPVOID" | "HANDLE" | "caddr_t" => {
            return Some(Type::Pointer(Box::new(Type::Void)));
        }
        _ => {}
    }
    let (bits, signed, _) = INTEGERS.iter().find(|(.., names)| names.contains(&name))?;
    Some(Type::Int {
        bits: *bits,
        signed: *signed,
    })
}

/// The type that words such as `unsigned long int` make.
fn sized(words: &[&str]) -> Option<Type> {
    let count = |word: &str| words.iter().filter(|&&other| other == word).count();
    let unsigned = count("unsigned") > 0;
    let bits = match (count("long"), count("short")) {
        (1.., _) if count("double") > 0 => return Some(Type::Float),
        (1.., _) => 64,
        (_, 1..) => 16,
        _ if count("char") > 0 => 8,
        _ => {
            let other = words.iter().find(|word| !["unsigned", "signed", "int"].contains(word));
            match other.and_then(|word| named(word)) {
                Some(Type::Int { bits, .. }) => bits,
                Some(other) => return Some(other),
                None => 32,
            }
        }
    };
    Some(Type::Int {
        bits,
        signed: !unsigned,
    })
}

impl Lowering<'_, C> {
    /// The type of a specifier or descriptor node.
    pub fn named_type(&mut self, node: &Node) -> Type {
        self.deeper(node.span(), Type::Unknown, |lowering| match node.kind() {
            "type_descriptor" => {
                let base = node
                    .field("type")
                    .map_or(Type::Unknown, |base| lowering.named_type(&base));
                match node.field("declarator") {
                    Some(declarator) => lowering.declared(&declarator, base).ty,
                    None => base,
                }
            }
            "sized_type_specifier" => {
                let words: Vec<&str> = node.text().split_whitespace().collect();
                sized(&words).unwrap_or(Type::Unknown)
            }
            "struct_specifier" | "union_specifier" | "class_specifier" => lowering.record_type(node),
            "enum_specifier" => match node.field("base").or_else(|| node.field("underlying_type")) {
                Some(base) => lowering.named_type(&base),
                None => Type::INT,
            },
            "macro_type_specifier" => lowering.type_of_operand(node),
            "placeholder_type_specifier" | "auto" => Type::Unknown,
            "decltype" => match node.children().next() {
                Some(operand) => lowering.speculative(|lowering| lowering.value(&operand).ty()),
                None => Type::Unknown,
            },
            "template_type" => lowering.template_type(node),
            "qualified_identifier" => match node.field("name") {
                Some(name) => lowering.named_type(&name),
                None => Type::Unknown,
            },
            "dependent_type" => node
                .children()
                .next()
                .map_or(Type::Unknown, |inner| lowering.named_type(&inner)),
            _ => lowering.type_named(last_segment(node.text())),
        })
    }

    /// `typeof(x)`; other macros in the place of a type are not followed.
    fn type_of_operand(&mut self, node: &Node) -> Type {
        let name = node
            .field("name")
            .map(|name| name.text().to_owned())
            .unwrap_or_default();
        let Some(operand) = node.field("type").filter(|_| name.trim_matches('_') == "typeof") else {
            return Type::Unknown;
        };
        match self.variable(operand.text()) {
            Some(id) => self.body.type_of(id).clone(),
            None => self.named_type(&operand),
        }
    }

    /// The type of a name: a typedef or tag of the unit, else a well-known one, else a macro.
    pub fn type_named(&mut self, name: &str) -> Type {
        if let Some(known) = self.language.types.get(name) {
            return known.clone();
        }
        // While the definition is read, the name means a structure of that name: lists point to themselves.
        self.language
            .types
            .insert(name.to_owned(), Type::Aggregate(name.to_owned()));
        let ty = self.resolve_type(name);
        self.language.types.insert(name.to_owned(), ty.clone());
        ty
    }

    fn resolve_type(&mut self, name: &str) -> Type {
        let primitive = named(name);
        if primitive.is_some() && !matches!(primitive, Some(Type::Int { .. })) {
            return primitive.unwrap_or(Type::Unknown);
        }
        let items = self.index.defining_from(self.file, NameKind::Type, name);
        for id in items {
            if let Some(node) = self.parsed_declaration(id)
                && let Some(ty) = self.type_defined(&node, name)
            {
                return ty;
            }
        }
        if let Some(primitive) = primitive {
            return primitive;
        }
        self.macro_type(name).unwrap_or(Type::Unknown)
    }

    /// The type that a definition gives a name.
    fn type_defined(&mut self, root: &Node, name: &str) -> Option<Type> {
        let nodes: Vec<Node> = root
            .descendants()
            .filter(|node| is_type_definition(node.kind()))
            .collect();
        for node in nodes {
            match node.kind() {
                "type_definition" => {
                    let declarators: Vec<Node> = node.fields("declarator").collect();
                    for declarator in declarators {
                        if self
                            .declarator_name(&declarator)
                            .is_none_or(|found| found.text() != name)
                        {
                            continue;
                        }
                        let specifier = node.field("type")?;
                        let base = match specifier.field("name") {
                            None if specifier.field("body").is_some() && specifier.kind() != "enum_specifier" => {
                                self.define_record(&specifier, name);
                                Type::Aggregate(name.to_owned())
                            }
                            _ => self.named_type(&specifier),
                        };
                        return Some(self.declared(&declarator, base).ty);
                    }
                }
                "alias_declaration" if node.field("name").is_some_and(|found| found.text() == name) => {
                    return Some(self.named_type(&node.field("type")?));
                }
                "enum_specifier"
                    if node
                        .field("name")
                        .is_some_and(|found| last_segment(found.text()) == name) =>
                {
                    return Some(self.named_type(&node));
                }
                _ if node.field("body").is_some()
                    && node
                        .field("name")
                        .is_some_and(|found| last_segment(found.text()) == name) =>
                {
                    self.define_record(&node, name);
                    return Some(Type::Aggregate(name.to_owned()));
                }
                _ => {}
            }
        }
        None
    }

    /// The size of a type in bytes, where it is known.
    pub fn size_of_type(&mut self, ty: &Type) -> Option<u64> {
        self.size_and_alignment(ty, 0).map(|(size, _)| size)
    }

    fn size_and_alignment(&mut self, ty: &Type, depth: u32) -> Option<(u64, u64)> {
        match ty {
            Type::Int { bits, .. } => {
                let bytes = u64::from(*bits).div_ceil(8);
                Some((bytes, bytes))
            }
            Type::Pointer(_) => Some((8, 8)),
            Type::Array(element, length) => {
                let (size, alignment) = self.size_and_alignment(element, depth)?;
                Some((size.checked_mul((*length)?)?, alignment))
            }
            Type::Void => Some((1, 1)),
            Type::Aggregate(name) if depth < 8 => {
                let record = self.record(name)?;
                self.layout(&record, depth + 1)
            }
            Type::Aggregate(_) | Type::Float | Type::Unknown => None,
        }
    }

    fn layout(&mut self, record: &Record, depth: u32) -> Option<(u64, u64)> {
        if !record.plain {
            return None;
        }
        let (mut end, mut widest) = (0_u64, 1);
        for (_, ty) in &record.fields {
            let (size, alignment) = self.size_and_alignment(ty, depth)?;
            widest = widest.max(alignment);
            end = match record.union {
                true => end.max(size),
                false => end.checked_next_multiple_of(alignment)?.checked_add(size)?,
            };
        }
        // An object of an empty class takes one byte in C++, none in GNU C.
        let end = if record.fields.is_empty() && self.language.cpp {
            1
        } else {
            end
        };
        Some((end.checked_next_multiple_of(widest)?, widest))
    }

    /// The value as the type that it is stored to.
    pub fn converted(&mut self, value: Expr, to: &Type, at: Span) -> Expr {
        let value = self.decayed(value);
        let from = value.ty();
        match (&from, to) {
            _ if from == *to => value,
            (_, Type::Unknown | Type::Void | Type::Aggregate(_) | Type::Array(..)) => value,
            (Type::Aggregate(_), Type::Int { .. } | Type::Pointer(_)) => Expr::Unknown(to.clone(), at),
            (Type::Pointer(_), Type::Pointer(_)) => match value {
                Expr::Address(..) | Expr::Function(..) => value,
                value => self.cast_to(value, to, at),
            },
            _ => self.cast_to(value, to, at),
        }
    }

    /// Integer promotion.
    pub fn promoted(&mut self, value: Expr) -> Expr {
        let value = self.decayed(value);
        let (ty, at) = (value.ty(), value.at());
        match ty {
            Type::Int { bits, .. } if bits < 32 => self.cast_to(value, &Type::INT, at),
            _ => value,
        }
    }

    /// The usual arithmetic conversions, pointers to bytes included.
    pub fn balanced(&mut self, operator: &str, left: Expr, right: Expr) -> (Expr, Expr, Type) {
        let (left, right) = (self.promoted(left), self.promoted(right));
        let (a, b) = (left.ty(), right.ty());
        if matches!(operator, "<<" | ">>") {
            return (left, right, a);
        }
        let common = arithmetic_type(&a, &b);
        let comparison = matches!(operator, "==" | "!=" | "<" | "<=" | ">" | ">=" | "not_eq");
        let (left, right) = match (is_pointer(&left), is_pointer(&right), operator) {
            (true, false, "+" | "-") => {
                let at = right.at();
                (left, self.cast_to(right, &LONG, at))
            }
            (false, true, "+") => {
                let at = left.at();
                (self.cast_to(left, &LONG, at), right)
            }
            _ => {
                let (from_left, from_right) = (left.at(), right.at());
                let sized = |value: Expr| match (value, &common) {
                    (
                        Expr::Const {
                            bits,
                            ty: ty @ Type::Int { .. },
                            at,
                        },
                        Type::Unknown,
                    ) => constant(extend(bits, &ty), Type::Unknown, at),
                    (value, _) => value,
                };
                let (left, right) = (sized(left), sized(right));
                (
                    self.converted(left, &common, from_left),
                    self.converted(right, &common, from_right),
                )
            }
        };
        let result = if comparison { Type::BOOL } else { common };
        (left, right, result)
    }

    /// A pointer moved by elements that are not bytes: the address of the element. Bytes are counted like numbers.
    pub fn moved(&mut self, pointer: &Expr, by: &Expr, back: bool, at: Span) -> Option<Expr> {
        let pointer = self.decayed(pointer.clone());
        if !is_pointer(&pointer) || !matches!(by.ty(), Type::Int { .. } | Type::Unknown) {
            return None;
        }
        let pointee = self.pointee_type(&pointer);
        if matches!(pointee, Type::Void | Type::Int { bits: 1 | 8, .. }) {
            return None;
        }
        let by = self.cast_to(by.clone(), &LONG, at);
        let index = match by {
            Expr::Const { bits, ty, at } if back => constant(bits.wrapping_neg(), ty, at),
            by if back => Expr::Unary(UnaryOp::Negate, Box::new(by), LONG, at),
            by => by,
        };
        let base = match pointer {
            Expr::Address(place, _) if matches!(self.place_type(&place), Type::Array(..)) => place,
            pointer => deref(pointer),
        };
        Some(Expr::Address(Place::Index(Box::new(base), Box::new(index)), at))
    }

    /// A difference of two pointers counts elements. `None`: not such a difference.
    pub fn difference(&mut self, left: &Expr, right: &Expr, at: Span) -> Option<Expr> {
        let (left, right) = (self.decayed(left.clone()), self.decayed(right.clone()));
        if !is_pointer(&left) || !is_pointer(&right) {
            return None;
        }
        let pointee = self.pointee_type(&left);
        let bytes = |value: Expr| Box::new(Expr::Cast(Box::new(value), LONG, at));
        let distance = Expr::Binary(BinaryOp::Subtract, bytes(left), bytes(right), LONG, at);
        Some(self.unscaled(distance, &pointee, at))
    }

    fn unscaled(&mut self, distance: Expr, pointee: &Type, at: Span) -> Expr {
        match self.size_of_type(pointee) {
            Some(1) => distance,
            Some(size) if size > 1 => {
                let size = constant(size, LONG, at);
                Expr::Binary(BinaryOp::Divide, Box::new(distance), Box::new(size), LONG, at)
            }
            _ => Expr::Unknown(LONG, at),
        }
    }

    /// A value known when the program is compiled.
    pub fn constant_value(&mut self, node: &Node) -> Option<u64> {
        let value = self.speculative(|lowering| lowering.value(node));
        constants::fold(&value)
    }
}

fn is_type_definition(kind: &str) -> bool {
    matches!(
        kind,
        "type_definition"
            | "alias_declaration"
            | "struct_specifier"
            | "union_specifier"
            | "class_specifier"
            | "enum_specifier"
    )
}

fn is_pointer(value: &Expr) -> bool {
    matches!(value.ty(), Type::Pointer(_))
}

/// The type in which two promoted operands are computed.
pub fn arithmetic_type(a: &Type, b: &Type) -> Type {
    match (a, b) {
        (Type::Float, _) | (_, Type::Float) => Type::Float,
        (Type::Pointer(_), Type::Pointer(to)) if **to == Type::Unknown => a.clone(),
        (Type::Pointer(_), Type::Pointer(_)) => b.clone(),
        (Type::Pointer(_), _) => a.clone(),
        (_, Type::Pointer(_)) => b.clone(),
        (Type::Int { bits: x, signed: s }, Type::Int { bits: y, signed: t }) => match x.cmp(y) {
            std::cmp::Ordering::Equal => Type::Int {
                bits: *x,
                signed: *s && *t,
            },
            std::cmp::Ordering::Greater => a.clone(),
            std::cmp::Ordering::Less => b.clone(),
        },
        // Whatever the other is, it is no wider: the result is of the widest unsigned type.
        (
            Type::Int {
                bits: 64,
                signed: false,
            },
            _,
        ) => a.clone(),
        (
            _,
            Type::Int {
                bits: 64,
                signed: false,
            },
        ) => b.clone(),
        _ => Type::Unknown,
    }
}

/// The last segment of a qualified name, template arguments left out.
pub fn last_segment(path: &str) -> &str {
    let mut depth = 0_u32;
    let mut start = 0;
    for (offset, c) in path.char_indices() {
        match c {
            '<' => depth += 1,
            '>' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => start = offset + 1,
            _ => {}
        }
    }
    let last = path[start..].trim();
    match last.find('<') {
        // `operator<` is a name.
        Some(end) if end > 0 && !last.starts_with("operator") => last[..end].trim_end(),
        _ => last,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn last_segments() {
        let cases = [
            ("grow", "grow"),
            ("::grow", "grow"),
            ("a::b::grow<int>", "grow"),
            ("A<x::y>::grow", "grow"),
            ("operator<", "operator<"),
            ("A::~A", "~A"),
        ];
        for (path, last) in cases {
            assert_eq!(last_segment(path), last);
        }
    }

    #[test]
    fn usual_arithmetic_conversions() {
        let int = |bits, signed| Type::Int { bits, signed };
        assert_eq!(arithmetic_type(&Type::INT, &int(32, false)), int(32, false));
        assert_eq!(arithmetic_type(&LONG, &int(32, false)), LONG);
        assert_eq!(arithmetic_type(&LONG, &Type::SIZE), Type::SIZE);
        assert_eq!(arithmetic_type(&Type::INT, &Type::Float), Type::Float);
        assert_eq!(arithmetic_type(&Type::Unknown, &Type::INT), Type::Unknown);
        assert_eq!(arithmetic_type(&Type::Unknown, &Type::SIZE), Type::SIZE);
    }

    #[test]
    fn types_of_several_words() {
        let int = |bits, signed| Some(Type::Int { bits, signed });
        assert_eq!(sized(&["unsigned"]), int(32, false));
        assert_eq!(sized(&["unsigned", "long", "int"]), int(64, false));
        assert_eq!(sized(&["long", "long", "unsigned"]), int(64, false));
        assert_eq!(sized(&["short", "int"]), int(16, true));
        assert_eq!(sized(&["unsigned", "char"]), int(8, false));
        assert_eq!(sized(&["long", "double"]), Some(Type::Float));
    }
}
