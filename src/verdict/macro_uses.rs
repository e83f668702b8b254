//! Who brings what a sink in a macro's body passes: the body itself, or the use of the macro.

use crate::ir::{Expansion, Expr, Function, Place};
use crate::source::Span;

/// Depth to which expressions are looked into.
const DEPTH: usize = 64;

/// Where a use of a macro brings an operand of the call in its body: the part of the use's arguments that the operand is
/// made of, or the operand itself if it is made of variables of the function around the use, or of what is worked out
/// there. `None` if the body alone decides.
pub fn by_use(operand: &Expr, expansion: &Expansion, caller: &Function) -> Option<Span> {
    let mut parts = Parts::default();
    parts.expression(operand, DEPTH);
    let written = |span: &Span| expansion.arguments.iter().any(|argument| argument.contains(*span));
    let around = |place: &&Place| match place {
        Place::Var(id) => {
            let variable = caller.variable(*id);
            variable.name.is_empty() || caller.whole.contains(variable.at)
        }
        _ => false,
    };
    let written = parts.spans.into_iter().find(written);
    written.or_else(|| {
        parts
            .places
            .into_iter()
            .any(|place| around(&place))
            .then(|| operand.at())
    })
}

/// What an expression consists of, itself first.
#[derive(Default)]
struct Parts<'ir> {
    spans: Vec<Span>,
    places: Vec<&'ir Place>,
}

impl<'ir> Parts<'ir> {
    fn expression(&mut self, expression: &'ir Expr, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        self.spans.push(expression.at());
        match expression {
            Expr::Load(place, ..) | Expr::Address(place, _) => self.place(place, depth),
            Expr::Unary(_, inner, ..) | Expr::Cast(inner, ..) => self.expression(inner, depth),
            Expr::Binary(_, left, right, ..) => {
                self.expression(left, depth);
                self.expression(right, depth);
            }
            Expr::Const { .. } | Expr::Function(..) | Expr::NonZero(..) | Expr::Unknown(..) => {}
        }
    }

    fn place(&mut self, place: &'ir Place, depth: usize) {
        let Some(depth) = depth.checked_sub(1) else { return };
        self.places.push(place);
        match place {
            Place::Field(inner, _) => self.place(inner, depth),
            Place::Index(inner, index) => {
                self.place(inner, depth);
                self.expression(index, depth);
            }
            Place::Deref(pointer) => self.expression(pointer, depth),
            Place::Var(_) | Place::Global(_) | Place::Setting(_) => {}
        }
    }
}
