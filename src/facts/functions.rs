//! What a call of a function, or of a macro that looks like one, means in C and C++: what ends the program, what asserts
//! something, what is only a hint, what fills or moves memory.
//!
//! Sources: ISO C and C++, POSIX and the Linux manual pages for what they define; for the rest the documentation of the
//! library or test framework that the name belongs to.

use super::atomics::{self, Atomic};
use crate::ir::BinaryOp;

/// What a call of a known name does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Never returns.
    Stops,
    /// Goes on only if the test holds.
    Asserts(Assertion, Failure),
    /// Is the argument at this position.
    Operand(usize),
    /// The smaller of the two arguments from this position on.
    Min(usize),
    /// The larger of the two arguments from this position on.
    Max(usize),
    /// The first argument held between the second and the third.
    Clamp,
    /// `(pointer, byte, count)`.
    Fill,
    /// `(pointer, count)`.
    Zero,
    /// `(to, from, count)`.
    Move,
    /// The result points to zeroed memory.
    Cleared,
    /// The second argument if the first is not zero, else the third.
    Chooses,
    /// The length of the string.
    Length,
    /// The two arguments change places.
    Swaps,
    /// The first argument takes the value of the second; the result is its old value.
    Exchanges,
    /// An operation on the number that the first argument points to.
    Atomic(Atomic),
    /// Whether the operation on two numbers overflows; the result goes to where the third argument points.
    Overflows(BinaryOp),
    /// An offset within a structure: known to the compiler, not to us.
    Offset,
    /// `va_arg` and the like: the name is not called with values.
    Intrinsic,
}

/// What an assertion tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assertion {
    /// The argument is true.
    True(usize),
    /// The argument is false.
    False(usize),
    /// The operator holds between two arguments.
    Compare(BinaryOp, usize, usize),
    /// The operator written as the middle one of three arguments.
    Written(usize),
}

/// How an assertion fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The program ends.
    Stop,
    /// The function returns, with the argument at the position if there is one.
    Return(Option<usize>),
}

/// Never return.
const STOPS: &[&str] = &[
    "abort",
    "exit",
    "_exit",
    "_Exit",
    "quick_exit",
    "__assert_fail",
    "__assert_rtn",
    "__assert_perror_fail",
    "__builtin_unreachable",
    "__builtin_trap",
    "__builtin_abort",
    "__debugbreak",
    "__stack_chk_fail",
    "err",
    "errx",
    "verr",
    "verrx",
    "longjmp",
    "_longjmp",
    "siglongjmp",
    "pthread_exit",
    "thrd_exit",
    "terminate",
    "unreachable",
    "die",
    "fatal",
    "panic",
    "g_error",
    "g_assert_not_reached",
    "g_abort",
    "error_exit",
    "fatal_error",
    "llvm_unreachable",
    "UNREACHABLE",
    "Q_UNREACHABLE",
    "MOZ_CRASH",
    "BUG",
    "internal_error",
    "rethrow_exception",
    "__cxa_throw",
    "__cxa_rethrow",
    "ksft_exit_fail",
    "ksft_exit_fail_msg",
    "ksft_exit_skip",
    "ksft_exit_pass",
    "ksft_exit_xfail",
    "tst_brk",
    "tst_brkm",
    "pg_unreachable",
    "thread_exit",
    "exit_group",
    "Die",
];

/// Assertions that their argument is true, or not null.
const ASSERTS: &[&str] = &[
    "assert",
    "Assert",
    "ASSERT",
    "g_assert",
    "g_assert_true",
    "g_assert_nonnull",
    "CHECK",
    "DCHECK",
    "PCHECK",
    "QCHECK",
    "RAW_CHECK",
    "CHECK_NOTNULL",
    "ASSERT_TRUE",
    "REQUIRE",
    "Q_ASSERT",
    "Q_ASSERT_X",
    "Q_CHECK_PTR",
    "MOZ_ASSERT",
    "MOZ_RELEASE_ASSERT",
    "NS_ASSERTION",
    "NS_ABORT_IF_FALSE",
    "JS_ASSERT",
    "PR_ASSERT",
    "SDL_assert",
    "SDL_assert_release",
    "eassert",
    "vg_assert",
    "tl_assert",
    "sassert",
    "xassert",
    "ut_a",
    "ut_ad",
    "VERIFY",
    "verify",
    "RELEASE_ASSERT",
    "ASSERT_ALWAYS",
    "assert_always",
    "rte_assert",
    "RTE_ASSERT",
    "RTE_VERIFY",
    "nxt_assert",
    "assert_param",
    "configASSERT",
    "TEST_ASSERT",
    "TEST_ASSERT_TRUE",
    "TEST_ASSERT_NOT_NULL",
    "cr_assert",
    "ck_assert",
    "ck_assert_msg",
    "fail_unless",
    "assert_true",
    "assert_non_null",
    "CU_ASSERT_FATAL",
    "CU_ASSERT_TRUE_FATAL",
    "BOOST_REQUIRE",
    "BOOST_ASSERT",
    "BOOST_VERIFY",
    "zassert_true",
    "KASSERT",
    "DASSERT",
    "SkASSERT",
    "SkASSERT_RELEASE",
    "LIBCXX_ASSERT",
    "_GLIBCXX_ASSERT",
    "__glibcxx_assert",
    "gcc_assert",
    "gcc_checking_assert",
    "ABSL_ASSERT",
    "ABSL_HARDENING_ASSERT",
    "__builtin_assume",
    "__assume",
    "ASSUME",
    "assume",
    "Expects",
    "Ensures",
    "invariant",
    "INVARIANT",
    "ASSERT_NOT_NULL",
];

/// Assertions that their argument is false, or null.
const DENIES: &[&str] = &[
    "BUG_ON",
    "VM_BUG_ON",
    "ASSERT_FALSE",
    "g_assert_false",
    "g_assert_null",
    "REQUIRE_FALSE",
    "assert_false",
    "assert_null",
    "fail_if",
    "TEST_ASSERT_FALSE",
    "LOG_ALWAYS_FATAL_IF",
    "LOG_FATAL_IF",
    "zassert_false",
    "ABORT_IF",
    "PANIC_IF",
    "TEST_ASSERT_NULL",
];

/// Names (or their ends, after `_`) of assertions that compare their first two arguments.
const COMPARES: &[(&str, BinaryOp)] = &[
    ("EQ", BinaryOp::Equal),
    ("NE", BinaryOp::NotEqual),
    ("LT", BinaryOp::Less),
    ("LE", BinaryOp::LessEqual),
    ("GT", BinaryOp::Greater),
    ("GE", BinaryOp::GreaterEqual),
    ("EQUAL", BinaryOp::Equal),
    ("NOT_EQUAL", BinaryOp::NotEqual),
    ("int_eq", BinaryOp::Equal),
    ("int_ne", BinaryOp::NotEqual),
    ("int_lt", BinaryOp::Less),
    ("int_le", BinaryOp::LessEqual),
    ("int_gt", BinaryOp::Greater),
    ("int_ge", BinaryOp::GreaterEqual),
    ("uint_eq", BinaryOp::Equal),
    ("uint_ne", BinaryOp::NotEqual),
    ("uint_gt", BinaryOp::Greater),
    ("uint_ge", BinaryOp::GreaterEqual),
    ("int_equal", BinaryOp::Equal),
    ("int_not_equal", BinaryOp::NotEqual),
    ("ptr_ne", BinaryOp::NotEqual),
    ("ptr_eq", BinaryOp::Equal),
];

/// What the names of comparing assertions begin with.
const COMPARING: &[&str] = &[
    "ASSERT",
    "CHECK",
    "DCHECK",
    "QCHECK",
    "REQUIRE",
    "ck_assert",
    "assert",
    "TEST_ASSERT",
    "BOOST_REQUIRE",
    "CHECK_OP",
    "cr_assert",
    "CU_ASSERT",
    "zassert",
];

/// Hints and wrappers: the call is its argument at the position.
const OPERANDS: &[(&str, usize)] = &[
    ("__builtin_expect", 0),
    ("__builtin_expect_with_probability", 0),
    ("likely", 0),
    ("unlikely", 0),
    ("LIKELY", 0),
    ("UNLIKELY", 0),
    ("G_LIKELY", 0),
    ("G_UNLIKELY", 0),
    ("__glibc_likely", 0),
    ("__glibc_unlikely", 0),
    ("MOZ_LIKELY", 0),
    ("MOZ_UNLIKELY", 0),
    ("Q_LIKELY", 0),
    ("Q_UNLIKELY", 0),
    ("Likely", 0),
    ("Unlikely", 0),
    ("ABSL_PREDICT_TRUE", 0),
    ("ABSL_PREDICT_FALSE", 0),
    ("PREDICT_TRUE", 0),
    ("PREDICT_FALSE", 0),
    ("ALWAYS", 0),
    ("NEVER", 0),
    ("__predict_true", 0),
    ("__predict_false", 0),
    ("_likely", 0),
    ("_unlikely", 0),
    ("move", 0),
    ("forward", 0),
    ("launder", 0),
    ("as_const", 0),
    ("TEMP_FAILURE_RETRY", 0),
    ("WARN_ON", 0),
    ("WARN_ON_ONCE", 0),
    ("WARN", 0),
    ("__builtin_assume_aligned", 0),
    ("to_underlying", 0),
];

/// Give zeroed memory.
const CLEARED: &[&str] = &[
    "calloc",
    "g_malloc0",
    "g_malloc0_n",
    "g_try_malloc0",
    "g_new0",
    "g_slice_alloc0",
    "g_slice_new0",
    "kzalloc",
    "kcalloc",
    "vzalloc",
    "kvzalloc",
    "xcalloc",
    "xzalloc",
    "zalloc",
    "zmalloc",
    "ecalloc",
    "mallocz",
    "av_mallocz",
    "av_calloc",
    "SDL_calloc",
    "PyMem_Calloc",
    "PyMem_RawCalloc",
    "rte_zmalloc",
    "rte_calloc",
    "safe_calloc",
    "xmallocz",
    "ngx_pcalloc",
    "apr_pcalloc",
    "talloc_zero",
    "checked_calloc",
    "safecalloc",
];

/// What computes, fills, moves or measures something, and what is not called with values.
const OTHERS: &[(&[&str], Fact)] = &[
    (
        &[
            "min", "MIN", "Min", "IMIN", "imin", "umin", "ulmin", "szmin", "SDL_min", "FFMIN",
        ],
        Fact::Min(0),
    ),
    (
        &[
            "max", "MAX", "Max", "IMAX", "imax", "umax", "ulmax", "szmax", "SDL_max", "FFMAX",
        ],
        Fact::Max(0),
    ),
    (&["min_t"], Fact::Min(1)),
    (&["max_t"], Fact::Max(1)),
    (&["clamp", "CLAMP", "SDL_clamp", "Clamp"], Fact::Clamp),
    (
        &["memset", "__builtin_memset", "wmemset", "explicit_memset"],
        Fact::Fill,
    ),
    (&["bzero", "explicit_bzero", "__builtin_bzero"], Fact::Zero),
    (
        &[
            "memcpy",
            "memmove",
            "mempcpy",
            "__builtin_memcpy",
            "__builtin_memmove",
            "__memcpy",
        ],
        Fact::Move,
    ),
    (&["swap"], Fact::Swaps),
    (&["exchange"], Fact::Exchanges),
    (&["__builtin_choose_expr"], Fact::Chooses),
    (&["strlen", "__builtin_strlen"], Fact::Length),
    (&["offsetof", "__builtin_offsetof", "OFFSETOF"], Fact::Offset),
    (
        &[
            "va_start",
            "va_end",
            "va_copy",
            "__builtin_va_start",
            "__builtin_va_end",
        ],
        Fact::Intrinsic,
    ),
];

/// Assertions that are called in their own way, or fail in it.
const ASSERTIONS: &[(&str, Assertion, Failure)] = &[
    ("g_return_if_fail", Assertion::True(0), Failure::Return(None)),
    ("g_return_val_if_fail", Assertion::True(0), Failure::Return(Some(1))),
    ("g_assert_cmpint", Assertion::Written(0), Failure::Stop),
    ("g_assert_cmpuint", Assertion::Written(0), Failure::Stop),
    ("g_assert_cmphex", Assertion::Written(0), Failure::Stop),
];

/// What a call of a function of this name means, its path left out.
pub fn fact(name: &str) -> Option<Fact> {
    if STOPS.contains(&name) {
        return Some(Fact::Stops);
    }
    if let Some((_, position)) = OPERANDS.iter().find(|(known, _)| *known == name) {
        return Some(Fact::Operand(*position));
    }
    if CLEARED.contains(&name) {
        return Some(Fact::Cleared);
    }
    if let Some((test, failure)) = assertion(name) {
        return Some(Fact::Asserts(test, failure));
    }
    if let Some((_, fact)) = OTHERS.iter().find(|(names, _)| names.contains(&name)) {
        return Some(*fact);
    }
    if name.starts_with("__builtin_") && name.ends_with("_overflow") {
        return overflowing(name).map(Fact::Overflows);
    }
    let atomic = name.contains("atomic_") || name.starts_with("__sync_");
    atomic.then(|| atomics::operation(name)).flatten().map(Fact::Atomic)
}

/// The operation of `__builtin_add_overflow`, `__builtin_uaddl_overflow` and the like.
fn overflowing(name: &str) -> Option<BinaryOp> {
    let operations = [
        ("add", BinaryOp::Add),
        ("sub", BinaryOp::Subtract),
        ("mul", BinaryOp::Multiply),
    ];
    let found = operations.iter().find(|(word, _)| name.contains(word));
    found.map(|(_, operation)| *operation)
}

fn assertion(name: &str) -> Option<(Assertion, Failure)> {
    if let Some((_, test, failure)) = ASSERTIONS.iter().find(|(known, ..)| *known == name) {
        return Some((*test, *failure));
    }
    if ASSERTS.contains(&name) {
        return Some((Assertion::True(0), Failure::Stop));
    }
    if DENIES.contains(&name) {
        return Some((Assertion::False(0), Failure::Stop));
    }
    let op = COMPARES.iter().find_map(|(suffix, op)| {
        let prefix = name.strip_suffix(suffix)?.strip_suffix('_')?;
        COMPARING.contains(&prefix).then_some(*op)
    })?;
    Some((Assertion::Compare(op, 0, 1), Failure::Stop))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn assertions() {
        assert_eq!(
            fact("ASSERT_NE"),
            Some(Fact::Asserts(
                Assertion::Compare(BinaryOp::NotEqual, 0, 1),
                Failure::Stop
            ))
        );
        assert_eq!(
            fact("ck_assert_int_gt"),
            Some(Fact::Asserts(
                Assertion::Compare(BinaryOp::Greater, 0, 1),
                Failure::Stop
            ))
        );
        assert_eq!(
            fact("TEST_ASSERT_NOT_EQUAL"),
            Some(Fact::Asserts(
                Assertion::Compare(BinaryOp::NotEqual, 0, 1),
                Failure::Stop
            ))
        );
        assert_eq!(fact("EXPECT_NE"), None, "goes on after failing");
    }
}
