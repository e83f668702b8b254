//! A process that examines package after package. Whatever a package does to it, even if that is a stack that overflows,
//! memory that does not suffice or a decoder that never ends, costs this package alone.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use super::examine::failed;
use super::package::Package;
use crate::journal::Line;
use crate::source::ProblemKind;

/// What a process may take longer than its own limit, which it keeps by itself unless it hangs.
const GRACE: Duration = Duration::from_secs(120);
/// Time after which a process is not ended together with the survey.
const PAUSE: Duration = Duration::from_secs(1);
/// Bytes of standard error that are looked at.
const LAST_WORDS: u64 = 1 << 12;

/// The process, while there is one.
pub(super) struct Worker<'a> {
    start: &'a dyn Fn() -> Command,
    time: Duration,
    running: Option<Running>,
}

/// A process that runs. It reads paths, each with a zero byte at its end, and writes a line for each.
struct Running {
    child: Child,
    /// It ends when this does.
    stdin: Option<ChildStdin>,
    lines: Receiver<Vec<u8>>,
}

impl<'a> Worker<'a> {
    /// A process that `start` starts when it is needed. `time`: how long one package may take.
    pub fn new(start: &'a dyn Fn() -> Command, time: Duration) -> Worker<'a> {
        Worker {
            start,
            time: time.saturating_add(GRACE),
            running: None,
        }
    }

    /// The line of a package.
    ///
    /// # Errors
    /// If no process can be started.
    pub fn examine(&mut self, package: &Package) -> io::Result<Line> {
        if let Ok(line) = self.attempt(package)? {
            return Ok(line);
        }
        // What the packages before have left in the process may be the reason, or somebody ends all processes of the survey,
        // this one next.
        thread::sleep(PAUSE);
        let answer = self.attempt(package)?;
        Ok(answer.unwrap_or_else(|(kind, text)| failed(package, kind, text).line(package)))
    }

    /// The line, or why there is none.
    fn attempt(&mut self, package: &Package) -> io::Result<Result<Line, (ProblemKind, String)>> {
        let mut running = match self.running.take() {
            Some(running) => running,
            None => Running::start(&mut (self.start)())?,
        };
        Ok(match running.ask(package, self.time) {
            Ok(line) => {
                self.running = Some(running);
                Ok(line)
            }
            Err(hangs) => Err(running.end(hangs)),
        })
    }
}

/// Whether a process that gave no answer still runs.
struct Hangs(bool);

impl Running {
    fn start(command: &mut Command) -> io::Result<Running> {
        let piped = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = piped.spawn()?;
        let (sender, lines) = mpsc::channel();
        let stdout = child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        thread::Builder::new().spawn(move || {
            let mut stdout = BufReader::new(stdout);
            let mut line = Vec::new();
            while stdout.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                if sender.send(std::mem::take(&mut line)).is_err() {
                    break;
                }
            }
        })?;
        Ok(Running {
            stdin: child.stdin.take(),
            child,
            lines,
        })
    }

    fn ask(&mut self, package: &Package, time: Duration) -> Result<Line, Hangs> {
        let mut question = package.path.as_os_str().as_encoded_bytes().to_vec();
        question.push(0);
        // If it cannot be asked, it does not answer either.
        let _ = self.stdin.as_mut().map(|stdin| stdin.write_all(&question));
        let answer = self
            .lines
            .recv_timeout(time)
            .map_err(|error| Hangs(error == RecvTimeoutError::Timeout))?;
        let text = answer
            .strip_suffix(b"\n")
            .and_then(|line| std::str::from_utf8(line).ok());
        let line = text.and_then(|text| Line::parse(text).ok());
        line.filter(|line| line.input == package.input).ok_or(Hangs(false))
    }

    /// Ends it, and tells why it gave no answer.
    fn end(mut self, Hangs(hangs): Hangs) -> (ProblemKind, String) {
        let mut words = Vec::new();
        let stderr = self.child.stderr.take();
        let _ = self.child.kill();
        let status = self.child.wait();
        if let Some(stderr) = stderr {
            let _ = stderr.take(LAST_WORDS).read_to_end(&mut words);
        }
        let words = String::from_utf8_lossy(&words);
        // What Rust and the parsers say before they give up.
        if words.contains("memory allocation of") || words.contains("failed to allocate") {
            return (
                ProblemKind::LimitReached,
                "needs more memory than it may have".to_owned(),
            );
        }
        let how = match status {
            _ if hangs => "did not end in time".to_owned(),
            _ if words.contains("overflowed its stack") => "overflowed its stack".to_owned(),
            Ok(status) => format!("ended ({status})"),
            Err(error) => format!("is lost ({error})"),
        };
        let text = format!("was not examined: the process that examined it {how}");
        (ProblemKind::Internal, text)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stdin = None;
        // One that still works has nobody to tell.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    /// What is said of a package by a process that does this.
    fn said(script: &str, time: Duration) -> Vec<(String, String)> {
        let start = || {
            let mut command = Command::new("/bin/sh");
            command.args(["-c", script]);
            command
        };
        let mut worker = Worker::new(&start, Duration::ZERO);
        worker.time = time;
        let line = worker
            .examine(&Package::new("ring-1.0".into()))
            .expect("there is a shell");
        assert_eq!(line.status, crate::journal::Status::Failed);
        let text = |value: &serde_json::Value| value.as_str().unwrap_or("").to_owned();
        let problems = line.problems.iter();
        problems
            .map(|problem| (text(&problem["kind"]), text(&problem["message"])))
            .collect()
    }

    #[test]
    fn the_end_of_a_process_costs_one_package() {
        let long = Duration::from_secs(60);
        for (script, kind, text) in [
            (
                "kill -9 $$",
                "internal-error",
                "the process that examined it ended (signal: 9 (SIGKILL))",
            ),
            (
                "echo nonsense; exec sleep 1000",
                "internal-error",
                "the process that examined it ended (signal: 9 (SIGKILL))",
            ),
            (
                "echo memory allocation of 8 bytes failed >&2; exit 1",
                "limit-reached",
                "needs more memory than it may have",
            ),
            (
                "echo thread has overflowed its stack >&2; exit 1",
                "internal-error",
                "overflowed its stack",
            ),
        ] {
            let said = said(script, long);
            assert!(
                said.len() == 1 && said[0].0 == kind && said[0].1.ends_with(text),
                "{said:?}"
            );
        }
    }

    #[test]
    fn a_process_that_does_not_end_is_ended() {
        let said = said("exec sleep 1000", Duration::from_millis(10));
        assert!(
            said.len() == 1 && said[0].1.ends_with("did not end in time"),
            "{said:?}"
        );
    }
}
