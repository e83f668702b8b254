//! The language-neutral intermediate representation: small control-flow graphs over places and expressions.
//!
//! Lowering has already taken out of expressions all that changes control or state: calls, assignments, `++`, `&&`, `||`,
//! `?:`, `match`, `?` are statements and branches here, their values are temporaries. What lowering does not understand is
//! [`Expr::Unknown`], [`Stmt::Havoc`] or a call of [`Callee::Unread`], never an error. Every node that may be named in a report carries its span.

pub mod print;

pub use crate::sinks::SinkPositions;
use crate::source::Span;

/// A function body as a control-flow graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// The last segment of its name.
    pub name: String,
    /// The class, impl type, trait, namespace or module path that holds it, if any; the last segment counts for method calls.
    pub scope: Option<String>,
    /// Parameters in order (`self` and `this` first where the language passes them in the argument list, as Rust does).
    pub parameters: Vec<VarId>,
    /// All variables, parameters and temporaries included.
    pub variables: Vec<Variable>,
    /// Blocks; the entry is block 0. Never empty.
    pub blocks: Vec<Block>,
    /// Who can call it.
    pub linkage: Linkage,
    /// The type it returns.
    pub returns: Type,
    /// Declared never to return (`_Noreturn`, `-> !`).
    pub noreturn: bool,
    /// It takes any further arguments.
    pub variadic: bool,
    /// Its name in the source (the whole item if it has none).
    pub at: Span,
    /// The whole definition.
    pub whole: Span,
}

impl Function {
    /// The type that a function of a type parameter was lowered for.
    pub fn stands_for(&self) -> Option<&str> {
        let scope = self.scope.as_deref()?.strip_prefix('<')?.strip_suffix('>')?;
        scope.rsplit(' ').next()
    }

    /// The paths of the functions that it returns, through a variable or not.
    pub fn returned_functions(&self) -> impl Iterator<Item = &str> {
        let ends = self.blocks.iter().filter_map(|block| match &block.end {
            End::Return(value, _) => value.as_ref(),
            _ => None,
        });
        let statements = || self.blocks.iter().flat_map(|block| &block.statements);
        ends.flat_map(move |value| {
            let set = statements().filter_map(move |statement| match (statement, value) {
                (Stmt::Set { to, value: set, .. }, Expr::Load(place, ..)) if to == place => Some(set),
                _ => None,
            });
            set.chain([value])
        })
        .filter_map(|value| match value.uncast() {
            Expr::Function(path, _) => Some(path.as_str()),
            _ => None,
        })
    }

    /// The parameter that has the type that the function was lowered for, or refers to it.
    pub fn type_bearer(&self) -> Option<usize> {
        let wanted = self.stands_for()?;
        self.parameters.iter().position(|id| {
            let mut ty = &self.variables[id.0 as usize].ty;
            while let Type::Pointer(to) = ty {
                ty = to;
            }
            matches!(ty, Type::Aggregate(name) if name == wanted)
        })
    }
}

/// Who can call a function or touch a global.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linkage {
    /// This file only: C `static`, anonymous namespace, Rust without `pub`, a macro, a closure. All callers are visible.
    Private,
    /// Anybody.
    Public,
    /// Nobody calls it from outside, it is where the program starts: `main`.
    Entry,
}

/// Index into [`Function::variables`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct VarId(pub u32);

/// Index into [`Function::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlockId(pub u32);

/// A local variable, parameter or temporary.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The source name; empty for temporaries.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Its declaration.
    pub at: Span,
    /// Declared volatile: every read may give anything.
    pub volatile: bool,
}

/// What the analysis needs to know of a type.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// An integer, character, boolean or enumeration of `bits` 1 (bool), 8, 16, 32 or 64. Wider ones are clipped to 64.
    Int {
        /// Width.
        bits: u8,
        /// Two's complement with sign.
        signed: bool,
    },
    /// A pointer or reference, 64 bits, to something of the type (`Unknown` if not known).
    Pointer(Box<Type>),
    /// A structure, class, union, tuple or enum with data, by name (may be empty).
    Aggregate(String),
    /// An array of elements, with its length if constant.
    Array(Box<Type>, Option<u64>),
    /// A floating-point number: never followed.
    Float,
    /// No value: `void`, `()`.
    Void,
    /// Not visible. Computed with as a 64-bit signed integer.
    Unknown,
}

impl Type {
    /// `size_t` and `usize` on the 64-bit Linux that the analysis assumes.
    pub const SIZE: Type = Type::Int {
        bits: 64,
        signed: false,
    };
    /// C's `int`, Rust's `i32`.
    pub const INT: Type = Type::Int { bits: 32, signed: true };
    /// `bool`, and the result of comparisons.
    pub const BOOL: Type = Type::Int { bits: 1, signed: false };

    /// A pointer to something of the type.
    pub fn pointer(to: Type) -> Type {
        Type::Pointer(Box::new(to))
    }

    /// Width in bits with which values of the type are computed.
    pub fn bits(&self) -> u32 {
        match self {
            Type::Int { bits, .. } => u32::from(*bits),
            _ => 64,
        }
    }

    /// Whether comparisons, division, right shift and widening treat it as signed.
    pub fn signed(&self) -> bool {
        matches!(self, Type::Int { signed: true, .. } | Type::Unknown)
    }
}

/// A straight run of statements and how it ends.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Statements in order.
    pub statements: Vec<Stmt>,
    /// Where control goes.
    pub end: End,
}

/// Somewhere a value can be stored.
#[derive(Clone, Debug, PartialEq)]
pub enum Place {
    /// A local variable, parameter or temporary of the function.
    Var(VarId),
    /// A global by name as the file sees it. Function-local statics are `function::name`.
    Global(String),
    /// A field by name, of a structure at a place: `a.len` is `Field(Var(a), "len")`, `p->len` is `Field(Deref(Load(p)), "len")`.
    Field(Box<Place>, String),
    /// An element of an array at a place.
    Index(Box<Place>, Box<Expr>),
    /// What a pointer points to.
    Deref(Box<Expr>),
    /// A setting of the build that does not change while the program runs: the condition of an `#if` by its text, the choice
    /// between several definitions of one macro by its name. Two tests of the same setting agree. Never stored to.
    Setting(String),
}

/// An expression without side effects. Operands have the type that the language computes with: lowering inserts the casts.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr {
    /// A constant; only the low `ty.bits()` bits of `bits` are set. `null` is a 0 of pointer type.
    Const {
        /// Its bits.
        bits: u64,
        /// Its type.
        ty: Type,
        /// Where the program writes it.
        at: Span,
    },
    /// The value at a place.
    Load(Place, Type, Span),
    /// The address of a place; never null.
    Address(Place, Span),
    /// A function as a value, by the name under which it would be called. Rust: the resolved path.
    Function(String, Span),
    /// An operation on one operand; the result has the type.
    Unary(UnaryOp, Box<Expr>, Type, Span),
    /// An operation on two operands of one type; the result has the type given (`BOOL` for comparisons).
    Binary(BinaryOp, Box<Expr>, Box<Expr>, Type, Span),
    /// A conversion to the type: truncation, or extension by the sign of the operand's type.
    Cast(Box<Expr>, Type, Span),
    /// Unknown, but never zero: `sizeof` of a structure, the address of a string, a page size. The text says why.
    NonZero(Type, &'static str, Span),
    /// Anything.
    Unknown(Type, Span),
}

/// Operators on one operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum UnaryOp {
    /// `-x`, wrapping.
    Negate,
    /// `~x`, and Rust's `!x` on integers.
    BitNot,
    /// `!x`: 1 if x is zero, else 0.
    Not,
}

/// Operators on two operands. Arithmetic wraps at the width of the type; signedness is that of the operands' type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is the operator of that name in C and Rust")]
pub enum BinaryOp {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    And,
    Or,
    Xor,
    ShiftLeft,
    ShiftRight,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    /// The smaller operand (`std::min`, `.min()`, MIN macros where lowering knows them).
    Min,
    /// The larger operand.
    Max,
    /// Rust `saturating_add` and its like: the end of the type where the exact result lies beyond it.
    SaturatingAdd,
    SaturatingSubtract,
    SaturatingMultiply,
}

impl BinaryOp {
    /// Whether the result is a truth value.
    pub fn is_comparison(self) -> bool {
        use BinaryOp::*;
        matches!(self, Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual)
    }
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Stmt {
    /// Stores a value.
    Set {
        /// Where to.
        to: Place,
        /// What.
        value: Expr,
        /// The assignment or declaration.
        at: Span,
    },
    /// Copies a whole structure or array from one place to another.
    Copy {
        /// Where to.
        to: Place,
        /// Where from.
        from: Place,
        /// The assignment.
        at: Span,
    },
    /// Sets all bytes at a place to zero: `= {0}`, `memset(&x, 0, sizeof x)`, zeroed statics, `mem::zeroed()`.
    Clear {
        /// The place.
        place: Place,
        /// The initialiser or call.
        at: Span,
    },
    /// The place may hold anything from here on, with all that lies in it: asm output, an uninitialised declaration, an
    /// unknown macro's argument.
    Havoc {
        /// The place.
        place: Place,
        /// Why there.
        at: Span,
    },
    /// A call.
    Call(Box<Call>),
}

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Where the result goes.
    pub to: Option<Place>,
    /// Who is called.
    pub callee: Callee,
    /// The arguments. An array literal passed as one argument of a raw system call (`syscall(n, &[a, b])`) is spread out.
    pub arguments: Vec<Argument>,
    /// For a call that reaches mremap by its form (the table of names, a raw system call with mremap's number): where in
    /// `arguments` its operands are.
    pub sink: Option<SinkPositions>,
    /// Of several functions of the name the one whose parameters have these types; without any, whichever fits.
    pub chosen: Option<Vec<Type>>,
    /// The type of the result.
    pub ty: Type,
    /// From the first byte of the callee's last name segment to the closing parenthesis.
    pub at: Span,
    /// If the call stands in a macro's body: the uses of macros that led here, outermost first, each from the macro's name
    /// to its closing parenthesis.
    pub expansion: Vec<Expansion>,
}

/// One use of a macro that was expanded.
#[derive(Clone, Debug, PartialEq)]
pub struct Expansion {
    /// The macro's name.
    pub name: String,
    /// The use.
    pub at: Span,
    /// The arguments' spans.
    pub arguments: Vec<Span>,
}

/// Who is called.
#[derive(Clone, Debug, PartialEq)]
pub enum Callee {
    /// A function by the path that the file's names resolve to: `mremap`, `libc::mremap`, `Buffer::grow`, `grow`.
    Named(String),
    /// A method by its last name; the receiver is argument 0 (`&x` for C++ and for Rust auto-reference).
    Method(String),
    /// Whatever function the value designates.
    Pointer(Expr),
    /// A piece of source that is not understood: it may do anything with what it names, to which the arguments point.
    Unread,
}

/// One argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its value.
    pub value: Expr,
    /// Its place and text, as written where the call stands.
    pub at: Span,
}

/// How a block ends.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    /// Goes on at the block.
    Goto(BlockId),
    /// Goes to `yes` if the test is not zero, else to `no`.
    Branch {
        /// The truth value tested.
        test: Expr,
        /// If not zero.
        yes: BlockId,
        /// If zero.
        no: BlockId,
        /// The condition in the source.
        at: Span,
    },
    /// Returns to the caller.
    Return(Option<Expr>, Span),
    /// The path ends: abort, exit, panic, unreachable.
    Stop,
}

/// A global variable or constant.
#[derive(Debug, PartialEq)]
pub struct Global {
    /// Its name as [`Place::Global`] has it.
    pub name: String,
    /// Its type.
    pub ty: Type,
    /// Never changes: `const`, enumerators, Rust `const` and immutable `static`.
    pub constant: bool,
    /// Other code may change it at any time: declared volatile, or behind a lock.
    pub volatile: bool,
    /// Who can touch it.
    pub linkage: Linkage,
    /// A function without parameters that performs the initialisation on `Place::Global(name)`. `None`: declared here
    /// (`extern`) but initialised elsewhere. A C global without initialiser has one that clears it.
    pub initializer: Option<Function>,
    /// Its declaration.
    pub at: Span,
}

impl Place {
    /// The field of the structure at a place.
    pub fn field(whole: Place, name: impl Into<String>) -> Place {
        Place::Field(Box::new(whole), name.into())
    }

    /// The element of the array at a place.
    pub fn element(array: Place, index: Expr) -> Place {
        Place::Index(Box::new(array), Box::new(index))
    }

    /// Whether both are the same part, by indices and names, of the same global by the last segment of its path. An index that
    /// is not constant is any.
    pub fn is_same_part(&self, other: &Place) -> bool {
        let last = crate::sinks::last_segment;
        match (self, other) {
            (Place::Global(one), Place::Global(two)) => last(one) == last(two),
            (Place::Field(one, name), Place::Field(two, other)) => name == other && one.is_same_part(two),
            (Place::Index(one, index), Place::Index(two, other)) => match (index.uncast(), other.uncast()) {
                (Expr::Const { bits: index, .. }, Expr::Const { bits: other, .. }) => {
                    index == other && one.is_same_part(two)
                }
                _ => one.is_same_part(two),
            },
            _ => false,
        }
    }

    /// The global that it is or lies in.
    pub fn root_global(&self) -> Option<&str> {
        match self {
            Place::Global(name) => Some(name),
            Place::Field(whole, _) | Place::Index(whole, _) => whole.root_global(),
            _ => None,
        }
    }
}

impl Function {
    /// The variable's data.
    pub fn variable(&self, id: VarId) -> &Variable {
        &self.variables[id.0 as usize]
    }

    /// All calls with the block they are in.
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        self.blocks
            .iter()
            .flat_map(|block| &block.statements)
            .filter_map(|statement| match statement {
                Stmt::Call(call) => Some(&**call),
                _ => None,
            })
    }
}

impl Stmt {
    /// Stores a value: what is a structure, an array or not visible is copied as a whole.
    pub fn assign(to: Place, value: Expr, at: Span) -> Stmt {
        match value {
            Expr::Load(from, Type::Aggregate(_) | Type::Array(..) | Type::Unknown, _) => Stmt::Copy { to, from, at },
            value => Stmt::Set { to, value, at },
        }
    }
}

impl Expr {
    /// An operation on one operand.
    pub fn unary(op: UnaryOp, operand: Expr, ty: Type, at: Span) -> Expr {
        Expr::Unary(op, Box::new(operand), ty, at)
    }

    /// An operation on two operands of one type.
    pub fn binary(op: BinaryOp, left: Expr, right: Expr, ty: Type, at: Span) -> Expr {
        Expr::Binary(op, Box::new(left), Box::new(right), ty, at)
    }

    /// A comparison of two operands of one type.
    pub fn comparison(op: BinaryOp, left: Expr, right: Expr, at: Span) -> Expr {
        Expr::binary(op, left, right, Type::BOOL, at)
    }

    /// A conversion to the type.
    pub fn cast(value: Expr, ty: Type, at: Span) -> Expr {
        Expr::Cast(Box::new(value), ty, at)
    }

    /// The type of its value.
    pub fn ty(&self) -> Type {
        match self {
            Expr::Const { ty, .. }
            | Expr::Load(_, ty, _)
            | Expr::Unary(_, _, ty, _)
            | Expr::Binary(_, _, _, ty, _)
            | Expr::Cast(_, ty, _)
            | Expr::NonZero(ty, _, _)
            | Expr::Unknown(ty, _) => ty.clone(),
            Expr::Address(..) | Expr::Function(..) => Type::pointer(Type::Unknown),
        }
    }

    /// The expression without the conversions around it.
    pub fn uncast(&self) -> &Expr {
        match self {
            Expr::Cast(inner, ..) => inner.uncast(),
            _ => self,
        }
    }

    /// Its place in the source.
    pub fn at(&self) -> Span {
        match self {
            Expr::Const { at, .. }
            | Expr::Load(_, _, at)
            | Expr::Address(_, at)
            | Expr::Function(_, at)
            | Expr::Unary(_, _, _, at)
            | Expr::Binary(_, _, _, _, at)
            | Expr::Cast(_, _, at)
            | Expr::NonZero(_, _, at)
            | Expr::Unknown(_, at) => *at,
        }
    }
}
