//! What the engine asks of the program around the function that it runs, and what it is given: functions and globals that
//! are ready to run.

use super::Shape;
use crate::facts::Library;
use crate::ir::{Function, Global, Place, SinkPositions};
use crate::source::{FileId, Span};
use std::sync::Arc;

/// What the engine asks of the program around the function that it runs.
pub trait Code {
    /// The visible functions that a name, called from a file, may mean. The flag: a method name.
    fn functions(&self, from: FileId, name: &str, method: bool) -> Vec<Arc<Body>>;
    /// Whether a function of the name, called from a file, may be visible, as far as can be told without a look at any.
    fn may_be_visible(&self, from: FileId, name: &str) -> bool;
    /// Whether a function of the name is known to be a wrapper: to call a sink, or to lead to one.
    fn is_wrapper(&self, name: &str) -> bool;
    /// The visible functions that are stored in fields of the name somewhere.
    fn stored(&self, from: FileId, field: &str) -> Vec<Arc<Body>>;
    /// The operands of the sink that is stored in a field of the name somewhere.
    fn stored_sink(&self, from: FileId, field: &str) -> Option<SinkPositions>;
    /// What a global, or a part of it by constant index and name, used at a place in the source, points to when the program
    /// starts.
    fn initial_function(&self, from: FileId, place: &Place, at: Span) -> Initial;
    /// The global that a name means in a file.
    fn global(&self, from: FileId, name: &str) -> Option<Arc<GlobalBody>>;
    /// Whether a global keeps its initial value though it is not declared constant: nothing that can reach it stores to it.
    fn is_frozen(&self, global: &Arc<GlobalBody>) -> bool;
    /// The functions that can be called from elsewhere and may store to a global, themselves or through others. `None` if
    /// not all stores are visible.
    fn writers(&self, global: &Arc<GlobalBody>) -> Option<Vec<Arc<Body>>>;
    /// The functions of the unit that the system runs before `main`, in the order in which it does.
    fn before_main(&self) -> Arc<Vec<Arc<Body>>>;
    /// Operand positions if a function of the name, called through a pointer, is a sink.
    fn sink(&self, from: FileId, name: &str) -> Option<SinkPositions>;
    /// What is known of a function of an external library.
    fn library(&self, name: &str) -> Library;
}

/// A function ready to run.
#[derive(Debug)]
pub struct Body {
    /// The function.
    pub function: Function,
    /// The file it is in.
    pub file: FileId,
    /// Its blocks' order and loops.
    pub shape: Shape,
    /// Its number among the functions of its item: variants of one definition differ in it.
    pub variant: usize,
}

/// Identifies a function by its definition: variants of one function share it.
pub type FunctionKey = Span;

/// Identifies a variant of a function.
pub type BodyKey = (FunctionKey, usize);

impl Body {
    /// What tells the function from others.
    pub fn key(&self) -> BodyKey {
        (self.function.whole, self.variant)
    }
}

/// A global ready to be initialised.
#[derive(Debug)]
pub struct GlobalBody {
    /// The global; its initialiser is in `initializer`.
    pub global: Global,
    /// The file it is in.
    pub file: FileId,
    /// Its initialiser ready to run.
    pub initializer: Option<Arc<Body>>,
}

/// What a pointer to functions points to when the program starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Initial {
    /// One of the functions of these names.
    Functions {
        /// In the order of the source.
        names: Vec<String>,
        /// Nothing can have stored another there since.
        lasting: bool,
    },
    /// Something else that is visible: nothing, or a function of the library.
    Other,
    /// Not visible.
    Unknown,
}
