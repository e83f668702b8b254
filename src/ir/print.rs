//! The IR as text, without spans: what tests compare. Temporaries are numbered in the order of their first use, variables
//! of one name are told apart by a number, so that the same program prints the same text in every language.

use std::fmt::Write;

use super::{BinaryOp, Call, Callee, End, Expr, Function, Global, Place, Stmt, Type, UnaryOp, VarId};

/// A function as text.
pub fn function(function: &Function) -> String {
    let mut printer = Printer {
        function,
        names: Vec::new(),
        text: String::new(),
    };
    printer.name_variables();
    printer.print();
    printer.text
}

/// A global as text, with its initialiser.
pub fn global(global: &Global) -> String {
    let constant = if global.constant { "constant" } else { "global" };
    let mut text = format!("{constant} {}: {}\n", global.name, ty(&global.ty));
    if let Some(initializer) = &global.initializer {
        text.push_str(&function(initializer));
    }
    text
}

/// A type as text.
pub fn ty(of: &Type) -> String {
    match of {
        Type::Int { bits: 1, .. } => "bool".to_owned(),
        Type::Int { bits, signed } => format!("{}{bits}", if *signed { 'i' } else { 'u' }),
        Type::Pointer(to) => format!("*{}", ty(to)),
        Type::Aggregate(name) => format!("struct {name}"),
        Type::Array(element, Some(length)) => format!("[{}; {length}]", ty(element)),
        Type::Array(element, None) => format!("[{}]", ty(element)),
        Type::Float => "float".to_owned(),
        Type::Void => "void".to_owned(),
        Type::Unknown => "?".to_owned(),
    }
}

struct Printer<'f> {
    function: &'f Function,
    names: Vec<String>,
    text: String,
}

impl Printer<'_> {
    /// Names are given in the order in which the text needs them.
    fn name_variables(&mut self) {
        let (mut temporaries, mut taken) = (0, Vec::<String>::new());
        self.names = vec![String::new(); self.function.variables.len()];
        for id in self.order() {
            let own = &self.function.variables[id.0 as usize].name;
            let mut name = own.clone();
            if own.is_empty() {
                temporaries += 1;
                name = format!("t{temporaries}");
            }
            let mut count = 1;
            while taken.contains(&name) {
                count += 1;
                name = format!("{own}.{count}");
            }
            taken.push(name.clone());
            self.names[id.0 as usize] = name;
        }
    }

    /// Variables in the order of their first mention.
    fn order(&self) -> Vec<VarId> {
        let mut found = Mentions {
            order: self.function.parameters.clone(),
        };
        for block in &self.function.blocks {
            block.statements.iter().for_each(|statement| found.statement(statement));
            match &block.end {
                End::Branch { test, .. } => found.expr(test),
                End::Return(Some(value), _) => found.expr(value),
                _ => {}
            }
        }
        found.order
    }

    fn print(&mut self) {
        let function = self.function;
        let scope = function
            .scope
            .as_ref()
            .map(|scope| format!("{scope}::"))
            .unwrap_or_default();
        let parameters: Vec<String> = function
            .parameters
            .iter()
            .map(|&id| format!("{}: {}", self.names[id.0 as usize], ty(&function.variable(id).ty)))
            .collect();
        let noreturn = if function.noreturn { " noreturn" } else { "" };
        let head = format!("{scope}{}({})", function.name, parameters.join(", "));
        let _ = writeln!(self.text, "fn {head} -> {}{noreturn}", ty(&function.returns));
        for (index, block) in function.blocks.iter().enumerate() {
            let _ = writeln!(self.text, "{index}:");
            for statement in &block.statements {
                let line = self.statement(statement);
                let _ = writeln!(self.text, "  {line}");
            }
            let end = self.end(&block.end);
            let _ = writeln!(self.text, "  {end}");
        }
    }

    fn statement(&self, statement: &Stmt) -> String {
        match statement {
            Stmt::Set { to, value, .. } => format!("{} = {}", self.place(to), self.expr(value)),
            Stmt::Copy { to, from, .. } => format!("{} = copy {}", self.place(to), self.place(from)),
            Stmt::Clear { place, .. } => format!("clear {}", self.place(place)),
            Stmt::Havoc { place, .. } => format!("forget {}", self.place(place)),
            Stmt::Call(call) => self.call(call),
        }
    }

    fn call(&self, call: &Call) -> String {
        let to = call
            .to
            .as_ref()
            .map(|place| format!("{} = ", self.place(place)))
            .unwrap_or_default();
        let callee = match &call.callee {
            Callee::Named(name) => name.clone(),
            Callee::Method(name) => format!(".{name}"),
            Callee::Pointer(value) => format!("({})", self.expr(value)),
            Callee::Unread => "<unread>".to_owned(),
        };
        let arguments: Vec<String> = call
            .arguments
            .iter()
            .map(|argument| self.expr(&argument.value))
            .collect();
        let sink = call
            .sink
            .map(|positions| format!(" sink {}", positions.old_size))
            .unwrap_or_default();
        format!("{to}call {callee}({}): {}{sink}", arguments.join(", "), ty(&call.ty))
    }

    fn end(&self, end: &End) -> String {
        match end {
            End::Goto(next) => format!("goto {}", next.0),
            End::Branch { test, yes, no, .. } => format!("if {} goto {} else {}", self.expr(test), yes.0, no.0),
            End::Return(Some(value), _) => format!("return {}", self.expr(value)),
            End::Return(None, _) => "return".to_owned(),
            End::Stop => "stop".to_owned(),
        }
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Var(id) => self.names.get(id.0 as usize).cloned().unwrap_or_default(),
            Place::Global(name) => format!("@{name}"),
            Place::Field(base, name) => format!("{}.{name}", self.place(base)),
            Place::Index(base, index) => format!("{}[{}]", self.place(base), self.expr(index)),
            Place::Deref(pointer) => format!("*({})", self.expr(pointer)),
            Place::Setting(name) => format!("#{name}"),
        }
    }

    fn expr(&self, value: &Expr) -> String {
        match value {
            Expr::Const { bits, ty: of, .. } => match of {
                Type::Int {
                    signed: true,
                    bits: width,
                } if *width < 64 && bits >> (width - 1) & 1 == 1 => {
                    format!("{}{}", *bits as i64 - (1 << width), ty(of))
                }
                Type::Int { signed: true, .. } => format!("{}{}", *bits as i64, ty(of)),
                Type::Pointer(_) if *bits == 0 => "null".to_owned(),
                _ => format!("{bits}{}", ty(of)),
            },
            Expr::Load(place, _, _) => self.place(place),
            Expr::Address(place, _) => format!("&{}", self.place(place)),
            Expr::Function(name, _) => format!("fn {name}"),
            Expr::Unary(op, operand, _, _) => {
                let sign = match op {
                    UnaryOp::Negate => "-",
                    UnaryOp::BitNot => "~",
                    UnaryOp::Not => "!",
                };
                format!("{sign}({})", self.expr(operand))
            }
            Expr::Binary(op, left, right, of, _) => {
                let computed = if op.is_comparison() { left.ty() } else { of.clone() };
                format!(
                    "({} {}{} {})",
                    self.expr(left),
                    sign(*op),
                    ty(&computed),
                    self.expr(right)
                )
            }
            Expr::Cast(inner, to, _) => format!("({} as {})", self.expr(inner), ty(to)),
            Expr::NonZero(of, ..) => format!("nonzero {}", ty(of)),
            Expr::Unknown(of, _) => format!("any {}", ty(of)),
        }
    }
}

fn sign(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => "+",
        BinaryOp::Subtract => "-",
        BinaryOp::Multiply => "*",
        BinaryOp::Divide => "/",
        BinaryOp::Remainder => "%",
        BinaryOp::And => "&",
        BinaryOp::Or => "|",
        BinaryOp::Xor => "^",
        BinaryOp::ShiftLeft => "<<",
        BinaryOp::ShiftRight => ">>",
        BinaryOp::Equal => "==",
        BinaryOp::NotEqual => "!=",
        BinaryOp::Less => "<",
        BinaryOp::LessEqual => "<=",
        BinaryOp::Greater => ">",
        BinaryOp::GreaterEqual => ">=",
        BinaryOp::Min => "min",
        BinaryOp::Max => "max",
        BinaryOp::SaturatingAdd => "+|",
        BinaryOp::SaturatingSubtract => "-|",
        BinaryOp::SaturatingMultiply => "*|",
    }
}

/// Collects variables in the order of their first mention.
struct Mentions {
    order: Vec<VarId>,
}

impl Mentions {
    fn variable(&mut self, id: VarId) {
        if !self.order.contains(&id) {
            self.order.push(id);
        }
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Set { to, value, .. } => {
                self.place(to);
                self.expr(value);
            }
            Stmt::Copy { to, from, .. } => {
                self.place(to);
                self.place(from);
            }
            Stmt::Clear { place, .. } | Stmt::Havoc { place, .. } => self.place(place),
            Stmt::Call(call) => {
                call.to.iter().for_each(|to| self.place(to));
                if let Callee::Pointer(value) = &call.callee {
                    self.expr(value);
                }
                call.arguments.iter().for_each(|argument| self.expr(&argument.value));
            }
        }
    }

    fn place(&mut self, place: &Place) {
        match place {
            Place::Var(id) => self.variable(*id),
            Place::Global(_) | Place::Setting(_) => {}
            Place::Field(base, _) => self.place(base),
            Place::Index(base, index) => {
                self.place(base);
                self.expr(index);
            }
            Place::Deref(pointer) => self.expr(pointer),
        }
    }

    fn expr(&mut self, value: &Expr) {
        match value {
            Expr::Load(place, ..) | Expr::Address(place, _) => self.place(place),
            Expr::Unary(_, operand, ..) | Expr::Cast(operand, ..) => self.expr(operand),
            Expr::Binary(_, left, right, ..) => {
                self.expr(left);
                self.expr(right);
            }
            Expr::Const { .. } | Expr::Function(..) | Expr::NonZero(..) | Expr::Unknown(..) => {}
        }
    }
}
