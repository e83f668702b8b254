//! The unit's other files, searched for names that the analysis wants to know more of.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;

use super::definition::looks_defined;
use super::packed::Texts;
use super::read::{Buffer, Found, Load, Reader};
use super::{InputOptions, Unit, prefilter::Words};
use crate::progress::Deadline;
use crate::source::{Problem, SourceFile};

/// Of a name that more files than this mention, only the files are read that seem to define it.
const FILES_OF_A_NAME: usize = 40;
/// Files added in one search.
const FILES: usize = 400;
/// Bytes of the files of an archive that mention a name: what is chosen of them is not read a third time.
const TEXTS: u64 = 64 << 20;

/// What a search gave.
#[derive(Debug, Default)]
pub struct Searched {
    /// The files that mention the names, in path order.
    pub files: Vec<Arc<SourceFile>>,
    /// Names of which not all was read: too many files mention or define them.
    pub missed: BTreeSet<String>,
    /// What could not be read of the files.
    pub problems: Vec<Problem>,
}

/// What searches have seen of a unit's other files, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// By name: the files that mention it, and whether they seem to define it.
    mentions: BTreeMap<String, Vec<(usize, bool)>>,
    /// Files that were read.
    files: BTreeMap<usize, Read>,
    /// Those that were found in this run.
    taken: BTreeSet<usize>,
}

/// A file that was read.
#[derive(Clone, Debug)]
struct Read {
    file: Option<Arc<SourceFile>>,
    problems: Vec<Problem>,
}

impl Unit {
    /// How many other files were not found yet.
    pub fn others_left(&self) -> usize {
        self.others.len() - self.seen.taken.len()
    }

    /// Begins a run of searches anew. What was seen is not read again.
    pub fn start_over(&mut self) {
        self.seen.taken.clear();
    }

    /// Takes from the unit's other files those that mention one of the names as a word.
    pub fn search(&mut self, names: &BTreeSet<String>, options: &InputOptions) -> Searched {
        let mut searched = Searched::default();
        // What holds a name that the unit's files were chosen by is no other file.
        let sinks = Words::new(&options.names);
        let names: Vec<&str> = names
            .iter()
            .map(String::as_str)
            .filter(|name| !name.is_empty() && !sinks.are_in(name.as_bytes()))
            .collect();
        let new: Vec<&str> = names
            .iter()
            .copied()
            .filter(|name| !self.seen.mentions.contains_key(*name))
            .collect();
        let mut texts = None;
        if !new.is_empty() {
            let words = Words::any_of(&new);
            let reader = words.map(|words| self.reader(words, options));
            let mentions = reader.map(|reader| self.mentions(&reader, options.deadline));
            let Some(mentions) = mentions.filter(|_| !options.deadline.is_over()) else {
                searched.missed = names.into_iter().map(str::to_owned).collect();
                return searched;
            };
            self.seen.note(&new, mentions.by_file);
            texts = mentions.texts;
        }
        let by_file = self.seen.by_file(&names);
        let files_of = files_of(&by_file);
        let is_common = |name: &usize| files_of[name].mention > FILES_OF_A_NAME;
        let has_many_definitions = |name: &usize| files_of[name].define > FILES_OF_A_NAME;
        let is_chosen = |(name, defined): (&usize, &bool)| !is_common(name) || *defined && !has_many_definitions(name);
        let (mut chosen, mut missed) = (Vec::new(), BTreeSet::new());
        for (index, found) in by_file {
            let is_at_hand = texts.as_ref().is_none_or(|texts| texts.contains_key(&index));
            if is_at_hand && found.iter().any(is_chosen) && chosen.len() < FILES {
                chosen.push(index);
            } else {
                missed.extend(found.into_keys());
            }
        }
        searched.missed = missed.into_iter().map(|name| names[name].to_owned()).collect();
        if let Some(words) = Words::any_of(&names) {
            self.take(&chosen, texts.as_ref(), &self.reader(words, options), &mut searched);
        }
        searched
    }

    fn reader(&self, words: Words, options: &InputOptions) -> Reader {
        Reader {
            words,
            language: options.language,
            limit: options.file_limit,
        }
    }

    /// Looks for the words in all other files, or in some of them if the time is over.
    fn mentions(&self, reader: &Reader, deadline: Deadline) -> Mentions {
        let found = |(_, found): &(usize, Mentioned)| !found.is_empty();
        let others = || self.others.par_iter().enumerate();
        let mut mentions = Mentions::default();
        match &self.texts {
            Texts::Files => {
                let words = others().map_init(Buffer::default, |buffer, (index, path)| {
                    let words = (!deadline.is_over()).then(|| mentioned(reader, path, buffer));
                    (index, words.unwrap_or_default())
                });
                mentions.by_file = words.filter(found).collect();
            }
            Texts::Memory { bytes, places } => {
                let text = |index: usize| &bytes[places[index].clone()];
                let words = others().map(|(index, _)| (index, words_in(text(index), &reader.words)));
                mentions.by_file = words.filter(found).collect();
            }
            Texts::Packed(packed) => packed.read_again(&self.others, &mut |index, bytes| {
                mentions.add(index, bytes, words_in(bytes, &reader.words));
            }),
        }
        mentions
    }

    /// Reads some of the other files, which are then no others any more.
    fn take(
        &mut self,
        chosen: &[usize],
        texts: Option<&BTreeMap<usize, Vec<u8>>>,
        reader: &Reader,
        searched: &mut Searched,
    ) {
        let read = |buffer: &mut Buffer, &index: &usize| {
            if let Some(known) = self.seen.files.get(&index) {
                return known.clone();
            }
            let mut found = Found::default();
            let path = self.others[index].clone();
            match (&self.texts, texts.and_then(|texts| texts.get(&index))) {
                (_, Some(text)) => reader.examine(path, text, &mut found),
                (Texts::Memory { bytes, places }, None) => {
                    reader.examine(path, &bytes[places[index].clone()], &mut found);
                }
                (Texts::Files | Texts::Packed(_), None) => reader.read(path, buffer, &mut found),
            }
            Read {
                file: found.sources.pop().map(Arc::new),
                problems: found.problems,
            }
        };
        let read: Vec<Read> = chosen.par_iter().map_init(Buffer::default, read).collect();
        for (&index, read) in chosen.iter().zip(read) {
            searched.files.extend(read.file.clone());
            searched.problems.extend(read.problems.iter().cloned());
            self.seen.taken.insert(index);
            self.seen.files.insert(index, read);
        }
    }
}

impl Seen {
    /// Notes which files mention names that were not looked for before.
    fn note(&mut self, names: &[&str], by_file: BTreeMap<usize, Mentioned>) {
        let mut files = vec![Vec::new(); names.len()];
        for (file, mentioned) in by_file {
            for (name, defined) in mentioned {
                files[name].push((file, defined));
            }
        }
        let names = names.iter().map(|name| (*name).to_owned());
        self.mentions.extend(names.zip(files));
    }

    /// The files that mention one of some names, by the numbers of these.
    fn by_file(&self, names: &[&str]) -> BTreeMap<usize, Mentioned> {
        let mut by_file: BTreeMap<usize, Mentioned> = BTreeMap::new();
        for (number, name) in names.iter().enumerate() {
            for (file, defined) in self.mentions.get(*name).into_iter().flatten() {
                if !self.taken.contains(file) {
                    by_file.entry(*file).or_default().insert(number, *defined);
                }
            }
        }
        by_file
    }
}

/// How many files mention a name, and how many of them seem to define it.
#[derive(Default)]
struct FilesOfName {
    mention: usize,
    define: usize,
}

/// The same for all names, by their numbers.
fn files_of(by_file: &BTreeMap<usize, Mentioned>) -> BTreeMap<usize, FilesOfName> {
    let mut files_of: BTreeMap<usize, FilesOfName> = BTreeMap::new();
    for (name, defined) in by_file.values().flatten() {
        let files = files_of.entry(*name).or_default();
        files.mention += 1;
        files.define += usize::from(*defined);
    }
    files_of
}

/// What mentions the names.
#[derive(Default)]
struct Mentions {
    /// By the numbers of files.
    by_file: BTreeMap<usize, Mentioned>,
    /// The texts of those files, as far as they were kept, if they cannot be read one by one.
    texts: Option<BTreeMap<usize, Vec<u8>>>,
    /// Bytes of these.
    size: u64,
}

impl Mentions {
    /// Adds what a member of an archive mentions. If its name came before, the later member counts.
    fn add(&mut self, index: usize, bytes: &[u8], words: Mentioned) {
        let texts = self.texts.get_or_insert_default();
        self.size -= texts.remove(&index).map_or(0, |text| text.len() as u64);
        self.by_file.remove(&index);
        if words.is_empty() {
            return;
        }
        self.by_file.insert(index, words);
        if self.size + bytes.len() as u64 <= TEXTS {
            self.size += bytes.len() as u64;
            texts.insert(index, bytes.to_vec());
        }
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
