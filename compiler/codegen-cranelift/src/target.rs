//! The machine that code is made for, and how it will be placed.

use cranelift_codegen::isa::TargetIsa;
use cranelift_codegen::settings::{self, Configurable};
use std::sync::Arc;
use target_lexicon::Triple;

/// Where code ends up.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Placement {
    /// In object files that are linked to one executable with the runtime.
    Object,
    /// In object files that are linked to a library with the runtime, which some other program loads:
    /// the stack is that program's, and so is the C library.
    Guest,
    /// In the memory of this process, far away from the runtime.
    Memory,
}

/// How much time code is worth.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Effort {
    /// Little: registers are given out in one pass, and nothing is simplified.
    Quick,
    /// As much as makes it faster.
    Full,
}

/// The machine is none that code can be made for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnsupportedTarget(pub(crate) String);

impl std::fmt::Display for UnsupportedTarget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the Cranelift back end makes no code for this machine: {}", self.0)
    }
}

impl std::error::Error for UnsupportedTarget {}

/// How functions are compiled. Cheap to clone.
#[derive(Clone)]
pub struct Target {
    pub(crate) isa: Arc<dyn TargetIsa>,
    /// The same with [`Effort::Full`].
    full: Arc<dyn TargetIsa>,
    /// Whether pointers are checked, as in debug builds.
    pub(crate) checked: bool,
    pub(crate) placement: Placement,
    effort: Effort,
}

impl Target {
    /// Code for `triple`. What the processor has beyond its architecture's baseline is not used, so
    /// that objects do not depend on the machine that they were made on.
    ///
    /// # Errors
    /// Cranelift, or the layouts of this crate, do not know the machine.
    pub fn new(
        triple: &Triple,
        checked: bool,
        placement: Placement,
        effort: Effort,
    ) -> Result<Self, UnsupportedTarget> {
        let unsupported = |why: &dyn std::fmt::Display| UnsupportedTarget(why.to_string());
        if triple.pointer_width().map(|width| width.bits()) != Ok(64) {
            return Err(UnsupportedTarget(format!("{triple} has no 64-bit addresses")));
        }
        let isa = |effort| {
            let mut flags = settings::builder();
            for (name, value) in flags_for(placement, effort) {
                flags.set(name, value).map_err(|error| unsupported(&error))?;
            }
            cranelift_codegen::isa::lookup(triple.clone())
                .map_err(|error| unsupported(&error))?
                .finish(settings::Flags::new(flags))
                .map_err(|error| unsupported(&error))
        };
        Ok(Self { isa: isa(effort)?, full: isa(Effort::Full)?, checked, placement, effort })
    }

    /// The same machine, for a function that is worth more time than the others.
    #[must_use]
    pub fn in_full(&self) -> Self {
        Self { isa: self.full.clone(), effort: Effort::Full, ..self.clone() }
    }

    /// Whether pointers are checked.
    #[must_use]
    pub fn is_checked(&self) -> bool {
        self.checked
    }

    /// How much time code is worth.
    #[must_use]
    pub fn effort(&self) -> Effort {
        self.effort
    }

    /// Whether code reaches the runtime with a short call.
    pub(crate) fn is_near_runtime(&self) -> bool {
        self.placement != Placement::Memory
    }

    /// Whether it reaches the C library with one.
    pub(crate) fn is_near_c(&self) -> bool {
        self.placement == Placement::Object
    }

    /// Whether functions look how much is left of the stack.
    pub(crate) fn guards_stack(&self) -> bool {
        self.placement == Placement::Guest
    }
}

fn flags_for(placement: Placement, effort: Effort) -> [(&'static str, &'static str); 8] {
    let (opt_level, registers) = match effort {
        Effort::Quick => ("none", "single_pass"),
        Effort::Full => ("speed", "backtracking"),
    };
    [
        ("opt_level", opt_level),
        ("regalloc_algorithm", registers),
        ("is_pic", if placement == Placement::Memory { "false" } else { "true" }),
        // The verifier of the IR has seen the function already.
        ("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" }),
        // Large frames touch every page, so that running out of stack is noticed.
        ("enable_probestack", "true"),
        ("probestack_strategy", "inline"),
        // Debuggers and profilers walk the stack by frame pointers.
        ("preserve_frame_pointers", "true"),
        ("unwind_info", "true"),
    ]
}
