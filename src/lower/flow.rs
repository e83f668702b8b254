//! Statements: what runs after what. The same for all languages; a statement that is also an expression (Rust's `if`, GNU
//! C's statement expression) brings its value to a [`Merge`].

use super::builder::{Jump, Merge};
use super::{Language, Lowering};
use crate::ir::{BlockId, End, Expr, Place, Stmt, Type};
use crate::source::Span;
use crate::syntax::Node;
use crate::syntax::roles::{Part, Role};

impl<L: Language> Lowering<'_, L> {
    /// Lowers a statement; the value of an expression is dropped.
    pub fn statement(&mut self, node: &Node) {
        self.deeper(node.span(), (), |lowering| {
            match node.role().is_some() && has_fault_of_its_own(node) {
                true => lowering.unread_around(node, |lowering| lowering.read_statement(node)),
                false => lowering.read_statement(node),
            }
        });
    }

    fn read_statement(&mut self, node: &Node) {
        if !L::statement(self, node) {
            self.flow(node, None);
        }
    }

    /// Lowers what can stand where a statement or a value is asked for; the value goes to `merge`.
    fn flow(&mut self, node: &Node, merge: Option<&mut Merge>) {
        match node.role() {
            Some(Role::Branch) => self.branch(node, merge),
            Some(Role::Select) => self.select(node, merge),
            Some(Role::Switch) => self.switch(node, merge),
            Some(Role::Block) => self.block(node, merge),
            Some(Role::Loop) => self.looping(node, merge),
            Some(Role::Break) => self.leave(node),
            Some(Role::Continue) => self.next_round(node),
            Some(Role::Goto) => self.jump(node),
            Some(Role::Label) => self.label(node),
            Some(Role::Return) => self.return_from(node),
            Some(Role::Stop) => self.stop(node),
            Some(Role::Attempt) => self.attempt(node),
            Some(Role::Conditional) => self.conditional(node),
            Some(Role::Declare) => L::declare(self, node),
            Some(Role::Arm) => self.arm_label(node),
            Some(Role::Evaluate) if merge.is_none() => node.parts(Part::Value).for_each(|value| self.statement(&value)),
            Some(Role::Parenthesized) => match node.part(Part::Value) {
                Some(inner) => self.flow_deeper(&inner, merge),
                None => self.unread(node),
            },
            Some(Role::Function | Role::Type | Role::Import | Role::Opaque) => {}
            Some(_) => {
                let value = self.value(node);
                self.bring(merge, value);
            }
            None => self.unread(node),
        }
    }

    fn flow_deeper(&mut self, node: &Node, merge: Option<&mut Merge>) {
        self.deeper(node.span(), (), |lowering| match merge {
            Some(merge) => lowering.tail(node, merge),
            None => lowering.statement(node),
        });
    }

    /// Brings a value to where the ways meet, if the way gets there.
    fn bring(&mut self, merge: Option<&mut Merge>, value: Expr) {
        if let Some(merge) = merge
            && !self.body.ended()
        {
            merge.arms.push((self.body.current(), value));
        }
    }

    /// Lowers an expression whose value is that of the whole merge on this way.
    pub fn tail(&mut self, node: &Node, merge: &mut Merge) {
        match node.role() {
            Some(
                Role::Branch
                | Role::Select
                | Role::Switch
                | Role::Block
                | Role::Loop
                | Role::Break
                | Role::Continue
                | Role::Return
                | Role::Parenthesized,
            ) => self.deeper(node.span(), (), |lowering| {
                if let Some(value) = L::value(lowering, node) {
                    lowering.bring(Some(merge), value);
                } else {
                    lowering.flow(node, Some(merge));
                }
            }),
            _ => {
                let value = self.value(node);
                self.bring(Some(merge), value);
            }
        }
    }

    /// The value of a statement-like expression.
    pub fn flow_value(&mut self, node: &Node) -> Expr {
        let mut merge = Merge::default();
        let exit = self.body.block();
        self.flow(node, Some(&mut merge));
        self.body.goto_and_switch(exit);
        self.merged(merge, node.span())
    }

    /// The value of what meets here: a temporary that every way sets.
    pub fn merged(&mut self, merge: Merge, at: Span) -> Expr {
        if merge.arms.is_empty() {
            return Expr::Unknown(Type::Void, at);
        }
        let values: Vec<&Expr> = merge.arms.iter().map(|(_, value)| value).collect();
        let ty = L::common_type(self, &values);
        let kept = Place::Var(self.body.temporary(ty.clone(), at));
        for (block, value) in merge.arms {
            let from = value.at();
            let value = L::convert(self, value, &ty, from);
            let set = Stmt::assign(kept.clone(), value, from);
            self.body.append(block, set);
        }
        Expr::Load(kept, ty, at)
    }

    /// Lowers nodes as statements, one after the other.
    pub fn statements(&mut self, nodes: impl IntoIterator<Item = Node>) {
        for node in nodes {
            self.statement(&node);
        }
    }

    /// A block of statements.
    pub fn block(&mut self, node: &Node, mut merge: Option<&mut Merge>) {
        let label = node.part(Part::Label).map(|label| label.text().to_owned());
        let exit = label.map(|label| {
            let exit = self.body.block();
            self.body.jumps.push(Jump {
                label: Some(label),
                exit,
                next: None,
                plain: false,
                values: Merge::default(),
                objects: self.body.objects().count(),
            });
            exit
        });
        self.body.open_scope();
        let mut children: Vec<Node> = node.children().collect();
        L::enter_block(self, &mut children);
        let last = if merge.is_some() { children.pop() } else { None };
        self.statements(children);
        if let (Some(last), Some(merge)) = (last, merge.as_deref_mut()) {
            self.last(&last, merge);
        }
        L::leave_block(self);
        self.body.close_scope();
        if let Some(exit) = exit {
            self.finish_jump(exit, merge);
        }
    }

    /// The last statement of a block whose value is asked for: an expression statement gives it in C, an expression in Rust.
    fn last(&mut self, node: &Node, merge: &mut Merge) {
        match (node.role(), node.part(Part::Value)) {
            (Some(Role::Evaluate), Some(value)) => self.tail(&value, merge),
            (Some(Role::Declare | Role::Function | Role::Type | Role::Import | Role::Opaque), _) => {
                self.statement(node)
            }
            _ => self.tail(node, merge),
        }
    }

    /// Ends what `break` can leave: control goes on at its exit, with the values brought there.
    pub fn finish_jump(&mut self, exit: BlockId, merge: Option<&mut Merge>) {
        let values = self.body.jumps.pop().map(|jump| jump.values).unwrap_or_default();
        match merge {
            // The ways that bring values go to the exit; what falls through has brought its own.
            Some(merge) => merge.arms.extend(values.arms),
            None => drop(values),
        }
        self.body.goto_and_switch(exit);
    }

    fn branch(&mut self, node: &Node, mut merge: Option<&mut Merge>) {
        let exit = self.body.block();
        let mut open = 0;
        let mut current = node.clone();
        // Chains of `else if` are as long as the program likes: a loop, not recursion.
        loop {
            let (then, otherwise) = (self.body.block(), self.body.block());
            // A test may declare names that the rest of the chain sees; where none did, one scope does for all.
            if open == 0 || !self.body.innermost_is_empty() {
                self.body.open_scope();
                open += 1;
            }
            self.statements(current.parts(Part::Init).collect::<Vec<_>>());
            match current.part(Part::Test) {
                Some(test) => self.condition(&test, then, otherwise),
                None => self.body.branch(
                    Expr::Unknown(Type::BOOL, current.span()),
                    then,
                    otherwise,
                    current.span(),
                ),
            }
            self.body.switch_to(then);
            if let Some(body) = current.part(Part::Then) {
                self.scoped(&body, merge.as_deref_mut());
            }
            self.body.goto(exit);
            self.body.switch_to(otherwise);
            if !L::TEST_NAMES_IN_ELSE {
                self.body.close_scope();
                open -= 1;
            }
            match current.part(Part::Else) {
                Some(next) if next.role() == Some(Role::Branch) => current = next,
                Some(next) => {
                    self.scoped(&next, merge.as_deref_mut());
                    break;
                }
                None => break,
            }
        }
        self.body.goto_and_switch(exit);
        (0..open)
            .rev()
            .for_each(|outside| self.leave_test(outside, node.span()));
    }

    /// Leaves the scope of a test. The tests of a chain behind the first may not have been made.
    fn leave_test(&mut self, outside: usize, at: Span) {
        match outside {
            0 => L::leave_scope(self),
            _ if self.body.objects().count() == self.body.objects_outside() => {}
            _ => {
                let (made, next) = (self.body.block(), self.body.block());
                self.body.branch(Expr::Unknown(Type::BOOL, at), made, next, at);
                self.body.switch_to(made);
                L::leave_scope(self);
                self.body.goto_and_switch(next);
            }
        }
        self.body.close_scope();
    }

    /// A statement in a scope of its own.
    pub fn scoped(&mut self, node: &Node, merge: Option<&mut Merge>) {
        self.body.open_scope();
        self.flow_deeper(node, merge);
        L::leave_scope(self);
        self.body.close_scope();
    }

    fn select(&mut self, node: &Node, mut merge: Option<&mut Merge>) {
        let exit = self.body.block();
        let mut current = node.clone();
        loop {
            let (then, otherwise) = (self.body.block(), self.body.block());
            let Some(test) = current.part(Part::Test) else { break };
            match current.part(Part::Then) {
                Some(value) => {
                    self.condition(&test, then, otherwise);
                    self.body.switch_to(then);
                    self.flow_deeper(&value, merge.as_deref_mut());
                }
                None => {
                    let value = self.value(&test);
                    self.body.branch(value.clone(), then, otherwise, test.span());
                    self.body.switch_to(then);
                    self.bring(merge.as_deref_mut(), value);
                }
            }
            self.body.goto(exit);
            self.body.switch_to(otherwise);
            match current.part(Part::Else) {
                Some(next) if next.role() == Some(Role::Select) => current = next,
                Some(next) => {
                    self.flow_deeper(&next, merge.as_deref_mut());
                    break;
                }
                None => break,
            }
        }
        self.body.goto_and_switch(exit);
    }

    fn jump(&mut self, node: &Node) {
        match node.part(Part::Label) {
            Some(label) => {
                let block = self.body.label(label.text());
                self.body.goto(block);
            }
            None => self.unread(node),
        }
    }

    fn label(&mut self, node: &Node) {
        if let Some(name) = node.part(Part::Name) {
            let block = self.body.label(name.text());
            self.body.goto_and_switch(block);
        }
        self.statements(node.parts(Part::Body).collect::<Vec<_>>());
    }

    fn return_from(&mut self, node: &Node) {
        let value = node.part(Part::Value).map(|value| self.value(&value));
        self.return_value(value, node.span());
    }

    /// Ends the block with a return; the value is converted to the function's return type.
    pub fn return_value(&mut self, value: Option<Expr>, at: Span) {
        let value = value.filter(|value| value.ty() != Type::Void).map(|value| {
            let from = value.at();
            match self.body.returns.clone() {
                Some(ty) => L::convert(self, value, &ty, from),
                None => value,
            }
        });
        self.body.end(End::Return(value, at));
    }

    fn stop(&mut self, node: &Node) {
        if let Some(value) = node.part(Part::Value) {
            self.value(&value);
        }
        match self.body.handlers.last() {
            Some(&(handler, objects)) => self.leave_to(handler, objects, node.span()),
            None => self.body.end(End::Stop),
        }
    }

    fn attempt(&mut self, node: &Node) {
        let (handler, exit) = (self.body.block(), self.body.block());
        let inside = self.body.block();
        let at = node.span();
        self.body.branch(Expr::Unknown(Type::BOOL, at), inside, handler, at);
        self.body.switch_to(inside);
        let objects = self.body.objects().count();
        self.body.handlers.push((handler, objects));
        node.parts(Part::Body).for_each(|body| self.statement(&body));
        self.body.handlers.pop();
        self.body.goto(exit);
        self.body.switch_to(handler);
        for body in node.parts(Part::Handler) {
            let (this, next) = (self.body.block(), self.body.block());
            self.body
                .branch(Expr::Unknown(Type::BOOL, body.span()), this, next, body.span());
            self.body.switch_to(this);
            self.statement(&body);
            self.body.goto(exit);
            self.body.switch_to(next);
        }
        // No handler fits: the function is left as if by another throw.
        match self.body.handlers.last() {
            Some(&(outer, _)) => self.body.goto(outer),
            None => self.body.end(End::Stop),
        }
        self.body.switch_to(exit);
    }

    /// An `#if` group among statements: names declared in it stay visible after it.
    fn conditional(&mut self, node: &Node) {
        let exit = self.body.block();
        let mut current = node.clone();
        loop {
            let (then, otherwise) = (self.body.block(), self.body.block());
            self.setting(&current, then, otherwise);
            let special: Vec<Node> = [Part::Test, Part::Name, Part::Else]
                .iter()
                .flat_map(|&part| current.parts(part))
                .collect();
            self.body.switch_to(then);
            self.statements(
                current
                    .children()
                    .filter(|child| !special.contains(child))
                    .collect::<Vec<_>>(),
            );
            self.body.goto(exit);
            self.body.switch_to(otherwise);
            match current.part(Part::Else) {
                Some(next) if next.role() == Some(Role::Conditional) => current = next,
                Some(next) => {
                    self.statements(next.children().collect::<Vec<_>>());
                    break;
                }
                None => break,
            }
        }
        self.body.goto_and_switch(exit);
    }

    /// Branches on the test of an `#if` group.
    fn setting(&mut self, node: &Node, yes: BlockId, no: BlockId) {
        let negated = node.part(Part::Negated).is_some();
        let (yes, no) = if negated { (no, yes) } else { (yes, no) };
        match node.part(Part::Test).or_else(|| node.part(Part::Name)) {
            Some(test) => self.settings(test.text(), yes, no, test.span()),
            None => self
                .body
                .branch(Expr::Unknown(Type::BOOL, node.span()), yes, no, node.span()),
        }
    }

    /// The value in a temporary, unless reading it again gives the same: tests of many arms read it.
    pub fn kept(&mut self, value: Expr) -> Expr {
        if matches!(value, Expr::Const { .. }) || self.body.is_temporary_value(&value) {
            return value;
        }
        let (ty, at) = (value.ty(), value.at());
        let place = Place::Var(self.body.temporary(ty.clone(), at));
        self.body.assign(place.clone(), value, at);
        Expr::Load(place, ty, at)
    }
}

/// Whether there is something in a node that could not be parsed, other than in the statements and values that it holds.
pub fn has_fault_of_its_own(node: &Node) -> bool {
    // Statements in a block are looked at one by one.
    if node.role() == Some(Role::Block) {
        return false;
    }
    let mut pending: Vec<Node> = node.tokens().collect();
    while let Some(next) = pending.pop() {
        if next.is_fault() {
            return true;
        }
        if next.role().is_none() {
            pending.extend(next.tokens());
        }
    }
    false
}
