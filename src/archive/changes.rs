//! What a Debian source package changes in its upstream source: the patches of its series, or one difference, by the files
//! that they are about (dpkg-source(1), "Format: 3.0 (quilt)" and "Format: 1.0").

use super::names::clean;
use super::patch::{self, FilePatch};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Where a package's patches lie.
const FOLDER: &str = "debian/patches";
/// The lists of patches; the first that is there counts.
const SERIES: [&str; 2] = ["debian.series", "series"];

/// Changes by file, for each file in the order in which they are made.
#[derive(Debug, Default)]
pub(super) struct Changes {
    by_file: BTreeMap<PathBuf, Vec<Change>>,
    /// Texts of which files are made that have not come yet.
    moved: BTreeMap<PathBuf, Vec<u8>>,
}

#[derive(Debug)]
enum Change {
    /// A patch, whose name is for people, changes the file.
    Patch { patch: String, to_file: FilePatch },
    /// Another file is made of it.
    Leaves { target: PathBuf, moves: bool },
}

/// What became of a file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Changed {
    /// Its text; `None` if it is removed, or was not there and is not made.
    pub text: Option<Vec<u8>>,
    /// For each change that was not made a predicate.
    pub misfits: Vec<String>,
}

impl Changes {
    /// Adds the changes of one patch to those files that are wanted.
    pub fn add(&mut self, name: &str, patch: &[u8], wants: impl Fn(&Path) -> bool) {
        for to_file in patch::parse(patch) {
            let (path, _) = clean(&to_file.path);
            if !wants(&path) {
                continue;
            }
            if let Some(origin) = &to_file.origin {
                let leaves = Change::Leaves {
                    target: path.clone(),
                    moves: origin.moves,
                };
                self.by_file.entry(clean(&origin.path).0).or_default().push(leaves);
            }
            let patch = name.to_owned();
            let changes = self.by_file.entry(path).or_default();
            changes.push(Change::Patch { patch, to_file });
        }
    }

    /// Adds the patches that the list among these files names, in its order. Returns those that are not there.
    pub fn add_series(
        &mut self,
        files: &BTreeMap<PathBuf, Vec<u8>>,
        wants: impl Fn(&Path) -> bool,
    ) -> Vec<(PathBuf, String)> {
        let folder = Path::new(FOLDER);
        let mut lists = SERIES.iter().filter_map(|name| files.get(&folder.join(name)));
        let mut missing = Vec::new();
        for line in lists.next().map_or(&[][..], Vec::as_slice).split(|&byte| byte == b'\n') {
            let code = line.split(|&byte| byte == b'#').next().unwrap_or_default();
            // Options may follow the name.
            let words = code.split(u8::is_ascii_whitespace);
            let Some(name) = words.into_iter().find(|word| !word.is_empty()) else {
                continue;
            };
            let path = folder.join(clean(name).0);
            match files.get(&path) {
                Some(patch) => self.add(&path.to_string_lossy(), patch, &wants),
                None => missing.push((path, "is in the series of patches, but cannot be read".to_owned())),
            }
        }
        missing
    }

    /// Whether there are changes to a file.
    pub fn concern(&self, path: &Path) -> bool {
        self.by_file.contains_key(path)
    }

    /// Makes the changes to a file, once.
    pub fn apply(&mut self, path: &Path, text: Option<Vec<u8>>) -> Changed {
        let mut changed = Changed {
            text,
            misfits: Vec::new(),
        };
        for change in self.by_file.remove(path).unwrap_or_default() {
            match change {
                Change::Leaves { target, moves } => {
                    let text = if moves {
                        changed.text.take()
                    } else {
                        changed.text.clone()
                    };
                    self.moved.extend(text.map(|text| (target, text)));
                }
                Change::Patch { patch, to_file } => {
                    if to_file.origin.is_some() {
                        changed.text = self.moved.remove(path);
                    }
                    changed.make(&patch, &to_file);
                }
            }
        }
        changed
    }

    /// Leaves a file as it is.
    pub fn forget(&mut self, path: &Path) {
        self.by_file.remove(path);
    }

    /// A file that has not come and that there are changes to; one that other such files are made of before these.
    pub fn next(&self) -> Option<PathBuf> {
        let waits = |change: &Change| match change {
            Change::Patch { to_file, .. } => to_file
                .origin
                .as_ref()
                .is_some_and(|origin| self.by_file.contains_key(&clean(&origin.path).0)),
            Change::Leaves { .. } => false,
        };
        let mut ready = self.by_file.iter().filter(|(_, changes)| !changes.iter().any(waits));
        ready
            .next()
            .or(self.by_file.first_key_value())
            .map(|(path, _)| path.clone())
    }
}

impl Changed {
    fn make(&mut self, patch: &str, to_file: &FilePatch) {
        let before = match (&self.text, to_file.creates) {
            (None, true) => &[][..],
            (Some(text), _) => text,
            (None, false) => {
                self.misfits.push(format!("is changed by {patch}, but is not there"));
                return;
            }
        };
        match to_file.apply(before) {
            Ok(text) => self.text = (!to_file.removes || !text.is_empty()).then_some(text),
            Err(misfit) => {
                let text = format!("does not fit {patch}, hunk {}, and was examined without it", misfit.0);
                self.misfits.push(text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(texts: &[(&str, &str)]) -> BTreeMap<PathBuf, Vec<u8>> {
        let texts = texts.iter();
        texts
            .map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec()))
            .collect()
    }

    fn replaces(file: &str, old: &str, new: &str) -> String {
        format!("--- a/{file}\n+++ b/{file}\n@@ -1 +1 @@\n-{old}\n+{new}\n")
    }

    #[test]
    fn a_series_is_applied_in_its_order() {
        let files = files(&[
            (
                "debian/patches/series",
                "# first\n\nb.patch -p1\nsub/a.patch # why\ngone.patch\n",
            ),
            ("debian/patches/sub/a.patch", &replaces("x.c", "2", "3")),
            (
                "debian/patches/b.patch",
                &(replaces("x.c", "1", "2") + &replaces("configure", "1", "2")),
            ),
            ("debian/patches/unused.patch", &replaces("x.c", "1", "9")),
        ]);
        let mut changes = Changes::default();
        let missing = changes.add_series(&files, |path| path.extension().is_some());
        assert_eq!(missing.len(), 1);
        assert_eq!(missing[0].0, Path::new("debian/patches/gone.patch"));
        assert!(!changes.concern(Path::new("configure")), "only what is wanted");
        let changed = changes.apply(Path::new("x.c"), Some(b"1\n".to_vec()));
        assert_eq!((changed.text, changed.misfits.len()), (Some(b"3\n".to_vec()), 0));
        assert!(!changes.concern(Path::new("x.c")));
    }

    #[test]
    fn debians_own_series_goes_before() {
        let files = files(&[
            ("debian/patches/series", "a.patch\n"),
            ("debian/patches/debian.series", "b.patch\n"),
            ("debian/patches/a.patch", &replaces("x.c", "1", "2")),
            ("debian/patches/b.patch", &replaces("x.c", "1", "3")),
        ]);
        let mut changes = Changes::default();
        assert!(changes.add_series(&files, |_| true).is_empty());
        let changed = changes.apply(Path::new("x.c"), Some(b"1\n".to_vec()));
        assert_eq!(changed.text, Some(b"3\n".to_vec()));
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_told() {
        let mut changes = Changes::default();
        changes.add("a.patch", replaces("x.c", "other", "2").as_bytes(), |_| true);
        changes.add("b.patch", replaces("x.c", "1", "2").as_bytes(), |_| true);
        changes.add("c.patch", replaces("y.c", "1", "2").as_bytes(), |_| true);
        let changed = changes.apply(Path::new("x.c"), Some(b"1\n".to_vec()));
        assert_eq!(changed.text, Some(b"2\n".to_vec()));
        assert_eq!(
            changed.misfits,
            ["does not fit a.patch, hunk 1, and was examined without it"]
        );
        let changed = changes.apply(Path::new("y.c"), None);
        assert_eq!(changed.misfits, ["is changed by c.patch, but is not there"]);
        assert_eq!(changed.text, None);
    }

    #[test]
    fn files_are_moved_on_with_what_was_changed_before() {
        let moves = |from: &str, to: &str| format!("diff --git a/{from} b/{to}\nrename from {from}\nrename to {to}\n");
        let mut changes = Changes::default();
        let patch = |text: &str, changes: &mut Changes| changes.add("a.patch", text.as_bytes(), |_| true);
        patch(&replaces("z.c", "1", "2"), &mut changes);
        patch(&moves("z.c", "b.c"), &mut changes);
        patch(&replaces("b.c", "2", "3"), &mut changes);
        patch(&moves("b.c", "a.c"), &mut changes);
        patch(&moves("gone.c", "c.c"), &mut changes);
        assert_eq!(changes.apply(Path::new("z.c"), Some(b"1\n".to_vec())).text, None);
        let mut left = Vec::new();
        while let Some(path) = changes.next() {
            let Changed { text, misfits } = changes.apply(&path, None);
            left.push((path.display().to_string(), text, misfits.len()));
        }
        let expected = [
            ("b.c".to_owned(), None, 0),
            ("a.c".to_owned(), Some(b"3\n".to_vec()), 0),
            ("gone.c".to_owned(), None, 0),
            ("c.c".to_owned(), None, 1),
        ];
        assert_eq!(left, expected);
    }

    #[test]
    fn files_come_and_go() {
        let mut changes = Changes::default();
        changes.add("a.patch", b"--- /dev/null\n+++ b/x.c\n@@ -0,0 +1 @@\n+new\n", |_| true);
        changes.add("b.patch", b"--- a/y.c\n+++ /dev/null\n@@ -1 +0,0 @@\n-old\n", |_| true);
        assert_eq!(changes.apply(Path::new("x.c"), None).text, Some(b"new\n".to_vec()));
        assert_eq!(changes.apply(Path::new("y.c"), Some(b"old\n".to_vec())).text, None);
    }
}
