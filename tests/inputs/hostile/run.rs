//! Runs the program on a folder, with an eye on the clock and on its memory.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Processor time far above what any text here takes, even in a debug build; an exponential one takes for ever.
const TIME: Duration = Duration::from_secs(120);

/// Time by the clock, for a run that waits for ever, and where the system does not tell the other: a machine may be busy.
const CLOCK: Duration = Duration::from_secs(1200);

/// As for the time.
const MEGABYTES: u64 = 2048;

/// A temporary folder with the texts of one run.
pub struct Folder {
    folder: tempfile::TempDir,
}

/// What a run came to.
pub struct Outcome {
    /// Nothing if the run had to be ended.
    status: Option<ExitStatus>,
    pub seconds: f64,
    /// Peak memory; 0 where the system does not tell.
    pub megabytes: u64,
    results: String,
    messages: String,
}

impl Folder {
    pub fn new() -> Folder {
        Folder {
            folder: tempfile::tempdir().expect("a temporary folder"),
        }
    }

    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a new folder");
        fs::write(path, bytes).expect("a new file");
    }

    /// Leaves the folder for whoever looks into a failure.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// Checks what the folder holds under these names.
    pub fn check(&self, names: &[&str]) -> Outcome {
        let file = |name: &str| self.folder.path().join(name);
        let stream = |name: &str| Stdio::from(File::create(file(name)).expect("a new file"));
        let start = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_mremap-lint"))
            .args(["check", "--all-calls", "--format", "jsonl"])
            .args(names)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(stream(".results"))
            .stderr(stream(".messages"))
            .spawn()
            .expect("the program starts");
        let mut megabytes = 0;
        let status = loop {
            megabytes = megabytes.max(peak_megabytes(child.id()));
            if let Some(status) = child.try_wait().expect("the program can be waited for") {
                break Some(status);
            }
            if processor_time(child.id()) > TIME || start.elapsed() > CLOCK || megabytes > MEGABYTES {
                child.kill().expect("the program can be ended");
                child.wait().expect("the program has ended");
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let read = |name: &str| String::from_utf8_lossy(&fs::read(file(name)).expect("a file of ours")).into_owned();
        let seconds = start.elapsed().as_secs_f64();
        Outcome {
            status,
            seconds,
            megabytes,
            results: read(".results"),
            messages: read(".messages"),
        }
    }
}

impl Outcome {
    /// What was wrong about the run, for the file of this name; empty if nothing was.
    pub fn verdict(&self, name: &str) -> String {
        let Some(status) = self.status else {
            return format!("had to be ended after {:.0} s with {} MB", self.seconds, self.megabytes);
        };
        let tail: String = self.messages.lines().rev().take(3).collect::<Vec<_>>().join(" | ");
        if status.code() != Some(1) {
            return format!("ended with {status}: {tail}");
        }
        let is_sentinel =
            |line: &&str| line.contains(name) && line.contains("zero-old-size") && line.contains("sentinel");
        match self.results.lines().find(is_sentinel) {
            Some(_) => String::new(),
            None => format!("{name}: its first function was not reported: {tail}"),
        }
    }
}

/// Processor time so far, where `/proc` tells it.
fn processor_time(process: u32) -> Duration {
    let status = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    // The fields after the name, which may itself hold spaces and brackets: user and system time are the 12th and 13th.
    let fields = status.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|field| field.parse::<u64>().ok()).sum();
    // Linux tells everybody a hundred ticks a second, whatever its own clock does.
    Duration::from_millis(ticks * 10)
}

/// Peak memory so far, where `/proc` tells it.
fn peak_megabytes(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}

/// All files below a folder with their names relative to it, sorted.
pub fn files_below(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).expect("a folder of ours") {
            let path = entry.expect("an entry of ours").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path
                    .strip_prefix(folder)
                    .expect("a path below")
                    .to_string_lossy()
                    .into_owned();
                files.push((name, fs::read(&path).expect("a file of ours")));
            }
        }
    }
    files.sort();
    files
}
