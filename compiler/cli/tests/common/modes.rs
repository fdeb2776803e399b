//! The ways to execute a program.

/// How a program is executed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Mode {
    /// From the AST.
    Interp,
    /// From the IR, in the interpreter.
    Redshifted,
    /// Compiled by a C compiler, with checks.
    CDebug,
    /// Compiled by a C compiler, optimised.
    CRelease,
    /// Compiled to WebAssembly, with checks, in a WASI host.
    Wasi,
    /// Compiled by Cranelift and linked.
    Objects,
    /// Compiled by Cranelift, in the process of the compiler.
    Memory,
}

impl Mode {
    /// Every way to execute a program.
    pub(crate) const ALL: [Self; 7] = [
        Self::Interp,
        Self::Redshifted,
        Self::CDebug,
        Self::CRelease,
        Self::Wasi,
        Self::Objects,
        Self::Memory,
    ];

    /// The command that runs a program in this mode, without the file.
    pub(crate) fn command(self) -> &'static [&'static str] {
        match self {
            Self::Interp => &["run", "--interp"],
            Self::Redshifted => &["run", "--redshifted"],
            Self::CDebug => &["run", "--backend", "c"],
            Self::CRelease => &["run", "--release"],
            Self::Wasi => &["run", "--target", "wasi"],
            Self::Objects => &["build", "--backend", "cranelift", "--quiet", "-x"],
            Self::Memory => &["run", "--backend", "cranelift"],
        }
    }

    /// The name in test reports.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Interp => "interp",
            Self::Redshifted => "redshifted",
            Self::CDebug => "c-debug",
            Self::CRelease => "c-release",
            Self::Wasi => "wasi",
            Self::Objects => "objects",
            Self::Memory => "memory",
        }
    }
}
