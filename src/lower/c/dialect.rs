//! What C's dialects write and the grammar does not know, written as it does: ranges of case labels, computed `goto`, jumps
//! out of named loops, `typeof`, labels declared in blocks, functions without a return type; and what the standard writes and
//! the grammar reads as something else, `sizeof (x)[0]`. The words put in begin like names that the standard keeps for
//! compilers; what they mean is read here too.

use std::ops::Range;

use super::C;
use super::call_site::call_site;
use super::splice::{closing, is_declaring};
use crate::ir::Type;
use crate::lower::Lowering;
use crate::syntax::lexer::{self, Token};
use crate::syntax::roles::{Part, Role};
use crate::syntax::{Node, Text};

const RANGE: &str = "__range_of_labels";
const GOTO: &str = "__computed_goto";
const LEAVE: &str = "__break_of_";
const NEXT: &str = "__continue_of_";
/// Tokens of an attribute in `[[ ]]` that are looked through for its end.
const ATTRIBUTE: usize = 1_000;

/// What stands for the contents of a file.
pub(super) const EMBEDDED: &str = "__embedded_file";
const TYPE: &str = "__typeof_number_";

/// A part of a text and what takes its place.
type Change = (Range<usize>, Text);

impl Lowering<'_, C> {
    /// The text as the grammar knows it.
    pub(super) fn in_grammar(&mut self, text: Text) -> Text {
        let tokens = lexer::tokens(&text.text, self.language_of_file());
        let mut changes: Vec<Change> = Vec::new();
        let mut index = 0;
        while index < tokens.len() {
            let end = match self.type_in_text(&text, &tokens, index) {
                Some((end, change)) => {
                    changes.push(change);
                    end
                }
                None => change(&text, &tokens, index, &mut changes),
            };
            index = end.max(index) + 1;
        }
        if changes.is_empty() {
            return text;
        }
        let mut result = Text::empty(text.whole);
        let mut done = 0;
        changes.sort_by_key(|(range, _)| (range.start, range.end));
        for (range, replacement) in changes {
            if range.start < done {
                continue;
            }
            result.append(&text.part(done..range.start));
            result.append(&replacement);
            done = range.end;
        }
        result.append(&text.part(done..text.text.len()));
        result
    }

    /// `typeof`, or a type that is the argument of a call: a name that stands for the type takes its place.
    fn type_in_text(&mut self, text: &Text, tokens: &[Token], index: usize) -> Option<(usize, Change)> {
        let word = |index: usize| tokens.get(index).map_or("", |token| token.text(&text.text));
        let (end, inner) = match word(index) {
            "typeof" | "__typeof__" | "__typeof" | "typeof_unqual" if word(index + 1) == "(" => {
                let close = closing(tokens, &text.text, index + 1)?;
                (close, tokens[index + 1].range().end..tokens[close].range().start)
            }
            first if !self.language.cpp && is_declaring(first) => {
                let end = type_as_argument(&text.text, tokens, index)?;
                (end, tokens[index].range().start..tokens[end].range().end)
            }
            _ => return None,
        };
        let range = tokens[index].range().start..tokens[end].range().end;
        let number = self.language.operands_of_types.len();
        self.language.operands_of_types.push(text.part(inner));
        let mut name = Text::empty(text.span(range.clone()));
        name.push_from(&format!("{TYPE}{number}"), text.span(tokens[index].range()));
        Some((end, (range, name)))
    }

    /// The type that stands for a `typeof`. It is not kept: what its operand means is a matter of the place.
    pub(super) fn type_of_number(&mut self, name: &str) -> Option<Type> {
        let number: usize = name.strip_prefix(TYPE)?.parse().ok()?;
        let operand = self.language.operands_of_types.get(number)?.clone();
        if let Some(value) = self.parse_expression(&operand) {
            let is_variable = value.role() != Some(Role::Name)
                || self.variable(value.text()).is_some()
                || self.body.find_global(value.text()).is_some()
                || !self.is_type_name(value.text());
            if is_variable {
                let ty = self.speculative(|lowering| match lowering.place_for_type(&value) {
                    Some(ty) => ty,
                    None => lowering.value(&value).ty(),
                });
                return Some(if ty == Type::BOOL && !self.language.cpp {
                    Type::INT
                } else {
                    ty
                });
            }
        }
        let root = self.parse_framed("typedef ", &operand, " name_of_type;")?;
        let node = root.descendants().find(|node| node.kind() == "type_definition")?;
        let (specifier, declarator) = (node.field("type")?, node.field("declarator")?);
        let base = self.named_type(&specifier);
        Some(self.declared(&declarator, base).ty)
    }

    /// The type of what an expression designates: an array is no pointer here.
    fn place_for_type(&mut self, value: &Node) -> Option<Type> {
        let designates = matches!(
            value.role(),
            Some(Role::Name | Role::Field | Role::Index | Role::Dereference | Role::Parenthesized)
        );
        let place = self.place(value).filter(|_| designates)?;
        Some(self.place_type(&place))
    }

    fn is_type_name(&self, name: &str) -> bool {
        use crate::syntax::index::ByName;
        !self.index.types(name).is_empty() || super::type_names::named(name).is_some()
    }

    /// A `goto` that stands for a jump out of, or to the next round of, a loop by its name.
    pub(super) fn named_jump(&mut self, node: &Node) -> bool {
        let Some(label) = node.part(Part::Label) else {
            return false;
        };
        let text = label.text();
        let jump = text.strip_prefix(LEAVE).map(|name| (name, false));
        match jump.or_else(|| text.strip_prefix(NEXT).map(|name| (name, true))) {
            Some((name, rounds)) => self.jump_by_name(name, rounds),
            None => return false,
        }
        true
    }
}

/// Appends the change that the construct at `index` wants; gives the last token that it takes.
fn change(text: &Text, tokens: &[Token], index: usize, changes: &mut Vec<Change>) -> usize {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(&text.text));
    let start = tokens[index].range().start;
    let at = text.span(tokens[index].range());
    let mut put = |range: Range<usize>, before: &str, kept: Range<usize>, after: &str| {
        let mut replacement = Text::empty(text.span(range.clone()));
        if !before.is_empty() {
            replacement.push_from(before, at);
        }
        replacement.append(&text.part(kept));
        replacement.push(after);
        changes.push((range, replacement));
    };
    let name = word(index + 1);
    let named = tokens.get(index + 1).is_some_and(|token| token.is_name()) && word(index + 2) == ";";
    match word(index) {
        "case" => {
            let Some((dots, colon)) = range_of_labels(&text.text, tokens, index) else {
                return index;
            };
            let from = tokens[index].range().end;
            let middle = tokens[dots].range().start;
            put(from..from, &format!(" {RANGE}("), from..from, "");
            put(middle..middle + 3, ",", middle..middle, "");
            let end = tokens[colon].range().start;
            put(end..end, ")", end..end, "");
            colon
        }
        "goto" if name == "*" => {
            let end = tokens[index + 1].range().end;
            put(start..end, &format!("{GOTO} ="), end..end, "");
            index + 1
        }
        jump @ ("break" | "continue") if named => {
            let prefix = if jump == "break" { LEAVE } else { NEXT };
            let range = start..tokens[index + 1].range().end;
            put(range.clone(), &format!("goto {prefix}{name}"), range.end..range.end, "");
            index + 1
        }
        "__attribute__" | "__attribute" | "asm" | "__asm__" | "__asm" | "[" if matches!(name, "(" | "[") => {
            change_of_attribute(text, tokens, index, changes)
        }
        directive if is_embedding(directive) => {
            let range = tokens[index].range();
            put(range.clone(), EMBEDDED, range.end..range.end, "");
            index
        }
        "sizeof" if name == "(" => change_of_size(text, tokens, index, changes),
        "__label__" => {
            let end = (index..tokens.len()).find(|&end| word(end) == ";").unwrap_or(index);
            let range = start..tokens[end].range().start;
            put(range.clone(), "", range.end..range.end, " ");
            end
        }
        _ => index,
    }
}

/// Closes the parentheses behind the whole operand of `sizeof`: the grammar takes the size of what stands in them, and then a
/// part of that number.
fn change_of_size(text: &Text, tokens: &[Token], index: usize, changes: &mut Vec<Change>) -> usize {
    let Some((close, end)) = parts_of_operand(&text.text, tokens, index + 1) else {
        return index;
    };
    let inner = tokens[close].range();
    let mut blank = Text::empty(text.span(inner.clone()));
    blank.push(" ");
    changes.push((inner, blank));
    let behind = tokens[end].range().end;
    let mut closed = Text::empty(text.span(behind..behind));
    closed.push_from(")", text.span(tokens[end].range()));
    changes.push((behind..behind, closed));
    index
}

/// For a name in parentheses that is the operand of `sizeof` in part only, `(x)[0].y`: the parenthesis that closes, and the last
/// token of the operand.
fn parts_of_operand(text: &str, tokens: &[Token], open: usize) -> Option<(usize, usize)> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    let close = closing(tokens, text, open).filter(|&close| close == open + 2 && tokens[open + 1].is_name())?;
    let mut end = close;
    loop {
        end = match word(end + 1) {
            "[" => closing_bracket(tokens, text, end + 1)?,
            "." | "->" => end + 2,
            _ => break,
        };
    }
    (end > close && end < tokens.len()).then_some((close, end))
}

/// The bracket that closes another.
fn closing_bracket(tokens: &[Token], text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    let mut behind = tokens.iter().enumerate().skip(open);
    let closes = |(_, token): &(usize, &Token)| {
        match token.mark(text) {
            b'[' => depth += 1,
            b']' => depth -= 1,
            _ => {}
        }
        depth == 0
    };
    behind.find(closes).map(|(index, _)| index)
}

/// Takes an attribute, or the name of a register, away where the grammar does not know it, or moves it where it does.
fn change_of_attribute(text: &Text, tokens: &[Token], index: usize, changes: &mut Vec<Change>) -> usize {
    let is_attribute = tokens[index].text(&text.text).starts_with("__attribute");
    let statement = attribute_statement(&text.text, tokens, index).filter(|_| is_attribute);
    let close = statement.or_else(|| attribute_of_declarator(&text.text, tokens, index));
    let Some(close) = close else {
        return index;
    };
    let range = tokens[index].range().start..tokens[close].range().end;
    if statement.is_none() && says_what_is_declared(&tokens[index..close], &text.text) {
        // The grammar knows it in front of the declaration.
        let begin = start_of_declaration(&text.text, tokens, index);
        let mut moved = Text::empty(text.span(begin..begin));
        moved.append(&text.part(range.clone()));
        moved.push(" ");
        changes.push((begin..begin, moved));
    }
    let mut blank = Text::empty(text.span(range.clone()));
    blank.push(" ");
    changes.push((range, blank));
    close
}

/// The last token of a type that is the argument of a call, as macros take them. `None`: it is something else, a parameter.
fn type_as_argument(text: &str, tokens: &[Token], first: usize) -> Option<usize> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    if !matches!(word(first.checked_sub(1)?), "(" | ",") {
        return None;
    }
    let mut depth = 0_u32;
    let mut open = first;
    // The parenthesis around the argument.
    loop {
        open = open.checked_sub(1)?;
        match tokens[open].mark(text) {
            b')' => depth += 1,
            b'(' if depth == 0 => break,
            b'(' => depth -= 1,
            b'{' | b'}' | b';' => return None,
            _ => {}
        }
    }
    let callee = open.checked_sub(1)?;
    let is_call = tokens[callee].is_name() && !is_word_of_heads(word(callee)) && !is_declaring(word(callee));
    let declares = callee.checked_sub(1).is_some_and(|before| {
        let before = &tokens[before];
        let name = before.is_name() && !matches!(before.text(text), "return" | "case" | "else" | "do");
        name || matches!(before.text(text), "*" | ")" | "&" | "::" | "~")
    });
    if !is_call || declares {
        return None;
    }
    let mut end = first;
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate().skip(first) {
        match token.mark(text) {
            b'(' | b'[' => depth += 1,
            b')' | b',' | b']' if depth == 0 => break,
            b')' | b']' => depth -= 1,
            b'=' | b'{' | b'}' | b';' => return None,
            _ => {}
        }
        end = index;
    }
    // A name after the type is that of a parameter.
    let tag = end > first && matches!(word(end - 1), "struct" | "union" | "enum");
    let named = end > first && tokens[end].is_name() && !is_declaring(word(end)) && !tag;
    let qualified = named && (first..end).all(|index| matches!(word(index), "const" | "volatile"));
    (!named || qualified).then_some(end)
}

/// The end of an attribute that is a statement: it says something about others, and does nothing.
fn attribute_statement(text: &str, tokens: &[Token], first: usize) -> Option<usize> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    let close = closing(tokens, text, first + 1).filter(|close| word(close + 1) == ";")?;
    let begins = match word(first.checked_sub(1)?) {
        ";" | "{" | ":" => true,
        // Behind the members of a structure it is one of the structure.
        "}" => tokens[first..close]
            .iter()
            .any(|token| matches!(token.text(text).trim_matches('_'), "fallthrough" | "assume")),
        _ => false,
    };
    begins.then_some(close)
}

/// The end of an attribute, or a register's name, between a declarator and its value, or between a star and what follows.
fn attribute_of_declarator(text: &str, tokens: &[Token], first: usize) -> Option<usize> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(text));
    let close = match word(first) {
        "[" => {
            let mut inside = first + 2..tokens.len().min(first + ATTRIBUTE);
            inside.find(|&index| word(index) == "]" && word(index + 1) == "]")? + 1
        }
        _ => closing(tokens, text, first + 1)?,
    };
    let before = first.checked_sub(1)?;
    let name = tokens[before].is_name() && !is_word_of_heads(word(before)) && !is_declaring(word(before));
    let ends = word(close + 1) == ";" && tokens[first..close].iter().any(|token| is_cleanup(token.text(text)));
    let value = (word(close + 1) == "=" || ends) && (name || matches!(word(before), "]" | ")"));
    let star = word(before) == "*" && word(first) != "[" && !lays_out(&tokens[first..close], text);
    (value || star && tokens.get(close + 1).is_some_and(|token| token.is_name())).then_some(close)
}

/// Whether an attribute says where the parts of a structure lie.
fn lays_out(tokens: &[Token], text: &str) -> bool {
    let words = tokens.iter().map(|token| token.text(text).trim_matches('_'));
    words.into_iter().any(|word| matches!(word, "aligned" | "packed"))
}

/// Whether an attribute says of what type a variable is, or what runs at its end.
fn says_what_is_declared(tokens: &[Token], text: &str) -> bool {
    let mut words = tokens.iter().map(|token| token.text(text).trim_matches('_'));
    words.any(|word| matches!(word, "cleanup" | "mode" | "vector_size"))
}

fn is_cleanup(word: &str) -> bool {
    word.trim_matches('_') == "cleanup"
}

/// Where the declaration begins that a token is in.
fn start_of_declaration(text: &str, tokens: &[Token], index: usize) -> usize {
    let ends = |token: &Token| matches!(token.mark(text), b';' | b'{' | b'}');
    let before = tokens[..index].iter().rposition(ends);
    tokens[before.map_or(0, |before| before + 1)].range().start
}

/// `#embed`: what the file holds stands here.
fn is_embedding(directive: &str) -> bool {
    let name = directive.strip_prefix('#').map(str::trim_start);
    name.is_some_and(|name| name.starts_with("embed"))
}

/// Words before parentheses that hold no arguments.
fn is_word_of_heads(word: &str) -> bool {
    matches!(
        word,
        "if" | "while"
            | "for"
            | "switch"
            | "return"
            | "sizeof"
            | "_Alignof"
            | "alignof"
            | "__alignof__"
            | "__alignof"
            | "alignas"
            | "_Alignas"
            | "offsetof"
            | "_Atomic"
            | "_Generic"
            | "decltype"
            | "noexcept"
            | "catch"
            | "operator"
            | "asm"
            | "__asm__"
            | "defined"
            | "typeof"
            | "__typeof__"
    )
}

/// The ends of the range that a case label is.
pub(super) fn ends_of_range(pattern: &Node) -> Option<(Node, Node)> {
    let site = call_site(pattern).filter(|site| site.callee.text() == RANGE)?;
    let [first, last] = <[Node; 2]>::try_from(site.arguments()).ok()?;
    Some((first, last))
}

/// Where a computed `goto` goes: the value that stands for the address.
pub(super) fn computed_target(node: &Node) -> Option<Node> {
    let assignment = node
        .part(Part::Value)
        .filter(|value| value.role() == Some(Role::Assign))?;
    let to = assignment.part(Part::To).filter(|to| to.text() == GOTO)?;
    drop(to);
    assignment.part(Part::Value)
}

/// The dots and the colon of `case a ... b:`.
fn range_of_labels(text: &str, tokens: &[Token], case: usize) -> Option<(usize, usize)> {
    let mut depth = 0_i32;
    let mut dots = None;
    for (index, token) in tokens.iter().enumerate().skip(case + 1) {
        match token.mark(text) {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth -= 1,
            b';' | b'{' | b'}' => return None,
            b':' if depth == 0 => return Some((dots?, index)),
            _ => {}
        }
        if depth == 0 && dots.is_none() && text[token.range().start..].starts_with("...") {
            dots = Some(index);
        }
    }
    None
}
