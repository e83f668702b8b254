//! Truth by execution: random programs are run against a recording mremap, and the analysis must agree with what they did.
//!
//! - A call that was executed with a zero old_size must be reported, there or at a call on the way to it.
//! - A call reported `zero-old-size` was never executed with anything else.
//! - A call said to be safe, or unreachable, was never executed with zero, or at all.
//! - Where all inputs of a program were tried, a reported call that never was zero is a false alarm.
//!
//! The programs are the same on every machine. A normal run makes 500 programs in C, 200 in C++ and 300 in Rust, one at full
//! size (`FULL_TESTS=1`) 2,000, 1,000 and 1,000; more with
//!
//! ```text
//! EXECUTION_PROGRAMS=50000 EXECUTION_CPP_PROGRAMS=10000 EXECUTION_RUST_PROGRAMS=10000 cargo test --release --test truth execution -- --nocapture
//! ```
//!
//! `EXECUTION_SEED=n` runs one program and prints it, `EXECUTION_SHOW=n` prints up to n failures of each kind instead of 2,
//! `EXECUTION_CFLAGS` is handed to the C compiler (with `-fsanitize=undefined -fno-sanitize-recover` the generator itself is
//! tested), `CC` and `CXX` name others.
//!
//! Where not all of a program is visible (`element`), a zero may be unproven and an alarm false, but no proof may be wrong and no
//! zero that is said to be one on every path.

mod c;
mod check;
mod cpp;
mod element;
mod random;
mod run;
mod rust;
mod shrink;
mod tree;

use crate::support::size::size;
use check::{Failure, Statistics, Wrong};
use rayon::prelude::*;
use std::collections::BTreeMap;
use tree::Program;

/// Programs compiled together.
const BATCH: usize = 100;

/// The share of reports that may be false alarms, in 1,000: what the bounds of the analysis cost.
const FALSE_ALARMS: usize = 5;

fn variable(name: &str) -> Option<usize> {
    std::env::var(name).ok()?.parse().ok()
}

/// Makes a program from its seed and its number in the batch.
type Generator = fn(u64, usize) -> Program;

/// Wrong answers, and how often what happened.
struct Outcome {
    failures: Vec<(u64, Failure)>,
    sum: Statistics,
}

fn batch(generator: Generator, seeds: &[u64]) -> Outcome {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let make = |seed: &u64| {
        let program = generator(*seed, *seed as usize);
        let rendering = program.render();
        (program, rendering)
    };
    let programs: Vec<_> = seeds.iter().map(make).collect();
    let observed = run::observe(&programs, folder.path()).unwrap_or_else(|error| panic!("{error}"));
    let mut outcome = Outcome {
        failures: Vec::new(),
        sum: Statistics::default(),
    };
    for ((program, rendering), observed) in programs.iter().zip(&observed) {
        let failures = check::judge(program, rendering, observed, &mut outcome.sum);
        outcome
            .failures
            .extend(failures.into_iter().map(|failure| (program.seed, failure)));
    }
    outcome
}

/// Runs programs with the seeds from `first` on and fails if the analysis was wrong.
fn check_all(generator: Generator, first: u64, count: usize) {
    if let Some(seed) = variable("EXECUTION_SEED") {
        let program = generator(seed as u64, seed);
        program.render().analyzed.iter().for_each(|text| println!("{text}"));
        return report(generator, batch(generator, &[seed as u64]));
    }
    let seeds: Vec<u64> = (first..first + count as u64).collect();
    let outcomes: Vec<Outcome> = seeds.par_chunks(BATCH).map(|seeds| batch(generator, seeds)).collect();
    let sum = outcomes
        .iter()
        .fold(Statistics::default(), |sum, outcome| sum.plus(outcome.sum));
    report(
        generator,
        Outcome {
            failures: outcomes.into_iter().flat_map(|outcome| outcome.failures).collect(),
            sum,
        },
    );
}

fn report(generator: Generator, outcome: Outcome) {
    let sum = outcome.sum;
    println!(
        "programs {}, of which all inputs were tried {}",
        sum.programs.0, sum.programs.1
    );
    println!(
        "ways to mremap: always zero {}, sometimes {}, never {}",
        sum.executed[0], sum.executed[1], sum.executed[2]
    );
    println!(
        "always zero: reported so {}, as maybe {}, not {}",
        sum.always[0], sum.always[1], sum.always[2]
    );
    println!(
        "never zero: proven {}, unproven {}, reported {}",
        sum.never[0], sum.never[1], sum.never[2]
    );
    println!(
        "reports {}, of calls that no input reaches {}",
        sum.reports.0, sum.reports.1
    );
    println!(
        "analysis {:?}, longest {:?} for seed {}",
        sum.time.0, sum.time.1, sum.time.2
    );
    let mut by_kind: BTreeMap<Wrong, Vec<u64>> = BTreeMap::new();
    for (seed, failure) in &outcome.failures {
        by_kind.entry(failure.wrong).or_default().push(*seed);
    }
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (wrong, seeds) in &mut by_kind {
        seeds.dedup();
        println!(
            "{wrong:?}: {} programs, seeds {:?}",
            seeds.len(),
            &seeds[..seeds.len().min(20)]
        );
        for &seed in seeds.iter().take(variable("EXECUTION_SHOW").unwrap_or(2)) {
            let Some((program, failure)) = shrink::shrink(generator(seed, seed as usize), *wrong, folder.path()) else {
                continue;
            };
            println!("---- {wrong:?}, seed {seed}, shrunk ----");
            for text in program.render().analyzed {
                text.lines()
                    .enumerate()
                    .for_each(|(index, line)| println!("{:4} {line}", index + 1));
            }
            println!("{}", failure.text);
        }
    }
    let false_alarms = by_kind.remove(&Wrong::FalseAlarm).map_or(0, |seeds| seeds.len());
    assert!(by_kind.is_empty(), "the analysis was wrong: {:?}", by_kind.keys());
    assert!(
        false_alarms * 1000 <= sum.reports.0 * FALSE_ALARMS,
        "{false_alarms} programs with false alarms"
    );
}

#[test]
fn c_programs() {
    // A quarter of the batches have build settings, which are compiled both ways.
    let generator: Generator = |seed, number| c::program(seed, number, number / BATCH % 4 == 3);
    check_all(
        generator,
        variable("EXECUTION_FIRST").unwrap_or(0) as u64,
        variable("EXECUTION_PROGRAMS").unwrap_or(size(500, 2_000)),
    );
}

#[test]
fn cpp_programs() {
    check_all(
        cpp::program,
        variable("EXECUTION_FIRST").unwrap_or(0) as u64,
        variable("EXECUTION_CPP_PROGRAMS").unwrap_or(size(200, 1_000)),
    );
}

#[test]
fn rust_programs() {
    check_all(
        rust::program,
        variable("EXECUTION_FIRST").unwrap_or(0) as u64,
        variable("EXECUTION_RUST_PROGRAMS").unwrap_or(size(300, 1_000)),
    );
}
