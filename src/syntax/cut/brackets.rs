//! Which bracket closes which, worked out once for all tokens. Braces count most: a bracket that is still open where the
//! braces around it close has no partner, so that one slip does not spoil the rest of the file.

use crate::syntax::lexer::Token;

/// The partners of opening brackets.
#[derive(Debug)]
pub struct Brackets {
    /// By token: the closing bracket of an opening one, else `NONE`.
    closing: Vec<u32>,
}

const NONE: u32 = u32::MAX;

/// An open bracket, with how many brackets of its kind are open since the last brace.
struct Open {
    mark: u8,
    token: u32,
}

impl Brackets {
    /// Pairs all brackets.
    pub fn new(text: &str, tokens: &[Token]) -> Brackets {
        let mut closing = vec![NONE; tokens.len()];
        let mut open: Vec<Open> = Vec::new();
        // How many round and square brackets are open since the last open brace, and the same for the braces outside it.
        let (mut counts, mut outer) = ((0u32, 0u32), Vec::new());
        let mut braces = 0u32;
        for (index, token) in tokens.iter().enumerate() {
            let mark = token.mark(text);
            let wanted = match mark {
                b'(' | b'[' | b'{' => {
                    match mark {
                        b'(' => counts.0 += 1,
                        b'[' => counts.1 += 1,
                        _ => {
                            (braces, counts) = (braces + 1, {
                                outer.push(counts);
                                (0, 0)
                            })
                        }
                    }
                    open.push(Open {
                        mark,
                        token: index as u32,
                    });
                    continue;
                }
                b')' if counts.0 > 0 => b'(',
                b']' if counts.1 > 0 => b'[',
                b'}' if braces > 0 => b'{',
                _ => continue,
            };
            while let Some(top) = open.pop() {
                match top.mark {
                    b'(' => counts.0 -= 1,
                    b'[' => counts.1 -= 1,
                    _ => (braces, counts) = (braces - 1, outer.pop().unwrap_or_default()),
                }
                if top.mark == wanted {
                    closing[top.token as usize] = index as u32;
                    break;
                }
            }
        }
        Brackets { closing }
    }

    /// The token after the bracket that closes the one at `open`; None if nothing closes it.
    pub fn after(&self, open: usize) -> Option<usize> {
        self.closing
            .get(open)
            .copied()
            .filter(|close| *close != NONE)
            .map(|close| close as usize + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Language;
    use crate::syntax::lexer;

    fn partners(text: &str) -> Vec<Option<usize>> {
        let tokens = lexer::tokens(text, Language::Rust);
        let brackets = Brackets::new(text, &tokens);
        (0..tokens.len()).map(|token| brackets.after(token)).collect()
    }

    #[test]
    fn braces_count_most() {
        assert_eq!(partners("( [ ] )"), [Some(4), Some(3), None, None]);
        assert_eq!(partners("{ ( } { }"), [Some(3), None, None, Some(5), None]);
        assert_eq!(partners("( ] )"), [Some(3), None, None]);
        assert_eq!(partners(") } ( )"), [None, None, Some(4), None]);
        assert_eq!(partners("( { ) } )"), [Some(5), Some(4), None, None, None]);
    }
}
