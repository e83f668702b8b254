//! Runs the program: to its end, or with an eye on the clock and on its memory.

use std::fs::{self, File};
use std::io::{Read, Seek};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

/// Processor time far above what any test here takes, even in a debug build; an exponential one takes for ever.
const TIME: Duration = Duration::from_secs(120);
/// Time by the clock, for a run that waits for ever, and where the system does not tell the other: a machine may be busy.
const CLOCK: Duration = Duration::from_secs(1200);
/// As for the time.
const MEGABYTES: u64 = 2048;

/// The program without the caller's settings and with nothing to read.
pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mremap-lint"));
    command.env_clear().stdin(Stdio::null());
    command
}

/// What a run came to.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Run {
    pub fn new(output: Output) -> Run {
        Run {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    pub fn of(command: &mut Command) -> Run {
        Run::new(command.output().expect("the program starts"))
    }
}

/// What a run came to that was watched.
pub struct Watched {
    /// Nothing if the run had to be ended.
    pub status: Option<ExitStatus>,
    pub out: String,
    pub err: String,
    pub seconds: f64,
    /// Peak memory; 0 where the system does not tell.
    pub megabytes: u64,
}

/// Runs a command until it ends or takes too much.
pub fn watch(command: &mut Command) -> Watched {
    // Files and no pipes: nobody reads while the program writes.
    let mut streams = [(); 2].map(|()| tempfile::tempfile().expect("a temporary file"));
    let [out, err] = streams
        .each_ref()
        .map(|stream| stream.try_clone().expect("a second handle"));
    let start = Instant::now();
    let mut child = command.stdout(out).stderr(err).spawn().expect("the program starts");
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
        std::thread::sleep(Duration::from_millis(1));
    };
    let seconds = start.elapsed().as_secs_f64();
    let is_whole = status.is_some_and(|status| status.code().is_some());
    let [out, err] = streams.each_mut().map(|stream| text(stream, is_whole));
    Watched {
        status,
        out,
        err,
        seconds,
        megabytes,
    }
}

/// What was written to a file. What is not whole may end within a character.
fn text(stream: &mut File, is_whole: bool) -> String {
    let mut bytes = Vec::new();
    stream.rewind().expect("a file of ours");
    stream.read_to_end(&mut bytes).expect("a file of ours");
    if is_whole {
        String::from_utf8(bytes).expect("UTF-8")
    } else {
        String::from_utf8_lossy(&bytes).into_owned()
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
