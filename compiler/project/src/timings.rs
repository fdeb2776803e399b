//! What took how long: `--timings`.

use serde_json::json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::{Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// Measures the phases of a build, on any thread.
pub struct Timings {
    start: Instant,
    spans: Mutex<Vec<Span>>,
}

/// One measured stretch.
#[derive(Clone, Debug)]
struct Span {
    phase: Cow<'static, str>,
    what: String,
    thread: ThreadId,
    begin: Duration,
    length: Duration,
}

/// Measures until it is dropped.
pub struct Guard<'t> {
    timings: &'t Timings,
    phase: Cow<'static, str>,
    what: String,
    begin: Instant,
}

impl Default for Timings {
    fn default() -> Self {
        Self { start: Instant::now(), spans: Mutex::default() }
    }
}

impl Timings {
    /// Starts to measure a stretch of `phase`; `what` names it in the trace.
    #[must_use]
    pub fn span(&self, phase: impl Into<Cow<'static, str>>, what: impl Into<String>) -> Guard<'_> {
        Guard { timings: self, phase: phase.into(), what: what.into(), begin: Instant::now() }
    }

    /// A table: per phase the time from its first start to its last end, and the time that threads
    /// spent in it.
    #[must_use]
    pub fn table(&self) -> String {
        let spans = self.spans();
        let mut phases: Vec<&str> = Vec::new();
        for span in &spans {
            if !phases.contains(&&*span.phase) {
                phases.push(&span.phase);
            }
        }
        let width = phases.iter().map(|phase| phase.len()).max().unwrap_or(0).max(5);
        let mut out =
            format!("{:width$}  {:>9}  {:>9}  {:>5}\n", "phase", "elapsed", "busy", "count");
        for phase in phases {
            let of_phase: Vec<&Span> = spans.iter().filter(|span| span.phase == phase).collect();
            let begin = of_phase.iter().map(|span| span.begin).min().unwrap_or_default();
            let end =
                of_phase.iter().map(|span| span.begin + span.length).max().unwrap_or_default();
            let busy: Duration = of_phase.iter().map(|span| span.length).sum();
            let (elapsed, busy) = (millis(end.saturating_sub(begin)), millis(busy));
            // Writing to a string cannot fail.
            let _ = writeln!(out, "{phase:width$}  {elapsed:>9}  {busy:>9}  {:>5}", of_phase.len());
        }
        let total = millis(self.start.elapsed());
        let _ = writeln!(out, "{:width$}  {total:>9}", "total");
        out
    }

    /// The trace as Chrome's `about:tracing` and Perfetto read it. Times are in microseconds.
    #[must_use]
    pub fn chrome_trace(&self) -> String {
        let mut threads: BTreeMap<String, usize> = BTreeMap::new();
        let mut events = Vec::new();
        for span in self.spans() {
            let next = threads.len();
            let thread = *threads.entry(format!("{:?}", span.thread)).or_insert(next);
            let name = if span.what.is_empty() { &*span.phase } else { &span.what };
            events.push(json!({
                "name": name,
                "cat": span.phase,
                "ph": "X",
                "ts": micros(span.begin),
                "dur": micros(span.length),
                "pid": 1,
                "tid": thread,
            }));
        }
        json!({ "traceEvents": events, "displayTimeUnit": "ms" }).to_string()
    }

    /// All stretches by their start.
    fn spans(&self) -> Vec<Span> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone();
        spans.sort_by_key(|span| span.begin);
        spans
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        let span = Span {
            phase: std::mem::take(&mut self.phase),
            what: std::mem::take(&mut self.what),
            thread: thread::current().id(),
            begin: self.begin.duration_since(self.timings.start),
            length: self.begin.elapsed(),
        };
        self.timings.spans.lock().unwrap_or_else(PoisonError::into_inner).push(span);
    }
}

fn millis(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_are_summed_and_traced() {
        let timings = Timings::default();
        drop(timings.span("parse", "a.spy"));
        drop(timings.span("parse", "b.spy"));
        drop(timings.span("link", ""));
        let table = timings.table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        assert!(lines[1].starts_with("parse") && lines[1].ends_with('2'), "{table}");
        let trace: serde_json::Value =
            serde_json::from_str(&timings.chrome_trace()).expect("valid JSON");
        let events = trace["traceEvents"].as_array().expect("an array");
        assert_eq!(events.len(), 3);
        assert_eq!((&events[0]["ph"], &events[2]["name"]), (&json!("X"), &json!("link")));
    }
}
