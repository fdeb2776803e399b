//! Functions of the runtime library that are not primitive operations.
//!
//! The table lists every builtin function that compiled programs call by name: its signature, whether
//! it folds, and whether it takes a source position. Functions that exist once for each type argument
//! (pointers, `ptr_copy`, `mem_read`) and `raise` have forms of their own in the IR and are not here,
//! nor is `jsffi`, which none of the targets has.

mod compute;
mod table;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use compute::eval_runtime;

/// A function of the runtime library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuntimeFn {
    /// Fully qualified name, such as `posix::_fopen`.
    pub fqn: &'static str,
    /// Types of the parameters as people write them: `i32`, `posix::_FILE`.
    pub params: &'static [&'static str],
    /// Type of the result, likewise; `None` for a function without one.
    pub result: &'static str,
    /// Whether SPy counts the function as pure: a call with blue arguments is folded.
    pub pure: bool,
    /// Whether the function's C symbol takes a source position as last argument, because it raises.
    /// False also for the few functions whose failures report no position: closing and flushing files,
    /// raw buffers, and the allocation of `str` and `bytes` objects.
    pub can_panic: bool,
}

impl RuntimeFn {
    /// A function that neither folds nor raises.
    const fn new(fqn: &'static str, params: &'static [&'static str], result: &'static str) -> Self {
        Self { fqn, params, result, pure: false, can_panic: false }
    }

    const fn pure(self) -> Self {
        Self { pure: true, ..self }
    }

    const fn panics(self) -> Self {
        Self { can_panic: true, ..self }
    }
}

static BY_FQN: LazyLock<BTreeMap<&'static str, &'static RuntimeFn>> =
    LazyLock::new(|| all().map(|function| (function.fqn, function)).collect());

/// Every function of the table, module by module.
pub fn all() -> impl Iterator<Item = &'static RuntimeFn> {
    table::MODULES.into_iter().flatten()
}

/// The function with this fully qualified name.
pub fn lookup(fqn: &str) -> Option<&'static RuntimeFn> {
    BY_FQN.get(fqn).copied()
}
