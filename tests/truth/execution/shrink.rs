//! Makes a failing program small: leaves out every piece that the failure does not need.

use crate::execution::check::{Failure, Statistics, Wrong, judge};
use crate::execution::run::observe;
use crate::execution::tree::Program;
use std::path::Path;
use std::time::{Duration, Instant};

/// Shrinking stops after this time; what is left is still a failing program.
const PATIENCE: Duration = Duration::from_secs(60);

/// A smaller program that fails in the same way, with its failure.
pub fn shrink(program: Program, wrong: Wrong, folder: &Path) -> Option<(Program, Failure)> {
    // What the analysis says when it panics was printed before; one more time for each attempt helps nobody.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let shrunk = smallest(program, wrong, folder);
    std::panic::set_hook(hook);
    shrunk
}

fn smallest(program: Program, wrong: Wrong, folder: &Path) -> Option<(Program, Failure)> {
    let failure = fails(&program, wrong, folder)?;
    let mut best = (program, failure);
    let start = Instant::now();
    loop {
        let mut smaller_found = false;
        let mut step = 0;
        while step < best.0.step_count() && start.elapsed() < PATIENCE {
            let candidate = best.0.smaller(step);
            match fails(&candidate, wrong, folder) {
                Some(failure) => {
                    best = (candidate, failure);
                    smaller_found = true;
                }
                None => step += 1,
            }
        }
        if !smaller_found {
            return Some(best);
        }
    }
}

/// The failure of that kind, if the program compiles, runs, and has one.
fn fails(program: &Program, wrong: Wrong, folder: &Path) -> Option<Failure> {
    let batch = [(program.clone(), program.render())];
    let observed = observe(&batch, folder).ok()?;
    let failures = judge(program, &batch[0].1, &observed[0], &mut Statistics::default());
    failures.into_iter().find(|failure| failure.wrong == wrong)
}
