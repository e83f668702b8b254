//! A part of a survey, for several machines: packages are dealt out by their names alone, whatever else is on the list.

use sha2::{Digest, Sha256};
use std::str::FromStr;

/// One part of several that are about equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1.
    number: u64,
    /// How many there are.
    of: u64,
}

impl Shard {
    /// Whether a package belongs to this part. Each name belongs to one of them, in all versions of this program: the first
    /// eight bytes of the name's SHA-256, as a number in big-endian order, modulo the number of parts.
    pub fn holds(self, name: &str) -> bool {
        let hash = Sha256::digest(name.as_bytes());
        let first = hash
            .iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte));
        first % self.of + 1 == self.number
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let numbers = text.split_once('/');
        let numbers = numbers.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match numbers {
            Some((number, of)) if 1 <= number && number <= of => Ok(Shard { number, of }),
            _ => Err("expected K/N with K from 1 to N, as in `2/4`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf ring | sha256sum` begins with 16b974583155fdcb, that of `linux` with caf90169eefa5f80; the rest is arithmetic.
    #[test]
    fn names_stay_where_they_are() {
        for (name, number, of) in [
            ("ring", 2, 2),
            ("ring", 4, 4),
            ("ring", 132, 1000),
            ("linux", 1, 2),
            ("linux", 1, 4),
            ("linux", 129, 1000),
        ] {
            let holding: Vec<u64> = (1..=of).filter(|&number| Shard { number, of }.holds(name)).collect();
            assert_eq!(holding, [number], "{name} of {of}");
        }
    }

    #[test]
    fn parts_are_counted_from_one() {
        assert_eq!("2/4".parse(), Ok(Shard { number: 2, of: 4 }));
        for text in ["0/4", "5/4", "1/0", "1", "1/", "-1/2", "1/2/3", "a/b", "1 / 2"] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }
}
