//! `macro_rules!` of the unit: the arm whose matcher fits the arguments is written out as text that remembers where each part
//! of it stands, and is then lowered like code.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::Lower;
use super::hygiene::{is_shorthand, is_variable, own_names, renamed};
use super::macro_text::{Definition, after_group, bracket};
use super::names::segments;
use crate::ir::Expansion;
use crate::lower::builder::Scopes;
use crate::source::{Language, Span};
use crate::syntax::cut::ItemKind;
use crate::syntax::index::ByName;
use crate::syntax::lexer::{self, Token, TokenKind};
use crate::syntax::roles::Part;
use crate::syntax::{Node, Text, parser};

/// How many macros are expanded for one item.
const LIMIT: usize = 4_000;
/// How long the text of one expansion may be.
const LENGTH: usize = 1 << 20;
/// How deep repetitions may nest.
const DEPTH: u32 = 16;

/// What a name of a matcher stands for.
#[derive(Clone, Debug)]
enum Binding {
    /// Tokens of the arguments, and whether they are an expression.
    One(Range<usize>, bool),
    /// One binding for each round of a repetition.
    Many(Vec<Binding>),
}

/// What the names of a matcher stand for.
type Bindings = BTreeMap<String, Binding>;

/// What they stand for in one round of a repetition.
type Bound<'b> = BTreeMap<&'b str, &'b Binding>;

/// What the names stand for outside of all repetitions.
fn bound(bindings: &Bindings) -> Bound<'_> {
    bindings
        .iter()
        .map(|(name, binding)| (name.as_str(), binding))
        .collect()
}

/// The text that a use of a macro stands for, if the unit defines the macro and one of its arms fits.
pub fn expand(lowering: &mut Lower<'_>, node: &Node) -> Option<(Text, Expansion)> {
    let (name, arguments) = (node.part(Part::Name)?, node.part(Part::Arguments)?);
    let name = segments(name.text()).pop()?;
    let definitions = definitions(lowering, &name);
    let scopes = defined_in(lowering, &name);
    if definitions.is_empty() {
        return None;
    }
    if parser::is_spent() {
        return None;
    }
    lowering.language.expanded += 1;
    if lowering.language.expanded > LIMIT {
        lowering.limit(node.span(), "too many closures and macros in one function");
        return None;
    }
    let source = arguments.source();
    let length = source.text.len();
    let input = Input::new(source.part(1.min(length)..length.saturating_sub(1).max(1.min(length))));
    for definition in &definitions {
        for (matcher, body) in arms(definition) {
            let whole = Match {
                definition,
                input: &input,
            }
            .whole(matcher);
            if let Some(bindings) = whole {
                let mut own = own_names(definition, &body);
                if let Some(scopes) = &scopes {
                    own.extend(captured(lowering, definition, &body, scopes));
                }
                let mut writer = Writer {
                    definition,
                    input: &input,
                    out: Text::empty(node.span()),
                    own,
                    mark: lowering.language.expanded,
                };
                writer.write(body, &bound(&bindings), 0);
                let arguments = input.spans(&bindings);
                return Some((
                    writer.out,
                    Expansion {
                        name,
                        at: node.span(),
                        arguments,
                    },
                ));
            }
        }
    }
    None
}

/// What is in scope where a macro of a block is defined, as far as lowering has come by there.
fn defined_in(lowering: &Lower<'_>, name: &str) -> Option<Scopes> {
    let blocks = lowering.language.blocks.iter().rev();
    let mut local = blocks.filter(|block| block.macros.contains_key(name));
    local.next()?.macro_scopes.get(name).cloned()
}

/// The names in a macro of a block that mean variables there: where another variable has the name by now, or the macro
/// declares one, they go by another name.
fn captured(
    lowering: &mut Lower<'_>,
    definition: &Definition,
    body: &Range<usize>,
    scopes: &Scopes,
) -> BTreeSet<String> {
    let (own, mark) = (own_names(definition, body), lowering.language.expanded);
    let mut found = BTreeSet::new();
    for at in body.clone().filter(|&at| definition.is_name(at)) {
        let name = definition.word(at);
        let Some(id) = scopes.find(name) else { continue };
        if own.contains(name) || lowering.variable(name) != Some(id) {
            lowering.body.bind(renamed(name, mark), id);
            found.insert(name.to_owned());
        }
    }
    found
}

/// A macro is defined in a block: from here on its name means this one.
pub fn define(lowering: &mut Lower<'_>, node: &Node) {
    let Some((name, text)) = local_definition(node) else {
        return;
    };
    let scopes = lowering.body.scopes();
    if let Some(block) = lowering.language.blocks.last_mut() {
        block.macros.insert(name.clone(), text);
        block.macro_scopes.insert(name, scopes);
    }
}

/// All definitions of a macro by name: in the blocks around, in the file, in the unit.
fn definitions(lowering: &Lower<'_>, name: &str) -> Vec<Definition> {
    let local = lowering
        .language
        .blocks
        .iter()
        .rev()
        .find_map(|block| block.macros.get(name));
    if let Some(text) = local {
        return vec![Definition::new(text.clone())];
    }
    let items = lowering.index.macros_from(lowering.file, name).into_iter();
    let rust = items.filter(|id| lowering.sources.file(id.file).language == Language::Rust);
    rust.filter_map(|id| match lowering.index.item(id).1.kind {
        ItemKind::Macro { body, .. } => {
            let text = lowering.index.cut(body.file).clean.get(body.range())?;
            Some(Definition::new(Text::plain(text.to_owned(), body)))
        }
        _ => None,
    })
    .collect()
}

/// The arms: matcher and body as ranges of tokens inside their brackets.
fn arms(definition: &Definition) -> Vec<(Range<usize>, Range<usize>)> {
    let kind = |at: usize| bracket(definition.word(at));
    let end = definition.tokens.len().saturating_sub(1);
    let (mut at, mut found) = (1, Vec::new());
    while at < end {
        if kind(at) != 1 {
            at += 1;
            continue;
        }
        let matcher = at + 1..after_group(&kind, at, end).saturating_sub(1).max(at + 1);
        at = matcher.end + 1;
        while at < end && kind(at) != 1 {
            at += 1;
        }
        if at >= end {
            break;
        }
        let body = at + 1..after_group(&kind, at, end).saturating_sub(1).max(at + 1);
        at = body.end + 1;
        found.push((matcher, body));
    }
    found
}

/// The arguments of a use.
struct Input {
    /// The arguments.
    text: Text,
    /// Their tokens.
    tokens: Vec<Token>,
}

impl Input {
    fn new(text: Text) -> Input {
        let tokens = lexer::tokens_of(&text.text, 0..text.text.len(), Language::Rust, false);
        Input { text, tokens }
    }

    /// The text of a token.
    fn word(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text(&self.text.text))
    }

    /// The bytes of a range of tokens.
    fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        match (
            self.tokens.get(tokens.start),
            tokens.end.checked_sub(1).and_then(|last| self.tokens.get(last)),
        ) {
            (Some(first), Some(last)) if tokens.start < tokens.end => first.start as usize..last.end as usize,
            _ => 0..0,
        }
    }

    /// Where the bound arguments stand in the source.
    fn spans(&self, bindings: &Bindings) -> Vec<Span> {
        let mut pending: Vec<&Binding> = bindings.values().collect();
        let mut spans = Vec::new();
        while let Some(binding) = pending.pop() {
            match binding {
                Binding::One(tokens, _) => spans.push(self.text.span(self.bytes(tokens))),
                Binding::Many(rounds) => pending.extend(rounds),
            }
        }
        spans.sort();
        spans
    }
}

/// Writes the body of an arm.
struct Writer<'w> {
    definition: &'w Definition,
    input: &'w Input,
    out: Text,
    /// Names that the macro declares for itself: the names of the caller are others.
    own: BTreeSet<String>,
    /// Tells them apart from those of other uses.
    mark: usize,
}

impl Writer<'_> {
    fn write(&mut self, body: Range<usize>, bindings: &Bound<'_>, depth: u32) {
        let mut at = body.start;
        while at < body.end && self.out.text.len() < LENGTH {
            let word = self.definition.word(at);
            if word == "$" && self.definition.word(at + 1) == "(" && depth < DEPTH {
                let Some(repetition) = Repetition::read(self.definition, at + 1, body.end) else {
                    return;
                };
                self.rounds(&repetition, bindings, depth);
                at = repetition.after;
                continue;
            }
            match word.strip_prefix('$').filter(|name| !name.is_empty()) {
                Some("crate") => self.out.push("crate"),
                Some(name) => match bindings.get(name) {
                    Some(Binding::One(tokens, expression)) => self.argument(at, &body, tokens, *expression),
                    _ => self.out.push("()"),
                },
                None => self.own(at),
            }
            self.gap(at);
            at += 1;
        }
    }

    /// A token of the definition.
    fn own(&mut self, at: usize) {
        let range = self.definition.tokens[at].range();
        let word = self.definition.word(at);
        if self.own.contains(word) && is_variable(self.definition, at) {
            let renamed = renamed(word, self.mark);
            if is_shorthand(self.definition, at) {
                self.out.push(&format!("{word}: "));
            }
            return self.out.push_from(&renamed, self.definition.text.span(range));
        }
        let part = self.definition.text.part(range);
        self.out.append(&part);
    }

    /// Blanks as they stand behind a token, so that tokens that touch still do.
    fn gap(&mut self, at: usize) {
        let next = self.definition.tokens.get(at + 1).map_or(0, |next| next.start);
        let touching = self.definition.tokens[at].end == next && !self.definition.word(at).starts_with('$');
        if !touching {
            self.out.push(" ");
        }
    }

    /// An argument; an expression keeps its operators to itself.
    fn argument(&mut self, at: usize, body: &Range<usize>, tokens: &Range<usize>, expression: bool) {
        let before = if at > body.start {
            self.definition.word(at - 1)
        } else {
            "("
        };
        let after = if at + 1 < body.end {
            self.definition.word(at + 1)
        } else {
            ")"
        };
        let alone = matches!(before, "(" | "," | "{" | ";" | "=" | "=>" | "[" | "return" | "in" | "}")
            && matches!(after, ")" | "," | "}" | ";" | "]" | "=>");
        let single = tokens.len() == 1;
        let part = self.input.text.part(self.input.bytes(tokens));
        let enclosed = expression && !alone && !single;
        if enclosed {
            self.out.push("(");
        }
        self.out.append(&part);
        if enclosed {
            self.out.push(")");
        }
    }

    fn rounds(&mut self, repetition: &Repetition, bindings: &Bound<'_>, depth: u32) {
        let names = repetition.names(self.definition);
        let count = names.iter().find_map(|name| match bindings.get(name.as_str()) {
            Some(Binding::Many(rounds)) => Some(rounds.len()),
            _ => None,
        });
        for round in 0..count.unwrap_or(0) {
            if self.out.text.len() >= LENGTH {
                return;
            }
            let mut inner = bindings.clone();
            for name in &names {
                if let Some(Binding::Many(rounds)) = bindings.get(name.as_str())
                    && let Some(binding) = rounds.get(round)
                {
                    inner.insert(name, binding);
                }
            }
            if round > 0 && !repetition.separator.is_empty() {
                self.out.push(&repetition.separator);
                self.out.push(" ");
            }
            self.write(repetition.inner.clone(), &inner, depth + 1);
            self.out.push(" ");
        }
    }
}

/// The text of a macro definition in a block: all arms with the brackets around them.
pub fn local_definition(node: &Node) -> Option<(String, Text)> {
    let name = node.field("name")?.text().to_owned();
    let source = node.source();
    let open = source.text.find(['{', '(', '['])?;
    let length = source.text.trim_end_matches(';').len();
    Some((name, source.part(open..length)))
}

/// A matcher against arguments.
struct Match<'m> {
    /// The macro.
    definition: &'m Definition,
    /// The arguments.
    input: &'m Input,
}

impl Match<'_> {
    /// The bindings if the matcher fits all of the arguments.
    fn whole(&self, matcher: Range<usize>) -> Option<Bindings> {
        let (bindings, at) = self.sequence(matcher, 0, 0)?;
        (at == self.input.tokens.len()).then_some(bindings)
    }

    /// Matches from a token of the arguments on; gives the token after.
    fn sequence(&self, matcher: Range<usize>, start: usize, depth: u32) -> Option<(Bindings, usize)> {
        let (mut bindings, mut at, mut next) = (Bindings::new(), start, matcher.start);
        while next < matcher.end {
            let word = self.definition.word(next);
            if word == "$" && self.definition.word(next + 1) == "(" && depth < DEPTH {
                let repetition = self.repetition(next + 1, matcher.end)?;
                let (found, after) = self.rounds(&repetition, at, depth)?;
                bindings.extend(found);
                (at, next) = (after, repetition.after);
            } else if let Some(name) = word.strip_prefix('$').filter(|_| self.definition.word(next + 1) == ":") {
                let kind = self.definition.word(next + 2);
                let after = self.fragment(kind, at)?;
                bindings.insert(name.to_owned(), Binding::One(at..after, kind == "expr"));
                (at, next) = (after, next + 3);
            } else {
                if self.input.word(at) != word || at >= self.input.tokens.len() {
                    return None;
                }
                (at, next) = (at + 1, next + 1);
            }
        }
        Some((bindings, at))
    }

    /// `$( … ) separator operator` whose bracket opens at a token.
    fn repetition(&self, open: usize, end: usize) -> Option<Repetition> {
        Repetition::read(self.definition, open, end)
    }

    fn rounds(&self, repetition: &Repetition, start: usize, depth: u32) -> Option<(Bindings, usize)> {
        let (mut at, mut rounds) = (start, Vec::new());
        let mut resume = start;
        while at < self.input.tokens.len() && (repetition.operator != "?" || rounds.is_empty()) {
            let Some((bindings, after)) = self.sequence(repetition.inner.clone(), at, depth + 1) else {
                break;
            };
            if after == at {
                break;
            }
            rounds.push(bindings);
            resume = after;
            match repetition.separator.as_str() {
                "" => at = after,
                separator if self.input.word(after) == separator => at = after + 1,
                _ => break,
            }
        }
        if rounds.is_empty() && repetition.operator == "+" {
            return None;
        }
        let mut found = Bindings::new();
        for name in repetition.names(self.definition) {
            let each = rounds.iter().filter_map(|round| round.get(&name).cloned()).collect();
            found.insert(name, Binding::Many(each));
        }
        Some((found, resume))
    }

    /// The token after a fragment of a kind.
    fn fragment(&self, kind: &str, at: usize) -> Option<usize> {
        let token = self.input.tokens.get(at)?;
        let word = self.input.word(at);
        let group = || after_group(&|at| bracket(self.input.word(at)), at, self.input.tokens.len());
        match kind {
            "ident" => (token.kind == TokenKind::Identifier).then_some(at + 1),
            "lifetime" => (token.kind == TokenKind::Lifetime).then_some(at + 1),
            "tt" => match bracket(word) {
                0 => Some(at + 1),
                1 => Some(group()),
                _ => None,
            },
            "literal" => {
                let at = at + usize::from(word == "-");
                let literal = self.input.tokens.get(at)?;
                let named = matches!(self.input.word(at), "true" | "false");
                (named
                    || matches!(
                        literal.kind,
                        TokenKind::Number | TokenKind::String | TokenKind::Character
                    ))
                .then_some(at + 1)
            }
            "block" => (word == "{").then(group),
            "vis" if word != "pub" => Some(at),
            "vis" => Some(if self.input.word(at + 1) == "(" {
                after_group(&|at| bracket(self.input.word(at)), at + 1, self.input.tokens.len())
            } else {
                at + 1
            }),
            "expr" | "stmt" | "expr_2021" => self.until(at, &[",", ";", "=>"]),
            "ty" | "path" => self.until(at, &[",", ";", "=>", "=", "{", "|", ":", "as", "where", ">"]),
            "pat" | "pat_param" => self.until(at, &["=>", ",", "=", "if", "in"]),
            "meta" | "item" => self.until(at, &[",", ";", "]"]),
            _ => None,
        }
    }

    /// The token before which a fragment ends: the first of the words outside of brackets.
    fn until(&self, start: usize, stops: &[&str]) -> Option<usize> {
        let end = self.input.tokens.len();
        let mut at = self.after_parameters(start);
        let mut angles = 0_usize;
        while at < end {
            let word = self.input.word(at);
            match word {
                "<" if at > start && (self.input.word(at - 1) == "::" || stops.contains(&"where")) => angles += 1,
                ">" if angles > 0 => angles -= 1,
                ">>" if angles > 0 => angles = angles.saturating_sub(2),
                _ if angles == 0 && stops.contains(&word) => break,
                _ if bracket(word) == 2 => break,
                _ if bracket(word) == 1 => {
                    at = after_group(&|at| bracket(self.input.word(at)), at, end);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
        (at > start).then_some(at)
    }

    /// A closure's parameters hold commas.
    fn after_parameters(&self, start: usize) -> usize {
        let open = start + usize::from(self.input.word(start) == "move");
        if self.input.word(open) != "|" {
            return start;
        }
        (open + 1..self.input.tokens.len())
            .find(|&at| self.input.word(at) == "|")
            .map_or(start, |close| close + 1)
    }
}

/// `$( … ) separator operator`
struct Repetition {
    /// What is repeated.
    inner: Range<usize>,
    /// What stands between.
    separator: String,
    operator: String,
    /// The token after it.
    after: usize,
}

impl Repetition {
    /// The repetition whose bracket opens at a token.
    fn read(definition: &Definition, open: usize, end: usize) -> Option<Repetition> {
        let close = after_group(&|at| bracket(definition.word(at)), open, end) - 1;
        let operator = |word: &str| matches!(word, "*" | "+" | "?");
        let word = definition.word(close + 1);
        let (separator, at) = if operator(word) {
            (String::new(), close + 1)
        } else {
            (word.to_owned(), close + 2)
        };
        let found = definition.word(at);
        operator(found).then(|| Repetition {
            inner: open + 1..close,
            separator,
            operator: found.to_owned(),
            after: at + 1,
        })
    }

    /// The names bound or used in it.
    fn names(&self, definition: &Definition) -> Vec<String> {
        let names = self
            .inner
            .clone()
            .filter_map(|at| definition.word(at).strip_prefix('$'));
        names
            .filter(|name| !name.is_empty() && *name != "crate")
            .map(str::to_owned)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    const NO_FILE: FileId = FileId(u32::MAX);

    fn expanded(arms: &str, arguments: &str) -> Option<String> {
        let plain = |text: &str| Text::plain(text.to_owned(), Span::new(NO_FILE, 0, text.len()));
        let definition = Definition::new(plain(&format!("{{{arms}}}")));
        let input = Input::new(plain(arguments));
        for (matcher, body) in super::arms(&definition) {
            if let Some(bindings) = (Match {
                definition: &definition,
                input: &input,
            })
            .whole(matcher)
            {
                let mut writer = Writer {
                    definition: &definition,
                    input: &input,
                    out: Text::empty(Span::new(NO_FILE, 0, 0)),
                    own: BTreeSet::new(),
                    mark: 0,
                };
                writer.write(body, &bound(&bindings), 0);
                return Some(writer.out.text.split_whitespace().collect::<Vec<_>>().join(" "));
            }
        }
        None
    }

    #[test]
    fn arms_and_fragments() {
        let cases = [
            (
                "($a:expr, $b:expr) => { f($a, $b) };",
                "1 + 2, g(3, 4)",
                Some("f(1 + 2 , g(3, 4) )"),
            ),
            ("($a:expr) => { $a * 2 }", "1 + 2", Some("(1 + 2) * 2")),
            ("($a:expr) => { $a * 2 }", "7", Some("7 * 2")),
            ("($a:expr) => {one}; ($a:expr, $b:expr) => {two};", "1, 2", Some("two")),
            (
                "($f:ident, $($a:expr),* $(,)?) => { $f($($a),*) }",
                "g, 1, 2,",
                Some("g (1 , 2 )"),
            ),
            ("($($t:tt)*) => { $($t)* }", "a [b] (c)", Some("a [b] (c)")),
            (
                "($f:ident ( $($a:expr),* )) => { libc::$f($($a),*) }",
                "open(p, 0)",
                Some("libc::open (p , 0 )"),
            ),
            (
                "($n:ident => $t:ty) => { fn $n() -> $t {} }",
                "a => Option<u8>",
                Some("fn a () -> Option<u8> {}"),
            ),
            ("() => { $crate::X }", "", Some("crate ::X")),
            ("(@a $x:expr) => { a }; ($x:expr) => { b }", "@a 1", Some("a")),
            (
                "($($k:ident = $v:expr);+) => { $($k($v);)+ }",
                "a = 1; b = 2",
                Some("a (1 ); b (2 );"),
            ),
            ("($a:literal) => { $a }", "x", None),
            ("($x:expr) => { $x }", "|a, b| a + b", Some("|a, b| a + b")),
        ];
        for (arms, arguments, result) in cases {
            assert_eq!(expanded(arms, arguments).as_deref(), result, "{arms} for {arguments}");
        }
    }

    #[test]
    fn broken_definitions_end() {
        for arms in [
            "($",
            "($(",
            "($a:",
            "($a:expr",
            "() =>",
            "($($a:expr)",
            "($($a:expr),",
            "() => { $( }",
            "() => { $($x),* }",
        ] {
            expanded(arms, "1, 2");
        }
        let deep = "$(".repeat(1000);
        expanded(&format!("({deep}) => {{ {deep} }}"), "1");
    }
}
