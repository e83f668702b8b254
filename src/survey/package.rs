//! Packages: what each is called and how large it is, without reading all of it.

use ignore::WalkBuilder;
use std::fs;
use std::path::{Path, PathBuf};

use crate::archive::debian::Dsc;
use crate::formats::SourceRoot;
use crate::journal::input_name;
use crate::paths;

/// What the names of archives end in. What they are decides their content.
const ENDINGS: [&str; 16] = [
    ".dsc",
    ".crate",
    ".src.rpm",
    ".rpm",
    ".zip",
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.xz",
    ".txz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.zst",
    ".tzst",
    ".tar.lzma",
];

/// One package: a folder or an archive, or a Debian source package with its parts.
#[derive(Clone, Debug)]
pub struct Package {
    /// As the user named it.
    pub path: PathBuf,
    /// The path as it stands in the journal.
    pub input: String,
    /// The package's name.
    pub name: String,
    /// Its version, if it is known.
    pub version: Option<String>,
    /// Name and version, as they stand before all of its paths.
    pub label: String,
    /// Bytes on disk.
    pub size: u64,
    /// What it consists of.
    pub(super) content: Content,
    /// What the paths of its files may begin with, the likeliest first.
    below: Vec<PathBuf>,
}

/// What a package consists of.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// One file.
    File,
    /// A `.dsc` file and the files that it names, all beside each other.
    Debian(Vec<PathBuf>),
    /// All that lies in it.
    Folder,
    /// It is not there, or is nothing that can be read.
    Nothing,
}

impl Package {
    /// The package of a path, which need not exist.
    pub fn new(path: PathBuf) -> Package {
        let metadata = fs::metadata(&path).ok();
        let is_folder = metadata.as_ref().is_some_and(fs::Metadata::is_dir);
        let is_file = metadata.as_ref().is_some_and(fs::Metadata::is_file);
        let dsc = if is_file { Dsc::read(&path).ok().flatten() } else { None };
        let (name, version) = match &dsc {
            Some(dsc) => (dsc.source.clone(), Some(dsc.version.clone())),
            None => identity(&file_name(&path), is_folder),
        };
        let mut below = vec![path.clone()];
        if !is_folder {
            // The members of a Debian source package, those of an archive, and the files beside it.
            below.splice(0..0, dsc.as_ref().map(|dsc| path.with_file_name(dsc.label())));
            below.extend(path.parent().map(Path::to_path_buf));
        }
        let content = match dsc {
            Some(dsc) => {
                let parts = dsc.parts.iter().map(|part| path.with_file_name(&part.name));
                Content::Debian(std::iter::once(path.clone()).chain(parts).collect())
            }
            None if is_folder => Content::Folder,
            None if is_file => Content::File,
            None => Content::Nothing,
        };
        Package {
            input: input_name(&path),
            label: label(&name, version.as_deref()),
            size: size(&path, &content),
            name,
            version,
            content,
            below,
            path,
        }
    }

    /// How formats write the paths of its files.
    pub fn root(&self) -> SourceRoot {
        SourceRoot::of_package(&self.label, self.below.clone())
    }
}

/// The name of what a path leads to.
fn file_name(path: &Path) -> String {
    // A path such as `.` or `..` does not tell it.
    let real = path.file_name().is_none().then(|| paths::resolve(path));
    let name = real.as_deref().unwrap_or(path).file_name();
    name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The name and version that the name of a file or folder tells.
fn identity(file: &str, is_folder: bool) -> (String, Option<String>) {
    let endings = ENDINGS.iter().filter(|_| !is_folder);
    let stems = endings.filter_map(|ending| file.strip_suffix(ending));
    let stem = stems.min_by_key(|stem| stem.len()).unwrap_or(file);
    let at = if file.ends_with(".dsc") && !is_folder {
        // Names of Debian have no underscore.
        stem.find('_')
    } else if file.ends_with(".crate") && !is_folder {
        stem.match_indices('-')
            .map(|(at, _)| at)
            .find(|at| is_semver(&stem[at + 1..]))
    } else if file.ends_with(".rpm") && !is_folder {
        // Name, version and release, none of the latter two with a hyphen.
        stem.rmatch_indices('-').nth(1).map(|(at, _)| at)
    } else {
        let separators = stem.rmatch_indices(['-', '_']).map(|(at, _)| at);
        let mut separators = separators.filter(|at| stem[at + 1..].starts_with(|first: char| first.is_ascii_digit()));
        separators.next()
    };
    match at {
        Some(at) if at > 0 => (stem[..at].to_owned(), Some(stem[at + 1..].to_owned())),
        _ => (stem.to_owned(), None),
    }
}

/// Whether a text begins as the version of a crate does: three numbers with dots between them.
fn is_semver(text: &str) -> bool {
    let mut numbers = text.splitn(3, '.');
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut whole = || numbers.next().is_some_and(is_number);
    whole()
        && whole()
        && numbers
            .next()
            .is_some_and(|last| last.starts_with(|first: char| first.is_ascii_digit()))
}

/// Name and version without its epoch. It is the first part of paths, so it has no slash and nothing that cannot be seen.
fn label(name: &str, version: Option<&str>) -> String {
    let version = version.map(|version| version.split_once(':').map_or(version, |(_, version)| version));
    let version = version.map(|version| format!("_{version}")).unwrap_or_default();
    let plain = |c: char| if c == '/' || c.is_control() { '_' } else { c };
    format!("{name}{version}").chars().map(plain).collect()
}

/// Bytes on disk.
fn size(path: &Path, content: &Content) -> u64 {
    let of_file = |path: &PathBuf| fs::metadata(path).map_or(0, |metadata| metadata.len());
    match content {
        Content::File => of_file(&path.to_path_buf()),
        Content::Debian(files) => files.iter().map(of_file).sum(),
        Content::Folder => files(path).iter().map(of_file).sum(),
        Content::Nothing => 0,
    }
}

/// All regular files below a folder, in the order of their paths' bytes. Links are not followed; what cannot be read is left
/// out.
pub(super) fn files(folder: &Path) -> Vec<PathBuf> {
    let walk = WalkBuilder::new(folder).standard_filters(false).build();
    let entries = walk.filter_map(Result::ok);
    let is_file = |entry: &ignore::DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let mut files: Vec<PathBuf> = entries.filter(is_file).map(ignore::DirEntry::into_path).collect();
    files.sort_unstable_by(|one, other| {
        one.as_os_str()
            .as_encoded_bytes()
            .cmp(other.as_os_str().as_encoded_bytes())
    });
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_tell_name_and_version() {
        for (file, name, version) in [
            ("ring_2.0-3.dsc", "ring", Some("2.0-3")),
            ("ring-1.2.tar.xz", "ring", Some("1.2")),
            ("gtk-4-examples-1.0.zip", "gtk-4-examples", Some("1.0")),
            ("linux-6.1-rc3.tar", "linux", Some("6.1-rc3")),
            ("ring_1.0.tgz", "ring", Some("1.0")),
            ("sha-1-0.10.1.crate", "sha-1", Some("0.10.1")),
            ("ring-1.0.0-alpha-2.crate", "ring", Some("1.0.0-alpha-2")),
            ("odd.crate", "odd", None),
            ("gcc-c++-12.3-4.fc40.src.rpm", "gcc-c++", Some("12.3-4.fc40")),
            ("short-1.src.rpm", "short-1", None),
            ("plain.tar.gz", "plain", None),
            ("-1.2.tar", "-1.2", None),
            ("7zip", "7zip", None),
        ] {
            let expected = (name.to_owned(), version.map(str::to_owned));
            assert_eq!(identity(file, false), expected, "{file}");
        }
        let folder = ("ring".to_owned(), Some("1.2.zip".to_owned()));
        assert_eq!(identity("ring-1.2.zip", true), folder);
    }

    #[test]
    fn labels_are_one_part_of_a_path() {
        assert_eq!(label("ring", Some("1:2.0-3")), "ring_2.0-3");
        assert_eq!(label("ring", None), "ring");
        assert_eq!(label("../a\n", Some("1/2")), ".._a__1_2");
    }

    #[test]
    fn a_folder_has_a_name_however_it_is_written() {
        let parent = tempfile::tempdir().expect("a temporary folder");
        let folder = parent.path().join("ring-1.2");
        fs::create_dir(&folder).expect("the folder is ours");
        for path in [folder.clone(), folder.join("."), folder.join("a/..")] {
            fs::create_dir_all(folder.join("a")).expect("the folder is ours");
            let package = Package::new(path);
            assert_eq!(package.label, "ring_1.2", "{}", package.input);
        }
    }
}
