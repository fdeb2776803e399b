//! Exit statuses.

/// How a run of the compiler ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// All went well.
    Success,
    /// The user's program has errors.
    ProgramErrors,
    /// Wrong use of the command line, or the machine lacks something.
    Environment,
    /// A bug of the compiler.
    Internal,
    /// What the user's program ended with.
    Program(u8),
}

impl Status {
    /// The number that the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::ProgramErrors => 1,
            Self::Environment => 2,
            Self::Internal => 101,
            Self::Program(code) => code,
        }
    }
}
