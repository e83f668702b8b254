//! The processes of a survey that examine packages.

use crate::paths;
use crate::scan::STACK;
use crate::survey::{Options, Package, examine};
use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{self, Command};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

/// The program that runs, whatever has become of its file since.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Starts this program as a worker for the survey of a command line.
pub(super) fn command(line: &[OsString], jobs: usize) -> Command {
    let this = Some(PathBuf::from(THIS_PROGRAM)).filter(|path| path.exists());
    let this = this.or_else(|| std::env::current_exe().ok());
    let mut command = Command::new(this.unwrap_or_else(|| PathBuf::from(env!("CARGO_PKG_NAME"))));
    // The program's name and the subcommand come first.
    let (first, options) = line.split_at(line.len().min(2));
    command
        .args(first.iter().skip(1))
        .arg(format!("--worker={jobs}"))
        .args(options);
    command
}

/// Examines what standard input names.
pub(super) fn serve(options: Options, jobs: usize) -> Result<(), String> {
    // Standard error tells the survey why this process has ended, and nothing else.
    std::panic::set_hook(Box::new(|_| {}));
    bound_memory(options.memory.saturating_add(2 * (jobs as u64 + 2) * STACK as u64));
    let (sender, paths) = mpsc::channel();
    let work = move || write(&options, jobs, &paths);
    let working = thread::Builder::new().stack_size(STACK).spawn(work);
    working.map_err(|error| error.to_string())?;
    read(&sender);
    // Whoever has asked is gone, or knows all; what is being examined is of no use any more.
    process::exit(0)
}

/// Hands on the paths, each of which has a zero byte at its end, until there are no more.
fn read(sender: &Sender<PathBuf>) {
    let mut input = BufReader::new(io::stdin().lock());
    let mut path = Vec::new();
    while input.read_until(b'\0', &mut path).is_ok_and(|read| read > 0) {
        path.pop();
        let path = paths::from_bytes(std::mem::take(&mut path));
        if path.is_none_or(|path| sender.send(path).is_err()) {
            return;
        }
    }
}

fn write(options: &Options, jobs: usize, paths: &Receiver<PathBuf>) {
    for path in paths {
        let line = examine(&Package::new(path), options, jobs);
        let mut bytes = Vec::new();
        let mut out = io::stdout().lock();
        let written = line
            .write(&mut bytes)
            .and_then(|()| out.write_all(&bytes))
            .and_then(|()| out.flush());
        if written.is_err() {
            return;
        }
    }
}

/// Bounds the memory that this process may have, where the system can do that.
fn bound_memory(bytes: u64) {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let limit = Rlimit {
            current: Some(bytes),
            maximum: Some(bytes),
        };
        let _ = setrlimit(Resource::Data, limit);
    }
    #[cfg(not(unix))]
    let _ = bytes;
}
