//! What is read and what is not: files of every kind and encoding, folders, links, arguments that overlap.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

use mremap_lint::inside::input::units;
use mremap_lint::scan::{Buffers, InputOptions};
use mremap_lint::source::{Language, ProblemKind};

mod seen;

use crate::support::tree::Tree;
use seen::{CALL, Read, only_text};

#[test]
fn source_files_by_name_sorted_by_path() {
    let names = [
        "a-b/x.c", "a/x.c", "a.c", "b.h", "c.cc", "d.cpp", "e.cxx", "f.c++", "g.hpp", "h.hh", "i.hxx", "j.h++",
        "k.inl", "l.ipp", "m.tcc", "n.inc", "o.C", "p.H", "q.rs", "r.c.in", "s.h.in",
    ];
    let tree = Tree::new(&names.map(|name| (name, CALL)));
    tree.write("skipped.txt", CALL);
    tree.write("Makefile.in", CALL);
    tree.write("without.c", b"int ioremap;");
    tree.write("empty.h", b"");
    let seen = tree.one(&[""]);
    let mut sorted = names.to_vec();
    sorted.sort_by_key(|name| name.as_bytes());
    assert_eq!(seen.sources, sorted);
    assert_eq!(seen.others, ["empty.h", "without.c"]);
    assert_eq!(seen.problems, []);
}

#[test]
fn a_named_file_is_read_whatever_its_name() {
    let tree = Tree::new(&[
        ("notes.txt", CALL),
        ("script", "fn main() { mremap() }"),
        (".hidden/x.c", CALL),
    ]);
    let seen = tree.one(&["script", "notes.txt", ".hidden/x.c"]);
    assert_eq!(seen.sources, [".hidden/x.c", "notes.txt", "script"]);
    let unit = units(&tree.options(&["script", "notes.txt"])).next().expect("a unit");
    let languages: Vec<Language> = unit.sources.iter().map(|(_, file)| file.language).collect();
    assert_eq!(languages, [Language::C, Language::Rust]);
}

#[test]
fn the_language_can_be_given() {
    let tree = Tree::new(&[("a.c", CALL), ("b.rs", CALL)]);
    let options = InputOptions {
        language: Some(Language::Cpp),
        ..tree.options(&[""])
    };
    let unit = units(&options).next().expect("a unit");
    assert!(unit.sources.iter().all(|(_, file)| file.language == Language::Cpp));
}

#[test]
fn further_names_keep_a_file() {
    let tree = Tree::new(&[("a.c", "void f(void) { grow_it(p, 0); }"), ("b.c", "int x;")]);
    let options = InputOptions {
        names: vec!["grow_it".into()],
        ..tree.options(&[""])
    };
    let seen = tree.read_all(&options);
    assert_eq!(
        (seen[0].sources.as_slice(), seen[0].others.as_slice()),
        (&["a.c".into()][..], &["b.c".into()][..])
    );
}

#[test]
fn hidden_folders_are_left_out_unless_named_or_wanted() {
    let tree = Tree::new(&[(".pc/fix/a.c", CALL), ("src/a.c", CALL), (".b.c", CALL)]);
    assert_eq!(tree.one(&[""]).sources, ["src/a.c"]);
    assert_eq!(tree.one(&[".pc"]).sources, [".pc/fix/a.c"]);
    assert_eq!(tree.one(&["", ".pc"]).sources, [".pc/fix/a.c", "src/a.c"]);
    let options = InputOptions {
        hidden: true,
        ..tree.options(&[""])
    };
    assert_eq!(tree.read_all(&options)[0].sources, [".b.c", ".pc/fix/a.c", "src/a.c"]);
}

#[test]
fn ignore_files_count_unless_turned_off() {
    let files = [
        (".git/HEAD", "ref: refs/heads/main\n"),
        (".gitignore", "build/\n*.gen.c\n!keep.gen.c\n"),
        ("build/a.c", CALL),
        ("src/b.gen.c", CALL),
        ("src/keep.gen.c", CALL),
        ("src/.ignore", "c.c\n"),
        ("src/c.c", CALL),
        ("src/d.c", CALL),
    ];
    let tree = Tree::new(&files);
    assert_eq!(tree.one(&[""]).sources, ["src/d.c", "src/keep.gen.c"]);
    assert_eq!(
        tree.one(&["src"]).sources,
        ["src/d.c", "src/keep.gen.c"],
        "ignore files of the folders above count too"
    );
    assert_eq!(tree.one(&["src/c.c"]).sources, ["src/c.c"], "named");
    let options = InputOptions {
        no_ignore: true,
        ..tree.options(&[""])
    };
    let all = ["build/a.c", "src/b.gen.c", "src/c.c", "src/d.c", "src/keep.gen.c"];
    assert_eq!(tree.read_all(&options)[0].sources, all);
}

#[test]
fn outside_of_a_repository_gitignore_says_nothing_about_shipped_files() {
    let tree = Tree::new(&[(".gitignore", "*.c\n"), ("a.c", CALL)]);
    assert_eq!(tree.one(&[""]).sources, ["a.c"]);
}

#[test]
fn arguments_that_overlap_are_read_once() {
    let tree = Tree::new(&[
        ("src/a.c", CALL),
        ("src/sub/b.c", CALL),
        ("src/sub/deep/c.c", CALL),
        ("other.c", CALL),
    ]);
    let all = ["src/a.c", "src/sub/b.c", "src/sub/deep/c.c"];
    for arguments in [
        &["src", "src"][..],
        &["src", "src/sub"],
        &["src/sub/deep", "src/sub", "src"],
        &["src/a.c", "src", "src/sub/../a.c"],
        &["src/sub/..", "src/sub/b.c", "src/sub/b.c"],
    ] {
        let seen = tree.one(arguments);
        let flat: Vec<String> = seen.sources.iter().map(|name| name.replace("sub/../", "")).collect();
        assert_eq!(flat, all, "{arguments:?}");
    }
    let seen = tree.read_all(&tree.options(&["other.c", "src/sub", "src/a.c", "./other.c"]));
    let sources: Vec<&[String]> = seen.iter().map(|unit| unit.sources.as_slice()).collect();
    assert_eq!(
        sources,
        [
            &["src/sub/b.c", "src/sub/deep/c.c"].map(String::from)[..],
            &["other.c", "src/a.c"].map(String::from)
        ]
    );
    assert_eq!(
        seen.iter().map(|unit| unit.root.as_str()).collect::<Vec<_>>(),
        ["src/sub", ""]
    );
}

#[test]
fn the_current_folder_is_not_part_of_a_name() {
    // The only test that depends on the current folder, which is the package's.
    let options = InputOptions {
        paths: vec![".".into()],
        ..InputOptions::default()
    };
    let unit = units(&options).next().expect("a unit");
    assert!(
        unit.sources
            .iter()
            .any(|(_, file)| file.path == Path::new("tests/inputs/files.rs"))
    );
    assert!(
        unit.others
            .iter()
            .chain(unit.sources.iter().map(|(_, file)| &file.path))
            .all(|path| !path.starts_with("."))
    );
}

#[test]
fn links_lead_to_each_file_once_and_never_in_circles() {
    let outside = Tree::new(&[("elsewhere.c", CALL), ("folder/z.c", CALL), ("noname", CALL)]);
    let tree = Tree::new(&[("src/a.c", CALL), ("src/generic.txt", CALL), (".hidden/h.c", CALL)]);
    let link = |target: &Path, name: &str| symlink(target, tree.path(name)).expect("a new link");
    link(Path::new(".."), "src/loop");
    link(Path::new("a.c"), "src/again.c");
    link(Path::new("../src/loop/src/a.c"), "src/roundabout.c");
    link(Path::new("generic.txt"), "src/specific.c");
    link(Path::new("../.hidden/h.c"), "src/unhidden.c");
    link(Path::new("../.hidden/h.c"), "src/unhidden_again.c");
    link(&outside.path("elsewhere.c"), "src/out.c");
    link(&outside.path("noname"), "src/out_too.c");
    link(&outside.path("folder"), "src/folder.c");
    let seen = tree.one(&[""]);
    assert_eq!(
        seen.sources,
        [
            "src/a.c",
            "src/out.c",
            "src/out_too.c",
            "src/specific.c",
            "src/unhidden.c"
        ]
    );
    assert_eq!(seen.problems, []);

    assert_eq!(
        tree.one(&["src/loop/src/loop"]).sources.len(),
        5,
        "a named link to a folder is followed"
    );
    assert_eq!(tree.one(&["src/again.c"]).sources, ["src/again.c"]);
    assert_eq!(tree.one(&["src/again.c", "src/a.c"]).sources.len(), 1);
    assert_eq!(tree.one(&["src", "src/again.c"]).sources[0], "src/a.c");
    assert_eq!(
        tree.one(&["src", "src/out.c"])
            .sources
            .iter()
            .filter(|name| name.ends_with("out.c"))
            .count(),
        1
    );
}

#[test]
fn links_that_lead_nowhere_are_told() {
    let tree = Tree::new(&[("a.c", CALL)]);
    for (target, name) in [
        ("b.c", "c.c"),
        ("c.c", "b.c"),
        ("nothing", "d.c"),
        ("nothing", "README"),
        ("/dev/null", "e.c"),
    ] {
        symlink(target, tree.path(name)).expect("a new link");
    }
    let seen = tree.one(&[""]);
    assert_eq!(seen.sources, ["a.c"]);
    assert_eq!(
        seen.problems,
        ["b.c", "c.c", "d.c", "e.c"].map(|name| (name.to_string(), ProblemKind::NotAFile))
    );
    assert_eq!(
        tree.one(&["d.c"]).problems,
        [("d.c".to_string(), ProblemKind::Unreadable)]
    );
}

#[test]
fn what_is_no_file_is_told_and_never_waited_for() {
    let tree = Tree::new(&[("a.c", CALL)]);
    tree.fifo("b.c");
    tree.fifo("control");
    let _socket = UnixListener::bind(tree.path("d.h")).expect("a new socket");
    let seen = tree.one(&[""]);
    assert_eq!(seen.sources, ["a.c"]);
    assert_eq!(
        seen.problems,
        ["b.c", "d.h"].map(|name| (name.to_string(), ProblemKind::NotAFile))
    );
    let named = ["control", "d.h"].map(|name| (name.to_string(), ProblemKind::Unreadable));
    assert_eq!(
        tree.one(&["control", "d.h"]).problems,
        named,
        "asked for, so the run has failed"
    );
}

#[test]
fn what_cannot_be_read_is_told() {
    let tree = Tree::new(&[("a.c", CALL), ("locked.c", CALL), ("folder/b.c", CALL)]);
    let allow = |name: &str, mode: u32| {
        fs::set_permissions(tree.path(name), fs::Permissions::from_mode(mode)).expect("a new mode");
    };
    allow("locked.c", 0o000);
    allow("folder", 0o000);
    let root_reads_anyway = fs::read(tree.path("locked.c")).is_ok();
    let seen = tree.one(&[""]);
    allow("folder", 0o700);
    assert_eq!(
        tree.one(&["missing.c"]).problems,
        [("missing.c".to_string(), ProblemKind::Unreadable)]
    );
    if !root_reads_anyway {
        assert_eq!(seen.sources, ["a.c"]);
        assert_eq!(
            seen.problems,
            ["folder", "locked.c"].map(|name| (name.to_string(), ProblemKind::Unreadable))
        );
    }
}

#[test]
fn files_over_the_limit_are_told() {
    let tree = Tree::new(&[("fits.c", CALL)]);
    tree.write("large.c", vec![b' '; 1 << 20]);
    let options = InputOptions {
        file_limit: (1 << 20) - 1,
        ..tree.options(&[""])
    };
    assert_eq!(
        tree.read_all(&options)[0].problems,
        [("large.c".to_string(), ProblemKind::TooLarge)]
    );
    let options = InputOptions {
        file_limit: 1 << 20,
        ..options
    };
    assert_eq!(tree.read_all(&options)[0].others, ["large.c"]);
}

#[test]
fn the_word_is_found_wherever_it_stands() {
    let tree = Tree::new(&[]);
    for size in [0, 1, 131_066, 131_069, 131_071, 262_141, 131_072, 262_144, 3_000_000] {
        let text = [&vec![b'\n'; size][..], b"mremap"].concat();
        tree.write(format!("{size}.c"), &text);
    }
    let seen = tree.one(&[""]);
    assert_eq!((seen.sources.len(), seen.others.len()), (9, 0));
}

#[test]
fn encodings() {
    let tree = Tree::new(&[]);
    let words = "/* ü */ mremap";
    let little: Vec<u8> = words.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = words.encode_utf16().flat_map(u16::to_be_bytes).collect();
    tree.write("utf8.c", words);
    tree.write("mark.c", [b"\xEF\xBB\xBF", words.as_bytes()].concat());
    tree.write("little.c", [b"\xFF\xFE", &little[..]].concat());
    tree.write("big.c", [b"\xFE\xFF", &big[..]].concat());
    tree.write("unmarked.c", &little);
    tree.write("latin1.c", b"/* \xFC */ mremap");
    for name in ["utf8.c", "mark.c", "little.c", "big.c", "unmarked.c", "latin1.c"] {
        assert_eq!(only_text(&tree, name), words, "{name}");
    }
    tree.write("nul.c", b"a\0b\r\nmremap\r\n");
    assert_eq!(only_text(&tree, "nul.c"), "a b\r\nmremap\r\n");
    tree.write("odd.c", [b"\xFF\xFE", &little[..], b"!"].concat());
    let seen = tree.one(&["odd.c"]);
    assert_eq!(seen.sources, ["odd.c"], "read as far as it can be");
    assert_eq!(seen.problems, [("odd.c".to_string(), ProblemKind::Undecodable)]);
}

#[test]
fn names_need_not_be_text() {
    let tree = Tree::new(&[]);
    let name = OsStr::from_bytes(b"gr\xFC\xDFe.c");
    tree.write(name, CALL);
    let unit = units(&tree.options(&[""])).next().expect("a unit");
    let (_, file) = unit.sources.iter().next().expect("the file");
    assert_eq!(file.path.file_name(), Some(name));
}

fn buffer(name: &str, text: &str) -> Buffers {
    let mut buffers = Buffers::default();
    buffers.insert(name.into(), text.as_bytes());
    buffers
}

#[test]
fn a_buffer_alone() {
    let options = InputOptions {
        buffers: buffer("src/lib.rs", CALL),
        ..InputOptions::default()
    };
    let unit = units(&options).next().expect("a unit");
    let (_, file) = unit.sources.iter().next().expect("the input holds the word");
    assert_eq!(
        (file.path.as_path(), file.language, file.text.as_str()),
        (Path::new("src/lib.rs"), Language::Rust, CALL)
    );
    assert!(unit.root.as_os_str().is_empty());
    let options = InputOptions {
        buffers: buffer("buffer", "class A; mremap"),
        ..options
    };
    let unit = units(&options).next().expect("a unit");
    assert_eq!(
        unit.sources.iter().next().map(|(_, file)| file.language),
        Some(Language::Cpp)
    );
}

#[test]
fn buffers_stand_for_files_in_their_units() {
    let tree = Tree::new(&[
        ("one/a.c", CALL),
        ("one/b.c", ""),
        ("two/c.c", CALL),
        ("three/d.c", ""),
        ("e.c", CALL),
    ]);
    symlink("a.c", tree.path("one/link.c")).expect("a new link");
    let mut options = tree.options(&["one", "two", "three", "e.c"]);
    for name in ["one/a.c", "one/new.c", "three/d.c", "far/new.c"] {
        options.buffers.insert(tree.path(name), name.as_bytes());
    }
    let expected = [
        ("one", vec!["one/a.c", "one/new.c"], vec!["one/b.c"]),
        ("three", vec!["three/d.c"], vec![]),
        ("", vec!["e.c", "far/new.c"], vec![]),
    ];
    let seen = tree.read_all(&options);
    let short: Vec<_> = seen
        .iter()
        .map(|seen| (seen.root.as_str(), &seen.sources, &seen.others))
        .collect();
    assert_eq!(short.len(), expected.len(), "{seen:?}");
    for ((root, sources, others), expected) in short.into_iter().zip(&expected) {
        assert_eq!(
            (root, sources.as_slice().join(" "), others.as_slice().join(" ")),
            (expected.0, expected.1.join(" "), expected.2.join(" "))
        );
    }
    let unit = units(&options).next().expect("the first unit");
    let texts: Vec<&str> = unit.sources.iter().map(|(_, file)| file.text.as_str()).collect();
    assert_eq!(
        texts,
        ["one/a.c", "one/new.c"],
        "the link leads to a file that a buffer stands for"
    );
}

#[test]
fn threads_change_nothing() {
    let files: Vec<(String, &str)> = (0..500)
        .map(|number| {
            (
                format!("d{}/e{}/f{number}.c", number % 7, number % 11),
                if number % 3 == 0 { CALL } else { "" },
            )
        })
        .collect();
    let tree = Tree::new(
        &files
            .iter()
            .map(|(name, text)| (name.as_str(), *text))
            .collect::<Vec<_>>(),
    );
    for number in 0..20 {
        symlink("nowhere", tree.path(format!("d1/l{number}.c"))).expect("a new link");
    }
    let with = |jobs| {
        tree.read_all(&InputOptions {
            jobs,
            ..tree.options(&[""])
        })
    };
    let alone = with(1);
    assert_eq!(
        (alone[0].sources.len(), alone[0].others.len(), alone[0].problems.len()),
        (167, 333, 20)
    );
    for jobs in [0, 2, 3, 16] {
        assert_eq!(with(jobs), alone);
    }
}

#[test]
fn many_arguments_take_no_longer_than_their_files() {
    let names: Vec<String> = (0..3000)
        .map(|number| format!("d{}/f{number}.c", number % 100))
        .collect();
    let tree = Tree::new(&names.iter().map(|name| (name.as_str(), CALL)).collect::<Vec<_>>());
    let mut arguments: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(tree.one(&arguments).sources.len(), 3000);
    arguments.push("");
    assert_eq!(tree.one(&arguments).sources.len(), 3000);
}
