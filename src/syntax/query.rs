//! Matches the patterns of `queries/` on our flat trees. The language of the queries is tree-sitter's, and a test compiles
//! them with it; its own matcher keeps every unfinished pattern in hand, which takes time by the square of the depth where
//! expressions nest, so the patterns are matched here node by node.
//!
//! Understood: nodes by kind, supertype or wildcard, alternatives of plain kinds, fields, captures, anchors, `#any-of?`.

use tree_sitter::Language;

use super::nodes::NodeData;

/// The patterns of one language.
#[derive(Debug)]
pub struct Query {
    patterns: Vec<Pattern>,
    /// For each kind of node the patterns that may match it.
    by_kind: Vec<Vec<u32>>,
    /// The names of captures, without `@`.
    pub captures: Vec<String>,
}

#[derive(Debug)]
struct Pattern {
    root: Step,
    predicates: Vec<Predicate>,
}

/// The text of a captured node must be one of these.
#[derive(Debug)]
struct Predicate {
    capture: u32,
    texts: Vec<String>,
}

#[derive(Debug, Default)]
struct Step {
    /// The kinds that fit; none means any.
    kinds: Vec<u16>,
    /// Only named nodes fit.
    named: bool,
    field: Option<u16>,
    captures: Vec<u32>,
    children: Vec<Step>,
    /// No named node may stand between the previous step's node and this one's.
    anchored: bool,
    /// No named node may follow the last step's node.
    closed: bool,
}

/// A match: the pattern's number and the captured nodes.
pub struct Match<'m> {
    /// Number of the pattern in the order of the text.
    pub pattern: usize,
    /// Captures with their nodes.
    pub captures: &'m [(u32, u32)],
}

impl Query {
    /// Reads the text of queries.
    pub fn new(text: &str, language: &Language) -> Result<Query, String> {
        let mut reader = Reader {
            rest: text,
            language,
            captures: Vec::new(),
        };
        let mut patterns = Vec::new();
        while reader.peek().is_some() {
            patterns.push(reader.pattern()?);
        }
        let mut by_kind = vec![Vec::new(); language.node_kind_count() + 1];
        for (number, pattern) in patterns.iter().enumerate() {
            for &kind in &pattern.root.kinds {
                by_kind[kind as usize].push(number as u32);
            }
        }
        Ok(Query {
            patterns,
            by_kind,
            captures: reader.captures,
        })
    }

    /// Calls `found` with every match.
    pub fn run(&self, nodes: &[NodeData], text: &str, mut found: impl FnMut(Match<'_>)) {
        let mut captures = Vec::new();
        for (index, node) in nodes.iter().enumerate() {
            for &number in self.by_kind.get(node.kind as usize).into_iter().flatten() {
                let pattern = &self.patterns[number as usize];
                captures.clear();
                let tree = Tree { nodes, text };
                tree.node(&pattern.root, index as u32, &mut captures, &mut |captures| {
                    if pattern
                        .predicates
                        .iter()
                        .all(|predicate| tree.passes(predicate, captures))
                    {
                        found(Match {
                            pattern: number as usize,
                            captures,
                        });
                    }
                });
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Tree<'t> {
    nodes: &'t [NodeData],
    text: &'t str,
}

type Captures = Vec<(u32, u32)>;

impl Tree<'_> {
    fn passes(&self, predicate: &Predicate, captures: &[(u32, u32)]) -> bool {
        let mut captured = captures.iter().filter(|(capture, _)| *capture == predicate.capture);
        captured.all(|&(_, node)| {
            let node = &self.nodes[node as usize];
            let text = self.text.get(node.start as usize..node.end as usize).unwrap_or("");
            predicate.texts.iter().any(|wanted| wanted == text)
        })
    }

    fn fits(&self, step: &Step, node: u32) -> bool {
        let node = &self.nodes[node as usize];
        (step.kinds.is_empty() || step.kinds.contains(&node.kind))
            && (!step.named || node.named)
            && step.field.is_none_or(|field| node.field == field)
    }

    /// Matches one step on a node that fits it, then its children.
    fn node(&self, step: &Step, node: u32, captures: &mut Captures, found: &mut dyn FnMut(&Captures)) {
        let before = captures.len();
        captures.extend(step.captures.iter().map(|&capture| (capture, node)));
        let first = node + 1;
        self.children(step, 0, (node, first, true), captures, &mut |captures| found(captures));
        captures.truncate(before);
    }

    /// Matches the steps from `next` on the children of `parent` from `from` on. `adjacent`: no named child was passed since
    /// the last step.
    fn children(
        &self,
        step: &Step,
        next: usize,
        (parent, from, adjacent): (u32, u32, bool),
        captures: &mut Captures,
        found: &mut dyn FnMut(&Captures),
    ) {
        let end = self.nodes[parent as usize].after;
        let Some(wanted) = step.children.get(next) else {
            let mut child = from;
            while step.closed && child < end {
                if self.nodes[child as usize].named {
                    return;
                }
                child = self.nodes[child as usize].after;
            }
            return found(captures);
        };
        let (mut child, mut adjacent) = (from, adjacent);
        while child < end && (adjacent || !wanted.anchored) {
            let after = self.nodes[child as usize].after;
            if self.fits(wanted, child) {
                let before = captures.len();
                self.node(wanted, child, captures, &mut |captures| {
                    let mut captures = captures.clone();
                    self.children(step, next + 1, (parent, after, true), &mut captures, found);
                });
                captures.truncate(before);
            }
            adjacent &= !self.nodes[child as usize].named;
            child = after;
        }
    }
}

/// Reads the text of queries.
struct Reader<'t> {
    rest: &'t str,
    language: &'t Language,
    captures: Vec<String>,
}

impl<'t> Reader<'t> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with(';') {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.skip();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest = &self.rest[wanted.len_utf8()..];
        }
        found
    }

    fn word(&mut self) -> &'t str {
        self.skip();
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || "_.-?".contains(c)))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn string(&mut self) -> Result<&'t str, String> {
        self.take('"');
        let (text, rest) = self.rest.split_once('"').ok_or("a string has no end")?;
        self.rest = rest;
        Ok(text)
    }

    /// A pattern with its captures, or a group of a pattern and predicates.
    fn pattern(&mut self) -> Result<Pattern, String> {
        let grouped = self
            .rest
            .strip_prefix('(')
            .is_some_and(|rest| rest.trim_start().starts_with('('));
        if grouped {
            self.take('(');
        }
        let root = self.step()?;
        let mut predicates = Vec::new();
        while grouped && !self.take(')') {
            predicates.push(self.predicate()?);
        }
        Ok(Pattern { root, predicates })
    }

    fn predicate(&mut self) -> Result<Predicate, String> {
        if !self.take('(') || !self.take('#') || self.word() != "any-of?" || !self.take('@') {
            return Err(format!("not understood: {:.40}", self.rest));
        }
        let capture = self.capture();
        let mut texts = Vec::new();
        while !self.take(')') {
            texts.push(self.string()?.to_owned());
        }
        Ok(Predicate { capture, texts })
    }

    fn capture(&mut self) -> u32 {
        let name = self.word();
        let known = self.captures.iter().position(|known| known == name);
        let index = known.unwrap_or_else(|| {
            self.captures.push(name.to_owned());
            self.captures.len() - 1
        });
        index as u32
    }

    /// One node of a pattern, with its field before it and its captures behind it.
    fn step(&mut self) -> Result<Step, String> {
        let mut step = Step::default();
        if self.peek().is_some_and(|c| c.is_alphabetic()) {
            let name = self.word();
            let id = self
                .language
                .field_id_for_name(name)
                .ok_or(format!("no field {name}"))?;
            step.field = Some(id.get());
            if !self.take(':') {
                return Err(format!("a field without colon: {name}"));
            }
        }
        match self.peek() {
            Some('(') => {
                self.take('(');
                self.node(&mut step)?;
            }
            Some('[') => {
                self.take('[');
                while !self.take(']') {
                    let text = self.string()?;
                    step.kinds.push(self.token(text)?);
                }
            }
            Some('"') => {
                let text = self.string()?;
                step.kinds.push(self.token(text)?);
            }
            Some('_') => drop(self.word()),
            _ => return Err(format!("not understood: {:.40}", self.rest)),
        }
        while self.take('@') {
            let capture = self.capture();
            step.captures.push(capture);
        }
        Ok(step)
    }

    /// The inside of the parentheses of a node.
    fn node(&mut self, step: &mut Step) -> Result<(), String> {
        let kind = self.word();
        step.named = true;
        if kind != "_" {
            step.kinds = self.kinds(kind)?;
        }
        let mut anchored = false;
        while !self.take(')') {
            if self.take('.') {
                anchored = true;
                continue;
            }
            let mut child = self.step()?;
            child.anchored = std::mem::take(&mut anchored);
            step.children.push(child);
        }
        step.closed = anchored;
        Ok(())
    }

    fn token(&self, text: &str) -> Result<u16, String> {
        match self.language.id_for_node_kind(text, false) {
            0 => Err(format!("no token {text}")),
            id => Ok(id),
        }
    }

    /// The kind of a name; of a supertype all kinds below it.
    fn kinds(&self, name: &str) -> Result<Vec<u16>, String> {
        let id = self.language.id_for_node_kind(name, true);
        if id == 0 {
            return Err(format!("no kind {name}"));
        }
        let mut kinds = vec![id];
        let mut next = 0;
        while let Some(&kind) = kinds.get(next) {
            if self.language.node_kind_is_supertype(kind) {
                let below = self.language.subtypes_for_supertype(kind);
                kinds.extend(
                    below
                        .iter()
                        .filter(|kind| !kinds.contains(kind))
                        .copied()
                        .collect::<Vec<_>>(),
                );
            }
            next += 1;
        }
        Ok(kinds)
    }
}
