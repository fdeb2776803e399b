//! What a program that is being interpreted can do to the outside.
//!
//! At compile time there is no world: output is recorded, and everything else is an error.

use spy_types::{Result, Value};

/// The outside of an interpreted program.
pub trait World {
    /// Writes to standard output.
    ///
    /// # Errors
    /// An `OSError` if that fails.
    fn write(&mut self, text: &str) -> Result<()>;

    /// Calls a function of the runtime that touches the outside (`posix::*`, `time::*`). `None`:
    /// there is no such function.
    fn call(&mut self, name: &str, args: &[Value]) -> Option<Result<Value>>;
}
