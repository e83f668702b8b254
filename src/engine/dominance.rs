//! Which branches of a function decide whether a block runs (control dependence, after Ferrante, Ottenstein and Warren 1987),
//! and where the ways of a branch meet again.

use crate::ir::{BlockId, End, Function};

/// What branches decide.
#[derive(Debug, Default)]
pub struct Dependence {
    /// For each block the branches that directly decide whether it runs.
    pub deciders: Vec<Vec<u32>>,
    /// For each block the block in which all its ways meet again; `None` if they need not.
    pub meeting: Vec<Option<u32>>,
    /// For each block whether no way from it comes back.
    pub ends: Vec<bool>,
}

/// Number of the exit that all returns lead to, in a graph of `blocks` blocks.
struct Graph {
    next: Vec<Vec<usize>>,
    before: Vec<Vec<usize>>,
    exit: usize,
}

/// The blocks that an end leads to.
pub fn successors(end: &End) -> Vec<BlockId> {
    match end {
        End::Goto(to) => vec![*to],
        End::Branch { yes, no, .. } => vec![*yes, *no],
        End::Return(..) | End::Stop => Vec::new(),
    }
}

impl Dependence {
    /// Works out the dependence of a function whose loops have these heads. Paths that end the program decide nothing for
    /// the others: where one way of a branch never comes back, its ways meet where the other goes on.
    pub fn of(function: &Function, heads: impl Iterator<Item = u32>) -> Dependence {
        let mut graph = Graph::of(function);
        let returning = graph.reaching_exit();
        // A loop that nothing leaves, such as that of a server, has its exit at its head.
        for head in heads.map(|head| head as usize).filter(|&head| !returning[head]) {
            graph.next[head].push(graph.exit);
            graph.before[graph.exit].push(head);
        }
        let meeting = graph.post_dominators();
        let mut deciders = vec![Vec::new(); graph.exit];
        for block in 0..graph.exit {
            if graph.next[block].len() > 1 {
                for &to in &graph.next[block] {
                    note_decided(&graph, &meeting, block, to, &mut deciders);
                }
            }
        }
        let inside = |at: &Option<usize>| at.filter(|&at| at != graph.exit).map(|at| at as u32);
        Dependence {
            ends: meeting.iter().map(Option::is_none).collect(),
            deciders,
            meeting: meeting[..graph.exit].iter().map(inside).collect(),
        }
    }
}

/// Notes the blocks that run because a branch went to one of its targets.
fn note_decided(graph: &Graph, meeting: &[Option<usize>], branch: usize, to: usize, deciders: &mut [Vec<u32>]) {
    let mut note = |block: usize| {
        let new = deciders[block].last() != Some(&(branch as u32));
        if new {
            deciders[block].push(branch as u32);
        }
        new
    };
    let mut at = to;
    while at != graph.exit && Some(at) != meeting[branch] && meeting[at].is_some() {
        note(at);
        match meeting[at] {
            Some(next) => at = next,
            None => return,
        }
    }
    // Blocks that lead to no exit: all that can be reached.
    if at != graph.exit && meeting[at].is_none() {
        let mut pending = vec![at];
        let mut seen = vec![false; graph.exit];
        while let Some(block) = pending.pop() {
            if block != graph.exit && meeting[block].is_none() && !std::mem::replace(&mut seen[block], true) {
                note(block);
                pending.extend(&graph.next[block]);
            }
        }
    }
}

impl Graph {
    fn of(function: &Function) -> Graph {
        let exit = function.blocks.len();
        let mut graph = Graph {
            next: vec![Vec::new(); exit + 1],
            before: vec![Vec::new(); exit + 1],
            exit,
        };
        for (from, block) in function.blocks.iter().enumerate() {
            let mut targets: Vec<usize> = successors(&block.end).iter().map(|to| to.0 as usize).collect();
            if matches!(block.end, End::Return(..)) {
                targets.push(exit);
            }
            for &to in &targets {
                graph.before[to].push(from);
            }
            graph.next[from] = targets;
        }
        graph
    }

    fn reaching_exit(&self) -> Vec<bool> {
        let mut reaching = vec![false; self.exit + 1];
        let mut pending = vec![self.exit];
        while let Some(block) = pending.pop() {
            if !std::mem::replace(&mut reaching[block], true) {
                pending.extend(&self.before[block]);
            }
        }
        reaching
    }

    /// The next block on every way to the exit, for blocks that reach it (Cooper, Harvey and Kennedy 2001, on the reversed
    /// graph).
    fn post_dominators(&self) -> Vec<Option<usize>> {
        let order = self.post_order();
        let mut number = vec![usize::MAX; self.exit + 1];
        for (position, &block) in order.iter().enumerate() {
            number[block] = position;
        }
        let mut found: Vec<Option<usize>> = vec![None; self.exit + 1];
        found[self.exit] = Some(self.exit);
        let mut changed = true;
        while changed {
            changed = false;
            for &block in order.iter().rev().skip(1) {
                let mut merged: Option<usize> = None;
                for &next in self.next[block].iter().filter(|&&next| found[next].is_some()) {
                    merged = Some(merged.map_or(next, |known| common(&found, &number, known, next)));
                }
                if merged.is_some() && found[block] != merged {
                    found[block] = merged;
                    changed = true;
                }
            }
        }
        found
    }

    /// Blocks that reach the exit, each after those that are farther from it; the exit last.
    fn post_order(&self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = vec![false; self.exit + 1];
        let mut stack = vec![(self.exit, 0)];
        seen[self.exit] = true;
        while let Some((block, next)) = stack.pop() {
            match self.before[block].get(next) {
                Some(&before) => {
                    stack.push((block, next + 1));
                    if !std::mem::replace(&mut seen[before], true) {
                        stack.push((before, 0));
                    }
                }
                None => order.push(block),
            }
        }
        order
    }
}

fn common(found: &[Option<usize>], number: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        let lower = if number[a] < number[b] { &mut a } else { &mut b };
        match found[*lower] {
            Some(next) => *lower = next,
            None => break,
        }
    }
    a
}
