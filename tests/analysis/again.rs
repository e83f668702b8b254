//! A unit that is analysed again and again while its texts change, as an editor has it: what comes out must be what an analysis
//! of the same texts without anything kept gives.

use mremap_lint::inside::program::{self, Kept, Options};
use mremap_lint::source::{Language, SourceFile, Sources};
use std::path::Path;

/// A unit, each file as its name and text.
type Texts = Vec<(String, String)>;

fn texts(folder: &str) -> Texts {
    let folder = Path::new("tests/fixtures").join(folder);
    let entries = std::fs::read_dir(folder).expect("the folder is readable");
    let paths = entries.map(|entry| entry.expect("readable").path());
    let mut texts: Texts = paths
        .filter(|path| path.is_file())
        .map(|path| {
            let text = std::fs::read_to_string(&path).expect("the fixture is readable");
            (path.to_string_lossy().into_owned(), text)
        })
        .collect();
    texts.sort();
    texts
}

fn sources(texts: &Texts, language: Language) -> Sources {
    let files = texts.iter();
    let files = files.map(|(name, text)| SourceFile::new(name.into(), language, text.clone()));
    files.collect::<Vec<SourceFile>>().into()
}

/// What a change makes of a text, by its number: what is typed into the middle of a file, at its top and at its end, what is
/// taken out and what comes back.
fn changed(text: &str, number: usize) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    // Where a line is between functions.
    let starts = |line: &&str| line.starts_with(|first: char| first.is_alphabetic());
    let middle = (lines.len() / 2..lines.len()).find(|&line| starts(&lines[line]));
    let (before, after) = lines.split_at(middle.unwrap_or(0));
    let (before, after) = (before.concat(), after.concat());
    match number % 6 {
        0 => text.replace("4096", "0"),
        1 => format!("{before}\n{after}"),
        2 => format!("{text}\n"),
        3 => before,
        4 => text.replacen("(void *p", "(void  *p", 3).replace("return ", "return  "),
        _ => format!("{before}#define size_t unsigned\n{after}"),
    }
}

fn gives_the_same(folder: &str, language: Language) {
    let mut now = texts(folder);
    let mut kept = Kept::default();
    let options = Options::default();
    let files = now.len();
    assert!(files > 10, "{folder} has fixtures");
    for number in 0..=12 {
        if number > 0 {
            let file = number * 7 % files;
            now[file].1 = changed(&now[file].1, number);
        }
        let mut unit = sources(&now, language);
        let again = program::check_again(&mut kept, &mut unit, &options, &mut |_| Vec::new());
        let mut unit = sources(&now, language);
        let once = program::check_growing(&mut unit, &options, &mut |_| Vec::new());
        assert!(!once.findings.is_empty(), "{folder} has findings");
        assert_eq!(again.findings.len(), once.findings.len(), "{folder}, change {number}");
        for (again, once) in again.findings.iter().zip(&once.findings) {
            assert_eq!(format!("{again:#?}"), format!("{once:#?}"), "{folder}, change {number}");
        }
        assert_eq!(again.problems, once.problems, "{folder}, change {number}");
        assert_eq!(again.wanted, once.wanted, "{folder}, change {number}");
    }
}

#[test]
fn c_that_changes_gives_what_it_gives_at_once() {
    gives_the_same("c", Language::C);
}

#[test]
fn cpp_that_changes_gives_what_it_gives_at_once() {
    gives_the_same("cpp", Language::Cpp);
}

#[test]
fn rust_that_changes_gives_what_it_gives_at_once() {
    gives_the_same("rust", Language::Rust);
}

#[test]
fn files_come_and_go() {
    let wrapper = "void *grow(void *p, unsigned long m) { return mremap(p, m, 8192, 1); }\n";
    let caller = "void *grow(void *, unsigned long);\nvoid *g(void *p) { return grow(p, 0); }\n";
    let unit = |texts: &[(&str, &str)]| {
        let texts = texts.iter();
        sources(
            &texts
                .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
                .collect(),
            Language::C,
        )
    };
    let mut kept = Kept::default();
    let mut check = |texts: &[(&str, &str)]| {
        let again = program::check_again(&mut kept, &mut unit(texts), &Options::default(), &mut |_| Vec::new());
        let (once, _) = program::check(&unit(texts), &Options::default());
        assert_eq!(format!("{:#?}", again.findings), format!("{once:#?}"));
        again
            .findings
            .iter()
            .filter(|finding| finding.rule.id() == "zero-old-size")
            .count()
    };
    assert_eq!(check(&[("w.c", wrapper)]), 0);
    assert_eq!(check(&[("a.c", caller), ("w.c", wrapper)]), 1, "the caller has come");
    assert_eq!(check(&[("a.c", caller), ("b.c", "int unused;\n"), ("w.c", wrapper)]), 1);
    assert_eq!(
        check(&[("b.c", "int unused;\n"), ("w.c", wrapper)]),
        0,
        "the caller is gone"
    );
    assert_eq!(check(&[]), 0);
}
