//! What the analysis says about one call: the data that every format prints.

use crate::source::{Span, word};
use serde::{Deserialize, Serialize};

/// The rules, by certainty. The ids are a contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleId {
    /// On every visible path old_size is zero.
    #[serde(rename = "zero-old-size")]
    Zero,
    /// On at least one feasible visible path old_size is zero.
    #[serde(rename = "maybe-zero-old-size")]
    MaybeZero,
    /// Nothing visible makes it zero, nothing visible excludes it.
    #[serde(rename = "unproven-old-size")]
    Unproven,
    /// A comment that allows findings allows none.
    UnusedSuppression,
}

impl RuleId {
    /// The name used in formats, suppressions and on the command line.
    pub fn id(self) -> &'static str {
        word(&self)
    }
}

/// How loud a finding is; the names are SARIF's (3.27.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Proven safe: a result of kind `pass`.
    #[serde(rename = "pass")]
    None,
    /// `unproven-old-size` and `unused-suppression`.
    Note,
    /// The kernel will or may do something other than a resize.
    Warning,
    /// The call is certain to fail.
    Error,
}

impl Level {
    /// SARIF's word.
    pub fn name(self) -> &'static str {
        match self {
            Level::None => "none",
            level => level.word(),
        }
    }

    /// The word for people, who have no use for a level that is none: `pass` for calls proven safe.
    pub fn word(self) -> &'static str {
        word(&self)
    }
}

/// One step on the way of the zero (or of the proof) to the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Step {
    /// Where.
    pub at: Span,
    /// What happens there; SARIF's threadFlowLocation kind (3.38.8): `assign`, `branch`, `call`, `return`, `value`.
    pub kind: StepKind,
    /// A sentence without final stop: "`old` is set to 0".
    pub text: String,
}

/// The kinds of [`Step`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum StepKind {
    /// A constant comes into being.
    Value,
    /// A variable, field or element takes the value.
    Assign,
    /// A test leaves only this value on the path taken.
    Branch,
    /// The value is passed as an argument.
    Call,
    /// The value is returned.
    Return,
    /// The call that the finding is about.
    Sink,
}

impl StepKind {
    /// The word printed in SARIF `kinds`.
    pub fn name(self) -> &'static str {
        word(&self)
    }
}

/// What to write instead; the text is chosen by the format in the language of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Replacement {
    /// Source is shared anonymous memory or unknown: make it from a memfd and map the descriptor twice.
    Memfd,
    /// Source is a mapping of a file descriptor: map the same descriptor again.
    SecondMmap,
    /// Source is a System V segment: attach the id again.
    Shmat,
    /// Source is private: no alias exists; copy, or allocate from a memfd in the first place.
    NoAlias,
    /// The call always fails for another reason (flags, new_size): remove it, or pass the true old size.
    PassOldSize,
}

impl Replacement {
    /// A name for machines.
    pub fn name(self) -> &'static str {
        word(&self)
    }
}

/// What becomes of the call, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// It fails whenever old_size is zero, whatever else is not visible.
    Failure,
    /// The kernel maps the same pages a second time.
    SecondMapping,
    /// That depends on what is not visible.
    Depends,
}

impl Effect {
    /// All, most certain first.
    pub const ALL: [Effect; 3] = [Effect::Failure, Effect::SecondMapping, Effect::Depends];

    /// The word in all formats.
    pub fn name(self) -> &'static str {
        word(&self)
    }
}

/// What the kernel will do with the call, as far as its arguments show.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Outcome {
    /// Sentences for people, most important first.
    pub sentences: Vec<String>,
    /// The same in one word; a certain failure makes `zero-old-size` an error.
    pub effect: Effect,
    /// What to write instead.
    pub replacement: Replacement,
}

/// A comment in the source that allows a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    /// The comment.
    pub at: Span,
    /// The reason that it gives.
    pub reason: Option<String>,
}

/// How a finding stands to a baseline (SARIF 3.27.24).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineState {
    /// The baseline does not have it.
    New,
    /// The baseline has it.
    Unchanged,
    /// Only the baseline has it.
    Absent,
}

impl BaselineState {
    /// All, most urgent first.
    pub const ALL: [BaselineState; 3] = [BaselineState::New, BaselineState::Unchanged, BaselineState::Absent];

    /// SARIF's word.
    pub fn name(self) -> &'static str {
        word(&self)
    }
}

/// One call site and its verdict, or a comment that allows what is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule. A proven-safe call has `Zero` with `level` `None`.
    pub rule: RuleId,
    /// How loud; `None` means kind `pass`.
    pub level: Level,
    /// The call, from its callee's name to the closing parenthesis.
    pub at: Span,
    /// The name of the callee as written: `mremap`, `libc::mremap`, `grow`.
    pub callee: String,
    /// The text of the argument that becomes old_size, as written at this call.
    pub argument: String,
    /// Where that argument stands.
    pub argument_at: Span,
    /// The function that holds the call, if any.
    pub function: Option<String>,
    /// Why: one or more sentences. For a pass: the proof. For unproven: what is missing.
    pub reason: String,
    /// From the origin of the zero to the call; the last step is the call itself. Empty if there is nothing to show.
    pub steps: Vec<Step>,
    /// Other places that matter and are not steps: the mremap call inside a wrapper, other zero origins.
    pub related: Vec<Step>,
    /// What the kernel will do. None for calls proven safe.
    pub outcome: Option<Outcome>,
    /// The comment that allows it, if any.
    pub suppression: Option<Suppression>,
    /// How it stands to the baseline, if there is one.
    pub baseline: Option<BaselineState>,
}

impl Finding {
    /// Whether it is a call proven safe.
    pub fn is_pass(&self) -> bool {
        self.level == Level::None
    }

    /// Whether the baseline has it.
    pub fn is_known(&self) -> bool {
        self.baseline == Some(BaselineState::Unchanged)
    }

    /// Whether the finding counts for the exit code: neither a pass, nor allowed in the source, nor known before.
    pub fn counts(&self) -> bool {
        !self.is_pass() && self.suppression.is_none() && !self.is_known()
    }
}

/// All that led to the verdict on one call, as an indented list for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The call.
    pub at: Span,
    /// Each line's depth and text.
    pub lines: Vec<(usize, String)>,
}
