//! Shows on a terminal that a long run goes on.

use crate::progress::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A run is long if it takes longer than this.
const LONG: Duration = Duration::from_secs(2);
/// Time between two pictures.
const TICK: Duration = Duration::from_millis(200);

/// A line on standard error that tells what was done so far, until it is dropped. Only on a terminal, and only if the run
/// is long.
pub(super) struct Meter(Option<(Sender<()>, JoinHandle<()>)>);

impl Meter {
    pub fn start(progress: Arc<Progress>, quiet: bool) -> Meter {
        if quiet || !stderr().is_terminal() {
            return Meter(None);
        }
        let (stop, stopped) = mpsc::channel();
        let draw = move || {
            if stopped.recv_timeout(LONG) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            bar.set_style(
                ProgressStyle::with_template("{spinner} {msg} ({elapsed})").unwrap_or(ProgressStyle::default_spinner()),
            );
            while stopped.recv_timeout(TICK) == Err(RecvTimeoutError::Timeout) {
                bar.set_message(format!(
                    "files read: {}, functions explored: {}",
                    progress.files(),
                    progress.functions()
                ));
                bar.tick();
            }
            bar.finish_and_clear();
        };
        // Without a thread there is no picture, and nothing else is missing.
        let drawing = thread::Builder::new().spawn(draw).ok();
        Meter(drawing.map(|drawing| (stop, drawing)))
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        if let Some((stop, drawing)) = self.0.take() {
            drop(stop);
            let _ = drawing.join();
        }
    }
}
