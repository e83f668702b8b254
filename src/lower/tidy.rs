//! The tidying of a finished graph: no block that does nothing but go on, no block that only one goes on to unless it were
//! too long, nothing unreachable but what holds calls.

use std::collections::BTreeMap;

use crate::ir::{Block, BlockId, End, Stmt};

fn successors(end: &mut End) -> Vec<&mut BlockId> {
    match end {
        End::Goto(next) => vec![next],
        End::Branch { yes, no, .. } => vec![yes, no],
        End::Return(..) | End::Stop => Vec::new(),
    }
}

/// Statements of one block. Where a block begins, states drop what is dead; without a bound, those of a function that does
/// thousands of things in a row would grow with each.
const STATEMENTS: usize = 100;

/// Tidies the blocks of a function; the entry stays the first.
pub fn tidy(mut blocks: Vec<Block>) -> Vec<Block> {
    skip_empty(&mut blocks);
    join_lines(&mut blocks);
    split_long(&mut blocks);
    keep_reachable(blocks)
}

/// Leads every edge past blocks that do nothing but go on.
fn skip_empty(blocks: &mut [Block]) {
    let next: Vec<Option<u32>> = blocks
        .iter()
        .map(|block| match block.end {
            End::Goto(next) if block.statements.is_empty() => Some(next.0),
            _ => None,
        })
        .collect();
    let last = |mut block: u32| {
        // A ring of empty blocks is an endless loop; the count ends the walk.
        for _ in 0..next.len() {
            match next[block as usize] {
                Some(following) if following != block => block = following,
                _ => break,
            }
        }
        block
    };
    // Long chains of empty blocks would make this quadratic; remembering the ends keeps it linear in practice.
    let mut known: BTreeMap<u32, u32> = BTreeMap::new();
    for block in blocks.iter_mut() {
        for successor in successors(&mut block.end) {
            successor.0 = *known.entry(successor.0).or_insert_with(|| last(successor.0));
        }
        if let End::Branch { yes, no, .. } = block.end
            && yes == no
        {
            block.end = End::Goto(yes);
        }
    }
}

/// Appends a block to the only one that goes on to it.
fn join_lines(blocks: &mut [Block]) {
    let mut ways = vec![0_u32; blocks.len()];
    ways[0] = 1;
    for block in blocks.iter_mut() {
        successors(&mut block.end)
            .into_iter()
            .for_each(|next| ways[next.0 as usize] += 1);
    }
    for index in 0..blocks.len() {
        while let End::Goto(next) = blocks[index].end
            && next.0 as usize != index
            && ways[next.0 as usize] == 1
        {
            let statements = std::mem::take(&mut blocks[next.0 as usize].statements);
            let end = std::mem::replace(&mut blocks[next.0 as usize].end, End::Stop);
            blocks[index].statements.extend(statements);
            blocks[index].end = end;
            ways[next.0 as usize] = 0;
        }
    }
}

/// Leaves a block its first statements, if they are many, and puts the rest into further blocks.
fn split_long(blocks: &mut Vec<Block>) {
    for index in 0..blocks.len() {
        let mut rest = std::mem::take(&mut blocks[index].statements).into_iter();
        blocks[index].statements = rest.by_ref().take(STATEMENTS).collect();
        let mut last = index;
        while rest.len() > 0 {
            let next = BlockId(blocks.len() as u32);
            let end = std::mem::replace(&mut blocks[last].end, End::Goto(next));
            last = blocks.len();
            let statements = rest.by_ref().take(STATEMENTS).collect();
            blocks.push(Block { statements, end });
        }
    }
}

/// Drops what cannot be reached and holds no call, and numbers the rest in the order in which it is reached.
fn keep_reachable(mut blocks: Vec<Block>) -> Vec<Block> {
    let calls = |block: &Block| {
        block
            .statements
            .iter()
            .any(|statement| matches!(statement, Stmt::Call(_)))
    };
    let mut order: Vec<u32> = Vec::new();
    let mut number = vec![u32::MAX; blocks.len()];
    for root in 0..blocks.len() {
        if root > 0 && !calls(&blocks[root]) {
            continue;
        }
        let mut pending = vec![root as u32];
        while let Some(block) = pending.pop() {
            if number[block as usize] == u32::MAX {
                number[block as usize] = order.len() as u32;
                order.push(block);
                pending.extend(
                    successors(&mut blocks[block as usize].end)
                        .into_iter()
                        .rev()
                        .map(|next| next.0),
                );
            }
        }
    }
    let taken = order.iter().map(|&old| {
        let mut block = Block {
            statements: Vec::new(),
            end: End::Stop,
        };
        std::mem::swap(&mut block, &mut blocks[old as usize]);
        successors(&mut block.end)
            .into_iter()
            .for_each(|next| next.0 = number[next.0 as usize]);
        block
    });
    taken.collect()
}
