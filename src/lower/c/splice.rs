//! Macros that are no code by themselves: `if (x)`, `else`, `case x:`, `{`, `unsigned long`. Their text takes the place of
//! their use before the parser sees it, as the preprocessor would have it. All other macros are expanded where their use is
//! lowered: what is written in them keeps its place, and the use can be told.

use super::C;
use super::expansion::split_arguments;
use super::macros::{Definition, Use};
use crate::lower::Lowering;
use crate::syntax::Text;
use crate::syntax::lexer::{self, Token, TokenKind};

/// Uses within uses.
const DEPTH: usize = 12;
/// Bytes that a text may come to.
const LENGTH: usize = 400_000;

impl Lowering<'_, C> {
    /// The text with all macros in it expanded that are no code by themselves.
    pub fn spliced(&mut self, text: Text) -> Text {
        let mut inside = Vec::new();
        let text = self.splice(&text, &mut inside).unwrap_or(text);
        self.in_grammar(text)
    }

    /// `None`: there is none in the text. `inside`: the macros whose text this is; their names mean themselves.
    fn splice(&mut self, text: &Text, inside: &mut Vec<String>) -> Option<Text> {
        let tokens = lexer::tokens(&text.text, self.language_of_file());
        let mut result = Text::empty(text.whole);
        let (mut done, mut index) = (0, 0);
        while index < tokens.len() {
            let Some((end, replacement)) = self.replacement(text, &tokens, index, inside) else {
                index += 1;
                continue;
            };
            result.append(&text.part(done..tokens[index].range().start));
            result.push(" ");
            result.append(&replacement);
            result.push(" ");
            done = tokens[end].range().end;
            index = end + 1;
            if result.text.len() > LENGTH {
                self.limit(text.whole, "a macro's expansion is too long");
                return None;
            }
        }
        if done == 0 {
            return None;
        }
        result.append(&text.part(done..text.text.len()));
        Some(result)
    }

    /// What takes the place of the name at `index`, and the last token that goes with it.
    fn replacement(
        &mut self,
        text: &Text,
        tokens: &[Token],
        index: usize,
        inside: &mut Vec<String>,
    ) -> Option<(usize, Text)> {
        let name = tokens[index].is_name().then(|| tokens[index].text(&text.text))?;
        let previous = index
            .checked_sub(1)
            .map_or("", |before| tokens[before].text(&text.text));
        if inside.len() >= DEPTH || inside.iter().any(|outer| outer == name) || designates(previous) {
            return None;
        }
        let (use_of, end, definitions) = self.use_in_text(text, tokens, index, inside)?;
        let several = definitions.len();
        let definition = definitions.get(self.language.choice.min(several - 1))?;
        if several > 1 && definitions.iter().any(|one| self.is_open_macro(one, inside)) {
            self.language.choices = self.language.choices.max(several);
        }
        let next = tokens.get(end + 1).map_or("", |token| token.text(&text.text));
        let torn = self.torn_apart(&use_of, definition, (text, tokens), (index, end));
        let open =
            torn.is_some() || self.is_open_macro(definition, inside) || self.takes_else(definition, text, tokens, end);
        if matches!(previous, "if" | "while" | "switch") && next != "(" && !open {
            // The parentheses of the condition are the macro's.
            let mut wrapped = Text::empty(use_of.at);
            wrapped.push("(");
            wrapped.append(&text.part(tokens[index].range().start..tokens[end].range().end));
            wrapped.push(")");
            return Some((end, wrapped));
        }
        if !open && previous != "for" {
            return None;
        }
        let mut expansion = match torn {
            Some(expansion) => expansion,
            None => self.expansion(&use_of, definition)?,
        };
        if !self.calls_something(definition) {
            let moved = expansion.pieces.iter_mut();
            moved
                .filter(|piece| definition.body.contains(piece.at))
                .for_each(|piece| piece.at = use_of.at);
        }
        inside.push(use_of.name.clone());
        let spliced = self.splice(&expansion, inside);
        inside.pop();
        // A use that is put together from several places is nowhere.
        if use_of.at != text.whole {
            self.language.expanded.push(use_of.at);
        }
        Some((end, spliced.unwrap_or(expansion)))
    }

    /// The use of a visible macro that the name at `index` is, with its last token.
    fn use_in_text(
        &mut self,
        text: &Text,
        tokens: &[Token],
        index: usize,
        inside: &mut Vec<String>,
    ) -> Option<(Use, usize, std::rc::Rc<Vec<Definition>>)> {
        let name = tokens[index].text(&text.text);
        let name_at = text.span(tokens[index].range());
        let objects = self.definitions(name, name_at, false);
        if !objects.is_empty() {
            let use_of = Use {
                name: name.to_owned(),
                name_at,
                at: name_at,
                arguments: None,
            };
            return Some((use_of, index, objects));
        }
        let open = index + 1;
        if tokens.get(open).is_none_or(|token| token.mark(&text.text) != b'(') {
            return None;
        }
        let definitions = self.definitions(name, name_at, true);
        definitions.first()?;
        let close = closing(tokens, &text.text, open)?;
        let inner = tokens[open].range().end..tokens[close].range().start;
        let ranges = split_arguments(&text.text, inner, self.language_of_file());
        let mut arguments: Vec<Text> = ranges.into_iter().map(|range| text.part(range)).collect();
        // So are uses in the arguments of uses.
        inside.push(String::new());
        for argument in &mut arguments {
            if let Some(spliced) = self.splice(argument, inside) {
                *argument = spliced;
            }
        }
        inside.pop();
        let use_of = Use {
            name: name.to_owned(),
            name_at,
            at: text.span(tokens[index].range().start..tokens[close].range().end),
            arguments: Some(arguments),
        };
        Some((use_of, close, definitions))
    }

    /// Whether a macro's text is no expression, type or whole statements by itself.
    fn is_open_macro(&mut self, definition: &Definition, inside: &mut Vec<String>) -> bool {
        if let Some(&known) = self.language.open_macros.get(&definition.body) {
            return known;
        }
        // A macro that comes to itself again means its name there.
        self.language.open_macros.insert(definition.body, false);
        let body = self.body_text(definition.body);
        // Chains of macros are as long as the program likes: each link counts.
        inside.push(String::new());
        let body = self.splice(&body, inside).unwrap_or(body);
        inside.pop();
        let tokens = lexer::tokens_of(&body.text, 0..body.text.len(), self.language_of_file(), false);
        let open = match tokens.is_empty() {
            // Nothing at all: where it stands among declarations the parser would look for a meaning.
            true => definition.parameters.is_none(),
            false => is_fragment(&body.text, &tokens),
        };
        self.language.open_macros.insert(definition.body, open);
        open
    }

    /// Whether the text of a macro is an `if` that an `else` after the use belongs to.
    fn takes_else(&self, definition: &Definition, text: &Text, tokens: &[Token], end: usize) -> bool {
        let word = |index: usize| tokens.get(index).map_or("", |token| token.text(&text.text));
        let next = if word(end + 1) == ";" {
            word(end + 2)
        } else {
            word(end + 1)
        };
        next == "else" && {
            let clean = &self.index.cut(definition.body.file).clean;
            let body = lexer::tokens_of(clean, definition.body.range(), self.language_of_file(), false);
            body.first().is_some_and(|first| first.text(clean) == "if")
        }
    }

    /// Whether there are calls in a macro's own text: these keep their place.
    fn calls_something(&self, definition: &Definition) -> bool {
        let clean = &self.index.cut(definition.body.file).clean;
        let tokens = lexer::tokens_of(clean, definition.body.range(), self.language_of_file(), false);
        tokens
            .windows(2)
            .any(|pair| pair[0].is_name() && !is_head(pair[0].text(clean)) && pair[1].mark(clean) == b'(')
    }
}

/// Whether the word before a name says that it names a member, a tag or a label.
fn designates(previous: &str) -> bool {
    matches!(
        previous,
        "." | "->" | "#" | "##" | "struct" | "union" | "enum" | "goto" | "::" | "class"
    )
}

fn is_head(word: &str) -> bool {
    matches!(word, "if" | "while" | "for" | "switch")
}

/// Words that only declarations begin with.
pub(super) fn is_declaring(word: &str) -> bool {
    matches!(
        word,
        "void"
            | "char"
            | "short"
            | "int"
            | "long"
            | "float"
            | "double"
            | "signed"
            | "unsigned"
            | "_Bool"
            | "const"
            | "volatile"
            | "static"
            | "extern"
            | "register"
            | "inline"
            | "__inline"
            | "__inline__"
            | "struct"
            | "union"
            | "enum"
            | "constexpr"
            | "__volatile__"
            | "__const"
            | "__restrict"
            | "restrict"
            | "__attribute__"
            | "_Noreturn"
            | "_Thread_local"
            | "__thread"
            | "auto"
    )
}

/// The parenthesis that closes the one at `open`.
pub(super) fn closing(tokens: &[Token], text: &str, open: usize) -> Option<usize> {
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.mark(text) {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return Some(index);
        }
    }
    None
}

/// Whether tokens are no expression and no whole statements: what stands around them belongs to the same construct.
fn is_fragment(text: &str, tokens: &[Token]) -> bool {
    let word = |index: usize| tokens[index].text(text);
    let last = tokens.len() - 1;
    let has = |wanted: &str| tokens.iter().any(|token| token.text(text) == wanted);
    let labels = (has("case") || has("default")) && !has("switch") && !has("_Generic");
    if labels || !is_balanced(text, tokens) || is_declaring(word(0)) && !has(";") {
        return true;
    }
    if tokens.len() == 1 && tokens[0].kind == TokenKind::Punctuation {
        return true;
    }
    let begins = matches!(
        tokens[0].mark(text),
        b'=' | b',' | b'.' | b'?' | b':' | b'/' | b'%' | b'<' | b'>' | b'|' | b'^' | b'['
    ) || matches!(word(0), "else" | "->" | "==" | "!=" | "<=" | ">=" | "||");
    let ends = matches!(
        tokens[last].mark(text),
        b'=' | b',' | b'.' | b'?' | b':' | b'/' | b'%' | b'<' | b'>' | b'|' | b'^' | b'*' | b'!' | b'~'
    ) || matches!(
        word(last),
        "else" | "do" | "goto" | "return" | "if" | "while" | "for" | "switch" | "->" | "==" | "!=" | "<=" | ">=" | "||"
    );
    let alone = tokens.len() == 1 && matches!(word(0), "goto" | "return");
    begins || ends && !alone || ends_in_head(text, tokens)
}

fn is_balanced(text: &str, tokens: &[Token]) -> bool {
    let mut open = Vec::new();
    for token in tokens {
        let fits = match token.mark(text) {
            mark @ (b'(' | b'[' | b'{') => {
                open.push(mark);
                true
            }
            b')' => open.pop() == Some(b'('),
            b']' => open.pop() == Some(b'['),
            b'}' => open.pop() == Some(b'{'),
            _ => true,
        };
        if !fits {
            return false;
        }
    }
    open.is_empty()
}

/// Whether the last thing is the head of a statement, `if (…)`, that wants its body.
fn ends_in_head(text: &str, tokens: &[Token]) -> bool {
    let mut depth = 0_u32;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.mark(text) {
            b')' => depth += 1,
            b'(' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            let head = index.checked_sub(1).map_or("", |before| tokens[before].text(text));
            let looped = head == "while" && tokens.iter().any(|token| token.text(text) == "do");
            return token.mark(text) == b'(' && is_head(head) && !looped;
        }
    }
    false
}
