//! Shows that a long run goes on.

use super::tell;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A run is long if it takes longer than this.
const LONG: Duration = Duration::from_secs(2);
/// Time between two pictures.
const TICK: Duration = Duration::from_millis(200);

/// Tells on standard error what was done so far, until it is dropped: on a terminal by a line that changes and goes again,
/// if the run is long.
pub(super) struct Meter(Option<Drawing>);

/// What a run's line on a terminal looks like, and how often a line is written where there is no terminal, if at all.
pub(super) struct Look {
    /// In the language of indicatif: `{msg}` is the text.
    pub template: &'static str,
    /// Time between two lines.
    pub lines: Option<Duration>,
}

/// How far a run has come.
pub(super) struct Reading {
    /// In words.
    pub text: String,
    /// As a part of a whole; both zero if that is not known.
    pub done: u64,
    pub all: u64,
}

struct Drawing {
    bar: ProgressBar,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Meter {
    pub fn start(quiet: bool, look: Look, reading: impl Fn() -> Reading + Send + 'static) -> Meter {
        let is_terminal = stderr().is_terminal();
        if quiet || !is_terminal && look.lines.is_none() {
            return Meter(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(ProgressStyle::with_template(look.template).unwrap_or(ProgressStyle::default_spinner()));
        let (stop, stopped) = mpsc::channel();
        let drawn = bar.clone();
        let show = move || match look.lines {
            Some(time) if !is_terminal => write(time, &reading, &stopped),
            _ => draw(&drawn, &reading, &stopped),
        };
        // Without a thread there is no picture, and nothing else is missing.
        let thread = thread::Builder::new().spawn(show);
        Meter(thread.ok().map(|thread| Drawing { bar, stop, thread }))
    }

    /// Writes something that may go to the same terminal: without the line, which would else be cleared together with what
    /// stands on its row.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        match &self.0 {
            Some(drawing) => drawing.bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the line away for good.
    pub fn stop(&mut self) {
        if let Some(drawing) = self.0.take() {
            drop(drawing.stop);
            let _ = drawing.thread.join();
        }
    }
}

fn draw(bar: &ProgressBar, reading: &dyn Fn() -> Reading, stopped: &Receiver<()>) {
    if stopped.recv_timeout(LONG) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        let Reading { text, done, all } = reading();
        bar.set_length(all);
        bar.set_position(done);
        bar.set_message(text);
        bar.tick();
    }
    bar.finish_and_clear();
}

fn write(time: Duration, reading: &dyn Fn() -> Reading, stopped: &Receiver<()>) {
    while stopped.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
        tell(&reading().text);
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.stop();
    }
}
