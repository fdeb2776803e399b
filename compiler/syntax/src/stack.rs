//! Room for recursion over trees whose depth is limited.

/// Bytes that one level of recursion may need, with a wide margin.
const LEVEL: usize = 64 * 1024;

/// Bytes to add when less than [`LEVEL`] is left.
const MORE: usize = 1024 * 1024;

/// Runs one level of a recursion, on a new piece of stack if the current one is nearly used up.
pub(crate) fn with_room<T>(level: impl FnOnce() -> T) -> T {
    stacker::maybe_grow(LEVEL, MORE, level)
}
