//! Rust's `#[cfg(…)]` where Linux decides it: what can never be compiled is dropped from the tokens and blanked.

use super::brackets::Brackets;
use super::preprocessor::Preprocessed;
use crate::syntax::cfg;
use crate::syntax::lexer::Token;
use std::ops::Range;

/// The tokens without what belongs to a `cfg` that never holds on Linux, and the bytes to blank.
pub fn without_dead(text: &str, tokens: Vec<Token>) -> Preprocessed {
    let brackets = Brackets::new(text, &tokens);
    let pass = Pass {
        text,
        tokens: &tokens,
        brackets: &brackets,
    };
    let (mut dead, mut arms, mut at) = (Vec::new(), Vec::new(), 0);
    while at < tokens.len() {
        at = pass.step(at, &mut dead, &mut arms);
    }
    if dead.is_empty() {
        return Preprocessed::plain(tokens, Vec::new());
    }
    let bytes = |range: &Range<usize>| tokens[range.start].start as usize..tokens[range.end - 1].end as usize;
    let blanks = dead.iter().filter(|range| !range.is_empty()).map(bytes).collect();
    let (mut kept, mut from) = (Vec::with_capacity(tokens.len()), 0);
    for range in &dead {
        kept.extend_from_slice(&tokens[from..range.start.max(from)]);
        from = range.end.max(from);
    }
    kept.extend_from_slice(&tokens[from..]);
    Preprocessed::plain(kept, blanks)
}

/// The tokens of the predicate if an attribute `#[cfg(…)]` or `#![cfg(…)]` starts at the token, and the token after it.
pub fn predicate(text: &str, tokens: &[Token], brackets: &Brackets, at: usize) -> Option<(Range<usize>, usize)> {
    let word = |at: usize| tokens.get(at).map_or("", |token| token.text(text));
    let open = at + 1 + usize::from(word(at + 1) == "!");
    if word(at) != "#" || word(open) != "[" || word(open + 1) != "cfg" || word(open + 2) != "(" {
        return None;
    }
    let end = brackets.after(open)?;
    (end >= open + 6).then(|| (open + 3..end - 2, end))
}

struct Pass<'a> {
    text: &'a str,
    tokens: &'a [Token],
    brackets: &'a Brackets,
}

impl Pass<'_> {
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    /// The token after the group that opens here, or the next token if it never closes.
    fn after_group(&self, open: usize) -> usize {
        self.brackets.after(open).unwrap_or(open + 1)
    }

    /// Looks at one token and returns where to go on. `arms` are the tokens after arms of `if #[cfg(…)] {…} else …` chains
    /// whose condition holds: what follows with `else` is dead.
    fn step(&self, at: usize, dead: &mut Vec<Range<usize>>, arms: &mut Vec<usize>) -> usize {
        while arms.last().is_some_and(|end| *end < at) {
            arms.pop();
        }
        if self.word(at) == "else" && arms.last() == Some(&at) {
            return self.dead_arm(at, dead, arms);
        }
        let Some((predicate, end)) = predicate(self.text, self.tokens, self.brackets, at) else {
            return at + 1;
        };
        let truth = cfg::on_linux(&self.text[self.bytes(&predicate)]);
        if at > 0 && self.word(at - 1) == "if" {
            match truth {
                Some(false) if self.word(end) == "{" => {
                    let after = self.after_group(end);
                    dead.push(end + 1..(after - 1).max(end + 1));
                    return after;
                }
                Some(true) if self.word(end) == "{" => arms.push(self.after_group(end)),
                _ => {}
            }
            return end;
        }
        if truth != Some(false) {
            return end;
        }
        let after = if self.word(at + 1) == "!" {
            self.end_of_block(end)
        } else {
            self.end_of_target(end)
        };
        dead.push(at..after);
        after
    }

    /// `else {…}` or `else if #[cfg(…)] {…}` after an arm that is taken: what is in the braces is dead, and so on.
    fn dead_arm(&self, at: usize, dead: &mut Vec<Range<usize>>, arms: &mut Vec<usize>) -> usize {
        arms.pop();
        let open = (at..(at + 400).min(self.tokens.len())).find(|open| self.word(*open) == "{");
        let Some(open) = open else { return at + 1 };
        let after = self.after_group(open);
        dead.push(open + 1..(after - 1).max(open + 1));
        arms.push(after);
        after
    }

    fn bytes(&self, range: &Range<usize>) -> Range<usize> {
        self.tokens[range.start].start as usize..self.tokens[range.end - 1].end as usize
    }

    /// The bracket that closes the block around the token.
    fn end_of_block(&self, mut at: usize) -> usize {
        while at < self.tokens.len() {
            match self.tokens[at].mark(self.text) {
                b'(' | b'[' | b'{' => at = self.after_group(at),
                b')' | b']' | b'}' => return at,
                _ => at += 1,
            }
        }
        self.tokens.len()
    }

    /// The token after the item, statement, arm, field, argument or expression that starts at the token, further
    /// attributes included.
    fn end_of_target(&self, mut at: usize) -> usize {
        while self.word(at) == "#" && self.word(at + 1) == "[" {
            at = self.after_group(at + 1);
        }
        let ends = self.ends(at);
        while at < self.tokens.len() {
            match self.tokens[at].mark(self.text) {
                b';' => return at + 1,
                b',' if !ends.comma_inside => return at + 1,
                b')' | b']' | b'}' => return at,
                mark @ (b'(' | b'[' | b'{') => {
                    at = self.after_group(at);
                    if mark == b'{' && ends.brace && !self.goes_on(at) {
                        return at + usize::from(!ends.comma_inside && self.word(at) == ",");
                    }
                }
                _ => at += 1,
            }
        }
        self.tokens.len()
    }

    fn goes_on(&self, at: usize) -> bool {
        matches!(self.word(at), "else" | "." | "?" | "=>" | "|" | "if" | "=" | "as")
    }

    fn ends(&self, mut at: usize) -> Ends {
        while matches!(self.word(at), "pub" | "default" | "async" | "unsafe" | "(") {
            at = if self.word(at) == "(" {
                self.after_group(at)
            } else {
                at + 1
            };
        }
        match self.word(at) {
            "fn" | "impl" | "struct" | "enum" | "union" | "trait" | "mod" | "extern" | "macro_rules" => Ends {
                comma_inside: true,
                brace: true,
            },
            "const" if matches!(self.word(at + 1), "fn" | "unsafe" | "extern") => Ends {
                comma_inside: true,
                brace: true,
            },
            "use" | "const" | "static" | "type" | "let" => Ends {
                comma_inside: true,
                brace: false,
            },
            _ => Ends {
                comma_inside: false,
                brace: true,
            },
        }
    }
}

/// How the target of an attribute ends, besides at `;` and at the bracket around it.
struct Ends {
    /// Commas outside brackets are part of it: generics.
    comma_inside: bool,
    /// A block ends it.
    brace: bool,
}
