//! Where the generator's decisions come from: a string of bytes.
//!
//! When there are no bytes left every answer is 0, which is always the simplest thing to write. So a
//! shorter string gives a simpler program, and `proptest` finds a small one that still fails.

/// The decisions that one program is made of.
pub(crate) struct Choices<'a> {
    bytes: std::slice::Iter<'a, u8>,
}

impl<'a> Choices<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter() }
    }

    /// A number below `count`, which is at least 1.
    pub(crate) fn below(&mut self, count: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % count
    }

    /// One of several things, of which the first is the simplest.
    pub(crate) fn pick<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }
}
