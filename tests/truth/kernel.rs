//! What the program says that the kernel will do is what the running kernel does: each kind of mapping meets each kind of call,
//! the same text is compiled and run, and analysed. Mappings that cannot be made here are skipped, which is printed.

use mremap_lint::finding::{Effect, Outcome};
use mremap_lint::inside::program::{self, Options};
use mremap_lint::source::{Language, SourceFile, Sources};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::process::Command;

const HEAD: &str = "#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#define SIZE 8192UL
#define ACCESS (PROT_READ | PROT_WRITE)
void prepared(void *source);
void removed(int id);
void *target(void);
int memory_file(void);
int disk_file(void);
int zero_device(void);
int segment(void);
void *shared_somewhere(void);
void *private_somewhere(void);
void *unmapped_somewhere(void);
static char data[SIZE] __attribute__((aligned(4096)));
";

/// How the source comes about.
const MAPPINGS: &[(&str, &str)] = &[
    (
        "shared anonymous",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_ANONYMOUS, -1, 0);",
    ),
    (
        "shared and populated",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);",
    ),
    (
        "shared and locked",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_ANONYMOUS | MAP_LOCKED, -1, 0);",
    ),
    (
        "shared and mlocked",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_ANONYMOUS, -1, 0); if (mlock(source, SIZE)) source = MAP_FAILED;",
    ),
    (
        "shared memfd",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED, memory_file(), 0);",
    ),
    (
        "shared, validated memfd",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED_VALIDATE, memory_file(), 0);",
    ),
    (
        "shared file",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_NORESERVE, disk_file(), 0);",
    ),
    (
        "shared /dev/zero",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED, zero_device(), 0);",
    ),
    (
        "System V segment",
        "int id = segment(); char *source = shmat(id, NULL, 0); removed(id);",
    ),
    (
        "private anonymous",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);",
    ),
    (
        "private and populated",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);",
    ),
    (
        "private memfd",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE, memory_file(), 0);",
    ),
    (
        "private file",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE, disk_file(), 0);",
    ),
    (
        "private /dev/zero",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE, zero_device(), 0);",
    ),
    (
        "shared huge pages",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_SHARED | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);",
    ),
    (
        "private huge pages",
        "char *source = mmap(NULL, SIZE, ACCESS, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0);",
    ),
    ("heap", "char *source = aligned_alloc(4096, SIZE);"),
    ("stack", "char source[SIZE] __attribute__((aligned(4096)));"),
    ("data", "char *source = data;"),
    ("null", "char *source = NULL;"),
    ("shared, from elsewhere", "char *source = shared_somewhere();"),
    ("private, from elsewhere", "char *source = private_somewhere();"),
    ("nothing, from elsewhere", "char *source = unmapped_somewhere();"),
    ("inside of a page", "char *source = shared_somewhere(); source += 8;"),
];

/// The calls.
const CALLS: &[&str] = &[
    "mremap(source, 0, SIZE, 0)",
    "mremap(source, 0, SIZE, 0, target())",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE)",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE, target())",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, target())",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, source)",
    "mremap(source, 0, SIZE, MREMAP_FIXED, target())",
    "mremap(source, 0, SIZE, MREMAP_FIXED, source)",
    "mremap(source, 0, SIZE, MREMAP_DONTUNMAP)",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP)",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP, target())",
    "mremap(source, 0, SIZE, MREMAP_MAYMOVE | MAP_FIXED, target())",
    "mremap(source, 0, SIZE, 8 | MREMAP_MAYMOVE)",
    "mremap(source, 0, SIZE, -1, target())",
    "mremap(source, 0, 1, MREMAP_MAYMOVE)",
    "mremap(source, 0, 3 * SIZE, MREMAP_MAYMOVE)",
    "mremap(source, 0, 0, MREMAP_MAYMOVE)",
    "mremap(source, 0, 0, MREMAP_MAYMOVE | MREMAP_DONTUNMAP)",
    "mremap(source, 0, 0, MREMAP_FIXED, source)",
    "mremap(source, 0, (size_t)-1, MREMAP_MAYMOVE)",
    "mremap(source, 0, (size_t)-4095, 0)",
    "mremap(source, (size_t)-1, SIZE, MREMAP_MAYMOVE)",
    "mremap(source, (size_t)-4095, SIZE, MREMAP_MAYMOVE | MREMAP_FIXED, target())",
];

struct Case {
    mapping: &'static str,
    call: &'static str,
}

/// What the kernel did.
#[derive(Debug)]
enum Done {
    Skipped,
    Failed {
        error: &'static str,
        source_lost: bool,
        target_lost: bool,
    },
    Mapped {
        alias: bool,
        source_lost: bool,
        at_target: bool,
    },
}

fn error_name(number: &str) -> &'static str {
    match number {
        "1" => "EPERM",
        "11" => "EAGAIN",
        "12" => "ENOMEM",
        "14" => "EFAULT",
        "22" => "EINVAL",
        _ => "another error",
    }
}

impl Done {
    fn read(words: &[&str]) -> Done {
        match *words {
            ["skipped", _] => Done::Skipped,
            ["failed", error, source, target] => Done::Failed {
                error: error_name(error),
                source_lost: source == "lost",
                target_lost: target == "lost",
            },
            [views, source, place] => Done::Mapped {
                alias: views == "alias",
                source_lost: source == "lost",
                at_target: place == "target",
            },
            _ => panic!("{words:?}"),
        }
    }
}

/// The functions, one for each case.
fn cases() -> (Vec<Case>, String) {
    let (mut cases, mut text) = (Vec::new(), HEAD.to_owned());
    for &(mapping, made) in MAPPINGS {
        for &call in CALLS {
            let number = cases.len();
            let _ = writeln!(
                text,
                "void *case_{number}(void) {{ {made} prepared(source); return {call}; }}"
            );
            cases.push(Case { mapping, call });
        }
    }
    (cases, text)
}

/// Runs all cases.
fn done(cases: usize, text: &str) -> Vec<Done> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (source, program) = (folder.path().join("cases.c"), folder.path().join("cases"));
    let names: String = (0..cases).map(|number| format!("case_{number}, ")).collect();
    let table = format!("static void *(*const cases[])(void) = {{ {names} 0 }};\n");
    fs::write(&source, [text, &table, include_str!("kernel/driver.c")].concat()).expect("the folder is ours");
    let compiler = Command::new("cc")
        .arg("-w")
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .output();
    let output = compiler.expect("a C compiler called cc");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = Command::new(&program).output().expect("the program was just compiled");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).expect("the driver prints ASCII");
    let lines: Vec<Vec<&str>> = printed.lines().map(|line| line.split(' ').collect()).collect();
    assert_eq!(lines.len(), cases);
    let in_order = lines
        .iter()
        .enumerate()
        .all(|(number, words)| words[0] == number.to_string());
    assert!(in_order, "{printed}");
    lines.iter().map(|words| Done::read(&words[1..])).collect()
}

/// What the program says, by function.
fn said(text: &str) -> BTreeMap<String, Outcome> {
    let mut sources = Sources::default();
    sources.add(SourceFile::new("cases.c".into(), Language::C, text.to_owned()));
    let (findings, problems) = program::check(&sources, &Options::default());
    assert!(problems.is_empty(), "{problems:?}");
    let said = findings
        .into_iter()
        .filter_map(|finding| Some((finding.function?, finding.outcome?)));
    said.collect()
}

/// Whether the running kernel is one of those that unmap the destination of a call that then fails.
fn unmaps_early() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").expect("the kernel tells its release");
    let mut numbers = release
        .split(['.', '-'])
        .map_while(|part| part.trim().parse::<u32>().ok());
    (numbers.next(), numbers.next()) < (Some(6), Some(17))
}

/// What does not agree.
fn differences(said: &Outcome, done: &Done, mapping: &str) -> Vec<&'static str> {
    let text = said.sentences.join(" ");
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what| {
        if !holds {
            wrong.push(what);
        }
    };
    let certain_alias =
        text.contains("The source is a shared mapping, so") || text.contains("The source is a System V segment, so");
    let if_shared = text.contains("If the source is a shared mapping, the kernel");
    must(
        [said.effect == Effect::Failure, certain_alias, if_shared]
            .into_iter()
            .filter(|is| *is)
            .count()
            == 1,
        "one thing is said",
    );
    must(
        certain_alias == (said.effect == Effect::SecondMapping),
        "the word is that of the sentence",
    );
    match *done {
        Done::Skipped => {}
        Done::Failed {
            error,
            source_lost,
            target_lost,
        } => {
            must(!certain_alias, "it is said to double the mapping");
            must(
                !if_shared || !mapping.starts_with("shared"),
                "a shared source is said to be doubled",
            );
            // Nothing is said of addresses where nothing is mapped.
            let unmapped = mapping.starts_with("nothing") && error == "EFAULT";
            must(unmapped || text.contains(error), "the error is named");
            if let Some((_, reason)) = text
                .split_once("The call always fails: ")
                .filter(|(_, reason)| reason.starts_with('E'))
            {
                must(reason.starts_with(error), "the error is the one that is said first");
            }
            let says_lost = text.contains("is destroyed by the attempt");
            let only_shared =
                text.contains("for a shared source, which is destroyed") && !mapping.starts_with("shared");
            must(source_lost == (says_lost && !only_shared), "the source's loss");
            let says_early = text.contains("up to Linux 6.16 the failing call has already unmapped the destination");
            must(target_lost == (says_early && unmaps_early()), "the destination's loss");
        }
        Done::Mapped {
            alias,
            source_lost,
            at_target,
        } => {
            must(said.effect != Effect::Failure, "it is said to fail");
            must(alias && !source_lost, "both views stay and are the same memory");
            must(at_target == text.contains("at the new address"), "the place");
        }
    }
    wrong
}

#[test]
fn the_kernel_does_what_is_said() {
    let (cases, text) = cases();
    let done = done(cases.len(), &text);
    let said = said(&text);
    let (mut failed, mut doubled, mut wrong) = (0, 0, Vec::new());
    let mut skipped: BTreeMap<&str, usize> = BTreeMap::new();
    for (number, (case, done)) in cases.iter().zip(&done).enumerate() {
        match done {
            Done::Skipped => *skipped.entry(case.mapping).or_default() += 1,
            Done::Failed { .. } => failed += 1,
            Done::Mapped { .. } => doubled += 1,
        }
        let said = &said[&format!("case_{number}")];
        for what in differences(said, done, case.mapping) {
            wrong.push(format!(
                "{}: {}: {what}: {done:?}, {:?}",
                case.mapping, case.call, said.sentences
            ));
        }
    }
    // Past the capture of output: what was not tested must be seen where the tests pass.
    for (mapping, count) in &skipped {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {count} cases of `{mapping}`, which cannot be mapped here"
        );
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    assert!(failed > 100 && doubled > 20, "most cases could not be run");
}
