//! A progress bar on a terminal.

use crate::output;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use spy_project::Progress;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A build that is over sooner than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(300);

/// Shows phases and steps on standard error, and notes as lines.
pub(crate) struct Bar {
    start: Instant,
    shows_bar: bool,
    shows_notes: bool,
    bar: Mutex<ProgressBar>,
}

impl Bar {
    /// A bar that is drawn only if `shows_bar`.
    pub(crate) fn new(shows_bar: bool, shows_notes: bool) -> Self {
        let bar = Mutex::new(ProgressBar::hidden());
        Self { start: Instant::now(), shows_bar, shows_notes, bar }
    }

    fn bar(&self) -> MutexGuard<'_, ProgressBar> {
        self.bar.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the bar visible when it has become worth it.
    fn reveal(&self, bar: &ProgressBar) {
        if self.shows_bar && bar.is_hidden() && self.start.elapsed() >= PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Progress for Bar {
    fn begin(&self, phase: &str, steps: usize) {
        let mut bar = self.bar();
        bar.finish_and_clear();
        let template = if steps > 0 { "{msg:12} {bar:30} {pos}/{len} {prefix}" } else { "{msg}" };
        *bar = ProgressBar::hidden();
        bar.set_length(steps as u64);
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(phase.to_owned());
        self.reveal(&bar);
    }

    fn step(&self, what: &str) {
        let bar = self.bar();
        self.reveal(&bar);
        bar.set_prefix(what.to_owned());
        bar.inc(1);
    }

    fn note(&self, text: &str) {
        if self.shows_notes {
            self.bar().suspend(|| output::error_line(&format!("note: {text}")));
        }
    }

    fn end(&self) {
        self.bar().finish_and_clear();
    }
}
