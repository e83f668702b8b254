//! Calls: what the callee is, what its arguments are, and whether the call reaches `mremap`.

use super::C;
use super::call_site::{CallSite, call_site};
use super::macros::Use;
use super::overloads::{Meant, parameter_types};
use super::paths::{last_segment, template_arguments};
use super::signatures::Signature;
use super::types::LONG;
use crate::facts::functions::{self, Fact};
use crate::facts::{Effect, external};
use crate::ir::{Argument, BlockId, Callee, Expr, SinkPositions, Type};
use crate::lower::builder::Merge;
use crate::lower::values::constant;
use crate::lower::{CallParts, Lowering};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::cut::{ItemKind, NameKind};
use crate::syntax::index::{ByName, ItemId};
use crate::syntax::roles::{Part, Role};

impl Lowering<'_, C> {
    /// Lowers a call.
    pub fn call(&mut self, node: &Node) -> Expr {
        let Some(site) = call_site(node) else {
            return self.unread_value(node);
        };
        // A macro takes what is written as its arguments.
        if !self.is_function_macro(site.callee.text())
            && let Some(value) = self.call_with_split_arguments(node, &site)
        {
            return value;
        }
        if site.callee.kind() == "template_function"
            && let Some(name) = site.callee.field("name")
            && (self.variable(name.text()).is_some() || self.is_global_variable(name.text()))
            && let Some(value) = self.compared(node)
        {
            return value;
        }
        match site.callee.role() {
            _ if site.callee.kind() == "primitive_type" || self.is_cast(node, &site) => {
                let ty = self.named_type(&site.callee);
                let argument = site.arguments().into_iter().next();
                let value = argument.map_or_else(|| constant(0, ty.clone(), site.at), |argument| self.value(&argument));
                self.cast_to(value, &ty, site.at)
            }
            Some(Role::Name) => self.call_of_name(node, &site),
            Some(Role::Field) => self.member_call(&site),
            Some(Role::Call) => self.call_of_call(node, &site),
            _ => self.call_of_value(&site),
        }
    }

    /// Whether what the grammar takes for a call of a name in parentheses is a cast: `(off_t)(n)`.
    fn is_cast(&mut self, node: &Node, site: &CallSite) -> bool {
        let (name, index) = (site.callee.text(), self.index);
        let known = |kind| !index.defining(kind, name).is_empty();
        node.text().starts_with('(')
            && site.callee.role() == Some(Role::Name)
            && site.arguments().len() == 1
            && self.variable(name).is_none()
            && (known(NameKind::Type) || super::type_names::named(name).is_some())
            && !known(NameKind::Function)
    }

    fn call_of_name(&mut self, node: &Node, site: &CallSite) -> Expr {
        let name = site.callee.text().to_owned();
        if let Some(id) = self.variable(&name) {
            return self.call_of_variable(id, site);
        }
        if self.body.find_global(&name).is_some() {
            return self.call_of_value(site);
        }
        if let Some(value) = self.expanded_value(&self.call_use(node, site)) {
            return value;
        }
        if let Some(value) = self.renamed_call(node, site) {
            return value;
        }
        let is_member = |lowering: &mut Self| lowering.implicit_member(&name, site.callee.span()).is_some();
        if self.is_global_variable(&name) || self.language.cpp && is_member(self) {
            return self.call_of_value(site);
        }
        let name = match name.split_once('<') {
            Some((plain, _)) if site.callee.kind() == "template_function" => plain.trim_end(),
            _ => &name,
        };
        self.direct_call(name, node, site)
    }

    /// A name that only variables of the unit have.
    fn is_global_variable(&self, name: &str) -> bool {
        let known = |kind| !self.index.defining(kind, last_segment(name)).is_empty();
        (known(NameKind::Variable) || known(NameKind::External))
            && !known(NameKind::Function)
            && !known(NameKind::Declaration)
    }

    /// The use of a function-like macro that a call may be.
    pub fn call_use(&self, node: &Node, site: &CallSite) -> Use {
        Use {
            name: site.callee.text().to_owned(),
            name_at: site.callee.span(),
            at: node.span(),
            arguments: Some(self.argument_texts(&site.list)),
        }
    }

    /// A callee that is itself a call: a macro that makes the name, or a function that returns a function.
    fn call_of_call(&mut self, node: &Node, site: &CallSite) -> Expr {
        if let Some((positions, operands)) = self.system_call(site) {
            return self.sink_call(
                Callee::Named(squeezed(site.callee.text())),
                positions,
                &operands,
                site.at,
            );
        }
        if let Some(inner) = call_site(&site.callee)
            && inner.callee.role() == Some(Role::Name)
            && self.variable(inner.callee.text()).is_none()
        {
            let use_of = self.call_use(&site.callee, &inner);
            let definitions = self.definitions(&use_of.name, use_of.name_at, true);
            if let [only] = &definitions[..]
                && let Some(text) = self.expansion(&use_of, only)
                && let Some(value) = self.call_with_callee(&text, &use_of, node, site)
            {
                return value;
            }
        }
        self.call_of_value(site)
    }

    fn call_of_value(&mut self, site: &CallSite) -> Expr {
        let callee = match site
            .callee
            .part(Part::Value)
            .filter(|_| site.callee.role() == Some(Role::Dereference))
        {
            // A pointer to a function and the function are called alike; only a pointer to a pointer is read.
            Some(pointer) => {
                let pointer = self.value(&pointer);
                match self.pointee_type(&pointer) {
                    Type::Pointer(_) => self.load(crate::lower::places::deref(pointer), site.callee.span()),
                    _ => pointer,
                }
            }
            None => self.value(&site.callee),
        };
        self.call_of_function(callee, site)
    }

    /// A call of whatever function a value is.
    pub fn call_of_function(&mut self, callee: Expr, site: &CallSite) -> Expr {
        let arguments = site.arguments();
        if let Expr::Function(name, _) = &callee {
            let name = name.clone();
            return match self.is_closure(&name) {
                true => self.closure_call(&name, &arguments, site.at),
                false => self.named_call(&name, &arguments, site.at),
            };
        }
        let mark = self.body.mark();
        let mut values = self.passed_unseen(&arguments);
        if let Expr::Load(place, Type::Unknown | Type::Aggregate(_), _) = &callee
            && self.language.cpp
        {
            // It may be an object that leads to others.
            let value = super::operators::address_of(place.clone(), site.at);
            values.push(Argument { value, at: site.at });
        }
        let callee = self.body.settle(callee, mark);
        self.emit_call(CallParts::plain(
            Callee::Pointer(callee),
            values,
            Type::Unknown,
            site.at,
        ))
    }

    /// A call of a function by its own name.
    fn direct_call(&mut self, name: &str, node: &Node, site: &CallSite) -> Expr {
        let arguments = site.arguments();
        let last = last_segment(name);
        if matches!(
            last.trim_matches('_'),
            "typeof" | "decltype" | "noexcept" | "builtin_types_compatible_p"
        ) {
            return Expr::Unknown(Type::Unknown, site.at);
        }
        let visible = !self.index.functions(last).is_empty() && !self.is_foreign_path(name);
        if !visible {
            self.may_go_to_arguments(&arguments, site.at);
        }
        if last.trim_start_matches("__builtin_") == "is_constant_evaluated" && !visible {
            return constant(0, Type::BOOL, site.at);
        }
        if let Some(value) = self.type_call(name, visible, site) {
            return value;
        }
        if let Some(positions) = self.positions(name)
            && super::arguments::reaches(positions, &arguments)
            && !self.is_own_function(last)
        {
            return self.sink_call(Callee::Named(name.to_owned()), positions, &arguments, site.at);
        }
        if let Some((positions, operands)) = self.system_call(site) {
            return self.sink_call(Callee::Named(name.to_owned()), positions, &operands, site.at);
        }
        if !visible
            && self.language.cpp
            && let Some(value) = self.standard_call(last, site)
        {
            return value;
        }
        if !visible
            && let Some(fact) = functions::fact(last)
            && let Some(value) = self.known_call(fact, node, site)
        {
            return value;
        }
        if is_disguised(last) && !visible && arguments.len() >= 4 {
            // A macro of a header that is not visible, or another name for the function (the linker's `--wrap`).
            if let Some(positions) = self.positions("mremap") {
                return self.sink_call(Callee::Named(name.to_owned()), positions, &arguments, site.at);
            }
        }
        if let ("va_arg" | "__builtin_va_arg", [list, ty]) = (last, &arguments[..]) {
            self.value(list);
            let ty = self.named_type(ty);
            return Expr::Unknown(ty, site.at);
        }
        if !visible && returns_again(last) {
            return self.returning_again(&arguments, site);
        }
        if visible && is_built_in(last) && !self.is_own_function(last) {
            return self.own_or_built_in(name, &arguments, site.at);
        }
        let template = template_arguments(&site.callee, last);
        self.template_call(name, &template, &arguments, site.at)
    }

    /// A function of the unit that compilers may take for the library's: they call it, or do what the library's does.
    fn own_or_built_in(&mut self, name: &str, arguments: &[Node], at: Span) -> Expr {
        let (own, other, exit) = (self.body.block(), self.body.block(), self.body.block());
        let mut merge = Merge::default();
        self.body.branch(Expr::Unknown(Type::BOOL, at), own, other, at);
        self.body.switch_to(own);
        let value = self.template_call(name, &[], arguments, at);
        let ty = value.ty();
        if !self.body.ended() {
            merge.arms.push((self.body.current(), value));
        }
        self.body.goto(exit);
        self.body.switch_to(other);
        self.lower_arguments(arguments);
        merge.arms.push((self.body.current(), Expr::Unknown(ty, at)));
        self.body.goto_and_switch(exit);
        self.merged(merge, at)
    }

    /// A name of the standard library, if the unit does not add to that.
    fn is_foreign_path(&self, name: &str) -> bool {
        let of_standard = |id: &ItemId| self.index.item(*id).1.scope.iter().any(|name| name == "std");
        self.language.cpp
            && name.trim_start_matches("::").starts_with("std::")
            && !self.index.functions(last_segment(name)).iter().any(of_standard)
    }

    /// `T(x)` where `T` is a type: a conversion or an object.
    fn type_call(&mut self, name: &str, visible: bool, site: &CallSite) -> Option<Expr> {
        let last = last_segment(name);
        if !self.language.cpp || visible && self.index.types(last).is_empty() {
            return None;
        }
        let ty = match self.type_named(last) {
            Type::Unknown => return None,
            Type::Aggregate(class) if self.index.types(&class).is_empty() => return None,
            ty => ty,
        };
        let arguments = site.arguments();
        match (&ty, &arguments[..]) {
            (Type::Aggregate(_), _) => Some(self.constructed(&ty, &site.list, site.at)),
            (_, [only]) => {
                let value = self.value(only);
                Some(self.cast_to(value, &ty, site.at))
            }
            (_, []) => Some(constant(0, ty, site.at)),
            _ => None,
        }
    }

    /// A call of a function of the unit or of a library.
    pub fn named_call(&mut self, name: &str, arguments: &[Node], at: Span) -> Expr {
        self.template_call(name, &[], arguments, at)
    }

    /// The same with arguments for the function's template.
    fn template_call(&mut self, name: &str, template: &[Node], arguments: &[Node], at: Span) -> Expr {
        let last = last_segment(name).to_owned();
        if let Some(path) = self.language.nested.get(name).cloned() {
            return self.closure_call(&path, arguments, at);
        }
        if let Some(class) = self.class_with_method(&last)
            && !name.contains("::")
        {
            return self.own_method_call(&class, &last, arguments, at);
        }
        if let Some(positions) = self
            .positions(name)
            .filter(|positions| super::arguments::reaches(*positions, arguments))
            && !self.is_own_function(&last)
        {
            return self.sink_call(Callee::Named(name.to_owned()), positions, arguments, at);
        }
        let meant = self.meant(&last, None, arguments);
        let (signature, chosen) = match meant {
            Meant::One(one) => (Some(one.clone()), Some(parameter_types(&one))),
            Meant::Alike(usual) => (usual, None),
            Meant::Unclear => {
                let given = self.given_by_reference(arguments);
                return self.unknown_call(given, at);
            }
        };
        let mut values = match signature {
            None if !takes_values(&last) => self.passed_unseen(arguments),
            _ => self.passed(signature.as_deref(), arguments, at),
        };
        if let Some(signature) = &signature
            && values.len() == signature.parameters.len()
        {
            values.extend(self.template_values(signature, template, at));
        }
        let noreturn = signature.as_ref().is_some_and(|signature| signature.noreturn);
        let ty = signature
            .as_ref()
            .map_or(Type::Unknown, |signature| signature.returns.clone());
        let reference = signature.is_some_and(|signature| signature.reference);
        let ty = if ty == Type::Unknown { result_type(&last) } else { ty };
        let callee = Callee::Named(self.path_of_call(name, &values));
        let result = self.emit_call(CallParts {
            noreturn,
            chosen,
            ..CallParts::plain(callee, values, ty, at)
        });
        self.result_of_call(result, reference, at)
    }

    /// What a call gives: what a reference refers to, or an object that lives on.
    pub fn result_of_call(&mut self, result: Expr, reference: bool, at: Span) -> Expr {
        if reference {
            self.load(crate::lower::places::deref(result), at)
        } else {
            self.temporary_made(&result);
            result
        }
    }

    /// The values that a template takes behind a function's own arguments.
    fn template_values(&mut self, signature: &Signature, template: &[Node], at: Span) -> Vec<Argument> {
        let mut values = Vec::new();
        for (position, default) in &signature.template_values {
            let value = template.get(*position).or(default.as_ref());
            let value = value.map(|value| self.value(value));
            let value = value.unwrap_or(Expr::Unknown(Type::Unknown, at));
            values.push(Argument { value, at });
        }
        values
    }

    /// The positions of a sink by name.
    pub fn positions(&self, name: &str) -> Option<SinkPositions> {
        let language = self.language_of_file();
        // Names that are no system's own mean the same in whatever namespace they stand.
        let last = last_segment(name);
        let own = if last == "mremap" { name } else { last };
        self.sinks.by_path(language, own)
    }

    /// A name of a sink that this file gives to a function of its own, whatever the build.
    fn is_own_function(&self, name: &str) -> bool {
        self.index.functions(name).iter().any(|&id| {
            let (file, item) = self.index.item(id);
            let head = self.sources.slice(item.span);
            let head = head.split('{').next().unwrap_or("");
            file == self.file
                && item.kind == ItemKind::Function
                && item.conditions.is_empty()
                && item.scope.is_empty()
                && head
                    .split(|c: char| !c.is_alphanumeric() && c != '_')
                    .any(|word| word == "static")
        })
    }

    /// A call as a condition: macros and known functions may be conditions themselves.
    pub fn call_condition(&mut self, node: &Node, yes: BlockId, no: BlockId) -> bool {
        let Some(site) = call_site(node).filter(|site| site.callee.role() == Some(Role::Name)) else {
            return false;
        };
        let name = site.callee.text();
        if self.variable(name).is_some() {
            return false;
        }
        let use_of = self.call_use(node, &site);
        if self.expanded_condition(&use_of, yes, no) {
            return true;
        }
        let last = last_segment(name);
        if let Some(Fact::Operand(position)) = functions::fact(last)
            && self.index.functions(last).is_empty()
            && !self.is_function_macro(last)
            && let Some(argument) = site.arguments().get(position)
        {
            self.condition(argument, yes, no);
            return true;
        }
        false
    }
}

/// Library functions without effects that compilers do themselves, whatever the program defines under their names.
fn is_built_in(name: &str) -> bool {
    matches!(
        name,
        "abs" | "labs" | "llabs" | "imaxabs" | "ffs" | "ffsl" | "ffsll" | "strlen" | "strcmp" | "strncmp" | "memcmp"
    )
}

/// Whether a function that is not visible is known to take its arguments by value, or not to write to them: those of C's
/// library, and what only looks at numbers.
fn takes_values(name: &str) -> bool {
    external::known(name).effect != Effect::Everything
        || functions::fact(name).is_some()
        || result_type(name) != Type::Unknown
        || external::looks(name)
}

/// Functions that return a second time when a later call jumps back to them.
fn returns_again(name: &str) -> bool {
    let plain = name.trim_start_matches('_');
    matches!(plain.strip_prefix("builtin_").unwrap_or(plain), "setjmp" | "sigsetjmp")
}

/// A function or macro that nobody defines stands for `mremap` if that ends its name, after a word of its own
/// (`real_mremap`) or a lower-case prefix (`xmremap`), or if it is the name in capitals.
pub fn is_disguised(name: &str) -> bool {
    let start = name.len().checked_sub("mremap".len());
    let Some((prefix, rest)) = start.and_then(|start| name.split_at_checked(start)) else {
        return false;
    };
    let set_apart = prefix.ends_with('_') || prefix.bytes().all(|byte| byte.is_ascii_lowercase());
    rest.eq_ignore_ascii_case("mremap") && name != "mremap" && set_apart
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// What well-known functions return.
fn result_type(name: &str) -> Type {
    match name.strip_prefix("__builtin_").unwrap_or(name) {
        "strlen" | "strnlen" | "wcslen" | "sizeof" | "fread" | "fwrite" | "malloc_usable_size" | "strlcpy"
        | "getauxval" => Type::SIZE,
        "read" | "write" | "pread" | "pwrite" | "recv" | "send" | "readlink" | "sysconf" | "lseek" | "ftell"
        | "ftello" | "strtol" | "atol" | "syscall" | "getline" | "pathconf" | "labs" | "strtoll" | "atoll" | "time" => {
            LONG
        }
        "strtoul" | "strtoull" => Type::SIZE,
        "getpagesize" | "atoi" | "strcmp" | "strncmp" | "memcmp" | "printf" | "fprintf" | "snprintf" | "open"
        | "close" | "munmap" | "madvise" | "mprotect" | "msync" | "fstat" | "stat" | "ftruncate" | "abs" | "rand"
        | "getchar" | "memfd_create" | "shmget" | "mlock" | "puts" | "putchar" | "fgetc" | "getc" => Type::INT,
        "malloc" | "calloc" | "realloc" | "mmap" | "mmap64" | "alloca" | "shmat" | "memalign" | "aligned_alloc"
        | "sbrk" => Type::pointer(Type::Void),
        _ => Type::Unknown,
    }
}
