//! Operators of the program's own on objects: assignments, updates, signs. And what the grammar binds otherwise than the
//! language.

use std::ops::Range;

use super::C;
use crate::ir::{Expr, Place, Type};
use crate::lower::places::deref;
use crate::lower::values::{aggregate_node, constant};
use crate::lower::{Lowering, constants};
use crate::source::{Language, Span};
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, lexer};

impl Lowering<'_, C> {
    /// An assignment, update or sign that is a function of an object's class.
    pub fn object_operation(&mut self, node: &Node) -> Option<Expr> {
        match node.role()? {
            Role::Assign => self.object_assigned(node),
            Role::Update => self.object_updated(node),
            Role::Unary => self.object_signed(node),
            _ => None,
        }
    }

    /// The class of the object that an expression designates.
    fn operand_class(&mut self, node: &Node) -> Option<String> {
        if let (Some(Role::Name), Some(id)) = (node.role(), self.variable(node.text())) {
            let ty = self.body.type_of(id);
            if !matches!(ty, Type::Aggregate(_) | Type::Pointer(_)) {
                return None;
            }
        }
        let ty = self.speculative(|lowering| match lowering.place(node) {
            Some(place) => lowering.place_type(&place),
            None => Type::Unknown,
        });
        match ty {
            Type::Aggregate(class) if !class.contains('<') => Some(class),
            _ => None,
        }
    }

    /// Calls the member function of an operator, or, if some function has its name, any function.
    fn member_operator(
        &mut self,
        class: &str,
        operator: &str,
        place: Place,
        operands: Vec<Expr>,
        at: Span,
    ) -> Option<Expr> {
        let name = format!("operator{operator}");
        let object = self.load(place, at);
        if self.method_class(class, &name).is_some() {
            return self.operator_of(&object, operator, &operands, at);
        }
        let mut values = vec![super::operators::address_of(self.place_of_value(object), at)];
        values.extend(operands);
        (!self.index.functions(&name).is_empty()).then(|| self.unknown_call(values, at))
    }

    fn has_operator(&mut self, class: &str, operator: &str) -> bool {
        let name = format!("operator{operator}");
        self.method_class(class, &name).is_some() || operator != "=" && !self.index.functions(&name).is_empty()
    }

    fn object_assigned(&mut self, node: &Node) -> Option<Expr> {
        let (to, from) = (node.part(Part::To)?, node.part(Part::Value)?);
        if to.text().ends_with('>') && to.range().end == node.part(Part::Operator)?.range().start {
            return self.compared(node);
        }
        let operator = node
            .part(Part::Operator)
            .map_or("=".to_owned(), |sign| sign.text().to_owned());
        if from.role() == Some(Role::Sequence) {
            // The grammar takes `a = b, c` for `a = (b, c)`.
            let first = from.part(Part::First)?;
            self.assigned(&to, &first, &operator, node.span());
            return from.part(Part::Second).map(|rest| self.value(&rest));
        }
        let class = self.operand_class(&to)?;
        if !self.has_operator(&class, &operator) {
            return None;
        }
        let value = match aggregate_node(&from) {
            Some(list) => {
                let ty = Type::Aggregate(class.clone());
                self.constructed(&ty, &list, list.span())
            }
            None => self.value(&from),
        };
        let mark = self.body.mark();
        let place = self.place(&to)?;
        let value = self.body.settle(value, mark);
        self.member_operator(&class, &operator, place, vec![value], node.span())
    }

    /// A cast to a reference designates the object, seen as one of the type. One to a pointer to what is not known (a type
    /// that a template is given) tells nothing of what it points to.
    pub fn object_cast(&mut self, node: &Node) -> Option<Expr> {
        let (to, value, at) = (node.part(Part::Type)?, node.part(Part::Value)?, node.span());
        let declared = match to.field("declarator") {
            Some(declarator) => {
                let base = to.field("type").map_or(Type::Unknown, |base| self.named_type(&base));
                self.declared(&declarator, base)
            }
            None if self.language.template_types.contains(to.text()) => return Some(self.cut_to_any(&value)),
            None => return None,
        };
        let unknown = declared.ty == Type::pointer(Type::Unknown);
        if !declared.reference && !unknown {
            return None;
        }
        let pointer = match declared.reference {
            true => self.reference_to(&value),
            false => self.value(&value),
        };
        let pointer = self.cast_to(pointer, &declared.ty, at);
        let pointer = match unknown {
            true => self.kept_copy(pointer),
            false => pointer,
        };
        Some(match declared.reference {
            true => self.load(deref(pointer), at),
            false => pointer,
        })
    }

    /// A number as a type that a template is given: one that fits in all types stays what it is.
    fn cut_to_any(&mut self, value: &Node) -> Expr {
        let value = self.value(value);
        match constants::fold(&value) {
            Some(bits) if bits < 0x80 => value,
            _ => Expr::Unknown(Type::Unknown, value.at()),
        }
    }

    /// `&object`, where the object's class says what that is.
    pub fn address_operator(&mut self, node: &Node) -> Option<Expr> {
        let operand = node.part(Part::Value).filter(|_| self.language.cpp)?;
        if self.index.functions("operator&").is_empty() {
            return None;
        }
        let class = self.operand_class(&operand)?;
        self.method_class(&class, "operator&")?;
        let place = self.place(&operand)?;
        self.member_operator(&class, "&", place, Vec::new(), node.span())
    }

    /// `T{…}` as a value: an object that ends with the statement.
    pub fn unnamed_object(&mut self, node: &Node) -> Option<Expr> {
        let ty = self.named_type(&node.part(Part::Type)?);
        let id = self.body.temporary(ty.clone(), node.span());
        let place = Place::Var(id);
        match self.is_unread_class(&ty) && !node.part(Part::Type)?.text().starts_with("std::") {
            true => {
                let elements: Vec<Node> = node.parts(Part::Element).collect();
                self.unread_object(id, &elements, node.span());
            }
            false => self.initializer_list(&place, &ty, node),
        }
        let value = self.load(place, node.span());
        self.temporary_made(&value);
        Some(value)
    }

    /// `(a = b, c)`: the grammar loses what stands before the comma.
    pub fn parenthesized_list(&mut self, node: &Node) -> Option<Expr> {
        let broken = |inner: &Node| inner.tokens().any(|token| token.kind() == "ERROR");
        if !node.children().any(|inner| broken(&inner)) {
            return None;
        }
        let source = node.source();
        let mut parts = Vec::new();
        for range in listed(&source.text, self.language_of_file()) {
            parts.push(self.parse_expression(&source.part(range))?);
        }
        let last = parts.pop().filter(|_| !parts.is_empty())?;
        parts.iter().for_each(|part| self.statement(part));
        Some(self.value(&last))
    }

    /// `a < 0 || a >= b` and `a < 0 || a > (b)`, where the grammar takes `a < 0 || a >` for a name with template arguments.
    pub fn compared(&mut self, node: &Node) -> Option<Expr> {
        let around = std::iter::once(node.clone()).chain(node.descendants());
        let template = around.into_iter().find(|node| node.kind() == "template_function")?;
        let name = template.field("name")?;
        let (source, start) = (node.source(), node.range().start);
        let (from, to) = (name.range().start - start, name.range().end - start);
        let mut text = Text::empty(source.whole);
        text.append(&source.part(0..from));
        text.push("(");
        text.append(&source.part(from..to));
        text.push(")");
        text.append(&source.part(to..source.text.len()));
        let value = self.parse_expression(&text)?;
        Some(self.value(&value))
    }

    /// `stream >> a >> b`: an operator of a class that is not visible writes to what is named. Numbers are not shifted where
    /// nobody uses the result.
    pub fn extraction(&mut self, node: &Node) -> Option<Expr> {
        let is_extraction = |node: &Node| {
            node.role() == Some(Role::Binary) && node.part(Part::Operator).is_some_and(|sign| sign.text() == ">>")
        };
        if !self.language.cpp || !is_extraction(node) || node.parent().is_some_and(|around| is_extraction(&around)) {
            return None;
        }
        let (mut operands, mut first) = (Vec::new(), node.clone());
        while is_extraction(&first) {
            operands.push(first.part(Part::Right)?);
            first = first.part(Part::Left)?;
        }
        let ty = self.speculative(|lowering| lowering.value(&first).ty());
        let class = matches!(ty, Type::Aggregate(_)) && self.is_unread_class(&ty);
        if !class && (ty != Type::Unknown || is_computed_with(node)) {
            return None;
        }
        operands.push(first);
        operands.reverse();
        let given = self.given_by_reference(&operands);
        self.unknown_call(given, node.span());
        Some(Expr::Unknown(Type::Unknown, node.span()))
    }

    fn object_updated(&mut self, node: &Node) -> Option<Expr> {
        let (to, operator) = (node.part(Part::To)?, node.part(Part::Operator)?);
        let prefix = operator.range().start < to.range().start;
        if prefix && to.role() == Some(Role::Assign) {
            return self.updated_and_assigned(node, &to, operator.text());
        }
        let class = self.operand_class(&to)?;
        if !self.has_operator(&class, operator.text()) {
            return None;
        }
        let place = self.place(&to)?;
        let operands = match prefix {
            true => Vec::new(),
            false => vec![constant(0, Type::INT, node.span())],
        };
        self.member_operator(&class, operator.text(), place, operands, node.span())
    }

    /// `++a = b`, which the grammar takes for `++(a = b)`.
    fn updated_and_assigned(&mut self, node: &Node, assign: &Node, operator: &str) -> Option<Expr> {
        let (to, from, at) = (assign.part(Part::To)?, assign.part(Part::Value)?, node.span());
        let plain = assign.part(Part::Operator).is_none_or(|sign| sign.text() == "=");
        let value = self.value(&from);
        let value = self.kept_copy(value);
        let place = self.place(&to)?;
        let before = self.load(place.clone(), at);
        let updated = self.operation(&operator[..1], before, constant(1, Type::INT, at), at);
        self.store(&place, updated, at);
        match plain {
            true => self.store(&place, value, at),
            false => self.body.havoc(place.clone(), at),
        }
        Some(self.load(place, at))
    }

    fn object_signed(&mut self, node: &Node) -> Option<Expr> {
        let (operator, operand) = (node.part(Part::Operator)?, node.part(Part::Operand)?);
        let name = format!("operator{}", operator.text());
        let known = [self.index.functions(&name), self.index.declarations(&name)];
        if known.iter().all(|items| items.is_empty()) {
            return None;
        }
        let class = self.operand_class(&operand)?;
        if !self.has_operator(&class, operator.text()) {
            return None;
        }
        let place = self.place_or_copy(&operand);
        self.member_operator(&class, operator.text(), place, Vec::new(), node.span())
    }

    /// `a && b`, `a || b` and `a, b` where the program defines the operator: both sides are evaluated.
    pub fn joined_objects(&mut self, node: &Node) -> Option<Expr> {
        let (left, right, operator) = match node.role()? {
            Role::Sequence => (node.part(Part::First)?, node.part(Part::Second)?, ",".to_owned()),
            Role::Binary => {
                let operator = node.part(Part::Operator)?.text().to_owned();
                (node.part(Part::Left)?, node.part(Part::Right)?, operator)
            }
            _ => return None,
        };
        let name = format!("operator{operator}");
        if !matches!(operator.as_str(), "&&" | "||" | ",") || self.index.functions(&name).is_empty() {
            return None;
        }
        let is_object = |lowering: &mut Self, side: &Node| {
            let ty = lowering.speculative(|lowering| lowering.value(side).ty());
            matches!(ty, Type::Aggregate(_) | Type::Unknown)
        };
        if !is_object(self, &left) && !is_object(self, &right) {
            return None;
        }
        let one = self.value(&left);
        let mark = self.body.mark();
        let two = self.value(&right);
        let one = self.body.settle(one, mark);
        Some(self.unknown_operation(&[&one, &two], node.span()))
    }

    /// `object[…]` with any number of arguments, where the object's class says what that is.
    pub fn object_element(&mut self, node: &Node) -> Option<Place> {
        let object = node.part(Part::Object)?;
        let class = self.operand_class(&object)?;
        let list = node.field("indices")?;
        let at = node.span();
        let place = self.place(&object)?;
        let mut operands = Vec::new();
        for index in list.children().collect::<Vec<_>>() {
            operands.push(self.value(&index));
        }
        if self.method_class(&class, "operator[]").is_none() {
            // A conversion to a pointer, or what is not visible.
            return Some(Place::Var(self.body.temporary(Type::Unknown, at)));
        }
        let object = self.load(place, at);
        let element = self.operator_of(&object, "[]", &operands, at)?;
        Some(self.place_of_value(element))
    }

    /// The address of a field that may be that of another object too.
    pub fn shared_address(&mut self, node: &Node) -> Option<Expr> {
        let field = node
            .part(Part::Value)
            .filter(|field| field.role() == Some(Role::Field))?;
        let name = field.part(Part::Name)?.text().to_owned();
        let object = field.part(Part::Object).filter(|_| self.language.cpp)?;
        let ty = self.speculative(|lowering| lowering.value(&object).ty());
        let ty = match ty {
            Type::Pointer(to) => *to,
            ty => ty,
        };
        self.find_in_bases(&ty, |structure| structure.shared.contains(&name).then_some(()))?;
        let ty = Type::pointer(Type::Unknown);
        Some(Expr::NonZero(ty, "the address of a member", node.span()))
    }

    /// `new (place) T(…)`: where the object is made, if the place is a pointer.
    pub fn placed_object(&mut self, node: &Node) -> Option<Expr> {
        let list = node.field("placement")?;
        let arguments: Vec<Node> = list.children().collect();
        let own = !self.index.functions("operatornew").is_empty();
        let mut values = Vec::new();
        for argument in &arguments {
            values.push(match own {
                true => self.reference_to(argument),
                false => self.value(argument),
            });
        }
        if own {
            let made = self.unknown_call(values, node.span());
            return Some(Expr::cast(made, Type::pointer(Type::Void), node.span()));
        }
        let first = values.into_iter().next()?;
        let first = self.decayed(first);
        matches!(first.ty(), Type::Pointer(_)).then(|| self.kept(first))
    }

    /// Makes the elements of an array, however many they are.
    pub fn construct_elements(&mut self, array: &Place, element: &Type, length: Option<u64>, at: Span) {
        if !self.constructs(element) {
            return self.default_members(
                &Place::element(array.clone(), Expr::Unknown(Type::SIZE, at)),
                element,
                at,
            );
        }
        if let Some(length) = length.filter(|length| *length <= 8) {
            for index in 0..length {
                let place = Place::element(array.clone(), constant(index, Type::SIZE, at));
                self.construct_default(&place, element, at);
            }
            return;
        }
        if !self.constructs(element) {
            return self.default_members(
                &Place::element(array.clone(), Expr::Unknown(Type::SIZE, at)),
                element,
                at,
            );
        }
        let (test, round, exit) = (self.body.block(), self.body.block(), self.body.block());
        self.body.goto_and_switch(test);
        self.body.branch(Expr::Unknown(Type::BOOL, at), round, exit, at);
        self.body.switch_to(round);
        let place = Place::element(array.clone(), Expr::Unknown(Type::SIZE, at));
        self.construct_default(&place, element, at);
        self.body.goto(test);
        self.body.switch_to(exit);
    }

    /// The objects that `new T[n]` makes behind a pointer.
    pub fn construct_many(&mut self, pointer: &Expr, element: &Type, at: Span) {
        if self.structure_of(element).is_some() {
            self.construct_elements(&deref(pointer.clone()), element, None, at);
        }
    }
}

/// The ranges of a text in parentheses between its commas.
fn listed(text: &str, language: Language) -> Vec<Range<usize>> {
    let (mut ranges, mut depth, mut start) = (Vec::new(), 0_u32, 1);
    for token in lexer::tokens(text, language) {
        match token.mark(text) {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    ranges.push(start..token.range().start);
                }
            }
            b',' if depth == 1 => {
                ranges.push(start..token.range().start);
                start = token.range().end;
            }
            _ => {}
        }
    }
    ranges
}

/// Whether the value of an expression is used otherwise than as a condition.
fn is_computed_with(node: &Node) -> bool {
    let Some(around) = node.parent() else { return false };
    match around.role() {
        Some(Role::Parenthesized) => is_computed_with(&around),
        Some(Role::Unary) => around.part(Part::Operator).is_none_or(|sign| sign.text() != "!"),
        Some(Role::Binary) => {
            let joined = |sign: &Node| matches!(sign.text(), "&&" | "||" | "and" | "or");
            !around.part(Part::Operator).is_some_and(|sign| joined(&sign))
        }
        Some(Role::Evaluate | Role::Branch | Role::Loop) | None => false,
        Some(_) => true,
    }
}
