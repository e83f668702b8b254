//! Shows on a terminal that a long run goes on.

use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A run is long if it takes longer than this.
const LONG: Duration = Duration::from_secs(2);
/// Time between two pictures.
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error that tells what was done so far, until it is dropped. Only on a terminal, and only if the run
/// is long.
pub(super) struct Meter(Option<Drawing>);

struct Drawing {
    bar: ProgressBar,
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Meter {
    pub fn start(progress: Arc<Progress>, quiet: bool) -> Meter {
        if quiet || !stderr().is_terminal() {
            return Meter(None);
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_style(
            ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or(ProgressStyle::default_spinner()),
        );
        let (stop, stopped) = mpsc::channel();
        let drawn = bar.clone();
        // Without a thread there is no picture, and nothing else is missing.
        let thread = thread::Builder::new().spawn(move || draw(&drawn, &progress, &stopped));
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

fn draw(bar: &ProgressBar, progress: &Progress, stopped: &Receiver<()>) {
    if stopped.recv_timeout(LONG) != Err(RecvTimeoutError::Timeout) {
        return;
    }
    bar.set_draw_target(ProgressDrawTarget::stderr());
    while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
        bar.set_message(format!(
            "files read: {}, functions explored: {}",
            progress.files(),
            progress.functions()
        ));
        bar.tick();
    }
    bar.finish_and_clear();
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.stop();
    }
}
