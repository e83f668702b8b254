//! Expressions → values and places, in the order of evaluation: what changes state or control becomes statements and
//! branches, what is left has no effects. The same for all languages.

use super::conditions::short_circuit;
use super::flow::has_fault_of_its_own;
use super::{Language, Lowering};
use crate::ir::{BinaryOp, Expr, Place, Type, UnaryOp};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

/// After this many links a chain of operators goes on from a temporary, so that no expression nests deeper.
const CHAIN: usize = 64;

impl<L: Language> Lowering<'_, L> {
    /// The value of an expression.
    pub fn value(&mut self, node: &Node) -> Expr {
        let unknown = Expr::Unknown(Type::Unknown, node.span());
        self.deeper(node.span(), unknown, |lowering| match L::value(lowering, node) {
            Some(value) => value,
            None => lowering.plain_value(node),
        })
    }

    fn plain_value(&mut self, node: &Node) -> Expr {
        let at = node.span();
        match node.role() {
            Some(
                Role::Parenthesized
                | Role::Binary
                | Role::Unary
                | Role::Cast
                | Role::Assign
                | Role::Update
                | Role::Sequence
                | Role::Field
                | Role::Index
                | Role::Dereference,
            ) if has_fault_of_its_own(node) => self.unread_value(node),
            Some(Role::Call) if has_fault_of_its_own(node) => {
                self.unread_piece(node.text(), &[], at);
                L::call(self, node)
            }
            Some(Role::Name) => self.name(node),
            Some(Role::Integer | Role::Character | Role::String | Role::Float | Role::Boolean | Role::Null) => {
                L::literal(self, node)
            }
            Some(Role::Field | Role::Index | Role::Dereference) => match self.place(node) {
                Some(place) => self.load(place, at),
                None => Expr::Unknown(Type::Unknown, at),
            },
            Some(Role::Address) => self.address(node),
            Some(Role::Binary) => self.binary(node),
            Some(Role::Unary) => self.unary(node),
            Some(Role::Cast) => self.cast(node),
            Some(Role::Sizeof) => L::size(self, node),
            Some(Role::Assign) => self.assign(node),
            Some(Role::Update) => self.update(node),
            Some(Role::Call) => L::call(self, node),
            Some(Role::Closure) => L::closure(self, node),
            Some(Role::Sequence) => self.sequence(node),
            Some(Role::Aggregate) => self.aggregate(node),
            Some(Role::Parenthesized | Role::Evaluate) => match node.part(Part::Value) {
                Some(inner) => self.value(&inner),
                None => self.unread_value(node),
            },
            Some(Role::Branch | Role::Select | Role::Switch | Role::Block | Role::Loop) => self.flow_value(node),
            Some(Role::Return | Role::Break | Role::Continue | Role::Stop | Role::Goto) => {
                self.statement(node);
                Expr::Unknown(Type::Void, at)
            }
            _ => self.unread_value(node),
        }
    }

    fn name(&mut self, node: &Node) -> Expr {
        match self.variable(node.text()) {
            Some(id) => {
                let place = self.variable_place(id, node.span());
                self.load(place, node.span())
            }
            None => L::name(self, node),
        }
    }

    /// Reads a place. An array is its address where a value is asked for; volatile variables may give anything.
    pub fn load(&mut self, place: Place, at: Span) -> Expr {
        let ty = self.place_type(&place);
        match (&place, &ty) {
            // What a function designates is itself.
            (Place::Deref(function), _) if matches!(**function, Expr::Function(..)) => (**function).clone(),
            (Place::Var(id), _) if self.body.variables[id.0 as usize].volatile => Expr::Unknown(ty, at),
            _ => Expr::Load(place, ty, at),
        }
    }

    fn binary(&mut self, node: &Node) -> Expr {
        if short_circuit(node).is_some() {
            return self.truth_value(node);
        }
        // The left spine of a chain is as long as the program likes: a loop, not recursion.
        let mut spine = vec![node.clone()];
        while let Some(left) = spine.last().and_then(|last| last.part(Part::Left)) {
            if left.role() != Some(Role::Binary) || short_circuit(&left).is_some() {
                break;
            }
            spine.push(left);
        }
        let innermost = spine.last().and_then(|last| last.part(Part::Left));
        let mut value = match innermost {
            Some(left) => self.value(&left),
            None => Expr::Unknown(Type::Unknown, node.span()),
        };
        for (count, link) in spine.iter().rev().enumerate() {
            let (Some(operator), Some(right)) = (link.part(Part::Operator), link.part(Part::Right)) else {
                return self.unread_value(node);
            };
            // What is computed with an array is its address, not a copy of what it holds now.
            let left = match value {
                array @ Expr::Load(_, Type::Array(..), _) => L::promote(self, array),
                value => value,
            };
            let mark = self.body.mark();
            let right = self.value(&right);
            let left = self.body.settle(left, mark);
            value = self.operation(operator.text(), left, right, link.span());
            if count % CHAIN == CHAIN - 1 {
                value = self.kept(value);
            }
        }
        value
    }

    /// The result of an operator on two values, converted as the language says.
    pub fn operation(&mut self, operator: &str, left: Expr, right: Expr, at: Span) -> Expr {
        if let Some(result) = L::operation(self, operator, &left, &right, at) {
            return result;
        }
        let Some(op) = binary_operator(operator) else {
            return Expr::Unknown(Type::Unknown, at);
        };
        let (left, right, ty) = L::balance(self, operator, left, right);
        if [left.ty(), right.ty(), ty.clone()].contains(&Type::Float) {
            return Expr::Unknown(ty, at);
        }
        Expr::binary(op, left, right, ty, at)
    }

    fn unary(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let (Some(operator), Some(operand)) = (node.part(Part::Operator), node.part(Part::Operand)) else {
            return self.unread_value(node);
        };
        let value = self.value(&operand);
        match operator.text() {
            "!" | "not" if value.ty() != Type::Float => L::negation(self, value, at),
            "-" => self.arithmetic(UnaryOp::Negate, value, at),
            "~" | "compl" => self.arithmetic(UnaryOp::BitNot, value, at),
            "+" => L::promote(self, value),
            _ => Expr::Unknown(Type::Unknown, at),
        }
    }

    fn arithmetic(&mut self, op: UnaryOp, value: Expr, at: Span) -> Expr {
        let value = L::promote(self, value);
        match value.ty() {
            ty @ (Type::Float | Type::Aggregate(_)) => Expr::Unknown(ty, at),
            ty => Expr::unary(op, value, ty, at),
        }
    }

    fn cast(&mut self, node: &Node) -> Expr {
        let ty = match node.part(Part::Type) {
            Some(ty) => L::type_of(self, &ty),
            None => Type::Unknown,
        };
        match node.part(Part::Value) {
            Some(value) => {
                let value = self.value(&value);
                self.cast_to(value, &ty, node.span())
            }
            None => Expr::Unknown(ty, node.span()),
        }
    }

    /// An explicit conversion. What cannot be followed (floats, structures) is unknown; an unknown type changes nothing.
    pub fn cast_to(&mut self, value: Expr, ty: &Type, at: Span) -> Expr {
        let from = value.ty();
        match (&from, ty) {
            (_, Type::Unknown) => value,
            (_, Type::Void) => Expr::Unknown(Type::Void, at),
            (Type::Float, Type::Float) => value,
            (Type::Float, Type::Int { bits: 1, .. }) => match value {
                Expr::Const { bits, at, .. } => constant(u64::from(f64::from_bits(bits) != 0.0), ty.clone(), at),
                _ => Expr::Unknown(ty.clone(), at),
            },
            (Type::Float, Type::Int { .. }) => match value {
                // Conversions to an integer cut the fraction off; what the type does not hold may come out as anything.
                Expr::Const { bits, at, .. } => {
                    let cut = f64::from_bits(bits) as i64 as u64;
                    let held = constant(cut, ty.clone(), at);
                    match &held {
                        Expr::Const { bits, .. }
                            if extend(*bits, ty) == cut && (cut as i64).unsigned_abs() < 1 << 62 =>
                        {
                            held
                        }
                        _ => Expr::Unknown(ty.clone(), at),
                    }
                }
                _ => Expr::Unknown(ty.clone(), at),
            },
            (Type::Float, _) | (_, Type::Float) => Expr::Unknown(ty.clone(), at),
            (_, Type::Aggregate(_) | Type::Array(..)) => value,
            _ if from == *ty => value,
            _ => {
                let value = self.decayed(value);
                match value {
                    Expr::Const { bits, at, .. } => constant(extend(bits, &from), ty.clone(), at),
                    value => Expr::cast(value, ty.clone(), at),
                }
            }
        }
    }

    /// An array as the address it stands for.
    pub fn decayed(&mut self, value: Expr) -> Expr {
        match value {
            Expr::Load(place, Type::Array(..), at) => Expr::Address(place, at),
            value => value,
        }
    }

    fn assign(&mut self, node: &Node) -> Expr {
        let (Some(to), Some(from)) = (node.part(Part::To), node.part(Part::Value)) else {
            return self.unread_value(node);
        };
        let operator = node
            .part(Part::Operator)
            .map(|operator| operator.text().to_owned())
            .unwrap_or("=".to_owned());
        self.assigned(&to, &from, &operator, node.span())
    }

    /// `to = from`, or with another operator of assignment.
    pub fn assigned(&mut self, to: &Node, from: &Node, operator: &str, at: Span) -> Expr {
        let Some(operator) = operator.strip_suffix('=').filter(|operator| !operator.is_empty()) else {
            return self.store_from(to, from, at);
        };
        let right = self.value(from);
        let Some(place) = self.place(to) else {
            return Expr::Unknown(Type::Unknown, at);
        };
        let left = self.load(place.clone(), to.span());
        let value = self.operation(operator, left, right, at);
        self.store(&place, value, at);
        self.load(place, at)
    }

    fn store_from(&mut self, to: &Node, from: &Node, at: Span) -> Expr {
        if aggregate_node(from).is_some() {
            let Some(place) = self.place(to) else {
                return self.unread_value(from);
            };
            // The parts may be made of what the place holds so far: the whole is made apart and then copied.
            let ty = self.place_type(&place);
            let whole = Place::Var(self.body.temporary(ty, from.span()));
            self.initialize(&whole, from, at);
            let value = self.load(whole, at);
            self.store(&place, value, at);
            return self.load(place, at);
        }
        let value = self.value(from);
        let mark = self.body.mark();
        let Some(place) = self.place(to) else {
            return Expr::Unknown(Type::Unknown, at);
        };
        let value = self.body.settle(value, mark);
        self.store(&place, value, at);
        self.load(place, at)
    }

    /// Stores a value to a place, converted to the place's type.
    pub fn store(&mut self, place: &Place, value: Expr, at: Span) {
        let ty = self.place_type(place);
        if L::store(self, place, &ty, &value, at) {
            return;
        }
        let plain = value.ty() == ty;
        let value = if plain { value } else { L::convert(self, value, &ty, at) };
        if plain && let Some(to) = self.body.call_made_for(&value) {
            *to = Some(place.clone());
        } else {
            self.body.assign(place.clone(), value, at);
        }
        L::stored(self, place, at);
    }

    /// Stores the value of an expression, aggregates included, to a place.
    pub fn initialize(&mut self, place: &Place, from: &Node, at: Span) {
        match aggregate_node(from) {
            Some(aggregate) => {
                let ty = self.place_type(place);
                L::aggregate(self, place, &ty, &aggregate);
            }
            None => {
                let value = self.value(from);
                self.store(place, value, at);
            }
        }
    }

    fn aggregate(&mut self, node: &Node) -> Expr {
        let ty = match node.part(Part::Type) {
            Some(ty) => L::type_of(self, &ty),
            None => Type::Unknown,
        };
        let place = Place::Var(self.body.temporary(ty.clone(), node.span()));
        L::aggregate(self, &place, &ty, node);
        self.load(place, node.span())
    }

    fn update(&mut self, node: &Node) -> Expr {
        let at = node.span();
        let (Some(to), Some(operator)) = (node.part(Part::To), node.part(Part::Operator)) else {
            return self.unread_value(node);
        };
        let Some(place) = self.place(&to) else {
            return Expr::Unknown(Type::Unknown, at);
        };
        let before = self.load(place.clone(), to.span());
        let prefix = operator.range().start < to.range().start;
        let used = node.parent().is_none_or(|parent| match parent.role() {
            Some(Role::Evaluate) => false,
            Some(Role::Loop) => parent.parts(Part::Test).any(|test| test == *node),
            _ => true,
        });
        let before = if prefix || !used {
            before
        } else {
            self.kept_copy(before)
        };
        let one = Expr::Const {
            bits: 1,
            ty: Type::INT,
            at: operator.span(),
        };
        let value = self.operation(&operator.text()[..1], before.clone(), one, at);
        self.store(&place, value, at);
        if prefix { self.load(place, at) } else { before }
    }

    /// The value in a temporary of its own, safe from later stores.
    pub fn kept_copy(&mut self, value: Expr) -> Expr {
        let (ty, at) = (value.ty(), value.at());
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.body.assign(place.clone(), value, at);
        Expr::Load(place, ty, at)
    }

    fn sequence(&mut self, node: &Node) -> Expr {
        let mut current = node.clone();
        loop {
            if let Some(first) = current.part(Part::First) {
                self.statement(&first);
            }
            match current.part(Part::Second) {
                Some(next) if next.role() == Some(Role::Sequence) => current = next,
                Some(last) => {
                    let value = self.value(&last);
                    return self.decayed(value);
                }
                None => return Expr::Unknown(Type::Unknown, node.span()),
            }
        }
    }
}

/// The aggregate that an expression is, seen through parentheses.
pub fn aggregate_node(node: &Node) -> Option<Node> {
    let mut current = node.clone();
    while current.role() == Some(Role::Parenthesized) {
        current = current.part(Part::Value)?;
    }
    (current.role() == Some(Role::Aggregate)).then_some(current)
}

/// The low bits that a type has.
pub fn constant(bits: u64, ty: Type, at: Span) -> Expr {
    let bits = match &ty {
        Type::Int { bits: 1, .. } => u64::from(bits != 0),
        _ if ty.bits() < 64 => bits & ((1 << ty.bits()) - 1),
        _ => bits,
    };
    Expr::Const { bits, ty, at }
}

/// A constant's bits of a type as 64 bits.
pub fn extend(bits: u64, ty: &Type) -> u64 {
    let unused = 64 - ty.bits();
    match ty.signed() {
        true => ((bits << unused) as i64 >> unused) as u64,
        false => bits,
    }
}

/// The operator of a spelling.
pub fn binary_operator(operator: &str) -> Option<BinaryOp> {
    Some(match operator {
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Remainder,
        "&" | "bitand" => BinaryOp::And,
        "|" | "bitor" => BinaryOp::Or,
        "^" | "xor" => BinaryOp::Xor,
        "<<" => BinaryOp::ShiftLeft,
        ">>" => BinaryOp::ShiftRight,
        "==" => BinaryOp::Equal,
        "!=" | "not_eq" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        "<=" => BinaryOp::LessEqual,
        ">" => BinaryOp::Greater,
        ">=" => BinaryOp::GreaterEqual,
        _ => return None,
    })
}
