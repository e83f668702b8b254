//! The closed vocabulary by which the queries under `queries/` say what a node is: roles, and the parts of a role.
//!
//! A capture is `@role` on the node itself, or `@role.part` on a node below it. Every pattern captures its own `@role`, so
//! an optional part gets a pattern of its own: `(if_statement alternative: (_) @branch.else) @branch`. A part that is no
//! more than a mark captures the keyword: `(do_statement "do" @loop.after) @loop`. If several patterns give a node
//! different roles, the last one in the text of the queries wins. Parts may repeat; they stay in source order. Comments are
//! taken out of the tree, so no part is ever a comment.

/// Declares the roles with their parts, and the table from capture names.
macro_rules! vocabulary {
    ($($(#[$doc:meta])* $role:ident $name:literal [$($part:ident)*];)*) => {
        /// What a node means.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role {
            $($(#[$doc])* $role,)*
        }

        impl Role {
            /// The role with this capture name.
            fn named(name: &str) -> Option<Role> {
                match name {
                    $($name => Some(Role::$role),)*
                    _ => None,
                }
            }

            /// The parts that the role may have.
            fn parts(self) -> &'static [Part] {
                match self {
                    $(Role::$role => &[$(Part::$part),*],)*
                }
            }
        }
    };
}

vocabulary! {
    // Items.
    /// A function with a body. `modifier`: a word or attribute that says something about linkage or control.
    Function "function" [Name Parameters Body Return Modifier];
    /// One parameter.
    Parameter "parameter" [Name Pattern Type Value];
    /// A variable outside functions.
    Global "global" [Name Type Value];
    /// A named constant.
    Constant "constant" [Name Type Value];
    /// One constant of an enumeration.
    Enumerator "enumerator" [Name Value];
    /// A name brought in from elsewhere.
    Import "import" [Path Alias];
    /// A structure, class, union, enumeration or alias. `body`: its fields.
    Type "type" [Name Body Value];
    /// Fields of one declaration in a structure.
    FieldDeclaration "field_declaration" [Name Type Value];
    // Flow.
    /// `if`. `init` runs first, in a scope that also holds the test.
    Branch "branch" [Init Test Then Else];
    /// Any loop. `after`: the test comes after the body. `forever`: no test. `pattern` and `subject`: for each element.
    Loop "loop" [Label Init Test Step Body After Forever Pattern Type Subject];
    /// `switch` and `match`; the arms stand in the body.
    Switch "switch" [Init Subject Body];
    /// One arm. In C the statements up to the next arm are its body.
    Arm "arm" [Pattern Guard Body Default];
    /// Leaves a loop, switch or labelled block.
    Break "break" [Label Value];
    /// Next round.
    Continue "continue" [Label];
    /// Jump.
    Goto "goto" [Label];
    /// Target of jumps, with the statement that follows.
    Label "label" [Name Body];
    /// Leaves the function.
    Return "return" [Value];
    /// A run of statements with a scope of its own. With a label, `break` can leave it.
    Block "block" [Label];
    /// An expression evaluated for its effects; its value is dropped.
    Evaluate "evaluate" [Value];
    /// An `#if` group: what is in `then` and `else` besides the directives.
    Conditional "conditional" [Test Name Negated Else];
    /// A statement that may be left at any point for one of its handlers.
    Attempt "attempt" [Body Handler];
    /// The path ends here by its form (`throw`).
    Stop "stop" [Value];
    // Values.
    /// A local declaration, one or more names.
    Declare "declare" [Name Pattern Type Value Else];
    /// Plain or compound assignment.
    Assign "assign" [To Operator Value];
    /// `++` and `--`; the operator before the operand or after it.
    Update "update" [To Operator];
    /// A call. `arguments` is the list, its children are the arguments.
    Call "call" [Callee Arguments];
    /// A call of a macro, where the syntax tells: Rust's `name!(…)`.
    MacroCall "macro_call" [Name Arguments];
    /// An operation on two operands; those that short-circuit are known by the operator.
    Binary "binary" [Left Operator Right];
    /// An operation on one operand.
    Unary "unary" [Operator Operand];
    /// A conversion.
    Cast "cast" [Type Value];
    /// `sizeof`: of a type or of an expression's type.
    Sizeof "sizeof" [Type Operand];
    /// `?:`. Without `then` it is the test's value (GNU).
    Select "select" [Test Then Else];
    /// The comma operator.
    Sequence "sequence" [First Second];
    /// Parentheses around an expression, and what else changes nothing (`__extension__`).
    Parenthesized "parenthesized" [Value];
    /// A name used as a value, a path included.
    Name "name" [];
    /// A number without fraction, or with: the language's literal rules tell.
    Integer "integer" [];
    /// A character.
    Character "character" [];
    /// A string.
    String "string" [];
    /// A floating-point number, where the syntax tells.
    Float "float" [];
    /// `true` or `false`.
    Boolean "boolean" [];
    /// The null pointer.
    Null "null" [];
    /// A member of an object. `through`: the object is a pointer (`->`).
    Field "field" [Object Name Through];
    /// An element.
    Index "index" [Object Index];
    /// What a pointer points to.
    Dereference "dereference" [Value];
    /// The address of a place, a reference to it.
    Address "address" [Value];
    /// A function written as a value.
    Closure "closure" [Parameters Body Captures];
    /// Values for the parts of a structure or array: initialiser list, structure literal, tuple, array literal.
    Aggregate "aggregate" [Type Element Base Length];
    /// One designated value in an aggregate.
    Element "element" [Name Value];
    /// `a..b`, `a...b`, `a..=b`.
    Range "range" [Start Operator End];
    /// Rust's `?`.
    Try "try" [Value];
    /// A value that only the test of a pattern makes: Rust's `let` in a condition.
    Match "match" [Pattern Value];
    /// A comment: taken out of the tree.
    Comment "comment" [];
    /// Something that must not be entered although it holds expressions: attributes, inline assembly's text.
    Opaque "opaque" [];
}

/// A named part of a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the roles say what their parts are")]
pub enum Part {
    After,
    Alias,
    Arguments,
    Base,
    Body,
    Callee,
    Captures,
    Default,
    Element,
    Else,
    End,
    First,
    Forever,
    Guard,
    Handler,
    Index,
    Init,
    Label,
    Left,
    Length,
    Modifier,
    Name,
    Negated,
    Object,
    Operand,
    Operator,
    Parameters,
    Path,
    Pattern,
    Return,
    Right,
    Second,
    Start,
    Step,
    Subject,
    Test,
    Then,
    Through,
    To,
    Type,
    Value,
}

/// What a capture name says: a role, or a part of a role.
pub fn capture(name: &str) -> Option<(Role, Option<Part>)> {
    let Some((role, part)) = name.split_once('.') else {
        return Some((Role::named(name)?, None));
    };
    let role = Role::named(role)?;
    let part = role
        .parts()
        .iter()
        .find(|known| format!("{known:?}").to_lowercase() == part)?;
    Some((role, Some(*part)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capture_names() {
        assert_eq!(capture("branch"), Some((Role::Branch, None)));
        assert_eq!(capture("branch.test"), Some((Role::Branch, Some(Part::Test))));
        assert_eq!(
            capture("field_declaration.type"),
            Some((Role::FieldDeclaration, Some(Part::Type)))
        );
        assert_eq!(capture("branch.pattern"), None, "a part of another role");
        assert_eq!(capture("nonsense"), None);
    }
}
