//! Calls whose callee or arguments are macros: they are read again with the macro's text.

use super::C;
use super::call_site::{CallSite, call_site};
use super::calls::is_disguised;
use super::macros::Use;
use crate::facts::functions;
use crate::ir::{Callee, Expr, Type};
use crate::lower::Lowering;
use crate::source::Span;
use crate::syntax::cut::NameKind;
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text};

impl Lowering<'_, C> {
    /// A callee that is an object-like macro: its text takes the name's place.
    pub fn renamed_call(&mut self, node: &Node, site: &CallSite) -> Option<Expr> {
        let name_at = site.callee.span();
        let definitions = self.definitions(site.callee.text(), name_at, false);
        let use_of = super::names::object_use(&site.callee);
        let value = match &definitions[..] {
            [] => return None,
            [only] => {
                let text = self.expansion(&use_of, only)?;
                self.call_with_callee(&text, &use_of, node, site)
            }
            _ => {
                // Whichever function makes the system call, the name says that it is one.
                if let Some((positions, operands)) = self.system_call(site) {
                    let callee = Callee::Named(site.callee.text().to_owned());
                    return Some(self.sink_call(callee, positions, &operands, site.at));
                }
                let callee = self.expanded_value(&use_of)?;
                Some(self.call_of_function(callee, site))
            }
        };
        Some(value.unwrap_or_else(|| {
            self.lower_arguments(&site.arguments());
            self.unread_at(node.span());
            Expr::Unknown(Type::Unknown, node.span())
        }))
    }

    /// Lowers a call anew with another text as its callee.
    pub fn call_with_callee(&mut self, callee: &Text, use_of: &Use, node: &Node, site: &CallSite) -> Option<Expr> {
        let mut text = Text::empty(node.span());
        text.append(callee);
        text.push(" ");
        text.append(&site.list.source());
        let parsed = self.parse_expression(&text)?;
        // mremap by another name through a pointer: positions are those of the function that it stands for.
        let stands_for_mremap = is_disguised(&use_of.name.replace('_', ""));
        self.in_expansion(use_of, None, |lowering| match call_site(&parsed) {
            Some(inner) if stands_for_mremap && inner.callee.role() != Some(Role::Name) => {
                let positions = lowering.positions("mremap")?;
                let callee = lowering.value(&inner.callee);
                let at = Span {
                    start: site.callee.span().start,
                    ..site.at
                };
                Some(lowering.sink_call(Callee::Pointer(callee), positions, &site.arguments(), at))
            }
            _ => Some(lowering.value(&parsed)),
        })
    }

    /// A macro among the arguments may stand for several of them: the call is read again with its text in their place.
    pub fn call_with_split_arguments(&mut self, node: &Node, site: &CallSite) -> Option<Expr> {
        let arguments = site.arguments();
        let (use_of, expansion, index) = arguments
            .iter()
            .enumerate()
            .find_map(|(index, argument)| self.splitting_use(argument, index))?;
        let mut text = Text::empty(node.span());
        text.append(&site.callee.source());
        text.push("(");
        for (position, argument) in arguments.iter().enumerate() {
            if position > 0 {
                text.push(", ");
            }
            let source = argument.source();
            text.append(if position == index { &expansion } else { &source });
        }
        let end = site.list.span().end;
        text.push_from(
            ")",
            Span {
                start: end.max(1) - 1,
                end,
                ..site.list.span()
            },
        );
        let parsed = self.parse_expression(&text)?;
        self.in_expansion(&use_of, None, |lowering| Some(lowering.value(&parsed)))
    }

    /// The use of a macro that an argument is, if its text is several arguments.
    fn splitting_use(&mut self, argument: &Node, index: usize) -> Option<(Use, Text, usize)> {
        let use_of = match argument.role() {
            Some(Role::Name) => super::names::object_use(argument),
            Some(Role::Call) => {
                let site = call_site(argument).filter(|site| site.callee.role() == Some(Role::Name))?;
                if self.index.macros(site.callee.text()).is_empty() {
                    return None;
                }
                self.call_use(argument, &site)
            }
            _ => return None,
        };
        if self.index.macros(&use_of.name).is_empty() || self.variable(&use_of.name).is_some() {
            return None;
        }
        let definitions = self.definitions(&use_of.name, use_of.name_at, use_of.arguments.is_some());
        let [definition] = &definitions[..] else { return None };
        let text = self.expansion(&use_of, definition)?;
        let parts = super::expansion::split_arguments(&text.text, 0..text.text.len(), self.language_of_file());
        (parts.len() > 1).then_some((use_of, text, index))
    }

    /// A statement that is the use of a macro which is not visible, as its name in capitals says: it may write to what it is
    /// given. One that is given a text prints.
    pub fn unseen_macro(&mut self, node: &Node) -> bool {
        let Some(call) = node.part(Part::Value).filter(|value| value.role() == Some(Role::Call)) else {
            return false;
        };
        let Some(site) = call_site(&call).filter(|site| self.is_unseen_macro(site.callee.text())) else {
            return false;
        };
        let prints = call.descendants().any(|inner| inner.role() == Some(Role::String));
        if !prints {
            self.body.may_go_anywhere(call.span());
        }
        self.value(&call);
        let has_effects = |inner: Node| matches!(inner.role(), Some(Role::Call | Role::Update | Role::Assign));
        let designates = |argument: &Node| {
            let is_place = matches!(
                argument.role(),
                Some(Role::Name | Role::Field | Role::Index | Role::Dereference)
            );
            is_place && !argument.descendants().any(has_effects)
        };
        let arguments = site.arguments();
        for argument in arguments.iter().filter(|argument| !prints && designates(argument)) {
            if let Some(place) = self.place(argument) {
                self.body.havoc(place.clone(), argument.span());
                self.overlapping_stored(&place, argument.span());
            }
        }
        true
    }

    fn is_unseen_macro(&mut self, name: &str) -> bool {
        let known = |kind| !self.index.defining(kind, name).is_empty();
        let kinds = [
            NameKind::Macro,
            NameKind::Function,
            NameKind::Declaration,
            NameKind::Type,
        ];
        name.len() > 1
            && name.bytes().any(|byte| byte.is_ascii_uppercase())
            && !name.bytes().any(|byte| byte.is_ascii_lowercase())
            && !kinds.into_iter().any(known)
            && functions::fact(name).is_none()
            && self.positions(name).is_none()
            && self.variable(name).is_none()
    }
}
