//! The journal of earlier runs: what holds of it, and what is examined anew.

use super::{Pool, SAFE, ZERO, places, strings};
use std::fs;
use std::process::Command;

#[test]
fn a_journal_that_is_complete_stays_as_it_is() {
    let (pool, names) = Pool::of(6);
    pool.survey(&strings(&names));
    let journal = pool.journal();
    let err = pool.survey(&strings(&names));
    assert!(
        err.starts_with("6 packages: 6 in the journal already, 0 complete"),
        "{err}"
    );
    assert_eq!(pool.journal(), journal);
}

#[test]
fn a_torn_line_is_examined_anew() {
    let (pool, names) = Pool::of(6);
    pool.survey(&strings(&names));
    let whole = pool.sorted();
    let journal = pool.journal();
    let last = journal.trim_end().rfind('\n').expect("several lines") + 1;
    let zeros = format!("{}\0\0\0\n", &journal[..last + 40]);
    let unwritten = format!("{}\0\0\0\0", &journal[..last]);
    let cuts = [last + 1, last + 12, last + 200, journal.len() - 1].map(|end| journal[..end].to_owned());
    for torn in cuts.into_iter().chain([zeros, unwritten]) {
        pool.write("journal.jsonl", &torn);
        let err = pool.survey(&strings(&names));
        assert!(err.starts_with("6 packages: 5 in the journal already"), "{err}");
        assert_eq!(pool.sorted(), whole);
    }
}

/// A file that is no journal is not touched.
#[test]
fn other_files_are_left_alone() {
    let (pool, names) = Pool::of(2);
    pool.survey(&strings(&names));
    let damaged = pool.journal().replacen("\"findings\"", "\"fundings\"", 1);
    for (text, expected) in [
        ("A note without an end", "is no journal: line 1 ends within a line"),
        ("A note\n", "is no journal: line 1 is not JSON"),
        ("{\"type\":\"finding\"}\n", "is no journal: line 1 "),
        (damaged.as_str(), "is no journal: line 1 has no list under \"findings\""),
    ] {
        pool.write("journal.jsonl", text);
        let (code, err) = pool.run(&strings(&names));
        assert_eq!(code, Some(2), "{err}");
        assert!(err.contains(expected), "{err}");
        assert_eq!(pool.journal(), text);
    }
}

#[test]
fn what_has_changed_is_examined_anew() {
    let (pool, names) = Pool::of(3);
    pool.survey(&strings(&names));
    let before = pool.lines();
    pool.write("ring1-1.1/src/a.c", ZERO);
    let err = pool.survey(&strings(&names));
    assert!(
        err.starts_with("3 packages: 2 in the journal already, 1 complete"),
        "{err}"
    );
    assert_eq!(pool.sorted().len(), 4);
    let after = pool.lines();
    assert_ne!(before["ring1-1.1"].digest, after["ring1-1.1"].digest);
    assert_eq!(places(&after["ring1-1.1"]), ["zero-old-size ring1_1.1/src/a.c"]);
    // What it was before is not what the journal says last.
    pool.write("ring1-1.1/src/a.c", SAFE.repeat(2));
    pool.survey(&strings(&names));
    assert_eq!(pool.lines(), before);
    assert_eq!(pool.sorted().len(), 5);
}

#[test]
fn lines_of_other_versions_and_other_options_do_not_hold() {
    let (pool, names) = Pool::of(3);
    pool.survey(&strings(&names));
    let journal = pool.journal();
    let older = journal.replace("\"tool_version\":\"", "\"tool_version\":\"0.0.");
    assert_ne!(older, journal);
    pool.write("journal.jsonl", &older);
    let err = pool.survey(&strings(&names));
    assert!(
        err.starts_with("3 packages: 0 in the journal already, 3 complete"),
        "{err}"
    );
    pool.write("settings.toml", "never-zero = [\"size\"]\n");
    for options in [
        &["--unproven"][..],
        &["--all-calls"],
        &["--show-suppressed"],
        &["--level=zero-old-size=error"],
        &["--sink=my_remap:1"],
        &["--no-ignore"],
        &["--hidden"],
        &["--limit-time=599"],
        &["--limit-memory=1"],
        &["--limit-bytes=1"],
        &["--limit-members=2"],
        &["--limit-ratio=1"],
        &["--config=settings.toml"],
    ] {
        let arguments = [options, &strings(&names)].concat();
        let err = pool.survey(&arguments);
        assert!(
            err.starts_with("3 packages: 0 in the journal already, 3 "),
            "{options:?}: {err}"
        );
        let err = pool.survey(&arguments);
        assert!(
            err.starts_with("3 packages: 3 in the journal already"),
            "{options:?}: {err}"
        );
    }
}

#[test]
fn a_journal_belongs_to_one_run_at_a_time() {
    let (pool, names) = Pool::of(1);
    pool.survey(&strings(&names));
    let file = fs::File::open(pool.path("journal.jsonl")).expect("the folder is ours");
    file.try_lock().expect("nobody else has it open");
    let (code, err) = pool.run(&strings(&names));
    assert_eq!(code, Some(2), "{err}");
    assert!(
        err.contains("journal.jsonl: the journal is in use by another run"),
        "{err}"
    );
    // Closing it would not do: a program that another test starts at this moment has the file open too, until it runs.
    file.unlock().expect("it is ours");
    pool.survey(&strings(&names));
}

/// The disk is full in the middle of a line.
#[cfg(unix)]
#[test]
fn a_journal_that_cannot_be_written_ends_the_run() {
    let (pool, names) = Pool::of(6);
    pool.survey(&strings(&names));
    let (whole, size) = (pool.sorted(), pool.journal().len());
    pool.0.remove("journal.jsonl");
    let survey = pool.command(&strings(&names));
    let mut limited = Command::new("/bin/sh");
    // Files may have two blocks of 512 bytes.
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2; exec \"$0\" \"$@\""]);
    limited.arg(survey.get_program()).args(survey.get_args());
    let output = limited.current_dir(pool.0.folder()).output().expect("the shell starts");
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("journal.jsonl: the journal cannot be written: "), "{err}");
    assert!(size > 2048 && pool.journal().len() <= 1024, "{size}");
    pool.survey(&strings(&names));
    assert_eq!(pool.sorted(), whole);
}
