//! The unit's other files, searched for names that the analysis wants to know more of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rayon::prelude::*;

use super::definition::looks_defined;
use super::read::{Buffer, Found, Load, Reader};
use super::{InputOptions, Unit, prefilter::Words};
use crate::source::SourceFile;

/// Of a name that more files than this mention, only the files are read that seem to define it.
const FILES_OF_A_NAME: usize = 40;
/// Files added in one search.
const FILES: usize = 400;

/// What a search gave.
#[derive(Debug, Default)]
pub struct Searched {
    /// The files that mention the names, in path order.
    pub files: Vec<SourceFile>,
    /// Names of which not all was read: too many files mention or define them.
    pub missed: BTreeSet<String>,
}

impl Unit {
    /// Takes from the unit's other files those that mention one of the names as a word.
    pub fn search(&mut self, names: &BTreeSet<String>, options: &InputOptions) -> Searched {
        let mut searched = Searched::default();
        // What holds a name that the unit's files were kept for is no other file.
        let kept = Words::new(&options.names);
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty() && !kept.are_in(name.as_bytes()))
            .collect();
        let Some(words) = Words::any_of(&names) else {
            return searched;
        };
        let reader = Reader {
            words,
            language: options.language,
            limit: options.file_limit,
        };
        let mentions: Vec<(usize, Mentioned)> = self
            .others
            .par_iter()
            .enumerate()
            .map_init(Buffer::default, |buffer, (index, path)| {
                let is_late = options.deadline.is_over();
                let found = (!is_late).then(|| mentioned(&reader, path, buffer));
                (index, found.unwrap_or_default())
            })
            .filter(|(_, found)| !found.is_empty())
            .collect();
        if options.deadline.is_over() {
            searched.missed = names.into_iter().map(str::to_owned).collect();
            return searched;
        }
        let mut files_of: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
        for (name, defined) in mentions.iter().flat_map(|(_, found)| found) {
            let (all, definitions) = files_of.entry(*name).or_default();
            *all += 1;
            *definitions += usize::from(*defined);
        }
        let is_common = |name: &usize| files_of.get(name).is_some_and(|files| files.0 > FILES_OF_A_NAME);
        let has_many_definitions = |name: &usize| files_of.get(name).is_some_and(|files| files.1 > FILES_OF_A_NAME);
        let is_chosen = |(name, defined): (&usize, &bool)| !is_common(name) || *defined && !has_many_definitions(name);
        let (mut chosen, mut missed) = (Vec::new(), BTreeSet::new());
        for (index, found) in mentions {
            if found.iter().any(is_chosen) && chosen.len() < FILES {
                chosen.push(index);
            } else {
                missed.extend(found.into_keys());
            }
        }
        searched.missed = missed.into_iter().map(|name| names[name].to_owned()).collect();
        let mut found = self.take(&chosen, &reader);
        self.problems.append(&mut found.problems);
        searched.files = found.sources;
        searched
    }

    /// Reads some of the other files, which are then no others any more.
    fn take(&mut self, chosen: &[usize], reader: &Reader) -> Found {
        let mut read: Vec<Found> = chosen
            .par_iter()
            .map_init(Buffer::default, |buffer, &index| {
                let mut found = Found::default();
                reader.read(self.others[index].clone(), buffer, &mut found);
                found
            })
            .collect();
        let mut found = Found::default();
        read.iter_mut().for_each(|one| found.absorb(one));
        let chosen: BTreeSet<usize> = chosen.iter().copied().collect();
        let mut index = 0;
        self.others.retain(|_| {
            index += 1;
            !chosen.contains(&(index - 1))
        });
        found
    }
}

/// Names by their numbers, and whether they look defined in the file that mentions them.
type Mentioned = BTreeMap<usize, bool>;

/// The names that stand in a file as words.
fn mentioned(reader: &Reader, path: &Path, buffer: &mut Buffer) -> Mentioned {
    match reader.load(path, buffer) {
        Ok(Load::Small(bytes)) => words_in(bytes, &reader.words),
        Ok(Load::Large(bytes)) => words_in(&bytes, &reader.words),
        // Problems were reported when the file was first read.
        Ok(Load::WithoutWord | Load::TooLarge) | Err(_) => Mentioned::new(),
    }
}

fn words_in(bytes: &[u8], words: &Words) -> Mentioned {
    let is_part = |at: Option<&u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let mut found = Mentioned::new();
    words.each(bytes, |index, at| {
        if !is_part(at.start.checked_sub(1).and_then(|before| bytes.get(before))) && !is_part(bytes.get(at.end)) {
            let defined = found.entry(index).or_default();
            *defined = *defined || looks_defined(bytes, at);
        }
    });
    found
}
