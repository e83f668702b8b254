//! Archives are examined in place, as the folder would be that they unpack to.

mod debian;

use crate::support::archives::{Header, end, file, gzip, tar, tarballs, usual_zip};
use crate::support::tree::Tree;
use mremap_lint::finding::RuleId;
use mremap_lint::scan::{InputOptions, Options, scan};
use std::ops::ControlFlow;
use std::path::Path;

/// A call with a zero on line 3.
const ZERO: &str =
    "#include <sys/mman.h>\nvoid *copy(void *p, unsigned long n) {\n    return mremap(p, 0, n, MREMAP_MAYMOVE);\n}\n";
/// The same with a size that the caller decides.
const WRAPPER: &str = "void *mremap(void *, unsigned long, unsigned long, int);\nvoid *grow(void *p, unsigned long old, unsigned long n) {\n    return mremap(p, old, n, 1);\n}\n";
/// A caller in a file without the word.
const CALLER: &str =
    "void *grow(void *, unsigned long, unsigned long);\nvoid *all(void *p) { return grow(p, 0, 8192); }\n";

/// What a scan says: findings as `path:line rule`, and problems as `path: kind`, below the folder.
#[derive(Debug, Default, PartialEq, Eq)]
struct Said {
    findings: Vec<String>,
    problems: Vec<String>,
}

fn say(folder: &Path, options: InputOptions) -> Said {
    let mut said = Said::default();
    let options = Options {
        input: options,
        ..Options::default()
    };
    let flow = scan::<()>(&options, |checked| {
        let below = |path: &Path| path.strip_prefix(folder).unwrap_or(path).display().to_string();
        for finding in &checked.findings {
            let file = checked.sources.file(finding.at.file);
            let line = file.position(finding.at.start).line;
            said.findings
                .push(format!("{}:{line} {}", below(&file.path), finding.rule.id()));
        }
        for problem in &checked.problems {
            said.problems
                .push(format!("{}: {}", below(&problem.path), problem.kind.id()));
        }
        ControlFlow::Continue(())
    });
    assert_eq!(flow, ControlFlow::Continue(()));
    said
}

/// What is said of one file of these bytes.
fn said_of(name: &str, bytes: &[u8]) -> Said {
    said_with(name, bytes, InputOptions::default())
}

fn said_with(name: &str, bytes: &[u8], options: InputOptions) -> Said {
    let tree = Tree::new(&[]);
    tree.write(name, bytes);
    let paths = vec![tree.path(name)];
    let said = say(tree.folder(), InputOptions { paths, ..options });
    assert_eq!(tree.names(""), [name], "nothing is unpacked");
    said
}

fn found(place: &str) -> Said {
    Said {
        findings: vec![format!("{place} {}", RuleId::Zero.id())],
        problems: Vec::new(),
    }
}

#[test]
fn every_format_is_known_by_its_content() {
    let tar = tar(&[("ring-1/src/x.c", ZERO), ("ring-1/README", "mremap(p, 0, n, 1)")]);
    for (suffix, bytes) in tarballs(&tar) {
        for name in [format!("ring.{suffix}"), "ring.crate".into(), "unnamed".into()] {
            assert_eq!(said_of(&name, &bytes), found(&format!("{name}/ring-1/src/x.c:3")));
        }
    }
    let zip = usual_zip(&[("ring-1/src/x.c", ZERO), ("ring-1/README", "mremap(p, 0, n, 1)")]);
    assert_eq!(said_of("ring.zip", &zip), found("ring.zip/ring-1/src/x.c:3"));
}

#[test]
fn what_other_members_say_counts() {
    let tar = tar(&[("r/a.c", CALLER), ("r/b.c", WRAPPER), ("r/c.c", "int unrelated;\n")]);
    for kept in [0, 10, 1 << 20] {
        for jobs in [1, 4] {
            let options = InputOptions {
                without_word: kept,
                jobs,
                ..InputOptions::default()
            };
            let said = said_with("r.tar", &tar, options);
            assert_eq!(said, found("r.tar/r/a.c:2"), "{kept} bytes kept, {jobs} threads");
        }
    }
}

#[test]
fn what_a_walk_would_leave_out_is_left_out() {
    let tar = tar(&[("r/.git/x.c", ZERO), ("r/.x.c", ZERO), ("r/x.txt", ZERO)]);
    assert_eq!(said_of("r.tar", &tar), Said::default());
    let options = InputOptions {
        hidden: true,
        ..InputOptions::default()
    };
    assert_eq!(said_with("r.tar", &tar, options).findings.len(), 2);
}

#[test]
fn a_later_member_takes_the_place_of_an_earlier_one() {
    let safe = "int safe;\n";
    assert_eq!(said_of("r.tar", &tar(&[("x.c", ZERO), ("x.c", safe)])), Said::default());
    assert_eq!(
        said_of("r.tar", &tar(&[("x.c", safe), ("x.c", ZERO)])),
        found("r.tar/x.c:3")
    );
    let cases = said_of("r.tar", &tar(&[("x.c", ZERO), ("X.c", ZERO)]));
    assert_eq!(cases.findings.len(), 2, "{cases:?}");
}

#[test]
fn names_do_not_lead_out_of_the_archive() {
    let tar = tar(&[("../../up.c", ZERO), ("/absolute.c", ZERO)]);
    let said = said_of("r.tar", &tar);
    let expected = Said {
        findings: ["absolute.c", "up.c"]
            .map(|name| format!("r.tar/{name}:3 zero-old-size"))
            .into(),
        problems: ["absolute.c", "up.c"]
            .map(|name| format!("r.tar/{name}: unsafe-name"))
            .into(),
    };
    assert_eq!(said, expected);
}

#[test]
fn links_lead_to_members_or_are_told() {
    let others = [
        ("r/same.c", b'2', "x.c"),
        ("r/hard.c", b'1', "r/x.c"),
        ("r/out.c", b'2', "/etc/passwd"),
        ("r/up.c", b'2', "../../../x.c"),
        ("r/nowhere.c", b'2', "gone.c"),
        ("r/device.c", b'3', ""),
    ];
    let others = others.map(|(name, kind, target)| Header::kind(name, kind, target).block());
    let tar = [file("r/x.c", ZERO.as_bytes()), others.concat(), end()].concat();
    let said = said_of("r.tar", &tar);
    assert_eq!(said.findings, found("r.tar/r/x.c:3").findings);
    let told = ["device.c", "nowhere.c", "out.c", "up.c"];
    assert_eq!(said.problems, told.map(|name| format!("r.tar/r/{name}: not-a-file")));
}

#[test]
fn what_was_read_of_a_damaged_archive_counts() {
    let long: String = (0..200_000)
        .map(|number| format!("int v{};\n", number * 7919 % 1_000_003))
        .collect();
    let tar = tar(&[("a.c", ZERO), ("b.c", &long)]);
    for (suffix, bytes) in tarballs(&tar) {
        let name = format!("r.{suffix}");
        let said = said_of(&name, &bytes[..bytes.len() * 9 / 10]);
        assert_eq!(said.problems, [format!("{name}: unreadable")]);
        // bzip2 and xz give nothing of a block or chunk that is not whole.
        assert!(said.findings.len() == 1 || suffix == "tar.bz2", "{name}: {said:?}");
    }
    let said = said_of("r.gz", &gzip(b"no archive at all"));
    assert_eq!(said.problems, ["r.gz: unreadable"]);
}

#[test]
fn archives_in_a_folder_are_files_like_others() {
    let tree = Tree::new(&[]);
    tree.write("r.tar", tar(&[("x.c", ZERO)]));
    let paths = vec![tree.folder().to_path_buf()];
    let options = InputOptions {
        paths,
        ..InputOptions::default()
    };
    assert_eq!(say(tree.folder(), options), Said::default());
}
