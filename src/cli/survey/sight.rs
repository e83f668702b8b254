//! What is to be seen of a survey while it goes on, and at its end.

use crate::cli::counts::number;
use crate::cli::meter::Reading;
use crate::journal::Status;
use crate::survey::{Numbers, Tally};
use indicatif::{DecimalBytes, HumanDuration};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A survey that is watched.
pub(super) struct Sight {
    tally: Arc<Tally>,
    begin: Instant,
}

impl Sight {
    /// It begins now.
    pub fn new(tally: Arc<Tally>) -> Sight {
        Sight {
            tally,
            begin: Instant::now(),
        }
    }

    /// How far it has come.
    pub fn reading(&self) -> Reading {
        let numbers = self.tally.numbers();
        Reading {
            text: text(&numbers, self.begin.elapsed()),
            done: numbers.bytes_in_journal + numbers.examined_bytes,
            all: numbers.bytes,
        }
    }
}

/// The state in words, so long after the beginning.
fn text(numbers: &Numbers, elapsed: Duration) -> String {
    let examined = numbers.all_examined();
    let done = numbers.bytes_in_journal + numbers.examined_bytes;
    let mut text = format!(
        "{} of {}, {} of {}",
        numbers.in_journal + examined,
        number(numbers.packages, "package"),
        DecimalBytes(done),
        DecimalBytes(numbers.bytes),
    );
    let minutes = elapsed.as_secs_f64() / 60.0;
    if examined > 0 && minutes > 0.0 {
        text += &format!(", {:.0} a minute", examined as f64 / minutes);
    }
    text += &format!(", {}", number(numbers.findings, "finding"));
    // What is left will take as long for each byte as what was examined.
    let rate = numbers.examined_bytes as f64 / elapsed.as_secs_f64();
    if rate > 0.0 && rate.is_finite() {
        let left = Duration::try_from_secs_f64(numbers.bytes.saturating_sub(done) as f64 / rate);
        text += &left.map_or(String::new(), |left| format!(", {} left", HumanDuration(left)));
    }
    text
}

/// The line at the end.
pub(super) fn summary(numbers: &Numbers) -> String {
    let states = Status::ALL.iter().zip(numbers.examined);
    let states: String = states
        .map(|(status, count)| format!(", {count} {}", status.name()))
        .collect();
    format!(
        "{}: {} in the journal already{states}; {} in {}",
        number(numbers.packages, "package"),
        numbers.in_journal,
        number(numbers.findings, "finding"),
        number(numbers.found_in, "package"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const NUMBERS: Numbers = Numbers {
        packages: 100,
        bytes: 5_000_000_000,
        in_journal: 10,
        bytes_in_journal: 1_000_000_000,
        examined: [25, 4, 1],
        examined_bytes: 2_000_000_000,
        findings: 1,
        found_in: 1,
    };

    #[test]
    fn the_time_left_is_that_of_the_bytes_left() {
        assert_eq!(
            text(&NUMBERS, Duration::from_secs(120)),
            "40 of 100 packages, 3.00 GB of 5.00 GB, 15 a minute, 1 finding, 2 minutes left"
        );
        let nothing = Numbers {
            packages: 1,
            ..Numbers::default()
        };
        assert_eq!(text(&nothing, Duration::ZERO), "0 of 1 package, 0 B of 0 B, 0 findings");
    }

    #[test]
    fn the_summary_counts_what_was_examined() {
        assert_eq!(
            summary(&NUMBERS),
            "100 packages: 10 in the journal already, 25 complete, 4 incomplete, 1 failed; 1 finding in 1 package"
        );
    }
}
