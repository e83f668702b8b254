//! System calls by number: `mremap`'s number under any name that the unit gives it, or bare where the architecture is
//! known; operands in an array.

use super::C;
use super::call_site::CallSite;
use crate::ir::{SinkPositions, VarId};
use crate::lower::Lowering;
use crate::lower::values::aggregate_node;
use crate::sinks;
use crate::syntax::Node;
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ByName;
use crate::syntax::lexer;
use crate::syntax::roles::{Part, Role};

/// How many names a number may go through.
const CHAIN: u32 = 6;

/// `mremap`'s number by architecture, as the compiler's predefined macros name it.
const NUMBERS: [(&str, &str); 14] = [
    ("__x86_64__", "25"),
    ("__amd64__", "25"),
    ("__i386__", "163"),
    ("__arm__", "163"),
    ("__powerpc__", "163"),
    ("__powerpc64__", "163"),
    ("__s390__", "163"),
    ("__s390x__", "163"),
    ("__m68k__", "163"),
    ("__aarch64__", "216"),
    ("__riscv", "216"),
    ("__loongarch__", "216"),
    ("__sparc__", "250"),
    ("__alpha__", "341"),
];

impl Lowering<'_, C> {
    /// The operands of a call that is `mremap`'s system call by number, and which is which.
    pub fn system_call(&mut self, site: &CallSite) -> Option<(SinkPositions, Vec<Node>)> {
        let callee: String = site.callee.text().split_whitespace().collect();
        let is_call = sinks::is_system_call(&callee) || self.is_system_call_by_macro(&callee);
        if !is_call {
            return None;
        }
        let arguments = spread(site.arguments());
        let mut texts: Vec<String> = arguments.iter().map(|argument| argument.text().to_owned()).collect();
        for (text, argument) in texts.iter_mut().zip(&arguments) {
            if !sinks::is_number_of_mremap(text) && self.is_number(argument) {
                *text = "SYS_mremap".to_owned();
            }
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let positions = sinks::raw("syscall", &texts)?;
        Some((self.among_named(&callee, positions, arguments.len()), arguments))
    }

    /// A function of the unit that takes something of its own between the number and `...` has the operands after that.
    fn among_named(&mut self, callee: &str, positions: SinkPositions, count: usize) -> SinkPositions {
        let first = match self.signature(callee, None) {
            Some(signature) if signature.variadic => signature.parameters.len(),
            _ => return positions,
        };
        let moved = SinkPositions {
            raw: true,
            ..SinkPositions::in_order(first)
        };
        match moved.old_size > positions.old_size && (4..=6).contains(&count.saturating_sub(first)) {
            true => moved,
            false => positions,
        }
    }

    fn is_system_call_by_macro(&self, callee: &str) -> bool {
        self.expansion_name(callee)
            .is_some_and(|name| sinks::is_system_call(&name))
    }

    /// Whether an argument is the number under a name of its own.
    fn is_number(&mut self, argument: &Node) -> bool {
        let mut inner = argument.clone();
        while matches!(inner.role(), Some(Role::Parenthesized | Role::Cast))
            && let Some(value) = inner.part(Part::Value)
        {
            inner = value;
        }
        match inner.role() {
            Some(Role::Integer) => self.is_bare_number(inner.text()),
            Some(Role::Name) => match self.variable(inner.text()) {
                Some(id) => self.language.numbers.contains(&id),
                None => self.is_number_name(inner.text(), CHAIN),
            },
            _ => false,
        }
    }

    fn is_bare_number(&self, text: &str) -> bool {
        let architectures = NUMBERS.iter().filter(|(_, number)| *number == text);
        architectures.into_iter().any(|(architecture, _)| {
            self.language.conditions.iter().any(|condition| {
                !condition.starts_with('!') && condition.split(|c: char| !is_word(c)).any(|word| word == *architecture)
            })
        })
    }

    fn is_number_name(&self, name: &str, depth: u32) -> bool {
        if sinks::is_number_of_mremap(name) {
            return true;
        }
        if depth == 0 {
            return false;
        }
        if let Some(next) = self.expansion_name(name) {
            return self.is_number_name(&next, depth - 1);
        }
        // A constant initialised with the number.
        self.index.variables(name).iter().any(|&id| {
            let (file, item) = self.index.item(id);
            let text = self.index.cut(file).clean.get(item.span.range()).unwrap_or("");
            let (head, value) = text.split_once('=').unwrap_or((text, ""));
            head.contains("const") && sinks::is_number_of_mremap(value.trim_end_matches(';').trim())
        })
    }

    /// The name that an object-like macro stands for, if it stands for one.
    fn expansion_name(&self, name: &str) -> Option<String> {
        let id = *self.index.macros(name).first()?;
        let (file, item) = self.index.item(id);
        let ItemKind::Macro {
            parameters: None, body, ..
        } = &item.kind
        else {
            return None;
        };
        let clean = &self.index.cut(file).clean;
        let tokens = lexer::tokens_of(clean, body.range(), self.language_of_file(), false);
        let mut names = tokens.iter().filter(|token| !matches!(token.mark(clean), b'(' | b')'));
        let only = names.next().filter(|token| token.is_name())?;
        names.next().is_none().then(|| only.text(clean).to_owned())
    }

    /// Notes that a variable is declared to hold the number.
    pub fn note_number(&mut self, id: VarId, value: &Node) {
        if sinks::is_number_of_mremap(value.text()) || self.is_number(value) {
            self.language.numbers.insert(id);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Arguments with those of an array literal in its place.
fn spread(arguments: Vec<Node>) -> Vec<Node> {
    let mut all = Vec::new();
    for argument in arguments {
        let mut inner = argument.clone();
        while matches!(inner.role(), Some(Role::Address | Role::Cast | Role::Parenthesized))
            && let Some(value) = inner.part(Part::Value)
        {
            inner = value;
        }
        match aggregate_node(&inner) {
            Some(list) => all.extend(list.parts(Part::Element)),
            None => all.push(argument),
        }
    }
    all
}
