//! Macros whose text is an expression without parentheses: `a + b`, used as `2 * M`. The operators around the use bind what
//! is nearest to them, so that the text is no operand by itself.

use super::C;
use super::macros::{Definition, Use};
use crate::lower::Lowering;
use crate::syntax::Text;
use crate::syntax::lexer::{self, Token, TokenKind};

/// Uses that stand for nothing but another use.
const LINKS: usize = 8;
/// How tight operators on one operand bind.
const UNARY: u8 = 11;

impl Lowering<'_, C> {
    /// The text of a use, which ends at a token, if operators around it bind tighter than some in that text, or if it goes on
    /// with the operand before it.
    pub(super) fn torn_apart(
        &mut self,
        use_of: &Use,
        definition: &Definition,
        (text, tokens): (&Text, &[Token]),
        (index, end): (usize, usize),
    ) -> Option<Text> {
        let (before, after) = (tighter_before(text, tokens, index), tighter_after(text, tokens, end));
        let goes_on = index > 0 && is_operand(text, tokens, index - 1) && !is_head(text, tokens, index - 1);
        if before.is_none() && after.is_none() && !goes_on {
            return None;
        }
        let mut expansion = self.expansion(use_of, definition)?;
        for _ in 0..LINKS {
            let tokens = lexer::tokens_of(&expansion.text, 0..expansion.text.len(), self.language_of_file(), false);
            let first = tokens.first()?.text(&expansion.text);
            if goes_on && tokens.len() > 1 && matches!(first, "-" | "+" | "*" | "&") {
                return Some(expansion);
            }
            if let Some(loosest) = loosest(&expansion.text, &tokens) {
                let torn = before.is_some_and(|before| before >= loosest) || after.is_some_and(|after| after > loosest);
                return torn.then_some(expansion);
            }
            let [only] = tokens[..] else { return None };
            let (name, at) = (only.text(&expansion.text).to_owned(), use_of.name_at);
            let definitions = self.definitions(&name, at, false);
            let [next] = &definitions[..] else { return None };
            expansion = self.body_text(next.body);
        }
        None
    }
}

/// How tight the operator before a token binds it.
fn tighter_before(text: &Text, tokens: &[Token], index: usize) -> Option<u8> {
    let word = |index: usize| tokens.get(index).map_or("", |token| token.text(&text.text));
    let last = index.checked_sub(1)?;
    if word(last) == "sizeof" || word(last) == ")" && is_cast(text, tokens, last) {
        return Some(UNARY);
    }
    let (operator, first) = match last
        .checked_sub(1)
        .and_then(|before| joined(&text.text, tokens, before))
    {
        Some(operator) => (operator, last - 1),
        None => (word(last), last),
    };
    match first
        .checked_sub(1)
        .is_some_and(|before| is_operand(text, tokens, before))
    {
        true => precedence(operator),
        false => matches!(operator, "!" | "~" | "-" | "+" | "*" | "&" | "++" | "--").then_some(UNARY),
    }
}

/// How tight the operator after a token binds it.
fn tighter_after(text: &Text, tokens: &[Token], end: usize) -> Option<u8> {
    let next = tokens.get(end + 1)?;
    let operator = joined(&text.text, tokens, end + 1).unwrap_or(next.text(&text.text));
    match operator {
        "[" | "." | "->" | "++" | "--" => Some(UNARY),
        _ => precedence(operator),
    }
}

/// Whether the parenthesis that closes at a token holds a type, as far as its form tells.
fn is_cast(text: &Text, tokens: &[Token], close: usize) -> bool {
    let word = |index: usize| tokens[index].text(&text.text);
    let inner = |index: &usize| tokens[*index].is_name() || word(*index) == "*";
    let start = (0..close).rev().take_while(inner).last();
    let Some(open) = start.and_then(|start| start.checked_sub(1)) else {
        return false;
    };
    word(open) == "("
        && open
            .checked_sub(1)
            .is_none_or(|before| !is_operand(text, tokens, before) || word(before) == "return")
}

/// Whether a token closes the parentheses of the head of a statement.
fn is_head(text: &Text, tokens: &[Token], close: usize) -> bool {
    let word = |index: usize| tokens[index].text(&text.text);
    if word(close) != ")" {
        return false;
    }
    let mut depth = 0_u32;
    for index in (0..=close).rev() {
        match word(index) {
            ")" => depth += 1,
            "(" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index > 0 && matches!(word(index - 1), "if" | "while" | "for" | "switch");
        }
    }
    false
}

/// Whether a token ends an operand.
fn is_operand(text: &Text, tokens: &[Token], index: usize) -> bool {
    let token = tokens[index];
    match token.kind {
        TokenKind::Punctuation => matches!(token.mark(&text.text), b')' | b']'),
        _ => !matches!(token.text(&text.text), "return" | "sizeof" | "case" | "else" | "do"),
    }
}

/// The operator that a token and the next make together.
fn joined<'text>(text: &'text str, tokens: &[Token], index: usize) -> Option<&'text str> {
    let (one, other) = (tokens.get(index)?, tokens.get(index + 1)?);
    let both = text.get(one.range().start..other.range().end)?;
    let known = matches!(
        both,
        "<<" | ">>" | "&&" | "||" | "==" | "!=" | "<=" | ">=" | "++" | "--" | "->"
    );
    known.then_some(both)
}

fn precedence(operator: &str) -> Option<u8> {
    Some(match operator {
        "*" | "/" | "%" => 10,
        "+" | "-" => 9,
        "<<" | ">>" => 8,
        "<" | ">" | "<=" | ">=" => 7,
        "==" | "!=" => 6,
        "&" => 5,
        "^" => 4,
        "|" => 3,
        "&&" => 2,
        "||" => 1,
        "?" => 0,
        _ => return None,
    })
}

/// The precedence of the loosest operator outside of brackets. `None`: there is none, or this is no expression.
fn loosest(text: &str, tokens: &[Token]) -> Option<u8> {
    let mut found: Option<u8> = None;
    let (mut depth, mut after_operand) = (0_u32, false);
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let pair = joined(text, tokens, index);
        let word = pair.unwrap_or(token.text(text));
        index += if pair.is_some() { 2 } else { 1 };
        match word {
            "(" | "[" => depth += 1,
            ")" | "]" => {
                depth = depth.saturating_sub(1);
                after_operand = true;
            }
            _ if depth > 0 => {}
            "{" | "}" | ";" | "," => return None,
            _ if token.kind != TokenKind::Punctuation => after_operand = word != "sizeof",
            "++" | "--" | "." | "->" => {}
            _ if after_operand => {
                found = match (found, precedence(word)) {
                    (Some(known), Some(new)) => Some(known.min(new)),
                    (known, new) => known.or(new),
                };
                after_operand = false;
            }
            _ => {}
        }
    }
    found
}
