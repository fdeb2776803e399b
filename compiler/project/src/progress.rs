//! Telling somebody how far a build is.

/// Hears what a build does. Calls come from several threads.
pub trait Progress: Sync {
    /// A phase with this many steps begins; it ends with the next one.
    fn begin(&self, phase: &str, steps: usize);
    /// A step of the phase is done: its name.
    fn step(&self, what: &str);
    /// Something that a person may want to know while waiting.
    fn note(&self, text: &str);
    /// The build is over.
    fn end(&self);
}

/// Nobody listens.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoProgress;

impl Progress for NoProgress {
    fn begin(&self, _phase: &str, _steps: usize) {}
    fn step(&self, _what: &str) {}
    fn note(&self, _text: &str) {}
    fn end(&self) {}
}
