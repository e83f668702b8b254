//! Debian source packages are examined as `dpkg-source -x` unpacks them.

use super::{CALLER, Said, WRAPPER, ZERO, found, say};
use crate::support::archives::{Header, end, file, gzip, tar, xz};
use crate::support::tree::Tree;
use mremap_lint::scan::InputOptions;
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::fs;

/// A source package in the making.
struct Source {
    tree: Tree,
    parts: Vec<(String, Vec<u8>)>,
}

impl Source {
    fn new() -> Source {
        Source {
            tree: Tree::new(&[]),
            parts: Vec::new(),
        }
    }

    fn part(mut self, name: &str, bytes: Vec<u8>) -> Source {
        self.parts.push((name.to_owned(), bytes));
        self
    }

    fn tarball(self, name: &str, files: &[(&str, &str)]) -> Source {
        self.part(name, xz(&tar(files)))
    }

    /// One of format 1.0, whose upstream source has no zero in `x.c`.
    fn with_difference(difference: &str) -> Source {
        let harmless = ZERO.replace(CALL, "    return 0;");
        let difference = gzip(difference.as_bytes());
        Source::new()
            .tarball("ring_2.0.orig.tar.xz", &[("ring/x.c", &harmless)])
            .part("ring_2.0-3.diff.gz", difference)
    }

    /// Writes the parts and their description.
    fn write(self) -> Written {
        let (mut sums, mut files) = (String::new(), String::new());
        for (name, bytes) in &self.parts {
            self.tree.write(name, bytes);
            let sum: String = Sha256::digest(bytes).iter().fold(String::new(), |mut sum, byte| {
                write!(sum, "{byte:02x}").expect("a string");
                sum
            });
            writeln!(sums, " {sum} {} {name}", bytes.len()).expect("a string");
            writeln!(files, " 0 {} {name}", bytes.len()).expect("a string");
        }
        let text = format!("Source: ring\nVersion: 1:2.0-3\nChecksums-Sha256:\n{sums}Files:\n{files}");
        self.tree.write("ring_2.0-3.dsc", text);
        Written(self.tree)
    }

    fn said(self) -> Said {
        self.write().said()
    }
}

struct Written(Tree);

impl Written {
    fn said(&self) -> Said {
        let said = |kept| {
            let options = InputOptions {
                paths: vec![self.0.path("ring_2.0-3.dsc")],
                without_word: kept,
                ..InputOptions::default()
            };
            say(self.0.folder(), options)
        };
        let said_of_kept = said(1 << 20);
        assert_eq!(said(0), said_of_kept, "what is read once more is the same");
        said_of_kept
    }
}

/// A patch of one line.
fn replaces(file: &str, old: &str, new: &str) -> String {
    format!("--- ring.orig/{file}\n+++ ring/{file}\n@@ -3 +3 @@\n-{old}\n+{new}\n")
}

const CALL: &str = "    return mremap(p, 0, n, MREMAP_MAYMOVE);";

#[test]
fn a_native_package_is_its_tarball_without_the_top_folder() {
    let source = Source::new().tarball("ring_2.0.tar.xz", &[("ring-2.0/src/x.c", ZERO)]);
    assert_eq!(source.said(), found("ring_2.0-3/src/x.c:3"));
}

#[test]
fn a_series_of_patches_is_applied() {
    let removes = replaces("old.c", CALL, "    return 0;");
    let adds = replaces("new.c", "    return 0;", CALL);
    let harmless = ZERO.replace(CALL, "    return 0;");
    let created = format!(
        "--- /dev/null\n+++ b/made.c\n@@ -0,0 +1,{} @@\n{}",
        ZERO.lines().count(),
        ZERO.lines().map(|line| format!("+{line}\n")).collect::<String>()
    );
    let source = Source::new()
        .tarball(
            "ring_2.0.orig.tar.xz",
            &[
                ("ring/old.c", ZERO),
                ("ring/new.c", &harmless),
                ("ring/debian/upstream.c", ZERO),
            ],
        )
        .tarball(
            "ring_2.0-3.debian.tar.xz",
            &[
                ("debian/patches/removes.patch", &removes),
                ("debian/patches/adds.patch", &adds),
                ("debian/patches/created.patch", &created),
                ("debian/patches/series", "removes.patch\nadds.patch\ncreated.patch\n"),
                ("debian/helper.c", ZERO),
            ],
        );
    let mut expected = Said::default();
    for name in ["debian/helper.c", "made.c", "new.c"] {
        expected.findings.push(format!("ring_2.0-3/{name}:3 zero-old-size"));
    }
    assert_eq!(source.said(), expected);
}

#[test]
fn files_that_patches_move_are_found_under_their_new_names() {
    let patch = format!(
        "diff --git a/old.txt b/new.c\nrename from old.txt\nrename to new.c\n{}diff --git a/x.c b/y.c\nrename from x.c\nrename to y.c\n",
        replaces("new.c", "    return 0;", CALL)
    );
    let harmless = ZERO.replace(CALL, "    return 0;");
    let source = Source::new()
        .tarball(
            "ring_2.0.orig.tar.xz",
            &[("ring/old.txt", &harmless), ("ring/x.c", ZERO)],
        )
        .tarball(
            "ring_2.0-3.debian.tar.xz",
            &[("debian/patches/a", &patch), ("debian/patches/series", "a\n")],
        );
    let mut expected = found("ring_2.0-3/new.c:3");
    expected.findings.extend(found("ring_2.0-3/y.c:3").findings);
    assert_eq!(source.said(), expected);
}

#[test]
fn what_other_files_of_the_package_say_counts() {
    let patch = "--- a/call.c\n+++ b/call.c\n@@ -2 +2 @@\n-void *all(void *p) { return grow(p, 4096, 8192); }\n+void *all(void *p) { return grow(p, 0, 8192); }\n";
    let source = Source::new()
        .tarball(
            "ring_2.0.orig.tar.xz",
            &[
                ("ring/wrapper.c", WRAPPER),
                ("ring/call.c", &CALLER.replace("(p, 0", "(p, 4096")),
            ],
        )
        .tarball(
            "ring_2.0-3.debian.tar.xz",
            &[("debian/patches/a", patch), ("debian/patches/series", "a\n")],
        );
    assert_eq!(source.said(), found("ring_2.0-3/call.c:2"));
}

#[test]
fn a_difference_is_applied() {
    let difference = replaces("x.c", "    return 0;", CALL);
    let source = Source::with_difference(&difference);
    assert_eq!(source.said(), found("ring_2.0-3/x.c:3"));
}

/// One that makes files of 6 MB besides; no header is that long, but a difference may be.
#[test]
fn a_large_difference_is_applied() {
    let lines = "+int x;\n".repeat(800_000);
    let made = format!("--- /dev/null\n+++ b/large.c\n@@ -0,0 +1,800000 @@\n{lines}");
    let difference = made + &replaces("x.c", "    return 0;", CALL);
    let source = Source::with_difference(&difference);
    assert_eq!(source.said(), found("ring_2.0-3/x.c:3"));
}

/// One for a file that is too large to be patched: that is told, once, and the file is examined as it is.
#[test]
fn a_file_that_is_too_large_for_patches_is_examined_without() {
    let large = format!("{ZERO}{}", "\n".repeat(17 << 20));
    let source = Source::new()
        .tarball("ring_2.0.orig.tar.xz", &[("ring/x.c", large.as_str())])
        .part(
            "ring_2.0-3.diff.gz",
            gzip(replaces("x.c", CALL, "    return 0;").as_bytes()),
        );
    let expected = Said {
        problems: vec!["ring_2.0-3/x.c: patch-not-applied".to_owned()],
        ..found("ring_2.0-3/x.c:3")
    };
    assert_eq!(source.said(), expected);
}

#[test]
fn components_stand_in_folders_of_their_own() {
    let source = Source::new()
        .tarball(
            "ring_2.0.orig.tar.xz",
            &[("ring/main.c", "int x;\n"), ("ring/extra/old.c", ZERO)],
        )
        .tarball("ring_2.0.orig-extra.tar.xz", &[("whatever/x.c", ZERO)])
        .part("ring_2.0.orig-extra.tar.xz.asc", b"a signature".to_vec());
    assert_eq!(source.said(), found("ring_2.0-3/extra/x.c:3"));
}

#[test]
fn a_tarball_without_a_single_top_folder_keeps_its_folders() {
    let patched = replaces("a/x.c", "    return 0;", CALL);
    let harmless = ZERO.replace(CALL, "    return 0;");
    let folder = Header::kind("a", b'5', "").block();
    let late = [folder, file("a/x.c", harmless.as_bytes()), file("README", b""), end()].concat();
    for tar in [tar(&[("a/x.c", harmless.as_str()), ("b/y.c", "int y;\n")]), late] {
        let source = Source::new().part("ring_2.0.orig.tar.xz", xz(&tar)).tarball(
            "ring_2.0-3.debian.tar.xz",
            &[("debian/patches/a", &patched), ("debian/patches/series", "a\n")],
        );
        assert_eq!(source.said(), found("ring_2.0-3/a/x.c:3"));
    }
}

#[test]
fn a_patch_that_does_not_fit_is_told_and_left_out() {
    let misfit = replaces("x.c", "    return 1;", "    return 2;");
    let source = Source::new()
        .tarball("ring_2.0.orig.tar.xz", &[("ring/x.c", ZERO)])
        .tarball(
            "ring_2.0-3.debian.tar.xz",
            &[("debian/patches/a", &misfit), ("debian/patches/series", "a\ngone\n")],
        );
    let mut expected = found("ring_2.0-3/x.c:3");
    expected.problems = vec![
        "ring_2.0-3/debian/patches/gone: patch-not-applied".into(),
        "ring_2.0-3/x.c: patch-not-applied".into(),
    ];
    assert_eq!(source.said(), expected);
}

#[test]
fn parts_that_are_not_as_described_are_told() {
    let written = Source::new()
        .tarball("ring_2.0.orig.tar.xz", &[("ring/x.c", ZERO)])
        .tarball("ring_2.0.orig-a.tar.xz", &[("a/x.c", "int a;\n")])
        .tarball("ring_2.0.orig-b.tar.xz", &[("b/x.c", "int b;\n")])
        .write();
    let path = |name: &str| written.0.path(name);
    let mut bytes = fs::read(path("ring_2.0.orig-a.tar.xz")).expect("just written");
    *bytes.last_mut().expect("it is not empty") ^= 1;
    fs::write(path("ring_2.0.orig-a.tar.xz"), bytes).expect("the folder is ours");
    fs::remove_file(path("ring_2.0.orig-b.tar.xz")).expect("just written");
    let said = written.said();
    assert_eq!(said.findings, found("ring_2.0-3/x.c:3").findings, "the rest goes on");
    assert_eq!(
        said.problems,
        [
            "ring_2.0.orig-a.tar.xz: unreadable",
            "ring_2.0.orig-a.tar.xz: checksum-mismatch",
            "ring_2.0.orig-b.tar.xz: unreadable",
        ]
    );
}

#[test]
fn what_is_no_description_is_told() {
    let tree = Tree::new(&[("ring_2.0-3.dsc", "Source: ring\n")]);
    let options = InputOptions {
        paths: vec![tree.path("ring_2.0-3.dsc")],
        ..InputOptions::default()
    };
    assert_eq!(say(tree.folder(), options).problems, ["ring_2.0-3.dsc: unreadable"]);
}
