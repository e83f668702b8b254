//! Uses of macros: those of the unit are expanded, the standard library's are known, the arguments of others are read as
//! expressions.

use super::comparisons::equality;
use super::conversions::convert;
use super::names::segments;
use super::patterns::Matching;
use super::{Lower, blocks, calls, closures, drops, expansion, options, panics, patterns, sequences, types};
use crate::ir::{Argument, BlockId, Callee, End, Expr, Place, Type};
use crate::lower::CallParts;
use crate::lower::values::constant;
use crate::sinks;
use crate::source::{Language, Span};
use crate::syntax::index::ByName;
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text, cfg, lexer};

/// The value of a use of a macro.
pub fn value(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let Some(name) = name(node) else {
        return lowering.unread_value(node);
    };
    if let Some(value) = expanded(lowering, node) {
        return value;
    }
    let last = name.rsplit("::").next().unwrap_or("").to_owned();
    if let Some(value) = system_call(lowering, node, &name) {
        return value;
    }
    match last.as_str() {
        "panic" | "todo" | "unreachable" | "unimplemented" | "compile_error" => {
            evaluate(lowering, node);
            panics::panic(lowering, at);
            Expr::Unknown(Type::Void, at)
        }
        "assert" | "debug_assert" | "const_assert" => assertion(lowering, node),
        "assert_eq" | "debug_assert_eq" | "assert_ne" | "debug_assert_ne" => {
            compared(lowering, node, last.ends_with("_ne"))
        }
        "matches" | "cfg" => lowering.truth_value(node),
        "assert_matches" | "debug_assert_matches" => matched(lowering, node),
        "ensure" | "bail" | "ensure_eq" => leaving(lowering, node, &last),
        "try" => first(node).map_or(Expr::Unknown(Type::Unknown, at), |inner| {
            options_question(lowering, &inner, at)
        }),
        "dbg" => first(node).map_or(Expr::Unknown(Type::Void, at), |inner| lowering.value(&inner)),
        "addr_of" | "addr_of_mut" => match first(node) {
            Some(inner) => {
                let place = lowering.place_or_copy(&inner);
                lowering.reference(place, at)
            }
            None => Expr::Unknown(Type::Unknown, at),
        },
        "vec" => vector(lowering, node),
        "asm" | "global_asm" | "llvm_asm" | "naked_asm" => assembly(lowering, node),
        "stringify" | "include" | "include_str" | "include_bytes" | "env" | "option_env" | "concat" | "file"
        | "line" | "column" | "module_path" => {
            ignore(lowering, node);
            Expr::Unknown(Type::Unknown, at)
        }
        "cfg_select" | "cfg_if" => {
            let read = if last == "cfg_if" {
                configured(node)
            } else {
                selected(node)
            };
            match read {
                Some(chosen) => lowering.value(&chosen),
                None => unknown(lowering, node, &name),
            }
        }
        _ if is_printing(&last) => printed(lowering, node, &last),
        _ => unknown(lowering, node, &name),
    }
}

/// Macros that do nothing with their arguments but print them.
fn is_printing(name: &str) -> bool {
    matches!(
        name,
        "print"
            | "println"
            | "eprint"
            | "eprintln"
            | "write"
            | "writeln"
            | "format"
            | "format_args"
            | "error"
            | "warn"
            | "info"
            | "debug"
            | "trace"
            | "log"
            | "anyhow"
            | "eyre"
            | "format_err"
            | "event"
            | "span"
    )
}

/// A use of a macro as a condition: those that bind names or test the build.
pub fn condition(lowering: &mut Lower<'_>, node: &Node, yes: BlockId, no: BlockId) -> bool {
    let name = name(node).unwrap_or_default();
    match name.rsplit("::").next().unwrap_or("") {
        "cfg" => {
            let inner = inner(node).text;
            let condition = cfg::read(&inner);
            blocks::branch(lowering, &condition, yes, no, node.span());
            true
        }
        "matches" => match matches_parts(node) {
            Some((subject, arm)) => {
                lowering.body.open_scope();
                let place = lowering.place_or_copy(&subject);
                fit_arm(lowering, &place, &arm, yes, no);
                lowering.body.close_scope();
                true
            }
            None => false,
        },
        _ => false,
    }
}

fn fit_arm(lowering: &mut Lower<'_>, place: &Place, arm: &Node, yes: BlockId, no: BlockId) {
    if let Some(pattern) = arm.part(Part::Pattern) {
        patterns::fit(lowering, &mut Matching::new(no), place, &pattern);
    }
    match arm.part(Part::Guard) {
        Some(guard) => lowering.condition(&guard, yes, no),
        None => lowering.body.goto(yes),
    }
}

/// A macro that prints. It is a call, so that a branch that does no more than this is seen.
fn printed(lowering: &mut Lower<'_>, node: &Node, name: &str) -> Expr {
    let arguments = evaluate(lowering, node);
    let (callee, at) = (Callee::Named("println".to_owned()), node.span());
    let written = matches!(name, "write" | "writeln");
    for argument in arguments.iter().skip(usize::from(written)) {
        shown(lowering, argument);
    }
    if let Some(target) = arguments.first().filter(|_| written) {
        written_to(lowering, target.clone());
    }
    let ty = if name == "format" {
        Type::Aggregate("String".to_owned())
    } else {
        Type::Unknown
    };
    lowering.emit_call(CallParts::plain(callee, arguments, ty, at))
}

/// What is written to changes, by code of the unit or by other code.
fn written_to(lowering: &mut Lower<'_>, target: Argument) {
    let at = target.at;
    let place = match lowering.value_type(&target.value) {
        Type::Pointer(_) => lowering.place_behind(target.value),
        _ => lowering.place_of_value(target.value),
    };
    let ty = lowering.place_type(&place);
    let value = lowering.reference(place, at);
    let own = |lowering: &Lower<'_>, name: &&str| match types::base(&ty) {
        Some(holder) => !lowering.functions_of(holder, name).is_empty(),
        None => ty == Type::Unknown && !lowering.index.functions(name).is_empty(),
    };
    for name in ["write_str", "write_char", "write_fmt", "write", "write_all"] {
        if !own(lowering, &name) {
            continue;
        }
        let text = Expr::Unknown(Type::Unknown, at);
        let arguments = [value.clone(), text].map(|value| Argument { value, at });
        perhaps(lowering, at, |lowering| match types::base(&ty) {
            Some(holder) => {
                let holder = holder.to_owned();
                calls::any_of(lowering, &holder, &[name], arguments.into(), (Type::Unknown, at));
            }
            None => {
                let callee = Callee::Method(name.to_owned());
                lowering.emit_call(CallParts::plain(callee, arguments.into(), Type::Unknown, at));
            }
        });
    }
    if !lowering.is_own_type(&ty) {
        let callee = Callee::Named("_::write_fmt".to_owned());
        lowering.emit_call(CallParts::plain(
            callee,
            vec![Argument { value, at }],
            Type::Unknown,
            at,
        ));
    }
}

/// How a type of the unit is shown is code of the unit.
fn shown(lowering: &mut Lower<'_>, argument: &Argument) {
    let place = match lowering.value_type(&argument.value) {
        Type::Aggregate(_) | Type::Pointer(_) => lowering.place_behind(argument.value.clone()),
        _ => return,
    };
    let ty = lowering.place_type(&place);
    let Some(holder) = types::base(&ty).map(str::to_owned) else {
        return;
    };
    if lowering.functions_of(&holder, "fmt").is_empty() {
        return;
    }
    let at = argument.at;
    let value = lowering.reference(place, at);
    let formatter = Expr::Unknown(Type::pointer(Type::Unknown), at);
    let arguments = [value, formatter].map(|value| Argument { value, at });
    perhaps(lowering, at, |lowering| {
        calls::any_of(lowering, &holder, &["fmt"], arguments.into(), (Type::Unknown, at));
    });
}

/// What looks like a call in the arguments is none.
fn ignore(lowering: &mut Lower<'_>, node: &Node) {
    let names: Vec<Span> = node
        .descendants()
        .filter(|node| node.kind() == "identifier")
        .map(|node| node.span())
        .collect();
    lowering.covered.extend(names.into_iter().map(|name| name.start));
}

/// The path of a macro, without blanks.
fn name(node: &Node) -> Option<String> {
    let path = segments(node.part(Part::Name)?.text());
    (!path.is_empty()).then(|| path.join("::"))
}

/// What stands in the brackets.
fn inner(node: &Node) -> Text {
    match node.part(Part::Arguments) {
        Some(list) => {
            let source = list.source();
            let length = source.text.len();
            source.part(1.min(length)..length.saturating_sub(1).max(1.min(length)))
        }
        None => Text::empty(node.span()),
    }
}

/// The arguments as expressions.
fn arguments(node: &Node) -> Vec<Node> {
    let mut text = Text::empty(node.span());
    text.push("f(");
    text.append(&inner(node));
    text.push("\n);");
    let call = blocks::parse_block(text).and_then(|block| blocks::only_child(&block));
    let list = call
        .filter(|call| call.role() == Some(Role::Call))
        .and_then(|call| call.part(Part::Arguments));
    list.map(|list| list.children().collect()).unwrap_or_default()
}

fn first(node: &Node) -> Option<Node> {
    arguments(node).into_iter().next()
}

/// A macro of the unit.
fn expanded(lowering: &mut Lower<'_>, node: &Node) -> Option<Expr> {
    let (text, expansion) = expansion::expand(lowering, node)?;
    let block = blocks::parse_block(text)?;
    lowering.expansions.push(expansion);
    let value = lowering.value(&block);
    lowering.expansions.pop();
    Some(value)
}

/// A macro of the unit as a statement: what it declares under names that it was given is seen behind it.
pub fn statement(lowering: &mut Lower<'_>, node: &Node) -> bool {
    let mut values = node.parts(Part::Value);
    let call = match (node.role(), values.next(), values.next()) {
        (Some(Role::Evaluate), Some(call), None) => call,
        _ => return false,
    };
    let node = &call;
    if node.role() != Some(Role::MacroCall) {
        return false;
    }
    let Some((text, expansion)) = expansion::expand(lowering, node) else {
        return false;
    };
    let Some(block) = blocks::parse_block(text) else {
        return false;
    };
    panics::perhaps(lowering, node);
    lowering.expansions.push(expansion);
    let children: Vec<Node> = block.children().collect();
    // Items are brought in by a block of their own.
    let plain = |child: &Node| {
        let item = [Role::Function, Role::Type, Role::Import, Role::Constant, Role::Global];
        child.role().is_some_and(|role| !item.contains(&role))
    };
    let declares = children.iter().any(|child| child.role() == Some(Role::Declare));
    if declares && children.iter().all(plain) {
        lowering.statements(children);
        lowering.expansions.pop();
        return true;
    }
    let result = lowering.value(&block);
    lowering.expansions.pop();
    if drops::are_known(lowering) {
        drops::end_value(lowering, node, &result);
        drops::end_statement(lowering, node.span());
    }
    true
}

/// A macro that makes a system call given by number.
fn system_call(lowering: &mut Lower<'_>, node: &Node, name: &str) -> Option<Expr> {
    if !sinks::is_system_call(name) {
        return None;
    }
    let nodes = arguments(node);
    let texts: Vec<&str> = nodes.iter().map(Node::text).collect();
    let positions = sinks::raw(name, &texts)?;
    let arguments = calls::values(lowering, &nodes, false);
    let at = Span {
        start: node.part(Part::Name).map_or(node.span(), |name| name.span()).start,
        ..node.span()
    };
    Some(calls::raw(lowering, name.to_owned(), arguments, positions, at))
}

/// Evaluates all arguments; those that are named (`name = value`) are no assignments.
fn evaluate(lowering: &mut Lower<'_>, node: &Node) -> Vec<Argument> {
    let nodes: Vec<Node> = arguments(node)
        .into_iter()
        .map(|node| match node.role() {
            Some(Role::Assign) => node.part(Part::Value).unwrap_or(node),
            _ => node,
        })
        .collect();
    calls::values(lowering, &nodes, false)
}

fn assertion(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let nodes = arguments(node);
    if let Some(test) = nodes.first() {
        let (yes, no) = (lowering.body.block(), lowering.body.block());
        lowering.condition(test, yes, no);
        lowering.body.switch_to(no);
        nodes[1..].iter().for_each(|node| lowering.statement(node));
        panics::panic(lowering, at);
        lowering.body.switch_to(yes);
    }
    Expr::Unknown(Type::Void, at)
}

fn compared(lowering: &mut Lower<'_>, node: &Node, differ: bool) -> Expr {
    let at = node.span();
    let nodes = arguments(node);
    if let [left, right, ..] = &nodes[..] {
        let values = calls::values(lowering, &[left.clone(), right.clone()], false);
        let mut values = values.into_iter().map(|argument| argument.value);
        if let (Some(left), Some(right)) = (values.next(), values.next()) {
            let test = equality(lowering, left, right, differ, at);
            lowering.assume(test, at);
        }
    }
    Expr::Unknown(Type::Void, at)
}

/// The subject and the arm of `matches!(subject, pattern if guard)`.
fn matches_parts(node: &Node) -> Option<(Node, Node)> {
    let inner = inner(node);
    let comma = first_comma(&inner.text)?;
    let mut text = Text::empty(node.span());
    text.push("match (");
    text.append(&inner.part(0..comma));
    text.push(") { ");
    let arm = inner.part(comma + 1..inner.text.len());
    let arm = arm.part(0..arm.text.trim_end().trim_end_matches(',').len());
    text.append(&arm);
    text.push(" => {} }");
    let switch = blocks::parse_block(text).and_then(|block| blocks::only_child(&block))?;
    let body = switch.part(Part::Body)?;
    let arm = body.children().find(|child| child.role() == Some(Role::Arm))?;
    Some((switch.part(Part::Subject)?, arm))
}

/// The first comma outside of brackets.
fn first_comma(text: &str) -> Option<usize> {
    let mut depth = 0_i32;
    for token in lexer::tokens_of(text, 0..text.len(), Language::Rust, false) {
        match token.mark(text) {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b',' if depth == 0 => return Some(token.start as usize),
            _ => {}
        }
    }
    None
}

/// `assert_matches!`
fn matched(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    if let Some((subject, arm)) = matches_parts(node) {
        let (yes, no) = (lowering.body.block(), lowering.body.block());
        let place = lowering.place_or_copy(&subject);
        fit_arm(lowering, &place, &arm, yes, no);
        lowering.body.switch_to(no);
        panics::panic(lowering, node.span());
        lowering.body.switch_to(yes);
    }
    Expr::Unknown(Type::Void, node.span())
}

/// `ensure!(test, …)` and `bail!(…)`: the function is left with an error.
fn leaving(lowering: &mut Lower<'_>, node: &Node, name: &str) -> Expr {
    let at = node.span();
    let nodes = arguments(node);
    let (stay, leave) = (lowering.body.block(), lowering.body.block());
    match nodes.first().filter(|_| name == "ensure") {
        Some(test) => lowering.condition(test, stay, leave),
        None => lowering.body.goto(leave),
    }
    lowering.body.switch_to(leave);
    nodes
        .iter()
        .skip(usize::from(name == "ensure"))
        .for_each(|node| lowering.statement(node));
    let error = options::err(lowering, Expr::Unknown(Type::Unknown, at), at);
    closures::return_value(lowering, Some(error), at);
    lowering.body.switch_to(stay);
    if name != "ensure" {
        lowering.body.end(End::Stop);
    }
    Expr::Unknown(Type::Void, at)
}

fn options_question(lowering: &mut Lower<'_>, inner: &Node, at: Span) -> Expr {
    let value = lowering.value(inner);
    options::question_value(lowering, value, at)
}

/// `vec![a, b]`, `vec![a; n]`
fn vector(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let at = node.span();
    let mut text = Text::empty(at);
    text.push("[");
    text.append(&inner(node));
    text.push("\n];");
    let array = blocks::parse_block(text).and_then(|block| blocks::only_child(&block));
    let Some(array) = array.filter(|array| array.role() == Some(Role::Aggregate)) else {
        return lowering.unread_value(node);
    };
    let length = array.part(Part::Length);
    let elements: Vec<Node> = array
        .parts(Part::Element)
        .filter(|element| Some(element) != length.as_ref())
        .collect();
    let values = calls::values(lowering, &elements, false);
    let held: Vec<Expr> = values.iter().map(|argument| argument.value.clone()).collect();
    sequences::handed_out(lowering, &held, at);
    let element = values.first().map_or(Type::Unknown, |argument| argument.value.ty());
    let length = match length {
        Some(length) => convert(lowering.value(&length), &Type::SIZE),
        None => constant(elements.len() as u64, Type::SIZE, at),
    };
    sequences::vector(lowering, element, length, at)
}

/// Inline assembly: any variable that it names may be written.
fn assembly(lowering: &mut Lower<'_>, node: &Node) -> Expr {
    let names: Vec<Node> = node.descendants().filter(|node| node.kind() == "identifier").collect();
    for name in names {
        if let Some(id) = lowering.variable(name.text()) {
            let place = lowering.variable_place(id, name.span());
            lowering.body.havoc(place, name.span());
        }
    }
    Expr::Unknown(Type::Void, node.span())
}

/// A macro that is not visible: as a call of a function that is not, if its arguments are expressions, else as statements.
/// What stands in the arguments may run or not.
fn unknown(lowering: &mut Lower<'_>, node: &Node, name: &str) -> Expr {
    let at = node.span();
    let last = name.rsplit("::").next().unwrap_or("");
    let nodes = arguments(node);
    let broken = nodes.iter().any(Node::is_faulty);
    let is_empty = inner(node).text.trim().is_empty();
    if broken || nodes.is_empty() && !is_empty {
        let block = blocks::parse_block(inner(node)).filter(|block| !broken || !block.is_faulty());
        let parts = block.map_or(nodes, |block| vec![block]);
        lowering.unread_piece(&inner(node).text, &parts, at);
        may_leave(lowering, last, at);
        return Expr::Unknown(Type::Unknown, at);
    }
    let (doing, plain): (Vec<Node>, Vec<Node>) = nodes.into_iter().partition(decides);
    lowering.unread_piece(&inner(node).text, &doing, at);
    may_leave(lowering, last, at);
    let arguments = calls::values(lowering, &plain, false);
    let callee = Callee::Named(format!("{name}!"));
    lowering.emit_call(CallParts::plain(callee, arguments, Type::Unknown, at))
}

/// A macro that is not visible may leave the loop or function around it.
fn may_leave(lowering: &mut Lower<'_>, name: &str, at: Span) {
    // Macros of the standard library that give a value and do no more.
    let stays = ["offset_of", "pin", "is_x86_feature_detected", "concat_bytes", "join"];
    if !stays.contains(&name) {
        drops::before_unread(lowering, at);
        lowering.body.may_go_anywhere(at);
    }
}

/// Whether an argument changes state or control where it stands.
fn decides(node: &Node) -> bool {
    let here = |node: &Node| {
        matches!(
            node.role(),
            Some(Role::Return | Role::Break | Role::Continue | Role::Try | Role::Assign | Role::Declare | Role::Block)
        )
    };
    node.role() != Some(Role::Closure) && (here(node) || node.descendants().any(|inner| here(&inner)))
}

/// Lowers what may run or not, any number of times.
fn perhaps(lowering: &mut Lower<'_>, at: Span, inner: impl FnOnce(&mut Lower<'_>)) {
    let (again, runs, exit) = (lowering.body.block(), lowering.body.block(), lowering.body.block());
    lowering.body.goto_and_switch(again);
    lowering.body.branch(Expr::Unknown(Type::BOOL, at), runs, exit, at);
    lowering.body.switch_to(runs);
    lowering.body.open_scope();
    inner(lowering);
    lowering.body.close_scope();
    lowering.body.goto(again);
    lowering.body.switch_to(exit);
}

/// `cfg_select! { condition => { … } _ => { … } }` as `if cfg!(condition) { … } else { … }`.
fn selected(node: &Node) -> Option<Node> {
    let inner = inner(node);
    let tokens = lexer::tokens_of(&inner.text, 0..inner.text.len(), Language::Rust, false);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text(&inner.text));
    let (mut at, mut text) = (0, Text::empty(node.span()));
    while at < tokens.len() {
        let arrow = (at..tokens.len()).find(|&at| word(at) == "=>")?;
        let last = arrow.checked_sub(1).filter(|&last| last >= at)?;
        let condition = inner.part(tokens[at].start as usize..tokens[last].end as usize);
        let end = end_of_arm(&word, arrow + 1, tokens.len());
        let body_end = tokens.get(end.checked_sub(1)?)?.end as usize;
        let body = inner.part(tokens.get(arrow + 1)?.start as usize..body_end);
        if condition.text != "_" {
            text.push("if cfg!(");
            text.append(&condition);
            text.push(")");
        }
        text.push(" { ");
        text.append(&body);
        text.push(" }");
        if condition.text == "_" {
            return blocks::parse_block(text).and_then(|block| blocks::only_child(&block));
        }
        text.push(" else ");
        at = end + usize::from(word(end) == ",");
    }
    text.push("{ unreachable!() }");
    blocks::parse_block(text).and_then(|block| blocks::only_child(&block))
}

/// The token behind an arm's body: a block ends by itself, an expression before a comma.
fn end_of_arm<'w>(word: &impl Fn(usize) -> &'w str, start: usize, end: usize) -> usize {
    let (block, mut depth) = (word(start) == "{", 0_i32);
    for at in start..end {
        match word(at) {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            "," if depth == 0 => return at,
            _ => {}
        }
        if block && depth == 0 {
            return at + 1;
        }
    }
    end
}

/// `cfg_if! { if #[cfg(condition)] { … } else { … } }` with the conditions as `cfg!(condition)`.
fn configured(node: &Node) -> Option<Node> {
    let inner = inner(node);
    let tokens = lexer::tokens_of(&inner.text, 0..inner.text.len(), Language::Rust, false);
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text(&inner.text));
    let (mut text, mut done, mut depth) = (Text::empty(node.span()), 0, 0_i32);
    for at in 0..tokens.len() {
        let test = depth == 0 && word(at) == "#" && word(at + 1) == "[" && word(at + 2) == "cfg";
        match word(at) {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if test {
            let close = (at..tokens.len()).find(|&at| word(at) == "]" && word(at + 1) == "{")?;
            text.append(&inner.part(done..tokens[at].start as usize));
            text.push("cfg!");
            text.append(&inner.part(tokens[at + 2].end as usize..tokens[close].start as usize));
            done = tokens[close].end as usize;
        }
    }
    text.append(&inner.part(done..inner.text.len()));
    let block = blocks::parse_block(text)?;
    blocks::only_child(&block).filter(|node| !node.is_faulty())
}
